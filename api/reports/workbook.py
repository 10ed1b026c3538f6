"""The Five Tables as one Excel workbook: live formulas, native charts, ready for an A4 printer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from api.reports.definitions_sheet import target_text, write_definitions
from api.reports.five_tables import FiveTables, Table
from api.reports.labels import LABELS, MEASURES, TITLES, Label, day_words
from api.reports.workbook_charts import BLUE, FONT, GREY, RED, native_chart
from api.whole_files import whole_file
from forecaster.messages import Languages, Words

FORMATS = {
    "date": "yyyy-mm-dd",
    "calls": "#,##0",
    "seats": "0",
    "people": "0",
    "hours": "#,##0.0",
    "rate": "#,##0.0",
    "share": "0.0%",
    "number": "#,##0",
    "text": "@",
    "flag": "0",
}
WEEKDAYS = ("一 Mon", "二 Tue", "三 Wed", "四 Thu", "五 Fri", "六 Sat", "日 Sun")
SHEETS = {1: "1 座席 Seats", 2: "2 预测 Forecast", 3: "3 实际 Actual", 4: "4 误差 Accuracy", 5: "5 人员 Staff"}
HEAD_ROW = 5
TOTAL, TOTAL_OF_SEATS = Words("合计", "Total"), Words("均值；席时合计", "Means; hours summed")
SHORT = Words(
    "红色粗体：少于所需座席；底色越深，座席越多",
    "red and bold: fewer seats than needed; the deeper the blue, the more seats",
)

# What a cell computes from its own row; blank where an input is blank.
ROW_FORMULAS: dict[int, dict[str, tuple[tuple[str, ...], str]]] = {
    2: {
        "margin": (("calls_bearable", "calls_forecast"), "{calls_bearable}-{calls_forecast}"),
        "margin_share": (("margin", "calls_forecast"), "{margin}/{calls_forecast}"),
    },
    3: {
        "answer_rate": (("calls_handled", "calls_offered"), "{calls_handled}/{calls_offered}"),
        "calls_per_head": (("calls_handled", "seats_signed_in"), "{calls_handled}/{seats_signed_in}"),
        "calls_per_seat_hour": (("calls_handled", "signed_in_seat_hours"), "{calls_handled}/{signed_in_seat_hours}"),
    },
    4: {
        "error": (("calls_forecast", "calls_offered"), "{calls_forecast}-{calls_offered}"),
        "error_share": (("error", "calls_offered"), "{error}/{calls_offered}"),
        "in_band": (
            ("error", "calls_lower_80", "calls_upper_80"),
            "IF(AND({calls_offered}>={calls_lower_80},{calls_offered}<={calls_upper_80}),1,0)",
        ),
    },
    5: {
        "difference": (("calls_handled", "calls_planned"), "{calls_handled}-{calls_planned}"),
        "calls_per_seat_hour_planned": (
            ("calls_planned", "seat_hours_planned"),
            "{calls_planned}/{seat_hours_planned}",
        ),
        "calls_per_seat_hour": (("calls_handled", "signed_in_seat_hours"), "{calls_handled}/{signed_in_seat_hours}"),
    },
}
# Totals that are not sums: these rows' own formula over the totals, or a mean.
MEAN_TOTALS = {(3, "seats_signed_in")}
RATIOS = {
    "margin_share",
    "answer_rate",
    "calls_per_head",
    "calls_per_seat_hour",
    "calls_per_seat_hour_planned",
    "error_share",
}


@dataclass(frozen=True)
class _Place:
    """Where a table stands on its sheet (rows and columns from 0)."""

    first: int
    last: int
    columns: Mapping[str, int]

    @property
    def total(self) -> int:
        return self.last + 1

    def cell(self, row: int, name: str) -> str:
        return f"{xl_col_to_name(self.columns[name])}{row + 1}"

    def range(self, name: str) -> str:
        column = xl_col_to_name(self.columns[name])
        return f"{column}{self.first + 1}:{column}{self.last + 1}"


class _Writer:
    """One workbook being written."""

    def __init__(self, book: xlsxwriter.Workbook, tables: FiveTables, language: Languages) -> None:
        self.book, self.tables, self.language = book, tables, language
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format(self, **properties: Any) -> Any:
        """Return the workbook's format with these properties, made once."""
        key = tuple(sorted({"font_name": FONT, "font_size": 9, "valign": "vcenter", **properties}.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(dict(key))
        return self._formats[key]

    def words(self, label: Label, joint: str = "\n") -> str:
        """Return a column's head in the workbook's language."""
        return {"zh": label.zh, "en": label.en}.get(self.language, f"{label.zh}{joint}{label.en}")

    def meaning(self, label: Label) -> str:
        """Return a column's definition in the workbook's language."""
        return {"zh": label.means_zh, "en": label.means_en}.get(self.language, f"{label.means_zh}  {label.means_en}")

    def title(self, number: int) -> str:
        """Return a table's title in the workbook's language."""
        zh, en = TITLES[number]
        return {"zh": f"表{number} {zh}", "en": f"Table {number}. {en}"}.get(self.language, f"表{number} {zh}  {en}")


def write_workbook(tables: FiveTables, path: str | Path, *, language: Languages = "both") -> Path:
    """Write the Five Tables as an Excel workbook (a sheet each, and one with the definitions); return its path.

    Every total, average and percentage is a formula, stored with the value that the frame has. The file appears whole
    or not at all.
    """
    path = Path(path)
    with whole_file(path) as part, xlsxwriter.Workbook(str(part), {"nan_inf_to_errors": False}) as book:
        book.set_properties(
            {"title": f"五表 {tables.queue} {tables.month}", "subject": "Five Tables", "comments": "huawu"}
        )
        # A fixed date: the same tables give the same bytes.
        book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001
        writer = _Writer(book, tables, language)
        for table in tables.tables:
            _write_table(writer, table)
        write_definitions(writer)
    return path


def _write_table(writer: _Writer, table: Table) -> None:
    sheet = writer.book.add_worksheet(SHEETS[table.number])
    columns = [str(c) for c in table.frame.columns]
    place = _Place(
        HEAD_ROW + 1,
        HEAD_ROW + len(table.frame),
        {"date": 0, "weekday": 1, **{name: i for i, name in enumerate(columns, start=2)}},
    )
    width = len(place.columns)
    _write_head(writer, sheet, table)
    _write_columns(writer, sheet, table, place)
    _write_rows(writer, sheet, table, place)
    _write_total(writer, sheet, table, place)
    _colour(writer, sheet, table, place)
    below = place.total + 2
    if table.measures:
        below = _write_measures(writer, sheet, table, place, below)
    _set_up_page(sheet, place, writer.tables, table.number)
    below += 1
    if table.number > 1:
        sheet.set_h_pagebreaks([below])
        _insert_chart(writer, sheet, table, place, below)
        below += 24
    if table.number == 1:
        sheet.write(below, 0, SHORT.said(writer.language), _small(writer))
        below += 1
    for name in [c for c in columns if c in LABELS and LABELS[c].means_en]:
        sheet.write(below, 0, f"{writer.words(LABELS[name], ' ')}: {writer.meaning(LABELS[name])}", _small(writer))
        below += 1
    sheet.print_area(0, 0, below, width - 1)


def _small(writer: _Writer) -> Any:
    return writer.format(font_size=8, font_color=GREY)


def _write_head(writer: _Writer, sheet: Any, table: Table) -> None:
    facts = writer.tables
    month = facts.month if table.number <= 2 else facts.last_month
    sheet.write(0, 0, writer.title(table.number), writer.format(bold=True, font_size=14, font_color=BLUE))
    version = (
        f"预测版本 Forecast: {facts.forecast_version}   班表版本 Roster: {facts.roster_version}"
        if table.number <= 2
        else f"月前发布版本 Published before the month: {facts.last_version or '无 none'}"
    )
    sheet.write(
        1,
        0,
        f"队列 Queue: {facts.queue}   月份 Month: {month}   时区 Time zone: {facts.timezone}   "
        f"时段 Interval: {facts.interval_minutes} min   {version}",
        writer.format(font_color="#333333"),
    )
    sheet.write(2, 0, target_text(facts), writer.format(font_color="#333333"))
    if table.missing:
        said = "; ".join(sentence.said(writer.language) for sentence in table.missing)
        word = {"zh": "缺", "en": "Missing"}.get(writer.language, "缺 Missing")
        sheet.write(3, 0, f"{word}: {said}", writer.format(font_color=RED, italic=True))


def _label(name: str) -> Label:
    return LABELS.get(name, Label(name, name, "seats"))


def _write_columns(writer: _Writer, sheet: Any, table: Table, place: _Place) -> None:
    head = writer.format(
        bold=True, text_wrap=True, align="center", bg_color=BLUE, font_color="#FFFFFF", border=1, border_color="#FFFFFF"
    )
    sheet.set_row(HEAD_ROW, 40)
    for name, column in place.columns.items():
        label = _label(name)
        is_interval = name not in LABELS
        sheet.write(HEAD_ROW, column, name if is_interval else writer.words(label), head)
        sheet.set_column(column, column, _width(name, table.number))
    sheet.freeze_panes(HEAD_ROW + 1, 2)


def _width(name: str, number: int) -> float:
    """Return a column's width in characters: table 1 has to hold a whole day on one sheet."""
    narrow = number == 1
    fixed = {"date": 9.5 if narrow else 10.5, "weekday": 6.5, "day_type": 15.0 if narrow else 22.0}
    if name in fixed:
        return fixed[name]
    return (8.5 if narrow else 12.5) if name in LABELS else 4.6


def _is_rest(day: date, kind: str | None) -> bool:
    return day.weekday() >= 5 if kind is None else kind != "workday"


def _write_rows(writer: _Writer, sheet: Any, table: Table, place: _Place) -> None:
    short = table.short
    for row, (day, (_, values)) in enumerate(
        zip(list(table.frame.index), table.frame.iterrows(), strict=True), place.first
    ):
        shade = {"bg_color": "#F1F4F8"} if _is_rest(day, values.get("day_type")) else {}
        stamp = datetime(day.year, day.month, day.day)  # noqa: DTZ001
        sheet.write_datetime(row, 0, stamp, writer.format(num_format=FORMATS["date"], align="left", **shade))
        sheet.write(row, 1, WEEKDAYS[day.weekday()], writer.format(**shade))
        for name in map(str, table.frame.columns):
            properties: dict[str, Any] = {"num_format": FORMATS[_label(name).kind], **shade}
            if short is not None and name in short and float(short[name].loc[day]) > 0:
                properties |= {"font_color": RED, "bold": True}
            text = _row_formula(table.number, name, place, row, writer.tables)
            value = day_words(values[name], writer.language) if name == "day_type" else values[name]
            _write_cell(sheet, (row, place.columns[name]), value, text, writer.format(**properties))


def _row_formula(number: int, name: str, place: _Place, row: int, facts: FiveTables) -> str | None:
    """Return the formula of a day's cell, None where the cell holds a number that was observed or planned."""
    if number == 1 and name in {"average_seats", "seat_hours"}:
        return _seat_formula(name, place, row, facts)
    if name not in ROW_FORMULAS.get(number, {}):
        return None
    inputs, body = ROW_FORMULAS[number][name]
    return _guarded([place.cell(row, i) for i in inputs], body, lambda other: place.cell(row, other))


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


class _Names(dict[str, str]):
    def __init__(self, cell_of: Callable[[str], str]) -> None:
        super().__init__()
        self._cell_of = cell_of

    def __missing__(self, name: str) -> str:
        return self._cell_of(name)


def _guarded(inputs: list[str], body: str, cell_of: Callable[[str], str]) -> str:
    """Return a formula that is blank where an input is blank or its divisor is 0."""
    blanks = ",".join(f'{cell}=""' for cell in inputs)
    formula = body.format_map(_Names(cell_of))
    zero = f",{inputs[-1]}=0" if "/" in body else ""
    return f'=IF(OR({blanks}{zero}),"",{formula})'


def _intervals(place: _Place) -> tuple[str, str]:
    names = [name for name in place.columns if name not in LABELS]
    return names[0], names[-1]


def _seat_formula(name: str, place: _Place, row: int, facts: FiveTables) -> str:
    first, last = _intervals(place)
    cells = f"{place.cell(row, first)}:{place.cell(row, last)}"
    if name == "average_seats":
        return f'=IF(COUNT({cells})=0,"",AVERAGE({cells}))'
    return f"=SUM({cells})*{facts.interval_minutes}/60"


def _write_total(writer: _Writer, sheet: Any, table: Table, place: _Place) -> None:
    row = place.total
    words = (TOTAL_OF_SEATS if table.number == 1 else TOTAL).said(writer.language)
    base = {"bold": True, "top": 2, "top_color": BLUE}
    sheet.write(row, 0, words, writer.format(**base))
    sheet.write(row, 1, "", writer.format(**base))
    formulas = ROW_FORMULAS.get(table.number, {})
    for name in map(str, table.frame.columns):
        kind = "rate" if name not in LABELS else LABELS[name].kind
        cell = writer.format(num_format=FORMATS[kind], **base)
        if name not in table.total:
            sheet.write_blank(row, place.columns[name], None, cell)
            continue
        cells = place.range(name)
        if name in RATIOS:
            inputs, body = formulas[name]
            text = _guarded([place.cell(row, i) for i in inputs], body, lambda n: place.cell(row, n))
        elif table.number == 1 and name == "average_seats":
            first, last = _intervals(place)
            block = f"{place.cell(place.first, first)}:{place.cell(place.last, last)}"
            text = f'=IF(COUNT({block})=0,"",AVERAGE({block}))'
        elif (table.number, name) in MEAN_TOTALS or name not in LABELS:
            text = f'=IF(COUNT({cells})=0,"",AVERAGE({cells}))'
        else:
            text = f'=IF(COUNT({cells})=0,"",SUM({cells}))'
        sheet.write_formula(row, place.columns[name], text, cell, _stored(table.total[name]))


def _write_measures(writer: _Writer, sheet: Any, table: Table, place: _Place, row: int) -> int:
    total = place.cell(place.total, "calls_offered")
    error = place.range("error")
    formulas = {
        # |error| summed without ABS over a range that may hold blanks: the positive part less the negative part.
        "wape": f'=IF(N({total})=0,"",(SUMIF({error},">0")-SUMIF({error},"<0"))/{total})',
        "bias": f"={place.cell(place.total, 'error_share')}",
        "hourly_wape": f'=IF(N({total})=0,"",SUM({place.range("absolute_error_by_interval")})/{total})',
        "days_in_band": f'=IF(COUNT({place.range("in_band")})=0,"",AVERAGE({place.range("in_band")}))',
    }
    for name, label in MEASURES.items():
        sheet.write(row, 0, writer.words(label, " "), writer.format(bold=True))
        value = _stored(table.measures[name])
        sheet.write_formula(row, 3, formulas[name], writer.format(num_format="0.0%", bold=True), value)
        sheet.write(row, 4, writer.meaning(label), _small(writer))
        row += 1
    return row


def _colour(writer: _Writer, sheet: Any, table: Table, place: _Place) -> None:
    first, last = place.first, place.last
    bad = writer.book.add_format({"bg_color": "#F8D7DA", "font_color": RED})
    warn = writer.book.add_format({"bg_color": "#FCE8C8"})

    def rule(name: str, **options: Any) -> None:
        column = place.columns[name]
        sheet.conditional_format(first, column, last, column, options)

    if table.number == 1:
        names = [name for name in place.columns if name not in LABELS]
        options = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#9CC3E6"}
        sheet.conditional_format(first, place.columns[names[0]], last, place.columns[names[-1]], options)
    if table.number == 2:
        rule("margin", type="cell", criteria="<", value=0, format=bad)
        rule("intervals_over", type="cell", criteria=">", value=0, format=warn)
    if table.number == 4:
        blank = f'{place.cell(first, "in_band")}=""'
        rule("in_band", type="formula", criteria=f"=AND(NOT({blank}),{place.cell(first, 'in_band')}=0)", format=bad)
    if table.number >= 3:
        rule("intervals_missing", type="cell", criteria=">", value=0, format=warn)


def _set_up_page(sheet: Any, place: _Place, facts: FiveTables, number: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.55)
    sheet.repeat_rows(0, HEAD_ROW)
    sheet.repeat_columns(0, 1)
    many = len(place.columns) > 40
    sheet.fit_to_pages(max(1, round(len(place.columns) / 40)) if many else 1, 0)
    sheet.set_footer(f"&L&8{facts.queue} {facts.month}&C&8表{number}&R&8&P / &N")
    sheet.hide_gridlines(2)


def _insert_chart(writer: _Writer, sheet: Any, table: Table, place: _Place, row: int) -> None:
    chart = native_chart(
        writer.book,
        SHEETS[table.number],
        table.number,
        rows=(place.first, place.last),
        columns=place.columns,
        words=lambda name: writer.words(LABELS[name], " "),
        title=writer.title(table.number),
        language=writer.language,
    )
    sheet.insert_chart(row, 0, chart, {"x_offset": 4, "y_offset": 6, "object_position": 2})
