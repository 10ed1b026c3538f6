"""A file of readings through the ladder: what would have been ordered, and when."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pandas as pd

from escalation.events import Reading
from escalation.ladder import Ladder
from escalation.orders import DECISION_KINDS, Decision
from escalation.report import COMMANDS, ROLE_COLUMNS, SEAT_COLUMNS, TOLD_COLUMNS, Report, take_report
from escalation.sentences import refusal, say
from escalation.state import initial_state
from forecaster.messages import Language, Refusal
from forecaster.names import MODE_WORDS

READING_COLUMNS = ("at", "waiting", *TOLD_COLUMNS)
WHOLE_COLUMNS = {*ROLE_COLUMNS, *SEAT_COLUMNS, "standby"}
DECISION_COLUMNS = ("at", "kind", "rung", "role", "people", "reason")
ZERO = timedelta(0)
TRUE_WORDS = {"1", "true", "yes", "y", "t"}
FALSE_WORDS = {"0", "false", "no", "n", "f"}


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
    for report in reports_from_frame(readings):
        state, made = take_report(state, report)
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
        if one.kind in DECISION_KINDS
    ]
    frame = pd.DataFrame(rows, columns=list(DECISION_COLUMNS))
    return frame.astype({"rung": "Int64", "people": "Int64", "at": object})


def reports_from_frame(readings: pd.DataFrame) -> Iterator[Report]:
    """Yield what each row of a frame of readings reports; a cell left blank says nothing new.

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
    told = [column for column in known if column in TOLD_COLUMNS]
    numbers = readings.index if readings.index.name == "row" else range(1, len(readings) + 1)
    for number, row in zip(numbers, readings[known].to_dict("records"), strict=True):
        reading = Reading(_instant(row["at"], number), _count(row["waiting"], "waiting", number, lowest=None))
        yield Report(reading, {column: _told(row[column], column, number) for column in told})


def _told(value: Any, column: str, number: int) -> Any:
    """Return what a cell tells; None where it is blank."""
    if _blank(value):
        return None
    if column in WHOLE_COLUMNS:
        return _count(value, column, number)
    if column == "mode":
        return _mode(value, number)
    return _flag(value, column, number) if column in COMMANDS else _amount(value, column, number)


def _refused(code: str, number: int, column: str, value: object, **fields: object) -> Refusal:
    return Refusal(say(code, cell=say("cell", row=number, column=column, value=value), **fields))


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


def _number(value: Any, column: str, number: int) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise _refused("cell.number", number, column, value) from error


def _count(value: Any, column: str, number: int, *, lowest: int | None = 0) -> int | None:
    if _blank(value):
        return None
    amount = _number(value, column, number)
    if not amount.is_integer() or (lowest is not None and amount < lowest):
        raise _refused("cell.whole" if lowest is None else "cell.count", number, column, value)
    return int(amount)


def _amount(value: Any, column: str, number: int) -> float:
    amount = _number(value, column, number)
    if not 0 <= amount < math.inf:
        raise _refused("cell.amount", number, column, value)
    return amount


def _mode(value: Any, number: int) -> str:
    mode = str(value).strip().lower()
    if mode not in MODE_WORDS:
        raise _refused("cell.none_of", number, "mode", value, known=list(MODE_WORDS))
    return mode


def _flag(value: Any, column: str, number: int) -> bool:
    word = str(value).strip().lower().removesuffix(".0")
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise _refused("cell.flag", number, column, value)
    return word in TRUE_WORDS
