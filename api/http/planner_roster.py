"""The roster over HTTP: people by days, what a change breaks and covers, swaps, publishing, tables, downloads."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

import pandas as pd
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy import Engine
from starlette.exceptions import HTTPException

from api.drafts import (
    Draft,
    change_settings,
    digests_of,
    draft_of,
    file_of,
    json_of,
    mark_published,
    put_files,
    unpacked,
)
from api.http.access import bearer_scheme, header_scheme
from api.http.models import Badge, Words
from api.http.planner import PlanId, Planner, Strict, actor_of, engine_of
from api.http.surge import errors
from api.inputs import Demand, Supply
from api.jobs_planning import facts_with, frame_csv
from api.month_report import tables_of
from api.plan import FRAMES, Plan, read_plan
from api.planner_inputs import carry_in_of, demand_of, supply_of
from api.planner_views import coverage_view, days_of, roster_view, shifts_view, tables_view
from api.reports.exports import ical_of, write_roster_grid
from api.reports.frozen import frozen_before, publish_plan
from api.reports.workbook import write_workbook
from api.roster_changes import Cell, breaches_of, changed_roster, covered_by, difference

router = APIRouter(tags=["plan"], dependencies=[Depends(bearer_scheme), Depends(header_scheme)])
FILES = (*(f"{name}.csv" for name in FRAMES), "plan.json")
BROKEN: dict[str, list[dict[str, Any]]] = {}  # by what was judged: a roster is judged once, not at every look
MOST_KEPT = 16
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CellIn(Strict):
    """A person's day: a shift's code, `standby`, `leave`, or empty for a day off."""

    badge: Badge
    date: date
    shift: Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f]*$")]


class CellsIn(Strict):
    """Cells written together."""

    cells: Annotated[list[CellIn], Field(min_length=1, max_length=400)]


class PlaceIn(Strict):
    """One person's day."""

    badge: Badge
    date: date


class SwapIn(Strict):
    """Two people's days that would change hands."""

    a: PlaceIn
    b: PlaceIn


class PublishIn(Strict):
    """Why this plan is published."""

    reason: Words


@dataclass(frozen=True, eq=False)
class Roster:
    """A draft's plan with everything that judges it."""

    draft: Draft
    demand: Demand
    supply: Supply
    plan: Plan
    carry_in: pd.DataFrame | None
    mark: str

    @property
    def timezone(self) -> str:
        """The site's zone."""
        return self.demand.history.timezone

    def broken(self) -> list[dict[str, Any]]:
        """Return the rules that this roster breaks; found once for as long as nothing is changed."""
        found = BROKEN.get(self.mark)
        if found is None:
            found = BROKEN[self.mark] = self.broken_by(self.plan.roster)
            _keep_few()
        return found

    def broken_by(self, roster: pd.DataFrame) -> list[dict[str, Any]]:
        """Return the rules that a changed roster breaks."""
        return breaches_of(
            roster,
            self.supply,
            month=self.draft.month,
            timezone=self.timezone,
            calendar=self.demand.calendar,
            carry_in=self.carry_in,
        )


def _keep_few() -> None:
    while len(BROKEN) > MOST_KEPT:
        BROKEN.pop(next(iter(BROKEN)), None)


def _mark(engine: Engine, draft: Draft) -> str:
    """Return what the judgement of a draft's roster depends on, as one word."""
    digests = digests_of(engine, draft.plan_id)
    names = ("history", "treatments.json", "people", "last_roster", "roster.csv")
    return ":".join([str(draft.month), *(digests.get(name, "") for name in names)])


def roster_of(engine: Engine, plan_id: str) -> Roster:
    """Return the draft's plan.

    Raises
    ------
    NoDraftError
        If there is no roster yet.
    """
    draft = draft_of(engine, plan_id)
    file_of(engine, plan_id, "roster.csv")
    demand = demand_of(engine, draft)
    with unpacked(engine, draft, *FILES) as paths:
        plan = read_plan(paths["plan.json"].parent)
    supply, carry_in = supply_of(engine, draft, demand), carry_in_of(engine, draft, demand)
    carry_in = supply.carry_in if carry_in is None else carry_in
    return Roster(draft, demand, supply, plan, carry_in, _mark(engine, draft))


@router.get("/v1/plans/{plan_id}/roster", responses=errors(404))
def get_roster(plan_id: PlanId, request: Request, key: Planner) -> dict[str, Any]:
    """Return the roster as people by days, its shifts, its coverage, and the rules it breaks."""
    del key
    held = roster_of(engine_of(request), plan_id)
    days = days_of(held.plan.coverage.index, held.demand.calendar)
    facts = dict(held.plan.facts)
    bound, objective = float(facts.get("bound") or 0), float(facts.get("objective") or 0)
    known = objective > 0 and not facts.get("changed_by_hand")  # a bound says nothing of a roster changed since
    return {
        "days": days,
        "people": roster_view(held.plan.roster, held.supply, [one["date"] for one in days], held.draft.month),
        "shifts": shifts_view(held.supply.catalogue.in_month(held.draft.month.month), held.supply.rules),
        "coverage": coverage_view(held.plan.coverage, held.plan.facts["interval_minutes"]),
        "broken": held.broken(),
        "facts": {**facts, "gap": max(0.0, (objective - bound) / objective) if known else None},
    }


@router.put("/v1/plans/{plan_id}/roster/cells", responses=errors(404))
def put_cells(plan_id: PlanId, body: CellsIn, request: Request, key: Planner) -> dict[str, Any]:
    """Write cells of the roster; the answer says what that breaks, what it mends, and what it does to coverage."""
    engine = engine_of(request)
    held = roster_of(engine, plan_id)
    cells = [Cell(one.badge, one.date, one.shift) for one in body.cells]
    roster, coverage = _changed(held, cells)
    told = _effect(held, cells, roster, coverage)
    changes = [*(json_of(engine, plan_id, "changes.json") or []), *_written(cells, actor_of(key))]
    put_files(
        engine,
        plan_id,
        {
            "roster.csv": frame_csv(roster),
            "coverage.csv": frame_csv(coverage),
            "plan.json": facts_with(
                held.plan.facts, shortage_hours=told["coverage"]["shortage_hours"], changed_by_hand=True
            ),
            "changes.json": json.dumps(changes, ensure_ascii=False).encode(),
        },
    )
    BROKEN[_mark(engine, held.draft)] = told["broken"]  # the next change starts from here
    _keep_few()
    return told


def _written(cells: Sequence[Cell], actor: str) -> list[dict[str, str]]:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return [{"badge": c.badge, "date": c.day.isoformat(), "shift": c.shift, "actor": actor, "at": at} for c in cells]


def _changed(held: Roster, cells: Sequence[Cell]) -> tuple[pd.DataFrame, pd.DataFrame]:
    roster = changed_roster(
        held.plan.roster, cells, held.supply, held.plan.coverage, month=held.draft.month, timezone=held.timezone
    )
    return roster, covered_by(roster, held.plan.coverage, held.supply, before=held.plan.roster)


def _effect(held: Roster, cells: Sequence[Cell], roster: pd.DataFrame, coverage: pd.DataFrame) -> dict[str, Any]:
    minutes = held.plan.facts["interval_minutes"]
    after = held.broken_by(roster)
    new, gone = difference(held.broken(), after)
    touched = {c.day.isoformat() for c in cells} | {(c.day + pd.Timedelta(days=1)).isoformat()[:10] for c in cells}
    shown = coverage_view(coverage, minutes)
    badges = {c.badge for c in cells}
    days = list(shown["by_day"])
    return {
        "broken": after,
        "broken_new": new,
        "broken_gone": gone,
        "shortage_before": coverage_view(held.plan.coverage, minutes)["shortage_hours"],
        "coverage": {**shown, "by_day": {day: told for day, told in shown["by_day"].items() if day in touched}},
        "people": [
            {"badge": one["badge"], "hours": one["hours"]}
            for one in roster_view(roster, held.supply, days, held.draft.month)
            if one["badge"] in badges
        ],
    }


@router.post("/v1/plans/{plan_id}/roster/swap", responses=errors(404))
def post_swap(plan_id: PlanId, body: SwapIn, request: Request, key: Planner) -> dict[str, Any]:
    """Say whether two people may exchange their shifts of two days; nothing is written."""
    del key
    held = roster_of(engine_of(request), plan_id)
    if (body.a.badge, body.a.date) == (body.b.badge, body.b.date):
        raise HTTPException(422, f"{body.a.badge} on {body.a.date} cannot be swapped with itself")
    cells = _exchange(held.plan.roster, body)
    roster, coverage = _changed(held, cells)
    told = _effect(held, cells, roster, coverage)
    return {
        "lawful": not told["broken_new"],
        "broken_new": told["broken_new"],
        "broken_gone": told["broken_gone"],
        "shortage_change_hours": round(told["coverage"]["shortage_hours"] - told["shortage_before"], 2),
        "cells": [{"badge": c.badge, "date": c.day.isoformat(), "shift": c.shift} for c in cells],
    }


def _exchange(roster: pd.DataFrame, body: SwapIn) -> list[Cell]:
    """Return the cells that a swap writes: on another day each also gives up what the other takes."""
    days = roster["date"].astype(str).str[:10]

    def held(badge: str, day: date) -> str:
        found = roster.loc[(roster["badge"] == badge) & (days == day.isoformat()), "shift"]
        return str(found.iloc[0]) if len(found) else ""

    a, b = body.a, body.b
    mine, theirs = held(a.badge, a.date), held(b.badge, b.date)
    if a.date == b.date:
        return [Cell(a.badge, a.date, theirs), Cell(b.badge, b.date, mine)]
    return [
        Cell(a.badge, a.date, ""),
        Cell(b.badge, a.date, mine),
        Cell(b.badge, b.date, ""),
        Cell(a.badge, b.date, theirs),
    ]


@router.post("/v1/plans/{plan_id}/publish", responses=errors(404))
def post_publish(plan_id: PlanId, body: PublishIn, request: Request, key: Planner) -> dict[str, Any]:
    """Freeze the plan: next month's tables compare with it, and nothing in it changes any more."""
    engine = engine_of(request)
    held = roster_of(engine, plan_id)
    if held.draft.published_at is not None:
        raise HTTPException(422, f"plan {plan_id} was published at {held.draft.published_at.isoformat()} and is frozen")
    frames = {"forecast": held.plan.forecast, "requirement": held.plan.requirement}
    frames |= {"roster": held.plan.roster, "coverage": held.plan.coverage}
    made = publish_plan(
        engine,
        queue=str(held.plan.facts["queue"]),
        month=held.draft.month,
        frames=frames,
        published_by=actor_of(key),
        why=body.reason,
        inputs={name: sha for name, sha in digests_of(engine, plan_id).items() if "understood" not in name},
    )
    versions = {kind: one.version_id for kind, one in made.items()}
    change_settings(engine, plan_id, {"version": versions["roster"], "versions": versions})
    draft = mark_published(engine, plan_id, actor=actor_of(key))
    assert draft.published_at is not None
    return {"published_at": draft.published_at.isoformat(), "versions": versions}


@router.get("/v1/plans/{plan_id}/tables", responses=errors(404))
def get_tables(
    plan_id: PlanId, request: Request, key: Planner, lang: Literal["zh", "en"] = "en"
) -> list[dict[str, Any]]:
    """Return the Five Tables: this month's seats and calls, last month's plan against fact."""
    del key
    engine = engine_of(request)
    return tables_view(_tables(engine, roster_of(engine, plan_id)), lang)


def _tables(engine: Engine, held: Roster) -> Any:
    last = frozen_before(
        engine, queue=str(held.plan.facts["queue"]), month=held.draft.month - 1, timezone=held.timezone
    )
    return tables_of(held.plan, held.demand, last=last)


@router.get("/v1/plans/{plan_id}/download/{name}", responses=errors(404), response_class=Response)
def get_download(
    plan_id: PlanId,
    name: Literal["five_tables.xlsx", "roster.xlsx", "roster.csv", "forecast.csv", "roster.ics"],
    request: Request,
    key: Planner,
    lang: Literal["zh", "en", "both"] = "both",
    badge: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Return a plan's workbook, grid, frame, or one person's calendar."""
    del key
    engine = engine_of(request)
    if name in ("roster.csv", "forecast.csv"):
        draft = draft_of(engine, plan_id)
        return _file(file_of(engine, plan_id, name), f"{draft.month}-{name}", "text/csv; charset=utf-8")
    held = roster_of(engine, plan_id)
    month = str(held.draft.month)
    if name == "roster.ics":
        if badge not in {person.badge for person in held.supply.people}:
            raise HTTPException(422, f"badge {badge!r} is not among the {len(held.supply.people)} people of this plan")
        calendar = ical_of(held.plan.roster, badge, made_at=held.draft.created_at)
        return _file(calendar, f"{month}-{badge}.ics", "text/calendar; charset=utf-8")
    with tempfile.TemporaryDirectory(prefix="huawu-") as folder:
        path = Path(folder, name)
        if name == "five_tables.xlsx":
            write_workbook(_tables(engine, held), path, language=lang)
        else:
            write_roster_grid(held.plan.roster, path, month=held.draft.month)
        return _file(path.read_bytes(), f"{month}-{name}", XLSX)


def _file(content: bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=media_type, headers=headers)
