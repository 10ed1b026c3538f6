"""The lawful months of people with limits of their own, as a layered graph: a state for whatever the rules remember.

Between two days a state says what the rules must know of the days before: the last shift, days and nights in a row,
the week's and the month's shifts and minutes, weekends, and how long the present run has still to last. Every walk
through the layers is a lawful month, every lawful month a walk. States from which the month cannot be brought to a
lawful end are left out, and states with the same future are one state, which keeps the graph small.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.law.limits import Limits
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.rules.hours_a_month import HOURS_A_MONTH
from optimizer.law.rules.hours_a_month_least import HOURS_A_MONTH_LEAST
from optimizer.law.rules.tally import RunningMonth, Tally
from optimizer.law.shifts import Shift
from optimizer.search.kernel_arrays import IntArray, Walks
from optimizer.search.rests import Rests
from optimizer.search.tour_rules import LastDuty, RuleCosts
from optimizer.sentences import refusal

_MOST_STATES = 60_000  # of a layer, before those with the same future are joined
_MOST_STATES_OF_STARTS = 6_000  # the same where starts are looked at: more take longer to walk than starts are worth
_UNITS_MINUTES = (1, 30, 60, 120, 240)  # hours are counted as finely as the number of states allows
_EVEN_MINUTES = 120  # what shifts are whole multiples of is counted rightly by graphs of few states
_ROOM_MINUTES = 480  # between the fewest and the most of a month, with which a price of a minute finds one that fits
NOWHERE = 0  # the row of a state that no lawful month passes


class Brought(NamedTuple):
    """What people bring into the month and may take from its weeks."""

    run: IntArray  # (people,) days on duty in a row before the month
    nights: IntArray  # (people,)
    free: IntArray  # (people,) days off since the last duty, at most 2
    week_cap: NDArray[np.float64]  # (people, weeks) minutes
    week_days: IntArray  # (people, weeks)

    def of(self, who: list[int]) -> Brought:
        """Return what these people bring."""
        return Brought(self.run[who], self.nights[who], self.free[who], self.week_cap[who], self.week_days[who])


def lawful_walks(  # noqa: PLR0913 - what a month is
    people: Sequence[Person],
    duties: Sequence[Shift],
    rules: RosterRules,
    brought: Brought,
    *,
    days: Sequence[date],
    standby_duties: int,
    days_into_week: IntArray,
    week_of_day: IntArray,
    rests: Rests,
) -> tuple[Walks, NDArray[np.float64]]:
    """Return the graphs of the people with limits, and (people, 2) the fewest and most minutes that no graph counts.

    Raises
    ------
    ValueError
        If limits allow so many kinds of month that they cannot be written down.
    """
    shape = _Shape(duties, rules, days, standby_duties, days_into_week, week_of_day, rests)
    graph_of = np.full(len(people), -1, dtype=np.int64)
    minutes = np.array([_minutes_of(shape.limits_of(person)) for person in people]).reshape(len(people), 2)
    first_state = np.zeros(len(people), dtype=np.int64)
    layers: list[IntArray] = []
    members, graphs = _graphs(shape, people, brought)
    parts: list[tuple[NDArray[Any], ...]] = [shape.nowhere()]
    offset = 1
    for g, (who, graph) in enumerate(zip(members, graphs, strict=True)):
        begins, layer, target, extra, sunday = graph.joined(offset)
        graph_of[who], first_state[who] = g, begins
        if graph.counts_hours:
            minutes[who] = 0.0, math.inf
        layers.append(layer)
        parts.append((target, extra, sunday))
        offset += len(target)
    target, extra, sunday = (np.concatenate(part) for part in zip(*parts, strict=True))
    layer = np.array(layers, dtype=np.int64).reshape(len(layers), len(days_into_week) + 2)
    kinds = (shape.kind_first, shape.kind_duty, shape.kind_of)
    return Walks(graph_of, first_state, layer, target, extra, sunday, *kinds), minutes


def _graphs(shape: _Shape, people: Sequence[Person], brought: Brought) -> tuple[list[list[int]], list[_Graph]]:
    """Return the people with limits, those together whose months are alike, and the graph of each such group."""
    rules = shape.rules
    members: dict[tuple[object, ...], list[int]] = {}
    for p, person in enumerate(people):
        limits = shape.limits_of(person)
        if limits if _hours_are_counted(limits, shape.duties) else _without_hours(limits):
            weeks = (tuple(brought.week_cap[p, 1:]), tuple(brought.week_days[p, 1:]))
            members.setdefault((_key(limits), rules.weekly_minutes(person), *weeks), []).append(p)
    marks = _marks([shape.limits_of(person) for person in people], shape.duties, rules)
    for fine in (True, False):  # what starts cost is looked at where that leaves few enough states
        shape.tell_apart(marks, starts=fine)
        graphs = []
        for who in members.values():
            graph = _graph(shape, people[who[0]], brought.of(who), fine=fine)
            if graph is None:
                break
            graphs.append(graph)
        if len(graphs) == len(members):
            break
    return list(members.values()), graphs


def _minutes_of(limits: Limits) -> tuple[float, float]:
    """Return the fewest and the most minutes of a month, 0 and infinite where nothing limits them."""
    most = math.inf if limits.hours_a_month is None else 60.0 * limits.hours_a_month
    return 60.0 * (limits.hours_a_month_least or 0.0), most


def _hours_are_counted(limits: Limits, duties: Sequence[Shift]) -> bool:
    """Return whether a graph counts a month's hours where it can, instead of a price of a minute keeping them.

    It does where shifts are of whole units, and where little lies between the fewest and the most or days go in blocks,
    so that there may be no price for a month between them.
    """
    least, most = _minutes_of(limits)
    if (least, most) == (0.0, math.inf):
        return False
    blocks = limits.working_days_in_a_row_least or limits.days_off_in_a_row_least
    even = math.gcd(*(duty.worked_minutes for duty in duties)) % _EVEN_MINUTES == 0
    return bool(even or blocks or most - least < _ROOM_MINUTES)


def _without_hours(limits: Limits) -> Limits:
    return limits.changed(HOURS_A_MONTH.name, lambda _: None).changed(HOURS_A_MONTH_LEAST.name, lambda _: None)


def _graph(shape: _Shape, person: Person, brought: Brought, *, fine: bool) -> _Graph | None:
    """Return the graph of people like `person`, None if it is too large to look at starts (`fine`).

    Hours of the month are counted to the minute where that leaves few enough states, or not at all; those of a week as
    finely as may be.

    brought
        Of these people alone.
    """
    rules, limits = shape.rules, shape.limits_of(person)
    caps = np.append(rules.weekly_minutes(person), brought.week_cap[0, 1:])
    most_days = np.append(7 - rules.rest_days_a_week, brought.week_days[0, 1:])
    counted = [(limits, 1)] if _hours_are_counted(limits, shape.duties) else []
    tried = counted or [(_without_hours(limits), 1)]
    for kept, unit in tried if fine else [*counted, *((_without_hours(limits), unit) for unit in _UNITS_MINUTES)]:
        graph = _Graph(shape, kept, caps, most_days, unit)
        begins = [
            graph.start(int(run), int(nights), int(free), caps[0] - cap[0], days[0])
            for run, nights, free, cap, days in zip(*brought, strict=True)
        ]
        if graph.look_forward(begins, _MOST_STATES_OF_STARTS if fine else _MOST_STATES):
            return graph
    if fine:
        return None
    raise refusal("person.too_many_months", badge=person.badge, limits=limits.text())


def _marks(limits_of: Sequence[Limits], duties: Sequence[Shift], rules: RosterRules) -> dict[str, list[str]]:
    """Return by the name of every rule that remembers something the words by which it tells the duties apart."""
    limits = [limits.values for limits in limits_of]
    marks = {}
    for rule in rules.binding:
        if rule.state is not None:
            values = [one[rule.name] for one in limits if rule.name in one]
            marks[rule.name] = [rule.tells_apart(values, duty) for duty in duties]
    return marks


def _key(limits: Limits) -> tuple[object, ...]:
    plain = {name: tuple(sorted(v.items())) if isinstance(v, Mapping) else v for name, v in limits.values.items()}
    return tuple(sorted(plain.items()))


class _Shape:
    """What all graphs of a month share: its days, and the duties gathered into kinds."""

    def __init__(
        self, duties: Sequence[Shift], rules: RosterRules, days: Sequence[date], standby_duties: int,
        days_into_week: IntArray, week_of_day: IntArray, rests: Rests,
    ) -> None:  # fmt: skip
        self.duties, self.rules, self.days = duties, rules, days
        self.days_into_week, self.week_of_day = days_into_week, week_of_day
        self.first_standby = len(duties) - standby_duties
        self.follows, self.after_off, self.kind_of_day = rests.next_day, rests.after_off, rests.kind_of_day
        self.night = np.array([rules.is_night(duty) for duty in duties])
        self.turns = self.turn_costs()
        self.soft = _RunCosts(rules)
        weekend = days_into_week >= 5
        self.whole_sunday = (days_into_week == 6) & np.append(False, weekend[:-1])

    def limits_of(self, person: Person) -> Limits:
        """Return the limits of a person's month."""
        return self.rules.limits_of(person, self.days)

    def turn_costs(self) -> NDArray[np.float64]:
        """Return (duties, duties) what the second costs on the day after the first, for when it starts."""
        costs = RuleCosts(self.duties, self.rules, ("starts",))
        memories = [LastDuty(s, int(night)) for s, night in enumerate(self.night)]
        return np.array([[costs.next_day(memory, t) for t in range(len(memories))] for memory in memories])

    def nowhere(self) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
        """Return the row that no lawful month passes."""
        shape = (1, len(self.kinds) + 1)
        return np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)

    def tell_apart(self, marks: Mapping[str, list[str]], *, starts: bool) -> None:
        """Gather the duties that neither the rules, the marks of limits nor (`starts`) turn costs tell apart."""
        self.cost = self.turns if starts else np.zeros_like(self.turns)
        count = len(self.duties)
        marked = [np.unique(words, return_inverse=True)[1].ravel() for words in marks.values()]
        minutes = np.array([d.worked_minutes for d in self.duties])
        standby = np.arange(count) >= self.first_standby
        between = (*self.follows, *self.after_off, self.cost)
        alike = np.column_stack([*between, *(t.T for t in between), self.night, *marked, minutes, standby])
        _, kind = np.unique(alike, axis=0, return_inverse=True)
        kind = kind.ravel()
        self.kinds = [int(np.flatnonzero(kind == k)[0]) for k in range(kind.max() + 1)]
        self.kind_of = np.append(kind, len(self.kinds)).astype(np.int64)
        self.kind_duty = np.argsort(kind, kind="stable").astype(np.int64)
        self.kind_first = np.searchsorted(kind[self.kind_duty], np.arange(len(self.kinds) + 1)).astype(np.int64)
        self.marks = {rule: [words[duty] for duty in self.kinds] for rule, words in marks.items()}
        self.minutes = minutes[self.kinds]
        self.month_minutes = np.where(standby, 0, minutes)[self.kinds]


class _RunCosts:
    """What the soft rules on runs of duty, free days and nights cost, by what a state remembers."""

    def __init__(self, rules: RosterRules) -> None:
        day, night = Shift("day", 480, 60), Shift("night", 0, 60)
        costs = RuleCosts((day, night), rules, ("runs", "nights"))
        costs.night = [False, True]  # whatever the rules call a night
        nights, runs = range(rules.nights_in_a_row + 1), range(1, rules.working_days_in_a_row + 1)
        memories = [LastDuty(-1, n) for n in nights]
        self.active = bool(costs.weighed)
        self.next_day = np.array([[costs.next_day(memory, t) for t in (0, 1)] for memory in memories])
        self.after_one = np.array([[costs.after_rest(memory, 1, t) for t in (0, 1)] for memory in memories])
        self.rest = np.array([[0.0, *(costs.rest(memory, days) for days in runs)] for memory in memories])
        self.in_a_row = np.array([0.0, *(costs.in_a_row(days) for days in runs), 0.0])


# The columns of a state: of what is asked of everybody, then those of the limits' tallies.
_LAST, _RUN, _FREE, _NIGHTS, _WEEK_DAYS, _WEEK, _OF_LIMITS = range(7)


class _Graph:
    """One graph. A week's minutes are counted in a unit, rounded to the safe side: the coarser, the fewer states."""

    def __init__(
        self, shape: _Shape, limits: Limits, caps: NDArray[np.float64], most_days: IntArray, unit_minutes: int
    ) -> None:
        rules = shape.rules
        self.shape, self.limits, self.unit = shape, limits, unit_minutes
        self.minutes = self.rounded_up(shape.minutes)
        own = limits.working_days_in_a_row
        self.in_a_row = rules.working_days_in_a_row if own is None else min(own, rules.working_days_in_a_row)
        self.caps, self.most_days = caps, most_days
        self.weeks_count = bool((caps < 7 * shape.minutes.max()).any())
        self.days_count = bool((most_days < 7).any())
        self.tallies: list[tuple[Tally, slice]] = []
        self.begins_with: list[int] = [0] * _OF_LIMITS
        up, down = self.rounded_up(shape.month_minutes), shape.month_minutes // unit_minutes * unit_minutes
        for rule in rules.binding:
            if rule.state is not None and rule.name in limits.values:
                month = RunningMonth(shape.days_into_week, shape.week_of_day, shape.marks[rule.name], up, down)
                tally = rule.state(limits.values[rule.name], month)
                self.tallies.append((tally, slice(len(self.begins_with), len(self.begins_with) + len(tally.begins))))
                self.begins_with += tally.begins
        self.free_least = max((tally.free_least for tally, _ in self.tallies), default=1)
        of_week = [at.start + column for tally, at in self.tallies for column in tally.of_week]
        self.of_week = [_WEEK_DAYS, _WEEK, *of_week]

    @property
    def counts_hours(self) -> bool:
        """Return whether the graph keeps the month's hours."""
        return _minutes_of(self.limits) != (0.0, math.inf)

    def rounded_up(self, minutes: IntArray) -> IntArray:
        """Return minutes as the graph counts them where there is a most."""
        return -(-minutes // self.unit) * self.unit

    def start(self, run: int, nights: int, free: int, minutes: float, days_left: int) -> IntArray:
        """Return the state of somebody before the first day; what the last shift forbids is barred day by day."""
        state = np.array(self.begins_with, dtype=np.int64)
        state[_LAST] = len(self.shape.kinds)
        state[_RUN], state[_FREE] = min(run, self.in_a_row), free
        state[_NIGHTS] = nights if run or (free == 1 and self.shape.soft.active) else 0
        state[_WEEK] = -(-math.ceil(minutes) // self.unit) * self.unit if self.weeks_count else 0
        state[_WEEK_DAYS] = self.most_days[0] - days_left if self.days_count else 0
        return state

    def look_forward(self, starts: list[IntArray], most_states: int) -> bool:
        """Find the states of every layer that are reached from these; return False if they are too many."""
        states, begins = np.unique(np.array(starts), axis=0, return_inverse=True)
        self.begins = begins.ravel()
        self.forward: list[tuple[IntArray, NDArray[np.float32], NDArray[np.float32]]] = []
        for d in range(len(self.shape.days_into_week)):
            targets, extra, sunday, states = self.day(states, d)
            if len(states) > most_states:
                return False
            self.forward.append((targets, extra, sunday))
        self.ends = len(states)
        return True

    def joined(
        self, offset: int
    ) -> tuple[IntArray, IntArray, NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
        """Return the people's first states, where layers begin, targets, extra costs, Sundays; rows from `offset` on.

        From the last day on, states with the same choices are made one.
        """
        days, forward = len(self.shape.days_into_week), self.forward
        sizes, target_of = [1], [np.empty(0)] * (days + 1)
        target_of[days] = np.zeros(self.ends, dtype=np.int64)  # all lawful ends are one state
        compact: list[tuple[IntArray, NDArray[np.float32], NDArray[np.float32]]] = []
        for d in range(days - 1, -1, -1):
            targets, extra, sunday = forward[d]
            after = np.append(target_of[d + 1], -1)[targets].astype(np.int64)
            cost = np.where(after >= 0, 2 * np.round(extra * 1024) + sunday, 0).astype(np.int64)
            key = np.hstack([after, cost])
            rows, number = _unique_rows(key)
            alive = (after[rows] >= 0).any(axis=1)
            renumbered = np.where(alive, np.cumsum(alive) - 1, -1)
            target_of[d] = renumbered[number]
            compact.append((after[rows][alive], extra[rows][alive], sunday[rows][alive]))
            sizes.append(int(alive.sum()))
        sizes.reverse()
        compact.reverse()
        layer = offset + np.cumsum([0, *sizes])
        target = np.concatenate(
            [np.where(after >= 0, after + layer[d + 1], NOWHERE) for d, (after, *_) in enumerate(compact)]
            + [np.full((1, len(self.shape.kinds) + 1), NOWHERE)]
        )
        last = np.zeros((1, target.shape[1]), dtype=np.float32)
        extras = np.concatenate([*(extra for _, extra, _ in compact), last])
        sundays = np.concatenate([*(sunday for *_, sunday in compact), last])
        first = target_of[0][self.begins]
        return np.where(first >= 0, first + offset, NOWHERE), layer, target.astype(np.int32), extras, sundays

    def day(self, states: IntArray, d: int) -> tuple[IntArray, NDArray[np.float32], NDArray[np.float32], IntArray]:
        """Return where each choice of day `d` leads, what it costs besides, Sundays, and the next layer's states."""
        kinds = len(self.shape.kinds)
        after = []
        if self.shape.days_into_week[d] == 0:
            states = states.copy()
            states[:, self.of_week] = 0
        extra = np.zeros((len(states), kinds + 1), dtype=np.float32)
        sunday = np.zeros_like(extra)
        if self.shape.whole_sunday[d]:
            sunday[:, :kinds] = (states[:, _RUN] == 0)[:, None]
        allowed = np.zeros((len(states), kinds + 1), dtype=bool)
        known = (states[:, _LAST] < kinds) & (states[:, _RUN] > 0)
        cost = self.shape.cost[np.ix_(self.shape.kinds, self.shape.kinds)]
        for k in range(kinds):
            later, allowed[:, k] = self.work(states, d, k)
            after.append(later)
            extra[known, k] = cost[states[known, _LAST], k]
            extra[:, k] += self.run_cost(states, int(self.shape.night[self.shape.kinds[k]]))
        later, allowed[:, kinds] = self.rest(states, d)
        running = states[:, _RUN] > 0
        extra[:, kinds] = np.where(running, self.shape.soft.rest[states[:, _NIGHTS], states[:, _RUN]], 0.0)
        after.append(later)
        stacked = np.stack(after, axis=1)
        allowed &= self.forget(stacked, d + 1)
        rows, number = _unique_rows(stacked[allowed])
        targets = np.full(allowed.shape, len(rows), dtype=np.int64)
        targets[allowed] = number
        return targets, extra, sunday, stacked[allowed][rows]

    def run_cost(self, states: IntArray, night: int) -> NDArray[np.float64]:
        """Return what a shift costs after each state for how long people have been on duty, free or on nights."""
        soft, run, nights = self.shape.soft, states[:, _RUN], states[:, _NIGHTS]
        next_day = np.where(run > 0, soft.next_day[nights, night], 0.0)
        after_one = np.where((run == 0) & (states[:, _FREE] == 1), soft.after_one[nights, night], 0.0)
        return np.asarray(next_day + after_one + soft.in_a_row[run + 1])

    def forget(self, states: IntArray, next_day: int) -> NDArray[np.bool_]:
        """Make numbers that come to the same one, in every tally; return which states may end lawfully."""
        cycles, rest = divmod(len(self.shape.days_into_week) - next_day, self.in_a_row + self.free_least)
        most_days = cycles * self.in_a_row + min(rest, self.in_a_row)
        shifts_left = np.full(states.shape[:-1], most_days)
        for tally, at in self.tallies:
            shifts_left = np.minimum(shifts_left, tally.shifts_left(states[..., at]))
        lawful = np.ones(states.shape[:-1], dtype=bool)
        for tally, at in self.tallies:
            states[..., at] = tally.same(states[..., at], next_day, most_days, shifts_left)
            lawful &= tally.can_end(states[..., at], most_days)
        return lawful

    def work(self, states: IntArray, d: int, k: int) -> tuple[IntArray, NDArray[np.bool_]]:
        shape, later, week = self.shape, states.copy(), int(self.shape.week_of_day[d])
        last, running = states[:, _LAST], states[:, _RUN] > 0
        kind = shape.kind_of_day[d]
        follows = np.append(shape.follows[kind, shape.kinds, shape.kinds[k]], True)[last]
        after_off = np.append(shape.after_off[kind, shape.kinds, shape.kinds[k]], True)[last]
        fits = np.where(running, follows, (states[:, _FREE] >= 2) | after_off)
        later[:, _RUN] = states[:, _RUN] + 1
        fits &= later[:, _RUN] <= self.in_a_row
        later[:, _FREE] = 0
        later[:, _LAST] = k
        later[:, _NIGHTS] = np.where(running, states[:, _NIGHTS], 0) + 1 if shape.night[shape.kinds[k]] else 0
        fits &= later[:, _NIGHTS] <= shape.rules.nights_in_a_row
        if self.days_count:
            later[:, _WEEK_DAYS] += 1
            fits &= later[:, _WEEK_DAYS] <= self.most_days[week]
        if self.weeks_count:
            later[:, _WEEK] += self.minutes[k]
            fits &= later[:, _WEEK] <= self.caps[week] + 1e-6
        for tally, at in self.tallies:
            later[:, at], lawful = tally.work(states[:, at], d, k)
            fits &= lawful
        return later, fits

    def rest(self, states: IntArray, d: int) -> tuple[IntArray, NDArray[np.bool_]]:
        later = states.copy()
        running = states[:, _RUN] > 0
        fits = np.ones(len(states), dtype=bool)
        later[:, _FREE] = np.where(running, 1, 2)
        later[:, _LAST] = np.where(running, states[:, _LAST], len(self.shape.kinds))
        later[:, _RUN] = 0
        later[:, _NIGHTS] = np.where(running, states[:, _NIGHTS], 0) if self.shape.soft.active else 0
        for tally, at in self.tallies:
            later[:, at], lawful = tally.rest(states[:, at], d)
            fits &= lawful
        return later, fits


def _unique_rows(rows: IntArray) -> tuple[IntArray, IntArray]:
    """Return the first of each distinct row, and for every row the number of its like."""
    if not len(rows):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    code = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:  # mixed radix, renumbered whenever it would no longer fit
        low, high = int(column.min()), int(column.max())
        if int(code.max()) >= 2**62 // (high - low + 1):
            code = np.unique(code, return_inverse=True)[1].ravel()
        code = code * (high - low + 1) + (column - low)
    _, first, number = np.unique(code, return_index=True, return_inverse=True)
    return first, number.ravel()
