"""The months that a search has come across: from these everybody chooses again, in a fortieth of a sweep's time.

Each sweep and each step of the prices finds months that were the cheapest at some time. So many people with so many
months each make up far better rosters than the ones in which the months were found, and as there is nothing to be
found any more, an annealing among them is over soon (a restricted master heuristic: Joncour et al. 2010, Column
generation based primal heuristics).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.search.kernel import costs_beside_days
from optimizer.search.kernel_arrays import NEVER, IntArray
from optimizer.search.problem import Month
from optimizer.search.sweeps import empty_pool

_KEPT = 100  # months of a person, the latest


class MonthPool:
    """The latest months found for each person of one month."""

    def __init__(self, month: Month) -> None:
        self.month = month
        self.pool = empty_pool(month, _KEPT)
        self.next = np.zeros(len(month.people), dtype=np.int64)  # where the next one goes

    def put(self, people: IntArray, tours: NDArray[np.int16]) -> None:
        """Keep the months (n, days) of `people`, none of them named twice, but those known or not lawful."""
        known = (self.pool.months[people] == tours[:, None]).all(axis=2)
        known &= np.arange(_KEPT) < self.pool.size[people, None]
        new = np.flatnonzero(~known.any(axis=1))
        beside = costs_beside_days(tours[new], people[new], self.month.arrays)
        new, beside = new[beside < NEVER], beside[beside < NEVER]
        who, place = people[new], self.next[people[new]]
        self.pool.months[who, place], self.pool.beside[who, place] = tours[new], beside
        self.next[who] = (place + 1) % _KEPT
        self.pool.size[who] = np.minimum(self.pool.size[who] + 1, _KEPT)
