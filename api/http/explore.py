"""The analyst's questions over HTTP: backtests of a plan's history, and a day's surge through a ladder of choice."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request, UploadFile
from starlette.exceptions import HTTPException

from api.drafts import draft_of, json_of, without_folder
from api.explore import days_with_readings, ladder_of, readings_of_day, replay_view
from api.http.access import bearer_scheme, header_scheme, requires
from api.http.planner import PlanId, Planner, engine_of
from api.http.surge import QueueName, errors
from api.intake import read_readings
from api.keys import Key

router = APIRouter(tags=["explore"], dependencies=[Depends(bearer_scheme), Depends(header_scheme)])
Reader = Annotated[Key, Depends(requires("read"))]


@router.get("/v1/plans/{plan_id}/backtest", responses=errors(404))
def get_backtest(plan_id: PlanId, request: Request, key: Planner) -> dict[str, Any]:
    """Return how forecasts of the history's past months would have done, by month, hour, weekday, horizon and model."""
    del key
    engine = engine_of(request)
    draft_of(engine, plan_id)
    told: dict[str, Any] | None = json_of(engine, plan_id, "backtest.json")
    if told is None:
        raise HTTPException(404, f"plan {plan_id} has no backtest yet; begin a job of kind backtest")
    return told


@router.get("/v1/queues/{queue}/days", responses=errors(404))
def get_days(queue: QueueName, request: Request, key: Reader) -> list[dict[str, Any]]:
    """Return the days on which the queue's switch spoke, the newest first."""
    del key
    request.app.state.log.state(queue)  # 404 where there is no such queue
    return days_with_readings(engine_of(request), queue, request.app.state.settings.timezone)


@router.post("/v1/explore/replay", responses=errors(404, 413))
def post_replay(
    request: Request,
    key: Reader,
    profile: Annotated[Literal["recommended", "literal"], Form()] = "recommended",
    ladder: Annotated[str, Form(max_length=20_000)] = "",
    queue: Annotated[str, Form(max_length=64, pattern=r"^[^\x00-\x1f]*$")] = "",
    day: Annotated[date | None, Form()] = None,
    lang: Annotated[Literal["zh", "en"], Form()] = "en",
    file: UploadFile | None = None,
) -> dict[str, Any]:
    """Play a day of a queue's readings, or a file of readings, through a ladder; nothing is ordered by it."""
    del key
    rules = ladder_of(profile, ladder)
    zone: str = request.app.state.settings.timezone
    if file is not None:
        name = Path((file.filename or "readings.csv").replace("\\", "/").replace("\x00", "")).name or "readings.csv"
        with tempfile.TemporaryDirectory(prefix="huawu-") as folder:
            path = Path(folder, name)
            path.write_bytes(file.file.read())
            try:
                said = read_readings(path)
                return replay_view(said, rules, queue=queue or "hotline", timezone=zone, language=lang)
            except ValueError as error:
                raise ValueError(without_folder(str(error), folder)) from None
    if not queue or day is None:
        raise HTTPException(422, "give a file of readings, or a queue and a day")
    request.app.state.log.state(queue)
    said = readings_of_day(engine_of(request), queue, day, zone)
    return replay_view(said, rules, queue=queue, timezone=zone, language=lang)
