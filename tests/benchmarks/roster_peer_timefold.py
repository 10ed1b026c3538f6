"""Timefold's own program, run by path in the peers' environment as `roster_peer_programs` is, IN and OUT alike.

One entity per person and day, whose variable is a duty that is lawful for the person on that day by itself, or none;
everything between days is a hard constraint. Meals lie where the first option is, and what nights, weekends and
holidays cost beyond everybody's share is left out.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from timefold.solver import SolverFactory
from timefold.solver.config import Duration, ScoreDirectorFactoryConfig, SolverConfig, TerminationConfig
from timefold.solver.domain import (
    PlanningEntityCollectionProperty,
    PlanningId,
    PlanningScore,
    PlanningVariable,
    ValueRangeProvider,
    planning_entity,
    planning_solution,
)
from timefold.solver.score import (
    Constraint,
    ConstraintCollectors,
    ConstraintFactory,
    HardSoftScore,
    Joiners,
    constraint_provider,
)

SCALE = 4  # costs are quarters in the month's objective


@dataclass
class Place:
    """A curve of the month at a slot: what each further person there is worth, as whole numbers."""

    cost: list[int]  # of 0, 1, 2 … people beyond those who are there anyway


@dataclass
class Limit:
    """Something of a person that may be used so often (a week's days, a run's days, a run's nights) or so long."""

    most: int


@dataclass
class Duty:
    """A shift, or a standby, of one group on one day."""

    number: int
    minutes: int
    places: list[Place]
    forbids_next: list[bool]
    forbids_after_off: list[bool]
    is_night: bool


@planning_entity
@dataclass
class Cell:
    """A person on a day."""

    id: Annotated[int, PlanningId]
    person: int
    day: int
    cost: list[int]  # by duty
    hours: Limit
    counts: list[Limit]  # the week's days and the windows of days that hold this one
    nights: list[Limit]
    duties: Annotated[list[Duty], ValueRangeProvider]
    duty: Annotated[Duty | None, PlanningVariable(allows_unassigned=True)] = field(default=None)


@planning_solution
@dataclass
class Roster:
    """The month."""

    cells: Annotated[list[Cell], PlanningEntityCollectionProperty]
    score: Annotated[HardSoftScore | None, PlanningScore] = field(default=None)


def works(factory: ConstraintFactory):
    return factory.for_each(Cell)


@constraint_provider
def rules(factory: ConstraintFactory) -> list[Constraint]:
    """Return the month's rules and costs."""
    pairs = works(factory).join(
        Cell, Joiners.equal(lambda cell: cell.person), Joiners.equal(lambda cell: cell.day + 1, lambda cell: cell.day)
    )
    apart = works(factory).join(
        Cell, Joiners.equal(lambda cell: cell.person), Joiners.equal(lambda cell: cell.day + 2, lambda cell: cell.day)
    )
    return [
        pairs.filter(lambda one, other: one.duty.forbids_next[other.duty.number])
        .penalize(HardSoftScore.ONE_HARD)
        .as_constraint("rest between shifts"),
        apart.filter(lambda one, other: one.duty.forbids_after_off[other.duty.number])
        .penalize(HardSoftScore.ONE_HARD)
        .as_constraint("rest over a day off"),
        works(factory)
        .group_by(lambda cell: cell.hours, ConstraintCollectors.sum(lambda cell: cell.duty.minutes))
        .filter(lambda limit, minutes: minutes > limit.most)
        .penalize(HardSoftScore.ONE_HARD, lambda limit, minutes: (minutes - limit.most + 59) // 60)
        .as_constraint("weekly hours"),
        works(factory)
        .flatten_last(lambda cell: cell.counts)
        .group_by(lambda limit: limit, ConstraintCollectors.count())
        .filter(lambda limit, count: count > limit.most)
        .penalize(HardSoftScore.ONE_HARD, lambda limit, count: count - limit.most)
        .as_constraint("days in a week and in a row"),
        works(factory)
        .filter(lambda cell: cell.duty.is_night)
        .flatten_last(lambda cell: cell.nights)
        .group_by(lambda limit: limit, ConstraintCollectors.count())
        .filter(lambda limit, count: count > limit.most)
        .penalize(HardSoftScore.ONE_HARD, lambda limit, count: count - limit.most)
        .as_constraint("nights in a row"),
        works(factory)
        .flatten_last(lambda cell: cell.duty.places)
        .group_by(lambda place: place, ConstraintCollectors.count())
        .impact(
            HardSoftScore.ONE_SOFT, lambda place, count: place.cost[0] - place.cost[min(count, len(place.cost) - 1)]
        )
        .as_constraint("seats"),
        works(factory)
        .impact(HardSoftScore.ONE_SOFT, lambda cell: -cell.cost[cell.duty.number])
        .as_constraint("wishes and the like"),
    ]


def places_of(a: dict[str, np.ndarray]) -> list[list[Place]]:
    """Return the month's curves by slot."""
    people, (curves, slots) = a["person_cost"].shape[0], a["base"].shape
    found = []
    for c in range(curves):
        row = []
        for slot in range(slots):
            edges = [0, *a["breaks"][c, slot].tolist(), people]
            each = np.repeat(a["slopes"][c, slot], np.maximum(np.diff(np.minimum(edges, people)), 0))
            cost = np.concatenate([[0.0], np.cumsum(each)])[int(a["base"][c, slot]) :]
            row.append(Place([round(SCALE * float(value)) for value in cost]))
        found.append(row)
    return found


def duties_of(a: dict[str, np.ndarray], places: list[list[Place]], group: int, day: int) -> list[Duty]:
    """Return every duty as it is for one group on one day."""
    found = []
    for s in range(a["person_cost"].shape[2] - 1):
        standby = s >= int(a["first_standby"])
        curves = [int(a["standby_curve"])] if standby else np.flatnonzero(a["counts"][group]).tolist()
        begin, end = int(a["start_slot"][day, s]), min(int(a["end_slot"][day, s]), int(a["slots"]))
        there = list(range(begin, end))
        if a["meal_slots"][s]:
            meal = begin + int(a["meal_offset"][int(a["meal_first"][s])])
            there = [slot for slot in there if not meal <= slot < meal + int(a["meal_slots"][s])]
        follows, later = a["next_day"][s], a["after_off"][s]
        found.append(
            Duty(
                s, int(a["minutes"][s]), [places[c][slot] for c in curves for slot in there],
                [not bool(one) for one in follows], [not bool(one) for one in later], bool(a["night"][s]),
            )
        )  # fmt: skip
    return found


def cells_of(a: dict[str, np.ndarray]) -> list[Cell]:
    """Return every person on every day, with what is lawful there by itself."""
    people, days = a["person_cost"].shape[:2]
    groups, places = a["counts"].shape[0], places_of(a)
    duties = [[duties_of(a, places, group, day) for day in range(days)] for group in range(groups)]
    weeks = a["week_of_day"].astype(int)
    found = []
    for p in range(people):
        hours = [Limit(int(most)) for most in a["week_cap"][p]]
        in_week = [Limit(int(most)) for most in a["week_days"][p]]
        windows = {
            kind: [(first, Limit(most)) for first in range(days - most)]
            for kind, most in (("days", int(a["in_a_row"])), ("nights", int(a["nights"])))
        }
        for d in range(days):
            cost, group = a["person_cost"][p, d], int(a["group_of"][p])
            held = {
                kind: [one for first, one in list_ if first <= d <= first + one.most] for kind, list_ in windows.items()
            }
            beyond = np.where(np.isfinite(cost[:-1]), cost[:-1] - cost[-1], 0.0)
            found.append(
                Cell(
                    p * days + d, p, d, [round(SCALE * float(value)) for value in beyond], hours[weeks[d]],
                    [in_week[weeks[d]], *held["days"]], held["nights"],
                    [one for one in duties[group][d] if np.isfinite(cost[one.number])],
                )
            )  # fmt: skip
    return found


def timefold(a: dict[str, np.ndarray], seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Return what Timefold's default search finds."""
    config = SolverConfig(
        solution_class=Roster,
        entity_class_list=[Cell],
        score_director_factory_config=ScoreDirectorFactoryConfig(constraint_provider_function=rules),
        termination_config=TerminationConfig(spent_limit=Duration(seconds=int(seconds))),
    )
    found = SolverFactory.create(config).build_solver().solve(Roster(cells_of(a)))
    print("timefold", found.score)
    tour = np.full(a["person_cost"].shape[:2], -1)
    for cell in found.cells:
        if cell.duty is not None:
            tour[cell.person, cell.day] = cell.duty.number
    return tour, np.zeros_like(tour)


if __name__ == "__main__":
    _, source, into, seconds = sys.argv[1:5]
    tours, meals = timefold(dict(np.load(source)), float(seconds))
    np.savez(into, tour=tours, meal=meals)
