"""Text files as UTF-8: encodings, packed files, and what is no text; and their rows as columns."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from api.intake.errors import InputError
from api.intake.sentences import say

BLANKS = re.compile(r" {2,}")
FEWEST_PARTED, NEARLY_ALL = 2, 0.9
DELIMITERS = (",", "\t", ";", "|", "^", "~")
TEXT_CHUNK_BYTES = 1 << 24
HEAD_BYTES = 1 << 18
HEAD_ROWS = 120
MOST_TEXT_BYTES = 6_000_000_000
MOST_PACKED_RATIO = 400  # of text, that gzip reaches; a bomb has a thousand
LONGEST_TEXT_LINE_BYTES = 1 << 20
LARGE_BYTES = 100_000_000
DENSE_BYTES = 2_000_000
SPACED_QUOTE = re.compile(rb'"([,;\t|])[ ]+"')
QUOTED_LINE = re.compile(rb'"[^"]*[^",;|\t][,;|\t][^"]*"')
QUOTED_LINES = re.compile(rb'^"([^"\n]*)"(?=\r?$)', re.MULTILINE)
DISTINCT_SHARE = 0.5  # of a column's first rows: past it, its texts are no categories


def chunks(path: Path, *, packed: bool) -> Iterator[bytes]:
    """Give a file's bytes one after the other, unpacked where it is `packed` (gzip).

    Raises
    ------
    InputError
        If it cannot be unpacked, is a bomb, or has no end.
    """
    most = (
        min(MOST_TEXT_BYTES, max(LARGE_BYTES, MOST_PACKED_RATIO * path.stat().st_size)) if packed else MOST_TEXT_BYTES
    )
    total = 0
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            while chunk := file.read(TEXT_CHUNK_BYTES):
                total += len(chunk)
                if total > most:
                    raise InputError(path, say("file.bomb") if packed else say("file.endless", gigabytes=most / 1e9))
                yield chunk
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(path, say("file.packed", cause=error)) from None


@dataclass(frozen=True, eq=False)
class Text:
    """A text file as UTF-8: its first bytes, its size, and its lines in blocks; a large one is never held whole."""

    path: Path
    head: bytes
    size: int
    blocks: Callable[[], Iterator[bytes]]

    @property
    def large(self) -> bool:
        """Whether it is too large to be held whole."""
        return self.size > LARGE_BYTES


def text_of(path: Path, *, packed: bool, encoding: str | None, knows: Callable[[str], bool]) -> Text:
    """Return a file as UTF-8 without a byte order mark; of two Chinese encodings, the one with headings known.

    Raises
    ------
    InputError
        If it is empty or no text.
    """
    head, size, odd = b"", 0, b""
    decoder = codecs.getincrementaldecoder("utf-8")()
    plain, nul, lines = True, -1, 1
    for chunk in chunks(path, packed=packed):
        if len(head) < TEXT_CHUNK_BYTES:
            head += chunk
        size += len(chunk)
        if nul < 0 and (at := chunk.find(b"\x00")) >= 0:
            nul, lines, odd = size - len(chunk) + at, lines + chunk.count(b"\n", 0, at), chunk[:at]
        elif nul < 0:
            lines += chunk.count(b"\n")
        plain = plain and _decodes(decoder, chunk)
    plain = plain and _decodes(decoder, b"", final=True)
    _require_lines(path, head)
    own = encoding or _encoding_of(path, head, knows, plain=plain)
    if own.casefold() in ("utf-8", "utf8", "utf-8-sig"):
        own = "utf-8"
    if own == "utf-8" and nul >= 0:
        if nul < LONGEST_TEXT_LINE_BYTES and not _is_utf8(odd.rstrip(b"\x00")):
            raise InputError(path, say("file.no_text"))
        raise InputError(path, say("file.nul"), row=lines)
    if own == "utf-8" and not plain:
        raise InputError(path, say("file.encoding", name=own))
    if size <= LARGE_BYTES:
        whole = _plainly_quoted(b"".join(_blocks(path, packed, own)))
        return Text(path, whole, len(whole), lambda: iter([whole]))
    return Text(path, next(_blocks(path, packed, own))[: HEAD_BYTES + 1], size, lambda: _blocks(path, packed, own))


def _plainly_quoted(raw: bytes) -> bytes:
    """Return a text whose quotes stand where CSV has them: no blanks before them, and none around a whole line.

    The first is how some programs write; the second what becomes of a file whose lines were pasted into one column.
    """
    head = [line for line in raw[:HEAD_BYTES].splitlines()[:HEAD_ROWS] if line.strip()]
    if len(head) <= FEWEST_PARTED:
        return raw
    if sum(SPACED_QUOTE.search(line) is not None for line in head) >= NEARLY_ALL * len(head):
        return SPACED_QUOTE.sub(rb'"\1"', raw)
    if all(QUOTED_LINE.fullmatch(line) for line in head) and len({line.count(b",") for line in head}) == 1:
        return QUOTED_LINES.sub(rb"\1", raw)
    return raw


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _is_utf8(raw: bytes) -> bool:
    return _decodes(codecs.getincrementaldecoder("utf-8")(), raw, final=True)


def _encoding_of(path: Path, head: bytes, knows: Callable[[str], bool], *, plain: bool) -> str:
    """Return the encoding of a text, of which `plain` tells whether all of it could be UTF-8."""
    if not head.strip():
        raise InputError(path, say("file.empty"))
    if head.startswith(b"PK\x03\x04"):
        raise InputError(path, say("file.is_excel"))
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if _looks_utf16(head):
        return "utf-16-le" if head[1:2] == b"\x00" else "utf-16-be"
    if b"\x00" in head or (plain and not _read_by_accident(head)):
        return "utf-8"
    return _guessed(head, knows)


def _blocks(path: Path, packed: bool, encoding: str) -> Iterator[bytes]:
    """Give a text as UTF-8 in blocks that end where a line does."""
    try:
        decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise InputError(path, say("file.encoding", name=encoding)) from None
    rest, first = b"", True
    for chunk in chunks(path, packed=packed):
        text = chunk if decoder is None else _decoded(path, decoder, chunk, encoding)
        rest += text.removeprefix(codecs.BOM_UTF8) if first else text
        first = False
        cut = rest.rfind(b"\n") + 1
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
    rest += b"" if decoder is None else _decoded(path, decoder, b"", encoding, final=True)
    if rest:
        yield rest


def _decoded(
    path: Path, decoder: codecs.IncrementalDecoder, chunk: bytes, encoding: str, *, final: bool = False
) -> bytes:
    try:
        text = decoder.decode(chunk, final)
    except UnicodeDecodeError:
        name = "UTF-8, UTF-16 or GB 18030" if encoding == "gb18030" else encoding
        raise InputError(path, say("file.encoding", name=name)) from None
    if "\x00" in text:
        raise InputError(path, say("file.nul"), row=text.count("\n", 0, text.index("\x00")) + 1)
    return text.encode("utf-8")


def _looks_utf16(raw: bytes) -> bool:
    """Return whether a text without a mark is UTF-16: of its first letters every other byte is NUL."""
    head = raw[: min(len(raw) // 2 * 2, 1 << 10)]
    one, other = head[::2], head[1::2]
    return len(head) > 8 and ((all(one) and not any(other)) or (all(other) and not any(one)))


OF_OTHER_LETTERS = ("cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp874", "cp1258", "euc_kr")


def _guessed(raw: bytes, knows: Callable[[str], bool]) -> str:
    """Return the encoding of a text that is not UTF-8: the first under which most headings are known.

    Where none is, Chinese if its high bytes come in pairs that are common characters, else Western Europe's.
    """
    scores = {
        name: _known_cells(raw, name, knows)
        for name in ("gb18030", "big5hkscs", "cp1252", "cp1251", "shift_jis", "euc_jp", *OF_OTHER_LETTERS)
    }
    best = max(scores, key=lambda name: scores[name])
    if scores[best]:
        return best
    high = re.findall(rb"[\x80-\xff]+", raw[: 1 << 16])
    lonely = sum(len(run) == 1 for run in high)
    return "cp1252" if high and lonely * 2 > len(high) else "gb18030"


def _known_cells(raw: bytes, encoding: str, knows: Callable[[str], bool]) -> int:
    """Return how many cells of the first rows are known headings in this encoding; -1 where it is not that."""
    try:
        head = codecs.getincrementaldecoder(encoding)().decode(raw[: 1 << 14])
    except UnicodeDecodeError:
        return -1
    first = head.encode("utf-8")
    return max(
        sum(not cell.isascii() and knows(cell) for row in first_rows(first, d)[:20] for cell in row) for d in DELIMITERS
    )


def _read_by_accident(raw: bytes) -> bool:
    """Return whether a text is UTF-8 only because a few Chinese characters happen to look so (时 is ʱ).

    Then all that is not ASCII is letters of phonetic writing or accents without a letter, which no table has alone.
    """
    strange = {letter for letter in raw[: 1 << 16].decode("utf-8", errors="ignore") if not letter.isascii()}
    return bool(strange) and all("\u0250" <= letter <= "\u036f" for letter in strange)


def first_rows(raw: bytes, delimiter: str) -> list[list[str]]:
    """Return the first rows of a text as cells."""
    head = raw[:HEAD_BYTES].decode("utf-8", errors="ignore")
    rows = []
    lines = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    try:
        for row in lines:
            rows.append(row)
            if len(rows) == HEAD_ROWS:
                break
    except csv.Error:
        pass
    if len(raw) > HEAD_BYTES and 1 < len(rows) < HEAD_ROWS:
        rows.pop()  # it was cut
    return rows


def blank_parted(raw: bytes) -> list[list[str]] | None:
    """Return the rows of a text whose columns are parted by two blanks or more and by nothing else; None of another."""
    lines = [line.strip() for line in raw.decode("utf-8", errors="ignore").splitlines() if line.strip()]
    head = lines[:HEAD_ROWS]
    if any(sign in line for line in head for sign in DELIMITERS):
        return None
    widths = [len(BLANKS.split(line)) for line in head]
    usual = max(set(widths), key=widths.count, default=0)
    if usual < FEWEST_PARTED or len(head) <= FEWEST_PARTED or widths.count(usual) < NEARLY_ALL * len(widths):
        return None
    return [BLANKS.split(line) for line in lines]


def delimiter_of(raw: bytes, knows: Callable[[str], bool]) -> str:
    """Return the sign that parts the cells.

    The one under which most headings are known; else under which most rows have the same number of cells, more than
    one; a comma of two that are alike.
    """

    def score(delimiter: str) -> tuple[int, float, int]:
        rows = [row for row in first_rows(raw, delimiter) if any(cell.strip() for cell in row)]
        widths = [len(row) for row in rows]
        usual = max(set(widths), key=widths.count, default=0)
        alike = sum(width == usual for width in widths) / max(1, len(widths)) if usual > 1 else 0.0
        return max((sum(map(knows, row)) for row in rows), default=0), round(alike, 1), usual

    return max(DELIMITERS, key=score)


def _require_lines(path: Path, raw: bytes) -> None:
    """Refuse a text whose first line has no end."""
    if len(raw) > LONGEST_TEXT_LINE_BYTES and re.search(rb"[\r\n]", raw[:LONGEST_TEXT_LINE_BYTES]) is None:
        raise InputError(path, say("file.long_line", most=LONGEST_TEXT_LINE_BYTES))


def arrow_frame(
    text: Text, names: Sequence[str], heading: int, delimiter: str, *, only: Sequence[str] | None = None
) -> pd.DataFrame | None:
    """Return the rows below the heading (its last row, from 0; -1 for none), or None where rows are not lines.

    Rows are not lines where line ends stand within quotes. `only`: the columns that are wanted, None for all. Rows of
    fewer cells than the heading are filled up; of one with more, the cells to the right must be empty.

    Raises
    ------
    InputError
        At a row with cells right of the heading.
    """
    if any("\n" in cell or "\r" in cell for row in first_rows(text.head, delimiter)[: heading + 1] for cell in row):
        return None
    odd: list[tuple[int, str]] = []
    lines = 0
    dense = _not_repeated(text.head, names, heading, delimiter) if text.size > DENSE_BYTES else []
    parts: dict[str, list[pa.Array]] = {name: [] for name in (only if only is not None else names)}
    for block in text.blocks():
        above, skipped = lines, heading + 1 if lines == 0 else 0

        def set_aside(row: pacsv.InvalidRow, above: int = above) -> str:
            odd.append((above + row.number, row.text))
            return "skip"

        try:
            table = pacsv.read_csv(
                pa.py_buffer(block),
                read_options=pacsv.ReadOptions(column_names=list(names), skip_rows=skipped, use_threads=False),
                parse_options=pacsv.ParseOptions(
                    delimiter=delimiter, invalid_row_handler=set_aside, ignore_empty_lines=False
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types={
                        n: pa.string() if n in dense else pa.dictionary(pa.int32(), pa.string()) for n in names
                    },
                    include_columns=list(parts),
                    strings_can_be_null=False,
                ),
            )
        except (pa.ArrowInvalid, UnicodeDecodeError):
            return None
        before = len(odd)
        lines += block.count(b"\n") + (not block.endswith(b"\n"))
        held = sum(n > above for n, _ in odd[:before])
        if skipped + table.num_rows + held != lines - above:
            return None
        for name in parts:
            parts[name] += table.column(name).chunks
    if len(odd) * 2 > max(lines, 100):
        return None
    index: pd.Index = pd.RangeIndex(heading + 2, lines + 1)
    if odd:
        index = pd.Index(np.delete(index.to_numpy(), [number - heading - 2 for number, _ in odd]))
    frame = pd.DataFrame({name: _series(parts.pop(name), index) for name in list(parts)}, index=index, copy=False)
    pa.default_memory_pool().release_unused()
    if odd:
        frame = _with_odd_rows(text.path, frame, list(names), odd, delimiter)
    return without_blank_rows(frame)


def _series(parts: list[pa.Array], index: pd.Index) -> pd.Series:
    """Return the parts of a column as one."""
    whole = pa.chunked_array(parts).unify_dictionaries()
    if pa.types.is_dictionary(whole.type):
        whole = whole.combine_chunks()
    found: pd.Series = whole.to_pandas()
    return found.set_axis(index)


def _with_odd_rows(
    path: Path, frame: pd.DataFrame, names: list[str], odd: list[tuple[int, str]], delimiter: str
) -> pd.DataFrame:
    """Return the frame with the rows that had fewer or more cells than the heading, where they stand."""
    cells = []
    for number, text in odd:
        row = next(csv.reader([text], delimiter=delimiter), [])
        extra = next((cell for cell in row[len(names) :] if cell.strip()), None)
        if extra is not None:
            raise _wide_row(path, len(names), number, extra)
        cells.append([*row, *[""] * len(names)][: len(names)])
    added = pd.DataFrame(cells, columns=names, index=[number for number, _ in odd])[list(frame.columns)]
    data = {}
    for name in frame.columns:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            data[name] = pd.api.types.union_categoricals([column.array, pd.Categorical(added[name].astype(str))])
        else:
            data[name] = pd.concat([column, added[name].astype(column.dtype)]).array
    whole = pd.DataFrame(data, index=[*frame.index, *added.index])
    return whole.sort_index(kind="stable")


def _not_repeated(raw: bytes, names: Sequence[str], heading: int, delimiter: str) -> list[str]:
    """Return the columns whose first texts hardly repeat."""
    rows = first_rows(raw, delimiter)[heading + 1 :]
    return [
        name
        for at, name in enumerate(names)
        if len({row[at] for row in rows if at < len(row)}) > DISTINCT_SHARE * max(1, len(rows))
    ]


def without_blank_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that hold anything."""
    blank = np.ones(len(frame), dtype=bool)
    for name in sorted(frame.columns, key=lambda name: not isinstance(frame[name].dtype, pd.CategoricalDtype)):
        if not isinstance(frame[name].dtype, pd.CategoricalDtype):
            blank &= (frame[name].str.strip() == "").to_numpy()
        else:
            categories = frame[name].cat.categories
            empty = np.flatnonzero(categories.astype(str).str.strip() == "")
            blank &= np.isin(frame[name].cat.codes, empty) if len(empty) else False
        if not blank.any():
            return frame
    return frame.loc[~blank]


def rows_frame(path: Path, rows: Iterable[Sequence[str]], heading: int, names: list[str]) -> pd.DataFrame:
    """Return rows read one by one; short rows are filled up, cells past the heading must be empty.

    Raises
    ------
    InputError
        At a row with cells right of the heading.
    """
    numbers: list[int] = []
    cells: list[list[str]] = [[] for _ in names]
    for number, texts in enumerate(rows, start=1):
        if number <= heading + 1 or not any(t.strip() for t in texts):
            continue
        extra = next((t for t in texts[len(names) :] if t.strip()), None)
        if extra is not None:
            raise _wide_row(path, len(names), number, extra)
        numbers.append(number)
        for column, text in zip(cells, [*texts, *[""] * (len(names) - len(texts))], strict=False):
            column.append(text)
    data = {name: pd.Categorical(column) for name, column in zip(names, cells, strict=True)}
    return pd.DataFrame(data, index=pd.Index(numbers, dtype="int64"))


def _wide_row(path: Path, headings: int, row: int, value: str) -> InputError:
    """Return the refusal of a row with cells right of the heading."""
    return InputError(path, say("file.right_of_headings", count=headings), row=row, value=value)
