"""What a forecast says of itself: what was found in the history, and what was made of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pandas as pd

from forecaster.forecast.combination import Combined
from forecaster.forecast.day_forecast import LIKELY
from forecaster.forecast.day_model import DAYS_PER_YEAR
from forecaster.forecast.prediction import Prediction
from forecaster.history.calendar import Calendar
from forecaster.history.day_grid import EPOCH
from forecaster.history.recurring_dates import recurring_dates
from forecaster.messages import Message
from forecaster.sentences import say

TOLD_DAYS = 400  # a change of more than a year ago is part of what the line is
DOUBTFUL = 0.2  # a chance of being shut from which on somebody should look
SEEN_ONCE = 0.9  # of a year: from here on a season has been seen, and counts by half
WORTH_TELLING = 0.005  # of the logarithm: less is 1.00 times in print
SHORT_HISTORY_DAYS = 56  # eight weeks, as long as the workbooks of the trade look back


def forecast_notes(prediction: Prediction, calendar: Calendar, *, left_out: pd.DatetimeIndex) -> tuple[Message, ...]:
    """Return what a planner should know of a forecast, the weightiest first.

    `left_out` holds the intervals that were observed but not learned from.
    """
    return (
        *_silence(prediction),
        *_shut_days(prediction),
        *_campaigns(prediction, calendar),
        *(_model(prediction.days_ahead.combined) if prediction.days_ahead.combined is not None else ()),
        *_recurring(prediction, calendar),
        *([say("note.left_out", count=len(left_out), first=left_out[0], last=left_out[-1])] if len(left_out) else []),
    )


def _silence(prediction: Prediction) -> Iterator[Message]:
    opened, past = prediction.days_ahead.opened, prediction.days_ahead.past_marked
    if opened is not None and opened.silent_days:
        since = past.days[len(past.days) - opened.silent_days]
        yield say("note.shut" if opened.is_silent else "note.silent", days=opened.silent_days, since=since)


def _shut_days(prediction: Prediction) -> Iterator[Message]:
    """Yield which days are shut, or may be, though their weekday is worked."""
    ahead, opened = prediction.days_ahead, prediction.days_ahead.opened
    if opened is None or opened.is_silent:
        return
    worked = (opened.weekday_shut[ahead.marked.weekday] < LIKELY) & ~ahead.marked.told_shut
    for code, chosen in (
        ("note.shut_days", worked & (ahead.shut >= LIKELY)),
        ("note.maybe_shut", worked & (ahead.shut >= DOUBTFUL) & (ahead.shut < LIKELY)),
    ):
        if chosen.any():
            yield say(code, days=[str(day) for day in ahead.days[chosen]])


def _campaigns(prediction: Prediction, calendar: Calendar) -> Iterator[Message]:
    """Yield the campaigns ahead of which neither the planner nor the history tells the size."""
    combined = prediction.days_ahead.combined
    known = combined.kernels.series.effects if combined is not None else {}
    for one in calendar.campaigns:
        felt = any(one.left_on(day.item()) > 0.0 for day in prediction.days)
        if one.size is None and one.kind not in known and felt:
            yield say("note.campaign", name=one.name)


def _recurring(prediction: Prediction, calendar: Calendar) -> Iterator[Message]:
    """Yield the dates ahead that went the same way every year and have no name yet."""
    combined = prediction.days_ahead.combined
    if combined is None:
        return
    series = combined.kernels.series
    ahead = (prediction.days - EPOCH).astype(np.int64)
    for one in recurring_dates(series.day[: series.observed], series.log_total, ahead):
        length = (one.last - one.first).days + 1
        named = sum(calendar.holiday_name(one.first + timedelta(days=n)) is not None for n in range(length))
        if named <= length / 2:
            yield say("note.recurring", first=one.first, last=one.last, times=one.times, years=one.years)


def _model(combined: Combined) -> Iterator[Message]:
    series, weights = combined.kernels.series, combined.weights
    day = series.day[: series.observed]
    last, behind = int(day[-1]), int(day[-1] - day[0]) + 1
    if behind < SHORT_HISTORY_DAYS:
        yield say("note.young", days=behind)
    elif behind < SEEN_ONCE * DAYS_PER_YEAR:
        yield say("note.no_year", days=behind)
    for since in series.week_breaks:
        if last - since <= TOLD_DAYS:
            yield say("note.week", since=_date(since))
    settings = [fit.setting for fit in combined.fits]
    season, swing = (
        float(weights @ [bool(part) for part in row])
        for row in ([one.year or one.swing for one in settings], [one.swing for one in settings])
    )
    believed = float(weights @ [one.step for one in settings])
    for at, size in zip(series.steps, series.step_sizes, strict=True):
        if last - at <= TOLD_DAYS:
            comes_back = swing >= LIKELY > believed
            yield say("note.step_of_season" if comes_back else "note.step", since=_date(at), times=float(np.exp(size)))
    if season >= LIKELY:
        yield say("note.season")
    if abs(combined.past_misses) >= WORTH_TELLING:
        yield say("note.misses", times=float(np.exp(combined.past_misses)))


def _date(day: int) -> np.datetime64:
    return EPOCH + np.timedelta64(day, "D")
