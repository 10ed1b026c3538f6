"""The log folded again: the same state and the same decisions, computed from the events alone."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, insert, select, text, update

from api.sentences import refusal, say
from api.store.codec import event_from_text, state_from_row, state_from_text, state_row, state_text
from api.store.database import put, reading, writing
from api.store.ladder_rows import decision_row
from api.store.ladder_work import Decided
from api.store.tables import checkpoints, decisions, events, facts, instant_text, queues
from escalation.engine import RULES_VERSION, reduce
from escalation.events import LadderChanged
from escalation.state import State, initial_state
from forecaster.messages import NOTHING, Refusal

Stopped = Callable[[], bool]
RULES_KIND = "rules"
RULES_LOCK = 7_108_553  # PostgreSQL's advisory lock while the rules are taken up


class UnknownQueueError(Refusal, LookupError):
    """There is no such queue, none any more, or none that has a state yet."""


def unknown_queue(queue: str, known: Iterable[str] = ()) -> UnknownQueueError:
    """Return the refusal of a queue nobody declared, with the nearest of those there are."""
    near = difflib.get_close_matches(queue, sorted(known), n=1, cutoff=0.6)
    meant = say("queue.nearest", queue=near[0]) if near else NOTHING
    return UnknownQueueError(say("queue.unknown", queue=queue, meant=meant))


def retired_queue(queue: str, since: str) -> UnknownQueueError:
    """Return the refusal of a queue that was retired."""
    return UnknownQueueError(say("queue.retired", queue=queue, since=since[:19] + "Z"))


@dataclass(frozen=True)
class Folded:
    """What the log gives by itself.

    version, state
        The newest entry and the state after it.
    made
        Every decision since `since`: the checkpoint begun at, or the entry with which the present rules came into force
        (0: the first).
    """

    version: int
    state: State
    made: list[Decided]
    since: int


@dataclass(frozen=True)
class Checkpoint:
    """An entry of the log, and the state after it, at which the log was found to give what is stored."""

    version: int
    state: State


def checkpoint_of(engine: Engine, queue: str) -> Checkpoint | None:
    """Return the queue's last checkpoint; None where there is none that this version can read."""
    wanted = select(checkpoints.c.seq, checkpoints.c.state).where(checkpoints.c.queue == queue)
    with reading(engine) as connection:
        row = connection.execute(wanted).one_or_none()
    try:
        return None if row is None else Checkpoint(row.seq, state_from_text(row.state))
    except (ValueError, AttributeError):  # of another version
        return None


def keep_checkpoint(engine: Engine, queue: str, at: Checkpoint, verified_at: datetime) -> None:
    """Let the next check begin at `at`, the queue's checkpoint from now on."""
    values = {"seq": at.version, "state": state_text(at.state), "verified_at": instant_text(verified_at)}
    with writing(engine) as connection:
        put(connection, checkpoints, {"queue": queue, **values})


def fold(
    engine: Engine,
    queue: str,
    *,
    begin: Checkpoint | None = None,
    until: int | None = None,
    stopped: Stopped = lambda: False,
) -> Folded:
    """Return the state and the decisions of `queue`, computed anew from the log alone.

    Where the ladder's own rules became others, the log has the state of that moment, and the fold goes on from there:
    what older rules decided stands as it was decided.

    begin
        Where to begin; by default with the first entry.
    until
        The last entry; by default the newest.
    stopped
        Asked between events; once it says True the fold gives up.

    Raises
    ------
    UnknownQueueError
        If the log has nothing of that queue.
    InterruptedError
        If it was stopped.
    """
    version = since = 0 if begin is None else begin.version
    state = None if begin is None else begin.state
    made: list[Decided] = []
    for seq, kind, body in _logged(engine, queue, after=version, until=until, stopped=stopped):
        version = seq
        if kind == RULES_KIND:
            state, made, since = state_from_text(body), [], seq
            continue
        event = event_from_text(kind, body)
        if state is None:
            if not isinstance(event, LadderChanged):
                raise refusal("log.no_ladder", queue=queue)
            state = initial_state(event.ladder, queue=queue)
        state, decided = reduce(state, event)
        made.extend(Decided(seq, place, one) for place, one in enumerate(decided))
    if state is None:
        raise unknown_queue(queue)
    return Folded(version, state, made, since)


def _logged(
    engine: Engine, queue: str, *, after: int, until: int | None, stopped: Stopped
) -> Iterator[tuple[int, str, str]]:
    """Yield `(seq, kind, body)` of what is logged of `queue` after entry `after`, up to `until`, in order."""
    wanted = select(events.c.seq, events.c.kind, events.c.body).where(events.c.queue == queue, events.c.seq > after)
    if until is not None:
        wanted = wanted.where(events.c.seq <= until)
    with reading(engine) as connection:
        rows = connection.execution_options(yield_per=2000).execute(wanted.order_by(events.c.seq))
        for row in rows:
            if stopped():
                raise InterruptedError("the service is stopping")
            yield row.seq, row.kind, row.body


def take_up_rules(engine: Engine, at: datetime) -> list[str]:
    """Keep every queue's state in its log where the database was last used under other rules; return the queues.

    From there on the log folds by the rules of this version.
    """
    done = []
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": RULES_LOCK})
        kept = connection.execute(select(facts.c.value).where(facts.c.name == RULES_KIND)).scalar()
        if kept == str(RULES_VERSION):
            return []
        for row in connection.execute(select(queues).with_for_update()).all():
            stamp, seq = instant_text(at), row.version + 1
            entry = {"queue": row.queue, "seq": seq, "kind": RULES_KIND, "at": stamp, "received_at": stamp}
            connection.execute(insert(events).values(**entry, body=state_text(state_from_row(row))))
            connection.execute(update(queues).where(queues.c.queue == row.queue).values(version=seq))
            done.append(row.queue)
        put(connection, facts, {"name": RULES_KIND, "value": str(RULES_VERSION)})
    return done


def differences(engine: Engine, queue: str, *, stopped: Stopped = lambda: False) -> list[str]:
    """Return where the whole log, folded again, and what is stored disagree; empty if they agree."""
    return _compared(engine, queue, fold(engine, queue, stopped=stopped))


def differences_since_checkpoint(
    engine: Engine, queue: str, at: datetime, *, stopped: Stopped = lambda: False
) -> list[str]:
    """Return where the log since its last checkpoint and what is stored disagree; where they agree, `at` is the next.

    The log itself is append-only: what was folded once need not be folded at every start.
    """
    begin = checkpoint_of(engine, queue)
    folded = fold(engine, queue, begin=begin, stopped=stopped)
    found = _compared(engine, queue, folded)
    if not found and (begin is None or begin.version < folded.version):
        keep_checkpoint(engine, queue, Checkpoint(folded.version, folded.state), at)
    return found


def _compared(engine: Engine, queue: str, folded: Folded) -> list[str]:
    version, state = folded.version, folded.state
    with reading(engine) as connection:
        row = connection.execute(select(queues).where(queues.c.queue == queue)).one()
        since = decisions.c.seq > folded.since
        wanted = select(decisions).where(decisions.c.queue == queue, since, decisions.c.seq <= version)
        stored = [dict(one._mapping) for one in connection.execute(wanted.order_by(decisions.c.seq, decisions.c.place))]
    found = []
    if row.version == version:
        if state_from_row(row).book != state.book:
            found.append("the book of the snapshot is not the log's")
        for key, value in state_row(state).items():
            if getattr(row, key) != value:
                found.append(f"{key}: snapshot {getattr(row, key)}, log {value}")
    for one in stored:
        one.pop("id")
    expected = [decision_row(queue, *one) for one in folded.made]
    if stored != expected:
        count = sum(1 for a, b in zip(stored, expected, strict=False) if a != b) + abs(len(stored) - len(expected))
        found.append(f"{count} of {len(stored)} decisions are not what the log gives")
    return found
