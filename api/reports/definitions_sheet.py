"""The workbook's last sheet: what every column means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from api.reports.colours import BLUE
from api.reports.labels import Label
from api.reports.sheet_paper import fit_to_paper
from api.reports.sheet_writer import SheetWriter
from api.reports.table_heads import target_words
from forecaster.messages import Language, Words

TITLE, TABLES, COLUMN, MEANING = (
    Words("定义", "Definitions"), Words("表", "Tables"), Words("列", "Column"), Words("定义", "Definition")
)  # fmt: skip


def write_definitions(writer: SheetWriter) -> None:
    """Add the sheet that says what every column and measure of the workbook means, in the workbook's language."""
    sheet = writer.book.add_worksheet(writer.words(TITLE, " "))
    head = writer.format(bold=True, bg_color=BLUE, font_color="#FFFFFF", border=1, border_color="#FFFFFF")
    sheet.write(0, 0, writer.words(TITLE, " "), writer.format(bold=True, font_size=14, font_color=BLUE))
    languages: tuple[Language, ...] = ("zh", "en") if writer.language == "both" else (writer.language,)
    columns = [(TABLES, 10.0), *((COLUMN, 22.0) for _ in languages), *((MEANING, 52.0) for _ in languages)]
    for column, (words, width) in enumerate(columns):
        of = languages[(column - 1) % len(languages)]
        sheet.write(2, column, writer.words(words, " ") if column == 0 else words.said(of), head)
        sheet.set_column(column, column, width)
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
        names, means = [label.said(one) for one in languages], [label.means(one) for one in languages]
        cells = (", ".join(map(str, numbers)), *names, *means)
        row = _write_definition(sheet, row, cells, [width for _, width in columns], wrap)
    target = writer.words(target_words(writer.tables))
    writer.paragraph(sheet, row + 1, target, last=len(columns) - 1, room=sum(width for _, width in columns))
    fit_to_paper(sheet, landscape=writer.language == "both")
    sheet.repeat_rows(2)
    sheet.freeze_panes(3, 0)


def _write_definition(sheet: Any, row: int, cells: Sequence[str], widths: Sequence[float], form: Any) -> int:
    """Write a row of definitions, high enough for its longest cell, and return the next row."""
    # A Chinese character is about two Latin ones wide; the small type holds some more than the column's width says.
    wide = [sum(1 if c.isascii() else 2 for c in text) for text in cells]
    lines = max(math.ceil(width / room / 1.15) for width, room in zip(wide, widths, strict=True))
    sheet.set_row(row, 12.5 * max(1, lines))
    for column, text in enumerate(cells):
        sheet.write(row, column, text, form)
    return row + 1
