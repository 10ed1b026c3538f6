"""Activities placed where seats are free: as many as can be, nobody missed, against a search of all ways."""

from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.desk.activities import Activity, place_activities, still_placed
from optimizer.law.lawfulness import ROSTER_COLUMNS
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation

MONTH, ZONE = pd.Period("2026-06", "M"), "Asia/Shanghai"
DAY = date(2026, 6, 8)


def situation(people):
    return Situation(people, ShiftCatalogue((Shift("D", 540, 240),)), RosterRules(), MONTH, ZONE, Calendar())


def at(hour, minute=0, day=DAY):
    return pd.Timestamp(day, tz=ZONE) + pd.Timedelta(hours=hour, minutes=minute)


def roster(*shifts):
    """Return a roster of (badge, first hour, last hour, hour of a meal or None) on one day."""
    rows = [
        (
            badge,
            "inbound",
            DAY,
            "D",
            at(first),
            at(last),
            at(meal) if meal else pd.NaT,
            at(meal + 1) if meal else pd.NaT,
            240,
        )
        for badge, first, last, meal in shifts
    ]
    return pd.DataFrame(rows, columns=list(ROSTER_COLUMNS))


def coverage(seats):
    """Return a coverage of which some hours of the day need seats; nobody else is counted on."""
    index = month_intervals(MONTH, ZONE, interval_minutes=60)
    frame = pd.DataFrame({"seats_required": 0, "seats_carried": 0.0}, index=index)
    for hour, need in seats.items():
        frame.loc[at(hour), "seats_required"] = need
    return frame


def quarters(rows, seats):
    """Count by quarter hours of the day, minute by minute, how many there are beyond what is required."""
    spare = []
    for quarter in range(96):
        minutes = [at(0, 15 * quarter + m) for m in (0, 7, 14)]
        there = [
            sum(
                row.start_at <= m < row.end_at and not (row.meal_start_at <= m < row.meal_end_at)
                for row in rows.itertuples()
            )
            for m in minutes
        ]
        spare.append(min(there) - seats.get(quarter // 4, 0))
    return spare


def test_as_many_as_can_be_are_placed_and_nobody_is_missed():
    """Against every way of placing them, in small days of random shifts and needs."""
    random = np.random.default_rng(4)
    left_over = 0
    for _ in range(4):
        shifts = [(str(n), int(9 + random.integers(0, 2)), 13, int(random.choice([0, 11]))) for n in range(3)]
        seats = {hour: int(random.integers(0, 4)) for hour in range(9, 13)}
        rows, people = roster(*shifts), [Person(str(n)) for n in range(3)]
        asked = [
            Activity("talk", int(random.choice([30, 60])), ("0", "1")),
            Activity("team", int(random.choice([30, 45])), ("1", "2"), together=True),
        ]
        made = place_activities(rows, coverage(seats), situation(people), asked)
        spare = quarters(rows, seats)
        units = [(asked[0], ("0",)), (asked[0], ("1",)), (asked[1], ("1", "2"))]

        held = {row.badge: row for row in rows.itertuples()}

        def able(badge, start, count, held=held):
            row, first, last = held[badge], at(0, 15 * start), at(0, 15 * (start + count))
            fed = not pd.isna(row.meal_start_at) and first < row.meal_end_at and row.meal_start_at < last
            return row.start_at <= first and last <= row.end_at and not fed

        ways = [
            [start for start in range(36, 52) if all(able(badge, start, activity.minutes // 15) for badge in badges)]
            for activity, badges in units
        ]

        def worth(starts, spare=spare, units=units):
            away, busy, total = [0] * 96, set(), 0
            for (activity, badges), start in zip(units, starts, strict=True):
                for badge, q in product(
                    badges if start else (), range(start or 0, (start or 0) + activity.minutes // 15)
                ):
                    if (badge, q) in busy:
                        return -1
                    busy.add((badge, q))
                    away[q] += 1
                total += activity.minutes * len(badges) if start else 0
            return -1 if any(away[q] > max(0, spare[q]) for q in range(96)) else total

        best = max(map(worth, product(*([None, *some] for some in ways))))
        minutes = (made.placed["end_at"] - made.placed["start_at"]).dt.total_seconds().sum() / 60
        assert made.proven
        assert minutes == best
        chosen = []
        for activity, badges in units:
            mine = made.placed[(made.placed["activity"] == activity.name) & made.placed["badge"].isin(badges)]
            assert len(mine) in (0, len(badges))
            assert len(set(mine["start_at"])) <= 1
            chosen.append(None if mine.empty else int((mine["start_at"].iloc[0] - at(0)).total_seconds() // 900))
        assert worth(chosen) == best
        assert len(made.placed) + len(made.left_out) == 4
        left_over += len(made.left_out)
    assert left_over > 1


def test_what_has_no_place_is_told_with_the_reason():
    rows = roster(("1", 9, 13, 11), ("2", 14, 18, None), ("3", 9, 13, None))
    people = [Person(badge) for badge in "1234"]
    asked = [
        Activity("long", 180, ("1",)), Activity("both", 30, ("1", "2"), together=True), Activity("busy", 30, ("2",)),
        Activity("away", 30, ("4",)), Activity("late", 30, ("3",), first_on=date(2026, 6, 9)),
        Activity("night", 30, ("3",), from_minute=0, to_minute=540), Activity("fine", 30, ("3",)),
    ]  # fmt: skip
    made = place_activities(rows, coverage(dict.fromkeys(range(14, 18), 1)), situation(people), asked)
    told = dict(zip(made.left_out["activity"], made.left_out["reason"], strict=True))
    assert set(made.placed["activity"]) == {"fine"}
    assert "is there a stretch of 180 minutes on duty" in told["long"]
    assert "at which all are on duty together" in told["both"]
    assert told["busy"] == "1 seats have to be to spare; at the best time (2026-06-08 14:00) there are 0"
    assert all("is there a stretch of 30 minutes" in told[name] for name in ("away", "late", "night"))


def test_people_are_named_by_badge_role_team_or_skill():
    people = [Person("1", team="A"), Person("2", skills=frozenset({"tech"})), Person("3", "qa"), Person("4", team="A")]
    rows = roster(*((badge, 9, 13, None) for badge in "1234"))
    for who, badges in (("team:A", "14"), ("skill:tech", "2"), ("qa", "3"), ("质检", "3"), ("all", "1234"), ("4", "4")):
        made = place_activities(rows, coverage({}), situation(people), [Activity("talk", 30, (who,))])
        assert sorted(made.placed["badge"]) == list(badges)
    with pytest.raises(ValueError, match="there is nobody called 'team:B'"):
        place_activities(rows, coverage({}), situation(people), [Activity("talk", 30, ("team:B",))])


def test_a_changed_roster_keeps_what_still_lies_in_the_shift():
    rows = roster(("1", 9, 13, None), ("2", 9, 13, None))
    made = place_activities(rows, coverage({}), situation([Person("1"), Person("2")]), [Activity("talk", 60, ("all",))])
    assert len(still_placed(made.placed, rows)) == 2
    start = made.placed["start_at"].iloc[0]
    later = rows.assign(meal_start_at=[start, pd.NaT], meal_end_at=[start + pd.Timedelta(minutes=30), pd.NaT])
    assert still_placed(made.placed, later)["badge"].tolist() == ["2"]
    assert still_placed(made.placed, rows.iloc[:0]).empty
