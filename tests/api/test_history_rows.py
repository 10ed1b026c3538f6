"""A kept history on PostgreSQL: rows in partitions by month, read in pages, and always what the newest version says."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sqlalchemy import text

from api.reports.published import store_history, stored_history
from api.store.backup import back_up, restore
from api.store.database import open_database, reading, writing
from api.store.history_rows import keep_all_rows
from api.store.versions import content_of, list_versions
from forecaster.history.observed import History

HISTORY = "/v1/queues/hotline/history"
ZONE = "Asia/Shanghai"


def made(queue="hotline", *, seed=1, start="2026-09-20", hours=1_700):
    """Hours of three months with what was not observed, beginning and ending within a month."""
    random = np.random.default_rng(seed)
    at = pd.date_range(start, periods=hours, freq="h", tz=ZONE, name="interval_start", unit="us")
    frame = pd.DataFrame({"calls_offered": random.poisson(50, hours), "aht_seconds": random.normal(180, 9, hours)}, at)
    frame = frame.astype(float)
    frame.iloc[[5, 900], 0] = np.nan
    return History(queue, ZONE, 60, frame)


def keep(engine, history):
    return store_history(engine, history, made_by="8801", source=b"calls").version_id


def in_rows(engine, queue="hotline"):
    """What the table holds of a queue, asked in SQL."""
    wanted = text("SELECT * FROM history WHERE queue = :queue ORDER BY interval_start")
    with reading(engine) as connection:
        frame = pd.DataFrame(connection.execute(wanted, {"queue": queue}).mappings().all())
    index = pd.DatetimeIndex(pd.to_datetime(frame.pop("interval_start"), utc=True)).tz_convert(ZONE)
    return frame.drop(columns="queue").set_axis(index).dropna(axis="columns", how="all").astype(float)


def asked(client, keys, **query):
    answer = client.get(HISTORY, params=query, headers=keys["admin"])
    assert answer.status_code == 200, answer.text
    return answer


def test_pages_and_spans_are_those_of_the_version_on_either_database(app, client, keys):
    keep(app.state.log.engine, made("other", seed=2))
    keep(app.state.log.engine, made())
    whole = made().frame
    rows, page = [], {"next_begin": whole.index[0].isoformat()}
    while page["next_begin"] is not None:
        page = asked(client, keys, begin=page["next_begin"], limit=499).json()
        rows += page["rows"]
    assert [pd.Timestamp(one["interval_start"]) for one in rows] == list(whole.index)
    told = pd.DataFrame(rows, index=whole.index)[list(whole)].astype(float)
    assert_frame_equal(told, whole, check_freq=False, rtol=0, atol=0)
    begin, end = (pd.Timestamp(one, tz="UTC") for one in ("2026-10-01 00:30", "2026-11-01"))
    span = asked(client, keys, format="parquet", begin=begin.isoformat(), end=end.isoformat())
    wanted = whole[(whole.index >= begin) & (whole.index < end)]
    found = pd.read_parquet(io.BytesIO(span.content)).set_index("interval_start")
    assert_frame_equal(found, wanted, check_freq=False)
    nothing = asked(client, keys, begin="2031-01-01T00:00:00Z").json()
    assert (nothing["rows"], nothing["next_begin"]) == ([], None)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_month_is_a_partition_and_a_newer_version_takes_the_place_of_the_older(engine):
    keep(engine, made())
    assert_frame_equal(in_rows(engine), made().frame, check_freq=False, rtol=0, atol=0)
    longer = made(seed=3, start="2026-10-15", hours=1_900)
    keep(engine, longer)
    assert_frame_equal(in_rows(engine), longer.frame, check_freq=False, rtol=0, atol=0)
    held = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'history'::regclass ORDER BY 1"
    plan = "EXPLAIN SELECT * FROM history WHERE queue = 'hotline' AND interval_start >= '2026-12-03' "
    with reading(engine) as connection:
        partitions = connection.execute(text(held)).scalars().all()
        read = "\n".join(connection.execute(text(plan + "AND interval_start < '2026-12-09'")).scalars())
    assert partitions == ["history_2026_09", "history_2026_10", "history_2026_11", "history_2026_12", "history_2027_01"]
    assert "history_2026_12" in read
    assert "history_2026_11" not in read


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_rows_that_are_behind_the_newest_version_are_not_read_and_are_made_anew(app, client, keys):
    """As after an upgrade from a schema without them, and after a copy was put back."""
    engine = app.state.log.engine
    keep(engine, made())
    with writing(engine) as connection:
        connection.execute(text("UPDATE history_heads SET version_id = 'history/hotline/v0'"))
        connection.execute(text("UPDATE history SET calls_offered = 0"))
    assert asked(client, keys, limit=1).json()["rows"][0]["calls_offered"] == made().frame["calls_offered"].iloc[0]
    assert keep_all_rows(engine, stored_history) == ["hotline"]
    assert keep_all_rows(engine, stored_history) == []
    assert_frame_equal(in_rows(engine), made().frame, check_freq=False, rtol=0, atol=0)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_history_put_back_from_a_copy_is_the_same_in_rows(engine, second_postgresql_url, tmp_path):
    keep(engine, made())
    back_up(engine, tmp_path / "copy.db")
    second = open_database(second_postgresql_url)
    try:
        restore(tmp_path / "copy.db", second)
        assert keep_all_rows(second, stored_history) == ["hotline"]
        assert_frame_equal(in_rows(second), in_rows(engine), rtol=0, atol=0)
        (version,) = list_versions(second, kind="history")
        assert content_of(second, version.version_id) == content_of(engine, version.version_id)
    finally:
        second.dispose()
