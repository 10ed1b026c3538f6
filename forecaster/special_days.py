"""The calendar a planner knows: holidays, make-up working days, billing days, campaigns and faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

DayType = Literal["workday", "rest_day", "holiday"]


@dataclass(frozen=True)
class SpecialDay:
    """One named day.

    kind
        `holiday` (a day off by law or notice), `make_up_workday` (调休: a weekend day worked), or `observance` (a
        working day with a name, such as 17 May Telecom Day).
    statutory
        True on the days that law pays at 300 %; the other days of a holiday are rest days at 200 %.
    name
        The holiday's name without its year; the same on every day of the holiday.
    day_of_holiday
        1 on the holiday's first day, 2 on its second, and so on; 0 for the other kinds.
    """

    name: str
    kind: Literal["holiday", "make_up_workday", "observance"]
    statutory: bool = False
    day_of_holiday: int = 0


@dataclass(frozen=True)
class Campaign:
    """A push that brings calls: `size` is the share added on the first day, halved every `half_life_days`."""

    name: str
    start: date
    days: int
    size: float | None = None
    half_life_days: float = 3.0
    kind: Literal["campaign", "sms"] = "campaign"


@dataclass(frozen=True)
class Fault:
    """A system fault: what was observed between the two local, naive instants is no guide to ordinary days."""

    name: str
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True)
class Calendar:
    """Everything special about the days of a site.

    provisional_years
        Years whose official notice is not out: computed from the law, and to be marked so wherever shown.
    billing_days
        Days of the month on which bills go out.
    rest_weekdays
        Weekday numbers (Monday = 0) that are days off when nothing else is said.
    """

    country: str | None = None
    days: Mapping[date, SpecialDay] = field(default_factory=dict)
    provisional_years: frozenset[int] = frozenset()
    billing_days: tuple[int, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    faults: tuple[Fault, ...] = ()
    rest_weekdays: frozenset[int] = frozenset({5, 6})

    def day_type(self, day: date) -> DayType:
        """Return how people work on `day`."""
        special = self.days.get(day)
        if special is not None and special.kind == "holiday":
            return "holiday"
        if special is not None and special.kind == "make_up_workday":
            return "workday"
        return "rest_day" if day.weekday() in self.rest_weekdays else "workday"

    def holiday_name(self, day: date) -> str | None:
        """Return the name of the holiday or observance on `day`, if any (make-up days have none)."""
        special = self.days.get(day)
        return special.name if special is not None and special.kind != "make_up_workday" else None
