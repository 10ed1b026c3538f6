"""Work lies between the day somebody joined and the last day before leaving."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import people_with
from optimizer.law.rules.rule import Finds, PersonMonth, Rule


def _check(mine: PersonMonth) -> Finds:
    there = set(mine.person.employed(mine.days))
    for row in mine.busy:
        if not row.carried and mine.first <= row.day <= mine.last and row.day not in there:
            yield row.day, 1, {"given": row.code}


EMPLOYED = Rule(
    "employed", "person", "days", Words("在职", "employed"),
    Words("不在职的日子排了 {given}", "{given} on a day outside the employment"),
    _check,
    told_by=("joined", "left"),
    arrays=("Staff.person_cost",),
    set_aside=people_with(joined=None, left=None),
    rank=8,
    given_in=Words("人人整月在职", "everybody employed all month"),
    gives=people_with(joined=None, left=None),
)  # fmt: skip
