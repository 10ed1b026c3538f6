"""The week's hours, Monday to Sunday: of everybody the contract's, at most the law's; under an average the ceiling."""

from __future__ import annotations

from dataclasses import replace

from forecaster.messages import Words
from optimizer.law.rules.giving_in import more_contract_hours, people_with, rules_with
from optimizer.law.rules.rule import Finds, PersonMonth, Rule, Setting, Situation

HOURS = Setting("weekly_hours", 40.0, "hours")  # the law's
CEILING = Setting("weekly_ceiling_hours", 48.0, "hours")  # six days of the law's eight hours
_WHOLE_WEEK = 168.0  # hours: none of them is kept free


def _check(mine: PersonMonth) -> Finds:
    most = mine.rules.weekly_minutes(mine.person)
    for monday, rows in mine.weeks.items():
        worked = sum(row.worked_minutes for row in rows if row.works)
        if worked > most + 1e-6:
            over = worked - most
            yield (
                monday,
                over,
                {"worked_hours": round(worked / 60, 2), "most_hours": most / 60, "over_hours": round(over / 60, 2)},
            )


def _set_aside(given: Situation) -> Situation:
    given = replace(given, rules=replace(given.rules, weekly_ceiling_hours=_WHOLE_WEEK))
    if given.rules.weekly_mode == "average":
        return given
    given = people_with(contract_hours_per_week=_WHOLE_WEEK)(given)
    return rules_with(lambda _: {"weekly_hours": _WHOLE_WEEK})(given)


def _an_hour_more(given: Situation) -> Situation:
    if given.rules.weekly_mode == "average":
        return rules_with(lambda rules: {"weekly_ceiling_hours": rules.weekly_ceiling_hours + 1})(given)
    return more_contract_hours(given)


WEEKLY_HOURS = Rule(
    "weekly_hours", "person", "minutes", Words("每周工时", "weekly hours"),
    Words(
        "当周 {worked_hours:g} 小时，上限 {most_hours:g} 小时，超出 {over_hours:g} 小时",
        "{worked_hours:g} h in the week, {over_hours:g} h over {most_hours:g} h",
    ),
    _check,
    settings=(HOURS, CEILING),
    told_by=("contract_hours_per_week",),
    arrays=("Weeks.after",),
    set_aside=_set_aside,
    rank=1,
    given_in=Words("每周多一小时（合同随之）", "one hour more a week, contracts too"),
    gives=_an_hour_more,
    of_overtime=False,
)  # fmt: skip
