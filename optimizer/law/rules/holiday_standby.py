"""Named people standing by in every interval of a holiday, on top of the slack."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import rules_with
from optimizer.law.rules.rule import Finds, Presence, Rule, Setting
from optimizer.law.shifts import STANDBY

# The rulebook's 5 to 7 emergency seats on holidays
LEAST, TARGET = Setting("standby_minimum", 5, "people"), Setting("standby_target", 7, "people")


def _check(there: Presence) -> Finds:
    least = there.rules.standby_minimum
    if least and there.holiday.any():
        spells = there.spells([row for row in there.rows if row.code == STANDBY])
        yield from there.too_few(spells, there.holiday[spells.day], least)


HOLIDAY_STANDBY = Rule(
    "holiday_standby", "cover", "people", Words("节假日备班", "holiday standby"),
    Words(
        "备班少 {missing} 人（应有 {least} 人），共 {minutes:g} 分钟",
        "{missing} too few of {least} people on standby, for {minutes:g} minutes",
    ),
    check_all=_check,
    settings=(LEAST, TARGET),
    arrays=("Curves.standby",),
    given_in=Words("少一人", "one person fewer"),
    gives=rules_with(lambda rules: {name.key: max(0, getattr(rules, name.key) - 1) for name in (LEAST, TARGET)}),
)  # fmt: skip
