"""Forward rotation: a shift that starts more than an hour earlier than the day before's cuts into the rest."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.comforts.comfort import Comfort, Worked, presets
from optimizer.law.shifts import Shift

_MOST_MINUTES = 60  # sleep moves back by an hour a day with ease, further it does not


def _turns_back(before: Worked, later: Shift, _night: bool) -> float:
    return float(before.shift is not None and later.start_minute < before.shift.start_minute - _MOST_MINUTES)


BACKWARD_ROTATION = Comfort(
    "backward_rotation",
    "shifts",
    Words("顺向轮换", "forward rotation"),
    Words(
        "{count:g} 个班次比前一天提早一小时以上", "{count:g} shifts start over an hour earlier than the day before's"
    ),
    presets(coverage=0.25, balanced=2.0, humane=4.0),
    "starts",
    next_day=_turns_back,
)
