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

from sqlalchemy import Engine

from api.jobs.queue import Cancelled, Job, JobReport, Work, claim_job, fail_job, finish_job, release_job
from api.sentences import say
from api.store.database import open_database
from forecaster.messages import told_of

IDLE_SECONDS = 0.4
DATABASE = "HUAWU_WORKER_DATABASE_URL"
SERVER = "HUAWU_WORKER_SERVER_PID"  # told, not asked for: a server may be gone before its worker is awake


def work_off(engine: Engine, works: Mapping[str, Work], *, worker: str) -> Job | None:
    """Claim one job and do it; return the job as it was claimed, or None where nothing waits."""
    job = claim_job(engine, worker)
    if job is None:
        return None
    try:
        with JobReport(engine, job, worker) as report:
            result = works[job.kind](engine, job, report)
    except Cancelled:
        finish_job(engine, job.job_id, worker, "cancelled")
    except SystemExit:  # told to go: whoever comes next begins this job anew
        release_job(engine, job.job_id, worker)
        raise
    except ValueError as error:  # what a planner can put right: said in the words of whoever refused it
        fail_job(engine, job.job_id, worker, told_of(error))
    except Exception as error:
        fail_job(engine, job.job_id, worker, say("job.fault", kind=type(error).__name__, text=str(error)))
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
            root = str(Path(__file__).resolve().parents[2])
            path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api.jobs.worker"],
                env={
                    **os.environ,
                    DATABASE: self._database_url,
                    SERVER: str(os.getpid()),
                    "PYTHONPATH": path,
                },
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
    server = int(os.environ[SERVER])
    if os.getppid() != server:
        return
    from api.jobs.works import WORKS
    from optimizer.search.rostering import make_ready

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    engine = open_database(os.environ[DATABASE])
    threading.Thread(target=make_ready, daemon=True).start()  # the first roster need not wait for the compiler
    work_on(engine, WORKS, wanted=lambda: os.getppid() == server)


if __name__ == "__main__":
    main()
