"""The Five Tables as a PDF: a cover, and each table with its chart on a page of A4."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from api.reports.colours import BLUE, GREY, RED
from api.reports.five_tables import FiveTables, Table
from api.reports.key_figures import SIGNED, TITLE, figures_by_month, head_lines, sentences
from api.reports.labels import LABELS, WEEKDAY_HEADS, Label, day_words, figure_text
from api.reports.paper import POINT_MM, Paper, broken
from api.reports.table_heads import (
    MISSING,
    SHORT,
    TABLE,
    TOTAL,
    TOTAL_OF_SEATS,
    basis_words,
    head_words,
    target_words,
)
from api.reports.table_kinds import Series
from forecaster.history.periods import period_title
from forecaster.messages import NOTHING, Language

MARGIN = 12.0  # millimetres
ROW, HEAD = 4.1, 9.0
CHART_HEIGHT_MM, LEAST_CHART_MM = 58.0, 40.0
LYING_ROWS = 38  # as many days as a page has room for that lies
FOOT = 11.0  # what a page keeps free below
NOTE, NOTE_LEAD = 7.5, 1.3  # points, and lines of them
PALE = "#F1F4F8"
DASHES = {"": 0.0, "dash": 1.2, "round_dot": 0.4}


def tables_pdf(five: FiveTables, *, language: Language = "zh") -> bytes:
    """Return the Five Tables as a PDF in a language: the cover upright, then a page for each table."""
    paper = Paper(title=f"{TITLE.said(language)} {five.queue} {period_title(five.month, language)}")
    _cover(paper, five, language)
    for table in five.tables:
        paper.next_page(landscape=bool(table.intervals) and len(table.frame) <= LYING_ROWS)
        _page(paper, five, table, language)
    return paper.done()


def _cover(paper: Paper, five: FiveTables, language: Language) -> None:
    left, room = 20.0, paper.width - 40
    paper.text(
        left,
        34,
        f"{TITLE.said(language)}  {five.queue}  {period_title(five.month, language)}",
        size=24,
        bold=True,
        ink=BLUE,
        room=room,
    )
    y = 44.0
    for words in head_lines(five):
        y = paper.lines(left, y, words.said(language), room=room, size=9.5)
    y += 8
    for words in sentences(five):
        y = paper.lines(left, y, words.said(language), room=room, size=13, lead=1.5) + 4
    y += 4
    for month, figures in figures_by_month(five):
        paper.box(left, y - 5, room, 7.5, ground=BLUE)
        paper.text(left + 2, y, month.said(language), size=11, bold=True, ink="#FFFFFF")
        y += 8
        for figure in figures:
            paper.text(left + 2, y, figure.label.said(language), size=11)
            value = "–" if math.isnan(figure.value) else figure_text(figure.label.kind, figure.value)
            paper.text(left + 105, y, value, size=12, bold=True, align="right")
            said = TABLE.filled(number=figure.table.number).said(language)
            paper.text(left + 110, y, said, size=9, ink=GREY)
            y += 7
    at = left
    for words in SIGNED:
        at += paper.text(at, paper.height - 25, f"{words.said(language)} ", size=10)
        paper.line([(at, paper.height - 24.4), (at + 32, paper.height - 24.4)], line=0.2)
        at += 38


def _page(paper: Paper, five: FiveTables, table: Table, language: Language) -> None:
    """Draw a table, and its figures, chart and notes below it: on a page of their own, where there is no room left."""
    notes = _notes(table, language)
    y = _rows(paper, table, language, _page_head(paper, five, table, language))
    lines = sum(len(broken(note, room=paper.width - 2 * MARGIN, size=NOTE)) for note in notes)
    below = lines * NOTE * POINT_MM * NOTE_LEAD
    drawn = table.chart is not None
    if y + 4 * len(table.measures) + below + (LEAST_CHART_MM + 4 if drawn else 0) > paper.height - FOOT:
        paper.next_page()
        y = _page_head(paper, five, table, language)
    for name, value in table.measures.items():
        label = table.kind.measure(name)
        told = "–" if math.isnan(value) else figure_text(label.kind, value)
        at = MARGIN + paper.text(MARGIN, y, f"{label.said(language)}  {told}  ", size=8.5, bold=True)
        paper.text(at, y, label.means(language), size=8)
        y += 4
    if drawn:
        height = min(CHART_HEIGHT_MM, paper.height - FOOT - below - 4 - y)
        _chart(paper, table, language, y, height)
        y += height + 4
    for note in notes:
        y = paper.lines(MARGIN, y, note, room=paper.width - 2 * MARGIN, size=NOTE, lead=NOTE_LEAD)


def _page_head(paper: Paper, five: FiveTables, table: Table, language: Language) -> float:
    """Write what stands above a table and at the foot of its page; return where the table begins."""
    room = paper.width - 2 * MARGIN
    foot = f"{five.queue} {period_title(five.month, language)} · {TABLE.filled(number=table.number).said(language)}"
    paper.text(paper.width - MARGIN, paper.height - 7, foot, size=7.5, align="right", ink=GREY)
    paper.text(MARGIN, 16, table.kind.heading(language), size=13, bold=True, ink=BLUE, room=room)
    y = paper.lines(MARGIN, 21.5, head_words(five, table).said(language), room=room)
    y = paper.lines(MARGIN, y, target_words(five).said(language), room=room)
    joint = "；" if language == "zh" else "; "
    if table.missing:
        said = MISSING.filled(said=joint.join(one.said(language) for one in table.missing))
        y = paper.lines(MARGIN, y, said.said(language), room=room, ink=RED)
    return y


def _notes(table: Table, language: Language) -> list[str]:
    notes = [words for words in (SHORT if table.short is not None else NOTHING, basis_words(table)) if words.en]
    colon = "：" if language == "zh" else ": "
    labels = [table.kind.label(str(name)) for name in table.frame.columns]
    told = [f"{one.said(language)}{colon}{one.means(language)}" for one in labels if one.means_en]
    return [*(words.said(language) for words in notes), *told]


@dataclass(frozen=True)
class _PaperColumn:
    name: str
    label: Label
    x: float
    width: float
    is_interval: bool

    def text(self, value: Any, language: Language) -> str:
        if isinstance(value, str):
            return day_words(value, language)
        if pd.isna(value):
            return ""
        if self.label.kind == "flag":
            return "✓" if value else "✗"
        return figure_text("seats" if self.is_interval else self.label.kind, float(value))


def _columns(paper: Paper, table: Table) -> list[_PaperColumn]:
    shares = {"day_type": 1.9 if not table.intervals else 3.0}
    names = list(map(str, table.frame.columns))
    wide = {name: shares.get(name, 1.0 if not table.kind.knows(name) else 1.6 if table.intervals else 1.5)
            for name in names}  # fmt: skip
    start = MARGIN + (25 if not table.intervals else 21)
    each = (paper.width - MARGIN - start) / sum(wide.values())
    columns, x = [], start
    for name in names:
        width = each * wide[name]
        columns.append(_PaperColumn(name, table.kind.label(name), x, width, not table.kind.knows(name)))
        x += width
    return columns


def _rows(paper: Paper, table: Table, language: Language, y: float) -> float:
    """Draw the table from `y`, and return where what follows begins."""
    columns, size = _columns(paper, table), 7.6 if not table.intervals else 6.4
    row = min(ROW, (paper.height - FOOT - y - HEAD) / (len(table.frame) + 1))
    size *= row / ROW
    right = columns[-1].x + columns[-1].width
    paper.box(MARGIN, y, right - MARGIN, HEAD, ground=BLUE)
    paper.text(MARGIN + 0.5, y + HEAD / 2 + 1, LABELS["date"].said(language), size=size, bold=True, ink="#FFFFFF")
    most = float(table.frame[table.intervals].max().max()) if table.intervals else 0.0
    for one in columns:
        lines = broken(one.name if one.is_interval else one.label.said(language), room=one.width - 1, size=size)[:3]
        for n, text in enumerate(lines):
            foot = y + HEAD / 2 + 1 + (n - (len(lines) - 1) / 2) * 2.8
            paper.text(one.x + one.width / 2, foot, text, size=size, bold=True, ink="#FFFFFF", align="center",
                       room=one.width - 0.6)  # fmt: skip
    y += HEAD
    for day, values in zip(table.frame.index, table.frame.to_dict("records"), strict=True):
        rest = values.get("day_type", "workday") != "workday" or ("day_type" not in values and day.weekday() >= 5)
        if rest:
            paper.box(MARGIN, y, right - MARGIN, row, ground=PALE)
        paper.text(
            MARGIN + 0.5, y + 0.73 * row, f"{day:%m-%d} {WEEKDAY_HEADS[day.weekday()].said(language)}", size=size
        )
        for one in columns:
            if one.is_interval and values[one.name] > 0:
                paper.box(one.x, y, one.width, row, ground=_shade(values[one.name] / most))
            _cell(paper, table, one, (y, row, size), values[one.name], language, day=day)
        y += row
    paper.line([(MARGIN, y), (right, y)], ink=BLUE, line=0.4)
    total = (TOTAL_OF_SEATS if table.intervals else TOTAL).said(language)
    room = min((one.x for one in columns if one.name in table.total), default=right) - MARGIN - 1
    paper.text(MARGIN + 0.5, y + 0.73 * row, total, size=size, bold=True, room=room)
    for one in columns:
        if one.name in table.total:
            value = table.total[one.name]
            kind = "rate" if one.is_interval else "number" if one.label.kind == "flag" else one.label.kind
            text = "" if pd.isna(value) else figure_text(kind, value)
            paper.text(one.x + one.width - 0.8, y + 0.73 * row, text, size=size, bold=True, align="right",
                       room=one.width - 0.8)  # fmt: skip
    return y + row + 5


def _shade(share: float) -> str:
    """Return white to the workbook's blue."""
    return "#" + "".join(f"{round(255 + (end - 255) * share):02X}" for end in (0x9C, 0xC3, 0xE6))


def _cell(
    paper: Paper,
    table: Table,
    one: _PaperColumn,
    look: tuple[float, float, float],
    value: Any,
    language: Language,
    *,
    day: Any,
) -> None:
    (y, row, size), text = look, one.text(value, language)
    short = table.short is not None and one.name in table.short and float(table.short[one.name].loc[day]) > 0
    marked = [m for m in table.kind.marks if m.column == one.name and not isinstance(value, str) and m.holds(value)]
    if marked and text:
        paper.box(one.x, y, one.width, row, ground="#F8D7DA" if marked[0].look == "bad" else "#FCE8C8")
    ink = RED if short or any(mark.look == "bad" for mark in marked) else "#000000"
    if isinstance(value, str):
        paper.text(one.x + 0.5, y + 0.73 * row, text, size=size, room=one.width - 0.8)
    else:
        paper.text(one.x + one.width - 0.8, y + 0.73 * row, text, size=size, bold=short, ink=ink, align="right",
                   room=one.width - 0.8)  # fmt: skip


@dataclass(frozen=True)
class _Axis:
    """A chart's scale from 0 up to a round number, on a height of paper."""

    most: float
    foot: float
    height: float

    def y(self, value: float) -> float:
        return self.foot - self.height * min(max(value, 0.0), self.most) / self.most


def round_up(value: float) -> float:
    """Return the next number that an axis may end with: 1, 2, 2.5, 5 or 10 times a power of ten."""
    if value <= 0 or math.isnan(value):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value * (1 - 1e-9))


def _chart(paper: Paper, table: Table, language: Language, top: float, tall: float) -> None:
    """Draw bars by day and lines over them, like the workbook's chart; rates have the axis on the right."""
    drawn = table.kind.chart
    assert drawn is not None
    frame, left, width = table.frame, MARGIN + 13, paper.width - 2 * MARGIN - 26
    foot, height = top + tall - 12, tall - 15

    def axis(series: list[Series]) -> _Axis:
        most = max((float(frame[one.column].max()) for one in series if frame[one.column].notna().any()), default=1.0)
        return _Axis(round_up(most), foot, height)

    own = [one for one in drawn.lines if one.own_axis]
    main, second = axis([*drawn.bars, *(one for one in drawn.lines if not one.own_axis)]), axis(own)
    if drawn.second.endswith("%"):
        second = _Axis(1.0, foot, height)
    for n in range(6):
        value = main.most * n / 5
        paper.line([(left, main.y(value)), (left + width, main.y(value))], ink="#D9DDE4")
        paper.text(left - 1, main.y(value) + 1, f"{value:,.0f}", size=7, align="right")
        if own:
            text = f"{second.most * n / 5:.0%}" if drawn.second.endswith("%") else f"{second.most * n / 5:.1f}"
            paper.text(left + width + 1, main.y(value) + 1, text, size=7)
    step, every = width / len(frame), math.ceil(len(frame) / 16)
    for n, day in enumerate(frame.index):
        if n % every == 0:
            paper.text(left + (n + 0.5) * step, foot + 3.4, f"{day:%m-%d}", size=6.5, align="center")
        bar = step * 0.7 / len(drawn.bars)
        for k, one in enumerate(drawn.bars):
            value = float(frame[one.column].iloc[n])
            if not math.isnan(value):
                x = left + n * step + step * 0.15 + k * bar
                paper.box(x, main.y(value), bar, foot - main.y(value), ground=one.colour)
    for one in drawn.lines:
        scale = second if one.own_axis else main
        values = [float(value) for value in frame[one.column]]
        points = [(left + (n + 0.5) * step, scale.y(value)) for n, value in enumerate(values) if not math.isnan(value)]
        if len(points) > 1:
            paper.line(points, ink=one.colour, line=0.5, dash=DASHES[one.dash])
    _legend(paper, table, (left, foot + 9), language)


def _legend(paper: Paper, table: Table, place: tuple[float, float], language: Language) -> None:
    drawn, (x, y) = table.kind.chart, place
    assert drawn is not None
    for one in drawn.bars:
        paper.box(x, y - 2, 4, 2, ground=one.colour)
        x += 9 + paper.text(x + 5, y, table.kind.label(one.column).said(language), size=7.5)
    for one in drawn.lines:
        paper.line([(x, y - 1), (x + 6, y - 1)], ink=one.colour, line=0.5, dash=DASHES[one.dash])
        x += 11 + paper.text(x + 7, y, table.kind.label(one.column).said(language), size=7.5)
