"""A known history written in random layouts and read back: how many are themselves again.

Run: python -m tests.benchmarks.intake_layouts [how many] [first seed]

1,000 if not said, some two minutes; another first seed draws others.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from random import Random

from api.intake import InputError
from tests.api.intake.written_layouts import differences, draw, read_back

LAYOUTS = 1000


def wrong_of(seed: int) -> list[str]:
    """What is not as it was written under a seed, or what the reader said of the file."""
    form = draw(Random(seed))
    with tempfile.TemporaryDirectory() as folder:
        try:
            truth, intake = read_back(form, seed % 1000, Path(folder))
            return differences(truth, form, intake)
        except InputError as error:
            return [str(error)]


def main() -> None:
    """Read them all; name every one that is not itself again."""
    count, first = (int(text) for text in (*sys.argv[1:3], *(str(LAYOUTS), "0")[len(sys.argv[1:3]) :]))
    spent, wrong = time.process_time(), 0
    for seed in range(first, first + count):
        if said := wrong_of(seed):
            wrong += 1
            print(seed, draw(Random(seed)), said[:2], flush=True)
    print(f"{count - wrong:,} of {count:,} read back to themselves; {time.process_time() - spent:.0f} s of processor")


if __name__ == "__main__":
    main()
