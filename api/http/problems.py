"""Errors as application/problem+json (RFC 9457)."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.http.field_faults import field_in_chinese
from api.intake import InputError
from api.planner.drafts import NoDraftError
from api.sentences import say
from api.store.handover_rows import NoHandoverError
from api.store.ladder_fold import UnknownQueueError
from api.store.ladder_log import OpenOrdersError, VersionMismatchError
from api.store.trouble import database_errors, trouble_of
from forecaster.messages import Message, Refusal, told_of, unforeseen

logger = logging.getLogger("huawu")
MEDIA_TYPE = "application/problem+json"
DATABASE_ERRORS = database_errors()
RETRY_AFTER_SECONDS = 5


class HttpRefusal(Refusal, HTTPException):
    """A request that cannot be done, with its status and why."""

    def __init__(self, status: int, said: Message, headers: dict[str, str] | None = None) -> None:
        HTTPException.__init__(self, status, said.en, headers)
        Refusal.__init__(self, said)


def problem_document(status: int, detail: str, **more: Any) -> dict[str, Any]:
    """Return a problem document (RFC 9457)."""
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}


def problem(status: int, said: Message, *, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """Return a problem document as a response, with the code of what it says and its Chinese."""
    document = problem_document(status, said.en, detail_zh=said.zh, code=said.code, **more)
    text = json.dumps(document, ensure_ascii=False, default=str)
    return Response(text, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def problem_of(error: Exception) -> Response | None:
    """Return the problem document that an error of the service is answered with; None for one nobody foresaw."""
    if isinstance(error, RequestValidationError):
        return invalid([dict(one) for one in error.errors()])
    status, said, headers = 422, told_of(error), {}
    if isinstance(error, DATABASE_ERRORS):
        return database_problem(error)
    if isinstance(error, HTTPException):
        status, headers = error.status_code, dict(error.headers or {})
        said = error.message if isinstance(error, HttpRefusal) else _of_the_server(status, str(error.detail))
    elif isinstance(error, VersionMismatchError):
        status, headers = 412, {"ETag": f'"{error.current}"'}
    elif isinstance(error, ClientDisconnect):  # nobody is there to hear it
        status, said = 400, say("body.broken_off")
    elif isinstance(error, OpenOrdersError):
        status = 409
    elif isinstance(error, (NoDraftError, UnknownQueueError, NoHandoverError)):
        status = 404
    elif not isinstance(error, ValueError):
        return None
    ask = {"ask": asdict(error.ask)} if isinstance(error, InputError) and error.ask is not None else {}
    faults = _faults(error) if isinstance(error, InputError) else []
    return problem(status, said, headers=headers, **ask, **({"faults": faults} if faults else {}))


def database_problem(error: Exception) -> Response | None:
    """Return 503 with what is wrong with the database; None where it is not the database that is at fault."""
    cause = trouble_of(error)
    if cause is None:
        return None
    logger.error("%s", cause.en)
    return problem(503, say("database.later", cause=cause), headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def _faults(error: InputError) -> list[dict[str, Any]]:
    """Return the faults of a file: where each stands, what stands there, what is wrong and the way out.

    `file` is told where they stand in several, as in an archive.
    """
    several = len({one.file for one in error.faults}) > 1
    return [
        {
            **({"file": Path(one.file).name} if several else {}),
            "row": one.row, "column": one.column, "value": None if one.value is None else str(one.value)[:80],
            "en": one.wrong.en, "zh": one.wrong.zh,
        }
        for one in error.faults
    ]  # fmt: skip


def _of_the_server(status: int, detail: str) -> Message:
    code = {404: "address.none", 405: "address.method"}.get(status)
    return say(code) if code and detail == HTTPStatus(status).phrase else unforeseen(detail)


FORESEEN = (
    HTTPException,
    RequestValidationError,
    ValueError,  # as every refusal is
    ClientDisconnect,
    *DATABASE_ERRORS,
)


def add_handlers(app: FastAPI) -> None:
    """Let every error of the service leave as a problem document."""

    async def answer(request: Request, error: Exception) -> Response:
        del request
        said = problem_of(error)
        if said is None:  # a fault of the program, told by whoever runs it
            raise error
        return said

    for kind in FORESEEN:
        app.add_exception_handler(kind, answer)


def invalid(errors: list[dict[str, Any]]) -> Response:
    """Return 422 with every fault named by its place and value."""
    shown = [
        {
            "where": ".".join(str(part) for part in one.get("loc", ()) if part != "body"),
            "problem": one.get("msg", ""),
            "value": _shown(one.get("input")),
        }
        for one in errors
    ]
    first = shown[0] if shown else {"where": "", "problem": "invalid", "value": ""}
    english = f"{first['where'] or 'body'}: {first['problem']} (got {first['value']})"
    said = Message(field_in_chinese(errors[0]) if errors else "内容不合要求", english, "field", first)
    return problem(422, said, errors=shown)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
