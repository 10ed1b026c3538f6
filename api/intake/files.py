"""Any table file as text columns: CSV, TSV, Excel, Parquet; packed or not; UTF-8, UTF-16 or GB 18030.

Every cell is read as text and looked at later, so that a message can show what stands in the file. Columns are
categorical: a year of quarter hours repeats few distinct texts, and each is interpreted once.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import gzip
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from api.intake.errors import InputError

HEADING_SEARCH_ROWS = 40
DELIMITERS = (",", "\t", ";", "|")
EXCEL = {".xlsx", ".xlsm"}
TEXT = {".csv", ".tsv", ".txt", ".log", ""}
CHUNK_BYTES = 1 << 24


@dataclass(frozen=True, eq=False)
class TextTable:
    """A file's table. `frame` holds text columns (categorical); its index is the row number in the file, from 1.

    preamble
        The cells of the rows above the heading.
    """

    path: Path
    frame: pd.DataFrame
    heading_row: int
    preamble: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class FileForm:
    """What a mapping file may say about a file's form; None lets the reader find out."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    heading_row: int | None = None


def read_table(path: str | Path, *, knows: Callable[[str], bool], form: FileForm | None = None) -> TextTable:
    """Return the table in `path`; the heading is the first row with two cells that `knows`, else the first filled row.

    Raises
    ------
    InputError
        If the file is missing, empty, of an unknown kind, or cannot be read.
    """
    path, form = Path(path), form or FileForm()
    if not path.is_file():
        raise InputError(path, "there is no such file")
    suffixes = [s.lower() for s in path.suffixes]
    packed = bool(suffixes) and suffixes[-1] == ".gz"
    suffix = (suffixes[-2] if len(suffixes) > 1 else "") if packed else (suffixes[-1] if suffixes else "")
    if path.stat().st_size == 0:
        raise InputError(path, "the file is empty")
    if suffix in EXCEL:
        table = _read_excel(path, knows, form)
    elif suffix in {".parquet", ".pq"}:
        table = _read_parquet(path)
    elif suffix == ".xls":
        raise InputError(path, "the old .xls format is not read", way_out="save it as .xlsx or .csv")
    else:
        table = _read_text(path, text_bytes(path, packed=packed, form=form), knows, form)
    if table.frame.empty:
        raise InputError(path, "the file holds a heading and no rows")
    return table


def text_bytes(path: Path, *, packed: bool, form: FileForm) -> bytes:
    """Return a text file as UTF-8 without a byte order mark.

    Raises
    ------
    InputError
        If it is empty, cannot be unpacked, or is no text.
    """
    try:
        raw = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    except (OSError, EOFError, gzip.zlib.error) as error:  # type: ignore[attr-defined]
        raise InputError(path, f"cannot be unpacked: {error}", way_out="pack it again with gzip") from None
    if not raw.strip():
        raise InputError(path, "the file is empty")
    if raw.startswith(b"PK\x03\x04"):
        raise InputError(path, "is an Excel or zip file under a text file's name", way_out="rename it to .xlsx")
    if form.encoding:
        return _transcode(path, raw, form.encoding)
    if raw.startswith(codecs.BOM_UTF8):
        return _transcode(path, raw, "utf-8-sig")
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _transcode(path, raw, "utf-16")
    if b"\x00" in raw[:4096]:
        raise InputError(path, "is not a text file", way_out="export it as CSV or .xlsx")
    return raw if _is_utf8(raw) else _transcode(path, raw, "gb18030")


def _is_utf8(raw: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(raw), CHUNK_BYTES):
            decoder.decode(raw[at : at + CHUNK_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _transcode(path: Path, raw: bytes, encoding: str) -> bytes:
    try:
        return raw.decode(encoding).encode("utf-8")
    except (UnicodeDecodeError, LookupError):
        name = "UTF-8, UTF-16 or GB 18030" if encoding == "gb18030" else encoding
        raise InputError(path, f"is not {name} text", way_out="save it as 'CSV UTF-8'") from None


def _first_rows(raw: bytes, delimiter: str) -> list[list[str]]:
    head = raw[: 1 << 18].decode("utf-8", errors="ignore")
    rows = []
    for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
        rows.append(row)
        if len(rows) == HEADING_SEARCH_ROWS:
            break
    return rows


def _heading_row(rows: Sequence[Sequence[str]], knows: Callable[[str], bool]) -> int:
    """Return the index of the heading among `rows`."""
    filled = [i for i, row in enumerate(rows) if any(str(cell).strip() for cell in row)]
    for wanted in (2, 1):
        for i in filled:
            if sum(knows(str(cell)) for cell in rows[i]) >= wanted:
                return i
    return filled[0] if filled else 0


def _delimiter(raw: bytes, knows: Callable[[str], bool]) -> str:
    """Return the delimiter under which the most headings are known, then the one that splits the most."""

    def score(delimiter: str) -> tuple[int, int]:
        rows = _first_rows(raw, delimiter)
        return max((sum(map(knows, row)) for row in rows), default=0), max(map(len, rows), default=0)

    return max(DELIMITERS, key=score)


def _read_text(path: Path, raw: bytes, knows: Callable[[str], bool], form: FileForm) -> TextTable:
    delimiter = form.delimiter or _delimiter(raw, knows)
    try:
        rows = _first_rows(raw, delimiter)
    except csv.Error as error:
        raise InputError(path, f"is not a table: {error}") from None
    heading = form.heading_row - 1 if form.heading_row else _heading_row(rows, knows)
    if heading >= len(rows):
        raise InputError(path, f"has no row {heading + 1} to be the heading")
    names = _unique_names(rows[heading])
    frame = _arrow_frame(raw, names, heading, delimiter)
    if frame is None:
        frame = _rows_frame(
            path, csv.reader(io.StringIO(raw.decode("utf-8"), newline=""), delimiter=delimiter), heading
        )
    return TextTable(path, frame, heading + 1, tuple(map(tuple, rows[:heading])))


def _arrow_frame(raw: bytes, names: list[str], heading: int, delimiter: str) -> pd.DataFrame | None:
    """Return the rows below the heading, or None where they have to be read one by one.

    That is so where a row has more or fewer cells than the heading, and where rows are not lines (blank lines, line
    ends within quotes): the row numbers would be wrong.
    """
    try:
        table = pacsv.read_csv(
            pa.py_buffer(raw),
            read_options=pacsv.ReadOptions(column_names=names, skip_rows=heading + 1, use_threads=False),
            parse_options=pacsv.ParseOptions(delimiter=delimiter),
            convert_options=pacsv.ConvertOptions(
                column_types={name: pa.dictionary(pa.int32(), pa.string()) for name in names},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    lines = raw.count(b"\n") + (not raw.endswith(b"\n"))
    if heading + 1 + table.num_rows != lines:
        return None
    frame = table.unify_dictionaries().combine_chunks().to_pandas()
    frame.index = pd.RangeIndex(heading + 2, heading + 2 + len(frame))
    return _without_blank_rows(frame)


def _without_blank_rows(frame: pd.DataFrame) -> pd.DataFrame:
    blank = np.ones(len(frame), dtype=bool)
    for name in frame.columns:
        categories = frame[name].cat.categories
        empty = np.flatnonzero(categories.astype(str).str.strip() == "")
        blank &= np.isin(frame[name].cat.codes, empty) if len(empty) else False
        if not blank.any():
            return frame
    return frame.loc[~blank]


def _unique_names(cells: Iterable[object]) -> list[str]:
    """Return the headings, trimmed; a heading that stands twice gets its column number."""
    names: list[str] = []
    for i, cell in enumerate(cells, start=1):
        name = " ".join(str(cell if cell is not None else "").replace("\ufeff", "").split())
        names.append(name if name and name not in names else f"{name or 'column'} #{i}")
    return names


def _rows_frame(path: Path, rows: Iterable[Sequence[object]], heading: int) -> pd.DataFrame:
    """Return rows read one by one; short rows are filled up, cells past the heading must be empty."""
    names: list[str] = []
    numbers: list[int] = []
    cells: list[list[str]] = []
    for number, row in enumerate(rows, start=1):
        texts = [_text(cell) for cell in row]
        if number == heading + 1:
            while texts and not texts[-1].strip():
                texts.pop()
            names = _unique_names(texts)
            cells = [[] for _ in names]
            continue
        if number <= heading or not any(t.strip() for t in texts):
            continue
        extra = next((t for t in texts[len(names) :] if t.strip()), None)
        if extra is not None:
            raise InputError(
                path,
                f"stands right of the {len(names)} headings",
                row=number,
                value=extra,
                way_out="quote cells that hold the delimiter, or give the column a heading",
            )
        numbers.append(number)
        for column, text in zip(cells, texts + [""] * (len(names) - len(texts)), strict=False):
            column.append(text)
    data = {name: pd.Categorical(column) for name, column in zip(names, cells, strict=True)}
    return pd.DataFrame(data, index=pd.Index(numbers, dtype="int64"))


def _text(cell: object) -> str:
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


def _read_excel(path: Path, knows: Callable[[str], bool], form: FileForm) -> TextTable:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError) as error:
        raise InputError(
            path,
            f"cannot be read as an Excel workbook ({type(error).__name__})",
            way_out="open it and save it again as .xlsx, or export CSV",
        ) from None
    try:
        if form.sheet is not None and form.sheet not in book.sheetnames:
            raise InputError(path, f"has no sheet {form.sheet!r}", way_out=f"it has {', '.join(book.sheetnames)}")
        best: tuple[int, list[tuple[object, ...]]] = (-1, [])
        for sheet in [book[form.sheet]] if form.sheet else book.worksheets:
            sheet.reset_dimensions()  # some exporters write a wrong size
            rows = [tuple(row) for row in sheet.iter_rows(values_only=True)]
            known = max((sum(knows(_text(c)) for c in row) for row in rows[:HEADING_SEARCH_ROWS]), default=-1)
            if rows and known > best[0]:
                best = known, rows
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(path, "is a damaged Excel workbook", way_out="open it and save it again as .xlsx") from None
    finally:
        book.close()
    rows = best[1]
    if not any(_text(c).strip() for row in rows for c in row):
        raise InputError(path, "the workbook is empty")
    first = [[_text(c) for c in row] for row in rows[:HEADING_SEARCH_ROWS]]
    heading = form.heading_row - 1 if form.heading_row else _heading_row(first, knows)
    return TextTable(path, _rows_frame(path, rows, heading), heading + 1, tuple(map(tuple, first[:heading])))


def _read_parquet(path: Path) -> TextTable:
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError):
        raise InputError(path, "cannot be read as Parquet") from None
    data = {}
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
        if not pa.types.is_dictionary(column.type):
            column = pc.dictionary_encode(column)
        values = [_text(v) for v in column.dictionary.to_pylist()]
        codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        merged, first = np.unique(np.array([*values, ""], dtype=object), return_inverse=True)
        data[name] = pd.Categorical.from_codes(
            first[np.where(codes < 0, len(values), codes)], categories=pd.Index(merged)
        )
    return TextTable(path, pd.DataFrame(data, index=pd.RangeIndex(2, 2 + table.num_rows)), 1)
