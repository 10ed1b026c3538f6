from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecaster.forecast.accuracy import wape
from forecaster.forecast.backtesting import backtest, backtest_intervals, backtest_tables
from forecaster.forecast.forecasters import FORECASTERS, forecasters_named, repeated
from forecaster.history.calendar import Calendar, SpecialDay
from forecaster.history.intervals import month_intervals, plan_cutoff
from forecaster.history.observed import History

ZONE = "Asia/Shanghai"
WEEK = np.array([1.2, 1.0, 1.1, 1.0, 0.9, 0.6, 0.0])  # closed on Sundays
HOURS = np.where((np.arange(24) >= 8) & (np.arange(24) < 20), 10.0 + np.arange(24), 0.0)
FESTIVALS = {
    date(2026, 2, 12): SpecialDay("lantern", "holiday", True, 1),
    date(2026, 3, 19): SpecialDay("kite", "holiday", True, 1),
    date(2026, 5, 14): SpecialDay("lantern", "holiday", True, 1),
    date(2026, 5, 21): SpecialDay("never seen", "holiday", True, 1),
}
FACTORS = {"lantern": 0.4, "kite": 0.8, "never seen": 0.6}


def hotline(*, noisy: bool = False) -> History:
    index = pd.date_range("2026-01-05", "2026-06-01", freq="h", inclusive="left", tz=ZONE, name="interval_start")
    calls = WEEK[index.day_of_week] * HOURS[index.hour]
    calls *= [FACTORS[FESTIVALS[day].name] if day in FESTIVALS else 1.0 for day in index.date]
    if noisy:
        calls = np.random.default_rng(5).poisson(calls).astype(float)
    return History("hotline", ZONE, 60, pd.DataFrame({"calls_offered": calls}, index=index))


@pytest.mark.parametrize("name", ["uc", "ets"])
def test_a_model_of_statsmodels_carries_on_a_line_without_chance(name: str) -> None:
    history, month = hotline(), pd.Period("2026-05")
    past, intervals = history.before(plan_cutoff(month, ZONE)), month_intervals(month, ZONE)
    made = FORECASTERS[name].forecast(past, intervals, calendar=Calendar(days=FESTIVALS))["calls"]
    truth = history.frame["calls_offered"].reindex(intervals)
    assert (made[intervals.day_of_week == 6] == 0).all()
    # the holiday of the same name had the factor .4; one never seen takes the mean of .4 and .8, which is the true .6
    np.testing.assert_allclose(made, truth, rtol=0.01, atol=0.01)


def test_repetition_goes_back_as_many_weeks_as_were_not_known() -> None:
    history, month = hotline(noisy=True), pd.Period("2026-05")
    past, intervals = history.before(plan_cutoff(month, ZONE)), month_intervals(month, ZONE)
    made = repeated(28)(past, intervals, calendar=Calendar())["calls"]
    for at in intervals[::17]:
        back = at - pd.Timedelta(days=28)
        while back >= plan_cutoff(month, ZONE):
            back -= pd.Timedelta(days=7)
        assert made[at] == history.frame.loc[back, "calls_offered"]


def half_known(history: History, intervals: pd.DatetimeIndex, *, calendar: Calendar) -> pd.DataFrame:
    """Twenty calls at every hour but in the first week, with a band that holds all of them."""
    calls = np.where(intervals.day <= 7, np.nan, 20.0)
    bands = {
        f"calls_{side}_{level}": calls * (side == "upper") * 99 for side in ("lower", "upper") for level in (80, 95)
    }
    return pd.DataFrame({"calls": calls, **bands, "ends": history.end_at}, index=intervals)


def test_any_function_stands_beside_the_forecast_and_is_scored_where_it_says_something() -> None:
    history, months = hotline(noisy=True), [pd.Period("2026-04"), pd.Period("2026-05")]
    asked: list[tuple[pd.Timestamp, pd.Timestamp]] = []

    def listening(history: History, intervals: pd.DatetimeIndex, *, calendar: Calendar) -> pd.DataFrame:
        asked.append((history.end_at, intervals[0]))
        return half_known(history, intervals, calendar=calendar)

    forecasters = {"mine": listening, **forecasters_named(["workbook"])}
    tested = backtest_intervals(history, calendar=Calendar(), months=months, forecasters=forecasters)
    assert asked == [(plan_cutoff(month, ZONE), month.start_time.tz_localize(ZONE)) for month in months]
    tables = backtest_tables(tested, history=history, calendar=Calendar())
    assert list(tables["model"].index) == ["huawu", "mine", "workbook"]
    mine = tables["model"].loc["mine"]
    known = tested["calls_mine"].notna()
    assert mine["intervals"] == known.sum() == (30 + 31 - 14) * 24
    assert mine["wape"] == pytest.approx(wape(tested["calls_offered"][known], np.full(known.sum(), 20.0)))
    assert mine["hit_rate_80"] == 1.0
    assert np.isnan(tables["model"].loc["workbook", "hit_rate_80"])
    scores = backtest(history, calendar=Calendar(), months=months, forecasters=forecasters)
    assert scores.loc["all", "wape_mine"] == pytest.approx(mine["wape"])
    assert scores.loc["all", "wape"] == pytest.approx(tables["model"].loc["huawu", "wape"])


@pytest.mark.parametrize(
    ("name", "forecaster", "said"),
    [
        (
            "short",
            lambda history, intervals, *, calendar: pd.DataFrame({"calls": 1.0}, index=intervals[1:]),
            "'short' must",
        ),
        ("mute", lambda history, intervals, *, calendar: pd.DataFrame({"mean": 1.0}, index=intervals), "'mute' must"),
        ("offered", half_known, "column calls_offered itself"),
        ("lower_80", half_known, "column calls_lower_80 itself"),
    ],
)
def test_a_forecaster_that_cannot_stand_beside_is_refused_by_name(name: str, forecaster, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        backtest(hotline(), calendar=Calendar(), months=[pd.Period("2026-05")], forecasters={name: forecaster})


def test_a_forecaster_nobody_knows_is_refused_with_the_nearest() -> None:
    assert list(forecasters_named(["ets", "uc"])) == ["ets", "uc"]
    with pytest.raises(ValueError, match=r"forecaster 'workbok' is not known; there are workbook$"):
        forecasters_named(["uc", "workbok"])
