"""The planner's long work, by the name of its job."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from api.explore import AGAINST, backtest_view, lab_view
from api.intake import read_forecast
from api.jobs.queue import Job, Report, Work
from api.planner.drafts import change_settings, draft_of, put_files
from api.planner.inputs import (
    demand_of,
    frame_of,
    last_month_of,
    make_forecast,
    overrides_published,
    supply_of,
    take_published_roster,
)
from api.planner.kept import inputs_of_forecast, inputs_of_roster, keep_forecast, keep_plan
from api.planner.reasons import reasons_of
from api.planning import plan_month
from optimizer.search.annealing import Progress
from optimizer.search.rostering import is_ready

MOST_POINTS = 120  # of the search's history, as shown


def forecast(engine: Engine, job: Job, report: Report) -> dict[str, Any]:
    """Make the draft's forecast and the seats that follow from it."""
    draft = draft_of(engine, job.subject)
    report({"phase": "forecast"})
    inputs = inputs_of_forecast(engine, draft)
    made = make_forecast(engine, draft)
    report({"phase": "seats"})
    keep_forecast(engine, draft, made)
    reasons = json.dumps(reasons_of(demand_of(engine, draft), draft.month), ensure_ascii=False).encode()
    put_files(engine, draft.plan_id, {"reasons.json": reasons})
    change_settings(engine, draft.plan_id, {"forecast_inputs": inputs})
    return {"calls": round(float(made["calls"].sum()), 1)}


def roster(engine: Engine, job: Job, report: Report) -> dict[str, Any]:
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
        forecast=frame_of(engine, draft, "forecast.csv", read_forecast, demand.history.timezone),
        seed=int(job.arguments.get("seed", 0)),
        time_limit_seconds=limit,
        progress=on_progress,
    )
    report.check()
    keep_plan(engine, draft, plan)
    change_settings(engine, draft.plan_id, {"roster_inputs": inputs})
    return {"shortage_hours": plan.facts["shortage_hours"], "bound": plan.facts["bound"]}


def backtest(engine: Engine, job: Job, report: Report) -> dict[str, Any]:
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


def lab(engine: Engine, job: Job, report: Report) -> dict[str, Any]:
    """Compare ladders over simulated surges."""
    del engine
    return lab_view(job.arguments, progress=lambda share: report({"phase": "lab", "share": share}))


WORKS: dict[str, Work] = {"forecast": forecast, "roster": roster, "backtest": backtest, "lab": lab}
