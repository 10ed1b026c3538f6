"""What the service counts of itself, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.readings = Counter(
            "huawu_readings", "Readings received, by what became of them", ["queue", "status"], registry=self.registry
        )

    def reading(self, queue: str, status: str) -> None:
        """Count one reading."""
        self.readings.labels(queue, status).inc()
