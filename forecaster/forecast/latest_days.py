"""What the model missed on past days, what of it comes again, and how far a day's beginning tells its rest.

Every past day was forecast from the days before it, so its misses are known, piece by piece (about an hour each). Two
things are learned from them, separately for each piece: how much of what the latest days left over comes again the
next day, and how much of a morning's miss carries on. Both by ridge regressions that start from a plain belief and
give way to what the line has shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecaster.forecast.prediction import Prediction
from forecaster.history.day_grid import DayGrid
from forecaster.history.level_steps import TO_SD

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
PIECE_MINUTES = 60  # what is off is off for whole hours
FEWEST_LATEST_DAYS = 5  # below a week's work nothing carries on for sure
CARRY_HALF_LIFE_DAYS = (
    250.0  # eight months: how a line carries on changes by the year, and some months are needed to tell it
)
MEMORIES_DAYS = (4.0, 20.0)  # an outage or a campaign lasts days, a move of the level weeks
WEEKDAY_MEMORY_DAYS = 28.0  # four of a weekday: one odd Monday is no habit
LARGEST_MISS = 1.5  # of the logarithm: four times or a quarter; a fault counts no further, it does not come again
LEFTOVER_PRIOR_DAYS = 20.0  # nothing comes again, with the weight of this many days
LEVEL_PRIOR_DAYS = 60.0  # the day model has already drawn its own conclusion from the days' totals
LATEST_DAYS, SO_FAR = "latest days", "today so far"


@dataclass(frozen=True, eq=False)
class PastDays:
    """Calls of past days and what was expected of each from the days before it (days × slots).

    position
        Of each of them on the calendar axis of `span` days that ends the day before the first day ahead.
    """

    calls: Numbers
    expected: Numbers
    position: NDArray[np.int64]
    span: int

    @property
    def weight(self) -> Numbers:
        """How much each day counts: half after `CARRY_HALF_LIFE_DAYS`."""
        return np.asarray(0.5 ** ((self.span - 1 - self.position) / CARRY_HALF_LIFE_DAYS), dtype=float)


def past_days(prediction: Prediction, grid: DayGrid) -> PastDays | None:
    """Return the ordinary past days that were observed whole, or None where the line is too young to have any."""
    days, combined = prediction.days_ahead, prediction.days_ahead.combined
    if combined is None or days.observed_days is None:
        return None
    rows, span = days.observed_days, len(days.past_marked.days)
    calls = grid.calls[-span:][rows]
    total = np.exp(combined.kernels.series.log_total - combined.one_day_errors)
    expected = total[:, None] * prediction.shares[days.past_marked.weekday[rows]]
    whole = (np.isfinite(calls) | (expected <= 0.0)).all(axis=1)
    if whole.sum() < FEWEST_LATEST_DAYS:
        return None
    return PastDays(np.nan_to_num(calls[whole]), expected[whole], rows[whole], span)


def log_misses(calls: Numbers, expected: Numbers, slots: Flags) -> Numbers:
    """Return the log ratio of actual to expected calls over the chosen slots, one value a day (NaN = not observed)."""
    come = np.nansum(calls[:, slots], axis=1)
    due = np.where(np.isfinite(calls[:, slots]), expected[:, slots], 0.0).sum(axis=1)
    return np.clip(np.log((come + 1.0) / (due + 1.0)), -LARGEST_MISS, LARGEST_MISS)


def pieces_of(slots: Flags, interval_minutes: int) -> list[Flags]:
    """Return the chosen slots in pieces of about an hour."""
    hour = np.arange(len(slots)) * interval_minutes // PIECE_MINUTES
    return [slots & (hour == h) for h in np.unique(hour[slots])]


def left_over(misses: Numbers, past: PastDays) -> Numbers:
    """Return what stood over from the days before each past day, and last before the day ahead ((days + 1) × memories).

    Weighted means of earlier misses under short and long memories, and of the same weekday alone; each leans on 0 with
    the weight of one day.
    """
    from scipy.signal import lfilter

    spread = _spread(misses)
    known = np.zeros((2, past.span + 1))
    known[0, past.position] = np.clip(misses, -3.0 * spread, 3.0 * spread)
    known[1, past.position] = 1.0
    columns = []
    for memory, every in [*((days, 1) for days in MEMORIES_DAYS), (WEEKDAY_MEMORY_DAYS, 7)]:
        fade = 0.5 ** (every / memory)
        come, count = lfilter([*[0.0] * every, fade], [1.0, *[0.0] * (every - 1), -fade], known, axis=1)
        columns.append(come / (count + 1.0))
    return np.column_stack(columns)[np.append(past.position, past.span)]


def ridge(
    causes: Numbers, misses: Numbers, weight: Numbers, *, prior: Numbers, prior_days: float
) -> tuple[Numbers, Numbers]:
    """Return the slopes of the misses on their causes, and what they leave (robust ridge regression).

    `prior` counts as much as `prior_days` days; a day far from the others counts less (Huber's weights).
    """
    slopes, robust = prior, weight
    hold = prior_days * np.maximum((weight @ causes**2) / weight.sum(), 1e-6)
    for _ in range(3):
        weighted = (causes * robust[:, None]).T
        slopes = np.linalg.solve(weighted @ causes + np.diag(hold), weighted @ misses + hold * prior)
        left = misses - causes @ slopes
        robust = weight / np.maximum(np.abs(left) / (2.0 * _spread(left)), 1.0)
    return slopes, left


def carried_over(misses: Numbers, past: PastDays, *, prior_days: float) -> tuple[float, Numbers]:
    """Return what is to be expected of the day ahead from what the days before it left over, and what that leaves."""
    before = left_over(misses, past)
    slopes, left = ridge(before[:-1], misses, past.weight, prior=np.zeros(before.shape[1]), prior_days=prior_days)
    return float(before[-1] @ slopes), left


def with_latest_days(prediction: Prediction, grid: DayGrid) -> Prediction:
    """Return the prediction with its first day revised by what the days just before it left over.

    Only the day after the last of `grid` is revised, and only if it is an ordinary one.
    """
    days = prediction.days_ahead
    expected = prediction.calls[0]
    next_day = int((prediction.days[0] - grid.days[-1]).astype(np.int64)) == 1
    past = past_days(prediction, grid) if next_day and not days.marked.is_holiday[0] else None
    if past is None or expected.sum() <= 0.0:
        return prediction
    open_slots = expected > 0.0
    whole_day = log_misses(past.calls, past.expected, open_slots)
    level, _ = carried_over(whole_day, past, prior_days=LEVEL_PRIOR_DAYS)
    revised = expected.copy()
    for piece in pieces_of(open_slots, prediction.interval_minutes):
        shape = log_misses(past.calls, past.expected, piece) - whole_day
        again, _ = carried_over(shape, past, prior_days=LEFTOVER_PRIOR_DAYS)
        revised[piece] *= np.exp(np.clip(again, -1.0, 1.0))
    revised *= np.exp(np.clip(level, -1.0, 1.0)) * expected.sum() / revised.sum()
    return revised_day(prediction, revised, because=LATEST_DAYS)


def revised_day(prediction: Prediction, calls: Numbers, *, because: str) -> Prediction:
    """Return the prediction with other expected calls on its first day; `because` names the revision."""
    every_day = prediction.open_calls.copy()
    every_day[0] = calls
    factor = np.ones(len(prediction.days))
    factor[0] = calls.sum() / max(float(prediction.calls[0].sum()), 1e-12)
    return replace(prediction, open_calls=every_day, revisions={**prediction.revisions, because: factor})


def _spread(values: Numbers) -> float:
    return max(TO_SD * float(np.median(np.abs(values))), 1e-3)
