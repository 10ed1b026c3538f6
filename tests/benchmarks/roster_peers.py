"""One month given to OR-tools CP-SAT, pyworkforce, Timefold and huawu: `python -m tests.benchmarks.roster_peers`.

Each peer runs by itself in the environment of `--python` (see requirements-roster.txt), on the same rules as far as it
can state them, with the same limit; what it finds is judged by the checker and counted by the objective of huawu.
Limits are by the clock, so it says something on a machine that does nothing else. README tells of five minutes each,
which is the default and makes it the longest of all, a quarter of an hour; `--limit 60` tells no figure.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from optimizer.law.lawfulness import broken_rules
from optimizer.law.situation import Situation
from optimizer.search.problem import Month, month_problem
from optimizer.search.rests import may_follow
from optimizer.search.roster_frames import plan_of, roster_frame
from optimizer.search.rostering import plan_roster
from optimizer.search.sweeps import Tours, people_present, plan_cost
from tests.benchmarks.results import figure, skipped
from tests.benchmarks.roster_instances import MONTH, TIMEZONE, Instance, month_of_one_centre
from tests.benchmarks.roster_scale import print_dated

HERE = Path(__file__).parent
FIGURES_OF_SECONDS = 300.0  # the limit that the figures README quotes are told of
PROGRAMS = dict.fromkeys(("cpsat", "pyworkforce"), HERE / "roster_peer_programs.py")
PROGRAMS["timefold"] = HERE / "roster_peer_timefold.py"


def arrays(month: Month) -> dict[str, np.ndarray]:
    """Return the month as plain arrays, which a program without huawu can read."""
    follows = [[[may_follow(a, b, apart, month.rules) for b in month.duties] for a in month.duties] for apart in (1, 2)]
    counts = np.zeros((len(month.groups), len(month.curves)), dtype=bool)
    for g, curves in enumerate(month.group_curves):
        counts[g, list(curves)] = True
    width = max(curve.breaks.shape[1] for curve in month.curves)
    breaks = [np.pad(c.breaks, ((0, 0), (0, width - c.breaks.shape[1])), mode="edge") for c in month.curves]
    slopes = [np.pad(c.slopes, ((0, 0), (0, width + 1 - c.slopes.shape[1])), mode="edge") for c in month.curves]
    return {
        "person_cost": month.person_cost, "first_standby": len(month.duties) - month.standby_duties,
        "next_day": follows[0], "after_off": follows[1], "week_of_day": month.week_of_day, "week_cap": month.week_cap,
        "week_days": month.week_days, "minutes": month.worked_minutes, "in_a_row": month.rules.working_days_in_a_row,
        "nights": month.rules.nights_in_a_row, "night": [month.rules.is_night(s) for s in month.duties],
        "burden": month.burden, "allowance": month.allowance, "burden_weight": month.burden_weight, "counts": counts,
        "slots": month.slot_count, "group_of": month.group_of, "standby_curve": month.standby_curve,
        "start_slot": month.start_slot, "end_slot": month.end_slot, "meal_slots": month.meal_slots,
        "meal_first": month.meal_first, "meal_offset": month.meal_offset, "breaks": breaks, "slopes": slopes,
        "base": month.base,
    }  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """The seat-hours that a program left uncovered, and all that is told of its month."""

    uncovered_hours: int
    told: str


def judged(month: Month, plan: Tours, instance: Instance, seconds: float, cpu_seconds: float) -> Judged:
    """Return what a program's month is worth."""
    setting = {"month": MONTH, "timezone": TIMEZONE, "calendar": instance.calendar}
    frame = roster_frame(month, plan)
    broken = broken_rules(frame, Situation(instance.people, instance.catalogue, instance.rules, **setting))
    short = np.clip(month.seats_required - people_present(month, plan)[0], 0, None).sum() * month.slot_hours
    lawful = np.isfinite(plan_cost(month, plan))
    objective = f", objective {plan_cost(month, plan):,.0f}" if lawful else ""
    return Judged(
        round(float(short)),
        f"{seconds:.0f} s ({cpu_seconds:.0f} CPU s): {short:,.0f} of {instance.demand_hours:,.0f} seat-hours "
        f"uncovered, {len(broken)} breaches in {len(frame):,} rows{objective}",
    )


def peer(name: str, month: Month, python: str, limit_seconds: float) -> Tours:
    """Return what the peer finds in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/in.npz", **arrays(month))
        command = [python, str(PROGRAMS[name]), name, f"{folder}/in.npz", f"{folder}/out.npz", str(limit_seconds)]
        subprocess.run(command, check=True, stdout=sys.stderr)  # what a peer says of itself is no measurement
        found = np.load(f"{folder}/out.npz")
        return Tours(found["tour"].astype(np.int16), found["meal"].astype(np.int16))


def main(arguments: list[str] | None = None) -> None:
    """Print dated rows for RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the peers' environment")
    parser.add_argument("--people", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=FIGURES_OF_SECONDS)
    parser.add_argument("--programs", nargs="+", default=["huawu", *PROGRAMS])
    chosen = parser.parse_args(arguments or [])
    instance = month_of_one_centre(chosen.people, chosen.seed)
    setting = {"month": MONTH, "timezone": TIMEZONE, "calendar": instance.calendar}
    parts = (instance.people, instance.catalogue, instance.rules)
    month = month_problem(instance.requirement, Situation(*parts, **setting))

    def judged_of(name: str) -> Judged:
        began = time.perf_counter()
        cpu = _cpu_seconds()
        if name == "huawu":
            setting_of_search = {"seed": chosen.seed, "time_limit_seconds": chosen.limit}
            result = plan_roster(instance.requirement, Situation(*parts, **setting), **setting_of_search)
            plan = plan_of(month, result.roster)
        else:
            plan = peer(name, month, chosen.python, chosen.limit)
        return judged(month, plan, instance, time.perf_counter() - began, _cpu_seconds() - cpu)

    uncovered: dict[str, int] = {}
    about = f"{chosen.people} people, seed {chosen.seed}, limit {chosen.limit:.0f} s by the clock"

    def rows() -> Iterator[dict[str, object]]:
        for name in chosen.programs:
            try:
                found = judged_of(name)
            except subprocess.CalledProcessError as error:
                skipped(f"{name} ended with code {error.returncode}")
                continue
            uncovered[name] = found.uncovered_hours
            yield {"what": f"`roster_peers`, {name}, {about}", "measured": found.told}

    print_dated(rows())
    if chosen.limit < FIGURES_OF_SECONDS or not uncovered.get("huawu"):
        return
    for name in ("cpsat", "timefold"):
        if name in uncovered:
            figure(f"roster-uncovered-against-{name}", f"{uncovered[name] / uncovered['huawu']:.0f}")


def _cpu_seconds() -> float:
    """Return the processor seconds of this process and of those it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main(sys.argv[1:])
