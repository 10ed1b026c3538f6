"""Who can be rostered: badge, role, contract, and what is already settled for each person."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

import pandas as pd

from forecaster.history.periods import in_period, period_words
from forecaster.messages import Refusal, Words
from forecaster.names import ROLE_WORDS, called
from optimizer.law.dates import days_in, runs_of
from optimizer.law.limits import Limits
from optimizer.law.patterns import Pattern
from optimizer.law.people_columns import CONTRACT_HOURS_PER_WEEK, MOST_HOURS_PER_WEEK, PEOPLE_COLUMNS
from optimizer.law.shifts import DAY_OFF
from optimizer.sentences import refusal, say

ROLES = tuple(ROLE_WORDS)
ROW = "row"  # the name of an index that holds the rows of a file


@dataclass(frozen=True)
class Person:
    """One member of staff, known by badge alone. Its fields are columns of `optimizer.law.people_columns`.

    contract_hours_per_week
        Paid hours a week; the roster never plans more.
    skills
        What the person can be asked, with levels where they were told (`optimizer.law.skills.Skills`).
    protected
        Pregnant from the seventh month, or nursing a child under one: no nights, no overtime.
    leave
        Days on which the person does not work.
    fixed_shifts, wishes
        Day to shift code, or `off` for a day off. Fixed shifts bind, wishes are weighed.
    night_eligible
        False keeps the person out of night shifts for any other reason.
    limits
        Limits of this person's own; they come before those of the site.
    team
        Whose pattern holds where the person has none (`RosterRules.teams`).
    leads
        The teams that the person leads.
    pattern
        A cycle of days that the month follows.
    weekly_days_off
        Days of the week, Monday 0, that are free.
    leave_hours
        Day to the parts of it not worked, minutes of the clock from its midnight.
    joined, left
        The first and the last day of the employment, where they are told.
    split_consent
        Whether the person agrees to shifts in two parts.
    hours_account
        Hours worked beyond the average (or, negative, below it) in earlier months of the span over which hours are
        averaged (`RosterRules.average_months`); None = as the plan of last month has them.
    burdens_before
        Nights, weekend days and holidays of earlier months, the older the less (`optimizer.law.fairness`); None = as
        last month's roster has them.
    """

    badge: str
    role: str = "inbound"
    skills: frozenset[str] = frozenset()
    contract_hours_per_week: float = CONTRACT_HOURS_PER_WEEK
    protected: bool = False
    leave: frozenset[date] = frozenset()
    fixed_shifts: Mapping[date, str] = field(default_factory=lambda: MappingProxyType({}))
    wishes: Mapping[date, str] = field(default_factory=lambda: MappingProxyType({}))
    night_eligible: bool = True
    limits: Limits = field(default_factory=Limits)
    team: str = ""
    leads: frozenset[str] = frozenset()
    pattern: Pattern | None = None
    weekly_days_off: frozenset[int] = frozenset()
    leave_hours: Mapping[date, tuple[tuple[int, int], ...]] = field(default_factory=lambda: MappingProxyType({}))
    joined: date | None = None
    left: date | None = None
    split_consent: bool = False
    hours_account: float | None = None
    burdens_before: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        if not self.badge:
            raise refusal("person.no_badge")
        if self.role not in ROLES:
            raise refusal("person.role", badge=self.badge, role=self.role, known=[called(role) for role in ROLES])
        if not 0 < self.contract_hours_per_week <= MOST_HOURS_PER_WEEK:
            raise refusal("person.hours", badge=self.badge, hours=self.contract_hours_per_week)
        if self.joined and self.left and self.left < self.joined:
            raise refusal("person.left_before", badge=self.badge, joined=self.joined, left=self.left)
        for day, code in self.fixed_shifts.items():
            if day in self.leave and code != DAY_OFF:
                raise refusal("person.fixed_on_leave", badge=self.badge, code=code, day=day)

    def employed(self, days: Sequence[date]) -> list[date]:
        """Return those of the days on which the person is employed."""
        return [day for day in days if (self.joined or day) <= day <= (self.left or day)]

    def share(self, days: Sequence[date]) -> float:
        """Return the share of the days on which the person is employed."""
        return len(self.employed(days)) / len(days)

    @property
    def works_nights(self) -> bool:
        """Return whether the roster may give this person a night shift."""
        return self.night_eligible and not self.protected


def people_from_frame(frame: pd.DataFrame, *, month: pd.Period | None = None) -> list[Person]:
    """Return the people of a `people` frame (`optimizer.law.people_columns`, docs/frames.md), in its order.

    Only `badge` and `role` are needed; a missing column takes its default. Rows are named as a spreadsheet shows them:
    the heading is row 1, unless the index is called `row` and holds them. With `month`, fixed shifts have to lie inside
    it, and of each leave some part: what lies outside is left out.

    Raises
    ------
    ValueError
        Naming row, badge, column and value of the first thing that cannot be understood.
    """
    for column in PEOPLE_COLUMNS:
        if column.required and column.name not in frame.columns:
            raise refusal("people.column", column=column.name, found=list(frame.columns))
    seen: dict[str, int] = {}
    people = []
    numbers = frame.index.tolist() if frame.index.name == ROW else range(2, len(frame) + 2)
    for number, row in zip(numbers, frame.to_dict("records"), strict=True):
        badge = _text(row["badge"])
        where = say("people.row_of", row=number, badge=badge) if badge else say("people.row", row=number)
        if not badge:
            raise refusal("people.no_badge", where=where)
        if badge in seen:
            raise refusal("people.badge_twice", where=where, row=seen[badge])
        seen[badge] = number
        try:
            people.append(_person(row, where, month))
        except Refusal as error:
            if error.message.en.startswith(where.en):
                raise
            raise refusal("people.in_row", row=number, cause=error) from None
    _check_leads(people, seen)
    return people


def _check_leads(people: Sequence[Person], row_of: Mapping[str, int]) -> None:
    """Raise ValueError if somebody leads a team that nobody is of."""
    teams = {person.team for person in people if person.team}
    for person in people:
        for team in sorted(person.leads - teams):
            where = say("people.row_of", row=row_of[person.badge], badge=person.badge)
            raise refusal("people.leads_nobody", where=where, column=called("leads"), team=team, known=sorted(teams))


def check_dates_in_month(person: Person, month: pd.Period, *, where: Words | None = None) -> None:
    """Raise ValueError if leave or a fixed shift of `person` lies outside `month`."""
    where = where or say("badge", badge=person.badge)
    for what, days in (("leave", person.leave), ("fixed_shifts", person.fixed_shifts)):
        for day in sorted(days):
            if not in_period(day, month):
                told = period_words(month)
                raise refusal("people.outside_month", where=where, day=day, month=told, what=called(what))


def _person(row: Mapping[object, object], where: Words, month: pd.Period | None) -> Person:
    values = {}
    for column in PEOPLE_COLUMNS:
        if column.of_person is None:
            continue
        text = _text(row.get(column.name))
        try:
            values[column.name] = column.of_person(column.value(text))
        except Refusal as error:
            if column.choices is not None:
                known = [called(value) for value in dict.fromkeys(column.choices.values())]
                raise refusal("people.role", where=where, role=text, known=known) from None
            raise refusal("people.at", where=say("at", where=where, key=called(column.name)), cause=error) from None
    person = Person(**values)
    if month is not None:
        person = replace(person, leave=_cut_to_month(person, month))
        check_dates_in_month(person, month, where=where)
    return person


def _cut_to_month(person: Person, month: pd.Period) -> frozenset[date]:
    """Return the days of leave in the month, and those that are not next to any in it: they are to be refused."""
    kept: set[date] = set()
    for run in runs_of(person.leave):
        inside = [day for day in run if in_period(day, month)]
        kept.update(inside or run)
    return frozenset(kept)


def _text(value: object) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)) or value is pd.NA:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def days_of_absence(text: str, badge: str) -> frozenset[date]:
    """Return the days that somebody is absent, told as `2026-12-03` or as a range `2026-12-03..2026-12-07`.

    Raises
    ------
    ValueError
        Naming the badge.
    """
    try:
        return frozenset(days_in(text))
    except Refusal as error:
        raise refusal("people.at", where=say("absence.of", badge=badge), cause=error) from None
