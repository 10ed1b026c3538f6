"""Nights in blocks: one night by itself turns the days round twice for a single shift."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.comforts.comfort import Comfort, Worked, presets
from optimizer.law.shifts import Shift


def _leaves_one(before: Worked, _later: Shift, night: bool) -> float:
    return float(before.nights == 1 and not night)


SINGLE_NIGHT = Comfort(
    "single_night",
    "nights",
    Words("夜班成组", "nights in blocks"),
    Words("{count:g} 个单独的夜班", "{count:g} nights by themselves"),
    presets(balanced=6.0, humane=10.0),
    "nights",
    next_day=_leaves_one,
    rest=lambda before: float(before.nights == 1),
)
