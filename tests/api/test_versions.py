"""What is published stays as it was, on both databases, and the audit tells how it came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from api.plan import Plan
from api.publishing import frozen_before, publish_month, publish_plan
from api.store.database import writing
from api.store.version_tables import publications, versions
from api.store.versions import (
    NoVersionError,
    audit_of,
    bytes_frame,
    content_of,
    frame_bytes,
    list_versions,
    publish_all,
    published_before,
    save_version,
    version_of,
)
from forecaster.history.intervals import month_intervals

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
ZONE = "Asia/Shanghai"


def publish(engine, version_id, **how):
    return publish_all(engine, [version_id], **how)[0]


def save(engine, content: bytes, **more):
    facts = {"kind": "people", "queue": "hotline", "month": "2026-12", "made_by": "8801", "made_at": NOW}
    return save_version(engine, content=content, **(facts | more))


def forecast_of(level: float) -> pd.DataFrame:
    grid = month_intervals(pd.Period("2026-12"), ZONE)
    return pd.DataFrame({"calls": np.full(len(grid), level), "aht_seconds": 180.0}, index=grid)


def test_versions_count_up_and_keep_what_they_were_made_from(engine) -> None:
    one = save(engine, b"a", inputs={"people.csv": "00ff"}, why="first list")
    two = save(engine, b"b")
    assert (one.number, two.number) == (1, 2)
    assert version_of(engine, one.version_id).inputs == {"people.csv": "00ff"}
    assert content_of(engine, one.version_id) == b"a"
    assert save(engine, b"b") == two
    assert [v.number for v in list_versions(engine, kind="people")] == [1, 2]
    assert save(engine, b"c", queue="bills").number == 1


def test_a_published_version_is_superseded_only_with_a_reason_and_stays(engine) -> None:
    one, two = save(engine, b"a"), save(engine, b"b")
    publish(engine, one.version_id, published_by="8801", published_at=NOW)
    with pytest.raises(ValueError, match="frozen"):
        publish(engine, one.version_id, published_by="8801", why="again")
    with pytest.raises(ValueError, match="say why"):
        publish(engine, two.version_id, published_by="8801")
    later = publish(
        engine, two.version_id, published_by="8802", why="two people fell ill", published_at=NOW + timedelta(days=1)
    )
    assert later.supersedes == one.version_id
    assert version_of(engine, one.version_id).superseded_by == two.version_id
    assert content_of(engine, one.version_id) == b"a"
    three = save(engine, b"c")
    publish(engine, three.version_id, published_by="8802", why="again")
    older = save(engine, b"d")
    newer = save(engine, b"e")
    publish(engine, newer.version_id, published_by="8802", why="x")
    with pytest.raises(ValueError, match="newer"):
        publish(engine, older.version_id, published_by="8802", why="x")


@pytest.mark.parametrize("table", [versions, publications], ids=["versions", "publications"])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_itself_refuses_to_change_what_was_stored(engine, table, change) -> None:
    one = save(engine, b"a")
    publish(engine, one.version_id, published_by="8801")
    column = table.c.why
    statement = update(table).values({column: "tidied"}) if change == "update" else delete(table)
    with pytest.raises(DatabaseError, match="append-only"), writing(engine) as connection:
        connection.execute(statement)
    assert version_of(engine, one.version_id).published_by == "8801"


def test_what_stood_published_at_an_instant_is_found(engine) -> None:
    one, two = save(engine, b"a"), save(engine, b"b")
    publish(engine, one.version_id, published_by="8801", published_at=NOW)
    publish(engine, two.version_id, published_by="8801", why="late", published_at=NOW + timedelta(days=10))

    def at(instant: datetime):
        found = published_before(engine, kind="people", queue="hotline", month="2026-12", instant_at=instant)
        return None if found is None else found.number

    assert [at(NOW), at(NOW + timedelta(seconds=1)), at(NOW + timedelta(days=11))] == [None, 1, 2]


def test_the_tables_compare_with_what_stood_published_when_the_month_began(engine) -> None:
    month = pd.Period("2026-12")
    early, late, after = NOW, NOW + timedelta(days=2), NOW + timedelta(days=20)
    for at, level, why in ((early, 10.0, ""), (late, 11.0, "a campaign was moved"), (after, 12.0, "too late")):
        frames = {"forecast": forecast_of(level), "coverage": forecast_of(level)}
        publish_plan(engine, queue="hotline", month=month, frames=frames, published_by="8801", why=why, at=at)
    frozen = frozen_before(engine, queue="hotline", month=month, timezone=ZONE)
    assert frozen is not None
    assert set(frozen.forecast["calls"]) == {11.0}
    assert frozen.version == "forecast v2, roster v2"
    assert frozen.published_at == "2026-11-27T17:00+08:00"
    assert frozen.promised is None, "nothing was promised"
    assert frozen_before(engine, queue="other", month=month, timezone=ZONE) is None


def test_what_was_promised_of_each_day_is_frozen_with_the_plan(engine) -> None:
    def plan_of(level: float) -> Plan:
        frame, roster = forecast_of(10.0), pd.DataFrame({"badge": ["1001"]})
        days = {f"2026-12-{day:02d}": {"expected": level, "lower_80": 0.7, "upper_80": 0.9} for day in range(1, 32)}
        days = {day: {**told, "chance": None if day == "2026-12-31" else 0.6} for day, told in days.items()}
        facts = {"queue": "hotline", "month": "2026-12", "timezone": ZONE, "promised_days": days}
        return Plan(facts, frame, frame, roster, frame)

    publish_month(engine, plan_of(0.82), published_by="8801", at=NOW)
    publish_month(engine, plan_of(0.5), published_by="8801", why="late", at=NOW + timedelta(days=20))
    frozen = frozen_before(engine, queue="hotline", month=pd.Period("2026-12"), timezone=ZONE)
    assert frozen is not None
    assert frozen.promised is not None
    assert frozen.promised == plan_of(0.82).facts["promised_days"]


def test_publishing_the_same_plan_again_changes_nothing(engine) -> None:
    month, frames = pd.Period("2026-12"), {"forecast": forecast_of(10.0)}
    one = publish_plan(engine, queue="hotline", month=month, frames=frames, published_by="8801", at=NOW)
    assert publish_plan(engine, queue="hotline", month=month, frames=frames, published_by="8801") == one


def test_a_plan_is_published_whole_or_not_at_all(engine) -> None:
    month, frames = pd.Period("2026-12"), {"roster": forecast_of(1.0), "forecast": forecast_of(10.0)}
    publish_plan(
        engine, queue="hotline", month=month, frames={"forecast": frames["forecast"]}, published_by="8801", at=NOW
    )
    with pytest.raises(ValueError, match="say why"):
        publish_plan(
            engine, queue="hotline", month=month, frames=frames | {"forecast": forecast_of(11.0)}, published_by="8801"
        )
    assert [v.version_id for v in list_versions(engine) if v.published_at is not None] == [
        "forecast/hotline/2026-12/v1"
    ]


def test_the_audit_tells_every_step(engine) -> None:
    one, two = save(engine, b"a"), save(engine, b"b")
    publish(engine, one.version_id, published_by="8801", published_at=NOW)
    publish(engine, two.version_id, published_by="8802", why="two people fell ill", published_at=NOW)
    trail = audit_of(engine, kind="people")
    assert list(trail["action"]) == ["version made", "version made", "version published", "version superseded"]
    assert list(trail["badge"]) == ["8801", "8801", "8801", "8802"]
    assert trail.iloc[3]["supersedes"] == one.version_id
    assert trail.iloc[3]["sha256"] == two.sha256


def test_faults_are_named(engine) -> None:
    with pytest.raises(ValueError, match="kind must be one of"):
        save(engine, b"a", kind="poem")
    with pytest.raises(ValueError, match="made_by"):
        save(engine, b"a", made_by=" ")
    with pytest.raises(NoVersionError, match="people/x/v1"):
        content_of(engine, "people/x/v1")


def test_a_frame_comes_back_as_it_went_and_gives_the_same_bytes_twice() -> None:
    frame = forecast_of(10.0)
    pd.testing.assert_frame_equal(bytes_frame(frame_bytes(frame)), frame, check_freq=False)
    assert frame_bytes(frame) == frame_bytes(frame.copy())
