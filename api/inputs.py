"""What the command line and the pages read before a month can be planned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from api.calendar_files import load_calendar
from api.intake import named, read_history, read_people
from api.site import CONFIG, Site, read_site, read_toml
from forecaster.history import History
from forecaster.special_days import Calendar
from optimizer.people import Person, people_from_frame
from optimizer.rules import RosterRules
from optimizer.shifts import ShiftCatalogue

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Demand:
    """A queue's past and its surroundings: what a forecast is made from. `source` is the history's file."""

    source: Path
    history: History
    calendar: Calendar
    site: Site


@dataclass(frozen=True, eq=False)
class Supply:
    """The people of a month and the rules they work under."""

    people: list[Person]
    catalogue: ShiftCatalogue
    rules: RosterRules


def read_demand(
    history: Path,
    *,
    queue: str | None = None,
    timezone: str | None = None,
    country: str | None = None,
    site: Path | None = None,
    calendar: Path | None = None,
) -> Demand:
    """Return the history in a file, with the site's settings and the calendar of every year it touches.

    Options that are None take the site's value; the country `-` has no public holidays.
    `calendar` is a file, or a folder of files, with the site's own days.

    Raises
    ------
    InputError
        Naming file, row, column and value of the first thing that cannot be used.
    """
    settings = read_site(site)
    chosen = (country or settings.country or "-").upper()
    settings = replace(settings, timezone=timezone or settings.timezone, country=None if chosen == "-" else chosen)
    past = read_history(history, queue=queue, timezone=settings.timezone)
    if queue is None and past.queue == "":
        past = replace(past, queue=settings.queue)
    years = range(past.start_at.year, past.end_at.year + 3)
    days = read_calendar(settings.country, years, own=calendar)
    return Demand(history, past, days, replace(settings, interval_minutes=past.interval_minutes))


def read_calendar(country: str | None, years: range, *, own: Path | None = None) -> Calendar:
    """Return the national calendar of `years`, with the days of the site's `own` file or folder laid over it."""
    files = [] if own is None else [own]
    if country == "CN":
        files = [CONFIG.parent / "calendar", *files]
    return load_calendar(files, country, years)


def read_staff(path: Path, month: pd.Period) -> list[Person]:
    """Return the people in a staff list whose dates lie in `month`.

    Raises
    ------
    InputError
        Naming file, row, column and value.
    """
    frame = read_people(path)
    with named(path):
        return people_from_frame(frame, month=month)


def read_supply(
    people: Path, month: pd.Period, site: Site, *, shifts: Path | None = None, rules: Path | None = None
) -> Supply:
    """Return people, shifts and rules of a month; files that are None are the shipped ones.

    Raises
    ------
    InputError
        Naming the file and what in it cannot be used.
    """
    staff = read_staff(people, month)
    catalogue = _settings(shifts or CONFIG / "shifts.toml", ShiftCatalogue.from_mapping)
    kept = _settings(rules or CONFIG / "roster_rules.toml", RosterRules.from_mapping)
    if kept.seat_limit is None:
        kept = replace(kept, seat_limit=site.seat_limit)
    return Supply(staff, catalogue, kept)


def _settings(path: Path, build: Callable[[dict[str, Any]], T]) -> T:
    tables = read_toml(path)
    with named(path):
        return build(tables)
