"""Shifts in two parts only for who agrees to them."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import people_with
from optimizer.law.rules.rule import Finds, PersonMonth, Rule

_NAME = "split_consent"


def _check(mine: PersonMonth) -> Finds:
    for row, shift in mine.of_catalogue:
        agreed = mine.person.split_consent or mine.person.fixed_shifts.get(row.day) == row.code
        if shift.is_split and not agreed:
            yield row.day, 1, {"given": row.code}


SPLIT_CONSENT = Rule(
    _NAME, "person", "shifts", Words("两头班须同意", "split shifts by consent"),
    Words("未同意两头班，却排了 {given}", "{given} is a split shift, to which this person has not agreed"),
    _check,
    told_by=(_NAME,),
    arrays=("Staff.person_cost",),
    set_aside=people_with(split_consent=True),
    rank=9,
    given_in=Words("人人同意两头班", "everybody agrees to split shifts"),
    gives=people_with(split_consent=True),
    of_overtime=False,
)  # fmt: skip
