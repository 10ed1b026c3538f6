"""Five working days a week: the sixth day on duty in a row, and each after it."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.comforts.comfort import Comfort, presets

_WANTED_DAYS = 5  # a week of five days; more in a row and fatigue adds up from day to day

SIXTH_DAY = Comfort(
    "sixth_day",
    "days",
    Words("连续上班不超过五天", "at most five days in a row"),
    Words("{count:g} 天是连续第六天或更后", "{count:g} days the sixth in a row or later"),
    presets(balanced=20.0, humane=30.0),
    "runs",
    in_a_row=lambda days: float(days > _WANTED_DAYS),
)
