"""One report of a switch: the callers waiting and whatever else it tells, taken in one order everywhere (L30)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from escalation.engine import reduce, uncounted
from escalation.events import Event, KnownFault, ModeChanged, PeopleChanged, Reading
from escalation.floor import floor_told
from escalation.measures import MEASURES
from escalation.orders import Decision
from escalation.state import State

ROLE_COLUMNS = {
    "experts_available": "expert",
    "outbound_available": "outbound",
    "qa_available": "qa",
    "back_office_available": "back_office",
}
SEAT_COLUMNS = ("seats_free", "seats_signed_in", "seats_required")
FLOOR_COLUMNS = (*SEAT_COLUMNS, "standby", "calls_per_hour", "aht_seconds")
COMMANDS = ("mode", "holiday", "known_fault")  # what calls people by itself: only who may (L37)
TOLD_COLUMNS = (*ROLE_COLUMNS, *FLOOR_COLUMNS, *MEASURES, *COMMANDS)
UNHEARD = ("late", "future", "naive", "conflict")


@dataclass(frozen=True, slots=True)
class Report:
    """A reading, and what else was told with it.

    told
        By the names of `TOLD_COLUMNS`; None or left out says nothing new.
    actor, reason
        Who tells a mode or a fault, and why.
    """

    reading: Reading
    told: Mapping[str, Any] = field(default_factory=dict)
    actor: str = ""
    reason: str = ""


def report_events(state: State, report: Report) -> list[Event]:
    """Return what the report does, in its order: the floor, the reading, the mode, the fault.

    Of a report that comes late, from the future or in conflict with one taken before, only that is kept.
    """
    one, told = report.reading, {key: value for key, value in report.told.items() if value is not None}
    if not told or _unheard(state, one):
        return [one]
    events: list[Event] = []
    said: dict[str, Any] = {key: told[key] for key in (*FLOOR_COLUMNS, *MEASURES) if key in told}
    said["available"] = {role: told[key] for key, role in ROLE_COLUMNS.items() if key in told}
    floor = floor_told(state.book.floor, said, source="acd")
    if floor != state.book.floor:
        events.append(PeopleChanged(one.at, floor))
    events.append(one)
    mode, holiday = told.get("mode", state.book.mode), told.get("holiday", state.book.holiday)
    if (mode, holiday) != (state.book.mode, state.book.holiday):
        events.append(ModeChanged(one.at, mode, holiday, report.actor, report.reason))
    if "known_fault" in told and told["known_fault"] != (state.book.fault is not None):
        events.append(KnownFault(one.at, bool(told["known_fault"]), report.actor, report.reason))
    return events


def _unheard(state: State, one: Reading) -> bool:
    refused = uncounted(state, one)
    if refused is not None and refused[1] in UNHEARD:
        return True
    return state.at is not None and one.at < state.at  # late, and without a number besides


def take_report(state: State, report: Report) -> tuple[State, tuple[Decision, ...]]:
    """Return the state after the whole report, and everything decided by it."""
    decisions: list[Decision] = []
    for event in report_events(state, report):
        state, made = reduce(state, event)
        decisions.extend(made)
    return state, tuple(decisions)
