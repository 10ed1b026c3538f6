"""What a ladder is worth: a real bank's surge rebuilt call by call, and simulated surges that answer to the orders.

python -m tests.benchmarks.surge_lab          # a minute or two; there is no more of it
"""

from __future__ import annotations

from api.ladder_lab import NO_LADDER, PROFILES, Comparison, compare_on_calls, compare_on_surge, ladders_named, read_lab
from tests.benchmarks.beside import SHARED
from tests.benchmarks.results import skipped


def show(made: Comparison) -> None:
    """Print a comparison."""
    print(made.source)
    for ladder, row in made.table.iterrows():
        print(f"{ladder}: " + ", ".join(f"{name} {value:,.5g}" for name, value in row.items()))


def main() -> None:
    """Print both comparisons."""
    path = SHARED / "data" / "calls" / "technion_bank_1999_calls.csv.gz"
    lab = read_lab()
    if path.is_file():
        show(compare_on_calls(path, ladders_named(PROFILES), lab, timezone="Asia/Jerusalem"))
    else:
        skipped("the bank's calls are not here (shared/data/calls beside the project)")
    show(compare_on_surge(ladders_named((NO_LADDER, *PROFILES)), lab))


if __name__ == "__main__":
    main()
