"""Measure rosters of one centre's month at 150, 500 and 2,000 people: `python -m tests.benchmarks.roster_scale`.

By default one seed and limits of 60 s, some four minutes; `--seeds 1 2 3 4 5 --limits 60 300` are 90 of them. Limits
are processor time, halved, which is what two free cores take; with `--no-cpu` they are by the clock, which says
something on a machine that does nothing else. With `--preset balanced` what a month is like for people weighs as well,
in the roster and in the bound; with `--own weekends_a_month=3` (any limits, as a people list writes them) everybody has
limits of their own.
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
from optimizer.law.limits import Limits
from optimizer.law.situation import Situation
from optimizer.search.annealing import THREADS
from optimizer.search.rostering import plan_roster
from tests.benchmarks.roster_instances import MONTH, TIMEZONE, month_of_one_centre


def measure(
    people: int, seed: int, limit_seconds: float, interval_minutes: int, *, cpu: bool, preset: Preset | None = None,
    own: str = "",
) -> dict[str, object]:  # fmt: skip
    """Return one row of the table: what was reached, and what the checker says."""
    instance = month_of_one_centre(people, seed, interval_minutes=interval_minutes)
    setting = {"month": MONTH, "timezone": TIMEZONE, "calendar": instance.calendar}
    clock = (lambda: time.process_time() / THREADS) if cpu else time.perf_counter
    rules = instance.rules if preset is None else replace(instance.rules, comfort=preset_weights(preset))
    staff = instance.people if not own else [replace(one, limits=Limits.from_text(own)) for one in instance.people]
    parts = (staff, instance.catalogue, rules)
    result = plan_roster(
        instance.requirement, Situation(*parts, **setting), seed=seed, time_limit_seconds=limit_seconds, clock=clock
    )
    broken = broken_rules(result.roster, Situation(*parts, **setting))
    told = result.history.groupby("phase")["seconds"].min()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    chosen = {"--preset": preset, "--own": own}
    how = ["processor time of two cores" if cpu else "by the clock"]
    how += [f"`{name} {value}`" for name, value in chosen.items() if value]
    return {
        "people": f"{people:,}",
        "interval": f"{interval_minutes} min",
        "seed": seed,
        "limit s (used)": f"{limit_seconds:.0f} ({result.seconds:.0f})",
        "norm": f"{100 * result.norm:.3f} %",
        "bound": f"{result.bound:,.0f}",
        "roster": f"{result.objective:,.0f}",
        "uncovered seat-hours of demand": f"{result.shortage_hours:,.0f} of {result.demand_hours:,.0f}",
        "first roster s": f"{told['first roster']:.1f}",
        "bound s": f"{told['bound'] - told['first roster']:.1f}",
        "breaches": len(broken),
        "memory GB": f"{memory:.2f}",
        "how": ", ".join(how),
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
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--limits", type=float, nargs="+", default=[60])
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument(
        "--cpu", action=argparse.BooleanOptionalAction, default=True, help="limits are CPU seconds, halved"
    )
    parser.add_argument("--preset", choices=PRESETS)
    parser.add_argument("--own", default="", metavar="LIMITS", help="of everybody")
    chosen = parser.parse_args(arguments or [])
    print_dated(
        measure(people, seed, limit, chosen.minutes, cpu=chosen.cpu, preset=chosen.preset, own=chosen.own)
        for people in chosen.people
        for limit in chosen.limits
        for seed in chosen.seeds
    )


if __name__ == "__main__":
    main(sys.argv[1:])
