"""Order notifications waiting to be sent, written in the transaction that decided them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from api.settings import Settings
from api.store.codec import decision_document
from api.store.tables import instant_text, outbox
from escalation.orders import Decision

NOTIFIED = ("order", "release", "repeat", "escalated")


def enqueue(
    connection: Connection,
    settings: Settings,
    queue: str,
    decided: Sequence[tuple[int, int, Decision]],
    *,
    received_at: datetime,
    silenced_until: datetime | None = None,
) -> int:
    """Put one notification per order and webhook into the outbox; return how many.

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
            rows.append(
                {
                    "key": f"{one.order_id}:{one.kind}:{seq}:{place}",
                    "order_id": one.order_id,
                    "queue": queue,
                    "kind": one.kind,
                    "webhook": channel,
                    "recipient": recipient,
                    "body": body,
                    "status": status,
                    "created_at": instant_text(received_at),
                    "due_at": instant_text(received_at),
                    "attempts": 0,
                    "error": "",
                }
            )
    if rows:
        connection.execute(insert(outbox), rows)
    return len(rows)


def _receivers(settings: Settings, queue: str, one: Decision) -> list[tuple[str, str]]:
    """Return the channels a decision goes on, each with the address where it is somebody's own."""
    if one.kind == "escalated":
        return settings.channels_of(one.actor, one.at)
    return [(hook.name, "") for hook in settings.webhooks if hook.orders and (not hook.queues or queue in hook.queues)]
