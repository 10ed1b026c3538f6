"""The planner's long work, by the name of its job."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from api.drafts import Draft, change_settings, digests_of, draft_of, put_files
from api.explore import backtest_view, lab_view
from api.intake import read_forecast, write_frame
from api.jobs import Job, Report, Work
from api.plan import Plan, plan_from_forecast, requirement_of, write_plan
from api.planner_inputs import (
    carry_in_of,
    demand_of,
    frame_of,
    make_forecast,
    overrides_of,
    overrides_published,
    supply_of,
    take_published_roster,
    with_burdens_before,
)
from api.reasons import reasons_of
from forecaster.overrides import with_overrides
from optimizer.annealing import Progress

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


def inputs_of_forecast(engine: Engine, draft: Draft) -> str:
    """Return what a forecast depends on, as one word: the history, its treatment, the plan's own days."""
    digests = digests_of(engine, draft.plan_id)
    files = ("history", "treatments.json", *(name for name in ("calendar.json",) if name in digests))
    return ":".join(digests.get(name, "")[:16] for name in files)


def inputs_of_roster(engine: Engine, draft: Draft) -> str:
    """Return what a roster depends on, as one word."""
    digests = digests_of(engine, draft.plan_id)
    return ":".join(digests.get(name, "")[:16] for name in ("forecast.csv", "requirement.csv", "people", "last_roster"))


def keep_forecast(engine: Engine, draft: Draft, made: pd.DataFrame) -> None:
    """Keep a forecast as it was made, as adjusted by hand, and in seats."""
    changed = with_overrides(made, overrides_of(engine, draft)).drop(columns="calls_model")
    need = requirement_of(changed, demand_of(engine, draft))
    frames = {"forecast_made.csv": made, "forecast.csv": changed, "requirement.csv": need}
    put_files(engine, draft.plan_id, {name: frame_csv(frame) for name, frame in frames.items()})


def frame_csv(frame: pd.DataFrame) -> bytes:
    """Return a frame as the CSV file that the command line would write."""
    with tempfile.TemporaryDirectory(prefix="huawu-") as folder:
        return write_frame(frame, Path(folder, "frame.csv")).read_bytes()


def roster(engine: Engine, job: Job, report: Report) -> dict[str, Any]:
    """Build the draft's roster; what the search reaches is reported as it goes."""
    draft = draft_of(engine, job.subject)
    report({"phase": "starting"})
    demand = demand_of(engine, draft)
    if (value := job.arguments.get("seat_value")) is not None:
        demand = replace(demand, site=replace(demand.site, seat_value=value))
    supply = supply_of(engine, draft, demand)
    draft = take_published_roster(engine, draft, demand)
    supply = replace(supply, people=with_burdens_before(engine, draft, demand, supply.people))
    inputs = inputs_of_roster(engine, draft)
    limit = float(job.arguments.get("time_limit_seconds", 60.0))
    path: list[tuple[float, float, float | None]] = []

    def on_progress(now: Progress) -> bool:
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

    plan = plan_from_forecast(
        frame_of(engine, draft, "forecast.csv", read_forecast, demand.history.timezone),
        demand,
        supply,
        draft.month,
        made_at=datetime.now(UTC),
        carry_in=carry_in_of(engine, draft, demand),
        seed=int(job.arguments.get("seed", 0)),
        time_limit_seconds=limit,
        progress=on_progress,
    )
    report.check()
    keep_plan(engine, draft, plan)
    change_settings(engine, draft.plan_id, {"roster_inputs": inputs})
    return {"shortage_hours": plan.facts["shortage_hours"], "bound": plan.facts["bound"]}


def keep_plan(engine: Engine, draft: Draft, plan: Plan) -> None:
    """Keep what a plan adds to its draft, all or none: roster, coverage and facts.

    The forecast and its seats are the draft's own: somebody may have changed them meanwhile.
    """
    with tempfile.TemporaryDirectory(prefix="huawu-") as folder:
        written = [
            path for path in write_plan(plan, Path(folder)) if path.name not in ("forecast.csv", "requirement.csv")
        ]
        put_files(engine, draft.plan_id, {path.name: path.read_bytes() for path in written})


def facts_with(facts: Mapping[str, Any], **changes: Any) -> bytes:
    """Return a plan's head with `changes`, as its file."""
    return (json.dumps({**facts, **changes}, ensure_ascii=False, indent=1) + "\n").encode()


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
        progress=on_progress,
    )
    put_files(engine, draft.plan_id, {"backtest.json": json.dumps(told).encode()}, even_if_published=True)
    return {"wape": told["by"]["month"]["all"]["wape"]}


def lab(engine: Engine, job: Job, report: Report) -> dict[str, Any]:
    """Compare ladders over simulated surges."""
    del engine
    return lab_view(job.arguments, progress=lambda share: report({"phase": "lab", "share": share}))


WORKS: dict[str, Work] = {"forecast": forecast, "roster": roster, "backtest": backtest, "lab": lab}
