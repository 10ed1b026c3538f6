"""A planned month repaired after sickness, leave or a changed forecast."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import pandas as pd

from api.plan import Plan
from api.sentences import refusal
from api.shared_plan import divided_again
from api.tomorrow import as_worked, change_of
from optimizer.desk.activities import still_placed
from optimizer.desk.changes_ahead import why_unlawful
from optimizer.desk.repair import Repair, repair_roster
from optimizer.law.changes import covered_by, in_zone
from optimizer.law.dates import dates_of
from optimizer.law.fairness import burdens_after
from optimizer.law.people import Person, days_of_absence
from optimizer.law.situation import Situation


@dataclass(frozen=True, eq=False)
class Replanned:
    """A plan repaired, the people as they now are, and what changed."""

    plan: Plan
    people: tuple[Person, ...]
    repair: Repair


def absence(text: str) -> tuple[str, frozenset[date]]:
    """Return badge and days of an absence written `1001=2026-12-07..2026-12-09`.

    Raises
    ------
    ValueError
        If it is not written so.
    """
    badge, equals, days = text.partition("=")
    if not equals or not badge.strip():
        raise refusal("absence.text", text=text)
    return badge.strip(), days_of_absence(days, badge.strip())


def with_absences(people: Sequence[Person], absences: Iterable[tuple[str, frozenset[date]]]) -> tuple[Person, ...]:
    """Return the people with these days as leave; what was fixed on such a day no longer is.

    Raises
    ------
    ValueError
        If a badge is unknown.
    """
    away: dict[str, frozenset[date]] = {}
    for badge, days in absences:
        away[badge] = away.get(badge, frozenset()) | days
    for badge in sorted(set(away) - {person.badge for person in people}):
        raise refusal("plan.no_badge", badge=badge, count=len(people))

    def now(person: Person) -> Person:
        days = away.get(person.badge)
        if not days:
            return person
        fixed = {day: code for day, code in person.fixed_shifts.items() if day not in days}
        return replace(person, leave=person.leave | days, fixed_shifts=fixed)

    return tuple(now(person) for person in people)


def replan_month(
    plan: Plan,
    situation: Situation,
    *,
    absences: Iterable[tuple[str, frozenset[date]]] = (),
    requirement: pd.DataFrame | None = None,
    frozen_before: date | None = None,
    most_changes: int | None = None,
    repaired_at: datetime,
    seed: int = 0,
) -> Replanned:
    """Return the plan repaired with the fewest changes (`optimizer.desk.repair.repair_roster`).

    What was decided of single days (`Plan.day_changes`) stays where the day's shift stays and it is still lawful.

    absences
        Who is away on which days, on top of the leave in `situation`.
    requirement
        What is required now; None = what the plan was made for.

    Raises
    ------
    ValueError
        If a badge is unknown, a day lies outside the month, or somebody's month cannot be made lawful at all.
    """
    people = with_absences(situation.people, absences)
    need = plan.requirement if requirement is None else requirement
    repair = repair_roster(
        plan.roster,
        need,
        replace(situation, people=people),
        frozen_before=frozen_before,
        most_changes=most_changes,
        seed=seed,
    )
    now = replace(situation, people=people)
    again = replace(plan, requirement=need, roster=repair.roster, coverage=repair.coverage, promise=None)
    again = replace(again, day_changes=_still_decided(plan, again, now))
    if plan.activities is not None:
        again = replace(again, activities=still_placed(plan.activities, again.roster))
    worked = as_worked(again, now)[0]
    again = replace(
        again, coverage=covered_by(worked, repair.coverage, now, before=in_zone(repair.roster, now.timezone))
    )
    hours = plan.facts["interval_minutes"] / 60
    facts = {
        **plan.facts,
        "shortage_hours": float(again.coverage["shortage"].sum() * hours),
        "objective": repair.objective,
        "bound": None,  # that of the first plan says nothing of a repaired one
        "repaired_at": repaired_at.isoformat(timespec="seconds"),
    }
    so_far = None
    if plan.burdens is not None:
        so_far = burdens_after(plan.burdens, now, before=as_worked(plan, situation)[0], after=worked)
    return Replanned(divided_again(replace(again, facts=facts, burdens=so_far)), people, repair)


def _still_decided(plan: Plan, repaired: Plan, situation: Situation) -> pd.DataFrame | None:
    """Return the decisions about single days whose shifts the repair left alone, the hours among them lawful still."""
    if plan.day_changes is None:
        return None
    before, after = (shifts_of(one.roster) for one in (plan, repaired))
    roster, kept = in_zone(repaired.roster, situation.timezone), []
    for row in plan.day_changes.to_dict("records"):
        one = change_of(row, situation.timezone)
        same = all(before.get((one.badge, day)) == after.get((one.badge, day)) for day in one.days)
        hours = row["taken"] and not one.cells
        kept.append(same and not (hours and why_unlawful(roster, situation, one) is not None))
    decided = plan.day_changes[kept].reset_index(drop=True)
    return decided if len(decided) else None


def shifts_of(roster: pd.DataFrame) -> dict[tuple[str, date], str]:
    """Return the code of each shift, by badge and date."""
    days = zip(roster["badge"].astype(str), dates_of(roster), strict=True)
    return dict(zip(days, roster["shift"].astype(str), strict=True))
