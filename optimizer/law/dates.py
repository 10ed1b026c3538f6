"""Dates as people write them: `2026-12-03`, `12/3`, `12月3日`, a range of them; and what days of a roster are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

import pandas as pd

from optimizer.sentences import refusal

RANGE = re.compile(r"\s*(?:\.\.+|~|～|至|到|--|(?<=[日号])[-–—]|(?<=\d{4})\s*[-–—](?=\s*\d{1,2}[./]))\s*")
FULL_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})[日号]?(?: 00:00:00)?")
YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?: 00:00(?::00)?)?")
MONTH_DAY = re.compile(r"(\d{1,2})[-/.月](\d{1,2})[日号]?")
MONTHS = 12
DAY = re.compile(r"(\d{1,2})[日号]?")


def one_day(text: str, *, year: int | None = None, after: date | None = None) -> date:
    """Return a date; what its text leaves out is that of the date `after` which it stands, or `year`.

    Raises
    ------
    Refusal
        If it is no date.
    """
    text = text.strip()
    parts: tuple[int, ...] | None = None
    if match := FULL_DAY.fullmatch(text):
        parts = tuple(int(part) for part in match.groups())
    elif match := YEAR_LAST.fullmatch(text):
        parts = _year_last(text, match)
    elif (match := MONTH_DAY.fullmatch(text)) and (after or year):
        month, day = (int(part) for part in match.groups())
        known = after.year if after else int(year or 0)
        parts = (known + (after is not None and month < after.month), month, day)
    elif after and (match := DAY.fullmatch(text)):
        parts = (after.year, after.month, int(match.group(1)))
    if parts is not None:
        try:
            return date(*parts)
        except ValueError:
            pass
    raise refusal("cell.date", text=text)


def _year_last(text: str, match: re.Match[str]) -> tuple[int, int, int]:
    """Return year, month and day of 24.12.2026 or 24/12/2026; with dots the day comes first everywhere.

    Raises
    ------
    Refusal
        Where either number could be the month.
    """
    first, sign, second, year = match.groups()
    a, b = int(first), int(second)
    if sign != "." and a <= MONTHS and b <= MONTHS and a != b:
        raise refusal("cell.date_order", text=text)
    day, month = (a, b) if sign == "." or a > MONTHS else (b, a)
    return int(year), month, day


def days_in(text: str, *, year: int | None = None) -> list[date]:
    """Return the days of a date, or of a range such as `2026-12-03..2026-12-07`, `11/3~11/5`, `2026年11月3日至5日`.

    Raises
    ------
    Refusal
        If it is neither.
    """
    ends: list[date] = []
    for part in RANGE.split(text):
        ends.append(one_day(part, year=year, after=ends[-1] if ends else None))
    if len(ends) > 2 or ends[-1] < ends[0]:
        raise refusal("cell.range", text=text)
    return [ends[0] + timedelta(days=offset) for offset in range((ends[-1] - ends[0]).days + 1)]


def monday_of(day: date) -> date:
    """Return the Monday that the week of a day begins with."""
    return day - timedelta(days=day.weekday())


def runs_of(days: Iterable[date]) -> list[list[date]]:
    """Return days as runs of days that follow one another."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def dates_of(frame: pd.DataFrame) -> pd.Series:
    """Return the days of a roster's rows."""
    return pd.to_datetime(frame["date"]).dt.date


def instant_of(day: date, minute: int, timezone: str) -> pd.Timestamp:
    """Return when the clock is so many minutes past a day's midnight.

    Of a time that it shows twice the first; of one that it skips, when it goes on.
    """
    local = pd.Timestamp(day) + timedelta(minutes=minute)
    return local.tz_localize(timezone, ambiguous=True, nonexistent="shift_forward")
