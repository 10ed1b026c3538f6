"""The ladder of every queue, kept: one transaction per request, an append-only log, and a snapshot to start from.

    id check -> state -> reduce -> append events, decisions, orders, outbox -> snapshot

The snapshot only saves time: folding the log again gives the same state and the same orders.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from api.settings import Settings
from api.store import outbox_rows
from api.store.audit import AuditNote, write_note
from api.store.codec import (
    KIND_OF,
    book_text,
    decision_document,
    event_from_text,
    event_text,
    state_from_row,
    state_row,
)
from api.store.database import reading, writing
from api.store.ladder_rows import decision_row, project_orders, shared_floor, told_events
from api.store.tables import decisions, events, instant_text, orders, queues
from escalation.engine import initial_state, reduce
from escalation.events import (
    Event,
    KnownFault,
    LadderChanged,
    ModeChanged,
    PeopleChanged,
    Reading,
    Tick,
)
from escalation.orders import Decision
from escalation.state import State

FLOOR_LOCK = 7_108_552  # PostgreSQL's advisory lock while people are shared between queues


class VersionMismatchError(Exception):
    """The state has moved on since the caller saw it."""

    def __init__(self, expected: int, current: int) -> None:
        super().__init__(f"the state is at version {current}, not {expected}: read it again")
        self.current = current


class UnknownQueueError(LookupError):
    """No reading of that queue has ever arrived."""

    def __init__(self, queue: str) -> None:
        super().__init__(f"queue {queue!r} has never sent a reading")


@dataclass(frozen=True)
class NewReading:
    """One reading as it came in.

    told
        What else the reading says of the floor: columns as in a file of readings. None values say nothing.
    """

    at: datetime
    waiting: int | None
    reading_id: str | None = None
    told: dict[str, Any] | None = None

    def text(self) -> str:
        """Return the reading as canonical JSON: equal text is an equal reading."""
        plain = event_text(Reading(self.at, self.waiting))
        said = {key: value for key, value in (self.told or {}).items() if value is not None}
        return plain if not said else plain[:-1] + ',"told":' + json.dumps(said, sort_keys=True) + "}"


@dataclass(frozen=True)
class Answer:
    """What one reading is answered with.

    status
        `accepted`, `late`, `missing`, `refused` or `conflict`; a reading sent again gets its first answer again.
    """

    status: str
    text: str
    repeated: bool = False


@dataclass
class _Work:
    """What one transaction collects before it writes."""

    queue: str
    version: int
    state: State
    received_at: datetime
    is_new: bool = False
    old_book: Any = None
    event_rows: list[dict[str, Any]] | None = None
    decided: list[tuple[int, int, Decision]] | None = None

    def apply(self, event: Event, *, actor: str = "", reading_id: str | None = None) -> tuple[Decision, ...]:
        """Reduce by one event and keep it for the log."""
        self.state, made = reduce(self.state, event)
        self.version += 1
        assert self.event_rows is not None
        assert self.decided is not None
        self.event_rows.append(
            {
                "queue": self.queue,
                "seq": self.version,
                "kind": KIND_OF[type(event)],
                "at": instant_text(event.at),
                "received_at": instant_text(self.received_at),
                "reading_id": reading_id,
                "body": event_text(event),
                "answer": None,
                "actor": actor or None,
            }
        )
        self.decided.extend((self.version, place, one) for place, one in enumerate(made))
        return made


class LadderLog:
    """The ladders of all queues in one database. Safe to use from several threads and several processes."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine = engine
        self.settings = settings
        self.known: dict[str, tuple[int, State]] = {}
        self.closing = False
        self.listeners: list[Callable[[str, int, State, list[tuple[int, int, Decision]]], None]] = []
        lock = engine.dialect.name == "postgresql"
        seen = (
            select(events.c.answer)
            .where(events.c.queue == bindparam("queue"), events.c.reading_id == bindparam("reading_id"))
            .scalar_subquery()
        )
        seen_body = (
            select(events.c.body)
            .where(events.c.queue == bindparam("queue"), events.c.reading_id == bindparam("reading_id"))
            .scalar_subquery()
        )
        version = select(queues.c.version).where(queues.c.queue == bindparam("queue"))
        self._lock_version = version.with_for_update() if lock else version
        first = select(queues.c.version, seen.label("answer"), seen_body.label("body"))
        first = first.where(queues.c.queue == bindparam("queue"))
        self._lock_and_check = first.with_for_update(of=queues) if lock else first
        self._insert_event = insert(events).inline()
        hot: dict[str, Any] = {
            name: bindparam(f"new_{name}") for name in ("version", "at", "waiting", "cell", "wake_at")
        }
        here = queues.c.queue == bindparam("here")
        self._update = update(queues).where(here).values(**hot)
        self._update_book = update(queues).where(here).values(**hot, book=bindparam("new_book"))

    # -- writing ------------------------------------------------------------------------------------------------

    def accept(self, queue: str, arrived: Sequence[NewReading], *, received_at: datetime) -> list[Answer]:
        """Take in readings of one queue, in their order, in one transaction; return one answer each."""

        def work(connection: Connection) -> tuple[_Work, list[Answer]]:
            if len(arrived) == 1:
                job, stored = self._begin(connection, queue, received_at, arrived[0].reading_id)
                known = {} if stored is None else {arrived[0].reading_id: stored}
            else:
                job, _ = self._begin(connection, queue, received_at)
                known = self._stored(connection, queue, [one.reading_id for one in arrived if one.reading_id])
            answers = []
            for one in arrived:
                before = None if one.reading_id is None else known.get(one.reading_id)
                answer = _repeated(one, before) if before is not None else self._one(connection, job, one)
                if before is None and one.reading_id is not None and job.event_rows:
                    known[one.reading_id] = (job.event_rows[-1]["body"], answer.text)
                answers.append(answer)
            return job, answers

        answers: list[Answer] = self._transact(queue, work)[1]
        return answers

    def act(
        self,
        queue: str,
        event: Event,
        *,
        actor: str,
        received_at: datetime,
        expected_version: int | None = None,
        note: AuditNote | None = None,
    ) -> tuple[int, State, tuple[Decision, ...]]:
        """Apply one event that is not a reading; return version, state and what was decided.

        An event that changes nothing and says nothing leaves no trace.

        Raises
        ------
        UnknownQueueError
            If the queue has no state and the event cannot begin one.
        VersionMismatchError
            If `expected_version` is given and is not the current one.
        """

        def work(connection: Connection) -> tuple[_Work, tuple[Decision, ...]]:
            job, _ = self._begin(connection, queue, received_at)
            if job.is_new and not isinstance(event, (PeopleChanged, ModeChanged, LadderChanged, KnownFault)):
                raise UnknownQueueError(queue)
            if not job.is_new and reduce(job.state, event) == (job.state, ()):
                return job, ()  # said before: the answer is the same, whatever version the caller saw
            if expected_version is not None and expected_version != job.version:
                raise VersionMismatchError(expected_version, job.version)
            made = job.apply(event, actor=actor)
            if note is not None:
                write_note(connection, note, at=received_at)
            return job, made

        job, made = self._transact(queue, work)
        return job.version, job.state, made

    def tick(self, at: datetime) -> int:
        """Let time pass for every queue this process knows; return how many had something to say."""
        spoke = 0
        for queue, (_, state) in list(self.known.items()):
            if reduce(state, Tick(at))[1]:
                self.act(queue, Tick(at), actor="", received_at=at)
                spoke += 1
        return spoke

    def _transact(self, queue: str, work: Callable[[Connection], tuple[_Work, Any]]) -> tuple[_Work, Any]:
        try:
            return self._attempt(queue, work)
        except IntegrityError:
            # Two processes began the same queue at once; the other was first, and now it is there to be locked.
            return self._attempt(queue, work)

    def _attempt(self, queue: str, work: Callable[[Connection], tuple[_Work, Any]]) -> tuple[_Work, Any]:
        with writing(self.engine) as connection:
            job, result = work(connection)
            if job.event_rows:
                self._write(connection, job)
        self.known[queue] = (job.version, job.state)
        if job.event_rows:
            for listener in self.listeners:
                listener(queue, job.version, job.state, job.decided or [])
        return job, result

    def _begin(
        self, connection: Connection, queue: str, received_at: datetime, reading_id: str | None = None
    ) -> tuple[_Work, tuple[str, str] | None]:
        """Lock the queue and return its work, with the stored body and answer of `reading_id` if it was here."""
        stored = None
        if reading_id is None:
            version = connection.execute(self._lock_version, {"queue": queue}).scalar()
        else:
            row = connection.execute(self._lock_and_check, {"queue": queue, "reading_id": reading_id}).first()
            version = None if row is None else row.version
            stored = None if row is None or row.answer is None else (row.body, row.answer)
        if version is None:
            ladder = self.settings.ladder_for(queue)
            job = _Work(queue, 0, initial_state(ladder, queue=queue), received_at, True, None, [], [])
            job.apply(LadderChanged(received_at, ladder))
            return job, None
        known = self.known.get(queue)
        if known is None or known[0] != version:
            row = connection.execute(select(queues).where(queues.c.queue == queue)).one()
            known = (row.version, state_from_row(row))
        return _Work(queue, known[0], known[1], received_at, False, known[1].book, [], []), stored

    def _stored(self, connection: Connection, queue: str, ids: list[str]) -> dict[str | None, tuple[str, str]]:
        if not ids:
            return {}
        wanted = select(events.c.reading_id, events.c.body, events.c.answer).where(
            events.c.queue == queue, events.c.reading_id.in_(ids)
        )
        return {row.reading_id: (row.body, row.answer) for row in connection.execute(wanted)}

    def _one(self, connection: Connection, job: _Work, one: NewReading) -> Answer:
        """Reduce by one new reading and what it tells of the floor, and return its answer."""
        assert job.event_rows is not None
        refused = one.at > job.received_at + job.state.book.ladder.future_tolerance
        counts = not refused and (job.state.at is None or one.at >= job.state.at)
        if counts and one.told:
            for event in told_events(job.state, one.at, one.told):
                job.apply(event)
        if counts and job.state.book.floor.badges:
            self._share_people(connection, job, one.at)
        received_at = job.received_at if refused else None
        made = job.apply(Reading(one.at, one.waiting, received_at), reading_id=one.reading_id)
        status = _status(made)
        body = {
            "queue": job.queue,
            "version": job.version,
            "at": instant_text(one.at),
            "status": status,
            "waiting": one.waiting,
            "rung": job.state.book.position,
            "decisions": [decision_document(decision) for decision in made],
        }
        answer = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        job.event_rows[-1]["body"] = _with_received(one.text(), received_at)
        job.event_rows[-1]["answer"] = answer if one.reading_id is not None else None
        return Answer(status, answer)

    def _share_people(self, connection: Connection, job: _Work, at: datetime) -> None:
        """Tell the ladder who serves another queue by now (L24): only badges can be known to be the same person."""
        floor = job.state.book.floor
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": FLOOR_LOCK})
        elsewhere = select(orders.c.badges).where(
            orders.c.closed_at.is_(None), orders.c.queue != job.queue, orders.c.badges != "[]"
        )
        taken = {badge for row in connection.execute(elsewhere) for badge in json.loads(row.badges)}
        shared = shared_floor(floor, taken)
        if shared != floor:
            job.apply(PeopleChanged(at, shared))

    def _write(self, connection: Connection, job: _Work) -> None:
        assert job.event_rows is not None
        connection.execute(self._insert_event, job.event_rows if len(job.event_rows) > 1 else job.event_rows[0])
        if job.decided:
            rows = [decision_row(job.queue, seq, place, one) for seq, place, one in job.decided]
            connection.execute(insert(decisions), rows)
            project_orders(connection, job.queue, job.state, [one for _, _, one in job.decided])
            outbox_rows.enqueue(connection, self.settings, job.queue, job.decided, received_at=job.received_at)
        row = state_row(job.state)
        if job.is_new:
            connection.execute(
                insert(queues), {"queue": job.queue, "version": job.version, "book": book_text(job.state.book), **row}
            )
            return
        values = {f"new_{key}": value for key, value in row.items()}
        values |= {"here": job.queue, "new_version": job.version}
        if job.state.book is job.old_book:
            connection.execute(self._update, values)
        else:
            connection.execute(self._update_book, {**values, "new_book": book_text(job.state.book)})

    # -- reading ------------------------------------------------------------------------------------------------

    def state(self, queue: str) -> tuple[int, State]:
        """Return version and state of `queue`, as committed.

        Raises
        ------
        UnknownQueueError
            If there is no such queue.
        """
        with self.engine.connect() as connection:
            return self.state_in(connection, queue)

    def state_in(self, connection: Connection, queue: str) -> tuple[int, State]:
        """Return version and state of `queue` on an open connection."""
        known = self.known.get(queue)
        version = connection.execute(select(queues.c.version).where(queues.c.queue == queue)).scalar()
        if version is None:
            raise UnknownQueueError(queue)
        if known is None or known[0] != version:
            row = connection.execute(select(queues).where(queues.c.queue == queue)).one()
            known = (row.version, state_from_row(row))
            self.known[queue] = known
        return known

    def queue_names(self) -> list[str]:
        """Return every queue that has a state, in the order of their names."""
        with reading(self.engine) as connection:
            return list(connection.execute(select(queues.c.queue).order_by(queues.c.queue)).scalars())

    def fold(self, queue: str) -> tuple[int, State, list[tuple[int, int, Decision]]]:
        """Return version, state and every decision, computed anew from the log alone.

        Raises
        ------
        UnknownQueueError
            If the log has nothing of that queue.
        """
        version = 0
        state: State | None = None
        made: list[tuple[int, int, Decision]] = []
        for seq, event in self.logged_events(queue):
            if state is None:
                if not isinstance(event, LadderChanged):
                    raise ValueError(f"the log of queue {queue!r} does not begin with its ladder")
                state = initial_state(event.ladder, queue=queue)
            state, decided = reduce(state, event)
            made.extend((seq, place, one) for place, one in enumerate(decided))
            version = seq
        if state is None:
            raise UnknownQueueError(queue)
        return version, state, made

    def logged_events(self, queue: str) -> Iterator[tuple[int, Event]]:
        """Yield `(seq, event)` of everything logged of `queue`, in order."""
        wanted = select(events.c.seq, events.c.kind, events.c.body).where(events.c.queue == queue)
        with reading(self.engine) as connection:
            rows = connection.execution_options(yield_per=2000).execute(wanted.order_by(events.c.seq))
            for row in rows:
                if self.closing:
                    raise InterruptedError("the service is stopping")
                yield row.seq, logged_event(row.kind, row.body)

    def differences(self, queue: str) -> list[str]:
        """Return where the log, folded again, and what is stored disagree; empty if they agree."""
        version, state, made = self.fold(queue)
        with reading(self.engine) as connection:
            row = connection.execute(select(queues).where(queues.c.queue == queue)).one()
            wanted = select(decisions).where(decisions.c.queue == queue, decisions.c.seq <= version)
            stored = [
                dict(one._mapping) for one in connection.execute(wanted.order_by(decisions.c.seq, decisions.c.place))
            ]
        found = []
        if row.version == version:
            if book_text(state.book) != row.book:
                found.append("the book of the snapshot is not the log's")
            found += [f"{key}: snapshot {getattr(row, key)}, log {value}" for key, value in state_row(state).items() if getattr(row, key) != value]  # fmt: skip # noqa: E501
        for one in stored:
            one.pop("id")
        folded = [decision_row(queue, seq, place, one) for seq, place, one in made]
        if stored != folded:
            count = sum(1 for a, b in zip(stored, folded, strict=False) if a != b) + abs(len(stored) - len(folded))
            found.append(f"{count} of {len(stored)} decisions are not what the log gives")
        return found


def logged_event(kind: str, body: str) -> Event:
    """Return the event of one row of the log."""
    if kind == "reading" and '"received_at"' in body:
        raw = json.loads(body)
        return Reading(datetime.fromisoformat(raw["at"]), raw["waiting"], datetime.fromisoformat(raw["received_at"]))
    return event_from_text(kind, body)


def _with_received(body: str, received_at: datetime | None) -> str:
    """Return the reading's text with when it came, where that is why it was refused."""
    return body if received_at is None else f'{body[:-1]},"received_at":"{instant_text(received_at)}"}}'


def _repeated(one: NewReading, before: tuple[str, str]) -> Answer:
    """Return the stored answer if it is the same reading again, a conflict if it is another one (L26)."""
    body, answer = before
    same = one.text()
    if body == same or body.startswith(same[:-1] + ',"received_at"'):
        return Answer(json.loads(answer)["status"], answer, repeated=True)
    said = {
        "status": "conflict",
        "at": instant_text(one.at),
        "detail": f"reading {one.reading_id!r} was sent before with another body",
    }
    return Answer("conflict", json.dumps(said))


def _status(made: Sequence[Decision]) -> str:
    for one in made:
        if one.kind == "late":
            return "late"
        if one.kind == "refused":
            return "missing" if one.code in ("missing", "negative") else one.code
    return "accepted"
