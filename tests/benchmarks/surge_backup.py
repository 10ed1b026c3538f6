"""A database copied while readings come in: how long they take meanwhile, and whether the copy is what was there.

    python -m tests.benchmarks.surge_backup [READINGS [TURNS]] [--at-once]

A service whose log is READINGS long (200,000) takes readings from 20 senders, 100 a second together, each committed
durably; for TURNS turns (4) of a quiet stretch and one in which `huawu backup` copies the database, equally long: some
nine minutes on a machine that does nothing else, and on another it says nothing.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, select

from api.keys import create_key
from api.store.backup import restore
from api.store.codec import now
from api.store.database import migrate, open_database, reading
from api.store.ladder_fold import differences, fold
from api.store.tables import events
from tests.benchmarks.surge_http import request_bytes, serve_huawu, wait_for
from tests.benchmarks.surge_load import Connection, share
from tests.benchmarks.surge_year import filled
from tests.waiting import free_port

SENDERS, A_SECOND = 20, 100.0
QUEUE = "hotline"
AT_ONCE = tuple(one for one in sys.argv[1:] if one == "--at-once")


async def sender(port: int, number: int, key: dict[str, str], times: list[tuple[float, float]]) -> None:
    """Send readings for ever, and note when each was sent and how long its answer took."""
    line, count = Connection(port), 0
    every = SENDERS / A_SECOND
    await asyncio.sleep(number * every / SENDERS)
    while True:
        began, count = time.monotonic(), count + 1
        body = {"id": f"{number}-{count}", "at": datetime.now(UTC).isoformat(), "waiting": count % 12}
        request = request_bytes("POST", f"/v1/queues/{QUEUE}/readings", key, json.dumps(body).encode())
        status, _, answer = await line.ask(request)
        assert status == 200, answer
        times.append((began, time.monotonic() - began))
        await asyncio.sleep(max(0.0, began + every - time.monotonic()))


async def copied(url: str, path: Path) -> None:
    """Have the command copy the database."""
    command = (sys.executable, "-m", "api.cli", "backup", str(path), "--database", url, *AT_ONCE)
    one = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    assert await one.wait() == 0


async def turns(port: int, url: str, folder: Path, key: dict[str, str], *, count: int) -> list[Path]:
    """Print the times of readings in quiet and while the database is copied; return the copies."""
    times: list[tuple[float, float]] = []
    senders = [asyncio.create_task(sender(port, number, key, times)) for number in range(SENDERS)]
    copies, quiet, busy = [], [], []
    for number in range(count):
        copies.append(folder / f"copy{number}.db")
        began = time.monotonic()
        await copied(url, copies[-1])
        ended = time.monotonic()
        busy += [took for at, took in times if began <= at < ended]
        await asyncio.sleep(ended - began)
        quiet += [took for at, took in times if at >= ended]
        print(f"copied in {ended - began:.1f} s, {copies[-1].stat().st_size / 1e6:.0f} MB", flush=True)
    for one in senders:
        one.cancel()
    for name, found in (("quiet", quiet), ("copying", busy)):
        print(f"{name}: {len(found)} readings, median {share(found, 0.5)}, p99 {share(found, 0.99)}", flush=True)
    print(f"p99 while copying ÷ in quiet: {float(share(busy, 0.99)[:-3]) / float(share(quiet, 0.99)[:-3]):.2f}")
    return copies


def beginning(engine: Engine, count: int | None = None) -> list[tuple[object, ...]]:
    """Return the log's first events."""
    with reading(engine) as connection:
        told = select(events).where(events.c.queue == QUEUE).order_by(events.c.seq).limit(count)
        return [tuple(row) for row in connection.execute(told)]


def main() -> None:
    """Fill, serve, send, copy, and compare."""
    numbers = [int(one) for one in sys.argv[1:] if one.isdigit()]
    readings, count = (*numbers, *(200_000, 4)[len(numbers) :])
    with tempfile.TemporaryDirectory() as name:
        folder, url = Path(name), f"sqlite:///{name}/huawu.db"
        engine = filled(url, readings).engine
        key, _ = create_key(engine, label="load", role="admin", at=now(), per_minute=10**9)
        port = free_port()
        server = multiprocessing.get_context("spawn").Process(
            target=serve_huawu, args=(url, port, (QUEUE,)), daemon=True
        )
        server.start()
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            copies = asyncio.run(turns(port, url, folder, {"Authorization": f"Bearer {key}"}, count=count))
        finally:
            os.kill(server.pid or 0, 9)
            server.join()
        another = open_database(f"sqlite:///{folder}/restored.db")
        migrate(another)
        restore(copies[-1], another)
        kept = beginning(another)
        same = kept == beginning(engine, len(kept)) and not differences(another, QUEUE)
        print(f"restored: {len(kept)} events, the log's first to the last letter and folded alike: {same}")
        assert same
        assert fold(another, QUEUE) is not None
        for one in (engine, another):
            one.dispose()


if __name__ == "__main__":
    main()
