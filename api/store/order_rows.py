"""The orders as the store keeps them, open and closed, and the duty register made from them (N4)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from api.store.database import reading
from api.store.tables import decisions, events, instant, instant_text, orders

REGISTER_COLUMNS = (
    "badge", "date", "entry", "entry_zh", "queue", "role", "people", "started_at", "ended_at", "minutes", "order_id",
    "rule",
)  # fmt: skip


def stored_order(engine: Engine, queue: str, order_id: str) -> dict[str, Any] | None:
    """Return one order of `queue`, open or closed, or None."""
    wanted = select(orders).where(orders.c.queue == queue, orders.c.order_id == order_id)
    with reading(engine) as connection:
        row = connection.execute(wanted).first()
    return None if row is None else order_row_document(row)


def closed_by(engine: Engine, order_id: str) -> str:
    """Return the badge of whoever closed an order, empty where the ladder itself did."""
    wanted = select(decisions.c.actor).where(
        decisions.c.order_id == order_id, decisions.c.kind.in_(("declined", "release"))
    )
    with reading(engine) as connection:
        return connection.execute(wanted.order_by(decisions.c.id.desc()).limit(1)).scalar() or ""


def order_row_document(row: Any) -> dict[str, Any]:
    """Return a row of orders as plain JSON values."""
    found = dict(row._mapping)
    found["badges"] = json.loads(found["badges"])
    return found


def listed_orders(
    engine: Engine, queue: str, *, open_only: bool, limit: int, before: str | None = None
) -> list[dict[str, Any]]:
    """Return orders of `queue`, newest first, older than order `before`."""
    wanted = select(orders).where(orders.c.queue == queue)
    if open_only:
        wanted = wanted.where(orders.c.closed_at.is_(None))
    if before is not None:
        wanted = wanted.where(orders.c.order_id < before)
    wanted = wanted.order_by(orders.c.order_id.desc()).limit(limit)
    with reading(engine) as connection:
        return [order_row_document(row) for row in connection.execute(wanted)]


def sign_in_register(engine: Engine, *, start: datetime, end: datetime, zone: Any) -> list[dict[str, Any]]:
    """Return one line per person and order of `[start, end)`: temporary redeployment, or overtime.

    Overtime is what goes beyond a shift: standby called in, and inbound agents whose shift is lengthened.

    A person whose badge nobody told stands as an empty badge with the number of people. An order counts from the
    sign-in, where it was told, or from the order; it counts to its release, or is still running (no end).
    """
    wanted = select(orders).where(orders.c.ordered_at >= instant_text(start), orders.c.ordered_at < instant_text(end))
    with reading(engine) as connection:
        rows = list(connection.execute(wanted.order_by(orders.c.ordered_at, orders.c.order_id)))
    return [line for row in rows if row.status not in ("declined", "expired") for line in _register_lines(row, zone)]


def _register_lines(row: Any, zone: Any) -> list[dict[str, Any]]:
    started = instant(row.signed_in_at or row.ordered_at).astimezone(zone)
    ended = None if row.closed_at is None else instant(row.closed_at).astimezone(zone)
    overtime = row.action in {"call", "lengthen"}
    people = row.people_signed_in if row.people_signed_in is not None else row.people
    badges = json.loads(row.badges)[: people if people is not None else None] or [""]
    return [
        {
            "badge": badge,
            "date": started.date().isoformat(),
            "entry": "overtime" if overtime else "temporary redeployment",
            "entry_zh": "加班" if overtime else "临时调配",
            "queue": row.queue,
            "role": row.role,
            "people": 1 if badge else people,
            "started_at": started.isoformat(),
            "ended_at": None if ended is None else ended.isoformat(),
            "minutes": None if ended is None else round((ended - started).total_seconds() / 60, 1),
            "order_id": row.order_id,
            "rule": row.rule,
        }
        for badge in badges
    ]


def log_page(engine: Engine, queue: str, *, after: int, limit: int, kind: str | None = None) -> list[dict[str, Any]]:
    """Return logged events of `queue` with seq above `after`, oldest first, each with what it decided."""
    wanted = select(events).where(events.c.queue == queue, events.c.seq > after)
    if kind is not None:
        wanted = wanted.where(events.c.kind == kind)
    with reading(engine) as connection:
        rows = list(connection.execute(wanted.order_by(events.c.seq).limit(limit)))
        if not rows:
            return []
        made = select(decisions).where(
            decisions.c.queue == queue, decisions.c.seq >= rows[0].seq, decisions.c.seq <= rows[-1].seq
        )
        by_seq: dict[int, list[dict[str, Any]]] = {}
        for row in connection.execute(made.order_by(decisions.c.seq, decisions.c.place)):
            by_seq.setdefault(row.seq, []).append(decision_row_document(row))
    return [
        {
            "seq": row.seq,
            "kind": row.kind,
            "at": row.at,
            "received_at": row.received_at,
            "reading_id": row.reading_id,
            "actor": row.actor or "",
            "body": json.loads(row.body),
            "decisions": by_seq.get(row.seq, []),
        }
        for row in rows
    ]


def decision_row_document(row: Any) -> dict[str, Any]:
    """Return a row of decisions as plain JSON values, as `codec.decision_document` writes them."""
    found = dict(row._mapping)
    for name in ("id", "queue", "seq", "place"):
        found.pop(name)
    found["badges"] = json.loads(found["badges"])
    return found


def decisions_after(engine: Engine, queue: str, seq: int, *, limit: int = 1000) -> list[tuple[int, dict[str, Any]]]:
    """Return `(seq, decision)` of `queue` above `seq`, in order."""
    wanted = select(decisions).where(decisions.c.queue == queue, decisions.c.seq > seq)
    with reading(engine) as connection:
        rows = connection.execute(wanted.order_by(decisions.c.seq, decisions.c.place).limit(limit))
        return [(row.seq, decision_row_document(row)) for row in rows]


def decisions_between(engine: Engine, queue: str, *, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Return what was decided for `queue` in `[start, end)`, in the order of the log."""
    wanted = select(decisions).where(
        decisions.c.queue == queue, decisions.c.at >= instant_text(start), decisions.c.at < instant_text(end)
    )
    with reading(engine) as connection:
        rows = connection.execute(wanted.order_by(decisions.c.seq, decisions.c.place))
        return [decision_row_document(row) for row in rows]
