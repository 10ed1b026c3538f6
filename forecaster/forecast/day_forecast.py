"""From a day grid and a calendar to the totals of the days ahead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecaster.forecast.combination import Combined, combine
from forecaster.forecast.day_calendar import Marked, mark_days
from forecaster.forecast.day_model import DaySeries, one_thread
from forecaster.forecast.effects import effects_of
from forecaster.forecast.holiday_mix import HolidayDays, holiday_totals
from forecaster.history.calendar import Calendar
from forecaster.history.day_grid import EPOCH, DayGrid
from forecaster.history.level_steps import find_steps, step_sizes

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]
Days = NDArray[np.datetime64]
LONGEST_HISTORY_DAYS = 1100
FEW_CALLS_A_DAY = 12.0
WEEKS_AROUND = 4
FEWEST_CHANGES = 21
LONGEST_LEAD_BLOCK_DAYS = 45
LOG_BIAS = 0.35  # of the variance: a log-normal's mean lies half of it above the median, but wild days widen it too
LARGEST_BIAS_VARIANCE = 0.2


@dataclass(frozen=True, eq=False)
class DayForecast:
    """Totals of consecutive days ahead.

    mean
        Calls expected (0 on closed days).
    log_covariance
        Covariance of log(total) between the days, without each day's own noise.
    noise_variance
        Of each day's own noise, beyond counting, on the logarithm.
    rest_share
        How much of each day follows the rest-day profile (holidays), 0–1; `rest_weekday` is the weekday of that.
    marked, past_marked
        What the calendar says of these days, and of the days learned from.
    observed_days
        Positions, among the days learned from, of those that the day model saw.
    ordinary
        Calls that each day would bring if it were no holiday.
    holiday_covariance
        Of the learned factors by which the holidays among the days multiply that.
    """

    days: Days
    mean: Numbers
    log_covariance: Numbers
    noise_variance: Numbers
    rest_share: Numbers
    rest_weekday: int
    marked: Marked
    past_marked: Marked
    combined: Combined | None = None
    observed_days: Whole | None = None
    ordinary: Numbers | None = None
    holiday_covariance: Numbers | None = None


def open_weekdays(totals: Numbers, weekday: Whole) -> Flags:
    """Return for each weekday whether it is worked: a call came on one of its last four observed days.

    On a line of a few calls a day its last twenty count. A weekday too young to have been seen counts as worked.
    """
    result = np.zeros(7, dtype=bool)
    for day in range(7):
        seen = totals[(weekday == day) & np.isfinite(totals)]
        lately = seen[-4:] if len(seen) and seen.mean() >= FEW_CALLS_A_DAY else seen[-20:]
        result[day] = bool((lately > 0).any()) if len(seen) else (weekday == day).sum() < 2
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


def noise_of(totals: Numbers, told: Flags) -> float:
    """Return the day-to-day noise of log totals beyond counting: robust, from the change over a week.

    Days of which something is `told` (billing, a campaign) change for a reason; they count where others are too few.
    """
    for seen in (np.where(told, np.nan, totals), totals):
        with np.errstate(divide="ignore", invalid="ignore"):
            change = np.log(np.maximum(seen[7:], 0.5)) - np.log(np.maximum(seen[:-7], 0.5))
        change = change[np.isfinite(change)]
        if len(change) >= FEWEST_CHANGES:
            break
    if len(change) < 5:
        return 0.15
    spread = 1.4826 * float(np.median(np.abs(change))) / np.sqrt(2.0)
    counting = 1.0 / max(float(np.nanmedian(totals[totals > 0])), 1.0)
    return float(np.sqrt(max(spread**2 - counting, (0.25 * spread) ** 2, 0.02**2)))


def log_totals(totals: Numbers, usable: Flags, weekday: Whole) -> tuple[Numbers, Numbers]:
    """Return the level at which each usable day's calls were counted, and the logarithm of its total.

    Where a day brings a handful of calls the logarithm of a count is of no use; there the total stands for its rate by
    one step of iterated least squares from the mean m of the weeks around, log m + (N − m) ÷ m with variance 1 ÷ m
    (McCullagh and Nelder, Generalized Linear Models, section 2.5).
    """
    seen = totals[usable]
    if float(seen.mean()) >= FEW_CALLS_A_DAY:
        return np.maximum(seen, 1.0), np.log(np.maximum(seen, 0.5))
    window, half = np.ones(2 * WEEKS_AROUND * 7 + 1), WEEKS_AROUND * 7
    known, calls = usable.astype(float), np.where(usable, totals, 0.0)
    around, days = (np.convolve(row, window)[half : half + len(row)] for row in (calls, known))
    around = around / np.maximum(days, 1.0)
    mean = np.array(
        [seen[weekday[usable] == day].mean() if (weekday[usable] == day).any() else 0.0 for day in range(7)]
    )
    whole = max(float(seen.mean()), 1e-6)
    base = np.maximum(around[usable] * (mean[weekday[usable]] + whole) / (2.0 * whole), 0.1 * whole)
    return base, np.log(base) + np.clip((seen - base) / base, -1.0, 8.0)


def forecast_days(grid: DayGrid, ahead: Days, calendar: Calendar) -> DayForecast:
    """Return the totals of the consecutive days `ahead`, all after the last day of `grid`."""
    if len(grid.days) > LONGEST_HISTORY_DAYS:
        grid = DayGrid(grid.days[-LONGEST_HISTORY_DAYS:], grid.calls[-LONGEST_HISTORY_DAYS:], grid.interval_minutes)
    totals = day_totals(grid)
    is_open = open_weekdays(totals, grid.weekday)
    workday = _typical_workday(totals, grid.weekday, is_open, calendar)
    marked = mark_days(np.concatenate([grid.days, ahead]), calendar, workday=workday)
    past, coming = _split(marked, len(grid.days))
    is_open_past, is_open_ahead = is_open[past.weekday], is_open[coming.weekday]
    usable = np.isfinite(totals) & is_open_past & ~past.is_holiday
    sparse = bool(usable.any()) and float(totals[usable].mean()) < FEW_CALLS_A_DAY
    if not sparse:
        usable &= totals > 0
    count = len(ahead)
    if usable.sum() < 2:
        usual = float(np.nanmean(totals)) if np.isfinite(totals).any() else 0.0
        none = np.zeros(count)
        mean = np.where(is_open_ahead, usual, 0.0)
        return DayForecast(ahead, mean, np.full((count, count), 0.25), none + 0.1, none, 6, coming, past)
    rest_weekday = _rest_weekday(totals, past.weekday, usable, calendar)
    holidays_past = np.flatnonzero(past.is_holiday & np.isfinite(totals) & is_open_past)
    holidays_ahead = np.flatnonzero(coming.is_holiday & is_open_ahead)
    series = _day_series(
        grid,
        totals,
        usable,
        marked,
        holidays_past=holidays_past,
        holidays_ahead=holidays_ahead,
        rest_weekday=rest_weekday,
        calendar=calendar,
    )
    lead = int((ahead[0] - grid.days[-1]).astype(np.int64))
    with one_thread():
        combined = combine(series, (lead, lead + min(count, LONGEST_LEAD_BLOCK_DAYS) - 1))
    uncertain = np.diag(combined.covariance) + series.sigma**2
    level: Numbers = np.exp(combined.mean + LOG_BIAS * np.clip(uncertain, 0.0, LARGEST_BIAS_VARIANCE))
    mean = np.where(is_open_ahead, level[:count], 0.0) * np.exp(coming.known_log)
    ordinary, spread = mean.copy(), np.zeros((0, 0))
    covariance = combined.covariance[:count, :count].copy()
    rest_share = np.zeros(count)
    if len(holidays_ahead):
        k, rest_open = len(holidays_past), bool(is_open[rest_weekday])
        after, told_past = level[count:], np.exp(past.known_log[holidays_past])
        old = HolidayDays(
            [str(name) for name in past.holiday[holidays_past]],
            past.position[holidays_past],
            after[:k] * told_past,
            after[k : 2 * k] * told_past * rest_open,
        )
        new = HolidayDays(
            [str(name) for name in coming.holiday[holidays_ahead]],
            coming.position[holidays_ahead],
            level[holidays_ahead],
            after[2 * k :] * rest_open,
        )
        totals_learned, spread = holiday_totals(old, totals[holidays_past], new, noise_sd=series.sigma)
        told = coming.told_holiday[holidays_ahead]
        totals_ahead = np.where(np.isfinite(told), told * new.ordinary, totals_learned)
        mean[holidays_ahead] = totals_ahead * np.exp(coming.known_log[holidays_ahead])
        scale = new.ordinary / np.maximum(totals_ahead, 0.05 * new.ordinary)
        covariance[holidays_ahead, holidays_ahead] += np.clip(np.diag(spread) * scale**2, 0.0, 1.0)
        gap = new.ordinary - new.rest
        towards_rest = (new.ordinary - totals_ahead) / np.where(gap > 0.1 * new.ordinary, gap, np.inf)
        rest_share[holidays_ahead] = np.clip(towards_rest, 0.0, 1.0) if rest_open else 0.0
    noise = np.full(count, series.sigma**2)
    return DayForecast(
        ahead,
        mean,
        covariance,
        noise,
        rest_share,
        rest_weekday,
        coming,
        past,
        combined=combined,
        observed_days=np.flatnonzero(usable),
        ordinary=ordinary,
        holiday_covariance=spread,
    )


def _day_series(
    grid: DayGrid,
    totals: Numbers,
    usable: Flags,
    marked: Marked,
    *,
    holidays_past: Whole,
    holidays_ahead: Whole,
    rest_weekday: int,
    calendar: Calendar,
) -> DaySeries:
    """Return the series to learn from; it asks for the days ahead, and for holidays as ordinary and as rest days."""
    known = len(grid.days)
    number = (marked.days - EPOCH).astype(np.int64)
    clones = np.concatenate([holidays_past, known + holidays_ahead])
    rows = np.concatenate([np.flatnonzero(usable), np.arange(known, len(number)), holidays_past, clones])
    plain = len(rows) - len(clones) - len(holidays_past)  # rows from here on are not what goes around holidays
    weekday = marked.weekday[rows]
    weekday[plain + len(holidays_past) :] = rest_weekday
    observed, log_total = log_totals(totals, usable, marked.weekday[:known])
    log_total = log_total - marked.known_log[:known][usable]
    sigma = noise_of(np.where(usable, totals, np.nan), marked.carries_an_effect[:known])
    in_month = (marked.days - marked.days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    carried = np.arange(len(rows)) < plain
    steps = find_steps(log_total, marked.weekday[:known][usable])
    effects = {name: column[rows] for name, column in marked.effects.items() if column[:known][usable].any()}
    known_effects = effects_of(calendar)
    around = {
        name: np.where(carried, distance[rows], np.nan)
        for name, distance in marked.around.items()
        if np.isfinite(distance[:known][usable]).any()
    }
    return DaySeries(
        day=number[rows],
        weekday=weekday,
        day_of_month=in_month[rows],
        log_total=log_total,
        noise_variance=sigma**2 + 1.0 / observed,
        sigma=sigma,
        rest_weekdays=calendar.rest_weekdays,
        steps=tuple(int(number[:known][usable][at]) for at in steps),
        step_sizes=tuple(step_sizes(log_total, steps).tolist()),
        effects=effects,
        effect_sd={name: known_effects[name].sd for name in effects},
        around=around,
        told=calendar.told_effects,
    )


def _split(marked: Marked, at: int) -> tuple[Marked, Marked]:
    parts = []
    for piece in (slice(0, at), slice(at, None)):
        effects = {name: column[piece] for name, column in marked.effects.items()}
        around = {name: column[piece] for name, column in marked.around.items()}
        known = {name: column[piece] for name, column in marked.known.items()}
        parts.append(
            Marked(
                marked.days[piece],
                marked.weekday[piece],
                marked.holiday[piece],
                marked.position[piece],
                effects=effects,
                around=around,
                known=known,
                told_holiday=marked.told_holiday[piece],
            )
        )
    return parts[0], parts[1]


def _typical_workday(totals: Numbers, weekday: Whole, is_open: Flags, calendar: Calendar) -> int:
    """Return the working weekday with the middle level: what a make-up working day is like."""
    days = [day for day in range(7) if is_open[day] and day not in calendar.rest_weekdays] or list(range(7))
    level = {
        day: float(np.nanmedian(totals[weekday == day])) for day in days if np.isfinite(totals[weekday == day]).any()
    }
    return sorted(level, key=lambda day: level[day])[len(level) // 2] if level else 2


def _rest_weekday(totals: Numbers, weekday: Whole, usable: Flags, calendar: Calendar) -> int:
    """Return the rest weekday with the fewest calls; closed ones last, unless all are."""
    level = {
        day: float(np.median(totals[usable & (weekday == day)]))
        for day in range(7)
        if (usable & (weekday == day)).any()
    }
    rest = [day for day in calendar.rest_weekdays if day in level]
    return min(rest, key=lambda day: level[day]) if rest else max(calendar.rest_weekdays, default=6)
