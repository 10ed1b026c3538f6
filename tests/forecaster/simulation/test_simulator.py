"""The simulator against closed forms, a plain event list, and itself by another engine."""

import heapq
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from forecaster.queueing import erlang
from forecaster.simulation.distributions import constant, empirical, exponential, gamma, lognormal
from forecaster.simulation.inputs import Callers, Retrials, TimedBreak
from forecaster.simulation.one_queue_loop import (
    ANSWERED_WITHIN,
    COLUMN_COUNT,
    OFFERED,
    WAIT_ALL,
    Draws,
    serve_in_order,
)
from forecaster.simulation.simulator import _changes, simulate
from forecaster.simulation.skills import Pool, Serves, simulate_skills

HOUR = {"interval_minutes": 60}
SURELY = {"warmup_intervals": 1, "confidence": 0.9999}


def within_four_errors(total, measure, expected):
    """The expected value lies inside a 99.99 % interval: fixed seeds make this yes or no, not now and then."""
    centre, half = total[measure], (total[f"{measure}_upper"] - total[f"{measure}_lower"]) / 2
    return abs(centre - expected) <= half


@pytest.mark.parametrize(
    ("seats", "load", "patience"),
    [(20, 20.0, 120.0), (12, 18.0, 60.0), (30, 25.0, None), (3, 2.0, 600.0)],
)
def test_a_steady_queue_agrees_with_erlang(seats, load, patience):
    calls = np.full(26, load * 20.0)
    runs = simulate(
        calls,
        seats=seats,
        aht_seconds=180.0,
        patience_seconds=patience,
        answer_within_seconds=20.0,
        replications=150,
        seed=1,
        **HOUR,
    )
    total = runs.judged(warmup_intervals=2, confidence=0.9999).total()
    queue = {"offered_load_erlangs": load, "aht_seconds": 180.0, "patience_seconds": patience}
    assert within_four_errors(total, "service_level", erlang.service_level(seats, answer_within_seconds=20.0, **queue))
    assert within_four_errors(total, "mean_wait_seconds", erlang.mean_wait_seconds(seats, **queue))
    assert within_four_errors(total, "occupancy", erlang.occupancy(seats, **queue))
    answered = erlang.mean_wait_seconds(seats, of="answered", **queue)
    assert within_four_errors(total, "mean_wait_of_answered_seconds", answered)
    if patience:
        assert within_four_errors(total, "abandonment", erlang.abandonment(seats, **queue))
    assert total["queue_length"] == pytest.approx(erlang.queue_length(seats, **queue), rel=0.06)


def plain_event_list(gaps, handling, patience, calls, changes, interval_seconds):
    """Callers one by one against a sorted list of seats; returns (arrival, wait, answered) of each."""
    at, result, seats, pending = 0.0, [], [], list(zip(*changes, strict=True))
    expected = 0.0
    edges = np.concatenate([[0.0], np.cumsum(calls)])
    for gap, handle, patient in zip(gaps, handling, patience, strict=True):
        expected += gap
        if expected > edges[-1]:
            break
        at = float(np.interp(expected, edges, np.arange(len(edges)) * interval_seconds))
        while pending and (pending[0][0] <= at or not seats or pending[0][0] <= seats[0]):
            moment, by, seconds = pending.pop(0)
            for _ in range(abs(int(by))):
                if by > 0:
                    heapq.heappush(seats, moment)
                elif seats:
                    leaves = heapq.heappop(seats)
                    if seconds:
                        heapq.heappush(seats, max(leaves, moment) + seconds)
        start = max(at, seats[0]) if seats else math.inf
        answered = start - at <= patient
        if answered:
            heapq.heapreplace(seats, start + handle)
        result.append((at, start - at if answered else patient, answered))
    return result


@pytest.mark.parametrize("patience_draws", [400, 50])  # of fewer, those who wait take one in turn
def test_changing_staff_and_breaks_agree_with_a_plain_event_list(patience_draws):
    rng = np.random.default_rng(11)
    calls = np.array([30.0, 80.0, 10.0, 0.0, 60.0])
    staff = np.array([4, 7, 0, 2, 5])
    changes = _changes(
        staff, [TimedBreak(1800.0, 2, 20.0), TimedBreak(5000.0, 3, 15.0), TimedBreak(5000.0, 1, 5.0)], 3600.0
    )
    gaps, handling, patience = (rng.standard_exponential(400) for _ in range(3))
    table = np.column_stack([calls, np.full(5, 240.0), np.full(5, 900.0)])
    outcome = np.zeros((5, COLUMN_COUNT))
    patience = np.resize(patience[:patience_draws], 400)
    draws = Draws(gaps, handling, patience[:patience_draws])
    callers = serve_in_order(draws, table, changes, 3600.0, 60.0, np.empty(12), outcome)
    plain = plain_event_list(gaps, handling * 240.0, patience * 900.0, calls, changes, 3600.0)
    assert callers == len(plain) > 150
    for row in range(5):
        mine = [(wait, ok) for at, wait, ok in plain if row * 3600 <= at < (row + 1) * 3600]
        answered = [wait for wait, ok in mine if ok]
        expected = [len(mine), len(answered), sum(w <= 60 for w in answered), len(mine) - len(answered)]
        assert outcome[row, :4].tolist() == expected
        assert outcome[row, 5] == pytest.approx(sum(wait for wait, _ in mine))
        assert outcome[row, 6] == pytest.approx(sum(answered))
    assert outcome[:, 8].sum() <= sum(wait for _, wait, _ in plain) + 1e-6


def test_the_two_engines_agree_on_a_changing_day():
    calls, staff = [40, 90, 120, 60.0], [4, 9, 9, 8]
    common = {"aht_seconds": 300.0, "patience_seconds": 200.0, "replications": 300, **HOUR}
    recursion = simulate(calls, seats=staff, seed=2, **common).judged(confidence=0.999).frame()
    events = simulate(calls, seats=staff, seed=3, lines=10**6, **common).judged(confidence=0.999).frame()
    for measure in ("service_level", "mean_wait_seconds", "abandonment", "occupancy"):
        half = (recursion[f"{measure}_upper"] - recursion[f"{measure}_lower"]) / 2
        assert (abs(recursion[measure] - events[measure]) <= 1.5 * half).all(), measure
    assert recursion["calls_offered"].to_numpy() == pytest.approx(np.array(calls), rel=0.03)


def blocked_queue(seats, load, lines, patience, aht):
    """M/M/s/K+M by its states: blocked and abandons, as shares of offered calls."""
    mu, theta, lam = 1 / aht, 1 / patience, load / aht
    weights = [1.0]
    for k in range(1, lines + 1):
        weights.append(weights[-1] * lam / (min(k, seats) * mu + max(0, k - seats) * theta))
    share = np.array(weights) / sum(weights)
    queue = sum((k - seats) * share[k] for k in range(seats, lines + 1))
    return share[-1], queue * theta / lam


def test_lines_block_as_the_finite_queue_does():
    runs = simulate(
        np.full(12, 240.0),
        seats=12,
        lines=15,
        aht_seconds=200.0,
        patience_seconds=100.0,
        replications=120,
        seed=4,
        **HOUR,
    )
    blocked, abandons = blocked_queue(12, 240 * 200 / 3600, 15, 100.0, 200.0)
    total = runs.judged(**SURELY).total()
    assert total["calls_blocked"] / total["calls_offered"] == pytest.approx(blocked, abs=0.004)
    assert within_four_errors(total, "abandonment", abandons)


def test_callers_who_try_again_come_back_at_the_share_they_should():
    runs = simulate(
        np.full(20, 200.0),
        seats=9,
        aht_seconds=180.0,
        patience_seconds=60.0,
        retrials=Retrials(after_abandoning=0.5, mean_delay_seconds=60.0),
        replications=60,
        seed=5,
        **HOUR,
    )
    sums = runs.outcome.sum(axis=(0, 1))
    assert sums[10] / sums[3] == pytest.approx(0.5, abs=0.01)
    assert sums[0] - sums[10] == pytest.approx(20 * 200 * 60, rel=0.005)


def test_staffing_by_a_function_sees_the_queue_and_changes_it():
    seen = []

    def ladder(floor):
        seen.append(int(floor.waiting.sum()))
        return 8 + (3 if floor.waiting.sum() > 5 else 0)

    common = {"aht_seconds": 240.0, "patience_seconds": 300.0, "replications": 20, "seed": 6, **HOUR}
    calls = [110, 150, 110.0]
    helped = simulate(calls, seats=ladder, **common).total()
    alone = simulate(calls, seats=8, **common).total()
    most = simulate(calls, seats=11, **common).total()
    assert len(seen) == 20 * 3 * 60
    assert max(seen) > 5
    assert 8 < helped["seats"] < 11
    assert alone["service_level"] < helped["service_level"] < most["service_level"]


def test_a_function_that_never_changes_its_mind_is_plain_staffing():
    common = {"aht_seconds": 240.0, "patience_seconds": 300.0, "replications": 30, "seed": 6, "lines": 10**6, **HOUR}
    fixed = simulate([110, 150.0], seats=9, **common)
    decided = simulate([110, 150.0], seats=lambda floor: 9, **common)
    assert decided.outcome == pytest.approx(fixed.outcome)


def test_urgent_callers_wait_as_cobhams_formula_says():
    # M/M/n, two classes, non-preemptive: W1 = W0/(1-r1), W2 = W0/((1-r1)(1-r)), W0 = C × AHT/n (Cobham 1954)
    seats, aht, vip_calls, plain_calls = 5, 180.0, 20.0, 60.0
    load = (vip_calls + plain_calls) * aht / 3600
    callers = [Callers(np.full(60, vip_calls), aht, name="vip"), Callers(np.full(60, plain_calls), aht, name="plain")]
    pool = Pool("desk", seats, {"vip": Serves(rank=0), "plain": Serves(rank=1)})
    runs = simulate_skills(callers, [pool], replications=120, seed=7, **HOUR)
    vip, plain = (runs[name].judged(warmup_intervals=10, confidence=0.9999).total() for name in ("vip", "plain"))
    c = erlang.waiting_probability(seats, offered_load_erlangs=load)
    first, both = vip_calls * aht / 3600 / seats, load / seats
    base = c * aht / seats
    assert within_four_errors(vip, "mean_wait_seconds", base / (1 - first))
    assert within_four_errors(plain, "mean_wait_seconds", base / ((1 - first) * (1 - both)))


def test_pools_that_share_everything_are_one_pool_and_apart_they_are_two():
    callers = [Callers(np.full(20, 120.0), 180.0, 200.0, name=name) for name in ("a", "b")]
    apart = [Pool("x", 6, {"a": Serves()}), Pool("y", 6, {"b": Serves()})]
    joint = [Pool("x", 6, {"a": Serves(), "b": Serves(1)}), Pool("y", 6, {"b": Serves(), "a": Serves(1)})]
    common = {"replications": 80, "seed": 8, **HOUR}
    queue = {"aht_seconds": 180.0, "patience_seconds": 200.0}
    alone = simulate_skills(callers, apart, **common)["a"].judged(**SURELY).total()
    assert within_four_errors(alone, "abandonment", erlang.abandonment(6, offered_load_erlangs=6.0, **queue))
    pooled = simulate_skills(callers, joint, **common)["a"].judged(**SURELY).total()
    # overflow at once, either way: together they lose what one pool of twelve loses
    assert within_four_errors(pooled, "abandonment", erlang.abandonment(12, offered_load_erlangs=12.0, **queue))


def test_overflow_waits_its_time():
    callers = [Callers(np.full(6, 30.0), 180.0, name="a")]
    pools = [Pool("own", 0, {"a": Serves()}), Pool("other", 20, {"a": Serves(after_seconds=45.0)})]
    total = simulate_skills(callers, pools, replications=5, answer_within_seconds=44.0, **HOUR)["a"]
    sums = total.outcome.sum(axis=(0, 1))
    assert sums[6] / sums[1] == pytest.approx(45.0)
    assert sums[2] == 0


def test_kept_back_seats_are_kept_back():
    # with one seat kept free of plain callers, they meet Erlang's queue of one seat fewer when nobody urgent comes
    callers = [Callers(np.full(30, 60.0), 180.0, 120.0, name="plain"), Callers(np.full(30, 0.0), 180.0, name="vip")]
    pool = Pool("desk", 4, {"vip": Serves(), "plain": Serves(1, keep_free=1)})
    common = {"replications": 60, "seed": 9, **HOUR}
    total = simulate_skills(callers, [pool], **common)["plain"].judged(**SURELY).total()
    expected = erlang.abandonment(3, offered_load_erlangs=3.0, aht_seconds=180.0, patience_seconds=120.0)
    assert within_four_errors(total, "abandonment", expected)


def test_the_same_seed_gives_the_same_day_and_another_another():
    common = {"seats": 5, "aht_seconds": 180.0, "patience_seconds": 100.0, "replications": 3, **HOUR}
    first = simulate([90.0, 80.0], seed=1, **common).outcome
    assert (first == simulate([90.0, 80.0], seed=1, **common).outcome).all()
    assert (first != simulate([90.0, 80.0], seed=2, **common).outcome).any()


@pytest.mark.parametrize("shape", [exponential, constant, lognormal(1.3), gamma(0.5), empirical([1.0, 2.0, 9.0])])
def test_shapes_have_mean_one(shape):
    times = shape(np.random.default_rng(0), 200_000)
    assert times.mean() == pytest.approx(1.0, abs=5 * times.std() / 200_000**0.5 + 1e-12)
    assert (times >= 0).all()


def test_constant_handling_waits_half_as_long_as_exponential():
    # M/D/1 and M/M/1 (Pollaczek–Khinchine)
    common = {"seats": 1, "aht_seconds": 180.0, "replications": 60}
    runs = simulate(np.full(300, 12.0), seed=3, handling=constant, **common, **HOUR)
    total = runs.judged(warmup_intervals=20, confidence=0.9999).total()
    assert within_four_errors(total, "mean_wait_seconds", 0.6 / (1 - 0.6) * 180.0 / 2)


def test_days_vary_as_told():
    runs = simulate(np.full(4, 500.0), seats=100, aht_seconds=60.0, day_variation=0.2, replications=400, seed=3, **HOUR)
    days = runs.outcome[:, :, 0].sum(axis=1)
    assert days.std() / days.mean() == pytest.approx((0.2**2 + 1 / 2000) ** 0.5, rel=0.12)


def test_confidence_intervals_hold_what_they_promise():
    expected = erlang.service_level(
        10, offered_load_erlangs=9.0, aht_seconds=180.0, patience_seconds=90.0, answer_within_seconds=20.0
    )
    covered = 0
    for seed in range(200):
        runs = simulate(
            np.full(6, 180.0),
            seats=10,
            aht_seconds=180.0,
            patience_seconds=90.0,
            answer_within_seconds=20.0,
            replications=12,
            seed=seed,
            **HOUR,
        )
        total = runs.judged(warmup_intervals=1, confidence=0.9).total()
        covered += total["service_level_lower"] <= expected <= total["service_level_upper"]
    assert poisson.cdf(200 - covered, 20) < 0.999
    assert poisson.cdf(200 - covered, 20) > 0.001


def test_the_frame_keeps_the_callers_intervals():
    index = pd.date_range("2026-12-01", periods=3, freq="30min", tz="Asia/Shanghai", name="interval_start")
    frame = simulate(
        pd.Series([0.0, 20.0, 30.0], index=index), seats=[0, 3, 4], aht_seconds=180.0, interval_minutes=30
    ).frame()
    assert frame.index.equals(index)
    assert math.isnan(frame["service_level"].iloc[0])
    assert frame["seats"].tolist() == [0.0, 3.0, 4.0]


def test_nobody_on_the_phone_answers_nobody():
    total = simulate([30.0], seats=0, aht_seconds=180.0, patience_seconds=60.0, replications=4, **HOUR).total()
    assert total["calls_answered"] == 0
    assert total["abandonment"] == 1.0
    assert simulate([30.0], seats=0, aht_seconds=180.0, replications=2, **HOUR).total()["calls_answered"] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"calls": [1.0, -2.0]}, "calls of calls .* got -2 in row 1"),
        ({"seats": [1, 2.5]}, "seats must be whole, got 2.5 in row 1"),
        ({"seats": [1, 2, 3]}, "seats has 3 intervals, calls 2"),
        ({"aht_seconds": 0.0}, "aht_seconds .* got 0"),
        ({"patience_seconds": -1.0}, "patience_seconds .* got -1"),
        ({"replications": 0}, "replications must be at least 1, got 0"),
    ],
)
def test_bad_input_names_the_argument_the_value_and_the_row(arguments, message):
    given = {"calls": [1.0, 2.0], "seats": [1, 2], "aht_seconds": 180.0} | arguments
    with pytest.raises(ValueError, match=message):
        simulate(given.pop("calls"), **given, **HOUR)


def test_counted_calls_lie_in_their_interval_as_the_rates_say():
    counts, rates = np.array([4000, 9000, 0]), np.array([[0.4, 0.8, 1.2, 1.6], [2.0, 1.0, 1.0, 0.0], [1.0] * 4])
    who = Callers(calls=counts, aht_seconds=60.0, counted=True, rates=rates)
    at = who.arrivals(counts, 3600.0, np.random.default_rng(3))
    quarters = np.histogram(at, 12, (0, 3 * 3600))[0].reshape(3, 4)
    assert quarters.sum(axis=1).tolist() == counts.tolist()
    assert quarters[:2] / counts[:2, None] == pytest.approx(rates[:2] / 4, abs=0.02)
    steady, even = (
        replace(who, rates=one).arrivals(counts, 3600.0, np.random.default_rng(3)) for one in (None, np.ones((3, 4)))
    )
    assert even == pytest.approx(steady), "a steady rate leaves every call where it was"


def test_calls_known_to_the_second_come_then():
    """One seat, every call 100 s: by hand, three at once and one an hour later wait 0, 100, 200 and 0 s."""
    at = [10.0, 10.0, 10.0, 3700.0, 7200.0]  # the last lies beyond the two hours
    made = simulate(
        [9.0, 9.0], seats=1, aht_seconds=100.0, answer_within_seconds=20.0, replications=2, handling=constant,
        arrival_seconds=at, **HOUR,
    )  # fmt: skip
    assert made.outcome[:, :, OFFERED].tolist() == [[3, 1]] * 2
    assert made.outcome[:, :, ANSWERED_WITHIN].tolist() == [[1, 1]] * 2
    assert made.outcome[:, :, WAIT_ALL].tolist() == [[300, 0]] * 2
    with pytest.raises(ValueError, match="arrival_seconds"):
        simulate([9.0], seats=1, aht_seconds=100.0, arrival_seconds=[-1.0], **HOUR)


@pytest.mark.parametrize(("seats", "patience"), [(12, None), (9, 200.0)])
def test_counted_calls_come_as_often_as_told_and_wait_as_the_formulas_say(seats, patience):
    """Poisson counts drawn outside, each played exactly: Erlang C and Erlang A over many hours."""
    aht, hours = 180.0, 2000
    counts = np.random.default_rng(5).poisson(200.0, hours)
    made = simulate(
        counts, seats=seats, aht_seconds=aht, interval_minutes=60.0, answer_within_seconds=20.0, replications=1,
        patience_seconds=patience, counted=True, seed=3,
    )  # fmt: skip
    offered = made.outcome[:, :, OFFERED]
    assert (offered == counts).all()
    total = made.total()
    given = {"offered_load_erlangs": 200.0 * aht / 3600.0, "aht_seconds": aht, "patience_seconds": patience}
    level = erlang.service_level(seats, answer_within_seconds=20.0, **given)
    assert total["service_level"] == pytest.approx(level, abs=0.015)
    if patience is not None:
        assert total["abandonment"] == pytest.approx(erlang.abandonment(seats, **given), abs=0.008)
