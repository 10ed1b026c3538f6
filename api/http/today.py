"""Today against its forecast over HTTP: for the floor, whether the day has left its band and since when."""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from typing import Any

from fastapi import Request
from pydantic import BaseModel, Field
from sqlalchemy import Engine

from api.http.access import Reader
from api.http.routing import QueueName, engine_of, errors, keyed_router
from api.inputs import read_calendar
from api.reports.published import newest_kept, stored_history
from api.site import read_site
from api.today import Today, today_of

router = keyed_router("surge")


class TodayIntervalOut(BaseModel):
    """An interval of the day: the calls since the day's start at its end, as they came or, later, as expected."""

    interval_start: str = Field(description="Local time")
    calls_so_far: float | None = None
    lower: float | None = Field(default=None, description="Fewest calls until then that an ordinary day brings (95 %)")
    upper: float | None = None
    calls_expected: float | None = None


class TodayOut(BaseModel):
    """The last day of the queue's kept history beside the forecast made from the days before it; null: none is kept."""

    queue: str
    day: str | None = None
    as_of: str | None = Field(default=None, description="End of the last interval known")
    calls_so_far: float | None = None
    lower: float | None = Field(default=None, description="Fewest calls until now that an ordinary day brings (95 %)")
    upper: float | None = None
    outside_band: bool = False
    first_outside_at: str | None = Field(default=None, description="Start of the interval with which it was certain")
    still_to_come: float | None = Field(default=None, description="Calls expected in the rest of the day")
    intervals: list[TodayIntervalOut] = Field(default=[], description="The whole day, interval by interval")


@router.get("/v1/queues/{queue}/today", response_model=TodayOut, responses=errors())
def get_today(queue: QueueName, request: Request, key: Reader) -> Any:
    """Return whether the day has left its forecast band, with which interval that was certain, and what is to come.

    The day is the last of the history kept by `PUT /v1/queues/{queue}/history`, to be sent again as the day goes on.
    Outside the band is the signal to go to the emergency plan.
    """
    del key
    engine = engine_of(request)
    newest = newest_kept(engine, "history", queue)
    if newest is None:
        return {"queue": queue}
    return asdict(_today(_HistoryAsked(engine, queue), newest.version_id))


class _HistoryAsked:
    """Whose history is asked for; a version's answer never changes, so it is worked out once."""

    def __init__(self, engine: Engine, queue: str) -> None:
        self.engine, self.queue = engine, queue

    def __hash__(self) -> int:
        return hash((id(self.engine), self.queue))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _HistoryAsked) and other.engine is self.engine and other.queue == self.queue


@lru_cache(maxsize=64)
def _today(kept: _HistoryAsked, version_id: str) -> Today:
    del version_id  # it distinguishes one answer from another
    history = stored_history(kept.engine, kept.queue)
    assert history is not None  # a version was found a moment ago
    years = range(history.start_at.year - 1, history.end_at.year + 2)
    return today_of(history, read_calendar(read_site().country, years))
