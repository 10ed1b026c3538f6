"""Two days off together: one free day between two on duty is too short to rest."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.comforts.comfort import Comfort, presets

SINGLE_DAY_OFF = Comfort(
    "single_day_off",
    "days",
    Words("连休两天", "two days off together"),
    Words("{count:g} 次只休一天", "{count:g} single days off"),
    presets(balanced=14.0, humane=24.0),
    "runs",
    after_rest=lambda _before, free_days, _later, _night: float(free_days == 1),
)
