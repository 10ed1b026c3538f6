"""What may shut a line on a day although its weekday is worked: holidays, days between and beside them, New Year."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from forecaster.forecast.effects import is_bridge, takes_a_day, years_end_name
from forecaster.history.calendar import Calendar

HOLIDAY, BRIDGE, YEARS_END, NEXT_TO = "holiday", "bridge day", "year's end", "next to a holiday"
# By how much the odds of being shut differ from those of other holidays: by date everywhere, by name in a country.
HOLIDAY_GRADES = {(12, 25): 4.0, (1, 1): 4.0, (12, 26): 2.0}
WORKED_BY_MANY = {
    "US": ("Columbus Day", "Veterans Day", "Martin Luther King Jr. Day", "Washington's Birthday", "Juneteenth"),
    "NL": ("Good Friday", "Liberation Day"),
    "FR": ("Pentecost Monday",),
}
# a holiday likely shut (.7) is then shut with a chance of some 7 %: private firms mostly work these
WORKED_BY_MANY_GRADE = 0.03


class Occasion(NamedTuple):
    """What makes a day no ordinary one: its kind, and its name within that.

    grade
        By how much its odds of being shut differ from those of other days of the kind: few work on 25 December.
    """

    kind: str
    name: str
    grade: float = 1.0


def day_occasions(days: Iterable[date], calendar: Calendar) -> list[tuple[Occasion, ...]]:
    """Return for each day what may shut a line on it although its weekday is worked, the weightiest first."""
    return [_occasions(calendar, day) for day in days]


def _occasions(calendar: Calendar, day: date) -> tuple[Occasion, ...]:
    special = calendar.days.get(day)
    if special is not None and special.kind == "holiday":
        return (Occasion(HOLIDAY, special.name, _grade(calendar, special.name, day)),)
    found = []
    sides = (("after", day - timedelta(days=1)), ("before", day + timedelta(days=1)))
    taken = [(word, calendar.days[beside].name) for word, beside in sides if takes_a_day(calendar, beside)]
    if is_bridge(calendar, day):
        found.append(Occasion(BRIDGE, taken[0][1]))
    if name := years_end_name(calendar, day):
        found.append(Occasion(YEARS_END, name))
    elif taken:
        found.append(Occasion(NEXT_TO, " ".join(taken[0])))
    return tuple(found)


def _grade(calendar: Calendar, name: str, day: date) -> float:
    worked = WORKED_BY_MANY.get(calendar.nation, ())
    if any(name.startswith(one) for one in worked):
        return WORKED_BY_MANY_GRADE
    return HOLIDAY_GRADES.get((day.month, day.day), 1.0)
