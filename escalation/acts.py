"""What people do with the ladder: acknowledge, decline, sign in, and take it in their own hand (L18, L23)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from escalation.events import Acknowledge, Decline, SignedIn, TakenBack, TakenInHand
from escalation.orders import Decision, Decisions, Order
from escalation.placing import pass_over, place_order, release_group, without
from escalation.reasons import by_hand
from escalation.sentences import refusal, say
from escalation.sizing import size_rung
from escalation.state import (
    AT_ONCE,
    Book,
    Hold,
    LastAct,
    State,
    back_at,
    changed,
    first_unfilled,
    fresh_clocks,
    is_filled,
    open_order,
    with_order,
)
from forecaster.messages import Message, Words

TAKEN_BACK_WITHIN = timedelta(seconds=10)  # a slip of the hand is seen at once; later, people have moved


def _unknown(event: Acknowledge | Decline | SignedIn) -> Decisions:
    words = say("order.unknown", order=event.order_id)
    return (Decision(event.at, "refused", None, "", None, "unknown_order", "L18", words.en, words.zh, event.order_id),)


def _done(state: State, book: Book, event: Any, what: str, order: Order) -> State:
    """Return the state with `book`, in which `event` was done to the `order` as it stood before."""
    return state._replace(book=changed(book, last_act=LastAct(event.at, event.actor, what, order)))


def _said(order: Order, event: Any, kind: str, people: int | None, words: Words) -> Decision:
    return Decision(
        event.at, kind, order.rung, order.role, people, kind, "L18", words.en, words.zh,
        order_id=order.order_id, badges=order.badges, actor=event.actor,
    )  # fmt: skip


def acknowledge(state: State, event: Acknowledge) -> tuple[State, Decisions]:
    """Return the state with the order acknowledged; a second acknowledgement changes nothing."""
    order = open_order(state.book, event.order_id)
    if order is None:
        return state, _unknown(event)
    if order.status != "issued":
        return state, ()
    done = replace(
        order, status="acknowledged", acknowledged_at=event.at, acknowledged_by=event.actor, told_at=event.at
    )
    words = say("acknowledged", actor=event.actor)
    after = _done(state, with_order(state.book, done), event, "acknowledged", order)
    return after, (_said(order, event, "acknowledged", order.people, words),)


def decline(state: State, event: Decline) -> tuple[State, Decisions]:
    """Return the state without the order; the rung stays climbed and is not waited for again."""
    order = open_order(state.book, event.order_id)
    if order is None:
        return state, _unknown(event)
    words = say("declined", actor=event.actor, reason=event.reason)
    after = _done(state, without(state.book, order), event, "declined", order)
    return after._replace(wake_at=AT_ONCE), (_said(order, event, "declined", order.people, words),)


def signed_in(state: State, event: SignedIn) -> tuple[State, Decisions]:
    """Return the state with so many of the order's people on the phone; fewer than ordered is `short`."""
    order = open_order(state.book, event.order_id)
    if order is None:
        return state, _unknown(event)
    short = order.people is not None and event.people < order.people
    badges = event.badges or order.badges
    if (order.people_signed_in, order.badges) == (event.people, badges):
        return state, ()
    done = replace(
        order,
        status="short" if short else "signed_in",
        signed_in_at=order.signed_in_at or event.at,
        people_signed_in=event.people,
        badges=badges,
    )
    code = "signed_in" if order.people is None else "signed_in.of"
    words = say(code, people=event.people, ordered=order.people, actor=event.actor)
    after = _done(state, with_order(state.book, done), event, "signed_in", order)
    return after, (_said(done, event, "signed_in", event.people, words),)


def why_not_taken_back(book: Book, event: TakenBack) -> str:
    """Return why the last act on the order is not taken back, as the code of a sentence; empty where it is.

    It was none, somebody else's, too long ago, or the ladder has ordered or closed something since.
    """
    last = book.last_act
    if last is None or last.order.order_id != event.order_id:
        return "undo.nothing"
    if last.actor != event.actor:
        return "undo.other"
    if event.at - last.at > TAKEN_BACK_WITHIN:
        return "undo.late"
    open_now = {one.order_id for one in book.orders}
    ordered_since = any(one.ordered_at > last.at for one in book.orders)
    moved = ordered_since if last.what == "declined" else event.order_id not in open_now
    return "undo.moved" if moved else ""


def undo_words(book: Book, event: TakenBack, code: str) -> Message:
    """Return the sentence of `why_not_taken_back`."""
    actor = "" if book.last_act is None else book.last_act.actor
    return say(code, order=event.order_id, actor=actor, most=TAKEN_BACK_WITHIN.total_seconds())


def take_back(state: State, event: TakenBack) -> tuple[State, Decisions]:
    """Return the state with the order as it stood before its last act; what else happened meanwhile stays."""
    book, last = state.book, state.book.last_act
    code = why_not_taken_back(book, event)
    if code or last is None:
        words = undo_words(book, event, code)
        return state, (Decision(event.at, "refused", None, "", None, code, "L18", words.en, words.zh, event.order_id),)
    before = last.order
    if last.what == "declined":
        orders = tuple(sorted((*book.orders, before), key=lambda one: one.order_id))
        book = changed(book, orders=orders)
    else:
        now = open_order(book, event.order_id) or before
        before = replace(
            now, status=before.status, acknowledged_at=before.acknowledged_at, acknowledged_by=before.acknowledged_by,
            signed_in_at=before.signed_in_at, people_signed_in=before.people_signed_in, badges=before.badges,
            told_at=before.told_at,
        )  # fmt: skip
        book = with_order(book, before)
    words = say("taken_back", actor=event.actor, what=say(f"taken_back.{last.what}"))
    said = replace(_said(before, event, "taken_back", before.people, words), code=last.what)
    return state._replace(book=changed(book, last_act=None), wake_at=AT_ONCE), (said,)


def override(state: State, event: TakenInHand) -> tuple[State, Decisions]:
    """Return the state after the supervisor's hand; every clock starts afresh with the next reading.

    Raises
    ------
    ValueError
        Naming what is missing or impossible: actor, reason, rung, the end of a hold, the order to release.
    """
    if not event.actor or not event.reason:
        raise refusal("override.bare")
    action = {"climb": _jump, "hold": _hold, "release": _let_go, "resume": _resume}.get(event.action)
    if action is None:
        raise refusal("override.action", action=event.action)
    words = by_hand(event.action, actor=event.actor, reason=event.reason)
    decisions = [
        Decision(event.at, "override", event.rung, "", None, event.action, "L23", words.en, words.zh, actor=event.actor)
    ]
    book = action(state, event, decisions)
    book = changed(fresh_clocks(book), holding=False)
    return state._replace(book=book, wake_at=AT_ONCE, cell=-1), tuple(decisions)


def _asked_rung(book: Book, event: TakenInHand, *, lowest: int) -> int:
    top = len(book.ladder.rungs)
    if event.rung is None or not lowest <= event.rung <= top:
        act = say(f"act.{event.action}")
        raise refusal("override.rung", rung=event.rung, lowest=lowest, top=top, act=act)
    return event.rung


def _jump(state: State, event: TakenInHand, decisions: list[Decision]) -> Book:
    book = state.book
    target = _asked_rung(book, event, lowest=1)
    for rung in book.ladder.rungs[:target]:
        if is_filled(book, rung.number):
            continue
        size = size_rung(rung, book, waiting=state.waiting)
        if size.code == "order":
            words = by_hand("climb", actor=event.actor, reason=event.reason, role=rung.role)
            book = place_order(
                book, rung, size, at=event.at, words=words, decisions=decisions, rule=f"{rung.rule} L23",
                actor=event.actor,
            )  # fmt: skip
        else:
            book = pass_over(book, rung, size, at=event.at, decisions=decisions, rule="L23", actor=event.actor)
    return changed(book, position=max(book.position, target), climbed_at=event.at, hold=None)


def _hold(state: State, event: TakenInHand, decisions: list[Decision]) -> Book:
    del decisions
    rung = _asked_rung(state.book, event, lowest=0)
    if event.until is None or event.until.tzinfo is None or event.until <= event.at:
        raise refusal("override.until", until=event.until)
    return changed(state.book, hold=Hold(rung, event.until, event.actor, event.reason))


def _resume(state: State, event: TakenInHand, decisions: list[Decision]) -> Book:
    del event, decisions
    return changed(state.book, hold=None)


def _let_go(state: State, event: TakenInHand, decisions: list[Decision]) -> Book:
    book = state.book
    if event.order_id is not None:
        order = open_order(book, event.order_id)
        if order is None:
            raise refusal("override.order", order=event.order_id, queue=book.queue)
        leaving = [order]
    elif event.rung is not None:
        target = _asked_rung(book, event, lowest=0)
        leaving = [one for one in book.orders if one.rung > target]
    else:
        leaving = list(book.orders[-1:])
    if not leaving:
        raise refusal("override.nothing", queue=book.queue)
    for order in reversed(leaving):
        words = by_hand("release", actor=event.actor, reason=event.reason, role=order.role)
        book = release_group(
            book, order, at=event.at, rule="C7 L23", words=words, decisions=decisions, actor=event.actor
        )
    return changed(back_at(book, first_unfilled(book) - 1), night_called=False)


ACTS: dict[type[Any], Any] = {
    Acknowledge: acknowledge,
    Decline: decline,
    SignedIn: signed_in,
    TakenBack: take_back,
    TakenInHand: override,
}
