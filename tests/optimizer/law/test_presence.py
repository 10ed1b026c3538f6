"""Who is there at every moment of a month, against a count of every minute."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar, SpecialDay
from optimizer.law.people import Person
from optimizer.law.person_month import Row
from optimizer.law.presence import Presence
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation

NONE = math.nan
PEOPLE = (Person("1"), Person("2"), Person("3", "supervisor"))
SPRING, AUTUMN = "2026-03-29", "2026-10-25"  # when Berlin's clocks go on from 02:00, and back from 03:00


def minute_of(when: str, zone: str) -> float:
    return pd.Timestamp(when, tz=zone).timestamp() / 60


def row(badge, start, end, zone, *, code="D", meal=(NONE, NONE), breaks=(), carried=False):
    """A row of a roster; meal and breaks in minutes after its start."""
    begin, until = minute_of(start, zone), minute_of(end, zone)
    pauses = tuple((begin + a, begin + b) for a, b in breaks)
    day = pd.Timestamp(start).date()
    return Row(
        badge, day, code, begin, until, begin, until, begin + meal[0], begin + meal[1], 0, begin, carried, pauses
    )


def presence(rows, zone="Asia/Shanghai", month="2026-06", past=(), holidays=(), **rules):
    rules = RosterRules(on_site_at_meals=("supervisor",), standby_minimum=0, **rules)
    calendar = Calendar(days={date.fromisoformat(day): SpecialDay("feast", "holiday") for day in holidays})
    given = Situation(PEOPLE, ShiftCatalogue((Shift("D", 480, 480),)), rules, pd.Period(month), zone, calendar)
    return Presence(list(rows), list(past), given)


def by_minute(rows, zone, month):
    """Who is there in each minute of the month; its day and minute on the wall."""
    first = pd.Timestamp(f"{month}-01", tz=zone)
    last = pd.Timestamp((pd.Period(month) + 1).start_time, tz=zone)
    wall = pd.date_range(first, last, freq="min", inclusive="left")
    at = wall.as_unit("s").asi8 / 60
    there = np.zeros(len(at), dtype=int)
    for one in rows:
        here = (at >= one.start) & (at < one.end)
        if one.code != "standby" and one.badge != "3":  # supervisors are on site while they eat
            for begin, end in [(one.meal_start, one.meal_end), *one.breaks]:
                here &= ~((at >= begin) & (at < end))
        there += here
    return there, np.array([(day - first.date()).days for day in wall.date]), wall.hour * 60 + wall.minute


def told_by_minute(spells):
    """The same as spells tell it: each lasts so many minutes from its own on."""
    there, day = (np.repeat(told, spells.length.astype(int)) for told in (spells.present, spells.day))
    return there, day


@pytest.mark.parametrize(
    ("zone", "month", "about"), [("Asia/Shanghai", "2026-06", "2026-06-10"), ("Europe/Berlin", "2026-03", SPRING),
                                 ("Europe/Berlin", "2026-10", AUTUMN)],
)  # fmt: skip
def test_spells_are_a_count_of_every_minute(zone, month, about):
    day = pd.Timestamp(about)
    before, after = f"{day - timedelta(days=1):%Y-%m-%d}", f"{day + timedelta(days=1):%Y-%m-%d}"
    rows = [
        row(
            "1",
            f"{before} 22:00",
            f"{about} 06:00",
            zone,
            meal=(120, 180),
            breaks=((30, 45), (NONE, NONE), (200, NONE), (300, 310)),
        ),
        row("2", f"{about} 00:30", f"{about} 08:30", zone, breaks=((60, 75),)),
        row("3", f"{about} 01:00", f"{about} 09:00", zone, meal=(60, 90), breaks=((120, 140),)),
        row("1", f"{after} 08:00", f"{after} 16:00", zone, code="standby", meal=(60, 90), breaks=((120, 140),)),
        row("2", f"{after} 09:00", f"{after} 17:00", zone, meal=(NONE, 90)),
        row("2", f"{month}-01 00:00", f"{month}-01 08:00", zone),
    ]
    there = presence(rows, zone, month)
    spells = there.spells(there.rows)
    wanted, days, minutes = by_minute(rows, zone, month)
    present, day_of = told_by_minute(spells)
    assert present.tolist() == wanted.tolist()
    assert day_of.tolist() == days.tolist()
    starts = np.cumsum([0, *spells.length.astype(int)])[:-1]
    assert spells.minute_of_day.tolist() == minutes[starts].tolist()
    night = (minutes >= 1320) | (minutes < 360)
    assert np.repeat(there.night(spells), spells.length.astype(int)).tolist() == night.tolist()


def test_a_duty_over_the_months_borders_counts_inside_it():
    zone = "Asia/Shanghai"
    past = [row("1", "2026-05-31 22:00", "2026-06-01 06:00", zone, carried=True)]
    rows = [row("2", "2026-06-30 20:00", "2026-07-01 08:00", zone)]
    there = presence(rows, past=past)
    spells = there.spells(there.rows)
    assert spells.length.sum() == 30 * 1440
    assert there.edges[0] == minute_of("2026-06-01", zone)
    assert there.edges[-1] == minute_of("2026-07-01", zone)
    assert (spells.present * spells.length).sum() == 6 * 60 + 4 * 60


def test_who_is_unknown_or_off_the_phone_is_not_there():
    zone = "Asia/Shanghai"
    rows = [
        row("9", "2026-06-02 08:00", "2026-06-02 16:00", zone),
        row("1", "2026-06-02 08:00", "2026-06-02 16:00", zone),
    ]
    rows += [row("2", "2026-06-02 08:00", "2026-06-02 16:00", zone, code=code) for code in ("leave", "training")]
    there = presence(rows)
    assert [(one.badge, one.code) for one in there.rows if one.code != "leave"] == [("1", "D")]


def test_days_with_too_few_are_found_by_how_many_and_for_how_long():
    zone = "Asia/Shanghai"
    rows = [
        row("1", "2026-06-02 00:00", "2026-06-03 00:00", zone),
        row("2", "2026-06-02 06:00", "2026-06-02 22:00", zone),
        *(row(badge, "2026-06-03 00:00", "2026-07-01 00:00", zone) for badge in "12"),
    ]
    for past in ([], [row("3", "2026-05-30 08:00", "2026-05-30 16:00", zone, carried=True)]):
        there = presence(rows, past=past)
        spells = there.spells(there.rows)
        found = list(there.too_few(spells, np.ones(len(spells.day), dtype=bool), 2, part="all"))
        # who came in is not known of the first night where nothing is known of the month before
        first = 1440 if past else 16 * 60
        assert found == [
            (date(2026, 6, 1), 2, {"missing": 2, "least": 2, "minutes": float(first), "part": "all"}),
            (date(2026, 6, 2), 1, {"missing": 1, "least": 2, "minutes": 480.0, "part": "all"}),
        ]
        assert list(there.too_few(spells, spells.day > 1, 2)) == []
        assert [day for day, *_ in there.too_few(spells, spells.day == 1, 2)] == [date(2026, 6, 2)]


def test_holidays_and_the_edges_of_other_nights():
    there = presence([], holidays=["2026-06-19"], night_start_minute=0, night_end_minute=360)
    assert np.flatnonzero(there.holiday).tolist() == [18]
    midnights = [minute_of(f"2026-06-{day:02d}", "Asia/Shanghai") for day in range(1, 31)]
    assert there.edges.tolist() == sorted([*midnights, *(at + 360 for at in midnights), midnights[-1] + 1440])
    spells = there.spells([])
    assert spells.present.tolist() == [0] * 60
    assert there.night(spells).tolist() == [True, False] * 30
