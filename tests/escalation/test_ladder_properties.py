"""What holds for every stream of readings, whoever is there and however many seats are free."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.engine import reduce
from escalation.events import KnownFault, ModeChanged, PeopleChanged, Reading, Tick
from escalation.floor import Floor
from escalation.state import AT_ONCE, initial_state
from tests.escalation.shipped import PROFILES, shipped_ladder

LADDERS = {name: shipped_ladder(name) for name in PROFILES}
START = datetime(2026, 12, 1, 9, tzinfo=UTC)
WAITS = st.one_of(st.integers(0, 14), st.sampled_from([5, 6, 10, 11, 40]))
# Stretches of one value, so that holds are reached; gaps of 10 s to 2 min, so that some runs break.
STRETCHES = st.lists(st.tuples(WAITS, st.integers(1, 14), st.sampled_from([20, 30, 60, 60, 60, 120])), max_size=10)
COUNTS = st.one_of(st.none(), st.integers(0, 6))
FLOORS = st.builds(
    lambda expert, outbound, qa, back_office, seats_free: Floor(
        available={
            role: count
            for role, count in (("expert", expert), ("outbound", outbound), ("qa", qa), ("back_office", back_office))
            if count is not None
        },
        seats_free=seats_free,
    ),
    COUNTS, COUNTS, COUNTS, COUNTS, st.one_of(st.none(), st.integers(0, 15)),
)  # fmt: skip
LADDER = st.sampled_from(list(LADDERS.values()))
many = settings(max_examples=60, deadline=None, derandomize=True)


def stream(stretches):
    at, made = START, []
    for waiting, count, step in stretches:
        for _ in range(count):
            made.append(Reading(at, waiting))
            at += timedelta(seconds=step)
    return made


def run(ladder, events, *, floor=None, mode="day"):
    state, said = initial_state(ladder, mode=mode, floor=floor or Floor()), []
    states = []
    for event in events:
        state, made = reduce(state, event)
        said.extend(made)
        states.append((state, made))
    return state, said, states


@many
@given(LADDER, STRETCHES, FLOORS, st.sampled_from(["day", "night", "holiday"]))
def test_the_short_way_through_the_engine_is_the_long_way(ladder, stretches, floor, mode):
    quick = initial_state(ladder, mode=mode, floor=floor)
    slow = quick
    for event in stream(stretches):
        quick, said = reduce(quick, event)
        slow, all_said = reduce(slow._replace(wake_at=AT_ONCE), event)
        assert said == all_said
        assert quick.book == slow.book


@many
@given(LADDER, STRETCHES, FLOORS, st.integers(0, 60))
def test_replaying_from_any_point_is_what_happened_live(ladder, stretches, floor, cut):
    events = stream(stretches)
    end, said, states = run(ladder, events, floor=floor)
    place = min(cut, len(events))
    state = states[place - 1][0] if place else initial_state(ladder, floor=floor)
    later = []
    for event in events[place:]:
        state, made = reduce(state, event)
        later.extend(made)
    earlier = [one for _, made in states[:place] for one in made]
    assert earlier + later == said
    assert state == end


@many
@given(LADDER, STRETCHES, FLOORS, st.data())
def test_late_and_repeated_readings_and_passing_time_change_no_order(ladder, stretches, floor, data):
    events = stream(stretches)
    _, said, _ = run(ladder, events, floor=floor)
    noisy = []
    for event in events:
        noisy.append(event)
        extra = data.draw(st.sampled_from(["", "", "again", "late", "missing", "tick"]))
        if extra == "again":
            noisy.append(event)
        elif extra == "late":
            noisy.append(Reading(event.at - timedelta(seconds=5), data.draw(WAITS)))
        elif extra == "missing":
            noisy.append(Reading(event.at + timedelta(seconds=1), None))
        elif extra == "tick":
            noisy.append(Tick(event.at + timedelta(seconds=data.draw(st.integers(1, 200)))))
    _, heard, _ = run(ladder, noisy, floor=floor)
    plain = ("order", "release", "skipped", "blocked", "holding")
    assert [one for one in heard if one.kind in plain] == [one for one in said if one.kind in plain]


@many
@given(LADDER, STRETCHES, FLOORS)
def test_never_past_the_free_seats_nor_more_than_nine_added(ladder, stretches, floor):
    _, _, states = run(ladder, stream(stretches), floor=floor)
    for state, _ in states:
        inside = state.book.orders
        assert sum(one.people or 0 for one in inside if one.rung in (2, 3, 4)) <= 9
        if floor.seats_free is not None and "expert" in floor.available:
            assert sum(one.people or 0 for one in inside) <= floor.seats_free
        counts = Counter(one.rung for one in inside)
        assert all(count == 1 for count in counts.values())


@many
@given(LADDER, STRETCHES, FLOORS)
def test_groups_leave_in_the_reverse_of_the_order_they_came(ladder, stretches, floor):
    _, said, _ = run(ladder, stream(stretches), floor=floor)
    inside = []
    for one in said:
        if one.kind == "order":
            inside.append(one.order_id)
        elif one.kind == "release":
            assert inside.pop() == one.order_id


@many
@given(LADDER, STRETCHES, FLOORS)
def test_one_reading_orders_one_rung_and_never_orders_and_releases(ladder, stretches, floor):
    _, _, states = run(ladder, stream(stretches), floor=floor)
    for _, made in states:
        kinds = [one.kind for one in made if one.kind in ("order", "release")]
        assert len(kinds) <= 1
        passed = [one.rung for one in made if one.kind in ("skipped", "blocked")]
        assert passed == sorted(passed)


@many
@given(STRETCHES, st.lists(st.integers(0, 6), min_size=200, max_size=200))
def test_more_callers_waiting_never_give_a_lower_rung_at_the_same_time(stretches, more):
    fewer = stream(stretches)
    busier = [replace(one, waiting=one.waiting + extra) for one, extra in zip(fewer, more, strict=False)]
    fewer = fewer[: len(busier)]
    ladder = LADDERS["recommended"]
    for (low, _), (high, _) in zip(run(ladder, fewer)[2], run(ladder, busier)[2], strict=True):
        assert high.book.position >= low.book.position


@many
@given(LADDER, STRETCHES, FLOORS, st.lists(st.tuples(st.integers(0, 100), st.integers(0, 4)), max_size=6))
def test_whatever_happens_in_between_orders_and_open_orders_agree(ladder, stretches, floor, others):
    events = stream(stretches)
    for place, what in others:
        at = events[place % len(events)].at if events else START
        extra = (
            ModeChanged(at, "night"),
            ModeChanged(at, "day"),
            KnownFault(at, standing=True),
            KnownFault(at, standing=False),
            PeopleChanged(at, replace(floor, seats_free=place)),
        )[what]
        events.insert(place % (len(events) + 1), extra)
    state, said, _ = run(ladder, events, floor=floor)
    opened = [one.order_id for one in said if one.kind == "order"]
    closed = [one.order_id for one in said if one.kind == "release"]
    assert len(set(opened)) == len(opened)
    assert sorted(one.order_id for one in state.book.orders) == sorted(set(opened) - set(closed))
    assert all(one.reason and one.reason_zh and one.rule for one in said)
