"""What several rules share, each told what is its own: judgements, tallies, rows for the bound."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from optimizer.law.rules.rule import Finds, PersonMonth, Row
from optimizer.law.rules.tally import Counts, Lawful, Tally
from optimizer.law.shifts import Shift

_ONE_DAY = timedelta(days=1)


def more_in_a_row(days: Collection[date], most: int, first: date, step: timedelta = _ONE_DAY) -> Finds:
    """Find runs of days, a step apart, that are too long and end on the day `first` or later; days before it count."""
    run = 0
    for day in sorted(days):
        run = run + 1 if day - step in days else 1
        if run > most and day + step not in days and day >= first:
            yield day, run - most, {"run": run, "most": most}


def fewer_in_a_row(mine: PersonMonth, least: int | None, *, on_duty: bool) -> Finds:
    """Find runs of days on duty, or of free days, that are too short; one cut by the month's border is not judged."""
    at_work = {row.day for row in mine.busy}
    duty = [day in at_work for day in mine.days]
    for first, after in pairwise(d for d in range(1, len(duty)) if duty[d] != duty[d - 1]):
        run = after - first
        if least is not None and duty[first] == on_duty and run < least:
            yield mine.days[first], least - run, {"run": run, "least": least}


def code_if_limited(limits: Sequence[Mapping[str, int]], shift: Shift) -> str:
    """Return the code of a shift of which anybody's number is limited."""
    return shift.code if any(shift.code in number_of for number_of in limits) else ""


def rest_too_short(row: Row, rest: float, least: float) -> Finds:
    """Find whether the minutes of rest before a row are fewer than the least; duties that overlap leave none."""
    if rest < least:
        yield (
            row.day,
            least - rest,
            {"shift": row.code, "rest_hours": round(max(0.0, rest) / 60, 2), "least_hours": least / 60},
        )


class DaysDue(Tally):
    """Days that the present run, on duty or of free days, has still to last; -1 while it is of the other kind.

    A run cut by the month's first day is not judged.
    """

    def __init__(self, least: int, *, on_duty: bool) -> None:
        self.least, self.on_duty = least, on_duty
        self.begins, self.free_least = (0,), 1 if on_duty else least

    def work(self, before: Counts, day: int, kind: int) -> tuple[Counts, Lawful]:
        """Return the columns after a day on duty."""
        return self._goes_on(before, day) if self.on_duty else self._ends(before)

    def rest(self, before: Counts, day: int) -> tuple[Counts, Lawful]:
        """Return the columns after a free day."""
        return self._ends(before) if self.on_duty else self._goes_on(before, day)

    def _goes_on(self, before: Counts, day: int) -> tuple[Counts, Lawful]:
        due = self.least - 1 if day else 0
        return np.where(before < 0, due, np.maximum(before - 1, 0)), np.ones(len(before), dtype=bool)

    def _ends(self, before: Counts) -> tuple[Counts, Lawful]:
        return np.full_like(before, -1), before[:, 0] <= 0


def runs_of_kinds(kinds: Any, least_of: Callable[[int], int | None], *, on_duty: bool) -> Iterator[Any]:
    """Cut off every run of people of a kind that is shorter than their least, by its days and those on both sides.

    A run of `n` days on duty between two free days (or free between two on duty) is cut off for every `n` too short.
    """
    on = 1.0 if on_duty else -1.0
    for k, who in enumerate(kinds.members):
        for length in range(1, min(least_of(p) or 1 for p in who)):
            most = float(len(who) * (length - 1 if on_duty else 1))
            for first in range(kinds.days - length - 1):
                inside = kinds.on_duty(k, range(first + 1, first + 1 + length))[1]
                edges = kinds.on_duty(k, (first, first + length + 1))[1]
                if inside or edges:
                    yield [*[on] * len(inside), *[-on] * len(edges)], [*inside, *edges], None, most


def hours_of_kinds(kinds: Any, hours_of: Callable[[int], float | None], *, least: bool) -> Iterator[Any]:
    """Keep what people of a kind work together within the sum of their hours."""
    for k, who in enumerate(kinds.members):
        values = [hours_of(p) for p in who]
        coefficients, variables = kinds.minutes(k)
        total = 60.0 * sum(value or 0.0 for value in values)
        if variables and ((least and total) or not (least or None in values)):
            yield coefficients, variables, total if least else None, None if least else total
