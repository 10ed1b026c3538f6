"""What the planner tells of days: shut, open at other hours, not to be learned from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecaster.forecast.interval_forecast import forecast_calls
from forecaster.history.calendar import Calendar, Effect, country_calendar

MONTH = pd.date_range("2025-02-01", "2025-02-28 23:00", freq="h")


def office(start: str = "2024-03-01", end: str = "2025-01-24", *, rate: float = 20.0) -> pd.Series:
    """An office line, Monday to Friday from 8 to 18, with `rate` calls an hour and no chance."""
    at = pd.date_range(start, f"{end} 23:00", freq="h")
    is_open = (at.hour >= 8) & (at.hour < 18) & (at.day_of_week < 5)
    return pd.Series(np.where(is_open, rate, 0.0), index=at)


def days(calls: pd.Series, calendar: Calendar) -> pd.Series:
    """The forecast calls of each day of February."""
    return forecast_calls(calls, MONTH, calendar=calendar)["mean"].resample("D").sum()


def test_a_day_told_shut_has_no_calls_and_no_other_day_learns_of_it() -> None:
    calls, shut = office(), [date(2025, 2, 12), date(2024, 11, 13), date(2024, 12, 4), date(2025, 1, 8)]
    for day in shut[1:]:
        calls[calls.index.date == day] = 0.0
    told = days(calls, Calendar(closed=frozenset(shut)))
    assert told["2025-02-12"] == 0.0
    others = told.drop(pd.Timestamp("2025-02-12"))
    pd.testing.assert_series_equal(others, days(office(), Calendar()).loc[others.index], rtol=0.01)
    assert forecast_calls(calls, MONTH, calendar=Calendar(closed=frozenset(shut))).loc["2025-02-12"].eq(0.0).all().all()


def test_hours_told_by_date_hold_ahead_and_are_no_guide_to_other_days() -> None:
    calls, short = (
        office(),
        {date(2025, 2, 14): (480, 720), date(2025, 1, 10): (480, 840), date(2025, 1, 17): (480, 840)},
    )
    for day in list(short)[1:]:
        calls[(calls.index.date == day) & (calls.index.hour >= 14)] = 0.0
    told = forecast_calls(calls, MONTH, calendar=Calendar(opening_on=short))["mean"]
    friday = told["2025-02-14"]
    assert friday[friday > 0].index.hour.tolist() == [8, 9, 10, 11]
    assert friday.sum() == pytest.approx(80.0, rel=0.03)
    assert told["2025-02-21"].sum() == pytest.approx(200.0, rel=0.03)


@pytest.mark.parametrize("day", [date(2025, 2, 15), date(2025, 2, 16)])
def test_a_day_that_is_opened_for_once_is_open(day: date) -> None:
    told = forecast_calls(office(), MONTH, calendar=Calendar(opening_on={day: (600, 840)}))["mean"]
    at = told[told.index.date == day]
    assert at[at > 0].index.hour.tolist() == [10, 11, 12, 13]


def test_an_effect_whose_factor_is_nought_shuts_the_days_that_carry_it() -> None:
    stocktaking = Effect("stocktaking", lambda _, day: float(day.day == 20))
    british = country_calendar("GB", range(2024, 2026))
    for calendar, shut in (
        (Calendar(effects=(stocktaking,), told_effects={"stocktaking": 0.0}), {20}),
        (Calendar(told_effects={"weekday Monday": 0.0}), {3, 10, 17, 24}),
        (replace(british, told_effects={"day before a holiday": 0.0}), set()),
    ):
        told = days(office(), calendar)
        worked = told[told.index.day_of_week < 5]
        assert set(worked[worked == 0.0].index.day) == shut
        np.testing.assert_allclose(worked[worked > 0.0], 200.0, rtol=0.03)


def test_a_part_of_the_model_that_is_on_every_day_cannot_be_nought() -> None:
    with pytest.raises(ValueError, match=r"season.*\[\[closed\]\]"):
        days(office(), Calendar(told_effects={"season": 0.0}))


def test_nothing_is_learned_from_before_the_day_that_is_told() -> None:
    calls = pd.concat([office(end="2024-10-31", rate=80.0), office("2024-11-01")])
    only = forecast_calls(calls["2024-11-01":], MONTH, calendar=Calendar())
    told = forecast_calls(calls, MONTH, calendar=Calendar(learn_from=date(2024, 11, 1)))
    pd.testing.assert_frame_equal(told, only)
