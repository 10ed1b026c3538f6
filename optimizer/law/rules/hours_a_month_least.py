"""A month's worked hours, at least."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from forecaster.messages import Words
from optimizer.law.rules.giving_in import limit_looser, without_limit
from optimizer.law.rules.hours_a_month import HOURS_A_MONTH
from optimizer.law.rules.rule import Finds, Limit, PersonMonth, Rule
from optimizer.law.rules.shapes import hours_of_kinds
from optimizer.law.rules.tally import Counts, Lawful, RunningMonth, Tally

_NAME = "hours_a_month_least"


def _check(mine: PersonMonth) -> Finds:
    least, worked = mine.limits.hours_a_month_least, mine.minutes
    if least is not None and worked < 60 * least - 1e-6:
        yield None, 60 * least - worked, {"worked_hours": worked / 60, "least_hours": least}


class _MinutesStillWanted(Tally):
    begins = (0,)

    def __init__(self, least_hours: float, month: RunningMonth) -> None:
        self.least, self.minutes = 60 * least_hours, month.least_minutes

    def work(self, before: Counts, day: int, kind: int) -> tuple[Counts, Lawful]:
        return before + self.minutes[kind], np.ones(len(before), dtype=bool)

    def same(self, after: Counts, next_day: int, most_days: int, shifts_left: NDArray[np.int64]) -> Counts:
        """Enough is enough."""
        return np.minimum(after, math.ceil(self.least))

    def can_end(self, after: Counts, most_days: int) -> Lawful:
        return np.asarray(after[..., 0] + int(self.minutes.max(initial=0)) * most_days >= self.least - 1e-6)


HOURS_A_MONTH_LEAST = Rule(
    _NAME, "person", "minutes", Words("每月工时下限", "fewest hours a month"),
    Words(
        "全月 {worked_hours:.1f} 小时，至少 {least_hours:g} 小时",
        "{worked_hours:.1f} h in the month, at least {least_hours:g} h are wanted",
    ),
    _check,
    limit=Limit(
        Words("每月至少多少工时", "fewest worked hours in the month"), "hours", pro_rata=True,
        not_above=HOURS_A_MONTH.name,
    ),
    state=_MinutesStillWanted,
    rows=lambda kinds, least_of: hours_of_kinds(kinds, least_of, least=True),
    set_aside=without_limit(_NAME),
    given_in=Words("每月少一小时", "one hour a month fewer"),
    gives=limit_looser(_NAME, -1),
    mendable=True,
)  # fmt: skip
