"""Who is kept from nights for another reason works none."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import people_with
from optimizer.law.rules.protected_staff import kept_from
from optimizer.law.rules.rule import Finds, PersonMonth, Rule


def _check(mine: PersonMonth) -> Finds:
    for row in mine.busy:
        barred = row in mine.nights and not row.carried and not mine.person.night_eligible
        if barred and kept_from(mine, row) <= 0:
            yield row.day, 1, {"shift": row.code}


NIGHT_ELIGIBLE = Rule(
    "night_eligible", "person", "shifts", Words("可上夜班", "night eligible"),
    Words("此人不上夜班，却排了 {shift}", "{shift} is a night, and this person works none"),
    _check,
    told_by=("night_eligible",),
    arrays=("Staff.person_cost",),
    set_aside=people_with(night_eligible=True),
    rank=9,
    given_in=Words("人人可上夜班", "everybody works nights"),
    gives=people_with(night_eligible=True),
)  # fmt: skip
