"""What a ladder is worth: a real bank's surge rebuilt call by call, and simulated surges that answer to the orders.

python -m tests.benchmarks.surge_lab
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from api.ladder_lab import NO_LADDER, PROFILES, Comparison, compare_on_calls, compare_on_surge, ladders_named, read_lab

ROOT = Path(__file__).resolve().parents[2]


def show(made: Comparison) -> None:
    """Print a comparison."""
    print(made.source)
    print(made.table.round(3).to_string())


def main() -> None:
    """Print both comparisons."""
    path = Path(os.environ.get("HUAWU_SHARED", ROOT.parent / "shared")) / "data/calls/technion_bank_1999_calls.csv.gz"
    lab = read_lab()
    if path.is_file():
        show(compare_on_calls(path, ladders_named(PROFILES), lab, timezone="Asia/Jerusalem"))
    else:
        print("Technion's calls are not here", file=sys.stderr)
    show(compare_on_surge(ladders_named((NO_LADDER, *PROFILES)), lab))


if __name__ == "__main__":
    main()
