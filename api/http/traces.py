"""Traces for an OpenTelemetry collector: each request, and what it asked the database."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from sqlalchemy import Engine

from api import __version__
from api.sentences import refusal

UNTRACED = "healthz,readyz,metrics"


def add_traces(app: FastAPI, engine: Engine, collector_url: str) -> Callable[[], None]:
    """Send the traces of `app` and of its database to a collector; return what sends the last of them, at the end.

    Raises
    ------
    ValueError
        If OpenTelemetry is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
        from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise refusal("traces.extra") from error
    provider = TracerProvider(resource=Resource({"service.name": "huawu", "service.version": __version__}))
    exporter = OTLPSpanExporter(f"{collector_url.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider, excluded_urls=UNTRACED)
    # It knows SQLAlchemy up to 2.0; the events it listens to are the same in 2.1.
    database = SQLAlchemyInstrumentor()
    database.instrument(engine=engine, tracer_provider=provider, skip_dep_check=True)

    def end() -> None:
        database.uninstrument()  # it holds for the whole process
        provider.shutdown()

    return end
