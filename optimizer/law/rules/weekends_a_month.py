"""Weekends with duty on the Saturday or the Sunday."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import limit_looser, without_limit
from optimizer.law.rules.rule import Finds, Limit, PersonMonth, Rule

_NAME = "weekends_a_month"


def _check(mine: PersonMonth) -> Finds:
    days = [row.day for row in mine.busy if not row.carried and row.day.weekday() >= 5]
    given, most = len({day.isocalendar()[:2] for day in days}), mine.limits.weekends_a_month
    if most is not None and given > most:
        yield max(days), given - most, {"given": given, "most": most}


WEEKENDS_A_MONTH = Rule(
    _NAME,
    "person",
    "weekends",
    Words("每月周末班", "weekends a month"),
    Words("周末上班 {given} 个，最多 {most} 个", "{given} weekends with duty, {most} are allowed"),
    _check,
    limit=Limit("most weekends with duty on the Saturday or the Sunday"),
    set_aside=without_limit(_NAME),
    given_in=Words("多一个周末", "one weekend more"),
    gives=limit_looser(_NAME, 1),
)
