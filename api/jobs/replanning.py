"""Long work on a plan that is made, by the name of its job: repair, what stands in the way, what else could be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine

from api.jobs.queue import Job, Report, Work
from api.planner.drafts import change_settings, copied_draft
from api.planner.kept import keep_plan
from api.planner.roster import Roster, roster_of
from api.planner.views import told_rows
from api.replanning import catalogues_of, replan_month, scenarios_of
from forecaster.messages import Words
from optimizer.desk.shift_design import design_shifts, shifts_every
from optimizer.desk.what_if import price_of_rules, what_if
from optimizer.law.people import absence_of, days_of_text
from optimizer.law.rule_words import RULES
from optimizer.search.conflicts import conflicts


def replan(engine: Engine, job: Job, report: Report) -> dict[str, Any]:
    """Repair the roster with the fewest changes; what is published stays, and the repair is a draft of its own."""
    held = roster_of(engine, job.subject)
    report({"phase": "repairing"})
    away = [(str(one["badge"]), str(one["days"])) for one in job.arguments.get("away", [])]
    frozen = job.arguments.get("frozen_before")
    made = replan_month(
        held.plan,
        held.situation,
        absences=[(badge, frozenset(days_of_text(days, absence_of(badge)))) for badge, days in away],
        frozen_before=None if frozen is None else date.fromisoformat(str(frozen)),
        most_changes=job.arguments.get("most_changes"),
        repaired_at=datetime.now(UTC),
        seed=int(job.arguments.get("seed", 0)),
    )
    report.check()
    draft = held.draft
    if draft.published_at is not None:
        draft = copied_draft(engine, draft, actor=job.actor)
    known = list(draft.settings.get("absences") or [])
    change_settings(engine, draft.plan_id, {"absences": [*known, *([badge, days] for badge, days in away)]})
    keep_plan(engine, draft, made.plan)
    return {
        "plan_id": draft.plan_id,
        "needed": made.repair.needed,
        "changes": told_rows(made.repair.changes),
        "shortage_hours_before": round(float(held.plan.facts["shortage_hours"]), 2),
        "shortage_hours": round(float(made.plan.facts["shortage_hours"]), 2),
    }


def why(engine: Engine, job: Job, report: Report) -> dict[str, Any]:
    """Find what cannot be kept together, and what relaxing each rule by one unit would buy."""
    held = roster_of(engine, job.subject)
    need, situation = held.plan.requirement, held.situation
    report({"phase": "conflicts"})
    found = conflicts(need, situation)
    if (found["rule"] == "fixed_shift").any():  # of a month that cannot be, nothing has a price
        return {"conflicts": told_rows(found), "prices": []}
    prices = price_of_rules(need, situation, progress=lambda what: report({"phase": "prices", "what": what}))
    called = {rule: RULES[rule].label for rule in prices["rule"] if rule in RULES}
    words = [called.get(rule, Words("增加人手", "more people")) for rule in prices["rule"]]
    named = prices.assign(label=[one.en for one in words], label_zh=[one.zh for one in words])
    return {"conflicts": told_rows(found), "prices": told_rows(named)}


def compare(engine: Engine, job: Job, report: Report) -> dict[str, Any]:
    """Compare headcounts, contracts and shift sets."""
    held = roster_of(engine, job.subject)
    scenarios = scenarios_of(
        held.situation,
        headcount=[int(change) for change in job.arguments.get("headcount", [])],
        role=str(job.arguments.get("role", "inbound")),
        contract_hours=[float(hours) for hours in job.arguments.get("contract_hours", [])],
        shift_sets=catalogues_of(job.arguments.get("shift_sets", {})),
    )
    table = what_if(
        held.plan.requirement, scenarios, progress=lambda what: report({"phase": "comparing", "what": what})
    )
    return {"scenarios": told_rows(table)}


def design(engine: Engine, job: Job, report: Report) -> dict[str, Any]:
    """Find how few start times leave how little shortage."""
    held: Roster = roster_of(engine, job.subject)
    report({"phase": "designing"})
    rules = held.situation.rules
    hours = sum(
        min(rules.weekly_hours, person.contract_hours_per_week)
        for person in held.situation.people
        if person.role in rules.cover_roles
    )
    season = held.situation.catalogue.in_month(held.draft.month.month)
    if (every := job.arguments.get("every_minutes")) is not None:
        season = shifts_every(season, int(every))
    curve = design_shifts(
        held.plan.requirement,
        season,
        hours_per_week=hours,
        start_times=[int(count) for count in job.arguments.get("start_times") or (2, 3, 4, 6, 8)],
    )
    return {"curve": told_rows(curve)}


WORKS: Mapping[str, Work] = {"replan": replan, "why": why, "what_if": compare, "shifts": design}
