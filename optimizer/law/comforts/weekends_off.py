"""Complete weekends off, Saturday and Sunday: as many of the month's as wanted, the last one missing weighs most."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.comforts.comfort import Comfort, presets


def wanted_weekends(days: int) -> int:
    """Return how many are wanted of so many days: every other one, two of the four or five in a month."""
    return days // 14


WEEKENDS_OFF = Comfort(
    "weekends_off",
    "weekends",
    Words("完整周末休息", "complete weekends off"),
    Words("少休 {count:g} 个完整周末", "{count:g} complete weekends off too few"),
    presets(balanced=12.0, humane=18.0),
    "weekends",
)
