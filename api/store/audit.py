"""Who did what, when and why: one row per change and per export, never changed afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from api.store.database import reading, writing
from api.store.tables import audit, instant_text


@dataclass(frozen=True)
class AuditNote:
    """One thing done: by whose badge, what, to what, and why.

    action
        In the form `thing.verb`, as `order.acknowledge`.
    """

    badge: str
    action: str
    subject: str
    reason: str = ""
    detail: str = ""
    key_id: int | None = None


def write_note(connection: Connection, note: AuditNote, *, at: datetime) -> None:
    """Write the note in the transaction of what it is about."""
    connection.execute(
        insert(audit),
        {
            "at": instant_text(at),
            "badge": note.badge,
            "key_id": note.key_id,
            "action": note.action,
            "subject": note.subject[:200],
            "reason": note.reason,
            "detail": note.detail,
        },
    )


def note_alone(engine: Engine, note: AuditNote, *, at: datetime) -> None:
    """Write a note in a transaction of its own: for exports, which change nothing else."""
    with writing(engine) as connection:
        write_note(connection, note, at=at)


def audit_entries(engine: Engine, *, before: int | None = None, limit: int = 200) -> list[dict[str, Any]]:
    """Return audit entries, newest first, older than entry `before`."""
    wanted = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(audit.c.id < before)
    with reading(engine) as connection:
        return [dict(row._mapping) for row in connection.execute(wanted)]
