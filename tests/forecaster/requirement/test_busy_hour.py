"""Busy-hour capacity against hand arithmetic and against the spread of many simulated samples."""

import numpy as np
import pandas as pd
import pytest

from forecaster.history.observed import History
from forecaster.requirement.busy_hour import busy_hour_capacity, ramped_share


def history(calls, answered, seats, aht=180.0, minutes=30):
    index = pd.date_range("2026-01-01", periods=len(calls), freq=f"{minutes}min", tz="UTC", name="interval_start")
    columns = {"calls_offered": calls, "calls_answered": answered, "seats_signed_in": seats, "aht_seconds": aht}
    return History("hotline", "UTC", minutes, pd.DataFrame(columns, index=index, dtype=float))


def test_theory_is_the_hour_over_the_handle_time_times_the_cap():
    capacity = busy_hour_capacity(aht_seconds=240.0, max_occupancy=0.8)
    assert capacity.theory_calls_per_hour == 12.0
    assert capacity.sampled_calls_per_hour is None
    assert capacity.calls_per_hour == 12.0


def test_the_sample_is_calls_over_seat_hours_in_the_busiest_intervals():
    calls = np.r_[np.full(90, 10.0), np.full(10, 100.0)]
    answered = np.r_[np.full(90, 1.0), np.full(10, 80.0)]
    capacity = busy_hour_capacity(history(calls, answered, np.full(100, 10.0)), set_calls_per_hour=15.0)
    assert capacity.sampled_intervals == 10
    assert capacity.sampled_calls_per_hour == pytest.approx(80.0 / 5.0)
    assert capacity.theory_calls_per_hour == pytest.approx(18.0)
    assert capacity.calls_per_hour == 15.0
    assert capacity.frame()["calls_per_hour"].tolist() == pytest.approx([18.0, 16.0, 15.0])


def test_the_confidence_interval_covers_the_truth_as_often_as_it_says_when_days_differ():
    rng = np.random.default_rng(8)
    covered, trials = 0, 300
    for _ in range(trials):
        day_effect = np.repeat(rng.normal(0, 1.5, 40), 12)
        seats = rng.integers(20, 40, 40 * 12).astype(float)
        answered = np.maximum(seats * (15.0 + day_effect + rng.normal(0, 1, len(seats))), 1.0)
        capacity = busy_hour_capacity(history(answered, answered, seats, minutes=60), busiest_share=1.0)
        covered += capacity.sampled_lower <= 15.0 <= capacity.sampled_upper
    assert 0.91 <= covered / trials <= 0.985


def test_newcomers_ramp_up_to_full():
    assert [ramped_share(w, ramp_up=(0.5, 0.8)) for w in (0, 0.9, 1, 2, 50)] == [0.5, 0.5, 0.8, 1.0, 1.0]


def test_arguments_out_of_range_are_named():
    with pytest.raises(ValueError, match=r"aht_seconds .* got -5"):
        busy_hour_capacity(aht_seconds=-5.0)
    with pytest.raises(ValueError, match=r"weeks_employed .* got -1"):
        ramped_share(-1)
