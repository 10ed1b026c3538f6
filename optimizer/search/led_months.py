"""What teams at work without their leader cost, and everybody's share of it as the others' months stand.

A member's day costs the hours in which nobody who leads the team is on duty; a leader's saves the hours in which nobody
else does. What is certain whatever the roster, as no leader may be on duty then, stands in `Month.person_cost`, where
the bound knows it; the rest hangs on two people's months, and is told anew between sweeps. A program over kinds of
people would not see it: a part of a leader would be on duty at any time.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimizer.search.kernel_arrays import FloatArray, IntArray
from optimizer.search.problem import Month
from optimizer.search.teams import between, held_by_slot

_SECONDS_PER_ENTRY = 6e-9  # at nominal speed


def unled_hours(month: Month, tour: NDArray[np.int16], *, certain: bool = True) -> float:
    """Return the hours that people are at work while nobody who leads their team is on duty.

    certain
        Whether those count in which nobody who leads it may be.
    """
    slots = 0.0
    for team in month.teams:
        alone = _at_work(month, tour, team.members) * (_at_work(month, tour, team.leaders) == 0)
        slots += float(alone.sum() if certain else alone[team.leadable].sum())
    return slots * month.slot_hours


def unled_cost(month: Month, tour: NDArray[np.int16]) -> float:
    """Return what a plan's hours without a leader cost beyond what is certain."""
    return month.rules.unled_weight * unled_hours(month, tour, certain=False) if month.teams else 0.0


class LedMonths:
    """The month `now`, in which everybody's days cost what they do to teams as the plan last looked at stands."""

    def __init__(self, month: Month) -> None:
        self.month = month
        self.now = replace(month, person_cost=month.person_cost.copy()) if month.teams else month
        self.turn_of = np.full(len(month.people), -1)
        for team in month.teams:
            for p in team.leaders[self.turn_of[team.leaders] < 0]:
                self.turn_of[p] = self.turn_of[team.leaders].max() + 1
        entries = sum((len(team.members) + len(team.leaders)) for team in month.teams) * month.person_cost[0].size
        self.seconds_of_look = _SECONDS_PER_ENTRY * entries

    def parts(self, order: IntArray) -> list[IntArray]:
        """Return people in parts whose days do not hang on each other's: members, then a team's leaders by turns."""
        turns = self.turn_of[order]
        return [order[turns == turn] for turn in np.unique(turns)] if self.month.teams else [order]

    def look(self, tour: NDArray[np.int16]) -> None:
        """Tell anew what everybody's days cost."""
        month, cost = self.month, self.now.person_cost
        weight = month.rules.unled_weight * month.slot_hours
        for team in month.teams:
            cost[team.members], cost[team.leaders] = month.person_cost[team.members], month.person_cost[team.leaders]
        for team in month.teams:
            led, there = _at_work(month, tour, team.leaders), _at_work(month, tour, team.members)
            self._add(team.members, weight * (team.leadable & (led == 0)))
            for p in team.leaders:
                others = led - _at_work(month, tour, np.array([p]))
                self._add(np.array([p]), -weight * there * (team.leadable & (others == 0)))

    def _add(self, people: IntArray, by_slot: FloatArray) -> None:
        """Add to the costs of these people's shifts what the slots cost that they take."""
        shifts = self.month.first_standby
        more = between(by_slot, self.month.start_slot[:, :shifts], self.month.end_slot[:, :shifts])
        self.now.person_cost[people, :, :shifts] += more.astype(np.float32)


def _at_work(month: Month, tour: NDArray[np.int16], people: IntArray) -> FloatArray:
    """Return (slots,) how many of `people` are at work, at meals and breaks too."""
    mine = tour[people]
    p, d = np.nonzero((mine >= 0) & (mine < month.first_standby))
    s = mine[p, d]
    return held_by_slot(month.start_slot[d, s], month.end_slot[d, s], month.slot_count)
