"""Measure what a search's steps take beside what they are told to take: `python -m tests.benchmarks.roster_pace`.

A limit is counted in steps that take so long at nominal speed (`optimizer.search.effort`). Here the clock stands still,
so that the steps alone end the search, and processor time is read beside them. On an idle machine a share of 1 means
that the limit is what the search takes; sweeps of two threads take 1.8 processor seconds a second. By default eight
months of 15 s, some five minutes; `--people 60 150 500 --kinds a b c d e f g --limits 15 60` are half an hour.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from optimizer.law.comforts import preset_weights
from optimizer.law.shifts import ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.annealing import Annealing
from optimizer.search.effort import Effort
from optimizer.search.problem import Month, month_problem
from optimizer.search.sweeps import TWO_THREADS
from tests.benchmarks.roster_breaks import with_breaks
from tests.benchmarks.roster_instances import MONTH, TIMEZONE, month_of_one_centre
from tests.benchmarks.roster_made import KINDS, made_instance
from tests.benchmarks.roster_public import month_of
from tests.benchmarks.roster_scale import print_dated


class _Beside(Effort):
    """An effort that reads the processor's time at every step told, by who tells it."""

    def __init__(self, limit_seconds: float) -> None:
        super().__init__(limit_seconds, clock=lambda: 0.0, began=0.0)
        self.told: Counter[str] = Counter()
        self.took: Counter[str] = Counter()
        self.last = time.process_time()

    def spend(self, seconds: float) -> None:
        """Count steps, and what they took since the last ones were told."""
        super().spend(seconds)
        now, kind = time.process_time(), sys._getframe(1).f_code.co_name
        self.told[kind] += seconds  # type: ignore[assignment]
        self.took[kind] += now - self.last  # type: ignore[assignment]
        self.last = now


def problems(kinds: list[str], people: list[int]) -> Iterator[tuple[str, Month]]:
    """Return the months to be searched: of one centre, the same with comforts and with breaks, and of few slots."""
    for count in people:
        instance = month_of_one_centre(count, 1)
        parts = (instance.people, instance.catalogue, instance.rules)
        plain = Situation(*parts, month=MONTH, timezone=TIMEZONE, calendar=instance.calendar)
        paused = replace(plain, catalogue=ShiftCatalogue(tuple(map(with_breaks, plain.catalogue))))
        lived = replace(plain, rules=replace(plain.rules, comfort=preset_weights("balanced")))
        for name, situation in (("plain", plain), ("comforts", lived), ("breaks", paused)):
            yield f"{count} people, {name}", month_problem(instance.requirement, situation)
    for kind in kinds:
        yield f"few slots, {kind}", month_of(made_instance(KINDS[kind], 1))


def measure(name: str, month: Month, limit_seconds: float, seed: int) -> Iterator[dict[str, object]]:
    """Return a row for the search, and one for each kind of step that takes a twentieth of it or more."""
    search = Annealing(month, seed=seed, limit_seconds=limit_seconds)
    search.load_kernel()
    search.effort = effort = _Beside(limit_seconds)
    search.run()
    row = {"month": name, "seed": seed, "limit_s": limit_seconds, "cost": round(search.best_cost, 1)}
    yield _share(row, "all", effort.told.total(), effort.took.total())
    for kind, took in effort.took.most_common():
        if took > 0.05 * effort.took.total():
            yield _share(row, kind, effort.told[kind], took)


def _share(row: dict[str, object], kind: str, told: float, took: float) -> dict[str, object]:
    idle = took * TWO_THREADS if kind in ("sweep_halves", "look") else took
    return {**row, "steps": kind, "told_s": round(told, 1), "cpu_s": round(took, 1), "share": round(idle / told, 2)}


def main(arguments: list[str] | None = None) -> None:
    """Print dated rows for RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="*", default=[60, 150])
    parser.add_argument("--kinds", nargs="*", default=["a", "c"])
    parser.add_argument("--limits", type=float, nargs="+", default=[15])
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments or [])
    print_dated(
        row
        for name, month in problems(chosen.kinds, chosen.people)
        for limit in chosen.limits
        for row in measure(name, month, limit, chosen.seed)
    )


if __name__ == "__main__":
    main(sys.argv[1:])
