"""Stable starts: a shift starts within two hours of the day before's, or sleep does not settle."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.comforts.comfort import Comfort, Worked, presets
from optimizer.law.shifts import Shift

_MOST_MINUTES = 120  # two hours: within them a day keeps its shape (the same getting up, the same meals)


def _jumps(before: Worked, later: Shift, _night: bool) -> float:
    return float(before.shift is not None and abs(later.start_minute - before.shift.start_minute) > _MOST_MINUTES)


START_CHANGE = Comfort(
    "start_change",
    "shifts",
    Words("上班时间稳定", "stable start times"),
    Words("{count:g} 个班次与前一天相差两小时以上", "{count:g} shifts start more than two hours from the day before's"),
    presets(balanced=3.0, humane=5.0),
    "starts",
    next_day=_jumps,
)
