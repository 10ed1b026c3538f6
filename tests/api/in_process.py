"""The service whose jobs are worked off by the test that asks for them, with no second process."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.http.app import create_app
from api.jobs.worker import work_off
from api.jobs.works import WORKS
from api.settings import Settings, shipped_ladder


@contextlib.contextmanager
def serving(database: Path) -> Iterator[TestClient]:
    """Yield a client of the service on this database, open to everybody, whose own worker does nothing."""
    settings = Settings(
        ladder=shipped_ladder(), database_url=f"sqlite:///{database}", tick_seconds=3600.0, open_access=True
    )
    app = create_app(settings)
    app.state.worker.ensure = lambda: None
    with TestClient(app) as client:
        yield client


def tried(client: TestClient, jobs: str, **asked: Any) -> dict[str, Any]:
    """Ask for a job at the address of such jobs, work it off, and return what is told of it then."""
    answer = client.post(jobs, json=asked)
    assert answer.status_code == 202, answer.text
    work_off(client.app.state.log.engine, WORKS, worker="test")
    return client.get(f"{jobs}/{answer.json()['job_id']}").json()


def done(client: TestClient, jobs: str, **asked: Any) -> dict[str, Any]:
    """Return a job that is done, as `tried`."""
    told = tried(client, jobs, **asked)
    assert told["state"] == "done", told["error"]
    return told
