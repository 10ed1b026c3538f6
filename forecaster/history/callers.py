"""How callers behave, estimated from a history: how long they would wait, and how many who gave up call again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecaster.history.observed import History

SCORE_95 = 1.959963984540054  # the normal score of 95 % limits


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % limits and the number of cases behind it (NaN where nothing can be said)."""

    value: float
    lower_95: float
    upper_95: float
    cases: int


UNKNOWN = Estimate(float("nan"), float("nan"), float("nan"), 0)


def patience_seconds(history: History) -> Estimate:
    """Return the mean time a caller would wait before giving up (seconds), patience taken as exponential.

    The estimate is total waiting ÷ number of abandoned calls, both served and lost callers' waits counted: the maximum
    likelihood estimate under censoring (Brown et al., 2005, JASA 100, section 5). Limits: normal on the logarithm with
    variance 1 ÷ abandonments. Needs `mean_wait_seconds` and `calls_abandoned`.
    """
    frame = history.frame
    if "mean_wait_seconds" not in frame or "calls_abandoned" not in frame:
        return UNKNOWN
    seen = frame[["calls_offered", "calls_abandoned", "mean_wait_seconds"]].dropna()
    lost = float(seen["calls_abandoned"].sum())
    waited = float((seen["calls_offered"] * seen["mean_wait_seconds"]).sum())
    if lost < 1 or waited <= 0:
        return UNKNOWN
    value, width = waited / lost, SCORE_95 / np.sqrt(lost)
    return Estimate(value, value * float(np.exp(-width)), value * float(np.exp(width)), int(lost))


def retry_share(history: History) -> Estimate:
    """Return the share of callers who gave up and call again within the next interval or two (0–1).

    Fresh calls follow the day's shape; what is offered beyond it, in the intervals after calls were abandoned beyond
    their usual number, is retries. Estimated by least squares of one surplus on the other, both taken against the mean
    of their weekday and slot and against the interval before. Callers who try again later cannot be told apart, so
    this is a lower bound. Needs `calls_abandoned`.
    """
    frame = history.frame
    if "calls_abandoned" not in frame or frame["calls_abandoned"].notna().sum() < 200:
        return UNKNOWN
    index = pd.DatetimeIndex(frame.index)
    slot = index.day_of_week * 1440 + index.hour * 60 + index.minute
    table = pd.DataFrame({"offered": frame["calls_offered"], "lost": frame["calls_abandoned"]})
    surplus = table - table.groupby(slot).transform("mean")
    before = surplus.shift(1)
    # A busy hour is busy in both: the offered surplus before is held fixed, so only the lost ones' echo is left.
    data = pd.DataFrame({"y": surplus["offered"], "lost": before["lost"], "offered": before["offered"]}).dropna()
    if len(data) < 200 or data["lost"].std() == 0:
        return UNKNOWN
    x = data[["lost", "offered"]].to_numpy()
    y = data["y"].to_numpy()
    inverse = np.linalg.pinv(x.T @ x)
    slopes = inverse @ x.T @ y
    left = y - x @ slopes
    error = float(np.sqrt(inverse[0, 0] * (left @ left) / max(len(y) - 2, 1)))
    value = float(np.clip(slopes[0], 0.0, 1.0))
    half = SCORE_95 * error
    return Estimate(value, max(float(slopes[0]) - half, 0.0), min(float(slopes[0]) + half, 1.0), len(data))
