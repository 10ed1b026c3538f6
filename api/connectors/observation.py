"""One look at a queue, as every connector gives it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx


@dataclass(frozen=True)
class Observation:
    """What a source said of a queue; `waiting` None is missing, which is never 0 (L12).

    told
        What else it said of the floor, under the names a reading has: `seats_signed_in`, `seats_free` …
    """

    queue: str
    at: datetime
    waiting: int | None
    told: dict[str, Any] = field(default_factory=dict)

    def body(self, source: str) -> dict[str, Any]:
        """Return the body of the reading to post; its id makes sending it again harmless."""
        at = self.at.astimezone(UTC).isoformat(timespec="milliseconds")
        return {"id": f"{source}/{self.queue}/{at}"[:128], "at": at, "waiting": self.waiting, **self.told}


Sink = Callable[[Observation], Awaitable[None]]


class HttpSink:
    """Posts observations to the service with a writer's key; while it is away, keeps the newest `most` per queue."""

    def __init__(self, client: httpx.AsyncClient, *, source: str, most: int = 720) -> None:
        self.client = client
        self.source = source
        self.most = most
        self.kept: dict[str, list[dict[str, Any]]] = {}

    async def __call__(self, seen: Observation) -> None:
        """Send what is kept of the queue and this one, in their order; keep them if the service does not answer.

        Raises
        ------
        PermissionError
            If the service refuses the key: sending on would be useless.
        """
        backlog = self.kept.setdefault(seen.queue, [])
        backlog.append(seen.body(self.source))
        del backlog[: -self.most]
        try:
            answer = await self.client.post(f"/v1/queues/{seen.queue}/readings", json=list(backlog))
        except httpx.HTTPError:
            return
        if answer.status_code in (401, 403):
            raise PermissionError(f"the service refuses the key: {answer.text[:200]}")
        if answer.status_code == 429 or answer.status_code >= 500:
            return
        backlog.clear()
