"""Measure rosters of one centre's month at 150, 500 and 2,000 people: `python -m tests.benchmarks.roster_scale`.

With `--preset balanced` what a month is like for people weighs as well, in the roster and in the bound.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from optimizer.law.comforts import PRESETS, Preset, preset_weights
from optimizer.law.lawfulness import broken_rules
from optimizer.law.situation import Situation
from optimizer.search.annealing import THREADS
from optimizer.search.rostering import plan_roster
from tests.benchmarks.roster_instances import MONTH, TIMEZONE, month_of_one_centre


def measure(
    people: int, seed: int, limit_seconds: float, interval_minutes: int, *, cpu: bool, preset: Preset | None = None
) -> dict[str, object]:
    """Return one row of the table: what was reached, and what the checker says."""
    instance = month_of_one_centre(people, seed, interval_minutes=interval_minutes)
    setting = {"month": MONTH, "timezone": TIMEZONE, "calendar": instance.calendar}
    clock = (lambda: time.process_time() / THREADS) if cpu else time.perf_counter
    rules = instance.rules if preset is None else replace(instance.rules, comfort=preset_weights(preset))
    parts = (instance.people, instance.catalogue, rules)
    result = plan_roster(
        instance.requirement, Situation(*parts, **setting), seed=seed, time_limit_seconds=limit_seconds, clock=clock
    )
    broken = broken_rules(result.roster, Situation(*parts, **setting))
    told = result.history.groupby("phase")["seconds"].min()
    return {
        "people": people,
        "seed": seed,
        "minutes": interval_minutes,
        "limit_s": limit_seconds,
        "used_s": round(result.seconds, 1),
        "first_s": round(float(told["first roster"]), 1),
        "bound_s": round(float(told["bound"] - told["first roster"]), 1),
        "bound": round(result.bound),
        "objective": round(result.objective),
        "norm_percent": round(100 * result.norm, 3),
        "short_h": round(result.shortage_hours),
        "demand_h": round(result.demand_hours),
        "breaches": len(broken),
        "memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }


def print_dated(rows: Iterable[Mapping[str, object]]) -> None:
    """Print rows for RESULTS.md as they come, each with today's date, below the names of the columns."""
    for number, row in enumerate(rows):
        if number == 0:
            print("| date | " + " | ".join(row) + " |", "|" + " --- |" * (len(row) + 1), sep="\n", flush=True)
        print(f"| {datetime.now(UTC).date()} | " + " | ".join(map(str, row.values())) + " |", flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Print dated rows for RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[150, 500, 2000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--limits", type=float, nargs="+", default=[60, 300])
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--cpu", action="store_true", help="limits are CPU seconds, halved: what two free cores take")
    parser.add_argument("--preset", choices=PRESETS)
    chosen = parser.parse_args(arguments or [])
    print_dated(
        measure(people, seed, limit, chosen.minutes, cpu=chosen.cpu, preset=chosen.preset)
        for people in chosen.people
        for limit in chosen.limits
        for seed in chosen.seeds
    )


if __name__ == "__main__":
    main(sys.argv[1:])
