"""What becomes another: the floor, the ladder, day and night, a known fault, a silence, an order's delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from escalation.events import Delivered, KnownFault, LadderChanged, ModeChanged, PeopleChanged, Silence
from escalation.orders import MOST_DELIVERIES, Decision, Decisions, Delivery
from escalation.placing import with_floor
from escalation.sentences import refusal, say
from escalation.special_orders import call_for_fault, night_order
from escalation.state import AT_ONCE, Quiet, StandingFault, State, changed, fresh_clocks, open_order, with_order
from forecaster.messages import Words
from forecaster.names import MODE_WORDS, ladder_called


def note(at: datetime, kind: str, code: str, rule: str, words: Words, actor: str = "") -> Decision:
    """Return a decision about the ladder as a whole."""
    return Decision(at, kind, None, "", None, code, rule, words.en, words.zh, actor=actor)


def people_changed(state: State, event: PeopleChanged) -> tuple[State, Decisions]:
    """Return the state on another floor."""
    return state._replace(book=with_floor(state.book, event.floor), wake_at=AT_ONCE), ()


def ladder_changed(state: State, event: LadderChanged) -> tuple[State, Decisions]:
    """Return the state with another ladder: the rung is kept, every clock begins with the next reading (L29)."""
    ladder = event.ladder
    if ladder.version == state.book.ladder.version:
        return state, ()
    book = fresh_clocks(changed(state.book, ladder=ladder))
    told = note(
        event.at,
        "ladder",
        ladder.version,
        "L29",
        say("ladder", name=ladder_called(ladder.name), version=ladder.version),
    )
    return state._replace(book=book, wake_at=AT_ONCE, cell=-1), (told,)


def mode_changed(state: State, event: ModeChanged) -> tuple[State, Decisions]:
    """Return the state in another mode; entering the night in a run that has lasted orders at once (L19).

    Raises
    ------
    Refusal
        If it is no mode.
    """
    book, at = state.book, event.at
    if event.mode not in MODE_WORDS:
        raise refusal("mode.unknown", mode=event.mode)
    decisions: list[Decision] = []
    if event.holiday is not None and event.holiday != book.holiday:
        words = say("mode.holiday" if event.holiday else "mode.no_holiday")
        code = "holiday" if event.holiday else "no_holiday"
        decisions.append(note(at, "mode", code, "L35", words, event.actor))
        book = changed(book, holiday=event.holiday)
    if event.mode != book.mode:
        words = say("mode", mode=MODE_WORDS[event.mode])
        decisions.append(note(at, "mode", event.mode, "L19", words, event.actor))
        book = changed(book, mode=event.mode, night_called=False)
        live = state.at is not None and at - state.at <= book.ladder.max_gap and not book.stale
        if event.mode == "night" and live and state.waiting is not None:
            book, _ = night_order(book, at, state.waiting, decisions)
    if not decisions:
        return state, ()
    return state._replace(book=book, wake_at=AT_ONCE), tuple(decisions)


def fault_changed(state: State, event: KnownFault) -> tuple[State, Decisions]:
    """Return the state with a known fault flagged, and overtime called for it at once, or with its flag taken back."""
    book, at = state.book, event.at
    if event.standing == (book.fault is not None):
        return state, ()
    decisions: list[Decision] = []
    if event.standing:
        told = " ".join(one for one in (event.actor, event.reason) if one)
        words = say("fault.flagged", told=f" {told}" if told else "")
        decisions.append(note(at, "fault", "flagged", "C6", words, event.actor))
        book = changed(book, fault=StandingFault(at, event.actor, event.reason))
        book, _ = call_for_fault(book, at, decisions)
    else:
        decisions.append(note(at, "fault", "cleared", "C6", say("fault.cleared"), event.actor))
        orders = tuple(replace(one, for_fault=False) if one.for_fault else one for one in book.orders)
        book = changed(book, fault=None, orders=orders)
    return state._replace(book=book, wake_at=AT_ONCE), tuple(decisions)


def silenced(state: State, event: Silence) -> tuple[State, Decisions]:
    """Return the state with messages held back until a time, or no longer.

    Raises
    ------
    Refusal
        If its end is not a later time, or nobody and no reason is named.
    """
    if not event.actor or not event.reason:
        raise refusal("silence.bare")
    if event.until is None:
        if state.book.silence is None:
            return state, ()
        told = note(event.at, "silence", "ended", "L34", say("silence.ended", actor=event.actor), event.actor)
        return state._replace(book=changed(state.book, silence=None)), (told,)
    if event.until.tzinfo is None or event.until <= event.at:
        raise refusal("silence.until", until=event.until)
    words = say("silence.begun", actor=event.actor, reason=event.reason, until=event.until.isoformat())
    quiet = Quiet(event.until, event.actor, event.reason)
    if quiet == state.book.silence:
        return state, ()
    told = note(event.at, "silence", "begun", "L34", words, event.actor)
    return state._replace(book=changed(state.book, silence=quiet)), (told,)


def delivered(state: State, event: Delivered) -> tuple[State, Decisions]:
    """Return the state with what became of an order's message; of one that is closed nothing is kept."""
    order = open_order(state.book, event.order_id)
    if order is None:
        return state, ()
    new = Delivery(event.channel, event.at, event.to, event.error)
    if any(replace(one, at=new.at) == new for one in order.deliveries):
        return state, ()
    kept = [one for one in order.deliveries if (one.channel, one.to) != (new.channel, new.to)]
    told = replace(order, deliveries=(*kept, new)[-MOST_DELIVERIES:])
    return state._replace(book=with_order(state.book, told)), ()


CHANGES: dict[type[Any], Any] = {
    PeopleChanged: people_changed,
    LadderChanged: ladder_changed,
    ModeChanged: mode_changed,
    KnownFault: fault_changed,
    Silence: silenced,
    Delivered: delivered,
}
