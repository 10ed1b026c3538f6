"""Long work as rows of the store: queued, claimed by one worker at a time, told to stop or cancel, never lost.

A worker that holds a job beats; a job whose worker has not beaten for `LEASE_SECONDS` is taken up by another one.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, or_, select, update

from api.sentences import say
from api.store.database import reading, writing
from api.store.planning_tables import FINISHED, jobs
from api.store.tables import instant, instant_text
from forecaster.messages import Message

LEASE_SECONDS = 15.0
MOST_ATTEMPTS = 3
BEAT_SECONDS = 1.0
PATIENCE_SECONDS = 3.0  # how long cancelled work may take to notice before its process ends


@dataclass(frozen=True)
class Job:
    """One piece of long work.

    state
        `queued`, `running`, `done`, `failed` or `cancelled`.
    wish
        What a person asked of it meanwhile: `stop` (good enough: keep what there is), `cancel`, or nothing.
    progress, result
        What the work last said of itself, and what it ended with.
    """

    job_id: str
    kind: str
    subject: str
    arguments: Mapping[str, Any]
    state: str
    wish: str
    progress: Mapping[str, Any]
    result: Mapping[str, Any]
    error: str
    actor: str
    attempt: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def finished(self) -> bool:
        """Return whether nothing more will happen to it."""
        return self.state in FINISHED


def add_job(
    engine: Engine, kind: str, subject: str, arguments: Mapping[str, Any], *, actor: str, now: datetime | None = None
) -> Job:
    """Return the new job, queued; an unfinished job of the same kind for the same subject is returned instead."""
    with writing(engine) as connection:
        same = and_(jobs.c.subject == subject, jobs.c.kind == kind, jobs.c.state.not_in(FINISHED))
        standing = connection.execute(select(jobs).where(same)).first()
        if standing is not None:
            return _job(standing)
        job_id = secrets.token_hex(6)
        connection.execute(
            jobs.insert().values(
                job_id=job_id,
                kind=kind,
                subject=subject,
                arguments=_text(arguments),
                state="queued",
                wish="",
                progress="{}",
                result="{}",
                error="",
                actor=actor,
                worker="",
                attempt=0,
                created_at=instant_text(now or datetime.now(UTC)),
            )
        )
        return _one(connection, job_id)


def job_of(engine: Engine, job_id: str) -> Job | None:
    """Return the job, or None where there is none of that id."""
    with reading(engine) as connection:
        row = connection.execute(select(jobs).where(jobs.c.job_id == job_id)).first()
    return None if row is None else _job(row)


def jobs_of(engine: Engine, subject: str) -> list[Job]:
    """Return every job of `subject`, the newest first."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(jobs).where(jobs.c.subject == subject).order_by(jobs.c.created_at.desc(), jobs.c.job_id)
        )
        return [_job(row) for row in rows]


def unfinished_jobs(engine: Engine) -> int:
    """Return how many jobs wait or run."""
    with reading(engine) as connection:
        return len(connection.execute(select(jobs.c.job_id).where(jobs.c.state.not_in(FINISHED))).all())


def wish_of_job(engine: Engine, job_id: str, wish: str) -> Job | None:
    """Tell a job to `stop` or `cancel` and return it; one that nobody has begun is cancelled at once."""
    with writing(engine) as connection:
        row = connection.execute(select(jobs).where(jobs.c.job_id == job_id)).first()
        if row is None:
            return None
        if row.state == "queued":
            values = {"state": "cancelled", "wish": wish, "finished_at": instant_text(datetime.now(UTC))}
            connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(**values))
        elif row.state == "running":
            connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(wish=wish))
        return _one(connection, job_id)


def claim_job(engine: Engine, worker: str, *, now: datetime | None = None) -> Job | None:
    """Return the oldest job that waits, or whose worker fell silent, now held by `worker`; None where there is none."""
    now = now or datetime.now(UTC)
    silent = and_(jobs.c.state == "running", jobs.c.beat_at < instant_text(now - timedelta(seconds=LEASE_SECONDS)))
    with writing(engine) as connection:
        while True:
            free: ColumnElement[bool] = or_(jobs.c.state == "queued", silent)
            row = connection.execute(
                select(jobs).where(free).order_by(jobs.c.created_at).limit(1).with_for_update(skip_locked=True)
            ).first()
            if row is None:
                return None
            if row.wish == "cancel":
                _end(connection, row.job_id, "cancelled", now)
                continue
            if row.attempt >= MOST_ATTEMPTS:
                _end(connection, row.job_id, "failed", now, **_told(say("job.died", times=row.attempt)))
                continue
            connection.execute(
                update(jobs)
                .where(jobs.c.job_id == row.job_id)
                .values(
                    state="running",
                    worker=worker,
                    attempt=row.attempt + 1,
                    started_at=row.started_at or instant_text(now),
                    beat_at=instant_text(now),
                )
            )
            return _one(connection, row.job_id)


def beat(
    engine: Engine, job_id: str, worker: str, *, progress: Mapping[str, Any] | None = None, now: datetime | None = None
) -> str:
    """Say that `worker` still works on the job, and how far it is; return the wish: `lost` if it is no longer its."""
    values: dict[str, Any] = {"beat_at": instant_text(now or datetime.now(UTC))}
    if progress is not None:
        values["progress"] = _text(progress)
    with writing(engine) as connection:
        held = and_(jobs.c.job_id == job_id, jobs.c.worker == worker, jobs.c.state == "running")
        if connection.execute(update(jobs).where(held).values(**values)).rowcount == 0:
            return "lost"
        return str(connection.execute(select(jobs.c.wish).where(jobs.c.job_id == job_id)).scalar_one())


def fail_job(engine: Engine, job_id: str, worker: str, why: Message) -> bool:
    """End the job that `worker` holds for an error, said in both languages; return False where it is no longer its."""
    return finish_job(engine, job_id, worker, "failed", **_told(why))


def finish_job(
    engine: Engine,
    job_id: str,
    worker: str,
    state: str,
    *,
    result: Mapping[str, Any] | None = None,
    error: str = "",
) -> bool:
    """End the job that `worker` holds; return False where it is no longer its."""
    with writing(engine) as connection:
        held = and_(jobs.c.job_id == job_id, jobs.c.worker == worker, jobs.c.state == "running")
        if connection.execute(select(jobs.c.job_id).where(held)).first() is None:
            return False
        _end(connection, job_id, state, datetime.now(UTC), error=error, result=result)
        return True


def release_job(engine: Engine, job_id: str, worker: str) -> None:
    """Give the job that `worker` holds back to the queue, nothing held against it; one to be cancelled ends instead."""
    with writing(engine) as connection:
        held = and_(jobs.c.job_id == job_id, jobs.c.worker == worker, jobs.c.state == "running")
        row = connection.execute(select(jobs.c.wish).where(held)).first()
        if row is not None and row.wish == "cancel":
            _end(connection, job_id, "cancelled", datetime.now(UTC))
        elif row is not None:
            connection.execute(update(jobs).where(held).values(state="queued", worker="", attempt=jobs.c.attempt - 1))


def _end(
    connection: Connection,
    job_id: str,
    state: str,
    now: datetime,
    *,
    error: str = "",
    result: Mapping[str, Any] | None = None,
) -> None:
    connection.execute(
        update(jobs)
        .where(jobs.c.job_id == job_id)
        .values(state=state, error=error, result=_text(result or {}), finished_at=instant_text(now))
    )


def _told(why: Message) -> dict[str, Any]:
    """Return what a job says of an error: the text, and beside it the Chinese as its result."""
    return {"error": why.en, "result": {"error_zh": why.zh}}


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), ensure_ascii=False, allow_nan=False)


def _one(connection: Connection, job_id: str) -> Job:
    return _job(connection.execute(select(jobs).where(jobs.c.job_id == job_id)).one())


def _job(row: Row[Any]) -> Job:
    def at(text: str | None) -> datetime | None:
        return None if text is None else instant(text)

    return Job(
        job_id=row.job_id,
        kind=row.kind,
        subject=row.subject,
        arguments=json.loads(row.arguments),
        state=row.state,
        wish=row.wish,
        progress=json.loads(row.progress),
        result=json.loads(row.result),
        error=row.error,
        actor=row.actor,
        attempt=row.attempt,
        created_at=instant(row.created_at),
        started_at=at(row.started_at),
        finished_at=at(row.finished_at),
    )


class Cancelled(Exception):  # noqa: N818
    """Raised inside work that somebody cancelled."""


class JobReport:
    """How work says where it is, and hears what people wish meanwhile.

    `report({...})` stores progress (at most once a second) and raises `Cancelled` where somebody cancelled;
    `report.enough` is True once somebody found the work good enough.
    """

    def __init__(self, engine: Engine, job: Job, worker: str) -> None:
        self._engine, self._job, self._worker = engine, job, worker
        self._latest: Mapping[str, Any] | None = None
        self._wish = ""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_beating, daemon=True)

    @property
    def enough(self) -> bool:
        """Return whether the work may stop with what it has."""
        return self._wish == "stop"

    def __call__(self, progress: Mapping[str, Any]) -> None:
        """Note progress, to be stored with the next beat."""
        self._latest = progress
        self.check()

    def check(self) -> None:
        """Raise `Cancelled` where the work is no longer wanted."""
        if self._wish in ("cancel", "lost"):
            raise Cancelled

    def __enter__(self) -> JobReport:
        """Begin to beat."""
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Beat no more; the last progress is stored."""
        self._over.set()
        self._thread.join()
        if self._latest is not None:
            beat(self._engine, self._job.job_id, self._worker, progress=self._latest)

    def _keep_beating(self) -> None:
        unwanted_since: float | None = None
        while not self._over.wait(BEAT_SECONDS):
            progress, self._latest = self._latest, None
            with contextlib.suppress(Exception):  # a busy database is no reason to lose the work: the next beat tells
                self._wish = beat(self._engine, self._job.job_id, self._worker, progress=progress)
            if self._wish not in ("cancel", "lost"):
                continue
            unwanted_since = unwanted_since or time.monotonic()
            if time.monotonic() - unwanted_since > PATIENCE_SECONDS:
                # The work is deep inside a solver and does not listen: end the process; the server starts another.
                finish_job(self._engine, self._job.job_id, self._worker, "cancelled")
                os._exit(0)


Work = Callable[[Engine, Job, JobReport], Mapping[str, Any]]
