"""Who can be rostered: badge, role, contract, and what is already settled for each person."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import TypeVar

import pandas as pd

from optimizer.law.limits import Limits

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
            raise ValueError("a person needs a badge")
        if self.role not in ROLES:
            raise ValueError(f"badge {self.badge}: unknown role {self.role!r}; use one of {', '.join(ROLES)}")
        if not 0 < self.contract_hours_per_week <= 168:
            raise ValueError(
                f"badge {self.badge}: contract_hours_per_week must lie in (0, 168], got {self.contract_hours_per_week}"
            )
        for day, code in self.fixed_shifts.items():
            if day in self.leave and code != DAY_OFF:
                raise ValueError(
                    f"badge {self.badge}: fixed shift {code} on {day}, a day of leave; keep one of the two"
                )

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
            raise ValueError(f"people: column {column!r} is missing; there are {', '.join(map(str, frame.columns))}")
    seen: dict[str, int] = {}
    people = []
    numbers = frame.index.tolist() if frame.index.name == ROW else range(2, len(frame) + 2)
    for number, row in zip(numbers, frame.to_dict("records"), strict=True):
        badge = _text(row["badge"])
        where = f"people row {number}" + (f" (badge {badge})" if badge else "")
        if not badge:
            raise ValueError(f"{where}: badge is empty")
        if badge in seen:
            raise ValueError(f"{where}: this badge already stands in row {seen[badge]}; remove one of them")
        seen[badge] = number
        try:
            person = _person(badge, row, where)
        except ValueError as error:
            raise ValueError(str(error) if str(error).startswith(where) else f"people row {number}, {error}") from None
        if month is not None:
            check_dates_in_month(person, month, where=where)
        people.append(person)
    return people


def check_dates_in_month(person: Person, month: pd.Period, *, where: str = "") -> None:
    """Raise ValueError if leave or a fixed shift of `person` lies outside `month`."""
    where = where or f"badge {person.badge}"
    first, last = month.start_time.date(), month.end_time.date()
    for what, days in (("leave", person.leave), ("fixed_shifts", person.fixed_shifts)):
        for day in sorted(days):
            if not first <= day <= last:
                raise ValueError(f"{where}: {what} on {day} lies outside the month {month} being planned; correct it")


def _person(badge: str, row: Mapping[object, object], where: str) -> Person:
    def cell(column: str) -> object:
        return row.get(column)

    role = _text(cell("role"))
    if role not in ROLES:
        raise ValueError(f"{where}: unknown role {role!r}; use one of {', '.join(ROLES)}")
    hours = _parsed(cell("contract_hours_per_week"), _hours, 40.0, f"{where}: contract_hours_per_week")
    return Person(
        badge=badge,
        role=role,
        skills=frozenset(_parts(cell("skills"))),
        contract_hours_per_week=hours,
        protected=_parsed(cell("protected"), _flag, False, f"{where}: protected"),
        leave=frozenset(day for part in _parts(cell("leave")) for day in days_of_text(part, f"{where}: leave")),
        fixed_shifts=_day_to_code(cell("fixed_shifts"), f"{where}: fixed_shifts"),
        wishes=_day_to_code(cell("wishes"), f"{where}: wishes"),
        night_eligible=_parsed(cell("night_eligible"), _flag, True, f"{where}: night_eligible"),
        limits=_parsed(cell("limits"), Limits.from_text, Limits(), f"{where}: limits"),
    )


def _text(value: object) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)) or value is pd.NA:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _parts(value: object) -> list[str]:
    return [part.strip() for part in _text(value).split(";") if part.strip()]


def _parsed(value: object, parse: Callable[[str], _T], default: _T, where: str) -> _T:
    text = _text(value)
    if not text:
        return default
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number of hours") from None
    if not 0 < hours <= 168:
        raise ValueError(f"{text!r} is not between 0 and 168 hours")
    return hours


def _flag(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError(f"{text!r} is neither yes nor no")


def _date(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{where}: {text!r} is not a date such as 2026-12-03") from None


def days_of_text(text: str, where: str) -> list[date]:
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
        raise ValueError(f"{where}: {text!r} ends before it begins")
    return [start + timedelta(days=offset) for offset in range((end - start).days + 1)]


def _day_to_code(value: object, where: str) -> Mapping[date, str]:
    codes: dict[date, str] = {}
    for part in _parts(value):
        days, equals, code = part.partition("=")
        if not equals or not code.strip():
            raise ValueError(f"{where}: {part!r} is not a day and a shift such as 2026-12-24=N")
        for day in days_of_text(days, where):
            if codes.get(day, code.strip()) != code.strip():
                raise ValueError(f"{where}: {day} is given both {codes[day]} and {code.strip()}")
            codes[day] = code.strip()
    return MappingProxyType(codes)
