"""Whether the service lives, and whether it can be relied on: asked by whoever watches over it, and told outwards."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import httpx
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api.channels import Resolve, addresses_of, private_address
from api.http.access import ANY_QUEUE, presented
from api.http.problems import HttpRefusal
from api.http.routing import KEYED
from api.sentences import say
from api.settings import Heartbeat
from api.store.codec import now
from api.store.database import write_trouble
from api.store.ladder_fold import Stopped, differences_since_checkpoint
from api.store.ladder_log import LadderLog, newest_readings
from api.store.trouble import log_failure, trouble_of
from forecaster.messages import Message

logger = logging.getLogger("huawu")
router = APIRouter(tags=["operations"])


@dataclass
class Readiness:
    """What is known of the service's own health.

    differences
        Per queue, where its log, folded again, and what is stored disagree; a queue not yet folded is not in it.
    trouble
        Why the database took nothing when the service last wrote into it to see.
    """

    log: LadderLog
    differences: dict[str, list[str]] = field(default_factory=dict)
    trouble: Message | None = None

    def write(self, at: datetime) -> Message | None:
        """Write one row and commit it, by the service's own clock, and keep why it was not taken."""
        self.trouble = write_trouble(self.log.engine, at, kept=True)
        return self.trouble

    def verify(self, *, stopped: Stopped) -> None:
        """Fold what came into every queue's log since it was last found right, and say where what is stored differs."""
        for queue in self.log.queue_names():
            try:
                found = differences_since_checkpoint(self.log.engine, queue, now(), stopped=stopped)
            except InterruptedError:
                return
            except Exception as error:  # a log that cannot even be read is the worst difference
                if trouble_of(error) is not None:
                    raise
                found = [f"{type(error).__name__}: {error}"]
            before = self.differences.get(queue, [])
            self.differences[queue] = found
            for one in found:
                if one not in before:
                    logger.error("queue %s: the log does not give what is stored: %s", queue, one)

    def fault(self) -> Message | None:
        """Return why the service cannot be relied on: the database takes nothing, or the log differs; None if it can.

        Leaves nothing in the database, however often and by whomever it is asked.
        """
        if trouble := write_trouble(self.log.engine, now(), kept=False) or self.trouble:
            return trouble
        wrong = sorted(queue for queue, found in self.differences.items() if found)
        return say("log.unready", queues=wrong) if wrong else None

    def readings(self) -> list[dict[str, Any]]:
        """Return the age of every declared queue's newest reading; null: it never spoke."""
        newest = newest_readings(self.log.engine, self.log.settings)
        at, told = now(), []
        for queue, read_at in newest.items():
            age = None if read_at is None else (at - read_at).total_seconds()
            ladder = self.log.settings.ladder_for(queue)
            old = age is None or not ladder.is_current(age)
            told.append({"queue": queue, "age_seconds": age, "stale": old})
        return told


async def verify_forever(
    readiness: Readiness, folding: ThreadPoolExecutor, every_seconds: float, stopped: Callable[[], bool]
) -> None:
    """Verify the logs again and again, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            await loop.run_in_executor(folding, partial(readiness.verify, stopped=stopped))
        except Exception as error:  # the next time may do better
            log_failure(logger, "the logs could not be verified", error)
        await asyncio.sleep(every_seconds)


async def beat_forever(
    readiness: Readiness,
    heartbeat: Heartbeat,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    resolve: Resolve | None = addresses_of,
) -> None:
    """Tell somebody outside that all is well, again and again while it is; whoever hears nothing raises the alarm."""
    loop = asyncio.get_running_loop()
    async with httpx.AsyncClient(timeout=10.0, transport=transport) as client:
        while True:
            try:
                fault = await loop.run_in_executor(None, readiness.fault)
                if fault is None:
                    await _beat(client, heartbeat, resolve)
                else:
                    logger.error("no heartbeat: %s", fault.en)
            except Exception as error:  # nobody outside must end the service
                log_failure(logger, f"the heartbeat could not be sent to {heartbeat.url}", error)
            await asyncio.sleep(heartbeat.every_seconds)


async def _beat(client: httpx.AsyncClient, heartbeat: Heartbeat, resolve: Resolve | None) -> None:
    if not heartbeat.private and (where := await asyncio.to_thread(private_address, heartbeat.url, resolve)):
        logger.error("no heartbeat: %s is an address within the house; set private = true for it", where)
        return
    try:
        answer = await client.get(heartbeat.url)
    except httpx.HTTPError as error:
        logger.error("the heartbeat was not taken: %s: %s", type(error).__name__, error)
        return
    if answer.is_error:
        logger.error("the heartbeat was not taken: HTTP %d", answer.status_code)


@router.get("/healthz")
def get_health() -> dict[str, str]:
    """Say that the service lives; needs no key and tells nothing else."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    dependencies=KEYED,
    responses={503: {"description": "It cannot be relied on, and why"}},
)
def get_readiness(request: Request) -> Response:
    """Say whether the service can be relied on: its database takes what it is told, and its logs give what is stored.

    503 if not. With a key that may read it also tells how old each declared queue's newest reading is; that alone makes
    nothing unready, or no reading would ever be let through again.
    """
    readiness: Readiness = request.app.state.readiness
    fault = readiness.fault()
    said: dict[str, Any] = {"status": "ok"}
    if fault is not None:
        said = {"status": "unready", "fault": fault.en, "fault_zh": fault.zh}
    if presented(request.scope)[0] is not None:
        try:
            key = request.app.state.gate.admit(request.scope, "read", queue=ANY_QUEUE)
            said["readings"] = [one for one in readiness.readings() if not key.queues or one["queue"] in key.queues]
        except HttpRefusal:  # nothing more for it
            pass
    return JSONResponse(said, status_code=200 if fault is None else 503)
