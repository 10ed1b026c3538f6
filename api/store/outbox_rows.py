"""Notifications waiting to be sent: of orders, written in the transaction that decided them, and of published plans."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select

from api.settings import Settings
from api.store.codec import decision_document
from api.store.database import put, reading, writing
from api.store.tables import facts, instant_text, outbox
from api.store.version_tables import publications, versions
from escalation.orders import Decision

PUBLISHED = "published"
NOTIFIED = ("order", "release", "repeat", "escalated")


def enqueue(
    connection: Connection,
    settings: Settings,
    queue: str,
    decided: Sequence[tuple[int, int, Decision]],
    *,
    received_at: datetime,
    silenced_until: datetime | None = None,
) -> None:
    """Put one notification per order and webhook into the outbox.

    What was decided long before it was received (a backlog replayed) is kept as `delayed`, what was decided in a
    silence as `silenced`; neither is pushed. What goes down the on-call list goes on that person's channel alone.
    """
    rows = []
    for seq, place, one in decided:
        if one.kind not in NOTIFIED:
            continue
        late = (received_at - one.at).total_seconds() > settings.delayed_after_seconds
        quiet = silenced_until is not None and one.at < silenced_until
        body = json.dumps({"queue": queue, "delayed": late, **decision_document(one)}, ensure_ascii=False)
        status = "delayed" if late else "silenced" if quiet else "pending"
        for channel, recipient in _receivers(settings, queue, one):
            key = f"{one.order_id}:{one.kind}:{seq}:{place}"
            rows.append(
                _row(key, queue, one.kind, channel, body, received_at)
                | {"order_id": one.order_id, "recipient": recipient, "status": status}
            )
    if rows:
        connection.execute(insert(outbox), rows)


def _row(key: str, queue: str, kind: str, channel: str, body: str, at: datetime) -> dict[str, Any]:
    """Return a notification to be sent from now on."""
    row = {"key": key, "queue": queue, "kind": kind, "webhook": channel, "body": body, "status": "pending"}
    stamp = instant_text(at)
    return row | {"created_at": stamp, "due_at": stamp, "order_id": "", "recipient": "", "attempts": 0, "error": ""}


def tell_published(engine: Engine, settings: Settings, at: datetime) -> int:
    """Put a notification of each plan published since the last look into the outbox; return how many plans.

    What was published before the first look is not told. Several processes may look: each plan is told once.
    """
    newest = select(func.max(publications.c.id))
    wanted = select(publications, versions.c.kind, versions.c.queue, versions.c.month).join_from(publications, versions)
    with reading(engine) as connection:
        last = connection.execute(newest).scalar() or 0
        told = connection.execute(select(facts.c.value).where(facts.c.name == PUBLISHED)).scalar()
    if told == str(last):
        return 0
    with writing(engine) as connection:
        kept = select(facts.c.value).where(facts.c.name == PUBLISHED).with_for_update()
        told = connection.execute(kept).scalar()
        if told is not None and int(told) >= last:  # another process was first
            return 0
        put(connection, facts, {"name": PUBLISHED, "value": str(last)})
        if told is None:
            return 0
        new = wanted.where(publications.c.id > int(told), publications.c.id <= last).order_by(publications.c.id)
        plans = [
            (plan, list(rows))
            for plan, rows in groupby(
                connection.execute(new), key=lambda row: (row.queue, row.month, row.published_at, row.published_by)
            )
        ]
        for (queue, month, published_at, published_by), rows in plans:
            body = {
                "kind": PUBLISHED,
                "queue": queue,
                "month": month,
                "published_at": published_at,
                "published_by": published_by,
                "why": rows[0].why,
                "versions": [row.version_id for row in rows],
                "supersedes": [row.supersedes for row in rows if row.supersedes],
            }
            text = json.dumps(body, ensure_ascii=False)
            hooks = [h for h in settings.webhooks if h.published and (not h.queues or queue in h.queues)]
            sent = [_row(f"{PUBLISHED}:{rows[0].id}", queue, PUBLISHED, hook.name, text, at) for hook in hooks]
            if sent:
                connection.execute(insert(outbox), sent)
    return len(plans)


def _receivers(settings: Settings, queue: str, one: Decision) -> list[tuple[str, str]]:
    """Return the channels a decision goes on, each with the address where it is somebody's own."""
    if one.kind == "escalated":
        return settings.channels_of(one.actor, one.at)
    return [(hook.name, "") for hook in settings.webhooks if hook.orders and (not hook.queues or queue in hook.queues)]
