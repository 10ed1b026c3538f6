"""Many lines one after the other: processor time a line, and peak memory, as their number grows.

python -m tests.benchmarks.forecast_scale [lines]          # 1,000 if not said: a minute
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
import pandas as pd

from forecaster.forecast.interval_forecast import forecast_calls

REPORTED = (100, 200, 500, 1000, 2000, 5000)


def expected_line() -> pd.Series:
    """Return the expected calls of a hotline by hour, half a year of them."""
    index = pd.date_range("2026-01-05", periods=26 * 7 * 24, freq="h")
    hour, weekday = index.hour.to_numpy(), index.day_of_week.to_numpy()
    day = 400.0 * np.array([1.15, 1.05, 1.0, 1.0, 0.95, 0.7, 0.6])[weekday]
    shape = 0.2 + np.exp(-(((hour - 10.5) / 2.5) ** 2)) + 0.9 * np.exp(-(((hour - 16.0) / 3.0) ** 2))
    return pd.Series(day * shape / 9.0, index=index)


def main() -> None:
    """Forecast a month of each line and print what it took."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    usual, random = expected_line(), np.random.default_rng(1)
    ahead = pd.date_range(usual.index[-1] + pd.Timedelta(days=7, hours=1), periods=31 * 24, freq="h")
    forecast_calls(usual.round(), ahead, "CN")
    start = time.process_time()
    for done in range(1, count + 1):
        level = np.repeat(np.exp(np.cumsum(0.02 * random.standard_normal(len(usual) // 24))), 24)
        calls = random.poisson(usual.to_numpy() * level * random.uniform(0.5, 2.0)).astype(float)
        forecast_calls(pd.Series(calls, usual.index), ahead, "CN")
        if done in REPORTED or done == count:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            each = (time.process_time() - start) / done
            print(f"{done} lines: {each:.4f} processor seconds a line, peak {memory:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
