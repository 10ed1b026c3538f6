"""The process that does the long work, and the handle by which a server keeps one alive."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from api.jobs import Job, beat, claim_job, finish_job, release_job
from api.store.database import open_database

BEAT_SECONDS = 1.0
IDLE_SECONDS = 0.4
PATIENCE_SECONDS = 3.0  # how long cancelled work may take to notice before its process ends
DATABASE = "HUAWU_WORKER_DATABASE_URL"

Work = Callable[[Engine, Job, "Report"], Mapping[str, Any]]


class Cancelled(Exception):  # noqa: N818
    """Raised inside work that somebody cancelled."""


class Report:
    """How work says where it is, and hears what people wish meanwhile.

    `report({...})` stores progress (at most once a second) and raises `Cancelled` where somebody cancelled;
    `report.enough` is True once somebody found the work good enough.
    """

    def __init__(self, engine: Engine, job: Job, worker: str) -> None:
        self._engine, self._job, self._worker = engine, job, worker
        self._latest: Mapping[str, Any] | None = None
        self._wish = ""
        self._cancelled_at: float | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_beating, daemon=True)

    @property
    def enough(self) -> bool:
        """Return whether the work may stop with what it has."""
        return self._wish == "stop"

    def __call__(self, progress: Mapping[str, Any]) -> None:
        """Note progress, to be stored with the next beat."""
        self._latest = progress
        self.check()

    def check(self) -> None:
        """Raise `Cancelled` where the work is no longer wanted."""
        if self._wish in ("cancel", "lost"):
            raise Cancelled

    def __enter__(self) -> Report:
        """Begin to beat."""
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Beat no more; the last progress is stored."""
        self._over.set()
        self._thread.join()
        if self._latest is not None:
            beat(self._engine, self._job.job_id, self._worker, progress=self._latest)

    def _keep_beating(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            progress, self._latest = self._latest, None
            with contextlib.suppress(Exception):  # a busy database is no reason to lose the work: the next beat tells
                self._wish = beat(self._engine, self._job.job_id, self._worker, progress=progress)
            if self._wish not in ("cancel", "lost"):
                continue
            self._cancelled_at = self._cancelled_at or time.monotonic()
            if time.monotonic() - self._cancelled_at > PATIENCE_SECONDS:
                # The work is deep inside a solver and does not listen: end the process; the server starts another.
                finish_job(self._engine, self._job.job_id, self._worker, "cancelled")
                os._exit(0)


def work_off(engine: Engine, works: Mapping[str, Work], *, worker: str) -> Job | None:
    """Claim one job and do it; return the job as it was claimed, or None where nothing waits."""
    job = claim_job(engine, worker)
    if job is None:
        return None
    try:
        with Report(engine, job, worker) as report:
            result = works[job.kind](engine, job, report)
    except Cancelled:
        finish_job(engine, job.job_id, worker, "cancelled")
    except SystemExit:  # told to go: whoever comes next begins this job anew
        release_job(engine, job.job_id, worker)
        raise
    except ValueError as error:  # what a planner can put right: said in the words of whoever refused it
        finish_job(engine, job.job_id, worker, "failed", error=str(error))
    except Exception as error:
        finish_job(engine, job.job_id, worker, "failed", error=f"{type(error).__name__}: {error}")
        raise
    else:
        finish_job(engine, job.job_id, worker, "done", result=result)
    return job


def work_on(engine: Engine, works: Mapping[str, Work], *, wanted: Callable[[], bool]) -> None:
    """Do jobs as they come while `wanted()`."""
    worker = f"{os.uname().nodename}-{os.getpid()}"
    while wanted():
        with contextlib.suppress(Exception):  # one job's fault is told in its row and ends nobody else's
            if work_off(engine, works, worker=worker) is not None:
                continue
        time.sleep(IDLE_SECONDS)


class Worker:
    """A server's handle on its worker process: started when first needed, started again when it is gone."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ensure(self) -> None:
        """Start the process unless it runs."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            root = str(Path(__file__).resolve().parent.parent)
            path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api.jobs_worker"],
                env={**os.environ, DATABASE: self._database_url, "PYTHONPATH": path},
                stdin=subprocess.DEVNULL,
            )

    def stop(self) -> None:
        """End the process; the job it held goes on with the next worker."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                return
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def main() -> None:
    """Work until the server that started this process is gone."""
    from api.jobs_planning import WORKS  # noqa: PLC0415  the forecaster and the solver are loaded here alone

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = os.getppid()
    engine = open_database(os.environ[DATABASE])
    work_on(engine, WORKS, wanted=lambda: os.getppid() == server)


if __name__ == "__main__":
    main()
