"""What this process has ready for the wallboards: each queue's document as bytes, and who waits for news."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections import defaultdict
from functools import partial
from typing import Any

from sqlalchemy import Engine

from api.http.surge_document import ReadySurge, ready_surge
from api.store.ladder_log import LadderLog
from api.store.ladder_work import Decided
from api.store.trouble import log_failure
from escalation.state import State

logger = logging.getLogger("huawu")


class Board:
    """Ready documents, never older than what is committed, whichever process committed it."""

    def __init__(self, log: LadderLog) -> None:
        self.log = log
        self.ready: dict[str, tuple[object, ReadySurge]] = {}
        self.waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.closing = False
        self.mark: int | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.watch = _SqliteWatch(log.engine) if log.engine.dialect.name == "sqlite" else None
        self.news = PostgresqlNews(log.engine) if self.watch is None else None
        log.listeners.append(self._on_commit)

    def _on_commit(self, queue: str, version: int, state: State, made: list[Decided]) -> None:
        """Wake those who wait for this queue (called in a writer's thread)."""
        del version, state, made
        self.forget(queue)
        if self.loop is not None and self.waiting.get(queue):
            self.loop.call_soon_threadsafe(self._wake, queue)

    def _wake(self, queue: str) -> None:
        for event in self.waiting.get(queue, ()):
            event.set()

    def forget(self, queue: str) -> None:
        """Look anew at the queue: this process has changed it, and its next look must show that."""
        if self.news is not None:
            self.news.changed(queue)

    async def surge(self, queue: str) -> ReadySurge:
        """Return the queue's ready document as of the newest commit; of another process' on PostgreSQL, some ms later.

        Raises
        ------
        UnknownQueueError
            If there is no such queue.
        """
        held = self.ready.get(queue)
        if self.watch is None:
            assert self.news is not None
            told = self.news.since(queue)
            if held is not None and told is not None and held[0] is told:
                return held[1]
            # Asking for the version is a round trip, so it happens off the event loop.
            loop = asyncio.get_running_loop()
            version, state = await loop.run_in_executor(None, partial(self.log.state, queue, standing=True))
            return self._prepared(queue, version, state, mark=told)
        mark = self._mark(self.watch)
        if held is not None and held[0] == mark:
            return held[1]
        version_now = self.watch.queue_version(queue)
        if version_now is None:
            raise self.log.not_there(queue)
        if held is not None and held[1].version == version_now:
            self.ready[queue] = (mark, held[1])
            return held[1]
        known = self.log.known.get(queue)
        version, state = known if known is not None and known[0] == version_now else self.log.state(queue)
        return self._prepared(queue, version, state, mark=mark)

    def _mark(self, watch: _SqliteWatch) -> int:
        """Return the counter of commits, asked once for all requests that have arrived by now.

        It is forgotten before any that arrives later is answered, so that nobody is told less than was committed when
        the request was sent.
        """
        if self.mark is None:
            self.mark = watch.data_version()
            asyncio.get_running_loop().call_soon(self._look_again)
        return self.mark

    def _look_again(self) -> None:
        self.mark = None

    def _prepared(self, queue: str, version: int, state: State, *, mark: object) -> ReadySurge:
        held = self.ready.get(queue)
        document = (
            held[1]
            if held is not None and held[1].version == version
            else ready_surge(state, version, timezone=self.log.settings.timezone)
        )
        self.ready[queue] = (mark, document)
        return document

    def close(self) -> None:
        """Let go of the watching connection, and of whoever is listening to a stream."""
        self.closing = True
        if self.watch is not None:
            self.watch.close()
        if self.news is not None:
            self.news.close()


class PostgresqlNews:
    """Which queues have changed, as PostgreSQL tells it: one connection of a process hears for all who look.

    While nothing is heard of the database itself, nothing is known, and whoever looks has to ask.
    """

    silent_seconds = 3.0

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.marks: dict[str, object] = {}
        self.heard_at = -math.inf
        self.closing = threading.Event()
        self.thread: threading.Thread | None = None

    def listen(self) -> None:
        """Begin to listen."""
        self.thread = threading.Thread(target=self._listen, name="huawu-news", daemon=True)
        self.thread.start()

    def since(self, queue: str) -> object | None:
        """Return a mark that another one replaces when the queue changes; None while nothing is heard."""
        if time.monotonic() - self.heard_at > self.silent_seconds:
            return None
        return self.marks.setdefault(queue, object())

    def changed(self, queue: str) -> None:
        """Note that the queue has changed."""
        self.marks[queue] = object()

    def close(self) -> None:
        """Listen no more."""
        self.closing.set()
        if self.thread is not None:
            self.thread.join(timeout=5)

    def _listen(self) -> None:
        while not self.closing.is_set():
            try:
                self._hear()
            except Exception as error:  # a connection that breaks is made again
                self.heard_at = -math.inf
                log_failure(logger, "the news of the queues are not heard", error)
                self.closing.wait(1.0)

    def _hear(self) -> None:
        held = self.engine.raw_connection()
        connection: Any = held.driver_connection
        held.detach()  # it is none of the pool's any more
        try:
            connection.autocommit = True
            connection.execute("SET application_name = 'huawu news'")
            schema = connection.execute("SELECT current_schema()").fetchone()[0]
            connection.execute(f'LISTEN "huawu_{schema}"')
            self.marks = {}  # what changed before was not heard
            while not self.closing.is_set():
                connection.execute("SELECT 1")
                self.heard_at = time.monotonic()
                for news in connection.notifies(timeout=1.0):
                    self.changed(news.payload)
        finally:
            connection.close()


class _SqliteWatch:
    """One connection that tells in microseconds whether anything was committed, by anybody."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.connection: Any = None
        self.execute: Any = None  # the open connection's own

    def _open(self) -> None:
        self.connection = self.engine.raw_connection()
        self.execute = self.connection.driver_connection.cursor().execute

    def data_version(self) -> int:
        """Return SQLite's counter of commits by other connections."""
        if self.connection is None:
            self._open()
        number: int = self.execute("PRAGMA data_version").fetchone()[0]
        return number

    def queue_version(self, queue: str) -> int | None:
        """Return the committed version of a queue that stands, or None."""
        standing = "SELECT version FROM queues WHERE queue = ? AND retired_at IS NULL"
        if self.connection is None:
            self._open()
        row = self.execute(standing, (queue,)).fetchone()
        return None if row is None else int(row[0])

    def close(self) -> None:
        """Give the connection back."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
