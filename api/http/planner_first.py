"""What a planner begins with: empty files to fill in, and a first look at a history alone."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Query, Request, Response

from api.first_look import first_look
from api.http.access import Planner
from api.http.downloads import HTML, XLSX, written
from api.http.routing import PlanId, engine_of, errors, keyed_router
from api.http.uploads import OneAtATime
from api.planner.drafts import draft_of
from api.planner.inputs import demand_of
from api.reports.templates import TemplateKind, write_template
from forecaster.messages import Language

router = keyed_router("plan")


@router.get("/v1/templates/{kind}", response_class=Response, responses={**errors(404), 200: {"content": {XLSX: {}}}})
def get_template(kind: TemplateKind, key: Planner, lang: Annotated[Language, Query()] = "en") -> Response:
    """Return an empty workbook to fill in, with drop-downs and a comment on each heading."""
    del key
    return written(partial(write_template, kind, language=lang), f"{kind}.xlsx", XLSX)


@router.get(
    "/v1/plans/{plan_id}/first-look",
    dependencies=[OneAtATime],
    response_class=Response,
    responses={**errors(404), 200: {"content": {"text/html": {}}}},
)
def get_first_look(plan_id: PlanId, request: Request, key: Planner) -> Response:
    """Return what the plan's history alone tells, as a page: what it is, how well forecast, what next month needs."""
    from api.reports.first_look_page import write_first_look

    del key
    engine = engine_of(request)
    demand = demand_of(engine, draft_of(engine, plan_id))
    return written(partial(write_first_look, first_look(demand), alarms=demand.alarms), "first_look.html", HTML)
