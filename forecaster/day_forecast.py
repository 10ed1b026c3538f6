"""From a day grid and a calendar to the totals of the days ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecaster.day_grid import EPOCH, DayGrid, weekday_of
from forecaster.day_model import DaySeries, Kernels, Setting
from forecaster.holiday_mix import HolidayDays, holiday_totals
from forecaster.special_days import Calendar

Numbers = NDArray[np.float64]
Days = NDArray[np.datetime64]
LONGEST_HISTORY_DAYS = 1100
OPEN_OVER_DAYS = 70


@dataclass(frozen=True, eq=False)
class DayForecast:
    """Totals of consecutive days ahead.

    mean
        Calls expected (0 on closed days).
    log_covariance
        Covariance of log(total) between the days: what is not known of the level.
    rest_share
        How much of each day's total follows the rest-day profile (holidays), 0–1.
    """

    days: Days
    mean: Numbers
    log_covariance: Numbers
    rest_share: Numbers
    rest_weekday: int


def as_dates(days: Days) -> list[date]:
    """Return datetime64 days as `datetime.date`."""
    return [day.item() for day in days]


def open_weekdays(totals: Numbers, weekday: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return for each weekday whether any call came on it lately (its last ten observed days)."""
    result = np.zeros(7, dtype=bool)
    for day in range(7):
        seen = totals[(weekday == day) & np.isfinite(totals)][-(OPEN_OVER_DAYS // 7) :]
        result[day] = bool((seen > 0).any())
    return result


def day_totals(grid: DayGrid) -> Numbers:
    """Return the total of each day; a day observed in part is scaled up by its weekday's usual share, if over half.

    Days observed less than that are NaN.
    """
    seen = np.isfinite(grid.calls)
    total = np.where(seen.any(axis=1), np.nansum(grid.calls, axis=1), np.nan)
    partial = seen.any(axis=1) & ~seen.all(axis=1)
    if not partial.any():
        return total
    usual = np.zeros((7, grid.slots))
    weekday = grid.weekday
    for day in range(7):
        rows = grid.calls[weekday == day]
        watched = np.isfinite(rows).sum(axis=0)
        usual[day] = np.nansum(rows, axis=0) / np.maximum(watched, 1)
    level = usual[weekday]
    share = (level * seen).sum(axis=1) / np.maximum(level.sum(axis=1), 1e-12)
    return np.where(partial, np.where(share > 0.5, total / np.maximum(share, 0.5), np.nan), total)


def noise_of(totals: Numbers) -> float:
    """Return the day-to-day noise of log totals beyond counting: robust, from the change over a week."""
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.log(np.maximum(totals[7:], 0.5)) - np.log(np.maximum(totals[:-7], 0.5))
    change = change[np.isfinite(change)]
    if len(change) < 5:
        return 0.15
    spread = 1.4826 * float(np.median(np.abs(change))) / np.sqrt(2.0)
    counting = 1.0 / max(float(np.nanmedian(totals[totals > 0])) if (totals > 0).any() else 1.0, 1.0)
    return float(np.sqrt(max(spread**2 - counting, (0.4 * spread) ** 2, 0.02**2)))


def forecast_days(grid: DayGrid, ahead: Days, calendar: Calendar) -> DayForecast:
    """Return the totals of the consecutive days `ahead` (datetime64[D]), learned from `grid`."""
    if len(grid.days) > LONGEST_HISTORY_DAYS:
        grid = DayGrid(grid.days[-LONGEST_HISTORY_DAYS:], grid.calls[-LONGEST_HISTORY_DAYS:], grid.interval_minutes)
    totals = day_totals(grid)
    weekday, ahead_weekday = grid.weekday, weekday_of(ahead)
    is_open = open_weekdays(totals, weekday)
    if not is_open.any():
        return DayForecast(ahead, np.zeros(len(ahead)), np.zeros((len(ahead),) * 2), np.zeros(len(ahead)), 6)
    specials = [calendar.days.get(day) for day in as_dates(grid.days)]
    holiday = np.array([s is not None and s.kind == "holiday" for s in specials])
    usable = np.isfinite(totals) & is_open[weekday] & ~holiday & (totals > 0)
    rest_weekday = _rest_weekday(totals, weekday, usable, calendar)

    ahead_special = [calendar.days.get(day) for day in as_dates(ahead)]
    ahead_holiday = np.array([s is not None and s.kind == "holiday" for s in ahead_special])
    past_holiday = np.flatnonzero(holiday & np.isfinite(totals) & is_open[weekday])
    number, ahead_number = _numbers(grid.days), _numbers(ahead)

    # Points to predict: the days ahead; past holidays and holidays ahead as ordinary days; both as rest days.
    asked_day = np.concatenate([ahead_number, number[past_holiday], number[past_holiday], ahead_number[ahead_holiday]])
    asked_weekday = np.concatenate(
        [
            ahead_weekday,
            weekday[past_holiday],
            np.full(len(past_holiday) + int(ahead_holiday.sum()), rest_weekday),
        ]
    )
    sigma = noise_of(np.where(usable, totals, np.nan))
    observed_totals = totals[usable]
    all_days = np.concatenate([number[usable], asked_day])
    series = DaySeries(
        day=all_days,
        weekday=np.concatenate([weekday[usable], asked_weekday]),
        day_of_month=_day_of_month(all_days),
        log_total=np.log(observed_totals),
        noise_variance=sigma**2 + 1.0 / np.maximum(observed_totals, 1.0),
        sigma=sigma,
    )
    fitted = Kernels(series).fit(Setting("plain"))
    n = len(ahead)
    level = np.exp(fitted.mean + 0.5 * np.clip(np.diag(fitted.covariance) + sigma**2, 0.0, 0.2))
    mean = np.where(is_open[ahead_weekday], level[:n], 0.0)
    covariance = fitted.covariance[:n, :n] + np.eye(n) * sigma**2
    rest_share = np.zeros(n)
    if ahead_holiday.any():
        k = len(past_holiday)
        past = HolidayDays(
            [specials[i].name for i in past_holiday],  # type: ignore[union-attr]
            np.array([float(specials[i].day_of_holiday) for i in past_holiday]),  # type: ignore[union-attr]
            level[n : n + k],
            np.where(is_open[rest_weekday], level[n + k : n + 2 * k], 0.0),
        )
        coming = HolidayDays(
            [s.name for s in ahead_special if s is not None and s.kind == "holiday"],
            np.array([float(s.day_of_holiday) for s in ahead_special if s is not None and s.kind == "holiday"]),
            level[:n][ahead_holiday],
            level[n + 2 * k :],
        )
        total, variance = holiday_totals(past, totals[past_holiday], coming, noise_sd=sigma)
        open_then = is_open[ahead_weekday][ahead_holiday]
        mean[ahead_holiday] = np.where(open_then, total, 0.0)
        where = np.flatnonzero(ahead_holiday)
        relative = variance * (coming.ordinary / np.maximum(total, 0.05 * coming.ordinary)) ** 2
        covariance[where, where] += np.minimum(relative, 1.0)
        gap = coming.ordinary - coming.rest
        rest_share[ahead_holiday] = np.clip(
            (coming.ordinary - total) / np.where(gap > 0.1 * coming.ordinary, gap, np.inf), 0.0, 1.0
        )
    return DayForecast(ahead, mean, covariance, rest_share, rest_weekday)


def _rest_weekday(totals: Numbers, weekday: NDArray[np.int64], usable: NDArray[np.bool_], calendar: Calendar) -> int:
    level = [
        np.median(totals[usable & (weekday == day)]) if (usable & (weekday == day)).any() else np.inf
        for day in range(7)
    ]
    rest = [day for day in calendar.rest_weekdays if np.isfinite(level[day])] or list(range(7))
    return int(min(rest, key=lambda day: level[day]))


def _numbers(days: Days) -> NDArray[np.int64]:
    return (days - EPOCH).astype(np.int64)


def _day_of_month(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    days = EPOCH + numbers
    return (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
