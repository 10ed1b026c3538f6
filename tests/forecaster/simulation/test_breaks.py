"""Breaks where calls are played event by event: against the other engine, and against what must be so by hand."""

import numpy as np
import pytest

from forecaster.simulation import skills as simulator_skills
from forecaster.simulation.distributions import constant
from forecaster.simulation.inputs import Callers, Retrials, TimedBreak
from forecaster.simulation.one_queue_loop import ABANDONED, ANSWERED, BLOCKED, OFFERED, RETRIED, SEAT_SECONDS
from forecaster.simulation.simulator import simulate
from forecaster.simulation.skills import Pool, Serves, simulate_skills

HOUR = {"interval_minutes": 60}
EVENTS = {"lines": 10**6}  # a bound nobody meets: it asks for the event engine and changes nothing else


def test_the_two_engines_agree_on_a_day_with_breaks():
    calls, staff = [60, 110, 120, 60.0], [7, 11, 11, 8]
    # early, late, overlapping, back to back, and across the change of staff at 10800 s
    breaks = [
        TimedBreak(1500, 2, 30),
        TimedBreak(4000, 4, 20),
        TimedBreak(4900, 3, 25),
        TimedBreak(6400, 4, 15),
        TimedBreak(9900, 4, 30),
    ]
    common = {"aht_seconds": 300.0, "patience_seconds": 200.0, "breaks": breaks, **HOUR}
    recursion = simulate(calls, seats=staff, seed=2, replications=400, **common).judged(confidence=0.999).frame()
    events = simulate(calls, seats=staff, seed=3, replications=400, **EVENTS, **common).judged(confidence=0.999).frame()
    without = (
        simulate(calls, seats=staff, seed=3, replications=400, **EVENTS, **common | {"breaks": ()})
        .judged(confidence=0.999)
        .frame()
    )
    for measure in ("service_level", "mean_wait_seconds", "abandonment", "occupancy"):
        half = (recursion[f"{measure}_upper"] - recursion[f"{measure}_lower"]) / 2
        assert (abs(recursion[measure] - events[measure]) <= 1.5 * half).all(), measure
        assert (abs(recursion[measure] - without[measure]) > 1.5 * half).any(), measure
    assert events["seats"].tolist() == pytest.approx(recursion["seats"].tolist())


def test_a_break_of_everybody_stops_service_until_they_are_back():
    # calls of one minute, callers who wait ten seconds; 6 people (a plan for 9) leave from 30:00 to 50:00
    runs = simulate(
        np.full(12, 20.0),
        seats=6,
        aht_seconds=60.0,
        patience_seconds=10.0,
        handling=constant,
        patience=constant,
        breaks=[TimedBreak(1800, 9, 20)],
        replications=30,
        seed=1,
        interval_minutes=5,
        **EVENTS,
    )
    answered, offered = (runs.outcome[:, :, column].sum(axis=0) for column in (ANSWERED, OFFERED))
    assert answered[6:9].tolist() == [0, 0, 0]
    assert answered[9] < 0.1 * offered[9]  # those who come in the last ten seconds may just hold out
    level = np.delete(answered / offered, range(6, 10))
    assert (level > 0.9).all()
    assert runs.frame()["seats"].tolist() == [6.0] * 6 + [0.0] * 4 + [6.0] * 2


def test_whoever_is_on_the_phone_finishes_before_the_break():
    # constant calls of ten minutes, one person, a queue that never empties: the break of 11:00 begins at 20:00,
    # so calls end at 10, 20, then from 25 on every ten minutes
    ends = []

    def watch(floor):
        ends.append((floor.at_seconds, int(floor.busy[0]), int(floor.on_break[0])))
        return 1

    simulate(
        [400.0, 0.0],
        seats=watch,
        aht_seconds=600.0,
        handling=constant,
        breaks=[TimedBreak(660, 1, 5)],
        replications=1,
        **HOUR,
    )
    resting = [at for at, _, away in ends if away]
    working = {at for at, busy, _ in ends if busy}
    assert len(resting) == 5
    assert 1200 <= resting[0] <= 1320  # the first call comes within a minute
    assert all(at not in working for at in resting)
    assert {at for at in working if at > resting[-1]} == {at for at, _, _ in ends if at > resting[-1]}


def test_a_staffing_function_is_told_who_is_away():
    seen = {}

    def plan(floor):
        seen[floor.at_seconds] = int(floor.on_break[0])
        return 5

    breaks = [TimedBreak(600, 3, 5), TimedBreak(720, 1, 5)]
    runs = simulate([0.0], seats=plan, aht_seconds=60.0, breaks=breaks, replications=1, **HOUR)
    # what happens at the moment of asking is not yet seen
    expected = {at: 3 * (600 < at <= 900) + (720 < at <= 1020) for at in range(0, 3600, 60)}
    assert seen == expected
    assert runs.outcome[0, 0, SEAT_SECONDS] == 5 * 3600 - 3 * 300 - 300


def test_who_signs_out_during_a_break_neither_comes_back_nor_is_missed():
    # the four of the first hour leave at 59:00 for 70 minutes and sign out; four others sign in for the third hour
    plan = [4, 0, 4]
    seen = []

    def staffed(floor):
        seen.append((floor.interval, int(floor.on_break[0])))
        return plan[floor.interval]

    common = {"aht_seconds": 120.0, "patience_seconds": 60.0, "seed": 5, "replications": 20, **HOUR}
    calls = [0.0, 0.0, 100.0]
    with_break = simulate(calls, seats=staffed, breaks=[TimedBreak(3540, 4, 70)], **common)
    assert max(away for interval, away in seen if interval == 2) == 0
    without = simulate(calls, seats=plan, **EVENTS, **common)
    assert with_break.outcome[:, 2] == pytest.approx(without.outcome[:, 2])
    in_order = simulate(calls, seats=plan, breaks=[TimedBreak(3540, 4, 70)], **common)
    for runs in (with_break, in_order):
        assert runs.frame()["seats"].tolist() == pytest.approx([4 * 59 / 60, 0, 4])


def test_no_caller_is_lost_when_breaks_meet_retrials_lines_and_a_ladder():
    def ladder(floor):
        return 7 + (3 if floor.waiting.sum() > 4 else 0)

    common = {
        "aht_seconds": 240.0,
        "patience_seconds": 90.0,
        "retrials": Retrials(after_abandoning=0.4, after_blocking=0.6, mean_delay_seconds=120.0),
        "lines": 14,
        "replications": 40,
        "seed": 6,
        **HOUR,
    }
    calls = [110, 150, 110.0]
    breaks = [TimedBreak(600 * k, 1 + k % 4, 15) for k in range(18)]
    rested = simulate(calls, seats=ladder, breaks=breaks, **common)
    plain = simulate(calls, seats=ladder, **common)
    for runs in (rested, plain):
        sums = runs.outcome.sum(axis=1)
        assert (sums[:, OFFERED] == sums[:, ANSWERED] + sums[:, ABANDONED] + sums[:, BLOCKED]).all()
        assert sums[:, RETRIED].sum() > 0
        assert sums[:, BLOCKED].sum() > 0
    first = [runs.outcome[:, :, OFFERED] - runs.outcome[:, :, RETRIED] for runs in (rested, plain)]
    assert (first[0] == first[1]).all()  # the same callers come, whatever the breaks
    assert rested.total()["abandonment"] > plain.total()["abandonment"] + 0.05


@pytest.mark.parametrize(("resting", "other"), ["ab", "ba"])
def test_a_pool_rests_alone(resting, other):
    callers = [Callers(np.full(4, 60.0), 120.0, 60.0, name=name) for name in "ab"]

    others = [TimedBreak(3600, 4, 30)]  # at the same moment, in the other pool

    def play(breaks):
        pools = [Pool(name, 4, {name: Serves()}, breaks=breaks if name == resting else others) for name in "ab"]
        return simulate_skills(callers, pools, replications=20, seed=8, **HOUR)

    rested, plain = play([TimedBreak(3600, 4, 60)]), play([])
    assert (rested[other].outcome[:, :, :SEAT_SECONDS] == plain[other].outcome[:, :, :SEAT_SECONDS]).all()
    level = [runs[resting].frame()["service_level"] for runs in (rested, plain)]
    assert level[0].iloc[0] == level[1].iloc[0]
    assert level[0].iloc[1] < level[1].iloc[1] - 0.3
    assert rested[resting].frame()["seats"].tolist() == [8.0, 2.0, 8.0, 8.0]


def test_a_break_of_many_finds_room_among_the_events(monkeypatch):
    # 900 people come back at once, on a day that has nothing else to keep in mind
    monkeypatch.setattr(simulator_skills, "quickest", lambda loop, **_: loop)
    seen = []

    def everyone(floor):
        seen.append(int(floor.on_break[0]))
        return 900

    simulate([0.0], seats=everyone, aht_seconds=60.0, breaks=[TimedBreak(600, 900, 10)], replications=1, **HOUR)
    assert seen == [0] * 11 + [900] * 10 + [0] * 39


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-5.0, 2, 10.0), "at_seconds of a break .* got -5"),
        ((60.0, -2, 10.0), "seats of a break .* got -2"),
        ((60.0, 1.5, 10.0), "seats of a break must be whole, got 1.5"),
        ((60.0, 2, 0.0), "minutes of a break .* got 0"),
    ],
)
def test_a_break_that_cannot_be_says_so(arguments, message):
    with pytest.raises(ValueError, match=message):
        TimedBreak(*arguments)
