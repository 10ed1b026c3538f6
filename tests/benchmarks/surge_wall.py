"""What a look at all queues costs: their whole states, a page of the wall made anew, and one already made.

    python -m tests.benchmarks.surge_wall [QUEUES]   # 2,000: half a minute

Each queue has told a few readings, some of them in a surge; between two looks 400 queues tell another one, as they do
in a second where each tells one every five. Bytes as sent, and processor seconds of the service and of who asks.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from datetime import timedelta

from fastapi.testclient import TestClient

from api.http import wall
from api.http.app import create_app
from api.settings import Settings, shipped_ladder
from api.store.codec import now
from api.store.ladder_log import LadderLog
from api.store.ladder_work import Arrival, NewReading

LOOKS, TOGETHER = 15, 400


def told(log: LadderLog, queues: list[str], numbers: random.Random, *, readings: int) -> None:
    """Let the queues tell so many readings each, the last of them now."""
    for first in range(0, len(queues), TOGETHER):
        arrivals, at = [], now()
        for queue in queues[first : first + TOGETHER]:
            waiting = numbers.choices((2, 7, 12), (90, 7, 3))[0]
            stamps = [at - timedelta(minutes=readings - 1 - place) for place in range(readings)]
            arrivals.append(Arrival(queue, [NewReading(one, waiting) for one in stamps], at))
        log.accept_together(arrivals)


def main() -> None:
    """Fill, look, and print."""
    count = next((int(one) for one in sys.argv[1:] if one.isdigit()), 2_000)
    queues, numbers = [f"line-{number:05d}" for number in range(count)], random.Random(3)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/huawu.db"
        app = create_app(Settings(shipped_ladder(), tuple(queues), database_url=url, open_access=True))
        with TestClient(app) as client:
            log: LadderLog = app.state.log
            told(log, queues, numbers, readings=7)
            for name, path, age in (
                ("whole states", "/v1/queues", 0.0),
                ("a page of the wall, made anew", "/v1/wall?limit=40", 0.0),
                ("a page of the wall, made within the second", "/v1/wall?limit=40", 3600.0),
                ("all lines of the wall, made within the second", "/v1/wall?limit=10000", 3600.0),
            ):
                wall.AGE_SECONDS = age
                spent = []
                for _ in range(LOOKS):
                    told(log, numbers.sample(queues, min(TOGETHER, count)), numbers, readings=1)
                    began = time.process_time()
                    answer = client.get(path)
                    spent.append(time.process_time() - began)
                    assert answer.status_code == 200
                cost = f"{1000 * statistics.median(spent):.2f} ms of processor"
                print(f"{count:,} queues, {name}: {len(answer.content):,} bytes, {cost}", flush=True)


if __name__ == "__main__":
    main()
