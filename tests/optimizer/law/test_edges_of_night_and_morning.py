"""What is a night and what a morning, to the minute: a person's rules against an oracle that counts minutes."""

from __future__ import annotations

import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from optimizer.law.lawfulness import ROSTER_COLUMNS, broken_rules
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation

MONTH, ZONE = pd.Period("2026-12", "M"), "Asia/Shanghai"
RULES = RosterRules(on_site_day={}, on_site_night={}, standby_minimum=0, standby_target=0)


def broken(person: Person, *days: tuple[int, int]) -> set[str]:
    """The rules that one person breaks who begins an eight-hour shift on each (day, minute of the day)."""
    catalogue = ShiftCatalogue(tuple(Shift(f"S{minute}", minute, 480) for minute in sorted({m for _, m in days})))
    rows = []
    for day, minute in days:
        begin = pd.Timestamp(f"2026-12-{day:02d}", tz=ZONE) + pd.Timedelta(minutes=minute)
        end = begin + pd.Timedelta(minutes=480)
        rows.append((person.badge, person.role, begin.date(), f"S{minute}", begin, end, pd.NaT, pd.NaT, 480))
    frame = pd.DataFrame(rows, columns=list(ROSTER_COLUMNS))
    return set(broken_rules(frame, Situation([person], catalogue, RULES, MONTH, ZONE, Calendar()))["rule"])


def minutes_of_night(start: int) -> int:
    return sum(minute % 1440 >= 1320 or minute % 1440 < 360 for minute in range(start, start + 480))


@pytest.mark.parametrize("start", [1019, 1020, 1021, 179, 180, 181, 1320])
def test_three_hours_of_night_make_a_night_and_a_minute_less_does_not(start: int) -> None:
    night = minutes_of_night(start) >= 180
    assert ("night_eligible" in broken(Person("1", night_eligible=False), (8, start))) == night
    four = [(day, start) for day in (8, 9, 10, 11)]
    assert ("nights_in_a_row" in broken(Person("1"), *four)) == night
    assert minutes_of_night(1020) == minutes_of_night(180) == 180  # 17:00–01:00 and 03:00–11:00: exactly three hours


@pytest.mark.parametrize(("start", "is_morning"), [(239, False), (240, True), (719, True), (720, False)])
def test_a_morning_begins_at_four_and_is_over_at_noon(start: int, is_morning: bool) -> None:
    """A night that ends at 06:00 on the 9th; the shift begins within 24 hours of that, on the 9th or the 10th."""
    day = 10 if start < 360 else 9
    assert ("morning_after_night" in broken(Person("1"), (8, 1320), (day, start))) == is_morning
    assert RULES.is_morning(Shift("S", start, 480)) == is_morning  # by which the search keeps it
