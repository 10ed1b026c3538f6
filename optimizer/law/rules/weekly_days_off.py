"""Days of the week that somebody always has off."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import people_with
from optimizer.law.rules.rule import Finds, PersonMonth, Rule

_NAME = "weekly_days_off"


def _check(mine: PersonMonth) -> Finds:
    for row in mine.busy:
        free = row.day.weekday() in mine.person.weekly_days_off and row.day not in mine.person.fixed_shifts
        if free and not row.carried and mine.first <= row.day <= mine.last:
            yield row.day, 1, {"given": row.code}


WEEKLY_DAYS_OFF = Rule(
    _NAME, "person", "days", Words("固定休息日", "weekly days off"),
    Words("固定休息日排了 {given}", "{given} on a weekly day off"),
    _check,
    told_by=(_NAME,),
    arrays=("Staff.person_cost",),
    set_aside=people_with(weekly_days_off=frozenset()),
    rank=8,
    given_in=Words("不设固定休息日", "no weekly days off"),
    gives=people_with(weekly_days_off=frozenset()),
)  # fmt: skip
