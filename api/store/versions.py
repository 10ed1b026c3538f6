"""Versions: every forecast, roster, people list, calendar and ladder with who made it, when, from what, and why.

A version never changes. Publishing freezes it for the tables; a later version of the same thing may be published in its
place, which supersedes it and leaves it where it was. The database refuses updates and deletions of both.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, Row, insert, select

from api.sentences import refusal, say
from api.store.audit import AuditNote, write_note
from api.store.database import reading, writing
from api.store.tables import audit, instant, instant_text
from api.store.version_tables import publications, versions
from forecaster.history.periods import period_of
from forecaster.messages import Refusal

VERSION_KINDS = (
    "forecast", "requirement", "roster", "coverage", "burdens", "day_changes", "overrides", "promise", "people",
    "calendar", "ladder", "history", "attendance",
)  # fmt: skip


@dataclass(frozen=True)
class Version:
    """One version, without its content.

    inputs
        SHA-256 of what it was made from, by name.
    published_at, published_by, supersedes, superseded_by
        None or empty where it was not published, or nothing was replaced.
    """

    version_id: str
    kind: str
    queue: str
    month: str
    number: int
    made_at: datetime
    made_by: str
    why: str
    inputs: Mapping[str, str]
    sha256: str
    published_at: datetime | None = None
    published_by: str = ""
    supersedes: str = ""
    superseded_by: str = ""


class NoVersionError(Refusal, LookupError):
    """There is no version of that name."""


def digest(content: bytes) -> str:
    """Return the SHA-256 of `content` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def frame_bytes(frame: pd.DataFrame) -> bytes:
    """Return a frame as Parquet; the same frame gives the same bytes."""
    out = io.BytesIO()
    (frame.reset_index() if frame.index.name else frame).to_parquet(out, index=False)
    return out.getvalue()


def bytes_frame(content: bytes) -> pd.DataFrame:
    """Return the frame that `frame_bytes` wrote, its interval index restored."""
    frame = pd.read_parquet(io.BytesIO(content))
    return frame.set_index("interval_start") if "interval_start" in frame else frame


def save_version(  # noqa: PLR0913 - each is a column of the version
    engine: Engine,
    *,
    kind: str,
    queue: str,
    month: str,
    content: bytes,
    made_by: str,
    why: str = "",
    inputs: Mapping[str, str] | None = None,
    made_at: datetime | None = None,
) -> Version:
    """Store `content` as the next version of a kind, queue and month, and return it.

    month
        As `forecaster.history.periods.period_name` writes it, or empty.

    Content that the newest version already has is not stored again: that version is returned.

    Raises
    ------
    ValueError
        If the kind is not known, or nobody is named as its maker.
    """
    if kind not in VERSION_KINDS:
        raise refusal("version.kind", kind=kind, known=list(VERSION_KINDS))
    if not made_by.strip():
        raise refusal("version.made_by")
    if month:
        period_of(month)
    made_at = made_at or datetime.now(UTC)
    with writing(engine) as connection:
        same = (versions.c.kind == kind) & (versions.c.queue == queue) & (versions.c.month == month)
        last = connection.execute(select(versions).where(same).order_by(versions.c.number.desc()).limit(1)).first()
        if last is not None and last.sha256 == digest(content):
            return _version(connection, last)
        number = 1 if last is None else int(last.number) + 1
        version_id = "/".join(filter(None, (kind, queue, month, f"v{number}")))
        connection.execute(
            insert(versions).values(
                version_id=version_id,
                kind=kind,
                queue=queue,
                month=month,
                number=number,
                made_at=instant_text(made_at),
                made_by=made_by,
                why=why,
                inputs=json.dumps(dict(inputs or {}), ensure_ascii=False, sort_keys=True),
                sha256=digest(content),
                content=content,
            )
        )
        write_note(connection, AuditNote(made_by, "version made", version_id, why), at=made_at)
        return _version(connection, _row(connection, version_id))


def publish_all(
    engine: Engine,
    version_ids: Iterable[str],
    *,
    published_by: str,
    why: str = "",
    published_at: datetime | None = None,
) -> list[Version]:
    """Freeze versions for the tables, all of them or none, superseding what was published before, and return them.

    Raises
    ------
    NoVersionError
        If one of them is not there.
    ValueError
        If one was published already, if a newer one was, or if one is superseded without a reason.
    """
    published_at = published_at or datetime.now(UTC)
    if not published_by.strip():
        raise refusal("version.published_by")
    with writing(engine) as connection:
        return [
            _publish(connection, version_id, published_by=published_by, why=why, published_at=published_at)
            for version_id in version_ids
        ]


def _publish(
    connection: Connection, version_id: str, *, published_by: str, why: str, published_at: datetime
) -> Version:
    row = _row(connection, version_id)
    before = _latest(connection, row.kind, row.queue, row.month)
    version = _version(connection, row)
    if version.published_at is not None:
        raise refusal("version.frozen", version=version_id, at=version.published_at.isoformat())
    if before is not None and before.number > row.number:
        raise refusal("version.newer", version=before.version_id)
    if before is not None and not why.strip():
        raise refusal("version.why", before=before.version_id, version=version_id)
    replaced = "" if before is None else str(before.version_id)
    values = {"version_id": version_id, "published_at": instant_text(published_at), "published_by": published_by}
    connection.execute(insert(publications).values(**values, why=why, supersedes=replaced))
    action = "version superseded" if replaced else "version published"
    write_note(connection, AuditNote(published_by, action, version_id, why, replaced), at=published_at)
    return _version(connection, row)


def content_of(engine: Engine, version_id: str) -> bytes:
    """Return a version's content, checked against its digest.

    Raises
    ------
    NoVersionError
        If there is no such version.
    ValueError
        If the content is not what was stored.
    """
    with reading(engine) as connection:
        row = _row(connection, version_id)
    if digest(row.content) != row.sha256:
        raise refusal("version.damaged", version=version_id)
    return bytes(row.content)


def version_of(engine: Engine, version_id: str) -> Version:
    """Return a version.

    Raises
    ------
    NoVersionError
        If there is no such version.
    """
    with reading(engine) as connection:
        return _version(connection, _row(connection, version_id))


def list_versions(
    engine: Engine, *, kind: str | None = None, queue: str | None = None, month: str | None = None
) -> list[Version]:
    """Return the versions of a kind, queue and month (None: all), the oldest first."""
    query = select(versions).order_by(versions.c.made_at, versions.c.version_id)
    for column, wanted in ((versions.c.kind, kind), (versions.c.queue, queue), (versions.c.month, month)):
        if wanted is not None:
            query = query.where(column == wanted)
    with reading(engine) as connection:
        return [_version(connection, row) for row in connection.execute(query)]


def published_before(engine: Engine, *, kind: str, queue: str, month: str, instant_at: datetime) -> Version | None:
    """Return the version of a month that stood published at `instant_at` (exclusive), or None."""
    with reading(engine) as connection:
        row = _latest(connection, kind, queue, month, before=instant_at)
        return None if row is None else _version(connection, row)


def audit_of(engine: Engine, *, kind: str | None = None, queue: str | None = None) -> pd.DataFrame:
    """Return who made, published and superseded what, when and why: one row per step, the oldest first.

    Columns `at, badge, action, version_id, supersedes, sha256, why, inputs` (SHA-256 by name).
    """
    query = (
        select(
            audit.c.at,
            audit.c.badge,
            audit.c.action,
            audit.c.subject,
            audit.c.detail,
            versions.c.sha256,
            audit.c.reason,
            versions.c.inputs,
        )
        .join(versions, versions.c.version_id == audit.c.subject)
        .where(audit.c.action.like("version %"))
        .order_by(audit.c.id)
    )
    for column, wanted in ((versions.c.kind, kind), (versions.c.queue, queue)):
        if wanted is not None:
            query = query.where(column == wanted)
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    columns = ["at", "badge", "action", "version_id", "supersedes", "sha256", "why", "inputs"]
    return pd.DataFrame([(*row[:-1], json.loads(row.inputs)) for row in rows], columns=columns)


def _row(connection: Connection, version_id: str) -> Row[Any]:
    row = connection.execute(select(versions).where(versions.c.version_id == version_id)).first()
    if row is None:
        raise NoVersionError(say("version.none", version=version_id))
    return row


def _latest(
    connection: Connection, kind: str, queue: str, month: str, *, before: datetime | None = None
) -> Row[Any] | None:
    query = (
        select(versions)
        .join(publications, publications.c.version_id == versions.c.version_id)
        .where(versions.c.kind == kind, versions.c.queue == queue, versions.c.month == month)
        .order_by(publications.c.id.desc())
        .limit(1)
    )
    if before is not None:
        query = query.where(publications.c.published_at < instant_text(before))
    return connection.execute(query).first()


def _version(connection: Connection, row: Row[Any]) -> Version:
    printed = connection.execute(select(publications).where(publications.c.version_id == row.version_id)).first()
    after = connection.execute(
        select(publications.c.version_id).where(publications.c.supersedes == row.version_id).limit(1)
    ).scalar()
    return Version(
        row.version_id,
        row.kind,
        row.queue,
        row.month,
        int(row.number),
        instant(row.made_at),
        row.made_by,
        row.why,
        json.loads(row.inputs),
        row.sha256,
        None if printed is None else instant(printed.published_at),
        "" if printed is None else printed.published_by,
        "" if printed is None else printed.supersedes,
        after or "",
    )
