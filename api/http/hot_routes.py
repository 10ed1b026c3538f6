"""Routes a floor lives on: documented, limited and measured as every other, answered without FastAPI's machinery."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from api.names import QUEUE_NAME


class HotRoute(APIRoute):
    """A route of one queue whose endpoint is called as `endpoint(queue, request)` and returns its response itself.

    Its signature documents it; the endpoint admits the key and reads the body on its own. A name that no queue can have
    is refused where all the others are.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        queue = scope["path_params"]["queue"]
        if scope["method"] not in (self.methods or ()) or QUEUE_NAME.fullmatch(queue) is None:
            await super().handle(scope, receive, send)
            return
        response = await self.endpoint(queue, Request(scope, receive, send))
        await response(scope, receive, send)


def add_first(app: FastAPI, routes: list[HotRoute]) -> None:
    """Let `app` try these routes before any other."""
    app.router.routes[:0] = routes
