"""The group's wall: every queue in a line, the worst first, in pages; made once a second for all who look."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, NamedTuple, get_args

from fastapi import Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection, select

from api.http.access import ReaderOfAny
from api.http.models import Band, WallOut
from api.http.routing import errors, keyed_router
from api.http.surge import JSON, Ready, has
from api.store.codec import book_from_text
from api.store.database import reading
from api.store.ladder_log import LadderLog
from api.store.tables import instant, queues
from escalation.ladder import Ladder
from escalation.state import Book
from escalation.view import band

router = keyed_router("surge")
AGE_SECONDS = 1.0  # so old may a wall be: of those who look meanwhile only the first one works
BOOKS_AT_ONCE = 500
BANDS: tuple[Band, ...] = get_args(Band)  # the worst first


class WallRow(NamedTuple):
    """What a wall shows of one queue: its band (`unknown` where its reading is too old), and the highest rung in."""

    queue: str
    band: Band
    waiting: int | None
    rung: int
    stale: bool


class _Held(NamedTuple):
    version: int
    book: Book
    text: str | None  # of the book, where it was read from the database
    at_timestamp: float | None
    waiting: int | None

    def line(self, queue: str, clock: float) -> WallRow:
        ladder: Ladder = self.book.ladder
        stale = self.at_timestamp is None or not ladder.is_current(clock - self.at_timestamp)
        shown = "unknown" if stale else band(ladder, self.waiting)
        rung = max((one.rung for one in self.book.orders), default=0)
        return WallRow(queue, shown, self.waiting, rung, stale)  # type: ignore[arg-type]


class Wall:
    """The lines of all queues that stand. A queue's book is read again only where it may have changed."""

    def __init__(self, log: LadderLog) -> None:
        self.log = log
        self.held: dict[str, _Held] = {}
        self.made: tuple[float, Sequence[WallRow]] | None = None
        self.making = asyncio.Lock()

    async def lines(self) -> Sequence[WallRow]:
        """Return a line a queue, the worst first, within a band the longer one; at most a second old."""
        async with self.making:
            if self.made is None or not 0 <= time.monotonic() - self.made[0] < AGE_SECONDS:
                loop = asyncio.get_running_loop()
                self.made = time.monotonic(), await loop.run_in_executor(None, self.read, time.time())
            return self.made[1]

    def read(self, clock: float) -> Sequence[WallRow]:
        """Return the lines as of now, from the database."""
        columns = (queues.c.queue, queues.c.version, queues.c.at, queues.c.waiting)
        with reading(self.log.engine) as connection:
            rows = connection.execute(select(*columns).where(queues.c.retired_at.is_(None))).all()
            held, unread = {}, []
            for queue, version, at, waiting in rows:
                before = self.held.get(queue)
                if before is None or before.version != version:
                    own = self.log.known.get(queue)
                    if own is None or own[0] != version:
                        unread.append(queue)
                        continue
                    before = _Held(version, own[1].book, None, _timestamp(at), waiting)
                held[queue] = before
            for first in range(0, len(unread), BOOKS_AT_ONCE):
                held |= self._read_books(connection, unread[first : first + BOOKS_AT_ONCE])
        self.held = held
        return sorted((one.line(queue, clock) for queue, one in held.items()), key=_by_need)

    def _read_books(self, connection: Connection, names: Sequence[str]) -> dict[str, _Held]:
        """Return what other processes wrote; a book whose text is as it was is not read again."""
        wanted = select(queues.c.queue, queues.c.version, queues.c.at, queues.c.waiting, queues.c.book)
        found = {}
        for queue, version, at, waiting, text in connection.execute(wanted.where(queues.c.queue.in_(names))):
            before = self.held.get(queue)
            book = before.book if before is not None and before.text == text else book_from_text(text)
            found[queue] = _Held(version, book, text, _timestamp(at), waiting)
        return found


def _timestamp(at: str | None) -> float | None:
    return None if at is None else instant(at).timestamp()


def _by_need(line: WallRow) -> tuple[int, int, str]:
    return BANDS.index(line.band), -1 if line.waiting is None else -line.waiting, line.queue


@router.get(
    "/v1/wall",
    response_model=WallOut,
    responses={**errors(), 304: {"description": "Nothing new since the ETag given"}},
)
async def get_wall(
    request: Request,
    key: ReaderOfAny,
    *,
    only: Annotated[Band | None, Query(alias="band", description="The queues of one band alone")] = None,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 60,
) -> Response:
    """Return how the key's queues stand, a line each, the worst first, in pages; at most a second old.

    `bands` counts them all; an old reading's band is `unknown`. With the `ETag` as `If-None-Match` the answer is 304
    while nothing of the page has changed.
    """
    wall: Wall = request.app.state.wall
    lines = await wall.lines()
    mine = [one for one in lines if one.queue in key.queues] if key.queues else lines
    counts = Counter(one.band for one in mine)
    wanted = mine if only is None else [one for one in mine if one.band == only]
    body = json.dumps(
        {
            "total": len(wanted),
            "offset": offset,
            "bands": {name: counts[name] for name in BANDS},
            "queues": [one._asdict() for one in wanted[offset : offset + limit]],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    etag = b'"%s"' % hashlib.sha256(body).hexdigest()[:24].encode()
    if has(request, etag):
        return Ready(b"", [(b"etag", etag)], status=304)
    return Ready(body, [JSON, (b"etag", etag)])
