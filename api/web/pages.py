"""The three pages and their files, and the names that they share with the rest."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import Scope

from forecaster.names import (
    DECISION_WORDS,
    FIGURE_WORDS,
    GROUP_WORDS,
    LADDERS,
    MODE_WORDS,
    ORDER_STATUS,
    PHASES,
    UNITS,
    capital,
)

STATIC = Path(__file__).resolve().parent / "static"
PAGES = {"/": "wallboard.html", "/plan": "planner.html", "/explore": "explore.html"}
# The browser itself refuses whatever would come from elsewhere, and nobody can put a page into a frame of theirs.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # asked again each time, answered 304: a new version shows at the next visit
}


class PageFiles(StaticFiles):
    """The static files, each with the pages' headers."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file at `path`, or 304 where the browser has it already."""
        if path == "names.js":
            return Response(names_module(), media_type="text/javascript; charset=utf-8", headers=HEADERS)
        if path == "build.json":
            return Response(json.dumps({"build": build()}), media_type="application/json", headers=HEADERS)
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


@cache
def build() -> str:
    """Return the digest of this service's pages: a screen that hangs on a wall looks whether there are new ones."""
    parts = [path.read_bytes() for path in sorted(STATIC.rglob("*")) if path.is_file()]
    return sha256(b"".join([*parts, names_module().encode()])).hexdigest()[:16]


@cache
def names_module() -> str:
    """Return the names of roles, orders, modes, units, columns … as the pages' script has them, Chinese first."""
    said = {f"role.{code}": (words.zh, capital(words.en)) for code, words in GROUP_WORDS.items()}
    said |= {f"order.status.{code}": (words.zh, capital(words.en)) for code, words in ORDER_STATUS.items()}
    said |= {f"mode.{code}": (words.zh, words.en) for code, words in MODE_WORDS.items()}
    said |= {f"ladder.{code}": (words.zh, words.en) for code, words in LADDERS.items()}
    said |= {f"unit.{code}": (words.zh, words.en) for code, words in UNITS.items()}
    said |= {f"decision.{code}": (words.zh, words.en) for code, words in DECISION_WORDS.items()}
    said |= {f"phase.{code}": (words.zh, words.en) for code, words in PHASES.items()}
    said |= {f"column.{code}": (words.zh, words.en) for code, words in FIGURE_WORDS.items()}
    said |= {f"head.{code}": (words.zh, capital(words.en)) for code, words in FIGURE_WORDS.items()}
    return f"export const NAMES = {json.dumps(said, ensure_ascii=False)};\n"


def add_pages(app: FastAPI) -> None:
    """Serve the pages and their files from `app`."""
    for address, name in PAGES.items():
        app.add_api_route(address, _page(STATIC / name), methods=["GET"], include_in_schema=False)
    app.mount("/static", GZipMiddleware(PageFiles(directory=STATIC), minimum_size=500), name="static")


def _page(path: Path) -> Any:
    async def page() -> FileResponse:
        return FileResponse(path, media_type="text/html; charset=utf-8", headers=HEADERS)

    return page
