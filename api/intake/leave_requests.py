"""Requests for leave: who, from which day to which, and what decides who goes first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from datetime import time as clock
from pathlib import Path
from typing import Any

from api.intake.errors import InputError, all_of
from api.intake.people import day_cell, read_cells
from api.intake.sentences import refusal
from forecaster.messages import NOTHING, Refusal
from optimizer.desk.leave_requests import LeaveRequest
from optimizer.law.dates import one_day
from optimizer.law.people_columns import PeopleColumn
from optimizer.sentences import refusal as law_refusal

_CLOCK = re.compile(r"(.+?)[ T]+([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?")


def _asked(text: str, year: int | None) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        parts = _CLOCK.fullmatch(text)
        day, hour, minute = (text, 0, 0) if parts is None else (parts[1], int(parts[2]), int(parts[3]))
        at = datetime.combine(one_day(day, year=year), clock(hour, minute))
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()


def _number(text: str, year: int | None) -> float:
    del year
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        raise refusal("cell.points", text=text) from None
    if not 0 <= number < float("inf"):
        raise refusal("cell.points", text=text)
    return number


LEAVE_COLUMNS = (
    PeopleColumn("badge", NOTHING, NOTHING, lambda text, year: text, required=True),
    PeopleColumn("first_on", NOTHING, NOTHING, day_cell, required=True),
    PeopleColumn("last_on", NOTHING, NOTHING, day_cell, default=""),
    PeopleColumn("asked_at", NOTHING, NOTHING, _asked, default=""),
    PeopleColumn("points", NOTHING, NOTHING, _number, default=0.0),
    PeopleColumn("good_days_before", NOTHING, NOTHING, _number, default=0.0),
)


def read_leave_requests(
    path: str | Path, *, mapping: Mapping[str, Any] | str | Path | None = None
) -> list[LeaveRequest]:
    """Return the requests for leave in a file, in its order.

    `badge` and `first_on` are required; `last_on` left out is a single day. Headings may be Chinese or English.

    Raises
    ------
    InputError
        With every cell that cannot be understood, and every request that ends before it begins.
    """
    path = Path(path)
    faults: list[InputError] = []
    frame = read_cells(path, "leave_requests", LEAVE_COLUMNS, mapping=mapping, faults=faults)
    wrong = {fault.row for fault in faults}
    requests = []
    for row, told in zip(frame.index.tolist(), frame.to_dict("records"), strict=True):
        if row in wrong:
            continue
        first, asked = datetime.fromisoformat(told["first_on"]).date(), told["asked_at"]
        last = datetime.fromisoformat(told["last_on"]).date() if told["last_on"] else first
        try:
            if not (badge := str(told["badge"]).strip()):
                raise law_refusal("person.no_badge")
            at = datetime.fromisoformat(asked) if asked else None
            requests.append(LeaveRequest(badge, first, last, at, told["points"], told["good_days_before"]))
        except Refusal as error:
            faults.append(InputError(path, error.message, row=int(row), column="last_on" if badge else "badge"))
    all_of(faults)
    return requests
