"""The price of each limit, against seats found one limit at a time."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecaster.queueing.erlang import occupancy
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.expected_service import ASSUMED_PATIENCE_SECONDS
from forecaster.requirement.limit_prices import prices_of_limits
from forecaster.requirement.seats import requirement, seats_required
from forecaster.requirement.striving import Striving

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


@pytest.mark.parametrize("strive_for", ["expected", "chance"])
def test_a_level_to_be_expected_costs_what_the_other_limits_alone_would_not_ask_for(strive_for):
    """Without the level people are there for the cap alone, by Erlang A, and somebody for the few calls."""
    calls = [5.0, 5.0, 0.0, 400.0, 400.0, 0.0]
    sure = {f"day_{side}_{limit}_ratio": 1.0 for side in ("lower", "upper") for limit in (80, 95)}
    forecast = FORECAST.assign(calls=calls, **sure)
    striving = Striving(strive_for)
    target = replace(TARGET, max_occupancy=0.95)
    told = prices_of_limits(forecast, target, interval_minutes=60, striving=striving).set_index("limit")
    both = requirement(forecast, target, interval_minutes=60, striving=striving)["people_to_roster"].sum()
    free = replace(TARGET, max_occupancy=None)
    level = requirement(forecast, free, interval_minutes=60, striving=striving)["people_to_roster"].sum()
    assert told.loc["max_occupancy", "people_hours"] == both - level
    seats = np.linspace(1.0, 60.0, 6000)
    given = {"aht_seconds": 300.0, "patience_seconds": ASSUMED_PATIENCE_SECONDS}
    cap = 2 * 1 + 2 * seats[(occupancy(seats, offered_load_erlangs=400.0 / 12.0, **given) <= 0.95).argmax()]
    assert both - told.loc["service_level", "people_hours"] == pytest.approx(cap, abs=1.0)
    assert both > cap + 1.0, "the level asks for more"


def test_half_hours_count_half_and_a_single_limit_has_no_price():
    whole = prices_of_limits(FORECAST, TARGET, interval_minutes=60)
    halves = FORECAST.assign(calls=FORECAST["calls"] / 2).set_axis(
        INDEX[0] + pd.to_timedelta(range(0, 180, 30), unit="min")
    )
    half = prices_of_limits(halves, TARGET, interval_minutes=30)
    assert half["people_hours"].to_numpy() == pytest.approx(whole["people_hours"].to_numpy() / 2)
    assert prices_of_limits(FORECAST, replace(TARGET, max_occupancy=None), interval_minutes=60).empty
