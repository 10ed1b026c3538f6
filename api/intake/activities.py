"""Activities to be placed in a roster: what, how long, for whom, by when, together or each for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from api.intake.errors import InputError, all_of
from api.intake.people import day_cell, read_cells
from api.intake.sentences import refusal
from forecaster.messages import NOTHING
from optimizer.desk.activities import Activity
from optimizer.law.clocks import length_minutes, span_minutes
from optimizer.law.people_columns import PeopleColumn, flag_of, items_of

_MOST_MINUTES = 480


def _minutes(text: str, year: int | None) -> float:
    del year
    minutes = length_minutes(text)
    if minutes is None or not 5 <= minutes <= _MOST_MINUTES:
        raise refusal("cell.minutes", text=text)
    return float(minutes)


def _between(text: str, year: int | None) -> str:
    del year
    if (span := span_minutes(text)) is None:
        raise refusal("cell.between", text=text)
    return "{}-{}".format(*span)


ACTIVITY_COLUMNS = (
    PeopleColumn("activity", NOTHING, NOTHING, lambda text, year: text, required=True),
    PeopleColumn("minutes", NOTHING, NOTHING, _minutes, default=0.0, required=True),
    PeopleColumn("who", NOTHING, NOTHING, lambda text, year: ";".join(items_of(text.replace(",", ";"))), default="all"),
    PeopleColumn("together", NOTHING, NOTHING, flag_of, default=False),
    PeopleColumn("first_on", NOTHING, NOTHING, day_cell, default=""),
    PeopleColumn("last_on", NOTHING, NOTHING, day_cell, default=""),
    PeopleColumn("between", NOTHING, NOTHING, _between, default="0-1440"),
)


def read_activities(path: str | Path, *, mapping: Mapping[str, Any] | str | Path | None = None) -> list[Activity]:
    """Return the activities in a file, in its order; headings may be Chinese or English.

    `activity` and `minutes` are required; left out, `who` is everybody, `together` no, and the days are the month's.

    Raises
    ------
    InputError
        With every cell that cannot be understood, and every activity that ends before it begins.
    """
    path = Path(path)
    faults: list[InputError] = []
    frame = read_cells(path, "activities", ACTIVITY_COLUMNS, mapping=mapping, faults=faults)
    wrong = {fault.row for fault in faults}
    found = []
    for row, told in zip(frame.index.tolist(), frame.to_dict("records"), strict=True):
        first, last = (date.fromisoformat(told[name]) if told[name] else None for name in ("first_on", "last_on"))
        if first and last and last < first and row not in wrong:
            cause = refusal("activities.ends_before").message
            faults.append(InputError(path, cause, row=int(row), column="last_on", value=str(last)))
        begin, end = (int(minute) for minute in told["between"].split("-"))
        who = tuple(told["who"].split(";"))
        found.append(Activity(told["activity"], int(told["minutes"]), who, told["together"], first, last, begin, end))
    all_of(faults)
    return found
