"""The public shift-scheduling instances through the product's rules and search.

`python -m tests.benchmarks.roster_public` reads `Instance*.txt` (Curtois & Qu 2014, "Computational results on new staff
scheduling benchmark instances") from the shared data and prints a row for each. The instances ask for numbers of people
by day and shift, not by interval, so each day and shift stands for a slot of its own; everything else is the rules,
limits and wishes of the product. Costs and lawfulness are counted again here, from the file alone. By default one seed
and 60 processor seconds at most for each of seven instances, some four minutes; `--limit 300 --seeds 1 2 3` take an
hour.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.law.limits import Limits
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.annealing import Annealing
from optimizer.search.coverage_curves import Curve
from optimizer.search.limit_graph import Brought, lawful_walks
from optimizer.search.problem import Month, month_problem
from optimizer.search.rests import Rests
from optimizer.search.tour_rules import tour_rules
from tests.benchmarks.beside import shared_bench
from tests.benchmarks.results import skipped
from tests.benchmarks.roster_scale import print_dated

MONTH = pd.Period("2027-02", "M")  # 28 days from a Monday on, as the instances
ZONE = "Asia/Shanghai"
PUBLISHED = Path(__file__).resolve().parents[2] / "data" / "published" / "rosters.csv"


@dataclass
class PublicInstance:
    """One file, as it stands."""

    days: int = 0
    minutes: dict[str, int] = field(default_factory=dict)
    not_after: dict[str, list[str]] = field(default_factory=dict)
    staff: dict[str, tuple[dict[str, int], list[int]]] = field(default_factory=dict)
    days_off: dict[str, list[int]] = field(default_factory=dict)
    wanted: dict[tuple[str, int, str], int] = field(default_factory=dict)
    unwanted: dict[tuple[str, int, str], int] = field(default_factory=dict)
    cover: dict[tuple[int, str], tuple[int, int, int]] = field(default_factory=dict)


def read_instance(path: Path) -> PublicInstance:
    """Return what the file says."""
    found, section = PublicInstance(), ""
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("SECTION_"):
            section = line.strip()[8:]
            continue
        cells = [cell.strip() for cell in line.split(",")]
        if section == "HORIZON":
            found.days = int(cells[0])
        elif section == "SHIFTS":
            found.minutes[cells[0]] = int(cells[1])
            found.not_after[cells[0]] = [code for code in cells[2].split("|") if code]
        elif section == "STAFF":
            most = {code: int(n) for code, n in (part.split("=") for part in cells[1].split("|"))}
            found.staff[cells[0]] = most, [int(cell) for cell in cells[2:]]
        elif section == "DAYS_OFF":
            found.days_off[cells[0]] = [int(cell) for cell in cells[1:]]
        elif section in ("SHIFT_ON_REQUESTS", "SHIFT_OFF_REQUESTS"):
            wishes = found.wanted if section == "SHIFT_ON_REQUESTS" else found.unwanted
            wishes[cells[0], int(cells[1]), cells[2]] = int(cells[3])
        elif section == "COVER":
            found.cover[int(cells[0]), cells[1]] = int(cells[2]), int(cells[3]), int(cells[4])
    return found


def catalogue(instance: PublicInstance) -> ShiftCatalogue:
    """Return the shifts, all from midnight on: which may follow which is told by `rests_of`."""
    return ShiftCatalogue(tuple(Shift(code, 0, minutes) for code, minutes in instance.minutes.items()))


def rests_of(instance: PublicInstance) -> Rests:
    """Return what the file forbids on the day after a shift; a day off is rest enough."""
    codes = list(instance.minutes)
    follows = np.array([[b not in instance.not_after[a] for b in codes] for a in codes])
    return Rests(follows[None], np.ones_like(follows)[None], np.zeros(instance.days, dtype=np.int64))


def rules() -> RosterRules:
    """Return rules that leave to the limits of each person whatever the instances leave to them."""
    return RosterRules(
        weekly_hours=168, daily_hours=24, rest_hours=1, working_days_in_a_row=31, rest_days_a_week=0,
        nights_in_a_row=31, night_shift_minutes=1440, morning_after_night_hours=1, on_site_day={}, on_site_night={},
        room_for_next_month=False, reserve_share=0.0,
    )  # fmt: skip


def people(instance: PublicInstance) -> list[Person]:
    """Return the staff with their limits and days off."""
    first = MONTH.start_time.date()
    staff = []
    for badge, (most, (most_minutes, least_minutes, run, run_least, free_least, weekends)) in instance.staff.items():
        away = frozenset(first + timedelta(days=d) for d in instance.days_off.get(badge, []))
        limits = Limits(
            working_days_in_a_row=run, working_days_in_a_row_least=run_least, days_off_in_a_row_least=free_least,
            weekends_a_month=weekends, hours_a_month=most_minutes / 60, hours_a_month_least=least_minutes / 60,
            shifts_a_month={code: n for code, n in most.items() if n < instance.days},
        )  # fmt: skip
        staff.append(Person(badge, contract_hours_per_week=168.0, leave=away, limits=limits))
    return staff


def month_of(instance: PublicInstance) -> Month:
    """Return the problem: the product's month, its days as many as the file's, its slots days and shifts."""
    index = month_intervals(MONTH, ZONE)
    nobody = pd.DataFrame({"seats_required": np.zeros(len(index), dtype=int)}, index=index)
    staff, shifts, rests = people(instance), catalogue(instance), rests_of(instance)
    setting = {"month": MONTH, "timezone": ZONE, "calendar": Calendar(), "carry_in": None}
    unlimited = [Person(person.badge) for person in staff]
    month = month_problem(nobody, Situation(unlimited, shifts, rules(), **setting))
    days, count, at = instance.days, len(shifts), np.arange(instance.days)
    need, under, over = (
        np.array([instance.cover[d, s.code][i] for d in range(days) for s in shifts]) for i in range(3)
    )
    slots = np.arange(days * count).reshape(days, count)
    cost = np.zeros((len(staff), days, count + 1), dtype=np.float32)
    code = {s.code: i for i, s in enumerate(shifts)}
    badge = {p.badge: i for i, p in enumerate(staff)}
    for (who, day, shift), weight in instance.wanted.items():
        cost[badge[who], day, np.arange(count + 1) != code[shift]] += weight
    for (who, day, shift), weight in instance.unwanted.items():
        cost[badge[who], day, code[shift]] += weight
    for who, away in instance.days_off.items():
        cost[badge[who], away, :count] = np.inf
    cover = Curve("cover", need[:, None], np.stack([-under, over], axis=1).astype(float), need)
    dates = tuple(month.days[0] + timedelta(days=d) for d in range(days))
    calendar = {"days": dates, "days_into_week": at % 7, "week_of_day": at // 7}
    nothing, whole = np.zeros(len(staff), dtype=np.int64), np.full((len(staff), days // 7), 7)
    brought = Brought(nothing, nothing, nothing + 2, whole * 1440.0, whole)
    walks, minutes = lawful_walks(staff, list(shifts), month.rules, brought, standby_duties=0, rests=rests, **calendar)
    return replace(
        month, **calendar, people=tuple(staff), off_pattern=np.zeros(cost.shape, dtype=bool), slot_count=days * count,
        start_slot=slots, end_slot=slots + 1, seats_required=need, curves=(cover,),
        base=np.zeros((1, days * count)), person_cost=cost, burden=np.zeros((3, days, count), dtype=np.int64),
        burden_weight=np.zeros(4), weekend=np.zeros(days, dtype=np.int64), week_cap=brought.week_cap,
        week_days=brought.week_days, rests=rests, tour_rules=tour_rules(list(shifts), month.rules, rests),
        walks=walks, month_floor=minutes[:, 0].copy(), month_cap=minutes[:, 1].copy(),
    )  # fmt: skip


def count_again(instance: PublicInstance, tour: dict[str, list[str | None]]) -> tuple[int, list[str]]:
    """Return the cost and the breaches of a roster, from the file alone."""
    cost, broken = 0, []
    for who, months in tour.items():
        most, (most_minutes, least_minutes, run, run_least, free_least, weekends) = instance.staff[who]
        broken += [f"{who} day {d} off" for d in instance.days_off.get(who, []) if months[d] is not None]
        broken += [f"{who} {code}" for code, n in most.items() if months.count(code) > n]
        minutes = sum(instance.minutes[code] for code in months if code)
        broken += [f"{who} minutes"] if not least_minutes <= minutes <= most_minutes else []
        broken += [f"{who} {a}{b}" for a, b in pairwise(months) if a and b in instance.not_after[a]]
        at = 0
        for works, same in groupby(code is not None for code in months):
            length = len(list(same))
            inside = at > 0 and at + length < instance.days
            if (works and length > run) or (inside and length < (run_least if works else free_least)):
                broken.append(f"{who} run at {at}")
            at += length
        worked = sum(any(months[d] for d in (w + 5, w + 6)) for w in range(0, instance.days, 7))
        broken += [f"{who} weekends"] if worked > weekends else []
    cost += sum(w for (who, d, code), w in instance.wanted.items() if tour[who][d] != code)
    cost += sum(w for (who, d, code), w in instance.unwanted.items() if tour[who][d] == code)
    for (d, code), (need, under, over) in instance.cover.items():
        there = sum(months[d] == code for months in tour.values())
        cost += under * max(0, need - there) + over * max(0, there - need)
    return cost, broken


@dataclass(frozen=True)
class Found:
    """What a search found of an instance, and what that took."""

    cost: int
    bound: float
    breaches: int
    agrees: bool  # the search's own cost with the one counted again
    graph_seconds: float
    cpu_seconds: float

    @property
    def told(self) -> str:
        """The cost, and whatever is wrong with it."""
        return f"{self.cost:,}" + (f", {self.breaches} breaches" if self.breaches else "") + self.doubt

    @property
    def doubt(self) -> str:
        """Where the search counts another cost: that."""
        return "" if self.agrees else ", counted otherwise by the search"


def measure(instance: PublicInstance, seed: int, limit_seconds: float, *, cpu: bool) -> Found:
    """Return what the product's search finds."""
    clock = time.process_time if cpu else time.perf_counter
    began, spent = clock(), time.process_time()
    month = month_of(instance)
    built = clock() - began
    search = Annealing(month, seed=seed, limit_seconds=limit_seconds, clock=clock, began=began)
    search.run()
    codes = [*(duty.code for duty in month.duties), None]
    tour = {p.badge: [codes[s] for s in search.best.tour[i]] for i, p in enumerate(month.people)}
    cost, broken = count_again(instance, tour)
    agrees = abs(search.best_cost - cost) < 1e-3
    return Found(cost, float(search.bound), len(broken), agrees, built, time.process_time() - spent)


def row_of(
    number: int, instance: PublicInstance, best: int, seed: int, limit_seconds: float, *, cpu: bool
) -> dict[str, object]:
    """Return one row of the table: how far the roster found is above the best known."""
    found = measure(instance, seed, limit_seconds, cpu=cpu)
    proven = ", proven" if found.bound > found.cost - 1 + 1e-6 else ""
    return {
        "instance": f"{number}, seed {seed}, limit {limit_seconds:.0f} s",
        "people × days": f"{len(instance.staff)} × {instance.days}",
        "used CPU s": f"{found.cpu_seconds:.1f}",
        "graphs s": f"{found.graph_seconds:.1f}",
        "bound": f"{found.bound:,.1f}",
        "roster": f"{found.cost:,}{found.doubt}",
        "best known": f"{best:,}",
        "above": f"{100 * (found.cost / max(best, 1e-9) - 1):.2f} %{proven}",
        "breaches": found.breaches,
    }


def main(arguments: list[str] | None = None) -> None:
    """Print dated rows for RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, nargs="+", default=[1, 2, 3, 4, 6, 8, 10])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--limit", type=float, default=60)
    parser.add_argument("--cpu", action=argparse.BooleanOptionalAction, default=True, help="limits are CPU seconds")
    chosen = parser.parse_args(arguments or [])
    best = pd.read_csv(PUBLISHED, index_col="instance")["best_known_cost"]
    folder = shared_bench("rosters", f"Instance{chosen.instances[0]}.txt")
    if folder is None:
        skipped("the public instances are not here (shared/bench/rosters beside the project)")
        return
    files = {n: read_instance(folder / f"Instance{n}.txt") for n in chosen.instances}
    print_dated(
        row_of(number, file, int(best[number]), seed, chosen.limit, cpu=chosen.cpu)
        for number, file in files.items()
        for seed in chosen.seeds
    )


if __name__ == "__main__":
    main(sys.argv[1:])
