"""A plan's special days over HTTP: its own in the calendar, and days of the forecast changed by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

import pandas as pd
from fastapi import Request, UploadFile
from pydantic import AwareDatetime, Field, field_validator, model_validator
from sqlalchemy import Engine

from api.http.access import Planner
from api.http.models import FreeText, Strict
from api.http.problems import HttpRefusal
from api.http.routing import PlanId, engine_of, errors, keyed_router
from api.http.uploads import OneAtATime, read_uploaded
from api.intake import read_forecast, read_overrides
from api.notices import heard, with_notes
from api.planner.drafts import Draft, draft_of, file_of, put_files
from api.planner.inputs import (
    OVERRIDES,
    OWN_DAYS,
    calendar_from_file,
    dated,
    demand_of,
    draft_frame,
    overrides_csv,
    own_days_of,
    require_own_days,
)
from api.planner.kept import keep_forecast
from api.planner.reasons import effect_words
from api.sentences import refusal, say
from forecaster.forecast.overrides import Override
from forecaster.history.calendar import CampaignKind
from forecaster.history.intervals import month_intervals

router = keyed_router("plan")
DayName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$")]
Day = date  # a field may have the name of its type
MOST_ENTRIES = 400


class AdjustmentIn(Strict):
    """A day of the forecast (`date`), or a stretch of it (`start_at`, `end_at`), scaled by hand, with the reason."""

    date: Day | None = None
    start_at: AwareDatetime | None = None
    end_at: AwareDatetime | None = None
    factor: Annotated[float, Field(ge=0, le=10)]
    reason: FreeText

    @model_validator(mode="after")
    def either_day_or_stretch(self) -> AdjustmentIn:
        """Refuse what says neither or both."""
        if (self.date is None) == (self.start_at is None) or (self.start_at is None) != (self.end_at is None):
            raise refusal("day.date_or_times")
        return self

    def override(self, timezone: str, made_by: str) -> Override:
        """Return the change as the command line's file would tell it."""
        if self.date is not None:
            start = pd.Timestamp(self.date).tz_localize(timezone)
            return Override(start, start + pd.DateOffset(days=1), self.factor, self.reason, made_by)
        start, end = (pd.Timestamp(str(at)).tz_convert(timezone) for at in (self.start_at, self.end_at))
        return Override(start, end, self.factor, self.reason, made_by)


class CampaignIn(Strict):
    """A push that brings calls; without a `size` the effect of earlier ones of its kind is taken."""

    name: DayName
    start: date
    days: Annotated[int, Field(ge=1, le=366)]
    size: Annotated[float, Field(ge=-1, le=100)] | None = None
    half_life_days: Annotated[float, Field(gt=0, le=366)] = 3.0
    kind: CampaignKind = "campaign"


class ObservanceIn(Strict):
    """Working days with a name, whose effect is learned from the same name in the past."""

    name: DayName
    first: date
    last: date


class FaultyStretchIn(Strict):
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
            raise refusal("time.local")
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
    fault: list[FaultyStretchIn] = Field(default_factory=list, max_length=MOST_ENTRIES)
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
    require_own_days(draft_of(engine, plan_id), dated(tables), source=OWN_DAYS)
    put_files(engine, plan_id, {"calendar.json": json.dumps(tables, ensure_ascii=False).encode()})
    return tables


@router.put("/v1/plans/{plan_id}/files/calendar", dependencies=[OneAtATime], responses=errors(404, 413))
def put_calendar_file(plan_id: PlanId, file: UploadFile, request: Request, key: Planner) -> dict[str, Any]:
    """Take in a calendar file (TOML, or a table: CSV, .xlsx …) in place of the plan's own days."""
    del key
    engine = engine_of(request)
    draft = draft_of(engine, plan_id)
    tables = read_uploaded(file, partial(calendar_from_file, draft), otherwise="calendar.toml")
    content = json.dumps(tables, ensure_ascii=False, default=lambda value: value.isoformat())
    put_files(engine, plan_id, {"calendar.json": content.encode()})
    told: dict[str, Any] = json.loads(content)
    return told


@router.put("/v1/plans/{plan_id}/adjustments", responses=errors(404))
def put_adjustments(plan_id: PlanId, body: list[AdjustmentIn], request: Request, key: Planner) -> dict[str, Any]:
    """Scale days or stretches of the forecast by hand, each with its reason; the whole list each time."""
    engine = engine_of(request)
    draft = draft_of(engine, plan_id)
    days = [one.date for one in body if one.date is not None]
    if len(set(days)) < len(days):
        raise HttpRefusal(422, say("day.twice"))
    timezone = demand_of(engine, draft).history.timezone
    return _override(engine, draft, [one.override(timezone, key.actor) for one in body])


@router.put("/v1/plans/{plan_id}/files/overrides", dependencies=[OneAtATime], responses=errors(404, 413))
def put_overrides_file(plan_id: PlanId, file: UploadFile, request: Request, key: Planner) -> dict[str, Any]:
    """Take in the file that `huawu forecast --overrides` reads, in place of all changes made by hand."""
    del key
    engine = engine_of(request)
    draft = draft_of(engine, plan_id)
    timezone = demand_of(engine, draft).history.timezone
    with heard() as said:
        told = read_uploaded(file, lambda path: read_overrides(path, timezone=timezone), otherwise=OVERRIDES)
    return with_notes(_override(engine, draft, told), said)


def _override(engine: Engine, draft: Draft, told: Sequence[Override]) -> dict[str, Any]:
    """Keep the overrides and the forecast that they make."""
    demand = demand_of(engine, draft)
    month = month_intervals(draft.month, demand.history.timezone)
    for one in told:
        if one.start_at < month[0] or one.end_at > month[-1] + pd.Timedelta(hours=1):
            raise HttpRefusal(422, say("month.outside", month=draft.month, day=f"{one.start_at:%Y-%m-%d %H:%M}"))
    file_of(engine, draft.plan_id, "forecast_made.csv")
    made = draft_frame(engine, draft, "forecast_made.csv", read_forecast, demand.history.timezone)
    put_files(engine, draft.plan_id, {OVERRIDES: overrides_csv(told) if told else None})
    keep_forecast(engine, draft, made)
    return {"adjustments": len(told)}
