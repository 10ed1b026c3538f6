"""Any table file as text columns: CSV, TSV, Excel, Parquet; packed or not; UTF-8, UTF-16 or GB 18030.

Every cell is read as text and looked at later, so that a message can show what stands in the file. Columns are
categorical: a year of quarter hours repeats few distinct texts, and each is interpreted once.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from api.intake.errors import InputError
from api.intake.sentences import say
from api.intake.sheets import OLD_EXCEL, Sheet, cell_text, page_rows, workbook_sheets

HEADING_SEARCH_ROWS = 40
DELIMITERS = (",", "\t", ";", "|")
EXCEL = {".xlsx", ".xlsm"}
NAMELESS = "column"
CHUNK_BYTES = 1 << 24


@dataclass(frozen=True, eq=False)
class TextTable:
    """A file's table. `frame` holds text columns (categorical); its index is the row number in the file, from 1.

    preamble
        The cells of the rows above the heading.
    sheet, left_out
        The sheet it stands on, and the sheets that were not read.
    """

    path: Path
    frame: pd.DataFrame
    heading_row: int
    preamble: tuple[tuple[str, ...], ...] = ()
    sheet: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileForm:
    """What a mapping file may say about a file's form; None lets the reader find out."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    heading_row: int | None = None


def read_table(path: str | Path, *, knows: Callable[[str], bool], form: FileForm | None = None) -> TextTable:
    """Return the table in `path`; the heading is the first row with two cells that `knows`, else the first filled row.

    Of a workbook, the sheet with the most headings known.

    Raises
    ------
    InputError
        If the file is missing, empty, of an unknown kind, or cannot be read.
    """
    return read_tables(path, knows=knows, form=form)[0]


def read_tables(
    path: str | Path,
    *,
    knows: Callable[[str], bool],
    form: FileForm | None = None,
    alike: Callable[[Sequence[str]], Hashable] | None = None,
) -> list[TextTable]:
    """Return the tables in `path`, as `read_table`: more than one where several sheets of a workbook are `alike`.

    alike
        What two sheets must have in common, of their headings. None: only the best sheet is read.
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
        raise InputError(path, say("file.old_excel"))
    if suffix in EXCEL or (suffix == ".xls" and start.startswith(b"PK")):
        tables = _sheet_tables(path, workbook_sheets(path, only=form.sheet), knows, form, alike)
    elif suffix in {".parquet", ".pq"}:
        tables = [_read_parquet(path)]
    else:
        tables = [_read_text(path, text_bytes(path, packed=packed, form=form, knows=knows), knows, form)]
    if all(table.frame.empty for table in tables):
        raise InputError(path, say("file.no_rows"))
    return [table for table in tables if not table.frame.empty]


def _sheet_tables(
    path: Path,
    sheets: list[Sheet],
    knows: Callable[[str], bool],
    form: FileForm,
    alike: Callable[[Sequence[str]], Hashable] | None,
) -> list[TextTable]:
    """Return the best sheet's table, and those of the sheets that are alike; the first tells which were left out."""
    heads = [_heading(rows[:HEADING_SEARCH_ROWS], knows, form.heading_row) for _, rows in sheets]
    scores = [sum(map(knows, names)) for _, names in heads]
    best = scores.index(max(scores))
    chosen = [best]
    if alike is not None and scores[best]:
        chosen = [i for i, (_, names) in enumerate(heads) if scores[i] and alike(names) == alike(heads[best][1])]
    left_out = tuple(name for i, (name, _) in enumerate(sheets) if i not in chosen)
    tables = []
    for i in chosen:
        (name, rows), (heading, names) = sheets[i], heads[i]
        where = path if len(chosen) == 1 else Path(f"{path}, sheet {name}")
        preamble = tuple(map(tuple, rows[:heading]))
        frame = _rows_frame(where, rows, heading, names)
        tables.append(TextTable(where, frame, heading + 1, preamble, sheet=name, left_out=left_out))
    return tables


def text_bytes(path: Path, *, packed: bool, form: FileForm, knows: Callable[[str], bool] = lambda _: False) -> bytes:
    """Return a text file as UTF-8 without a byte order mark; of two Chinese encodings, the one with headings known.

    Raises
    ------
    InputError
        If it is empty, cannot be unpacked, or is no text.
    """
    try:
        raw = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    except (OSError, EOFError, gzip.zlib.error) as error:  # type: ignore[attr-defined]
        raise InputError(path, say("file.packed", cause=error)) from None
    if not raw.strip():
        raise InputError(path, say("file.empty"))
    if raw.startswith(b"PK\x03\x04"):
        raise InputError(path, say("file.is_excel"))
    if form.encoding:
        return _transcode(path, raw, form.encoding)
    if raw.startswith(codecs.BOM_UTF8):
        return _transcode(path, raw, "utf-8-sig")
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _transcode(path, raw, "utf-16")
    if b"\x00" in raw[:4096]:
        raise InputError(path, say("file.no_text"))
    if _is_utf8(raw):
        return raw
    if not _knows_any(raw, "gb18030", knows) and _knows_any(raw, "big5hkscs", knows):
        return _transcode(path, raw, "big5hkscs")
    return _transcode(path, raw, "gb18030")


def _knows_any(raw: bytes, encoding: str, knows: Callable[[str], bool]) -> bool:
    """Return whether a text in this encoding has a heading that is known."""
    head = raw[: 1 << 14].decode(encoding, errors="replace").encode("utf-8")
    return any(knows(cell) for delimiter in DELIMITERS for row in _first_rows(head, delimiter) for cell in row)


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
        raise InputError(path, say("file.encoding", name=name)) from None


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
    several = (i for i in filled if sum(bool(str(cell).strip()) for cell in rows[i]) > 1)  # a title stands alone
    return next(several, filled[0] if filled else 0)


def _heading(rows: Sequence[Sequence[str]], knows: Callable[[str], bool], told: int | None) -> tuple[int, list[str]]:
    """Return the index of the heading's last line among `rows`, and the names of the columns.

    A heading may take two lines: groups above, columns below, cells merged. `told` is the row that a mapping names,
    from 1.
    """
    at = told - 1 if told else _heading_row(rows, knows)
    if at >= len(rows):
        return at, []
    best = at, unique_names(rows[at])
    if told:
        return best
    for upper in (at, at - 1):
        if upper >= 0 and upper + 1 < len(rows):
            names = _joined(rows[upper], rows[upper + 1], knows)
            if names and sum(map(knows, names)) >= sum(map(knows, best[1])):
                best = upper + 1, names
    return best


def _joined(upper: Sequence[str], lower: Sequence[str], knows: Callable[[str], bool]) -> list[str]:
    """Return the names under a heading of two lines, none where these are not two such lines."""
    width = max(len(upper), len(lower))
    above, below = ([*(str(c).strip() for c in row), *[""] * (width - len(row))] for row in (upper, lower))
    merged_down = any(a and not b for a, b in zip(above, below, strict=True))
    if not merged_down or not any(map(knows, below)) or any(c[:1].isdecimal() for c in below):
        return []
    names, group = [], ""
    for name, part in zip(above, below, strict=True):
        group = name or group
        both = f"{group} {part}".strip()
        alone = knows(part) and below.count(part) == 1
        names.append(name if not part else both if knows(both) or not alone else part)
    return unique_names(names)


def _delimiter(raw: bytes, knows: Callable[[str], bool]) -> str:
    """Return the delimiter under which the most headings are known, then the one that splits the most."""

    def score(delimiter: str) -> tuple[int, int]:
        rows = _first_rows(raw, delimiter)
        return max((sum(map(knows, row)) for row in rows), default=0), max(map(len, rows), default=0)

    return max(DELIMITERS, key=score)


def _read_text(path: Path, raw: bytes, knows: Callable[[str], bool], form: FileForm) -> TextTable:
    start = raw[:64].lstrip().lower()
    if start.startswith(b"<"):
        page = page_rows(raw.decode("utf-8"))
        if not page:
            raise InputError(path, say("file.web_page"))
        return _sheet_tables(path, [("", page)], knows, form, None)[0]
    if start.startswith((b"{", b"[{")):
        raise InputError(path, say("file.json"))
    delimiter = form.delimiter or _delimiter(raw, knows)
    try:
        rows = _first_rows(raw, delimiter)
    except csv.Error as error:
        raise InputError(path, say("file.no_table", cause=error)) from None
    heading, names = _heading(rows, knows, form.heading_row)
    if heading >= len(rows):
        raise InputError(path, say("file.no_heading", row=heading + 1))
    frame = _arrow_frame(raw, names, heading, delimiter)
    if frame is None:
        lines = csv.reader(io.StringIO(raw.decode("utf-8"), newline=""), delimiter=delimiter)
        frame = _rows_frame(path, lines, heading, names)
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


def unique_names(cells: Iterable[object]) -> list[str]:
    """Return the headings, trimmed; a heading that stands twice gets its column number."""
    names: list[str] = []
    for i, cell in enumerate(cells, start=1):
        name = " ".join(str(cell if cell is not None else "").replace("\ufeff", "").split())
        names.append(name if name and name not in names else f"{name or NAMELESS} #{i}")
    return names


def _rows_frame(path: Path, rows: Iterable[Sequence[str]], heading: int, names: list[str]) -> pd.DataFrame:
    """Return rows read one by one; short rows are filled up, cells past the heading must be empty."""
    while names and re.fullmatch(rf"{NAMELESS} #\d+", names[-1]):
        names = names[:-1]
    numbers: list[int] = []
    cells: list[list[str]] = [[] for _ in names]
    for number, texts in enumerate(rows, start=1):
        if number <= heading + 1 or not any(t.strip() for t in texts):
            continue
        extra = next((t for t in texts[len(names) :] if t.strip()), None)
        if extra is not None:
            raise InputError(
                path,
                say("file.right_of_headings", count=len(names)),
                row=number,
                value=extra,
            )
        numbers.append(number)
        for column, text in zip(cells, [*texts, *[""] * (len(names) - len(texts))], strict=False):
            column.append(text)
    data = {name: pd.Categorical(column) for name, column in zip(names, cells, strict=True)}
    return pd.DataFrame(data, index=pd.Index(numbers, dtype="int64"))


def _read_parquet(path: Path) -> TextTable:
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError):
        raise InputError(path, say("file.parquet")) from None
    data = {}
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
        if not pa.types.is_dictionary(column.type):
            column = pc.dictionary_encode(column)
        values = [cell_text(v) for v in column.dictionary.to_pylist()]
        codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        merged, first = np.unique(np.array([*values, ""], dtype=object), return_inverse=True)
        data[name] = pd.Categorical.from_codes(
            first[np.where(codes < 0, len(values), codes)], categories=pd.Index(merged)
        )
    return TextTable(path, pd.DataFrame(data, index=pd.RangeIndex(2, 2 + table.num_rows)), 1)
