"""What the forecast's chosen numbers are worth: each halved and doubled, and the WAPE of a month ahead beside it.

    python -m tests.benchmarks.forecast_constants        # two minutes; there is no more of it

Two real lines (the ruler's data beside the project) and a made-up hotline with billing days and campaigns, a month of
each: it shows what matters at all, not what is best. A ratio of 1.000 says that the number does not matter there; one
below 1 that another would have been better.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from forecaster.forecast import backtest
from forecaster.history import Calendar, History, country_calendar
from tests.benchmarks.forecast_ruler import NOT_HERE, find_ruler
from tests.benchmarks.results import skipped
from tests.benchmarks.roster_scale import print_dated
from tests.forecaster.forecast.test_known_hotline import calendar, made

CONSTANTS = {
    "combination": ("LARGEST_ERROR", "PULL_TO_EQUAL"),
    "day_forecast": ("LOG_BIAS", "LARGEST_BIAS_VARIANCE", "MOST_EMPTIED", "HOLIDAYS_OF_DOUBT"),
    "day_model": (
        "STEP_VARIANCE",
        "AROUND_SD",
        "AROUND_REACH_DAYS",
        "DAY_OF_MONTH_REACH_DAYS",
        "WORKDAY_APART",
        "SWING_MEMORY_DAYS",
    ),
    "holiday_mix": ("POOLED_SD", "NAME_SD", "POSITION_SD"),
}
LINES = {"axa_services": ("FR", "2013-05"), "seattle_fire_911": ("US", "2021-03")}


def lines() -> Iterator[tuple[str, History, Calendar, pd.PeriodIndex]]:
    """Yield each line's name, history, calendar and the months to forecast."""
    hotline, _ = made(20)
    yield "made-up hotline", hotline, calendar(), pd.period_range("2025-10", "2025-10", freq="M")
    ruler = find_ruler()
    for name, (country, month) in LINES.items() if ruler is not None else ():
        path = ruler.parents[1] / "data" / "calls" / f"{name}_hourly.csv.gz"
        calls = pd.read_csv(path, index_col="interval_start", parse_dates=True)["calls"].astype(float)
        calls = calls.reindex(pd.date_range(calls.index[0].normalize(), calls.index[-1], freq="h"))
        frame = calls.rename("calls_offered").rename_axis("interval_start").to_frame().tz_localize("UTC")
        years = range(frame.index[0].year - 1, frame.index[-1].year + 2)
        yield (
            name,
            History(name, "UTC", 60, frame),
            country_calendar(country, years),
            pd.period_range(month, month, freq="M"),
        )


@contextmanager
def changed(module: str, name: str, factor: float) -> Iterator[None]:
    """Let a number of the forecast be another, wherever it was imported to."""
    home = sys.modules[f"forecaster.forecast.{module}"]
    before: Any = getattr(home, name)
    if name == "EFFECTS":
        after: Any = tuple(replace(effect, sd=effect.sd * factor) for effect in before)
    else:
        after = type(before)(before * factor)
    holders = [m for n, m in sys.modules.items() if n.startswith("forecaster.") and getattr(m, name, None) is before]
    for holder in holders:
        setattr(holder, name, after)
    try:
        yield
    finally:
        for holder in holders:
            setattr(holder, name, before)


def rows() -> Iterator[dict[str, object]]:
    """Yield what stands, then each number's ratios to it at half and at twice."""
    known = list(lines())

    def errors() -> np.ndarray:
        return np.array([backtest(h, calendar=c, months=m, forecasters={}).loc["all", "wape"] for _, h, c, m in known])

    stands = errors()
    names = [name for name, *_ in known]
    blank = dict.fromkeys(("number", names[0], *LINES), "")  # what is not here stays so
    told = dict(zip(names, (f"{error:.4f}" for error in stands), strict=True))
    yield {**blank, "number": "as it stands (WAPE)", **told}
    for module, number in [*((m, n) for m, numbers in CONSTANTS.items() for n in numbers), ("effects", "EFFECTS")]:
        ratios = []
        for factor in (0.5, 2.0):
            with changed(module, number, factor):
                ratios.append(errors() / stands)
        told = {name: f"{half:.3f} · {twice:.3f}" for name, half, twice in zip(names, *ratios, strict=True)}
        yield {**blank, "number": f"{module}.{number} × 0.5 · × 2", **told}


def main() -> None:
    """Print dated rows for RESULTS.md."""
    if find_ruler() is None:
        skipped(NOT_HERE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        print_dated(rows())


if __name__ == "__main__":
    main()
