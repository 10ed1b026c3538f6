"""Lines that are short, sparse, huge, holed, shut or shaken: always an answer, and a sensible one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecaster.forecast.explain import learned_effects
from forecaster.forecast.interval_forecast import forecast_calls, forecast_month, predict_history
from forecaster.history.calendar import Calendar, country_calendar
from forecaster.history.level_steps import find_steps, step_sizes
from forecaster.history.observed import History

SHAPE = np.array([1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 20, 18, 14, 15, 17, 18, 16, 12, 9, 7, 5, 4, 2, 1], dtype=float)
SHAPE /= SHAPE.mean()
QUANTILES = (0.025, 0.1, 0.5, 0.9, 0.975)


def line(days: int, size: float, *, seed: int = 1) -> pd.Series:
    index = pd.date_range("2025-01-06", periods=days * 24, freq="h")
    rate = size * SHAPE[index.hour] * np.where(index.day_of_week >= 5, 0.5, 1.0)
    return pd.Series(np.random.default_rng(seed).poisson(rate).astype(float), index=index)


def changed(calls: pd.Series, where: Callable[[pd.Series], np.ndarray], factor: float) -> pd.Series:
    result = calls.copy()
    result[where(calls)] *= factor
    return result


def ahead(calls: pd.Series, *, skip_days: int = 7, days: int = 31) -> pd.DataFrame:
    start = calls.index[-1] + pd.Timedelta(hours=1) + pd.Timedelta(days=skip_days)
    return forecast_calls(calls, pd.date_range(start, periods=days * 24, freq="h"), "CN", QUANTILES)


def last(count: int) -> Callable[[pd.Series], np.ndarray]:
    return lambda calls: np.arange(len(calls)) >= len(calls) - count * 24


USUAL = 20.0 * (5 + 2 * 0.5) / 7  # what line(…, 20) brings an hour, on average
UNUSUAL = {
    "three years": (line(1095, 20), USUAL),
    "six weeks": (line(42, 20), USUAL),
    "two weeks": (line(14, 20), USUAL),
    "very large": (line(200, 50_000), USUAL * 2500),
    "a call every three hours": (line(300, 0.4), USUAL / 50),
    "two calls a week": (line(600, 0.015), USUAL * 0.015 / 20),
    "a call every three hours, six weeks": (line(42, 0.4), USUAL / 50),
    "never a call": (line(100, 0.0), 0.0),
    "not observed for a month": (changed(line(200, 20), last(30), np.nan), USUAL),
    "shut for a month": (changed(line(200, 20), last(30), 0.0), 0.0),
    "trebled ten days ago": (changed(line(200, 20), last(10), 3.0), 3 * USUAL),
    "one hour a hundredfold": (changed(line(200, 20), lambda c: np.arange(len(c)) == 3000, 100.0), USUAL),
    "a third of the hours missing": (line(200, 20).where(np.random.default_rng(2).random(4800) > 0.33), USUAL),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_every_line_gets_a_sensible_forecast(name: str) -> None:
    calls, expected = UNUSUAL[name]
    table = ahead(calls)
    assert np.isfinite(table.to_numpy()).all()
    assert (table.to_numpy() >= 0).all()
    assert (np.diff(table[list(QUANTILES)].to_numpy(), axis=1) >= 0).all()
    few = calls.sum() < 1000  # where calls are few, the past itself is a poor guide
    assert table["mean"].mean() == pytest.approx(expected, rel=0.5 if few else 0.12, abs=1e-9)


@pytest.mark.parametrize("absent", [0.0, np.nan])
def test_office_hours_are_the_same_whether_closed_is_zero_or_empty(absent: float) -> None:
    calls = line(200, 20)
    closed = (calls.index.hour < 8) | (calls.index.hour >= 20) | (calls.index.day_of_week >= 5)
    table = ahead(calls.mask(closed, absent))
    shut = (table.index.hour < 8) | (table.index.hour >= 20) | (table.index.day_of_week >= 5)
    assert (table[shut] == 0).all(axis=None)
    assert table.loc[~shut, "mean"].mean() == pytest.approx(calls[~closed].mean(), rel=0.1)


def test_opening_hours_that_the_calendar_tells_are_kept_to() -> None:
    calls = line(150, 20)
    calendar = Calendar(opening_minutes=dict.fromkeys(range(5), (8 * 60, 18 * 60)))
    start = calls.index[-1].normalize() + pd.Timedelta(days=8)
    table = forecast_calls(calls, pd.date_range(start, periods=21 * 24, freq="h"), calendar=calendar)
    is_open = (table.index.hour >= 8) & (table.index.hour < 18) & (table.index.day_of_week < 5)
    assert (table[~is_open] == 0).all(axis=None)
    usual = calls[(calls.index.hour >= 8) & (calls.index.hour < 18) & (calls.index.day_of_week < 5)].mean()
    assert table.loc[is_open, "mean"].mean() == pytest.approx(usual, rel=0.05)


def test_a_night_line_stays_a_night_line() -> None:
    calls = line(200, 20)
    night = (calls.index.hour >= 21) | (calls.index.hour < 6)
    table = ahead(calls.where(night))
    there = (table.index.hour >= 21) | (table.index.hour < 6)
    assert (table[~there] == 0).all(axis=None)
    assert table.loc[there, "mean"].mean() == pytest.approx(calls[night].mean(), rel=0.15)


def test_a_year_ahead_is_forecast_day_by_day() -> None:
    table = ahead(line(500, 20), skip_days=0, days=365)
    assert table["mean"].mean() == pytest.approx(USUAL, rel=0.08)


def test_a_season_is_not_taken_for_a_step_and_a_step_is_found_to_the_day() -> None:
    days = np.arange(400)
    noise = 0.08 * np.random.default_rng(8).standard_normal(400)
    season = 0.35 * np.sin(2 * np.pi * days / 365.25)
    assert find_steps(season + noise, days % 7) == []
    stepped = noise + np.where(days >= 250, 0.7, 0.0)
    assert len(find_steps(stepped, days % 7)) == 1
    assert abs(find_steps(stepped, days % 7)[0] - 250) <= 1


def test_weekends_that_are_busy_in_summer_alone_are_expected_so() -> None:
    calls = line(1100, 40.0)
    time_of_year = 2 * np.pi * (calls.index.day_of_year - 200) / 365.25
    lift = np.where(calls.index.day_of_week >= 5, np.exp(0.4 * np.cos(time_of_year)), 1.0)
    random = np.random.default_rng(4)
    lift = lift * np.repeat(np.exp(0.1 * random.standard_normal(1100)), 24)
    drawn = pd.Series(random.poisson(calls.to_numpy() * lift).astype(float), index=calls.index)
    for month, expected in (("2027-07", np.exp(0.4)), ("2027-01", np.exp(-0.4))):
        start = pd.Timestamp(month)
        table = forecast_calls(
            drawn[: start - pd.Timedelta(days=7, hours=1)], pd.date_range(start, periods=744, freq="h")
        )
        rest = table.index.day_of_week >= 5
        ratio = table.loc[rest, "mean"].mean() / table.loc[~rest, "mean"].mean()
        assert ratio == pytest.approx(0.5 * expected, rel=0.15)


def test_a_line_merged_into_again_and_again_is_expected_to_grow_and_one_that_went_both_ways_is_not() -> None:
    quiet = line(600, 20)
    for sizes, low, high in (((2.0, 2.0, 2.0), 1.02, 1.2), ((2.0, 0.5, 2.0, 0.5), 0.98, 1.02)):
        calls = quiet.copy()
        for at, size in zip((100, 220, 340, 460), sizes, strict=False):
            calls.iloc[at * 24 :] *= size
        latest = calls.iloc[-84 * 24 :].mean()
        assert low < ahead(calls)["mean"].iloc[: 28 * 24].mean() / latest < high


def test_step_sizes_are_told_on_the_logarithm() -> None:
    stepped = np.where(np.arange(200) >= 60, 0.7, 0.0) - np.where(np.arange(200) >= 140, 1.2, 0.0)
    assert step_sizes(stepped, [60, 140]) == pytest.approx([0.7, -1.2])


def hotline(calls: pd.Series) -> History:
    frame = calls.rename("calls_offered").to_frame().tz_localize("Asia/Shanghai")
    return History("hotline", "Asia/Shanghai", 60, frame)


@pytest.mark.parametrize(
    "name", ["spring festival", "weekday Mon", "day of month 32", "billing day +0", "level step May"]
)
def test_an_effect_that_the_calendar_cannot_have_is_refused_and_the_nearest_named(name: str) -> None:
    calendar = replace(country_calendar("CN", (2025, 2026)), told_effects={"Spring Festival": 0.5, name: 1.2})
    april = pd.date_range("2025-04-01", periods=24, freq="h", tz="Asia/Shanghai")
    with pytest.raises(ValueError, match=re.escape(f"effect '{name}' is none of this calendar's")) as refused:
        predict_history(hotline(line(60, 20)), april, calendar=calendar)
    near = {"spring festival": "'Spring Festival'", "weekday Mon": "'weekday Monday'"}
    assert near.get(name, "") in str(refused.value)


def test_every_effect_that_is_listed_may_be_set() -> None:
    calendar = replace(country_calendar("CN", (2025, 2026)), billing_days=(5,))
    intervals = pd.date_range("2026-02-01", periods=28 * 24, freq="h", tz="Asia/Shanghai")
    history = hotline(changed(line(380, 20), last(60), 1.6))
    listed = learned_effects(predict_history(history, intervals, calendar=calendar)).index
    assert {"Spring Festival", "weekday Monday", "billing day +0", "season"} <= set(listed)
    assert any(name.startswith("level step") for name in listed)
    told = replace(calendar, told_effects=dict.fromkeys(listed, 1.1))
    assert not set(learned_effects(predict_history(history, intervals, calendar=told)).index) & set(listed)


def steady(*, rate: float = 0.2) -> pd.Series:
    """Half a year of a line that is busy by day and has `rate` calls an hour at night."""
    at = pd.date_range("2026-01-05", "2026-06-23 23:00", freq="h")
    by_day = (at.hour >= 8) & (at.hour < 18)
    return pd.Series(np.random.default_rng(0).poisson(np.where(by_day, 20.0, rate)).astype(float), index=at)


JULY = pd.date_range("2026-07-01", "2026-07-14 23:00", freq="h")


def test_one_night_hour_of_hundreds_does_not_teach_every_such_night() -> None:
    calls = steady()
    burst = calls.copy()
    burst["2026-06-17 03:00"] = 500.0
    for made, most in ((calls, 0.6), (burst, 1.5)):
        nights = forecast_calls(made, JULY)["mean"].loc[lambda f: f.index.hour == 3]
        assert nights.max() < most


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: forecast_calls(steady(), pd.date_range("2026-07-01", periods=48, freq="30min")), "every 60 minutes"),
        (lambda: forecast_calls(steady(), JULY, quantiles=(0.1, 1.5)), "quantile 1.5"),
        (lambda: forecast_calls(steady(), JULY, quantiles=(float("nan"),)), "quantile nan"),
        (lambda: forecast_calls(steady().replace(25.0, np.inf), JULY), "endless calls at 2026-01"),
        (lambda: forecast_calls(steady(), ["soon", 3]), "instants"),
        (lambda: forecast_month(rows(60), "soon", calendar=Calendar()), "'soon' is no month"),
        (lambda: forecast_month(rows(30), "2026-07", calendar=Calendar()), "60 minutes apart"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_sentence(ask: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ask()


def rows(interval_minutes: int) -> History:
    """Hourly rows that are said to be `interval_minutes` long."""
    frame = pd.DataFrame({"calls_offered": steady().tz_localize("UTC").rename_axis("interval_start")})
    return History("q", "UTC", interval_minutes, frame)


def test_a_month_by_its_name_and_a_list_of_instants_are_as_good() -> None:
    by_name, by_month = (
        forecast_month(rows(60), month, calendar=Calendar()) for month in ("2026-07", pd.Period("2026-07"))
    )
    pd.testing.assert_frame_equal(by_name, by_month)
    pd.testing.assert_frame_equal(
        forecast_calls(steady(), list(JULY)), forecast_calls(steady(), JULY), check_freq=False
    )
