"""Run the measured comparisons: all of them, or those named (`python -m tests.benchmarks seats_peers`).

Each prints ratios against its peers; what is worth keeping goes as a dated row into RESULTS.md. Peers are installed in
an environment of their own from the `requirements-*.txt` beside this file.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(names: list[str]) -> int:
    """Run the benchmarks named, or every module here that has a `main`; return the number that failed."""
    known = sorted(path.stem for path in HERE.glob("*.py") if "def main(" in path.read_text() and path.stem[0] != "_")
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no benchmark called {unknown[0]}; there are {', '.join(known)}")
        return 2
    failed = 0
    for name in names or known:
        print(f"== {name}", flush=True)
        try:
            importlib.import_module(f"tests.benchmarks.{name}").main()
        except ModuleNotFoundError as missing:
            print(f"   not run: {missing.name} is not installed (see requirements-*.txt)")
            failed += 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
