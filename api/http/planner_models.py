"""The bodies that the planner's requests carry."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from api.explore import AGAINST
from api.http.models import NO_CONTROL, Badge, FreeText, InstantField, Strict
from forecaster.forecast.forecasters import forecasters_named
from optimizer.desk.leave_quota import SHORT_SHARE
from optimizer.desk.leave_requests import Ranking

PERIOD = r"^20\d{2}-(0[1-9]|1[0-2])(-\d{2}\.\.20\d{2}-\d{2}-\d{2})?$"  # as `forecaster.history.periods` names it
DAYS_PATTERN = r"^20\d{2}-\d{2}-\d{2}(\.\.20\d{2}-\d{2}-\d{2})?$"


def _known(forecaster: str) -> str:
    return next(iter(forecasters_named([forecaster])))


ForecasterName = Annotated[str, AfterValidator(_known)]
SetName = Annotated[str, Field(min_length=1, max_length=64, pattern=NO_CONTROL)]


class PlanIn(Strict):
    """A plan to begin."""

    month: Annotated[str, Field(pattern=PERIOD, examples=["2026-12"])] = Field(
        description="A month, or another period by its first and last day: `2026-12-07..2027-01-03`"
    )
    queue: Annotated[str, Field(max_length=64, pattern=NO_CONTROL)] | None = None
    timezone: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_+\-/]*$")] | None = None
    country: Annotated[str, Field(pattern=r"^([A-Za-z]{2}|-)?$")] | None = Field(
        None, description="Whose public holidays count; '-' for none"
    )


class PlanWordsIn(Strict):
    """A plan's name and note in the planner's words; what is left out stays."""

    title: Annotated[str, Field(max_length=80, pattern=NO_CONTROL)] | None = None
    note: Annotated[str, Field(max_length=2000)] | None = None


class TreatmentIn(Strict):
    """What to do about a stretch of the history: forget it, overwrite its calls, or keep what would be forgotten."""

    start_at: InstantField
    end_at: InstantField
    treat: Literal["missing", "keep", "value"]
    value: Annotated[float, Field(ge=0, le=1e9)] | None = None
    reason: FreeText


HeadingText = Annotated[str, Field(max_length=200)]


class FileReadingIn(Strict):
    """How an uploaded file is to be read, where its headings and cells do not tell."""

    columns: Annotated[
        dict[str, HeadingText | Annotated[list[HeadingText], Field(max_length=200)]], Field(max_length=40)
    ] = Field(default_factory=dict)
    queue: Annotated[str, Field(max_length=64)] = ""
    date_order: Literal["dmy", "mdy", "ymd"] | None = None
    decimal: Literal[",", "."] | None = None
    duplicates: Literal["sum", "first", "last"] | None = None

    def tables(self) -> dict[str, Any]:
        """Return it as the tables of a mapping file, with the queue beside them; what is not said is left out."""
        cells = {"date_order": self.date_order, "decimal": self.decimal}
        told = {
            "columns": {name: heading for name, heading in self.columns.items() if heading},
            "cells": {name: way for name, way in cells.items() if way},
            "queue": self.queue,
            "treat": {"duplicates": self.duplicates} if self.duplicates else {},
        }
        return {name: table for name, table in told.items() if table}


class TargetIn(Strict):
    """The service that seats are worked out for; what is left out stays as it is."""

    service_level: Annotated[float, Field(gt=0, lt=1)] | None = None
    answer_within_seconds: Annotated[float, Field(ge=0, le=3600)] | None = None
    max_occupancy: Annotated[float, Field(gt=0, le=1)] | None = None
    shrinkage: Annotated[float, Field(ge=0, le=0.9)] | None = None


class AwayIn(Strict):
    """Somebody who is away now: one day, or a range of days."""

    badge: Badge
    days: Annotated[str, Field(pattern=DAYS_PATTERN, examples=["2026-12-07..2026-12-09"])]


class LeaveIn(Strict):
    """A request for leave, from its first day to its last."""

    badge: Badge
    first_on: date
    last_on: date | None = None
    asked_at: InstantField | None = None
    points: Annotated[float, Field(ge=0)] = 0.0
    good_days_before: Annotated[float, Field(ge=0)] = 0.0


class JobIn(Strict):
    """Long work to begin.

    `roster` takes `time_limit_seconds`, `seed` and `seat_value` (what it strives for: the seats required, or what each
    seat is worth over the forecast's whole band); `backtest` takes `months` and
    `against` (forecasters beside, of `GET /v1/explore/forecasters`); `replan` repairs the roster and takes
    `away`, `frozen_before`, `most_changes` and `seed` (of a published plan it makes a new draft); `tomorrow`
    looks at the next `days` from `first_day` (by default the day after the newest history kept of the queue) and finds
    the way back to the promise, to be decided by `POST …/tomorrow/decisions`; `rehearse` plans the
    last `months` whole months of the history again and lets their calls come, with `ladders` live and re-planned
    `daily` where asked (`time_limit_seconds` a month); `why` finds what
    cannot be kept together and what each rule costs; `what_if` takes `headcount`, `role`, `contract_hours` and
    `shift_sets` (name: the text of a shift file, TOML); `shifts` takes `start_times` and
    `every_minutes` (start times anywhere on that grid, not those of the catalogue alone); `leave` counts how many may
    be on leave each day of `months` (12 at most) from `first_month` (by default the one after the plan's), so that no
    more than `short_share` of a week's seat-hours stay uncovered, and decides on `requests` by their `ranking`. What
    the last five find is the job's `result`, and so is what `tomorrow` finds.
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
                {
                    "kind": "what_if",
                    "shift_sets": {
                        "two turns": '[[family]]\ncode = "D"\nstarts = ["08:00", "16:00"]\nlengths_minutes = [480]\n'
                    },
                },
                {
                    "kind": "leave",
                    "first_month": "2027-01",
                    "months": 3,
                    "requests": [{"badge": "1002", "first_on": "2027-02-08", "last_on": "2027-02-12"}],
                },
                {"kind": "shifts", "start_times": [2, 3, 4, 6, 8]},
            ]
        },
    )

    kind: Literal[
        "forecast", "roster", "backtest", "replan", "tomorrow", "rehearse", "why", "what_if", "leave", "shifts"
    ]
    time_limit_seconds: Annotated[float, Field(ge=1, le=3600)] = 60.0
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    months: Annotated[int, Field(ge=1, le=60)] = 6
    against: Annotated[list[ForecasterName], Field(max_length=20)] = Field(default_factory=lambda: [*AGAINST])
    seat_value: Literal["required", "distribution"] = "required"
    away: Annotated[list[AwayIn], Field(max_length=400, default_factory=list)]
    frozen_before: date | None = None
    first_day: date | None = None
    days: Annotated[int, Field(ge=1, le=14)] = 7
    daily: bool = False
    ladders: Annotated[list[Literal["recommended", "literal", "brisk"]], Field(max_length=3)] = Field(
        default_factory=list
    )
    most_changes: Annotated[int, Field(ge=0, le=10_000)] | None = None
    headcount: Annotated[list[Annotated[int, Field(ge=-5000, le=5000)]], Field(max_length=20)] = Field(
        default_factory=list
    )
    role: Literal["inbound", "expert", "outbound", "qa", "back_office", "supervisor", "business_supervisor", "vip"] = (
        "inbound"
    )
    contract_hours: Annotated[list[Annotated[float, Field(gt=0, le=60)]], Field(max_length=20)] = Field(
        default_factory=list
    )
    shift_sets: Annotated[dict[SetName, Annotated[str, Field(max_length=100_000)]], Field(max_length=10)] = Field(
        default_factory=dict
    )
    start_times: Annotated[list[Annotated[int, Field(ge=1, le=24)]], Field(max_length=20, default_factory=list)]
    every_minutes: Literal[15, 30, 60, 120] | None = None
    first_month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2027-01"])] | None = None
    requests: Annotated[list[LeaveIn], Field(max_length=20_000, default_factory=list)]
    ranking: Ranking = "fair"
    short_share: Annotated[float, Field(ge=0, le=0.5)] = SHORT_SHARE
