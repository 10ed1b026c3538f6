"""Rosters put together from whole months: a linear program chooses among months, and asks for new ones at its prices.

Every column is one person's lawful month; the program gives each person one month at the least cost of coverage. Its
prices send the shortest path for months that would lower the cost, until none would (column generation: Barnhart et
al. 1998, "Branch-and-price: column generation for solving huge integer programs"). A dive then settles one person
after another, and neighbourhoods of some people are opened and solved again as long as there is time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from optimizer.search.dual_ascent import corners_of
from optimizer.search.effort import Effort
from optimizer.search.kernel_arrays import FloatArray, IntArray, Scratch
from optimizer.search.priced_bound import priced_bound
from optimizer.search.problem import Month
from optimizer.search.sweeps import Tours, empty_plan, people_present, personal_cost, seconds_swept, sweep

_SMOOTHING = 0.6  # how far prices stay with those of the best bound (Pessoa et al. 2018, in-out smoothing)
_SETTLED = 0.99  # a share that only rounding keeps from 1
_ROUNDS, _ROUNDS_OF_A_DIVE = 200, 4  # a stop for prices that will not settle; a dive only follows what it has fixed
_NODES = 300  # of one branch and cut: the same on every machine
_SECONDS_PER_STEP_AND_ROW = 4e-7  # of the simplex method
_MOST_COLUMNS = 6000  # beyond, the solver takes longer than the months are worth: all start anew
MOST_PRICED_ROWS = 600  # beyond, prices settle too slowly, and sweeps find more in the same time


@dataclass(frozen=True, eq=False)
class _Column:
    person: int
    tour: NDArray[np.int16]
    meal: NDArray[np.int16]


class Columns:
    """The program over whole months of one problem, growing as months are found.

    It ends where it is `late`; `hear` says so too, and lets the search tell how it goes (never amid the solver's work).
    """

    def __init__(
        self, month: Month, scratch: Scratch, effort: Effort, late: Callable[[], bool], hear: Callable[[], bool]
    ) -> None:  # fmt: skip
        self.month, self.scratch, self.effort, self.late, self.hear = month, scratch, effort, late, hear
        self.bound = -np.inf
        self.people = np.arange(len(month.people))
        self.corners = corners_of(month)
        self.curve_of_group = np.zeros((len(month.groups) + 1, len(month.curves)), dtype=bool)
        for g, curves in enumerate(month.group_curves):
            self.curve_of_group[g, list(curves)] = True
        self.start()

    def start(self) -> None:
        """Begin without a month."""
        self.columns: list[_Column] = []
        self.of_person: list[list[int]] = [[] for _ in self.month.people]
        self.known: dict[tuple[int, bytes, bytes], int] = {}
        self.solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("threads", 1)
        self.solver.setOptionValue("mip_max_nodes", _NODES)
        self.solver.cbMipInterrupt += self.listen
        self.build()

    def build(self) -> None:
        """Write the rows: one month for each person, and people present = the stretches of the curve they fill."""
        month = self.month
        most = float(len(month.people) + month.base.max(initial=0))
        low, high = [1.0] * len(month.people), [1.0] * len(month.people)
        cost, width, row = [], [], []
        self.constant = 0.0
        for c, curve in enumerate(month.curves):
            wide = curve.widths(most)
            self.constant += float(curve.cost(np.zeros(month.slot_count)).sum())
            for slot, k in zip(*np.nonzero(wide > 0), strict=True):
                cost.append(float(curve.slopes[slot, k]))
                width.append(float(wide[slot, k]))
                row.append(len(month.people) + c * month.slot_count + int(slot))
            low += (-month.base[c]).tolist()
            high += (-month.base[c]).tolist()
        empty = np.empty(0)
        nothing = np.empty(0, dtype=np.int32)
        self.solver.addRows(len(low), np.array(low), np.array(high), 0, nothing, nothing, empty)
        self.solver.addCols(
            len(cost), np.array(cost), np.zeros(len(cost)), np.array(width), len(cost),
            np.arange(len(cost), dtype=np.int32), np.array(row, dtype=np.int32), np.full(len(cost), -1.0),
        )  # fmt: skip
        self.first_column = len(cost)

    def add(self, plan: Tours, people: IntArray) -> int:
        """Add the months of `people` in `plan`; return how many were new."""
        month = self.month
        fresh = []
        for p in people.tolist():
            key = _key(plan, p)
            if key not in self.known:
                number = len(self.columns)
                self.known[key] = number
                self.of_person[p].append(number)
                self.columns.append(_Column(p, plan.tour[p].copy(), plan.meal[p].copy()))
                fresh.append(p)
        if not fresh:
            return 0
        present = self.presence(plan, np.array(fresh))
        cost = personal_cost(self.month, plan)[fresh]
        starts: list[int] = []
        indices: list[int] = []
        values: list[float] = []
        for i, p in enumerate(fresh):
            starts.append(len(indices))
            where = np.flatnonzero(present[i])
            indices += [p, *(where + len(month.people)).tolist()]
            values += [1.0, *present[i][where].tolist()]
        self.solver.addCols(
            len(fresh), cost, np.zeros(len(fresh)), np.ones(len(fresh)), len(indices), np.array(starts, dtype=np.int32),
            np.array(indices, dtype=np.int32), np.array(values),
        )  # fmt: skip
        return len(fresh)

    def forget(self, plan: Tours) -> None:
        """Start again from `plan` and the months of the whole program where too many have been collected."""
        if len(self.columns) > _MOST_COLUMNS:
            self.start()
            self.add(plan, self.people)
            self.generate(self.people, whole=True)

    def presence(self, plan: Tours, people: IntArray) -> FloatArray:
        """Return (people, curves × slots) where each person counts."""
        month = self.month
        end = month.slot_count
        steps = np.zeros((2, len(people), end + 1))  # on shift, on standby
        i, d = np.nonzero(plan.tour[people] >= 0)
        s = plan.tour[people][i, d]
        standby = (s >= month.first_standby).astype(int)
        np.add.at(steps, (standby, i, month.start_slot[d, s]), 1)
        np.add.at(steps, (standby, i, month.end_slot[d, s]), -1)
        fed = (month.meal_slots[s] > 0) & month.leaves_for_meals[month.group_of[people[i]]] & (standby == 0)
        meal = plan.meal[people][i, d][fed]
        first = month.start_slot[d[fed], s[fed]] + month.meal_offset[month.meal_first[s[fed]] + meal]
        np.add.at(steps, (0, i[fed], np.minimum(first, end)), -1)
        np.add.at(steps, (0, i[fed], np.minimum(first + month.meal_slots[s[fed]], end)), 1)
        on_shift, on_standby = np.cumsum(steps, axis=2)[:, :, :-1]
        counts = self.curve_of_group[month.group_of[people]]
        present = counts[:, :, None] * on_shift[:, None, :]
        if month.standby_curve >= 0:
            present[:, month.standby_curve] = on_standby
        return present.reshape(len(people), -1)

    def listen(self, event: highspy.HighsCallbackEvent) -> None:
        """End a branch and cut at a stop."""
        if self.late():
            event.interrupt()

    @property
    def seconds_per_step(self) -> float:
        """Return what a step of the simplex method takes at nominal speed."""
        return _SECONDS_PER_STEP_AND_ROW * (len(self.people) + len(self.month.curves) * self.month.slot_count)

    def solve(self) -> tuple[float, FloatArray, FloatArray]:
        """Return the program's optimum, the value of each month, and the rows' prices."""
        self.solver.run()
        self.effort.spend(max(0, self.solver.getInfo().simplex_iteration_count) * self.seconds_per_step)
        solution = self.solver.getSolution()
        value = np.array(solution.col_value)[self.first_column :]
        optimum = float(self.solver.getInfo().objective_function_value) + self.constant
        return optimum, value, np.array(solution.row_dual)

    def price(self, duals: FloatArray, free: IntArray) -> tuple[Tours, FloatArray, float]:
        """Return everybody's cheapest month at these prices, what it costs, and the coverage's cheapest cost."""
        month = self.month
        prices = -duals[len(month.people) :].reshape(len(month.curves), month.slot_count)
        tables = np.repeat(prices[:, :, None], 2, axis=2).astype(np.float32)
        plan = empty_plan(month)
        present = people_present(month, plan)
        sweep(month, plan, present, tables, free, self.scratch)
        self.effort.spend(seconds_swept(month, [self.scratch]))
        cost = personal_cost(self.month, plan)[free] + self.presence(plan, free) @ prices.ravel()
        coverage = self.corners.costs - prices[:, None] * (self.corners.people - month.base[:, None])
        return plan, cost, float(coverage.min(axis=1).sum())

    def generate(self, free: IntArray, rounds: int = _ROUNDS, *, whole: bool = False) -> tuple[float, FloatArray]:
        """Add months for the people of `free` until none lowers the cost, or so many rounds; return the last optimum.

        `whole` says that everybody is free, so that the prices give a bound of any roster.
        """
        best_bound, centre = -np.inf, None
        optimum, value, duals = self.solve()
        for _ in range(rounds):
            if self.hear():
                break
            added = 0
            for smoothing in (_SMOOTHING, 0.0) if centre is not None else (0.0,):
                asked = duals if centre is None else smoothing * centre + (1 - smoothing) * duals
                plan, cost, coverage = self.price(asked, free)
                fixed = duals[: len(self.month.people)]
                bound = float(cost.sum()) + coverage
                if bound > best_bound:
                    best_bound, centre = bound, asked
                true_cost = (
                    personal_cost(self.month, plan)[free] - self.presence(plan, free) @ duals[len(self.month.people) :]
                )
                useful = free[true_cost < fixed[free] - 1e-6]
                added = self.add(plan, useful) if len(useful) else 0
                if added:
                    break
            if not added or (optimum - best_bound < 1e-6 * max(1.0, abs(optimum)) and whole):
                break
            optimum, value, duals = self.solve()
        if whole and centre is not None:
            prices = -centre[len(self.month.people) :].reshape(len(self.month.curves), self.month.slot_count)
            self.bound = max(self.bound, priced_bound(self.month, prices, self.scratch))
        return optimum, value

    def open_only(self, chosen: dict[int, int]) -> None:
        """Leave to each person of `chosen` (person to column) that month alone, to the others all of theirs."""
        count = len(self.columns)
        upper = np.ones(count)
        for p, column in chosen.items():
            upper[self.of_person[p]] = 0.0
            upper[column] = 1.0
        self.solver.changeColsBounds(count, self.numbers(range(count)), np.zeros(count), upper)

    def numbers(self, columns: Iterable[int]) -> NDArray[np.int32]:
        """Return where the solver keeps these columns."""
        return np.array(list(columns), dtype=np.int32) + np.int32(self.first_column)

    def kept(self, plan: Tours, free: IntArray) -> dict[int, int]:
        """Return the columns of everybody's month in `plan` but for the people of `free`."""
        self.add(plan, self.people)
        others = np.setdiff1d(self.people, free).tolist()
        return {p: self.known[_key(plan, p)] for p in others}

    def with_columns(self, plan: Tours, chosen: Iterable[int]) -> Tours:
        """Return `plan` with these columns' months put in."""
        result = plan.copy()
        for j in chosen:
            column = self.columns[j]
            result.tour[column.person], result.meal[column.person] = column.tour, column.meal
        return result

    def dive(self, plan: Tours) -> Tours | None:
        """Settle one person after another, asking for better months in between; None where time is over."""
        chosen: dict[int, int] = {}
        self.add(plan, self.people)
        while len(chosen) < len(self.people):
            self.open_only(chosen)
            free = np.setdiff1d(self.people, list(chosen))
            _, value = self.generate(free, _ROUNDS_OF_A_DIVE if chosen else _ROUNDS)
            if self.late():
                return None
            best = {p: max(self.of_person[p], key=lambda j: value[j]) for p in free.tolist()}
            settled = [p for p in best if value[best[p]] > _SETTLED] or [max(best, key=lambda p: value[best[p]])]
            chosen |= {p: best[p] for p in settled}
        return self.with_columns(plan, chosen.values())

    def improve(self, plan: Tours, cost: float, free: IntArray) -> Tours | None:
        """Return `plan` with the months that suit best together for the people of `free`, None if none is found."""
        self.open_only(self.kept(plan, free))
        optimum, _ = self.generate(free, _ROUNDS, whole=len(free) == len(self.people))
        if optimum > cost - 1e-6 or self.late():
            return None
        columns = [j for p in free.tolist() for j in self.of_person[p]]
        numbers = self.numbers(columns)
        kind = highspy.HighsVarType
        self.solver.changeColsIntegrality(len(numbers), numbers, np.full(len(numbers), kind.kInteger.value, np.uint8))
        held = [self.known[_key(plan, p)] for p in self.people.tolist()]
        self.solver.setSolution(len(held), self.numbers(held), np.ones(len(held)))
        _, value, _ = self.solve()
        self.solver.changeColsIntegrality(
            len(numbers), numbers, np.full(len(numbers), kind.kContinuous.value, np.uint8)
        )
        if not len(value):
            return None
        return self.with_columns(plan, [max(self.of_person[p], key=lambda j: value[j]) for p in free.tolist()])


def _key(plan: Tours, p: int) -> tuple[int, bytes, bytes]:
    """Return what tells a person's month from others."""
    return p, plan.tour[p].tobytes(), plan.meal[p].tobytes()
