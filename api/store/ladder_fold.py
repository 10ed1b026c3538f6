"""The log folded again: the same state and the same decisions, computed from the events alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import Engine, select

from api.store.codec import event_from_text, state_from_row, state_row
from api.store.database import reading
from api.store.ladder_rows import decision_row
from api.store.ladder_work import Decided
from api.store.tables import decisions, events, queues
from escalation.engine import initial_state, reduce
from escalation.events import Event, LadderChanged, Reading
from escalation.state import State

Stopped = Callable[[], bool]


class UnknownQueueError(LookupError):
    """No reading of that queue has ever arrived."""

    def __init__(self, queue: str) -> None:
        super().__init__(f"queue {queue!r} has never sent a reading")


def fold(engine: Engine, queue: str, *, stopped: Stopped = lambda: False) -> tuple[int, State, list[Decided]]:
    """Return version, state and every decision of `queue`, computed anew from the log alone.

    stopped
        Asked between events; once it says True the fold gives up.

    Raises
    ------
    UnknownQueueError
        If the log has nothing of that queue.
    InterruptedError
        If it was stopped.
    """
    version = 0
    state: State | None = None
    made: list[Decided] = []
    for seq, event in logged_events(engine, queue, stopped=stopped):
        if state is None:
            if not isinstance(event, LadderChanged):
                raise ValueError(f"the log of queue {queue!r} does not begin with its ladder")
            state = initial_state(event.ladder, queue=queue)
        state, decided = reduce(state, event)
        made.extend(Decided(seq, place, one) for place, one in enumerate(decided))
        version = seq
    if state is None:
        raise UnknownQueueError(queue)
    return version, state, made


def logged_events(engine: Engine, queue: str, *, stopped: Stopped = lambda: False) -> Iterator[tuple[int, Event]]:
    """Yield `(seq, event)` of everything logged of `queue`, in order."""
    wanted = select(events.c.seq, events.c.kind, events.c.body).where(events.c.queue == queue)
    with reading(engine) as connection:
        rows = connection.execution_options(yield_per=2000).execute(wanted.order_by(events.c.seq))
        for row in rows:
            if stopped():
                raise InterruptedError("the service is stopping")
            yield row.seq, logged_event(row.kind, row.body)


def logged_event(kind: str, body: str) -> Event:
    """Return the event of one row of the log."""
    if kind == "reading" and '"received_at"' in body:
        raw = json.loads(body)
        return Reading(datetime.fromisoformat(raw["at"]), raw["waiting"], datetime.fromisoformat(raw["received_at"]))
    return event_from_text(kind, body)


def differences(engine: Engine, queue: str, *, stopped: Stopped = lambda: False) -> list[str]:
    """Return where the log, folded again, and what is stored disagree; empty if they agree."""
    version, state, made = fold(engine, queue, stopped=stopped)
    with reading(engine) as connection:
        row = connection.execute(select(queues).where(queues.c.queue == queue)).one()
        wanted = select(decisions).where(decisions.c.queue == queue, decisions.c.seq <= version)
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
    folded = [decision_row(queue, *one) for one in made]
    if stored != folded:
        count = sum(1 for a, b in zip(stored, folded, strict=False) if a != b) + abs(len(stored) - len(folded))
        found.append(f"{count} of {len(stored)} decisions are not what the log gives")
    return found
