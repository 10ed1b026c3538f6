"""Months of few slots with tight hours, made up: what the public instances are like, at sizes that none of them has.

Everybody draws a lawful month at random, and what these months cover is asked for again: it can be covered nearly
whole, but only by months that use up the hours as well as those did. Wishes are strewn over them at random.
`python -m tests.benchmarks.roster_made` prints a row for each, against the bound, as no best is known. By default one
seed and 30 processor seconds for each of seven kinds, some five minutes; `--limit 150 --seeds 1 2 3` are an hour.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace

import numpy as np

from optimizer.search.sweeps import empty_plan, people_present, scratch_of, sweep
from tests.benchmarks.roster_public import PublicInstance, measure, month_of
from tests.benchmarks.roster_scale import print_dated


@dataclass(frozen=True)
class Kind:
    """How large an instance is and how much room it leaves."""

    people: int
    days: int
    minutes: tuple[int, ...]  # of each shift, early to late
    room: int  # minutes between the fewest and the most of a person
    away: int = 2  # days off that a person has been given


KINDS = {
    "a": Kind(24, 28, (480, 480, 480), 480),
    "b": Kind(30, 28, (480, 480, 600, 600), 480),
    "c": Kind(36, 28, (480, 600, 480, 720), 960),
    "d": Kind(45, 28, (480, 480, 480, 480, 600), 600),
    "e": Kind(28, 42, (480, 480, 480, 600), 960),
    "f": Kind(20, 56, (480, 600, 600), 960),
    "g": Kind(80, 28, (420, 450, 480, 480, 510, 540, 540, 600, 480, 600), 960),
}


def made_instance(kind: Kind, seed: int) -> PublicInstance:
    """Return a made-up instance of a kind."""
    random = np.random.default_rng(seed)
    codes = [chr(ord("A") + n) for n in range(len(kind.minutes))]
    found = PublicInstance(days=kind.days, minutes=dict(zip(codes, kind.minutes, strict=True)))
    found.not_after = {code: codes[:n] for n, code in enumerate(codes)}
    weeks = kind.days // 7
    for p in range(kind.people):
        share = random.choice([1.0, 1.0, 1.0, 0.6])
        free_least = int(random.choice([2, 2, 3]))
        most = round((2160 if free_least == 2 else 1920) * share * weeks / 60) * 60
        barred = {code: 0 for code in codes if random.random() < 0.25}
        barred.pop(str(random.choice(codes)), None)
        few = {codes[-1]: int(random.integers(1, 2 + weeks))} if random.random() < 0.4 else {}
        shifts = dict.fromkeys(codes, kind.days) | few | barred
        run = int(random.choice([5, 5, 6]))
        limits = [most, most - kind.room, run, 2 if share == 1.0 else 1, free_least, weeks // 2]
        found.staff[f"P{p}"] = shifts, limits
        first = int(random.integers(0, kind.days - kind.away))
        found.days_off[f"P{p}"] = list(range(first, first + kind.away))
    _ask_for_what_can_be_covered(found, random)
    _strew_wishes(found, random)
    return found


def _ask_for_what_can_be_covered(found: PublicInstance, random: np.random.Generator) -> None:
    for d in range(found.days):
        for code in found.minutes:
            found.cover[d, code] = 0, 100, 1
    month = month_of(found)
    plan, worth = empty_plan(month), random.uniform(-40, 0, size=month.person_cost.shape)
    worth[:, :, -1] = 0
    drawn = replace(month, person_cost=(month.person_cost + worth).astype(np.float32))
    nothing = np.zeros((1, month.slot_count, 2), dtype=np.float32)
    sweep(drawn, plan, people_present(month, plan), nothing, np.arange(len(month.people)), scratch_of(month))
    there = people_present(month, plan)[0]
    codes = [duty.code for duty in month.duties]
    for d in range(found.days):
        for s, code in enumerate(codes):
            found.cover[d, code] = int(there[month.start_slot[d, s]]), 100, 1


def _strew_wishes(found: PublicInstance, random: np.random.Generator) -> None:
    for badge in found.staff:
        codes = [code for code, most in found.staff[badge][0].items() if most]
        for _ in range(int(random.integers(3, 7)) * found.days // 28):
            wishes = found.wanted if random.random() < 0.6 else found.unwanted
            wishes[badge, int(random.integers(found.days)), str(random.choice(codes))] = int(random.integers(1, 4))


def row_of(kind: str, seed: int, limit_seconds: float, *, cpu: bool) -> dict[str, object]:
    """Return the row of a kind's month under a seed of the search."""
    about, found = KINDS[kind], measure(made_instance(KINDS[kind], 1), seed, limit_seconds, cpu=cpu)
    return {
        "instance": f"`roster_made` {kind}, {about.people} × {about.days}, {len(about.minutes)} shifts",
        "seed": seed,
        "limit s (CPU s used)": f"{limit_seconds:.0f} ({found.cpu_seconds:.0f})",
        "bound": f"{found.bound:,.1f}",
        "first roster, then a dive of whole months": "",
        "roster": found.told,
    }


def main(arguments: list[str] | None = None) -> None:
    """Print dated rows for RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--limit", type=float, default=30)
    parser.add_argument("--cpu", action=argparse.BooleanOptionalAction, default=True, help="limits are CPU seconds")
    chosen = parser.parse_args(arguments or [])
    print_dated(row_of(kind, seed, chosen.limit, cpu=chosen.cpu) for kind in chosen.kinds for seed in chosen.seeds)


if __name__ == "__main__":
    main(sys.argv[1:])
