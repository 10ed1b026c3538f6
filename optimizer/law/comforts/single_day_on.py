"""No single working day between free days: the way to work for one shift, and two breaks that are none."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.comforts.comfort import Comfort, presets

SINGLE_DAY_ON = Comfort(
    "single_day_on",
    "days",
    Words("不单独上一天", "no single working day"),
    Words("{count:g} 次只上一天班", "{count:g} single working days"),
    presets(balanced=2.0, humane=4.0),
    "runs",
    rest=lambda before: float(before.days == 1),
)
