"""Repairing a published roster with the fewest changes: sickness, leave, a changed forecast."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from forecaster.messages import Refusal
from optimizer.law.shifts import DAY_OFF, LEAVE
from optimizer.law.situation import Situation
from optimizer.search.annealing import why_impossible
from optimizer.search.led_months import LedMonths
from optimizer.search.problem import Month, month_problem
from optimizer.search.roster_frames import coverage_frame, plan_of, roster_frame
from optimizer.search.sweeps import (
    UNLESS_WORSE,
    Tours,
    cost_tables,
    lay_all_breaks,
    no_costs,
    people_present,
    plan_cost,
    scratch_of,
    sweep,
)

# of a changed day, in surplus seat-hours: from where nothing pays to where everything does, halving or so
_PRICES = (400.0, 200.0, 100.0, 60.0, 40.0, 25.0, 15.0, 10.0, 6.0, 4.0, 2.0, 1.0, 0.5)
_TOLERABLE = 1e5  # a frozen day is worth this much: only what cannot stay is given up


@dataclass(frozen=True, eq=False)
class Repair:
    """A repaired roster.

    changes
        `badge, date, before, after`: every day that differs; `off` is a day off, `leave` one of leave.
    needed
        How many of the changes the law or the new leave forces; the others buy coverage.
    objective_before, objective
        The weighted cost with the forced changes alone, and after the repair.
    """

    roster: pd.DataFrame
    coverage: pd.DataFrame
    changes: pd.DataFrame
    needed: int
    objective_before: float
    objective: float


def repair_roster(
    roster: pd.DataFrame,
    requirement: pd.DataFrame,
    situation: Situation,
    *,
    frozen_before: date | None = None,
    most_changes: int | None = None,
    seed: int = 0,
) -> Repair:
    """Return the roster repaired for what `requirement` and `situation` say now, with as few changed days as pay.

    frozen_before
        Days before this date stay as they are, whatever they cost; only new leave is taken out.
    most_changes
        Most days that may differ beyond the forced ones; None = as many as buy more than they upset. The forced ones
        are the fewest by which each person's month becomes lawful again.

    Raises
    ------
    ValueError
        If somebody's month cannot be made lawful at all, naming the person.
    """
    problem = month_problem(requirement, situation)
    published = plan_of(problem, roster)
    repairer = _Repairer(problem, published, frozen_before, seed)
    forced = repairer.forced()
    needed = _differences(forced, published)
    best = forced
    for price in _PRICES:
        candidate = repairer.improved(forced, price)
        extra = _differences(candidate, published) - needed
        if most_changes is not None and extra > most_changes:
            break
        if plan_cost(problem, candidate) <= plan_cost(problem, best) + 1e-9:
            best = candidate
        if most_changes is None and price <= situation.rules.weights.shortage:
            break
    if most_changes is not None:
        best = repairer.fill_up(best, most_changes + needed)
    return Repair(
        roster=roster_frame(problem, best),
        coverage=coverage_frame(problem, best, requirement),
        changes=_changes(problem, published, best),
        needed=needed,
        objective_before=plan_cost(problem, forced),
        objective=plan_cost(problem, best),
    )


class _Repairer:
    def __init__(self, month: Month, published: Tours, frozen_before: date | None, seed: int) -> None:
        self.month, self.published, self.tables = month, published, cost_tables(month)
        lay_all_breaks(month, published, self.tables, all_of_them=False)
        self.random = np.random.default_rng(seed)
        self.scratch = scratch_of(month)
        self.everybody = np.arange(len(month.people))
        self.frozen = np.array([frozen_before is not None and day < frozen_before for day in month.days])
        self.differs = np.ones(month.person_cost.shape, dtype=np.float32)
        p, d = np.indices(published.tour.shape)
        self.differs[p, d, published.tour] = 0.0
        if self.frozen.any():  # a person who was there has been there: the past is not asked whether it was lawful
            self.differs[:, self.frozen] *= _TOLERABLE

    def priced(self, price: float) -> Month:
        """Return the month in which every day that differs from the published one costs `price`."""
        return replace(self.month, person_cost=self.month.person_cost + np.float32(price) * self.differs)

    def forced(self) -> Tours:
        """Return the published plan with each person's month made lawful by the fewest changes."""
        month = self.priced(1000.0)
        plan = self.published.copy()
        present = people_present(month, plan)
        sweep(month, plan, present, no_costs(month), self.everybody, self.scratch)
        p, d = np.indices(plan.tour.shape)
        impossible = np.isinf(month.person_cost[p, d, plan.tour])
        if impossible.any():
            raise Refusal(why_impossible(self.month, int(np.argwhere(impossible)[0][0])))
        same = plan.tour == self.published.tour
        plan.meal[same] = self.published.meal[same]
        plan.breaks[same] = self.published.breaks[same]
        return plan

    def improved(self, start: Tours, price: float) -> Tours:
        """Return `start` after exact sweeps in which each changed day costs `price`."""
        led, plan = LedMonths(self.priced(price)), start.copy()
        present = people_present(self.month, plan)
        for _ in range(6):
            changed = 0
            for part in led.parts(self.random.permutation(self.everybody)):
                led.look(plan.tour)
                changed += sweep(led.now, plan, present, self.tables, part, self.scratch, UNLESS_WORSE)
            if not changed:
                break
        return plan

    def fill_up(self, plan: Tours, most: int) -> Tours:
        """Let one person after another improve as long as the changes stay within `most`."""
        for price in _PRICES:
            led = LedMonths(self.priced(price))
            present = people_present(self.month, plan)
            for p in self.random.permutation(self.everybody):
                trial = plan.copy()
                trial_present = present.copy()
                one = np.array([p])
                led.look(trial.tour)
                if not sweep(led.now, trial, trial_present, self.tables, one, self.scratch, UNLESS_WORSE):
                    continue
                if _differences(trial, self.published) <= most:
                    plan, present = trial, trial_present
        return plan


def _differences(plan: Tours, published: Tours) -> int:
    return int((plan.tour != published.tour).sum())


def _changes(month: Month, before: Tours, after: Tours) -> pd.DataFrame:
    codes = [*(duty.code for duty in month.duties), DAY_OFF]
    rows = []
    for p, d in np.argwhere(before.tour != after.tour).tolist():
        person, day = month.people[p], month.days[d]
        now = LEAVE if day in person.leave else codes[after.tour[p, d]]
        rows.append((person.badge, day, codes[before.tour[p, d]], now))
    return pd.DataFrame(rows, columns=["badge", "date", "before", "after"])
