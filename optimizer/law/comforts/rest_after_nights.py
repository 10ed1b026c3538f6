"""Two days off after nights: the day that begins with the end of a night is no day off."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.comforts.comfort import Comfort, Worked, presets
from optimizer.law.shifts import Shift


def _at_once(before: Worked, _later: Shift, night: bool) -> float:
    return float(before.nights > 0 and not night)


def _too_soon(before: Worked, free_days: int, _later: Shift, _night: bool) -> float:
    return float(before.nights > 0 and free_days < 2)


REST_AFTER_NIGHTS = Comfort(
    "rest_after_nights",
    "blocks",
    Words("夜班后休两天", "two days off after nights"),
    Words("{count:g} 组夜班后没有休满两天", "{count:g} blocks of nights without two days off after them"),
    presets(balanced=2.0, humane=5.0),
    "nights",
    next_day=_at_once,
    after_rest=_too_soon,
)
