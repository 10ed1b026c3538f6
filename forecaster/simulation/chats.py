"""Chats: one person holds several conversations at once, each the slower for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from forecaster.queueing.arguments import NOT_NEGATIVE, POSITIVE, checked
from forecaster.queueing.machine_code import quickest
from forecaster.simulation.inputs import Callers, whole_seats
from forecaster.simulation.one_queue_loop import COLUMNS, SEAT_SECONDS
from forecaster.simulation.outcome import Simulation

SECONDS_PER_CHAT_IN_PYTHON = 150e-6


def play_chats(  # noqa: C901, PLR0912, PLR0915 - one event loop: numba compiles it as a whole
    arrivals: np.ndarray,
    work: np.ndarray,
    patience: np.ndarray,
    agents: np.ndarray,
    pace: np.ndarray,
    interval_seconds: float,
    within: float,
    outcome: np.ndarray,
) -> None:
    """Add to `outcome` (intervals × COLUMNS) what happens to chats that come at the sorted times `arrivals`.

    `work[i]` is the seconds chat i takes alone. An agent with k chats gives each `pace[k-1]` seconds of work a second,
    and takes up to len(pace). A chat goes to the agent with the fewest; agents beyond `agents[interval]` take no more.
    """
    most = pace.size
    staff = 0
    for n in agents:
        staff = max(staff, n)
    held = np.zeros(staff, dtype=np.int64)
    chat = np.zeros((staff, most), dtype=np.int64)
    left = work.copy()
    since = np.zeros(staff)
    next_done = np.full(staff, np.inf)
    line = np.zeros(arrivals.size, dtype=np.int64)
    head = tail = coming = 0
    row_of = np.zeros(arrivals.size, dtype=np.int64)
    rows = agents.size
    now = 0.0
    present = agents[0] if rows else 0
    row = 0
    while True:
        came_at = arrivals[coming] if coming < arrivals.size else np.inf
        done_at, who = np.inf, -1
        for a in range(staff):
            if next_done[a] < done_at:
                done_at, who = next_done[a], a
        edge = (row + 1) * interval_seconds if row < rows - 1 else np.inf
        upcoming = min(came_at, done_at, edge)
        if upcoming == np.inf:
            break
        now = upcoming
        if edge == now:
            row += 1
            present = agents[row]
        elif done_at == now:
            gone = now - since[who]
            finished = 0
            for s in range(held[who]):
                left[chat[who, s]] -= gone * pace[held[who] - 1]
                if left[chat[who, s]] < left[chat[who, finished]]:
                    finished = s
            held[who] -= 1
            chat[who, finished] = chat[who, held[who]]
            since[who] = now
            next_done[who] = np.inf
            for s in range(held[who]):
                next_done[who] = min(next_done[who], now + max(left[chat[who, s]], 0.0) / pace[held[who] - 1])
        else:
            row_of[coming] = min(int(now / interval_seconds), rows - 1)
            outcome[row_of[coming], 0] += 1.0
            line[tail] = coming
            tail += 1
            coming += 1
        # whoever waits goes to the agent with the fewest chats
        while head < tail:
            i = line[head]
            if arrivals[i] + patience[i] <= now and arrivals[i] < now:
                head += 1
                outcome[row_of[i], 3] += 1.0
                outcome[row_of[i], 5] += patience[i]
                if patience[i] <= within:
                    outcome[row_of[i], 4] += 1.0
                continue
            best = -1
            for a in range(min(present, staff)):
                if held[a] < most and (best < 0 or held[a] < held[best]):
                    best = a
            if best < 0:
                break
            head += 1
            wait = now - arrivals[i]
            outcome[row_of[i], 1] += 1.0
            outcome[row_of[i], 5] += wait
            outcome[row_of[i], 6] += wait
            if wait <= within:
                outcome[row_of[i], 2] += 1.0
            if held[best] > 0:
                for s in range(held[best]):
                    left[chat[best, s]] -= (now - since[best]) * pace[held[best] - 1]
            chat[best, held[best]] = i
            held[best] += 1
            since[best] = now
            next_done[best] = np.inf
            for s in range(held[best]):
                next_done[best] = min(next_done[best], now + max(left[chat[best, s]], 0.0) / pace[held[best] - 1])
    # patience that outlasts the end of the last chat
    while head < tail:
        i = line[head]
        head += 1
        if patience[i] < np.inf:
            outcome[row_of[i], 3] += 1.0
            outcome[row_of[i], 5] += patience[i]
            if patience[i] <= within:
                outcome[row_of[i], 4] += 1.0


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
    warmup_intervals: int = 0,
    confidence: float = 0.95,
    **caller: Any,
) -> Simulation:
    """Return the outcome of chats handled several at a time.

    `pace[k-1]` is the seconds of work a second each chat gets while its agent holds k; its length is the most an agent
    holds. (1, 1, 1) loses nothing, (1, 1/2, 1/3) gains nothing. `aht_seconds` is the work of a chat alone. Further
    arguments are those of `simulator.Callers`, without retrials. Occupancy is not measured.

    Raises
    ------
    ValueError
        Naming the argument, value and row that cannot be used.
    """
    speeds = np.atleast_1d(checked("pace", pace, POSITIVE))
    who = Callers(calls=calls, aht_seconds=aht_seconds, **caller)
    table = who.table()
    checked("answer_within_seconds", answer_within_seconds, NOT_NEGATIVE)
    checked("interval_minutes", interval_minutes, POSITIVE)
    staff = whole_seats(agents, len(table))
    seconds = 60.0 * interval_minutes
    outcome = np.zeros((replications, len(table), COLUMNS))
    outcome[:, :, SEAT_SECONDS] = staff * seconds
    guess = float(table[:, 0].sum()) * replications * SECONDS_PER_CHAT_IN_PYTHON
    play = quickest(play_chats, seconds_in_python=guess, seconds_to_compile=3.0)
    for run, source in enumerate(np.random.SeedSequence(seed).spawn(replications)):
        rng = np.random.default_rng(source)
        counts = rng.poisson(table[:, 0] * who.day_factor(rng))
        row = np.repeat(np.arange(len(table)), counts)
        order = np.sort(rng.random(len(row)) + row)
        work = who.handling(rng, len(row)) * table[row, 1]
        patience = who.patience(rng, len(row)) * table[row, 2]
        play(order * seconds, work, patience, staff, speeds, seconds, answer_within_seconds, outcome[run])
    index = calls.index if isinstance(calls, pd.Series) else pd.RangeIndex(len(table), name="interval")
    return Simulation(outcome, index, seconds, warmup_intervals, confidence)
