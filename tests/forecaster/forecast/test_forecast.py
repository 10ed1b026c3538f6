from __future__ import annotations

import tomllib
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from forecaster.forecast.accuracy import wape
from forecaster.forecast.backtesting import backtest, backtest_intervals, backtest_tables, months_to_test
from forecaster.forecast.forecasters import workbook
from forecaster.forecast.interval_forecast import day_bands, forecast_calls, forecast_month, predict_history
from forecaster.forecast.prediction import sample_paths
from forecaster.history.calendar import Calendar, SpecialDay, country_calendar
from forecaster.history.intervals import plan_cutoff
from forecaster.history.observed import History

SHAPE = np.array([1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 20, 18, 14, 15, 17, 18, 16, 12, 9, 7, 5, 4, 2, 1], dtype=float)
WEEK = np.array([1.2, 1.0, 1.0, 1.0, 0.95, 0.6, 0.4])


def truth(start: str, days: int, *, minutes: int = 60, size: float = 20.0) -> pd.Series:
    index = pd.date_range(start, periods=days * 1440 // minutes, freq=f"{minutes}min", name="interval_start")
    rate = size * SHAPE[index.hour] / SHAPE.mean() * WEEK[index.day_of_week] * minutes / 60
    return pd.Series(rate, index=index)


def drawn(rate: pd.Series, seed: int = 1) -> pd.Series:
    return pd.Series(np.random.default_rng(seed).poisson(rate).astype(float), index=rate.index)


def as_history(calls: pd.Series, timezone: str = "Asia/Shanghai", **columns: float) -> History:
    index = pd.date_range(
        calls.index[0].tz_localize(timezone), periods=len(calls), freq=calls.index[1] - calls.index[0]
    )
    frame = pd.DataFrame({"calls_offered": calls.to_numpy(), **columns}, index=index.rename("interval_start"))
    return History("hotline", timezone, int((index[1] - index[0]).total_seconds()) // 60, frame)


@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_a_steady_line_is_forecast_to_a_few_percent_of_its_true_rate(minutes: int) -> None:
    rate = truth("2026-01-05", 150, minutes=minutes, size=120.0)
    per_day = 1440 // minutes
    table = forecast_calls(drawn(rate)[: 112 * per_day], rate.index[119 * per_day :])
    assert wape(rate[119 * per_day :], table["mean"]) < 0.04


def test_the_forecast_does_not_see_past_its_cutoff() -> None:
    calls = drawn(truth("2026-01-05", 150))
    changed = calls.copy()
    changed.iloc[110 * 24 :] *= 5
    month = pd.Period("2026-05")
    one, other = (forecast_month(as_history(c), month, calendar=Calendar()) for c in (calls, changed))
    pd.testing.assert_frame_equal(one, other)


def test_closed_hours_and_closed_weekdays_are_zero_and_bands_are_ordered() -> None:
    rate = truth("2026-01-05", 140)
    rate[(rate.index.hour < 8) | (rate.index.hour >= 20) | (rate.index.day_of_week == 6)] = 0.0
    table = forecast_month(as_history(drawn(rate)), pd.Period("2026-05"), calendar=Calendar())
    local = table.index.tz_localize(None)
    closed = (local.hour < 8) | (local.hour >= 20) | (local.day_of_week == 6)
    assert (table.loc[closed].filter(like="calls") == 0).all(axis=None)
    ordered = table[["calls_lower_95", "calls_lower_80", "calls_upper_80", "calls_upper_95"]].to_numpy()
    assert (np.diff(ordered, axis=1) >= 0).all()
    assert (ordered >= 0).all()
    assert (table.loc[~closed, "calls"] > 0).all()


def test_a_days_band_is_that_of_whole_futures_not_the_sum_of_its_hours_limits() -> None:
    history, month = as_history(drawn(truth("2026-01-05", 200))), pd.Period("2026-07")
    table = forecast_month(history, month, calendar=Calendar())
    bands = day_bands(table)
    past = history.before(plan_cutoff(month, history.timezone))
    prediction = predict_history(past, pd.DatetimeIndex(table.index), calendar=Calendar())
    futures = sample_paths(prediction, table.index.tz_localize(None), paths=2000, seed=4)
    totals = futures.reshape(2000, 31, 24).sum(axis=2)
    np.testing.assert_allclose(bands["calls"], table["calls"].to_numpy().reshape(31, 24).sum(axis=1))
    width = bands["calls_upper_80"] - bands["calls_lower_80"]
    simulated = np.quantile(totals, 0.9, axis=0) - np.quantile(totals, 0.1, axis=0)
    assert abs(width.sum() / simulated.sum() - 1) < 0.15
    added = (table["calls_upper_80"] - table["calls_lower_80"]).to_numpy().reshape(31, 24).sum(axis=1)
    assert (width < added).all()
    assert (bands["calls_lower_95"] <= bands["calls_lower_80"]).all()


def test_days_changed_by_hand_keep_their_bands_share() -> None:
    table = forecast_month(as_history(drawn(truth("2026-01-05", 140))), pd.Period("2026-05"), calendar=Calendar())
    doubled = table.assign(calls=table["calls"] * 2)
    pd.testing.assert_frame_equal(day_bands(doubled), day_bands(table) * 2)


def test_hours_that_the_clock_skips_or_repeats_are_in_the_month_once_each() -> None:
    calls = drawn(truth("2026-06-01", 140))
    table = forecast_month(as_history(calls, "Europe/Paris"), pd.Period("2026-10"), calendar=Calendar())
    assert len(table) == 31 * 24 + 1
    assert table.index.is_unique
    assert table["calls"].notna().all()


def test_a_holiday_seen_before_is_forecast_at_its_own_level() -> None:
    rate = truth("2025-01-01", 700)
    calendar = Calendar(
        days={
            date(year, 5, 1) + timedelta(n): SpecialDay("May", "holiday", True, n + 1)
            for year in (2025, 2026)
            for n in range(3)
        }
        | {date(2025, month, 10): SpecialDay("other", "holiday", True, 1) for month in (3, 8, 10)}
    )
    share = pd.Series(
        [0.3 if date(d.year, d.month, d.day) in calendar.days else 1.0 for d in rate.index], index=rate.index
    )
    table = forecast_month(as_history(drawn(rate * share)), pd.Period("2026-05"), calendar=calendar)
    true_month = (rate * share)["2026-05-01":"2026-05-03"].sum()
    assert table["calls"].iloc[:72].sum() == pytest.approx(true_month, rel=0.25)
    assert table["calls"].iloc[96:].sum() == pytest.approx((rate * share)["2026-05-05":"2026-05-31"].sum(), rel=0.04)


def test_handling_times_are_forecast_where_they_are_known() -> None:
    calls = drawn(truth("2026-01-05", 150))
    table = forecast_month(as_history(calls, aht_seconds=240.0), pd.Period("2026-05"), calendar=Calendar())
    assert table["aht_seconds"].to_numpy() == pytest.approx(240.0)


def test_a_backtest_scores_each_month_and_all_of_them() -> None:
    history = as_history(drawn(truth("2026-01-05", 200)))
    assert [str(m) for m in months_to_test(history)] == ["2026-03", "2026-04", "2026-05", "2026-06", "2026-07"]
    table = backtest(history, calendar=Calendar())
    assert table.index[-1] == "all"
    assert table.loc["all", "intervals"] == table["intervals"].iloc[:-1].sum()
    assert table.loc["all", "wape"] < table.loc["all", "poisson_floor"] * 1.15


def test_backtest_tables_cut_the_same_intervals_in_every_way() -> None:
    history = as_history(drawn(truth("2026-01-05", 200)))
    tested = backtest_intervals(history, calendar=Calendar(), months=[pd.Period("2026-05"), pd.Period("2026-06")])
    tables = backtest_tables(tested, history=history, calendar=Calendar())
    observed = float(tested["calls_offered"].notna().sum())
    for name in ("month", "day_type", "holiday", "weekday", "hour", "lead_days"):
        assert tables[name]["intervals"].iloc[:-1].sum() == observed, name
        assert tables[name].index[-1] == "all"
    assert tables["lead_days"].index[:-1].tolist() == ["7-13", "14-20", "21-27", "28-34", "35-41"]
    by_hand = np.abs(tested["calls_offered"] - tested["calls_workbook"]).sum() / tested["calls_offered"].sum()
    assert tables["model"].loc["workbook", "wape"] == pytest.approx(by_hand)
    assert tables["model"].loc["huawu", "wape"] < by_hand


def test_the_workbook_is_the_mean_of_the_last_eight_like_weekdays() -> None:
    calls = drawn(truth("2026-01-05", 100))
    monday_ten = calls[(calls.index.day_of_week == 0) & (calls.index.hour == 10)].iloc[-8:].mean()
    ahead = pd.DatetimeIndex([pd.Timestamp("2026-05-04 10:00", tz="Asia/Shanghai")])
    made = workbook(as_history(calls), ahead, calendar=Calendar())
    assert made["calls"].tolist() == pytest.approx([monday_ten])


def test_handling_times_follow_the_hour_and_the_day_type() -> None:
    calls = drawn(truth("2026-01-05", 150, size=200.0))
    history = as_history(calls)
    local = history.frame.index.tz_localize(None)
    true = np.where(local.day_of_week >= 5, 300.0, 200.0) + np.where(local.hour < 8, 50.0, 0.0)
    history.frame["aht_seconds"] = true * np.exp(0.05 * np.random.default_rng(3).standard_normal(len(true)))
    table = forecast_month(history, pd.Period("2026-05"), calendar=Calendar())
    at = table.index.tz_localize(None)
    expected = np.where(at.day_of_week >= 5, 300.0, 200.0) + np.where(at.hour < 8, 50.0, 0.0)
    assert table["aht_seconds"].to_numpy() == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize(
    ("history", "named"),
    [
        (pd.Series(dtype=float), "empty"),
        (pd.Series([1.0, -2.0], index=pd.date_range("2026-01-01", periods=2, freq="h")), "negative"),
        (
            pd.Series([1.0, 2.0, 3.0], index=pd.date_range("2026-01-01", periods=4, freq="h").delete(2)),
            "regular",
        ),
        (pd.Series([np.nan, np.nan], index=pd.date_range("2026-01-01", periods=2, freq="h")), "nothing to forecast"),
    ],
)
def test_a_history_that_cannot_be_used_is_refused_by_name(history: pd.Series, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        forecast_calls(history, pd.date_range("2026-02-01", periods=24, freq="h"))


@pytest.mark.parametrize(
    "spoil",
    [lambda calls: calls[::-1], lambda calls: calls.drop(calls.index[9]), lambda calls: pd.concat([calls, calls[-3:]])],
    ids=["backwards", "with a hole", "said twice"],
)
def test_a_history_with_a_time_zone_is_held_to_the_same_grid_as_one_without(spoil) -> None:
    calls = truth("2026-01-05", 60)
    hours = pd.date_range("2026-03-12", periods=24, freq="h")
    for zone in (None, "Europe/Paris"):
        with pytest.raises(ValueError, match="history is not regular: 2026-0"):
            forecast_calls(spoil(calls.tz_localize(zone)), hours.tz_localize(zone))


def test_public_holidays_of_china_come_with_their_make_up_days() -> None:
    calendar = country_calendar("CN", [2025, 2026, 2040])
    assert calendar.day_type(date(2026, 2, 14)) == "workday"  # Saturday, worked (State Council notice for 2026)
    assert calendar.day_type(date(2026, 2, 17)) == "holiday"
    assert calendar.days[date(2026, 2, 17)].statutory
    assert not calendar.days[date(2026, 2, 22)].statutory
    assert calendar.provisional_years == {2040}


def test_a_holiday_has_one_name_in_every_year_and_that_of_the_calendar_files(root) -> None:
    files = [tomllib.loads(path.read_text(encoding="utf-8")) for path in (root / "data" / "calendar").glob("*.toml")]
    ours = {entry["name"] for file in files for entry in file.get("holiday", ()) if file["year"] in range(2020, 2027)}
    named = {day.name for day in country_calendar("CN", [*range(2020, 2027), 2040]).days.values()}
    assert named == ours - {"Victory Day"}  # of 2015 alone
    moved = country_calendar("SG", [2024, 2027, 2034]).days.values()  # Sundays, told as observed and as estimated
    assert {day.name for day in moved if "Chinese" in day.name} == {"Chinese New Year"}


def eight_like_weekdays(past: pd.Series, hours: pd.DatetimeIndex) -> np.ndarray:
    """A planner's workbook: the mean of the latest eight observed hours of the same weekday."""
    known = past.dropna()
    lately = known.groupby([known.index.day_of_week, known.index.hour]).tail(8)
    means = lately.groupby([lately.index.day_of_week, lately.index.hour]).mean().to_dict()
    return np.array([means.get((at.day_of_week, at.hour), 0.0) for at in hours])


def test_real_lines_are_forecast(shared_data) -> None:
    ratios = []
    for path in sorted((shared_data / "calls").glob("*_hourly.csv.gz")):
        calls = pd.read_csv(path, index_col="interval_start", parse_dates=True)["calls"].astype(float)
        calls = calls.reindex(pd.date_range(calls.index[0].normalize(), calls.index[-1], freq="h"))
        last = calls.index[-1].normalize() - pd.Timedelta(days=40)
        past, actual = calls[calls.index < last], calls[calls.index >= last]
        ours = wape(actual, forecast_calls(past, actual.index)["mean"])
        theirs = wape(actual, eight_like_weekdays(past, actual.index))
        # Where a line changed so much that even its last weeks say little of it, they are the measure.
        assert ours < (0.6 if theirs < 0.6 else theirs), path.name
        ratios.append(ours / theirs)
    assert np.exp(np.mean(np.log(ratios))) < 0.97


def test_nights_that_scatter_more_than_days_have_wider_bands_and_both_hold() -> None:
    rate = truth("2025-01-06", 330, size=200.0)
    random = np.random.default_rng(6)
    night = (rate.index.hour >= 22) | (rate.index.hour < 6)
    shaken = rate * np.exp(np.where(night, 0.35, 0.05) * random.standard_normal(len(rate)))
    calls = pd.Series(random.poisson(shaken).astype(float), index=rate.index)
    hits = []
    for cut in (200, 240, 280):
        table = forecast_calls(calls[: cut * 24], calls.index[(cut + 7) * 24 : (cut + 37) * 24], quantiles=(0.1, 0.9))
        actual = calls[table.index]
        hits.append((actual >= table[0.1]) & (actual <= table[0.9]))
    held = pd.concat(hits)
    at_night = (held.index.hour >= 22) | (held.index.hour < 6)
    assert 0.72 <= held[at_night].mean() <= 0.88
    assert 0.72 <= held[~at_night].mean() <= 0.88
