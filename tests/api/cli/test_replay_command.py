"""`huawu replay`: the rulebook's worked cases to the minute, by both profiles; and the service's log folded again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import update

from api.settings import Settings, shipped_ladder
from api.store.database import migrate, open_database, writing
from api.store.ladder_log import LadderLog
from api.store.ladder_work import NewReading
from api.store.tables import queues

Huawu = Callable[..., tuple[int, str, str]]

# waiting minute by minute; orders and releases as rung@minute, by the recommended and by the literal profile
CASES = {
    "five for an hour": ([5] * 61, "", ""),
    "six for eighty minutes": ([6] * 80, "1@5 2@10 3@15", "1@5 2@10 3@15"),
    "ten for eighty minutes": ([10] * 80, "1@5 2@10 3@15", "1@5 2@10 3@15"),
    "eleven from the start": ([11] * 40, "1@5 2@10 3@15 4@16 5@21 6@26", ""),
    "forty once": ([40] + [0] * 30, "", ""),
    "seven, eleven at minute 3": ([7, 7, 7, 11] + [7] * 6, "1@5", "1@9"),
    "seven, five at minute 3": ([7, 7, 7, 5] + [7] * 6, "1@9", "1@9"),
    "up and down again": (
        [7] * 16 + [11, 11] + [5] * 30,
        "1@5 2@10 3@15 4@16 -4@23 -3@28 -2@33 -1@38",
        "1@5 2@10 3@15 4@16 -4@18 -3@19 -2@20 -1@21",
    ),
}
START = pd.Timestamp("2026-12-01T09:00:00+08:00")
LOG_START = datetime(2026, 11, 2, 1, tzinfo=UTC)


def replayed(huawu: Huawu, folder: Path, waiting: list[int], profile: str) -> pd.DataFrame:
    at = [(START + pd.Timedelta(minutes=k)).isoformat() for k in range(len(waiting))]
    pd.DataFrame({"at": at, "waiting": waiting}).to_csv(folder / "readings.csv", index=False)
    code, _, error = huawu("replay", folder / "readings.csv", "--profile", profile, "--out", folder / "decisions.csv")
    assert (code, error) == (0, "")
    return pd.read_csv(folder / "decisions.csv", parse_dates=["at"])


@pytest.mark.parametrize("profile", ["recommended", "literal"])
@pytest.mark.parametrize("case", CASES)
def test_every_worked_case_moves_at_its_minutes(huawu: Huawu, tmp_path: Path, case: str, profile: str) -> None:
    waiting, recommended, literal = CASES[case]
    decisions = replayed(huawu, tmp_path, waiting, profile)
    moves = decisions.loc[decisions["kind"].isin(["order", "release"])]
    printed = [
        f"{'-' if kind == 'release' else ''}{int(rung)}@{int((at - START).total_seconds() // 60)}"
        for at, kind, rung in zip(moves["at"], moves["kind"], moves["rung"], strict=True)
    ]
    assert " ".join(dict.fromkeys(printed)) == (recommended if profile == "recommended" else literal)


def test_a_queue_that_stays_between_five_and_ten_is_held_after_the_third_rung(huawu: Huawu, tmp_path: Path) -> None:
    decisions = replayed(huawu, tmp_path, [6] * 80, "recommended")
    assert list(decisions.columns) == ["at", "kind", "rung", "role", "people", "reason"]
    assert decisions["kind"].iloc[-1] == "holding"


@pytest.fixture
def logged(tmp_path):
    """A database in which a surge came and went."""
    url = f"sqlite:///{tmp_path / 'huawu.db'}"
    engine = open_database(url)
    migrate(engine)
    log = LadderLog(engine, Settings(ladder=shipped_ladder(), database_url=url))
    for minute in range(45):
        at = LOG_START + timedelta(minutes=minute)
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
    minutes = (pd.to_datetime(made["at"]) - LOG_START).dt.total_seconds() / 60
    assert minutes.tolist() == [5, 10, 15, 16, 23, 28, 33, 38]


def test_a_snapshot_that_the_log_does_not_give_is_found(huawu, logged, tmp_path):
    url, engine = logged
    with writing(engine) as connection:
        connection.execute(update(queues).values(waiting=99))
    code, _, error = huawu("replay", "--from-log", "hotline", "--database", url, "--out", tmp_path / "d.csv")
    assert (code, "waiting: snapshot 99, log 3" in error) == (2, True)


def test_what_cannot_be_replayed_is_said(huawu, logged, tmp_path):
    url, _ = logged
    for arguments, says in (
        ([], "either a file READINGS.csv or --from-log"),
        (["--from-log", "nowhere", "--database", url, "--out", tmp_path / "d.csv"], "its log is empty"),
    ):
        code, _, error = huawu("replay", *arguments)
        assert (code, says in error) == (2, True)
