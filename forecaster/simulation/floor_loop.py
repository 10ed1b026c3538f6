"""The simulator's event loop where one line and one heap do not reach: skills, priority, retrials, lines, the ladder.

Time moves from event to event: a call comes, a call ends, patience runs out, a caller tries again, a caller may
overflow to another pool, a break begins, somebody comes back from one. Plain Python that numba compiles whole
(`machine_code.quickest`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecaster.simulation.one_queue_loop import (
    ABANDONED,
    ABANDONED_WITHIN,
    ANSWERED,
    ANSWERED_WITHIN,
    BLOCKED,
    HANDLING,
    OFFERED,
    RETRIED,
    WAIT_ALL,
    WAIT_ANSWERED,
    WAITING,
)

ENDS, GIVES_UP, TRIES_AGAIN, OVERFLOWS, BREAK_BEGINS, COMES_BACK = 0, 1, 2, 3, 4, 5  # kinds of event
ARRIVED, CUSTOMERS, IN_SYSTEM = 0, 1, 2  # places in `Agents.counts`
NOT_SERVED = 1_000_000  # rank of a class that a pool does not serve
DONE, OUT_OF_ROOM = 0, 1  # how a run ended
# columns of `Agents.breaks` and of `Agents.away`
OF_POOL, PEOPLE, STILL_TO_LEAVE = 0, 1, 2
ON_BREAK, AWAITED, SIGNED_OUT = 0, 1, 2
STATUS, OF_CLASS, IN_POOL, ROW = 0, 1, 2, 3  # columns of `WaitingLines.person`
WAITS, SERVED, GONE = 0, 1, 2  # their status
PATIENCE, AGAIN_AFTER_ABANDONING, AGAIN_AFTER_BLOCKING, DELAY = 0, 1, 2, 3  # columns of `PlayedDay.callers`
EVERY_POOL, NO_POOL = -1, -2  # in which pool somebody may have fallen free
ROUNDING = 1e-6  # seconds: an instant found by subtraction is that instant


class PlayedDay(NamedTuple):
    """What stands while a day is played; calls come in order of time."""

    arrivals: np.ndarray  # (calls,) seconds
    kinds: np.ndarray  # (calls,) class
    mean_handling: np.ndarray  # (classes, intervals) seconds
    callers: np.ndarray  # (classes, 4) mean patience, shares that try again, mean delay
    rank: np.ndarray  # (pools, classes) the lower goes first
    order: np.ndarray  # (classes, pools) the pools as a caller of the class is offered to them
    after: np.ndarray  # (pools, classes) only who waited so many seconds
    reserve: np.ndarray  # (pools, classes) seats kept free of the class
    lines: int
    interval_seconds: float
    within: np.ndarray  # (classes,) seconds


class Agents(NamedTuple):
    """Who is signed in and what they do."""

    seats: np.ndarray  # (pools,)
    busy: np.ndarray  # (pools,)
    away: np.ndarray  # (pools, 3) people on a break, people a break waits for, people signed out during theirs
    breaks: np.ndarray  # (breaks, 3) pool, people, how many of them still finish a call
    break_times: np.ndarray  # (breaks, 2) begin and length
    counts: np.ndarray  # (3,) calls that came, callers let in, callers still there
    clock: np.ndarray  # (1,)


class WaitingLines(NamedTuple):
    """Who called, and the lines they wait in."""

    draws: np.ndarray  # (classes, room, 4) random times of mean 1 (handling, patience, delay) and a uniform number
    drawn: np.ndarray  # (classes,) how many of them are used
    person: np.ndarray  # (room, 4) status, class, pool, row
    person_times: np.ndarray  # (room, 2) arrival and handling seconds
    line: np.ndarray  # (classes, room) the callers, in order
    ends: np.ndarray  # (classes, 2) where each line begins and ends
    waiting: np.ndarray  # (classes,)


class Events(NamedTuple):
    """What is to happen: a heap of instants with kind and item."""

    when: np.ndarray
    what: np.ndarray
    size: np.ndarray  # (1,)


def _push(events: Events, at: float, kind: int, item: int) -> None:
    when, what = events.when, events.what
    hole = events.size[0]
    events.size[0] = hole + 1
    while hole > 0 and when[(hole - 1) // 2] > at:
        up = (hole - 1) // 2
        when[hole] = when[up]
        what[hole, 0] = what[up, 0]
        what[hole, 1] = what[up, 1]
        hole = up
    when[hole] = at
    what[hole, 0] = kind
    what[hole, 1] = item


def _drop_first(events: Events) -> None:
    """Close the gap after the first event is taken: the last leaf sinks from the root."""
    when, what = events.when, events.what
    last = events.size[0] - 1
    events.size[0] = last
    at = when[last]
    hole, child = 0, 1
    while child < last:
        if child + 1 < last and when[child + 1] < when[child]:
            child += 1
        if when[child] >= at:
            break
        when[hole] = when[child]
        what[hole, 0] = what[child, 0]
        what[hole, 1] = what[child, 1]
        hole = child
        child = 2 * hole + 1
    when[hole] = at
    what[hole, 0] = what[last, 0]
    what[hole, 1] = what[last, 1]


def _spread(table: np.ndarray, column: int, start: float, end: float, interval_seconds: float) -> None:
    """Add the time from `start` to `end` to `column` of the intervals it passes through."""
    slot = int(start / interval_seconds)
    while slot < table.shape[0] and start < end:
        edge = min(end, (slot + 1) * interval_seconds)
        table[slot, column] += max(edge - start, 0.0)
        start = edge
        slot += 1


def _begin_break(now: float, item: int, agents: Agents, events: Events) -> None:
    """Send the people who are free on break `item`, let it wait for the others."""
    p = agents.breaks[item, OF_POOL]
    people = min(agents.breaks[item, PEOPLE], agents.seats[p])
    leave = min(people, max(agents.seats[p] - agents.busy[p] - agents.away[p, ON_BREAK], 0))
    for _ in range(leave):
        _push(events, now + agents.break_times[item, 1], COMES_BACK, item)
    agents.away[p, ON_BREAK] += leave
    agents.away[p, AWAITED] += people - leave
    agents.breaks[item, STILL_TO_LEAVE] = people - leave


def _leave_for_break(now: float, since: float, p: int, first: int, agents: Agents, events: Events) -> None:
    """Send one who is free now on the first break, from `first` on, that began after `since` and waits for somebody.

    Whoever was engaged when a break began is meant by it, not who signed in or took a call later.
    """
    breaks, away = agents.breaks, agents.away
    if away[p, AWAITED] == 0:
        return
    for k in range(first, breaks.shape[0]):
        meant = breaks[k, OF_POOL] == p and breaks[k, STILL_TO_LEAVE] > 0
        if meant and since <= agents.break_times[k, 0] + ROUNDING:
            breaks[k, STILL_TO_LEAVE] -= 1
            away[p, AWAITED] -= 1
            away[p, ON_BREAK] += 1
            _push(events, now + agents.break_times[k, 1], COMES_BACK, k)
            return


def _come_back(now: float, item: int, agents: Agents, events: Events) -> int:
    """End the break of one of those on break `item`; return the pool."""
    p = agents.breaks[item, OF_POOL]
    if agents.away[p, SIGNED_OUT] > 0:
        agents.away[p, SIGNED_OUT] -= 1
    else:
        agents.away[p, ON_BREAK] -= 1
        _leave_for_break(now, now - agents.break_times[item, 1], p, item + 1, agents, events)
    return p


def _forget_signed_out(agents: Agents) -> None:
    """Take people off their breaks, begun or still to begin, where fewer are signed in than that."""
    seats, away, breaks = agents.seats, agents.away, agents.breaks
    for p in range(seats.size):
        gone = max(away[p, ON_BREAK] - seats[p], 0)
        away[p, ON_BREAK] -= gone
        away[p, SIGNED_OUT] += gone
        for k in range(breaks.shape[0] - 1, -1, -1):
            if breaks[k, OF_POOL] == p:
                fewer = min(breaks[k, STILL_TO_LEAVE], max(away[p, AWAITED] - seats[p], 0))
                breaks[k, STILL_TO_LEAVE] -= fewer
                away[p, AWAITED] -= fewer


def _next_class(now: float, p: int, free: int, day: PlayedDay, line: WaitingLines) -> int:
    """Return whose turn it is in pool `p` while so many of its seats are free, -1 if nobody's."""
    best, best_came = -1, 0.0
    if free <= 0:
        return best
    for c in range(day.rank.shape[1]):
        if line.waiting[c] == 0 or day.rank[p, c] >= NOT_SERVED or free <= day.reserve[p, c]:
            continue
        while line.person[line.line[c, line.ends[c, 0]], STATUS] != WAITS:
            line.ends[c, 0] += 1
        came = line.person_times[line.line[c, line.ends[c, 0]], 0]
        if now < came + day.after[p, c]:
            continue
        sooner = best < 0 or day.rank[p, c] < day.rank[p, best]
        if sooner or (day.rank[p, c] == day.rank[p, best] and came < best_came):
            best, best_came = c, came
    return best


def _serve(
    now: float, p: int, day: PlayedDay, agents: Agents, line: WaitingLines, events: Events, outcome: np.ndarray
) -> bool:
    """Let somebody in pool `p` take the next caller; return False if there is nobody, or no caller for him."""
    c = _next_class(now, p, agents.seats[p] - agents.busy[p] - agents.away[p, ON_BREAK], day, line)
    if c < 0:
        return False
    who = line.line[c, line.ends[c, 0]]
    line.ends[c, 0] += 1
    line.waiting[c] -= 1
    agents.busy[p] += 1
    line.person[who, STATUS] = SERVED
    line.person[who, IN_POOL] = p
    came, handling = line.person_times[who, 0], line.person_times[who, 1]
    row, wait = line.person[who, ROW], now - came
    outcome[c, row, ANSWERED] += 1.0
    outcome[c, row, WAIT_ALL] += wait
    outcome[c, row, WAIT_ANSWERED] += wait
    if wait <= day.within[c]:
        outcome[c, row, ANSWERED_WITHIN] += 1.0
    _spread(outcome[c], WAITING, came, now, day.interval_seconds)
    _spread(outcome[c], HANDLING, now, now + handling, day.interval_seconds)
    _push(events, now + handling, ENDS, who)
    return True


def _try_again(now: float, c: int, share: float, day: PlayedDay, line: WaitingLines, events: Events) -> None:
    """Let one who gave up, or was blocked, call again later: a `share` of them does."""
    k = line.drawn[c]
    line.drawn[c] += 1
    if line.draws[c, k, 3] < share:
        _push(events, now + line.draws[c, k, 2] * day.callers[c, DELAY], TRIES_AGAIN, c)


def _come(
    now: float,
    c: int,
    retry: float,
    day: PlayedDay,
    agents: Agents,
    line: WaitingLines,
    events: Events,
    outcome: np.ndarray,
) -> int:
    """Let a call of class `c` come; return the pools that may take it."""
    row = int(now / day.interval_seconds)
    if row >= outcome.shape[1]:
        return NO_POOL  # tried again after closing time
    outcome[c, row, OFFERED] += 1.0
    outcome[c, row, RETRIED] += retry
    if agents.counts[IN_SYSTEM] >= day.lines:
        outcome[c, row, BLOCKED] += 1.0
        _try_again(now, c, day.callers[c, AGAIN_AFTER_BLOCKING], day, line, events)
        return NO_POOL
    agents.counts[CUSTOMERS] += 1
    agents.counts[IN_SYSTEM] += 1
    who = agents.counts[CUSTOMERS]
    k = line.drawn[c]
    line.drawn[c] += 1
    line.person[who, STATUS] = WAITS
    line.person[who, OF_CLASS] = c
    line.person[who, ROW] = row
    line.person_times[who, 0] = now
    line.person_times[who, 1] = line.draws[c, k, 0] * day.mean_handling[c, row]
    line.line[c, line.ends[c, 1]] = who
    line.ends[c, 1] += 1
    line.waiting[c] += 1
    patience = line.draws[c, k, 1] * day.callers[c, PATIENCE]
    if patience < np.inf:
        _push(events, now + patience, GIVES_UP, who)
    for p in range(day.rank.shape[0]):
        if day.rank[p, c] < NOT_SERVED and day.after[p, c] > 0.0:
            _push(events, now + day.after[p, c], OVERFLOWS, who)
    return EVERY_POOL


def _end(now: float, who: int, agents: Agents, line: WaitingLines, events: Events) -> int:
    """Let a caller who was served go; return the pool."""
    p = line.person[who, IN_POOL]
    line.person[who, STATUS] = GONE
    agents.busy[p] -= 1
    agents.counts[IN_SYSTEM] -= 1
    _leave_for_break(now, now - line.person_times[who, 1], p, 0, agents, events)
    return p


def _give_up(
    now: float, who: int, day: PlayedDay, agents: Agents, line: WaitingLines, events: Events, outcome: np.ndarray
) -> None:
    c, row = line.person[who, OF_CLASS], line.person[who, ROW]
    line.person[who, STATUS] = GONE
    line.waiting[c] -= 1
    agents.counts[IN_SYSTEM] -= 1
    wait = now - line.person_times[who, 0]
    outcome[c, row, ABANDONED] += 1.0
    outcome[c, row, WAIT_ALL] += wait
    if wait <= day.within[c]:
        outcome[c, row, ABANDONED_WITHIN] += 1.0
    _spread(outcome[c], WAITING, line.person_times[who, 0], now, day.interval_seconds)
    _try_again(now, c, day.callers[c, AGAIN_AFTER_ABANDONING], day, line, events)


def _happen(
    now: float,
    kind: int,
    item: int,
    day: PlayedDay,
    agents: Agents,
    line: WaitingLines,
    events: Events,
    outcome: np.ndarray,
) -> int:
    """Let an event happen; return the pools in which somebody may take a call then."""
    if kind == ENDS:
        return _end(now, item, agents, line, events)
    if kind == TRIES_AGAIN:
        return _come(now, item, 1.0, day, agents, line, events, outcome)
    if kind == COMES_BACK:
        return _come_back(now, item, agents, events)
    if kind == BREAK_BEGINS:
        _begin_break(now, item, agents, events)
    elif line.person[item, STATUS] == WAITS:
        if kind == OVERFLOWS:
            return EVERY_POOL
        _give_up(now, item, day, agents, line, events, outcome)
    return NO_POOL


def _room_for(spare: int, agents: Agents, line: WaitingLines, events: Events) -> bool:
    """Return whether one more caller fits, with all the events that he may bring."""
    if agents.counts[CUSTOMERS] + 2 >= line.person.shape[0] or events.size[0] + spare >= events.when.size:
        return False
    drawn = 0
    for c in range(line.drawn.size):
        drawn = max(drawn, line.drawn[c])
    return drawn + 2 < line.draws.shape[1]


INLINED = (
    _begin_break, _leave_for_break, _come_back, _forget_signed_out, _next_class, _serve, _try_again, _come, _end,
    _give_up, _happen, _room_for,
)  # fmt: skip
PARTS = (_push, _drop_first, _spread, *INLINED)  # what the loop calls, to be compiled with it


def advance(
    until: float, day: PlayedDay, agents: Agents, line: WaitingLines, events: Events, outcome: np.ndarray
) -> int:
    """Play every event before `until`, and return DONE, or OUT_OF_ROOM where the arrays must grow first.

    `outcome` (classes × intervals × COLUMNS) is added to.
    """
    pools = day.rank.shape[0]
    now = agents.clock[0]
    free = EVERY_POOL  # seats may have been added since the last call
    came = -1  # the class of the caller who has just come
    _forget_signed_out(agents)
    spare = pools + 3  # events that one event may bring
    for k in range(agents.breaks.shape[0]):
        spare = max(spare, agents.breaks[k, PEOPLE] + 3)
    while True:
        # whoever is free takes the next caller
        first, last = (0, pools) if free == EVERY_POOL else (free, free + 1) if free != NO_POOL else (0, 0)
        for k in range(first, last):
            p = k if came < 0 else day.order[came, k]
            while _serve(now, p, day, agents, line, events, outcome):
                pass
        free, came = NO_POOL, -1
        if not _room_for(spare, agents, line, events):
            agents.clock[0] = now
            return OUT_OF_ROOM
        arrived = agents.counts[ARRIVED]
        came_at = day.arrivals[arrived] if arrived < day.arrivals.size else np.inf
        event_at = events.when[0] if events.size[0] > 0 else np.inf
        if min(came_at, event_at) >= until:
            agents.clock[0] = until if until < np.inf else now
            return DONE
        if came_at <= event_at:
            now = came_at
            agents.counts[ARRIVED] += 1
            came = day.kinds[arrived]
            free = _come(now, came, 0.0, day, agents, line, events, outcome)
            continue
        now = event_at
        kind, item = events.what[0, 0], events.what[0, 1]
        _drop_first(events)
        free = _happen(now, kind, item, day, agents, line, events, outcome)
