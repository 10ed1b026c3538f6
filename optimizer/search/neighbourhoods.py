"""A roster made better by parts: all else held, the integer program finds the best for some days, or for some people.

Months of few slots with tight hours stall otherwise: no single person's month can be made better, and months priced one
by one do not add up to everybody's hours. A part grows as long as its best is proven, and shrinks when it is not (Shaw
1998, "Using constraint programming and local search methods to solve vehicle routing problems", large neighbourhoods).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.search.effort import Effort
from optimizer.search.problem import Month
from optimizer.search.sweeps import Tours

_SECONDS, _EASY = 4.0, 2.0  # for one part, at nominal speed, and what makes the next one larger
_TURNS = 4  # one in so many is of half of the people on more days
_GROWS, _SHRINKS = 1.15, 0.8  # a part too large costs its whole time, one too small little: slow up, fast down
_FIRST_DAYS, _FEWEST_DAYS = 7.0, 3.0  # a week; on fewer than three days nothing can be exchanged


@dataclass
class _Arm:
    """A kind of part: so many of the people on so many days."""

    people: float
    days: float

    def resize(self, month: Month, *, seconds: float, proven: bool) -> None:
        """Make the next part larger where this one was easy, days before people, and smaller where it was not."""
        factor = _SHRINKS if seconds > _SECONDS or not proven else _GROWS if seconds < _EASY else 1.0
        if self.days * factor <= len(month.days):
            self.days = max(_FEWEST_DAYS, self.days * factor)
        else:
            self.people = min(float(len(month.people)), self.people * factor)


class Neighbourhoods:
    """Parts of one month, and how large they may be."""

    def __init__(self, month: Month, effort: Effort, stop: Callable[[], bool], random: np.random.Generator) -> None:
        self.month, self.effort, self.stop, self.random = month, effort, stop, random
        everybody = float(len(month.people))
        self.arms = [_Arm(everybody, _FIRST_DAYS), _Arm(max(2.0, everybody / 2), 2 * _FIRST_DAYS)]
        self.turn = 0
        self.done = False  # whether the whole month was one part, and its best is proven

    def improve(self, plan: Tours) -> Tours | None:
        """Return `plan` with the best for the next part, None if nothing better is found."""
        from optimizer.search.small_months import exact_plan, partly_fixed

        arm = self.arms[self.turn % _TURNS == _TURNS - 1]
        self.turn += 1
        free = self.part(arm)
        solved = exact_plan(partly_fixed(self.month, plan, free), seconds=_SECONDS, stop=self.stop, better_than=plan)
        self.effort.spend(solved.seconds)
        self.done = solved.proven and bool(free.all())
        arm.resize(self.month, seconds=solved.seconds, proven=solved.proven)
        return solved.plan

    def part(self, arm: _Arm) -> NDArray[np.bool_]:
        """Return (people, days) what is free in a part, drawn at random."""
        people, days = self.month.person_cost.shape[:2]
        free = np.zeros((people, days), dtype=bool)
        length = min(days, round(arm.days))
        first = int(self.random.integers(0, days - length + 1))
        who = self.random.choice(people, size=min(people, round(arm.people)), replace=False)
        free[np.ix_(who, range(first, first + length))] = True
        return free
