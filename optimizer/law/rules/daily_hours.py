"""The law's day: no shift is longer."""

from __future__ import annotations

from dataclasses import replace

from forecaster.history.intervals import MINUTES_PER_DAY
from forecaster.messages import Words
from optimizer.law.rules.rule import Finds, PersonMonth, Rule, Setting, Situation
from optimizer.law.shifts import ShiftCatalogue

HOURS = Setting("daily_hours", 8.0, "hours")  # the law's


def _check(mine: PersonMonth) -> Finds:
    for row, shift in mine.of_catalogue:
        over = row.minutes_due(shift) - 60 * mine.rules.daily_hours
        if over > 0:
            yield row.day, over, {"over": over}


def _an_hour_more(given: Situation) -> Situation:
    """Return the situation in which every shift is also offered an hour longer."""
    longer = [
        replace(shift, code=f"{shift.code}+60", length_minutes=shift.length_minutes + 60)
        for shift in given.season
        if shift.length_minutes + 60 <= MINUTES_PER_DAY
    ]
    rules = replace(given.rules, daily_hours=given.rules.daily_hours + 1)
    return replace(given, rules=rules, catalogue=ShiftCatalogue((*given.catalogue, *longer)))


DAILY_HOURS = Rule(
    "daily_hours", "person", "minutes", Words("每日工时", "hours a day"),
    Words("超过每日工时 {over:g} 分钟", "{over:g} minutes over the day's hours"),
    _check,
    settings=(HOURS,),
    arrays=("Duties.worked_minutes",),  # a longer shift is refused before
    given_in=Words("每天多一小时：各班也可延长一小时", "one hour a day more: every shift also an hour longer"),
    gives=_an_hour_more,
    of_overtime=False,
)  # fmt: skip
