"""The queues: which there are, and what an admin declares or retires (L36)."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from api.http.access import Admin, ReaderOfAny
from api.http.acts import ReasonIn, acting_badge, in_writer
from api.http.board import Board
from api.http.models import QueuesOut, SurgeOut
from api.http.routing import QueueName, errors, keyed_router
from api.store.audit import AuditNote
from api.store.codec import now
from api.store.ladder_fold import UnknownQueueError
from api.store.ladder_log import LadderLog

router = keyed_router("surge")


@router.get("/v1/queues", response_model=QueuesOut, responses=errors())
async def get_queues(request: Request, key: ReaderOfAny) -> Response:
    """Return the state of every queue the key is for, in the order of their names."""
    board: Board = request.app.state.board
    loop = asyncio.get_running_loop()
    names = await loop.run_in_executor(None, request.app.state.log.queue_names)
    clock = time.time()
    parts = []
    for name in names:
        if key.queues and name not in key.queues:
            continue
        with suppress(UnknownQueueError):  # retired in this very moment
            ready = await board.surge(name)
            parts.append(ready.body(clock))
    return Response(b'{"queues":[' + b",".join(parts) + b"]}", media_type="application/json")


@router.put("/v1/queues/{queue}", response_model=SurgeOut, responses=errors())
async def put_queue(queue: QueueName, request: Request, key: Admin, body: ReasonIn) -> Any:
    """Declare a queue, or take up one that was retired; one that stands is answered as it is."""
    log: LadderLog = request.app.state.log
    note = AuditNote(acting_badge(body, key), "queue.declare", queue, body.reason, key_id=key.id or None)
    at = now()
    await in_writer(request, lambda: log.declare(queue, at, note=note))
    ready = await request.app.state.board.surge(queue)
    return json.loads(ready.body(time.time()))


@router.post("/v1/queues/{queue}/retire", responses=errors(404, 409))
async def post_retire(queue: QueueName, request: Request, key: Admin, body: ReasonIn) -> dict[str, str]:
    """Retire a queue: readings and acts are refused from now on, its log stays; 409 while orders of it are open."""
    log: LadderLog = request.app.state.log
    note = AuditNote(acting_badge(body, key), "queue.retire", queue, body.reason, key_id=key.id or None)
    at = now()
    await in_writer(request, lambda: log.retire(queue, at, note=note))
    request.app.state.board.forget(queue)
    return {"queue": queue, "retired_at": at.isoformat()}
