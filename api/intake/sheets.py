"""The rows of a workbook's sheets, of the web page that many systems save under the name of one, and of JSON."""

from __future__ import annotations

import datetime as dt
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import python_calamine

from api.intake.errors import InputError, damage_named
from api.intake.sentences import say

Sheet = tuple[str, list[list[str]]]  # its name, its rows as texts
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
MOST_UNPACKED_BYTES = 1_500_000_000
MOST_CELLS = 20_000_000
DEEPEST = 4  # lists within lists of JSON that are laid open
REPEATED = re.compile(rb'number-(rows|columns)-repeated="(\d+)"')


def cell_text(cell: object) -> str:  # noqa: PLR0911 (one type after the other)
    """Return a cell as text: times without Excel's microseconds, midnights as dates, whole numbers without a point."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, dt.datetime):
        # Excel keeps times as fractions of a day: a time comes back some microseconds off.
        at = (cell + dt.timedelta(milliseconds=500)).replace(microsecond=0)
        return at.isoformat(sep=" ") if at.time() != dt.time() or at.tzinfo else at.date().isoformat()
    if isinstance(cell, dt.timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def workbook_sheets(path: Path, *, only: str | None) -> list[Sheet]:
    """Return the sheets of a workbook (xlsx, xlsm, xls, xlsb, ods) that hold anything.

    Hidden ones are left out unless named by `only`.

    Raises
    ------
    InputError
        If it is damaged, empty, too large, or has no sheet `only`.
    """
    with damage_named(path, "excel.unreadable"):
        with path.open("rb") as file:
            old = file.read(len(OLD_EXCEL)) == OLD_EXCEL
        named = _sheets_of_excel(path, only) if not old and _is_excel(path) else _sheets_of_others(path, only)
        found: list[Sheet] = []
        cells = 0
        for name, lines in named:
            rows: list[list[str]] = []
            known: dict[str, str] = {}
            for line in lines:
                texts = [known.setdefault(text, text) for text in map(cell_text, line)]
                while texts and not texts[-1].strip():
                    texts.pop()
                cells += len(texts)
                if cells > MOST_CELLS:
                    raise InputError(path, say("excel.too_many_cells", most=MOST_CELLS))
                rows.append(texts)
            while rows and not rows[-1]:
                rows.pop()
            if any(rows):
                found.append((name, rows))
    if not found:
        raise InputError(path, say("excel.empty"))
    return found


def _sheets_of_excel(path: Path, only: str | None) -> Iterator[tuple[str, Iterable[Iterable[object]]]]:
    with path.open("rb") as file:  # by its content: some are named .xls
        import openpyxl

        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        _require_sheet(path, only, book.sheetnames)
        for sheet in [book[only]] if only else [one for one in book.worksheets if one.sheet_state == "visible"]:
            sheet.reset_dimensions()  # some exporters write a wrong size
            yield str(sheet.title), sheet.iter_rows(values_only=True)
        book.close()


def _sheets_of_others(path: Path, only: str | None) -> Iterator[tuple[str, Iterable[Iterable[object]]]]:
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    _require_sheet(path, only, book.sheet_names)
    for sheet in book.sheets_metadata:
        if sheet.name == only or (only is None and sheet.visible == python_calamine.SheetVisibleEnum.Visible):
            yield sheet.name, book.get_sheet_by_name(sheet.name).iter_rows()


def _require_sheet(path: Path, only: str | None, names: list[str]) -> None:
    if only is not None and only not in names:
        raise InputError(path, say("excel.no_sheet", sheet=only, found=names))


def _is_excel(path: Path) -> bool:
    """Return whether a packed workbook is of Excel's own format.

    Raises
    ------
    InputError
        If it would unpack to more than a computer bears.
    """
    with zipfile.ZipFile(path) as packed:
        unpacked = sum(entry.file_size for entry in packed.infolist())
        if unpacked > MOST_UNPACKED_BYTES:
            raise InputError(path, say("excel.bomb", gigabytes=unpacked / 1e9))
        if "content.xml" in packed.namelist():  # OpenDocument says how often a cell or a row is repeated
            repeated = 1
            with packed.open("content.xml") as content:
                while chunk := content.read(1 << 24):
                    repeated = max([repeated, *(int(n) for _, n in REPEATED.findall(chunk) if int(n) < 1_000_000)])
            if repeated * repeated > MOST_CELLS * 50:
                raise InputError(path, say("excel.too_many_cells", most=MOST_CELLS))
        return any(name.startswith("xl/worksheets/") and name.endswith(".xml") for name in packed.namelist())


ROW_TAGS, CELL_TAGS = {"tr", "row"}, {"td", "th", "cell"}


class _TableParser(HTMLParser):
    """Gathers the cells of a page's tables, cells over several columns or rows repeated as blanks.

    A page, or a workbook as Excel 2003 wrote it in XML, which is its tables in other words.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self._span = 1
        self._down: dict[int, int] = {}  # column: rows still covered by a cell above

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ROW_TAGS or tag in CELL_TAGS:
            self._end_cell()  # a page may leave out where cells and rows end
        if tag in ROW_TAGS:
            self.rows.append([])
        elif tag in CELL_TAGS and self.rows:
            self._skip_covered()
            told = dict(attrs)
            blank = _whole(told.get("ss:index")) - 1 - len(self.rows[-1])
            self.rows[-1] += [""] * blank
            across = told.get("ss:mergeacross")
            self._cell, self._span = [], _whole(told.get("colspan")) if across is None else 1 + _whole(across)
            if (down := _whole(told.get("rowspan"))) > 1:
                self._down.update(dict.fromkeys(range(len(self.rows[-1]), len(self.rows[-1]) + self._span), down - 1))
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def _skip_covered(self) -> None:
        row = self.rows[-1]
        while self._down.get(len(row), 0) > 0:
            self._down[len(row)] -= 1
            row.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in (*CELL_TAGS, *ROW_TAGS, "table"):
            self._end_cell()

    def _end_cell(self) -> None:
        if self._cell is not None:
            self.rows[-1] += [" ".join("".join(self._cell).split()), *[""] * (self._span - 1)]
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)


def _whole(text: str | None) -> int:
    return min(int(text), 1000) if text and text.isdecimal() else 1


def page_rows(text: str) -> list[list[str]]:
    """Return the rows of the tables in an HTML page or an Excel 2003 XML workbook, one under the other."""
    parser = _TableParser()
    parser.feed(text)
    return parser.rows


def rows_of_json(text: str) -> list[list[str]] | None:
    """Return the rows of a list of objects, its keys above; None of JSON of another form.

    The list may stand under a key of its own, or be an object a line; objects in an object count as columns of it.
    """
    try:
        try:
            held = json.loads(text)
        except ValueError:
            held = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None
    if isinstance(held, dict) and held and (told := _frame_rows(held)) is not None:
        return told
    if isinstance(held, dict):
        lists = [one for one in _flat(held).values() if isinstance(one, list) and one and isinstance(one[0], dict)]
        held = lists[0] if len(lists) == 1 else []
    if not held or not isinstance(held, list) or not all(isinstance(one, dict) for one in held):
        return None
    try:
        flat = [row for one in held for row in _laid_open(one)]
    except RecursionError:
        return None
    names = list(dict.fromkeys(name for one in flat for name in one))
    return [names, *([cell_text(one.get(name)) for name in names] for one in flat)]


def _frame_rows(held: dict[str, Any]) -> list[list[str]] | None:
    """Return the rows of a table kept by columns, as pandas writes one: {name: {row: cell}}, or names beside rows."""
    names, data = held.get("columns"), held.get("data")
    if isinstance(names, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        return [[*map(cell_text, names)], *([*map(cell_text, row)] for row in data)]
    columns = list(held.values())
    if not all(isinstance(one, dict) and one.keys() == columns[0].keys() for one in columns) or len(columns) < 2:
        return None
    if any(isinstance(cell, dict | list) for one in columns for cell in one.values()):
        return None
    return [[*held], *([cell_text(one[row]) for one in columns] for row in columns[0])]


def _laid_open(held: dict[str, Any], depth: int = 0) -> list[dict[str, Any]]:
    """Return an object as rows: one of its own, or one for each object (or pair) of the one list that it holds.

    So are nested answers of interfaces kept: a queue, its intervals within, the measures of each within those.
    """
    flat = _flat(held)
    lists = {name: one for name, one in flat.items() if isinstance(one, list) and one and _is_rows(one)}
    if len(lists) != 1 or depth == DEEPEST:
        return [flat]
    ((name, inner),) = lists.items()
    rest = {key: value for key, value in flat.items() if key != name}
    objects = [one if isinstance(one, dict) else dict(zip(("time", "value"), one, strict=True)) for one in inner]
    return [{**rest, **row} for one in objects for row in _laid_open(one, depth + 1)]


def _is_rows(listed: list[Any]) -> bool:
    return all(isinstance(one, dict) for one in listed) or (
        all(isinstance(one, list) and len(one) == 2 for one in listed)
        and not any(isinstance(cell, dict | list) for one in listed for cell in one)
    )


def _flat(held: dict[str, Any]) -> dict[str, Any]:
    """Return an object with those inside it laid open, by their own keys where those are not taken."""
    flat: dict[str, Any] = {}
    for name, value in held.items():
        for inner, one in _flat(value).items() if isinstance(value, dict) else ((name, value),):
            flat[inner if inner not in flat else f"{name} {inner}"] = one
    return flat
