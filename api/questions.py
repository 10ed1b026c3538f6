"""What can be asked of a planned month: who could help, what stands in the way, and what else it could be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from api.intake import named
from api.intake.toml_file import parse_toml
from api.plan import Plan
from api.sentences import refusal
from forecaster.history.periods import in_period, period_words
from optimizer.desk.cover import cover_by_overtime, people_to_call, people_who_can_stay, who_could_cover
from optimizer.law.changes import code_of
from optimizer.law.rules.fixed_shift import FIXED_SHIFT
from optimizer.law.shifts import ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.conflicts import conflicts


@dataclass(frozen=True, eq=False)
class Cover:
    """Who could lawfully work a shift, and which parts of it overtime could cover (`optimizer.desk.cover`)."""

    shift: str
    people: pd.DataFrame
    overtime: pd.DataFrame


def cover_of(
    plan: Plan, situation: Situation, day: date, *, badge: str = "", shift: str = "", role: str | None = None
) -> Cover:
    """Return who could cover a shift of a day, or that of `badge`: people of its role, or of `role`.

    Raises
    ------
    Refusal
        If neither or both are told, or the badge works no shift on that day.
    """
    if bool(badge) == bool(shift):
        raise refusal("cover.badge_or_shift")
    if badge:
        role = role or situation.person(badge).role
        shift = code_of(plan.roster, badge, day)
        if shift not in situation.catalogue:
            raise refusal("cover.no_shift", badge=badge, day=day, shift=shift)
    people = who_could_cover(plan.roster, situation, day=day, shift=shift, role=role)
    parts = cover_by_overtime(plan.roster, situation, day=day, shift=shift, role=role)
    others = (frame[frame["badge"] != badge].reset_index(drop=True) for frame in (people, parts))
    return Cover(shift, *others)


def help_at(plan: Plan, situation: Situation, at: pd.Timestamp, minutes: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return who could lawfully stay longer at a moment, and who could be called in (`optimizer.desk.cover`).

    Raises
    ------
    Refusal
        If the moment lies outside the plan's month.
    """
    at = at.tz_convert(situation.timezone)
    if not in_period(at, plan.month):
        raise refusal("plan.at_outside", at=at.isoformat(), month=period_words(plan.month))
    stay = people_who_can_stay(plan.roster, situation, at=at, minutes=minutes)
    return stay, people_to_call(plan.roster, situation, at=at, minutes=minutes)


def hindrances(
    plan: Plan, situation: Situation, *, progress: Callable[[str, str], None] = lambda phase, what: None
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return what cannot be kept together, and what relaxing each rule by one unit would buy.

    Of a month that cannot be, nothing has a price: the second is None. `progress` hears the phase, and of what.
    """
    from optimizer.desk.what_if import price_of_rules

    progress("conflicts", "")
    found = conflicts(plan.requirement, situation)
    if (found["rule"] == FIXED_SHIFT.name).any():
        return found, None
    return found, price_of_rules(plan.requirement, situation, progress=lambda what: progress("prices", what))


def compared(
    plan: Plan,
    situation: Situation,
    *,
    headcount: Sequence[int] = (),
    role: str = "inbound",
    contract_hours: Sequence[float] = (),
    shift_sets: Mapping[str, ShiftCatalogue] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> pd.DataFrame:
    """Return what the month can reach at best as it is, and with each other headcount, contract and shift set alone."""
    from optimizer.desk.what_if import contracts, headcounts, what_if

    wanted = {"as it is": situation}
    wanted |= headcounts(situation, [change for change in headcount if change], role=role)
    wanted |= contracts(situation, contract_hours, role=role)
    wanted |= {name: replace(situation, catalogue=catalogue) for name, catalogue in (shift_sets or {}).items()}
    return what_if(plan.requirement, wanted, progress=progress)


def designed(
    plan: Plan, situation: Situation, *, start_times: Sequence[int], every_minutes: int | None = None
) -> tuple[pd.DataFrame, ShiftCatalogue]:
    """Return how few start times leave how little shortage, and the shifts they were chosen from.

    These are the season's, or with `every_minutes` every kind of them at each such time of day.
    """
    from optimizer.desk.shift_design import design_shifts, shifts_every

    rules, season = situation.rules, situation.season
    if every_minutes is not None:
        season = shifts_every(season, every_minutes)
    agents = [person for person in situation.people if person.role in rules.cover_roles]
    hours = sum(min(rules.weekly_hours, person.contract_hours_per_week) for person in agents)
    return design_shifts(plan.requirement, season, hours_per_week=hours, start_times=start_times), season


def catalogues_of(shift_sets: Mapping[str, str]) -> dict[str, ShiftCatalogue]:
    """Return the shift catalogues whose files have these texts, by name.

    Raises
    ------
    InputError
        Naming the set and what in it cannot be used.
    """
    catalogues = {}
    for name, text in shift_sets.items():
        tables = parse_toml(text, source=name)
        with named(name):
            catalogues[name] = ShiftCatalogue.from_mapping(tables)
    return catalogues
