"""What cannot be kept together: the people, leave, fixed days and rules that stand against a hard rule, in words.

A conflict here is irreducible: with any one of its items left out, the others can be kept together. It is found by
QuickXplain (Junker 2004, "QuickXplain: preferred explanations and relaxations for over-constrained problems").
There can be others besides: when one is settled, ask again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

import numpy as np
import pandas as pd

from forecaster.history.periods import days_of_period, first_day
from forecaster.messages import NOTHING, Words
from forecaster.names import called
from optimizer.law.changes import Cell, with_cells
from optimizer.law.dates import runs_of
from optimizer.law.lawfulness import ROSTER_COLUMNS, broken_by, broken_together
from optimizer.law.people import Person
from optimizer.law.rule_words import TERMS, rule_named
from optimizer.law.rules import Rule
from optimizer.law.rules.fixed_shift import FIXED_SHIFT
from optimizer.law.rules.holiday_standby import HOLIDAY_STANDBY
from optimizer.law.rules.ladder_material import LADDER_MATERIAL
from optimizer.law.rules.seat_limit import SEAT_LIMIT
from optimizer.law.seat_columns import SKILL_PREFIX, wanted_column
from optimizer.law.shifts import DAY_OFF, STANDBY, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.problem import month_problem
from optimizer.search.roster_frames import roster_frame
from optimizer.search.skill_cover import skills_asked
from optimizer.search.sweeps import empty_plan, no_costs, people_present, scratch_of, sweep
from optimizer.sentences import refusal, say

CONFLICT_COLUMNS = ("about", "rule", "items", "message", "message_zh")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Item:
    """One thing that can be set aside: `rule`, or somebody's `leave`, `fixed_shift` or `carry_in`."""

    kind: str
    what: str = ""
    badge: str = ""
    day: date | None = None
    label: Words = NOTHING

    def words(self) -> Words:
        """Return the item in words."""
        if self.kind == "rule":
            return say("item.rule", rule=Words(self.label.zh, f"{self.what} ({self.label.en})"))
        if self.kind == "leave":
            return say("item.leave", badge=self.badge, days=self.what)
        if self.kind == "fixed_shift":
            return say("item.fixed_shift", badge=self.badge, day=self.day, code=called(self.what, TERMS))
        return say("item.carry_in", badge=self.badge)


def irreducible(items: Sequence[_T], in_conflict: Callable[[Sequence[_T]], bool]) -> list[_T]:
    """Return items that are in conflict together, and with any one left out are not; empty if all are not.

    `in_conflict` says it of any selection; more items never resolve a conflict. Earlier items are kept for preference.
    """
    if not items or not in_conflict(items):
        return []

    def among(background: list[_T], added: bool, candidates: list[_T]) -> list[_T]:
        if added and in_conflict(background):
            return []
        if len(candidates) == 1:
            return candidates
        half = len(candidates) // 2
        first, second = candidates[:half], candidates[half:]
        of_second = among(background + first, True, second)
        of_first = among(background + of_second, bool(of_second), first)
        return of_first + of_second

    if in_conflict([]):
        return []
    return among([], False, list(items))


def conflicts(requirement: pd.DataFrame, situation: Situation) -> pd.DataFrame:
    """Return every hard rule that the people at hand cannot keep, with an irreducible set of what stands in its way.

    Columns: `about` (a badge, a role, `standby`, `skill …` or `seats`), `rule`, `items` (in words, separated by `; `),
    `message` and `message_zh`. What it says of minimums on site, standby and skills is proven by a relaxation; that
    somebody's month is impossible, by looking at every lawful month.
    """
    rows = [
        *_seats(requirement, situation),
        *(
            _row(person.badge, FIXED_SHIFT.name, conflict_of_person(requirement, situation, person))
            for person in people_without_a_lawful_month(requirement, situation)
        ),
    ]
    for about, rule in _minimums(requirement, situation):
        if (found := smallest_conflict(requirement, situation, about)) is not None:
            rows.append(_row(about, rule, found))
    return pd.DataFrame(rows, columns=list(CONFLICT_COLUMNS))


def broken_by_fixed_shifts(situation: Situation) -> pd.DataFrame:
    """Return the rules that somebody's fixed shifts break by themselves, as `broken_rules`, whatever else is planned.

    Raises
    ------
    ValueError
        Naming badge, day and code of a shift that is not of the month.
    """
    season = situation.season
    cells = []
    for person in situation.people:
        for day, code in sorted(person.fixed_shifts.items()):
            if code not in season and code not in (DAY_OFF, STANDBY):
                raise refusal("person.no_such_shift", badge=person.badge, code=code, day=day, what=say("shift.fixed"))
            cells.append(Cell(person.badge, day, code))
    roster = with_cells(pd.DataFrame(columns=list(ROSTER_COLUMNS)), situation, cells)
    own = broken_by(roster, situation, {cell.badge for cell in cells})
    mended = [rule.name for rule in situation.rules.binding if rule.mendable]  # by the rest of the month
    own = own[~own["rule"].isin(mended).to_numpy(dtype=bool)]
    together = broken_together(roster, situation)
    parts = [part for part in (own, together[(together["rule"] == SEAT_LIMIT.name).to_numpy(dtype=bool)]) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else own


def _row(about: str, rule: str, items: Sequence[Item]) -> tuple[str, str, str, str, str]:
    message = sentence(about, rule, items)
    return about, rule, "; ".join(item.words().en for item in items), message.en, message.zh


def sentence(about: str, rule: str, items: Sequence[Item]) -> Words:
    """Return in words that `items` keep what `about` and `rule` ask for from being reached."""
    if rule == FIXED_SHIFT.name:
        what = say("conflict.no_month", badge=about)
    else:
        what = say("conflict.rule", rule=rule_named(rule), about=called(about, TERMS))
    if not items:
        return say("conflict.too_few", what=what)
    *listed, last = (item.words() for item in items)
    if not listed:
        return say("conflict.one", what=what, item=last)
    return say("conflict.several", what=what, items=listed, last=last)


def _seats(requirement: pd.DataFrame, situation: Situation) -> list[tuple[str, str, str, str, str]]:
    limit = situation.rules.seat_limit
    need = requirement[wanted_column(requirement)]
    if limit is None or not (need > limit).any():
        return []
    over, worst = int((need > limit).sum()), pd.DatetimeIndex(need.index)[int(need.to_numpy().argmax())]
    said = say(
        "conflict.seats", rule=rule_named(SEAT_LIMIT.name), over=over, limit=limit, most=float(need.max()), at=worst
    )
    return [("seats", SEAT_LIMIT.name, f"{limit} seats", said.en, said.zh)]


def people_without_a_lawful_month(requirement: pd.DataFrame, situation: Situation) -> list[Person]:
    """Return the people whose fixed days, leave, limits and last month leave no lawful month at all."""
    found = _without_a_month(requirement, situation)
    return [person for person in situation.people if person.badge in found]


def conflict_of_person(requirement: pd.DataFrame, situation: Situation, person: Person) -> list[Item]:
    """Return an irreducible set of a person's fixed days, leave, last shifts and rules that cannot be kept together."""
    badge = person.badge
    away = [Item("leave", _span(run), badge, run[0]) for run in runs_of(person.leave)]
    fixed = [Item("fixed_shift", code, badge, day) for day, code in sorted(person.fixed_shifts.items())]
    carried = situation.carry_in is not None and (situation.carry_in["badge"].astype(str) == badge).any()
    items = [*_rules(situation), *([Item("carry_in", badge=badge)] if carried else []), *away, *fixed]

    def in_conflict(kept: Sequence[Item]) -> bool:
        return bool(_without_a_month(requirement, _with_only(situation, person, kept)))

    return irreducible(items, in_conflict)


def _rules(situation: Situation) -> list[Item]:
    return [Item("rule", rule.name, label=rule.label) for rule in _that_stand_aside(situation)]


def _that_stand_aside(situation: Situation) -> list[Rule]:
    return sorted((rule for rule in situation.rules.binding if rule.set_aside is not None), key=lambda rule: rule.rank)


def _with_only(situation: Situation, person: Person, kept: Sequence[Item]) -> Situation:
    days = {item.day: item.what for item in kept if item.kind == "fixed_shift" and item.day is not None}
    carry_in = situation.carry_in if any(item.kind == "carry_in" for item in kept) else None
    begins = {item.day for item in kept if item.kind == "leave"}
    leave = frozenset(day for run in runs_of(person.leave) if run[0] in begins for day in run)
    now = replace(person, fixed_shifts=days, leave=leave)
    return _without_rules(replace(situation, people=(now,), carry_in=carry_in), kept)


def _without_rules(situation: Situation, kept: Iterable[Item]) -> Situation:
    """Return the situation with every rule set aside that is not among `kept`."""
    names = {item.what for item in kept if item.kind == "rule"}
    for rule in _that_stand_aside(situation):
        if rule.name not in names and rule.set_aside is not None:
            situation = rule.set_aside(situation)
    return situation


def _without_a_month(requirement: pd.DataFrame, situation: Situation) -> set[str]:
    """Return the badges of whom no lawful month is found: each one's cheapest one is lawful, or none is."""
    people = situation.people
    if not people:
        return set()
    try:
        month = month_problem(requirement, situation)
    except ValueError:  # a fixed shift that one of them may not work at all
        if len(people) == 1:
            return {people[0].badge}
        half = len(people) // 2
        halves = (replace(situation, people=part) for part in (people[:half], people[half:]))
        return set().union(*(_without_a_month(requirement, part) for part in halves))
    plan = empty_plan(month)
    order = np.arange(len(people))
    sweep(month, plan, people_present(month, plan), no_costs(month), order, scratch_of(month))
    return set(broken_by(roster_frame(month, plan), situation, [p.badge for p in people])["badge"])


def _minimums(requirement: pd.DataFrame, situation: Situation) -> list[tuple[str, str]]:
    """Return what has a hard minimum: (about, rule)."""
    rules = situation.rules
    employed = {person.role for person in situation.people}
    roles = {role for minimum in (rules.on_site_day, rules.on_site_night) for role, least in minimum.items() if least}
    found = [(role, LADDER_MATERIAL.name) for role in sorted(roles & employed - set(rules.cover_roles))]
    days = days_of_period(situation.month)
    if rules.standby_minimum and any(situation.calendar.day_type(day) == "holiday" for day in days):
        found.append((STANDBY, HOLIDAY_STANDBY.name))
    skills = sorted(next(iter(one)) for one in skills_asked(requirement.columns) if len(one) == 1)
    return found + [(f"skill {skill}", "skill") for skill in skills]


def smallest_conflict(requirement: pd.DataFrame, situation: Situation, about: str) -> list[Item] | None:
    """Return an irreducible set of leave, fixed days and rules against which a minimum is not reached; None = it is.

    about
        A role, `standby`, or `skill …`. An empty list: there are too few people whatever is set aside.
    """
    need, alone = _need_alone(requirement, about), _alone(situation, about)
    short = _short_days(need, alone, about)
    if not short:
        return None
    near = {day + timedelta(days=n) for day in short for n in (-1, 0, 1)}
    items = [
        *_rules(situation),
        *(
            Item("fixed_shift", code, p.badge, day)
            for p in alone.people
            for day, code in sorted(p.fixed_shifts.items())
            if day in near
        ),
        *(Item("leave", _span(p.leave & near), p.badge) for p in alone.people if p.leave & near),
    ]

    def in_conflict(kept: Sequence[Item]) -> bool:
        away = {item.badge for item in kept if item.kind == "leave"}
        fixed = {(item.badge, item.day) for item in kept if item.kind == "fixed_shift"}
        people = tuple(
            replace(
                p,
                leave=p.leave if p.badge in away else p.leave - near,
                fixed_shifts={d: c for d, c in p.fixed_shifts.items() if d not in near or (p.badge, d) in fixed},
            )
            for p in alone.people
        )
        return bool(_short_days(need, _without_rules(replace(alone, people=people), kept), about))

    return irreducible(items, in_conflict)


def _span(days: Iterable[date]) -> str:
    return ", ".join(f"{run[0]}..{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs_of(days))


def _need_alone(requirement: pd.DataFrame, about: str) -> pd.DataFrame:
    """Return the requirement of `about` and of nothing else."""
    own = SKILL_PREFIX + about.removeprefix("skill ")
    kept = [column for column in requirement if not str(column).startswith(SKILL_PREFIX) or column == own]
    return requirement[kept].assign(**dict.fromkeys({"seats_required", "people_to_roster"} & set(kept), 0))


def _alone(situation: Situation, about: str) -> Situation:
    """Return the situation of those who can serve `about`, with no other work asked of them."""
    rules = situation.rules
    catalogue = situation.catalogue
    if about == STANDBY:
        people = tuple(p for p in situation.people if p.role in rules.cover_roles)
        named = {code for p in people for code in (*p.fixed_shifts.values(), *p.wishes.values())} - {DAY_OFF}
        season = situation.season
        catalogue = ShiftCatalogue(tuple(s for n, s in enumerate(season) if n == 0 or s.code in named))
    elif about.startswith("skill "):
        people = tuple(
            p for p in situation.people if p.role in rules.cover_roles and about.removeprefix("skill ") in p.skills
        )
    else:
        people = tuple(p for p in situation.people if p.role == about)
    if about != STANDBY:
        rules = replace(rules, standby_minimum=0, standby_target=0)
    rules = replace(rules, reserve_seats=0, reserve_share=0.0)
    return replace(situation, people=people, catalogue=catalogue, rules=rules)


def _short_days(requirement: pd.DataFrame, situation: Situation, about: str) -> set[date]:
    """Return the days on which the minimum is not reached even by the relaxation."""
    from optimizer.search.bound import relaxation

    if not situation.people:
        return {first_day(situation.month)}
    try:
        problem = month_problem(requirement, situation)
    except ValueError:  # a fixed shift that somebody may not work: told of the person
        return set()
    present = relaxation(problem).present
    day = np.arange(problem.slot_count) * problem.slot_minutes // 1440
    for c, curve in enumerate(problem.curves):
        if curve.name == about:
            short = present[c] < curve.breaks[:, 0] - 1e-3
            return {problem.days[min(n, len(problem.days) - 1)] for n in np.unique(day[short]).tolist()}
    return set()
