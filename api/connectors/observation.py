"""One look at a queue, as every connector gives it, and the sending of looks to the service."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from api.sentences import say
from forecaster.messages import Refusal

logger = logging.getLogger("huawu.connect")
TELL_AGAIN_SECONDS = 60.0
POST_WITHIN_SECONDS = 15.0
LONGEST_LINE_BYTES = 65_536  # of a switch's messages and logs; what goes on longer is none of them
MOST_IN_A_POST = 500
MOST_REFUSED_BYTES = 20_000_000
SKEW_TOLD_SECONDS = 5.0
RETRY_SECONDS = 2.0


@dataclass(frozen=True)
class Observation:
    """What a source said of a queue; `waiting` None is missing, which is never 0 (L12).

    told
        What else it said of the floor, under the names a reading has: `seats_signed_in`, `seats_free` …
    """

    queue: str
    at: datetime
    waiting: int | None
    told: dict[str, Any] = field(default_factory=dict)

    def body(self, source: str) -> dict[str, Any]:
        """Return the body of the reading to post; its id makes sending it again harmless."""
        at = self.at.astimezone(UTC).isoformat(timespec="milliseconds")
        return {"id": f"{source}/{self.queue}/{at}"[:128], "at": at, "waiting": self.waiting, **self.told}


Sink = Callable[[Observation], Awaitable[None]]


class KeyRefusedError(Refusal):
    """The service does not take the key: sending on would be useless."""


class Faults:
    """Counts what went wrong, by kind, and tells each kind at once and from then on at most once a minute."""

    def __init__(self, source: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.source = source
        self.clock = clock
        self.counts: dict[str, int] = {}
        self.told_at: dict[str, float] = {}

    def note(self, kind: str, text: object) -> None:
        """Count a fault of `kind` and say what it was, unless that kind was told within the last minute."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if self.clock() - self.told_at.get(kind, float("-inf")) >= TELL_AGAIN_SECONDS:
            self.told_at[kind] = self.clock()
            logger.warning("%s: %s (%s, %d so far)", self.source, str(text)[:500], kind, self.counts[kind])


class HttpSink:
    """Posts observations to the service with a writer's key; while it is away, keeps the newest `most` per queue.

    Called, it sends at once; `put` only keeps, for whoever runs `send_forever` beside. Nothing is dropped silently:
    what the service refuses is set aside in the file `refused` with its reason, every fault is counted and told.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        source: str,
        most: int = 720,
        refused: Path | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.client = client
        self.source = source
        self.most = most
        self.refused = refused
        self.faults = faults or Faults(source)
        self.kept: dict[str, list[dict[str, Any]]] = {}
        self.accepted = 0
        self.news = asyncio.Event()

    async def __call__(self, seen: Observation) -> None:
        """Send what is kept of the queue and this one, in their order; keep them if the service does not answer.

        Raises
        ------
        KeyRefusedError
            If the service refuses the key before it ever took anything.
        """
        await self.put(seen)
        await self.send(seen.queue)

    async def put(self, seen: Observation) -> None:
        """Keep the observation for `send_forever`."""
        backlog = self.kept.setdefault(seen.queue, [])
        backlog.append(seen.body(self.source))
        for lost in backlog[: -self.most]:
            self._set_aside(lost, seen.queue, "the service was away for too long", kind="dropped")
        del backlog[: -self.most]
        self.news.set()

    async def send_forever(self) -> None:
        """Send what is kept, as it comes, until cancelled.

        Raises
        ------
        KeyRefusedError
            As when called.
        """
        while True:
            await self.news.wait()
            self.news.clear()
            for queue in list(self.kept):
                await self.send(queue)
            if any(self.kept.values()):  # the service is away: wait, and try again without being told
                await asyncio.sleep(RETRY_SECONDS)
                self.news.set()

    async def send(self, queue: str) -> None:
        """Send what is kept of `queue` in its order; what is refused is set aside, the rest stays kept until taken."""
        while backlog := self.kept.get(queue):
            part = backlog[:MOST_IN_A_POST]
            if not await self._send_part(queue, part):
                return
            dealt_with = {id(one) for one in part}  # meanwhile more may have come, or the oldest may have gone
            backlog[:] = [one for one in backlog if id(one) not in dealt_with]

    async def _send_part(self, queue: str, part: list[dict[str, Any]]) -> bool:
        """Return whether the service has dealt with every reading of the part."""
        answer = await self._post(queue, part)
        if answer is None:
            return False
        status, said = answer.status_code, answer.text[:300]
        if status in (401, 403):
            if not self.accepted:
                raise KeyRefusedError(say("connect.key", said=said[:200]))
            self.faults.note("key refused", said)
            return False
        if status in (404, 408, 429) or status >= 500:  # not the readings' fault: they are kept
            self.faults.note(f"service answers {status}", said)
            return False
        if not answer.is_success:
            if len(part) == 1:
                self._set_aside(part[0], queue, said, kind="refused")
                return True
            middle = len(part) // 2  # one of them is not taken: find it, and let the others through
            return await self._send_part(queue, part[:middle]) and await self._send_part(queue, part[middle:])
        self.accepted += len(part)
        for body, told in zip(part, _answers(answer, len(part)), strict=False):
            if told.get("status") in ("future", "conflict"):
                self._set_aside(body, queue, _why(told), kind=str(told["status"]))
        return True

    async def _post(self, queue: str, part: list[dict[str, Any]]) -> httpx.Response | None:
        try:
            sent = self.client.post(f"/v1/queues/{quote(queue, safe='')}/readings", json=part)
            answer = await asyncio.wait_for(sent, POST_WITHIN_SECONDS)
        except (httpx.HTTPError, TimeoutError) as error:
            self.faults.note("service away", error or type(error).__name__)
            return None
        self._look_at_clock(answer)
        return answer

    def _look_at_clock(self, answer: httpx.Response) -> None:
        """Tell if this machine's clock and the service's do not agree: readings from the future are refused (L27)."""
        try:
            skew = (datetime.now(UTC) - parsedate_to_datetime(answer.headers.get("date", ""))).total_seconds()
        except (TypeError, ValueError):  # no date, or one without a zone
            return
        if abs(skew) > SKEW_TOLD_SECONDS:
            ahead = "ahead of" if skew > 0 else "behind"
            self.faults.note("clock skew", f"this clock is {abs(skew):.0f} s {ahead} the service's; set both by NTP")

    def _set_aside(self, body: dict[str, Any], queue: str, reason: str, *, kind: str) -> None:
        self.faults.note(kind, f"queue {queue}, reading {body['at']}: {reason}")
        if self.refused is None:
            return
        try:
            if self.refused.exists() and self.refused.stat().st_size > MOST_REFUSED_BYTES:
                return
            with self.refused.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"queue": queue, "reason": reason, **body}, ensure_ascii=False) + "\n")
        except OSError as error:
            self.faults.note("refused readings cannot be kept", error)


def _answers(answer: httpx.Response, count: int) -> Sequence[dict[str, Any]]:
    """Return what became of each reading; nothing where the answer is not the service's own."""
    try:
        told = answer.json()
    except ValueError:
        return []
    return told if isinstance(told, list) and len(told) == count else []


def _why(told: dict[str, Any]) -> str:
    return told.get("detail") or "; ".join(one.get("reason", "") for one in told.get("decisions", []))


async def look_forever(
    look: Callable[[], Awaitable[Sequence[Observation]]],
    sink: Sink,
    *,
    every_seconds: float,
    faults: Faults,
    within_seconds: float = 10.0,
) -> None:
    """Look every `every_seconds` and tell `sink`, until cancelled. A look that fails or hangs is no reading (L12)."""
    while True:
        try:
            for seen in await asyncio.wait_for(look(), within_seconds):
                await sink(seen)
        except KeyRefusedError:
            raise
        except TimeoutError:
            faults.note("no answer", f"nothing within {within_seconds:g} s")
        except Exception as error:  # whatever a source brings up, the next look is a new one
            faults.note("no reading", f"{type(error).__name__}: {error}")
        await asyncio.sleep(every_seconds)
