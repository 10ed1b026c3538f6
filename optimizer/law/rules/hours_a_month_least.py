"""A month's worked hours, at least."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import limit_looser, without_limit
from optimizer.law.rules.rule import Finds, Limit, PersonMonth, Rule

_NAME = "hours_a_month_least"


def _check(mine: PersonMonth) -> Finds:
    least, worked = mine.limits.hours_a_month_least, mine.minutes
    if least is not None and worked < 60 * least - 1e-6:
        yield None, 60 * least - worked, {"worked_hours": worked / 60, "least_hours": least}


HOURS_A_MONTH_LEAST = Rule(
    _NAME,
    "person",
    "minutes",
    Words("每月工时下限", "fewest hours a month"),
    Words(
        "全月 {worked_hours:.1f} 小时，至少 {least_hours:g} 小时",
        "{worked_hours:.1f} h in the month, at least {least_hours:g} h are wanted",
    ),
    _check,
    limit=Limit("fewest worked hours in the month", "hours"),
    set_aside=without_limit(_NAME),
    given_in=Words("每月少一小时", "one hour a month fewer"),
    gives=limit_looser(_NAME, -1),
)
