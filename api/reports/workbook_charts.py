"""The native Excel charts of tables 2 to 5: bars for what happened or is expected, lines beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import xlsxwriter

from forecaster.messages import Languages, Words

BLUE, TEAL, AMBER, RED, GREY = "#2F5D8A", "#3A8F85", "#D98E04", "#C0392B", "#8A8F98"
FONT = "Arial"
SMALL = {"name": FONT, "size": 8}
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
    sheet_name: str,
    number: int,
    *,
    rows: tuple[int, int],
    columns: Mapping[str, int],
    words: Callable[[str], str],
    title: str,
    language: Languages,
) -> Any:
    """Return the chart of table `number`, drawn from the cells of its sheet (rows, columns from 0; dates in column 0).

    words
        What a column is called.
    """

    def series(name: str, **options: Any) -> dict[str, Any]:
        column = columns[name]
        return {
            "name": words(name),
            "categories": [sheet_name, rows[0], 0, rows[1], 0],
            "values": [sheet_name, rows[0], column, rows[1], column],
            **options,
        }

    def bars(name: str, colour: str) -> dict[str, Any]:
        return series(name, fill={"color": colour}, border={"none": True}, gap=60)

    def line(name: str, colour: str, **more: Any) -> dict[str, Any]:
        dash = {"dash_type": more.pop("dash")} if "dash" in more else {}
        return series(name, line={"color": colour, "width": 1.75, **dash}, **more)

    if number == 2:
        chart = _combined(
            book,
            [bars("calls_forecast", BLUE)],
            [
                line("calls_bearable", TEAL),
                line("calls_bearable_busy_hour", AMBER, dash="dash"),
                line("calls_lower_80", GREY, dash="round_dot"),
                line("calls_upper_80", GREY, dash="round_dot"),
            ],
        )
    elif number == 3:
        chart = _combined(
            book,
            [bars("calls_offered", GREY), bars("calls_handled", BLUE)],
            [line("answer_rate", AMBER, y2_axis=True)],
            second=("0%", words("answer_rate")),
        )
    elif number == 4:
        chart = _combined(
            book,
            [bars("calls_offered", GREY)],
            [
                line("calls_forecast", BLUE),
                line("calls_lower_80", BLUE, dash="round_dot"),
                line("calls_upper_80", BLUE, dash="round_dot"),
            ],
        )
    else:
        chart = _combined(
            book,
            [bars("calls_handled", BLUE), bars("calls_planned", GREY)],
            [
                line("calls_per_seat_hour", AMBER, y2_axis=True),
                line("calls_per_seat_hour_planned", AMBER, dash="dash", y2_axis=True),
            ],
            second=("0.0", words("calls_per_seat_hour")),
        )
    chart.set_y_axis(Y_AXIS | {"name": CALLS.said(language)})
    chart.set_title({"name": title, "name_font": {"name": FONT, "size": 11, "color": BLUE}})
    chart.set_size({"width": 980, "height": 430})
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
    chart.combine(over)
    chart.set_x_axis(
        {"date_axis": True, "num_format": "mm-dd", "num_font": SMALL, "major_unit": 2, "major_unit_type": "days"}
    )
    chart.set_legend({"position": "bottom", "font": SMALL})
    chart.show_blanks_as("gap")
    return chart
