"""Readings in, and the state of the ladder out."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError

from api.http.hot_routes import HotRoute
from api.http.models import (
    MANY_READINGS,
    MAX_BATCH,
    ONE_READING,
    ReadingIn,
    ReadingOut,
    SurgeOut,
)
from api.http.problems import HttpRefusal, invalid, problem
from api.http.routing import KEYED, QueueName, errors
from api.keys import Key
from api.sentences import say
from api.store.ladder_work import Answer, NewReading
from escalation.report import COMMANDS, TOLD_COLUMNS
from forecaster.messages import Words

TOLD = set(TOLD_COLUMNS)
JSON = (b"content-type", b"application/json")


async def post_readings(queue: QueueName, request: Request) -> Response:
    """Take in one reading, or up to a thousand in their order, durably, and answer with what was decided.

    A reading with an `id` that was here before gets its first answer again; with another body it is a conflict.
    A reading older than the newest accepted is `late`; without a number it is `missing`; neither changes anything.
    """
    state = request.app.state
    key = state.gate.admit(request.scope, "write", queue=queue)
    body = await request.body()
    batch = body.lstrip()[:1] == b"["
    try:
        read = MANY_READINGS.validate_json(body) if batch else [ONE_READING.validate_json(body)]
    except ValidationError as error:
        return invalid([dict(one) for one in error.errors(include_url=False, include_context=False)])
    if not 1 <= len(read) <= MAX_BATCH:
        return problem(422, say("batch.size", most=MAX_BATCH, count=len(read)))
    if not key.commands() and any(getattr(one, name) is not None for one in read for name in COMMANDS):
        raise HttpRefusal(403, say("key.may_not_command"))
    answers = await state.group_commit.take_in(queue, [new_reading(one, key) for one in read])
    for one in answers:
        state.metrics.reading(queue, "repeated" if one.repeated else one.status)
    return _batch_reply(answers) if batch else _single_reply(answers[0])


async def get_surge(queue: QueueName, request: Request) -> Response:
    """Return the state of the queue's ladder: rung, band, clocks, open orders, people, warnings.

    The `ETag` is the state's version; send it back as `If-None-Match` to get 304 while nothing is new, or as
    `If-Match` with an order to be refused (412) if the state has moved on.
    """
    state = request.app.state
    state.gate.admit(request.scope, "read", queue=queue)
    ready = await state.board.surge(queue)
    clock = time.time()
    stale = ready.is_stale(clock)
    etag = ready.etag_stale if stale else ready.etag
    if has(request, etag):
        return Ready(b"", [(b"etag", etag)], status=304)
    return Ready(ready.body(clock), [JSON, (b"etag", etag)])


def has(request: Request, etag: bytes) -> bool:
    """Return whether who asks has what has this `ETag`, and wants to hear of another alone (`If-None-Match`)."""
    return any(
        name == b"if-none-match" and (value == etag or etag in value or value == b"*")
        for name, value in request.scope["headers"]
    )


class Ready(Response):
    """A response whose bytes and headers are ready: nothing is encoded, nothing looked up."""

    def __init__(self, body: bytes, headers: list[tuple[bytes, bytes]], *, status: int = 200) -> None:
        self.status_code, self.body, self.background = status, body, None
        self.raw_headers = headers if status == 304 else [(b"content-length", b"%d" % len(body)), *headers]


def new_reading(one: ReadingIn, key: Key) -> NewReading:
    """Return the reading for the log, told by the key's badge or, where it has none, its label."""
    said = one.model_fields_set & TOLD
    told = {name: getattr(one, name) for name in said} if said else None
    return NewReading(one.at, one.waiting, one.id, told, key.actor, one.reason or "", key.id or None)


def _batch_reply(answers: Sequence[Answer]) -> Response:
    return Ready(("[" + ",".join(one.text for one in answers) + "]").encode(), [JSON])


def _single_reply(answer: Answer) -> Response:
    if answer.status in ("conflict", "future"):
        said = json.loads(answer.text)
        one = said["decisions"][0] if said.get("decisions") else said
        why = say(f"reading.{answer.status}", why=Words(one["reason_zh"], one["reason"]))
        return problem(409 if answer.status == "conflict" else 422, why)
    return Ready(answer.text.encode(), [JSON])


READINGS_BODY = {
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
DOCUMENTED: dict[str, Any] = {
    "tags": ["surge"],
    "dependencies": KEYED,
    "response_class": JSONResponse,
}
HOT_ROUTES = [
    HotRoute(
        "/v1/queues/{queue}/surge",
        get_surge,
        methods=["GET"],
        response_model=SurgeOut,
        responses={**errors(404), 304: {"description": "Nothing new since the ETag given"}},
        **DOCUMENTED,
    ),
    HotRoute(
        "/v1/queues/{queue}/readings",
        post_readings,
        methods=["POST"],
        response_model=ReadingOut | list[ReadingOut],
        responses=errors(404, 409, 413),
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": READINGS_BODY}}}},
        **DOCUMENTED,
    ),
]
