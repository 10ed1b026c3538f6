"""Asterisk's manager interface: exact, because joins and leaves carry the queue's absolute count.

What the switch says is followed event by event, asked again every few seconds, and never guessed: while the line to it
is down, or where it does not know the queue, there is no reading, and the ladder goes stale in its own time.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from api.connectors.observation import LONGEST_LINE_BYTES, Faults, KeyRefusedError, Observation, Sink
from api.sentences import refusal

FIRST_WAIT_SECONDS, LONGEST_RECONNECT_SECONDS = 1.0, 60.0
ANSWER_WITHIN_SECONDS = 10.0
COUNT = re.compile(r"[0-9]{1,6}")
Fields = dict[str, str]
# Where each event keeps the absolute number of callers; QueueCallerAbandon has none, and comes on a timeout too.
SUMMARY = {"LoggedIn": "seats_signed_in", "Available": "agents_ready", "LongestHoldTime": "longest_wait_seconds"}
COUNT_FIELDS = {
    "QueueCallerJoin": "Count",
    "QueueCallerLeave": "Count",
    "QueueSummary": "Callers",
    "QueueParams": "Calls",
}


class AmiRefusedError(Exception):
    """The switch refused the login: the account or its password is wrong."""


class AmiParser:
    """Cuts the manager's stream into messages, however it arrives."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, data: bytes) -> list[Fields]:
        """Return the messages that `data` completes; a key that repeats keeps its last value.

        Raises
        ------
        ValueError
            If a line is longer than any the manager sends: this is some other protocol.
        """
        *whole, self.rest = (self.rest + data).replace(b"\r\n", b"\n").split(b"\n\n")
        if len(self.rest) > LONGEST_LINE_BYTES:
            raise refusal("ami.no_end", most=LONGEST_LINE_BYTES)
        return [fields for one in whole if (fields := _fields(one))]


def _fields(message: bytes) -> Fields:
    found: Fields = {}
    for line in message.decode("utf-8", errors="replace").split("\n"):
        key, colon, value = line.partition(":")
        if colon and key:
            found[key.strip()] = value.strip()
    return found


@dataclass
class QueueWatch:
    """What the switch's messages say of the queues watched; pure, it is only fed.

    waiting
        Callers per queue; absent until the switch has said so.
    told
        What else the last summary told of each queue, its members as they came and went since.
    """

    queues: frozenset[str]
    waiting: dict[str, int] = field(default_factory=dict)
    told: dict[str, dict[str, int]] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    heard: dict[str, bool] = field(default_factory=dict)

    def take(self, message: Fields) -> tuple[str, int | None] | None:
        """Return `(queue, waiting)` if the message tells a count, `(queue, None)` if the switch does not know it."""
        kind, queue = message.get("Event", ""), message.get("Queue", "")
        if kind in ("QueueSummaryComplete", "QueueStatusComplete"):
            return self._completed(message)
        if kind == "FullyBooted":
            # The switch began anew: whoever waited is gone, and how many wait now it has yet to say.
            self.waiting.clear()
            return None
        if queue not in self.queues:
            return None
        self._follow_floor(kind, queue, message)
        if kind in ("QueueSummary", "QueueParams"):
            self.heard[queue] = True
        return self._told(queue, message.get(COUNT_FIELDS[kind])) if kind in COUNT_FIELDS else None

    def _follow_floor(self, kind: str, queue: str, message: Fields) -> None:
        told = self.told.setdefault(queue, {})
        if kind == "QueueSummary":
            told.clear()
            told |= {name: int(message[key]) for key, name in SUMMARY.items() if COUNT.fullmatch(message.get(key, ""))}
            return
        told.pop("longest_wait_seconds", None)  # and who is ready: of the moment of the summary only
        told.pop("agents_ready", None)
        if kind in ("QueueMemberAdded", "QueueMemberRemoved") and "seats_signed_in" in told:
            change = 1 if kind == "QueueMemberAdded" else -1
            told["seats_signed_in"] = max(0, told["seats_signed_in"] + change)

    def _told(self, queue: str, count: str | None) -> tuple[str, int | None] | None:
        if count is None or not COUNT.fullmatch(count):
            return None
        self.waiting[queue] = int(count)
        return queue, int(count)

    def _completed(self, message: Fields) -> tuple[str, int | None] | None:
        """Return that the queue asked about is not known, if the answer was empty: that is missing data, not zero."""
        queue = self.asked.pop(message.get("ActionID", ""), None)
        if queue is None or self.heard.pop(queue, False):
            return None
        self.waiting.pop(queue, None)
        return queue, None


@dataclass(frozen=True)
class AmiAccount:
    """Where the manager interface is, and as whom to log in."""

    host: str
    port: int
    username: str
    secret: str = field(repr=False)


class AmiConnector:
    """Keeps a connection to the switch and tells `sink` of every change, and every `every_seconds` of no change."""

    def __init__(
        self,
        account: AmiAccount,
        queues: Iterable[str],
        sink: Sink,
        *,
        clock: Callable[[], datetime],
        every_seconds: float = 5.0,
        faults: Faults | None = None,
    ) -> None:
        self.account = account
        self.faults = faults or Faults("ami")
        self.queues = tuple(queues)
        self.sink = sink
        self.clock = clock
        self.every_seconds = every_seconds
        self.connections = 0

    async def run_forever(self) -> None:
        """Follow the switch until cancelled; a lost connection is made again, later and later up to a minute.

        Raises
        ------
        AmiRefusedError
            If the first login is refused.
        """
        wait = FIRST_WAIT_SECONDS
        while True:
            before = self.connections
            try:
                await self.follow()
            except KeyRefusedError:
                raise  # the service's, not the switch's
            except AmiRefusedError as error:
                if not self.connections:
                    raise
                self.faults.note("login refused", error)
            except TimeoutError:
                self.faults.note("line down", f"{self.account.host} says nothing: no answer in time")
            except Exception as error:  # whatever the line brings up, the next one is a new one
                self.faults.note("line down", f"{type(error).__name__}: {error}")
            wait = FIRST_WAIT_SECONDS if before != self.connections else min(2 * wait, LONGEST_RECONNECT_SECONDS)
            await asyncio.sleep(wait)

    async def follow(self) -> None:
        """Follow one connection until it ends."""
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection(self.account.host, self.account.port), timeout=ANSWER_WITHIN_SECONDS
        )
        asking: asyncio.Task[None] | None = None
        watch, parser = QueueWatch(frozenset(self.queues)), AmiParser()
        try:
            await asyncio.wait_for(reader.readline(), timeout=ANSWER_WITHIN_SECONDS)  # the banner
            await self._send(
                writer, {"Action": "Login", "ActionID": "login", "Username": self.account.username,
                         "Secret": self.account.secret, "Events": "on"},
            )  # fmt: skip
            while True:
                # Asked every few seconds, the switch is never silent for long unless it is gone.
                silence = max(ANSWER_WITHIN_SECONDS, 3 * self.every_seconds)
                data = await asyncio.wait_for(reader.read(65_536), timeout=silence)
                if not data:
                    raise ConnectionResetError("the switch closed the connection")
                for message in parser.feed(data):
                    if message.get("Response") == "Error" and message.get("ActionID") == "login":
                        raise AmiRefusedError(message.get("Message", "login refused"))
                    if message.get("Response") == "Success" and asking is None:
                        self.connections += 1
                        asking = asyncio.create_task(self._ask_forever(writer, watch))
                    await self._tell(watch, watch.take(message))
        finally:
            if asking is not None:
                asking.cancel()
            writer.close()

    async def _tell(self, watch: QueueWatch, news: tuple[str, int | None] | None) -> None:
        if news is None:
            return
        queue, waiting = news
        told = {} if waiting is None else dict(watch.told.get(queue, {}))
        await self.sink(Observation(queue, self.clock(), waiting, told))

    async def _ask_forever(self, writer: asyncio.StreamWriter, watch: QueueWatch) -> None:
        number = 0
        while True:
            for queue in self.queues:
                number += 1
                action = f"huawu-{number}"
                watch.asked[action] = queue
                await self._send(writer, {"Action": "QueueSummary", "ActionID": action, "Queue": queue})
            await asyncio.sleep(self.every_seconds)

    async def _send(self, writer: asyncio.StreamWriter, fields: Fields) -> None:
        text = "".join(f"{key}: {value}\r\n" for key, value in fields.items())
        writer.write(f"{text}\r\n".encode())
        await asyncio.wait_for(writer.drain(), timeout=ANSWER_WITHIN_SECONDS)
