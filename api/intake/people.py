"""The people file: badge, role, skills, contract, leave, fixed shifts, wishes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from api.intake.errors import Ask, InputError, shown
from api.intake.files import read_table
from api.intake.headings import Headings, plain, read_mapping
from api.intake.layouts import stated_year
from api.intake.values import Column, flags, numbers
from optimizer.law.limits import Limits
from optimizer.law.people import ROW

ROLES: dict[str, tuple[str, ...]] = {
    "inbound": ("agent", "inbound agent", "话务员", "話務員", "坐席", "座席", "客服代表"),
    "expert": ("mobile expert", "流动专家", "流動專家", "专家", "專家"),
    "outbound": ("outbound agent", "外呼", "外呼台席", "外呼员"),
    "qa": ("quality", "quality assurance", "质检", "質檢", "品质控制", "品質控制", "质检员"),
    "back_office": ("backoffice", "back office", "后台", "後台", "后台处理"),
    "supervisor": ("shift supervisor", "值班长", "值班長"),
    "business_supervisor": ("on-site business supervisor", "现场业务督导", "現場業務督導", "业务督导", "督导"),
    "vip": ("vip agent", "vip话务员", "vip座席"),
}
ROLE_OF = {plain(word): role for role, words in ROLES.items() for word in (role, *words)}
CONTRACT_HOURS_PER_WEEK = 40.0
SEPARATORS = re.compile(r"[;；、\n]+")
RANGE = re.compile(r"\s*(?:\.\.+|~|～|至|到|--|(?<=[日号])[-–—])\s*")
ASKED = (  # what a column of an unknown heading may be
    "badge", "role", "skills", "contract_hours_per_week", "protected", "leave", "fixed_shifts", "wishes", "carry_in",
    "limits",
)  # fmt: skip
LISTS = ("skills", "leave", "fixed_shifts", "wishes")


def read_people(path: str | Path, *, mapping: Mapping[str, Any] | str | Path | None = None) -> pd.DataFrame:
    """Return the people in a file, with the columns of a people frame.

    `badge` and `role` are required; contract hours default to 40 a week, `protected` to no, the lists to empty. Lists
    come back as text, separated by `;`, dates in ISO 8601. The index `row` says where each stands in the file.

    Raises
    ------
    InputError
        At the first person without a badge or a role, the first badge that stands twice, and the first cell that
        cannot be understood.
    """
    path, how = Path(path), read_mapping(mapping)
    headings = Headings("people", how.columns)
    table = read_table(path, knows=headings.knows, form=how.form)
    with shown(ASKED, table.frame):
        found = headings.match(path, [str(c) for c in table.frame.columns])
        for name in ("badge", "role"):
            if name not in found:
                has = ", ".join(map(str, table.frame.columns))
                way_out = f'it has {has}; else map it: [columns] {name} = "…"'
                ask = Ask("columns", known=tuple(found.items()))
                raise InputError(path, f"has no column {name}", column=name, way_out=way_out, ask=ask)

    def column(name: str) -> Column:
        return Column(path, found[name], table.frame[found[name]])

    count, year = len(table.frame), how.year or stated_year(table)
    people = pd.DataFrame({"badge": _badges(column("badge")), "role": _each(column("role"), _role)})
    people["skills"] = _each(column("skills"), lambda text: ";".join(_items(text))) if "skills" in found else ""
    hours = numbers(column("contract_hours_per_week")) if "contract_hours_per_week" in found else np.full(count, np.nan)
    if "contract_hours_per_week" in found:
        _check_hours(column("contract_hours_per_week"), hours)
    people["contract_hours_per_week"] = np.where(np.isnan(hours), CONTRACT_HOURS_PER_WEEK, hours)
    people["protected"] = flags(column("protected")) if "protected" in found else False
    people["leave"] = _each(column("leave"), partial(_leave, year=year)) if "leave" in found else ""
    for name in ("fixed_shifts", "wishes", "carry_in"):
        people[name] = _each(column(name), partial(_dated_shifts, year=year)) if name in found else ""
    people["limits"] = _each(column("limits"), lambda text: Limits.from_text(text).text()) if "limits" in found else ""
    return people.set_axis(table.frame.index.rename(ROW), axis=0)


def _badges(column: Column) -> list[str]:
    badges = [text.strip() for text in column.texts.astype(str)]
    if all(re.fullmatch(r"\d+\.0", badge) for badge in badges if badge):  # numbers that went through a spreadsheet
        badges = [badge.removesuffix(".0") for badge in badges]
    seen: dict[str, int] = {}
    for at, badge in enumerate(badges):
        if not badge:
            raise column.error_at(at, "a person has no badge", "fill it in, or delete the row")
        if badge in seen:
            raise column.error_at(at, f"was already in row {column.texts.index[seen[badge]]}", "one row per person")
        seen[badge] = at
    return badges


def _check_hours(column: Column, hours: np.ndarray) -> None:
    wrong = np.flatnonzero((hours <= 0) | (hours > 168))
    if len(wrong):
        raise column.error_at(int(wrong[0]), "is not a number of hours per week", "write 40")


def _each(column: Column, meaning: Callable[[str], str]) -> list[str]:
    """Return what each text means; `meaning` raises ValueError with the message."""
    out = {}
    for i in np.flatnonzero(column.used()):
        try:
            out[int(i)] = meaning(column.distinct[i])
        except ValueError as error:
            raise column.error(int(i), *str(error).split("; ", 1)) from None
    return [out[int(code)] for code in column.codes]


def _role(text: str) -> str:
    if not text:
        raise ValueError(f"a person has no role; write one of {', '.join(ROLES)}")
    role = ROLE_OF.get(plain(text))
    if role is None:
        raise ValueError(f"is no role; write one of {', '.join(ROLES)}")
    return role


def _items(text: str) -> list[str]:
    return [item.strip() for item in SEPARATORS.split(text) if item.strip() and item.strip() not in {"-", "无", "無"}]


def _day(text: str, *, year: int | None = None, after: str | None = None) -> str:
    """Return a date as ISO 8601; what it leaves out is that of the date `after` which it stands, or `year`."""
    text = text.strip()
    parts: tuple[int, ...] | None = None
    if match := re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})[日号]?(?: 00:00:00)?", text):
        parts = tuple(int(part) for part in match.groups())
    elif (match := re.fullmatch(r"(\d{1,2})[-/.月](\d{1,2})[日号]?", text)) and (after or year):
        month, day = (int(part) for part in match.groups())
        known = int(after[:4]) if after else int(year or 0)
        parts = (known + (after is not None and month < int(after[5:7])), month, day)
    elif after and (match := re.fullmatch(r"(\d{1,2})[日号]?", text)):
        parts = (int(after[:4]), int(after[5:7]), int(match.group(1)))
    if parts is not None:
        try:
            return date(*parts).isoformat()
        except ValueError:
            pass
    raise ValueError(f"{text!r} is no date; write 2026-12-03")


def _leave(text: str, *, year: int | None = None) -> str:
    items = []
    for item in _items(text.replace(",", ";")):
        ends: list[str] = []
        for part in RANGE.split(item):
            ends.append(_day(part, year=year, after=ends[-1] if ends else None))
        if len(ends) > 2 or ends != sorted(ends):
            raise ValueError("is no range of dates; write 2026-12-03..2026-12-07")
        items.append("..".join(dict.fromkeys(ends)))
    return ";".join(items)


def _dated_shifts(text: str, *, year: int | None = None) -> str:
    items = []
    for item in _items(text.replace(",", ";")):
        day, equals, shift = item.partition("=" if "=" in item else ":")
        if not equals or not shift.strip():
            raise ValueError("is no shift on a date; write 2026-12-24=N, or 2026-12-24=off")
        items.append(
            f"{_day(day, year=year)}={'off' if shift.strip() in {'off', '休', '休息', 'OFF'} else shift.strip()}"
        )
    return ";".join(items)
