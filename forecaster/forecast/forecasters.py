"""Other ways to forecast the same intervals: a planner's workbook, repetition, and statsmodels' models of day totals.

A forecaster is any function of a history, the intervals after it and a calendar that returns a frame over these
intervals: `calls`, and the limits of its bands (`calls_lower_80` …) if it has any. `forecast_frame`, the product's own,
is one; `backtest(…, forecasters={name: function})` puts any others beside it.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.forecast.day_calendar import as_dates
from forecaster.forecast.day_forecast import day_totals
from forecaster.history.calendar import Calendar
from forecaster.history.cleaning import without_faults
from forecaster.history.day_grid import DayGrid, fold_days, slot_positions, weekday_of
from forecaster.history.intervals import wall_clock
from forecaster.history.observed import History
from forecaster.messages import Words
from forecaster.sentences import refusal

Numbers = NDArray[np.float64]
WORKBOOK_WEEKS = 8  # what planners average in practice: two months, so that one odd day counts an eighth
LIKE_DAYS_WITHIN = 28  # a holiday is compared with the same weekday four weeks to either side
YEAR_OF_SEASON_DAYS = 550  # from a year and a half on, statsmodels' UC is given a season


class Forecaster(Protocol):
    """What forecasts the `intervals` (aware) that come after a `history`."""

    def __call__(self, history: History, intervals: pd.DatetimeIndex, *, calendar: Calendar) -> pd.DataFrame:
        """Return a frame over `intervals` with `calls` and, where there are bands, their limits."""


@dataclass(frozen=True)
class NamedForecaster:
    """A forecaster, and what people call it."""

    forecast: Forecaster
    words: Words


def workbook(history: History, intervals: pd.DatetimeIndex, *, calendar: Calendar) -> pd.DataFrame:
    """Return what a planner's workbook would expect: the mean of the latest eight like weekdays, slot by slot."""
    del calendar
    calls = history.calls_by_wall_clock()
    minutes = history.interval_minutes

    def cells(index: pd.DatetimeIndex) -> np.ndarray:
        return np.asarray((index.day_of_week * 1440 + index.hour * 60 + index.minute) // minutes)

    past = calls.dropna()
    lately = past.groupby(cells(pd.DatetimeIndex(past.index))).tail(WORKBOOK_WEEKS)
    means = lately.groupby(cells(pd.DatetimeIndex(lately.index))).mean()
    calls_of = means.reindex(cells(wall_clock(intervals))).fillna(0.0)
    return pd.DataFrame({"calls": calls_of.to_numpy()}, index=intervals)


def repeated(days: int) -> Forecaster:
    """Return the forecaster that repeats what came `days` before, or as many weeks earlier as were not known then."""

    def forecast(history: History, intervals: pd.DatetimeIndex, *, calendar: Calendar) -> pd.DataFrame:
        del calendar
        calls = history.calls_by_wall_clock()
        at = wall_clock(intervals) - pd.Timedelta(days=days)
        while (late := at > calls.index[-1]).any():
            at = at.where(~late, at - pd.Timedelta(days=7))
        return pd.DataFrame({"calls": calls.reindex(at).to_numpy()}, index=intervals)

    return forecast


def uc(history: History, intervals: pd.DatetimeIndex, *, calendar: Calendar) -> pd.DataFrame:
    """Return the calls by statsmodels' unobserved components: a wandering level, weekdays and, in time, a season.

    Source: Harvey, Forecasting, Structural Time Series Models and the Kalman Filter (1989).
    """
    return _by_day_totals(_uc_logs, history, intervals, calendar)


def ets(history: History, intervals: pd.DatetimeIndex, *, calendar: Calendar) -> pd.DataFrame:
    """Return the calls by statsmodels' exponential smoothing: level, damped trend and weekdays, all additive.

    Source: Hyndman, Koehler, Ord and Snyder, Forecasting with Exponential Smoothing (2008).
    """
    return _by_day_totals(_ets_logs, history, intervals, calendar)


def _uc_logs(logs: Numbers, ahead: int) -> Numbers:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    season = [{"period": 365.25, "harmonics": 2}] if len(logs) >= YEAR_OF_SEASON_DAYS else None
    model = UnobservedComponents(
        logs, "local level", seasonal=7, freq_seasonal=season, stochastic_freq_seasonal=[False] if season else None
    )
    return _fitted_forecast(model, ahead)


def _ets_logs(logs: Numbers, ahead: int) -> Numbers:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    by_week = pd.Series(logs).groupby(np.arange(len(logs)) % 7)
    whole = by_week.ffill().groupby(np.arange(len(logs)) % 7).bfill().fillna(float(np.nanmean(logs)))
    model = ETSModel(whole, trend="add", damped_trend=True, seasonal="add", seasonal_periods=7)
    return _fitted_forecast(model, ahead)


def _fitted_forecast(model: Any, ahead: int) -> Numbers:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # a fit that stopped early still forecasts, and is scored as it is
        return np.asarray(model.fit(disp=False).forecast(ahead))


def _by_day_totals(
    model: Callable[[Numbers, int], Numbers], history: History, intervals: pd.DatetimeIndex, calendar: Calendar
) -> pd.DataFrame:
    """Return the calls when a `model` forecasts the logarithms of ordinary days' totals (NaN elsewhere).

    Holidays take the factor that earlier ones of their name had, hours the shares of the latest like weekdays: what a
    planner would put around a textbook's model.
    """
    grid = fold_days(without_faults(history.calls_by_wall_clock(), calendar))
    totals, local = day_totals(grid), wall_clock(intervals)
    day, slot = slot_positions(local, grid.interval_minutes)
    ahead = np.arange(grid.days[-1] + 1, day.max() + 1)
    is_holiday = np.array([calendar.day_type(one) == "holiday" for one in as_dates(grid.days)])
    is_open = np.array(
        [np.nansum(totals[(grid.weekday == one) & ~is_holiday][-WORKBOOK_WEEKS:]) > 0 for one in range(7)]
    )
    ordinary = np.where(is_holiday | ~is_open[grid.weekday], np.nan, totals)
    expected = np.exp(model(np.log(np.maximum(ordinary, 0.5)), len(ahead)))
    expected = np.where(is_open[weekday_of(ahead)], expected, 0.0)
    expected *= _holiday_factors(calendar, grid, ordinary, totals, ahead)
    row = (day - ahead[0]).astype(np.int64)
    return pd.DataFrame({"calls": expected[row] * _shares(grid, ~is_holiday)[weekday_of(day), slot]}, index=intervals)


def _holiday_factors(
    calendar: Calendar, grid: DayGrid, ordinary: Numbers, totals: Numbers, ahead: NDArray[np.datetime64]
) -> Numbers:
    """Return by what each day `ahead` is multiplied: 1, or the mean factor of past holidays, of its name if any."""
    factors: dict[str | None, list[float]] = {}
    for at, day in enumerate(as_dates(grid.days)):
        if calendar.day_type(day) != "holiday" or not np.isfinite(totals[at]):
            continue
        around = ordinary[at % 7 :: 7][max(0, (at - LIKE_DAYS_WITHIN) // 7) : (at + LIKE_DAYS_WITHIN) // 7 + 1]
        if np.isfinite(around).any() and np.nanmean(around) > 0:
            factors.setdefault(calendar.holiday_name(day), []).append(float(totals[at] / np.nanmean(around)))
    known = [factor for named in factors.values() for factor in named]
    usual = float(np.mean(known)) if known else 1.0
    names = [calendar.holiday_name(day) if calendar.day_type(day) == "holiday" else "" for day in as_dates(ahead)]
    return np.array([1.0 if name == "" else float(np.mean(factors.get(name, [usual]))) for name in names])


def _shares(grid: DayGrid, ordinary: NDArray[np.bool_]) -> Numbers:
    """Return the shares of the day by weekday and slot, over the latest ordinary like weekdays (7 × slots)."""
    rows = [grid.calls[(grid.weekday == day) & ordinary][-WORKBOOK_WEEKS:] for day in range(7)]
    calls = np.array([np.nan_to_num(row).sum(axis=0) for row in rows])
    return np.asarray(calls / np.maximum(calls.sum(axis=1, keepdims=True), 1e-9))


FORECASTERS = {
    "workbook": NamedForecaster(workbook, Words("工作簿", "workbook")),
    "uc": NamedForecaster(uc, Words("UC 模型（statsmodels）", "UC (statsmodels)")),
    "ets": NamedForecaster(ets, Words("ETS 模型（statsmodels）", "ETS (statsmodels)")),
    "four_weeks_before": NamedForecaster(repeated(28), Words("四周前同星期", "four weeks before")),
    "a_year_before": NamedForecaster(repeated(364), Words("一年前同星期", "a year before")),
}


def forecasters_named(names: Iterable[str]) -> dict[str, Forecaster]:
    """Return the forecasters of `FORECASTERS` with these names.

    Raises
    ------
    ValueError
        Naming the first that is not there, and the nearest that are.
    """
    chosen: dict[str, Forecaster] = {}
    for name in names:
        if name not in FORECASTERS:
            near = difflib.get_close_matches(name, FORECASTERS, n=1) or list(FORECASTERS)
            raise refusal("forecaster.unknown", name=name, known=near)
        chosen[name] = FORECASTERS[name].forecast
    return chosen


def words_of(name: str) -> Words:
    """Return what people call a forecaster; one that is not of `FORECASTERS` goes by its name."""
    return FORECASTERS[name].words if name in FORECASTERS else Words(name, name)
