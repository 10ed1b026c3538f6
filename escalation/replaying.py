"""A file of readings through the ladder: what would have been ordered, and when."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pandas as pd

from escalation.engine import initial_state, reduce
from escalation.events import MODES, Event, KnownFault, ModeChanged, PeopleChanged, Reading
from escalation.floor import EMPTY_FLOOR, Floor
from escalation.ladder import Ladder
from escalation.orders import KINDS, Decision
from escalation.sentences import refusal, say
from forecaster.messages import Language, Refusal

ROLE_COLUMNS = {
    "experts_available": "expert",
    "outbound_available": "outbound",
    "qa_available": "qa",
    "back_office_available": "back_office",
}
SEAT_COLUMNS = ("seats_free", "seats_signed_in", "seats_required")
READING_COLUMNS = ("at", "waiting", *ROLE_COLUMNS, *SEAT_COLUMNS, "mode", "known_fault")
DECISION_COLUMNS = ("at", "kind", "rung", "role", "people", "reason")
ZERO = timedelta(0)
TRUE_WORDS = {"1", "true", "yes", "y", "t"}
FALSE_WORDS = {"0", "false", "no", "n", "f", ""}


def replay(
    readings: pd.DataFrame, ladder: Ladder, *, queue: str = "hotline", language: Language = "en"
) -> pd.DataFrame:
    """Return what the ladder decides over `readings`: columns `at, kind, rung, role, people, reason`.

    readings
        Column `at` (aware instants, or ISO 8601 text with offset) and `waiting` (callers, >= 0; blank = missing),
        and any of the other `READING_COLUMNS`. Rows are taken in their order; one older than the newest is `late`.
    language
        `en` or `zh`, of the column `reason`.

    Raises
    ------
    ValueError
        Naming the row (the index where it is called `row`, else the first is 1), column and value that cannot be read.
    """
    decisions: list[Decision] = []
    state = initial_state(ladder, queue=queue)
    for event in events_from_frame(readings):
        state, made = reduce(state, event)
        decisions.extend(made)
    return decisions_frame(decisions, language=language)


def decisions_frame(decisions: list[Decision], *, language: Language = "en") -> pd.DataFrame:
    """Return the decisions that count as the ladder's own, one row each, instants as they were read."""
    rows = [
        (
            one.at,
            one.kind,
            one.rung,
            one.role,
            one.people,
            f"{one.reason if language == 'en' else one.reason_zh} [{one.rule}]",
        )
        for one in decisions
        if one.kind in KINDS
    ]
    frame = pd.DataFrame(rows, columns=list(DECISION_COLUMNS))
    return frame.astype({"rung": "Int64", "people": "Int64", "at": object})


def events_from_frame(readings: pd.DataFrame, *, floor: Floor = EMPTY_FLOOR) -> Iterator[Event]:
    """Yield the events that a frame of readings stands for, row by row; `floor` is what is known before the first.

    Raises
    ------
    ValueError
        As `replay`.
    """
    if readings.empty and "at" not in readings.columns:
        raise refusal("readings.empty")
    for column in ("at", "waiting"):
        if column not in readings.columns:
            raise refusal("readings.column", column=column, found=list(readings.columns))
    known = [column for column in readings.columns if column in READING_COLUMNS]
    plain = len(known) == 2  # nothing is told but the queue
    mode, fault = "day", False
    newest: datetime | None = None
    numbers = readings.index if readings.index.name == "row" else range(1, len(readings) + 1)
    for number, row in zip(numbers, readings[known].to_dict("records"), strict=True):
        at = _instant(row["at"], number)
        counts = not plain and (newest is None or at.tzinfo is None or at >= newest)
        if counts and at.tzinfo is not None:
            newest = at
            seen_mode = _mode(row.get("mode"), mode, number)
            if seen_mode != mode:
                mode = seen_mode
                yield ModeChanged(at, mode)
            seen_floor = _floor(floor, row, number)
            if seen_floor != floor:
                floor = seen_floor
                yield PeopleChanged(at, floor)
            seen_fault = _flag(row.get("known_fault"), fault, number)
            if seen_fault != fault:
                fault = seen_fault
                yield KnownFault(at, fault)
        yield Reading(at, _count(row["waiting"], "waiting", number, lowest=None))


def _refused(code: str, number: int, column: str, value: object, **fields: object) -> Refusal:
    return refusal(code, cell=say("cell", row=number, column=column, value=value), **fields)


def _blank(value: object) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or value != value or value == ""  # noqa: PLR0124


def _instant(value: Any, number: int) -> datetime:
    if _blank(value):
        raise _refused("cell.no_time", number, "at", value)
    if isinstance(value, pd.Timestamp):
        stamp: datetime = value.to_pydatetime()
    elif isinstance(value, datetime):
        stamp = value
    else:
        try:
            stamp = datetime.fromisoformat(str(value).strip())
        except ValueError as error:
            raise _refused("cell.time", number, "at", value) from error
    if stamp.tzinfo is None:
        raise _refused("cell.zone", number, "at", value)
    # Python compares two instants of one zone by their clocks: in the hour that comes twice, wrongly.
    return stamp if isinstance(stamp.tzinfo, timezone) else stamp.astimezone(timezone(stamp.utcoffset() or ZERO))


def _count(value: Any, column: str, number: int, *, lowest: int | None = 0) -> int | None:
    if _blank(value):
        return None
    try:
        amount = float(value)
    except (TypeError, ValueError) as error:
        raise _refused("cell.number", number, column, value) from error
    if amount != int(amount) or (lowest is not None and amount < lowest):
        raise _refused("cell.whole" if lowest is None else "cell.count", number, column, value)
    return int(amount)


def _mode(value: Any, current: str, number: int) -> str:
    if _blank(value):
        return current
    mode = str(value).strip().lower()
    if mode not in MODES:
        raise _refused("cell.none_of", number, "mode", value, known=MODES)
    return mode


def _flag(value: Any, current: bool, number: int) -> bool:
    if value is None or (value != value):  # noqa: PLR0124
        return current
    word = str(value).strip().lower().removesuffix(".0")
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise _refused("cell.flag", number, "known_fault", value)


def _floor(floor: Floor, row: Mapping[Hashable, Any], number: int) -> Floor:
    """Return the floor that the row tells; what a row leaves blank stays as it was."""
    available = dict(floor.available)
    for column, role in ROLE_COLUMNS.items():
        count = _count(row.get(column), column, number)
        if count is not None:
            available[role] = count
    free, signed_in, required = (_count(row.get(column), column, number) for column in SEAT_COLUMNS)
    return replace(
        floor,
        available=available,
        seats_free=floor.seats_free if free is None else free,
        seats_signed_in=floor.seats_signed_in if signed_in is None else signed_in,
        seats_required=floor.seats_required if required is None else required,
    )
