"""What requests and answers look like, with examples for the OpenAPI document."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    WithJsonSchema,
)

from api.sentences import refusal

STAMP = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})$")
OFFSETLESS = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$")

NO_CONTROL = r"^[^\x00-\x1f]*$"
# One line: no control character, no sign that breaks or turns lines.
PLAIN_TEXT = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+$"


def _one_line(value: str) -> str:
    if re.fullmatch(PLAIN_TEXT, value) is None:
        raise refusal("text.control")
    return value


def _stamp(value: Any) -> Any:
    if isinstance(value, str) and STAMP.match(value):
        return value
    if isinstance(value, str) and OFFSETLESS.match(value):
        raise refusal("time.zone")
    raise refusal("time.form")


def _in_utc(value: datetime) -> datetime:
    if not 2000 <= value.year <= 2100:
        raise refusal("time.year")
    return value.astimezone(UTC)


InstantField = Annotated[
    AwareDatetime,
    BeforeValidator(_stamp),
    AfterValidator(_in_utc),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "ISO 8601 with offset, years 2000 to 2100",
            "examples": ["2026-12-01T09:00:00+08:00"],
        }
    ),
]
Badge = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z._\-]+$", examples=["S012"])]
OneLine = AfterValidator(_one_line)
Word = Annotated[str, Field(min_length=1, max_length=128, json_schema_extra={"pattern": PLAIN_TEXT}), OneLine]
FreeText = Annotated[
    str,
    Field(min_length=1, max_length=500, examples=["billing run late"], json_schema_extra={"pattern": PLAIN_TEXT}),
    OneLine,
]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Seconds = Annotated[float, Field(strict=True, ge=0, le=864_000)]
Calls = Annotated[float, Field(strict=True, ge=0, le=10_000_000)]
MeanSeconds = Annotated[float, Field(strict=True, gt=0, le=86_400)]
Flag = Annotated[bool, Field(strict=True)]
Mode = Literal["day", "night", "holiday"]
Band = Literal["high", "raised", "unknown", "calm"]  # the worst first


class Strict(BaseModel):
    """A body with no fields but its own."""

    model_config = ConfigDict(extra="forbid")


class ReadingIn(Strict):
    """How many callers wait, and whatever else the switch knows; fields left out say nothing new."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"id": "acd-7-000123", "at": "2026-12-01T09:00:00+08:00", "waiting": 7, "seats_free": 12}]
        },
    )

    at: InstantField
    waiting: Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000)] | None = Field(
        description="Callers waiting; null, or a sentinel below 0, is missing and never 0"
    )
    id: Word | None = Field(None, description="The sender's own id: the same id is answered as it was the first time")
    experts_available: Count | None = None
    outbound_available: Count | None = None
    qa_available: Count | None = None
    back_office_available: Count | None = None
    seats_free: Count | None = None
    seats_signed_in: Count | None = None
    seats_required: Count | None = None
    standby: Count | None = None
    calls_per_hour: Calls | None = None
    aht_seconds: MeanSeconds | None = None
    longest_wait_seconds: Seconds | None = None
    service_level: Share | None = None
    answer_rate: Share | None = None
    abandonment: Share | None = None
    occupancy: Share | None = None
    calls_abandoned: Count | None = None
    service_level_today: Share | None = None
    answer_rate_today: Share | None = None
    abandonment_today: Share | None = None
    calls_offered_today: Count | None = None
    calls_abandoned_today: Count | None = None
    agents_ready: Count | None = None
    agents_talking: Count | None = None
    agents_wrapping_up: Count | None = None
    agents_paused: Count | None = None
    mode: Mode | None = Field(None, description="Only from a key that may, as holiday and known_fault")
    holiday: Flag | None = Field(None, description="A holiday, beside day and night")
    known_fault: Flag | None = None
    reason: FreeText | None = Field(None, description="Why a mode, a holiday or a known fault is told")


MAX_BATCH = 1000
ONE_READING = TypeAdapter(ReadingIn)
MANY_READINGS = TypeAdapter(list[ReadingIn])


class DecisionOut(BaseModel):
    """One thing the ladder decided, with its reason in words and the rules it rests on."""

    at: str
    kind: str
    rung: int | None
    role: str
    people: int | None
    needed: int | None
    code: str
    rule: str
    reason: str
    reason_zh: str
    order_id: str
    badges: list[str]
    actor: str


class ReadingOut(BaseModel):
    """What a reading was answered with."""

    queue: str
    version: int
    at: str
    status: str = Field(description="accepted, late or missing")
    waiting: int | None
    rung: int
    decisions: list[DecisionOut]


class DeliveryOut(BaseModel):
    """What became of an order's message on one channel: taken, or not and why."""

    channel: str
    to: str
    at: str
    error: str


class OrderOut(BaseModel):
    """One order: who is asked to the phones, and how far it has come."""

    order_id: str
    kind: str
    action: str = Field(description="sign_in, lengthen (their shift) or call (overtime)")
    rung: int
    role: str
    role_zh: str
    people: int | None = Field(description="null: the whole group, its number unknown")
    people_signed_in: int | None
    badges: list[str]
    status: str = Field(description="issued, acknowledged, signed_in, short; closed: released, declined, expired")
    rule: str
    reason: str
    reason_zh: str
    ordered_at: str
    acknowledged_at: str | None
    acknowledged_by: str
    signed_in_at: str | None
    repeats: int = Field(description="How often it was told again")
    escalated: list[str] = Field(description="Whom of the on-call list it went to after that")
    deliveries: list[DeliveryOut] = Field(description="Per channel, whether its newest message was taken")
    reached: bool | None = Field(description="Whether a message of it was taken by anybody; null: none was sent yet")


class LimitOut(BaseModel):
    """A limit on another measure than the callers waiting."""

    measure: str
    above: float | None
    below: float | None


class RungOut(BaseModel):
    """One rung as drawn on the wallboard."""

    number: int
    role: str
    role_zh: str
    action: str
    size: str
    waiting_above: int
    waiting_at_most: int | None
    also: list[LimitOut] = Field(description="Limits that have to be passed besides")
    instead: list[LimitOut] = Field(description="Limits each of which is enough by itself")
    hold_seconds: float
    state: str = Field(description="done, running, releasing, skipped, blocked, next or later")
    people: int | None
    ordered_at: str | None
    run_from: str | None
    due_at: str | None
    reason: str
    reason_zh: str


class LadderOut(BaseModel):
    """Which ladder counts."""

    name: str
    version: str


class NextOut(BaseModel):
    """What happens next if the queue stays as it is."""

    kind: str
    rung: int
    role: str
    at: str


class PeopleOut(BaseModel):
    """One role on the floor."""

    role: str
    role_zh: str
    available: int | None = Field(description="null: not known, everyone is taken to be there")
    engaged: int
    on_phone: int


class HoldOut(BaseModel):
    """A supervisor keeps the ladder where it is."""

    rung: int
    until: str
    actor: str
    reason: str


class FaultOut(BaseModel):
    """A known fault that will not soon be repaired."""

    since: str
    actor: str
    reason: str


class SilenceOut(BaseModel):
    """Messages are held back until then; the ladder goes on."""

    until: str
    actor: str
    reason: str


class WarningOut(BaseModel):
    """One thing to worry about."""

    code: str
    en: str
    zh: str


class TargetOut(BaseModel):
    """The service that the ladder strives for: the share of calls answered within so many seconds."""

    service_level: float
    answer_within_seconds: float


class SurgeOut(BaseModel):
    """The state of one queue's ladder."""

    queue: str
    version: int
    timezone: str
    as_of: str | None
    waiting: int | None
    band: str = Field(description="calm, raised, high or unknown")
    thresholds: list[int]
    mode: Mode
    holiday: bool = Field(description="A holiday, beside day and night")
    ladder: LadderOut
    rung: int
    holding: bool
    rungs: list[RungOut]
    run_started_at: str | None
    next: NextOut | None
    next_rung: int | None
    next_rung_at: str | None
    next_release_at: str | None
    orders: list[OrderOut]
    people: list[PeopleOut]
    seats_free: int | None
    seats_signed_in: int | None
    seats_required: int | None
    seats_planned: float | None = Field(description="What the published plan puts on the phone in this interval")
    calls_per_hour: float | None = Field(description="As the switch tells")
    calls_per_hour_forecast: float | None = Field(description="What the published forecast expects of this hour")
    calls_per_hour_expected: list[float] | None = Field(
        description="Between which limits the published forecast lets them lie this hour (95 %)"
    )
    aht_seconds: float | None
    aht_seconds_forecast: float | None
    standby: int | None
    standby_min: int | None
    hold: HoldOut | None
    known_fault: FaultOut | None
    silence: SilenceOut | None
    measures: dict[str, float] = Field(description="What else the switch measures, as last told")
    service_target: TargetOut
    repeat_after_seconds: float
    max_gap_seconds: float
    warnings: list[WarningOut]
    age_seconds: float | None
    stale: bool


class ActOut(SurgeOut):
    """The state after an act, and everything that was decided by it."""

    decisions: list[DecisionOut]


class QueuesOut(BaseModel):
    """Every queue."""

    queues: list[SurgeOut]


class WallLine(BaseModel):
    """How one queue stands."""

    queue: str
    band: Band
    waiting: int | None
    rung: int
    stale: bool


class WallOut(BaseModel):
    """A page of the queues, the worst first.

    total
        How many there are, on all pages.
    bands
        How many queues are in each band, whichever are asked for.
    """

    total: int
    offset: int
    bands: dict[str, int]
    queues: list[WallLine]


class Problem(BaseModel):
    """An error, as RFC 9457 writes it."""

    type: str
    title: str
    status: int
    detail: str
    detail_zh: str = Field("", description="The same in Chinese")
