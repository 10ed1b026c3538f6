"""Who is on leave works nothing and stands by for nothing."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import people_with
from optimizer.law.rules.rule import Finds, PersonMonth, Rule
from optimizer.law.shifts import LEAVE as ON_LEAVE


def _check(mine: PersonMonth) -> Finds:
    for day in sorted(mine.person.leave):
        given = mine.code_of_day.get(day, ON_LEAVE)
        if mine.first <= day <= mine.last and given != ON_LEAVE:
            yield day, 1, {"given": given}


LEAVE = Rule(
    "leave", "person", "days", Words("休假", "leave"),
    Words("休假日排了 {given}", "{given} on a day of leave"),
    _check,
    told_by=("leave",),
    arrays=("Staff.person_cost",),
    given_in=Words("无人休假", "nobody on leave"),
    gives=people_with(leave=frozenset()),
)  # fmt: skip
