"""The application: everything it needs is in the settings it is given."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Engine

from api.http import (
    acts,
    explore,
    links,
    metrics,
    planner,
    planner_days,
    planner_first,
    planner_heads,
    planner_roster,
    planner_tomorrow,
    published,
    queues,
    readiness,
    records,
    surge,
    today,
    trend,
    wall,
)
from api.http.access import Gate
from api.http.board import Board
from api.http.documentation import add_reference, document
from api.http.group_commit import GroupCommit
from api.http.hot_routes import add_first
from api.http.problems import add_handlers
from api.http.traces import add_traces
from api.http.uploads import BodyLimit
from api.jobs.queue import unfinished_jobs
from api.jobs.worker import Worker
from api.logs import write_logs
from api.outbox import send_forever
from api.reports.published import stored_history
from api.roster_people import PublishedFloor
from api.sentences import refusal
from api.settings import Retention, Settings, Webhook, settings_from
from api.store.codec import now
from api.store.database import close_to_others, migrate, open_database
from api.store.history_rows import keep_all_rows
from api.store.ladder_fold import take_up_rules
from api.store.ladder_log import LadderLog
from api.store.outbox_rows import PUBLISHED, tell_published
from api.store.retention import purge
from api.store.trouble import log_failure
from api.web.pages import add_pages
from escalation.events import Delivered
from optimizer.law.clocks import DAY_SECONDS

logger = logging.getLogger("huawu")
WRITE_SECONDS = 10.0  # between two looks at whether the database takes what it is told
ROUTERS = (
    queues.router,
    wall.router,
    acts.router,
    links.router,
    records.router,
    today.router,
    trend.router,
    metrics.router,
    readiness.router,
    planner_days.router,  # before the others: `files/calendar` is one of its own
    planner_heads.router,
    planner.router,
    planner_roster.router,
    planner_first.router,
    planner_tomorrow.router,
    published.router,
    explore.router,
)


def create_app(settings: Settings) -> FastAPI:
    """Return the service on the database that `settings` names, brought to its newest schema."""
    first = open_database(settings.database_url)
    migrate(first)
    first.dispose()
    engine = open_database(
        settings.database_url,
        busy_timeout_seconds=settings.busy_seconds,
        pool_size=max(8, settings.writer_threads + 4),
    )
    for file in close_to_others(engine):
        logger.warning("%s could be read by other users of this machine; it is its owner's alone now", file)
    app = FastAPI(
        title="huawu",
        summary="Readings in, orders out: the surge ladder of a call centre's floor.",
        version="1",
        lifespan=_run,
        docs_url=None,  # `add_reference` serves it without the internet
        redoc_url=None,
    )
    state = app.state
    state.settings = settings
    state.log = log = LadderLog(engine, settings)
    state.readiness = readiness.Readiness(log)
    if (cause := state.readiness.write(now())) is not None:  # it opens, and takes nothing
        raise refusal("database.unopened", url=engine.url.render_as_string(), cause=cause)
    state.board = Board(log)
    state.wall = wall.Wall(log)
    state.writers = ThreadPoolExecutor(settings.writer_threads, thread_name_prefix="huawu-writer")
    state.group_commit = GroupCommit(log, state.writers, threads=settings.writer_threads)
    state.gate = Gate(engine, settings)
    state.reading = asyncio.Semaphore(1)
    state.metrics = metrics.Metrics(log)
    state.worker = Worker(settings.database_url)
    add_handlers(app)
    app.add_middleware(BodyLimit, max_body_bytes=settings.max_body_bytes)
    app.add_middleware(metrics.RequestTimes, metrics=state.metrics)
    for router in ROUTERS:
        app.include_router(router)
    add_pages(app)
    add_first(app, surge.HOT_ROUTES)
    document(app)
    add_reference(app)
    if settings.traces_url:
        state.end_traces = add_traces(app, engine, settings.traces_url)
    return app


@asynccontextmanager
async def _run(app: FastAPI) -> AsyncIterator[None]:
    """Let time pass, check the logs, follow the roster and send what is due, while the service serves."""
    state = app.state
    log: LadderLog = state.log
    settings: Settings = state.settings
    folding = ThreadPoolExecutor(1, thread_name_prefix="huawu-folding")
    rostering = ThreadPoolExecutor(1, thread_name_prefix="huawu-roster")
    stopping = threading.Event()
    state.board.loop = asyncio.get_running_loop()
    if state.board.news is not None:
        state.board.news.listen()
    take_up_rules(log.engine, now())
    for queue in log.take_up_settings(now()):
        logger.warning("queue %s: ladder %s counts from the next reading", queue, settings.ladder_for(queue).name)
    for queue in log.queue_names():
        log.state(queue)
    tasks = [asyncio.create_task(one) for one in _beside_serving(app, folding, rostering, stopping)]
    if unfinished_jobs(log.engine):  # a restart loses no work
        state.worker.ensure()
    yield
    state.worker.stop()
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
    stopping.set()
    folding.shutdown(wait=True, cancel_futures=True)
    rostering.shutdown(wait=True, cancel_futures=True)
    state.writers.shutdown(wait=True)
    state.board.close()
    log.engine.dispose()
    if settings.traces_url:
        state.end_traces()


def _beside_serving(
    app: FastAPI, folding: ThreadPoolExecutor, rostering: ThreadPoolExecutor, stopping: threading.Event
) -> list[Coroutine[Any, Any, None]]:
    """Return what goes on while the service serves, some of it only where the settings ask for it."""
    state = app.state
    log: LadderLog = state.log
    settings: Settings = state.settings
    running = [
        readiness.verify_forever(state.readiness, folding, settings.verify_seconds, stopping.is_set),
        again_and_again(  # staleness shows, orders not heeded are repeated
            log.tick,
            state.writers,
            settings.tick_seconds,
            otherwise="the ladders could not be told the time",
            at_once=False,
        ),
        again_and_again(  # a disk that is full shows before a reading is lost
            state.readiness.write,
            state.writers,
            WRITE_SECONDS,
            otherwise="the database could not be written into",
            at_once=False,
        ),
        again_and_again(  # without the roster the switch and the supervisors still tell
            PublishedFloor(log).tell,
            rostering,
            settings.roster_seconds,
            otherwise="the published roster could not be told to the ladders",
        ),
        _histories_in_rows(log.engine, rostering, stopping.is_set),
    ]
    if any(hook.published for hook in settings.webhooks):
        tell = partial(tell_published, log.engine, settings)
        said = "what was published could not be told"
        running.append(again_and_again(tell, rostering, settings.roster_seconds, otherwise=said))
    if settings.retention != Retention():
        said = "what is older than is kept could not be taken out"
        clear = partial(purge, log.engine, settings.retention)
        running.append(again_and_again(clear, folding, DAY_SECONDS, otherwise=said, at_once=False))
    if settings.webhooks:
        every = settings.outbox_seconds
        heard = partial(keep_delivery, log)
        running.append(send_forever(log.engine, settings, clock=now, every_seconds=every, heard=heard))
    if settings.heartbeat is not None:
        running.append(readiness.beat_forever(state.readiness, settings.heartbeat))
    return running


async def _histories_in_rows(engine: Engine, background: ThreadPoolExecutor, stopped: Callable[[], bool]) -> None:
    """Put in rows, where the database has them, the histories that an older version or a copy brought."""
    work = partial(keep_all_rows, engine, stored_history, stopped=stopped)
    try:
        await asyncio.get_running_loop().run_in_executor(background, work)
    except Exception as error:  # without them a history is read whole
        log_failure(logger, "kept histories could not be put in rows", error)


def keep_delivery(log: LadderLog, hook: Webhook, rows: Sequence[Any], error: str | None) -> None:
    """Let the ladders know which orders' messages a channel took, or did not and why."""
    for row in rows:
        if row.kind == PUBLISHED:  # no order of any ladder
            continue
        to = row.recipient or hook.to
        told = Delivered(now(), row.order_id, hook.name, to, error or "")
        log.act(row.queue, told, actor=hook.name, received_at=told.at)


async def again_and_again(
    work: Callable[[datetime], Any],
    background: ThreadPoolExecutor,
    every_seconds: float,
    *,
    otherwise: str,
    at_once: bool = True,
) -> None:
    """Do `work` off the event loop, told the instant, every so often until cancelled; a failure ends nothing.

    otherwise
        What could not be done, for the log, where it fails.
    """
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0.0 if at_once else every_seconds)
    while True:
        try:
            await loop.run_in_executor(background, lambda: work(now()))
        except Exception as error:  # one bad moment must not end time
            log_failure(logger, otherwise, error)
        await asyncio.sleep(every_seconds)


def app_from_environment() -> FastAPI:
    """Return the service by the environment's settings: what worker processes are started with."""
    try:
        settings = settings_from(os.environ)
        write_logs(settings)
        return create_app(settings)
    except (ValueError, OSError) as error:  # in one line, as the command line says it
        print(f"huawu: {error}", file=sys.stderr)
        raise SystemExit(2) from None
