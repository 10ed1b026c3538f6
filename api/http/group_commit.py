"""Where readings wait for the commit they share: what arrives while one group is being written goes into the next."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from api.store.codec import now
from api.store.ladder_log import LadderLog
from api.store.ladder_work import Answer, Arrival, NewReading

MOST_IN_A_COMMIT = 128  # requests in one transaction: a bound on how long the first of them waits for the last

Result = list[Answer] | Exception
Waiting = tuple[Arrival, asyncio.Future[list[Answer]]]


class GroupCommit:
    """Takes in readings for the writers' threads, together, and answers each request once its readings are durable."""

    def __init__(self, log: LadderLog, writers: ThreadPoolExecutor, *, threads: int) -> None:
        self.log = log
        self.writers = writers
        self.lock = threading.Lock()
        self.idle = threads
        self.pending: deque[Waiting] = deque()

    async def take_in(self, queue: str, readings: Sequence[NewReading]) -> list[Answer]:
        """Return one answer per reading, after the commit."""
        answered: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        with self.lock:
            self.pending.append((Arrival(queue, readings, now()), answered))
            begin = self.idle > 0
            self.idle -= begin
        if begin:
            self.writers.submit(self._write_group)
        return await answered

    def _write_group(self) -> None:
        """Write what is waiting (in a writer's thread); whoever else wants that thread comes before the next group."""
        with self.lock:
            group = [self.pending.popleft() for _ in range(min(MOST_IN_A_COMMIT, len(self.pending)))]
        try:
            _answer(group, self.log.accept_together([arrival for arrival, _ in group]))
        finally:
            with self.lock:
                more = bool(self.pending)
                self.idle += not more
            if more:
                self.writers.submit(self._write_group)


def _answer(group: Sequence[Waiting], results: Sequence[Result]) -> None:
    """Tell each request, in the event loop it waits in, what became of its readings."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[list[Answer]], Result]]] = {}
    for (_, answered), result in zip(group, results, strict=True):
        by_loop.setdefault(answered.get_loop(), []).append((answered, result))
    for loop, told in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(_tell, told)


def _tell(told: Sequence[tuple[asyncio.Future[list[Answer]], Result]]) -> None:
    for answered, result in told:
        if answered.done():  # its request was given up meanwhile
            continue
        if isinstance(result, Exception):
            answered.set_exception(result)
        else:
            answered.set_result(result)
