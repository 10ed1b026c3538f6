"""Chats: one person holds several conversations at once, each the slower for it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from forecaster.queueing.arguments import NOT_NEGATIVE, POSITIVE, checked
from forecaster.queueing.machine_code import quickest
from forecaster.simulation.inputs import Callers, generators, whole_seats
from forecaster.simulation.one_queue_loop import (
    ABANDONED,
    ABANDONED_WITHIN,
    ANSWERED,
    ANSWERED_WITHIN,
    COLUMN_COUNT,
    OFFERED,
    SEAT_SECONDS,
    WAIT_ALL,
    WAIT_ANSWERED,
)
from forecaster.simulation.outcome import Simulation

SECONDS_PER_CHAT_IN_PYTHON = 150e-6  # measured; it decides only when compiling pays


class Chats(NamedTuple):
    """Chats in order of arrival: when each comes and in which interval, how many seconds it would wait."""

    arrivals: np.ndarray
    row: np.ndarray
    patience: np.ndarray


class Desks(NamedTuple):
    """What each agent holds: how many chats and which, since when at this pace, and when the first will be done."""

    held: np.ndarray
    chat: np.ndarray
    since: np.ndarray
    next_done: np.ndarray
    left: np.ndarray  # seconds of work left, per chat


def _work_off(desks: Desks, who: int, now: float, pace: np.ndarray) -> None:
    """Take off what agent `who` has done for each of his chats since anything changed for him."""
    held = desks.held[who]
    if held > 0:
        done = (now - desks.since[who]) * pace[held - 1]
        for s in range(held):
            desks.left[desks.chat[who, s]] -= done


def _go_on(desks: Desks, who: int, now: float, pace: np.ndarray) -> None:
    """Let agent `who` go on from `now` with the chats he holds."""
    held = desks.held[who]
    desks.since[who] = now
    desks.next_done[who] = np.inf
    for s in range(held):
        done = now + max(desks.left[desks.chat[who, s]], 0.0) / pace[held - 1]
        desks.next_done[who] = min(desks.next_done[who], done)


def _first_done(next_done: np.ndarray) -> int:
    """Return which agent is done with a chat first, -1 if nobody has any."""
    first, at = -1, np.inf
    for a in range(next_done.size):
        if next_done[a] < at:
            first, at = a, next_done[a]
    return first


def _finish_first(desks: Desks, who: int) -> None:
    """Take the chat with the least work left from agent `who`."""
    first = 0
    for s in range(desks.held[who]):
        if desks.left[desks.chat[who, s]] < desks.left[desks.chat[who, first]]:
            first = s
    desks.held[who] -= 1
    desks.chat[who, first] = desks.chat[who, desks.held[who]]


def _least_busy(held: np.ndarray, present: int, most: int) -> int:
    """Return who of the first `present` agents holds the fewest chats, fewer than `most`; -1 if nobody."""
    best = -1
    for a in range(present):
        if held[a] < most and (best < 0 or held[a] < held[best]):
            best = a
    return best


def _gives_up(outcome: np.ndarray, row: int, patience: float, within: float) -> None:
    outcome[row, ABANDONED] += 1.0
    outcome[row, WAIT_ALL] += patience
    if patience <= within:
        outcome[row, ABANDONED_WITHIN] += 1.0


INLINED = (_work_off, _go_on, _finish_first)
PARTS = (*INLINED, _first_done, _least_busy, _gives_up)  # what the loop calls, to be compiled with it


def play_chats(
    chats: Chats,
    desks: Desks,
    agents: np.ndarray,
    pace: np.ndarray,
    interval_seconds: float,
    within: float,
    outcome: np.ndarray,
) -> None:
    """Add to `outcome` (intervals × COLUMNS) what happens to the chats.

    An agent with k chats gives each `pace[k-1]` seconds of work a second, and takes up to len(pace). A chat goes to the
    agent with the fewest; agents beyond `agents[interval]` take no more.
    """
    arrivals, row_of, patience = chats
    head = coming = row = 0
    while True:
        came_at = arrivals[coming] if coming < arrivals.size else np.inf
        who = _first_done(desks.next_done)
        done_at = desks.next_done[who] if who >= 0 else np.inf
        edge = (row + 1) * interval_seconds if row < agents.size - 1 else np.inf
        now = min(came_at, done_at, edge)
        if now == np.inf:
            break
        if edge == now:
            row += 1
        elif done_at == now:
            _work_off(desks, who, now, pace)
            _finish_first(desks, who)
            _go_on(desks, who, now, pace)
        else:
            outcome[row_of[coming], OFFERED] += 1.0
            coming += 1
        # whoever waits goes to the agent with the fewest chats
        while head < coming:
            if arrivals[head] + patience[head] <= now and arrivals[head] < now:
                _gives_up(outcome, row_of[head], patience[head], within)
                head += 1
                continue
            who = _least_busy(desks.held, agents[row], pace.size)
            if who < 0:
                break
            wait = now - arrivals[head]
            outcome[row_of[head], ANSWERED] += 1.0
            outcome[row_of[head], WAIT_ALL] += wait
            outcome[row_of[head], WAIT_ANSWERED] += wait
            if wait <= within:
                outcome[row_of[head], ANSWERED_WITHIN] += 1.0
            _work_off(desks, who, now, pace)
            desks.chat[who, desks.held[who]] = head
            desks.held[who] += 1
            _go_on(desks, who, now, pace)
            head += 1
    # patience that outlasts the end of the last chat
    for i in range(head, coming):
        if patience[i] < np.inf:
            _gives_up(outcome, row_of[i], patience[i], within)


def simulate_chats(
    calls: Any,
    *,
    agents: Any,
    pace: Any,
    aht_seconds: Any,
    interval_minutes: float,
    answer_within_seconds: float = 60.0,
    replications: int = 100,
    seed: int = 0,
    **caller: Any,
) -> Simulation:
    """Return the outcome of chats handled several at a time.

    `pace[k-1]` is the seconds of work a second each chat gets while its agent holds k; its length is the most an agent
    holds. (1, 1, 1) loses nothing, (1, 1/2, 1/3) gains nothing. `aht_seconds` is the work of a chat alone. Further
    arguments are those of `inputs.Callers`, without retrials. Occupancy is not measured.

    Raises
    ------
    ValueError
        Naming the argument, value and row that cannot be used.
    """
    speeds = np.atleast_1d(checked("pace", pace, POSITIVE))
    who = Callers(calls=calls, aht_seconds=aht_seconds, **caller)
    table, rngs = who.table(), generators(seed, replications)
    checked("answer_within_seconds", answer_within_seconds, NOT_NEGATIVE)
    checked("interval_minutes", interval_minutes, POSITIVE)
    staff = whole_seats(agents, len(table))
    seconds = 60.0 * interval_minutes
    outcome = np.zeros((replications, len(table), COLUMN_COUNT))
    outcome[:, :, SEAT_SECONDS] = staff * seconds
    guess = float(table[:, 0].sum()) * replications * SECONDS_PER_CHAT_IN_PYTHON
    play = quickest(play_chats, seconds_in_python=guess, seconds_to_compile=3.0, parts=PARTS, inlined=INLINED)
    for run, rng in enumerate(rngs):
        arrivals = np.sort(who.arrivals(table[:, 0], seconds, rng))
        row = np.minimum((arrivals / seconds).astype(np.int64), len(table) - 1)
        desks = _empty_desks(int(staff.max()), speeds.size, who.handling(rng, len(row)) * table[row, 1])
        chats = Chats(arrivals, row, who.patience(rng, len(row)) * table[row, 2])
        play(chats, desks, staff, speeds, seconds, answer_within_seconds, outcome[run])
    return Simulation(outcome, who.index, seconds)


def _empty_desks(agents: int, most: int, work: np.ndarray) -> Desks:
    held, chat = np.zeros(agents, dtype=np.int64), np.zeros((agents, most), dtype=np.int64)
    return Desks(held, chat, np.zeros(agents), np.full(agents, np.inf), work)
