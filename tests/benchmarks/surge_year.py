"""A service whose database has run for long beside one that is empty: start-up, GET and POST, and its size on disk.

    python -m tests.benchmarks.surge_year [READINGS [QUEUES [EVERY_SECONDS]]]

By default a million readings of one queue, one every five seconds (58 days), some three minutes; a year of them is 6.3
million. `525600 100 60` is a year of a hundred queues every minute. The first queue's log is written and checked by the
service itself; the others are its copies under their own names, made in the database, and the last of them is checked
from its beginning too. The two services are asked in turns by the same client, so that both see the same machine;
processor seconds of the servers.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi.testclient import TestClient
from sqlalchemy import String, func, insert, select

from api.http.app import create_app
from api.keys import create_key
from api.settings import Settings, shipped_ladder
from api.store.codec import now
from api.store.database import migrate, open_database, writing
from api.store.ladder_fold import differences, differences_since_checkpoint, fold
from api.store.ladder_log import LadderLog
from api.store.ladder_work import NewReading
from api.store.tables import checkpoints, decisions, events, orders, queues

AT_ONCE = 1_000
ROUNDS, ASKED = 15, 60


def filled(url: str, readings: int, queues: Sequence[str] = ("hotline",), every_seconds: float = 5.0) -> LadderLog:
    """Return the log of queues that were calm and had surges, each `readings` long, ending now."""
    engine = open_database(url)
    migrate(engine)
    log = LadderLog(engine, Settings(shipped_ladder(), tuple(queues), database_url=url))
    _fill(log, queues[0], readings, timedelta(seconds=every_seconds), random.Random(7))
    return log


def copied_to(log: LadderLog, first: str, others: Sequence[str]) -> None:
    """Give the other queues all that the database has of the first, under their own names."""
    for other in others:
        for table in (events, decisions, orders, queues, checkpoints):
            own = [one for one in table.columns if one.name != "id"]
            named = [func.replace(one, first, other) if isinstance(one.type, String) else one for one in own]
            with writing(log.engine) as connection:
                rows = select(*named).where(table.c.queue == first)
                if "seq" in table.c:
                    rows = rows.order_by(table.c.seq)
                connection.execute(insert(table).from_select([one.name for one in own], rows))


def _fill(log: LadderLog, queue: str, readings: int, step: timedelta, numbers: random.Random) -> None:
    at, level = now() - readings * step, 3
    for begin in range(0, readings, AT_ONCE):
        batch = []
        for _ in range(min(AT_ONCE, readings - begin)):
            at += step
            level = max(
                0, level + numbers.choice((-1, 0, 0, 1)) if numbers.random() < 0.97 else numbers.choice((3, 12))
            )
            batch.append(NewReading(at, level))
        log.accept(queue, batch, received_at=at)


def cpu(work) -> float:
    """Return the processor seconds that `work` takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def main(readings: int | None = None) -> None:
    """Measure and print."""
    told = [int(one) for one in sys.argv[1:] if one.isdigit()]
    wanted, many, every = (*told, *(readings or 1_000_000, 1, 5)[len(told) :])
    names = tuple(f"line-{number:05d}" for number in range(many))
    with tempfile.TemporaryDirectory() as folder:
        apps = {}
        for name, count in (("empty", 2), ("long", wanted)):
            url = f"sqlite:///{folder}/{name}.db"
            log = filled(url, count, names, every)
            if name == "long":
                whole = cpu(lambda log=log: fold(log.engine, names[0]))
                print(f"folding all of one: {whole:.1f} s, {1e6 * whole / count:.1f} µs a reading", flush=True)
                first = cpu(lambda log=log: checked(log, names[:1]))
                copied_to(log, names[0], names[1:])
                print(f"filled with {count:,} readings of each of {many} queue(s), one every {every} s", flush=True)
                assert not differences(log.engine, names[-1])
                again = cpu(lambda log=log: checked(log, names))
                print(
                    f"check of one queue without a checkpoint {first:.1f} s; of all with one {again:.3f} s", flush=True
                )
            else:
                copied_to(log, names[0], names[1:])
            log.engine.dispose()
            size = sum(file.stat().st_size for file in Path(folder).glob(f"{name}.db*"))
            print(f"{name}: {size / 1e6:,.1f} MB, {size / (count * many):,.0f} bytes a reading")
            opened = cpu(lambda name=name, url=url: apps.__setitem__(name, started(url, names)))
            print(f"{name}: opened in {opened:.2f} s")
        spent: dict[tuple[str, str], list[float]] = {}
        for _ in range(ROUNDS):
            for name, (client, keys) in apps.items():
                spent.setdefault((name, "GET"), []).append(cpu(lambda c=client, k=keys: look(c, k, names)))
                spent.setdefault((name, "POST"), []).append(cpu(lambda c=client, k=keys: send(c, k, names)))
        for what in ("GET", "POST"):
            ratios = [a / b for a, b in zip(spent["long", what], spent["empty", what], strict=True)]
            spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
            print(f"{what}: {statistics.median(ratios):.2f} of the empty database's time (rounds {spread})")
        for client, _ in apps.values():
            client.__exit__(None, None, None)


def checked(log: LadderLog, queues: Sequence[str]) -> None:
    """Check every queue's log against its snapshot, as a service does when it starts."""
    for queue in queues:
        assert not differences_since_checkpoint(log.engine, queue, now())


def started(url: str, queues: tuple[str, ...]) -> tuple[TestClient, dict[str, str]]:
    """Return a client of a service that has started on the database, and a key."""
    app = create_app(Settings(shipped_ladder(), queues, database_url=url, tick_seconds=3600.0, verify_seconds=3600.0))
    secret, _ = create_key(app.state.log.engine, label="bench", role="admin", at=datetime.now(UTC))
    client = TestClient(app)
    client.__enter__()
    return client, {"X-API-Key": secret}


def look(client: TestClient, key: dict[str, str], queues: Sequence[str]) -> None:
    """Ask for the state, of one queue after the other."""
    for number in range(ASKED):
        assert client.get(f"/v1/queues/{queues[number % len(queues)]}/surge", headers=key).status_code == 200


def send(client: TestClient, key: dict[str, str], queues: Sequence[str]) -> None:
    """Send readings, each committed by itself."""
    for number in range(ASKED):
        reading = {"at": now().isoformat(), "waiting": 3}
        path = f"/v1/queues/{queues[number % len(queues)]}/readings"
        assert client.post(path, json=reading, headers=key).status_code == 200


if __name__ == "__main__":
    main()
