"""How calls come within an interval: a morning's hour ends busier than it begins, though only its sum is forecast."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
PART_MINUTES = 15.0  # within so long a rate is taken as steady


def parts_of(interval_minutes: float) -> int:
    """Return into how many parts of steady rate an interval is cut."""
    return max(1, round(interval_minutes / PART_MINUTES))


def rates_within(calls: Numbers, parts: int) -> Numbers:
    """Return the rate of each part of each interval beside its interval's own (intervals × parts, mean 1).

    The rate runs straight from an interval's edge to its middle and on to its other edge, so that it is continuous and
    every interval keeps its calls. Beside an interval without calls the line is shut: no ramp is drawn into it.
    """
    calls = np.asarray(calls, dtype=float)
    before, after = np.concatenate([calls[:1], calls[:-1]]), np.concatenate([calls[1:], calls[-1:]])
    start, end = (np.where((beside > 0) & (calls > 0), (calls + beside) / 2.0, calls) for beside in (before, after))
    middle = np.maximum(2.0 * calls - (start + end) / 2.0, 0.0)
    at = (np.arange(parts) + 0.5) / parts
    rising = start[:, None] + (middle - start)[:, None] * 2.0 * at
    falling = middle[:, None] + (end - middle)[:, None] * (2.0 * at - 1.0)
    rate = np.where(at < 0.5, rising, falling)
    mean = rate.mean(axis=1, keepdims=True)
    return np.asarray(np.divide(rate, mean, out=np.ones_like(rate), where=mean > 0))
