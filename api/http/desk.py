"""Where readings wait for the commit they share: what arrives while one group is being written goes into the next."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from api.store.codec import now
from api.store.ladder_log import LadderLog
from api.store.ladder_work import Answer, Arrival, NewReading

MOST_TOGETHER = 128  # requests in one transaction: a bound on how long the first of them waits for the last

Result = list[Answer] | Exception
Waiting = tuple[Arrival, asyncio.Future[list[Answer]]]


class Desk:
    """Takes in readings for the writers' threads, together, and answers each request once its readings are durable."""

    def __init__(self, log: LadderLog, writers: ThreadPoolExecutor, *, threads: int) -> None:
        self.log = log
        self.writers = writers
        self.idle = threads
        self.pending: deque[Waiting] = deque()

    async def take_in(self, queue: str, readings: Sequence[NewReading]) -> list[Answer]:
        """Return one answer per reading, after the commit."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[list[Answer]] = loop.create_future()
        self.pending.append((Arrival(queue, readings, now()), answered))
        if self.idle:
            self.idle -= 1
            # Not at once: what else this turn of the loop brings in goes along.
            loop.call_soon(self._set_to_work, loop)
        return await answered

    def _set_to_work(self, loop: asyncio.AbstractEventLoop) -> None:
        self.writers.submit(self._write_group, loop)

    def _write_group(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write what is waiting (in a writer's thread); whoever else wants that thread comes before the next group."""
        group: list[Waiting] = []
        while self.pending and len(group) < MOST_TOGETHER:
            try:
                group.append(self.pending.popleft())
            except IndexError:  # another writer's thread was faster
                break
        results = self.log.accept_together([arrival for arrival, _ in group]) if group else []
        loop.call_soon_threadsafe(self._answer, loop, group, results)

    def _answer(self, loop: asyncio.AbstractEventLoop, group: list[Waiting], results: list[Result]) -> None:
        if self.pending:
            self.writers.submit(self._write_group, loop)
        else:
            self.idle += 1
        for (_, answered), result in zip(group, results, strict=True):
            if answered.done():  # its request was given up meanwhile
                continue
            if isinstance(result, Exception):
                answered.set_exception(result)
            else:
                answered.set_result(result)
