"""API keys: made once, shown once, kept only as a hash; each with a role, a rate, an end."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select, update

from api.sentences import refusal
from api.store.audit import AuditNote, write_note
from api.store.database import reading, writing
from api.store.tables import api_keys, instant, instant_text

KEY_PREFIX = "hw_"
RIGHTS: dict[str, frozenset[str]] = {
    "writer": frozenset({"write"}),
    "wallboard": frozenset({"read"}),
    "supervisor": frozenset({"read", "act", "export"}),
    "planner": frozenset({"read", "export", "plan"}),
    "admin": frozenset({"read", "write", "act", "export", "plan", "admin"}),
}
RATES = {"writer": 6000, "wallboard": 600, "supervisor": 600, "planner": 600, "admin": 6000}


@dataclass(frozen=True)
class Key:
    """One key as it is kept: never the key itself.

    badge
        Whose it is: the actor of everything done with it, unless the request names another.
    per_minute
        The most requests a minute, in each worker process.
    queues
        The queues it is held to; none: all.
    may_command
        Whether a writer may tell a mode, a holiday or a known fault, which call people by themselves (L37).
    """

    id: int
    label: str
    role: str
    badge: str
    per_minute: int
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    queues: tuple[str, ...] = ()
    may_command: bool = False

    @property
    def actor(self) -> str:
        """Who stands under what is done with the key: its badge, or where it has none its label."""
        return self.badge or self.label

    def commands(self) -> bool:
        """Return whether what the key tells may change what people are told (L37)."""
        return self.may_command or self.allows("act")

    def allows(self, permission: str) -> bool:
        """Return whether the key's role has `permission` (read, write, act, export, plan, admin)."""
        return permission in RIGHTS[self.role]

    def is_live(self, at: datetime) -> bool:
        """Return whether the key is neither revoked nor past its end."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


def key_hash(secret: str) -> str:
    """Return the SHA-256 of a key, hexadecimal: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_key(  # noqa: PLR0913 - each is a column of the key, and only the first three must be told
    engine: Engine,
    *,
    label: str,
    role: str,
    at: datetime,
    badge: str = "",
    expires_at: datetime | None = None,
    per_minute: int | None = None,
    actor: str = "",
    queues: tuple[str, ...] = (),
    may_command: bool = False,
) -> tuple[str, Key]:
    """Make a key and return it with its record; it can never be shown again.

    Raises
    ------
    ValueError
        If the role is none of `RIGHTS`, the label is empty, the end is past, or the rate is not positive.
    """
    if role not in RIGHTS:
        raise refusal("key.role", role=role, known=list(RIGHTS))
    if not label.strip():
        raise refusal("key.label")
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= at):
        raise refusal("key.expires", at=expires_at)
    rate = RATES[role] if per_minute is None else per_minute
    if rate <= 0:
        raise refusal("key.rate", rate=rate)
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    row = {
        "label": label.strip(),
        "role": role,
        "badge": badge,
        "key_hash": key_hash(secret),
        "per_minute": rate,
        "created_at": instant_text(at),
        "expires_at": None if expires_at is None else instant_text(expires_at),
        "queues": json.dumps(list(queues), ensure_ascii=False),
        "may_command": int(may_command),
    }
    with writing(engine) as connection:
        number = connection.execute(insert(api_keys).values(**row).returning(api_keys.c.id)).scalar_one()
        write_note(connection, AuditNote(actor, "key.create", f"key {number}", reason=f"{role}: {label}"), at=at)
    return secret, Key(number, label.strip(), role, badge, rate, at, expires_at, None, queues, may_command)


def list_keys(engine: Engine) -> list[Key]:
    """Return every key ever made, oldest first."""
    with reading(engine) as connection:
        return [_key(row) for row in connection.execute(select(api_keys).order_by(api_keys.c.id))]


def keys_by_hash(engine: Engine) -> dict[str, Key]:
    """Return every key by its hash."""
    with reading(engine) as connection:
        return {row.key_hash: _key(row) for row in connection.execute(select(api_keys))}


def revoke_key(engine: Engine, number: int, *, at: datetime, actor: str = "", reason: str = "") -> None:
    """Revoke key `number`: it is refused from now on (within a second in running processes).

    Raises
    ------
    ValueError
        If there is no such key.
    """
    with writing(engine) as connection:
        known = connection.execute(select(api_keys.c.id).where(api_keys.c.id == number)).scalar()
        if known is None:
            raise refusal("key.no_number", number=number)
        still = api_keys.c.revoked_at.is_(None)
        connection.execute(update(api_keys).where(api_keys.c.id == number, still).values(revoked_at=instant_text(at)))
        write_note(connection, AuditNote(actor, "key.revoke", f"key {number}", reason=reason), at=at)


def _key(row: Any) -> Key:
    return Key(
        id=row.id,
        label=row.label,
        role=row.role,
        badge=row.badge,
        per_minute=row.per_minute,
        created_at=instant(row.created_at),
        expires_at=None if row.expires_at is None else instant(row.expires_at),
        revoked_at=None if row.revoked_at is None else instant(row.revoked_at),
        queues=tuple(json.loads(row.queues)),
        may_command=bool(row.may_command),
    )
