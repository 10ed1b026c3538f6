"""The n-th seat's worth: a distribution in, falling values out, and rosters that follow it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from forecaster.queueing.erlang import service_level
from forecaster.queueing.service_target import ServiceTarget
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules, Weights
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.rostering import plan_roster
from optimizer.search.seat_worth import seat_worth, worth_curve

TARGET = ServiceTarget(
    service_level=0.8, answer_within_seconds=20, max_occupancy=None, shrinkage=0.0, patience_seconds=120.0
)
INDEX = month_intervals(pd.Period("2026-06", "M"), "Asia/Shanghai")[:24]


def forecast(calls, spread):
    frame = pd.DataFrame({"calls": np.full(24, float(calls))}, index=INDEX)
    for level, z in ((80, 1.2816), (95, 1.96)):
        frame[f"calls_lower_{level}"] = max(0.0, calls - z * spread)
        frame[f"calls_upper_{level}"] = calls + z * spread
    return frame.assign(aht_seconds=180.0)


def worth_of(calls, spread, seats=8):
    required = pd.Series(seats, index=INDEX)
    return seat_worth(forecast(calls, spread), required, TARGET).iloc[0].to_numpy()


def test_worth_never_rises_and_the_required_seats_are_worth_ten_each():
    worth = worth_of(100, 20)
    assert (np.diff(worth) <= 1e-9).all()
    assert worth[:8].sum() == pytest.approx(80)


def test_without_uncertainty_worth_is_the_gain_in_calls_answered_in_time():
    certain = forecast(100, 0)
    for name in ("day_lower_80", "day_upper_80", "day_lower_95", "day_upper_95", "total_lower_80", "total_upper_80"):
        certain[f"{name}_ratio"] = 1.0
    worth = seat_worth(certain, pd.Series(8, index=INDEX), TARGET).iloc[0].to_numpy()
    level = [
        float(
            service_level(
                n, offered_load_erlangs=5.0, aht_seconds=180.0, answer_within_seconds=20.0, patience_seconds=120.0
            )
        )
        for n in range(1, 15)
    ]
    gain = np.diff(level)
    beyond = slice(8, 13)  # well past the load the gains fall by themselves: no concave hull in between
    assert worth[beyond] / worth[8] == pytest.approx(gain[7:12] / gain[7], rel=0.01)


def test_nobody_is_taken_from_an_hour_below_its_floor():
    band = forecast(100, 20)
    band.iloc[0] = 0.02 * band.iloc[0]  # a quiet night hour beside busy ones
    band["aht_seconds"] = 180.0
    worth = seat_worth(band, pd.Series([1] + [8] * 23, index=INDEX), TARGET)
    assert worth.iloc[0, 0] >= worth.iloc[1:, 7:].to_numpy().max()
    assert worth.iloc[1, 0] >= 2.5 * worth.iloc[1, 7]  # the first of a busy hour before its eighth


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
        seat_worth(pd.DataFrame({"calls": [1.0]}, index=INDEX[:1]), pd.Series(1, index=INDEX[:1]), TARGET)


def test_people_who_are_away_part_of_the_time_are_worth_that_much_less():
    required = pd.Series(10, index=INDEX)
    people = seat_worth(forecast(100, 20), required, replace(TARGET, shrinkage=0.2)).iloc[0]
    # ten people are eight seats: what lies beyond falls to the worth that the ninth seat and later ones have
    seats = worth_of(100, 20)
    assert people.iloc[:10].sum() == pytest.approx(100)
    assert people.iloc[14] / people.iloc[11] < 1
    assert people.iloc[11] > seats[11]


def test_in_distribution_mode_the_shortage_is_still_that_of_the_seats_required():
    month = pd.Period("2026-06", "M")
    index = month_intervals(month, "Asia/Shanghai")
    busy = (index.hour >= 8) & (index.hour < 16)
    calls = pd.DataFrame({name: np.where(busy, 30.0, 0.0) for name in ("calls", "calls_lower_80", "calls_lower_95")})
    calls = calls.assign(calls_upper_80=np.where(busy, 40.0, 0.0), calls_upper_95=np.where(busy, 46.0, 0.0))
    band = calls.set_index(index).assign(aht_seconds=180.0)
    need = pd.DataFrame({"seats_required": np.where(busy, 3, 0)}, index=index)
    rules = RosterRules(on_site_day={}, on_site_night={}, standby_minimum=0, standby_target=0)
    people = [Person(str(n)) for n in range(4)]
    made = plan_roster(
        need,
        Situation(people, ShiftCatalogue((Shift("D", 480, 480),)), rules, month, "Asia/Shanghai", Calendar()),
        time_limit_seconds=2,
        worth=seat_worth(band, need["seats_required"], TARGET),
    )
    lack = (made.coverage["seats_required"] - made.coverage["seats_rostered"]).clip(lower=0)
    assert made.coverage["shortage"].to_numpy() == pytest.approx(lack.to_numpy())
    assert made.shortage_hours == pytest.approx(lack.sum())
    assert lack.sum() >= 90 * 8 - 4 * 22 * 8  # four people work at most 22 days each; 90 seat-days are wanted
