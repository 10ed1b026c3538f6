"""A plan's special days over HTTP: its own in the calendar, and days of the forecast changed by hand."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Depends, Request, UploadFile
from pydantic import Field, field_validator
from starlette.exceptions import HTTPException

from api.calendar_files import with_own_days
from api.drafts import draft_of, file_of, put_files
from api.http.access import bearer_scheme, header_scheme
from api.http.models import Words
from api.http.planner import PlanId, Planner, actor_of, engine_of
from api.http.planner_models import Strict
from api.http.surge import errors
from api.intake import read_forecast
from api.jobs_planning import keep_forecast
from api.planner_inputs import OWN_DAYS, calendar_from_toml, dated, demand_of, frame_of, own_days_of
from api.reasons import effect_words
from forecaster.special_days import Calendar

router = APIRouter(tags=["plan"], dependencies=[Depends(bearer_scheme), Depends(header_scheme)])
DayName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$")]
MOST_ENTRIES = 400


class AdjustmentIn(Strict):
    """A day's forecast scaled by hand, with the reason."""

    date: date
    factor: Annotated[float, Field(ge=0, le=10)]
    reason: Words


class CampaignIn(Strict):
    """A push that brings calls; without a `size` the effect of earlier ones of its kind is taken."""

    name: DayName
    start: date
    days: Annotated[int, Field(ge=1, le=366)]
    size: Annotated[float, Field(ge=-1, le=100)] | None = None
    half_life_days: Annotated[float, Field(gt=0, le=366)] = 3.0
    kind: Literal["campaign", "sms"] = "campaign"


class ObservanceIn(Strict):
    """Working days with a name, whose effect is learned from the same name in the past."""

    name: DayName
    first: date
    last: date


class FaultIn(Strict):
    """A fault: what was observed between these local instants is no guide to other days (`kept`: it is one)."""

    name: DayName
    start_at: datetime
    end_at: datetime
    kept: bool = False

    @field_validator("start_at", "end_at")
    @classmethod
    def local(cls, value: datetime) -> datetime:
        """Refuse an instant with an offset: the calendar is the site's own."""
        if value.tzinfo is not None:
            raise ValueError("give a local time without an offset, such as 2026-06-18T14:00:00")
        return value


class EffectIn(Strict):
    """The factor of an effect, by its name in `learned` of the forecast, in place of what would be learned."""

    name: DayName
    factor: Annotated[float, Field(ge=0.01, le=100)]


class OwnDaysIn(Strict):
    """The plan's own days, on top of the national calendar; the whole list each time."""

    billing_days: list[Annotated[int, Field(ge=1, le=31)]] = Field(default_factory=list, max_length=31)
    campaign: list[CampaignIn] = Field(default_factory=list, max_length=MOST_ENTRIES)
    observance: list[ObservanceIn] = Field(default_factory=list, max_length=MOST_ENTRIES)
    fault: list[FaultIn] = Field(default_factory=list, max_length=MOST_ENTRIES)
    effect: list[EffectIn] | None = Field(default=None, max_length=MOST_ENTRIES)  # left out: as they were


@router.get("/v1/plans/{plan_id}/calendar", responses=errors(404))
def get_calendar(plan_id: PlanId, request: Request, key: Planner) -> dict[str, Any]:
    """Return the plan's own days, as the tables of a calendar file, and what the effects it sets are called."""
    del key
    engine = engine_of(request)
    draft_of(engine, plan_id)
    told = {**OwnDaysIn(effect=[]).model_dump(mode="json"), **own_days_of(engine, plan_id)}
    words = {one["name"]: effect_words(one["name"]) for one in told["effect"]}
    return {**told, "effect_names": {name: {"zh": one.zh, "en": one.en} for name, one in words.items()}}


@router.put("/v1/plans/{plan_id}/calendar", responses=errors(404))
def put_calendar(plan_id: PlanId, body: OwnDaysIn, request: Request, key: Planner) -> dict[str, Any]:
    """Name the plan's own days; the forecast is then to be made again. Other tables of a calendar file given stay."""
    del key
    engine = engine_of(request)
    tables = {**own_days_of(engine, plan_id), **body.model_dump(mode="json", exclude_none=True)}
    with_own_days(Calendar(), dated(tables), source=OWN_DAYS)
    put_files(engine, plan_id, {"calendar.json": json.dumps(tables, ensure_ascii=False).encode()})
    return tables


@router.put("/v1/plans/{plan_id}/files/calendar", responses=errors(404, 413))
def put_calendar_file(plan_id: PlanId, file: UploadFile, request: Request, key: Planner) -> dict[str, Any]:
    """Take in a calendar file (TOML) in place of the plan's own days."""
    del key
    engine = engine_of(request)
    draft_of(engine, plan_id)
    tables = calendar_from_toml(file.file.read(), file.filename or "calendar.toml")
    content = json.dumps(tables, ensure_ascii=False, default=lambda value: value.isoformat())
    put_files(engine, plan_id, {"calendar.json": content.encode()})
    told: dict[str, Any] = json.loads(content)
    return told


@router.put("/v1/plans/{plan_id}/adjustments", responses=errors(404))
def put_adjustments(plan_id: PlanId, body: list[AdjustmentIn], request: Request, key: Planner) -> dict[str, Any]:
    """Scale days of the forecast by hand, each with its reason; the whole list each time."""
    engine = engine_of(request)
    draft = draft_of(engine, plan_id)
    for one in body:
        if pd.Period(one.date, freq="M") != draft.month:
            raise HTTPException(422, f"{one.date} lies outside the month {draft.month}")
    if len({one.date for one in body}) < len(body):
        raise HTTPException(422, "a day is adjusted twice; say it once")
    file_of(engine, plan_id, "forecast_made.csv")
    made = frame_of(engine, draft, "forecast_made.csv", read_forecast, demand_of(engine, draft).history.timezone)
    told = [{**one.model_dump(mode="json"), "actor": actor_of(key)} for one in body]
    put_files(engine, plan_id, {"adjustments.json": json.dumps(told, ensure_ascii=False).encode()})
    keep_forecast(engine, draft, made)
    return {"adjustments": len(told)}
