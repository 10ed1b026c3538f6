"""Shifts of one code in a month."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import limit_with, without_limit
from optimizer.law.rules.rule import Finds, Limit, PersonMonth, Rule

_NAME = "shifts_a_month"


def _check(mine: PersonMonth) -> Finds:
    for code, most in mine.limits.shifts_a_month.items():
        given = sum(row.code == code for row in mine.own if row.works)
        if given > most:
            yield None, given - most, {"given": given, "most": most, "shift": code}


SHIFTS_A_MONTH = Rule(
    _NAME,
    "person",
    "shifts",
    Words("每月班次数", "shifts of a kind a month"),
    Words("全月班次 {shift} 共 {given} 个，最多 {most} 个", "{given} shifts {shift} in the month, {most} are allowed"),
    _check,
    limit=Limit("shift code to the most shifts of it in the month", "count_of_each"),
    set_aside=without_limit(_NAME),
    given_in=Words("各多一个班", "one shift of each kind more"),
    gives=limit_with(_NAME, lambda most_of: {code: most + 1 for code, most in most_of.items()}),
)
