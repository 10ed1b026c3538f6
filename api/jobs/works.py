"""The planner's long work, by the name of its job."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from api.explore import AGAINST, backtest_view, lab_view
from api.intake import read_forecast
from api.jobs.queue import Job, JobReport, Work
from api.json_rows import json_rows
from api.ladder_lab import ladders_named
from api.leave import leave_request, plan_leave
from api.notices import notes_of
from api.planner.drafts import change_settings, copied_draft, draft_of, json_of, put_files
from api.planner.inputs import (
    demand_of,
    draft_frame,
    last_month_of,
    newest_demand,
    overrides_published,
    people_of,
    supply_of,
    take_published_roster,
    undated_supply_of,
)
from api.planner.kept import NOTES, inputs_of_forecast, inputs_of_roster, keep_forecast, keep_plan
from api.planner.reasons import reasons_of
from api.planner.roster import roster_of
from api.planning import forecast_of, plan_month
from api.questions import catalogues_of, compared, designed, hindrances
from api.rehearsing import rehearsal_document, rehearse
from api.replanning import replan_month
from api.sentences import say
from api.tomorrow import DAYS_AHEAD, ahead_document, look_ahead
from forecaster.history.periods import last_day
from forecaster.messages import Words
from optimizer.desk.leave_quota import SHORT_SHARE
from optimizer.law.people import days_of_absence
from optimizer.law.rule_words import RULES
from optimizer.search.annealing import Progress
from optimizer.search.rostering import is_ready

MOST_POINTS = 120  # of the search's history, as shown


def forecast(engine: Engine, job: Job, report: JobReport) -> dict[str, Any]:
    """Make the draft's forecast and the seats that follow from it."""
    draft = draft_of(engine, job.subject)
    report({"phase": "forecast"})
    inputs, demand = inputs_of_forecast(engine, draft), demand_of(engine, draft)
    said: list[Words] = []
    made = forecast_of(demand, draft.month, tell=said.append)
    report({"phase": "seats"})
    keep_forecast(engine, draft, made)
    reasons = json.dumps(reasons_of(demand, draft.month), ensure_ascii=False).encode()
    notes = json.dumps(notes_of(list({note.en: note for note in said}.values())), ensure_ascii=False).encode()
    put_files(engine, draft.plan_id, {"reasons.json": reasons, NOTES: notes})
    change_settings(engine, draft.plan_id, {"forecast_inputs": inputs})
    return {"calls": round(float(made["calls"].sum()), 1)}


def roster(engine: Engine, job: Job, report: JobReport) -> dict[str, Any]:
    """Build the draft's roster; what the search reaches is reported as it goes."""
    draft = draft_of(engine, job.subject)
    report({"phase": "starting" if is_ready() else "compiling"})
    demand = demand_of(engine, draft)
    if (value := job.arguments.get("seat_value")) is not None:
        demand = replace(demand, site=replace(demand.site, seat_value=value))
    draft = take_published_roster(engine, draft, demand)
    inputs = inputs_of_roster(engine, draft)
    limit = float(job.arguments.get("time_limit_seconds", 60.0))
    path: list[tuple[float, float, float | None]] = []

    def on_progress(now: str | Progress) -> bool:
        if isinstance(now, str):
            return False
        path.append(
            (round(now.seconds, 1), round(now.objective, 1), None if now.bound is None else round(now.bound, 1))
        )
        report(
            {
                "phase": now.phase,
                "seconds": round(now.seconds, 1),
                "share": min(1.0, now.seconds / limit),
                "objective": round(now.objective, 1),
                "shortage_hours": round(now.shortage_hours, 1),
                "bound": None if now.bound is None else round(now.bound, 1),
                "gap": None if now.gap is None else round(now.gap, 4),
                "history": path[-MOST_POINTS:],
            }
        )
        return report.enough

    plan = plan_month(
        demand,
        supply_of(engine, draft, demand),
        made_at=datetime.now(UTC),
        last=last_month_of(engine, draft, demand),
        forecast=draft_frame(engine, draft, "forecast.csv", read_forecast, demand.history.timezone),
        seed=int(job.arguments.get("seed", 0)),
        time_limit_seconds=limit,
        progress=on_progress,
    )
    report.check()
    notes = {note["en"]: note for note in (*(json_of(engine, draft.plan_id, NOTES) or []), *plan.facts["notes"])}
    keep_plan(engine, draft, replace(plan, facts={**plan.facts, "notes": list(notes.values())}))
    change_settings(engine, draft.plan_id, {"roster_inputs": inputs})
    return {"shortage_hours": plan.facts["shortage_hours"], "bound": plan.facts["bound"]}


def backtest(engine: Engine, job: Job, report: JobReport) -> dict[str, Any]:
    """Score the forecasts that past months of the draft's history would have had."""
    draft = draft_of(engine, job.subject)
    demand = demand_of(engine, draft)

    def on_progress(number: int, count: int) -> None:
        report({"phase": "backtest", "share": number / count})

    told = backtest_view(
        demand.history,
        demand.calendar,
        months=int(job.arguments.get("months", 6)),
        overrides=overrides_published(engine, draft.queue),
        against=job.arguments.get("against", AGAINST),
        progress=on_progress,
    )
    put_files(engine, draft.plan_id, {"backtest.json": json.dumps(told).encode()}, even_if_published=True)
    return {"wape": told["by"]["month"]["all"]["wape"]}


def lab(engine: Engine, job: Job, report: JobReport) -> dict[str, Any]:
    """Compare ladders over simulated surges."""
    del engine
    return lab_view(job.arguments, progress=lambda share: report({"phase": "lab", "share": share}))


def replan(engine: Engine, job: Job, report: JobReport) -> dict[str, Any]:
    """Repair the roster with the fewest changes; what is published stays, and the repair is a draft of its own."""
    held = roster_of(engine, job.subject)
    report({"phase": "repairing"})
    away = [(str(one["badge"]), str(one["days"])) for one in job.arguments.get("away", [])]
    frozen = job.arguments.get("frozen_before")
    made = replan_month(
        held.plan,
        held.situation,
        absences=[(badge, days_of_absence(days, badge)) for badge, days in away],
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
        "changes": json_rows(made.repair.changes, digits=4),
        "shortage_hours_before": round(float(held.plan.facts["shortage_hours"]), 2),
        "shortage_hours": round(float(made.plan.facts["shortage_hours"]), 2),
    }


def tomorrow(engine: Engine, job: Job, report: JobReport) -> dict[str, Any]:
    """Look at the next days from the queue's newest history, and keep what could be done about them."""
    held, asked = roster_of(engine, job.subject), job.arguments
    report({"phase": "forecast"})
    day = asked.get("first_day")
    ahead = look_ahead(
        held.plan,
        newest_demand(engine, held.demand),
        held.situation,
        first_day=None if day is None else date.fromisoformat(str(day)),
        days=int(asked.get("days", DAYS_AHEAD)),
        seed=int(asked.get("seed", 0)),
    )
    report.check()
    told = {**ahead_document(ahead), "mark": held.mark}
    kept = json.dumps(told, ensure_ascii=False).encode()
    put_files(engine, job.subject, {"tomorrow.json": kept}, even_if_published=True)
    return told


def rehearse_months(engine: Engine, job: Job, report: JobReport) -> dict[str, Any]:
    """Plan past months of the draft's history with its people as on the 25th, and let the calls that came come."""
    draft, asked = draft_of(engine, job.subject), job.arguments
    demand = demand_of(engine, draft, arrivals=True)
    ladders = ladders_named([str(name) for name in asked.get("ladders", [])])
    made = rehearse(
        demand,
        lambda month: undated_supply_of(engine, draft, demand, month),
        months=int(asked.get("months", 6)),
        against_workbook=True,
        daily=bool(asked.get("daily", False)),
        ladders={name: one for name, one in ladders.items() if one is not None},
        time_limit_seconds=float(asked.get("time_limit_seconds", 20.0)),
        seed=int(asked.get("seed", 0)),
        progress=lambda what, share: report({"phase": "rehearse", "what": what, "share": share}),
    )
    told = rehearsal_document(made)
    kept = json.dumps(told, ensure_ascii=False).encode()
    put_files(engine, draft.plan_id, {"rehearsal.json": kept}, even_if_published=True)
    return told


def why(engine: Engine, job: Job, report: JobReport) -> dict[str, Any]:
    """Find what cannot be kept together, and what relaxing each rule by one unit would buy."""
    held = roster_of(engine, job.subject)
    found, prices = hindrances(
        held.plan, held.situation, progress=lambda phase, what: report({"phase": phase, "what": what})
    )
    if prices is None:
        return {"conflicts": json_rows(found, digits=4), "prices": []}
    called = {rule: RULES[rule].label for rule in prices["rule"] if rule in RULES}
    words = [called.get(rule, say("why.more_people")) for rule in prices["rule"]]
    named = prices.assign(label=[one.en for one in words], label_zh=[one.zh for one in words])
    return {"conflicts": json_rows(found, digits=4), "prices": json_rows(named, digits=4)}


def leave(engine: Engine, job: Job, report: JobReport) -> dict[str, Any]:
    """Count how many of the draft's people may be on leave each day, and decide on requests."""
    draft, asked = draft_of(engine, job.subject), job.arguments
    demand = demand_of(engine, draft)
    first = (
        pd.Period(str(asked["first_month"]))
        if asked.get("first_month")
        else pd.Period(last_day(draft.month), freq="M") + 1
    )
    made = plan_leave(
        demand,
        undated_supply_of(engine, draft, demand, first),
        people_of(engine, draft),
        months=[first + number for number in range(int(asked.get("months", 6)))],
        requests=[leave_request(one) for one in asked.get("requests", [])],
        ranking=asked.get("ranking", "fair"),
        short_share=float(asked.get("short_share", SHORT_SHARE)),
        progress=lambda what: report({"phase": "leave", "what": what}),
    )
    report.check()
    return {"places": json_rows(made.quota, digits=4), "decisions": json_rows(made.decisions, digits=4)}


def compare(engine: Engine, job: Job, report: JobReport) -> dict[str, Any]:
    """Compare headcounts, contracts and shift sets."""
    held, asked = roster_of(engine, job.subject), job.arguments
    table = compared(
        held.plan,
        held.situation,
        headcount=[int(change) for change in asked.get("headcount", [])],
        role=str(asked.get("role", "inbound")),
        contract_hours=[float(hours) for hours in asked.get("contract_hours", [])],
        shift_sets=catalogues_of(asked.get("shift_sets", {})),
        progress=lambda what: report({"phase": "comparing", "what": what}),
    )
    return {"scenarios": json_rows(table, digits=4)}


def design(engine: Engine, job: Job, report: JobReport) -> dict[str, Any]:
    """Find how few start times leave how little shortage."""
    held, every = roster_of(engine, job.subject), job.arguments.get("every_minutes")
    report({"phase": "designing"})
    counts = [int(count) for count in job.arguments.get("start_times") or (2, 3, 4, 6, 8)]
    curve, _ = designed(
        held.plan, held.situation, start_times=counts, every_minutes=None if every is None else int(every)
    )
    return {"curve": json_rows(curve, digits=4)}


WORKS: dict[str, Work] = {
    "forecast": forecast,
    "roster": roster,
    "backtest": backtest,
    "lab": lab,
    "replan": replan,
    "tomorrow": tomorrow,
    "rehearse": rehearse_months,
    "why": why,
    "what_if": compare,
    "leave": leave,
    "shifts": design,
}
