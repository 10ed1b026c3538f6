"""Readings in, and the state of the ladder out."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from api.http.access import bearer_scheme, header_scheme, requires
from api.http.board import Board
from api.http.models import MAX_BATCH, QUEUE_NAME, QueuesOut, ReadingOut, SurgeOut
from api.http.problems import MEDIA_TYPE
from api.keys import Key

QueueName = Annotated[
    str,
    Path(
        pattern=QUEUE_NAME.pattern,
        examples=["hotline"],
        description="Letters, digits, Chinese characters, dot, dash, underscore",
    ),
]
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}, "description": words}
    for status, words in {
        400: "The body is not text",
        401: "No live key",
        403: "A key of the wrong role",
        404: "No such queue or order",
        409: "The id was used for something else",
        412: "The state has moved on",
        413: "The body is too long",
        422: "The request cannot be read",
        429: "Too many requests",
    }.items()
}
router = APIRouter(
    tags=["surge"],
    dependencies=[Depends(bearer_scheme), Depends(header_scheme)],
)


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documented errors of an endpoint."""
    return {status: ERRORS[status] for status in (400, 401, 403, 422, 429, *statuses)}


@router.post(
    "/v1/queues/{queue}/readings",
    response_model=ReadingOut | list[ReadingOut],
    responses=errors(409, 413),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "oneOf": [
                            {"$ref": "#/components/schemas/ReadingIn"},
                            {
                                "type": "array",
                                "minItems": 1,
                                "maxItems": MAX_BATCH,
                                "items": {"$ref": "#/components/schemas/ReadingIn"},
                            },
                        ]
                    }
                }
            },
        }
    },
)
async def post_readings(queue: QueueName, key: Annotated[Key, Depends(requires("write"))]) -> None:
    """Take in one reading, or up to a thousand in their order, durably, and answer with what was decided.

    A reading with an `id` that was here before gets its first answer again; with another body it is a conflict.
    A reading older than the newest accepted is `late`; without a number it is `missing`; neither changes anything.
    """
    raise _answered_in_the_lane(queue, key)


def _answered_in_the_lane(*told: object) -> RuntimeError:
    """Return the error of a request that `api.http.lane` should have answered: these routes are its documentation."""
    return RuntimeError(f"not answered in the lane: {told[0]}")


@router.get(
    "/v1/queues/{queue}/surge",
    response_model=SurgeOut,
    responses={**errors(404), 304: {"description": "Nothing new since the ETag given"}},
)
async def get_surge(queue: QueueName, key: Annotated[Key, Depends(requires("read"))]) -> None:
    """Return the state of the queue's ladder: rung, band, clocks, open orders, people, warnings.

    The `ETag` is the state's version; send it back as `If-None-Match` to get 304 while nothing is new, or as
    `If-Match` with an order to be refused (412) if the state has moved on.
    """
    raise _answered_in_the_lane(queue, key)


@router.get("/v1/queues", response_model=QueuesOut, responses=errors())
async def get_queues(request: Request, key: Annotated[Key, Depends(requires("read"))]) -> Response:
    """Return the state of every queue, in the order of their names."""
    del key
    board: Board = request.app.state.board
    loop = asyncio.get_running_loop()
    names = await loop.run_in_executor(None, request.app.state.log.queue_names)
    clock = time.time()
    parts = []
    for name in names:
        ready = await board.surge(name)
        parts.append(ready.body(clock, stale=ready.is_stale(clock)))
    return Response(b'{"queues":[' + b",".join(parts) + b"]}", media_type="application/json")
