"""Who may do what: keys with roles, looked up by hash, each within its rate."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine
from starlette.types import Scope

from api.http.problems import HttpRefusal
from api.keys import RIGHTS, Key, key_hash, keys_by_hash
from api.names import KEY_ROLE_WORDS, PERMISSIONS
from api.sentences import say
from api.settings import Settings
from api.store.audit import AuditNote, note_alone
from api.store.codec import now
from forecaster.names import called

COOKIE = "huawu_key"
REFRESH_SECONDS = 0.5
LOOPBACK = ("127.0.0.1", "::1", "localhost", "testclient", "testserver")
ANY_QUEUE = "*"
OPEN_KEY = Key(0, "open access", "admin", "demo", 10**9, now())


@dataclass(slots=True)
class _Bucket:
    """The requests a key may still make: refilled steadily, a minute's worth at most."""

    left: float
    at: float


class Gate:
    """Lets requests in by their key. One per process; keys are read again every half second."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine = engine
        self.open_access = settings.open_access
        self.keys: dict[str, Key] = {}
        self.by_id: dict[int, Key] = {}
        self.by_secret: dict[bytes, Key] = {}
        self.read_at = float("-inf")
        self.buckets: dict[int, _Bucket] = {}

    def admit(self, scope: Scope, *permissions: str, queue: str | None = None) -> Key:
        """Return the key of a request that has any of `permissions`, for `queue`.

        A key that is held to queues is for requests of one of these alone; `ANY_QUEUE` lets it ask what is no queue's.

        Raises
        ------
        HTTPException
            401 without a live key, 403 with a key of the wrong role or queue, 429 above its rate.
        """
        if self.open_access:
            _only_loopback(scope)
            _only_own_pages(scope)
            return OPEN_KEY
        secret, by_cookie = presented(scope)
        if secret is None:
            raise HttpRefusal(401, say("key.none"), {"WWW-Authenticate": "Bearer"})
        if by_cookie:
            _only_own_pages(scope)
        clock = time.monotonic()
        self._refresh(clock)
        key = self.by_secret.get(secret)
        if key is None:
            key = self.keys.get(key_hash(secret.decode("latin-1")))
            if key is not None:
                self.by_secret[secret] = key
        if key is None or not key.is_live(now()):
            raise HttpRefusal(401, say("key.unknown"), {"WWW-Authenticate": "Bearer"})
        if RIGHTS[key.role].isdisjoint(permissions):
            asked = called(permissions[0], PERMISSIONS)
            raise HttpRefusal(403, say("key.may_not", role=called(key.role, KEY_ROLE_WORDS), permission=asked))
        if key.queues and queue not in key.queues and queue != ANY_QUEUE:
            raise HttpRefusal(403, say("key.queues", queues=key.queues))
        self._spend(key, clock)
        return key

    def still_admits(self, key: Key) -> bool:
        """Return whether the key that opened a stream is still live."""
        if self.open_access:
            return True
        self._refresh(time.monotonic())
        kept = self.by_id.get(key.id)
        return kept is not None and kept.is_live(now())

    def _refresh(self, clock: float) -> None:
        if clock - self.read_at > REFRESH_SECONDS:
            self.keys = keys_by_hash(self.engine)
            self.by_id = {one.id: one for one in self.keys.values()}
            self.by_secret.clear()
            self.read_at = clock

    def _spend(self, key: Key, clock: float) -> None:
        bucket = self.buckets.get(key.id)
        if bucket is None:
            bucket = self.buckets[key.id] = _Bucket(float(key.per_minute), clock)
        bucket.left = min(key.per_minute, bucket.left + (clock - bucket.at) * key.per_minute / 60)
        bucket.at = clock
        if bucket.left < 1:
            wait = int(60 / key.per_minute) + 1
            raise HttpRefusal(429, say("key.too_often", count=key.per_minute), {"Retry-After": str(wait)})
        bucket.left -= 1


def presented(scope: Scope) -> tuple[bytes | None, bool]:
    """Return the key that a request carries, bearer, header of its own, or cookie; and whether it is a cookie."""
    found: bytes | None = None
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return bytes(value[7:]).strip(), False
        if name == b"x-api-key":
            return bytes(value), False
        if name == b"cookie":
            for part in value.split(b";"):
                label, _, content = part.strip().partition(b"=")
                if label == COOKIE.encode():
                    found = content
    return found, found is not None


def _only_own_pages(scope: Scope) -> None:
    """Refuse what another site's page has the browser send: a browser says whose page asks, and sends cookies along.

    Looking is harmless, as no other page sees the answer.
    """
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return
    headers = dict(scope["headers"])
    site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    if site is not None:
        own = site in (b"same-origin", b"none")
    else:
        own = origin is None or origin.split(b"://", 1)[-1] == headers.get(b"host")
    if not own:
        raise HttpRefusal(403, say("key.other_site"))


def _only_loopback(scope: Scope) -> None:
    """Refuse whoever is not on this machine, or was brought here under another host's name."""
    client = scope.get("client")
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    name = host.rsplit(":", 1)[0].strip("[]") if not host.endswith("]") else host.strip("[]")
    if client is None or client[0] not in LOOPBACK or (name and name not in LOOPBACK):
        raise HttpRefusal(403, say("open_access.here"))


def requires(*permissions: str, queue: str | None = None) -> Callable[..., Awaitable[Key]]:
    """Return a dependency that lets only keys with any of `permissions` through, and gives the key.

    It asks for the queue of the path, or for `queue` where the path has none.
    """

    async def check(request: Request) -> Key:
        gate: Gate = request.app.state.gate
        return gate.admit(request.scope, *permissions, queue=request.path_params.get("queue", queue))

    return check


Reader = Annotated[Key, Depends(requires("read"))]
ReaderOfAny = Annotated[Key, Depends(requires("read", queue=ANY_QUEUE))]
Supervisor = Annotated[Key, Depends(requires("act"))]
Exporter = Annotated[Key, Depends(requires("export"))]
Planner = Annotated[Key, Depends(requires("plan"))]
Admin = Annotated[Key, Depends(requires("admin"))]


def note_reading(request: Request, key: Key, *, what: str, subject: str, detail: str = "") -> None:
    """Keep in the audit who read what is kept of people's work."""
    _note(request, key, f"read.{what}", subject, detail)


def note_export(request: Request, key: Key, *, what: str, subject: str, detail: str = "") -> None:
    """Keep in the audit who took what out of the house."""
    _note(request, key, f"export.{what}", subject, detail)


def _note(request: Request, key: Key, action: str, subject: str, detail: str) -> None:
    note = AuditNote(key.actor, action, subject, detail=detail, key_id=key.id or None)
    note_alone(request.app.state.log.engine, note, at=now())
