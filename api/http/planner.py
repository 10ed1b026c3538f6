"""A month's plan over HTTP: files in, what was understood of them, forecast, seats, and the long work."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import File, Form, Query, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy import Engine

from api.http.access import Planner
from api.http.downloads import XLSX, attached
from api.http.planner_heads import head_of
from api.http.planner_models import FileReadingIn, JobIn, TargetIn, TreatmentIn
from api.http.problems import HttpRefusal
from api.http.routing import PlanId, engine_of, errors, keyed_router
from api.http.uploads import OneAtATime, read_uploaded, taken_in_together, upload_name
from api.inputs import refuse_what_cannot_be
from api.intake import read_forecast, read_requirement
from api.jobs.queue import Job, add_job, job_of, jobs_of, wish_of_job
from api.leave import leave_request, require_months
from api.names import FILE_WORDS
from api.notices import heard, with_notes
from api.planner.drafts import (
    Draft,
    change_settings,
    draft_digests,
    draft_of,
    file_of,
    json_of,
    put_files,
)
from api.planner.inputs import (
    HISTORY_PARTS,
    demand_of,
    draft_crews,
    draft_frame,
    last_roster_of,
    marked_file,
    override_view,
    overrides_of,
    people_of,
    raw_demand,
    supply_of,
    understood_history,
    understood_people,
    with_target,
)
from api.planner.kept import NOTES, inputs_of_forecast, inputs_of_roster, keep_forecast
from api.planner.views import forecast_view, seats_view
from api.questions import catalogues_of
from api.sentences import say
from api.site import requirement_of
from forecaster.history.periods import in_period, period_words
from forecaster.messages import Language, quoted
from forecaster.names import called

router = keyed_router("plan")
ON_A_ROSTER = ("replan", "tomorrow", "why", "what_if", "shifts")
OF_ONE_QUEUE = ("tomorrow", "rehearse", "leave")
MOST_HISTORY_FILES = 20


@router.get("/v1/plans/{plan_id}", responses=errors(404))
def get_plan(plan_id: PlanId, request: Request, key: Planner) -> dict[str, Any]:
    """Return how far a plan has come: its files, what was understood of them, its jobs."""
    del key
    engine = engine_of(request)
    draft = draft_of(engine, plan_id)
    files = draft_digests(engine, plan_id)
    chosen = draft.settings
    jobs = jobs_of(engine, plan_id)[:10]
    if any(not job.finished for job in jobs):
        request.app.state.worker.ensure()
    return {
        **head_of(draft, engine),
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
    if kind not in draft_digests(engine, draft.plan_id):
        return None
    return json_of(engine, draft.plan_id, f"{kind}_understood.json")


@router.put("/v1/plans/{plan_id}/files/{kind}", dependencies=[OneAtATime], responses=errors(404, 413))
def put_file(
    plan_id: PlanId,
    kind: Literal["history", "people", "last_roster"],
    request: Request,
    key: Planner,
    file: Annotated[
        list[UploadFile] | None,
        File(
            max_length=MOST_HISTORY_FILES,
            description="Left out: what is there is read in another way. A history of several queues that share people "
            "may be several files, one a queue",
        ),
    ] = None,
    reading: Annotated[str, Form(max_length=20_000, description="How to read it, as JSON: see FileReadingIn")] = "{}",
) -> dict[str, Any]:
    """Take in a file and return what was understood of it; one that cannot be used is refused, and nothing is kept.

    A refusal that a word of the planner could mend says in `ask` what to ask: which column is which (with the headings
    and the first rows), which queue, in which order a date is written, what to do about intervals that stand twice. The
    answers are sent with the file as `reading`: `columns`, `queue`, `date_order`, `decimal`, `duplicates`; without the
    file, the one that is there is read in that way.
    """
    del key
    engine = engine_of(request)
    told_how = _reading(reading)
    before = draft_of(engine, plan_id)
    if file and len(file) > 1 and kind != "history":
        raise HttpRefusal(422, say("file.only_one", kind=called(kind, FILE_WORDS), count=len(file)))
    how: dict[str, Any] = {f"{kind}_reading": told_how}
    had = {name: before.settings.get(name) for name in (f"{kind}_name", f"{kind}_reading", HISTORY_PARTS)}
    old = draft_digests(engine, plan_id)
    kept = file_of(engine, plan_id, kind) if kind in old else None
    if file:
        names, content = taken_in_together(file, otherwise=kind)
        how[f"{kind}_name"] = upload_name(file[0], otherwise=kind) + (f" (+{len(names) - 1})" if names else "")
        how |= {HISTORY_PARTS: names} if kind == "history" else {}
    else:
        content = file_of(engine, plan_id, kind)
    put_files(engine, plan_id, {kind: content})
    try:
        draft = change_settings(engine, plan_id, how)
        with heard() as said:
            told = _understood(engine, draft, kind)
    except ValueError:
        put_files(engine, plan_id, {kind: kept})
        change_settings(engine, plan_id, had)
        raise
    told = with_notes(told, said)
    put_files(engine, plan_id, {f"{kind}_understood.json": json.dumps(told, ensure_ascii=False).encode()})
    return told


@router.post(
    "/v1/plans/{plan_id}/files/{kind}/marked",
    dependencies=[OneAtATime],
    response_class=Response,
    responses=errors(404, 413) | {200: {"content": {XLSX: {}}, "description": "The copy, as a workbook"}},
)
def post_marked(
    plan_id: PlanId,
    kind: Literal["history", "people"],
    request: Request,
    key: Planner,
    file: Annotated[UploadFile, File(description="The file that was refused")],
    reading: Annotated[str, Form(max_length=20_000, description="How to read it, as JSON: see FileReadingIn")] = "{}",
    lang: Annotated[Language, Query(description="Language of the explanations")] = "zh",
) -> Response:
    """Return a copy of a refused file (.xlsx) in which every fault is marked, to be corrected there and given again.

    Nothing is kept. A file that is not refused is answered with 422: there is nothing to mark.
    """
    del key
    draft = draft_of(engine_of(request), plan_id)
    told = {name: table for name, table in _reading(reading).items() if name != "queue"}
    copy = read_uploaded(
        file, partial(marked_file, draft=draft, kind=kind, mapping=told, language=lang), otherwise=kind
    )
    return attached(copy, "marked.xlsx", XLSX)


def _reading(text: str) -> dict[str, Any]:
    try:
        return FileReadingIn.model_validate_json(text).tables()
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from None


def _understood(engine: Engine, draft: Draft, kind: str) -> dict[str, Any]:
    if kind == "history":
        demand = raw_demand(engine, draft)
        if not draft.queue:
            change_settings(engine, draft.plan_id, {"queue_shown": demand.history.queue})
        told = understood_history(demand, draft.month, [])
        return {name: value for name, value in told.items() if name not in ("days", "findings", "treatments")}
    if kind == "people":
        return understood_people(people_of(engine, draft), str(draft.settings.get("people_name")))
    roster = last_roster_of(engine, draft)
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
            raise HttpRefusal(422, say("stretch.backwards", start=one.start_at, end=one.end_at))
        if one.treat == "value" and one.value is None:
            raise HttpRefusal(422, say("stretch.no_value", start=one.start_at))
    told = [{**one.model_dump(mode="json"), "actor": key.actor} for one in body]
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
        "error_zh": job.result.get("error_zh", ""),
        "actor": job.actor,
        "attempt": job.attempt,
        "created_at": job.created_at.isoformat(),
        "started_at": None if job.started_at is None else job.started_at.isoformat(),
        "finished_at": None if job.finished_at is None else job.finished_at.isoformat(),
    }


@router.post("/v1/plans/{plan_id}/jobs", status_code=202, responses=errors(404, 413))
def post_job(plan_id: PlanId, body: JobIn, request: Request, key: Planner) -> dict[str, Any]:
    """Begin long work on the plan in a process of its own; work of the same kind that is under way is returned."""
    engine = engine_of(request)
    draft = draft_of(engine, plan_id)
    if draft.published_at is not None and body.kind in ("forecast", "roster"):
        raise HttpRefusal(422, say("plan.frozen", plan=plan_id, at=draft.published_at.isoformat()))
    file_of(engine, plan_id, "history")
    if body.kind == "roster":
        file_of(engine, plan_id, "people")
        file_of(engine, plan_id, "forecast.csv")
        demand = demand_of(engine, draft)
        supply = supply_of(engine, draft, demand)
        draft_crews(supply, demand)  # a skill that is no queue's is refused before anything is begun
        refuse_what_cannot_be(supply)
    if body.kind in OF_ONE_QUEUE and (several := raw_demand(engine, draft).queues):
        raise HttpRefusal(422, say("floor.not_yet", queues=[one.history.queue for one in several]))
    if body.kind in ("rehearse", "leave"):
        file_of(engine, plan_id, "people")
    if body.kind == "leave":
        require_months(body.months)
    for one in body.requests:
        leave_request(one.model_dump(mode="json"))
    if body.kind in ON_A_ROSTER:
        file_of(engine, plan_id, "roster.csv")
    catalogues_of(body.shift_sets)  # one that cannot be read is refused before anything is begun
    arguments = body.model_dump(mode="json", exclude={"kind"}, exclude_unset=True)
    job = add_job(engine, body.kind, plan_id, arguments, actor=key.actor)
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
        raise HttpRefusal(404, say("plan.no_job", plan=plan_id, job=quoted(job_id)))
    return job


@router.get("/v1/plans/{plan_id}/forecast", responses=errors(404))
def get_forecast(
    plan_id: PlanId, request: Request, key: Planner, day: Annotated[date | None, Query()] = None
) -> dict[str, Any]:
    """Return the forecast by day, or one day's by interval, with bands and the same days a month and a year before."""
    del key
    engine = engine_of(request)
    draft = draft_of(engine, plan_id)
    if day is not None and not in_period(day, draft.month):
        raise HttpRefusal(422, say("month.outside", day=day, month=period_words(draft.month)))
    file_of(engine, plan_id, "forecast.csv")
    demand = demand_of(engine, draft)
    frame = draft_frame(engine, draft, "forecast.csv", read_forecast, demand.history.timezone)
    adjustments = [override_view(one, demand.history.timezone) for one in overrides_of(engine, draft)]
    reasons = json_of(engine, plan_id, "reasons.json")
    view = forecast_view(frame, demand.history, demand.calendar, adjustments, day=day, reasons=reasons)
    return view | {"notes": json_of(engine, plan_id, NOTES) or []}


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
        forecast = draft_frame(engine, draft, "forecast.csv", read_forecast, demand.history.timezone)
        need = requirement_of(forecast, demand.site)
    else:
        need = draft_frame(engine, draft, "requirement.csv", read_requirement, demand.history.timezone)
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
    made = draft_frame(engine, draft, "forecast_made.csv", read_forecast, demand_of(engine, draft).history.timezone)
    with_target(demand_of(engine, draft), told)  # one that cannot be is refused before anything is written
    put_files(engine, plan_id, {})  # and so is a plan that is published
    keep_forecast(engine, change_settings(engine, plan_id, {"target": told}), made)
    return told
