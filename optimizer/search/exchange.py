"""Handing days around among people who count alike: coverage stays, wishes and fair shares get better.

For one stretch of two days or more, everybody of a group offers that stretch of the own month; a linear assignment
gives each person the stretch that suits best among those which lawfully join what comes before and after.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from optimizer.search.problem import Month
from optimizer.search.sweeps import Duties
from optimizer.search.tour_rules import may_follow

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
_NEVER = 1e9


class Exchange:
    """Exchanges in one month; holds the tables of what may follow what."""

    def __init__(self, month: Month) -> None:
        self.month = month
        count = len(month.duties)
        self.next_day = np.ones((count + 1, count + 1), dtype=bool)  # the last row and column: a day off
        self.after_off = np.ones((count + 1, count + 1), dtype=bool)
        for i, earlier in enumerate(month.duties):
            for j, later in enumerate(month.duties):
                self.next_day[i, j] = may_follow(earlier, later, 1, month.rules, month.clock_margin_minutes)
                self.after_off[i, j] = may_follow(earlier, later, 2, month.rules, month.clock_margin_minutes)
        self.night = np.array([*(month.rules.is_night(s) for s in month.duties), False])
        self.minutes = np.append(month.worked_minutes, 0.0)
        self.rotation = np.zeros((count + 1, count + 1))
        self.rotation[:count, :count] = month.rotation
        self.burden = np.zeros((3, len(month.days), count + 1))
        self.burden[:, :, :count] = month.burden

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

    def improve(self, plan: Duties, first: int, end: int) -> int:
        """Hand the days `first` … `end` − 1 around in `plan` wherever that is cheaper; return how many moved."""
        moved = 0
        choice = np.where(plan.tour < 0, len(self.month.duties), plan.tour).astype(np.int64)
        for g in range(len(self.month.groups)):
            members = np.flatnonzero(self.month.group_of == g)
            if len(members) < 2:
                continue
            cost = self.costs(choice, members, first, end)
            rows, columns = linear_sum_assignment(cost)
            if cost[rows, columns].sum() >= np.trace(cost) - 1e-6:
                continue
            givers = members[columns]
            plan.tour[members, first:end] = plan.tour[givers, first:end]
            plan.meal[members, first:end] = plan.meal[givers, first:end]
            choice[members, first:end] = choice[givers, first:end]
            moved += int((rows != columns).sum())
        return moved

    def costs(self, choice: IntArray, members: IntArray, first: int, end: int) -> FloatArray:
        """Return (people, people) what it costs that one person takes the stretch of another; huge where unlawful."""
        month = self.month
        mine = choice[members]
        cost = np.zeros((len(members), len(members)))
        for d in range(first, end):
            price = month.person_cost[members, d].astype(float)
            cost += np.where(np.isfinite(price), price, _NEVER)[:, mine[:, d]]
        days = np.arange(len(month.days))
        inside = (days >= first) & (days < end)
        for kind in range(3):
            taken = self.burden[kind][days[None, :], mine]
            total = taken[:, ~inside].sum(axis=1)[:, None] + taken[:, inside].sum(axis=1)[None, :]
            cost += month.burden_weight[kind] * np.clip(total - month.allowance[members, kind][:, None], 0, None)
        unlawful = ~(self.joins_before(mine, members, first, end) & self.joins_after(mine, first, end))
        unlawful |= self.too_long_throughout(mine, members, first, end)
        unlawful |= self.outside_limits(mine, members, first, end)
        for w in np.unique(month.week_of_day[first:end]):
            of_week = self.minutes[mine] * (month.week_of_day == w)
            held = of_week[:, ~inside].sum(axis=1)[:, None] + of_week[:, inside].sum(axis=1)[None, :]
            unlawful |= held > month.week_cap[members, w][:, None] + 1e-9
            of_week = (mine < len(month.duties)) & (month.week_of_day == w)
            days_held = of_week[:, ~inside].sum(axis=1)[:, None] + of_week[:, inside].sum(axis=1)[None, :]
            unlawful |= days_held > month.week_days[members, w][:, None]
        worked = self.minutes[mine]
        of_month = worked[:, ~inside].sum(axis=1)[:, None] + worked[:, inside].sum(axis=1)[None, :]
        unlawful |= of_month > month.month_cap[members][:, None] + 1e-9
        if first > 0:
            cost += self.rotation[mine[:, first - 1]][:, mine[:, first]]
        if end < len(days):
            cost += self.rotation[mine[:, end - 1]][:, mine[:, end]].T
        np.fill_diagonal(unlawful, val=False)
        return np.where(unlawful, _NEVER, cost)

    def before(self, mine: IntArray, members: IntArray, first: int) -> tuple[IntArray, IntArray]:
        """Return the working days and the nights in a row that lead up to day `first`, last month's included."""
        month = self.month
        trail, nights = self.runs(mine[:, :first][:, ::-1])
        carried = np.minimum(month.first_run[members], month.rules.working_days_in_a_row)
        carried_nights = np.where(carried > 0, month.first_source[members] - month.tour_rules.carried_class[0], 0)
        return (
            np.where(trail == first, trail + carried, trail),
            np.where(nights == first, nights + carried_nights, nights),
        )

    def joins_before(self, mine: IntArray, members: IntArray, first: int, end: int) -> BoolArray:
        """Return (people, people): may the row's month up to `first` be followed by the column's stretch."""
        trail, lead = self.before(mine, members, first), self.runs(mine[:, first:end])
        if first == 0:
            return self.runs_fit(trail, lead)
        return self.border(mine, first) & self.runs_fit(trail, lead)

    def joins_after(self, mine: IntArray, first: int, end: int) -> BoolArray:
        """Return (people, people): may the column's stretch be followed by the row's month from `end` on."""
        if end >= mine.shape[1]:
            return np.ones((len(mine), len(mine)), dtype=bool)
        trail = self.runs(mine[:, first:end][:, ::-1])
        return (self.border(mine, end) & self.runs_fit(trail, self.runs(mine[:, end:]))).T

    def too_long_throughout(self, mine: IntArray, members: IntArray, first: int, end: int) -> BoolArray:
        """Return (people, people): is the stretch worked without a break, and too long with what surrounds it."""
        rules = self.month.rules
        length = end - first
        trail, lead = self.before(mine, members, first), self.runs(mine[:, end:])
        inside = self.runs(mine[:, first:end])
        result = np.zeros((len(mine), len(mine)), dtype=bool)
        for kind, most in ((0, rules.working_days_in_a_row), (1, rules.nights_in_a_row)):
            throughout = inside[kind] == length
            result |= throughout[None, :] & ((trail[kind] + length + lead[kind])[:, None] > most)
        return result

    def outside_limits(self, mine: IntArray, members: IntArray, first: int, end: int) -> BoolArray:
        """Return (people, people): would the row's person, with the column's stretch, leave own limits."""
        result = np.zeros((len(mine), len(mine)), dtype=bool)
        limited = np.flatnonzero(self.month.walks.graph_of[members] >= 0)
        if len(limited):
            rows = np.repeat(limited, len(mine))
            months = mine[rows].copy()
            months[:, first:end] = np.tile(mine[:, first:end], (len(limited), 1))
            lawful = self.month.walks.lawful(members[rows], months)
            result[limited] = ~lawful.reshape(len(limited), len(mine))
        return result

    def runs_fit(self, trail: tuple[IntArray, IntArray], lead: tuple[IntArray, IntArray]) -> BoolArray:
        """Return (people, people): neither working days nor nights in a row get too many where two parts meet."""
        rules = self.month.rules
        days = trail[0][:, None] + lead[0][None, :] <= rules.working_days_in_a_row
        return days & (trail[1][:, None] + lead[1][None, :] <= rules.nights_in_a_row)

    def border(self, mine: IntArray, day: int) -> BoolArray:
        """Return (people, people): the rests are kept between the row's days before `day` and the column's from it."""
        off = len(self.month.duties)
        fits = self.next_day[mine[:, day - 1]][:, mine[:, day]]
        if day >= 2:
            rested = mine[:, day - 1] == off
            fits &= ~rested[:, None] | self.after_off[mine[:, day - 2]][:, mine[:, day]]
        if day + 1 < mine.shape[1]:
            resting = mine[:, day] == off
            fits &= ~resting[None, :] | self.after_off[mine[:, day - 1]][:, mine[:, day + 1]]
        return fits

    def runs(self, choice: IntArray) -> tuple[IntArray, IntArray]:
        """Return how many days from the first on are worked without a break, and how many are nights."""
        working = np.logical_and.accumulate(choice != len(self.month.duties), axis=1).sum(axis=1)
        nights = np.logical_and.accumulate(self.night[choice], axis=1).sum(axis=1)
        return working, nights
