"""What a month's roster is made from and judged by, beside what it has to cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from forecaster.history.calendar import Calendar
from forecaster.history.periods import months_of_period
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import ShiftCatalogue
from optimizer.sentences import refusal


@dataclass(frozen=True, eq=False)
class Situation:
    """The people of a month, their shifts and rules, and what comes before the month; the requirement travels beside.

    month
        The period that is planned: a calendar month, or so many days (`forecaster.history.periods`).
    carry_in
        Last month's roster, as far back as it is known; its last nights are at work as the month begins. None:
        everybody starts rested.
    catalogue
        The shifts; a day off the phone that is fixed for somebody (`training`) is added where it has no times of its
        own.
    overtime
        `badge, date, minutes` of overtime already worked; what is left of the law's day and month is counted from it.
    """

    people: Sequence[Person]
    catalogue: ShiftCatalogue
    rules: RosterRules
    month: pd.Period
    timezone: str
    calendar: Calendar
    carry_in: pd.DataFrame | None = None
    overtime: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        codes = (code for person in self.people for code in (*person.fixed_shifts.values(), *person.wishes.values()))
        object.__setattr__(self, "catalogue", self.catalogue.with_off_phone(codes))

    @property
    def season(self) -> ShiftCatalogue:
        """The shifts that some day of the period may have."""
        return self.catalogue.in_months(months_of_period(self.month))

    def person(self, badge: str) -> Person:
        """Return the person with this badge.

        Raises
        ------
        ValueError
            If there is none.
        """
        for person in self.people:
            if person.badge == badge:
                return person
        raise refusal("badge.unknown", badge=badge, count=len(self.people))
