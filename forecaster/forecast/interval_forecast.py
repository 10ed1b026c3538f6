"""The forecast: calls of every interval ahead, with bands, from a history and a calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from forecaster.forecast.band_columns import BAND_COLUMNS, BAND_LEVELS, DAY_BANDS, TOTAL_BAND
from forecaster.forecast.handling_times import expected_handling_times
from forecaster.forecast.intraday import BandWatch, watch_band, with_morning
from forecaster.forecast.latest_days import with_latest_days
from forecaster.forecast.named_effects import require_known_effects
from forecaster.forecast.notes import forecast_notes
from forecaster.forecast.prediction import (
    Prediction,
    day_quantiles,
    predict,
    slot_quantiles,
    total_quantiles,
    within_told_hours,
)
from forecaster.history.calendar import Calendar, country_calendar
from forecaster.history.cleaning import without_faults
from forecaster.history.day_grid import DayGrid, fold_days, grid_interval_minutes, slot_positions
from forecaster.history.intervals import intervals_between, month_intervals, plan_cutoff, wall_clock
from forecaster.history.observed import History, on_wall_clock
from forecaster.history.periods import period_of, period_words
from forecaster.messages import Message
from forecaster.sentences import refusal


def forecast_calls(
    history: pd.Series,
    horizon: pd.DatetimeIndex,
    country: str | None = None,
    quantiles: Sequence[float] = BAND_LEVELS,
    *,
    calendar: Calendar | None = None,
) -> pd.DataFrame:
    """Return the calls of every interval of `horizon`: column `mean`, and one per level of `quantiles`.

    `history` holds calls by interval, naive local or aware, regular, NaN = not observed, 0 = observed and no call.
    `horizon` lies after it, on the same grid. `calendar` overrides the public holidays of `country`.

    Raises
    ------
    ValueError
        If the history is empty, irregular or negative, the horizon does not come after it or is not on its grid, or a
        quantile is none.
    """
    for level in quantiles:
        if not 0.0 <= level <= 1.0:
            raise refusal("forecast.level", level=level)
    past = _local(history)
    horizon = _instants(horizon)
    local = wall_clock(horizon)
    if len(local) and local[0] <= past.index[-1]:
        raise refusal("history.horizon", start=local[0], end=past.index[-1])
    if not past.notna().any():
        raise refusal("history.unobserved")
    if calendar is None:
        last = local[-1] if len(local) else past.index[-1]
        calendar = country_calendar(country, range(past.index[0].year - 1, last.year + 2))
    if not len(local):
        return pd.DataFrame(columns=["mean", *quantiles], dtype=float, index=horizon)
    prediction = predict_intervals(without_faults(past, calendar), local, calendar)
    row, slot = prediction.positions(local)
    bands = slot_quantiles(prediction, local, tuple(quantiles))
    table = pd.DataFrame({"mean": prediction.calls[row, slot]}, index=horizon)
    for level, column in zip(quantiles, bands.T, strict=True):
        table[level] = column
    return table


def forecast_month(
    history: History, month: pd.Period | str, *, calendar: Calendar, tell: Callable[[Message], None] | None = None
) -> pd.DataFrame:
    """Return the forecast frame of a month (or its name, `2026-12`), from the history up to its plan cutoff.

    Another period (`forecaster.history.periods`) is named by its first and last day: `2026-12-07..2027-01-03`.

    Columns `calls`, `calls_lower_80`, `calls_upper_80`, `calls_lower_95`, `calls_upper_95`, `aht_seconds` (NaN where
    the history knows no handling times), and the limits of the interval's whole day as multiples of the day's calls,
    `day_lower_80_ratio` … (see `day_bands`); index `interval_start`. `tell` hears what the forecast says of itself
    (`forecaster.forecast.notes`).

    Raises
    ------
    ValueError
        If nothing was observed before the cutoff (the end of the 24th of the month before), or `month` names none.
    """
    if not isinstance(month, pd.Period):
        month = period_of(month)
    cutoff = plan_cutoff(month, history.timezone)
    if history.start_at >= cutoff:
        raise refusal("history.after_cutoff", cutoff=cutoff, month=period_words(month), start=history.start_at)
    return forecast_frame(
        history.before(cutoff),
        month_intervals(month, history.timezone, interval_minutes=history.interval_minutes),
        calendar=calendar,
        tell=tell,
    )


def forecast_frame(
    history: History,
    intervals: pd.DatetimeIndex,
    *,
    calendar: Calendar,
    tell: Callable[[Message], None] | None = None,
) -> pd.DataFrame:
    """Return the forecast frame over `intervals` (aware) from the whole of `history`; `tell` hears its notes.

    Raises
    ------
    ValueError
        If the history has no observed interval.
    """
    prediction = predict_history(history, intervals, calendar=calendar, tell=tell)
    return frame_of(prediction, history, intervals, calendar=calendar)


def frame_of(
    prediction: Prediction, history: History, intervals: pd.DatetimeIndex, *, calendar: Calendar
) -> pd.DataFrame:
    """Return the forecast frame over `intervals` (aware) of a prediction made from `history`."""
    local = wall_clock(intervals)
    row, slot = prediction.positions(local)
    bands = slot_quantiles(prediction, local, BAND_LEVELS)
    frame = pd.DataFrame({"calls": prediction.calls[row, slot]}, index=intervals.rename("interval_start"))
    for column in DAY_BANDS:
        frame[column] = bands[:, BAND_COLUMNS.index(column)]
    frame["aht_seconds"] = expected_handling_times(history, intervals, calendar=calendar)
    total = prediction.calls.sum(axis=1)[:, None]
    ratios = np.divide(day_quantiles(prediction, BAND_LEVELS), total, where=total > 0, out=np.ones((len(total), 4)))
    for column, ratio in DAY_BANDS.items():
        frame[ratio] = ratios[row, BAND_COLUMNS.index(column)]
    frame[list(TOTAL_BAND)] = total_quantiles(prediction, (0.1, 0.9)) / max(float(total.sum()), 1e-12)
    return frame


def day_bands(forecast: pd.DataFrame) -> pd.DataFrame:
    """Return each local day's calls and the limits of its total: `calls`, `calls_lower_80` … by date.

    A day's limits are those of its own distribution, not sums of the intervals' limits: the frame carries them as
    multiples of the day's calls, so that they hold for a day changed by hand or seen in part. A forecast that does not
    carry them (one made elsewhere) has NaN. A day without any number is NaN.
    """
    days = pd.Index(wall_clock(pd.DatetimeIndex(forecast.index)).normalize(), name="date")
    calls = forecast["calls"].groupby(days).sum(min_count=1)
    limits = {
        column: calls * forecast[ratio].groupby(days).first() if ratio in forecast else np.nan
        for column, ratio in DAY_BANDS.items()
    }
    return pd.DataFrame({"calls": calls, **limits}, index=calls.index)


def forecast_next_day(history: History, *, calendar: Calendar) -> pd.DataFrame:
    """Return the forecast frame of the day after the history's last, or of the rest of that last day if it is not over.

    The rest of a day is revised by what its morning has brought.

    Raises
    ------
    ValueError
        If the history has no observed interval.
    """
    start = wall_clock(pd.DatetimeIndex([history.end_at]))[0]
    day = start.normalize().tz_localize(history.timezone)
    tomorrow = (start.normalize() + pd.Timedelta(days=1)).tz_localize(history.timezone)
    intervals = intervals_between(day, tomorrow, interval_minutes=history.interval_minutes)
    return forecast_frame(history, intervals[intervals >= history.end_at], calendar=calendar)


def watch_today(history: History, *, calendar: Calendar, certainty: float = 0.95) -> BandWatch:
    """Return whether the history's last day has left its band, forecast from the days before it.

    `first_outside_at` is the first interval with which that was certain: the hour from which the floor should act.
    """
    last = wall_clock(pd.DatetimeIndex([history.frame.index[-1]]))[0].normalize()
    before = history.before(last.tz_localize(history.timezone))
    if not len(before.frame):
        raise refusal("history.no_day", queue=history.queue, day=last.date())
    calls = history.calls_by_wall_clock()
    today = calls[calls.index >= last]
    past = without_faults(before.calls_by_wall_clock(), calendar)
    return watch_band(predict_intervals(past, pd.DatetimeIndex(today.index), calendar), today, certainty=certainty)


def predict_history(
    history: History,
    intervals: pd.DatetimeIndex,
    *,
    calendar: Calendar,
    tell: Callable[[Message], None] | None = None,
) -> Prediction:
    """Return the prediction behind the forecast of `intervals` (aware): what paths, day bands and explanations need.

    `tell` hears what it says of itself (`forecast_notes`).

    Raises
    ------
    ValueError
        If nothing was observed, `intervals` do not come after the history or are not on its grid, or its rows are
        further apart than it says.
    """
    step = int(history.frame.index.to_series().diff().min().total_seconds() // 60) if len(history.frame) > 1 else 0
    if step > history.interval_minutes:
        raise refusal("history.step", queue=history.queue, minutes=history.interval_minutes, step=step)
    observed = history.calls_by_wall_clock()
    past = without_faults(observed, calendar)
    local = wall_clock(intervals)
    if not past.notna().any():
        raise refusal("history.queue_unobserved", queue=history.queue)
    if not len(local) or local[0] <= past.index[-1]:
        raise refusal("history.intervals_before_end", end=history.end_at, first=str(list(intervals[:1])))
    prediction = predict_intervals(past, local, calendar)
    if tell is not None:
        left_out = pd.DatetimeIndex(past.index[(observed.notna() & past.isna()).to_numpy()])
        for note in forecast_notes(prediction, calendar, left_out=left_out):
            tell(note)
    return prediction


def _instants(horizon: Iterable[object]) -> pd.DatetimeIndex:
    try:
        return pd.DatetimeIndex(horizon)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise refusal("forecast.horizon", given=str(horizon)[:60]) from None


def _local(history: pd.Series) -> pd.Series:
    index = pd.DatetimeIndex(history.index)
    if not len(index):
        raise refusal("history.empty")
    return history if index.tz is None else on_wall_clock(history.astype(float), grid_interval_minutes(index))


def predict_intervals(past: pd.Series, local: pd.DatetimeIndex, calendar: Calendar) -> Prediction:
    """Return the prediction behind a forecast of the naive instants `local` from the naive series `past`.

    When `local` begins on the day on which `past` ends, that day is revised by what it has brought so far.
    """
    require_known_effects(calendar)
    grid = within_told_hours(fold_days(past), calendar)
    off = (local.hour * 60 + local.minute) % grid.interval_minutes != 0
    if off.any():
        raise refusal("history.off_grid", at=local[int(np.argmax(off))], minutes=grid.interval_minutes)
    day, _ = slot_positions(local, grid.interval_minutes)
    first, last = day.min(), day.max()
    today = None
    if first == grid.days[-1] and len(grid.days) > 1:
        today = grid.calls[-1]
        grid = DayGrid(grid.days[:-1], grid.calls[:-1], grid.interval_minutes)
    prediction = predict(grid, np.arange(first, last + np.timedelta64(1, "D")), calendar)
    return with_latest_days(prediction, grid) if today is None else with_morning(prediction, today, grid)
