"""What one transaction does to one queue: readings and acts reduced, and kept for the log until it is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from api.sentences import say
from api.store.codec import EVENT_NAMES, decision_document, event_text
from api.store.tables import instant_text
from escalation.engine import reduce
from escalation.events import Event, Reading
from escalation.orders import Decision
from escalation.report import Report, report_events
from escalation.state import Book, State


@dataclass(frozen=True, slots=True)
class NewReading:
    """One reading as it came in.

    told
        What else the reading says of the floor: columns as in a file of readings. None values say nothing.
    actor, reason, key_id
        Who tells it, by which key, and why a mode or a fault is told.
    """

    at: datetime
    waiting: int | None
    reading_id: str | None = None
    told: dict[str, Any] | None = None
    actor: str = ""
    reason: str = ""
    key_id: int | None = None

    def text(self) -> str:
        """Return the reading as canonical JSON: equal text is an equal reading."""
        plain = event_text(Reading(self.at, self.waiting))
        said = {key: value for key, value in (self.told or {}).items() if value is not None}
        return plain if not said else plain[:-1] + ',"told":' + json.dumps(said, sort_keys=True) + "}"


@dataclass(frozen=True, slots=True)
class Arrival:
    """The readings of one request: of one queue, in their order."""

    queue: str
    readings: Sequence[NewReading]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What one reading is answered with.

    status
        `accepted`, `late`, `missing`, `refused` or `conflict`; a reading sent again gets its first answer again.
    """

    status: str
    text: str
    repeated: bool = False


class Decided(NamedTuple):
    """One decision and its place in the log."""

    seq: int
    place: int
    decision: Decision


@dataclass(slots=True)
class LadderWork:
    """What one transaction collects of one queue before it writes.

    old_book
        The book as the snapshot has it; None for a queue that has no snapshot yet.
    taken
        Body and answer of the readings taken in, by their id.
    """

    queue: str
    version: int
    state: State
    old_book: Book | None
    event_rows: list[dict[str, Any]] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    taken: dict[str, tuple[str, str]] = field(default_factory=dict)

    def apply(
        self,
        event: Event,
        *,
        received_at: datetime,
        actor: str = "",
        reading_id: str | None = None,
        body: str | None = None,
    ) -> tuple[Decision, ...]:
        """Reduce by one event and keep it for the log, as `body` where that says more than the event itself."""
        self.state, made = reduce(self.state, event)
        self.version += 1
        self.event_rows.append(
            {
                "queue": self.queue,
                "seq": self.version,
                "kind": EVENT_NAMES[type(event)],
                "at": instant_text(event.at),
                "received_at": instant_text(received_at),
                "reading_id": reading_id,
                "body": event_text(event) if body is None else body,
                "answer": None,
                "actor": actor or None,
            }
        )
        for place, one in enumerate(made):
            self.decided.append(Decided(self.version, place, one))
        return made

    def take(self, one: NewReading, received_at: datetime, *, share: Callable[[], None]) -> Answer:
        """Reduce by one new reading and what it tells (L30), and return its answer with everything decided.

        share
            Called once the floor is told and before the reading counts, unless it comes too late or too early to count.
        """
        too_far_ahead = one.at > received_at + self.state.book.ladder.future_tolerance  # L27
        told_when = received_at if too_far_ahead else None
        reading = Reading(one.at, one.waiting, told_when)
        late = self.state.at is not None and one.at < self.state.at
        made: list[Decision] = []
        for event in report_events(self.state, Report(reading, one.told or {}, one.actor, one.reason)):
            if event is not reading:
                made += self.apply(event, received_at=received_at, actor=one.actor)
                continue
            if told_when is None and not late:
                share()
            body = _with_received(one.text(), told_when)
            said = self.apply(reading, received_at=received_at, reading_id=one.reading_id, body=body)
            row, status = self.event_rows[-1], _status(said)
            made += said
        shown = "[]" if not made else _json([decision_document(decision) for decision in made])
        answer = (
            f'{{"queue":{_json(self.queue)},"version":{self.version},"at":"{row["at"]}","status":"{status}",'
            f'"waiting":{"null" if one.waiting is None else one.waiting},"rung":{self.state.book.position},'
            f'"decisions":{shown}}}'
        )
        if one.reading_id is not None:
            row["answer"] = answer
            self.taken[one.reading_id] = (row["body"], answer)
        return Answer(status, answer)


def answer_given(one: NewReading, before: tuple[str, str]) -> Answer:
    """Return the stored answer if it is the same reading again, a conflict if it is another one (L26).

    `before` is the body and the answer kept under the reading's id.
    """
    body, answer = before
    same = one.text()
    if body == same or body.startswith(same[:-1] + ',"received_at"'):
        return Answer(json.loads(answer)["status"], answer, repeated=True)
    why = say("reading.other_body", reading=one.reading_id)
    said = {"status": "conflict", "at": instant_text(one.at), "reason": why.en, "reason_zh": why.zh}
    return Answer("conflict", json.dumps(said))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _with_received(body: str, received_at: datetime | None) -> str:
    """Return the reading's text with when it came, where that is why it was refused."""
    return body if received_at is None else f'{body[:-1]},"received_at":"{instant_text(received_at)}"}}'


def _status(made: Sequence[Decision]) -> str:
    for one in made:
        if one.kind == "late":
            return "late"
        if one.kind == "refused":
            return "missing" if one.code in ("missing", "negative") else one.code
    return "accepted"
