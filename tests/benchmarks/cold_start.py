"""What first calls take where nothing has been compiled yet, and where it has: a fresh process beside fresh files."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.results import ROOT


def first_calls(code: str) -> None:
    """Run `code`, which prints, twice in a process of its own, beside a copy of the package without compiled files."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "forecaster", Path(folder, "forecaster"), ignore=shutil.ignore_patterns("__pycache__"))
        for state in ("never compiled", "compiled before"):
            print(f"{state}: ", end="", flush=True)
            subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
