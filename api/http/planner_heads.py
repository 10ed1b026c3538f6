"""Plans as wholes over HTTP: begin, list, name, copy, delete, and what one would change of what is published."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from sqlalchemy import Engine

from api.http.access import Planner
from api.http.planner_models import PlanIn, PlanWordsIn
from api.http.routing import PlanId, engine_of, errors, keyed_router
from api.jobs.queue import jobs_of, wish_of_job
from api.planner.drafts import Draft, change_settings, copied_draft, delete_draft, draft_of, drafts, new_draft
from api.planner.roster import roster_of
from api.planner.superseding import in_force, superseded_view
from forecaster.history.periods import first_day, period_name, period_of, period_words

router = keyed_router("plan")


def head_of(draft: Draft, engine: Engine) -> dict[str, Any]:
    """Return what is said of a plan as a whole."""
    (told,) = _heads(engine, [draft])
    return told


def _heads(engine: Engine, found: list[Draft]) -> list[dict[str, Any]]:
    current = in_force(engine) if any(one.published_at is not None for one in found) else set()
    return [
        {
            "plan_id": one.plan_id,
            "queue": one.queue,
            "queue_shown": one.queue or one.settings.get("queue_shown", ""),
            "month": period_name(one.month),
            "period": vars(period_words(one.month)),
            "first_day": first_day(one.month).isoformat(),
            "title": one.settings.get("title", ""),
            "note": one.settings.get("note", ""),
            "copied_from": one.settings.get("copied_from"),
            "created_at": one.created_at.isoformat(),
            "created_by": one.created_by,
            "published_at": None if one.published_at is None else one.published_at.isoformat(),
            "published_by": one.published_by,
            "superseded": one.published_at is not None and one.settings.get("version") not in current,
        }
        for one in found
    ]


@router.post("/v1/plans", status_code=201, responses=errors())
def post_plan(body: PlanIn, request: Request, key: Planner) -> dict[str, Any]:
    """Begin a plan."""
    settings = {name: value for name, value in body.model_dump(exclude={"month"}).items() if value}
    month, engine = period_of(body.month), engine_of(request)
    return head_of(new_draft(engine, month, queue=body.queue or "", settings=settings, actor=key.actor), engine)


@router.get("/v1/plans", responses=errors())
def get_plans(request: Request, key: Planner) -> list[dict[str, Any]]:
    """Return every plan, the newest first; `superseded` ones are published, and a later version counts."""
    del key
    return _heads(engine_of(request), drafts(engine_of(request)))


@router.put("/v1/plans/{plan_id}", responses=errors(404))
def put_plan(plan_id: PlanId, body: PlanWordsIn, request: Request, key: Planner) -> dict[str, Any]:
    """Give a plan a name or a note; both may change after it is published, for neither is part of what is published."""
    del key
    engine = engine_of(request)
    return head_of(change_settings(engine, plan_id, body.model_dump(exclude_none=True)), engine)


@router.post("/v1/plans/{plan_id}/copy", status_code=201, responses=errors(404))
def post_copy(plan_id: PlanId, body: PlanWordsIn, request: Request, key: Planner) -> dict[str, Any]:
    """Begin a draft that has all of another plan: to try something, or to supersede what is published."""
    engine = engine_of(request)
    made = copied_draft(engine, draft_of(engine, plan_id), actor=key.actor, title=body.title or "")
    return head_of(change_settings(engine, made.plan_id, {"note": body.note}) if body.note else made, engine)


@router.delete("/v1/plans/{plan_id}", responses=errors(404))
def delete_plan(plan_id: PlanId, request: Request, key: Planner) -> dict[str, str]:
    """Delete a draft with its files; long work on it is cancelled. What is published stays."""
    engine = engine_of(request)
    delete_draft(engine, plan_id, actor=key.actor)
    for job in jobs_of(engine, plan_id):
        if not job.finished:
            wish_of_job(engine, job.job_id, "cancel")
    return {"deleted": plan_id}


@router.get("/v1/plans/{plan_id}/supersedes", responses=errors(404))
def get_supersedes(plan_id: PlanId, request: Request, key: Planner) -> dict[str, Any]:
    """Return what publishing this plan would change of the version published now (`version` None: there is none).

    `cells` are the days whose shift differs (`before`, `after`), `calls`, `seat_hours` and `shortage_hours` the month's
    sums in both.
    """
    del key
    engine = engine_of(request)
    return superseded_view(engine, roster_of(engine, plan_id))
