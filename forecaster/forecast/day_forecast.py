"""From a day grid and a calendar to the totals of the days ahead."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecaster.forecast.closures import occasion_chances
from forecaster.forecast.combination import Combined, combine
from forecaster.forecast.day_calendar import Marked, as_dates, mark_days, told_shut_days
from forecaster.forecast.day_model import AROUND_SHORT_SD, one_thread
from forecaster.forecast.day_series import DaySeries
from forecaster.forecast.effects import effects_of, kept_as_the_day_of_rest
from forecaster.forecast.holiday_mix import PRIOR_MIX, PRIOR_MIX_OF_REST, HolidayDays, holiday_totals
from forecaster.forecast.occasions import Occasion, day_occasions
from forecaster.history.calendar import Calendar
from forecaster.history.day_grid import EPOCH, DayGrid
from forecaster.history.level_steps import TO_SD, find_steps, step_sizes
from forecaster.history.open_days import OpenDays, open_days
from forecaster.history.week_breaks import find_week_breaks

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]
Days = NDArray[np.datetime64]
LONGEST_HISTORY_DAYS = 1100  # three years: three of every holiday, and the cost grows with the cube
FEW_CALLS_A_DAY = 12.0  # below, the logarithm of a count is more chance than level
WEEKS_AROUND = 4  # on each side, by which the rate of a line of few calls is told
FEWEST_CHANGES = 21  # three weeks of changes over a week; fewer leave the median to one week
LONGEST_LEAD_BLOCK_DAYS = 45  # a month planned on the 25th ends at most 38 days ahead
NEAR_A_STEP_DAYS = 14  # within which a break of the week is the step's own
LIKELY = 0.5  # likelier than not: a chance from which a day counts as shut
# a line shut on rest days still has holidays that some work; one holiday seen weighs as much as that belief
MOST_EMPTIED, HOLIDAYS_OF_DOUBT = 0.8, 1.0
SILENT_CHANCE = 0.95  # that a line silent for weeks is shut
LOG_BIAS = 0.35  # of the variance: a log-normal's mean lies half of it above the median, but wild days widen it too
LARGEST_BIAS_VARIANCE = 0.2  # a variance beyond is doubt of the level, which must not raise the mean


@dataclass(frozen=True, eq=False)
class DayForecast:
    """Totals of consecutive days ahead.

    mean
        Calls expected if the line is open.
    log_covariance
        Covariance of log(total) between the days, without each day's own noise.
    noise_variance
        Of each day's own noise, beyond counting, on the logarithm.
    rest_share
        How much of each day follows the rest-day profile (holidays), 0–1; `rest_weekday` is the weekday of that.
    marked, past_marked
        What the calendar says of these days, and of the days learned from.
    shut
        The chance that the line is shut, 0–1.
    observed_days
        Positions, among the days learned from, of those that the day model saw.
    ordinary
        Calls that each day would bring if it were no holiday.
    holiday_covariance
        Of the learned factors by which the holidays among the days multiply that.
    opened
        What the history told of open and shut days.
    """

    days: Days
    mean: Numbers
    log_covariance: Numbers
    noise_variance: Numbers
    rest_share: Numbers
    rest_weekday: int
    marked: Marked
    past_marked: Marked
    shut: Numbers
    combined: Combined | None = None
    observed_days: Whole | None = None
    ordinary: Numbers | None = None
    holiday_covariance: Numbers | None = None
    opened: OpenDays | None = None


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
    spread = TO_SD * float(np.median(np.abs(change))) / np.sqrt(2.0)
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


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of the days of a grid and of those ahead.

    totals, usable
        Of the days of the grid: their calls, and whether the day model learns from them.
    marked
        What the calendar says of all days.
    holidays_past, holidays_ahead
        Positions of the holidays that were observed, among the days of the grid, and of those among the days ahead.
    rest_weekday
        The weekday that holidays are like.
    emptied
        How much of an ordinary day's calls holidays take away (0–1).
    prior_mix
        What a holiday is made of before one was seen (`forecaster.forecast.holiday_mix`).
    """

    totals: Numbers
    usable: Flags
    marked: Marked
    holidays_past: Whole
    holidays_ahead: Whole
    rest_weekday: int
    emptied: float
    prior_mix: Numbers

    @property
    def past(self) -> Marked:
        return self.marked.part(slice(0, len(self.totals)))

    @property
    def coming(self) -> Marked:
        return self.marked.part(slice(len(self.totals), None))


def forecast_days(grid: DayGrid, ahead: Days, calendar: Calendar) -> DayForecast:
    """Return the totals of the consecutive days `ahead`, all after the last day of `grid`."""
    if len(grid.days) > LONGEST_HISTORY_DAYS:
        grid = DayGrid(grid.days[-LONGEST_HISTORY_DAYS:], grid.calls[-LONGEST_HISTORY_DAYS:], grid.interval_minutes)
    totals, before, count = day_totals(grid), len(grid.days), len(ahead)
    days = np.concatenate([grid.days, ahead])
    occasions = day_occasions(as_dates(days), calendar)
    named = np.array([bool(day) for day in occasions[:before]], dtype=bool)
    opened = open_days(totals, grid.weekday, ordinary=~(named | told_shut_days(as_dates(grid.days), calendar)))
    is_worked = opened.weekday_shut < LIKELY
    workday = _typical_workday(totals, grid.weekday, is_worked, calendar)
    marked = mark_days(days, calendar, workday=workday)
    past, coming = marked.part(slice(0, before)), marked.part(slice(before, None))
    shut = _chances_shut(opened, occasions, coming, calendar)
    observed = np.isfinite(totals) & is_worked[past.weekday] & ~opened.surely_shut & ~past.told_shut
    observed[before - opened.silent_days :] = False
    usable = observed & ~past.is_holiday
    if usable.sum() < 2 or not (totals[usable] > 0).any():
        usual = float(np.nanmean(totals)) if np.isfinite(totals).any() else 0.0
        none, flat = np.zeros(count), np.full((count, count), 0.25)
        return DayForecast(ahead, none + usual, flat, none + 0.1, none, 6, coming, past, shut, opened=opened)
    known = _Known(
        totals,
        usable,
        marked,
        holidays_past=np.flatnonzero(observed & past.is_holiday),
        holidays_ahead=np.flatnonzero(coming.is_holiday),
        rest_weekday=_rest_weekday(totals, past.weekday, usable, calendar),
        emptied=_emptied_by_holidays(totals, opened, past, occasions, calendar),
        prior_mix=PRIOR_MIX_OF_REST if kept_as_the_day_of_rest(calendar) else PRIOR_MIX,
    )
    forecast, level = _ordinary_days(known, ahead, shut, calendar, int((ahead[0] - grid.days[-1]).astype(np.int64)))
    forecast = replace(forecast, opened=opened)
    if not len(known.holidays_ahead):
        return forecast
    return _with_holidays(forecast, known, level, rest_worked=bool(is_worked[known.rest_weekday]))


def _ordinary_days(
    known: _Known, ahead: Days, shut: Numbers, calendar: Calendar, lead: int
) -> tuple[DayForecast, Numbers]:
    """Return the forecast with every day taken for an ordinary one, and the level of all days asked for."""
    series, count = _day_series(known, calendar), len(ahead)
    with one_thread():
        combined = combine(series, (lead, lead + min(count, LONGEST_LEAD_BLOCK_DAYS) - 1))
    uncertain = np.diag(combined.covariance) + series.sigma**2
    skew = (1.0 - combined.trust) * LOG_BIAS  # past misses have told the rest
    level: Numbers = np.exp(combined.mean + skew * np.clip(uncertain, 0.0, LARGEST_BIAS_VARIANCE))
    ordinary = level[:count] * np.exp(known.coming.known_log)
    forecast = DayForecast(
        ahead,
        ordinary.copy(),
        combined.covariance[:count, :count].copy(),
        np.full(count, series.sigma**2),
        np.zeros(count),
        known.rest_weekday,
        known.coming,
        known.past,
        shut,
        combined=combined,
        observed_days=np.flatnonzero(known.usable),
        ordinary=ordinary,
        holiday_covariance=np.zeros((0, 0)),
    )
    return forecast, level


def _chances_shut(
    opened: OpenDays, occasions: list[tuple[Occasion, ...]], coming: Marked, calendar: Calendar
) -> Numbers:
    """Return the chance that each day ahead is shut."""
    known = len(opened.odds)
    rest = [opened.weekday_shut[day] for day in calendar.rest_weekdays]
    by_occasion = occasion_chances(
        [day if opened.worked[i] else () for i, day in enumerate(occasions[:known])],
        opened.odds,
        occasions[known:],
        rest_shut=float(np.mean(rest)) if rest else 0.0,
    )
    chance = 1.0 - (1.0 - opened.weekday_shut[coming.weekday]) * (1.0 - by_occasion)
    chance = np.maximum(chance, SILENT_CHANCE) if opened.is_silent else chance
    return np.where(coming.told_shut, 1.0, np.where(coming.told_open, 0.0, chance))


def _emptied_by_holidays(
    totals: Numbers, opened: OpenDays, past: Marked, occasions: list[tuple[Occasion, ...]], calendar: Calendar
) -> float:
    """Return how much of an ordinary day's calls holidays take away from the line (0–1).

    Before any was seen, rest days tell: a line as busy on them as on workdays is one that holidays hardly touch.
    """
    rest = np.isin(past.weekday, list(calendar.rest_weekdays))
    level = [float(np.mean(opened.usual[days])) if days.any() else 0.0 for days in (rest, ~rest)]
    first = MOST_EMPTIED * (1.0 - min(level[0] / max(level[1], 1e-9), 1.0))
    seen = past.is_holiday & opened.worked & (np.isfinite(totals) | (opened.odds < 1.0))
    left = np.minimum(np.nan_to_num(totals[seen]) / np.maximum(opened.usual[seen], 1e-9), 1.0)
    # A holiday on which many work says little of those on which few do.
    said = np.array([min(day[0].grade, 1.0) ** 0.5 for day, yes in zip(occasions, seen, strict=False) if yes])
    return float((said @ (1.0 - left) + HOLIDAYS_OF_DOUBT * first) / (said.sum() + HOLIDAYS_OF_DOUBT))


def _with_holidays(forecast: DayForecast, known: _Known, level: Numbers, *, rest_worked: bool) -> DayForecast:
    """Return the forecast with holidays at their own level, if they are worked at all.

    `level` holds what the days ahead, and after them the holidays past and ahead as ordinary and as rest days, would
    bring (see `_day_series`).
    """
    past, coming, combined = forecast.past_marked, forecast.marked, forecast.combined
    totals, holidays_past, holidays_ahead = known.totals, known.holidays_past, known.holidays_ahead
    assert combined is not None
    mean, covariance, rest_share = forecast.mean.copy(), forecast.log_covariance.copy(), forecast.rest_share.copy()
    k, after = len(holidays_past), level[len(mean) :]
    told_past = np.exp(past.known_log[holidays_past])
    old = HolidayDays(
        [str(name) for name in past.holiday[holidays_past]],
        past.position[holidays_past],
        after[:k] * told_past,
        after[k : 2 * k] * told_past * rest_worked,
    )
    new = HolidayDays(
        [str(name) for name in coming.holiday[holidays_ahead]],
        coming.position[holidays_ahead],
        level[holidays_ahead],
        after[2 * k :] * rest_worked,
    )
    sigma = combined.kernels.series.sigma
    learned, spread = holiday_totals(old, totals[holidays_past], new, noise_sd=sigma, prior_mix=known.prior_mix)
    told = coming.told_holiday[holidays_ahead]
    at_last = np.where(np.isfinite(told), told * new.ordinary, learned)
    mean[holidays_ahead] = at_last * np.exp(coming.known_log[holidays_ahead])
    scale = new.ordinary / np.maximum(at_last, 0.05 * new.ordinary)
    covariance[holidays_ahead, holidays_ahead] += np.clip(np.diag(spread) * scale**2, 0.0, 1.0)
    gap = new.ordinary - new.rest
    towards_rest = (new.ordinary - at_last) / np.where(gap > 0.1 * new.ordinary, gap, np.inf)
    rest_share[holidays_ahead] = np.clip(towards_rest, 0.0, 1.0) if rest_worked else 0.0
    return replace(forecast, mean=mean, log_covariance=covariance, rest_share=rest_share, holiday_covariance=spread)


def _day_series(known: _Known, calendar: Calendar) -> DaySeries:
    """Return the series to learn from; it asks for the days ahead, and for holidays as ordinary and as rest days."""
    usable, marked, holidays_past, count = known.usable, known.marked, known.holidays_past, len(known.totals)
    number = (marked.days - EPOCH).astype(np.int64)
    clones = np.concatenate([holidays_past, count + known.holidays_ahead])
    rows = np.concatenate([np.flatnonzero(usable), np.arange(count, len(number)), holidays_past, clones])
    plain = len(rows) - len(clones) - len(holidays_past)  # rows from here on are not what goes around holidays
    weekday = marked.weekday[rows]
    weekday[plain + len(holidays_past) :] = known.rest_weekday
    observed, log_total = log_totals(known.totals, usable, marked.weekday[:count])
    log_total = log_total - marked.known_log[:count][usable]
    sigma = noise_of(np.where(usable, known.totals, np.nan), marked.carries_an_effect[:count])
    in_month = (marked.days - marked.days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    carried = np.arange(len(rows)) < plain
    steps, breaks = _steps_and_breaks(known.past, usable, log_total)
    known_effects = effects_of(calendar)
    effects = {
        name: column[rows]
        for name, column in marked.effects.items()
        if column[:count][usable].any() or known_effects[name].expected_log
    }
    around = {
        name: np.where(carried, distance[rows], np.nan)
        for name, distance in marked.around.items()
        if np.isfinite(distance[:count][usable]).any()
    }
    return DaySeries(
        day=number[rows],
        weekday=weekday,
        day_of_month=in_month[rows],
        log_total=log_total,
        noise_variance=sigma**2 + 1.0 / observed,
        sigma=sigma,
        rest_weekdays=calendar.rest_weekdays,
        steps=tuple(int(number[:count][usable][at]) for at in steps),
        step_sizes=tuple(step_sizes(log_total, steps).tolist()),
        week_breaks=breaks,
        effects=effects,
        effect_sd={name: known_effects[name].sd for name in effects},
        effect_mean={
            name: known.emptied * effect.expected_log + effect.slope
            for name, effect in known_effects.items()
            if name in effects and (effect.expected_log or effect.slope)
        },
        around=around,
        around_sd={name: AROUND_SHORT_SD for name in around if "Christmas" in name},
        told={name: factor for name, factor in calendar.told_effects.items() if factor > 0.0},
    )


def _steps_and_breaks(past: Marked, usable: Flags, log_total: Numbers) -> tuple[list[int], tuple[int, ...]]:
    """Return where, among the usable days, the level steps, and the numbers of the days on which the week breaks."""
    day, weekday, plain = (
        (past.days[usable] - EPOCH).astype(np.int64), past.weekday[usable], ~past.carries_an_effect[usable]
    )  # fmt: skip
    steps = find_steps(log_total, weekday)
    found = [int(day[plain][at]) for at in find_week_breaks(np.exp(log_total[plain]), day[plain], weekday[plain])]
    stepped = day[steps]  # a step may bring another week by itself
    return steps, tuple(since for since in found if not (np.abs(stepped - since) <= NEAR_A_STEP_DAYS).any())


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
