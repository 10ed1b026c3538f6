"""On PostgreSQL the newest history of each queue also stands in rows, in partitions by month.

What is true is the version, which never changes; the rows are made from it and say which one. They are there to be read
in part, and by whatever else reads PostgreSQL. SQLite has none: there a version is read whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Double,
    Engine,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    cast,
    delete,
    extract,
    func,
    select,
    text,
)  # fmt: skip

from api.store.database import put, reading, writing
from api.store.version_tables import versions
from forecaster.history.observed import OPTIONAL_COLUMNS, History

KEPT_MEASURES = ("calls_offered", *OPTIONAL_COLUMNS)
HISTORY_LOCK = 7_108_554  # PostgreSQL's advisory lock while histories are put in rows
of_postgresql = MetaData()
history = Table(
    "history",
    of_postgresql,
    Column("queue", String(128), primary_key=True),
    Column("interval_start", DateTime(timezone=True), primary_key=True),
    *(Column(name, Double) for name in KEPT_MEASURES),
    postgresql_partition_by="RANGE (interval_start)",
)
history_heads = Table(
    "history_heads",
    of_postgresql,
    Column("queue", String(128), primary_key=True),
    Column("version_id", String(200), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("interval_minutes", Integer, nullable=False),
    Column("columns", Text, nullable=False),
)


@dataclass(frozen=True)
class HistoryPage:
    """Some of a history's intervals, in their order, and where the following one starts (None: there is none)."""

    history: History
    next_begin: pd.Timestamp | None


def page_of(whole: History, *, begin: datetime | None, end: datetime | None, limit: int) -> HistoryPage:
    """Return the first intervals of a history from `begin` to before `end`."""
    frame = whole.frame
    wanted = np.ones(len(frame), bool)
    if begin is not None:
        wanted &= frame.index >= begin
    if end is not None:
        wanted &= frame.index < end
    return _cut(whole.queue, whole.timezone, whole.interval_minutes, frame[wanted], limit)


def _cut(queue: str, timezone: str, minutes: int, frame: pd.DataFrame, limit: int) -> HistoryPage:
    following = frame.index[limit] if len(frame) > limit else None
    return HistoryPage(History(queue, timezone, minutes, frame.iloc[:limit]), following)


def has_rows(engine: Engine) -> bool:
    """Return whether this database keeps histories in rows too."""
    return engine.dialect.name == "postgresql"


def keep_rows(engine: Engine, version_id: str, whole: History) -> None:
    """Put a history in rows, in place of those of the queue's version before it; nothing where none are kept."""
    if not has_rows(engine):
        return
    columns = [name for name in KEPT_MEASURES if name in whole.frame]
    rows = whole.frame[columns].set_axis(pd.DatetimeIndex(whole.frame.index).tz_convert("UTC")).reset_index()
    rows.insert(0, "queue", whole.queue)
    told = rows.to_csv(index=False, header=False)  # empty: not observed
    into = ", ".join(["queue", "interval_start", *columns])
    with writing(engine) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": HISTORY_LOCK})
        if connection.execute(_newest(whole.queue)).scalar() != version_id:
            return  # another came after it, and is kept by whoever brought it
        _make_partitions(connection, pd.DatetimeIndex(whole.frame.index))
        connection.execute(delete(history).where(history.c.queue == whole.queue))
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY history ({into}) FROM STDIN (FORMAT csv)") as copy:
            copy.write(told)
        head = {"version_id": version_id, "timezone": whole.timezone, "interval_minutes": whole.interval_minutes}
        put(connection, history_heads, {"queue": whole.queue, **head, "columns": json.dumps(columns)})


def _newest(queue: str) -> Select[Any]:
    same = (versions.c.kind == "history") & (versions.c.queue == queue) & (versions.c.month == "")
    return select(versions.c.version_id).where(same).order_by(versions.c.number.desc()).limit(1)


def _make_partitions(connection: Connection, index: pd.DatetimeIndex) -> None:
    """Make the partitions that are not there yet, of the months in UTC."""
    first, last = (one.tz_convert("UTC").tz_localize(None) for one in (index[0], index[-1]))
    for month in pd.period_range(first, last, freq="M"):
        name = f"history_{month:%Y_%m}"
        if connection.execute(select(func.to_regclass(name))).scalar() is None:
            span = f"FROM ('{month.start_time:%Y-%m-%d} 00:00+00') TO ('{(month + 1).start_time:%Y-%m-%d} 00:00+00')"
            connection.execute(text(f"CREATE TABLE {name} PARTITION OF history FOR VALUES {span}"))


def page_from_rows(
    engine: Engine, queue: str, *, begin: datetime | None, end: datetime | None, limit: int
) -> HistoryPage | None:
    """Return the first intervals from `begin` to before `end`, read from their months alone.

    None where the rows are not those of the queue's newest version.
    """
    if not has_rows(engine):
        return None
    with reading(engine) as connection:
        head = connection.execute(select(history_heads).where(history_heads.c.queue == queue)).one_or_none()
        if head is None or connection.execute(_newest(queue)).scalar() != head.version_id:
            return None
        columns = json.loads(head.columns)
        at = cast(extract("epoch", history.c.interval_start) * 1_000_000, BigInteger)
        wanted = select(at, *(history.c[name] for name in columns)).where(history.c.queue == queue)
        if begin is not None:
            wanted = wanted.where(history.c.interval_start >= begin)
        if end is not None:
            wanted = wanted.where(history.c.interval_start < end)
        rows = connection.execute(wanted.order_by(history.c.interval_start).limit(limit + 1)).all()
    stamps = np.array([row[0] for row in rows], dtype="datetime64[us]")
    index = pd.DatetimeIndex(stamps, tz="UTC", name="interval_start").tz_convert(head.timezone)
    values = np.array([row[1:] for row in rows], dtype=float).reshape(len(rows), len(columns))
    return _cut(queue, head.timezone, head.interval_minutes, pd.DataFrame(values, index=index, columns=columns), limit)


def _without_rows(engine: Engine) -> list[tuple[str, str]]:
    """Return queue and version of the newest histories that do not stand in rows: of an older schema, or restored."""
    if not has_rows(engine):
        return []
    with reading(engine) as connection:
        histories = select(versions.c.queue).where(versions.c.kind == "history").distinct()
        heads = {one.queue: one.version_id for one in connection.execute(select(history_heads))}
        found = {queue: connection.execute(_newest(queue)).scalar_one() for queue in connection.scalars(histories)}
    return [(queue, newest) for queue, newest in sorted(found.items()) if heads.get(queue) != newest]


def keep_all_rows(
    engine: Engine, load: Callable[[Engine, str], History | None], *, stopped: Callable[[], bool] = lambda: False
) -> list[str]:
    """Put in rows whatever newest history does not stand there yet, read by `load`; return the queues."""
    done = []
    for queue, version_id in _without_rows(engine):
        whole = None if stopped() else load(engine, queue)
        if whole is not None:
            keep_rows(engine, version_id, whole)
            done.append(queue)
    return done
