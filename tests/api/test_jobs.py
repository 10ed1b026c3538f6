"""Long work in a queue of jobs: done once, cancelled, given back, taken up again after its worker's death."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from api.intake import InputError
from api.jobs import queue, worker
from api.jobs.queue import (
    LEASE_SECONDS,
    add_job,
    beat,
    claim_job,
    finish_job,
    job_of,
    jobs_of,
    unfinished_jobs,
    wish_of_job,
)
from api.jobs.worker import DATABASE, SERVER, work_off, work_on
from api.store.database import migrate, open_database
from optimizer.sentences import say
from tests.waiting import until

T0 = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'jobs.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


def test_a_job_is_done_once_and_its_result_is_kept(engine):
    job = add_job(engine, "double", "p1", {"n": 21}, actor="1001")
    seen = []

    def double(_, job, report):
        seen.append(job.job_id)
        report({"half": 1})
        return {"n": 2 * job.arguments["n"]}

    assert work_off(engine, {"double": double}, worker="w").job_id == job.job_id
    assert work_off(engine, {"double": double}, worker="w") is None
    done = job_of(engine, job.job_id)
    assert (seen, done.state, done.result, done.progress) == ([job.job_id], "done", {"n": 42}, {"half": 1})


def test_asking_twice_for_the_same_work_gives_the_same_job(engine):
    first = add_job(engine, "roster", "p1", {}, actor="a")
    assert add_job(engine, "roster", "p1", {}, actor="b").job_id == first.job_id
    assert add_job(engine, "roster", "p2", {}, actor="b").job_id != first.job_id
    claim_job(engine, "w", now=T0)
    finish_job(engine, first.job_id, "w", "done")
    assert add_job(engine, "roster", "p1", {}, actor="a").job_id != first.job_id
    assert len(jobs_of(engine, "p1")) == 2
    assert unfinished_jobs(engine) == 2


def test_many_workers_never_hold_the_same_job(engine):
    ids = {add_job(engine, "k", f"p{n}", {}, actor="a").job_id for n in range(30)}
    held: list[str] = []
    start = threading.Barrier(6)

    def grab(name):
        start.wait()
        while (job := claim_job(engine, name)) is not None:
            held.append(job.job_id)

    threads = [threading.Thread(target=grab, args=(f"w{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(held) == sorted(ids)


def test_a_job_whose_worker_falls_silent_is_taken_up_again_and_the_old_worker_has_no_say(engine):
    job = add_job(engine, "k", "p", {}, actor="a", now=T0)
    claim_job(engine, "dead", now=T0)
    almost = T0 + timedelta(seconds=LEASE_SECONDS - 1)
    assert claim_job(engine, "heir", now=almost) is None
    beat(engine, job.job_id, "dead", now=almost)
    assert claim_job(engine, "heir", now=T0 + timedelta(seconds=LEASE_SECONDS + 1)) is None, "a beat renews the lease"
    taken = claim_job(engine, "heir", now=almost + timedelta(seconds=LEASE_SECONDS + 1))
    assert (taken.job_id, taken.attempt) == (job.job_id, 2)
    assert beat(engine, job.job_id, "dead") == "lost"
    assert not finish_job(engine, job.job_id, "dead", "done", result={"wrong": True})
    assert finish_job(engine, job.job_id, "heir", "done", result={"right": True})
    assert job_of(engine, job.job_id).result == {"right": True}


def test_a_job_that_kills_every_worker_fails_in_the_end(engine):
    job = add_job(engine, "k", "p", {}, actor="a", now=T0)
    for n in range(3):
        assert claim_job(engine, f"w{n}", now=T0 + n * timedelta(seconds=LEASE_SECONDS + 1)) is not None
    assert claim_job(engine, "w3", now=T0 + timedelta(minutes=5)) is None
    failed = job_of(engine, job.job_id)
    assert (failed.state, failed.error) == ("failed", "its worker died 3 times")


def test_a_waiting_job_is_cancelled_at_once(engine):
    job = add_job(engine, "k", "p", {}, actor="a")
    assert wish_of_job(engine, job.job_id, "cancel").state == "cancelled"
    assert claim_job(engine, "w") is None
    assert wish_of_job(engine, "none", "cancel") is None


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(queue, "BEAT_SECONDS", 0.02)
    monkeypatch.setattr(worker, "IDLE_SECONDS", 0.01)


def test_running_work_hears_that_it_is_cancelled(engine, quick):
    job = add_job(engine, "k", "p", {}, actor="a")

    def long_work(_engine, _job, report):
        wish_of_job(engine, job.job_id, "cancel")
        until(report.check, seconds=20)

    work_off(engine, {"k": long_work}, worker="w")
    assert job_of(engine, job.job_id).state == "cancelled"


def test_good_enough_lets_the_work_end_with_what_it_has(engine, quick):
    job = add_job(engine, "k", "p", {}, actor="a")

    def search(_engine, _job, report):
        wish_of_job(engine, job.job_id, "stop")
        until(lambda: report.enough, seconds=20)
        return {"best": 7}

    work_off(engine, {"k": search}, worker="w")
    done = job_of(engine, job.job_id)
    assert (done.state, done.result) == ("done", {"best": 7})


def test_what_a_planner_can_put_right_is_told_in_one_line_and_a_worker_told_to_go_gives_the_job_back(engine, quick):
    refused = add_job(engine, "refuse", "p", {}, actor="a")
    leave = add_job(engine, "leave", "p", {}, actor="a")
    broken = add_job(engine, "broken", "p", {}, actor="a")

    def refuse(*_):
        raise InputError("people.csv", say("cell.role", known=["inbound"]), row=3, column="role", value="x")

    def go(*_):
        raise SystemExit(0)

    works = {"refuse": refuse, "leave": go, "broken": lambda *_: 1 / 0}
    work_off(engine, works, worker="w")
    assert job_of(engine, refused.job_id).error == (
        "people.csv, row 3, column role: 'x' is no role; write one of inbound"
    )
    assert job_of(engine, refused.job_id).result == {
        "error_zh": "people.csv，第 3 行，“岗位”列：“x” 不是岗位；请写其中之一：inbound"
    }
    with pytest.raises(SystemExit):
        work_off(engine, works, worker="w")
    back = job_of(engine, leave.job_id)
    assert (back.state, back.attempt) == ("queued", 0)
    works["leave"] = lambda *_: {"done": "later"}
    work_on(engine, works, wanted=lambda: unfinished_jobs(engine) > 0)
    assert job_of(engine, leave.job_id).result == {"done": "later"}
    assert job_of(engine, broken.job_id).error == "a fault inside: ZeroDivisionError: division by zero"


def test_work_that_does_not_listen_is_ended_with_its_process(engine, quick, monkeypatch):
    monkeypatch.setattr(queue, "PATIENCE_SECONDS", 0.05)
    ended = threading.Event()
    monkeypatch.setattr(os, "_exit", lambda _: ended.set())
    job = add_job(engine, "k", "p", {}, actor="a")

    def deaf(_engine, _job, _report):
        wish_of_job(engine, job.job_id, "cancel")
        assert ended.wait(60)
        return {"too": "late"}

    work_off(engine, {"k": deaf}, worker="w")
    assert ended.is_set()
    assert job_of(engine, job.job_id).state == "cancelled"


def test_a_worker_that_wakes_after_its_server_is_gone_goes_too(tmp_path):
    path = tmp_path / "never.db"
    told = {**os.environ, DATABASE: f"sqlite:///{path}", SERVER: "1"}  # somebody else's child
    assert subprocess.run([sys.executable, "-m", "api.jobs.worker"], env=told, timeout=120, check=False).returncode == 0
    assert not path.exists(), "it began to work"
