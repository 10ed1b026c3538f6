"""Handing days around among people who count alike: coverage stays, wishes and fair shares get better.

For one stretch of two days or more, everybody of a group offers that stretch of the own month; a linear assignment
gives each person the stretch that suits best among those which lawfully join what comes before and after.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.optimize import linear_sum_assignment

from optimizer.search.kernel import exchange_costs, own_costs
from optimizer.search.kernel_arrays import FloatArray, IntArray
from optimizer.search.problem import Month
from optimizer.search.sweeps import Tours

_NEVER = 1e9  # what the assignment solver can add up without losing a cent of the others


class Exchange:
    """Exchanges in one month."""

    def __init__(self, month: Month) -> None:
        self.month = month
        leaders = np.concatenate([np.empty(0, dtype=np.int64), *(team.leaders for team in month.teams)])
        self.hands_around = ~np.isin(np.arange(len(month.people)), leaders)  # whoever leads nobody

    def stretches(self) -> list[tuple[int, int]]:
        """Return (first day, day after the last) of every week and of every rest of the month from a Monday on."""
        days = len(self.month.days)
        mondays = [d for d in range(1, days) if self.month.days_into_week[d] == 0]
        edges = [0, *mondays, days]
        weeks = [(a, b) for a, b in pairwise(edges) if b - a >= 2]
        return weeks + [(a, days) for a in mondays[:-1]]

    def random_stretch(self, random: np.random.Generator) -> tuple[int, int]:
        """Return a stretch of two to seven days anywhere in the month."""
        days = len(self.month.days)
        first = int(random.integers(0, days - 1))
        return first, min(days, first + int(random.integers(2, 8)))

    def improve(self, plan: Tours, first: int, end: int) -> int:
        """Hand the days `first` … `end` − 1 around in `plan` wherever that is cheaper; return how many moved."""
        moved = 0
        for g in range(len(self.month.groups)):
            members = np.flatnonzero((self.month.group_of == g) & self.hands_around)
            if len(members) < 2:
                continue
            cost = self.costs(plan, members, first, end)
            rows, columns = linear_sum_assignment(cost)
            if cost[rows, columns].sum() >= np.trace(cost) - 1e-6:
                continue
            givers = members[columns]
            plan.tour[members, first:end] = plan.tour[givers, first:end]
            plan.meal[members, first:end] = plan.meal[givers, first:end]
            plan.breaks[members, first:end] = plan.breaks[givers, first:end]
            moved += int((rows != columns).sum())
        return moved

    def costs(self, plan: Tours, members: IntArray, first: int, end: int) -> FloatArray:
        """Return (people, people) what one person's month costs with the stretch of another; huge where unlawful."""
        month, mine = self.month, plan.tour[members]
        cost: FloatArray = np.minimum(exchange_costs(mine, members, first, end, month.arrays), _NEVER)
        limited = np.flatnonzero(month.walks.limited[members])
        if len(limited):
            rows = np.repeat(limited, len(mine))
            changed = mine[rows]
            changed[:, first:end] = np.tile(mine[:, first:end], (len(limited), 1))
            lawful = month.walks.lawful(members[rows], changed).reshape(len(limited), len(mine))
            cost[limited] = np.where(lawful, cost[limited], _NEVER)
        np.fill_diagonal(cost, own_costs(mine, members, month.arrays))  # what is there may stay, lawful or not
        return cost
