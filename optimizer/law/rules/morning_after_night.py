"""No morning soon after a night, whatever is worked in between."""

from __future__ import annotations

from forecaster.history.intervals import MINUTES_PER_DAY
from forecaster.messages import Words
from optimizer.law.rules.giving_in import rules_with
from optimizer.law.rules.rule import Finds, PersonMonth, Row, Rule, Setting
from optimizer.law.rules.shapes import rest_too_short

HOURS = Setting("morning_after_night_hours", 24.0, "hours", most=36)  # two days off end every rest


def _check(mine: PersonMonth) -> Finds:
    rules, night = mine.rules, None
    for row in mine.busy:
        if row in mine.nights:
            night = row
        elif night is not None and not row.carried and _in_the_morning(mine, row):
            yield from rest_too_short(row, row.start - night.end, 60 * rules.morning_after_night_hours)


def _in_the_morning(mine: PersonMonth, row: Row) -> bool:
    return mine.rules.morning_start_minute <= row.wall_start % MINUTES_PER_DAY < mine.rules.morning_end_minute


MORNING_AFTER_NIGHT = Rule(
    "morning_after_night", "person", "minutes", Words("夜班后早班", "morning after a night"),
    Words(
        "夜班结束 {rest_hours:g} 小时后就上 {shift}，需要 {least_hours:g} 小时",
        "{shift} begins {rest_hours:g} h after a night ends, {least_hours:g} h are needed",
    ),
    _check,
    settings=(HOURS,),
    arrays=("TourRules.class_after",),
    set_aside=rules_with(lambda _: {"morning_after_night_hours": 0.01}),
    rank=4,
    given_in=Words("夜班后早一小时", "one hour less"),
    gives=rules_with(lambda rules: {"morning_after_night_hours": max(1.0, rules.morning_after_night_hours - 1)}),
)  # fmt: skip
