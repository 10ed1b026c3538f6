"""The OpenAPI document, complete: what each operation is for, and what asking and being answered look like.

The examples are recorded from the service itself (`data/openapi/examples.json`).
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from api.http.models import Problem, ReadingIn
from api.http.problems import MEDIA_TYPE, problem_document

EXAMPLES = Path(__file__).resolve().parents[2] / "data" / "openapi" / "examples.json"
SENTENCE = re.compile(r"^(.*?[.:;])(?:\s|$)", re.DOTALL)
REFUSALS = {
    400: "the body is not UTF-8",
    401: "no API key: send Authorization: Bearer <key>",
    403: "a key of role wallboard may not do this: it needs permission act",
    404: "there is no queue 'hotlnie'; the nearest is 'hotline'",
    409: "conflict: reading 'acd-7-000123' was sent before with another body",
    412: "the state is at version 41, not 40: read it again",
    413: "the body is longer than 1000000 bytes",
    422: "waiting: Input should be a valid integer (got '7')",
    429: "more than 600 requests a minute",
    503: "another program holds the database locked; try again in a moment",
}

PARAMETERS = {"If-Match": '"41"', "Last-Event-ID": "41", "before": "hotline-000007", "kind": "reading"}
# The page begins with a script of its own; whatever would come from elsewhere the browser refuses.
REFERENCE_HEADERS = {
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def document(app: FastAPI) -> None:
    """Let the application's OpenAPI document say everything."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            written = made()
            schemas = written.setdefault("components", {}).setdefault("schemas", {})
            for model in (ReadingIn, Problem):  # only named by reference
                schemas[model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
            for path, item in written["paths"].items():
                for verb, operation in item.items():
                    _complete(operation, recorded().get(f"{verb.upper()} {path}", {}))
            app.openapi_schema = written
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def add_reference(app: FastAPI) -> None:
    """Serve the document for people at `/docs`: Swagger UI (Apache 2.0), its files from the package fastapi-offline."""
    found = find_spec("fastapi_offline")
    assert found is not None
    assert found.submodule_search_locations is not None
    app.mount("/docs/files", StaticFiles(directory=Path(found.submodule_search_locations[0], "static")), name="docs")

    def page() -> HTMLResponse:
        shown = get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="huawu",
            swagger_js_url="/docs/files/swagger-ui-bundle.js",
            swagger_css_url="/docs/files/swagger-ui.css",
            swagger_favicon_url="/static/icon.svg",
        )
        shown.headers.update(REFERENCE_HEADERS)
        return shown

    app.add_api_route("/docs", page, methods=["GET"], include_in_schema=False)


@cache
def recorded() -> dict[str, Any]:
    """Return the recorded examples by verb and path."""
    found: dict[str, Any] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return found


def _complete(operation: dict[str, Any], example: dict[str, Any]) -> None:
    first = SENTENCE.match(operation.get("description", ""))
    if first is not None:
        operation["summary"] = " ".join(first.group(1).split()).rstrip(".:;")
    for parameter in operation.get("parameters", []):
        told = {**example.get("query", {}), **example.get("path", {})}
        schema = parameter["schema"]
        if parameter["name"] in told:
            parameter["example"] = told[parameter["name"]]
        elif "example" not in parameter and "examples" not in schema and "default" not in schema:
            parameter["example"] = PARAMETERS.get(parameter["name"], "")
    if "body" in example:
        for content in operation.get("requestBody", {}).get("content", {}).values():
            content["example"] = example["body"]
    for status, answer in operation["responses"].items():
        shown = example.get("answers", {}).get(status, {})
        for kind, content in answer.get("content", {}).items():
            if kind in shown:
                content["example"] = shown[kind]
            elif kind == MEDIA_TYPE:
                content["example"] = problem_document(int(status), REFUSALS[int(status)])
