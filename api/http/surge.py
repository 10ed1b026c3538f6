"""Readings in, and the state of the ladder out."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError

from api.http.access import Gate, bearer_scheme, header_scheme, requires
from api.http.board import Board
from api.http.models import Problem, QueuesOut, ReadingIn, ReadingOut, SurgeOut
from api.http.problems import invalid, problem
from api.keys import Key
from api.store.codec import now
from api.store.ladder_log import LadderLog, NewReading

MAX_BATCH = 1000
QueueName = Annotated[
    str,
    Path(
        min_length=1,
        max_length=64,
        pattern=r"^[0-9A-Za-z一-鿿._\-]+$",
        examples=["hotline"],
        description="Letters, digits, Chinese characters, dot, dash, underscore",
    ),
]
ONE = TypeAdapter(ReadingIn)
MANY = TypeAdapter(Annotated[list[ReadingIn], "a batch"])
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "content": {"application/problem+json": {}}, "description": words}
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
FLOOR_COLUMNS = set(ReadingIn.model_fields) - {"at", "waiting", "id"}
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
async def post_readings(
    queue: QueueName, request: Request, key: Annotated[Key, Depends(requires("write"))]
) -> Response:
    """Take in one reading, or up to a thousand in their order, durably, and answer with what was decided.

    A reading with an `id` that was here before gets its first answer again; with another body it is a conflict.
    A reading older than the newest accepted is `late`; without a number it is `missing`; neither changes anything.
    """
    del key
    body = await request.body()
    batch = body.lstrip()[:1] == b"["
    try:
        read = MANY.validate_json(body) if batch else [ONE.validate_json(body)]
    except ValidationError as error:
        return invalid([dict(one) for one in error.errors(include_url=False, include_context=False)])
    if not 1 <= len(read) <= MAX_BATCH:
        return problem(422, f"a batch has 1 to {MAX_BATCH} readings, this one has {len(read)}")
    arrived = [new_reading(one) for one in read]
    log: LadderLog = request.app.state.log
    board: Board = request.app.state.board
    loop = asyncio.get_running_loop()
    answers = await loop.run_in_executor(board.writers, lambda: log.accept(queue, arrived, received_at=now()))
    counters = request.app.state.metrics
    for answer in answers:
        counters.reading(queue, "repeated" if answer.repeated else answer.status)
    if batch:
        return Response("[" + ",".join(one.text for one in answers) + "]", media_type="application/json")
    answer = answers[0]
    if answer.status in ("conflict", "future"):
        said = json.loads(answer.text)
        words = said.get("detail") or "; ".join(one["reason"] for one in said["decisions"])
        return problem(409 if answer.status == "conflict" else 422, f"{answer.status}: {words}")
    return Response(answer.text, media_type="application/json")


def new_reading(one: ReadingIn) -> NewReading:
    """Return the reading for the log."""
    told = None
    if one.model_fields_set & FLOOR_COLUMNS:
        told = {name: getattr(one, name) for name in one.model_fields_set & FLOOR_COLUMNS}
    return NewReading(one.at, one.waiting, one.id, told)


class ReadyRoute(APIRoute):
    """A documented route that answers with ready bytes, past the machinery that parses and serialises."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler itself."""
        return get_surge_bytes


async def get_surge_bytes(request: Request) -> Response:
    """Answer GET surge: ETag is the version (and whether it went stale), the age is this moment's."""
    state = request.app.state
    gate: Gate = state.gate
    board: Board = state.board
    gate.admit(request.scope, "read")
    ready = await board.surge(request.path_params["queue"])
    clock = time.time()
    stale = ready.is_stale(clock)
    etag = ready.etag_stale if stale else ready.etag
    for name, value in request.scope["headers"]:
        if name == b"if-none-match" and (value == etag or etag in value or value == b"*"):
            return _bytes_response(304, b"", etag)
    return _bytes_response(200, ready.body(clock, stale=stale), etag)


def _bytes_response(status: int, body: bytes, etag: bytes) -> Response:
    response = Response(status_code=status)
    response.body = body
    response.raw_headers = [
        (b"content-length", b"%d" % len(body)),
        (b"content-type", b"application/json"),
        (b"etag", etag),
        (b"cache-control", b"no-cache"),
    ]
    if status == 304:
        response.raw_headers = response.raw_headers[2:]
    return response


ready_router = APIRouter(
    tags=["surge"], route_class=ReadyRoute, dependencies=[Depends(bearer_scheme), Depends(header_scheme)]
)


@ready_router.get(
    "/v1/queues/{queue}/surge",
    response_model=SurgeOut,
    responses={**errors(404), 304: {"description": "Nothing new since the ETag given"}},
)
async def get_surge(queue: QueueName) -> None:
    """Return the state of the queue's ladder: rung, band, clocks, open orders, people, warnings.

    The `ETag` is the state's version; send it back as `If-None-Match` to get 304 while nothing is new, or as
    `If-Match` with an order to be refused (412) if the state has moved on.
    """
    del queue


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
