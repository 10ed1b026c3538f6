"""Many queues and wallboards: a reading per queue and a look per wallboard every five seconds.

    python -m tests.benchmarks.surge_load [SECONDS [QUEUES WALLBOARDS]]   # 120 s, 1,000 queues, 2,000 wallboards
    python -m tests.benchmarks.surge_load 240 2000 5000                   # a group of provinces

Two minutes if not said; on a machine at other work it says nothing. One server process and one client process share the
machine. Every reading has to be accepted, in its time. What the server took of a core stands in docs/scale.md.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime

from sqlalchemy import func, select

from tests.benchmarks.surge_http import request_bytes, serve_huawu, wait_for
from tests.waiting import free_port

EVERY_SECONDS, WRITERS = 5.0, 100


class Connection:
    """One connection that asks and waits for the answer."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes, bytes]:
        """Return status, head and body; a line that the server had closed meanwhile is opened again."""
        try:
            return await self._ask(request)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.reader = None
            return await self._ask(request)

    async def _ask(self, request: bytes) -> tuple[int, bytes, bytes]:
        if self.reader is None or self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        status, low, body = int(head[9:12]), head.lower(), b""
        place = low.find(b"content-length: ")
        if place >= 0 and status != 304:
            body = await self.reader.readexactly(int(low[place + 16 : low.index(b"\r", place)]))
        return status, head, body


async def wallboard(port: int, queue: str, key: dict[str, str], *, until: float, times: list[float]) -> int:
    """Look at one queue every five seconds; return how often it failed."""
    line, etag, failed = Connection(port), "", 0
    await asyncio.sleep(random.uniform(0, EVERY_SECONDS))
    while time.monotonic() < until:
        began = time.monotonic()
        headers = {**key, "If-None-Match": etag} if etag else key
        status, head, _ = await line.ask(request_bytes("GET", f"/v1/queues/{queue}/surge", headers))
        times.append(time.monotonic() - began)
        failed += status not in (200, 304, 404)
        if status == 200:
            etag = head.decode().split("etag: ", 1)[1].split("\r", 1)[0]
        await asyncio.sleep(max(0.0, EVERY_SECONDS - (time.monotonic() - began)))
    return failed


async def writer(
    port: int, mine: list[str], key: dict[str, str], *, until: float, times: list[float]
) -> tuple[int, int]:
    """Post a reading for each of `mine` every five seconds; return how many were sent and how many not accepted."""
    line, sent, refused, number = Connection(port), 0, 0, 0
    numbers = random.Random(mine[0])
    while time.monotonic() < until:
        round_began = time.monotonic()
        for place, queue in enumerate(mine):
            wait = round_began + place * EVERY_SECONDS / len(mine) - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            number += 1
            body = {"id": f"{queue}-{number}", "at": datetime.now(UTC).isoformat(), "waiting": numbers.randint(0, 12)}
            began = time.monotonic()
            request = request_bytes("POST", f"/v1/queues/{queue}/readings", key, json.dumps(body).encode())
            status, _, answer = await line.ask(request)
            times.append(time.monotonic() - began)
            sent += 1
            refused += status != 200 or b'"status":"accepted"' not in answer
        await asyncio.sleep(max(0.0, round_began + EVERY_SECONDS - time.monotonic()))
    return sent, refused


def names(count: int) -> tuple[str, ...]:
    """Return the names of so many queues."""
    return tuple(f"q{number:04d}" for number in range(count))


def share(times: list[float], part: float) -> str:
    """Return a quantile in milliseconds."""
    return f"{sorted(times)[min(len(times) - 1, int(part * len(times)))] * 1000:.0f} ms"


async def load(port: int, key: dict[str, str], *, seconds: float, queues: tuple[str, ...], wallboards: int) -> None:
    """Run the load and print what came of it."""
    until = time.monotonic() + seconds
    looks: list[float] = []
    posts: list[float] = []
    senders = min(WRITERS, len(queues))
    writers = [writer(port, queues[place::senders], key, until=until, times=posts) for place in range(senders)]
    boards = [
        wallboard(port, queues[place % len(queues)], key, until=until, times=looks) for place in range(wallboards)
    ]
    done = await asyncio.gather(asyncio.gather(*writers), asyncio.gather(*boards))
    sent, refused = sum(one[0] for one in done[0]), sum(one[1] for one in done[0])
    per_second = f"{sent / seconds:.0f}/s of {len(queues) / EVERY_SECONDS:.0f}"
    print(f"{seconds:.0f} s: {sent} readings sent, {refused} not accepted, {per_second}")
    print(f"   POST median {share(posts, 0.5)}, p99 {share(posts, 0.99)}, worst {share(posts, 1.0)}")
    per_second = f"{len(looks) / seconds:.0f}/s of {wallboards / EVERY_SECONDS:.0f}"
    print(f"{len(looks)} looks, {sum(done[1])} failed, {per_second}")
    print(f"   GET  median {share(looks, 0.5)}, p99 {share(looks, 0.99)}, worst {share(looks, 1.0)}", flush=True)


def main() -> None:
    """Start the server, load it, and count what it kept."""
    from api.keys import create_key
    from api.store.codec import now
    from api.store.database import migrate, open_database, reading
    from api.store.tables import events

    numbers = [int(one) for one in sys.argv[1:] if one.isdigit()]
    seconds, count, wallboards = (*numbers, *(120, 1000, 2000)[len(numbers) :])
    queues = names(count)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/huawu.db"
        engine = open_database(url)
        migrate(engine)
        key, _ = create_key(engine, label="load", role="admin", at=now(), per_minute=10**9)
        port = free_port()
        server = multiprocessing.get_context("spawn").Process(target=serve_huawu, args=(url, port, queues), daemon=True)
        server.start()
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            sent = {"Authorization": f"Bearer {key}"}
            asyncio.run(load(port, sent, seconds=seconds, queues=queues, wallboards=wallboards))
        finally:
            server.kill()
            server.join()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"the server used {(used.ru_utime + used.ru_stime) / seconds:.2f} of a core (its start included)")
        with reading(engine) as connection:
            kept = connection.execute(select(func.count()).where(events.c.kind == "reading")).scalar()
        print(f"{kept} readings are in the log")
        engine.dispose()


if __name__ == "__main__":
    main()
