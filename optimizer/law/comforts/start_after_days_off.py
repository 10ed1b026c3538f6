"""Few different starts: after free days, the start that was worked before them."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.comforts.comfort import Comfort, Worked, presets
from optimizer.law.shifts import Shift


def _other_start(before: Worked, _free_days: int, later: Shift, _night: bool) -> float:
    return float(before.shift is not None and later.start_minute != before.shift.start_minute)


START_AFTER_DAYS_OFF = Comfort(
    "start_after_days_off",
    "shifts",
    Words("休息后上班时间不变", "same start after days off"),
    Words("休息后有 {count:g} 次换了上班时间", "{count:g} times another start after days off than before them"),
    presets(balanced=3.0, humane=4.0),
    "starts",
    after_rest=_other_start,
)
