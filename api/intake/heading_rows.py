"""Which rows of a sheet are its heading: by the words known there, and by how they differ from what stands below."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from api.intake.dates import date_text
from api.intake.instants import instant_told
from api.intake.number_style import UNIT_BEHIND
from api.intake.vocabulary import is_total, weekday_named, words_of_file
from optimizer.law.clocks import clock_of, duration_seconds

CellKind = Literal["", "number", "date", "instant", "clock", "weekday", "text"]
HEADING_SEARCH_ROWS = 40
ROWS_BELOW = 12
FEWEST_IN_A_RUN = 6
MOST_LINES = 3
NAMELESS = "column"
NUMBERED = re.compile(r".* #\d+")  # a name that got its column's number (`unique_names`)
COMPACT_DATE = re.compile(r"(199|20[0-4])\d{5}")
POINTED_DATE = re.compile(r"(19|20)\d\d\.\d{1,2}\.\d{1,2}|\d{1,2}\.\s?\d{1,2}\.\s?(\d{4}|\d{2})?")
SPAN = re.compile(r"(\d{1,2})\s?[-/]\s?(\d{1,2})")
NUMBER = re.compile(r"[+-]?[\d.,'\u2019\u00a0\u202f ]*\d%?")


@dataclass(frozen=True)
class Heading:
    """Where a sheet's heading stands. `first`, `last`: its rows, from 0, both -1 where there is none.

    names, levels
        What each column is called, once each; and the same line by line from above, groups repeated over their columns.
    """

    first: int
    last: int
    names: list[str]
    levels: list[tuple[str, ...]]


@lru_cache(maxsize=400_000)
def kind_of(cell: str) -> CellKind:  # noqa: PLR0911 (one kind after the other)
    """Return what a cell looks like; digits alone are a number, `8:00` a clock, `1月5日` a date."""
    text = (cell if cell.isascii() else unicodedata.normalize("NFKC", cell)).strip()
    if not text:
        return ""
    if NUMBER.fullmatch(text) or NUMBER.fullmatch(UNIT_BEHIND.sub("", text)):
        dated = POINTED_DATE.fullmatch(text) or (COMPACT_DATE.fullmatch(text) and date_text(text) is not None)
        return "date" if dated else "number"
    if len(text) > 60:
        return "text"
    if (span := SPAN.fullmatch(text)) and int(span[2]) == int(span[1]) + 1 <= 24:  # 8-9, before 8 September
        return "clock"
    if date_text(text) is not None:
        return "date"
    clock = clock_of(text)
    if clock is not None and not clock.bare:
        return "clock"
    if duration_seconds(text) is not None:
        return "clock"
    if any(c.isdigit() for c in text) and (told := instant_told(text)) is not None and told.has_clock:
        return "instant"
    return "weekday" if weekday_named(text) is not None else "text"


def heading_of(rows: Sequence[Sequence[str]], knows: Callable[[str], bool], *, told: int | None = None) -> Heading:
    """Return the heading among the first rows of a sheet. `told` is its last row as a mapping names it, from 1.

    A row scores by its cells that are known headings, and by those that are of another kind than the cells below: words
    over numbers, or dates and times of day over numbers. A heading may take up to three lines: groups above, columns
    below, cells merged.
    """
    if told is not None:
        return _of_lines(rows, told - 1, told - 1, knows)
    if names := _headless(rows):
        return Heading(-1, -1, names, [(name,) for name in names])
    width = max((len(row) for row in rows), default=0)
    cells = Counter(count for row in rows if (count := sum(bool(cell.strip()) for cell in row)))
    usual = max(cells, key=lambda count: (cells[count], count), default=1)
    scores = [_score(rows, i, usual, knows) for i in range(min(len(rows), HEADING_SEARCH_ROWS))]
    best = max(range(len(scores)), key=lambda i: (scores[i], -i), default=-1)
    if best < 0 or scores[best] < 1:
        best = _first_of_words(rows)
        if best < 0:
            names = unique_names([""] * width)
            return Heading(-1, -1, names, [(name,) for name in names])
    first = last = best
    while first > 0 and last - first + 1 < MOST_LINES and _is_upper(rows[first - 1], rows[first]):
        first -= 1
    while last + 1 < len(rows) and last - first + 1 < MOST_LINES and _is_lower(rows, last + 1, knows):
        last += 1
    return _of_lines(rows, first, last, knows)


def _score(rows: Sequence[Sequence[str]], i: int, usual: int, knows: Callable[[str], bool]) -> float:
    row = rows[i]
    filled = [cell.strip() for cell in row if cell.strip()]
    if not filled or filled[0][-1] in ":：":
        return 0.0
    below = rows[i + 1 : i + 1 + ROWS_BELOW]
    if filled[0].startswith("#") and any(_known(one, knows) >= _known(row, knows) > 0 for one in below):
        return 0.0  # a remark above the heading
    again = [cell.strip() and any(at < len(one) and one[at] == cell for one in below if one != row)
             for at, cell in enumerate(row)]  # fmt: skip
    known = _known([cell for cell, twice in zip(row, again, strict=True) if not twice], knows)  # ANSWERED is a value
    return (2.0 * known + _contrast(rows, i) + _run(row)) * min(1.0, len(filled) / usual)


def _known(row: Sequence[str], knows: Callable[[str], bool]) -> int:
    return sum(knows(cell.strip()) for cell in row if cell.strip())


def _contrast(rows: Sequence[Sequence[str]], i: int) -> int:
    """Return how many cells are words, dates or times of day over cells of another kind."""
    found = 0
    for at, cell in enumerate(rows[i]):
        kind = kind_of(cell)
        if kind in ("", "number", "instant") or is_total(cell):
            continue
        below = [k for row in rows[i + 1 : i + 1 + ROWS_BELOW] if at < len(row) and (k := kind_of(row[at]))]
        if not below:
            continue
        most, count = Counter(below).most_common(1)[0]
        found += most not in (kind, "text") and count * 2 > len(below)
    return found


def _run(row: Sequence[str]) -> int:
    """Return how many cells are a run of whole numbers one by one, as hours or days across are."""
    numbers = [int(cell) if cell.strip().isdecimal() else None for cell in row]
    best = length = 0
    for before, now in zip([None, *numbers], numbers, strict=False):
        length = length + 1 if before is not None and now == before + 1 else int(now in (0, 1))
        best = max(best, length)
    return best if best >= FEWEST_IN_A_RUN else 0


def _headless(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the columns of a file that its system writes without a heading, none of another."""
    for form in words_of_file()["headless"].values():
        names: list[str] = form["columns"]
        at = [names.index(name) for name in form["instants"]]
        if rows and all(len(row) == len(names) and all(kind_of(row[n]) == "instant" for n in at) for row in rows):
            return names
    return []


def _first_of_words(rows: Sequence[Sequence[str]]) -> int:
    """Return the first row of several cells that are all words, -1 where data begins before one."""
    for i, row in enumerate(rows[:HEADING_SEARCH_ROWS]):
        kinds = [kind_of(cell) for cell in row if cell.strip()]
        if len(kinds) > 1 or (len(kinds) == 1 and i + 1 == len(rows)):
            return i if all(kind in ("text", "weekday") for kind in kinds) else -1
    return -1


def _is_upper(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Return whether the row above a heading's first line is one of it: groups over columns, or cells merged down."""
    filled = [at for at, cell in enumerate(upper) if cell.strip()]
    if not filled or (kinds := {kind_of(upper[at]) for at in filled}) & {"instant"} or kinds == {"number"}:
        return False
    below = [at < len(lower) and bool(lower[at].strip()) for at in range(len(upper))]
    if kinds <= {"text", "date"} and _groups(upper, lower):
        return True
    if filled[0] == 0 and (len(filled) == 1 or (below[0] and len(filled) < 3)):
        return False
    if len(filled) == 1 and filled[0] > 0:
        return sum(below[filled[0] :]) > 1 or not below[0]
    return filled[0] > 0 or not all(below[at] for at in filled)


def _groups(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Return whether columns that are called alike stand under different groups of the row above."""
    group, pairs = "", []
    for at, name in enumerate(lower):
        group = (upper[at].strip() if at < len(upper) else "") or group
        pairs += [(group, name.strip())] if name.strip() else []
    names = {name for _, name in pairs}
    return len(names) + 1 < len(pairs) == len(set(pairs)) and len({group for group, _ in pairs}) < len(pairs)


def _is_lower(rows: Sequence[Sequence[str]], i: int, knows: Callable[[str], bool]) -> bool:
    """Return whether the row below a heading's last line is a line of it: words over numbers, or known headings."""
    row, above = rows[i], rows[i - 1]
    kinds = [kind_of(cell) for cell in row]
    filled = [kind for kind in kinds if kind]
    if not filled or "number" in filled or "instant" in filled:
        return False
    if set(filled) == {"weekday"} and len(filled) >= 2:
        return True
    next_one = [kind_of(cell) for cell in rows[i + 1]] if i + 1 < len(rows) else []
    if any(
        kind in ("date", "clock", "weekday") and kind == other for kind, other in zip(kinds, next_one, strict=False)
    ):
        return False
    merged_down = any(a.strip() and not (at < len(row) and row[at].strip()) for at, a in enumerate(above))
    return merged_down and (_known(row, knows) > 0 or _contrast(rows, i) >= 2) and kinds.count("text") * 2 > len(filled)


def _of_lines(rows: Sequence[Sequence[str]], first: int, last: int, knows: Callable[[str], bool]) -> Heading:
    lines = [rows[i] if i < len(rows) else [] for i in range(first, last + 1)]
    width = max((len(line) for line in lines), default=0)
    full = [[_trimmed(line[at]) if at < len(line) else "" for at in range(width)] for line in lines]
    for n, line in enumerate(full[:-1]):
        group = ""
        for at in range(width):
            group = line[at] or group
            if not line[at] and any(below[at] for below in full[n + 1 :]):
                line[at] = group
    levels = [tuple(line[at] for line in full if line[at]) for at in range(width)]
    return Heading(first, last, unique_names(_names(levels, knows)), levels)


def _names(levels: list[tuple[str, ...]], knows: Callable[[str], bool]) -> list[str]:
    """Return one name a column: its lowest line where that is known and stands once, else all of its lines."""
    lowest = [level[-1] if level else "" for level in levels]
    names = []
    for level, own in zip(levels, lowest, strict=True):
        joined = " ".join(dict.fromkeys(level))
        alone = len(level) < 2 or (lowest.count(own) == 1 and knows(own) and not knows(joined))
        names.append(own if alone else joined)
    return names


def _trimmed(cell: str) -> str:
    return " ".join(cell.replace("\ufeff", "").split())


def is_nameless(name: str) -> bool:
    """Return whether a column has no heading: its name is one that `unique_names` gave."""
    return name.startswith(f"{NAMELESS} #")


def unique_names(cells: Iterable[object]) -> list[str]:
    """Return the headings, trimmed; a heading that stands twice gets its column number."""
    names: list[str] = []
    for i, cell in enumerate(cells, start=1):
        name = _trimmed(str(cell if cell is not None else ""))
        names.append(name if name and name not in names else f"{name or NAMELESS} #{i}")
    return names
