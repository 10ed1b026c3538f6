"""The engine against a plain loop written from the rulebook alone, on random streams of all that can be told."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from escalation.events import Reading
from escalation.replaying import replay
from escalation.report import Report, take_report
from escalation.state import initial_state
from tests.escalation.plain_loop import Said, play

START = datetime(2026, 12, 1, tzinfo=UTC)
KINDS = ("order", "release", "skipped", "blocked", "holding", "stale", "late", "refused")
Rows = list[tuple[int, int | None, dict[str, Any]]]
PARTS, STREAMS = 8, 10_000


def stream(seed: int) -> Rows:
    """Return a queue in stretches, so that holds are reached, with everything that can be told now and then."""
    numbers = random.Random(seed)
    busy = numbers.choice((0.0, 0.05, 0.2))  # how often something else is told
    at, rows = 0, []
    for _ in range(numbers.randint(3, 12)):
        waiting = numbers.choice((0, 3, 5, 6, 6, 8, 10, 10, 11, 11, 14, 30))
        step = numbers.choice((20, 30, 60, 60, 60, 90))
        for _ in range(numbers.randint(1, 12)):
            told = told_now(numbers) if numbers.random() < busy or not rows else {}
            rows.append((at, waiting, told))
            noise = numbers.random()
            if noise < 0.02:
                rows.append((at - numbers.randint(1, 200), numbers.choice((None, 0, 12)), told_now(numbers)))  # late
            elif noise < 0.04:
                rows.append(
                    (at, numbers.choice((waiting, waiting + 1, None)), told_now(numbers))
                )  # again, or otherwise
            elif noise < 0.05:
                at += 91  # a gap, or with the step a longer one
            at += step
    return rows


def told_now(numbers: random.Random) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for column in ("experts_available", "outbound_available", "qa_available", "back_office_available"):
        if numbers.random() < 0.4:
            told[column] = numbers.choice((0, 1, 2, 3, 5))
    for column, most in (("seats_free", 12), ("seats_signed_in", 8), ("seats_required", 14)):
        if numbers.random() < 0.25:
            told[column] = numbers.randint(0, most)
    if numbers.random() < 0.25:
        told["mode"] = numbers.choice(("day", "night"))
    if numbers.random() < 0.2:
        told["holiday"] = numbers.random() < 0.5
    if numbers.random() < 0.1:
        told["known_fault"] = numbers.random() < 0.6
    return told


def seconds(at: datetime) -> int:
    return round((at - START).total_seconds())


def whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def engine(ladder, rows: Rows) -> tuple[Said, Any]:
    state, said = initial_state(ladder), []
    for at, waiting, told in rows:
        state, made = take_report(state, Report(Reading(START + timedelta(seconds=at), waiting), told))
        said += [(one.kind, one.rung, one.role, one.people, seconds(one.at)) for one in made if one.kind in KINDS]
    return said, state


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_the_engine_decides_what_the_rulebook_says(ladders, part):
    seen: set[str] = set()
    for seed in range(part, STREAMS, PARTS):
        rows, name = stream(seed), ("recommended", "literal")[seed // PARTS % 2]
        limit = (None, None, 10)[seed // PARTS % 3]  # seats in the room
        loop = play(rows, literal=name == "literal", seat_limit=limit)
        said, state = engine(replace(ladders[name], seat_limit=limit), rows)
        assert said == loop.said, f"stream {seed}, {name}"
        assert (state.book.mode == "night", state.book.holiday) == (loop.night, loop.holiday), f"stream {seed}"
        seen.update(one[0] for one in said)
    assert seen == set(KINDS)  # the streams reach everything


@pytest.mark.parametrize("seed", range(40))
def test_a_file_of_the_stream_replays_the_same(ladders, seed):
    rows = stream(seed)
    columns = sorted({key for _, _, told in rows for key in told})
    frame = pd.DataFrame(
        [
            {"at": (START + timedelta(seconds=at)).isoformat(), "waiting": waiting, **{c: told.get(c) for c in columns}}
            for at, waiting, told in rows
        ],
        dtype=object,
    )
    decisions = replay(frame, ladders["recommended"])
    replayed = [
        (one.kind, whole(one.rung), one.role, whole(one.people), seconds(one.at)) for one in decisions.itertuples()
    ]
    assert replayed == play(rows, literal=False).said
