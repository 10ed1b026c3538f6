"""The rows of a workbook's sheets, and of the web page that many systems save under the name of one."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

from api.intake.errors import InputError
from api.intake.sentences import say

Sheet = tuple[str, list[list[str]]]  # its name, its rows as texts
OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def cell_text(cell: object) -> str:
    """Return a cell as text: times without Excel's microseconds, whole numbers without a point."""
    if cell is None:
        return ""
    if isinstance(cell, dt.datetime):
        # Excel keeps times as fractions of a day: a time comes back some microseconds off.
        return (cell + dt.timedelta(milliseconds=500)).replace(microsecond=0).isoformat(sep=" ")
    if isinstance(cell, dt.timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError) as error:
        raise InputError(
            path,
            say("excel.unreadable", kind=type(error).__name__),
        ) from None


def workbook_sheets(path: Path, *, only: str | None) -> list[Sheet]:
    """Return the sheets of a workbook that hold anything, hidden ones left out unless named by `only`.

    Raises
    ------
    InputError
        If it is damaged, empty, or has no sheet `only`.
    """
    import openpyxl

    with _damage_named(path), path.open("rb") as file:  # by its content: some are named .xls
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        if only is not None and only not in book.sheetnames:
            raise InputError(path, say("excel.no_sheet", sheet=only, found=book.sheetnames))
        wanted = [book[only]] if only else [one for one in book.worksheets if one.sheet_state == "visible"]
        found = []
        for sheet in wanted:
            sheet.reset_dimensions()  # some exporters write a wrong size
            rows = [[cell_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
            if any(text.strip() for row in rows for text in row):
                found.append((str(sheet.title), rows))
        book.close()
    if not found:
        raise InputError(path, say("excel.empty"))
    return found


class _TableParser(HTMLParser):
    """Gathers the cells of a page's tables, cells over several columns or rows repeated as blanks."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"} and self.rows:
            self._cell = []
            span = dict(attrs).get("colspan") or "1"
            self._span = int(span) if span.isdecimal() else 1

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"} and self._cell is not None:
            self.rows[-1] += [" ".join("".join(self._cell).split()), *[""] * (self._span - 1)]
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)


def page_rows(text: str) -> list[list[str]]:
    """Return the rows of the tables in an HTML page, one under the other."""
    parser = _TableParser()
    parser.feed(text)
    return parser.rows
