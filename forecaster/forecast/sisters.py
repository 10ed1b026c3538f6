"""Several lines of one centre forecast together: a short history leans on the longer ones beside it.

How the days of the elder lines went, and are forecast to go, is an effect of the younger line's own: each day carries
the elders' departure from their usual level (logarithm), and how much of it the line shares is a random effect like
all others, drawn to what lines of one centre usually share (partial pooling: Rasmussen and Williams, section 2.7). So
it has their season, eves, bridge days and common weeks before it has seen any. A holiday it never saw takes what the
elders keep of an ordinary day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.forecast.day_calendar import as_dates
from forecaster.forecast.day_forecast import LIKELY, day_totals
from forecaster.forecast.interval_forecast import frame_of, predict_history
from forecaster.forecast.prediction import Prediction
from forecaster.history.calendar import Calendar, Effect
from forecaster.history.day_grid import fold_days
from forecaster.history.observed import History
from forecaster.messages import Words

Numbers = NDArray[np.float64]
YOUNG_DAYS = 300  # without ten months no season and few holidays were seen
TIMES_OLDER = 2.0  # so much longer a history has something to teach
SHARED, SHARED_SD = 0.5, 0.7  # of the elders' departures from their level, how much a line shares, and how surely
NEXT_TO_NOTHING = 0.01  # of the calls: the elders were shut on a holiday that left them less, some strays apart
MOST_ELDERS = 8  # the longest histories; more say the same again
LARGEST_DEPARTURE = 1.5  # of the logarithm: a day beyond is one line's own affair
OPEN_AT_REST = 0.15  # a rest day with so much of a workday's calls is worked


@dataclass(frozen=True, eq=False)
class _Elder:
    """A line with a long history: its departure from its usual level by day, and what it keeps on holidays ahead."""

    departure: Mapping[date, float]
    holiday_left: Mapping[str, float]
    works_rest_days: bool


def forecast_many(
    histories: Mapping[str, History], intervals: pd.DatetimeIndex, *, calendar: Calendar
) -> dict[str, pd.DataFrame]:
    """Return the forecast frame of each line over `intervals` (aware), by its name.

    A line with less than ten months learns from those of at least twice its days beside it.

    Raises
    ------
    ValueError
        If a history has no observed interval, or `intervals` do not come after it.
    """
    made = predict_many(histories, intervals, calendar=calendar)
    return {
        name: frame_of(prediction, histories[name], intervals, calendar=shared)
        for name, (prediction, shared) in made.items()
    }


def predict_many(
    histories: Mapping[str, History],
    intervals: pd.DatetimeIndex,
    *,
    calendar: Calendar,
    failed: Callable[[str, ValueError], None] | None = None,
) -> dict[str, tuple[Prediction, Calendar]]:
    """Return the prediction behind each line's forecast, and the calendar with what its sisters tell of the days.

    `failed` hears which line cannot be forecast and why; it is then left out.

    Raises
    ------
    ValueError
        As `forecast_many`, if nobody hears of it.
    """
    alone = {}
    for name, history in histories.items():
        try:
            alone[name] = predict_history(history, intervals, calendar=calendar)
        except ValueError as error:
            if failed is None:
                raise
            failed(name, error)
    length = {name: len(one.days_ahead.past_marked.days) for name, one in alone.items()}
    elders: dict[str, _Elder] = {}
    result = {}
    for name, prediction in alone.items():
        history = histories[name]
        older = [other for other in alone if length[other] >= TIMES_OLDER * length[name]]
        older = sorted(older, key=lambda other: -length[other])[:MOST_ELDERS]
        if length[name] >= YOUNG_DAYS or not older:
            result[name] = prediction, calendar
            continue
        for other in older:
            if other not in elders:
                elders[other] = _elder(histories[other], alone[other], calendar)
        shared = with_elders(history, [elders[other] for other in older], calendar)
        result[name] = predict_history(history, intervals, calendar=shared), shared
    return result


def with_elders(history: History, elders: Sequence[_Elder], calendar: Calendar) -> Calendar:
    """Return the calendar with what the elder lines tell of its days."""
    own = fold_days(history.calls_by_wall_clock())
    days, totals = as_dates(own.days), day_totals(own)
    effects = [_shared(elder, days, number, len(elders)) for number, elder in enumerate(elders, start=1)]
    works = _works_rest_days(totals, own.weekday, calendar)
    left: dict[str, list[float]] = {}
    for elder in elders:
        if elder.works_rest_days == works:
            for name, value in elder.holiday_left.items():
                left.setdefault(name, []).append(value)
    kept = {name: float(np.mean(values)) for name, values in left.items()}
    told = {name: value if value >= NEXT_TO_NOTHING else 0.0 for name, value in kept.items()}
    return replace(calendar, effects=(*calendar.effects, *effects), told_effects=told | dict(calendar.told_effects))


def _shared(elder: _Elder, days: Sequence[date], number: int, count: int) -> Effect:
    """Return the effect of one of `count` elder lines on a line that was seen on `days`."""
    seen = [elder.departure[day] for day in days if day in elder.departure]
    middle = float(np.median(seen)) if seen else 0.0
    carried = {day: value - middle for day, value in elder.departure.items()}
    return Effect(
        f"sister line {number}",
        lambda _, day: carried.get(day, 0.0),
        SHARED_SD / float(np.sqrt(count)),
        Words(f"同中心第 {number} 个队列", f"sister line {number}"),
        slope=SHARED / count,
    )


def _elder(history: History, made: Prediction, calendar: Calendar) -> _Elder:
    ahead, grid = made.days_ahead, fold_days(history.calls_by_wall_clock())
    totals = day_totals(grid)
    level = float(np.log(np.median(totals[totals > 0]))) if (totals > 0).any() else 0.0
    special = np.array([calendar.day_type(day) == "holiday" for day in as_dates(grid.days)], dtype=bool)
    works = _works_rest_days(totals, grid.weekday, calendar)
    with np.errstate(divide="ignore", invalid="ignore"):
        past = np.log(totals) - level
    past[special | ~np.isfinite(past) | (np.abs(past) > LARGEST_DEPARTURE)] = np.nan
    departure = {day: float(value) for day, value in zip(as_dates(grid.days), past, strict=True) if np.isfinite(value)}
    if ahead.combined is not None:
        coming = ahead.combined.mean[: len(ahead.days)] - level
        departure |= {
            day: float(value)
            for day, value in zip(as_dates(ahead.days), coming, strict=True)
            if abs(value) <= LARGEST_DEPARTURE
        }
    left: dict[str, list[float]] = {}
    if ahead.ordinary is not None:
        kept = np.where(ahead.shut >= LIKELY, 0.0, ahead.mean / np.maximum(ahead.ordinary, 1e-9))
        for at in np.flatnonzero(ahead.marked.is_holiday):
            left.setdefault(str(ahead.marked.holiday[at]), []).append(float(kept[at]))
    return _Elder(departure, {name: float(np.mean(values)) for name, values in left.items()}, works)


def _works_rest_days(totals: Numbers, weekday: NDArray[np.int64], calendar: Calendar) -> bool:
    rest = np.isin(weekday, list(calendar.rest_weekdays))
    calls = [float(np.nanmean(totals[days])) if np.isfinite(totals[days]).any() else 0.0 for days in (rest, ~rest)]
    return calls[0] > OPEN_AT_REST * calls[1]
