"""Few split shifts: a long break cuts the day in two and leaves neither half to the person."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.comforts.comfort import Comfort, presets
from optimizer.law.shifts import Shift


def _is_split(shift: Shift) -> float:
    return float(shift.is_split)


SPLIT_SHIFT = Comfort(
    "split_shift",
    "shifts",
    Words("少排两头班", "few split shifts"),
    Words("{count:g} 个两头班", "{count:g} split shifts"),
    presets(balanced=3.0, humane=8.0),
    "shifts",
    shift=_is_split,
)
