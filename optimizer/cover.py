"""The published roster from day to day: swaps, who could cover a shift, and who can lawfully stay on or come in.

All of it reads the finished rows and the independent checker; nothing is solved anew.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd

from optimizer.people import DAY_OFF, Person
from optimizer.roster import BROKEN_COLUMNS, ROSTER_COLUMNS, Site
from optimizer.shifts import LEAVE, STANDBY, Shift


def check_swap(roster: pd.DataFrame, site: Site, *, one: tuple[str, date], other: tuple[str, date]) -> pd.DataFrame:
    """Return the rules that swapping two people's days would newly break; empty when the swap is lawful.

    `one` and `other` are (badge, date). On different days each also takes the other's day, so that both give what they
    take: the person of `one` works the other's shift on its date and is off on the own, and the other way round.

    Raises
    ------
    ValueError
        If a badge is unknown, or neither of the two works on the days named.
    """
    first, second = _code(roster, *one), _code(roster, *other)
    if first == DAY_OFF and second == DAY_OFF:
        raise ValueError(f"badges {one[0]} and {other[0]} are both off on {one[1]} and {other[1]}: nothing to swap")
    if one[1] == other[1]:
        cells = [(one[0], one[1], second), (other[0], other[1], first)]
    else:
        cells = [
            (one[0], one[1], DAY_OFF),
            (other[0], other[1], DAY_OFF),
            (one[0], other[1], second),
            (other[0], one[1], first),
        ]
    changed = roster
    for badge, day, code in cells:
        changed = with_shift(changed, site, badge, day, code)
    badges = sorted({one[0], other[0]})
    return _new(site.broken_by(roster, badges), site.broken_by(changed, badges))


def who_could_cover(
    roster: pd.DataFrame, site: Site, *, day: date, shift: str, role: str | None = None
) -> pd.DataFrame:
    """Return everybody who is off on `day` with what giving them `shift` would break, the best candidates first.

    Columns: `badge, role, lawful, minutes_left` (of the week's hours afterwards) and `reason` (empty when lawful).
    `role` keeps to one role. Standby of the day comes first, then who has most hours left.

    Raises
    ------
    ValueError
        If the shift is not in the catalogue.
    """
    if shift not in site.catalogue:
        raise ValueError(f"shift {shift!r} is not in the catalogue")
    rows = []
    for person in site.people:
        now = _code(roster, person.badge, day)
        if (role is not None and person.role != role) or now not in (DAY_OFF, STANDBY):
            continue
        changed = with_shift(roster, site, person.badge, day, shift)
        broken = _new(site.broken_by(roster, [person.badge]), site.broken_by(changed, [person.badge]))
        left = _minutes_left(changed, site, person, day)
        reason = "; ".join(broken["message"])
        rows.append((now != STANDBY, person.badge, person.role, broken.empty, left, reason))
    rows.sort(key=lambda row: (not row[3], row[0], -row[4], row[1]))
    return pd.DataFrame([row[1:] for row in rows], columns=["badge", "role", "lawful", "minutes_left", "reason"])


def people_who_can_stay(roster: pd.DataFrame, site: Site, *, at: pd.Timestamp, minutes: int) -> pd.DataFrame:
    """Return the people on shift at `at` with how long their shift can lawfully be lengthened, longest first.

    Columns: `badge, role, end_at, most_minutes` (up to `minutes`), `until` and `reason` (what limits it). Overtime is
    capped by the law's day and month, by the rest before the next shift, and is closed to protected staff.
    """
    rows: list[tuple[object, ...]] = []
    works = roster[~roster["shift"].isin([LEAVE, STANDBY])]
    on_shift = works[(works["start_at"] <= at) & (works["end_at"] > at)]
    for row in _records(on_shift):
        person, end = site.person(str(row["badge"])), row["end_at"]
        most, reason = _overtime_room(roster, site, person, end, minutes)
        rows.append((person.badge, person.role, end, most, end + timedelta(minutes=most), reason))
    frame = pd.DataFrame(rows, columns=["badge", "role", "end_at", "most_minutes", "until", "reason"])
    return frame.sort_values(["most_minutes", "badge"], ascending=[False, True], ignore_index=True)


def people_to_call(roster: pd.DataFrame, site: Site, *, at: pd.Timestamp, minutes: int) -> pd.DataFrame:
    """Return whom emergency overtime of `minutes` from `at` can lawfully call: standby first, then most hours left.

    Columns: `badge, role, standby, minutes_left` (of the week's hours before the call) and `reason` (why not; empty
    when lawful). Nobody on shift is listed.
    """
    end = at + timedelta(minutes=minutes)
    rows = []
    for person in site.people:
        mine = roster[(roster["badge"].astype(str) == person.badge) & roster["start_at"].notna()]
        works = mine[mine["shift"] != STANDBY]
        if ((works["start_at"] < end) & (works["end_at"] > at)).any():
            continue
        spell = mine[mine["shift"] == STANDBY]
        standby = bool(((spell["start_at"] <= at) & (spell["end_at"] > at)).any())
        reason = _why_not_called(works, site, person, at, end)
        left = _minutes_left(roster, site, person, at.tz_convert(site.timezone).date())
        rows.append((person.badge, person.role, standby, left, reason))
    rows.sort(key=lambda row: (row[4] != "", not row[2], -row[3], row[0]))
    return pd.DataFrame(rows, columns=["badge", "role", "standby", "minutes_left", "reason"])


def _why_not_called(works: pd.DataFrame, site: Site, person: Person, at: pd.Timestamp, end: pd.Timestamp) -> str:  # noqa: PLR0911
    rules = site.rules
    day = at.tz_convert(site.timezone).date()
    if person.protected:
        return "protected staff work no overtime"
    if day in person.leave:
        return f"on leave on {day}"
    if not person.night_eligible and rules.in_night(_minute(at, site)):
        return "works no nights"
    if (end - at).total_seconds() / 60 > rules.overtime_minutes_a_day:
        return f"more than the {rules.overtime_minutes_a_day} minutes of overtime a day"
    rest = pd.Timedelta(hours=rules.rest_hours)
    before, after = works[works["end_at"] <= at], works[works["start_at"] >= end]
    if len(before) and at - before["end_at"].max() < rest:
        return f"shift ended at {_clock(before['end_at'].max(), site)}, {rules.rest_hours:g} h of rest are needed"
    if len(after) and after["start_at"].min() - end < rest:
        return f"next shift begins at {_clock(after['start_at'].min(), site)}, too soon afterwards"
    return ""


def _overtime_room(
    roster: pd.DataFrame, site: Site, person: Person, end_at: pd.Timestamp, minutes: int
) -> tuple[int, str]:
    rules = site.rules
    if person.protected:
        return 0, "protected staff work no overtime"
    most, reason = minutes, ""
    if rules.overtime_minutes_a_day < most:
        most, reason = rules.overtime_minutes_a_day, f"at most {rules.overtime_minutes_a_day} minutes of overtime a day"
    mine = roster[(roster["badge"].astype(str) == person.badge) & (roster["start_at"] > end_at - timedelta(minutes=1))]
    if len(mine):
        following = _records(mine.sort_values("start_at"))[0]
        handover = (
            site.catalogue[following["shift"]].handover_minutes if following["shift"] in site.catalogue else 0
        )  # fmt: skip
        room = (following["start_at"] - end_at).total_seconds() / 60 - handover - 60 * rules.rest_hours
        if room < most:
            most = max(0, int(room))
            reason = (
                f"{rules.rest_hours:g} h of rest before {following['shift']} at {_clock(following['start_at'], site)}"
            )
    if not person.night_eligible:
        start = (rules.night_start_minute - _minute(end_at, site)) % 1440
        if rules.in_night(_minute(end_at, site)):
            start = 0
        if start < most:
            most, reason = start, "works no nights"
    return most, reason


def with_shift(roster: pd.DataFrame, site: Site, badge: str, day: date, code: str) -> pd.DataFrame:
    """Return the roster with one person's day written anew: a shift code, or `off`.

    The meal goes to the middle of its window.

    Raises
    ------
    ValueError
        If the badge or the shift is unknown.
    """
    person = site.person(badge)
    keep = ~((roster["badge"].astype(str) == badge) & (pd.to_datetime(roster["date"]).dt.date == day))
    rest = roster[keep]
    if code in (DAY_OFF, STANDBY):
        return rest
    row: tuple[object, ...]
    if code == LEAVE:
        row = (badge, person.role, day, LEAVE, pd.NaT, pd.NaT, pd.NaT, pd.NaT, 0)
    elif code in site.catalogue:
        row = _row(person, day, site.catalogue[code], site.timezone)
    else:
        raise ValueError(f"shift {code!r} is not in the catalogue")
    added = pd.DataFrame([row], columns=list(ROSTER_COLUMNS))
    for column in ("start_at", "end_at", "meal_start_at", "meal_end_at"):
        added[column] = pd.to_datetime(added[column], utc=True).dt.tz_convert(site.timezone)
    return pd.concat([rest[list(ROSTER_COLUMNS)], added], ignore_index=True) if len(rest) else added


def _row(person: Person, day: date, shift: Shift, timezone: str) -> tuple[object, ...]:
    local = pd.Timestamp(day) + timedelta(minutes=shift.start_minute)
    start = local.tz_localize(timezone, ambiguous=True, nonexistent="shift_forward")
    end = start + timedelta(minutes=shift.length_minutes)
    meal: tuple[object, object] = (pd.NaT, pd.NaT)
    if shift.meal_minutes:
        offset = shift.meal_offsets_minutes[len(shift.meal_offsets_minutes) // 2]
        meal = (start + timedelta(minutes=offset), start + timedelta(minutes=offset + shift.meal_minutes))
    return (person.badge, person.role, day, shift.code, start, end, *meal, shift.worked_minutes)


def _code(roster: pd.DataFrame, badge: str, day: date) -> str:
    row = roster[(roster["badge"].astype(str) == badge) & (pd.to_datetime(roster["date"]).dt.date == day)]
    return str(row["shift"].iloc[0]) if len(row) else DAY_OFF


def _new(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the breaches of `after` that are not there, or are smaller, in `before`."""
    known = {(r["rule"], r["badge"], r["date"]): r["amount"] for r in _records(before)}
    fresh = [r["amount"] > known.get((r["rule"], r["badge"], r["date"]), 0) + 1e-9 for r in _records(after)]
    return after[fresh].reset_index(drop=True) if len(after) else pd.DataFrame(columns=list(BROKEN_COLUMNS))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _minutes_left(roster: pd.DataFrame, site: Site, person: Person, day: date) -> float:
    monday = day - timedelta(days=day.weekday())
    parts = [roster] if site.carry_in is None else [site.carry_in, roster]
    worked = 0.0
    for part in parts:
        dates = pd.to_datetime(part["date"]).dt.date
        mine = (part["badge"].astype(str) == person.badge) & (dates >= monday) & (dates < monday + timedelta(days=7))
        worked += float(part.loc[mine, "worked_minutes"].sum())
    return site.rules.weekly_minutes(person) - worked


def _minute(instant: pd.Timestamp, site: Site) -> int:
    local = instant.tz_convert(site.timezone)
    return int(local.hour * 60 + local.minute)


def _clock(instant: pd.Timestamp, site: Site) -> str:
    return str(instant.tz_convert(site.timezone).strftime("%m-%d %H:%M"))
