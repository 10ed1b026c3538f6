"""Who is on leave for part of a day works nothing in it."""

from __future__ import annotations

from types import MappingProxyType

from forecaster.history.intervals import MINUTES_PER_DAY
from forecaster.messages import Words
from optimizer.law.rules.giving_in import people_with
from optimizer.law.rules.rule import Finds, PersonMonth, Rule
from optimizer.law.shifts import clock_text, end_text

_NAME = "leave_hours"


def _check(mine: PersonMonth) -> Finds:
    for row in mine.busy:
        for day, spans in mine.person.leave_hours.items():
            begins = row.wall_start % MINUTES_PER_DAY - MINUTES_PER_DAY * (day - row.day).days
            ends = begins + row.wall_end - row.wall_start
            for first, last in spans:
                both = min(ends, last) - max(begins, first)
                if both > 0 and not row.carried:
                    yield day, both, {"given": row.code, "first": clock_text(first), "last": end_text(last)}


LEAVE_HOURS = Rule(
    _NAME, "person", "minutes", Words("半天假", "leave by the hour"),
    Words("{first}–{last} 休假，却排了 {given}", "{given} over the leave from {first} to {last}"),
    _check,
    told_by=(_NAME,),
    arrays=("Staff.person_cost",),
    set_aside=people_with(leave_hours=MappingProxyType({})),
    rank=8,
    given_in=Words("不按小时休假", "no leave by the hour"),
    gives=people_with(leave_hours=MappingProxyType({})),
)  # fmt: skip
