"""Weekends with duty on the Saturday or the Sunday."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecaster.messages import Words
from optimizer.law.rules.giving_in import limit_looser, without_limit
from optimizer.law.rules.rule import Finds, Limit, PersonMonth, Rule
from optimizer.law.rules.tally import Counts, Lawful, RunningMonth, Tally

_NAME = "weekends_a_month"


def _check(mine: PersonMonth) -> Finds:
    days = [row.day for row in mine.busy if not row.carried and row.day.weekday() >= 5]
    given, most = len({day.isocalendar()[:2] for day in days}), mine.limits.weekends_a_month
    if most is not None and given > most:
        yield max(days), given - most, {"given": given, "most": most}


class _WeekendsSoFar(Tally):
    begins = (0, 0)  # weekends on duty, and whether this one is
    of_week = (1,)

    def __init__(self, most: int, month: RunningMonth) -> None:
        self.most, self.month = most, month

    def work(self, before: Counts, day: int, kind: int) -> tuple[Counts, Lawful]:
        after = before.copy()
        if self.month.days_into_week[day] >= 5:
            after[:, 0] += before[:, 1] == 0
            after[:, 1] = 1
        return after, after[:, 0] <= self.most

    def same(self, after: Counts, next_day: int, most_days: int, shifts_left: NDArray[np.int64]) -> Counts:
        return np.maximum(after, [self.most - self.month.weekends_from(next_day), 0])


def _rows(kinds: Any, most_of: Callable[[int], int | None]) -> Iterator[Any]:
    bound = {
        k: float(sum(most or 0 for most in own))
        for k, own in enumerate([most_of(p) for p in who] for who in kinds.members)
        if None not in own
    }
    worked = kinds.counts("weekend_count", [(k, w) for k in bound for w in kinds.weekends])
    for k, total in bound.items():
        for w, both in kinds.weekends.items():
            for day in both:
                coefficients, variables = kinds.on_duty(k, (day,))
                if variables:
                    yield [*coefficients, -1.0], [*variables, worked[k, w]], None, 0.0
        yield [1.0] * len(kinds.weekends), [worked[k, w] for w in kinds.weekends], None, total


WEEKENDS_A_MONTH = Rule(
    _NAME, "person", "weekends", Words("每月周末班", "weekends a month"),
    Words("周末上班 {given} 个，最多 {most} 个", "{given} weekends with duty, {most} are allowed"),
    _check,
    limit=Limit(Words("每月至多几个周末（周六或周日）有班", "most weekends with duty on the Saturday or the Sunday")),
    state=_WeekendsSoFar,
    rows=_rows,
    set_aside=without_limit(_NAME),
    given_in=Words("多一个周末", "one weekend more"),
    gives=limit_looser(_NAME, 1),
)  # fmt: skip
