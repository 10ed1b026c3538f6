"""What the service counts of itself, for Prometheus."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable
from typing import Any

from fastapi import Depends, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.access import requires
from api.http.routing import errors, keyed_router
from api.logs import begin_request
from api.store.codec import now
from api.store.database import reading
from api.store.ladder_log import LadderLog
from api.store.tables import instant, orders, outbox, queues

logger = logging.getLogger("huawu.requests")
router = keyed_router("operations")
# What the floor is told is nobody's to keep, and nothing but what it says it is.
KEPT_NOWHERE = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
WORKER = str(os.getpid())


class Metrics:
    """The counters of one process (label `worker`), and gauges read from the database when asked."""

    def __init__(self, log: LadderLog) -> None:
        self.registry = CollectorRegistry()
        self.readings = Counter(
            "huawu_readings",
            "Readings received, by what became of them: accepted, repeated, late, missing, conflict, future",
            ["queue", "status", "worker"],
            registry=self.registry,
        )
        self.requests = Histogram(
            "huawu_request_seconds",
            "Time to answer requests",
            ["route", "method", "status", "worker"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.registry.register(LadderGauges(log))
        self.ready = Gauge(
            "huawu_ready",
            "Whether the database takes what it is told and the logs give what is stored",
            registry=self.registry,
        )
        self.differences = Gauge(
            "huawu_log_differences",
            "Where the log, folded at the start, and what is stored disagree",
            ["queue"],
            registry=self.registry,
        )

        self._readings: dict[tuple[str, str], Counter] = {}
        self._requests: dict[tuple[str, str, int], Histogram] = {}

    def reading(self, queue: str, status: str) -> None:
        """Count one reading."""
        child = self._readings.get((queue, status))
        if child is None:
            child = self._readings[queue, status] = self.readings.labels(queue, status, WORKER)
        child.inc()

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Note how long a request took."""
        child = self._requests.get((route, method, status))
        if child is None:
            child = self._requests[route, method, status] = self.requests.labels(route, method, str(status), WORKER)
        child.observe(seconds)


class LadderGauges(Collector):
    """The state of every queue and of the outbox, as committed."""

    def __init__(self, log: LadderLog) -> None:
        self.log = log

    def describe(self) -> Iterable[Metric]:
        """Return nothing: what there is depends on the queues."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Yield every gauge."""
        at = now()
        waiting = GaugeMetricFamily("huawu_waiting", "Callers waiting", labels=["queue"])
        age = GaugeMetricFamily(
            "huawu_reading_age_seconds", "Age of the newest reading; below 0: ahead of the clock", labels=["queue"]
        )
        silent = GaugeMetricFamily("huawu_queue_silent", "Declared, and never sent a reading", labels=["queue"])
        rung = GaugeMetricFamily("huawu_rung", "Rung the ladder stands on", labels=["queue"])
        opened = GaugeMetricFamily("huawu_orders_open", "Orders not yet released", labels=["queue"])
        unheard = GaugeMetricFamily("huawu_orders_unacknowledged", "Open orders nobody acknowledged", labels=["queue"])
        oldest = GaugeMetricFamily(
            "huawu_oldest_unacknowledged_seconds", "Age of the oldest order nobody acknowledged", labels=["queue"]
        )
        with reading(self.log.engine) as connection:
            wanted = select(queues.c.queue, queues.c.at, queues.c.waiting, queues.c.version)
            rows = list(connection.execute(wanted.where(queues.c.retired_at.is_(None))))
            still = select(orders.c.queue, orders.c.ordered_at, orders.c.acknowledged_at, orders.c.signed_in_at)
            standing: dict[str, list[Any]] = {}
            for one in connection.execute(still.where(orders.c.closed_at.is_(None))):
                standing.setdefault(one.queue, []).append(one)
            mail = list(
                connection.execute(
                    select(outbox.c.webhook, outbox.c.status, func.count(), func.min(outbox.c.created_at)).group_by(
                        outbox.c.webhook, outbox.c.status
                    )
                )
            )
        spoke = {row.queue for row in rows if row.at is not None}
        for queue in sorted({*self.log.settings.queues, *(row.queue for row in rows)}):
            silent.add_metric([queue], queue not in spoke)
        for row in rows:
            name = [row.queue]
            known = self.log.known.get(row.queue)
            state = known[1] if known is not None and known[0] == row.version else self.log.state(row.queue)[1]
            rung.add_metric(name, state.book.position)
            if row.at is not None:
                waiting.add_metric(name, row.waiting)
                age.add_metric(name, (at - instant(row.at)).total_seconds())
            mine = standing.get(row.queue, [])
            unheeded = [one.ordered_at for one in mine if one.acknowledged_at is None and one.signed_in_at is None]
            opened.add_metric(name, len(mine))
            unheard.add_metric(name, len(unheeded))
            oldest.add_metric(name, max(((at - instant(one)).total_seconds() for one in unheeded), default=0.0))
        yield from (waiting, age, silent, rung, opened, unheard, oldest)
        messages = GaugeMetricFamily("huawu_outbox_messages", "Notifications, by status", labels=["webhook", "status"])
        lag = GaugeMetricFamily("huawu_outbox_lag_seconds", "Age of the oldest unsent notification", labels=["webhook"])
        for hook, status, count, first in mail:
            messages.add_metric([hook, status], count)
            if status == "pending":
                lag.add_metric([hook], max(0.0, (at - instant(first)).total_seconds()))
        yield from (messages, lag)


class RequestTimes:
    """Measures every request by its route, and gives it the id under which it is logged and answered."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how long it took to its first byte."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), None)
        number = (b"x-request-id", begin_request(given).encode())

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = KEPT_NOWHERE if scope["path"].startswith("/v1/") else ()
                message["headers"] = [*message["headers"], number, *more]
                path = getattr(scope.get("route"), "path", "other")
                method, status, seconds = scope["method"], message["status"], time.perf_counter() - began
                self.metrics.request(path, method, status, seconds)
                if logger.isEnabledFor(logging.INFO):
                    told = {"method": method, "path": scope["path"], "status": status, "seconds": round(seconds, 6)}
                    logger.info("%s %s: %d", method, scope["path"], status, extra=told)
            await send(message)

        await self.app(scope, receive, noted)


@router.get(
    "/metrics",
    dependencies=[Depends(requires("read"))],
    response_class=Response,
    responses={**errors(), 200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def get_metrics(request: Request) -> Response:
    """Return the service's metrics in Prometheus' text format."""
    metrics: Metrics = request.app.state.metrics
    metrics.ready.set(request.app.state.readiness.fault() is None)
    for queue, found in list(request.app.state.readiness.differences.items()):
        metrics.differences.labels(queue).set(len(found))
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)
