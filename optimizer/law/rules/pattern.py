"""A pattern that binds is worked day by day: its days off are free, its days on are worked as it has them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from forecaster.messages import Words
from optimizer.law.patterns import fitting
from optimizer.law.rules.rule import Finds, PersonMonth, Rule, Situation
from optimizer.law.shifts import DAY_OFF

_WORD = "pattern"


def _check(mine: PersonMonth) -> Finds:
    pattern = mine.rules.pattern_of(mine.person)
    if pattern is None or pattern.preferred:
        return
    fits = fitting(mine.rules, mine.shift_of.values())
    places = pattern.places(mine.first, {row.day: row.code for row in mine.rows if row.carried}, fits)
    days = [day for day in mine.days if day not in {*mine.person.leave, *mine.person.fixed_shifts}]

    def departs(place: int) -> list[tuple[date, str, str]]:
        asked = zip(days, pattern.on(mine.first, place, days), strict=True)
        told = ((day, mine.code_of_day.get(day, DAY_OFF), wanted) for day, wanted in asked)
        return [(day, given, wanted) for day, given, wanted in told if not fits(wanted, given)]

    for day, given, wanted in min((departs(place) for place in places), key=len):
        yield day, 1, {"given": given, "wanted": wanted}


def _none_binds(given: Situation) -> Situation:
    """Return the situation in which nobody's pattern binds."""
    people = tuple(replace(one, pattern=one.pattern and one.pattern.weighed()) for one in given.people)
    teams = {name: pattern.weighed() for name, pattern in given.rules.teams.items()}
    return replace(given, people=people, rules=replace(given.rules, teams=teams))


PATTERN = Rule(
    _WORD, "person", "days", Words("轮班模式", "pattern"),
    Words("轮班模式要求 {wanted}，却排了 {given}", "{given} where the pattern asks for {wanted}"),
    _check,
    told_by=(_WORD, "team"),
    arrays=("Staff.person_cost",),
    set_aside=_none_binds,
    rank=8,
    given_in=Words("轮班模式只尽量满足", "patterns weighed, not kept"),
    gives=_none_binds,
    of_overtime=False,
)  # fmt: skip
