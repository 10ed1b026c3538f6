"""A shift line held: the same shift as on the day before."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.comforts.comfort import Comfort, Worked, presets
from optimizer.law.shifts import Shift


def _changes(before: Worked, later: Shift, _night: bool) -> float:
    return float(before.shift is not None and later.code != before.shift.code)


SHIFT_CHANGE = Comfort(
    "shift_change",
    "shifts",
    Words("班次不变", "same shift as the day before"),
    Words("{count:g} 个班次与前一天不同", "{count:g} shifts other than the day before's"),
    presets(balanced=1.0, humane=2.0),
    "starts",
    next_day=_changes,
)
