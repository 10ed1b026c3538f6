"""A real Chromium, and the real service on a port of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import pandas as pd
import pytest
import uvicorn
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.jobs.worker import work_off
from api.jobs.works import WORKS
from api.publishing import publish_plan
from api.roster_people import PublishedFloor
from api.settings import Settings, shipped_ladder
from forecaster.history.intervals import month_intervals
from tests.waiting import free_port, until

ROOT = Path(__file__).resolve().parent.parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000
LONGEST = "投诉与增值业务综合受理专席夜间组-北京-上海-广州-深圳-成都"
QUEUES = ("hotline", "vip", "other", "zz-high", LONGEST, *(f"line-{number:02d}" for number in range(38)))
ALIKE = [".five tbody tr:nth-child(n+6)", ".grid-row:nth-child(n+9)"]  # rows like those above them: looked at once


def until_asked(page, asked, count):
    """Wait until the page has asked so often; its requests are heard while the browser is waited for."""
    for _ in range(300):
        if len(asked) >= count:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the page did not ask")


def until_it_fits(page):
    """Wait until the page is no wider than its window: what is drawn to a width is drawn anew after a change of it."""
    page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")


def plan_shown(page) -> str:
    """Return the id of the plan that the planner's page shows."""
    return page.url.split("#")[1].split("/")[0]


@pytest.fixture(scope="module")
def browser(program):
    """One Chromium a file of tests; gone with it, since while it lives this thread seems to run an event loop."""
    from playwright.sync_api import expect, sync_playwright

    path = program("chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """Return an opener of pages: each in a context of its own; an error in a page's script fails the test."""
    contexts, faults = [], []

    def open_one(url: str, *, width: int = 1366, height: int = 768, language: str = "en-GB", **options):
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=language, timezone_id="Asia/Shanghai", **options
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(url)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert faults == []


class Service:
    """The service in a thread of this process."""

    def __init__(self, settings: Settings, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.app = create_app(settings)
        config = uvicorn.Config(
            self.app, port=port, log_level="error", timeout_graceful_shutdown=1, lifespan="on", ws="none"
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def __enter__(self) -> Service:
        self.thread.start()
        until(lambda: self.server.started, what="the start of the service")
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.should_exit = True
        self.thread.join(timeout=20)

    def post(self, path: str, body: object) -> httpx.Response:
        return httpx.post(self.url + path, json=body, timeout=20)

    def get(self, path: str) -> dict:
        return httpx.get(self.url + path, timeout=20).json()

    def readings(
        self, queue: str, *waiting: int, seconds_apart: float = 60.0, ending_seconds_ago: float = 0.0, **told: object
    ) -> None:
        """Send readings that end now, or so many seconds ago, `seconds_apart` from one another."""
        now = datetime.now(UTC) - timedelta(seconds=ending_seconds_ago)
        count = len(waiting)
        body = [
            {"at": (now - timedelta(seconds=seconds_apart * (count - 1 - n))).isoformat(), "waiting": value, **told}
            for n, value in enumerate(waiting)
        ]
        for start in range(0, count, 1000):
            self.post(f"/v1/queues/{queue}/readings", body[start : start + 1000]).raise_for_status()

    def publish(self, queue: str, **frames: dict[str, float]) -> None:
        """Publish frames of this month that say the same of every hour, and let the floor hear of them."""
        month = pd.Period(datetime.now(ZoneInfo("Asia/Shanghai")).date(), freq="M")
        index = month_intervals(month, "Asia/Shanghai", interval_minutes=60)
        made = {kind: pd.DataFrame(columns, index=index) for kind, columns in frames.items()}
        log = self.app.state.log
        publish_plan(log.engine, queue=queue, month=month, frames=made, published_by="8801")
        PublishedFloor(log).tell(datetime.now(UTC))  # what the service does by itself every so often


@pytest.fixture
def settings(tmp_path):
    """Settings on an empty database, open to this machine."""
    url = f"sqlite:///{tmp_path / 'huawu.db'}"
    return Settings(shipped_ladder(), QUEUES, database_url=url, open_access=True)


@pytest.fixture
def serve() -> Iterator[Callable[[Settings], Service]]:
    """Return a starter of services on settings of the test's own."""
    with contextlib.ExitStack() as running:
        yield lambda settings: running.enter_context(Service(settings, free_port()))


@pytest.fixture
def service(serve, settings) -> Service:
    """The running service."""
    return serve(settings)


def history_csv() -> bytes:
    random = np.random.default_rng(5)
    hours = pd.date_range("2026-09-01", "2026-11-24 23:00", freq="h")
    shape = np.interp(hours.hour, [0, 6, 10, 15, 20, 23], [1, 1, 12, 10, 6, 2])
    return pd.DataFrame({"时间": hours, "呼入量": random.poisson(shape)}).to_csv(index=False).encode()


def people_csv() -> bytes:
    roles = ["话务员"] * 14 + ["外呼"] * 3 + ["质检"] * 3 + ["后台"] * 3 + ["流动专家"] * 2 + ["值班长"] * 3
    return "".join(["工号,岗位\n", *(f"{1001 + n},{role}\n" for n, role in enumerate(roles))]).encode()


@contextlib.contextmanager
def planning(url: str) -> Iterator[tuple[TestClient, Callable[..., str]]]:
    """Yield a client of this database, and a maker of plans of December in it, worked off in this process.

    The maker takes history and people as files and the jobs to be done, and returns the plan's id.
    """
    app = create_app(Settings(ladder=shipped_ladder(), database_url=url, open_access=True))
    app.state.worker.ensure = lambda: None  # no second process: the work is done here
    with TestClient(app) as client:

        def make(history: bytes, people: bytes, *jobs: dict[str, object], calendar: bytes = b"", **told: str) -> str:
            plan_id = client.post("/v1/plans", json={"month": "2026-12", **told}).json()["plan_id"]
            given = {"history": ("history.csv", history), "people": ("people.csv", people)}
            for kind, file in (given | ({"calendar": ("calendar.toml", calendar)} if calendar else {})).items():
                client.put(f"/v1/plans/{plan_id}/files/{kind}", files={"file": file}).raise_for_status()
            for job in jobs:
                client.post(f"/v1/plans/{plan_id}/jobs", json=job).raise_for_status()
                work_off(app.state.log.engine, WORKS, worker="test")
            return plan_id

        yield client, make


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A database whose one plan has its forecast and a roster, made in this process; and the plan's id."""
    path = tmp_path_factory.mktemp("prepared") / "huawu.db"
    jobs = {"kind": "forecast"}, {"kind": "roster", "time_limit_seconds": 2}
    with planning(f"sqlite:///{path}") as (client, make):
        plan_id = make(history_csv(), people_csv(), *jobs, country="-")
        assert {"forecast.csv", "roster.csv"} <= set(client.get(f"/v1/plans/{plan_id}").json()["files"])
    return path, plan_id


@pytest.fixture
def plan_id(prepared, tmp_path):
    """The prepared plan, in the database that this test's service is about to open."""
    shutil.copy(prepared[0], tmp_path / "huawu.db")
    return prepared[1]


class Process:
    """The service as a process that can be killed and started again on the same port and database."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "HUAWU_DATABASE_URL": f"sqlite:///{folder / 'huawu.db'}",
            "HUAWU_OPEN_ACCESS": "true",
            "PYTHONPATH": str(ROOT),
        }
        self.running: subprocess.Popen | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", "--factory", "api.http.app:app_from_environment"]
        command += ["--port", str(self.port), "--log-level", "error"]
        self.running = subprocess.Popen(command, cwd=ROOT, env=self.environment)
        until(lambda: httpx.get(self.url + "/v1/queues", timeout=5).status_code == 200, seconds=180, what="the start")

    def kill(self) -> None:
        if self.running is not None:
            self.running.kill()
            self.running.wait()
            self.running = None


@pytest.fixture
def process(tmp_path) -> Iterator[Process]:
    """The service as a process, not yet started."""
    one = Process(tmp_path)
    yield one
    one.kill()


@pytest.fixture(scope="session")
def screenshots():
    """The folder that keeps what the pages looked like."""
    folder = ROOT / "out" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def serious_faults_of(page) -> list[str]:
    import axe_playwright_python

    page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate(f"axe.run({{exclude: {json.dumps(ALIKE)}}}, {{resultTypes: ['violations']}})")
    return [
        f"{one['id']} ({one['impact']}): {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.fixture(scope="session")
def serious_faults():
    """Return a finder of what axe-core calls serious or critical on a page."""
    return serious_faults_of
