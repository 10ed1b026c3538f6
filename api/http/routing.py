"""What the operations of the service share: how a key is sent, their errors, the queue or the plan in their address."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.security import APIKeyHeader, HTTPBearer
from pydantic import AfterValidator
from sqlalchemy import Engine

from api.http.problems import MEDIA_TYPE
from api.names import QUEUE_NAME
from api.settings import queue_named

# For the OpenAPI document; the check itself is `api.http.access.Gate.admit`.
KEYED = [
    Depends(HTTPBearer(auto_error=False, description="An API key made by `huawu key create`.")),
    Depends(APIKeyHeader(name="X-API-Key", auto_error=False, description="The same key in a header of its own.")),
]
QueueName = Annotated[
    str,
    Path(
        examples=["hotline"],
        description="Letters, digits, Chinese characters, dot, dash, underscore",
        json_schema_extra={"pattern": QUEUE_NAME.pattern},
    ),
    AfterValidator(queue_named),
]
PlanId = Annotated[str, Path(min_length=1, max_length=32, pattern=r"^[0-9a-f]+$", examples=["3f9c0d21ab45"])]
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
        503: "The database cannot be used at the moment",
    }.items()
}


def keyed_router(tag: str) -> APIRouter:
    """Return a router of operations that are asked with a key, under a heading of the reference."""
    return APIRouter(tags=[tag], dependencies=KEYED)


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documented errors of an endpoint."""
    return {status: ERRORS[status] for status in (400, 401, 403, 422, 429, 503, *statuses)}


def engine_of(request: Request) -> Engine:
    """Return the service's database."""
    engine: Engine = request.app.state.log.engine
    return engine
