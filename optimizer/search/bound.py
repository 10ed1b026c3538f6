"""A lower bound on any lawful roster, and prices for every slot, from a linear program over kinds of people.

Counting people of a kind instead of persons keeps the program the same size at any headcount. Whatever one person's
month must satisfy is summed over the kind, so every lawful roster is a point of the program and its optimum a bound.
The optimum comes from an interior point method; the bound is recomputed from its row prices alone, so that it holds
whatever the method's tolerances (Neumaier & Shcherbina 2004, "Safe bounds in linear and mixed-integer programming").
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import highspy
import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.core.expr import LinearExpression
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler
from scipy.sparse import csr_array

from optimizer.law.rules import (
    NIGHTS_IN_A_ROW,
    ONE_SHIFT_A_DAY,
    REST_BETWEEN_SHIFTS,
    WEEKLY_HOURS,
    WORKING_DAYS_IN_A_ROW,
)
from optimizer.search.kernel_arrays import FloatArray
from optimizer.search.limit_rows import Kinds, LpRow, add_limits
from optimizer.search.problem import Month

_MOST_ROWS_FOR_A_CORNER = 6000  # as many take less than a second
_SECONDS_PER_COLUMN, _COLUMNS_OF_MANY = 1.1e-4, 45_000  # as measured; of fewer columns, each takes less
_MOST_ITERATIONS = 400  # of the interior point method, which takes 40 to 80; no clock: a bound is the same anywhere


@dataclass(frozen=True, eq=False)
class Relaxation:
    """What the linear program says.

    bound
        No lawful roster costs less.
    prices
        (curves, slots) the worth of one more person, with its sign as a marginal cost.
    present
        (curves, slots) people present at the optimum, not whole.
    """

    bound: float
    prices: FloatArray
    present: FloatArray


def relaxation(
    month: Month,
    *,
    stop: Callable[[], bool] = lambda: False,
    solved: MutableMapping[bytes, Relaxation] | None = None,
) -> Relaxation:
    """Return the bound and the prices of `month`; a bound of 0 without prices where `stop()` cut it short.

    Of a month with finer slots for its breaks the program has the coarse ones: costs are convex, so that the slots that
    make one up cost no less than it.

    solved
        Programs solved before, by what they are: one of them is not solved again, and this one is added.
    """
    found = _Program(month.coarse or month).solve(stop, {} if solved is None else solved)
    if month.coarse is None:
        return found
    return _on_finer_slots(found, month.coarse.slot_minutes // month.slot_minutes)


def _on_finer_slots(found: Relaxation, times: int) -> Relaxation:
    """Return the same for slots so many times finer."""
    present = np.repeat(found.present, times, axis=1)
    return Relaxation(found.bound, np.repeat(found.prices / times, times, axis=1), present)


def relaxation_seconds(month: Month) -> float:
    """Return what building and solving the program takes at nominal speed, by how many columns it has."""
    month = month if month.coarse is None else month.coarse
    meals = int((1 + np.maximum(1, np.diff(month.meal_first))).sum())
    slots = month.slot_count * (len(month.groups) + sum(curve.slopes.shape[1] for curve in month.curves))
    breaks = sum(len(found) for found in footprints(month).values())
    columns = len(month.groups) * len(month.days) * (meals + breaks) + slots
    return _SECONDS_PER_COLUMN * columns * min(1.0, columns / _COLUMNS_OF_MANY)


def footprints(month: Month) -> dict[tuple[int, int], list[tuple[int, tuple[float, ...]]]]:
    """Return where each break (duty, number) may lie: the slots from the shift's start on, and the share of each.

    What lies between a break and others is left aside.
    """
    slot, found = month.slot_minutes, {}
    for s, k in np.argwhere(month.pauses.length > 0).tolist():
        pause = month.duties[s].breaks[k]
        places = set()
        for offset in pause.offsets_minutes:
            first, end = offset // slot, -(-(offset + pause.minutes) // slot)
            edges = np.clip(np.arange(first, end + 1) * slot, offset, offset + pause.minutes)
            places.add((first, tuple((np.diff(edges) / slot).tolist())))
        found[s, k] = sorted(places)
    return found


@dataclass(frozen=True)
class _Kind:
    group: int
    members: NDArray[np.int64]


class _Program:
    def __init__(self, month: Month) -> None:
        self.month = month
        self.days, self.duties = range(len(month.days)), range(len(month.duties))
        self.first_standby = month.first_standby
        self.groups = range(len(month.groups))
        self.allowed = np.isfinite(month.person_cost[:, :, :-1])
        self.kinds = self.kinds_of_people()
        self.model = pyo.ConcreteModel()
        self.add_variables()
        self.add_coverage()
        self.add_days()
        self.add_rows(REST_BETWEEN_SHIFTS.name, self.rest_between_shifts())
        self.add_rows(WEEKLY_HOURS.name, self.weekly_hours())
        self.add_rows(WORKING_DAYS_IN_A_ROW.name, self.windows(month.rules.working_days_in_a_row, self.types))
        self.add_rows(NIGHTS_IN_A_ROW.name, self.windows(month.rules.nights_in_a_row, self.night_types))
        self.add_rows("month_hours", self.month_hours())
        self.add_limits()
        self.add_rows("fair_shares", self.fair_shares())
        self.add_objective()

    def kinds_of_people(self) -> list[_Kind]:
        month = self.month
        members: dict[tuple[int, bool, bool, float, float], list[int]] = {}
        full = np.array([month.rules.weekly_minutes(p) for p in month.people])
        for p, person in enumerate(month.people):
            key = (int(month.group_of[p]), person.works_nights, person.protected, full[p], month.month_cap[p])
            members.setdefault(key, []).append(p)
        return [_Kind(key[0], np.array(who)) for key, who in sorted(members.items())]

    # Types are what the rules on persons tell apart: the length of a duty, night or not, standby or not.
    @cached_property
    def type_of(self) -> list[tuple[float, bool, bool]]:
        month = self.month
        return [
            (float(s.worked_minutes), month.rules.is_night(s), i >= self.first_standby)
            for i, s in enumerate(month.duties)
        ]

    @cached_property
    def types(self) -> list[tuple[float, bool, bool]]:
        return sorted(set(self.type_of))

    @property
    def night_types(self) -> list[tuple[float, bool, bool]]:
        return [t for t in self.types if t[1]]

    def add_variables(self) -> None:
        month, model = self.month, self.model
        sizes = np.bincount(month.group_of, minlength=len(month.groups))
        self.size = sizes
        able = np.zeros((len(month.groups), len(self.days), len(self.duties)))
        np.add.at(able, month.group_of, self.allowed)
        self.able = able
        self.meals = [range(max(1, month.meal_first[s + 1] - month.meal_first[s])) for s in self.duties]
        starts = [key for key in product(self.groups, self.days, self.duties) if able[key] > 0]
        model.shift_count = pyo.Var(starts, bounds=lambda _, g, d, s: (0, able[g, d, s]))
        with_meal = [
            (*key, m)
            for key in starts
            if month.meal_slots[key[2]] and month.leaves_for_meals[key[0]]
            for m in self.meals[key[2]]
        ]
        model.meal_count = pyo.Var(with_meal, bounds=lambda _, g, d, s, m: (0, able[g, d, s]))
        self.places = footprints(month)
        with_break = [
            (*key, k, n)
            for key in starts
            if month.leaves_for_meals[key[0]]
            for k in range(month.pauses.length.shape[1])
            for n in range(len(self.places.get((key[2], k), ())))
        ]
        model.break_count = pyo.Var(with_break, bounds=lambda _, g, d, s, k, n: (0, able[g, d, s]))
        self.room: dict[tuple[int, int, tuple[float, bool, bool]], float] = {}
        for k, kind in enumerate(self.kinds):
            count = self.allowed[kind.members]
            for t in self.types:
                duties = [s for s in self.duties if self.type_of[s] == t]
                for d, people in enumerate(count[:, :, duties].any(axis=2).sum(axis=0)):
                    if people:
                        self.room[k, d, t] = float(people)
        model.kind_count = pyo.Var(list(self.room), bounds=lambda _, k, d, *t: (0, self.room[k, d, t]))
        slots = range(month.slot_count)
        rows = [*self.groups, *([len(month.groups)] if month.standby_duties else [])]
        total = float(len(month.people))
        model.on_duty = pyo.Var(rows, slots, bounds=lambda _, g, t: (0, float(sizes[g]) if g < len(sizes) else total))

    def add_rows(self, name: str, rows: Iterable[LpRow]) -> None:
        """Add linear constraints under the name of their rule."""
        listed = list(rows)

        def row(_: pyo.ConcreteModel, i: int) -> object:
            coefficients, variables, low, high = listed[i]
            body = LinearExpression(linear_coefs=coefficients, linear_vars=variables)
            return body == low if low == high else pyo.inequality(low, body, high)

        setattr(self.model, name, pyo.Constraint(range(len(listed)), rule=row))

    def add_coverage(self) -> None:
        month, model = self.month, self.model
        entries: list[dict[int, tuple[list[float], list[pyo.Var]]]] = [{} for _ in range(len(month.groups) + 1)]

        def add(row: int, slot: int, value: float, variable: pyo.Var) -> None:
            if slot < month.slot_count:
                coefficients, variables = entries[row].setdefault(slot, ([], []))
                coefficients.append(value)
                variables.append(variable)

        for (g, d, s), variable in model.shift_count.items():
            row = len(month.groups) if s >= self.first_standby else g
            add(row, int(month.start_slot[d, s]), -1.0, variable)
            add(row, int(month.end_slot[d, s]), 1.0, variable)
        for (g, d, s, m), variable in model.meal_count.items():
            first = int(month.start_slot[d, s] + month.meal_offset[month.meal_first[s] + m])
            add(g, first, 1.0, variable)
            add(g, first + int(month.meal_slots[s]), -1.0, variable)
        for (g, d, s, k, n), variable in model.break_count.items():
            first, shares = self.places[s, k][n]
            for slot, step in enumerate(np.diff([0.0, *shares, 0.0]).tolist(), int(month.start_slot[d, s]) + first):
                add(g, slot, step, variable)
        self.add_rows("on_duty_from_slot_to_slot", self.slot_to_slot(entries))
        self.add_rows("a_meal_for_everybody", self.meals_taken())
        self.add_rows("breaks_for_everybody", self.breaks_taken())
        self.add_segments()

    def slot_to_slot(self, entries: list[dict[int, tuple[list[float], list[pyo.Var]]]]) -> Iterator[LpRow]:
        on_duty = self.model.on_duty
        for g, slot in on_duty:
            coefficients, variables = entries[g].get(slot, ([], []))
            before = ([-1.0], [on_duty[g, slot - 1]]) if slot else ([], [])
            yield [1.0, *before[0], *coefficients], [on_duty[g, slot], *before[1], *variables], 0.0, 0.0

    def meals_taken(self) -> Iterator[LpRow]:
        model = self.model
        for g, d, s in model.shift_count:
            if self.month.meal_slots[s] and self.month.leaves_for_meals[g]:
                taken = [model.meal_count[g, d, s, m] for m in self.meals[s]]
                yield [*[1.0] * len(taken), -1.0], [*taken, model.shift_count[g, d, s]], 0.0, 0.0

    def breaks_taken(self) -> Iterator[LpRow]:
        model = self.model
        for g, d, s in model.shift_count:
            for k in range(self.month.pauses.length.shape[1]) if self.month.leaves_for_meals[g] else ():
                taken = [model.break_count[g, d, s, k, n] for n in range(len(self.places.get((s, k), ())))]
                if taken:
                    yield [*[1.0] * len(taken), -1.0], [*taken, model.shift_count[g, d, s]], 0.0, 0.0

    def add_segments(self) -> None:
        """Split each slot's people into the stretches between the breaks of its curve, cheapest first by itself."""
        month, model = self.month, self.model
        most = float(len(month.people))
        self.segment_slope: dict[tuple[int, int, int], float] = {}
        width: dict[tuple[int, int, int], float] = {}
        for c, curve in enumerate(month.curves):
            edges = np.hstack([np.zeros((month.slot_count, 1)), curve.breaks, np.full((month.slot_count, 1), np.inf)])
            wide = np.minimum(np.diff(np.maximum(edges, 0), axis=1), most + month.base[c].max(initial=0))
            for slot, k in zip(*np.nonzero(wide > 0), strict=True):
                width[c, int(slot), int(k)] = float(wide[slot, k])
                self.segment_slope[c, int(slot), int(k)] = float(curve.slopes[slot, k])
        model.stretch = pyo.Var(list(width), bounds=lambda _, c, t, k: (0, width[c, t, k]))
        parts: dict[tuple[int, int], list[pyo.Var]] = {}
        for (c, slot, _), variable in model.stretch.items():
            parts.setdefault((c, slot), []).append(variable)
        self.curve_keys = sorted(parts)
        feeders = [[g for g in self.groups if c in month.group_curves[g]] for c in range(len(month.curves))]
        if month.standby_curve >= 0:
            feeders[month.standby_curve] = [len(month.groups)]

        def rows() -> Iterator[LpRow]:
            for c, slot in self.curve_keys:
                people = [model.on_duty[g, slot] for g in feeders[c]]
                variables = [*parts[c, slot], *people]
                base = float(month.base[c, slot])
                yield [*[1.0] * len(parts[c, slot]), *[-1.0] * len(people)], variables, base, base

        self.add_rows("people_present", rows())

    def add_days(self) -> None:
        """Tie the shifts of a group to its kinds of people, and give each person one shift a day."""
        model = self.model
        of_type: dict[tuple[int, int, tuple[float, bool, bool]], list[pyo.Var]] = {}
        for (g, d, s), variable in model.shift_count.items():
            of_type.setdefault((g, d, self.type_of[s]), []).append(variable)

        def tie() -> Iterator[LpRow]:
            for (g, d, t), shifts in of_type.items():
                kinds = [
                    model.kind_count[k, d, t]
                    for k, kind in enumerate(self.kinds)
                    if kind.group == g and (k, d, t) in self.room
                ]
                yield [*[1.0] * len(shifts), *[-1.0] * len(kinds)], [*shifts, *kinds], 0.0, 0.0

        def once() -> Iterator[LpRow]:
            for k, kind in enumerate(self.kinds):
                free = self.allowed[kind.members].any(axis=2).sum(axis=0)
                for d in self.days:
                    variables = self.counts(k, [d], self.types)
                    if variables:
                        yield [1.0] * len(variables), variables, None, float(free[d])

        self.add_rows("kinds_work_the_shifts", tie())
        self.add_rows(ONE_SHIFT_A_DAY.name, once())

    def counts(self, k: int, days: Iterable[int], types: Iterable[tuple[float, bool, bool]]) -> list[pyo.Var]:
        count = self.model.kind_count
        return [count[k, d, t] for d in days for t in types if (k, d, t) in self.room]

    def rest_between_shifts(self) -> Iterator[LpRow]:
        """Of the duties that cannot follow each other on two days, nobody takes two."""
        month, model = self.month, self.model
        for kind, table in enumerate(month.rests.next_day):
            barred = {i: frozenset(np.flatnonzero(~follows).tolist()) for i, follows in enumerate(table)}
            days = np.flatnonzero(month.rests.kind_of_day[1:] == kind).tolist()  # each the day before one of this kind
            for late in sorted(set(barred.values()) - {frozenset()}, key=sorted):
                earlier = [i for i, those in barred.items() if those >= late]
                for g in self.groups:
                    free = self.allowed[month.group_of == g].any(axis=2)
                    for d in days:
                        keys = [(g, d, i) for i in earlier] + [(g, d + 1, j) for j in late]
                        variables = [model.shift_count[key] for key in keys if key in model.shift_count]
                        if variables:
                            most = float((free[:, d] | free[:, d + 1]).sum())
                            yield [1.0] * len(variables), variables, None, most

    def weekly_hours(self) -> Iterator[LpRow]:
        """Keep the numbers of long and short shifts in a week within mixtures of what one person's week can hold."""
        month, model = self.month, self.model
        lengths = sorted({t[0] for t in self.types})
        weeks = sorted(set(month.week_of_day.tolist()))
        mixes: dict[tuple[int, int], list[tuple[float, list[tuple[int, ...]]]]] = {}
        for k, kind in enumerate(self.kinds):
            for w in weeks:
                mixes[k, w] = self.mixes_of_week(kind, w, lengths)
        keys = [
            (k, w, r, i) for (k, w), rooms in mixes.items() for r, (_, mix) in enumerate(rooms) for i in range(len(mix))
        ]
        model.week_mix = pyo.Var(keys, bounds=lambda _, k, w, r, i: (0, mixes[k, w][r][0]))
        for (k, w), rooms in mixes.items():
            days_of_week = [d for d in self.days if month.week_of_day[d] == w]
            chosen = [(mix[i], model.week_mix[k, w, r, i]) for r, (_, mix) in enumerate(rooms) for i in range(len(mix))]
            for r, (people, mix) in enumerate(rooms):
                variables = [model.week_mix[k, w, r, i] for i in range(len(mix))]
                yield [1.0] * len(variables), variables, None, people
            for j, length in enumerate(lengths):
                worked = self.counts(k, days_of_week, [t for t in self.types if t[0] == length])
                held = [(-float(mix[j]), variable) for mix, variable in chosen if mix[j]]
                if worked:
                    yield [*[1.0] * len(worked), *[v for v, _ in held]], [*worked, *[x for _, x in held]], None, 0.0

    def mixes_of_week(self, kind: _Kind, week: int, lengths: list[float]) -> list[tuple[float, list[tuple[int, ...]]]]:
        """Return (people, fullest weeks) for each number of free days and cap that occurs in the kind."""
        month = self.month
        days = month.week_of_day == week
        free = self.allowed[kind.members][:, days].any(axis=2).sum(axis=1)
        cap = month.week_cap[kind.members, week]
        most_days = np.minimum(month.rules.working_days_in_a_row, month.week_days[kind.members, week])
        rooms: dict[tuple[float, int], int] = {}
        for minutes, count in zip(cap.tolist(), np.minimum(free, most_days).tolist(), strict=True):
            rooms[minutes, count] = rooms.get((minutes, count), 0) + 1
        return [
            (float(people), _fullest_weeks(lengths, minutes, count))
            for (minutes, count), people in sorted(rooms.items())
        ]

    def minutes(self, k: int, days: Iterable[int], most: float) -> LpRow:
        count = self.model.kind_count
        keys = [(k, d, t) for d in days for t in self.types if (k, d, t) in self.room]
        return [key[2][0] for key in keys], [count[key] for key in keys], None, most

    def month_hours(self) -> Iterator[LpRow]:
        for k, kind in enumerate(self.kinds):
            most = float(self.month.month_cap[kind.members].sum())
            if np.isfinite(most):
                yield self.minutes(k, self.days, most)

    def add_limits(self) -> None:
        """Add what limits of people's own leave possible, where there are any."""
        if not any(self.month.rules.limits_of(person, self.month.days) for person in self.month.people):
            return

        def on_duty(k: int, days: Sequence[int]) -> tuple[list[float], list[pyo.Var]]:
            variables = self.counts(k, days, self.types)
            return [1.0] * len(variables), variables

        def worked(k: int, days: Sequence[int]) -> tuple[list[float], list[pyo.Var]]:
            plain = [t for t in self.types if not t[2]]
            keys = [(k, d, t) for d in days for t in plain if (k, d, t) in self.room]
            return [key[2][0] for key in keys], [self.model.kind_count[key] for key in keys]

        who = [kind.members for kind in self.kinds]
        add_limits(Kinds(self.month, self.model, who, on_duty, worked, self.model.shift_count), self.add_rows)

    def windows(self, in_a_row: int, types: list[tuple[float, bool, bool]]) -> Iterator[LpRow]:
        """Of `in_a_row` + 1 days running, at least one is free of these types."""
        for k, kind in enumerate(self.kinds):
            for first in range(len(self.days) - in_a_row):
                variables = self.counts(k, range(first, first + in_a_row + 1), types)
                if len(variables) > in_a_row:
                    yield [1.0] * len(variables), variables, None, float(in_a_row * len(kind.members))

    def fair_shares(self) -> Iterator[LpRow]:
        """Count what a kind takes beyond the sum of its members' fair shares: never more than what they take."""
        month = self.month
        keys = [(k, b) for k in range(len(self.kinds)) for b in range(3) if month.burden_weight[b] > 0]
        self.model.beyond_share = pyo.Var(keys, bounds=(0, float(len(month.people) * len(month.days))))
        plain = [t for t in self.types if not t[2]]
        weekend, holiday = month.burden[1, :, 0] > 0, month.burden[2, :, 0] > 0
        for k, b in keys:
            days = [d for d in self.days if (b == 0 or (b == 1 and weekend[d]) or (b == 2 and holiday[d]))]
            variables = self.counts(k, days, [t for t in plain if b or t[1]])
            if variables:
                share = float(month.allowance[self.kinds[k].members, b].sum())
                yield [*[1.0] * len(variables), -1.0], [*variables, self.model.beyond_share[k, b]], None, share

    def add_objective(self) -> None:
        month, model = self.month, self.model
        cheapest = month.person_cost.min(axis=2, keepdims=True)
        extra = np.where(self.allowed, month.person_cost[:, :, :-1] - cheapest, np.inf)
        coefficients = [self.segment_slope[key] for key in model.stretch]
        variables = list(model.stretch.values())
        for k, d, *t in model.kind_count:
            members = self.kinds[k].members
            duties = [s for s in self.duties if self.type_of[s] == tuple(t)]
            least = float(extra[members, d][:, duties].min())
            if least > 0:
                coefficients.append(least)
                variables.append(model.kind_count[k, d, tuple(t)])
        for (_, b), variable in model.beyond_share.items():
            coefficients.append(float(month.burden_weight[b]))
            variables.append(variable)
        empty = sum(float(curve.cost(np.zeros(month.slot_count)).sum()) for curve in month.curves)
        constant = empty + float(cheapest.sum())
        model.cost = pyo.Objective(
            expr=LinearExpression(constant=constant, linear_coefs=coefficients, linear_vars=variables)
        )

    def solve(self, stop: Callable[[], bool], solved: MutableMapping[bytes, Relaxation]) -> Relaxation:
        form = LinearStandardFormCompiler().write(self.model, mixed_form=True, set_sense=pyo.minimize)
        matrix = csr_array(form.A)
        sense = np.array([row.bound_type for row in form.rows])
        low, high = np.where(sense == 1, -np.inf, form.rhs), np.where(sense == -1, np.inf, form.rhs)
        bounds = np.array([variable.bounds for variable in form.columns], dtype=float)
        cost = np.asarray(form.c.todense()).ravel()
        offset = float(form.c_offset[0])
        parts = (matrix.indptr, matrix.indices, matrix.data, cost, low, high, bounds, form.c_offset)
        known = hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).digest()
        if known in solved:
            return solved[known]
        values, duals = _interior_point(matrix, cost, low, high, bounds, stop)
        bound = _safe_bound(matrix, cost, low, high, bounds, duals) + offset
        optimum = float(cost @ values) + offset
        if matrix.shape[0] <= _MOST_ROWS_FOR_A_CORNER and bound < optimum - 1e-3 * max(1.0, abs(optimum)):
            # On a very degenerate program the prices of an inner point can be poor; those of a corner are exact.
            values, duals = _interior_point(matrix, cost, low, high, bounds, stop, crossover="on")
            bound = max(bound, _safe_bound(matrix, cost, low, high, bounds, duals) + offset)
        solved[known] = self.read(form, values, duals, max(0.0, bound))
        return solved[known]

    def read(self, form: object, values: FloatArray, duals: FloatArray, bound: float) -> Relaxation:
        month = self.month
        prices = np.zeros((len(month.curves), month.slot_count))
        present = month.base.copy()
        number = {id(row.constraint): i for i, row in enumerate(form.rows)}  # type: ignore[attr-defined]
        column = {id(variable): j for j, variable in enumerate(form.columns)}  # type: ignore[attr-defined]
        for i, (c, slot) in enumerate(self.curve_keys):
            row = number.get(id(self.model.people_present[i]))
            if row is not None:
                prices[c, slot] = duals[row]
        total = np.zeros((len(month.curves), month.slot_count))
        for (c, slot, _), variable in self.model.stretch.items():
            j = column.get(id(variable))
            total[c, slot] += values[j] if j is not None else 0.0
        return Relaxation(bound, prices, np.where(total > 0, total, present))


def _fullest_weeks(lengths: list[float], most_minutes: float, most_days: int) -> list[tuple[int, ...]]:
    """Return the largest (number of shifts of each length) that fit a week's minutes and days."""
    fits: set[tuple[int, ...]] = {tuple([0] * len(lengths))}
    frontier = set(fits)
    while frontier:
        grown = set()
        for mix in frontier:
            for j in range(len(lengths)):
                more = (*mix[:j], mix[j] + 1, *mix[j + 1 :])
                minutes = sum(n * length for n, length in zip(more, lengths, strict=True))
                if sum(more) <= most_days and minutes <= most_minutes + 1e-9:
                    grown.add(more)
        frontier = grown - fits
        fits |= grown
    return sorted(
        mix for mix in fits if not any((*mix[:j], mix[j] + 1, *mix[j + 1 :]) in fits for j in range(len(lengths)))
    )


def _interior_point(
    matrix: csr_array,
    cost: FloatArray,
    low: FloatArray,
    high: FloatArray,
    bounds: FloatArray,
    stop: Callable[[], bool],
    *,
    crossover: str = "off",
) -> tuple[FloatArray, FloatArray]:
    """Return the columns' values and the rows' prices, all zero where the method did not come to its end."""

    def listen(event: highspy.HighsCallbackEvent) -> None:
        if stop():
            event.interrupt()

    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("solver", "ipm")
    solver.setOptionValue("run_crossover", crossover)
    solver.setOptionValue("ipm_iteration_limit", _MOST_ITERATIONS)
    solver.cbIpmInterrupt += listen
    solver.cbSimplexInterrupt += listen
    program = highspy.HighsLp()
    program.num_row_, program.num_col_ = matrix.shape
    program.col_cost_, program.col_lower_, program.col_upper_ = cost, bounds[:, 0], bounds[:, 1]
    program.row_lower_ = np.where(np.isinf(low), -highspy.kHighsInf, low)
    program.row_upper_ = np.where(np.isinf(high), highspy.kHighsInf, high)
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_, program.a_matrix_.index_ = matrix.indptr, matrix.indices
    program.a_matrix_.value_ = matrix.data
    solver.passModel(program)
    solver.run()
    solution = solver.getSolution()
    values, duals = np.array(solution.col_value), np.array(solution.row_dual)
    if not solution.dual_valid or len(values) != matrix.shape[1] or len(duals) != matrix.shape[0]:
        return np.zeros(matrix.shape[1]), np.zeros(matrix.shape[0])
    return values, duals


def _safe_bound(
    matrix: csr_array, cost: FloatArray, low: FloatArray, high: FloatArray, bounds: FloatArray, duals: FloatArray
) -> float:
    """Return the Lagrangian value of the row prices: a bound whatever their quality, as every column is bounded."""
    duals = np.where((duals > 0) & np.isinf(low), 0.0, duals)
    duals = np.where((duals < 0) & np.isinf(high), 0.0, duals)
    rows = np.where(duals > 0, duals * np.where(np.isinf(low), 0, low), duals * np.where(np.isinf(high), 0, high))
    reduced = cost - matrix.T @ duals
    columns = np.where(reduced > 0, reduced * bounds[:, 0], reduced * bounds[:, 1])
    return float(rows.sum() + columns.sum())
