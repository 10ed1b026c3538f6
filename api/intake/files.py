"""Any table file as text columns: CSV, TSV, Excel, OpenDocument, Parquet; packed or not; in any usual encoding.

Every cell is read as text and looked at later, so that a message can show what stands in the file. Columns are
categorical: a year of quarter hours repeats few distinct texts, and each is interpreted once. Of a large file, columns
whose texts hardly repeat are strings.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from api.intake.blocks import blocks_of, may_repeat
from api.intake.errors import InputError, damage_named
from api.intake.heading_rows import Heading, heading_of, is_nameless
from api.intake.sentences import say
from api.intake.sheets import OLD_EXCEL, Sheet, cell_text, page_rows, rows_of_json, workbook_sheets
from api.intake.text_files import (
    HEAD_ROWS,
    Text,
    arrow_frame,
    blank_parted,
    delimiter_of,
    first_rows,
    rows_frame,
    text_of,
)

WORKBOOKS = {".xlsx", ".xlsm", ".xlsb", ".ods", ".xltx"}
FEW_ROWS = 1_000_000  # all of whose columns may be held
Knows = Callable[[str], bool]


@dataclass(frozen=True, eq=False)
class TextTable:
    """A file's table. `frame` holds text columns (categorical); its index is the row number in the file, from 1.

    heading_row
        The row of the heading, of several lines the last; 0 where the file has none.
    preamble
        The cells of the rows above the heading.
    levels
        What the heading says of each column, line by line.
    sheet
        The sheet it stands on.
    delimiter
        The sign that parts the cells of a text, "" of others.
    """

    path: Path
    frame: pd.DataFrame
    heading_row: int
    preamble: tuple[tuple[str, ...], ...] = ()
    levels: tuple[tuple[str, ...], ...] = ()
    sheet: str = ""
    delimiter: str = ""

    def forget(self, name: str) -> None:
        """Drop a column that was read and is needed no more: the texts of ten million rows are most of what is held."""
        if len(self.frame) > FEW_ROWS:
            self.frame.pop(name)


@dataclass(frozen=True)
class FileForm:
    """What a mapping file may say about a file's form; None lets the reader find out."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    heading_row: int | None = None


@dataclass(frozen=True, eq=False)
class Page:
    """A sheet, or a text: its first rows (of a sheet all), where its heading is, the rows below, and every line."""

    path: Path
    sheet: str
    rows: Sequence[Sequence[str]]
    heading: Heading
    body: Callable[[Sequence[str] | None], pd.DataFrame]
    lines: Callable[[], Iterable[Sequence[str]]]
    delimiter: str = ""
    large: bool = False

    def table(self, only: Sequence[str] | None = None) -> TextTable:
        """Return the page's table; `only`: the columns that are wanted, None for all."""
        heading = self.heading
        preamble = tuple(map(tuple, self.rows[: max(heading.first, 0)]))
        frame = self.body(only)
        kept = [n for n, name in enumerate(heading.names) if name in frame.columns]
        levels = tuple(heading.levels[n] for n in kept)
        return TextTable(self.path, frame, heading.last + 1, preamble, levels, self.sheet, self.delimiter)


def read_table(path: str | Path, *, knows: Knows, form: FileForm | None = None) -> TextTable:
    """Return the table in `path`; where its heading is, `knows` and the rows below it tell.

    Of a workbook, the sheet with the most headings known.

    Raises
    ------
    InputError
        If the file is missing, empty, of an unknown kind, or cannot be read.
    """
    page = max(pages_of(path, knows=knows, form=form), key=lambda page: sum(map(knows, page.heading.names)))
    table = page.table()
    if table.frame.empty:
        raise InputError(path, say("file.no_rows"))
    return table


def pages_of(path: str | Path, *, knows: Knows, form: FileForm | None = None) -> list[Page]:
    """Return the sheets of a workbook that hold anything, or the one page of another file.

    Raises
    ------
    InputError
        If the file is missing, empty, of an unknown kind, or cannot be read.
    """
    path, form = Path(path), form or FileForm()
    if not path.is_file():
        raise InputError(path, say("file.none"))
    suffixes = [s.lower() for s in path.suffixes]
    packed = bool(suffixes) and suffixes[-1] == ".gz"
    suffix = (suffixes[-2] if len(suffixes) > 1 else "") if packed else (suffixes[-1] if suffixes else "")
    if path.stat().st_size == 0:
        raise InputError(path, say("file.empty"))
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(OLD_EXCEL):
        if suffix != ".xls" or path.stat().st_size < 512:
            raise InputError(path, say("file.old_excel"))
        return _sheet_pages(path, workbook_sheets(path, only=form.sheet), knows, form)
    if suffix in WORKBOOKS or (suffix == ".xls" and start.startswith(b"PK")):
        return _sheet_pages(path, workbook_sheets(path, only=form.sheet), knows, form)
    if suffix in {".parquet", ".pq"}:
        return [_parquet_page(path)]
    return _text_pages(path, text_of(path, packed=packed, encoding=form.encoding, knows=knows), knows, form)


def _sheet_pages(path: Path, sheets: list[Sheet], knows: Knows, form: FileForm, *, delimiter: str = "") -> list[Page]:
    def found(rows: Sequence[Sequence[str]]) -> Heading:
        top = 0 if form.heading_row else next((n for n, row in enumerate(rows) if row), 0)
        one = _without_empty_tail(heading_of(rows[top : top + HEAD_ROWS], knows, told=form.heading_row))
        return one if one.last < 0 else replace(one, first=one.first + top, last=one.last + top)

    tables: list[tuple[str, list[list[str]], Heading]] = []
    for name, rows in sheets:
        heading = found(rows)
        parts = [] if form.heading_row else blocks_of(rows, heading, found)
        titles = [f"{name} {title}".strip() if len(sheets) > 1 else title or name for title, _, _ in parts]
        tables += [(title, part, own) for title, (_, part, own) in zip(titles, parts, strict=True)]
        tables += [] if parts else [(name, rows, heading)]
    pages = []
    for name, rows, heading in tables:

        def body(only: Sequence[str] | None, rows: list[list[str]] = rows, heading: Heading = heading) -> pd.DataFrame:
            frame = rows_frame(path, rows, heading.last, heading.names)
            return frame if only is None else frame[list(only)]

        pages.append(Page(path, name, rows, heading, body, partial(list, rows), delimiter))
    return pages


def _without_empty_tail(heading: Heading) -> Heading:
    """Return the heading without the columns at its end that it does not name."""
    count = len(heading.names)
    while count and heading.last >= 0 and is_nameless(heading.names[count - 1]):
        count -= 1
    return Heading(heading.first, heading.last, heading.names[:count], heading.levels[:count])


def _text_pages(path: Path, text: Text, knows: Knows, form: FileForm) -> list[Page]:
    raw = text.head
    if (marked := _marked_up(path, text)) is not None:
        return _sheet_pages(path, [("", marked)], knows, form)
    told = _delimiter_told(raw)
    delimiter = form.delimiter or told or delimiter_of(raw, knows)
    rows = first_rows(raw, delimiter)
    if not rows:
        raise InputError(path, say("file.no_lines"))
    heading = heading_of(rows, knows, told=form.heading_row)
    if heading.last >= len(rows):
        raise InputError(path, say("file.no_heading", row=heading.last + 1))
    again = not text.large and _stands_again(raw, heading.last)
    if form.heading_row is None and (again or may_repeat(rows, heading)):
        return _sheet_pages(path, [("", _every_row(path, raw, delimiter))], knows, form, delimiter=delimiter)

    def body(only: Sequence[str] | None) -> pd.DataFrame:
        frame = arrow_frame(text, heading.names, heading.last, delimiter, only=only)
        if frame is not None:
            return frame
        if text.large:
            raise InputError(path, say("file.no_lines"))
        lines = _every_row(path, raw, delimiter)
        frame = rows_frame(path, lines, heading.last, _without_empty_tail(heading).names)
        return frame if only is None else frame[list(only)]

    def lines() -> Iterable[Sequence[str]]:
        texts = (line for block in text.blocks() for line in io.StringIO(block.decode("utf-8"), newline=""))
        return csv.reader(texts, delimiter=delimiter)

    return [Page(path, "", rows, heading, body, lines, delimiter, large=text.large)]


def _marked_up(path: Path, text: Text) -> list[list[str]] | None:
    """Return the rows of a web page, of JSON, or of columns that only blanks part; None of another text."""
    start = text.head[:64].lstrip()
    if start.startswith(b"<"):
        if not (rows := page_rows(text.head.decode("utf-8"))):
            raise InputError(path, say("file.web_page"))
        return rows
    if not re.match(rb'\{\s*"|\[\s*[{\]]', start):
        return None if text.large else blank_parted(text.head)
    if text.large or (held := rows_of_json(text.head.decode("utf-8"))) is None:
        raise InputError(path, say("file.json"))
    return held


def _stands_again(raw: bytes, line: int) -> bool:
    """Return whether a text's line, as it is, stands in it more than once."""
    own = raw[: 1 << 18].split(b"\n", line + 1)
    return len(own) > line and line >= 0 and bool(own[line].strip()) and raw.count(b"\n" + own[line] + b"\n") > 1


def _every_row(path: Path, raw: bytes, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(raw.decode("utf-8"), newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise InputError(path, say("file.no_table", cause=error)) from None


def _delimiter_told(raw: bytes) -> str | None:
    """Return the sign that Excel's first line `sep=;` tells."""
    first = raw[:8].decode("utf-8", errors="ignore").lower()
    return first[4] if first.startswith("sep=") and len(first) > 4 else None


def _parquet_page(path: Path) -> Page:
    def body(only: Sequence[str] | None) -> pd.DataFrame:
        with damage_named(path, "file.parquet"):
            table = pq.read_table(path, columns=None if only is None else list(only))
        data = {name: _categories(table.column(name)) for name in table.column_names}
        return pd.DataFrame(data, index=pd.RangeIndex(2, 2 + table.num_rows))

    def rows() -> Iterator[list[str]]:
        with damage_named(path, "file.parquet"), pq.ParquetFile(path) as file:
            yield list(map(str, file.schema_arrow.names))
            for batch in file.iter_batches(batch_size=HEAD_ROWS):
                yield from (list(map(cell_text, row.values())) for row in batch.to_pylist())

    first = list(islice(rows(), 1 + HEAD_ROWS))
    heading = Heading(0, 0, first[0], [(name,) for name in first[0]])
    return Page(path, "", first, heading, body, rows)


def _categories(column: pa.ChunkedArray) -> pd.Categorical:
    column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column)
    values = [cell_text(v) for v in column.dictionary.to_pylist()]
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    merged, first = np.unique(np.array([*values, ""], dtype=object), return_inverse=True)
    return pd.Categorical.from_codes(first[np.where(codes < 0, len(values), codes)], categories=pd.Index(merged))
