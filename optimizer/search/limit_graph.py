"""The lawful months of people, as a layered graph: a state for whatever the rules, and their limits, remember.

Between two days a state says what the rules must know of the days before: the last shift, days and nights in a row,
the week's and the month's shifts and minutes, weekends, and how long the present run has still to last. Every walk
through the layers is a lawful month, every lawful month a walk. States from which the month cannot be brought to a
lawful end are left out, and states with the same future are one state, which keeps the graph small. People with limits
have one always, the others where it stays small with what starts cost in it: it is walked in half the time of the
rules' own states (`optimizer.search.tour_rules`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
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
from optimizer.search.kernel_arrays import NEVER, NOWHERE, IntArray, Walks
from optimizer.search.rests import Rests
from optimizer.search.tour_rules import LastDuty, RuleCosts
from optimizer.sentences import refusal

_MOST_STATES = 60_000  # of a layer, before those with the same future are joined
_MOST_GRAPHS = 12  # of people without limits: each takes as long to make as a few sweeps
_MOST_STATES_OF_STARTS = 6_000  # the same where starts are looked at: more take longer to walk than starts are worth
_UNITS_MINUTES = (1, 30, 60, 120, 240)  # hours are counted as finely as the number of states allows
_EVEN_MINUTES = 120  # what shifts are whole multiples of is counted rightly by graphs of few states
_ROOM_MINUTES = 480  # between the fewest and the most of a month, with which a price of a minute finds one that fits
_SLACK = 1e-6  # minutes, for rounding


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
    limited = np.array([bool(shape.graph_limits(person)) for person in people], dtype=bool)
    graphs = _graphs(shape, people, brought, limited)
    parts = [shape.nowhere()]
    for g, (who, graph) in enumerate(graphs):
        part = graph.joined(sum(len(before.turn_of) for before in parts))
        graph_of[who], first_state[who] = g, part.begins
        if graph.counts_hours:
            minutes[who] = 0.0, math.inf
        parts.append(part)
    block_size = np.concatenate([part.block_size for part in parts])
    walks = Walks(
        limited=limited,
        graph_of=graph_of,
        first_state=first_state,
        layer=_layers([part.states for part in parts[1:]], len(days)),
        block_of=np.repeat(np.arange(len(block_size)), block_size),
        turn_of=np.concatenate([part.turn_of for part in parts]),
        block_layer=_layers([part.blocks for part in parts[1:]], len(days)),
        block_first=np.cumsum(np.append(0, block_size)),
        target=np.concatenate([part.target for part in parts]),
        rest=np.concatenate([part.rest for part in parts]),
        extra=np.concatenate([part.extra for part in parts]),
        sunday=np.concatenate([part.sunday for part in parts]),
        turn_cost=shape.turn_cost,
        kind_of_day=np.asarray(shape.kind_of_day, dtype=np.int64),
        kind_first=shape.kind_first,
        kind_duty=shape.kind_duty,
        kind_of=shape.kind_of,
    )
    return walks, minutes


def _layers(sizes: list[list[int]], days: int) -> IntArray:
    """Return (graphs, days + 2) where each layer begins, and the last ends; what comes before the first is one."""
    count, width = len(sizes), days + 1
    begins = np.cumsum([1, *(size for layers in sizes for size in layers)])
    return np.asarray(begins[np.arange(count)[:, None] * width + np.arange(width + 1)], dtype=np.int64)


def _graphs(
    shape: _Shape, people: Sequence[Person], brought: Brought, limited: NDArray[np.bool_]
) -> list[tuple[list[int], _Graph]]:
    """Return people whose months are alike, and the graph of each such group.

    Everybody has one, and what starts cost is looked at, where that leaves few enough states; those with limits have
    one in any case.
    """
    members: dict[tuple[object, ...], list[int]] = {}
    for p, person in enumerate(people):
        weeks = (tuple(brought.week_cap[p, 1:]), tuple(brought.week_days[p, 1:]))
        key = (_key(shape.graph_limits(person)), shape.rules.weekly_minutes(person), *weeks)
        members.setdefault(key, []).append(p)
    everybody = list(members.values())
    those = [who for who in everybody if limited[who[0]]]
    marks = _marks([shape.limits_of(person) for person in people], shape.duties, shape.rules)
    tried = [(those, True), (those, False)]
    if len(those) < len(everybody) <= _MOST_GRAPHS:
        tried.insert(0, (everybody, True))
    graphs: list[tuple[list[int], _Graph]] = []
    for groups, fine in tried:
        shape.tell_apart(marks, starts=fine)
        graphs = []
        for who in groups:
            graph = _graph(shape, people[who[0]], brought.of(who), fine=fine)
            if graph is None:
                break
            graphs.append((who, graph))
        if len(graphs) == len(groups):
            break
    return graphs


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


class _Part(NamedTuple):
    """One graph's states, block by block and layer by layer, and the blocks: the fields of `Walks` of these names."""

    begins: IntArray  # (people,) the state before the first day
    states: list[int]  # of each layer
    blocks: list[int]  # of each layer
    block_size: IntArray
    turn_of: IntArray
    target: NDArray[np.int32]
    rest: NDArray[np.int32]
    extra: NDArray[np.float32]
    sunday: NDArray[np.float32]


class _Day(NamedTuple):
    """The states before a day, and what their choices lead to, before those with the same future are joined."""

    target: IntArray  # (states, kinds + 1) the number of the next layer's state, the first beyond them = not lawful
    extra: NDArray[np.float32]  # (states, kinds + 1) what the choice costs but for its turn from the last duty
    sunday: NDArray[np.bool_]  # (states,) whether duty begins the duty of a weekend
    block: IntArray  # (states,)
    turn: IntArray  # (states,)


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
        starts = RuleCosts(duties, rules, ("starts",))
        self.next_day = _costs_between(self.night, starts.next_day)
        self.after_rest = [_costs_between(self.night, partial(starts.after_rest, free_days=n)) for n in (1, 2)]
        self.soft = _RunCosts(rules)
        weekend = days_into_week >= 5
        self.whole_sunday = (days_into_week == 6) & np.append(False, weekend[:-1])

    def limits_of(self, person: Person) -> Limits:
        """Return the limits of a person's month."""
        return self.rules.limits_of(person, self.days)

    def graph_limits(self, person: Person) -> Limits:
        """Return those of a person's limits that a graph keeps."""
        limits = self.limits_of(person)
        return limits if _hours_are_counted(limits, self.duties) else _without_hours(limits)

    def nowhere(self) -> _Part:
        """Return the state that no lawful month passes."""
        kinds, none, one = len(self.kinds), np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64)
        target, extra = np.zeros((1, kinds), dtype=np.int32), np.zeros((1, kinds + 1), dtype=np.float32)
        return _Part(none, [1], [1], one, none, target, none.astype(np.int32), extra, none.astype(np.float32))

    def tell_apart(self, marks: Mapping[str, list[str]], *, starts: bool) -> None:
        """Gather the duties that neither the rules, the marks of limits nor (`starts`) turn costs tell apart."""
        self.costs = [costs if starts else np.zeros_like(costs) for costs in (self.next_day, *self.after_rest)]
        self.days_made: dict[tuple[object, ...], tuple[_Day, IntArray]] = {}
        count = len(self.duties)
        marked = [np.unique(words, return_inverse=True)[1].ravel() for words in marks.values()]
        minutes = np.array([d.worked_minutes for d in self.duties])
        standby = np.arange(count) >= self.first_standby
        between = (*self.follows, *self.after_off, *self.costs)
        alike = np.column_stack([*between, *(t.T for t in between), self.night, *marked, minutes, standby])
        _, kind = np.unique(alike, axis=0, return_inverse=True)
        kind = kind.ravel()
        self.kinds = [int(np.flatnonzero(kind == k)[0]) for k in range(kind.max() + 1)]
        self.kind_of = np.append(kind, len(self.kinds)).astype(np.int64)
        self.kind_duty = np.argsort(kind, kind="stable").astype(np.int64)
        self.kind_first = np.searchsorted(kind[self.kind_duty], np.arange(len(self.kinds) + 1)).astype(np.int64)
        self.marks = {rule: [words[duty] for duty in self.kinds] for rule, words in marks.items()}
        none, lawful = len(self.kinds), np.column_stack([*self.after_off])[self.kinds]
        once, rested = np.column_stack(self.costs[1:])[self.kinds], self.costs[2][self.kinds]
        told = ~lawful.all(axis=1) | once.any(axis=1)
        self.last_kind = np.append(_first_alike(np.column_stack([*between, self.night])[self.kinds]), none)
        self.last_kind_free = np.append(np.where(told, _first_alike(np.column_stack([lawful, once])), none), none)
        self.last_kind_rested = np.append(np.where(rested.any(axis=1), _first_alike(rested), none), none)
        self.turn_number, self.turn_cost = self.turns_of_kinds()
        self.minutes = minutes[self.kinds]
        self.month_minutes = np.where(standby, 0, minutes)[self.kinds]

    def turns_of_kinds(self) -> tuple[IntArray, NDArray[np.float32]]:
        """Return the turn of each last kind, and (kinds of day, turns, kinds) what a duty costs after it, or NEVER.

        Last kinds stand for a duty on the day before, for one with a day off since, and with more; in each row of
        these the last is none.
        """
        count, days = len(self.kinds), len(self.follows)
        cost = np.zeros((days, 3, count + 1, count), dtype=np.float32)
        for row, after in enumerate(self.costs):
            cost[:, row, :count] = after[np.ix_(self.kinds, self.kinds)]
        for row, lawful in enumerate((self.follows, self.after_off)):
            cost[:, row, :count][~np.asarray(lawful)[np.ix_(range(days), self.kinds, self.kinds)]] = NEVER
        turns = cost.reshape(days, -1, count)
        alike = _first_alike(turns.transpose(1, 0, 2).reshape(turns.shape[1], -1))
        kept, number = np.unique(alike, return_inverse=True)
        return number.reshape(3, count + 1), np.ascontiguousarray(turns[:, kept])


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
        self.costs_after_one: NDArray[np.bool_] = np.asarray(self.after_one.any(axis=1))
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
        self.sums = _sums_of(self.minutes, int(caps.max()))

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
        first = np.array(starts)
        self.join_same(first, 0)
        states, begins = np.unique(first, axis=0, return_inverse=True)
        self.begins = begins.ravel()
        self.forward: list[_Day] = []
        for d in range(len(self.shape.days_into_week)):
            day, states = self.day_once(states, d)
            if len(states) > most_states:
                return False
            self.forward.append(day)
        self.ends = len(states)
        return True

    def joined(self, offset: int) -> _Part:
        """Return the graph with its states numbered from `offset` on.

        From the last day on, states with the same choices are made one.
        """
        kinds, days = len(self.shape.kinds), len(self.forward)
        target_of = np.zeros(self.ends, dtype=np.int64)  # all lawful ends are one state
        sizes, turns = [np.ones(1, dtype=np.int64)], [np.zeros(1, dtype=np.int64)]
        ahead, off = [np.full((1, kinds), -1, dtype=np.int64)], [np.full(1, -1, dtype=np.int64)]
        extras, sundays = [np.zeros((1, kinds + 1), dtype=np.float32)], [np.zeros(1, dtype=np.float32)]
        for d in range(days - 1, -1, -1):
            day = self.forward[d]
            after = np.append(target_of, -1)[day.target]
            cost = day.extra.copy()
            cost[:, :-1] += self.shape.turn_cost[self.shape.kind_of_day[d]][day.turn]
            key = np.where(after >= 0, 2 * np.round(cost * 1024), 0).astype(np.int64)
            key[:, :-1] += (after[:, :-1] >= 0) & day.sunday[:, None]
            rows, number = _unique_rows(np.hstack([after, key]))
            alive = np.flatnonzero((after[rows] >= 0).any(axis=1))
            kept = alive[np.argsort(day.block[rows[alive]], kind="stable")]
            renumbered = np.full(len(rows), -1)
            renumbered[kept] = np.arange(len(kept))
            target_of, kept = renumbered[number], rows[kept]
            first = np.flatnonzero(np.diff(day.block[kept], prepend=-1))
            sizes.append(np.diff(np.append(first, len(kept))))
            turns.append(day.turn[kept])
            ahead.append(np.maximum.reduceat(after[kept, :-1], first) if len(kept) else after[kept, :-1])
            off.append(after[kept, -1])
            extras.append(day.extra[kept[first]])
            sundays.append(day.sunday[kept[first]].astype(np.float32))
        for parts in (sizes, turns, ahead, off, extras, sundays):
            parts.reverse()
        states = [len(part) for part in turns]
        layer = offset + np.cumsum([0, *states])
        target, rest = (
            np.concatenate([np.where(part >= 0, part + layer[d + 1], NOWHERE) for d, part in enumerate(parts)])
            for parts in (ahead, off)
        )
        begins = target_of[self.begins]
        return _Part(
            np.where(begins >= 0, begins + offset, NOWHERE), states, [len(part) for part in sizes],
            np.concatenate(sizes), np.concatenate(turns), target.astype(np.int32),
            rest.astype(np.int32), np.concatenate(extras), np.concatenate(sundays),
        )  # fmt: skip

    def day_once(self, states: IntArray, d: int) -> tuple[_Day, IntArray]:
        """Return what `day` does; without limits, weeks alike are looked at once for all graphs."""
        if self.tallies:
            return self.day(states, d)
        shape, weeks = self.shape, self.shape.week_of_day
        ahead = [(int((weeks[e:] == weeks[e]).sum()), self.caps[weeks[e]], self.most_days[weeks[e]])
                 for e in range(d, min(d + 2, len(weeks)))]  # fmt: skip
        calendar = (shape.days_into_week[d], shape.kind_of_day[d], shape.whole_sunday[d], *ahead)
        key = (states.tobytes(), *calendar, self.in_a_row, self.unit, self.weeks_count, self.days_count)
        if key not in shape.days_made:
            shape.days_made[key] = self.day(states, d)
        return shape.days_made[key]

    def day(self, states: IntArray, d: int) -> tuple[_Day, IntArray]:
        """Return the choices of day `d` after each state, and the next layer's states."""
        shape, kinds = self.shape, len(self.shape.kinds)
        after = []
        run_costs = [self.run_cost(states, night) for night in (0, 1)]
        extra = np.zeros((len(states), kinds + 1), dtype=np.float32)
        allowed = np.zeros((len(states), kinds + 1), dtype=bool)
        for k in range(kinds):
            later, allowed[:, k] = self.work(states, d, k)
            after.append(later)
            extra[:, k] = run_costs[int(shape.night[shape.kinds[k]])]
        later, allowed[:, kinds] = self.rest(states, d)
        running, last = states[:, _RUN] > 0, states[:, _LAST]
        extra[:, kinds] = np.where(running, shape.soft.rest[states[:, _NIGHTS], states[:, _RUN]], 0.0)
        after.append(later)
        stacked = np.stack(after, axis=1)
        allowed &= self.forget(stacked, d + 1)
        later = stacked[allowed]
        self.join_same(later, d + 1)
        rows, number = _unique_rows(later)
        targets = np.full(allowed.shape, len(rows), dtype=np.int64)
        targets[allowed] = number
        sunday = shape.whole_sunday[d] & ~running
        turn = shape.turn_number[np.where(running, 0, states[:, _FREE]), last]
        return _Day(targets, extra, sunday, _unique_rows(np.delete(states, _LAST, axis=1))[1], turn), later[rows]

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

    def join_same(self, states: IntArray, next_day: int) -> None:
        """Make what everybody's rules remember the same where it leaves the same days open, from `next_day` on.

        Of a week count the days that may still be worked, and of its minutes the most that so many shifts can come to.
        """
        shape = self.shape
        states[:, _LAST] = shape.last_kind[states[:, _LAST]]
        once, longer = states[:, _FREE] == 1, states[:, _FREE] >= 2
        states[once, _LAST] = shape.last_kind_free[states[once, _LAST]]
        states[longer, _LAST] = shape.last_kind_rested[states[longer, _LAST]]
        rested = once & (states[:, _LAST] == len(shape.kinds)) & ~shape.soft.costs_after_one[states[:, _NIGHTS]]
        states[rested, _FREE], states[rested, _NIGHTS] = 2, 0
        if next_day == len(shape.days_into_week):
            return
        if shape.days_into_week[next_day] == 0:
            states[:, self.of_week] = 0
        week = int(shape.week_of_day[next_day])
        days = np.full(len(states), int((shape.week_of_day[next_day:] == week).sum()))
        if self.days_count:
            days = np.minimum(days, self.most_days[week] - states[:, _WEEK_DAYS])
        if self.weeks_count:
            for n in range(days.max(initial=0) + 1):
                some = days == n
                left = math.floor(self.caps[week] + _SLACK) - states[some, _WEEK]
                reached = self.sums[n][np.searchsorted(self.sums[n], left, side="right") - 1]
                states[some, _WEEK] = math.floor(self.caps[week] + _SLACK) - reached
                days[some] = np.minimum(n, reached // self.minutes.min())
        if self.days_count:
            states[:, _WEEK_DAYS] = self.most_days[week] - days

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
            fits &= later[:, _WEEK] <= self.caps[week] + _SLACK
        for tally, at in self.tallies:
            later[:, at], lawful = tally.work(states[:, at], d, k)
            fits &= lawful
        return later, fits

    def rest(self, states: IntArray, d: int) -> tuple[IntArray, NDArray[np.bool_]]:
        later = states.copy()
        running = states[:, _RUN] > 0
        fits = np.ones(len(states), dtype=bool)
        later[:, _FREE] = np.where(running, 1, 2)
        later[:, _RUN] = 0
        later[:, _NIGHTS] = np.where(running, states[:, _NIGHTS], 0) if self.shape.soft.active else 0
        for tally, at in self.tallies:
            later[:, at], lawful = tally.rest(states[:, at], d)
            fits &= lawful
        return later, fits


def _costs_between(night: NDArray[np.bool_], cost: Callable[..., float]) -> NDArray[np.float64]:
    """Return (duties, duties) what the second costs after the first."""
    memories, count = [LastDuty(s, int(one)) for s, one in enumerate(night)], range(len(night))
    return np.array([[cost(memory, later=t) for t in count] for memory in memories]).reshape(len(night), -1)


def _first_alike(rows: NDArray[Any]) -> IntArray:
    """Return for each row the number of the first that is like it."""
    _, first, number = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return np.asarray(first[number.ravel()])


def _sums_of(minutes: IntArray, most: int) -> list[IntArray]:
    """Return for 0, 1, … 7 shifts what at most so many of them can last together, no longer than `most`."""
    sums = [np.zeros(1, dtype=np.int64)]
    for _ in range(7):
        longer = np.unique(np.append(sums[-1], sums[-1][:, None] + np.unique(minutes)))
        sums.append(longer[longer <= most])
    return sums


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
