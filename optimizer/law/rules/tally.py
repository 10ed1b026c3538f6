"""What the search keeps in mind of a person's running month, so that a limit is kept: whole numbers, day by day.

People with limits walk a graph of lawful months (`optimizer.search.limit_graph`); between two days they are in one of
its states. A tally has some columns of each state. It says how they begin, what a day on duty or off makes of them and
whether it may be, and which of them come to the same from here on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]  # (…, columns)
Lawful = NDArray[np.bool_]  # (…,)
_DAYS = 31  # a month has no more


@dataclass(frozen=True, eq=False)
class RunningMonth:
    """What a tally is told of the month.

    days_into_week, week_of_day
        Of each day.
    marks
        Of each kind of shift the word of the rule's `tells_apart`.
    most_minutes, least_minutes
        What each kind of shift takes from the month's hours, standby nothing, rounded up and rounded down.
    """

    days_into_week: NDArray[np.int64]
    week_of_day: NDArray[np.int64]
    marks: Sequence[str]
    most_minutes: NDArray[np.int64]
    least_minutes: NDArray[np.int64]

    def weekends_from(self, day: int) -> int:
        """Return how many weekends have a day from this one on."""
        return len(set(self.week_of_day[day:][self.days_into_week[day:] >= 5].tolist()))


class Tally:
    """One limit of one person; this one remembers nothing and allows everything.

    begins
        The columns before the first day.
    of_week
        Which of them are 0 again on a Monday.
    free_least
        Fewest free days between two on duty.
    """

    begins: tuple[int, ...] = ()
    of_week: tuple[int, ...] = ()
    free_least: int = 1

    def work(self, before: Counts, day: int, kind: int) -> tuple[Counts, Lawful]:
        """Return the columns after a duty of a kind of shift, and whether it may be."""
        del day, kind
        return before, np.ones(before.shape[:-1], dtype=bool)

    def rest(self, before: Counts, day: int) -> tuple[Counts, Lawful]:
        """Return the columns after a free day, and whether it may be."""
        del day
        return before, np.ones(before.shape[:-1], dtype=bool)

    def shifts_left(self, after: Counts) -> NDArray[np.int64]:
        """Return how many more shifts there may be at most."""
        return np.full(after.shape[:-1], _DAYS, dtype=np.int64)

    def same(self, after: Counts, next_day: int, most_days: int, shifts_left: NDArray[np.int64]) -> Counts:
        """Return the columns with one number for all that come to the same from `next_day` on.

        most_days, shifts_left
            The most days on duty that there is room for, and the most shifts that any limit leaves.
        """
        del next_day, most_days, shifts_left
        return after

    def can_end(self, after: Counts, most_days: int) -> Lawful:
        """Return whether the limit can still be kept, with at most so many more days on duty."""
        del most_days
        return np.ones(after.shape[:-1], dtype=bool)
