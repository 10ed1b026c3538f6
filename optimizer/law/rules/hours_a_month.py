"""A month's worked hours, at most."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import limit_looser, without_limit
from optimizer.law.rules.rule import Finds, Limit, PersonMonth, Rule

_NAME = "hours_a_month"


def _check(mine: PersonMonth) -> Finds:
    most, worked = mine.limits.hours_a_month, mine.minutes
    if most is not None and worked > 60 * most + 1e-6:
        yield None, worked - 60 * most, {"worked_hours": worked / 60, "most_hours": most}


HOURS_A_MONTH = Rule(
    _NAME,
    "person",
    "minutes",
    Words("每月工时上限", "hours a month"),
    Words(
        "全月 {worked_hours:.1f} 小时，最多 {most_hours:g} 小时",
        "{worked_hours:.1f} h in the month, at most {most_hours:g} h are allowed",
    ),
    _check,
    limit=Limit("most worked hours in the month", "hours"),
    set_aside=without_limit(_NAME),
    given_in=Words("每月多一小时", "one hour a month more"),
    gives=limit_looser(_NAME, 1),
)
