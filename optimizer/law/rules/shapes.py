"""Judgements that several rules share, each told what is its own."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from itertools import pairwise

from optimizer.law.rules.rule import Finds, PersonMonth, Row

_ONE_DAY = timedelta(days=1)


def more_in_a_row(days: Collection[date], most: int, first: date) -> Finds:
    """Find runs of days that are too long and end on the day `first` or later, the days before it counted."""
    run = 0
    for day in sorted(days):
        run = run + 1 if day - _ONE_DAY in days else 1
        if run > most and day + _ONE_DAY not in days and day >= first:
            yield day, run - most, {"run": run, "most": most}


def fewer_in_a_row(mine: PersonMonth, least: int | None, *, on_duty: bool) -> Finds:
    """Find runs of days on duty, or of free days, that are too short; one cut by the month's border is not judged."""
    at_work = {row.day for row in mine.busy}
    duty = [day in at_work for day in mine.days]
    for first, after in pairwise(d for d in range(1, len(duty)) if duty[d] != duty[d - 1]):
        run = after - first
        if duty[first] == on_duty and run < (least or 1):
            yield mine.days[first], (least or 1) - run, {"run": run, "least": least or 1}


def rest_too_short(row: Row, rest: float, least: float) -> Finds:
    """Find whether the minutes of rest before a row are fewer than the least."""
    if rest < least:
        yield row.day, least - rest, {"shift": row.code, "rest_hours": rest / 60, "least_hours": least / 60}
