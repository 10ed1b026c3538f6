"""Shifts and calendars given as tables, a row an entry: as the tables that a TOML file of the same would hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from api.intake.errors import InputError, all_of, shown
from api.intake.files import FileForm, TextTable, pages_of, read_table
from api.intake.heading_rows import HEADING_SEARCH_ROWS
from api.intake.headings import Headings
from api.intake.instants import instants
from api.intake.row_times import column_of
from api.intake.sentences import refusal, say
from api.intake.unused_columns import name_unused
from api.intake.values import NOT_OBSERVED
from api.intake.vocabulary import plain, weekday_named
from forecaster.history.intervals import MINUTES_PER_DAY
from forecaster.messages import Refusal, Words
from forecaster.names import called
from optimizer.law.clocks import clock_of, length_minutes
from optimizer.law.people_columns import PEOPLE_COLUMNS
from optimizer.law.shifts import clock_text, end_text

SEPARATORS = re.compile(r"[;；、\n]+|,\s*")
DAY_KINDS: Mapping[str, Words] = {  # of a calendar's entries: as its TOML calls them, and as people may
    "holiday": Words("节假日", "holiday"),
    "observance": Words("特殊日", "observance"),
    "campaign": Words("活动", "campaign"),
    "sms": Words("短信", "sms"),
    "fault": Words("故障", "fault"),
    "opening": Words("营业时间", "opening"),
    "closed": Words("停业", "closed"),
    "effect": Words("影响", "effect"),
    "billing_days": Words("出账日", "billing days"),
    "rest_weekdays": Words("每周休息日", "rest weekdays"),
    "learn_from": Words("学习起点", "learn from"),
}
ROLE = next(column for column in PEOPLE_COLUMNS if column.name == "role")


def entries_of(path: Path, kind: str) -> tuple[dict[str, Any], dict[tuple[Any, ...], int]]:
    """Return the tables that a file of `shifts` or a `calendar` tells, and the row of each entry.

    Raises
    ------
    InputError
        With the column that is missing, or every cell that cannot be understood.
    """
    headings = Headings(kind)
    table = _table(path, headings)
    with shown([*READ[kind]], table.frame):
        required = ("code", "starts") if kind == "shifts" else ("kind",)
        found = headings.match(path, [str(name) for name in table.frame.columns], required=required)
    name_unused(table, tuple(found.values()))
    faults: list[InputError] = []
    cells = {name: _cells(table, heading, READ[kind][name], faults) for name, heading in found.items()}
    rows = [
        (int(row), {name: column[at] for name, column in cells.items() if column[at] is not None})
        for at, row in enumerate(table.frame.index)
    ]
    told = (_families if kind == "shifts" else _days)(path, [one for one in rows if one[1]], found, faults)
    all_of(faults)
    return told


def _table(path: Path, headings: Headings) -> TextTable:
    """Return the table whose heading is the row with the most headings known: most of its cells are words too."""
    known = [
        (sum(map(headings.knows, row)), -number, page.sheet)
        for page in pages_of(path, knows=headings.knows)
        for number, row in enumerate(page.rows[:HEADING_SEARCH_ROWS], start=1)
    ]
    most, number, sheet = max(known)
    form = FileForm(sheet=sheet or None, heading_row=-number if most > 1 else None)
    return read_table(path, knows=headings.knows, form=form)


def _cells(table: TextTable, heading: str, read: Callable[[str], Any] | None, faults: list[InputError]) -> list[Any]:
    """Return what each cell of a column means, None of a blank one; of days and instants, decided for the column."""
    column = column_of(table, heading)
    if read is None:
        at = instants(column, faults=faults).at
        return [None if np.isnat(one) else pd.Timestamp(one).to_pydatetime() for one in at]
    meant: dict[int, Any] = {}
    for i in np.flatnonzero(column.used()):
        text = column.distinct[int(i)]
        if text.casefold() in NOT_OBSERVED:
            continue
        try:
            meant[int(i)] = read(text)
        except ValueError as error:
            said = error.message if isinstance(error, Refusal) else say("cell.number")
            faults += column.errors(int(i), said)
    return [meant.get(int(code)) for code in column.codes]


def _minutes(text: str) -> int:
    if (minutes := length_minutes(text)) is None:
        raise refusal("settings.minutes")
    return minutes


def _clock(text: str) -> int:
    told = clock_of(text)
    if told is None:
        raise refusal("cell.time_of_day")
    return int(told.start // 60)


def _list(read: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    return lambda text: [read(part.strip()) for part in SEPARATORS.split(text) if part.strip()]


def _window(text: str) -> list[int]:
    parts = [part for part in re.split(r"\s*[-–~至;,]\s*|\s+to\s+", text) if part]
    if len(parts) != 2:
        raise refusal("settings.window")
    return [_minutes(part) for part in parts]


def _breaks(text: str) -> list[dict[str, Any]]:
    """Return the breaks of a cell: `15: 60-150; 15: 330-420 unpaid tea`, length and first and last begin of each."""
    found: list[dict[str, Any]] = []
    for part in filter(str.strip, re.split("[;；]", text)):
        told = re.fullmatch(r"\s*(\d+)\s*(?:min|分钟|分)?\s*[:：@]\s*(\d+)\s*[-–~至]\s*(\d+)\s*(.*?)\s*", part)
        if told is None:
            raise refusal("settings.breaks", part=part.strip())
        words = told[4].split()
        unpaid = [word for word in words if word.casefold() in UNPAID]
        name = " ".join(word for word in words if word not in unpaid)
        window = [int(told[2]), int(told[3])]
        found.append({"minutes": int(told[1]), "window_minutes": window, "paid": not unpaid, "name": name})
    return found


def _weekday(text: str) -> int:
    day = int(text) if re.fullmatch("[0-6]", text) else weekday_named(text)
    if day is None:
        raise refusal("settings.weekday")
    return day


def _kind(text: str) -> str:
    for kind, words in DAY_KINDS.items():
        if plain(text) in (plain(kind), plain(words.zh), plain(words.en)):
            return kind
    raise refusal("settings.kind", known=[*DAY_KINDS.values()])


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _opening(text: str) -> str:
    return end_text(_clock(text))


UNPAID = ("unpaid", "无薪", "不计薪", "不计工时")
READ: Mapping[str, Mapping[str, Callable[[str], Any] | None]] = {  # None: a day or an instant
    "shifts": {
        "code": str, "starts": _list(_clock), "ends": _clock, "lengths_minutes": _list(_minutes),
        "meal_minutes": _minutes, "meal_window_minutes": _window, "meal_step_minutes": _minutes,
        "breaks": _breaks,
        "roles": _list(ROLE.value), "months": _list(int), "handover_minutes": _minutes,
    },
    "calendar": {
        "kind": _kind, "name": str, "first": None, "last": None, "opens": _opening, "closes": _opening,
        "weekdays": _list(_weekday), "days": _list(int), "half_life_days": _number, "size": _number,
        "factor": _number,
    },
}  # fmt: skip
NumberedRows = list[tuple[int, dict[str, Any]]]
Entries = tuple[dict[str, Any], dict[tuple[Any, ...], int]]


def _families(path: Path, rows: NumberedRows, found: Mapping[str, str], faults: list[InputError]) -> Entries:
    """Return the families of a table of shifts; an end stands for a length, a meal without a window for the middle."""
    families, handovers = [], []
    for row, told in rows:
        family = dict(told)
        handovers += [family.pop("handover_minutes")] if "handover_minutes" in family else []
        starts = family.get("starts") or []
        if (end := family.pop("ends", None)) is not None and "lengths_minutes" not in family and len(starts) == 1:
            family["lengths_minutes"] = [(end - starts[0] - 1) % MINUTES_PER_DAY + 1]
        for name in ("code", "starts", "lengths_minutes"):
            if not family.get(name) and not faults:
                missing = InputError(path, say("cell.empty"), row=row, column=found.get(name, called(name).en))
                faults.append(missing)
        family["starts"] = [clock_text(minute) for minute in starts]
        meal, lengths = family.get("meal_minutes", 0), family.get("lengths_minutes") or [0]
        if meal and "meal_window_minutes" not in family:
            middle = max(0, (min(lengths) - meal) // 2)
            family["meal_window_minutes"] = [max(0, middle - meal), min(middle + meal, max(0, min(lengths) - meal))]
        families.append(family)
    tables: dict[str, Any] = {"family": families}
    if handovers:
        tables["handover_minutes"] = handovers[0]
    return tables, {("family", at): row for at, (row, _) in enumerate(rows)}


def _days(path: Path, rows: NumberedRows, found: Mapping[str, str], faults: list[InputError]) -> Entries:
    """Return the entries of a table of a site's own days, each under its kind."""
    tables: dict[str, Any] = {}
    places: dict[tuple[Any, ...], int] = {}
    for row, told in rows:
        kind, entry = told.get("kind"), {name: value for name, value in told.items() if name != "kind"}
        if kind is None:
            if not any(fault.row == row for fault in faults):
                faults.append(InputError(path, say("cell.empty"), row=row, column=found["kind"]))
            continue
        first, last = (entry.pop(name, None) for name in ("first", "last"))
        if kind == "billing_days":
            tables.setdefault(kind, []).extend(entry.get("days") or ([first.day] if first else []))
        elif kind == "rest_weekdays":
            tables[kind] = entry.get("weekdays", [])
        elif kind == "learn_from":
            tables[kind] = None if first is None else first.date()
        else:
            entry = _entry(kind, entry, first, last)
            kind = "campaign" if kind == "sms" else kind
            places[kind, len(tables.setdefault(kind, []))] = row
            tables[kind].append(entry)
    return tables, places


def _entry(kind: str, entry: dict[str, Any], first: datetime | None, last: datetime | None) -> dict[str, Any]:
    """Return an entry with its days under the keys of its kind."""
    days = entry.pop("days", None)
    if kind == "fault":
        return {**entry, **{key: at for key, at in (("start_at", first), ("end_at", last)) if at is not None}}
    of_days: dict[str, date] = {key: at.date() for key, at in (("first", first), ("last", last)) if at is not None}
    if kind not in ("campaign", "sms"):
        return {**entry, **of_days}
    start = {"start": of_days["first"]} if "first" in of_days else {}
    lasts = (of_days["last"] - of_days["first"]).days + 1 if len(of_days) == 2 else None
    length = days[0] if days else lasts
    told = {"kind": "sms"} if kind == "sms" else {}
    return {**entry, **start, **({"days": length} if length is not None else {}), **told}
