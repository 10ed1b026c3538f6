"""Queues forecast together add up to their centre and to the group, and what failed stands first on the page."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from api.fleet.listing import read_fleet
from api.fleet.page import write_group_page
from api.fleet.running import FORECAST_FILE, Outcome, plan_fleet
from api.fleet.totals import QUEUE_STATES, TOTAL_HEADINGS, added_up, group_days, queue_figures, write_group
from forecaster.messages import Words
from tests.api.fleet.conftest import write_fleet

MONTH = pd.Period("2026-09")


def together(folder: Path) -> Path:
    listing = write_fleet(folder)
    text = listing.read_text(encoding="utf-8")
    listing.write_text(text.replace("seed = 3", "seed = 3\ntogether = true"), encoding="utf-8")
    return listing


def forecast(listing: Path, out: Path, **options: object) -> list[Outcome]:
    given = {"folder": out, "made_at": datetime(2026, 8, 25, tzinfo=UTC), "version": "test", "rosters": False}
    return plan_fleet(read_fleet(listing), engine=partial(ThreadPoolExecutor, 1), **given | options)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, Path, list[Outcome]]:
    folder = tmp_path_factory.mktemp("together")
    listing = together(folder / "list")
    return listing, folder / "out", forecast(listing, folder / "out")


def calls_by_day(out: Path, *places: str) -> pd.Series:
    frames = [pd.read_parquet(out / place / FORECAST_FILE).set_index("interval_start")["calls"] for place in places]
    return sum(frames).groupby(frames[0].index.date).sum()


def test_the_days_of_a_centre_are_its_queues_and_those_of_the_group_its_centres(made) -> None:
    listing, out, outcomes = made
    assert [one.stage for one in outcomes] == ["done"] * 3
    south = pd.read_csv(out / "south" / "days.csv", index_col="date")
    assert south["calls"].to_numpy() == pytest.approx(calls_by_day(out, "south/billing", "south/roaming").to_numpy())
    group = group_days(read_fleet(listing), out)
    every = calls_by_day(out, "north/broadband", "south/billing", "south/roaming")
    assert group["calls"].to_numpy() == pytest.approx(every.to_numpy())
    assert group["calls_upper_80"].gt(group["calls"]).all()
    figures = queue_figures(outcomes).set_index("queue")
    assert figures["calls"].sum() == pytest.approx(every.sum())
    assert figures["calls_upper_80"].gt(figures["calls"]).all()
    assert added_up(queue_figures(outcomes))["calls"].iloc[-1] == pytest.approx(every.sum())


def test_a_failed_sister_leaves_the_others_and_nothing_of_them_is_done_again(made, tmp_path) -> None:
    listing = together(tmp_path / "list")
    (listing.parent / "roaming.csv").write_text("time,calls\nmonday,many\n", encoding="utf-8")
    outcomes = forecast(listing, tmp_path / "out")
    assert [one.stage for one in outcomes] == ["done", "done", "failed"]
    assert str(listing.parent / "roaming.csv") in outcomes[2].why.en
    written = tmp_path / "out" / "south" / "billing" / FORECAST_FILE
    before = written.stat().st_mtime_ns
    again = forecast(listing, tmp_path / "out", resume=True)
    assert [one.stage for one in again] == ["kept", "done", "failed"]
    assert written.stat().st_mtime_ns == before
    kept = forecast(made[0], made[1], resume=True)
    assert [one.stage for one in kept] == ["kept"] * 3


def test_the_page_begins_with_what_failed_and_leads_to_each_plan(made, tmp_path) -> None:
    outcomes = made[2]
    planned = {"hours_short": 7.0, "people": 8, "expected": 0.8, "chance": 0.4, "target": 0.8}
    queue = outcomes[1].queue
    shown = [
        Outcome(outcomes[0].queue, "done", outcomes[0].figures | planned | {"expected": 0.9, "chance": 0.9}),
        Outcome(queue, "kept", outcomes[1].figures | planned),
        Outcome(outcomes[2].queue, "failed", why=Words("没有<历史>", "no <history>")),
    ]
    queues = queue_figures(shown)
    assert list(queues["queue"]) == ["roaming", "billing", "broadband"]
    page = write_group_page(queues, added_up(queues), tmp_path / "group.html", month=MONTH).read_text("utf-8")
    assert "no &lt;history&gt;" in page
    assert page.index("no &lt;history&gt;") < page.index('href="south/billing/plan.html"')
    assert page.index('href="south/billing/plan.html"') < page.index('href="north/broadband/plan.html"')
    assert 'href="south/roaming' not in page
    heading, state = (
        {one: words.said(one) for one in ("zh", "en")} for words in (TOTAL_HEADINGS["calls"][0], QUEUE_STATES["kept"])
    )
    for language, other in (("zh", "en"), ("en", "zh")):
        given = {"month": MONTH, "language": language}
        told = write_group_page(queues, added_up(queues), tmp_path / "one.html", **given).read_text("utf-8")
        book = openpyxl.load_workbook(write_group(queues, added_up(queues), tmp_path / "one.xlsx", **given))
        cells = " ".join(str(cell) for sheet in book for row in sheet.values for cell in row)
        for words in (heading, state):
            assert words[language] in told
            assert words[other] not in told + cells
            assert words[language] in cells
