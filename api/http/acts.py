"""What people do: acknowledge, decline, sign in, release; take the ladder in hand; say who is on the floor."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends, Header, Path, Request
from pydantic import Field

from api.http.access import Admin, Supervisor, requires
from api.http.board import Board
from api.http.models import (
    ActOut,
    Badge,
    Calls,
    Count,
    Flag,
    FreeText,
    InstantField,
    MeanSeconds,
    Mode,
    OrderOut,
    Strict,
    Word,
)
from api.http.problems import HttpRefusal
from api.http.routing import QueueName, errors, keyed_router
from api.http.surge_document import order_document
from api.keys import Key
from api.sentences import say
from api.store.audit import AuditNote
from api.store.codec import decision_document, now
from api.store.ladder_log import Elsewhere, LadderLog
from api.store.order_rows import closed_by, stored_order
from escalation import events
from escalation.acts import undo_words, why_not_taken_back
from escalation.floor import floor_told
from escalation.ladder import MOST_RUNGS, ladder_from_mapping
from escalation.orders import Decision
from escalation.reasons import group
from escalation.state import State, open_order
from forecaster.messages import NOTHING
from forecaster.names import ORDER_STATUS, called

router = keyed_router("acts")
T = TypeVar("T")
OrderId = Annotated[
    str, Path(min_length=1, max_length=160, pattern=r"^[^\x00-\x1f\x7f/]+$", examples=["hotline-000001"])
]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag that the decision was made on; 412 if the state has moved on"),
]
ETAG = re.compile(r'^\s*(?:W/)?"(\d{1,18})(?:-stale)?"\s*$')


class ActIn(Strict):
    """Who does it; the key's own badge where the body names none."""

    badge: Badge | None = None
    reason: FreeText | None = None


class ReasonIn(ActIn):
    """Who does it, and why."""

    reason: FreeText


class SignedInIn(ActIn):
    """How many of the order's people are on the phone now, and which."""

    people: Count
    badges: Annotated[tuple[Badge, ...], Field(max_length=200)] = ()


class OverrideIn(ReasonIn):
    """The supervisor's hand."""

    action: Literal["climb", "hold", "release", "resume"]
    rung: Annotated[int, Field(strict=True, ge=0, le=MOST_RUNGS)] | None = None
    until: InstantField | None = None
    order_id: Word | None = None


class FaultIn(ReasonIn):
    """Whether a known fault, not soon to be repaired, stands."""

    standing: Flag


class ModeIn(ReasonIn):
    """Day, night or holiday from now on."""

    mode: Mode
    holiday: Flag | None = None


class SilenceIn(ReasonIn):
    """Messages held back until a time; null ends it."""

    until: InstantField | None


class CandidateIn(Strict):
    """One person who may be kept longer or called."""

    badge: Badge
    standby: Flag = False
    hours_headroom: Annotated[float, Field(strict=True, ge=0, le=1000)] = 0.0
    lawful: Flag = True


class PeopleIn(Strict):
    """Who and what is on the floor; fields left out stay as they were.

    What the switch (`acd`) or a supervisor says of a role stands against the roster.
    """

    source: Literal["acd", "roster", "supervisor"] | None = Field(
        None, description="Left out: acd of a writer's key, supervisor of a supervisor's"
    )
    available: Annotated[dict[Badge, Count], Field(max_length=20)] | None = None
    badges: Annotated[dict[Badge, Annotated[list[Badge], Field(max_length=500)]], Field(max_length=20)] | None = None
    seats_free: Count | None = None
    seats_signed_in: Count | None = None
    seats_required: Count | None = None
    standby: Count | None = None
    calls_per_hour: Calls | None = None
    aht_seconds: MeanSeconds | None = None
    patience_seconds: MeanSeconds | None = None
    lengthen: Annotated[list[CandidateIn], Field(max_length=2000)] | None = None
    call: Annotated[list[CandidateIn], Field(max_length=2000)] | None = None


class LadderIn(ReasonIn):
    """Another ladder, as its TOML file reads when parsed."""

    ladder: dict[str, Any]


def acting_badge(body: ActIn, key: Key) -> str:
    """Return whose act it is.

    Raises
    ------
    HttpRefusal
        422 if neither the body nor the key names a badge.
    """
    badge = body.badge or key.badge
    if not badge:
        raise HttpRefusal(422, say("act.badge"))
    return badge


def expected_version(if_match: str | None) -> int | None:
    """Return the version an If-Match asks for; None for none or `*`.

    Raises
    ------
    HttpRefusal
        412 if it is no ETag of this service: then it cannot be the current one.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    found = ETAG.match(if_match)
    if found is None:
        raise HttpRefusal(412, say("act.etag", if_match=if_match[:60]))
    return int(found.group(1))


class OrderClosedError(Exception):
    """An order was closed by somebody else in this very moment."""


async def in_writer(request: Request, work: Callable[[], T]) -> T:
    """Return what `work` makes in a writer's thread."""
    return await asyncio.get_running_loop().run_in_executor(request.app.state.writers, work)


def apply(
    log: LadderLog,
    queue: str,
    event: events.Event | Callable[[State, Elsewhere], events.Event],
    *,
    at: datetime,
    key: Key,
    note: AuditNote,
    if_match: str | None,
) -> tuple[Decision, ...]:
    """Apply an act of the note's badge, and return what was decided; the audit names the key's own badge beside it."""
    wanted = expected_version(if_match)
    other = "" if note.badge == key.actor else f"(by the key of {key.actor})"
    told = replace(note, key_id=key.id or None, detail=" ".join(filter(None, (note.detail, other))))
    _, _, made = log.act(queue, event, actor=note.badge, received_at=at, expected_version=wanted, note=told)
    return made


async def act_on_order(
    request: Request, queue: str, order_id: str, event: events.Event, *, key: Key, note: AuditNote, if_match: str | None
) -> dict[str, Any]:
    """Apply an act on one order and return the order; the same act again returns the same.

    Raises
    ------
    HttpRefusal
        404 for an order nobody issued, 409 for one that is closed.
    """
    log: LadderLog = request.app.state.log

    def still_to_be_done(state: State, _: Elsewhere) -> events.Event:
        """Return the event, unless somebody else was first: judged where nobody can come in between."""
        order = open_order(state.book, order_id)
        if order is None:
            raise OrderClosedError
        first, since = order.acknowledged_by, order.acknowledged_at
        if note.action == "order.decline" and first and first != note.badge:
            raise HttpRefusal(409, say("order.acknowledged", order=order_id, first=first, since=since))
        return event

    def work() -> dict[str, Any]:
        known = issued_order(log, queue, order_id)
        if known["closed_at"] is None:
            try:
                apply(log, queue, still_to_be_done, at=event.at, key=key, note=note, if_match=if_match)
            except OrderClosedError:
                raise closed(log, issued_order(log, queue, order_id)) from None
        elif note.action != "order.acknowledge" or not known["acknowledged_at"]:
            raise closed(log, known)
        return current_order(log, queue, order_id)

    return await in_writer(request, work)


def issued_order(log: LadderLog, queue: str, order_id: str) -> dict[str, Any]:
    """Return an order as it is stored, open or closed; 404 where nobody issued it."""
    found = stored_order(log.engine, queue, order_id)
    if found is None:
        log.state(queue)  # 404 where there is no such queue
        raise HttpRefusal(404, say("order.none", queue=queue, order=order_id))
    return found


def closed(log: LadderLog, known: dict[str, Any]) -> HttpRefusal:
    """Return the refusal of an act on an order that is closed: it says by whom and since when."""
    status = called(known["status"], ORDER_STATUS)
    by = closed_by(log.engine, known["order_id"])
    who = say("order.by", badge=by) if by else NOTHING
    return HttpRefusal(
        409, say("order.closed", order=known["order_id"], status=status, since=known["closed_at"], who=who)
    )


def current_order(log: LadderLog, queue: str, order_id: str) -> dict[str, Any]:
    """Return an order as it stands, open or closed."""
    _, state = log.state(queue)
    if (order := open_order(state.book, order_id)) is not None:
        return order_document(order)
    found = issued_order(log, queue, order_id)
    return {
        **{name: found.get(name) for name in OrderOut.model_fields},
        "kind": "order",
        "role_zh": group(found["role"]).zh,
        "repeats": 0,
        "escalated": [],
        "deliveries": [],
        "reached": found["delivered_at"] is not None or None,
    }


@router.post(
    "/v1/queues/{queue}/orders/{order_id}/acknowledge", response_model=OrderOut, responses=errors(404, 409, 412)
)
async def acknowledge(
    queue: QueueName, order_id: OrderId, *, request: Request, key: Supervisor, body: ActIn, if_match: IfMatch = None
) -> dict[str, Any]:
    """Say that the order has been seen; saying it again changes nothing and answers the same."""
    badge = acting_badge(body, key)
    event = events.Acknowledge(now(), order_id, badge)
    note = AuditNote(badge, "order.acknowledge", order_id, body.reason or "")
    return await act_on_order(request, queue, order_id, event, key=key, note=note, if_match=if_match)


@router.post("/v1/queues/{queue}/orders/{order_id}/decline", response_model=OrderOut, responses=errors(404, 409, 412))
async def decline(
    queue: QueueName, order_id: OrderId, *, request: Request, key: Supervisor, body: ReasonIn, if_match: IfMatch = None
) -> dict[str, Any]:
    """Say that the order will not be carried out, and why; the ladder goes on without it."""
    badge = acting_badge(body, key)
    event = events.Decline(now(), order_id, badge, body.reason)
    note = AuditNote(badge, "order.decline", order_id, body.reason)
    return await act_on_order(request, queue, order_id, event, key=key, note=note, if_match=if_match)


@router.post("/v1/queues/{queue}/orders/{order_id}/signed-in", response_model=OrderOut, responses=errors(404, 409, 412))
async def signed_in(
    queue: QueueName,
    order_id: OrderId,
    *,
    request: Request,
    key: Supervisor,
    body: SignedInIn,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Say how many of the order's people are on the phone now; fewer than ordered is `short`."""
    badge = acting_badge(body, key)
    event = events.SignedIn(now(), order_id, badge, body.people, body.badges)
    note = AuditNote(badge, "order.signed-in", order_id, body.reason or "", detail=f"{body.people} people")
    return await act_on_order(request, queue, order_id, event, key=key, note=note, if_match=if_match)


@router.post("/v1/queues/{queue}/orders/{order_id}/undo", response_model=OrderOut, responses=errors(404, 409, 412))
async def undo(
    queue: QueueName, order_id: OrderId, *, request: Request, key: Supervisor, body: ActIn, if_match: IfMatch = None
) -> dict[str, Any]:
    """Take one's last act on the order back, within ten seconds: a slip. Both stay in the log and in the audit.

    An order that was declined is not called back where another queue has called one of its people meanwhile.
    """
    badge = acting_badge(body, key)
    log: LadderLog = request.app.state.log
    event = events.TakenBack(now(), order_id, badge)
    note = AuditNote(badge, "order.undo", order_id, body.reason or "")

    def if_still_possible(state: State, elsewhere: Elsewhere) -> events.Event:
        if code := why_not_taken_back(state.book, event):
            raise HttpRefusal(409, undo_words(state.book, event, code))
        last = state.book.last_act
        if last is not None and last.what == "declined" and last.order.badges:
            called = elsewhere()
            gone = [badge for badge in last.order.badges if badge in called]
            if gone:
                where = sorted({called[badge] for badge in gone})
                raise HttpRefusal(409, say("undo.elsewhere", order=order_id, badges=gone, queues=where))
        return event

    def work() -> dict[str, Any]:
        issued_order(log, queue, order_id)
        apply(log, queue, if_still_possible, at=event.at, key=key, note=note, if_match=if_match)
        return current_order(log, queue, order_id)

    return await in_writer(request, work)


@router.post("/v1/queues/{queue}/orders/{order_id}/release", response_model=OrderOut, responses=errors(404, 409, 412))
async def release(
    queue: QueueName, order_id: OrderId, *, request: Request, key: Supervisor, body: ReasonIn, if_match: IfMatch = None
) -> dict[str, Any]:
    """Sign the order's group out by hand; every clock of the ladder starts afresh."""
    badge = acting_badge(body, key)
    event = events.TakenInHand(now(), "release", badge, body.reason, order_id=order_id)
    note = AuditNote(badge, "order.release", order_id, body.reason)
    return await act_on_order(request, queue, order_id, event, key=key, note=note, if_match=if_match)


async def _act(
    request: Request, queue: str, event: events.Event, *, key: Key, note: AuditNote, if_match: str | None = None
) -> dict[str, Any]:
    """Apply an act of the note's badge, and return the queue's state after it with everything that was decided."""
    log: LadderLog = request.app.state.log
    made = await in_writer(
        request, lambda: apply(log, queue, event, at=event.at, key=key, note=note, if_match=if_match)
    )
    return await _acted(request, queue, made)


async def _acted(request: Request, queue: str, made: Sequence[Decision]) -> dict[str, Any]:
    """Return the queue's state after an act, and everything that was decided by it."""
    board: Board = request.app.state.board
    ready = await board.surge(queue)
    document: dict[str, Any] = json.loads(ready.body(time.time()))
    return {**document, "decisions": [decision_document(one) for one in made]}


@router.post("/v1/queues/{queue}/override", response_model=ActOut, responses=errors(404, 412))
async def override(
    queue: QueueName, request: Request, key: Supervisor, body: OverrideIn, if_match: IfMatch = None
) -> dict[str, Any]:
    """Take the ladder in hand: climb to a rung, hold at one until a time, release, or resume."""
    badge = acting_badge(body, key)
    event = events.TakenInHand(now(), body.action, badge, body.reason, body.rung, body.until, body.order_id)
    note = AuditNote(badge, f"ladder.{body.action}", queue, body.reason, detail=body.model_dump_json())
    return await _act(request, queue, event, key=key, note=note, if_match=if_match)


@router.post("/v1/queues/{queue}/known-fault", response_model=ActOut, responses=errors(404, 412))
async def known_fault(
    queue: QueueName, request: Request, key: Supervisor, body: FaultIn, if_match: IfMatch = None
) -> dict[str, Any]:
    """Flag a known fault that will not soon be repaired: overtime is called at once. Or take the flag back."""
    badge = acting_badge(body, key)
    event = events.KnownFault(now(), body.standing, badge, body.reason)
    note = AuditNote(badge, "fault.flag" if body.standing else "fault.clear", queue, body.reason)
    return await _act(request, queue, event, key=key, note=note, if_match=if_match)


@router.put("/v1/queues/{queue}/mode", response_model=ActOut, responses=errors(404, 412))
async def mode(
    queue: QueueName, request: Request, key: Supervisor, body: ModeIn, if_match: IfMatch = None
) -> dict[str, Any]:
    """Begin the day or the night; `holiday` says whether it is one, beside either, and stays as it was if left out."""
    badge = acting_badge(body, key)
    event = events.ModeChanged(now(), body.mode, body.holiday, badge, body.reason)
    told = "" if body.holiday is None else ", holiday" if body.holiday else ", no holiday"
    note = AuditNote(badge, "mode.set", queue, body.reason, detail=f"{body.mode}{told}")
    return await _act(request, queue, event, key=key, note=note, if_match=if_match)


@router.put("/v1/queues/{queue}/silence", response_model=ActOut, responses=errors(404, 412))
async def silence(
    queue: QueueName, request: Request, key: Supervisor, body: SilenceIn, if_match: IfMatch = None
) -> dict[str, Any]:
    """Hold messages back until a time (maintenance, a drill), or send them again; the ladder itself goes on."""
    badge = acting_badge(body, key)
    event = events.Silence(now(), body.until, badge, body.reason)
    detail = "" if body.until is None else f"until {body.until.isoformat()}"
    note = AuditNote(badge, "silence.begin" if body.until else "silence.end", queue, body.reason, detail=detail)
    return await _act(request, queue, event, key=key, note=note, if_match=if_match)


@router.put("/v1/queues/{queue}/people", response_model=ActOut, responses=errors(404))
async def people(
    queue: QueueName, request: Request, key: Annotated[Key, Depends(requires("write", "act"))], body: PeopleIn
) -> dict[str, Any]:
    """Say who and what is on the floor; what the switch or a supervisor says stands against the roster."""
    source = body.source or ("acd" if key.allows("write") else "supervisor")
    if not key.allows("act" if source == "supervisor" else "write"):
        raise HttpRefusal(403, say("people.source", source=source))
    log: LadderLog = request.app.state.log
    at = now()
    said = body.model_dump(exclude_none=True, exclude={"source"})

    def work() -> tuple[Decision, ...]:
        note = AuditNote(key.actor, "people.set", queue, source, key_id=key.id or None)
        _, _, made = log.act(
            queue,
            lambda state, _: events.PeopleChanged(at, floor_told(state.book.floor, said, source=source)),
            actor=source,
            received_at=at,
            note=note,
        )
        return made

    return await _acted(request, queue, await in_writer(request, work))


@router.put("/v1/queues/{queue}/ladder", response_model=ActOut, responses=errors(404))
async def ladder(queue: QueueName, request: Request, key: Admin, body: LadderIn) -> dict[str, Any]:
    """Put another ladder in force from the next reading; one that is not valid is refused and the old one stays."""
    badge = acting_badge(body, key)
    event = events.LadderChanged(now(), ladder_from_mapping(body.ladder))
    note = AuditNote(badge, "ladder.set", queue, body.reason, detail=event.ladder.version)
    return await _act(request, queue, event, key=key, note=note)
