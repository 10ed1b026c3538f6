"""The state of one queue's ladder as a document, and as ready bytes that only want their age."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from escalation.ladder import Ladder, Rung
from escalation.measures import MeasureLimit
from escalation.orders import Order
from escalation.reasons import group, passed_words
from escalation.state import Hold, Quiet, StandingFault, State, lasts_below_next, next_rung, on_holiday
from escalation.view import (
    Concern,
    band,
    next_release_at,
    next_step,
    run_started_at,
    stale_concern,
    warnings,
    when_stale,
)
from forecaster.messages import NOTHING, Words


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def order_document(one: Order) -> dict[str, Any]:
    """Return an open order as plain JSON values."""
    return {
        "order_id": one.order_id,
        "kind": "order",
        "action": one.action,
        "rung": one.rung,
        "role": one.role,
        "role_zh": group(one.role).zh,
        "people": one.people,
        "people_signed_in": one.people_signed_in,
        "badges": list(one.badges),
        "status": one.status,
        "rule": one.rule,
        "reason": one.reason,
        "reason_zh": one.reason_zh,
        "ordered_at": _text(one.ordered_at),
        "acknowledged_at": _text(one.acknowledged_at),
        "acknowledged_by": one.acknowledged_by,
        "signed_in_at": _text(one.signed_in_at),
        "repeats": one.repeats,
        "escalated": list(one.escalated),
        "deliveries": [
            {"channel": told.channel, "to": told.to, "at": _text(told.at), "error": told.error}
            for told in one.deliveries
        ],
        "reached": any(not told.error for told in one.deliveries) if one.deliveries else None,
    }


def rung_documents(state: State) -> list[dict[str, Any]]:
    """Return the rungs as drawn: `done, running, releasing, skipped, blocked, next, later`, with their clocks."""
    book = state.book
    orders: dict[int, list[Order]] = {}
    for one in book.orders:
        orders.setdefault(one.rung, []).append(one)
    passed = dict(book.passed)
    step, coming, release_at = next_step(state), next_rung(book), next_release_at(state)
    last = book.orders[-1].rung if book.orders else None
    made = []
    for rung in book.ladder.rungs:
        number, group_orders = rung.number, orders.get(rung.number, [])
        order = next((one for one in group_orders if one.role == rung.role), None)
        running = step is not None and step[0] == number
        releasing = release_at is not None and number == last
        if order is not None:
            word = "releasing" if releasing else "done"
        elif number in passed and number <= book.position:
            word = "blocked" if passed[number] in ("seat_limit", "max_added_seats") else "skipped"
        else:
            word = "running" if running else "next" if number == coming else "later"
        since = book.low_at if releasing else run_started_at(state) if running else None
        due = release_at if releasing else step[1] if running and step is not None else None
        words = Words(order.reason_zh, order.reason) if order is not None else _passed_words(rung, passed.get(number))
        made.append(
            {
                "number": number,
                "role": rung.role,
                "role_zh": group(rung.role).zh,
                "action": rung.action,
                "size": rung.people,
                "waiting_above": rung.waiting_above,
                "waiting_at_most": rung.waiting_at_most,
                "also": [_limit(one) for one in rung.also],
                "instead": [_limit(one) for one in rung.instead],
                "hold_seconds": rung.hold_seconds,
                "state": word,
                "people": _together(group_orders, rung.role),
                "ordered_at": None if order is None else _text(order.ordered_at),
                "run_from": _text(since),
                "due_at": _text(due),
                "reason": words.en,
                "reason_zh": words.zh,
            }
        )
    return made


def _together(orders: Sequence[Order], role: str) -> int | None:
    """Return how many people the orders of a role bring in; None for nobody, or a whole group of unknown number."""
    counts = [one.people for one in orders if one.role == role]
    known = [one for one in counts if one is not None]
    return sum(known) if known and len(known) == len(counts) else None


def _limit(one: MeasureLimit) -> dict[str, Any]:
    return {"measure": one.measure, "above": one.above, "below": one.below}


def _passed_words(rung: Rung, code: str | None) -> Words:
    return NOTHING if code is None else passed_words(rung.role, code, needed=None)


def _next(state: State) -> dict[str, Any] | None:
    """Return what happens next if the queue stays as it is, and when."""
    book = state.book
    step, release_at = next_step(state), next_release_at(state)
    if release_at is not None:
        last = book.orders[-1]
        return {"kind": "release", "rung": last.rung, "role": last.role, "at": _text(release_at)}
    if step is None:
        return None
    return {"kind": "order", "rung": step[0], "role": book.ladder.rungs[step[0] - 1].role, "at": _text(step[1])}


def _people(state: State) -> list[dict[str, Any]]:
    """Return per role who can be asked, who serves another queue, and who is on the phone by an order."""
    book = state.book
    on_phone: dict[str, int] = {}
    for one in book.orders:
        on_phone[one.role] = on_phone.get(one.role, 0) + (one.people_signed_in or 0)
    roles = list(dict.fromkeys([*(r.role for r in book.ladder.rungs if r.action == "sign_in"), *book.floor.available]))
    return [
        {
            "role": role,
            "role_zh": group(role).zh,
            "available": book.floor.available.get(role),
            "engaged": book.floor.engaged.get(role, 0),
            "on_phone": on_phone.get(role, 0),
        }
        for role in roles
    ]


FLOOR_FIGURES = (
    "seats_free", "seats_signed_in", "seats_required", "seats_planned", "calls_per_hour", "calls_per_hour_forecast",
    "aht_seconds", "aht_seconds_forecast", "standby",
)  # fmt: skip


def surge_document(state: State, version: int, *, timezone: str) -> dict[str, Any]:
    """Return everything a wallboard shows but for what depends on the present moment: the age, and that it is old."""
    book = state.book
    ladder, floor = book.ladder, book.floor
    step = next_step(state)
    return {
        "queue": book.queue,
        "version": version,
        "timezone": timezone,
        "as_of": _text(state.at),
        "waiting": state.waiting,
        "band": band(ladder, state.waiting),
        "thresholds": [ladder.release_at_most, ladder.high_above],
        "mode": book.mode,
        "holiday": on_holiday(book),
        "ladder": {"name": ladder.name, "version": ladder.version},
        "rung": book.position,
        "holding": book.holding and lasts_below_next(book, state.waiting),
        "rungs": rung_documents(state),
        "run_started_at": _text(run_started_at(state)),
        "next": _next(state),
        "next_rung": None if step is None else step[0],
        "next_rung_at": None if step is None else _text(step[1]),
        "next_release_at": _text(next_release_at(state)),
        "orders": [order_document(one) for one in book.orders],
        "people": _people(state),
        **{name: getattr(floor, name) for name in FLOOR_FIGURES},
        "calls_per_hour_expected": None
        if floor.calls_per_hour_lower is None or floor.calls_per_hour_upper is None
        else [floor.calls_per_hour_lower, floor.calls_per_hour_upper],
        "standby_min": ladder.standby_min if on_holiday(book) else None,
        "hold": _said(book.hold, "rung", "until", "actor", "reason"),
        "known_fault": _said(book.fault, "since", "actor", "reason"),
        "silence": _said(book.silence, "until", "actor", "reason"),
        "measures": dict(floor.measures),
        "service_target": {
            "service_level": ladder.service_level,
            "answer_within_seconds": ladder.answer_within_seconds,
        },
        "repeat_after_seconds": ladder.repeat_after_seconds,
        "max_gap_seconds": ladder.max_gap_seconds,
        "warnings": [_warning(one) for one in warnings(state)],
    }


def _said(one: Hold | StandingFault | Quiet | None, *fields: str) -> dict[str, Any] | None:
    """Return what somebody said of the ladder, None where nobody did."""
    if one is None:
        return None
    told = {name: getattr(one, name) for name in fields}
    return {name: _text(value) if isinstance(value, datetime) else value for name, value in told.items()}


def _warning(one: Concern) -> dict[str, str]:
    return {"code": one.code, "en": one.words.en, "zh": one.words.zh}


def surge_at(state: State, version: int, *, timezone: str, now_timestamp: float) -> dict[str, Any]:
    """Return the whole document as of a moment."""
    document: dict[str, Any] = json.loads(ready_surge(state, version, timezone=timezone).body(now_timestamp))
    return document


@dataclass(frozen=True, slots=True)
class ReadySurge:
    """A queue's document as bytes, fresh and stale, to be closed with the age of its reading.

    fresh, stale
        Each without its end: the warnings stand last, and of an old reading the last of them tells the age.
    """

    version: int
    at_timestamp: float | None
    ladder: Ladder
    fresh: bytes
    stale: bytes
    etag: bytes
    etag_stale: bytes

    def is_stale(self, now_timestamp: float) -> bool:
        """Return whether the newest reading is not to be trusted as new (a queue without readings is)."""
        return self.at_timestamp is None or not self.ladder.is_current(now_timestamp - self.at_timestamp)

    def body(self, now_timestamp: float) -> bytes:
        """Return the whole document at this moment."""
        age = None if self.at_timestamp is None else now_timestamp - self.at_timestamp
        if age is not None and not self.is_stale(now_timestamp):
            return self.fresh + b',"age_seconds":%.1f,"stale":false}' % max(0.0, age)
        head, _, others = self.stale.rpartition(WARNINGS)
        told = _compact(_warning(stale_concern(age)))
        warnings = (others[:-1] + b"," if others != b"]" else b"") + told + b"]"
        shown = b"null" if age is None else b"%.1f" % max(0.0, age)
        return head + WARNINGS + warnings + b',"age_seconds":' + shown + b',"stale":true}'


WARNINGS = b'"warnings":['


def _compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def ready_surge(state: State, version: int, *, timezone: str) -> ReadySurge:
    """Return the document of `state` as ready bytes."""
    fresh, stale = (
        _compact(surge_document(one, version, timezone=timezone))[:-1] for one in (state, when_stale(state))
    )
    return ReadySurge(
        version,
        None if state.at is None else state.at.timestamp(),
        state.book.ladder,
        fresh,
        stale,
        b'"%d"' % version,
        b'"%d-stale"' % version,
    )
