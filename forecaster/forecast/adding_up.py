"""Lines that add up: each line's forecast and that of all their calls together, made to agree.

The days of a centre are forecast twice, line by line and as one line of all their calls. What nobody could foresee is
missed by both alike; they differ by what each has wrong. How much the one forecast of the whole is worth beside the
sum of the lines is learned from what both would have said at past cut-offs; while there are few of them, from how
unsure the models are of their means. What is taken over is shared out among the lines by how unsure each of them is:
the least squares of `W = diag(variances)` (Wickramasuriya, Athanasopoulos and Hyndman 2019, "Optimal forecast
reconciliation", section 2.3), in closed form for one sum of many parts. A line keeps its hours' shape and its bands,
which move with its days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.forecast.band_columns import BAND_COLUMNS, BAND_LEVELS, DAY_BANDS
from forecaster.forecast.combination import PastForecasts
from forecaster.forecast.day_calendar import as_dates
from forecaster.forecast.interval_forecast import frame_of, predict_history
from forecaster.forecast.prediction import Prediction, day_quantiles, scaled
from forecaster.forecast.sisters import predict_many
from forecaster.history.calendar import Calendar
from forecaster.history.observed import History
from forecaster.history.queues_together import together

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
LARGEST_FACTOR = 1.5  # by which a line's day is moved; a model further off than that is not mended by its sisters
LARGEST_VARIANCE = 4.0  # of the logarithm, as everywhere
YOUNGER_SHARE = 0.1  # of the eldest line's length, by which a line may be younger and still count as there all along
MONTHS_OF_DOUBT = 4.0  # past months that say as much of the whole's worth as the models' own doubts do
SAME_WEEK_DAYS = 3  # cut-offs of lines that are shut on other weekdays lie so far apart at the most
ENDED_BEFORE = pd.Timedelta(days=7)  # a line that ends so long before the others is no more


@dataclass(frozen=True, eq=False)
class AddedUp:
    """What lines that are forecast together bring.

    frames
        Each line's forecast frame, by its name.
    days
        The calls of all of them by local date: `calls`, the sum of the lines', and `calls_lower_80` …, the limits of
        the sum's own distribution (NaN where the lines have no past in common).
    whole
        What all of them had by interval; None likewise.
    """

    frames: dict[str, pd.DataFrame]
    days: pd.DataFrame
    whole: History | None


def reconciled(parts: Numbers, variances: Numbers, total: Numbers, worth: float | Numbers) -> Numbers:
    """Return the parts (lines × days) as they agree best with a forecast of their total (days).

    `variances`: of what each part has wrong; `worth`, from 0 to 1: how much of the gap between the sum and the total is
    the sum's to give way. What comes back adds up to the best forecast of the total. No line is moved by more than
    half, and nothing is made of nothing.
    """
    of_parts = variances.sum(axis=0)
    gap = worth * (total - parts.sum(axis=0))
    moved = parts + variances * np.divide(gap, of_parts, out=np.zeros_like(gap), where=of_parts > 0)
    return np.clip(moved, parts / LARGEST_FACTOR, parts * LARGEST_FACTOR)


def learned_worth(lines: Sequence[PastForecasts | None], whole: PastForecasts | None) -> tuple[float, float]:
    """Return the worth with which the whole and the sum of the lines would have missed least, and from how many cases.

    Cases are past cut-offs as if they were independent: what is wanted of weekly ones overlaps. Nothing learned is
    (0, 0).
    """
    told = [one for one in lines if one is not None]
    if whole is None or len(told) < len(lines):
        return 0.0, 0.0
    cuts, days = np.unique(whole.cut), np.unique(whole.day)
    of_whole, there = _misses(whole, cuts, days)
    weight = np.zeros_like(of_whole)
    weight[np.searchsorted(cuts, whole.cut), np.searchsorted(days, whole.day)] = whole.weight
    of_sum = np.zeros_like(of_whole)
    for one in told:
        misses, seen = _misses(one, cuts, days)
        of_sum += misses
        there &= seen
    weight *= there[:, None]
    apart = of_sum - of_whole
    size = float((weight * apart**2).sum())
    if not size > 0.0:
        return 0.0, 0.0
    lead = whole.day - whole.cut
    overlap = max((int(lead.max() - lead.min()) + 1) / 7.0, 1.0)
    return float(np.clip((weight * of_sum * apart).sum() / size, 0.0, 1.0)), float(there.sum()) / overlap


def _misses(past: PastForecasts, cuts: Whole, days: Whole) -> tuple[Numbers, NDArray[np.bool_]]:
    """Return what was missed by cut-off and day (0 where nothing was forecast), and which cut-offs there were."""
    row = np.abs(past.cut[:, None] - cuts[None, :]).argmin(axis=1)
    near = np.abs(past.cut - cuts[row]) <= SAME_WEEK_DAYS
    column = np.minimum(np.searchsorted(days, past.day), len(days) - 1)
    told = near & (days[column] == past.day)
    misses = np.zeros((len(cuts), len(days)))
    misses[row[told], column[told]] = (past.forecast - past.actual)[told]
    there = np.zeros(len(cuts), dtype=bool)
    there[row[near]] = True
    return misses, there


def forecast_together(
    histories: Mapping[str, History],
    intervals: pd.DatetimeIndex,
    *,
    calendar: Calendar,
    failed: Callable[[str, ValueError], None] | None = None,
) -> AddedUp:
    """Return the forecasts over `intervals` (aware) of the lines of one centre, which add up to that of the centre.

    The lines are on one grid and clock. A short history leans on longer ones (`forecaster.forecast.sisters`) and is not
    moved. `failed` hears which line cannot be forecast and why; the others are then forecast without it.

    Raises
    ------
    ValueError
        If a history has no observed interval, or `intervals` do not come after it, and nobody hears of it.
    """
    made = predict_many(histories, intervals, calendar=calendar, failed=failed)
    predictions = {name: prediction for name, (prediction, _) in made.items()}
    known = {name: histories[name] for name in made}
    whole = summed(known)
    of_whole = None if whole is None or len(made) < 2 else predict_history(whole, intervals, calendar=calendar)
    if whole is not None and of_whole is not None:
        old = [name for name in made if _as_old(known[name], whole)]
        days = np.array([predictions[name].calls.sum(axis=1) for name in old])
        variances = np.array([_model_variance(predictions[name]) for name in old])
        worth, cases = learned_worth([_past(predictions[name]) for name in old], _past(of_whole))
        doubt = variances.sum() / max(float(variances.sum() + _model_variance(of_whole).sum()), 1e-12)
        worth = (cases * worth + MONTHS_OF_DOUBT * doubt) / (cases + MONTHS_OF_DOUBT)
        moved = reconciled(days, variances, of_whole.calls.sum(axis=1), worth)
        factors = np.divide(moved, days, out=np.ones_like(days), where=days > 0)
        predictions |= {name: scaled(predictions[name], factors[row][:, None]) for row, name in enumerate(old)}
    frames = {
        name: frame_of(prediction, known[name], intervals, calendar=made[name][1])
        for name, prediction in predictions.items()
    }
    told = next(iter(predictions.values())) if len(made) == 1 else of_whole
    return AddedUp(frames, added_days([_days(one) for one in predictions.values()], told), whole)


def summed(histories: Mapping[str, History]) -> History | None:
    """Return the calls of all lines as one line's, from when most of them have been there; None without a past.

    A line that is much younger than the eldest is not in it, nor one that has ended. An interval that one of them did
    not observe is not observed.
    """
    if not histories:
        return None
    eldest = max(histories.values(), key=lambda one: one.end_at - one.start_at)
    there = [one for one in histories.values() if _as_old(one, eldest)]
    begin, end = max(one.start_at for one in there), min(one.end_at for one in there)
    whole = together(there, queue="")
    index = whole.frame.index
    frame = whole.frame.loc[(index >= begin) & (index < end), ["calls_offered"]]
    if not frame["calls_offered"].notna().any():
        return None
    return History("", eldest.timezone, eldest.interval_minutes, frame)


def _as_old(line: History, eldest: History) -> bool:
    length = eldest.end_at - eldest.start_at
    return bool(
        line.start_at <= eldest.start_at + YOUNGER_SHARE * length and line.end_at >= eldest.end_at - ENDED_BEFORE
    )


def _past(prediction: Prediction) -> PastForecasts | None:
    combined = prediction.days_ahead.combined
    return None if combined is None else combined.past


def _model_variance(prediction: Prediction) -> Numbers:
    """Return the variance of each day's mean as the model sees it, the day's own noise left out."""
    log = np.minimum(np.diag(prediction.days_ahead.log_covariance), LARGEST_VARIANCE)
    return np.asarray(prediction.calls.sum(axis=1) ** 2 * np.expm1(log))


def added_days(parts: Sequence[pd.DataFrame], whole: Prediction | None) -> pd.DataFrame:
    """Return the days of parts together (`calls`, `calls_lower_80` … by date), as far as they are told.

    `whole` predicts the sum itself: its limits, for what the parts add up to. Without it they are NaN.
    """
    nothing = pd.DataFrame({"calls": []}, index=pd.Index([], name="date"), dtype=float)
    frame = pd.concat([nothing, *(one[["calls"]] for one in parts)]).groupby(level="date").sum()
    if whole is None:
        return frame.assign(**dict.fromkeys(DAY_BANDS, np.nan))
    ratio = frame["calls"].to_numpy() / np.maximum(whole.calls.sum(axis=1), 1e-12)
    limits = day_quantiles(scaled(whole, ratio[:, None]), BAND_LEVELS)
    return frame.assign(**{column: limits[:, BAND_COLUMNS.index(column)] for column in DAY_BANDS})


def _days(prediction: Prediction) -> pd.DataFrame:
    dates = pd.Index(as_dates(prediction.days), name="date")
    return pd.DataFrame({"calls": prediction.calls.sum(axis=1)}, index=dates)
