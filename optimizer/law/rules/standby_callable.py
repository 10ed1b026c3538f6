"""Who stands by can be called: the week's hours have room for it."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import rules_with
from optimizer.law.rules.rule import Finds, PersonMonth, Rule, Setting
from optimizer.law.shifts import STANDBY

MINUTES = Setting("standby_call_minutes", 240, "minutes")  # half a shift: who is called comes for no less


def _check(mine: PersonMonth) -> Finds:
    most = mine.rules.weekly_minutes(mine.person)
    for rows in mine.weeks.values():
        calls = mine.rules.standby_call_minutes * sum(not row.works for row in rows)
        over = sum(row.worked_minutes for row in rows if row.works) + calls - most
        for row in rows:
            if row.code == STANDBY and not row.carried and over > 1e-6:
                yield row.day, over, {"over": over}


STANDBY_CALLABLE = Rule(
    "standby_callable", "person", "minutes", Words("备班可召", "standby callable"),
    Words("当周剩余工时少 {over:g} 分钟，无法应召", "{over:g} minutes too few left in the week to be called"),
    _check,
    settings=(MINUTES,),
    arrays=("Duties.worked_minutes", "Weeks.after"),
    set_aside=rules_with(lambda _: {"standby_call_minutes": 60}),  # as little as a call can last
    rank=13,
    given_in=Words("应召少留一小时", "one hour less kept free to be called"),
    gives=rules_with(lambda rules: {"standby_call_minutes": max(0, rules.standby_call_minutes - 60)}),
    of_overtime=False,
)  # fmt: skip
