"""What is kept for how long: what is older is taken out of the database by rule, noted in the audit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, delete, func, select, text, update

from api.settings import Retention
from api.store.audit import AuditNote, write_note
from api.store.codec import state_text
from api.store.database import reading, writing
from api.store.ladder_fold import RULES_KIND, fold
from api.store.planning_tables import FINISHED, jobs
from api.store.tables import decisions, events, instant_text, links, outbox, queues

ROWS_PURGED_AT_ONCE = 5_000  # readings wait for a transaction of these for some hundredths of a second


def outdated(engine: Engine, kept: Retention, at: datetime) -> dict[str, int]:
    """Return how many rows of each table `purge` would take out at `at`."""
    with reading(engine) as connection:
        counts = {table.name: _count(connection, table, rows) for table, rows in _plain(kept, at)}
        for queue, cut in _cuts(connection, kept, at).items():
            for table in (events, decisions):
                older = and_(table.c.queue == queue, table.c.seq < cut)
                counts[table.name] = counts.get(table.name, 0) + _count(connection, table, older)
    return counts


def purge(engine: Engine, kept: Retention, at: datetime, *, actor: str = "") -> dict[str, int]:
    """Take out what is older than is kept, and return how many rows of each table went.

    A queue's log afterwards begins with the state at the last entry that is older: it folds to what it folded to.
    Orders, handovers, published versions and the audit stay. A few thousand rows go at a time, so that readings do not
    wait; what is broken off is taken up by the next call.
    """
    gone: dict[str, int] = {}
    with reading(engine) as connection:
        cuts = _cuts(connection, kept, at)
    for queue, cut in cuts.items():
        _begin_with_state(engine, queue, cut)
        for table in (events, decisions):
            older = and_(table.c.queue == queue, table.c.seq < cut)
            gone[table.name] = gone.get(table.name, 0) + _take_out(engine, table, older)
    for table, rows in _plain(kept, at):
        gone[table.name] = _take_out(engine, table, rows)
    if any(gone.values()):
        note = AuditNote(actor, "database.purge", ", ".join(sorted(cuts)), detail=json.dumps(gone))
        with writing(engine) as connection:
            write_note(connection, note, at=at)
    return gone


def _plain(kept: Retention, at: datetime) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Yield the tables whose rows go by age alone, and which rows these are."""
    if kept.messages_days:
        before = instant_text(at - timedelta(days=kept.messages_days))
        yield outbox, and_(outbox.c.status != "pending", outbox.c.created_at < before)
        yield links, links.c.expires_at < before
    if kept.jobs_days:
        before = instant_text(at - timedelta(days=kept.jobs_days))
        yield jobs, and_(jobs.c.state.in_(FINISHED), jobs.c.created_at < before)


def _cuts(connection: Connection, kept: Retention, at: datetime) -> dict[str, int]:
    """Return, by queue, the last log entry that is older than is kept; the newest entry always stays."""
    if not kept.log_days:
        return {}
    before = instant_text(at - timedelta(days=kept.log_days))
    last = select(events.c.queue, func.max(events.c.seq).label("cut"))
    last = last.join(queues, queues.c.queue == events.c.queue)
    last = last.where(events.c.received_at < before, events.c.seq < queues.c.version).group_by(events.c.queue)
    found = {row.queue: row.cut for row in connection.execute(last)}
    first = select(events.c.queue, func.min(events.c.seq).label("first")).group_by(events.c.queue)
    begins = {row.queue: row.first for row in connection.execute(first)}
    return {queue: cut for queue, cut in found.items() if cut > begins[queue]}


def _begin_with_state(engine: Engine, queue: str, cut: int) -> None:
    """Put the state after entry `cut` in its place: from there the log folds, whatever stands before it or is gone."""
    with reading(engine) as connection:
        wanted = select(events.c.kind).where(events.c.queue == queue, events.c.seq == cut)
        if connection.execute(wanted).scalar() == RULES_KIND:
            return
    body = state_text(fold(engine, queue, until=cut).state)
    entry = update(events).where(events.c.queue == queue, events.c.seq == cut)
    with writing(engine) as connection, _unguarded(connection, events):
        connection.execute(entry.values(kind=RULES_KIND, body=body, answer=None, reading_id=None, actor=None))


def _take_out(engine: Engine, table: Table, rows: ColumnElement[bool]) -> int:
    """Delete the rows, the newest first: a log that is broken off still folds, from its beginning and from the cut."""
    count, key = 0, next(iter(table.primary_key))
    while True:
        some = select(key).where(rows).order_by(key.desc()).limit(ROWS_PURGED_AT_ONCE)
        with writing(engine) as connection, _unguarded(connection, table):
            gone = connection.execute(delete(table).where(key.in_(some.scalar_subquery()))).rowcount
        count += gone
        if gone < ROWS_PURGED_AT_ONCE:
            return count


def _count(connection: Connection, table: Table, rows: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(rows)).scalar_one())


@contextmanager
def _unguarded(connection: Connection, table: Table) -> Iterator[None]:
    """Lift the database's own guard of an append-only table within this transaction; others meet it all along."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER USER"))
        yield
        connection.execute(text(f"ALTER TABLE {table.name} ENABLE TRIGGER USER"))
        return
    wanted = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    guards = list(connection.execute(wanted, {"table": table.name}))
    for guard in guards:
        connection.execute(text(f"DROP TRIGGER {guard.name}"))
    yield
    for guard in guards:
        connection.exec_driver_sql(guard.sql)
