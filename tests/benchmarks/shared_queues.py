"""What two queues save by sharing people, and whether the simulator keeps it.

`python -m tests.benchmarks.shared_queues [SECONDS]` splits the sample hotline into two queues of unlike hours and
handle times, with 120 people of three mixes of skills, and prints for each the seat-hours that the queues need apart,
as one queue of all, and shared, with the share of the saving. The middle mix is rostered (SECONDS for the search), and
the promise of each queue is held against the month played again with other callers, other absences and other futures.
30 s of search if not said, some three minutes in all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import pandas as pd

from api.inputs import Demand, Supply, read_demand, read_supply
from api.plan import Plan
from api.planning import plan_month, queue_forecasts
from api.shared_floor import crews_of, floor_of
from api.shared_plan import SharedFloor, people_there, shared_floor
from forecaster.requirement.shared_queues import Played, combined_forecast, played_month
from tests.benchmarks.roster_scale import print_dated

MONTH = pd.Period("2026-12", "M")
DATA = Path(__file__).resolve().parents[2] / "data"
MIXES = {"52+52+16": (52, 52, 16), "40+40+40": (40, 40, 40), "20+20+80": (20, 20, 80)}
ROSTERED = "40+40+40"


def two_queues() -> Demand:
    """Return the sample hotline as two queues: 75 % of its calls, and 65 % two hours later and a fifth longer."""
    whole = read_demand(DATA / "sample" / "history.csv", calendar=DATA / "sample" / "calendar.toml")
    random, frame = np.random.default_rng(1), whole.history.frame[["calls_offered", "aht_seconds"]]
    parts = []
    for name, share, hours, longer in (("tech", 0.75, 0, 1.0), ("billing", 0.65, 2, 1.2)):
        calls = frame["calls_offered"].shift(hours)
        thinned = pd.Series(random.binomial(calls.fillna(0).astype(int), share), index=frame.index).where(calls.notna())
        own = pd.DataFrame({"calls_offered": thinned.astype(float), "aht_seconds": frame["aht_seconds"] * longer})
        parts.append(replace(whole, history=replace(whole.history, queue=name, frame=own)))
    return floor_of(parts)


def supply_of(mix: tuple[int, int, int], folder: Path) -> Supply:
    """Return people of the mix: so many of the first queue, of the second, of both."""
    skills = [one for one, count in zip(("tech", "billing", "tech;billing"), mix, strict=True) for _ in range(count)]
    people = pd.DataFrame({"badge": range(1001, 1001 + len(skills)), "role": "inbound", "skills": skills})
    file = folder / "people.csv"
    people.to_csv(file, index=False)
    return read_supply(file, MONTH)


def needed(demand: Demand, supply: Supply) -> SharedFloor:
    """Return what the queues need of these people."""
    forecasts = queue_forecasts(demand, MONTH)
    crews = crews_of(supply, [one.history.queue for one in demand.queues])
    together = combined_forecast(list(forecasts.values()))
    return shared_floor(demand, crews, forecasts, together, seed=0)


def played_again(plan: Plan, floor: SharedFloor, demand: Demand, *, seed: int) -> dict[str, Played]:
    """Return the rostered month played with other callers, absences and futures than the plan's."""
    targets = {one.history.queue: one.site.target for one in demand.queues}
    there = people_there(plan.coverage, floor.crews)
    return played_month(floor.forecasts, there, targets=targets, crews=floor.crews, seed=seed, paths=200)


def rows(seconds: float, folder: Path) -> Iterator[dict[str, object]]:
    """Yield the rows."""
    demand, floors = two_queues(), {}
    for name, mix in MIXES.items():
        began = process_time()
        floor = floors[name] = needed(demand, supply_of(mix, folder))
        apart, shared = float(floor.need.alone.sum().sum()), float(floor.need.total.sum())
        yield {
            "what": f"`shared_queues`, {name} people: seat-hours apart / as one / shared",
            "measured": f"{apart:,.0f} / {floor.as_one_hours:,.0f} / {shared:,.0f}: "
            f"**{(apart - shared) / (apart - floor.as_one_hours):.0%}** of the saving, "
            f"{process_time() - began:.0f} CPU s",
        }
    supply, floor = supply_of(MIXES[ROSTERED], folder), floors[ROSTERED]
    plan = plan_month(demand, supply, made_at=datetime.now(UTC), time_limit_seconds=seconds)
    again = played_again(plan, floor, demand, seed=99)
    for one, queue in zip(plan.facts["queues"], demand.queues, strict=True):
        name, target, told = one["queue"], queue.site.target, one["promise"]
        seats = plan.queues[name].coverage["seats_rostered"].round()
        month = again[name].promise(floor.forecasts[name], seats, target).month
        yield {
            "what": f"{ROSTERED} rostered, {name}: hours rostered / needed / short; level wanted / promised / again",
            "measured": f"{one['rostered_hours']:,.0f} / {one['needed_hours']:,.0f} / {one['shortage_hours']:.1f}; "
            f"{target.service_level:.0%} / {told['expected']:.1%} ({told['lower_80']:.0%}–{told['upper_80']:.0%}) / "
            f"{month['expected']:.1%}; at the mean {told['at_the_mean']:.1%} / {month['at_the_mean']:.1%}",
        }


def main(seconds: float = 30.0) -> None:
    """Print the rows."""
    with TemporaryDirectory() as made:
        print_dated(rows(seconds, Path(made)))


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
