"""A day that is fixed for somebody is worked as it is fixed."""

from __future__ import annotations

from types import MappingProxyType

from forecaster.messages import Words
from optimizer.law.rules.giving_in import people_with
from optimizer.law.rules.rule import Finds, PersonMonth, Rule
from optimizer.law.shifts import DAY_OFF, LEAVE


def _check(mine: PersonMonth) -> Finds:
    for day, wanted in sorted(mine.person.fixed_shifts.items()):
        given = mine.code_of_day.get(day, DAY_OFF)
        inside = mine.first <= day <= mine.last
        if inside and given != wanted and not (wanted == DAY_OFF and given == LEAVE):
            yield day, 1, {"given": given, "wanted": wanted}


FIXED_SHIFT = Rule(
    "fixed_shift", "person", "days", Words("固定班次", "fixed shift"),
    Words("固定为 {wanted}，却排了 {given}", "{given} where {wanted} is fixed"),
    _check,
    told_by=("fixed_shifts",),
    arrays=("Staff.person_cost",),
    given_in=Words("不固定任何班次", "nothing is fixed"),
    gives=people_with(fixed_shifts=MappingProxyType({})),
)  # fmt: skip
