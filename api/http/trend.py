"""What a queue did of late: the line and the marks of the wallboard's picture."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Engine, select

from api.http.access import Reader
from api.http.routing import QueueName, errors, keyed_router
from api.store.codec import now
from api.store.database import reading
from api.store.ladder_log import LadderLog
from api.store.tables import decisions, events, instant_text

HOURS = 2
MOST_READINGS = 7200  # two hours at one reading a second
SHOWN = ("order", "release", "skipped", "blocked", "repeat", "declined")
router = keyed_router("surge")


class TrendDecisionOut(BaseModel):
    """One order, release or rung passed over."""

    at: str
    kind: str
    rung: int | None
    role: str
    people: int | None
    reason: str
    reason_zh: str
    order_id: str


class TrendOut(BaseModel):
    """The last two hours of a queue, or what is new in them since a version."""

    queue: str
    version: int
    readings: list[tuple[str, int]] = Field(description="Accepted readings: instant and callers waiting")
    decisions: list[TrendDecisionOut]


@router.get("/v1/queues/{queue}/trend", response_model=TrendOut, responses=errors(404))
async def get_trend(
    queue: QueueName,
    request: Request,
    key: Reader,
    after: Annotated[
        int, Query(ge=0, le=2**62, description="Leave out what was told with a trend of this version")
    ] = 0,
) -> Any:
    """Return the readings and decisions of the last two hours; with `after`, only those newer than that version."""
    del key
    log: LadderLog = request.app.state.log
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, lambda: trend(log, queue, after=after))


def trend(log: LadderLog, queue: str, *, after: int) -> dict[str, Any]:
    """Return the trend document of `queue`.

    Raises
    ------
    UnknownQueueError
        If there is no such queue.
    """
    version, _ = log.state(queue)
    return {"queue": queue, "version": version, **_rows(log.engine, queue, after=after, until=version)}


def _rows(engine: Engine, queue: str, *, after: int, until: int) -> dict[str, Any]:
    since = instant_text(now() - timedelta(hours=HOURS))
    with reading(engine) as connection:
        chosen = (
            select(events.c.seq, events.c.at, events.c.body)
            .where(events.c.queue == queue, events.c.kind == "reading", events.c.seq > after, events.c.seq <= until)
            .order_by(events.c.seq.desc())
            .limit(MOST_READINGS)
        )
        newest = [row for row in connection.execute(chosen) if row.at >= since][::-1]
        told = (
            select(decisions)
            .where(
                decisions.c.queue == queue, decisions.c.seq > after, decisions.c.seq <= until, decisions.c.at >= since
            )
            .order_by(decisions.c.seq, decisions.c.place)
        )
        decided = connection.execute(told).all()
    passed_over = {row.seq for row in decided if row.kind in ("late", "refused")}
    readings = []
    for row in newest:
        waiting = json.loads(row.body).get("waiting")
        if waiting is not None and waiting >= 0 and row.seq not in passed_over:
            readings.append((row.at, waiting))
    columns = TrendDecisionOut.model_fields
    return {
        "readings": readings,
        "decisions": [{name: getattr(row, name) for name in columns} for row in decided if row.kind in SHOWN],
    }
