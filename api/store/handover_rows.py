"""Shift handovers (N1): the state as it was handed over, signed by both badges."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select, update

from api.sentences import refusal, say
from api.store.audit import AuditNote, write_note
from api.store.database import reading, writing
from api.store.tables import handovers, instant_text
from forecaster.messages import Refusal


class NoHandoverError(Refusal, LookupError):
    """There is no such handover, or the badge is not one of its two."""


def open_handover(
    engine: Engine,
    queue: str,
    *,
    from_badge: str,
    to_badge: str,
    note: str,
    state: dict[str, Any],
    key_id: int | None,
    at: datetime,
) -> dict[str, Any]:
    """Keep the state handed over and return the handover, not yet signed."""
    row = {
        "queue": queue,
        "opened_at": instant_text(at),
        "from_badge": from_badge,
        "to_badge": to_badge,
        "note": note,
        "state": json.dumps(state, ensure_ascii=False),
    }
    with writing(engine) as connection:
        number = connection.execute(insert(handovers).values(**row).returning(handovers.c.id)).scalar_one()
        what = AuditNote(from_badge, "handover.open", f"{queue} {number}", note, f"to {to_badge}", key_id)
        write_note(connection, what, at=at)
        return _document(connection.execute(select(handovers).where(handovers.c.id == number)).one())


def sign_handover(
    engine: Engine, queue: str, number: int, *, badge: str, key_id: int | None, at: datetime
) -> dict[str, Any]:
    """Return the handover with the signature of `badge`; a second signature of the same changes nothing.

    Raises
    ------
    NoHandoverError
        If the queue has no such handover.
    ValueError
        If `badge` is neither of its two.
    """
    with writing(engine) as connection:
        wanted = select(handovers).where(handovers.c.id == number, handovers.c.queue == queue)
        row = connection.execute(wanted).first() if 0 < number < 2**31 else None
        if row is None:
            raise NoHandoverError(say("handover.none", queue=queue, number=number))
        sides = {row.from_badge: "from_signed_at", row.to_badge: "to_signed_at"}
        if badge not in sides:
            raise refusal("handover.others", number=number, one=row.from_badge, other=row.to_badge, badge=badge)
        if getattr(row, sides[badge]) is None:
            change = update(handovers).where(handovers.c.id == number).values({sides[badge]: instant_text(at)})
            connection.execute(change)
            write_note(connection, AuditNote(badge, "handover.sign", f"{queue} {number}", key_id=key_id), at=at)
        return _document(connection.execute(wanted).one())


def list_handovers(engine: Engine, queue: str, *, limit: int) -> list[dict[str, Any]]:
    """Return the handovers of `queue`, newest first."""
    wanted = select(handovers).where(handovers.c.queue == queue).order_by(handovers.c.id.desc()).limit(limit)
    with reading(engine) as connection:
        return [_document(row) for row in connection.execute(wanted)]


def _document(row: Any) -> dict[str, Any]:
    found = dict(row._mapping)
    found["state"] = json.loads(found["state"])
    found["complete"] = found["from_signed_at"] is not None and found["to_signed_at"] is not None
    return found
