"""Who is pregnant from the seventh month or nursing a child under one works no night, no standby and no overtime."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import people_with
from optimizer.law.rules.rule import Finds, PersonMonth, Row, Rule
from optimizer.law.shifts import STANDBY


def kept_from(mine: PersonMonth, row: Row) -> float:
    """Return the minutes of a row that a protected person is kept from, 1 for standby; 0 for anybody else."""
    if not mine.person.protected:
        return 0
    return 1 if row.code == STANDBY else row.night_minutes(mine.rules)


def _check(mine: PersonMonth) -> Finds:
    for row in mine.busy:
        amount = kept_from(mine, row)
        if amount > 0 and not row.carried:
            yield row.day, amount, {"shift": row.code}


PROTECTED_STAFF = Rule(
    "protected_staff", "person", "minutes", Words("受保护员工", "protected staff"),
    Words(
        "受保护员工（孕期、哺乳期）不上夜班、不备班、不加班，却排了 {shift}",
        "{shift} for protected staff, who work no night, no standby and no overtime",
    ),
    _check,
    told_by=("protected",),
    arrays=("Staff.person_cost",),
    set_aside=people_with(protected=False),
    rank=8,
    given_in=Words("受保护员工也上夜班、备班", "protected staff work nights and stand by too"),
    gives=people_with(protected=False),
)  # fmt: skip
