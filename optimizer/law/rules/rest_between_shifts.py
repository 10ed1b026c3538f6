"""Rest between a duty's end and the handover before the next."""

from __future__ import annotations

from itertools import pairwise

from forecaster.messages import Words
from optimizer.law.rules.giving_in import rules_with
from optimizer.law.rules.rule import Finds, PersonMonth, Rule, Setting
from optimizer.law.rules.shapes import rest_too_short

HOURS = Setting("rest_hours", 11.0, "hours", most=24)  # two days off end every rest


def _check(mine: PersonMonth) -> Finds:
    for earlier, later in pairwise(mine.busy):
        if not later.carried:
            handover = mine.shift_of[later.code].handover_minutes if later.code in mine.shift_of else 0
            yield from rest_too_short(later, later.start - earlier.end - handover, 60 * mine.rules.rest_hours)


REST_BETWEEN_SHIFTS = Rule(
    "rest_between_shifts", "person", "minutes", Words("班间休息", "rest between shifts"),
    Words(
        "{shift} 之前只休息 {rest_hours:g} 小时，需要 {least_hours:g} 小时",
        "{rest_hours:g} h of rest before {shift}, {least_hours:g} h are needed",
    ),
    _check,
    settings=(HOURS,),
    arrays=("TourRules.class_after",),
    set_aside=rules_with(lambda _: {"rest_hours": 0.01}),
    rank=3,
    given_in=Words("少休息一小时", "one hour less"),
    gives=rules_with(lambda rules: {"rest_hours": max(0.1, rules.rest_hours - 1)}),
)  # fmt: skip
