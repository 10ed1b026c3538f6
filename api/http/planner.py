"""A month's plan over HTTP: files in, what was understood of them, forecast, seats, and the long work."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Depends, Query, Request, UploadFile
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine
from starlette.exceptions import HTTPException

from api.drafts import Draft, change_settings, digests_of, draft_of, drafts, file_of, json_of, new_draft, put_files
from api.http.access import bearer_scheme, header_scheme, requires
from api.http.models import Badge, Instant, Words
from api.http.surge import errors
from api.intake import read_forecast, read_requirement
from api.jobs import Job, add_job, job_of, jobs_of, wish_of_job
from api.jobs_planning import inputs_of_forecast, inputs_of_roster, keep_forecast
from api.keys import Key
from api.plan import requirement_of
from api.planner_inputs import (
    demand_of,
    frame_of,
    last_roster_of,
    people_of,
    raw_demand,
    understood_history,
    understood_people,
    with_target,
)
from api.planner_views import forecast_view, seats_view

router = APIRouter(tags=["plan"], dependencies=[Depends(bearer_scheme), Depends(header_scheme)])
Planner = Annotated[Key, Depends(requires("plan"))]
PlanId = Annotated[str, InPath(min_length=1, max_length=32, pattern=r"^[0-9a-f]+$", examples=["3f9c0d21ab45"])]
MOST_MONTHS_OFF = 1200
DAYS = r"^20\d{2}-\d{2}-\d{2}(\.\.20\d{2}-\d{2}-\d{2})?$"
ON_A_ROSTER = ("replan", "why", "what_if", "shifts")


class Strict(BaseModel):
    """A body with no fields but its own."""

    model_config = ConfigDict(extra="forbid")


class PlanIn(Strict):
    """A plan to begin."""

    month: Annotated[str, Field(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$", examples=["2026-12"])]
    queue: Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f]*$")] | None = None
    timezone: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_+\-/]*$")] | None = None
    country: Annotated[str, Field(pattern=r"^([A-Za-z]{2}|-)?$")] | None = Field(
        None, description="Whose public holidays count; '-' for none"
    )


class TreatmentIn(Strict):
    """What to do about a stretch of the history: forget it, overwrite its calls, or keep what would be forgotten."""

    start_at: Instant
    end_at: Instant
    treat: Literal["missing", "keep", "value"]
    value: Annotated[float, Field(ge=0, le=1e9)] | None = None
    reason: Words


class TargetIn(Strict):
    """The service that seats are worked out for; what is left out stays as it is."""

    service_level: Annotated[float, Field(gt=0, lt=1)] | None = None
    answer_within_seconds: Annotated[float, Field(ge=0, le=3600)] | None = None
    max_occupancy: Annotated[float, Field(gt=0, le=1)] | None = None
    shrinkage: Annotated[float, Field(ge=0, le=0.9)] | None = None


class AwayIn(Strict):
    """Somebody who is away now: one day, or a range of days."""

    badge: Badge
    days: Annotated[str, Field(pattern=DAYS, examples=["2026-12-07..2026-12-09"])]


class JobIn(Strict):
    """Long work to begin.

    `roster` takes `time_limit_seconds`, `seed` and `seat_value` (what it strives for: the seats required, or what each
    seat is worth over the forecast's whole band); `backtest` takes `months`; `replan` repairs the roster and takes
    `away`, `frozen_before`, `most_changes` and `seed` (of a published plan it makes a new draft); `why` finds what
    cannot be kept together and what each rule costs; `what_if` takes `headcount`, `role` and `contract_hours`;
    `shifts` takes `start_times`. What the last four find is the job's `result`.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"kind": "roster", "time_limit_seconds": 60},
                {
                    "kind": "replan",
                    "away": [{"badge": "1002", "days": "2026-12-08..2026-12-10"}],
                    "frozen_before": "2026-12-08",
                    "most_changes": 5,
                },
                {"kind": "why"},
                {"kind": "what_if", "headcount": [-5, 5], "role": "inbound", "contract_hours": [36]},
                {"kind": "shifts", "start_times": [2, 3, 4, 6, 8]},
            ]
        },
    )

    kind: Literal["forecast", "roster", "backtest", "replan", "why", "what_if", "shifts"]
    time_limit_seconds: Annotated[float, Field(ge=1, le=3600)] = 60.0
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    months: Annotated[int, Field(ge=1, le=60)] = 6
    seat_value: Literal["required", "distribution"] = "required"
    away: Annotated[list[AwayIn], Field(max_length=400)] = []
    frozen_before: date | None = None
    most_changes: Annotated[int, Field(ge=0, le=10_000)] | None = None
    headcount: Annotated[list[Annotated[int, Field(ge=-5000, le=5000)]], Field(max_length=20)] = []
    role: Literal["inbound", "expert", "outbound", "qa", "back_office", "supervisor", "business_supervisor", "vip"] = (
        "inbound"
    )
    contract_hours: Annotated[list[Annotated[float, Field(gt=0, le=60)]], Field(max_length=20)] = []
    start_times: Annotated[list[Annotated[int, Field(ge=1, le=24)]], Field(max_length=20)] = []


def engine_of(request: Request) -> Engine:
    """Return the service's database."""
    engine: Engine = request.app.state.log.engine
    return engine


def actor_of(key: Key) -> str:
    """Return whose badge stands under what this key does."""
    return key.badge or key.label


@router.post("/v1/plans", status_code=201, responses=errors())
def post_plan(body: PlanIn, request: Request, key: Planner) -> dict[str, Any]:
    """Begin a plan."""
    settings = {name: value for name, value in body.model_dump(exclude={"month"}).items() if value}
    month = pd.Period(body.month, freq="M")
    made = new_draft(engine_of(request), month, queue=body.queue or "", settings=settings, actor=actor_of(key))
    return head_of(made)


@router.get("/v1/plans", responses=errors())
def get_plans(request: Request, key: Planner) -> list[dict[str, Any]]:
    """Return every plan, the newest first."""
    del key
    return [head_of(one) for one in drafts(engine_of(request))]


def head_of(draft: Draft) -> dict[str, Any]:
    """Return what a list of plans says of one."""
    return {
        "plan_id": draft.plan_id,
        "queue": draft.queue,
        "month": str(draft.month),
        "created_at": draft.created_at.isoformat(),
        "created_by": draft.created_by,
        "published_at": None if draft.published_at is None else draft.published_at.isoformat(),
        "published_by": draft.published_by,
    }


@router.get("/v1/plans/{plan_id}", responses=errors(404))
def get_plan(plan_id: PlanId, request: Request, key: Planner) -> dict[str, Any]:
    """Return how far a plan has come: its files, what was understood of them, its jobs."""
    del key
    engine = engine_of(request)
    draft = draft_of(engine, plan_id)
    files = digests_of(engine, plan_id)
    chosen = draft.settings
    jobs = jobs_of(engine, plan_id)[:10]
    if any(not job.finished for job in jobs):
        request.app.state.worker.ensure()
    return {
        **head_of(draft),
        "files": sorted(files),
        "names": {name: chosen.get(f"{name}_name") for name in ("history", "people", "last_roster")},
        "version": chosen.get("version"),
        "history": _told(engine, draft, "history"),
        "people": _told(engine, draft, "people"),
        "forecast_stale": "forecast.csv" in files
        and chosen.get("forecast_inputs") != inputs_of_forecast(engine, draft),
        "roster_stale": "roster.csv" in files and chosen.get("roster_inputs") != inputs_of_roster(engine, draft),
        "jobs": [job_document(job) for job in jobs],
    }


def _told(engine: Engine, draft: Draft, kind: str) -> Any:
    """Return what was understood of a file, without its days and findings."""
    if kind not in digests_of(engine, draft.plan_id):
        return None
    return json_of(engine, draft.plan_id, f"{kind}_understood.json")


@router.put("/v1/plans/{plan_id}/files/{kind}", responses=errors(404, 413))
def put_file(
    plan_id: PlanId, kind: Literal["history", "people", "last_roster"], file: UploadFile, request: Request, key: Planner
) -> dict[str, Any]:
    """Take in a file and return what was understood of it; one that cannot be used is refused, and nothing is kept."""
    del key
    engine = engine_of(request)
    name = Path((file.filename or kind).replace("\\", "/")).name.replace("\x00", "") or kind
    before = draft_of(engine, plan_id)
    had = {f"{kind}_name": before.settings.get(f"{kind}_name")}
    old = digests_of(engine, plan_id)
    kept = file_of(engine, plan_id, kind) if kind in old else None
    put_files(engine, plan_id, {kind: file.file.read()})
    try:
        draft = change_settings(engine, plan_id, {f"{kind}_name": name})
        told = _understood(engine, draft, kind)
    except ValueError:
        put_files(engine, plan_id, {kind: kept})
        change_settings(engine, plan_id, had)
        raise
    put_files(engine, plan_id, {f"{kind}_understood.json": json.dumps(told, ensure_ascii=False).encode()})
    return told


def _understood(engine: Engine, draft: Draft, kind: str) -> dict[str, Any]:
    if kind == "history":
        demand = raw_demand(engine, draft)
        if not draft.queue:
            change_settings(engine, draft.plan_id, {"queue_shown": demand.history.queue})
        told = understood_history(demand, draft.month, [])
        return {name: value for name, value in told.items() if name not in ("days", "findings", "treatments")}
    if kind == "people":
        return understood_people(people_of(engine, draft), str(draft.settings.get("people_name")))
    roster = last_roster_of(engine, draft, "UTC")
    return {
        "source": draft.settings.get("last_roster_name"),
        "rows": len(roster),
        "people": int(roster["badge"].nunique()),
    }


@router.get("/v1/plans/{plan_id}/history", responses=errors(404))
def get_history(plan_id: PlanId, request: Request, key: Planner) -> dict[str, Any]:
    """Return the history by day, what is missing or odd in it, and how that is treated."""
    del key
    engine = engine_of(request)
    draft = draft_of(engine, plan_id)
    treatments = json_of(engine, plan_id, "treatments.json") or []
    return understood_history(raw_demand(engine, draft), draft.month, treatments)


@router.put("/v1/plans/{plan_id}/treatments", responses=errors(404))
def put_treatments(plan_id: PlanId, body: list[TreatmentIn], request: Request, key: Planner) -> dict[str, Any]:
    """Say how stretches of the history are treated; the whole list each time."""
    for one in body:
        if one.end_at <= one.start_at:
            raise HTTPException(422, f"a stretch from {one.start_at} to {one.end_at} ends before it begins")
        if one.treat == "value" and one.value is None:
            raise HTTPException(422, f"the stretch at {one.start_at} is to be set to a value, and none is given")
    told = [{**one.model_dump(mode="json"), "actor": actor_of(key)} for one in body]
    put_files(engine_of(request), plan_id, {"treatments.json": json.dumps(told, ensure_ascii=False).encode()})
    return {"treatments": len(told)}


def job_document(job: Job) -> dict[str, Any]:
    """Return a job as plain JSON values."""
    return {
        "job_id": job.job_id,
        "kind": job.kind,
        "state": job.state,
        "wish": job.wish,
        "progress": dict(job.progress),
        "result": dict(job.result),
        "error": job.error,
        "actor": job.actor,
        "attempt": job.attempt,
        "created_at": job.created_at.isoformat(),
        "started_at": None if job.started_at is None else job.started_at.isoformat(),
        "finished_at": None if job.finished_at is None else job.finished_at.isoformat(),
    }


@router.post("/v1/plans/{plan_id}/jobs", status_code=202, responses=errors(404))
def post_job(plan_id: PlanId, body: JobIn, request: Request, key: Planner) -> dict[str, Any]:
    """Begin long work on the plan in a process of its own; work of the same kind that is under way is returned."""
    engine = engine_of(request)
    draft = draft_of(engine, plan_id)
    if draft.published_at is not None and body.kind in ("forecast", "roster"):
        raise HTTPException(422, f"plan {plan_id} is published and frozen; begin a new one")
    file_of(engine, plan_id, "history")
    if body.kind == "roster":
        file_of(engine, plan_id, "people")
        file_of(engine, plan_id, "forecast.csv")
    if body.kind in ON_A_ROSTER:
        file_of(engine, plan_id, "roster.csv")
    arguments = body.model_dump(mode="json", exclude={"kind"}, exclude_unset=True)
    job = add_job(engine, body.kind, plan_id, arguments, actor=actor_of(key))
    request.app.state.worker.ensure()
    return job_document(job)


@router.get("/v1/plans/{plan_id}/jobs/{job_id}", responses=errors(404))
def get_job(plan_id: PlanId, job_id: PlanId, request: Request, key: Planner) -> dict[str, Any]:
    """Return how far a job has come."""
    del key
    job = _job_of(engine_of(request), plan_id, job_id)
    if not job.finished:
        request.app.state.worker.ensure()
    return job_document(job)


@router.post("/v1/plans/{plan_id}/jobs/{job_id}/{wish}", responses=errors(404))
def post_wish(
    plan_id: PlanId, job_id: PlanId, wish: Literal["stop", "cancel"], request: Request, key: Planner
) -> dict[str, Any]:
    """Tell a job to stop with what it has (`stop`), or to end without a result (`cancel`)."""
    del key
    engine = engine_of(request)
    _job_of(engine, plan_id, job_id)
    job = wish_of_job(engine, job_id, wish)
    assert job is not None  # found a moment ago, and jobs are never removed
    return job_document(job)


def _job_of(engine: Engine, plan_id: str, job_id: str) -> Job:
    job = job_of(engine, job_id)
    if job is None or job.subject != plan_id:
        raise HTTPException(404, f"plan {plan_id} has no job {job_id!r}")
    return job


@router.get("/v1/plans/{plan_id}/forecast", responses=errors(404))
def get_forecast(
    plan_id: PlanId, request: Request, key: Planner, day: Annotated[date | None, Query()] = None
) -> dict[str, Any]:
    """Return the forecast by day, or one day's by interval, with bands and the same days a month and a year before."""
    del key
    engine = engine_of(request)
    draft = draft_of(engine, plan_id)
    if day is not None and pd.Period(day, freq="M") != draft.month:
        raise HTTPException(422, f"{day} lies outside the month {draft.month}")
    file_of(engine, plan_id, "forecast.csv")
    demand = demand_of(engine, draft)
    frame = frame_of(engine, draft, "forecast.csv", read_forecast, demand.history.timezone)
    adjustments = json_of(engine, plan_id, "adjustments.json") or []
    reasons = json_of(engine, plan_id, "reasons.json")
    return forecast_view(frame, demand.history, demand.calendar, adjustments, day=day, reasons=reasons)


@router.get("/v1/plans/{plan_id}/seats", responses=errors(404))
def get_seats(plan_id: PlanId, request: Request, key: Planner, wanted: Annotated[TargetIn, Query()]) -> dict[str, Any]:
    """Return the seats required by day and time, and what they promise; with a target, what it would ask for."""
    del key
    engine = engine_of(request)
    draft = draft_of(engine, plan_id)
    file_of(engine, plan_id, "requirement.csv")
    demand = demand_of(engine, draft)
    told = wanted.model_dump(exclude_none=True)
    if told:
        demand = with_target(demand, told)
        need = requirement_of(frame_of(engine, draft, "forecast.csv", read_forecast, demand.history.timezone), demand)
    else:
        need = frame_of(engine, draft, "requirement.csv", read_requirement, demand.history.timezone)
    target = demand.site.target
    return {
        **seats_view(need, demand.site.interval_minutes),
        "target": {name: getattr(target, name) for name in TargetIn.model_fields},
    }


@router.put("/v1/plans/{plan_id}/target", responses=errors(404))
def put_target(plan_id: PlanId, body: TargetIn, request: Request, key: Planner) -> dict[str, Any]:
    """Work out the plan's seats for another target; the roster is then to be built again."""
    del key
    engine = engine_of(request)
    draft = draft_of(engine, plan_id)
    told = {**dict(draft.settings.get("target") or {}), **body.model_dump(exclude_none=True)}
    made = frame_of(engine, draft, "forecast_made.csv", read_forecast, demand_of(engine, draft).history.timezone)
    with_target(demand_of(engine, draft), told)  # one that cannot be is refused before anything is written
    put_files(engine, plan_id, {})  # and so is a plan that is published
    keep_forecast(engine, change_settings(engine, plan_id, {"target": told}), made)
    return told


__all__ = ["PlanId", "Planner", "Strict", "actor_of", "engine_of", "job_document", "router"]
