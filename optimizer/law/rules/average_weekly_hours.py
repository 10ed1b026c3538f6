"""Under the average mode, hours over a month or a span of months: as many a week as law and contract have, on average.

Where the span is longer than a month, what was worked beyond the average of its earlier months, or below it, is carried
in each person's account of hours; at the end of the span it is even.
"""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import more_contract_hours, people_with, rules_with
from optimizer.law.rules.rule import Finds, PersonMonth, Rule, Setting, Situation
from optimizer.law.rules.weekly_hours import HOURS

# By month unless a site has agreed on quarters or years; ahead by no more than one of the law's weeks.
MONTHS = Setting("average_months", 1, "months", lowest=1, most=12)
BEGINS = Setting("average_begins", 1, "month of the year", lowest=1, most=12)
AHEAD = Setting("average_hours_ahead", 40.0, "hours", most=400)


def _check(mine: PersonMonth) -> Finds:
    worked, most = mine.minutes, mine.rules.month_minutes(mine.person, mine.days)
    if worked > most + 1e-6:
        yield None, worked - most, {"worked_hours": worked / 60, "most_hours": most / 60}


def _set_aside(given: Situation) -> Situation:
    if given.rules.weekly_mode != "average":
        return given
    return rules_with(lambda _: {HOURS.key: 168.0})(people_with(contract_hours_per_week=168.0)(given))


AVERAGE_WEEKLY_HOURS = Rule(
    "average_weekly_hours", "person", "minutes", Words("月均周工时", "average weekly hours"),
    Words(
        "全月 {worked_hours:.1f} 小时，允许 {most_hours:.1f} 小时",
        "{worked_hours:.1f} h in the month, allowed {most_hours:.1f} h",
    ),
    _check,
    settings=(MONTHS, BEGINS, AHEAD),
    told_by=("contract_hours_per_week", "hours_account"),
    arrays=("Staff.month_cap",),
    set_aside=_set_aside,
    rank=2,
    given_in=Words("平均每周多一小时（合同随之）", "one hour more a week on average, contracts too"),
    gives=lambda given: more_contract_hours(given) if given.rules.weekly_mode == "average" else given,
    of_overtime=False,
)  # fmt: skip
