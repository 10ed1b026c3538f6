"""The simulator's event loop where one line and one heap do not reach: skills, priority, retrials, lines, the ladder.

Time moves from event to event: a call comes, a call ends, patience runs out, a caller tries again, a caller may
overflow to another pool, a break begins, somebody comes back from one. Plain Python that numba compiles whole
(`machine_code.quickest`).
"""

from __future__ import annotations

import numpy as np

ENDS, GIVES_UP, TRIES_AGAIN, OVERFLOWS, BREAK_BEGINS, COMES_BACK = 0, 1, 2, 3, 4, 5
# places in `counts`
EVENTS, ARRIVED, CUSTOMERS, IN_SYSTEM = 0, 1, 2, 3
NEVER = 1_000_000  # rank of a class that a pool does not serve
DONE, OUT_OF_ROOM = 0, 1
# columns of `breaks` and of `away`
OF_POOL, PEOPLE, STILL_TO_LEAVE = 0, 1, 2
ON_BREAK, AWAITED, SIGNED_OUT = 0, 1, 2
ROUNDING = 1e-6  # seconds: an instant found by subtraction is that instant


def _push(when: np.ndarray, what: np.ndarray, size: int, at: float, kind: int, item: int) -> None:
    hole = size
    while hole > 0 and when[(hole - 1) // 2] > at:
        up = (hole - 1) // 2
        when[hole] = when[up]
        what[hole, 0] = what[up, 0]
        what[hole, 1] = what[up, 1]
        hole = up
    when[hole] = at
    what[hole, 0] = kind
    what[hole, 1] = item


def _drop_first(when: np.ndarray, what: np.ndarray, size: int) -> None:
    """Close the gap after the first of `size` events is taken: the last leaf sinks from the root."""
    last = size - 1
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


def _begin_break(
    now: float,
    item: int,
    seats: np.ndarray,
    busy: np.ndarray,
    breaks: np.ndarray,
    break_times: np.ndarray,
    away: np.ndarray,
    when: np.ndarray,
    what: np.ndarray,
    size: int,
) -> int:
    """Send the people who are free on break `item`, let it wait for the others; return how many events there are."""
    p = breaks[item, OF_POOL]
    people = min(breaks[item, PEOPLE], seats[p])
    leave = min(people, max(seats[p] - busy[p] - away[p, ON_BREAK], 0))
    for _ in range(leave):
        _push(when, what, size, now + break_times[item, 1], COMES_BACK, item)
        size += 1
    away[p, ON_BREAK] += leave
    away[p, AWAITED] += people - leave
    breaks[item, STILL_TO_LEAVE] = people - leave
    return size


def _leave_for_break(
    now: float,
    since: float,
    p: int,
    first: int,
    breaks: np.ndarray,
    break_times: np.ndarray,
    away: np.ndarray,
    when: np.ndarray,
    what: np.ndarray,
    size: int,
) -> int:
    """Send one who is free now on the first break, from `first` on, that began after `since` and waits for somebody.

    Whoever was engaged when a break began is meant by it, not who signed in or took a call later. Returns how many
    events there are.
    """
    if away[p, AWAITED] == 0:
        return size
    for k in range(first, breaks.shape[0]):
        meant = breaks[k, OF_POOL] == p and breaks[k, STILL_TO_LEAVE] > 0
        if meant and since <= break_times[k, 0] + ROUNDING:
            breaks[k, STILL_TO_LEAVE] -= 1
            away[p, AWAITED] -= 1
            away[p, ON_BREAK] += 1
            _push(when, what, size, now + break_times[k, 1], COMES_BACK, k)
            return size + 1
    return size


def _forget_signed_out(seats: np.ndarray, breaks: np.ndarray, away: np.ndarray) -> None:
    """Take people off their breaks, begun or still to begin, where fewer are signed in than that."""
    for p in range(seats.size):
        gone = max(away[p, ON_BREAK] - seats[p], 0)
        away[p, ON_BREAK] -= gone
        away[p, SIGNED_OUT] += gone
        for k in range(breaks.shape[0] - 1, -1, -1):
            if breaks[k, OF_POOL] == p:
                fewer = min(breaks[k, STILL_TO_LEAVE], max(away[p, AWAITED] - seats[p], 0))
                breaks[k, STILL_TO_LEAVE] -= fewer
                away[p, AWAITED] -= fewer


PARTS = (
    _push,
    _drop_first,
    _spread,
    _begin_break,
    _leave_for_break,
    _forget_signed_out,
)  # what the loop calls, to be compiled with it


def advance(  # noqa: C901, PLR0912, PLR0915 - one event loop: numba compiles it as a whole
    until: float,
    arrivals: np.ndarray,
    arrival_class: np.ndarray,
    draws: np.ndarray,
    drawn: np.ndarray,
    mean_handling: np.ndarray,
    callers: np.ndarray,
    rank: np.ndarray,
    after: np.ndarray,
    reserve: np.ndarray,
    lines: int,
    seats: np.ndarray,
    busy: np.ndarray,
    breaks: np.ndarray,
    break_times: np.ndarray,
    away: np.ndarray,
    counts: np.ndarray,
    clock: np.ndarray,
    when: np.ndarray,
    what: np.ndarray,
    person: np.ndarray,
    person_times: np.ndarray,
    line: np.ndarray,
    line_ends: np.ndarray,
    waiting: np.ndarray,
    interval_seconds: float,
    within: float,
    outcome: np.ndarray,
) -> int:
    """Play every event before `until`, and return DONE, or OUT_OF_ROOM where the arrays must grow first.

    `draws[c, k]` are class c's random times of mean 1 and a uniform number (handling, patience, delay, lottery);
    `callers[c]` its mean patience, share that tries again after abandoning, after being blocked, and mean delay;
    `rank, after, reserve` [pool, class] say in which order a pool serves classes, after how long a wait, and how many
    seats it keeps free of the class. `person` holds status (0 waits, 1 served, 2 gone), class, pool and row, and
    `person_times` arrival and handling time. `line[c]` is the queue between `line_ends[c]`.
    `breaks[k]` holds pool, people, and how many of them still finish a call; `break_times[k]` begin and length.
    `away[pool]` counts people on a break, people a break waits for, and those who signed out during theirs.
    """
    pools, classes = rank.shape
    rows = outcome.shape[1]
    now = clock[0]
    look = True  # seats may have been added since the last call
    look_pool = -1
    _forget_signed_out(seats, breaks, away)
    room = pools + 3  # events that one event may bring
    for k in range(breaks.shape[0]):
        room = max(room, breaks[k, PEOPLE] + 3)
    while True:
        # whoever is free takes the next caller: in every pool at the start, later in the pool that changed
        if look:
            first, last = (0, pools) if look_pool < 0 else (look_pool, look_pool + 1)
            for p in range(first, last):
                while busy[p] + away[p, ON_BREAK] < seats[p]:
                    best = -1
                    for c in range(classes):
                        if waiting[c] == 0 or rank[p, c] >= NEVER:
                            continue
                        if seats[p] - busy[p] - away[p, ON_BREAK] <= reserve[p, c]:
                            continue
                        while person[line[c, line_ends[c, 0]], 0] != 0:
                            line_ends[c, 0] += 1
                        came = person_times[line[c, line_ends[c, 0]], 0]
                        if now < came + after[p, c]:
                            continue
                        if best >= 0 and rank[p, c] > rank[p, best]:
                            continue
                        not_before = best >= 0 and came >= person_times[line[best, line_ends[best, 0]], 0]
                        if best < 0 or rank[p, c] < rank[p, best] or not not_before:
                            best = c
                    if best < 0:
                        break
                    who = line[best, line_ends[best, 0]]
                    line_ends[best, 0] += 1
                    waiting[best] -= 1
                    busy[p] += 1
                    person[who, 0] = 1
                    person[who, 2] = p
                    wait = now - person_times[who, 0]
                    row = person[who, 3]
                    outcome[best, row, 1] += 1.0
                    outcome[best, row, 5] += wait
                    outcome[best, row, 6] += wait
                    if wait <= within:
                        outcome[best, row, 2] += 1.0
                    _spread(outcome[best], 8, person_times[who, 0], now, interval_seconds)
                    _spread(outcome[best], 7, now, now + person_times[who, 1], interval_seconds)
                    _push(when, what, counts[0], now + person_times[who, 1], 0, who)
                    counts[0] += 1
            look = False
        # room for one more caller with all the events he may bring
        if counts[2] + 2 >= person.shape[0] or counts[0] + room >= when.size:
            clock[0] = now
            return 1
        for c in range(classes):
            if drawn[c] + 2 >= draws.shape[1]:
                clock[0] = now
                return 1
        came_at = arrivals[counts[1]] if counts[1] < arrivals.size else np.inf
        event_at = when[0] if counts[0] > 0 else np.inf
        if min(came_at, event_at) >= until:
            clock[0] = until if until < np.inf else now
            return 0
        c = -1
        blocked_or_gone = -1
        again = 0.0
        retry = 0.0
        if came_at <= event_at:
            now = came_at
            c = arrival_class[counts[1]]
            counts[1] += 1
        else:
            now = event_at
            kind, item = what[0, 0], what[0, 1]
            _drop_first(when, what, counts[0])
            counts[0] -= 1
            if kind == 0:
                person[item, 0] = 2
                look, look_pool = True, person[item, 2]
                busy[look_pool] -= 1
                counts[3] -= 1
                since = now - person_times[item, 1]
                counts[0] = _leave_for_break(now, since, look_pool, 0, breaks, break_times, away, when, what, counts[0])
            elif kind == 1 and person[item, 0] == 0:
                person[item, 0] = 2
                k = person[item, 1]
                waiting[k] -= 1
                counts[3] -= 1
                wait = now - person_times[item, 0]
                row = person[item, 3]
                outcome[k, row, 3] += 1.0
                outcome[k, row, 5] += wait
                if wait <= within:
                    outcome[k, row, 4] += 1.0
                _spread(outcome[k], 8, person_times[item, 0], now, interval_seconds)
                blocked_or_gone = k
                again = callers[k, 1]
            elif kind == 2:
                c = item
                retry = 1.0
            elif kind == 3 and person[item, 0] == 0:
                look, look_pool = True, -1
            elif kind == BREAK_BEGINS:
                counts[0] = _begin_break(now, item, seats, busy, breaks, break_times, away, when, what, counts[0])
            elif kind == COMES_BACK:
                look, look_pool = True, breaks[item, OF_POOL]
                if away[look_pool, SIGNED_OUT] > 0:
                    away[look_pool, SIGNED_OUT] -= 1
                else:
                    away[look_pool, ON_BREAK] -= 1
                    since = now - break_times[item, 1]
                    counts[0] = _leave_for_break(
                        now, since, look_pool, item + 1, breaks, break_times, away, when, what, counts[0]
                    )
        if c >= 0:
            row = int(now / interval_seconds)
            if row >= rows:
                continue  # tried again after closing time
            outcome[c, row, 0] += 1.0
            outcome[c, row, 10] += retry
            if counts[3] >= lines:
                outcome[c, row, 9] += 1.0
                blocked_or_gone = c
                again = callers[c, 2]
            else:
                counts[2] += 1
                who = counts[2]
                counts[3] += 1
                k = drawn[c]
                drawn[c] += 1
                person[who, 0] = 0
                person[who, 1] = c
                person[who, 3] = row
                person_times[who, 0] = now
                person_times[who, 1] = draws[c, k, 0] * mean_handling[c, row]
                line[c, line_ends[c, 1]] = who
                line_ends[c, 1] += 1
                waiting[c] += 1
                patience = draws[c, k, 1] * callers[c, 0]
                if patience < np.inf:
                    _push(when, what, counts[0], now + patience, 1, who)
                    counts[0] += 1
                for p in range(pools):
                    if rank[p, c] < NEVER and after[p, c] > 0.0:
                        _push(when, what, counts[0], now + after[p, c], 3, who)
                        counts[0] += 1
                look, look_pool = True, -1
        if blocked_or_gone >= 0:
            c = blocked_or_gone
            k = drawn[c]
            drawn[c] += 1
            if draws[c, k, 3] < again:
                _push(when, what, counts[0], now + draws[c, k, 2] * callers[c, 3], 2, c)
                counts[0] += 1
