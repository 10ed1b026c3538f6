"""What a change would buy: the price of each rule, other headcounts, contracts and shift sets, and who is in conflict.

Every answer compares proven bounds of the relaxation: the least weighted cost, and the shortage at its optimum, that
any lawful roster can have. No search runs, so an answer takes seconds at any headcount. What giving in would buy begins
with the answer for the rules as they are: where it opens nobody a month that is cheaper at its prices, it buys nothing
(such a month would not enter the program of whole months, Dantzig & Wolfe 1960), and no relaxation is solved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from forecaster.messages import Words
from forecaster.names import called
from optimizer.law.comforts import COMFORTS
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.bound import Relaxation, relaxation
from optimizer.search.priced_bound import priced_bound
from optimizer.search.problem import Month, month_problem
from optimizer.search.sweeps import scratch_of
from optimizer.sentences import refusal, say

_TOLERANCE = 1e-5  # of the bound at prices, whose months are compared in single precision
_GOOD = 0.99  # of the relaxation's bound: prices whose own bound is lower do not tell


def what_if(
    requirement: pd.DataFrame,
    scenarios: Mapping[str, Situation],
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> pd.DataFrame:
    """Return what each scenario can reach at best of what is required, one row each, in the order given.

    Columns: `scenario, people, contract_hours` (a week, all together), `demand_hours, bound` (weighted, in surplus
    seat-hours), `shortage_hours` and `surplus_hours` (at the relaxation's optimum). Scenarios that leave the same
    program are solved once.
    """
    rows = []
    solved: dict[bytes, Relaxation] = {}
    for number, (name, situation) in enumerate(scenarios.items(), start=1):
        progress(f"{number} of {len(scenarios)}: {name}")
        problem = month_problem(requirement, situation)
        rows.append((name, *_reached(problem, relaxation(problem, solved=solved))))
    columns = ["scenario", "people", "contract_hours", "demand_hours", "bound", "shortage_hours", "surplus_hours"]
    return pd.DataFrame(rows, columns=columns)


def _reached(problem: Month, best: Relaxation) -> tuple[float, ...]:
    """Return what a month can reach at best: the columns of `what_if` but for the scenario's name."""
    need, enough, present = problem.seats_required, problem.curves[0].enough, best.present[0]
    hours, people = problem.slot_hours, problem.people
    return (
        len(people), sum(p.contract_hours_per_week for p in people),
        float(need.sum() * hours), best.bound, float(np.clip(need - present, 0, None).sum() * hours),
        float(np.clip(present - enough, 0, None).sum() * hours),
    )  # fmt: skip


def headcounts(situation: Situation, added: Sequence[int], *, role: str = "inbound") -> dict[str, Situation]:
    """Return scenarios with people of `role` added (rested, full time, every shift) or, if negative, left out.

    Raises
    ------
    ValueError
        If more people would be left out than there are.
    """
    result = {}
    of_role = [p for p in situation.people if p.role == role]
    for change in added:
        if -change > len(of_role):
            raise refusal("headcount.too_few", people=-change, there=len(of_role), role=called(role))
        if change >= 0:
            extra = tuple(Person(f"new {n + 1}", role, _skills(of_role, n)) for n in range(change))
            people = (*situation.people, *extra)
        else:
            gone = {p.badge for p in of_role[change:]}
            people = tuple(p for p in situation.people if p.badge not in gone)
        result[f"{role} {change:+d}"] = replace(situation, people=people)
    return result


def contracts(situation: Situation, hours_per_week: Sequence[float], *, role: str = "inbound") -> dict[str, Situation]:
    """Return scenarios in which everybody of `role` has a contract of so many hours a week.

    The paid hours of the role change with it: this asks for other contracts, not for other people.
    """
    return {
        f"{hours:g} h contracts": replace(
            situation,
            people=tuple(replace(p, contract_hours_per_week=hours) if p.role == role else p for p in situation.people),
        )
        for hours in hours_per_week
    }


def _skills(of_role: Sequence[Person], number: int) -> frozenset[str]:
    return of_role[number % len(of_role)].skills if of_role else frozenset()


def _facts(situation: Situation) -> tuple[RosterRules, tuple[Person, ...], ShiftCatalogue]:
    return situation.rules, tuple(situation.people), situation.catalogue


def price_of_rules(
    requirement: pd.DataFrame, situation: Situation, *, progress: Callable[[str], None] = lambda _: None
) -> pd.DataFrame:
    """Return what relaxing each rule by one unit would buy, dearest first, with people, leave and contracts beside.

    Columns: `rule, change, change_zh, bound, gain` (how much lower the proven cost is, in surplus seat-hours) and
    `shortage_hours_less`. A rule that touches nobody here is left out, and one that leaves the program as it is costs
    no solving; `one_more_person` is one rested full-time person of a role that answers calls.
    """
    situation = _as_relaxed(situation)
    given_in = _given_in(situation)
    progress(f"1 of {len(given_in) + 1}: ")
    base = _Priced(month_problem(requirement, situation))
    rows = []
    for number, (name, (change, relaxed)) in enumerate(given_in.items(), start=2):
        progress(f"{number} of {len(given_in) + 1}: {name}")
        bound, less = base.reached_by(month_problem(requirement, relaxed))
        gain = max(0.0, base.bound - bound)  # giving in never costs: below 0 it is the program's tolerance
        rows.append((name, change.en, change.zh, bound, gain, less))
    frame = pd.DataFrame(rows, columns=["rule", "change", "change_zh", "bound", "gain", "shortage_hours_less"])
    return frame.sort_values("gain", ascending=False, ignore_index=True)


def _given_in(situation: Situation) -> dict[str, tuple[Words, Situation]]:
    """Return in words what giving in by one unit is, and the situation then, of every rule that it changes."""
    found = {}
    for rule in situation.rules.binding:
        if rule.gives is not None and rule.given_in is not None:
            relaxed = rule.gives(situation)
            if _facts(relaxed) != _facts(situation):
                found[rule.name] = rule.given_in, relaxed
    role = situation.rules.cover_roles[0]
    more = headcounts(situation, [1], role=role)[f"{role} +1"]
    return {**found, "one_more_person": (say("price.one_more", role=called(role)), more)}


class _Priced:
    """A month with its relaxation, by which others are judged that differ by what one rule says."""

    def __init__(self, month: Month) -> None:
        self.month, self.solved = month, dict[bytes, Relaxation]()
        self.best = relaxation(month, solved=self.solved)
        self.bound, self.shortage_hours = self.best.bound, _reached(month, self.best)[4]
        self.bound_at_prices = priced_bound(month, self.best.prices, scratch_of(month))

    def reached_by(self, relaxed: Month) -> tuple[float, float]:
        """Return the bound of a relaxed month, and how many seat-hours less are short at its optimum."""
        if self.is_none_cheaper(relaxed):
            return self.bound, 0.0
        best = relaxation(relaxed, solved=self.solved)
        return best.bound, self.shortage_hours - _reached(relaxed, best)[4]

    def is_none_cheaper(self, relaxed: Month) -> bool:
        """Return whether, at the month's prices, the relaxed one opens nobody anything cheaper: then nothing is bought.

        What the bound at prices leaves aside, hours of a month and fair shares, must be as it was, and the prices good.
        """
        mine = self.month
        left_aside = ("month_cap", "month_floor", "allowance", "burden_weight")
        same_shape = len(mine.people) == len(relaxed.people) and relaxed.base.shape == mine.base.shape
        if not same_shape or not all(np.array_equal(getattr(mine, a), getattr(relaxed, a)) for a in left_aside):
            return False
        if self.bound_at_prices < _GOOD * self.bound:
            return False
        at_prices = priced_bound(relaxed, self.best.prices, scratch_of(relaxed))
        return at_prices >= self.bound_at_prices - _TOLERANCE * abs(self.bound_at_prices)


def _as_relaxed(situation: Situation) -> Situation:
    """Return the situation with only those soft rules on people's months that the relaxation knows."""
    rules = situation.rules
    known = {name: rules.comfort_weight(name) * (one.about == "shifts") for name, one in COMFORTS.items()}
    return replace(situation, rules=replace(rules, comfort=known))
