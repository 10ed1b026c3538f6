"""Loads that come and go against the differential equation, quantiles against the bands, seats against played days."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import solve_ivp
from scipy.stats import norm

from forecaster.queueing import erlang
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.seats import requirement, seats_required
from forecaster.requirement.varying_load import calls_at_quantile, carried_load
from forecaster.simulation.chats import simulate_chats
from forecaster.simulation.inputs import Callers
from forecaster.simulation.one_queue_loop import OFFERED
from forecaster.simulation.seats_by_simulation import chat_agents, meets, refined_seats, skill_seats
from forecaster.simulation.simulator import simulate
from forecaster.simulation.skills import Pool, Serves, simulate_skills

CALLS = np.array([20.0, 80.0, 200.0, 260.0, 120.0, 0.0, 40.0])
TARGET = ServiceTarget(service_level=0.8, answer_within_seconds=20.0, max_occupancy=None, shrinkage=0.0)


def forecast(calls, aht=600.0, freq="h"):
    index = pd.date_range("2026-12-01", periods=len(calls), freq=freq, tz="Asia/Shanghai", name="interval_start")
    return pd.DataFrame({"calls": np.asarray(calls, dtype=float), "aht_seconds": aht}, index=index)


def test_a_steady_rate_carries_the_same_load_by_every_method():
    for staffing in ("interval", "lagged", "offered_load", "simulation"):
        load = carried_load(np.full(5, 60.0), np.full(5, 600.0), interval_seconds=1800.0, staffing=staffing)
        assert load == pytest.approx(np.full(5, 20.0))


def test_the_modified_offered_load_solves_its_equation():
    aht = np.array([900.0, 900, 1200, 1200, 900, 900, 600])
    load = carried_load(CALLS, aht, interval_seconds=1800.0, staffing="offered_load")
    m, mean = CALLS[0] / 1800 * aht[0], []
    for calls, handle in zip(CALLS, aht, strict=True):
        solved = solve_ivp(
            lambda _, y, calls=calls, handle=handle: [calls / 1800 - y[0] / handle, y[0]],
            (0, 1800),
            [m, 0.0],
            rtol=1e-10,
            atol=1e-10,
        )
        m = solved.y[0, -1]
        mean.append(solved.y[1, -1] / 1800)
    assert load == pytest.approx(np.array(mean), rel=1e-6)


def test_the_lagged_load_is_the_rate_one_handle_time_ago():
    load = carried_load(CALLS, np.full(7, 900.0), interval_seconds=1800.0, staffing="lagged")
    minutes = np.repeat(CALLS / 1800, 1800)
    shifted = np.concatenate([np.full(900, minutes[0]), minutes[:-900]])
    assert load == pytest.approx(shifted.reshape(7, 1800).mean(axis=1) * 900.0)


def test_quantiles_pass_through_the_bands_and_follow_a_normal_between():
    frame = forecast([100.0, 50.0])
    for column, share in (("lower_95", 0.025), ("lower_80", 0.1), ("upper_80", 0.9), ("upper_95", 0.975)):
        frame[f"calls_{column}"] = frame["calls"] * (1 + 0.1 * norm.ppf(share))
    for share in (0.003, 0.025, 0.3, 0.5, 0.77, 0.9, 0.99):
        expected = frame["calls"] * (1 + 0.1 * norm.ppf(share))
        assert calls_at_quantile(frame, share).to_numpy() == pytest.approx(expected.to_numpy())
    assert (calls_at_quantile(frame * 0 + frame.iloc[0] - 90, 1e-9) >= 0).all()


def test_staffing_to_a_quantile_meets_the_target_as_often_as_it_says():
    frame = forecast([300.0] * 3, aht=200.0)
    spread = 0.12
    for column, share in (("lower_80", 0.1), ("upper_80", 0.9)):
        frame[f"calls_{column}"] = frame["calls"] * (1 + spread * norm.ppf(share))
    plan = requirement(frame, TARGET, interval_minutes=60, quantile=0.85)
    actual = np.maximum(300.0 * (1 + spread * np.random.default_rng(1).standard_normal(20_000)), 1.0)
    needed = seats_required(actual * 200 / 3600, aht_seconds=200.0, target=TARGET)
    share = (needed <= plan["seats_required"].iloc[0]).mean()
    assert 0.84 <= share <= 0.85 + 0.05  # a whole seat covers a little more than asked
    assert (needed <= plan["seats_required"].iloc[0] - 1).mean() < 0.85
    assert plan["calls"].tolist() == [300.0] * 3
    assert plan["calls_staffed_for"].iloc[0] > 300.0


def test_simulation_finds_seats_that_hold_where_intervals_on_their_own_do_not():
    frame = forecast([30.0, 110.0, 200.0, 130.0, 40.0, 0.0, 40.0], aht=900.0, freq="30min")
    alone = requirement(frame, TARGET, interval_minutes=30)
    refined = requirement(frame, TARGET, interval_minutes=30, staffing="simulation", replications=60)

    def levels(seats, seed):
        return simulate(
            frame["calls"], seats=seats, aht_seconds=900.0, interval_minutes=30, answer_within_seconds=20.0,
            replications=200, seed=seed,
        ).frame()["service_level"].dropna()  # fmt: skip

    assert levels(alone["seats_required"], 77).min() < 0.6
    assert levels(refined["seats_required"], 77).min() > 0.75
    assert (refined["service_level"] >= 0.8).all()
    assert refined["seats_required"].iloc[5] == 0


def test_no_seat_of_the_refined_day_can_be_spared():
    calls = np.array([40.0, 90.0, 140.0, 60.0])
    common = {"calls": calls, "aht_seconds": 400.0, "target": TARGET, "interval_minutes": 60, "replications": 40}
    seats, _ = refined_seats(np.full(4, 5), **common)
    common.pop("target")
    for row in range(4):
        fewer = seats - (np.arange(4) == row)
        runs = simulate(
            common["calls"],
            seats=fewer,
            aht_seconds=400.0,
            interval_minutes=60,
            replications=40,
            answer_within_seconds=20.0,
        )
        assert not meets(runs, TARGET, surely=True).all()


def test_pooling_two_queues_needs_fewer_seats_and_agrees_with_erlang():
    callers = [Callers(np.full(10, 100.0), 180.0, name=name) for name in ("a", "b")]
    targets = dict.fromkeys(("a", "b"), TARGET)
    common = {"interval_minutes": 60, "replications": 40, "warmup_intervals": 1}
    apart = skill_seats(callers, [Pool("x", 1, {"a": Serves()}), Pool("y", 1, {"b": Serves()})], targets, **common)
    joint = skill_seats(callers, [Pool("all", 1)], targets, **common)
    single = seats_required(5.0, aht_seconds=180.0, target=TARGET)
    both = seats_required(10.0, aht_seconds=180.0, target=TARGET)
    assert all(abs(n - single) <= 1 for n in apart.values())
    assert abs(joint["all"] - both) <= 1
    assert joint["all"] < sum(apart.values())


def test_a_stricter_promise_to_vips_is_met_by_putting_them_first():
    callers = [Callers(np.full(8, 20.0), 200.0, name="vip"), Callers(np.full(8, 100.0), 200.0, name="plain")]
    targets = {
        "vip": ServiceTarget(service_level=0.95, answer_within_seconds=20.0, max_occupancy=None),
        "plain": ServiceTarget(service_level=0.7, answer_within_seconds=20.0, max_occupancy=None),
    }
    common = {"interval_minutes": 60, "replications": 40, "warmup_intervals": 1}
    first = skill_seats(callers, [Pool("desk", 1, {"vip": Serves(0), "plain": Serves(1)})], targets, **common)
    equal = skill_seats(callers, [Pool("desk", 1, {"vip": Serves(0), "plain": Serves(0)})], targets, **common)
    assert first["desk"] < equal["desk"]


CHATS = {"aht_seconds": 300.0, "interval_minutes": 60, "replications": 60}
SURELY = {"warmup_intervals": 1, "confidence": 0.9999}


def test_chats_that_cost_no_pace_are_a_queue_with_more_seats():
    runs = simulate_chats(np.full(12, 110.0), agents=4, pace=[1, 1, 1], patience_seconds=150.0, seed=2, **CHATS)
    total = runs.judged(**SURELY).total()
    expected = erlang.abandonment(12, offered_load_erlangs=110 / 12, aht_seconds=300.0, patience_seconds=150.0)
    assert abs(total["abandonment"] - expected) <= (total["abandonment_upper"] - total["abandonment_lower"]) / 2


def test_chats_that_share_one_pace_lose_what_the_plain_queue_of_as_many_places_loses():
    # one agent, k places, pace 1/k each: the calls in the system are those of M/M/1/k when nobody waits
    runs = simulate_chats(
        np.full(200, 9.0),
        agents=1,
        pace=[1, 0.5, 1 / 3, 0.25],
        patience_seconds=1e-9,
        seed=3,
        **CHATS,
    )
    total = runs.judged(**SURELY).total()
    load = 9 * 300 / 3600
    blocked = load**4 * (1 - load) / (1 - load**5)
    assert abs(total["abandonment"] - blocked) <= (total["abandonment_upper"] - total["abandonment_lower"]) / 2


def test_chats_that_are_counted_or_known_to_the_second_come_so():
    common = {"agents": 3, "pace": [1, 0.8], "aht_seconds": 300.0, "interval_minutes": 60, "replications": 3}
    counted = simulate_chats([110, 0, 25], counted=True, **common)
    assert (counted.outcome[:, :, OFFERED] == [110, 0, 25]).all()
    known = simulate_chats([9.0, 9.0], arrival_seconds=[3600.0, 20.0, 10.0, 9000.0], **common)
    assert (known.outcome[:, :, OFFERED] == [2, 1]).all()
    with pytest.raises(ValueError, match="replications must be at least 1, got 0"):
        simulate_chats([1.0], **common | {"replications": 0})
    with pytest.raises(ValueError, match="replications must be at least 1, got 0"):
        simulate_skills([Callers([1.0], 300.0)], [Pool("all", 1)], interval_minutes=60, replications=0)


def test_agents_for_chats_lie_between_one_and_three_at_a_time():
    common = {"aht_seconds": 300.0, "target": TARGET, "interval_minutes": 60}
    single = chat_agents(120.0, pace=[1.0], **common)
    slowed = chat_agents(120.0, pace=[1.0, 0.8, 0.65], **common)
    free = chat_agents(120.0, pace=[1.0, 1.0, 1.0], **common)
    assert abs(single - seats_required(10.0, aht_seconds=300.0, target=TARGET)) <= 1
    assert free < slowed < single
    assert chat_agents(0.0, pace=[1.0], **common) == 0


def test_arguments_that_make_no_sense_are_refused():
    frame = forecast([10.0])
    with pytest.raises(ValueError, match=r"staffing must be one of interval, .* got 'magic'"):
        requirement(frame, TARGET, interval_minutes=60, staffing="magic")
    with pytest.raises(ValueError, match="quantile must be above 0 and below 1, got 1"):
        requirement(frame, TARGET, interval_minutes=60, quantile=1.0)
    with pytest.raises(ValueError, match="needs the forecast's bands"):
        requirement(frame, TARGET, interval_minutes=60, quantile=0.9)
    with pytest.raises(ValueError, match="pool x serves 'b', which is none of a"):
        skill_seats(
            [Callers([1.0], 1.0, name="a")], [Pool("x", 1, {"b": Serves()})], {"a": TARGET}, interval_minutes=60
        )
