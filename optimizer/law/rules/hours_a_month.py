"""A month's worked hours, at most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecaster.history.intervals import MINUTES_PER_DAY
from forecaster.messages import Words
from optimizer.law.rules.giving_in import limit_looser, without_limit
from optimizer.law.rules.rule import Finds, Limit, PersonMonth, Rule
from optimizer.law.rules.shapes import hours_of_kinds
from optimizer.law.rules.tally import Counts, Lawful, RunningMonth, Tally

_NAME = "hours_a_month"


def _check(mine: PersonMonth) -> Finds:
    most, worked = mine.limits.hours_a_month, mine.minutes
    if most is not None and worked > 60 * most + 1e-6:
        yield None, worked - 60 * most, {"worked_hours": worked / 60, "most_hours": most}


class _MinutesSoFar(Tally):
    begins = (0,)

    def __init__(self, most_hours: float, month: RunningMonth) -> None:
        self.most, self.minutes = 60 * most_hours, month.most_minutes

    def work(self, before: Counts, day: int, kind: int) -> tuple[Counts, Lawful]:
        after = before + self.minutes[kind]
        return after, after[..., 0] <= self.most + 1e-6

    def shifts_left(self, after: Counts) -> NDArray[np.int64]:
        shortest = max(1, int(self.minutes[self.minutes > 0].min(initial=MINUTES_PER_DAY)))
        return np.asarray((self.most - after[..., 0]) // shortest, dtype=np.int64)

    def same(self, after: Counts, next_day: int, most_days: int, shifts_left: NDArray[np.int64]) -> Counts:
        """Short of the most by more than what is left, it can bind no more."""
        return np.maximum(after, int(self.most) - int(self.minutes.max(initial=0)) * most_days)


HOURS_A_MONTH = Rule(
    _NAME, "person", "minutes", Words("每月工时上限", "hours a month"),
    Words(
        "全月 {worked_hours:.1f} 小时，最多 {most_hours:g} 小时",
        "{worked_hours:.1f} h in the month, at most {most_hours:g} h are allowed",
    ),
    _check,
    limit=Limit(Words("每月至多多少工时", "most worked hours in the month"), "hours", pro_rata=True),
    state=_MinutesSoFar,
    rows=lambda kinds, most_of: hours_of_kinds(kinds, most_of, least=False),
    set_aside=without_limit(_NAME),
    given_in=Words("每月多一小时", "one hour a month more"),
    gives=limit_looser(_NAME, 1),
)  # fmt: skip
