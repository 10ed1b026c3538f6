"""What the workbook's sheets are written with: formats, words, paragraphs; and where a table stands on its sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from api.reports.five_tables import FiveTables, Table
from api.reports.labels import Label
from api.reports.table_kinds import Formula
from api.reports.workbook_charts import WORKBOOK_FONT
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
    "flag": '[=1]"✓";[=0]"✗";0',
}
NOTE = 9  # points: what is printed has to be read


@dataclass(frozen=True)
class Place:
    """Where a table stands on its sheet (rows and columns from 0)."""

    table: Table
    first: int
    interval_minutes: int

    @property
    def total(self) -> int:
        """The row of the total."""
        return self.first + len(self.table.frame)

    @property
    def columns(self) -> dict[str, int]:
        """The sheet's columns by name."""
        return {name: at for at, name in enumerate(("date", "weekday", *map(str, self.table.frame.columns)))}

    def cell(self, row: int, name: str) -> str:
        """Return the cell of a column in a row."""
        return f"{xl_col_to_name(self.columns[name])}{row + 1}"

    def block(self, first: int, last: int, names: list[str]) -> str:
        """Return the cells of neighbouring columns from row to row."""
        return f"{self.cell(first, names[0])}:{self.cell(last, names[-1])}"

    def formula(self, formula: Formula, row: int) -> str:
        """Return the formula for a cell of `row`, blank where an input is blank or its divisor is 0."""
        blanks = [f'{self.cell(row, name)}=""' for name in formula.inputs]
        if formula.inputs and "/" in formula.body:
            blanks.append(f"{self.cell(row, formula.inputs[-1])}=0")
        body = formula.body.format_map(_Names(self, row))
        return f'=IF(OR({",".join(blanks)}),"",{body})' if blanks else f"={body}"


class _Names(dict[str, Any]):
    """What a formula of one row may name: see `Formula`."""

    def __init__(self, place: Place, row: int) -> None:
        super().__init__(interval_minutes=place.interval_minutes)
        self.place, self.row = place, row

    def __missing__(self, name: str) -> Any:
        place, row = self.place, self.row
        if name == "intervals":
            first, last = (place.first, place.total - 1) if row == place.total else (row, row)
            return place.block(first, last, place.table.intervals)
        return _Named(
            place.cell(row, name), place.block(place.first, place.total - 1, [name]), place.cell(place.total, name)
        )


@dataclass(frozen=True)
class _Named:
    cell: str
    days: str
    total: str

    def __format__(self, spec: str) -> str:
        return self.cell


class SheetWriter:
    """One workbook being written, in a language or in both."""

    def __init__(self, book: xlsxwriter.Workbook, tables: FiveTables, language: Languages) -> None:
        self.book, self.tables, self.language = book, tables, language
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format(self, **properties: Any) -> Any:
        """Return the workbook's format with these properties, made once."""
        key = tuple(sorted({"font_name": WORKBOOK_FONT, "font_size": 9, "valign": "vcenter", **properties}.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(dict(key))
        return self._formats[key]

    def words(self, words: Words, joint: str = "\n") -> str:
        """Return words in the workbook's language; where it has both, the English after `joint`."""
        if self.language != "both" or words.zh == words.en:
            return words.said("zh" if self.language == "both" else self.language)
        return f"{words.zh}{joint}{words.en}"

    def meaning(self, label: Label) -> str:
        """Return a column's definition in the workbook's language."""
        return self.words(Words(label.means_zh, label.means_en), "  ")

    def paragraph(
        self, sheet: Any, row: int, text: str, *, last: int, room: float, size: float = NOTE, **look: Any
    ) -> int:
        """Write a text over the columns up to `last`, in a row as high as it needs; return the next row.

        room
            How many characters of the ordinary size fit side by side.
        """
        wide = sum(2 if ord(one) > 0x2E80 else 1.05 for one in text) * size / 10
        lines = text.count("\n") + int(wide / room) + 1
        sheet.merge_range(row, 0, row, last, text, self.format(text_wrap=True, valign="top", font_size=size, **look))
        sheet.set_row(row, 1.4 * size * lines)
        return row + 1
