"""Small months solved to proven optimality: one integer program, person by day by duty, in Pyomo for HiGHS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

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
from optimizer.search.kernel_arrays import NOWHERE
from optimizer.search.problem import Month
from optimizer.search.sweeps import Tours, empty_plan
from optimizer.search.tour_rules import weighs

_MOST_CHOICES = 1500  # person, day and duty
_SECONDS_PER_STEP, _SECONDS_PER_STEP_AND_ROW = 1.1e-4, 7e-9  # of the simplex method, at nominal speed
_SECONDS_PER_NODE_AND_ROW, _SECONDS_PER_TERM = 1e-5, 3.2e-5  # of branch and cut; of writing down a row or a variable
_MOST_STEPS = 6000  # of people whose months are walked
CappedRow = tuple[list[float], list[pyo.Var], float]
WalkState = tuple[int, int, int, int]  # of the walks, the kernel's source, days in a row, the week's state


@dataclass(frozen=True)
class PathStep:
    """One choice of a day (`duty`, −1 = off) from a state to another, numbered by day, and what it costs."""

    day: int
    before: int
    duty: int
    after: int
    cost: float
    weekend: bool  # whether it is the first duty of a weekend


def small_enough(month: Month) -> bool:
    """Return whether a month has so few open choices that it may be solved to proven optimality."""
    if np.isfinite(month.person_cost[:, :, :-1]).sum() > _MOST_CHOICES:
        return False
    count = 0
    for p in walked(month):
        found = steps(month, p, _MOST_STEPS - count)
        if found is None:
            return False
        count += len(found)
    return True


def walked(month: Month) -> list[int]:
    """Return who is led step by step: people with limits, everybody where soft rules remember more than a day."""
    rules = month.tour_rules
    memory = rules.rest_cost.any() or rules.run_cost.any() or rules.class_cost[:, rules.work_count :].any()
    if memory or month.burden_weight[3] > 0 or weighs(month.rules, "nights"):
        return list(range(len(month.people)))
    return np.flatnonzero(month.walks.limited).tolist()


def steps(month: Month, p: int, most: int) -> list[PathStep] | None:
    """Return the steps through the lawful months open to person number `p`, None if there are more than `most`."""
    open_ = np.isfinite(month.person_cost[p])
    run = int(min(month.first_run[p], month.rules.working_days_in_a_row))
    states: list[WalkState] = [(int(month.walks.first_state[p]), int(month.first_source[p]), run, 0)]
    layers: list[list[tuple[int, int, WalkState, float, bool]]] = []  # number before, duty, state after, cost, weekend
    for d in range(len(month.days)):
        choices = [s for s in range(-1, len(month.duties)) if open_[d, s]]
        layer = [
            (n, s, *after)
            for n, state in enumerate(states)
            for s in choices
            if (after := _after(month, p, d, state, s))
        ]
        layers.append(layer)
        states = sorted({after for _, _, after, _, _ in layer})
        if sum(map(len, layers)) > 20 * most:
            return None
        number = {state: n for n, state in enumerate(states)}
        layers[-1] = [(n, s, number[after], cost, weekend) for n, s, after, cost, weekend in layer]  # type: ignore[misc]
    return _joined(layers, most)


def _joined(layers: list[list[Any]], most: int) -> list[PathStep] | None:
    """Return the steps where states with the same future are one, and those without any are left out."""
    found: list[PathStep] = []
    joined: dict[int, int] | None = None  # the number of a state after the day; None: all ends are one
    for d in range(len(layers) - 1, -1, -1):
        future: dict[int, list[tuple[int, int, float, bool]]] = {}
        for before, s, after, cost, weekend in layers[d]:
            if joined is None or after in joined:
                end = 0 if joined is None else joined[after]
                future.setdefault(before, []).append((s, end, round(cost, 6), weekend))
        numbers: dict[tuple[tuple[int, int, float, bool], ...], int] = {}
        joined = {before: numbers.setdefault(tuple(ahead), len(numbers)) for before, ahead in future.items()}
        found += [
            PathStep(d, n, s, end, cost, weekend) for ahead, n in numbers.items() for s, end, cost, weekend in ahead
        ]
        if len(found) > most:
            return None
    return found


def _after(month: Month, p: int, d: int, state: WalkState, s: int) -> tuple[WalkState, float, bool] | None:
    """Return the state after a choice, its cost, and whether it begins a weekend on duty; None if it is not lawful."""
    rules, walks = month.tour_rules, month.walks
    row, source, run, week = state
    if walks.limited[p]:
        row = int(walks.after(np.array([row]), np.array([s]), d)[0])
        if row == NOWHERE:
            return None
    weeks = month.arrays.weeks
    graph, into_week = weeks.graph_of[p, month.week_of_day[d]], weeks.day_of[d]
    if s < 0:
        cost = float(rules.rest_cost[source, run - 1]) if source < rules.work_count else 0.0
        week = int(weeks.after[graph, into_week, -1, week])
        return (row, rules.work_count + int(rules.off_next[source]), 0, week), cost, False
    kind = rules.kind_of_day[d]
    after = int(rules.class_after[kind, source, s])
    if after < 0 or run == rules.days_in_a_row:
        return None
    week = int(weeks.after[graph, into_week, weeks.length_of[s], week])
    if week < 0:
        return None
    cost = float(rules.class_cost[kind, source, s] + rules.run_cost[run])
    weekend = month.weekend[d] == 1 or (month.weekend[d] == 2 and run == 0)
    return (row, after, run + 1, week), cost, bool(weekend)


@dataclass(frozen=True, eq=False)
class Solved:
    """The cheapest plan found, if any, whether it is proven cheapest, and the seconds that it took."""

    plan: Tours | None
    proven: bool
    seconds: float


def exact_plan(
    month: Month, *, seconds: float, stop: Callable[[], bool] = lambda: False, better_than: Tours | None = None
) -> Solved:
    """Return the cheapest lawful plan of `month`.

    There is none if it is not proven cheapest within `seconds`, which are counted in nodes at nominal speed, or before
    a stop. With a lawful plan to begin with (`better_than`), the cheapest found till then will do.
    """
    return _PersonProgram(month).solve(seconds, stop, better_than)


def partly_fixed(month: Month, plan: Tours, free: NDArray[np.bool_]) -> Month:
    """Return the month in which everything is fixed as in `plan` but what is `free` (people, days)."""
    cost = np.full_like(month.person_cost, np.inf)
    p, d = np.indices(plan.tour.shape)
    cost[p, d, plan.tour] = month.person_cost[p, d, plan.tour]
    cost[free] = month.person_cost[free]
    return replace(month, person_cost=cost)


class _PersonProgram:
    def __init__(self, month: Month) -> None:
        self.month = month
        self.people, self.days = range(len(month.people)), range(len(month.days))
        self.duties = range(len(month.duties))
        self.model = pyo.ConcreteModel()
        open_ = np.isfinite(month.person_cost)
        self.keys = [tuple(map(int, key)) for key in np.argwhere(open_[:, :, :-1])]
        self.model.works = pyo.Var(self.keys, domain=pyo.Binary)
        self.of_day: dict[tuple[int, int], list[tuple[int, pyo.Var]]] = {}
        for (p, d, s), variable in self.model.works.items():
            self.of_day.setdefault((p, d), []).append((s, variable))
        self.must_work = ~open_[:, :, -1]
        self.led = walked(month)
        self.not_led = sorted(set(self.people) - set(self.led))
        self.add(ONE_SHIFT_A_DAY.name, self.one_shift_a_day())
        self.add(REST_BETWEEN_SHIFTS.name, self.rest_between_shifts())
        self.add(WEEKLY_HOURS.name, self.weekly_hours())
        self.add(WORKING_DAYS_IN_A_ROW.name, self.in_a_row(month.rules.working_days_in_a_row, nights=False))
        self.add(NIGHTS_IN_A_ROW.name, self.in_a_row(month.rules.nights_in_a_row, nights=True))
        self.costs: list[tuple[float, pyo.Var]] = []
        self.weekends: dict[int, list[pyo.Var]] = {}
        self.add_walks()
        self.add_coverage()
        self.add_personal_costs()

    def add(self, name: str, rows: Iterable[CappedRow]) -> None:
        """Add rows `sum ≤ limit` under the name of their rule."""
        listed = list(rows)

        def row(_: pyo.ConcreteModel, i: int) -> object:
            coefficients, variables, limit = listed[i]
            return LinearExpression(linear_coefs=coefficients, linear_vars=variables) <= limit

        setattr(self.model, name, pyo.Constraint(range(len(listed)), rule=row))

    def on(self, p: int, d: int) -> list[tuple[int, pyo.Var]]:
        return self.of_day.get((p, d), [])

    def one_shift_a_day(self) -> Iterator[CappedRow]:
        for p, d in product(self.not_led, self.days):
            variables = [variable for _, variable in self.on(p, d)]
            if variables:
                yield [1.0] * len(variables), variables, 1.0
                if self.must_work[p, d]:
                    yield [-1.0] * len(variables), variables, -1.0

    def rest_between_shifts(self) -> Iterator[CappedRow]:
        rests = self.month.rests
        for apart, table in ((1, rests.next_day), (2, rests.after_off)):
            for p, d in product(self.not_led, self.days[:-apart]):
                later, follows = dict(self.on(p, d + apart)), table[rests.kind_of_day[d + apart]]
                for s, variable in self.on(p, d):
                    barred = [later[t] for t in later if not follows[s, t]]
                    if barred:
                        yield [1.0] * (len(barred) + 1), [variable, *barred], 1.0

    def weekly_hours(self) -> Iterator[CappedRow]:
        month, minutes = self.month, self.month.worked_minutes
        for p in self.people:
            for w in np.unique(month.week_of_day) if p in self.not_led else ():
                held = [item for d in np.flatnonzero(month.week_of_day == w) for item in self.on(p, int(d))]
                if held:
                    variables = [variable for _, variable in held]
                    yield [float(minutes[s]) for s, _ in held], variables, float(month.week_cap[p, w])
                    yield [1.0] * len(held), variables, float(month.week_days[p, w])
            everything = [item for d in self.days for item in self.on(p, d)]
            if np.isfinite(month.month_cap[p]) and everything:
                coefficients = [float(minutes[s]) for s, _ in everything]
                yield coefficients, [variable for _, variable in everything], float(month.month_cap[p])
            if month.month_floor[p] > 0:
                shifts = [(s, variable) for s, variable in everything if s < month.first_standby]
                earned = [-float(minutes[s]) for s, _ in shifts]
                yield earned, [variable for _, variable in shifts], -float(month.month_floor[p])

    def in_a_row(self, most: int, *, nights: bool) -> Iterator[CappedRow]:
        month = self.month
        counted = [not nights or month.rules.is_night(duty) for duty in month.duties]
        for p in self.not_led:
            run = int(min(month.first_run[p], month.rules.working_days_in_a_row))
            if nights:
                run = int(month.nights_before[p]) if run else 0
            for first in range(-run, len(self.days) - most):
                inside = range(max(first, 0), first + most + 1)
                variables = [variable for d in inside for s, variable in self.on(p, d) if counted[s]]
                limit = most + min(first, 0)
                if variables and len(inside) > limit:
                    yield [1.0] * len(variables), variables, float(limit)

    def add_walks(self) -> None:
        """Lead people through their lawful months, one step a day."""
        taken_by = {(p, n): step for p in self.led for n, step in enumerate(steps(self.month, p, _MOST_STEPS) or [])}
        self.model.step = pyo.Var(list(taken_by), bounds=(0, 1))
        into: dict[tuple[int, int, int], list[pyo.Var]] = {}
        out: dict[tuple[int, int, int], list[pyo.Var]] = {}
        taken: dict[tuple[int, int, int], list[pyo.Var]] = {}
        for (p, n), step in taken_by.items():
            variable = self.model.step[p, n]
            out.setdefault((p, step.day, step.before), []).append(variable)
            into.setdefault((p, step.day + 1, step.after), []).append(variable)
            taken.setdefault((p, step.day, step.duty), []).append(variable)
            if step.weekend:
                self.weekends.setdefault(p, []).append(variable)
            if step.cost > 0:
                self.costs.append((step.cost, variable))

        def rows() -> Iterator[CappedRow]:
            for key in sorted({*out, *(key for key in into if key[1] < len(self.days))}):
                yield from _equal(out.get(key, []), into.get(key, []), 1.0 if key[1] == 0 else 0.0)
            for p, d, s in product(self.led, self.days, self.duties):
                working = [variable for t, variable in self.on(p, d) if t == s]
                yield from _equal(taken.get((p, d, s), []), working, 0.0)

        self.add("steps", rows())

    def add_coverage(self) -> None:
        month, model = self.month, self.model
        first_standby = month.first_standby
        feeders: dict[tuple[int, int], list[tuple[float, pyo.Var]]] = {}
        meals = [
            (p, d, s, m)
            for p, d, s in self.keys
            if month.meal_slots[s] and month.leaves_for_meals[month.group_of[p]]
            for m in range(month.meal_first[s + 1] - month.meal_first[s])
        ]
        model.meal = pyo.Var(meals, domain=pyo.Binary)
        of_shift: dict[tuple[int, int, int], list[pyo.Var]] = {}
        for (p, d, s, m), variable in model.meal.items():
            of_shift.setdefault((p, d, s), []).append(variable)
            first = int(month.start_slot[d, s] + month.meal_offset[month.meal_first[s] + m])
            for slot in range(first, min(first + int(month.meal_slots[s]), month.slot_count)):
                for c in month.group_curves[month.group_of[p]]:
                    feeders.setdefault((c, slot), []).append((-1.0, variable))
        for p, d, s in self.keys:
            curves = [month.standby_curve] if s >= first_standby else list(month.group_curves[month.group_of[p]])
            for c, slot in product(curves, range(int(month.start_slot[d, s]), int(month.end_slot[d, s]))):
                feeders.setdefault((c, slot), []).append((1.0, model.works[p, d, s]))

        def meal_rows() -> Iterator[CappedRow]:
            for key, variables in of_shift.items():
                yield [*[1.0] * len(variables), -1.0], [*variables, model.works[key]], 0.0
                yield [*[-1.0] * len(variables), 1.0], [*variables, model.works[key]], 0.0

        self.add("a_meal_for_everybody", meal_rows())
        self.add_stretches(feeders)

    def add_stretches(self, feeders: dict[tuple[int, int], list[tuple[float, pyo.Var]]]) -> None:
        """Cost of presence, slot by slot: the people present are split over the stretches of the curve."""
        month, model = self.month, self.model
        most = float(len(month.people) + month.base.max(initial=0))
        width: dict[tuple[int, int, int], float] = {}
        slope: dict[tuple[int, int, int], float] = {}
        self.constant = 0.0
        for c, curve in enumerate(month.curves):
            wide = curve.widths(most)
            self.constant += float(curve.cost(np.zeros(month.slot_count)).sum())
            for slot in range(month.slot_count):
                if (c, slot) not in feeders:
                    alone = float(curve.cost(month.base[c])[slot] - curve.cost(np.zeros(month.slot_count))[slot])
                    self.constant += alone
                    continue
                for k in np.flatnonzero(wide[slot] > 0):
                    width[c, slot, int(k)] = float(wide[slot, k])
                    slope[c, slot, int(k)] = float(curve.slopes[slot, k])
        model.stretch = pyo.Var(list(width), bounds=lambda _, c, t, k: (0, width[c, t, k]))
        parts: dict[tuple[int, int], list[pyo.Var]] = {}
        for key, variable in model.stretch.items():
            parts.setdefault(key[:2], []).append(variable)
            self.costs.append((slope[key], variable))

        def rows() -> Iterator[CappedRow]:
            for (c, slot), there in feeders.items():
                coefficients = [1.0] * len(parts[c, slot]) + [-value for value, _ in there]
                variables = [*parts[c, slot], *(variable for _, variable in there)]
                base = float(month.base[c, slot])
                yield coefficients, variables, base
                yield [-value for value in coefficients], variables, -base

        self.add("people_present", rows())

    def add_personal_costs(self) -> None:
        month = self.month
        for p, d in product(self.people, self.days):
            off = float(month.person_cost[p, d, -1])
            rest = 0.0 if np.isinf(off) else off
            self.constant += rest
            for s, variable in self.on(p, d):
                self.costs.append((float(month.person_cost[p, d, s]) - rest, variable))
        self.model.beyond_share = pyo.Var(
            list(self.people), range(4), range(len(self.days)), domain=pyo.NonNegativeReals
        )
        self.add("fair_shares", self.fair_shares())
        self.add("next_day", self.next_day())

    def next_day(self) -> Iterator[CappedRow]:
        """Cost of a shift on the day after another, for those who are not led step by step."""
        costs = self.month.tour_rules.rotation
        after = [
            (p, d, s, t)
            for p, d in product(self.not_led, self.days)
            for s, _ in self.on(p, d)
            for t, _ in self.on(p, d + 1)
            if costs[s, t] > 0
        ]
        self.model.turned = pyo.Var(after, bounds=(0, 1))
        for (p, d, s, t), variable in self.model.turned.items():
            self.costs.append((float(costs[s, t]), variable))
            yield [1.0, 1.0, -1.0], [self.model.works[p, d, s], self.model.works[p, d + 1, t], variable], 1.0

    def fair_shares(self) -> Iterator[CappedRow]:
        """Cost of what is beyond a fair share: the first 1, the second 2, and so on."""
        month = self.month
        for p, kind in product(self.people, range(4)):
            if kind == 3:
                taken = self.weekends.get(p, [])
            else:
                taken = [v for d in self.days for s, v in self.on(p, d) if month.burden[kind, d, s]]
            steps_beyond = int(max(0.0, np.ceil(len(taken) - month.allowance[p, kind])))
            for n in range(min(len(self.days), steps_beyond) if month.burden_weight[kind] > 0 else 0):
                beyond = self.model.beyond_share[p, kind, n]
                self.costs.append((float(month.burden_weight[kind]), beyond))
                yield [*[1.0] * len(taken), -1.0], [*taken, beyond], float(month.allowance[p, kind]) + n

    def solve(self, seconds: float, stop: Callable[[], bool], better_than: Tours | None) -> Solved:
        self.model.cost = pyo.Objective(
            expr=LinearExpression(
                constant=self.constant,
                linear_coefs=[cost for cost, _ in self.costs],
                linear_vars=[variable for _, variable in self.costs],
            )
        )
        form = LinearStandardFormCompiler().write(self.model, mixed_form=True, set_sense=pyo.minimize)
        begin = None if better_than is None else self.known_values(form.columns, better_than)
        values, proven, taken = _branch_and_cut(form, seconds, stop, begin)
        if values is None or not (proven or begin):
            return Solved(None, proven, taken)
        value = {id(variable): values[j] for j, variable in enumerate(form.columns)}
        plan = empty_plan(self.month)
        for (p, d, s), variable in self.model.works.items():
            if value.get(id(variable), 0.0) > 0.5:
                plan.tour[p, d] = s
        for (p, d, s, m), variable in self.model.meal.items():
            if plan.tour[p, d] == s and value.get(id(variable), 0.0) > 0.5:
                plan.meal[p, d] = m
        return Solved(plan, proven, taken)

    def known_values(self, columns: list[pyo.Var], plan: Tours) -> tuple[list[int], list[float]]:
        """Return the places and values of the choices and meals in a plan."""
        values = {id(v): float(plan.tour[p, d] == s) for (p, d, s), v in self.model.works.items()}
        for (p, d, s, m), variable in self.model.meal.items():
            values[id(variable)] = float(plan.tour[p, d] == s and plan.meal[p, d] == m)
        known = [(j, values[id(variable)]) for j, variable in enumerate(columns) if id(variable) in values]
        return [j for j, _ in known], [value for _, value in known]


def _equal(these: list[pyo.Var], those: list[pyo.Var], difference: float) -> Iterator[CappedRow]:
    """Yield rows that say: the sum of these is the sum of those, and `difference` more."""
    if these or those:
        signs = [1.0] * len(these) + [-1.0] * len(those)
        yield signs, [*these, *those], difference
        yield [-sign for sign in signs], [*these, *those], -difference


def _branch_and_cut(
    form: object, seconds: float, stop: Callable[[], bool], begin: tuple[list[int], list[float]] | None
) -> tuple[np.ndarray | None, bool, float]:
    matrix = csr_array(form.A)  # type: ignore[attr-defined]
    columns = form.columns  # type: ignore[attr-defined]
    sense = np.array([row.bound_type for row in form.rows])  # type: ignore[attr-defined]
    rhs = form.rhs  # type: ignore[attr-defined]
    infinity = highspy.kHighsInf
    program = highspy.HighsLp()
    program.num_row_, program.num_col_ = matrix.shape
    program.col_cost_ = np.asarray(form.c.todense()).ravel()  # type: ignore[attr-defined]
    program.col_lower_ = np.array([v.lb if v.lb is not None else -infinity for v in columns], dtype=float)
    program.col_upper_ = np.array([v.ub if v.ub is not None else infinity for v in columns], dtype=float)
    program.row_lower_ = np.where(sense == 1, -infinity, rhs)
    program.row_upper_ = np.where(sense == -1, infinity, rhs)
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_, program.a_matrix_.index_ = matrix.indptr, matrix.indices
    program.a_matrix_.value_ = matrix.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    program.integrality_ = [kinds[bool(v.is_binary())] for v in columns]
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 1e-7)
    solver.setOptionValue("threads", 1)
    seconds_per_node = _SECONDS_PER_NODE_AND_ROW * max(1, program.num_row_)  # where nobody may work there is no row
    solver.setOptionValue("mip_max_nodes", int(max(1, seconds / seconds_per_node)))

    seconds_per_step = _SECONDS_PER_STEP + program.num_row_ * _SECONDS_PER_STEP_AND_ROW

    def listen(event: highspy.HighsCallbackEvent) -> None:
        if stop():
            event.interrupt()

    solver.cbMipInterrupt += listen
    solver.passModel(program)
    if begin is not None:
        solver.setSolution(len(begin[0]), np.array(begin[0], dtype=np.int32), np.array(begin[1]))
    solver.run()
    taken = max(0, solver.getInfo().simplex_iteration_count) * seconds_per_step
    taken += _SECONDS_PER_TERM * (program.num_row_ + program.num_col_)
    proven = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    if solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None, False, taken
    return np.array(solver.getSolution().col_value), proven, taken
