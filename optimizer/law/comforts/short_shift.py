"""Few short shifts: contract hours in as few days as the law allows."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.comforts.comfort import Comfort, presets
from optimizer.law.shifts import Shift

_LEAST_MINUTES = 390  # worked: six and a half hours


def _is_short(shift: Shift) -> float:
    return float(shift.worked_minutes < _LEAST_MINUTES)


SHORT_SHIFT = Comfort(
    "short_shift",
    "shifts",
    Words("少排短班", "few short shifts"),
    Words("{count:g} 个班次不足六个半小时", "{count:g} shifts of less than six and a half hours"),
    presets(balanced=0.5, humane=1.0),
    "shifts",
    shift=_is_short,
)
