"""The native Excel charts of the tables: bars for what happened or is expected, lines beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import xlsxwriter

from api.reports.colours import BLUE
from api.reports.table_kinds import Series, TableChart, TableKind
from forecaster.messages import Languages, Words

WORKBOOK_FONT = "Arial"
CHART_HEIGHT_PIXELS = 320  # pixels
SMALL = {"name": WORKBOOK_FONT, "size": 8}
AXIS_FONT = {**SMALL, "bold": False}
CALLS = Words("话务量", "calls")
Y_AXIS = {
    "num_format": "#,##0",
    "min": 0,
    "num_font": SMALL,
    "name_font": AXIS_FONT,
    "major_gridlines": {"visible": True, "line": {"color": "#E3E6EB"}},
}


def native_chart(
    book: xlsxwriter.Workbook,
    kind: TableKind,
    drawn: TableChart,
    *,
    rows: tuple[int, int],
    columns: Mapping[str, int],
    words: Callable[[str], str],
    language: Languages,
    width: int,
) -> Any:
    """Return the chart that a kind of table carries, from the cells of its sheet (rows, columns from 0; dates in 0).

    words
        What a column is called.
    width
        In pixels.
    """

    def series(one: Series, **look: Any) -> dict[str, Any]:
        column = columns[one.column]
        return {
            "name": words(one.column),
            "categories": [kind.sheet_name(language), rows[0], 0, rows[1], 0],
            "values": [kind.sheet_name(language), rows[0], column, rows[1], column],
            "y2_axis": one.own_axis,
            **look,
        }

    def line(one: Series) -> dict[str, Any]:
        dash = {"dash_type": one.dash} if one.dash else {}
        return series(one, line={"color": one.colour, "width": 1.75, **dash})

    second = next(((drawn.second, words(one.column)) for one in drawn.lines if one.own_axis), None)
    bars = [series(one, fill={"color": one.colour}, border={"none": True}, gap=60) for one in drawn.bars]
    chart = _combined(book, bars, [line(one) for one in drawn.lines], second=second)
    chart.set_y_axis(Y_AXIS | {"name": CALLS.said(language)})
    chart.set_title({"name": kind.heading(language), "name_font": {"name": WORKBOOK_FONT, "size": 11, "color": BLUE}})
    chart.set_size({"width": width, "height": CHART_HEIGHT_PIXELS})
    return chart


def _combined(
    book: xlsxwriter.Workbook,
    bars: list[dict[str, Any]],
    lines: list[dict[str, Any]],
    *,
    second: tuple[str, str] | None = None,
) -> Any:
    """Return bars with lines over them; `second` is the number format and the name of the lines' own axis."""
    chart = book.add_chart({"type": "column"})
    for one in bars:
        chart.add_series(one)
    over = book.add_chart({"type": "line"})
    for one in lines:
        over.add_series(one)
    if second is not None:
        form, name = second
        limits = {"min": 0, "max": 1} if form.endswith("%") else {"min": 0}
        over.set_y2_axis({"num_format": form, "num_font": SMALL, "name": name, "name_font": AXIS_FONT, **limits})
    if lines:
        chart.combine(over)
    chart.set_x_axis(
        {"date_axis": True, "num_format": "mm-dd", "num_font": SMALL, "major_unit": 2, "major_unit_type": "days"}
    )
    chart.set_legend({"position": "bottom", "font": SMALL})
    chart.show_blanks_as("gap")
    return chart
