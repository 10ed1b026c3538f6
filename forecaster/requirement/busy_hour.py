"""Busy-hour capacity: the most calls one employee connects in a busy hour, three ways side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from forecaster.history.observed import History
from forecaster.queueing.arguments import NOT_NEGATIVE, POSITIVE, POSITIVE_SHARE, checked


@dataclass(frozen=True)
class BusyHourCapacity:
    """Calls per employee and busy hour, by theory, by sample and as set; None where there is nothing to go by.

    theory_calls_per_hour
        3600 / AHT × occupancy cap.
    sampled_calls_per_hour, sampled_lower, sampled_upper, confidence
        Calls handled per signed-in seat-hour in the busiest intervals, and its confidence interval.
    sampled_intervals, sampled_days
        How many intervals, on how many days, the sample has.
    set_calls_per_hour
        The value the site sets.
    """

    aht_seconds: float | None
    max_occupancy: float
    theory_calls_per_hour: float | None
    sampled_calls_per_hour: float | None
    sampled_lower: float | None
    sampled_upper: float | None
    confidence: float
    sampled_intervals: int
    sampled_days: int
    set_calls_per_hour: float | None

    @property
    def calls_per_hour(self) -> float | None:
        """The value to plan with: the set one, else the sampled, else the theoretical."""
        for value in (self.set_calls_per_hour, self.sampled_calls_per_hour, self.theory_calls_per_hour):
            if value is not None:
                return value
        return None

    def frame(self) -> pd.DataFrame:
        """Return the three ways as rows `theory`, `sampled`, `set`, with their interval and sample size."""
        nan = float("nan")
        rows = [
            ("theory", self.theory_calls_per_hour, None, None, 0),
            ("sampled", self.sampled_calls_per_hour, self.sampled_lower, self.sampled_upper, self.sampled_intervals),
            ("set", self.set_calls_per_hour, None, None, 0),
        ]
        columns = ["way", "calls_per_hour", "lower", "upper", "intervals"]
        table = [[nan if value is None else value for value in row] for row in rows]
        return pd.DataFrame(table, columns=columns).set_index("way")


def busy_hour_capacity(
    history: History | None = None,
    *,
    aht_seconds: float | None = None,
    max_occupancy: float = 0.90,
    set_calls_per_hour: float | None = None,
    busiest_share: float = 0.10,
    confidence: float = 0.95,
) -> BusyHourCapacity:
    """Return the busy-hour capacity by theory, by sample and as set.

    The sample is the `busiest_share` of the intervals in which both handled calls and signed-in seats were observed,
    ranked by calls offered. Its estimate is Σ calls handled / Σ seat-hours; the confidence interval takes the day as
    the unit (hours of one day resemble each other) with the ratio estimator's linearised variance (Cochran 1977,
    section 6.13) and Student's t. `aht_seconds` defaults to the sample's own mean, weighted by calls.

    Raises
    ------
    ValueError
        Naming the argument that is out of range.
    """
    for name, value, bounds in (
        ("aht_seconds", aht_seconds, POSITIVE),
        ("max_occupancy", max_occupancy, POSITIVE_SHARE),
        ("set_calls_per_hour", set_calls_per_hour, POSITIVE),
        ("busiest_share", busiest_share, POSITIVE_SHARE),
        ("confidence", confidence, POSITIVE_SHARE),
    ):
        if value is not None:
            checked(name, value, bounds)
    sample = _busiest(history, busiest_share)
    rate = lower = upper = None
    days = 0
    if len(sample):
        rate, lower, upper, days = _ratio(sample, confidence)
        if aht_seconds is None and sample["aht_seconds"].notna().any():
            known = sample.dropna(subset=["aht_seconds"])
            aht_seconds = float(np.average(known["aht_seconds"], weights=known["handled"]))
    return BusyHourCapacity(
        aht_seconds=aht_seconds,
        max_occupancy=max_occupancy,
        theory_calls_per_hour=None if aht_seconds is None else 3600.0 / aht_seconds * max_occupancy,
        sampled_calls_per_hour=rate,
        sampled_lower=lower,
        sampled_upper=upper,
        confidence=confidence,
        sampled_intervals=len(sample),
        sampled_days=days,
        set_calls_per_hour=set_calls_per_hour,
    )


def _busiest(history: History | None, share: float) -> pd.DataFrame:
    columns = ["offered", "handled", "seat_hours", "aht_seconds", "day"]
    if history is None or not {"calls_answered", "seats_signed_in"} <= set(history.frame.columns):
        return pd.DataFrame(columns=columns)
    frame = history.frame
    table = pd.DataFrame(
        {
            "offered": frame["calls_offered"],
            "handled": frame["calls_answered"],
            "seat_hours": frame["seats_signed_in"] * history.interval_minutes / 60.0,
            "aht_seconds": frame.get("aht_seconds", np.nan),
            "day": pd.DatetimeIndex(frame.index).date,
        }
    )
    seen = table[table["offered"].notna() & (table["handled"] > 0) & (table["seat_hours"] > 0)]
    busiest = seen.sort_values("offered", ascending=False, kind="stable")
    return busiest.head(int(np.ceil(len(seen) * share)))


def _ratio(sample: pd.DataFrame, confidence: float) -> tuple[float, float | None, float | None, int]:
    rate = float(sample["handled"].sum() / sample["seat_hours"].sum())
    residual = (sample["handled"] - rate * sample["seat_hours"]).groupby(sample["day"]).sum()
    days = len(residual)
    if days < 2:
        return rate, None, None, days
    variance = days / (days - 1) * float((residual**2).sum()) / float(sample["seat_hours"].sum()) ** 2
    half = float(stdtrit(days - 1, 0.5 + confidence / 2.0)) * variance**0.5
    return rate, rate - half, rate + half, days


def ramped_share(weeks_employed: float, *, ramp_up: tuple[float, ...] = (0.5, 0.6, 0.7, 0.8, 0.9)) -> float:
    """Return the share of a full employee's capacity a newcomer brings: `ramp_up[week]`, and 1 past its end.

    Raises
    ------
    ValueError
        If the weeks are negative or a share is not in (0, 1].
    """
    checked("weeks_employed", weeks_employed, NOT_NEGATIVE)
    checked("ramp_up", ramp_up, POSITIVE_SHARE)
    week = int(weeks_employed)
    return ramp_up[week] if week < len(ramp_up) else 1.0
