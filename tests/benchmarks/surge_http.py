"""The service's hot endpoints beside the barest FastAPI that could do the like, over HTTP, in one run.

    python -m tests.benchmarks.surge_http [post]     # all, some three minutes; or the reading alone

GET surge against an endpoint that returns the same ready bytes; the same with 304s; a durable POST reading against one
INSERT and COMMIT of SQLite with synchronous=FULL. Each server is a process of its own, each asked by the same client
process in turns of a few seconds, so that both see the same machine; the ratio of requests per second counts. Beside it
stands what the server's own process spent on a request, which other work on the machine disturbs far less.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request, Response

from tests.waiting import free_port

ROUNDS = 12
ROUND_SECONDS = 1.0
CONNECTIONS = 8
QUEUES = ("wall", *(f"q{number}" for number in range(CONNECTIONS)))


def serve_huawu(database_url: str, port: int, queues: tuple[str, ...] = QUEUES) -> None:
    """Serve the product."""
    import uvicorn

    from api.http.app import create_app
    from api.settings import Settings, shipped_ladder

    app = create_app(Settings(shipped_ladder(), queues, database_url=database_url, tick_seconds=3600.0))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False, timeout_keep_alive=75)


def serve_bare(path: str, port: int, ready: bytes) -> None:
    """Serve the barest endpoints: ready bytes, and one row committed durably."""
    import uvicorn

    app = FastAPI()
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS readings (id INTEGER PRIMARY KEY, body TEXT)")

    @app.get("/ready")
    async def get_ready() -> Response:
        return Response(ready, media_type="application/json")

    @app.get("/unchanged")
    async def get_unchanged() -> Response:
        return Response(status_code=304, headers={"ETag": '"1"'})

    @app.post("/readings")
    async def post_reading(request: Request) -> dict[str, Any]:
        body = await request.json()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO readings (body) VALUES (?)", (json.dumps(body),))
        connection.execute("COMMIT")
        return {"status": "accepted", "waiting": body["waiting"]}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False, timeout_keep_alive=75)


def request_bytes(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return an HTTP/1.1 request as it goes over the line."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *[f"{k}: {v}" for k, v in headers.items()]]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def ask_again_and_again(
    port: int, make: Callable[[int], bytes], expected: bytes, *, until: float, worker: int
) -> int:
    """Return how many requests one connection had answered with status `expected`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.perf_counter() < until:
        writer.write(make(count * CONNECTIONS + worker))
        head = await reader.readuntil(b"\r\n\r\n")
        low = head.lower()
        place = low.find(b"content-length: ")
        body = b""
        if place >= 0 and expected != b"304":
            body = await reader.readexactly(int(low[place + 16 : low.index(b"\r", place)]))
        if not head.startswith(b"HTTP/1.1 " + expected):
            raise RuntimeError((head + body).decode())
        count += 1
    writer.close()
    return count


@dataclass(frozen=True)
class Side:
    """One server, and what it is asked."""

    pid: int
    port: int
    make: Callable[[int], bytes]
    expected: bytes = b"200"

    def cpu_seconds(self) -> float:
        """Return the processor time the server has used so far."""
        parts = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self) -> tuple[float, float]:
        """Return answers per second over `CONNECTIONS` connections, and the server's microseconds for each."""

        async def run() -> tuple[float, float]:
            used, began = self.cpu_seconds(), time.perf_counter()
            until = began + ROUND_SECONDS
            work = [
                ask_again_and_again(self.port, self.make, self.expected, until=until, worker=n)
                for n in range(CONNECTIONS)
            ]
            count = sum(await asyncio.gather(*work))
            return count / (time.perf_counter() - began), (self.cpu_seconds() - used) / count * 1e6

        return asyncio.run(run())


def compare(name: str, ours: Side, bare: Side) -> float:
    """Print and return the ratio of our rate to the barest, the median over rounds taken in turns."""
    ours.ask(), bare.ask()
    mine, others = [], []
    for number in range(ROUNDS):
        pair = (ours.ask(), bare.ask()) if number % 2 else tuple(reversed((bare.ask(), ours.ask())))
        mine.append(pair[0])
        others.append(pair[1])
    ratios = [one[0] / other[0] for one, other in zip(mine, others, strict=True)]
    ratio, spread = statistics.median(ratios), f"{min(ratios):.2f}-{max(ratios):.2f}"
    rates = [statistics.median(one[0] for one in side) for side in (mine, others)]
    spent = [statistics.median(one[1] for one in side) for side in (mine, others)]
    print(f"{name:16} {rates[0]:6.0f}/s  bare {rates[1]:6.0f}/s  {ratio:.2f} ({spread})", end="   ")
    print(f"CPU a request {spent[0]:4.0f} us, bare {spent[1]:4.0f} us: {spent[1] / spent[0]:.2f}", flush=True)
    return ratio


def main() -> None:
    """Start both servers, compare, and stop them."""
    from api.keys import create_key
    from api.store.codec import now
    from api.store.database import migrate, open_database

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/huawu.db"
        engine = open_database(url)
        migrate(engine)
        key, _ = create_key(engine, label="bench", role="admin", at=now(), per_minute=10**9)
        engine.dispose()
        context = multiprocessing.get_context("spawn")
        port, bare_port = free_port(), free_port()
        ours = context.Process(target=serve_huawu, args=(url, port), daemon=True)
        ours.start()
        base = f"http://127.0.0.1:{port}"
        headers = {"Authorization": f"Bearer {key}"}
        wait_for(f"{base}/healthz")
        start = datetime.now(UTC) - timedelta(minutes=12)
        stream = [{"at": (start + timedelta(minutes=m)).isoformat(), "waiting": 9} for m in range(13)]
        httpx.post(f"{base}/v1/queues/wall/readings", json=stream, headers=headers).raise_for_status()
        answer = httpx.get(f"{base}/v1/queues/wall/surge", headers=headers)
        bare = context.Process(
            target=serve_bare, args=(str(Path(folder) / "bare.db"), bare_port, answer.content), daemon=True
        )
        bare.start()
        wait_for(f"http://127.0.0.1:{bare_port}/ready")
        print(f"GET surge is {len(answer.content)} bytes")
        pids = (ours.pid or 0, bare.pid or 0)
        try:
            if "post" not in sys.argv:
                get = request_bytes("GET", "/v1/queues/wall/surge", headers)
                plain = request_bytes("GET", "/ready", headers)
                state = Side(pids[0], port, lambda n: get)
                compare("GET surge", state, Side(pids[1], bare_port, lambda n: plain))
                version = json.loads(answer.content)["version"]
                # A reading grows stale after 90 s and its ETag says so: both are named, as a cache would.
                asked = {**headers, "If-None-Match": f'"{version}", "{version}-stale"'}
                unchanged = request_bytes("GET", "/v1/queues/wall/surge", asked)
                bare_unchanged = request_bytes("GET", "/unchanged", asked)
                not_new = Side(pids[0], port, lambda n: unchanged, b"304")
                compare("GET surge, 304", not_new, Side(pids[1], bare_port, lambda n: bare_unchanged, b"304"))
                compare("304 against 200", not_new, state)
                compare("304, bare 200", not_new, Side(pids[1], bare_port, lambda n: plain))
            poster, bare_poster = Poster(headers), Poster(headers, path="/readings")
            compare("POST reading", Side(pids[0], port, poster), Side(pids[1], bare_port, bare_poster))
        finally:
            ours.kill()
            bare.kill()


class Poster:
    """Makes the next reading of one of eight queues: five seconds after the last, each with an id of its own."""

    def __init__(self, headers: dict[str, str], *, path: str = "") -> None:
        self.headers = headers
        self.path = path
        self.place = 0
        self.start = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self, number: int) -> bytes:
        """Return the request; `number` names the connection, which has a queue to itself."""
        self.place += 1
        queue = number % CONNECTIONS
        at = self.start + timedelta(seconds=5 * self.place)
        body = json.dumps({"id": f"{queue}-{self.place}", "at": at.isoformat(), "waiting": 3 + self.place // 4000 % 2})
        return request_bytes("POST", self.path or f"/v1/queues/q{queue}/readings", self.headers, body.encode())


def wait_for(url: str) -> None:
    """Return when `url` answers."""
    until = time.monotonic() + 300  # a busy machine takes its time
    while time.monotonic() < until:
        try:
            httpx.get(url, timeout=2)
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    sys.exit(f"{url} did not come up")


if __name__ == "__main__":
    main()
