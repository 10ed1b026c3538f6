"""The ladder of every queue, kept: one transaction for what arrives together, an append-only log, and a snapshot.

    id check -> state -> reduce -> append events, decisions, orders, outbox -> snapshot

The snapshot only saves time: folding the log again gives the same state and the same orders (`ladder_fold`).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from api.sentences import say
from api.settings import Settings
from api.store import outbox_rows
from api.store.audit import AuditNote, write_note
from api.store.codec import book_text, state_from_row, state_row
from api.store.database import Prepared, reading, writing
from api.store.ladder_fold import UnknownQueueError, retired_queue, unknown_queue
from api.store.ladder_rows import decision_row, floor_beside_others, project_orders
from api.store.ladder_work import Answer, Arrival, Decided, LadderWork, NewReading, answer_given
from api.store.tables import decisions, events, instant, instant_text, orders, queues
from api.store.trouble import database_errors
from escalation.engine import reduce
from escalation.events import Event, KnownFault, LadderChanged, ModeChanged, PeopleChanged, Tick
from escalation.orders import Decision
from escalation.state import State, initial_state
from forecaster.messages import Refusal

logger = logging.getLogger("huawu.log")
FLOOR_LOCK = 7_108_552  # PostgreSQL's advisory lock while people are shared between queues
SETTINGS = "settings"  # the actor of what the settings say
Stored = dict[str | None, tuple[str, str]]
LogRows = list[dict[str, Any]]
Elsewhere = Callable[[], dict[str, str]]  # who serves another queue, and which: asked when it matters


class VersionMismatchError(Refusal):
    """The state has moved on since the caller saw it."""

    def __init__(self, expected: int, current: int) -> None:
        super().__init__(say("state.moved", current=current, expected=expected))
        self.current = current


def newest_readings(engine: Engine, settings: Settings) -> dict[str, datetime | None]:
    """Return when each declared or known queue that is not retired was last read, by name; None: it never spoke."""
    with reading(engine) as connection:
        rows = list(connection.execute(select(queues.c.queue, queues.c.at, queues.c.retired_at)))
    known = {row.queue: None if row.at is None else instant(row.at) for row in rows}
    retired = {row.queue for row in rows if row.retired_at is not None}
    return {queue: known.get(queue) for queue in sorted({*settings.queues, *known} - retired)}


class OpenOrdersError(Refusal):
    """A queue cannot be retired while orders of it are open."""


class LadderLog:
    """The ladders of all queues in one database. Safe to use from several threads and several processes."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine = engine
        self.settings = settings
        self.known: dict[str, tuple[int, State]] = {}
        self.listeners: list[Callable[[str, int, State, list[Decided]], None]] = []
        self._statements = _Statements(engine)
        # Two processes that begin the same queue at once collide: the driver's own word for it, and SQLAlchemy's.
        driver: Any = engine.dialect.dbapi
        self._collisions = (IntegrityError, driver.IntegrityError)
        self._database_errors = database_errors()

    # -- writing ------------------------------------------------------------------------------------------------

    def accept(self, queue: str, arrived: Sequence[NewReading], *, received_at: datetime) -> list[Answer]:
        """Take in readings of one queue, in their order, in one transaction; return one answer each."""
        arrival = Arrival(queue, arrived, received_at)
        try:
            return self._take_in([arrival])[0]
        except self._collisions:
            return self._take_in([arrival])[0]  # the other was first, and now the queue is there to be locked

    def accept_together(self, arrivals: Sequence[Arrival]) -> list[list[Answer] | Exception]:
        """Take in what arrived together in one transaction; return the answers of each arrival, or why it failed.

        Nothing is answered before everything is committed. An arrival that cannot be taken in is tried by itself, and
        then fails alone.
        """
        try:
            return list(self._take_in(arrivals))
        except self._database_errors as error:
            if not isinstance(error, self._collisions):
                return [error] * len(arrivals)  # one by one they would only wait as long again, each of them
        except Exception:
            logger.debug("%d arrivals could not be taken in together", len(arrivals), exc_info=True)
        return [self._alone(one) for one in arrivals]

    def _alone(self, one: Arrival) -> list[Answer] | Exception:
        try:
            return self.accept(one.queue, one.readings, received_at=one.received_at)
        except Exception as error:
            return error

    def _take_in(self, arrivals: Sequence[Arrival]) -> list[list[Answer]]:
        with self._transaction() as (connection, works):
            # Queues are locked in the order of their names, all of them before the first is worked on: no deadlock.
            stored = {}
            for place in sorted(range(len(arrivals)), key=lambda place: arrivals[place].queue):
                stored[place] = self._begin(connection, works, arrivals[place])
            return [self._one_arrival(connection, works, one, stored[place]) for place, one in enumerate(arrivals)]

    def _one_arrival(
        self, connection: Connection, works: dict[str, LadderWork], arrival: Arrival, stored: Stored
    ) -> list[Answer]:
        work = works[arrival.queue]
        answers = []
        for one in arrival.readings:
            before = None if one.reading_id is None else stored.get(one.reading_id)
            if before is None and one.reading_id is not None:
                before = work.taken.get(one.reading_id)  # twice in this very transaction
            if before is not None:
                answers.append(answer_given(one, before))
                continue
            answers.append(self._one_reading(connection, work, one, arrival.received_at))
        return answers

    def _one_reading(self, connection: Connection, work: LadderWork, one: NewReading, received_at: datetime) -> Answer:
        """Take in one reading with all it tells; who of the floor serves another queue by now is known before it."""

        def share() -> None:
            if work.state.book.floor.badges:
                self._share_people(connection, work, one.at, received_at)

        before = len(work.event_rows)
        answer = work.take(one, received_at, share=share)
        for row in work.event_rows[before:]:
            if row["kind"] in ("mode", "fault"):  # what calls people by itself is never told without a trace (L37)
                note = AuditNote(one.actor, f"{row['kind']}.told", work.queue, one.reason, row["body"], one.key_id)
                write_note(connection, note, at=received_at)
        return answer

    def act(
        self,
        queue: str,
        event: Event | Callable[[State, Elsewhere], Event],
        *,
        actor: str,
        received_at: datetime,
        expected_version: int | None = None,
        note: AuditNote | None = None,
    ) -> tuple[int, State, tuple[Decision, ...]]:
        """Apply one event that is not a reading; return version, state and what was decided.

        An event that changes nothing and says nothing leaves no trace. One that depends on the state as it stands, or
        on who serves another queue, is given as a function of both.

        Raises
        ------
        UnknownQueueError
            If the queue has no state and the event cannot begin one.
        VersionMismatchError
            If `expected_version` is given and is not the current one.
        """

        def attempt() -> tuple[int, State, tuple[Decision, ...]]:
            with self._transaction() as (connection, works):
                self._begin(connection, works, Arrival(queue, (), received_at))
                work = works[queue]
                is_new = work.old_book is None
                elsewhere = partial(self._elsewhere, connection, queue)
                happened = event(work.state, elsewhere) if callable(event) else event
                if is_new and not isinstance(happened, (PeopleChanged, ModeChanged, LadderChanged, KnownFault)):
                    raise UnknownQueueError(say("queue.silent", queue=queue))
                if not is_new and reduce(work.state, happened) == (work.state, ()):
                    # Said before: the answer is the same, whatever version the caller saw.
                    return work.version, work.state, ()
                if expected_version is not None and expected_version != work.version:
                    raise VersionMismatchError(expected_version, work.version)
                made = work.apply(happened, received_at=received_at, actor=actor)
                if note is not None:
                    write_note(connection, note, at=received_at)
                return work.version, work.state, made

        try:
            return attempt()
        except self._collisions:
            return attempt()

    def declare(self, queue: str, at: datetime, *, note: AuditNote) -> None:
        """Begin a queue by hand, or take up one that was retired; one that stands is left as it is (L36)."""
        with self._transaction() as (connection, works):
            self._begin(connection, works, Arrival(queue, (), at), begins=True)
            there = connection.execute(select(queues.c.retired_at).where(queues.c.queue == queue)).one_or_none()
            if there is not None and there.retired_at is None:
                return
            connection.execute(update(queues).where(queues.c.queue == queue).values(retired_at=None))
            write_note(connection, note, at=at)

    def retire(self, queue: str, at: datetime, *, note: AuditNote) -> None:
        """Let a queue stand no longer; its log stays.

        Raises
        ------
        UnknownQueueError
            If no such queue stands.
        OpenOrdersError
            If orders of it are open.
        """
        with self._transaction() as (connection, works):
            self._begin(connection, works, Arrival(queue, (), at))
            if works[queue].old_book is None:
                raise UnknownQueueError(say("queue.silent", queue=queue))
            if count := len(works[queue].state.book.orders):
                raise OpenOrdersError(say("queue.has_orders", queue=queue, count=count))
            change = update(queues).where(queues.c.queue == queue)
            connection.execute(change.values(retired_at=instant_text(at)))
            write_note(connection, note, at=at)
        self.known.pop(queue, None)

    def take_up_settings(self, at: datetime) -> list[str]:
        """Put the settings' ladder in force where the settings have changed (L29); return the queues it was done for.

        A ladder that somebody put in force by hand stands until the settings name another than they did before.
        """
        changed = []
        for queue in self.queue_names():
            wanted = self.settings.ladder_for(queue)
            if self.state(queue)[1].book.ladder.version == wanted.version:
                continue  # as nearly always: a log of a year is not searched for who said so
            ours = or_(events.c.actor.is_(None), events.c.actor == SETTINGS)
            last = select(events.c.body).where(events.c.queue == queue, events.c.kind == "ladder", ours)
            with reading(self.engine) as connection:
                body = connection.execute(last.order_by(events.c.seq.desc()).limit(1)).scalar()
            if body is None or json.loads(body)["ladder"]["version"] != wanted.version:
                self.act(queue, LadderChanged(at, wanted), actor=SETTINGS, received_at=at)
                changed.append(queue)
        return changed

    def tick(self, at: datetime) -> int:
        """Let time pass for every queue this process knows; return how many had something to say."""
        spoke, on_call = 0, self.settings.on_call_at(at)
        for queue, (_, state) in list(self.known.items()):
            event = Tick(at, on_call)
            after, said = reduce(state, event)
            if said or after.book is not state.book:
                try:
                    self.act(queue, event, actor="", received_at=at)
                except UnknownQueueError:  # another process has retired it
                    del self.known[queue]
                    continue
                spoke += bool(said)
        return spoke

    @contextmanager
    def _transaction(self) -> Iterator[tuple[Connection, dict[str, LadderWork]]]:
        """Yield a connection and the works to fill; write them and commit, then let the process know."""
        works: dict[str, LadderWork] = {}
        with writing(self.engine) as connection:
            yield connection, works
            written = [work for work in works.values() if work.event_rows]
            if written:
                self._write(connection, written)
        for work in works.values():
            self.known[work.queue] = (work.version, work.state)
        for work in written:
            for listener in self.listeners:
                listener(work.queue, work.version, work.state, work.decided)

    def _begin(
        self, connection: Connection, works: dict[str, LadderWork], arrival: Arrival, *, begins: bool = False
    ) -> Stored:
        """Lock the queue of an arrival, make its work unless it has one, and return what is kept under the ids.

        A queue that is not declared is refused unless `begins` declares it, and one that is retired in any case.
        """
        queue, ids = arrival.queue, [one.reading_id for one in arrival.readings if one.reading_id is not None]
        cursor = connection.connection.cursor()
        stored: Stored = {}
        single = {"queue": queue, "reading_id": ids[0] if len(ids) == 1 else None}
        row = self._statements.lock_and_check.run(cursor, single).fetchone()
        cursor.close()
        if row is not None and row[3] is not None and not begins:
            raise retired_queue(queue, row[3])
        if row is not None and row[1] is not None:
            stored[ids[0]] = (row[2], row[1])
        if row is not None and len(ids) > 1:
            wanted = select(events.c.reading_id, events.c.body, events.c.answer).where(
                events.c.queue == queue, events.c.reading_id.in_(ids)
            )
            stored = {row.reading_id: (row.body, row.answer) for row in connection.execute(wanted)}
        if queue not in works:
            works[queue] = self._work(connection, arrival, None if row is None else int(row[0]), begins=begins)
        return stored

    def _known_to(self, connection: Connection) -> set[str]:
        """Return the queues that are declared, here or by hand."""
        by_hand = select(queues.c.queue).where(queues.c.retired_at.is_(None))
        return {*self.settings.queues, *connection.execute(by_hand).scalars()}

    def not_there(self, queue: str) -> UnknownQueueError:
        """Return why a queue has no state: nobody declared it, it is retired, or it never spoke."""
        with reading(self.engine) as connection:
            since = connection.execute(select(queues.c.retired_at).where(queues.c.queue == queue)).scalar()
            if since is not None:
                return retired_queue(queue, since)
            if queue in self.settings.queues:
                return UnknownQueueError(say("queue.silent", queue=queue))
            return unknown_queue(queue, self._known_to(connection))

    def _work(self, connection: Connection, arrival: Arrival, version: int | None, *, begins: bool) -> LadderWork:
        queue = arrival.queue
        if version is None:
            if queue not in self.settings.queues and not begins:
                raise unknown_queue(queue, self._known_to(connection))
            ladder = self.settings.ladder_for(queue)
            work = LadderWork(queue, 0, initial_state(ladder, queue=queue), None)
            work.apply(LadderChanged(arrival.received_at, ladder), received_at=arrival.received_at)
            return work
        version, state = self._newest(connection, queue, version)
        return LadderWork(queue, version, state, state.book)

    def _newest(self, connection: Connection, queue: str, version: int) -> tuple[int, State]:
        """Return version and state of a queue of snapshot `version`, from memory unless another process moved it on."""
        known = self.known.get(queue)
        if known is None or known[0] != version:
            row = connection.execute(select(queues).where(queues.c.queue == queue)).one()
            known = self.known[queue] = (row.version, state_from_row(row))
        return known

    def _share_people(self, connection: Connection, work: LadderWork, at: datetime, received_at: datetime) -> None:
        """Tell the ladder who serves another queue by now (L24): only badges can be known to be the same person."""
        floor = work.state.book.floor
        shared = floor_beside_others(floor, set(self._elsewhere(connection, work.queue)))
        if shared != floor:
            work.apply(PeopleChanged(at, shared), received_at=received_at)

    def _elsewhere(self, connection: Connection, queue: str) -> dict[str, str]:
        """Return who is called by another queue's open orders, and by which; until the end of the transaction."""
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": FLOOR_LOCK})
        elsewhere = select(orders.c.badges, orders.c.queue).where(
            orders.c.closed_at.is_(None), orders.c.queue != queue, orders.c.badges != "[]"
        )
        return {badge: row.queue for row in connection.execute(elsewhere) for badge in json.loads(row.badges)}

    def _write(self, connection: Connection, works: Sequence[LadderWork]) -> None:
        cursor = connection.connection.cursor()
        self._statements.insert_event.run_many(cursor, [row for work in works for row in work.event_rows])
        hot: LogRows = []
        booked: LogRows = []
        new: LogRows = []
        for work in works:
            self._write_decisions(connection, work)
            row = {"queue": work.queue, "version": work.version, **state_row(work.state)}
            if work.state.book is work.old_book:
                hot.append(row)
            else:
                (new if work.old_book is None else booked).append({**row, "book": book_text(work.state.book)})
        for statement, rows in (
            (self._statements.update_queue, hot),
            (self._statements.update_queue_and_book, booked),
            (self._statements.insert_queue, new),
        ):
            if rows:
                statement.run_many(cursor, rows)
        cursor.close()

    def _write_decisions(self, connection: Connection, work: LadderWork) -> None:
        if not work.decided:
            return
        connection.execute(insert(decisions), [decision_row(work.queue, *one) for one in work.decided])
        project_orders(connection, work.queue, work.state, [one.decision for one in work.decided])
        received_at = datetime.fromisoformat(work.event_rows[-1]["received_at"])
        quiet = work.state.book.silence
        until = None if quiet is None else quiet.until
        outbox_rows.enqueue(
            connection, self.settings, work.queue, work.decided, received_at=received_at, silenced_until=until
        )

    # -- reading ------------------------------------------------------------------------------------------------

    def state(self, queue: str, *, standing: bool = False) -> tuple[int, State]:
        """Return version and state of `queue`, as committed.

        standing
            A retired queue has a state too, unless this is asked.

        Raises
        ------
        UnknownQueueError
            If there is no such queue.
        """
        with self.engine.connect() as connection:
            kept = connection.execute(select(queues.c.version, queues.c.retired_at).where(queues.c.queue == queue))
            version, retired_at = kept.one_or_none() or (None, None)
            if version is None or (standing and retired_at is not None):
                raise self.not_there(queue)
            return self._newest(connection, queue, version)

    def queue_names(self) -> list[str]:
        """Return every queue that has a state and is not retired, in the order of their names."""
        standing = select(queues.c.queue).where(queues.c.retired_at.is_(None)).order_by(queues.c.queue)
        with reading(self.engine) as connection:
            return list(connection.execute(standing).scalars())


class _Statements:
    """What every reading runs, compiled once for the database's own driver."""

    def __init__(self, engine: Engine) -> None:
        dialect = engine.dialect
        mine = (events.c.queue == bindparam("queue"), events.c.reading_id == bindparam("reading_id"))
        seen = select(events.c.answer).where(*mine).scalar_subquery()
        seen_body = select(events.c.body).where(*mine).scalar_subquery()
        check = select(queues.c.version, seen.label("answer"), seen_body.label("body"), queues.c.retired_at)
        check = check.where(queues.c.queue == bindparam("queue"))
        if dialect.name == "postgresql":
            check = check.with_for_update(of=queues)
        hot: dict[str, Any] = {name: bindparam(name) for name in ("version", "at", "waiting", "cell", "wake_at")}
        here = queues.c.queue == bindparam("queue")
        book: dict[str, Any] = {"book": bindparam("book")}
        columns = [column.name for column in events.columns if column.name != "id"]
        self.lock_and_check = Prepared(check, dialect)
        self.insert_event = Prepared(
            insert(events).inline().values({name: bindparam(name) for name in columns}), dialect
        )
        self.update_queue = Prepared(update(queues).where(here).values(hot), dialect)
        self.update_queue_and_book = Prepared(update(queues).where(here).values({**hot, **book}), dialect)
        new = {"queue": bindparam("queue"), **hot, **book}
        self.insert_queue = Prepared(insert(queues).values(new), dialect)
