"""Erlang B, C and A against exact fractions, 40-digit sums over the states, and each other."""

from fractions import Fraction

import mpmath as mp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.queueing import erlang
from forecaster.queueing.erlang import Cases, outcome, outcomes

CASES_B = [(0, "0.5"), (1, "0.001"), (3, "2.5"), (14, "10"), (40, "39.75"), (40, "200"), (120, "100"), (300, "310.5")]


def b_by_definition(seats: int, load: Fraction) -> Fraction:
    """Erlang's own formula: the last state's weight over the sum of all of them."""
    term = total = Fraction(1)
    for k in range(1, seats + 1):
        term = term * load / k
        total += term
    return term / total


def c_by_definition(seats: int, load: Fraction) -> Fraction:
    b = b_by_definition(seats, load)
    return b / (1 - load / seats * (1 - b))


def patient_queue_by_states(n, load, aht, patience, within, balking=0):
    """M/M/n+M by summing its states with 40 digits: waits, answered within, abandons, gone within, mean queue."""
    with mp.workdps(40):
        mu, theta = 1 / mp.mpf(aht), 1 / mp.mpf(patience)
        lam, stay = mp.mpf(load) * mu, 1 - mp.mpf(balking)
        weights = [mp.mpf(1)]
        while len(weights) < n + 5 or weights[-1] > mp.mpf(10) ** -35 * sum(weights[-3:]) or len(weights) < 2 * load:
            k = len(weights)
            rate = lam if k <= n else lam * stay
            weights.append(weights[-1] * rate / (min(k, n) * mu + max(0, k - n) * theta))
            if k > n + 20 and weights[-1] < mp.mpf(10) ** -32 * max(weights):
                break
        total = sum(weights)
        waiting = [w / total for w in weights[n:]]
        c, z = n * mu / theta, mp.e ** (-theta * within)
        answered = 1 - sum(waiting)
        answered_wait = gone = mp.mpf(0)
        for j, all_busy in enumerate(waiting):
            share = all_busy * stay
            served = c / (c + j + 1)
            # the time until j callers ahead are gone and a seat is free is -log Beta(c, j+1) / theta
            in_time = served * mp.betainc(c + 1, j + 1, z, 1, regularized=True)
            answered += share * in_time
            answered_wait += share * served * (mp.digamma(c + j + 2) - mp.digamma(c + 1)) / theta
            out_of_turn = mp.betainc(c, j + 1, 0, z, regularized=True)
            gone += share * (1 - in_time - z * out_of_turn)
        queue = sum(j * share for j, share in enumerate(waiting))
        waits = sum(waiting)
        abandons = queue * theta / lam + waits * (1 - stay)
        return {
            "waits": waits,
            "offered": answered,
            "abandons": abandons,
            "gone": gone + waits * (1 - stay),
            "queue": queue,
            "wait_of_answered": answered_wait / (1 - abandons),
        }


@pytest.mark.parametrize(("seats", "load"), CASES_B)
def test_blocking_is_erlangs_formula(seats, load):
    exact = b_by_definition(seats, Fraction(load))
    assert erlang.blocking(seats, offered_load_erlangs=float(load)) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize(("seats", "load"), [(n, a) for n, a in CASES_B if n > float(a)])
def test_waiting_probability_is_erlang_c_by_exact_fractions(seats, load):
    exact = c_by_definition(seats, Fraction(load))
    assert erlang.waiting_probability(seats, offered_load_erlangs=float(load)) == pytest.approx(float(exact), rel=1e-12)


def test_one_seat_waits_as_the_single_server_queue_does():
    load = np.array([0.1, 0.5, 0.9])
    wait = erlang.mean_wait_seconds(1, offered_load_erlangs=load, aht_seconds=180.0)
    assert wait == pytest.approx(180.0 * load / (1 - load), rel=1e-12)
    level = erlang.service_level(1, offered_load_erlangs=load, aht_seconds=180.0, answer_within_seconds=20.0)
    assert level == pytest.approx(1 - load * np.exp((load - 1) * 20.0 / 180.0), rel=1e-12)


@pytest.mark.parametrize("load", [1e3, 1e5, 1e6])
def test_a_million_erlangs_agree_with_the_regularised_gamma_function(load):
    for seats in (int(load + load**0.5), int(load), int(load - 3 * load**0.5)):
        with mp.workdps(40):
            tail = mp.gammainc(seats + 1, load, regularized=True)
            mass = mp.exp(-mp.mpf(load) + seats * mp.log(load) - mp.loggamma(seats + 1))
        got = erlang.blocking(seats, offered_load_erlangs=load)
        assert got == pytest.approx(float(mass / tail), rel=1e-10)


def test_overload_is_an_answer():
    queue = {"offered_load_erlangs": np.array([10.0, 10.0, 1e6]), "aht_seconds": 180.0}
    seats = np.array([10.0, 0.0, 1e6 - 1])
    assert (erlang.service_level(seats, answer_within_seconds=20.0, **queue) == 0).all()
    assert np.isposinf(erlang.mean_wait_seconds(seats, **queue)).all()
    assert (erlang.waiting_probability(seats, offered_load_erlangs=queue["offered_load_erlangs"]) == 1).all()
    assert (erlang.occupancy(seats, offered_load_erlangs=queue["offered_load_erlangs"]) == 1).all()


def test_without_calls_nobody_waits():
    for patience in (None, 60.0):
        queue = {"offered_load_erlangs": 0.0, "aht_seconds": 180.0, "patience_seconds": patience}
        assert erlang.service_level(5, answer_within_seconds=20.0, **queue) == 1.0
        assert erlang.mean_wait_seconds(0, **queue) == erlang.abandonment(0, **queue) == 0.0
        assert erlang.occupancy(0, **queue) == erlang.queue_length(3, **queue) == 0.0


@pytest.mark.parametrize(("load", "patience", "balking"), [(3.0, 60.0, 0.0), (0.2, 400.0, 0.25), (900.0, 5.0, 0.5)])
def test_without_seats_everybody_waits_out_their_patience_or_hangs_up_at_once(load, patience, balking):
    """With nobody to answer, the queue is that of callers who leave by themselves: M/M/infinity."""
    queue = {"offered_load_erlangs": load, "aht_seconds": 180.0, "patience_seconds": patience, "balking": balking}
    assert erlang.abandonment(0, **queue) == erlang.waiting_probability(0, **queue) == 1.0
    assert erlang.service_level(0, answer_within_seconds=20.0, **queue) == 0.0
    wait = (1 - balking) * patience
    assert erlang.mean_wait_seconds(0, **queue) == pytest.approx(wait, rel=1e-12)
    assert erlang.queue_length(0, **queue) == pytest.approx(load / 180.0 * wait, rel=1e-12)


@pytest.mark.parametrize("aht", [1.0, 180.0, 437.5])
@pytest.mark.parametrize("seats", [11, 14, 40])
def test_how_many_wait_depends_on_the_load_and_not_on_the_unit_of_time(seats, aht):
    """Erlang C: C·a ÷ (n − a) wait on average; with patience, scaling every time alike changes nothing."""
    load = 10.0
    exact = c_by_definition(seats, Fraction(load)) * Fraction(load) / (seats - Fraction(load))
    assert erlang.queue_length(seats, offered_load_erlangs=load, aht_seconds=aht) == pytest.approx(
        float(exact), rel=1e-11
    )
    patient = patient_queue_by_states(seats, load, 180, 120, 20.0)["queue"]
    scaled = erlang.queue_length(
        seats, offered_load_erlangs=load, aht_seconds=aht, patience_seconds=120.0 * aht / 180.0
    )
    assert scaled == pytest.approx(float(patient), rel=1e-11)
    in_handle_times = erlang.queue_length(seats, offered_load_erlangs=load, patience_seconds=120.0 / 180.0)
    assert in_handle_times == pytest.approx(float(patient), rel=1e-11)


def test_callers_with_and_without_patience_are_answered_each_by_their_own_formula():
    patience = np.array([np.inf, 60.0, np.inf, 400.0])
    queue = {"offered_load_erlangs": np.array([10.0, 10.0, 13.0, 13.0]), "aht_seconds": 180.0}
    together = erlang.queue_length(14, patience_seconds=patience, **queue)
    for at, one in enumerate(patience):
        load = queue["offered_load_erlangs"][at]
        alone = erlang.queue_length(
            14, offered_load_erlangs=load, aht_seconds=180.0, patience_seconds=None if np.isinf(one) else one
        )
        assert together[at] == alone


PATIENT = [
    (14, 10.0, 120.0, 0.0),
    (10, 12.0, 120.0, 0.0),
    (1, 0.3, 5.0, 0.0),
    (60, 66.0, 600.0, 0.0),
    (60, 45.0, 30.0, 0.25),
    (5, 40.0, 90.0, 0.0),
    (80, 76.0, 1800.0, 0.0),
]


@pytest.mark.parametrize(("seats", "load", "patience", "balking"), PATIENT)
@pytest.mark.parametrize("within", [0.0, 20.0, 400.0])
def test_every_measure_with_patience_agrees_with_the_sum_over_states(seats, load, patience, balking, within):
    exact = patient_queue_by_states(seats, load, 180, patience, within, balking)
    queue = {"offered_load_erlangs": load, "aht_seconds": 180.0, "patience_seconds": patience, "balking": balking}
    got = {
        "waits": erlang.waiting_probability(seats, **queue),
        "offered": erlang.service_level(seats, answer_within_seconds=within, **queue),
        "abandons": erlang.abandonment(seats, **queue),
        "queue": erlang.queue_length(seats, **queue),
        "wait_of_answered": erlang.mean_wait_seconds(seats, of="answered", **queue),
        "wait_of_all": erlang.mean_wait_seconds(seats, **queue),
    }
    exact["wait_of_all"] = exact["queue"] * 180 / load  # Little's law
    for what, value in got.items():
        assert value == pytest.approx(float(exact[what]), rel=1e-11), what
    by_definition = {
        "offered_less_short_abandons": exact["offered"] / (1 - exact["gone"]),
        "answered": exact["offered"] / (1 - exact["abandons"]),
    }
    for definition, value in by_definition.items():
        level = erlang.service_level(seats, answer_within_seconds=within, definition=definition, **queue)
        assert level == pytest.approx(float(value), rel=1e-10), definition
    assert erlang.occupancy(seats, **queue) == pytest.approx(float(load * (1 - exact["abandons"]) / seats), rel=1e-11)


def test_several_measures_asked_for_at_once_are_those_asked_for_one_by_one():
    rng = np.random.default_rng(5)
    columns = rng.integers(0, 30, 60), rng.uniform(0, 25, 60), rng.uniform(60, 400, 60), rng.uniform(60, 900, 60)
    seats, load, aht, patience = (column.astype(float) for column in columns)
    load[:5], patience[10:20] = 0.0, np.inf
    cases = Cases(seats, load, aht, patience, np.zeros(60), np.full(60, 20.0))
    names = ["offered", "occupancy", "wait_of_all", "abandons", "waits"]
    for name, together in zip(names, outcomes(names, cases), strict=True):
        alone = [outcome(name, cases.where(np.array([row])))[0] for row in range(60)]
        assert together == pytest.approx(np.array(alone), nan_ok=True), name


def test_no_load_is_too_small_or_too_large_for_an_answer():
    load = np.array([1e-300, 1e-12, 1e-3, 1e5, 1e7])
    for patience in (1e-3, 100.0, 1e9):
        for seats in (load, load * 0.5, load + 3 * np.sqrt(load), load * 30 + 1):
            queue = {"offered_load_erlangs": load, "aht_seconds": 200.0, "patience_seconds": patience}
            for definition in erlang.DEFINITIONS:
                level = erlang.service_level(seats, answer_within_seconds=20.0, definition=definition, **queue)
                assert ((level >= 0) & (level <= 1)).all()
            assert np.isfinite(erlang.mean_wait_seconds(seats, **queue)).all()


def test_long_patience_becomes_erlang_c():
    queue = {"offered_load_erlangs": 10.0, "aht_seconds": 180.0, "answer_within_seconds": 20.0}
    patient = erlang.service_level(14, patience_seconds=1e9, **queue)
    assert patient == pytest.approx(erlang.service_level(14, **queue), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    load=st.floats(0.01, 3000),
    spare=st.floats(-0.9, 3.0),
    patience=st.one_of(st.none(), st.floats(1.0, 5000.0)),
    within=st.floats(0, 300),
)
def test_another_seat_never_hurts_and_shares_stay_shares(load, spare, patience, within):
    seats = max(0.0, float(round(load + spare * load**0.5))) + np.arange(4.0)
    queue = {"offered_load_erlangs": load, "aht_seconds": 240.0, "patience_seconds": patience}
    level = erlang.service_level(seats, answer_within_seconds=within, **queue)
    wait = erlang.mean_wait_seconds(seats, **queue)
    lost = erlang.abandonment(seats, **queue)
    assert ((level >= 0) & (level <= 1)).all()
    assert ((lost >= 0) & (lost <= 1)).all()
    assert (np.diff(level) >= -1e-13).all()
    assert (wait[1:] <= wait[:-1] * (1 + 1e-12)).all()
    assert (np.diff(lost) <= 1e-13).all()


def test_fractional_seats_lie_between_their_neighbours():
    seats = np.linspace(10.05, 20, 200)
    level = erlang.service_level(seats, offered_load_erlangs=10.0, aht_seconds=180.0, answer_within_seconds=20.0)
    assert (np.diff(level) > 0).all()
    with mp.workdps(30):
        integral = mp.quad(lambda t: 10 * mp.exp(-10 * t) * (1 + t) ** mp.mpf(12.5), [0, 1, 5, 20])
    assert erlang.blocking(12.5, offered_load_erlangs=10.0) == pytest.approx(float(1 / integral), rel=1e-12)


def test_results_come_back_in_the_shape_of_the_input():
    index = pd.Index(["a", "b"])
    load = pd.Series([5.0, 6.0], index=index)
    level = erlang.service_level(8, offered_load_erlangs=load, aht_seconds=180.0, answer_within_seconds=20.0)
    assert isinstance(level, pd.Series)
    assert level.index.equals(index)
    grid = erlang.blocking(np.arange(3)[:, None], offered_load_erlangs=np.array([1.0, 2.0]))
    assert grid.shape == (3, 2)
    assert isinstance(erlang.blocking(3, offered_load_erlangs=2.0), float)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"offered_load_erlangs": -1.0}, "offered_load_erlangs .* got -1"),
        ({"offered_load_erlangs": float("nan")}, "offered_load_erlangs .* got nan"),
        ({"offered_load_erlangs": [3.0, -2.0]}, "offered_load_erlangs .* got -2 in row 1"),
        ({"aht_seconds": 0.0}, "aht_seconds .* above 0, got 0"),
        ({"answer_within_seconds": -5.0}, "answer_within_seconds .* got -5"),
        ({"patience_seconds": 0.0}, "patience_seconds .* above 0, got 0"),
        ({"patience_seconds": pd.Series([60.0, -1.0], index=["mon", "tue"])}, "patience_seconds .* got -1 in row tue"),
        ({"aht_seconds": "long"}, "aht_seconds must hold numbers"),
        ({"definition": "connected"}, "definition must be one of offered, .* got 'connected'"),
        ({"balking": 0.1}, "balking needs a patience_seconds"),
        ({"aht_seconds": [180.0, 180.0], "offered_load_erlangs": [1.0, 2.0, 3.0]}, "do not line up"),
    ],
)
def test_bad_input_names_the_argument_the_value_and_the_row(arguments, message):
    queue = {"offered_load_erlangs": 10.0, "aht_seconds": 180.0, "answer_within_seconds": 20.0} | arguments
    with pytest.raises(ValueError, match=message):
        erlang.service_level(12, **queue)


def test_the_offered_load_is_the_handling_time_that_comes_in_over_the_time():
    assert erlang.offered_load_erlangs(90, aht_seconds=120, interval_minutes=30) == 6.0  # 10,800 s in 1,800 s
    loads = erlang.offered_load_erlangs(np.array([0, 15]), aht_seconds=240, interval_minutes=60)
    np.testing.assert_array_equal(loads, [0.0, 1.0])


def test_a_seat_without_calls_is_idle_and_nobody_waits_where_nobody_calls():
    assert erlang.occupancy(2, offered_load_erlangs=0.5) == 0.25
    for seats in (0, 2):
        nothing = {"offered_load_erlangs": 0.0, "aht_seconds": 180.0}
        assert erlang.occupancy(seats, **nothing) == 0.0
        assert erlang.mean_wait_seconds(seats, **nothing) == 0.0
        assert erlang.queue_length(seats, **nothing) == 0.0
        assert erlang.service_level(seats, **nothing, answer_within_seconds=20.0) == 1.0
