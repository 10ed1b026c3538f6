"""Ten million rows, read, looked over and stored: three years of quarter hours for a hundred queues, or of calls.

Run: python -m tests.benchmarks.intake_volume [queues | calls]

A hundred queues if not said, some two minutes; `calls` as long.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from api.intake import read_histories
from api.reports.inspection import inspect_all, write_inspection
from api.store.database import migrate, open_database
from api.store.versions import digest, frame_bytes, save_version

DAYS = 3 * 365 + 1
CALLS = 10_000_000
STYLE = "%Y-%m-%d %H:%M:%S"


def write_file(path: Path, queues: int) -> int:
    """Write the file, interval by interval as an export does; return how many rows it has."""
    grid = pd.date_range("2023-01-01", periods=DAYS * 96, freq="15min")
    random = np.random.default_rng(1)
    shape = 6 + 25 * np.sin((grid.hour.to_numpy() - 5) / 24 * np.pi).clip(0) ** 2
    head, rows = "queue,interval_start,calls,answered,aht_seconds\n", 0
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        for queue in range(queues):
            calls = random.poisson(shape)
            table = pd.DataFrame({"queue": f"queue {queue:03d}", "at": grid.strftime("%Y-%m-%d %H:%M"), "calls": calls})
            table["answered"] = (calls * 0.93).astype(int)
            table["aht"] = random.integers(150, 220, len(grid))
            table.to_csv(file, index=False, header=False)
            rows += len(table)
    return rows


def write_calls(path: Path, calls: int) -> int:
    """Write a log with a row a call, in the order of their arrival; return how many rows it has."""
    random = np.random.default_rng(1)
    at = pd.DatetimeIndex(np.sort(random.integers(0, DAYS * 86_400, calls)).astype("datetime64[s]"))
    at += pd.Timestamp("2023-01-01") - pd.Timestamp("1970-01-01")
    with path.open("w", encoding="utf-8") as file:
        file.write("Call ID,Start Time,Queue,Outcome,Wait Time,Talk Time\n")
        for start in range(0, calls, 500_000):
            part = at[start : start + 500_000]
            table = pd.DataFrame({"id": [f"C{start + n:09d}" for n in range(len(part))], "at": part.strftime(STYLE)})
            table["queue"] = random.choice(["Sales", "Support", "Billing"], len(part))
            table["outcome"] = random.choice(["Answered", "Abandoned"], len(part), p=[0.93, 0.07])
            table["wait"], table["talk"] = random.integers(0, 300, len(part)), random.integers(20, 900, len(part))
            table.to_csv(file, index=False, header=False)
    return calls


def measure(path: Path, folder: Path) -> None:
    """Read, inspect and store; print seconds and peak memory."""
    began, spent = time.perf_counter(), time.process_time()
    intake = read_histories(path, timezone="Asia/Shanghai")
    read = time.perf_counter()
    findings = inspect_all(intake)
    write_inspection(intake, findings, folder / "inspection.html", source=path.name)
    looked = time.perf_counter()
    engine = open_database(f"sqlite:///{folder / 'huawu.db'}")
    migrate(engine)
    for name, history in intake.histories.items():
        content = frame_bytes(history.frame)
        inputs = {"content": digest(content)}
        save_version(engine, kind="history", queue=name, month="", content=content, made_by="bench", inputs=inputs)
    stored = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    rows = sum(len(h.frame) for h in intake.histories.values())
    print(
        f"{rows:,} intervals: read {read - began:.1f} s, inspected {looked - read:.1f} s, "
        f"stored {stored - looked:.1f} s, "
        f"together {stored - began:.1f} s; {time.process_time() - spent:.1f} s of processor; peak {peak:.2f} GB"
    )


def main() -> None:
    """Write the file, then measure in a process of its own, so that its memory is its own."""
    queues = int(sys.argv[1]) if len(sys.argv) == 2 and sys.argv[1].isdigit() else 100
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        of_calls = sys.argv[1:] == ["calls"]
        rows = write_calls(folder / "calls.csv", CALLS) if of_calls else write_file(folder / "calls.csv", queues)
        size = (folder / "calls.csv").stat().st_size / 1e6
        print(f"{rows:,} rows, {size:,.0f} MB")
        command = [sys.executable, "-m", "tests.benchmarks.intake_volume", "measure", str(folder / "calls.csv"), name]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "measure":
        measure(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
