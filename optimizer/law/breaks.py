"""Short breaks in a shift: which there are, where they may lie, and the columns in which a roster tells them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from typing import Any

import pandas as pd

from optimizer.sentences import refusal

BREAK_STEP_MINUTES = 5  # breaks begin and end on five minutes
MOST_BREAKS = 4  # of a shift


@dataclass(frozen=True)
class Break:
    """A pause of a shift beside its meal.

    minutes
        How long it is.
    offsets_minutes
        At which minutes after the shift's start it may begin.
    paid
        Whether it counts as work.
    name
        What it is called; may be empty.
    """

    minutes: int
    offsets_minutes: tuple[int, ...]
    paid: bool = True
    name: str = ""

    def check(self, code: str, length_minutes: int) -> None:
        """Raise ValueError if it does not fit a shift of this code and length."""
        if self.minutes <= 0 or not self.offsets_minutes:
            raise refusal("shift.break", code=code, minutes=self.minutes)
        for minute in (self.minutes, *self.offsets_minutes):
            if minute % BREAK_STEP_MINUTES:
                raise refusal("shift.break_step", code=code, minute=minute, step=BREAK_STEP_MINUTES)
        for offset in self.offsets_minutes:
            if not 0 <= offset <= length_minutes - self.minutes:
                raise refusal("shift.break_outside", code=code, offset=offset, minutes=self.minutes)


def break_choices(
    breaks: Sequence[Break], length_minutes: int, meal: tuple[int, int] | None, distance_minutes: int
) -> list[tuple[int, ...]]:
    """Return every way to lay a shift's breaks: for each when it begins, in minutes after the shift's start.

    They keep at least `distance_minutes` from each other, from the shift's start and end, and from the meal, which is
    told by its first minute and its length.
    """
    taken = [] if meal is None else [(meal[0], meal[0] + meal[1])]

    def ways(left: Sequence[Break], spells: list[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
        if not left:
            yield ()
            return
        first, *others = left
        for begin in first.offsets_minutes:
            spell = (begin, begin + first.minutes)
            if not too_near(spells, length_minutes, distance_minutes, of=spell):
                for rest in ways(others, [*spells, spell]):
                    yield (begin, *rest)

    return list(ways(list(breaks), taken))


def too_near(
    others: Iterable[tuple[float, float]], length_minutes: float, distance_minutes: float, *, of: tuple[float, float]
) -> float:
    """Return by how many minutes a spell (begin, end) is nearer than allowed to the shift's ends or to the others."""
    begin, end = of
    gaps = [begin, length_minutes - end]
    gaps += [max(a - end, begin - b) for a, b in others]
    return max(0.0, distance_minutes - min(gaps))


def break_columns(columns: Iterable[object]) -> list[tuple[str, str]]:
    """Return the pairs of columns (begin, end) in which a roster tells its breaks; none where it has none."""
    return list(takewhile(set(map(str, columns)).issuperset, map(break_pair, count(1))))


def break_pair(number: int) -> tuple[str, str]:
    """Return the columns of the break of a number, from 1."""
    return f"break_{number}_start_at", f"break_{number}_end_at"


def is_break_column(name: object) -> bool:
    """Return whether a column tells of a break."""
    return re.fullmatch(r"break_[1-9]\d*_(start|end)_at", str(name)) is not None


def breaks_of(row: Mapping[Any, Any]) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the breaks of a roster's row: when each begins and ends, by time."""
    pairs = [(row[a], row[b]) for a, b in break_columns(row)]
    return sorted((pd.Timestamp(a), pd.Timestamp(b)) for a, b in pairs if not (pd.isna(a) or pd.isna(b)))
