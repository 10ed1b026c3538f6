"""The n-th seat's worth: a distribution in, falling values out, and rosters that follow it."""

import numpy as np
import pandas as pd
import pytest

from forecaster.erlang import service_level
from forecaster.intervals import month_intervals
from optimizer.rules import Weights
from optimizer.worth import seat_worth, worth_curve

INDEX = month_intervals(pd.Period("2026-06", "M"), "Asia/Shanghai")[:24]


def forecast(calls, spread):
    frame = pd.DataFrame({"calls": np.full(24, float(calls))}, index=INDEX)
    for level, z in ((80, 1.2816), (95, 1.96)):
        frame[f"calls_lower_{level}"] = max(0.0, calls - z * spread)
        frame[f"calls_upper_{level}"] = calls + z * spread
    return frame.assign(aht_seconds=180.0)


def worth_of(calls, spread, seats=8):
    required = pd.Series(seats, index=INDEX)
    return seat_worth(forecast(calls, spread), required, answer_within_seconds=20).iloc[0].to_numpy()


def test_worth_never_rises_and_the_required_seats_are_worth_ten_each():
    worth = worth_of(100, 20)
    assert (np.diff(worth) <= 1e-9).all()
    assert worth[:8].sum() == pytest.approx(80)


def test_without_uncertainty_worth_is_the_gain_in_calls_answered_in_time():
    worth = worth_of(100, 0)
    level = [
        float(service_level(n, offered_load_erlangs=5.0, aht_seconds=180.0, answer_within_seconds=20.0))
        for n in range(1, 15)
    ]
    gain = np.diff([100 * value for value in level])
    beyond = slice(8, 13)  # well past the load the gains fall by themselves: no concave hull in between
    assert worth[beyond] / worth[8] == pytest.approx(gain[7:12] / gain[7], rel=1e-9)


def test_more_uncertain_calls_make_late_seats_worth_more():
    assert worth_of(100, 40)[11] > worth_of(100, 5)[11]


def test_the_curve_falls_by_the_worth_of_each_seat_to_within_a_step():
    worth = np.array([[12.0, 10, 8, 6, 4, 3, 2, 1.5, 0.5, 0.1]])
    curve = worth_curve(worth, weights=Weights(), slot_hours=1.0)
    assert curve.enough.tolist() == [8]
    cost = [float(curve.cost(np.array([float(n)]))[0]) for n in range(11)]
    assert cost[8] == 0
    assert cost[0] == pytest.approx(worth[0, :8].sum() - 8)  # a seat-hour costs 1
    assert cost[10] == pytest.approx(2)
    assert (np.diff(cost, n=2) >= -1e-9).all()


def test_a_forecast_without_its_band_is_refused():
    with pytest.raises(ValueError, match="'calls_lower_95' is missing"):
        seat_worth(
            pd.DataFrame({"calls": [1.0]}, index=INDEX[:1]), pd.Series(1, index=INDEX[:1]), answer_within_seconds=20
        )
