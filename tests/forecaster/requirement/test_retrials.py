"""Retrials and bounded lines against Erlang B, the queue without bounds, the simulator, and their own balance."""

import numpy as np
import pandas as pd
import pytest

from forecaster.queueing import erlang
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.retrials import bounded_queue, first_attempt_calls, seats_with_retrials, with_retrials
from forecaster.requirement.seats import seats_required
from forecaster.simulation.inputs import Retrials
from forecaster.simulation.simulator import simulate

QUEUE = {"aht_seconds": 180.0, "answer_within_seconds": 20.0}


def test_as_many_lines_as_seats_is_erlang_b():
    got = bounded_queue(12, offered_load_erlangs=10.0, lines=12, **QUEUE)
    assert got.blocked == pytest.approx(erlang.blocking(12, offered_load_erlangs=10.0), rel=1e-12)
    assert got.waits == got.mean_wait_seconds == 0.0
    assert got.answered_within == pytest.approx(1 - got.blocked)


@pytest.mark.parametrize("patience", [None, 90.0])
def test_lines_without_end_are_erlang_c_and_a(patience):
    got = bounded_queue(12, offered_load_erlangs=10.0, patience_seconds=patience, lines=600, **QUEUE)
    queue = {"offered_load_erlangs": 10.0, "aht_seconds": 180.0, "patience_seconds": patience}
    assert got.waits == pytest.approx(erlang.waiting_probability(12, **queue), rel=1e-10)
    assert got.answered_within == pytest.approx(
        erlang.service_level(12, answer_within_seconds=20.0, **queue), rel=1e-10
    )
    assert got.mean_wait_seconds == pytest.approx(erlang.mean_wait_seconds(12, **queue), rel=1e-10)
    assert got.abandons == pytest.approx(erlang.abandonment(12, **queue), rel=1e-10, abs=1e-15)
    assert got.occupancy == pytest.approx(erlang.occupancy(12, **queue), rel=1e-10)


def test_all_attempts_balance_first_ones_and_those_who_come_back():
    again = Retrials(after_abandoning=0.6, after_blocking=0.9)
    got = with_retrials(20, first_attempt_load_erlangs=22.0, retrials=again, lines=26, patience_seconds=120.0, **QUEUE)
    back = got.offered_load_erlangs * (0.6 * got.abandons + 0.9 * got.blocked)
    assert got.offered_load_erlangs == pytest.approx(22.0 + back, rel=1e-9)
    assert got.offered_load_erlangs > 23.0


def test_long_delays_play_out_as_the_fixed_point_says():
    again = Retrials(after_abandoning=0.7, mean_delay_seconds=5400.0)
    expected = with_retrials(15, first_attempt_load_erlangs=16.0, retrials=again, patience_seconds=150.0, **QUEUE)
    runs = simulate(
        np.full(60, 320.0),
        seats=15,
        aht_seconds=180.0,
        patience_seconds=150.0,
        answer_within_seconds=20.0,
        retrials=again,
        replications=25,
        seed=12,
        interval_minutes=60,
    )
    total = runs.judged(warmup_intervals=15).total()
    assert total["calls_offered"] / 45 * 180 / 3600 == pytest.approx(expected.offered_load_erlangs, rel=0.02)
    assert total["abandonment"] == pytest.approx(expected.abandons, rel=0.05)


def test_when_everyone_comes_back_and_seats_do_not_suffice_there_is_no_end():
    again = Retrials(after_abandoning=1.0)
    got = with_retrials(5, first_attempt_load_erlangs=6.0, retrials=again, patience_seconds=60.0, **QUEUE)
    assert np.isinf(got.offered_load_erlangs)
    assert got.answered_within == 0.0


def test_seats_with_retrials_reduce_to_plain_seats_and_never_need_fewer():
    load = np.array([0.4, 7.0, 31.0])
    target = ServiceTarget(service_level=0.8, answer_within_seconds=20.0, patience_seconds=120.0, max_occupancy=None)
    plain = seats_required(load, aht_seconds=180.0, target=target)
    nobody = seats_with_retrials(load, retrials=Retrials(), aht_seconds=180.0, target=target)
    assert nobody.tolist() == plain.tolist()
    all_back = seats_with_retrials(load, retrials=Retrials(after_abandoning=1.0), aht_seconds=180.0, target=target)
    assert (all_back >= plain).all()
    assert all_back.sum() > plain.sum()
    for_ever = ServiceTarget(service_level=0.8, answer_within_seconds=20.0, max_occupancy=None)
    endless = seats_with_retrials(load, retrials=Retrials(), aht_seconds=180.0, target=for_ever)
    assert endless.tolist() == seats_required(load, aht_seconds=180.0, target=for_ever).tolist()


def test_first_attempts_are_found_again_in_a_simulated_day():
    first = np.repeat([150, 300, 420, 300, 150, 100, 80, 80.0], 4) / 4
    again = Retrials(after_abandoning=0.8, mean_delay_seconds=1200.0)
    runs = simulate(
        first,
        seats=13,
        aht_seconds=180.0,
        patience_seconds=100.0,
        retrials=again,
        replications=100,
        seed=4,
        interval_minutes=15,
    )
    seen = runs.outcome.mean(axis=0)
    index = pd.date_range("2026-12-01", periods=32, freq="15min", tz="UTC")
    offered = pd.Series(seen[:, 0], index=index)
    found = first_attempt_calls(offered, calls_abandoned=seen[:, 3], retrials=again, interval_minutes=15)
    assert found.index.equals(index)
    assert (offered - first).max() > 15
    assert found.to_numpy().reshape(8, 4).sum(axis=1) == pytest.approx(first.reshape(8, 4).sum(axis=1), rel=0.03)


def test_missing_counts_stay_missing():
    found = first_attempt_calls(
        [100.0, np.nan, 90.0], calls_abandoned=[0.0, np.nan, 0.0], retrials=Retrials(0.5), interval_minutes=60
    )
    assert np.isnan(found[1])
    assert found[[0, 2]].tolist() == [100.0, 90.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Retrials(after_abandoning=1.5), "after_abandoning .* got 1.5"),
        (lambda: bounded_queue(5, offered_load_erlangs=3.0, lines=4, **QUEUE), "got 4 lines for 5 seats"),
        (
            lambda: with_retrials(5, first_attempt_load_erlangs=6.0, retrials=Retrials(), **QUEUE),
            "5 seats cannot carry 6 erlangs",
        ),
        (
            lambda: first_attempt_calls([5.0, -1.0], retrials=Retrials(), interval_minutes=60),
            "calls_offered .* got -1 in row 1",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
