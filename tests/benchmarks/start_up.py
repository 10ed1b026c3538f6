"""How soon the command answers, in processor seconds beside what cannot be undercut: Python alone, and pandas loaded.

python -m tests.benchmarks.start_up          # half a minute; there is no more of it
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 7


def processor_seconds(arguments: list[str]) -> float:
    """Return the processor seconds that a fresh Python with these arguments takes, its children's among them."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure in turns, and print medians."""
    with tempfile.TemporaryDirectory() as folder:
        bad = Path(folder, "bad.csv")
        bad.write_text("interval_start,calls\n2026-09-01 00:00,abc\n", encoding="utf-8")
        asked = {
            "python -c pass": ["-c", "pass"],
            "python -c 'import pandas'": ["-c", "import pandas"],
            "huawu --help": ["-m", "api.cli", "--help"],
            "huawu inspect bad.csv": ["-m", "api.cli", "inspect", str(bad)],
            "huawu forecast --history bad.csv": [
                "-m",
                "api.cli",
                "forecast",
                "--history",
                str(bad),
                "--month",
                "2026-12",
            ],
            "python -c 'import api.http.app', as each process of the service": ["-c", "import api.http.app"],
        }
        spent: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(ROUNDS):
            for name, arguments in asked.items():
                spent[name].append(processor_seconds(arguments))
    alone, pandas = (statistics.median(spent[name]) for name in list(asked)[:2])
    for name, seconds in spent.items():
        middle = statistics.median(seconds)
        print(f"{name}: {middle:.2f} s, {middle / alone:.0f} × Python alone, {middle / pandas:.2f} × pandas loaded")


if __name__ == "__main__":
    main()
