"""`huawu serve`, `key`, `backup` and `restore`: nobody gets in without a key, and no database is taken for another."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.waiting import free_port, until

Huawu = Callable[..., tuple[int, str, str]]


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'floor.db'}"


@contextmanager
def serving(database: str, root: Path, *more: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--database", database, *more],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdout=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"

    def answers() -> httpx.Response:
        assert process.poll() is None, "the server ended"
        return httpx.get(address, timeout=5)

    try:
        until(answers, seconds=180, what="the start")  # each process loads all it needs, beside other tests
        yield address, process
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def served(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a running service, and its database."""
    database = f"sqlite:///{tmp_path_factory.mktemp('served') / 'floor.db'}"
    with serving(database, root) as (address, _):
        yield address, database


def make_key(huawu: Huawu, database: str, role: str) -> dict[str, str]:
    code, out, _ = huawu("key", "create", "--role", role, "--label", role, "--database", database)
    assert code == 0
    return {"Authorization": f"Bearer {out.split()[-1]}"}


def test_readings_go_in_and_the_surge_comes_out_but_only_with_a_key(huawu: Huawu, served: tuple[str, str]) -> None:
    server, database = served
    writer, reader = make_key(huawu, database, "writer"), make_key(huawu, database, "wallboard")
    reading = {"at": datetime.now(UTC).isoformat(), "waiting": 7}
    readings, surge = f"{server}/v1/queues/hotline/readings", f"{server}/v1/queues/hotline/surge"
    assert httpx.post(readings, json=reading).status_code == 401
    assert httpx.post(readings, json=reading, headers=reader).status_code == 403
    assert httpx.post(readings, json=reading, headers=writer).status_code == 200
    assert httpx.get(surge).status_code == 401
    state = httpx.get(surge, headers=reader)
    assert (state.status_code, state.json()["waiting"]) == (200, 7)


@pytest.mark.slow
def test_several_processes_share_the_port_and_end_together(huawu: Huawu, database: str, root: Path) -> None:
    with serving(database, root, "--processes", "2") as (address, process):
        keys = make_key(huawu, database, "writer"), make_key(huawu, database, "wallboard")
        begun = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert len(begun) >= 2
        queue = f"{address}/v1/queues/hotline"
        for waiting in (3, 4, 5, 6):  # each on a connection of its own
            reading = {"at": datetime.now(UTC).isoformat(), "waiting": waiting}
            assert httpx.post(f"{queue}/readings", json=reading, headers=keys[0], timeout=60).status_code == 200
            assert httpx.get(f"{queue}/surge", headers=keys[1], timeout=60).json()["waiting"] == waiting
    assert process.returncode == 0
    # whoever keeps count of what the processes hold ends a moment after them
    until(lambda: not any(Path(f"/proc/{number}/exe").exists() for number in begun), seconds=60, what="their end")


def test_the_wallboard_is_at_the_root(served: tuple[str, str]) -> None:
    page = httpx.get(served[0])
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


def test_a_revoked_key_is_listed_as_revoked(huawu: Huawu, database: str) -> None:
    make_key(huawu, database, "planner")
    assert huawu("key", "revoke", 1, "--reason", "lost", "--database", database)[0] == 0
    assert "revoked" in huawu("key", "list", "--database", database)[1]
    code, _, error = huawu("key", "revoke", 9, "--database", database)
    assert code == 2
    assert "9" in error


def test_open_access_is_refused_where_others_could_reach_it(
    huawu: Huawu, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUAWU_OPEN_ACCESS", "1")
    code, _, error = huawu("serve", "--host", "0.0.0.0", "--database", database)
    assert code == 2
    assert "0.0.0.0" in error


def test_a_file_that_is_no_database_is_refused_by_its_name(huawu, tmp_path):
    wrong = tmp_path / "calls.csv"
    wrong.write_text("interval_start,calls\n" * 100)
    code, _, error = huawu("versions", "--database", wrong)
    assert code == 2
    assert str(wrong) in error
    assert "no database" in error
    assert wrong.read_text().startswith("interval_start"), "and is left as it is"


def test_a_database_that_the_environment_names_and_that_is_not_there_is_told_by_its_name(
    huawu: Huawu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUAWU_DATABASE_URL", f"sqlite:///{tmp_path / 'floor.db'}")
    code, _, error = huawu("backup", tmp_path / "copy.db")
    assert (code, f"{tmp_path / 'floor.db'}: there is no such database" in error) == (2, True)


def test_a_database_is_backed_up_and_put_back_by_command(huawu: Huawu, database: str, tmp_path: Path) -> None:
    copy, second = tmp_path / "copy.db", f"sqlite:///{tmp_path / 'second.db'}"
    assert huawu("key", "create", "--role", "wallboard", "--label", "wall", "--database", database)[0] == 0
    code, out, _ = huawu("backup", copy, "--database", database)
    assert code == 0
    assert "api_keys" in out
    assert huawu("restore", copy, "--database", second)[0] == 0
    assert "wall" in huawu("key", "list", "--database", second)[1]
    for arguments, told in (
        (("backup", copy, "--database", database), "is there already"),
        (("restore", copy, "--database", second), "is not empty"),
        (("backup", tmp_path / "x.db", "--database", tmp_path / "none.db"), "there is no such database"),
    ):
        code, _, error = huawu(*arguments)
        assert (code, told in error, "Traceback" in error) == (2, True, False)
