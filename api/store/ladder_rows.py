"""What a transaction of the ladder writes besides events: decisions and orders; who of a floor serves another queue."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, insert, update

from api.store.codec import decision_document
from api.store.tables import instant_text, orders
from escalation.floor import Floor
from escalation.orders import Decision
from escalation.state import State


def decision_row(queue: str, seq: int, place: int, one: Decision) -> dict[str, Any]:
    """Return the decision as a row of `decisions`."""
    document = decision_document(one)
    kept = {"at": instant_text(one.at), "badges": json.dumps(document["badges"])}
    return {"queue": queue, "seq": seq, "place": place, **document, **kept}


def floor_beside_others(floor: Floor, taken: set[str]) -> Floor:
    """Return the floor with those in `taken` counted as engaged on another queue instead of available."""
    engaged = {role: count for role, listed in floor.badges.items() if (count := len(taken.intersection(listed)))}
    free = {role: sum(badge not in taken for badge in listed) for role, listed in floor.badges.items()}
    return replace(floor, engaged=engaged, available={**floor.available, **free})


def project_orders(connection: Connection, queue: str, state: State, made: Sequence[Decision]) -> None:
    """Bring the table of orders up to what was decided."""
    open_now = {one.order_id: one for one in state.book.orders}
    for one in made:
        if not one.order_id or one.kind in ("refused", "repeat"):
            continue
        if one.kind == "order":
            connection.execute(
                insert(orders),
                {
                    "order_id": one.order_id,
                    "queue": queue,
                    "rung": one.rung,
                    "role": one.role,
                    "people": one.people,
                    "action": state.book.ladder.rungs[(one.rung or 1) - 1].action,
                    "badges": json.dumps(list(one.badges)),
                    "status": "issued",
                    "rule": one.rule,
                    "reason": one.reason,
                    "reason_zh": one.reason_zh,
                    "ordered_at": instant_text(one.at),
                    "acknowledged_by": "",
                },
            )
        values: dict[str, Any] = {}
        current = open_now.get(one.order_id)
        if one.kind == "acknowledged":
            values = {"acknowledged_at": instant_text(one.at), "acknowledged_by": one.actor, "status": "acknowledged"}
        elif one.kind == "signed_in":
            values = {"signed_in_at": instant_text(one.at), "people_signed_in": one.people}
            values |= {"badges": json.dumps(list(one.badges)), "status": current.status if current else "signed_in"}
        elif one.kind == "taken_back" and current is not None:
            values = {
                "acknowledged_at": None if current.acknowledged_at is None else instant_text(current.acknowledged_at),
                "acknowledged_by": current.acknowledged_by,
                "signed_in_at": None if current.signed_in_at is None else instant_text(current.signed_in_at),
                "people_signed_in": current.people_signed_in,
                "badges": json.dumps(list(current.badges)),
                "status": current.status,
                "closed_at": None,
            }
        elif one.kind in ("release", "declined"):
            status = "declined" if one.kind == "declined" else one.code
            values = {"closed_at": instant_text(one.at), "status": status}
        if values:
            connection.execute(update(orders).where(orders.c.order_id == one.order_id).values(**values))
