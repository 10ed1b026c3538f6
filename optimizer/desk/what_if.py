"""What a change would buy: the price of each rule, other headcounts, contracts and shift sets, and who is in conflict.

Every answer compares proven bounds of the relaxation: the least weighted cost, and the shortage at its optimum, that
any lawful roster can have. No search runs, so an answer takes seconds at any headcount.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from forecaster.messages import NOTHING
from forecaster.names import called
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.bound import Relaxation, relaxation
from optimizer.search.problem import month_problem
from optimizer.sentences import refusal, say


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
        best = relaxation(problem, solved=solved)
        need, enough, present = problem.seats_required, problem.curves[0].enough, best.present[0]
        hours = problem.slot_hours
        rows.append(
            (
                name, len(situation.people), sum(p.contract_hours_per_week for p in situation.people),
                float(need.sum() * hours), best.bound, float(np.clip(need - present, 0, None).sum() * hours),
                float(np.clip(present - enough, 0, None).sum() * hours),
            )
        )  # fmt: skip
    columns = ["scenario", "people", "contract_hours", "demand_hours", "bound", "shortage_hours", "surplus_hours"]
    return pd.DataFrame(rows, columns=columns)


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
    scenarios = {"": situation}
    changes = {"": NOTHING}
    for rule in situation.rules.binding:
        if rule.gives is not None and rule.given_in is not None:
            relaxed = rule.gives(situation)
            if _facts(relaxed) != _facts(situation):
                scenarios[rule.name], changes[rule.name] = relaxed, rule.given_in
    role = situation.rules.cover_roles[0]
    scenarios["one_more_person"] = headcounts(situation, [1], role=role)[f"{role} +1"]
    changes["one_more_person"] = say("price.one_more", role=called(role))
    table = what_if(requirement, scenarios, progress=progress).set_index("scenario")
    base = table.loc[""]
    rows = []
    for name, change in changes.items():
        if name:
            row = table.loc[name]
            less = base["shortage_hours"] - row["shortage_hours"]
            gain = max(
                0.0, base["bound"] - row["bound"]
            )  # giving in never costs: below 0 it is the program's tolerance
            rows.append((name, change.en, change.zh, row["bound"], gain, less))
    frame = pd.DataFrame(rows, columns=["rule", "change", "change_zh", "bound", "gain", "shortage_hours_less"])
    return frame.sort_values("gain", ascending=False, ignore_index=True)
