"""The two requests a floor lives on, a reading in and the state out, answered ahead of the framework's machinery.

They are documented with the others (`api.http.surge`), and refused, limited and measured as the others are.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Sequence

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.access import Gate
from api.http.board import Board
from api.http.desk import Desk
from api.http.metrics import Metrics
from api.http.models import MANY_READINGS, MAX_BATCH, ONE_READING, QUEUE_NAME, ReadingIn
from api.http.problems import invalid, problem, problem_of
from api.store.ladder_work import Answer, NewReading

PREFIX = "/v1/queues/"
READINGS, SURGE = "/v1/queues/{queue}/readings", "/v1/queues/{queue}/surge"
FLOOR_COLUMNS = set(ReadingIn.model_fields) - {"at", "waiting", "id"}
JSON = (b"content-type", b"application/json")
NOT_KEPT = (b"cache-control", b"no-cache")
Reply = tuple[int, list[tuple[bytes, bytes]], bytes]


class Lane:
    """Answers `POST …/readings` and `GET …/surge` itself and passes everything else on."""

    def __init__(
        self, app: ASGIApp, *, gate: Gate, board: Board, desk: Desk, metrics: Metrics, max_body_bytes: int
    ) -> None:
        self.app = app
        self.gate = gate
        self.board = board
        self.desk = desk
        self.metrics = metrics
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request if it is one of the two."""
        answer, route, queue = self._answerer(scope)
        if answer is None:
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        try:
            status, headers, body = await answer(scope, receive, queue)
        except Exception as error:
            refusal = problem_of(error)
            if refusal is None:
                self.metrics.request(route, scope["method"], 500, time.perf_counter() - began)
                raise
            status, headers, body = refusal.status_code, refusal.raw_headers, bytes(refusal.body)
        self.metrics.request(route, scope["method"], status, time.perf_counter() - began)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answerer(self, scope: Scope) -> tuple[Callable[[Scope, Receive, str], Awaitable[Reply]] | None, str, str]:
        if scope["type"] == "http":
            path: str = scope["path"].removeprefix(scope.get("root_path", ""))
            if path.startswith(PREFIX):
                queue, _, last = path[len(PREFIX) :].partition("/")
                if last == "surge" and scope["method"] == "GET" and QUEUE_NAME.fullmatch(queue):
                    return self.surge, SURGE, queue
                if last == "readings" and scope["method"] == "POST" and QUEUE_NAME.fullmatch(queue):
                    return self.readings, READINGS, queue
        return None, "", ""

    async def surge(self, scope: Scope, receive: Receive, queue: str) -> Reply:
        """Answer with the state: the ETag is the version (and whether it went stale), the age is this moment's."""
        del receive
        self.gate.admit(scope, "read")
        ready = await self.board.surge(queue)
        clock = time.time()
        stale = ready.is_stale(clock)
        etag = ready.etag_stale if stale else ready.etag
        for name, value in scope["headers"]:
            if name == b"if-none-match" and (value == etag or etag in value or value == b"*"):
                return 304, [(b"etag", etag), NOT_KEPT], b""
        body = ready.body(clock, stale=stale)
        return 200, [(b"content-length", b"%d" % len(body)), JSON, (b"etag", etag), NOT_KEPT], body

    async def readings(self, scope: Scope, receive: Receive, queue: str) -> Reply:
        """Take in one reading or a batch, durably, and answer with what was decided."""
        self.gate.admit(scope, "write")
        body = await self._body(scope, receive)
        batch = body.lstrip()[:1] == b"["
        try:
            read = MANY_READINGS.validate_json(body) if batch else [ONE_READING.validate_json(body)]
        except ValidationError as error:
            return _reply(invalid([dict(one) for one in error.errors(include_url=False, include_context=False)]))
        if not 1 <= len(read) <= MAX_BATCH:
            return _reply(problem(422, f"a batch has 1 to {MAX_BATCH} readings, this one has {len(read)}"))
        answers = await self.desk.take_in(queue, [new_reading(one) for one in read])
        for one in answers:
            self.metrics.reading(queue, "repeated" if one.repeated else one.status)
        return _batch_reply(answers) if batch else _single_reply(answers[0])

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """Return the body; one above the limit is refused before it is read whole."""
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > self.max_body_bytes:
                raise HTTPException(413, f"the body is longer than {self.max_body_bytes} bytes")
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise HTTPException(400, "the connection broke off within the body")
            body += message.get("body", b"")
            if len(body) > self.max_body_bytes:
                raise HTTPException(413, f"the body is longer than {self.max_body_bytes} bytes")
            if not message.get("more_body", False):
                return bytes(body)


def new_reading(one: ReadingIn) -> NewReading:
    """Return the reading for the log."""
    said = one.model_fields_set & FLOOR_COLUMNS
    return NewReading(one.at, one.waiting, one.id, {name: getattr(one, name) for name in said} if said else None)


def _reply(response: object) -> Reply:
    return response.status_code, response.raw_headers, bytes(response.body)  # type: ignore[attr-defined]


def _json_reply(text: str) -> Reply:
    body = text.encode()
    return 200, [(b"content-length", b"%d" % len(body)), JSON], body


def _batch_reply(answers: Sequence[Answer]) -> Reply:
    return _json_reply("[" + ",".join(one.text for one in answers) + "]")


def _single_reply(answer: Answer) -> Reply:
    if answer.status in ("conflict", "future"):
        said = json.loads(answer.text)
        words = said.get("detail") or "; ".join(one["reason"] for one in said["decisions"])
        return _reply(problem(409 if answer.status == "conflict" else 422, f"{answer.status}: {words}"))
    return _json_reply(answer.text)
