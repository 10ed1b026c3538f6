"""Asterisk's queue_log: who entered and has not left, followed as the file grows and is rotated."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from api.connectors.observation import LONGEST_LINE_BYTES, Faults, Observation, Sink, look_forever

STAMP = re.compile(r"\d{1,11}(\.\d{1,9})?")  # seconds since 1970
READ_BYTES = 1_000_000
LEAVING = frozenset({"CONNECT", "ABANDON", "EXITEMPTY", "EXITWITHKEY", "EXITWITHTIMEOUT", "BLINDTRANSFER"})


@dataclass
class QueueLog:
    """The callers waiting per queue, from the log's lines; pure, it is only fed.

    waiting
        Ids of the calls that entered a queue and have not left it.
    members
        Members signed in per queue, as far as the log shows them coming and going.
    """

    waiting: dict[str, set[str]] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)

    def take(self, line: str) -> tuple[datetime, str] | None:
        """Return when and to which queue something happened; None for a line that changes no queue.

        A server that was killed leaves callers dangling: its next QUEUESTART clears them all (queue `*`).
        """
        parts = line.rstrip("\r\n").split("|")
        if len(parts) < 5 or not STAMP.fullmatch(parts[0]):
            return None
        at = datetime.fromtimestamp(float(parts[0]), UTC)
        call, queue, member, event = parts[1:5]
        if event == "QUEUESTART":
            for calls in self.waiting.values():
                calls.clear()
            return at, "*"
        if event == "ENTERQUEUE":
            self.waiting.setdefault(queue, set()).add(call)
        elif event in LEAVING:
            self.waiting.setdefault(queue, set()).discard(call)
        elif event == "ADDMEMBER":
            self.members.setdefault(queue, set()).add(member)
        elif event == "REMOVEMEMBER":
            self.members.setdefault(queue, set()).discard(member)
        else:
            return None
        return at, queue

    def count(self, queue: str) -> int | None:
        """Return how many wait in `queue`, or None if the log has never named it."""
        calls = self.waiting.get(queue)
        return None if calls is None else len(calls)


class QueueLogFollower:
    """Reads a growing queue_log; when it is renamed away (rotation), finishes it and goes on with the new one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = QueueLog()
        self.file: IO[bytes] | None = None
        self.rest = b""

    def look(self) -> bool:
        """Take in what was written since the last look; return whether the log can be read at all."""
        if self.file is None and not self._open():
            return False
        assert self.file is not None
        self._drain()
        try:
            now_there = self.path.stat()
        except OSError:
            return True  # just renamed away: the new one is about to appear
        here = os.fstat(self.file.fileno())
        if (now_there.st_ino, now_there.st_dev) != (here.st_ino, here.st_dev):
            self._drain()  # whatever was written between the two looks
            self._finish()
            if self._open():
                self._drain()
        elif now_there.st_size < self.file.tell():
            # Cut short in place (copytruncate): the file begins anew.
            self.file.seek(0)
            self.rest = b""
            self._drain()
        return True

    def close(self) -> None:
        """Let go of the file."""
        if self.file is not None:
            self.file.close()
            self.file = None

    def _open(self) -> bool:
        try:
            self.file = self.path.open("rb")
        except OSError:
            return False
        return True

    def _finish(self) -> None:
        assert self.file is not None
        if self.rest:
            self.log.take(self.rest.decode("utf-8", errors="replace"))
        self.rest = b""
        self.close()

    def _drain(self) -> None:
        assert self.file is not None
        while part := self.file.read(READ_BYTES):
            *lines, self.rest = (self.rest + part).split(b"\n")
            self.rest = self.rest[-LONGEST_LINE_BYTES:]
            for line in lines:
                self.log.take(line.decode("utf-8", errors="replace"))

    async def run_forever(
        self,
        queues: Iterable[str],
        sink: Sink,
        *,
        clock: Callable[[], datetime],
        faults: Faults,
        every_seconds: float = 5.0,
    ) -> None:
        """Tell `sink` of every queue every `every_seconds`, until cancelled; an unreadable log is missing data."""
        watched = tuple(queues)

        async def look() -> list[Observation]:
            try:
                readable = await asyncio.to_thread(self.look)
            except OSError as error:
                faults.note("log unreadable", error)
                self.close()
                readable = False
            return [Observation(one, clock(), self.log.count(one) if readable else None) for one in watched]

        try:
            await look_forever(look, sink, every_seconds=every_seconds, faults=faults, within_seconds=60.0)
        finally:
            self.close()
