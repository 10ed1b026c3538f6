"""Days of rest in every week, Monday to Sunday."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import rules_with
from optimizer.law.rules.rule import Finds, PersonMonth, Rule, Setting

DAYS = Setting("rest_days_a_week", 1, "days", 0, 6)  # the law's


def _check(mine: PersonMonth) -> Finds:
    least = mine.rules.rest_days_a_week
    for monday, rows in mine.weeks.items():
        given = 7 - len({row.day for row in rows if row.works})
        if given < least:
            yield monday, least - given, {"given": given, "least": least}


REST_DAY_A_WEEK = Rule(
    "rest_day_a_week", "person", "days", Words("每周休息日", "rest day a week"),
    Words("当周休息 {given} 天，至少应有 {least} 天", "{given} rest days in the week, {least} are needed"),
    _check,
    settings=(DAYS,),
    arrays=("Weeks.after",),
    set_aside=rules_with(lambda _: {"rest_days_a_week": 0}),
    rank=7,
    given_in=Words("每周少休一天", "one rest day a week fewer"),
    gives=rules_with(lambda rules: {"rest_days_a_week": max(0, rules.rest_days_a_week - 1)}),
)  # fmt: skip
