"""Anything that answers over HTTP, or lies as a CSV file: asked every few seconds, read by a map of fields."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from api.connectors.observation import Faults, Observation, Sink, look_forever
from api.sentences import refusal, say
from escalation.measures import SHARES
from escalation.report import COMMANDS, TOLD_COLUMNS
from forecaster.messages import quoted

TOLD = tuple(name for name in TOLD_COLUMNS if name not in COMMANDS)
FRACTIONS = {"calls_per_hour", "longest_wait_seconds", *SHARES}
MOST_COUNTED = 1_000_000
MOST_ANSWER_BYTES = 5_000_000
PATH_STEP = re.compile(r"([^.\[\]]+)(?:\[([^=\]]+)=([^\]]*)\])?(?:\.|$)")
TIME_UNITS = ("iso", "seconds", "milliseconds")


@dataclass(frozen=True)
class FieldMap:
    """Where a source keeps what a reading needs.

    rows
        Path to the list of queues in a JSON answer; empty: the answer is the list, or the one row.
    queue, waiting, at, told
        Paths within a row. A path is keys joined by dots; `Collections[Metric.Name=CONTACTS_IN_QUEUE].Value` picks the
        element of a list by a value inside it. `at` begins with `/` for a path from the answer's root; without it the
        moment of asking counts.
    at_unit
        `iso`, `seconds` or `milliseconds` since 1970.
    missing
        Values that mean "not known", besides null, empty and whatever is below 0.
    durations_in_milliseconds
        True if `aht_seconds` comes in milliseconds.
    names
        The service's queue name for each of the source's.
    """

    queue: str
    waiting: str
    rows: str = ""
    at: str = ""
    at_unit: str = "iso"
    told: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ("N/A", "NaN", "-")
    durations_in_milliseconds: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


def field_map(mapping: Mapping[str, Any], *, source: str = "field map") -> FieldMap:
    """Return the field map of a parsed TOML table.

    Raises
    ------
    ValueError
        Naming `source`, the key and what is wrong.
    """
    known = {one.name for one in fields(FieldMap)}
    for key in mapping:
        if key not in known:
            raise refusal("poller.key", source=source, key=key, known=sorted(known))
    for key in ("queue", "waiting"):
        if not isinstance(mapping.get(key), str) or not mapping[key]:
            raise refusal("poller.missing", source=source, key=key)
    if mapping.get("at_unit", "iso") not in TIME_UNITS:
        raise refusal("poller.unit", source=source, unit=mapping["at_unit"], known=TIME_UNITS)
    for key in mapping.get("told", {}):
        if key not in TOLD:
            raise refusal("poller.told", source=source, key=key, known=TOLD)
    return FieldMap(**{**mapping, "missing": tuple(mapping.get("missing", FieldMap.missing))})


def at_path(value: Any, path: str) -> Any:
    """Return what lies at `path` in `value`, or None."""
    for key, choose, wanted in PATH_STEP.findall(path):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
        if choose:
            elements = value if isinstance(value, list) else []
            value = next((one for one in elements if str(at_path(one, choose)) == wanted), None)
    return value


def observations(
    answer: Any, wanted: FieldMap, *, asked_at: datetime, unreadable: list[str] | None = None
) -> list[Observation]:
    """Return what a parsed answer says of every queue in it, in its order.

    unreadable
        Where it is given, rows that cannot be read are named there, and the others count.

    Raises
    ------
    ValueError
        If the rows are not where the map says, or a number or time cannot be read; naming row, path and value.
    """
    rows = at_path(answer, wanted.rows) if wanted.rows else answer
    if isinstance(rows, Mapping):
        rows = [rows]
    if not isinstance(rows, list):
        raise refusal("poller.no_list", path=quoted(wanted.rows) if wanted.rows else say("poller.root"))
    made = []
    for number, row in enumerate(rows, start=1):
        try:
            made.append(_observation(row, answer, wanted, number=number, asked_at=asked_at))
        except ValueError as error:
            if unreadable is None:
                raise
            unreadable.append(str(error))
    return made


def _observation(row: Any, answer: Any, wanted: FieldMap, *, number: int, asked_at: datetime) -> Observation:
    name = at_path(row, wanted.queue)
    if name is None:
        raise refusal("poller.no_queue", number=number, path=wanted.queue)
    at = _time(answer if wanted.at.startswith("/") else row, wanted, number=number) or asked_at
    waiting = _number(row, wanted.waiting, wanted, number=number)
    told: dict[str, Any] = {}
    for key, path in wanted.told.items():
        amount = _number(row, path, wanted, number=number)
        if amount is not None and key == "aht_seconds":
            told[key] = amount / 1000 if wanted.durations_in_milliseconds else amount
        elif amount is not None:
            told[key] = amount if key in FRACTIONS else int(amount)
    count = None if waiting is None else int(waiting)
    return Observation(wanted.names.get(str(name), str(name)), at, count, told)


def _number(row: Any, path: str, wanted: FieldMap, *, number: int) -> float | None:
    """Return the number at `path`; None where the source says it does not know."""
    value = at_path(row, path)
    if value is None or value == "" or str(value) in wanted.missing or isinstance(value, bool):
        return None
    try:
        amount = float(value)
    except (OverflowError, TypeError, ValueError) as error:
        raise refusal("poller.number", number=number, path=path, value=value) from error
    if amount > MOST_COUNTED:
        raise refusal("poller.too_many", number=number, path=path, value=value)
    return amount if amount >= 0 else None  # -1 is how many systems say "unknown"; NaN compares as false too


def _time(value: Any, wanted: FieldMap, *, number: int) -> datetime | None:
    if not wanted.at:
        return None
    found = at_path(value, wanted.at.lstrip("/"))
    if found is None or found == "":
        return None
    try:
        if wanted.at_unit == "iso":
            at = datetime.fromisoformat(str(found))
        else:
            at = datetime.fromtimestamp(float(found) / (1000 if wanted.at_unit == "milliseconds" else 1), UTC)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise refusal("poller.time", number=number, path=wanted.at, found=found, unit=wanted.at_unit) from error
    if at.tzinfo is None:
        raise refusal("poller.zone", number=number, path=wanted.at, found=found)
    return at.astimezone(UTC)


def parsed(text: str, *, kind: str) -> Any:
    """Return the rows of a CSV text, or the value of a JSON text (`kind` csv or json).

    Raises
    ------
    ValueError
        If it is neither.
    """
    if kind == "csv":
        return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise refusal("poller.json", cause=error) from error


@dataclass(frozen=True)
class Poll:
    """What to ask, and how to read the answer.

    url
        An http(s) address, or the path of a file.
    """

    url: str
    fields: FieldMap
    kind: str = "json"
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    every_seconds: float = 5.0


async def ask(
    poll: Poll,
    client: httpx.AsyncClient,
    *,
    clock: Callable[[], datetime],
    unreadable: list[str] | None = None,
) -> list[Observation]:
    """Return what the source says now; rows that cannot be read are named in `unreadable`, where it is given.

    Raises
    ------
    OSError, httpx.HTTPError, ValueError
        If it does not answer, or what it answers cannot be read.
    """
    asked_at = clock()
    if poll.url.startswith(("http://", "https://")):
        text = await _answer(poll, client)
    else:
        text = await asyncio.to_thread(_contents, Path(poll.url))
    return observations(parsed(text, kind=poll.kind), poll.fields, asked_at=asked_at, unreadable=unreadable)


async def _answer(poll: Poll, client: httpx.AsyncClient) -> str:
    body = bytearray()
    async with client.stream(poll.method, poll.url, headers=dict(poll.headers), content=poll.body) as answer:
        answer.raise_for_status()
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > MOST_ANSWER_BYTES:
                raise refusal("poller.long", source=poll.url, most=MOST_ANSWER_BYTES)
        return body.decode(answer.encoding or "utf-8", errors="replace")


def _contents(path: Path) -> str:
    if not path.is_file():
        raise OSError(f"{path} is no file")
    if path.stat().st_size > MOST_ANSWER_BYTES:
        raise refusal("poller.long", source=path, most=MOST_ANSWER_BYTES)
    return path.read_text("utf-8-sig")


async def run_forever(
    poll: Poll, client: httpx.AsyncClient, sink: Sink, *, clock: Callable[[], datetime], faults: Faults
) -> None:
    """Ask every `every_seconds` and tell `sink`, until cancelled; no answer is no reading, a bad row is that row's."""

    async def look() -> list[Observation]:
        unreadable: list[str] = []
        seen = await ask(poll, client, clock=clock, unreadable=unreadable)
        for one in unreadable:
            faults.note("unreadable row", one)
        return seen

    await look_forever(look, sink, every_seconds=poll.every_seconds, faults=faults)
