"""The price of each limit, against seats found one limit at a time."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.prices import prices_of_limits
from forecaster.requirement.seats import seats_required

TARGET = ServiceTarget(service_level=0.8, answer_within_seconds=20.0, max_occupancy=0.85, shrinkage=0.0)
INDEX = pd.date_range("2026-12-01", periods=6, freq="h", tz="UTC", name="interval_start")
FORECAST = pd.DataFrame({"calls": [0.0, 5.0, 20.0, 100.0, 400.0, 900.0], "aht_seconds": 300.0}, index=INDEX)


def alone(target):
    load = (FORECAST["calls"] * 300.0 / 3600.0).to_numpy()
    return np.asarray(seats_required(load, aht_seconds=300.0, target=target))


def test_a_limit_costs_what_the_others_alone_would_not_ask_for():
    level = alone(replace(TARGET, max_occupancy=None))
    cap = alone(replace(TARGET, service_level=None))
    both = np.maximum(level, cap)
    told = prices_of_limits(FORECAST, TARGET, interval_minutes=60).set_index("limit")
    assert told.loc["max_occupancy", "people_hours"] == (both - level).sum()
    assert told.loc["service_level", "people_hours"] == (both - cap).sum()
    assert told.loc["max_occupancy", "intervals_share"] == pytest.approx((cap > level)[1:].mean())
    assert told.loc["service_level", "intervals_share"] == pytest.approx((level > cap)[1:].mean())
    assert told["people_hours"].is_monotonic_decreasing


def test_half_hours_count_half_and_a_single_limit_has_no_price():
    whole = prices_of_limits(FORECAST, TARGET, interval_minutes=60)
    halves = FORECAST.assign(calls=FORECAST["calls"] / 2).set_axis(
        INDEX[0] + pd.to_timedelta(range(0, 180, 30), unit="min")
    )
    half = prices_of_limits(halves, TARGET, interval_minutes=30)
    assert half["people_hours"].to_numpy() == pytest.approx(whole["people_hours"].to_numpy() / 2)
    assert prices_of_limits(FORECAST, replace(TARGET, max_occupancy=None), interval_minutes=60).empty
