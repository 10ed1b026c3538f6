"""The analyst's questions over HTTP: backtests of a plan's history, and a day's surge through a ladder of choice."""

from __future__ import annotations

import secrets
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Form, Request, UploadFile
from pydantic import Field, model_validator

from api.explore import days_with_readings, forecasters_view, ladder_of, readings_of_day, replay_view
from api.http.access import Planner, Reader
from api.http.models import NO_CONTROL, Strict
from api.http.planner import job_document
from api.http.problems import HttpRefusal
from api.http.routing import PlanId, QueueName, engine_of, errors, keyed_router
from api.http.uploads import OneAtATime, read_uploaded
from api.intake import read_readings
from api.jobs.queue import add_job, job_of, wish_of_job
from api.notices import heard, with_notes
from api.planner.drafts import draft_of, json_of
from api.sentences import refusal, say
from forecaster.messages import Language, quoted

router = keyed_router("explore")
MOST_SIMULATED_CALLS = 200_000
MOST_REPLAYED = 100_000  # readings: a day of one a second
MOST_REPLAYED_BYTES = 20_000_000


@router.get("/v1/plans/{plan_id}/backtest", responses=errors(404))
def get_backtest(plan_id: PlanId, request: Request, key: Planner) -> dict[str, Any]:
    """Return how forecasts of the history's past months would have done, by month, hour, weekday, horizon and model."""
    del key
    engine = engine_of(request)
    draft_of(engine, plan_id)
    told: dict[str, Any] | None = json_of(engine, plan_id, "backtest.json")
    if told is None:
        raise HttpRefusal(404, say("plan.no_backtest", plan=plan_id))
    return told


@router.get("/v1/explore/forecasters", responses=errors())
def get_forecasters(key: Planner) -> list[dict[str, str | bool]]:
    """Return what can stand beside huawu in a backtest, by name and in words."""
    del key
    return forecasters_view()


@router.get("/v1/queues/{queue}/days", responses=errors(404))
def get_days(queue: QueueName, request: Request, key: Reader) -> list[dict[str, Any]]:
    """Return the days on which the queue's switch spoke, the newest first."""
    del key
    request.app.state.log.state(queue)  # 404 where there is no such queue
    return days_with_readings(engine_of(request), queue, request.app.state.settings.timezone)


class SurgeIn(Strict):
    """A surge to simulate, and who can be called while it lasts."""

    interval_minutes: Annotated[float, Field(ge=5, le=120)] = 30.0
    calls: Annotated[list[Annotated[float, Field(ge=0, le=5000)]], Field(min_length=1, max_length=96)]
    seats: Annotated[list[Annotated[int, Field(ge=0, le=2000)]], Field(min_length=1, max_length=96)]
    aht_seconds: Annotated[float, Field(gt=0, le=7200)] = 180.0
    patience_seconds: Annotated[float, Field(gt=0, le=86400)] | None = None
    people: dict[Literal["expert", "outbound", "qa", "back_office"], Annotated[int, Field(ge=0, le=200)]] = Field(
        default_factory=dict
    )
    sign_in_after_seconds: Annotated[float, Field(ge=0, le=3600)] = 120.0
    runs: Annotated[int, Field(ge=2, le=100)] = 30
    ladder: Annotated[str, Field(max_length=20_000)] = ""

    @model_validator(mode="after")
    def of_one_length(self) -> SurgeIn:
        """Refuse seats of other intervals than the calls', and more work than an answer is worth waiting for."""
        if len(self.calls) != len(self.seats):
            raise refusal("lab.lengths", calls=len(self.calls), seats=len(self.seats))
        if sum(self.calls) * self.runs > MOST_SIMULATED_CALLS:
            raise refusal("lab.too_many", calls=sum(self.calls) * self.runs)
        return self


@router.post("/v1/explore/compare", status_code=202, responses=errors())
def post_compare(body: SurgeIn, request: Request, key: Planner) -> dict[str, Any]:
    """Begin to simulate surges under no ladder, the shipped ones and one of your own; in a process of its own."""
    ladder_of("recommended", body.ladder)  # one that is no ladder is refused before anything begins
    job = add_job(engine_of(request), "lab", secrets.token_hex(6), body.model_dump(mode="json"), actor=key.actor)
    request.app.state.worker.ensure()
    return job_document(job)


@router.get("/v1/explore/compare/{job_id}", responses=errors(404))
def get_compare(job_id: PlanId, request: Request, key: Planner) -> dict[str, Any]:
    """Return how far the comparison has come; its `result` holds one row per ladder."""
    del key
    job = job_of(engine_of(request), job_id)
    if job is None or job.kind != "lab":
        raise HttpRefusal(404, say("lab.none", job=quoted(job_id)))
    if not job.finished:
        request.app.state.worker.ensure()
    return job_document(job)


@router.post("/v1/explore/compare/{job_id}/cancel", responses=errors(404))
def post_compare_cancel(job_id: PlanId, request: Request, key: Planner) -> dict[str, Any]:
    """End a comparison without a result."""
    get_compare(job_id, request, key)
    job = wish_of_job(engine_of(request), job_id, "cancel")
    assert job is not None  # found a moment ago, and jobs are never removed
    return job_document(job)


@router.post("/v1/explore/replay", dependencies=[OneAtATime], responses=errors(404, 413))
def post_replay(
    request: Request,
    key: Planner,
    profile: Annotated[Literal["recommended", "literal", "brisk"], Form()] = "recommended",
    ladder: Annotated[str, Form(max_length=20_000)] = "",
    queue: Annotated[str, Form(max_length=64, pattern=NO_CONTROL)] = "",
    day: Annotated[date | None, Form()] = None,
    lang: Annotated[Language, Form()] = "en",
    file: UploadFile | None = None,
) -> dict[str, Any]:
    """Play a day of a queue's readings, or a file of readings, through a ladder; nothing is ordered by it."""
    del key
    rules = ladder_of(profile, ladder)
    zone: str = request.app.state.settings.timezone

    def play(path: Path) -> dict[str, Any]:
        said = read_readings(path)
        if len(said) > MOST_REPLAYED:
            raise HttpRefusal(422, say("replay.too_many", most=MOST_REPLAYED, count=len(said)))
        return replay_view(said, rules, queue=queue or "hotline", timezone=zone, language=lang)

    if file is not None:
        with heard() as notes:
            view = read_uploaded(file, play, otherwise="readings.csv", most_bytes=MOST_REPLAYED_BYTES)
        return with_notes(view, notes)
    if not queue or day is None:
        raise HttpRefusal(422, say("replay.one"))
    request.app.state.log.state(queue)
    said = readings_of_day(engine_of(request), queue, day, zone)
    return replay_view(said, rules, queue=queue, timezone=zone, language=lang)
