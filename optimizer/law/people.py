"""Who can be rostered: badge, role, contract, and what is already settled for each person."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import TypeVar

import pandas as pd

from forecaster.messages import Refusal, Words
from forecaster.names import named
from optimizer.law.limits import Limits
from optimizer.sentences import refusal, say

ROLES = ("inbound", "expert", "outbound", "qa", "back_office", "supervisor", "business_supervisor", "vip")
DAY_OFF = "off"
SKILL_PREFIX = "seats_required."  # of a requirement's column for one skill
ROW = "row"  # the name of an index that holds the rows of a file
_TRUE = {"true", "yes", "y", "1", "是"}
_T = TypeVar("_T")
_FALSE = {"false", "no", "n", "0", "否", ""}


@dataclass(frozen=True)
class Person:
    """One member of staff, known by badge alone.

    contract_hours_per_week
        Paid hours a week; the roster never plans more.
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
    burdens_before
        Nights, weekend days and holidays of earlier months, the older the less (`optimizer.law.fairness`); None = as
        last month's roster has them.
    """

    badge: str
    role: str = "inbound"
    skills: frozenset[str] = frozenset()
    contract_hours_per_week: float = 40.0
    protected: bool = False
    leave: frozenset[date] = frozenset()
    fixed_shifts: Mapping[date, str] = field(default_factory=lambda: MappingProxyType({}))
    wishes: Mapping[date, str] = field(default_factory=lambda: MappingProxyType({}))
    night_eligible: bool = True
    limits: Limits = field(default_factory=Limits)
    burdens_before: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        if not self.badge:
            raise refusal("person.no_badge")
        if self.role not in ROLES:
            raise refusal("person.role", badge=self.badge, role=self.role, known=[named(role) for role in ROLES])
        if not 0 < self.contract_hours_per_week <= 168:
            raise refusal("person.hours", badge=self.badge, hours=self.contract_hours_per_week)
        for day, code in self.fixed_shifts.items():
            if day in self.leave and code != DAY_OFF:
                raise refusal("person.fixed_on_leave", badge=self.badge, code=code, day=day)

    @property
    def works_nights(self) -> bool:
        """Return whether the roster may give this person a night shift."""
        return self.night_eligible and not self.protected


def people_from_frame(frame: pd.DataFrame, *, month: pd.Period | None = None) -> list[Person]:
    """Return the people of a `people` frame (see docs/frames.md), in its order.

    Only `badge` and `role` are needed; a missing column takes the default of `Person`. Rows are named as a
    spreadsheet shows them: the heading is row 1, unless the index is called `row` and holds them. With `month`, leave
    and fixed shifts have to lie inside it.

    Raises
    ------
    ValueError
        Naming row, badge, column and value of the first thing that cannot be understood.
    """
    for column in ("badge", "role"):
        if column not in frame.columns:
            raise refusal("people.column", column=column, found=list(frame.columns))
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
            person = _person(badge, row, where)
        except Refusal as error:
            if error.message.en.startswith(where.en):
                raise
            raise refusal("people.in_row", row=number, cause=error) from None
        if month is not None:
            check_dates_in_month(person, month, where=where)
        people.append(person)
    return people


def check_dates_in_month(person: Person, month: pd.Period, *, where: Words | None = None) -> None:
    """Raise ValueError if leave or a fixed shift of `person` lies outside `month`."""
    where = where or say("badge", badge=person.badge)
    first, last = month.start_time.date(), month.end_time.date()
    for what, days in (("leave", person.leave), ("fixed_shifts", person.fixed_shifts)):
        for day in sorted(days):
            if not first <= day <= last:
                raise refusal("people.outside_month", where=where, day=day, month=month, what=named(what))


def _person(badge: str, row: Mapping[object, object], where: Words) -> Person:
    def cell(column: str) -> object:
        return row.get(column)

    def at(column: str) -> Words:
        return say("at", where=where, key=named(column))

    role = _text(cell("role"))
    if role not in ROLES:
        raise refusal("people.role", where=where, role=role, known=[named(role) for role in ROLES])
    hours = _parsed(cell("contract_hours_per_week"), _hours, 40.0, at("contract_hours_per_week"))
    return Person(
        badge=badge,
        role=role,
        skills=frozenset(_parts(cell("skills"))),
        contract_hours_per_week=hours,
        protected=_parsed(cell("protected"), _flag, False, at("protected")),
        leave=frozenset(day for part in _parts(cell("leave")) for day in days_of_text(part, at("leave"))),
        fixed_shifts=_day_to_code(cell("fixed_shifts"), at("fixed_shifts")),
        wishes=_day_to_code(cell("wishes"), at("wishes")),
        night_eligible=_parsed(cell("night_eligible"), _flag, True, at("night_eligible")),
        limits=_parsed(cell("limits"), Limits.from_text, Limits(), at("limits")),
    )


def _text(value: object) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)) or value is pd.NA:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _parts(value: object) -> list[str]:
    return [part.strip() for part in _text(value).split(";") if part.strip()]


def _parsed(value: object, parse: Callable[[str], _T], default: _T, where: Words) -> _T:
    text = _text(value)
    if not text:
        return default
    try:
        return parse(text)
    except ValueError as error:
        raise refusal("people.at", where=where, cause=error) from None


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        raise refusal("cell.hours", text=text) from None
    if not 0 < hours <= 168:
        raise refusal("cell.hours_a_week", text=text)
    return hours


def _flag(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise refusal("cell.flag", text=text)


def _date(text: str, where: Words) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise refusal("cell.date", where=where, text=text) from None


def absence_of(badge: str) -> Words:
    """Return whose absence is told, to be named in an error of its days."""
    return say("absence.of", badge=badge)


def days_of_text(text: str, where: Words) -> list[date]:
    """Return the days of `2026-12-03`, or of a range `2026-12-03..2026-12-07`.

    Raises
    ------
    ValueError
        Beginning with `where`.
    """
    first, dots, last = text.partition("..")
    start = _date(first, where)
    end = _date(last, where) if dots else start
    if end < start:
        raise refusal("cell.backwards", where=where, text=text)
    return [start + timedelta(days=offset) for offset in range((end - start).days + 1)]


def _day_to_code(value: object, where: Words) -> Mapping[date, str]:
    codes: dict[date, str] = {}
    for part in _parts(value):
        days, equals, code = part.partition("=")
        if not equals or not code.strip():
            raise refusal("cell.day_and_shift", where=where, part=part)
        for day in days_of_text(days, where):
            if codes.get(day, code.strip()) != code.strip():
                raise refusal("cell.two_shifts", where=where, day=day, one=codes[day], other=code.strip())
            codes[day] = code.strip()
    return MappingProxyType(codes)
