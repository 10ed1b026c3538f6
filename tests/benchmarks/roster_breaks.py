"""Measure months whose shifts have short breaks: `python -m tests.benchmarks.roster_breaks`.

The gap to the bound that knows the breaks; beside it the same month rostered without them, the breaks laid afterwards
where they cost least. Limits are processor time, halved. By default one seed of two sizes and limits of 30 s, some
three minutes; `--seeds 1 2 3 --limits 60` are a quarter of an hour.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

from optimizer.law.breaks import Break
from optimizer.law.lawfulness import broken_rules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.annealing import THREADS
from optimizer.search.problem import month_problem
from optimizer.search.roster_frames import plan_of
from optimizer.search.rostering import plan_roster
from optimizer.search.sweeps import cost_tables, lay_all_breaks, plan_cost
from tests.benchmarks.roster_instances import MONTH, TIMEZONE, month_of_one_centre
from tests.benchmarks.roster_scale import print_dated

SHORTEST = 360  # minutes of a shift with breaks


def with_breaks(shift: Shift) -> Shift:
    """Return a shift with a break of 15 minutes before and one after its meal."""
    if shift.length_minutes < SHORTEST:
        return shift
    late = shift.length_minutes - 120
    windows = (range(45, 136, 15), range(late - 30, late + 61, 15))
    return replace(shift, breaks=tuple(Break(15, tuple(window)) for window in windows))


def measure(people: int, seed: int, limit_seconds: float) -> Iterator[dict[str, object]]:
    """Yield a row for each way to roster the month."""
    instance = month_of_one_centre(people, seed)
    plain = Situation(
        instance.people, instance.catalogue, instance.rules, month=MONTH, timezone=TIMEZONE, calendar=instance.calendar
    )
    paused = replace(plain, catalogue=ShiftCatalogue(tuple(map(with_breaks, plain.catalogue))))
    month = month_problem(instance.requirement, paused)
    bound = None
    for name, situation in (("breaks in mind", paused), ("breaks afterwards", plain)):
        before = time.process_time()
        result = plan_roster(
            instance.requirement, situation, seed=seed, time_limit_seconds=limit_seconds,
            clock=lambda: time.process_time() / THREADS,
        )  # fmt: skip
        used = time.process_time() - before
        bound = result.bound if bound is None else bound
        objective = result.objective
        if situation is plain:
            plan = plan_of(month, result.roster)
            lay_all_breaks(month, plan, cost_tables(month))
            objective = plan_cost(month, plan)
        norm = (objective - bound) / (10 * result.demand_hours)
        own = "" if situation is paused else f" (norm of the month without them {100 * result.norm:.3f} %)"
        about = f"{people} people, seed {seed}, limit {limit_seconds:.0f} s ({used:.0f} CPU s)"
        yield {
            "what": f"`roster_breaks`, {about}, {name}",
            "measured": f"roster {objective:,.0f}, bound that knows the breaks {bound:,.0f}: "
            f"norm {100 * norm:.3f} %{own}; {len(broken_rules(result.roster, situation))} breaches",
        }


def main(arguments: list[str] | None = None) -> None:
    """Print dated rows for RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[60, 150])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--limits", type=float, nargs="+", default=[30])
    chosen = parser.parse_args(arguments or [])
    print_dated(
        row
        for people in chosen.people
        for limit in chosen.limits
        for seed in chosen.seeds
        for row in measure(people, seed, limit)
    )


if __name__ == "__main__":
    main(sys.argv[1:])
