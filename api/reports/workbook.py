"""The Five Tables as one Excel workbook: a cover, live formulas, native charts, each table a page of A4."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from api.reports.colours import BLUE, RED
from api.reports.cover_sheet import write_cover
from api.reports.definitions_sheet import write_definitions
from api.reports.five_tables import FiveTables, Table
from api.reports.key_figures import TITLE
from api.reports.labels import WEEKDAY_HEADS, day_words
from api.reports.sheet_paper import fit_to_paper
from api.reports.sheet_writer import FORMATS, Place, SheetWriter
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
from api.reports.table_kinds import TableChart
from api.reports.workbook_charts import CHART_HEIGHT_PIXELS, native_chart
from api.whole_files import whole_workbook
from forecaster.history.periods import period_title
from forecaster.messages import NOTHING, Languages, Words

HEAD_ROW = 5


def write_workbook(tables: FiveTables, path: str | Path, *, language: Languages = "both") -> Path:
    """Write the Five Tables as an Excel workbook (a cover, a sheet each, the definitions); return its path.

    Every total, average and percentage is a formula, stored with the value that the frame has. The file appears whole
    or not at all.
    """
    path = Path(path)
    title = f"{TITLE.said(language)} {tables.queue} {period_title(tables.month, language)}"
    with whole_workbook(path, title=title) as book:
        writer = SheetWriter(book, tables, language)
        write_cover(
            writer, {table.number: Place(table, HEAD_ROW + 1, tables.interval_minutes) for table in tables.tables}
        )
        for table in tables.tables:
            _write_table(writer, table)
        write_definitions(writer)
    return path


def _write_table(writer: SheetWriter, table: Table) -> None:
    sheet = writer.book.add_worksheet(table.kind.sheet_name(writer.language))
    place = Place(table, HEAD_ROW + 1, writer.tables.interval_minutes)
    last, room = len(place.columns) - 1, sum(_width(writer, table, name) for name in place.columns)
    across: dict[str, Any] = {"last": last, "room": room}
    _write_head(writer, sheet, table, across)
    _write_columns(writer, sheet, table, place)
    _write_rows(writer, sheet, table, place)
    _write_total(writer, sheet, table, place)
    _colour(writer, sheet, table, place)
    below = place.total + 2
    if table.measures:
        below = _write_measures(writer, sheet, table, place, below)
    if table.chart is not None:
        _insert_chart(writer, sheet, place, table.chart, below, width=int(room * 7 + 5 * len(place.columns)))
        below += CHART_HEIGHT_PIXELS // 20 + 1
    notes = [SHORT] if table.short is not None else []
    notes += [basis_words(table)] if basis_words(table) is not NOTHING else []
    for note in notes:
        below = writer.paragraph(sheet, below, writer.words(note, "  "), **across)
    labels = [table.kind.label(str(name)) for name in table.frame.columns]
    colon = ": " if writer.language == "en" else "："
    for label in [one for one in labels if one.means_en]:
        below = writer.paragraph(sheet, below, f"{writer.words(label, ' ')}{colon}{writer.meaning(label)}", **across)
    sheet.print_area(0, 0, below - 1, last)
    _set_up_page(writer, sheet, place)


def _write_head(writer: SheetWriter, sheet: Any, table: Table, across: dict[str, Any]) -> None:
    title = table.kind.heading(writer.language)
    writer.paragraph(sheet, 0, title, **across, size=14, bold=True, font_color=BLUE)
    writer.paragraph(sheet, 1, writer.words(head_words(writer.tables, table)), **across)
    writer.paragraph(sheet, 2, writer.words(target_words(writer.tables)), **across)
    if table.missing:
        said = Words("；".join(one.zh for one in table.missing), "; ".join(one.en for one in table.missing))
        writer.paragraph(sheet, 3, writer.words(MISSING.filled(said=said)), **across, font_color=RED, italic=True)


def _write_columns(writer: SheetWriter, sheet: Any, table: Table, place: Place) -> None:
    head = writer.format(
        bold=True, text_wrap=True, align="center", bg_color=BLUE, font_color="#FFFFFF", border=1, border_color="#FFFFFF"
    )
    sheet.set_row(HEAD_ROW, 40)
    for name, column in place.columns.items():
        text = writer.words(table.kind.label(name)) if table.kind.knows(name) else name
        sheet.write(HEAD_ROW, column, text, head)
        sheet.set_column(column, column, _width(writer, table, name))
    sheet.freeze_panes(HEAD_ROW + 1, 2)


def _width(writer: SheetWriter, table: Table, name: str) -> float:
    """Return a column's width in characters: a table of intervals has to hold a whole day on one sheet."""
    narrow, both = bool(table.intervals), writer.language == "both"
    fixed = {"date": 9.5 if narrow else 10.5, "weekday": 8.5 if both else 5.5, "day_type": 18.0 if both else 11.0}
    if name in fixed:
        return fixed[name]
    return (8.5 if narrow else 12.5 if both else 9.8) if table.kind.knows(name) else 4.6


def _is_rest(day: date, kind: str | None) -> bool:
    return day.weekday() >= 5 if kind is None else kind != "workday"


def _write_rows(writer: SheetWriter, sheet: Any, table: Table, place: Place) -> None:
    short = table.short
    for row, (day, (_, values)) in enumerate(
        zip(list(table.frame.index), table.frame.iterrows(), strict=True), place.first
    ):
        shade = {"bg_color": "#F1F4F8"} if _is_rest(day, values.get("day_type")) else {}
        stamp = datetime(day.year, day.month, day.day)  # noqa: DTZ001
        sheet.write_datetime(row, 0, stamp, writer.format(num_format=FORMATS["date"], align="left", **shade))
        sheet.write(row, 1, writer.words(WEEKDAY_HEADS[day.weekday()], " "), writer.format(**shade))
        for name in map(str, table.frame.columns):
            properties: dict[str, Any] = {"num_format": FORMATS[table.kind.label(name).kind], **shade}
            if short is not None and name in short and float(short[name].loc[day]) > 0:
                properties |= {"font_color": RED, "bold": True}
            formula = table.kind.formulas.get(name)
            text = None if formula is None else place.formula(formula, row)
            value = day_words(values[name], writer.language) if name == "day_type" else values[name]
            _write_cell(sheet, (row, place.columns[name]), value, text, writer.format(**properties))


def _write_cell(sheet: Any, at: tuple[int, int], value: Any, formula: str | None, cell: Any) -> None:
    if formula is not None:
        sheet.write_formula(*at, formula, cell, _stored(value))
    elif isinstance(value, str):
        sheet.write_string(*at, value, cell)
    elif pd.isna(value):
        sheet.write_blank(*at, None, cell)
    else:
        sheet.write_number(*at, float(value), cell)


def _stored(value: float) -> float | str:
    """Return what a formula's cell shows before it is computed again."""
    return "" if pd.isna(value) else float(value)


def _write_total(writer: SheetWriter, sheet: Any, table: Table, place: Place) -> None:
    row = place.total
    words = writer.words(TOTAL_OF_SEATS if table.intervals else TOTAL, " ")
    base = {"bold": True, "top": 2, "top_color": BLUE}
    sheet.write(row, 0, words, writer.format(**base))
    sheet.write(row, 1, "", writer.format(**base))
    for name in map(str, table.frame.columns):
        kind = table.kind.label(name).kind if table.kind.knows(name) else "rate"
        cell = writer.format(num_format=FORMATS["number" if kind == "flag" else kind], **base)
        if name not in table.total:
            sheet.write_blank(row, place.columns[name], None, cell)
            continue
        formula = table.kind.formulas.get(name)
        if formula is not None and formula.of_totals:
            text = place.formula(formula, row)
        else:
            days = place.block(place.first, row - 1, [name])
            of_days = "AVERAGE" if name in table.kind.means or not table.kind.knows(name) else "SUM"
            text = f'=IF(COUNT({days})=0,"",{of_days}({days}))'
        sheet.write_formula(row, place.columns[name], text, cell, _stored(table.total[name]))


def _write_measures(writer: SheetWriter, sheet: Any, table: Table, place: Place, row: int) -> int:
    for name, formula in table.kind.measures.items():
        label = table.kind.measure(name)
        sheet.write(row, 0, writer.words(label, " "), writer.format(bold=True))
        value = _stored(table.measures[name])
        text = place.formula(formula, place.total)
        sheet.write_formula(row, 3, text, writer.format(num_format=FORMATS[label.kind], bold=True), value)
        sheet.write(row, 4, writer.meaning(label), writer.format(font_color="#333333"))
        row += 1
    return row


def _colour(writer: SheetWriter, sheet: Any, table: Table, place: Place) -> None:
    first, last = place.first, place.total - 1
    looks = {"bad": {"bg_color": "#F8D7DA", "font_color": RED}, "warn": {"bg_color": "#FCE8C8"}}
    formats = {look: writer.book.add_format(properties) for look, properties in looks.items()}
    if table.intervals:
        options = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#9CC3E6"}
        sheet.conditional_format(place.block(first, last, table.intervals), options)
    for mark in table.kind.marks:
        cell = place.cell(first, mark.column)
        rule = {"type": "formula", "criteria": f'=AND(NOT({cell}=""),{cell}{mark.criterion}0)'}
        sheet.conditional_format(place.block(first, last, [mark.column]), rule | {"format": formats[mark.look]})


def _set_up_page(writer: SheetWriter, sheet: Any, place: Place) -> None:
    """Fit the sheet to a page of A4, upright with its chart below; intervals lie across, many of them on several.

    One page down, of eight weeks too: a second would cut the chart in two.
    """
    wide = max(1, round(len(place.columns) / 40))
    fit_to_paper(sheet, landscape=bool(place.table.intervals), wide=wide, high=1, head_rows=HEAD_ROW + 1)
    sheet.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.55)
    sheet.repeat_columns(0, 1)
    facts, number = writer.tables, TABLE.filled(number=place.table.number)
    sheet.set_footer(f"&L&8{facts.queue} {period_title(facts.month)}&C&8{writer.words(number, ' ')}&R&8&P / &N")
    sheet.hide_gridlines(2)


def _insert_chart(writer: SheetWriter, sheet: Any, place: Place, drawn: TableChart, row: int, *, width: int) -> None:
    kind = place.table.kind
    chart = native_chart(
        writer.book,
        kind,
        drawn,
        rows=(place.first, place.total - 1),
        columns=place.columns,
        words=lambda name: writer.words(kind.label(name), " "),
        language=writer.language,
        width=width,
    )
    sheet.insert_chart(row, 0, chart, {"x_offset": 2, "y_offset": 2, "object_position": 2})
