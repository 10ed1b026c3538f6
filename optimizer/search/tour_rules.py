"""The rules of one person's month as arrays, for the compiled shortest path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.law.comforts import COMFORTS, About, Comfort, Worked
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift
from optimizer.search.kernel_arrays import FloatArray, IntArray, TourRules
from optimizer.search.rests import Rests


@dataclass(frozen=True)
class LastDuty:
    """What the rules remember of a person's last duty: its number (−1: one of last month), and nights in a row."""

    duty: int
    nights: int


class RuleCosts:
    """What the soft rules on a person's month cost, from one duty to the next."""

    def __init__(
        self, duties: Sequence[Shift], rules: RosterRules, about: Sequence[About] = ("runs", "nights", "starts")
    ) -> None:
        self.duties = duties
        self.night = [rules.is_night(duty) for duty in duties]
        weights = [
            (comfort, rules.comfort_weight(name)) for name, comfort in COMFORTS.items() if comfort.about in about
        ]
        self.weighed: list[tuple[Comfort, float]] = [(comfort, weight) for comfort, weight in weights if weight > 0]

    def worked(self, memory: LastDuty, days: int = 2) -> Worked:
        """Return a memory as the soft rules see it."""
        return Worked(self.duties[memory.duty] if memory.duty >= 0 else None, memory.nights, days)

    def next_day(self, memory: LastDuty, later: int, *, other_code: bool = False) -> float:
        """Return the cost of duty number `later` on the day after; of one like it with another code."""
        shift = replace(self.duties[later], code="another") if other_code else self.duties[later]
        before = self.worked(memory)
        return sum(weight * comfort.next_day(before, shift, self.night[later]) for comfort, weight in self.weighed)

    def after_rest(self, memory: LastDuty, free_days: int, later: int) -> float:
        """Return the cost of duty number `later` after one free day, or after two or more."""
        shift, before = self.duties[later], self.worked(memory)
        return sum(
            weight * comfort.after_rest(before, free_days, shift, self.night[later]) for comfort, weight in self.weighed
        )

    def rest(self, memory: LastDuty, days: int) -> float:
        """Return the cost of a first free day after so many days on duty in a row."""
        return sum(weight * comfort.rest(self.worked(memory, days)) for comfort, weight in self.weighed)

    def in_a_row(self, days: int) -> float:
        """Return the cost of a day on duty that is so many in a row."""
        return sum(weight * comfort.in_a_row(days) for comfort, weight in self.weighed)


def weighs(rules: RosterRules, about: About) -> bool:
    """Return whether any soft rule about this weighs anything."""
    return any(rules.comfort_weight(name) > 0 for name, comfort in COMFORTS.items() if comfort.about == about)


def shift_costs(shifts: Sequence[Shift], rules: RosterRules) -> list[float]:
    """Return what each shift costs by itself."""
    costs = RuleCosts(shifts, rules, ("shifts",))
    return [sum(weight * comfort.shift(shift) for comfort, weight in costs.weighed) for shift in shifts]


def tour_rules(duties: Sequence[Shift], rules: RosterRules, rests: Rests) -> TourRules:
    """Return the kernel's arrays for a list of duties (shifts, and standby spells written as shifts)."""
    return _Builder(duties, rules, rests).build()


class _Builder:
    """Collects memories that no rule tells apart into classes, and duties that none tells apart into moves."""

    def __init__(self, duties: Sequence[Shift], rules: RosterRules, rests: Rests) -> None:
        self.duties, self.rules, self.rests = duties, rules, rests
        self.costs = RuleCosts(duties, rules)
        self.kinds, self.count = rests.next_day.shape[:2]
        self.runs = range(1, rules.working_days_in_a_row + 1)
        night = self.costs.night
        self.memories = [
            LastDuty(s, n)
            for s in range(self.count)
            for n in (range(1, rules.nights_in_a_row + 1) if night[s] else (0,))
        ]
        self.carried = [LastDuty(-1, n) for n in range(rules.nights_in_a_row + 1)]
        self.off_rows: list[FloatArray] = []  # (kinds, duties) of each off class
        self.off_next: list[int] = []
        # (kinds, duties) of each work class, another duty of a code costing what it may
        self.rows: list[FloatArray] = []
        self.rest_costs: list[list[float]] = []
        self.off_after: list[int] = []
        self.nights: list[int] = []
        self.class_of: dict[LastDuty, int] = {}

    def row_after_rest(self, memory: LastDuty, free_days: int) -> FloatArray:
        """Return (kinds, duties) the cost of each duty after free days, inf where it is not lawful."""
        cost = np.array([self.costs.after_rest(memory, free_days, t) for t in range(self.count)], dtype=float)
        row = np.tile(cost, (self.kinds, 1))
        if free_days == 1 and memory.duty >= 0:
            row[~self.rests.after_off[:, memory.duty]] = np.inf
        return row

    def row_next_day(self, memory: LastDuty) -> FloatArray:
        """Return (kinds, duties) the cost of each duty on the next day, the own as if it had another code."""
        cost = np.array(
            [self.costs.next_day(memory, t, other_code=t == memory.duty) for t in range(self.count)], dtype=float
        )
        row = np.tile(cost, (self.kinds, 1))
        if memory.duty >= 0:
            row[~self.rests.next_day[:, memory.duty]] = np.inf
        return row

    def off_class(self, row: FloatArray, after: int | None) -> int:
        """Return the off class of a row; `after` is the class after one more free day, None = itself."""
        same = [k for k, known in enumerate(self.off_rows) if np.array_equal(known, row)]
        same = [k for k in same if self.off_next[k] == (k if after is None else after)]
        if same:
            return same[0]
        self.off_rows.append(row)
        self.off_next.append(len(self.off_rows) - 1 if after is None else after)
        return len(self.off_rows) - 1

    def collect(self) -> None:
        """Find the classes."""
        self.rested = self.off_class(np.zeros((self.kinds, self.count)), None)
        known: dict[tuple[object, ...], int] = {}
        for memory in [*self.memories, *self.carried]:
            rested = self.off_class(self.row_after_rest(memory, 2), None)
            off = self.off_class(self.row_after_rest(memory, 1), rested)
            row, rest = self.row_next_day(memory), [self.costs.rest(memory, days) for days in self.runs]
            keeps = memory.duty >= 0 and self.kept(memory) < row[:, memory.duty].min() < np.inf
            own = memory.duty if keeps else -1 - (memory.duty < 0)
            key = (row.tobytes(), off, tuple(rest), memory.nights, own)
            if key not in known:
                known[key] = len(self.rows)
                self.rows.append(row)
                self.rest_costs.append(rest)
                self.off_after.append(off)
                self.nights.append(memory.nights)
            self.class_of[memory] = known[key]

    def kept(self, memory: LastDuty) -> float:
        """Return the cost of the same duty on the next day."""
        return self.costs.next_day(memory, memory.duty)

    def build(self) -> TourRules:
        self.collect()
        work, off = len(self.rows), len(self.off_rows)
        all_rows = np.array([*self.rows, *self.off_rows])  # (sources, kinds, duties)
        gates: dict[tuple[bytes, int], list[tuple[int, int]]] = {}
        columns: dict[tuple[bytes, int], FloatArray] = {}
        class_after = np.full((self.kinds, work + off, self.count), -1, dtype=np.int64)
        class_cost = np.zeros(class_after.shape, dtype=np.float32)
        for t in range(self.count):
            for before in range(self.rules.nights_in_a_row) if self.costs.night[t] else (-1,):
                column = all_rows[:, :, t].copy()  # (sources, kinds)
                if before >= 0:
                    column[np.array([n != before for n in self.nights] + [before > 0] * off)] = np.inf
                target = self.class_of[LastDuty(t, before + 1)]
                gates.setdefault((column.tobytes(), before), []).append((t, target))
                columns[column.tobytes(), before] = column
                lawful = np.isfinite(column.T)
                class_after[:, :, t][lawful] = target
                class_cost[:, :, t][lawful] = column.T[lawful]
        minutes = [duty.worked_minutes for duty in self.duties]
        shape = _Gates(self.kinds)
        for key in sorted(gates, key=lambda key: gates[key]):
            shape.add(columns[key], gates[key], minutes)
        passes_of = shape.passes(work + off)
        first = np.cumsum([0, *map(len, passes_of)])
        first = np.array([first[kind * (work + off) : (kind + 1) * (work + off) + 1] for kind in range(self.kinds)])
        keeps = self.keep_arcs(shape, class_after, class_cost)
        by_class = np.argsort(shape.move_class, kind="stable")
        next_day = np.array([[self.costs.next_day(LastDuty(s, int(self.costs.night[s])), t) for t in range(self.count)]
                             for s in range(self.count)])  # fmt: skip
        return TourRules(
            source_first=first,
            source_gate=as_int([gate for passes in passes_of for gate, _ in passes]),
            source_cost=np.array([cost for passes in passes_of for _, cost in passes], dtype=np.float32),
            gate_first_move=as_int(shape.first_move),
            move_first_shift=as_int(shape.first_shift),
            move_shift=as_int(shape.move_shift),
            move_class=as_int(shape.move_class),
            keep_source=as_int([source for source, _, _ in keeps]),
            keep_first=np.searchsorted([m for _, m, _ in keeps], np.arange(len(shape.move_class) + 1)).astype(np.int64),
            keep_cost=np.array([cost for *_, cost in keeps], dtype=np.float32).reshape(len(keeps), self.kinds),
            class_first_move=np.searchsorted(np.array(shape.move_class)[by_class], np.arange(work + 1)).astype(
                np.int64
            ),
            class_move=by_class.astype(np.int64),
            class_after=class_after,
            class_cost=class_cost,
            work_count=work,
            off_next=as_int([*self.off_after, *self.off_next]),
            off_count=off,
            rest_cost=np.array(self.rest_costs, dtype=np.float32).reshape(work, len(self.runs)),
            run_cost=np.array([self.costs.in_a_row(days) for days in self.runs], dtype=np.float32),
            days_in_a_row=len(self.runs),
            rotation=np.where(self.rests.next_day[0], next_day, 0.0),
            carried_class=as_int([self.class_of[memory] for memory in self.carried]),
            carried_off_class=as_int([work + self.off_after[self.class_of[memory]] for memory in self.carried]),
            rested_class=work + self.rested,
            kind_of_day=self.rests.kind_of_day,
        )

    def keep_arcs(
        self, gates: _Gates, class_after: IntArray, class_cost: NDArray[np.float32]
    ) -> list[tuple[int, int, list[float]]]:
        """Return (source, move, cost by kind of day) where the same duty again costs less than one like it would."""
        moves = {(s, k): m for m, k in enumerate(gates.move_class)
                 for s in gates.move_shift[gates.first_shift[m] : gates.first_shift[m + 1]]}  # fmt: skip
        found = []
        for memory in self.memories:
            source, t = self.class_of[memory], memory.duty
            after = LastDuty(t, memory.nights + 1 if self.costs.night[t] else 0)
            least = self.rows[source][:, t].min()
            if after not in self.class_of or not self.kept(memory) < least < np.inf:
                continue
            lawful = self.rests.next_day[:, t, t]
            cost = np.where(lawful, self.kept(memory), np.inf)
            class_cost[lawful, source, t] = self.kept(memory)
            found.append((source, moves[t, self.class_of[after]], cost.tolist()))
        return sorted(found, key=lambda arc: (arc[1], arc[0]))


class _Gates:
    """Gates and their moves, as they are collected."""

    def __init__(self, kinds: int) -> None:
        self.kinds = kinds
        self.columns: list[FloatArray] = []  # of each gate, (sources, kinds of day)
        self.first_move, self.first_shift = [0], [0]
        self.move_shift: list[int] = []
        self.move_class: list[int] = []

    def add(self, column: FloatArray, duties: Iterable[tuple[int, int]], minutes: Sequence[int]) -> None:
        """Add the gate of a column (sources, kinds) with its duties and the classes they lead to.

        A move's duties all take as many `minutes`.
        """
        self.columns.append(column)
        alike: dict[tuple[int, int], list[int]] = {}
        for s, target in duties:
            alike.setdefault((target, minutes[s]), []).append(s)
        for (target, _), shifts in sorted(alike.items()):
            self.move_class.append(target)
            self.move_shift.extend(shifts)
            self.first_shift.append(len(self.move_shift))
        self.first_move.append(len(self.move_class))

    def passes(self, sources: int) -> list[list[tuple[int, float]]]:
        """Return the gates that each source may pass, and at what cost, by kind of day and source."""
        found: list[list[tuple[int, float]]] = [[] for _ in range(self.kinds * sources)]
        for gate, column in enumerate(self.columns):
            for source, kind in np.argwhere(np.isfinite(column)).tolist():
                found[kind * sources + source].append((gate, float(column[source, kind])))
        return found


def as_int(values: Sequence[int]) -> IntArray:
    """Return whole numbers as the kernel takes them."""
    return np.array(values, dtype=np.int64)
