"""Ten million rows: three years of quarter hours for a hundred queues, read, looked over and stored.

Run: python -m tests.benchmarks.intake_volume [queues]
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
        f"{rows:,} rows: read {read - began:.1f} s, inspected {looked - read:.1f} s, stored {stored - looked:.1f} s, "
        f"together {stored - began:.1f} s; {time.process_time() - spent:.1f} s of processor; peak memory {peak:.2f} GB"
    )


def main() -> None:
    """Write the file, then measure in a process of its own, so that its memory is its own."""
    queues = int(sys.argv[1]) if len(sys.argv) == 2 and sys.argv[1].isdigit() else 100
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = write_file(folder / "calls.csv", queues)
        size = (folder / "calls.csv").stat().st_size / 1e6
        print(f"{rows:,} rows, {size:,.0f} MB")
        command = [sys.executable, "-m", "tests.benchmarks.intake_volume", "measure", str(folder / "calls.csv"), name]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "measure":
        measure(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
