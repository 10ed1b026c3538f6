"""The Five Tables of a month from what is kept: the published plan, last month's as frozen, the stored history."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Engine

from api.inputs import read_calendar
from api.names import FILE_WORDS
from api.publishing import frozen_before, promise_of_days, published_version
from api.reports.five_tables import FiveTables, Frozen, TablesOf, five_tables
from api.reports.register import month_register
from api.reports.version_words import published_words
from api.sentences import say
from api.site import Site
from api.store.history_rows import HistoryPage, keep_rows, page_from_rows, page_of
from api.store.order_rows import sign_in_register
from api.store.versions import (
    NoVersionError,
    Version,
    bytes_frame,
    content_of,
    digest,
    frame_bytes,
    list_versions,
    save_version,
)
from forecaster.history.observed import History
from forecaster.history.periods import last_day, period_name, period_words
from forecaster.names import called
from forecaster.requirement.busy_hour import BusyHourCapacity, busy_hour_capacity


def store_history(engine: Engine, history: History, *, made_by: str, source: bytes, why: str = "") -> Version:
    """Keep a queue's history as its newest version, with the digest of the file it was read from; return it."""
    version = save_version(
        engine,
        kind="history",
        queue=history.queue,
        month="",
        content=frame_bytes(history.frame),
        made_by=made_by,
        why=why,
        inputs={"file": digest(source)},
    )
    keep_rows(engine, version.version_id, history)
    return version


def stored_page(
    engine: Engine, queue: str, *, begin: datetime | None = None, end: datetime | None = None, limit: int
) -> HistoryPage | None:
    """Return the first intervals, from `begin` to before `end`, of the newest history kept of a queue, or None."""
    page = page_from_rows(engine, queue, begin=begin, end=end, limit=limit)
    if page is not None:
        return page
    whole = stored_history(engine, queue)
    return None if whole is None else page_of(whole, begin=begin, end=end, limit=limit)


def stored_history(engine: Engine, queue: str) -> History | None:
    """Return the newest history kept of a queue, or None."""
    newest = newest_kept(engine, "history", queue)
    if newest is None:
        return None
    frame = bytes_frame(content_of(engine, newest.version_id))
    return History(queue, *_grid_of(frame), frame)


def newest_kept(engine: Engine, kind: str, queue: str, month: str | None = None) -> Version | None:
    """Return the newest version of a kind that is kept of a queue, of a month if one is named, or None."""
    kept = list_versions(engine, kind=kind, queue=queue, month=month)
    return max(kept, key=lambda version: version.number, default=None)


def _grid_of(frame: pd.DataFrame) -> tuple[str, int]:
    """Return the time zone and the minutes of a frame's intervals."""
    index = pd.DatetimeIndex(frame.index)
    return str(index.tz), int((index[1] - index[0]) / pd.Timedelta(minutes=1))


def capacity_of(history: History | None, site: Site) -> BusyHourCapacity:
    """Return the busy-hour capacity of a queue three ways, its handle time the site's where the history has none."""
    return busy_hour_capacity(
        history,
        aht_seconds=None if history is not None and "aht_seconds" in history.frame else site.aht_seconds,
        max_occupancy=site.target.max_occupancy or 1.0,
        set_calls_per_hour=site.busy_hour_calls,
    )


def published_tables(engine: Engine, *, queue: str, month: pd.Period, site: Site) -> FiveTables:
    """Return the Five Tables of the plan that is published for a queue and month.

    Raises
    ------
    NoVersionError
        If no forecast, or no roster, of the month is published.
    """
    newest = {kind: _published(engine, kind, queue, month) for kind in ("forecast", "coverage")}
    forecast, coverage = (bytes_frame(content_of(engine, v.version_id)) for v in newest.values())
    timezone, interval_minutes = _grid_of(forecast)
    history = stored_history(engine, queue)
    promise = published_version(engine, kind="promise", queue=queue, month=month)
    return five_tables(
        TablesOf(queue, month, timezone, interval_minutes, site.target),
        Frozen(
            forecast,
            coverage,
            version=_words(newest["forecast"]),
            roster_version=_words(newest["coverage"]),
            said=published_words(newest["coverage"], timezone),
            promised=None if promise is None else promise_of_days(content_of(engine, promise.version_id)),
        ),
        history=history,
        last=frozen_before(engine, queue=queue, month=month - 1, timezone=timezone),
        calendar=read_calendar(site.country, range(month.year - 1, last_day(month).year + 1)),
        calls_per_seat_hour=capacity_of(history, site).calls_per_hour,
    )


def _words(version: Version) -> str:
    assert version.published_at is not None
    return f"v{version.number} {version.published_at:%Y-%m-%d %H:%M}Z"


def _published(engine: Engine, kind: str, queue: str, month: pd.Period) -> Version:
    version = published_version(engine, kind=kind, queue=queue, month=month)
    if version is None:
        raise NoVersionError(
            say("published.none", queue=queue, month=period_words(month), kind=called(kind, FILE_WORDS))
        )
    return version


def orders_of_month(engine: Engine, *, month: pd.Period, timezone: str) -> list[dict[str, Any]]:
    """Return the surge log's lines for the duty register, of every queue, that began in a month."""
    start, end = (m.start_time.tz_localize(timezone).to_pydatetime() for m in (month, month + 1))
    return sign_in_register(engine, start=start, end=end, zone=ZoneInfo(timezone))


def store_attendance(engine: Engine, marks: pd.DataFrame, *, queue: str, month: pd.Period, made_by: str) -> Version:
    """Keep a month's attendance marks as their newest version, and return it."""
    content = frame_bytes(marks)
    return save_version(
        engine, kind="attendance", queue=queue, month=period_name(month), content=content, made_by=made_by, inputs={}
    )


def published_register(engine: Engine, *, queue: str, month: pd.Period) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the duty register of a month, by person and by day: published roster, kept marks, surge orders.

    Raises
    ------
    NoVersionError
        If no roster of the month is published.
    ValueError
        If a mark is about somebody who is not in the roster.
    """
    roster = bytes_frame(content_of(engine, _published(engine, "roster", queue, month).version_id))
    newest = newest_kept(engine, "attendance", queue, period_name(month))
    marks = None if newest is None else bytes_frame(content_of(engine, newest.version_id))
    lines = orders_of_month(engine, month=month, timezone=str(pd.DatetimeIndex(roster["start_at"]).tz))
    return month_register(roster, marks, lines, queue=queue, month=month)
