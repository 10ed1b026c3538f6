"""What people do with the ladder: acknowledge, decline, sign in, and take it in their own hand (L18, L23)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from escalation.events import Acknowledge, Decline, SignedIn, TakenInHand
from escalation.orders import Decision, Order
from escalation.placing import pass_over, place_order, release_group, without
from escalation.sentences import by_hand, refusal, say
from escalation.sizing import size_rung
from escalation.state import AT_ONCE, Book, Hold, State, back_at, changed, first_unfilled, fresh_clocks, is_filled
from forecaster.messages import Words

Decisions = tuple[Decision, ...]


def _find(book: Book, order_id: str) -> Order | None:
    return next((one for one in book.orders if one.order_id == order_id), None)


def _unknown(event: Acknowledge | Decline | SignedIn) -> Decisions:
    words = say("order.unknown", order=event.order_id)
    return (Decision(event.at, "refused", None, "", None, "unknown_order", "L18", words.en, words.zh, event.order_id),)


def _with_order(state: State, order: Order) -> State:
    orders = tuple(order if one.order_id == order.order_id else one for one in state.book.orders)
    return state._replace(book=changed(state.book, orders=orders))


def _said(order: Order, event: Any, kind: str, people: int | None, words: Words) -> Decision:
    return Decision(
        event.at, kind, order.rung, order.role, people, kind, "L18", words.en, words.zh,
        order_id=order.order_id, badges=order.badges, actor=event.actor,
    )  # fmt: skip


def acknowledge(state: State, event: Acknowledge) -> tuple[State, Decisions]:
    """Return the state with the order acknowledged; a second acknowledgement changes nothing."""
    order = _find(state.book, event.order_id)
    if order is None:
        return state, _unknown(event)
    if order.status != "issued":
        return state, ()
    done = replace(
        order, status="acknowledged", acknowledged_at=event.at, acknowledged_by=event.actor, told_at=event.at
    )
    words = say("acknowledged", actor=event.actor)
    return _with_order(state, done), (_said(order, event, "acknowledged", order.people, words),)


def decline(state: State, event: Decline) -> tuple[State, Decisions]:
    """Return the state without the order; the rung stays climbed and is not waited for again."""
    order = _find(state.book, event.order_id)
    if order is None:
        return state, _unknown(event)
    words = say("declined", actor=event.actor, reason=event.reason)
    book = without(state.book, order)
    return (
        state._replace(book=book, wake_at=AT_ONCE),
        (_said(order, event, "declined", order.people, words),),
    )


def signed_in(state: State, event: SignedIn) -> tuple[State, Decisions]:
    """Return the state with so many of the order's people on the phone; fewer than ordered is `short`."""
    order = _find(state.book, event.order_id)
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
    return _with_order(state, done), (_said(done, event, "signed_in", event.people, words),)


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
        leaving = [one for one in book.orders if one.order_id == event.order_id]
        if not leaving:
            raise refusal("override.order", order=event.order_id, queue=book.queue)
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


ACTS: dict[type[Any], Any] = {Acknowledge: acknowledge, Decline: decline, SignedIn: signed_in, TakenInHand: override}
