"""A roster made by hand: badge, date and shift, or people by days; everything else follows from the shift catalogue."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from api.intake.errors import InputError, all_of
from api.intake.files import TextTable, read_table
from api.intake.frames import read_roster
from api.intake.heading_rows import is_nameless, unique_names
from api.intake.instants import instants
from api.intake.sentences import say
from api.intake.unused_columns import name_unused
from api.intake.values import MOST_FAULTS, Column
from api.intake.vocabulary import is_total, plain
from forecaster.history.periods import days_of_period, first_day, in_period, is_month, period_from, period_words
from forecaster.names import called
from optimizer.law.breaks import break_columns
from optimizer.law.changes import SHOWN_CODES, SLOT_MINUTES, Cell, with_cells
from optimizer.law.lawfulness import ROSTER_COLUMNS
from optimizer.law.shifts import DAY_OFF, LEAVE, STANDBY
from optimizer.law.situation import Situation

NEEDED = ("badge", "date", "shift")
ROSTER_HEADINGS = {
    "badge": ("badge", "employee", "employee id", "agent", "工号", "工號", "员工编号", "編號", "编号", "工号 Badge"),
    "date": ("date", "day", "日期", "日"),
    "shift": ("shift", "shift code", "班次", "班次代码", "班别"),
}
FEWEST_DAY_COLUMNS = 4  # columns that name a day make a table of people by days
WEEKDAY = r"(?:(?:星期|周|週|礼拜)?[一二三四五六日天]|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)"
DAY = re.compile(
    rf"(?:(?P<year>\d{{4}})[-/.年])?(?:(?P<month>\d{{1,2}})[-/.月])?(?P<day>\d{{1,2}})[日号號]?"
    rf"(?:\s*00:00:00)?\s*\(?{WEEKDAY}?\)?",
    re.IGNORECASE,
)
STEP = pd.Timedelta(minutes=SLOT_MINUTES)
ABSENCES = (
    "假",
    "休假",
    "请假",
    "請假",
    "年假",
    "年休",
    "病假",
    "事假",
    "公假",
    "婚假",
    "产假",
    "產假",
    "丧假",
    "探亲假",
    "工伤",
)
DAYS_BEFORE = 62  # that a roster before a period which is no month may tell of: two months
CODES = {
    **dict.fromkeys(("", "off", "休", "休息", "公休", "-", "/", "—", "○"), DAY_OFF),
    **dict.fromkeys(("leave", *ABSENCES), LEAVE),
    **dict.fromkeys(("standby", "备班", "备", "待命", "备勤", "備勤"), STANDBY),
}


def read_last_roster(path: Path, situation: Situation) -> pd.DataFrame:
    """Return last month's roster in a file of any form; who is not on this month's staff list is passed over.

    Raises
    ------
    InputError
        As `read_any_roster`.
    """
    month, first = situation.month, first_day(situation.month)
    before = month - 1 if is_month(month) else period_from(first - timedelta(days=DAYS_BEFORE), DAYS_BEFORE)
    return read_any_roster(path, replace(situation, month=before, carry_in=None), strangers=True)


def read_any_roster(path: Path, situation: Situation, *, strangers: bool = False) -> pd.DataFrame:
    """Return the roster in a file: the product's own frame, one of badge, date and shift, or people by days.

    Of a handmade one, times, meal (staggered within its window) and worked minutes are the catalogue's; two shifts of a
    person on one day stay two, for the check to find. People by days have a row a person, a column for the badge and
    one for each day (`1`, `1日`, `12-01`, a date, with or without the weekday); other columns, such as names and sums,
    are passed over; and so, with `strangers`, is who is not on the staff list.

    Raises
    ------
    InputError
        Naming the column that is missing, or every row, column and value that cannot be.
    """
    known = {plain(word): name for name, words in ROSTER_HEADINGS.items() for word in words}

    def knows(heading: str) -> bool:
        return plain(heading) in known or plain(heading) in ROSTER_COLUMNS or _names_a_day(heading)

    table = _with_days_as_headings(read_table(path, knows=knows))
    if set(table.frame.columns) >= set(ROSTER_COLUMNS):
        return read_roster(path, timezone=situation.timezone)
    found: dict[str, str] = {}  # of two that are called alike the first
    for column in map(str, table.frame.columns):
        if plain(column) in known:
            found.setdefault(known[plain(column)], column)
    codes = _Codes(situation, strangers)
    if "shift" not in found and len(_day_columns(table)) >= FEWEST_DAY_COLUMNS:
        badge = found.get("badge") or _badge_above(table, known)
        name_unused(table, (badge or "", *_day_columns(table)))
        cells = list(_people_by_days(table, badge, codes))
    else:
        name_unused(table, tuple(found.values()))
        cells = list(_row_a_day(table, found, codes))
    all_of(codes.faults[:MOST_FAULTS])
    return _with_staggered_meals(with_cells(pd.DataFrame(columns=list(ROSTER_COLUMNS)), situation, cells), situation)


def _with_staggered_meals(roster: pd.DataFrame, situation: Situation) -> pd.DataFrame:
    """Return the roster with each meal where, within its window, most people of the role are left at work.

    A roster that tells no meals must not be blamed for everybody eating at once; of equals the middle is taken.
    """
    fed = roster["meal_start_at"].notna().to_numpy(dtype=bool)
    if not fed.any() and not break_columns(roster.columns):
        return roster
    origin = situation.month.start_time.tz_localize(situation.timezone)
    first, end = (((roster[name] - origin) // STEP).fillna(0).astype(int).to_numpy() for name in ("start_at", "end_at"))
    roles, codes = roster["role"].astype(str).to_numpy(), roster["shift"].astype(str).to_numpy()
    there = {role: np.zeros(max(1, int(end.max()) + 1), dtype=int) for role in set(roles)}
    for at in np.flatnonzero((roster["worked_minutes"] > 0).to_numpy(dtype=bool)):
        there[roles[at]][first[at] : end[at]] += 1
    starts = roster["meal_start_at"].tolist()
    for at in np.flatnonzero(fed)[np.argsort(first[fed], kind="stable")].tolist():
        shift, present = situation.catalogue[codes[at]], there[roles[at]]
        middle = shift.meal_offsets_minutes[len(shift.meal_offsets_minutes) // 2]
        length = max(1, shift.meal_minutes // SLOT_MINUTES)
        places = {offset: int(first[at]) + offset // SLOT_MINUTES for offset in shift.meal_offsets_minutes}
        best = max(
            sorted(places, key=lambda offset: abs(offset - middle)),
            key=lambda offset: present[places[offset] : places[offset] + length].min(),
        )
        present[places[best] : places[best] + length] -= 1
        starts[at] = roster["start_at"].iloc[at] + pd.Timedelta(minutes=best)
    begins = pd.Series(starts, index=roster.index, dtype=roster["meal_start_at"].dtype)
    lasts = roster["meal_end_at"] - roster["meal_start_at"]
    return _with_staggered_breaks(roster.assign(meal_start_at=begins, meal_end_at=begins + lasts), situation, there)


def _with_staggered_breaks(
    roster: pd.DataFrame, situation: Situation, there: dict[str, NDArray[np.int64]]
) -> pd.DataFrame:
    """Return the roster with breaks where most people of the role are left at work; `there` is who is, by role."""
    pairs = break_columns(roster.columns)
    if not pairs:
        return roster
    made = {name: roster[name].tolist() for pair in pairs for name in pair}
    origin = situation.month.start_time.tz_localize(situation.timezone)
    for at, row in enumerate(roster.to_dict("records")):
        if row["shift"] not in situation.catalogue or not situation.catalogue[row["shift"]].breaks:
            continue
        shift = situation.catalogue[row["shift"]]
        fed = not pd.isna(row["meal_start_at"])
        meal = int((row["meal_start_at"] - row["start_at"]).total_seconds() // 60) if fed else None
        first, present = int((row["start_at"] - origin) // STEP), there[str(row["role"])]
        spells = [
            [slice(first + begin // SLOT_MINUTES, first + (begin + pause.minutes) // SLOT_MINUTES)
             for begin, pause in zip(way, shift.breaks, strict=True)]
            for way in shift.break_choices(meal, situation.rules.break_distance_minutes)
        ]  # fmt: skip
        best = max(spells, key=lambda way: sum(int(present[one].min()) for one in way), default=[])
        for pair, one in zip(pairs, best, strict=False):
            present[one] -= 1
            for name, slot in zip(pair, (one.start, one.stop), strict=True):
                made[name][at] = row["start_at"] + (slot - first) * STEP
    columns = {name: pd.Series(told, index=roster.index, dtype=roster[name].dtype) for name, told in made.items()}
    return roster.assign(**columns)


def _row_a_day(table: TextTable, found: dict[str, str], codes: _Codes) -> Iterator[Cell]:
    for name in NEEDED:
        if name not in found:
            wrong = say("roster.missing", name=called(name), found=sorted(map(str, table.frame.columns)))
            raise InputError(table.path, wrong, column=name)
    columns = {name: Column(table.path, found[name], table.frame[found[name]]) for name in NEEDED}
    days = instants(columns["date"], faults=codes.faults).at
    blamed = {fault.row for fault in codes.faults}
    for at, (badge, day) in enumerate(zip(columns["badge"].texts.astype(str), pd.DatetimeIndex(days), strict=True)):
        if not codes.known(columns["badge"], at, badge.strip()):
            continue
        if pd.isna(day) or not in_period(day, codes.month):
            wrong = say("cell.empty") if pd.isna(day) else say("roster.outside_month", month=period_words(codes.month))
            fault = columns["date"].error_at(at, wrong)
            codes.faults += [] if fault.row in blamed else [fault]
            continue
        yield Cell(badge.strip(), day.date(), codes.code(columns["shift"], at))


def _people_by_days(table: TextTable, badge_heading: str | None, codes: _Codes) -> Iterator[Cell]:
    if badge_heading is None:
        wrong = say("roster.no_badge", first=list(table.frame.columns[:4]), label="工号")
        raise InputError(table.path, wrong, column="badge")
    badges = Column(table.path, badge_heading, table.frame[badge_heading])
    days = _days_of_columns(table, codes.month)
    columns = {day: Column(table.path, heading, table.frame[heading]) for heading, day in days.items()}
    seen: dict[str, int] = {}
    for at, text in enumerate(badges.texts.astype(str)):
        badge = text.strip()
        if is_total(badge) or (all(_no_shift(column.texts.iloc[at]) for column in columns.values()) and not badge):
            continue  # sums below the table, weekdays under the dates
        if not codes.known(badges, at, badge):
            continue
        if badge in seen:
            codes.faults.append(badges.error_at(at, say("people.twice", row=badges.texts.index[seen[badge]])))
            continue
        seen[badge] = at
        for day, column in columns.items():
            code = codes.code(column, at)
            if code != DAY_OFF:
                yield Cell(badge, day, code)


def _no_shift(text: object) -> bool:
    return not str(text).strip() or re.fullmatch(WEEKDAY, str(text).strip(), re.IGNORECASE) is not None


def _with_days_as_headings(table: TextTable) -> TextTable:
    """Return the table with the days as headings, where weekdays stand above them and were taken for the heading."""
    first = [str(text) for text in table.frame.iloc[0]] if len(table.frame) else []
    if len(_day_columns(table)) >= FEWEST_DAY_COLUMNS or sum(map(_names_a_day, first)) < FEWEST_DAY_COLUMNS:
        return table
    names = [text if _names_a_day(text) else str(own) for text, own in zip(first, table.frame.columns, strict=True)]
    return replace(table, frame=table.frame.iloc[1:].set_axis(unique_names(names), axis=1))


def _badge_above(table: TextTable, known: dict[str, str]) -> str | None:
    """Return the column without a heading of its own over which, a row above, the badge's stands (a merged cell)."""
    above = table.preamble[-1] if table.preamble else ()
    for heading, text in zip(map(str, table.frame.columns), above, strict=False):
        if is_nameless(heading) and known.get(plain(text)) == "badge":
            return heading
    return None


def _names_a_day(heading: str) -> bool:
    match = DAY.fullmatch(unicodedata.normalize("NFKC", heading).strip())
    return match is not None and 1 <= int(match["day"]) <= 31


def _day_columns(table: TextTable) -> list[str]:
    return [str(column) for column in table.frame.columns if _names_a_day(str(column))]


def _days_of_columns(table: TextTable, month: pd.Period) -> dict[str, date]:
    """Return the day of each column that names one; what a heading leaves out is the period's, at its latest."""
    days: dict[str, date] = {}
    for heading in _day_columns(table):
        match = DAY.fullmatch(unicodedata.normalize("NFKC", heading).strip())
        assert match is not None
        parts = {name: int(match[name]) for name in ("year", "month", "day") if match[name]}
        meant = [
            one for one in days_of_period(month) if all(getattr(one, name) == part for name, part in parts.items())
        ]
        day = max(meant, default=None)
        if day is None:
            told = [text for text in table.frame[heading].astype(str) if not _no_shift(text)]
            if not told:  # columns 29 to 31 of a form for every month
                continue
            wrong = say("roster.no_day", month=period_words(month))
            raise InputError(table.path, wrong, row=table.heading_row, column=heading, value=told[0])
        if day in days.values():
            raise InputError(table.path, say("roster.day_twice", day=day), row=table.heading_row, column=heading)
        days[heading] = day
    return days


class _Codes:
    """What the cells of a roster may say; what else they say is added to `faults`."""

    def __init__(self, situation: Situation, strangers: bool) -> None:
        self.month, self.strangers = situation.month, strangers
        self.faults: list[InputError] = []
        self.staff = {person.badge for person in situation.people}
        codes = [
            DAY_OFF,
            LEAVE,
            STANDBY,
            *(shift.code for shift in situation.season),
        ]
        self.codes = {code.casefold(): code for code in codes}

    def known(self, column: Column, at: int, badge: str) -> bool:
        """Return whether somebody has this badge; a fault where nobody has, and strangers are not passed over."""
        if badge not in self.staff and not self.strangers:
            self.faults.append(column.error_at(at, say("roster.stranger")))
        return badge in self.staff

    def code(self, column: Column, at: int) -> str:
        """Return what a cell means; a day off, and a fault, where it is no shift of the month."""
        text = str(column.texts.iloc[at]).strip()
        meant = CODES.get(text.casefold()) or self.codes.get(text.casefold())
        if meant is None:
            known = ", ".join(sorted(self.codes.values())[:SHOWN_CODES])
            self.faults.append(column.error_at(at, say("roster.no_shift", known=known)))
        return meant or DAY_OFF
