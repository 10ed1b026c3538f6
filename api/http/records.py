"""What is kept: the log, the stream of news, orders past, the trend, the duty register, handovers, the audit."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import Header, Query, Request
from fastapi.responses import Response, StreamingResponse

from api.http.access import (
    Admin,
    Exporter,
    Reader,
    ReaderOfAny,
    Supervisor,
    note_export,
    note_reading,
)
from api.http.board import Board
from api.http.downloads import csv_response
from api.http.models import Badge, FreeText, InstantField, Strict
from api.http.problems import HttpRefusal
from api.http.routing import QueueName, engine_of, errors, keyed_router
from api.http.surge_document import surge_at
from api.keys import RIGHTS, Key
from api.outbox import outbox_state
from api.sentences import say
from api.store.audit import audit_entries
from api.store.codec import EVENT_TYPES, now
from api.store.handover_rows import list_handovers, open_handover, sign_handover
from api.store.ladder_fold import RULES_KIND, differences
from api.store.ladder_log import LadderLog
from api.store.order_rows import (
    REGISTER_COLUMNS,
    decisions_after,
    decisions_between,
    listed_orders,
    log_page,
    sign_in_register,
)

router = keyed_router("records")
From = Annotated[InstantField, Query(alias="from")]
To = Annotated[InstantField, Query(alias="to")]
MostRows = Annotated[int, Query(ge=1, le=1000)]
CSV_FORM = {"text/csv": {"schema": {"type": "string"}}}
HEARTBEAT_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 0.4
LogKind = Literal[
    "reading", "tick", "acknowledge", "decline", "signed_in", "taken_back", "override", "people", "ladder", "mode",
    "fault", "silence", "delivered", "rules",
]  # fmt: skip
assert set(LogKind.__args__) == {*EVENT_TYPES, RULES_KIND}  # type: ignore[attr-defined]
LOGGED_DECISION_COLUMNS = (
    "at", "kind", "rung", "role", "people", "needed", "code", "rule", "reason", "reason_zh", "order_id", "badges",
    "actor",
)  # fmt: skip


@router.get("/v1/me", responses=errors())
async def me(key: ReaderOfAny) -> dict[str, Any]:
    """Return who is asking: role, badge and what the key permits."""
    return {"role": key.role, "badge": key.badge, "label": key.label, "permissions": sorted(RIGHTS[key.role])}


@router.get(
    "/v1/queues/{queue}/stream",
    response_class=StreamingResponse,
    responses={**errors(404), 200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def stream(
    queue: QueueName,
    request: Request,
    key: Reader,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
) -> StreamingResponse:
    """Stream the queue's news: an event `decision` for each decision, an event `surge` for each new state.

    The id of every event is the state's version; send the last one back as `Last-Event-ID` to get what came since.
    """
    board: Board = request.app.state.board
    await board.surge(queue)  # 404 before the stream begins
    since = int(last_event_id) if last_event_id and last_event_id.isdigit() and len(last_event_id) < 19 else None
    return StreamingResponse(news(request, queue, since, key), media_type="text/event-stream")


async def news(request: Request, queue: str, since: int | None, key: Key) -> AsyncIterator[str]:
    """Yield server-sent events of `queue` after version `since`, until the client leaves or its key dies."""
    log: LadderLog = request.app.state.log
    board: Board = request.app.state.board
    loop = asyncio.get_running_loop()
    woken = asyncio.Event()
    board.waiting[queue].add(woken)
    told = since
    spoke_at = time.monotonic()
    was_stale: bool | None = None
    try:
        while not board.closing and request.app.state.gate.still_admits(key):
            woken.clear()
            ready = await board.surge(queue)
            clock = time.time()
            stale = ready.is_stale(clock)
            if ready.version != told or stale != was_stale:
                if told is not None and ready.version > told:
                    made = await loop.run_in_executor(None, decisions_after, log.engine, queue, told)
                    for seq, one in made:
                        if seq <= ready.version:
                            yield f"id: {seq}\nevent: decision\ndata: {json.dumps(one, ensure_ascii=False)}\n\n"
                body = ready.body(clock).decode()
                yield f"id: {ready.version}\nevent: surge\ndata: {body}\n\n"
                told, was_stale, spoke_at = ready.version, stale, time.monotonic()
            elif time.monotonic() - spoke_at > HEARTBEAT_SECONDS:
                yield ": still here\n\n"
                spoke_at = time.monotonic()
            try:
                # Another process may have written: look again even if nobody woke us.
                await asyncio.wait_for(woken.wait(), LOOK_AGAIN_SECONDS)
            except TimeoutError:
                continue
    finally:
        board.waiting[queue].discard(woken)


@router.get("/v1/queues/{queue}/orders", responses=errors(404))
def get_orders(
    queue: QueueName,
    *,
    request: Request,
    key: Reader,
    status: Literal["open", "all"] = "open",
    before: Annotated[str | None, Query(max_length=160, pattern=r"^[^\x00]*$")] = None,
    limit: MostRows = 100,
) -> dict[str, Any]:
    """Return the queue's orders, newest first."""
    del key
    log: LadderLog = request.app.state.log
    log.state(queue)
    found = listed_orders(log.engine, queue, open_only=status == "open", limit=limit, before=before)
    return {"orders": found, "next_before": found[-1]["order_id"] if len(found) == limit else None}


@router.get("/v1/queues/{queue}/log", responses=errors(404))
def get_log(
    queue: QueueName,
    *,
    request: Request,
    key: Reader,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    kind: LogKind | None = None,
    limit: MostRows = 200,
) -> dict[str, Any]:
    """Return the append-only log from entry `after` on: every event with what it decided."""
    log: LadderLog = request.app.state.log
    log.state(queue)
    note_reading(request, key, what="log", subject=queue, detail=f"after {after}")
    entries = log_page(log.engine, queue, after=after, limit=limit, kind=kind)
    return {"entries": entries, "next_after": entries[-1]["seq"] if len(entries) == limit else None}


@router.get("/v1/queues/{queue}/verification", responses=errors(404))
def verify(queue: QueueName, request: Request, key: Exporter) -> dict[str, Any]:
    """Fold the whole log again and say where the snapshot or a stored decision differs from it."""
    del key
    log: LadderLog = request.app.state.log
    version, _ = log.state(queue)
    found = differences(log.engine, queue)
    return {"queue": queue, "version": version, "agrees": not found, "differences": found}


def _span(start: datetime, end: datetime) -> str:
    return f"{start.isoformat()} to {end.isoformat()}"


@router.get(
    "/v1/queues/{queue}/decisions.csv", response_class=Response, responses={**errors(404), 200: {"content": CSV_FORM}}
)
def decisions_csv(queue: QueueName, request: Request, key: Exporter, start: From, end: To) -> Response:
    """Export what was decided from `from` to `to` (exclusive)."""
    log: LadderLog = request.app.state.log
    log.state(queue)
    note_export(request, key, what="decisions", subject=queue, detail=_span(start, end))
    rows = decisions_between(log.engine, queue, start=start, end=end)
    return csv_response(rows, LOGGED_DECISION_COLUMNS, name=f"decisions-{start:%Y%m%d}-{end:%Y%m%d}.csv")


@router.get("/v1/register.csv", response_class=Response, responses={**errors(), 200: {"content": CSV_FORM}})
def register_csv(request: Request, key: Exporter, start: From, end: To) -> Response:
    """Export the duty register: temporary redeployments and overtime by order, per badge (N4)."""
    log: LadderLog = request.app.state.log
    note_export(request, key, what="register", subject="register", detail=_span(start, end))
    zone = ZoneInfo(request.app.state.settings.timezone)
    rows = sign_in_register(log.engine, start=start, end=end, zone=zone)
    return csv_response(rows, REGISTER_COLUMNS, name=f"register-{start:%Y%m%d}-{end:%Y%m%d}.csv")


class HandoverIn(Strict):
    """A surge in progress, handed to the next shift."""

    from_badge: Badge
    to_badge: Badge
    note: FreeText | None = None


class SignIn(Strict):
    """Whose signature."""

    badge: Badge


@router.post("/v1/queues/{queue}/handovers", status_code=201, responses=errors(404))
def post_handover(queue: QueueName, request: Request, key: Supervisor, body: HandoverIn) -> dict[str, Any]:
    """Open a handover: the state and every open item as they stand now, to be signed by both badges."""
    if body.from_badge == body.to_badge:
        raise HttpRefusal(422, say("handover.itself", badge=body.to_badge))
    log: LadderLog = request.app.state.log
    version, state = log.state(queue)
    zone = request.app.state.settings.timezone
    document = surge_at(state, version, timezone=zone, now_timestamp=time.time())
    return open_handover(
        log.engine,
        queue,
        from_badge=body.from_badge,
        to_badge=body.to_badge,
        note=body.note or "",
        state=document,
        key_id=key.id or None,
        at=now(),
    )


@router.post("/v1/queues/{queue}/handovers/{number}/sign", responses=errors(404, 409))
def post_signature(queue: QueueName, number: int, request: Request, key: Supervisor, body: SignIn) -> dict[str, Any]:
    """Sign a handover with one of its two badges; signing again changes nothing."""
    if key.badge and key.role != "admin" and key.badge != body.badge:
        raise HttpRefusal(403, say("handover.not_yours", own=key.badge, badge=body.badge))
    log: LadderLog = request.app.state.log
    return sign_handover(log.engine, queue, number, badge=body.badge, key_id=key.id or None, at=now())


@router.get("/v1/queues/{queue}/handovers", responses=errors(404))
def get_handovers(queue: QueueName, request: Request, key: Reader, limit: MostRows = 20) -> dict[str, Any]:
    """Return the queue's handovers, newest first."""
    log: LadderLog = request.app.state.log
    log.state(queue)
    note_reading(request, key, what="handovers", subject=queue)
    return {"handovers": list_handovers(log.engine, queue, limit=limit)}


@router.get("/v1/outbox", responses=errors())
def get_outbox(request: Request, key: Exporter, limit: MostRows = 100) -> dict[str, Any]:
    """Return how far the order notifications have come, newest first."""
    del key
    return outbox_state(engine_of(request), limit=limit)


@router.get("/v1/audit", responses=errors())
def get_audit(
    request: Request,
    key: Admin,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: MostRows = 200,
) -> dict[str, Any]:
    """Return who did what, newest first."""
    del key
    entries = audit_entries(engine_of(request), before=before, limit=limit)
    return {"entries": entries, "next_before": entries[-1]["id"] if len(entries) == limit else None}
