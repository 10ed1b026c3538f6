"""Several tables on one sheet: beside one another with a blank column between, or one below the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from api.intake.heading_rows import NUMBERED, Heading, is_nameless, kind_of
from api.intake.vocabulary import plain

SheetRow = list[str]
FEWEST_DAYS_ACROSS = 4  # days across, for a row of days to begin another table
FEWEST_SHARED = 2  # headings of two tables beside one another that are the same


def blocks_of(
    rows: Sequence[SheetRow], heading: Heading, heading_again: Callable[[Sequence[SheetRow]], Heading]
) -> list[tuple[str, list[SheetRow], Heading]]:
    """Return the tables of a sheet: each one's title ("" for none), its rows where they stand, and its heading.

    heading_again
        Finds the heading of rows, as it was found of all of them.
    """
    parts = _beside(rows, heading) or _below(rows, heading)
    return [(title, part, heading_again(part)) for title, part in parts]


def may_repeat(rows: Sequence[SheetRow], heading: Heading) -> bool:
    """Return whether the first rows of a text show that it holds several tables."""
    return bool(_beside(rows, heading) or _below(rows, heading))


def _beside(rows: Sequence[SheetRow], heading: Heading) -> list[tuple[str, list[SheetRow]]]:
    """Return tables that stand beside one another under the same headings, none of one table alone."""
    if heading.last < 0 or not any(NUMBERED.fullmatch(name) for name in heading.names):
        return []
    below = rows[heading.last + 1 :]
    blank = [
        at
        for at, name in enumerate(heading.names)
        if is_nameless(name) and not any(at < len(row) and row[at].strip() for row in below)
    ]
    edges = [-1, *blank, len(heading.names)]
    spans = [(a + 1, b) for a, b in pairwise(edges) if b > a + 1]
    named = [{plain(level[-1]) for level in heading.levels[a:b] if level} for a, b in spans]
    if len(spans) < 2 or any(len(one & named[0]) < min(FEWEST_SHARED, len(named[0])) for one in named):
        return []
    found = []
    for a, b in spans:
        above = [cell.strip() for row in rows[: heading.last] for cell in row[a:b] if cell.strip()]
        found.append((above[-1] if above else "", [list(row[a:b]) for row in rows]))
    return found


def _below(rows: Sequence[SheetRow], heading: Heading) -> list[tuple[str, list[SheetRow]]]:
    """Return tables that stand one below the other, each under its own days or its own title; none of one alone."""
    if heading.last < 0:
        return []
    days = [at for at, cell in enumerate(rows[heading.last]) if kind_of(cell) in ("date", "instant")]
    first = [plain(cell) for cell in rows[heading.last] if cell.strip()]
    starts, titles = [heading.first], [_title(rows, heading.first)[1:]]
    again = []
    for i in range(heading.last + 1, len(rows)):
        row = rows[i]
        of_days = [at for at in days if at < len(row) and kind_of(row[at]) in ("date", "instant")]
        other_days = len(of_days) >= FEWEST_DAYS_ACROSS
        if other_days or (len(first) > 1 and [plain(cell) for cell in row if cell.strip()] == first):
            again.append(i)
    for i in again:
        top, words, every = _title(rows, i)
        starts.append(top)
        titles.append((words, every))
    whole = {every for _, every in titles}
    if not again or (len(days) < FEWEST_DAYS_ACROSS and (len(whole) < len(titles) or "" in whole)):
        return []
    starts[0] = 0
    ends = [*starts[1:], len(rows)]
    names = [title for title, _ in titles]
    named = len(set(names)) == len(names) and not any(re.search(r"\d", name) for name in names)
    return [
        (title if named else "", [*([[]] * start), *rows[start:end]])
        for start, end, title in zip(starts, ends, names, strict=True)
    ]


def _title(rows: Sequence[SheetRow], i: int) -> tuple[int, str, str]:
    """Return the first row above a heading that belongs to it, the first words over it, and all that stands there."""
    top, words, every = i, "", ""
    while top > 0:
        filled = [cell.strip() for cell in rows[top - 1] if cell.strip()]
        if not filled:
            top -= 1
            if words:
                break
            continue
        if len(filled) > 2 or kind_of(filled[0]) not in ("text", "date", "weekday"):
            break
        words = words or filled[0]
        every = " ".join([*filled, every])
        top -= 1
    return top, words, every
