"""The reserve that a forecast's own band asks for: how many more people the high day needs than are on duty."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecaster.forecast.bands import Z_80
from forecaster.history.intervals import wall_clock
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.futures import UNTOLD_DAY_SPREAD
from forecaster.requirement.seats import seats_required

HIGH_DAY = "day_upper_80_ratio"  # nine days of ten stay below this multiple of the day's calls


def more_on_the_high_day(
    forecast: pd.DataFrame, people: pd.Series, target: ServiceTarget, *, interval_minutes: float
) -> pd.Series:
    """Return by date how many more people the busiest interval of the 9-in-10 day needs than are on duty; at least 0.

    `people` are whole, by interval, before absences. The day is as high as nine days of ten stay below (the upper 80 %
    limit of the day's total; a forecast without it is taken to be as uncertain as a workbook), and every interval is to
    keep the target on it.
    """
    ratio = forecast[HIGH_DAY] if HIGH_DAY in forecast else pd.Series(np.nan, index=forecast.index)
    high = forecast["calls"].fillna(0.0) * ratio.fillna(float(np.exp(Z_80 * UNTOLD_DAY_SPREAD)))
    aht = forecast["aht_seconds"].where(high > 0, 1.0)
    seats = seats_required(high * aht / (60.0 * interval_minutes), aht_seconds=aht, target=target, whole=False)
    more = np.ceil(seats / (1.0 - target.shrinkage) - people - 1e-9).clip(lower=0.0)
    day = pd.Index(wall_clock(pd.DatetimeIndex(forecast.index)).strftime("%Y-%m-%d"), name="date")
    return more.groupby(day).max().astype(np.int64)
