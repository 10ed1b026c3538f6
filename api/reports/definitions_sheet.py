"""The workbook's last sheet: what every column means, in both languages."""

from __future__ import annotations

import math
from typing import Any, Protocol

import xlsxwriter

from api.reports.colours import BLUE
from api.reports.five_tables import FiveTables
from api.reports.labels import Label

WIDTHS = (12, 18, 26, 46, 56)


class Writer(Protocol):
    """What a sheet is written with."""

    book: xlsxwriter.Workbook
    tables: FiveTables

    def format(self, **properties: Any) -> Any:
        """Return the workbook's format with these properties."""


def target_text(facts: FiveTables) -> str:
    """Return the service target and the busy-hour capacity that the tables stand on, in both languages."""
    target = facts.target
    parts = []
    if target.service_level is not None:
        parts.append(f"{target.service_level:.0%} / {target.answer_within_seconds:g} s ({target.definition})")
    if target.max_occupancy is not None:
        parts.append(f"占用率 occupancy ≤ {target.max_occupancy:.0%}")
    parts.append(f"损耗 shrinkage {target.shrinkage:.0%}")
    if facts.calls_per_seat_hour is not None:
        parts.append(f"忙时接通量 busy-hour capacity {facts.calls_per_seat_hour:.1f} / h")
    return "服务目标 Service target: " + "   ".join(parts)


def write_definitions(writer: Writer) -> None:
    """Add the sheet that says what every column and measure of the workbook means."""
    sheet = writer.book.add_worksheet("定义 Definitions")
    head = writer.format(bold=True, bg_color=BLUE, font_color="#FFFFFF", border=1, border_color="#FFFFFF")
    sheet.write(0, 0, "定义 Definitions", writer.format(bold=True, font_size=14, font_color=BLUE))
    for column, text in enumerate(("表 Tables", "列", "Column", "定义", "Definition")):
        sheet.write(2, column, text, head)
    wrap = writer.format(text_wrap=True, valign="top")
    used: dict[Label, list[int]] = {}
    for table in writer.tables.tables:
        for name in map(str, table.frame.columns):
            if table.kind.knows(name):
                used.setdefault(table.kind.label(name), []).append(table.number)
    for table in writer.tables.tables:
        for name in table.kind.measures:
            used.setdefault(table.kind.measure(name), []).append(table.number)
    row = 3
    for label, numbers in used.items():
        cells = (", ".join(map(str, numbers)), label.zh, label.en, label.means_zh, label.means_en)
        row = _write_definition(sheet, row, cells, wrap)
    sheet.write(row + 1, 0, target_text(writer.tables), writer.format(font_color="#333333"))
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    sheet.freeze_panes(3, 0)


def _write_definition(sheet: Any, row: int, cells: tuple[str, ...], form: Any) -> int:
    """Write a row of definitions, high enough for its longest cell, and return the next row."""
    # A Chinese character is about two Latin ones wide; the small type holds some more than the column's width says.
    widths = [sum(1 if c.isascii() else 2 for c in text) for text in cells]
    lines = max(math.ceil(width / room / 1.15) for width, room in zip(widths, WIDTHS, strict=True))
    sheet.set_row(row, 12.5 * max(1, lines))
    for column, text in enumerate(cells):
        sheet.write(row, column, text, form)
    return row + 1
