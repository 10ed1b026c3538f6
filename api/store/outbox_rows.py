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

NOTIFIED = ("order", "release", "repeat")


def enqueue(
    connection: Connection,
    settings: Settings,
    queue: str,
    decided: Sequence[tuple[int, int, Decision]],
    *,
    received_at: datetime,
) -> int:
    """Put one notification per order and webhook into the outbox; return how many.

    What was decided long before it was received (a backlog replayed) is kept as `delayed` and never pushed as live.
    """
    rows = []
    for seq, place, one in decided:
        if one.kind not in NOTIFIED:
            continue
        late = (received_at - one.at).total_seconds() > settings.delayed_after_seconds
        body = json.dumps({"queue": queue, "delayed": late, **decision_document(one)}, ensure_ascii=False)
        for hook in settings.webhooks:
            if hook.queues and queue not in hook.queues:
                continue
            rows.append(
                {
                    "key": f"{one.order_id}:{one.kind}:{seq}:{place}",
                    "order_id": one.order_id,
                    "queue": queue,
                    "kind": one.kind,
                    "webhook": hook.name,
                    "body": body,
                    "status": "delayed" if late else "pending",
                    "created_at": instant_text(received_at),
                    "due_at": instant_text(received_at),
                    "attempts": 0,
                    "error": "",
                }
            )
    if rows:
        connection.execute(insert(outbox), rows)
    return len(rows)
