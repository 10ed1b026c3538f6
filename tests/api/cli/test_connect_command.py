"""The floor's commands: a log folded again, and connectors that say what they need."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import update

from api.settings import Settings, shipped_ladder
from api.store.database import migrate, open_database, writing
from api.store.ladder_log import LadderLog
from api.store.ladder_work import NewReading
from api.store.tables import queues

START = datetime(2026, 11, 2, 1, tzinfo=UTC)


@pytest.fixture
def logged(tmp_path):
    """A database in which a surge came and went."""
    url = f"sqlite:///{tmp_path / 'huawu.db'}"
    engine = open_database(url)
    migrate(engine)
    log = LadderLog(engine, Settings(ladder=shipped_ladder(), database_url=url))
    for minute in range(45):
        at = START + timedelta(minutes=minute)
        log.accept("hotline", [NewReading(at, 11 if minute < 18 else 3)], received_at=at)
    yield url, engine
    engine.dispose()


def test_the_log_folded_again_gives_every_order_exactly(huawu, logged, tmp_path):
    url, _ = logged
    out = tmp_path / "decisions.csv"
    code, shown, error = huawu("replay", "--from-log", "hotline", "--database", url, "--out", out)
    assert code == 0, error
    assert "every order is the one that was given at the time" in shown
    made = pd.read_csv(out)
    # By the worked cases: 1@5 2@10 3@15 4@16, and out again from 23 on.
    assert made["kind"].tolist() == ["order"] * 4 + ["release"] * 4
    minutes = (pd.to_datetime(made["at"]) - START).dt.total_seconds() / 60
    assert minutes.tolist() == [5, 10, 15, 16, 23, 28, 33, 38]


def test_a_snapshot_that_the_log_does_not_give_is_found(huawu, logged, tmp_path):
    url, engine = logged
    with writing(engine) as connection:
        connection.execute(update(queues).values(waiting=99))
    code, _, error = huawu("replay", "--from-log", "hotline", "--database", url, "--out", tmp_path / "d.csv")
    assert (code, "waiting: snapshot 99, log 3" in error) == (2, True)


def test_what_is_missing_is_said(huawu, logged, tmp_path):
    url, _ = logged
    for arguments, says in (
        (["replay"], "either a file READINGS.csv or --from-log"),
        (["replay", "--from-log", "nowhere", "--database", url, "--out", tmp_path / "d.csv"], "its log is empty"),
        (["connect", "ami", "--queue", "hotline"], "a writer's key is needed"),
        (["connect", "poll", "x.json", "--fields", tmp_path / "none.toml"], "there is no such file"),
    ):
        code, _, error = huawu(*arguments)
        assert (code, says in error) == (2, True)
