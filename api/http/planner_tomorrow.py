"""The next days of a plan over HTTP: what was found of them, and the changes taken or refused line by line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Request
from pydantic import Field

from api.http.access import Planner
from api.http.models import Strict
from api.http.routing import PlanId, engine_of, errors, keyed_router
from api.planner.drafts import ChangedMeanwhile, copied_draft, file_of
from api.planner.kept import keep_plan
from api.planner.roster import roster_of
from api.sentences import say
from api.tomorrow import change_of, decided

router = keyed_router("plan")
Number = Annotated[int, Field(ge=1, le=100_000)]


class DecisionsIn(Strict):
    """Which changes of the next days are taken, and which refused, by their numbers; the others stay open."""

    taken: Annotated[list[Number], Field(max_length=5000)] = Field(default_factory=list)
    refused: Annotated[list[Number], Field(max_length=5000)] = Field(default_factory=list)


@router.get("/v1/plans/{plan_id}/tomorrow", responses=errors(404))
def get_tomorrow(plan_id: PlanId, request: Request, key: Planner) -> dict[str, Any]:
    """Return what the last job `tomorrow` found: the days with their levels, the way back, and what rule C10 says.

    `days`: by date calls with limits, the published plan's, `outside_band`, the level `expected` with `lower_80`,
    `upper_80` and `chance`, the level `wanted` back, and the same four `…_after` every change. `changes`: one row each
    with its `change` number, `kind`, person, hours, cost in `paid_hours`, burden (`nights`, `weekends`, `holidays`) and
    the rule it `touches`.
    """
    del key
    found: dict[str, Any] = json.loads(file_of(engine_of(request), plan_id, "tomorrow.json"))
    return found


@router.post("/v1/plans/{plan_id}/tomorrow/decisions", responses=errors(404))
def post_decisions(plan_id: PlanId, body: DecisionsIn, request: Request, key: Planner) -> dict[str, Any]:
    """Take and refuse changes of the next days; of a published plan a new draft is made, to be published in turn."""
    engine = engine_of(request)
    held = roster_of(engine, plan_id)
    found = json.loads(file_of(engine, plan_id, "tomorrow.json"))
    if found["mark"] != held.mark:
        raise ChangedMeanwhile(say("ahead.stale", plan=plan_id))
    changes = [change_of(row, held.timezone) for row in found["changes"]]
    made = decided(
        held.plan,
        held.demand.site,
        held.situation,
        changes,
        taken=set(body.taken),
        refused=set(body.refused),
        decided_by=key.actor,
        decided_at=datetime.now(UTC),
    )
    draft = held.draft
    if draft.published_at is not None:
        draft = copied_draft(engine, draft, actor=key.actor)
    keep_plan(engine, draft, made)
    return {
        "plan_id": draft.plan_id,
        "taken": len(set(body.taken)),
        "refused": len(set(body.refused)),
        "shortage_hours": made.facts["shortage_hours"],
    }
