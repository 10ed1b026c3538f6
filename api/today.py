"""Today against its forecast: has it left its band, since when, and what is still to come (rule C10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from forecaster.forecast.interval_forecast import forecast_next_day, watch_today
from forecaster.history.calendar import Calendar
from forecaster.history.observed import History


@dataclass(frozen=True)
class Today:
    """The last day of a history.

    calls_so_far, lower, upper
        Calls since the day's start, and between which limits that was to be expected (95 %, for the day as a whole).
    outside_band
        Whether they are outside now; `first_outside_at` is the interval with which it was first certain, or None.
    still_to_come
        Calls of the rest of the day, revised by the day so far; None: it is over.
    intervals
        The day interval by interval: `interval_start` (local, ISO), calls since the day's start as they came
        (`calls_so_far`) between their limits (`lower`, `upper`), and where they have not come yet as they are expected
        (`calls_expected`).
    """

    queue: str
    day: str
    as_of: str
    calls_so_far: float
    lower: float
    upper: float
    outside_band: bool
    first_outside_at: str | None
    still_to_come: float | None
    intervals: tuple[dict[str, str | float | None], ...]


def today_of(history: History, calendar: Calendar) -> Today:
    """Return how the last day of `history` stands against the forecast made from the days before it.

    Raises
    ------
    ValueError
        If there is no day before it.
    """
    watch = watch_today(history, calendar=calendar)
    seen = watch.frame[history.calls_by_wall_clock().reindex(watch.frame.index).notna()]
    last = seen.iloc[-1] if len(seen) else watch.frame.iloc[-1]
    since, day = watch.first_outside_at, watch.frame.index[0]
    rest = None
    if history.end_at.tz_convert(history.timezone).normalize().tz_localize(None) == day.normalize():
        rest = forecast_next_day(history, calendar=calendar)["calls"]
    return Today(
        queue=history.queue,
        day=f"{day:%Y-%m-%d}",
        as_of=history.end_at.isoformat(),
        calls_so_far=float(last["calls_so_far"]),
        lower=round(float(last["lower"]), 1),
        upper=round(float(last["upper"]), 1),
        outside_band=bool(last["outside_band"]),
        first_outside_at=None if since is None else pd.Timestamp(since).tz_localize(history.timezone).isoformat(),
        still_to_come=None if rest is None else round(float(rest.sum()), 1),
        intervals=tuple(_intervals(seen, rest)),
    )


def _intervals(seen: pd.DataFrame, rest: pd.Series | None) -> Iterator[dict[str, str | float | None]]:
    """Yield the day's intervals: those seen, then those to come, counted on from the calls so far."""
    nothing = dict.fromkeys(("calls_so_far", "lower", "upper", "calls_expected"))
    for at, row in seen.iterrows():
        told = {name: round(float(row[name]), 1) for name in ("calls_so_far", "lower", "upper")}
        yield nothing | {"interval_start": pd.Timestamp(str(at)).isoformat()} | told
    if rest is not None:
        so_far = float(seen["calls_so_far"].iloc[-1]) if len(seen) else 0.0
        for at, expected in (so_far + rest.cumsum()).items():
            start = pd.Timestamp(str(at)).tz_localize(None).isoformat()
            yield nothing | {"interval_start": start, "calls_expected": round(float(expected), 1)}
