"""Events and the ladder's book as JSON text, and back, exactly."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from pydantic import TypeAdapter

from api.store.tables import instant, instant_text
from escalation import events
from escalation.ladder import DERIVED
from escalation.orders import Decision
from escalation.state import Book, State

EVENT_TYPES: dict[str, type[Any]] = {
    "reading": events.Reading,
    "tick": events.Tick,
    "acknowledge": events.Acknowledge,
    "decline": events.Decline,
    "signed_in": events.SignedIn,
    "taken_back": events.TakenBack,
    "override": events.TakenInHand,
    "people": events.PeopleChanged,
    "ladder": events.LadderChanged,
    "mode": events.ModeChanged,
    "fault": events.KnownFault,
    "silence": events.Silence,
    "delivered": events.Delivered,
}
EVENT_NAMES = {kind: name for name, kind in EVENT_TYPES.items()}
ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in EVENT_TYPES.values()}
BOOK = TypeAdapter(Book)


def event_text(event: events.Event) -> str:
    """Return the event as JSON text: the same event always gives the same text."""
    kind = type(event)
    if kind is events.Reading:  # by far the most frequent, and the simplest
        waiting = "null" if event.waiting is None else str(event.waiting)  # type: ignore[union-attr]
        return f'{{"at":"{instant_text(event.at)}","waiting":{waiting}}}'
    exclude = {"ladder": DERIVED} if kind is events.LadderChanged else None
    text: bytes = ADAPTERS[kind].dump_json(event, exclude=exclude)
    return text.decode()


def event_from_text(kind: str, text: str) -> events.Event:
    """Return the event that `event_text` wrote."""
    if kind == "reading":
        body = json.loads(text)
        received_at = body.get("received_at")
        return events.Reading(
            instant(body["at"]), body["waiting"], None if received_at is None else instant(received_at)
        )
    event: events.Event = ADAPTERS[EVENT_TYPES[kind]].validate_json(text)
    return event


def book_text(book: Book) -> str:
    """Return the book as JSON text."""
    return BOOK.dump_json(book, exclude={"ladder": DERIVED}).decode()


def book_from_text(text: str) -> Book:
    """Return the book that `book_text` wrote."""
    return BOOK.validate_json(text)


def state_row(state: State) -> dict[str, Any]:
    """Return the columns of the snapshot but for its book."""
    return {
        "at": None if state.at is None else instant_text(state.at),
        "waiting": state.waiting,
        "cell": state.cell,
        "wake_at": instant_text(state.wake_at),
    }


def state_from_row(row: Any) -> State:
    """Return the state that a row of `queues` keeps."""
    book = book_from_text(row.book)
    at = None if row.at is None else instant(row.at)
    return State(at, row.waiting, row.cell, instant(row.wake_at), book)


def state_text(state: State) -> str:
    """Return the whole state as JSON text."""
    return json.dumps({**state_row(state), "book": book_text(state.book)})


def state_from_text(text: str) -> State:
    """Return the state that `state_text` wrote."""
    return state_from_row(SimpleNamespace(**json.loads(text)))


def decision_document(one: Decision) -> dict[str, Any]:
    """Return the decision as plain JSON values."""
    return {
        "at": one.at.astimezone(UTC).isoformat(),
        "kind": one.kind,
        "rung": one.rung,
        "role": one.role,
        "people": one.people,
        "needed": one.needed,
        "code": one.code,
        "rule": one.rule,
        "reason": one.reason,
        "reason_zh": one.reason_zh,
        "order_id": one.order_id,
        "badges": list(one.badges),
        "actor": one.actor,
    }


def now() -> datetime:
    """Return the present instant in UTC: the one clock of the service."""
    return datetime.now(UTC)
