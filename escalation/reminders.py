"""What time alone brings: readings that stopped; orders nobody heeds told again, then to others (L11, L18, L34)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from escalation.events import Tick
from escalation.orders import Decision, Order
from escalation.sentences import say
from escalation.state import AT_ONCE, Book, State, changed


def tick(state: State, event: Tick) -> tuple[State, tuple[Decision, ...]]:
    """Return the state with staleness and unheeded orders shown; a tick moves no rung."""
    book, at = state.book, event.at
    decisions: list[Decision] = []
    if state.at is not None and not book.stale and at - state.at > book.ladder.max_gap:
        # Readings that arrive, but of a clock that is behind, end the staleness each for a moment: not said each time.
        if book.stale_said_at is None or abs(at - book.stale_said_at) > book.ladder.max_gap:
            decisions.append(gone_stale(book, at, (at - state.at).total_seconds()))
            book = changed(book, stale_said_at=at)
        book = changed(book, stale=True)
    if book.silence is not None and at >= book.silence.until:
        book = changed(book, silence=None)
    calm = state.waiting is not None and state.waiting <= book.ladder.release_at_most
    if not book.stale and not calm:
        orders = tuple(_reminded(book, one, event, decisions) for one in book.orders)
        if any(new is not old for new, old in zip(orders, book.orders, strict=True)):
            book = changed(book, orders=orders)
    return (state if book is state.book else state._replace(book=book, wake_at=AT_ONCE)), tuple(decisions)


def gone_stale(book: Book, at: datetime, gap_seconds: float) -> Decision:
    """Return the decision that the readings have stopped (L11)."""
    words = say("stale", gap=gap_seconds, most=book.ladder.max_gap_seconds)
    return Decision(at, "stale", book.position or None, "", None, "gap", "L11", words.en, words.zh)


def _reminded(book: Book, order: Order, event: Tick, decisions: list[Decision]) -> Order:
    """Return the order told again, or to the next on the on-call list, if it has been unheeded for so long."""
    ladder, at = book.ladder, event.at
    told = order.told_at or order.ordered_at
    if order.status not in ("issued", "acknowledged") or (at - told).total_seconds() < ladder.repeat_after_seconds:
        return order
    age = (at - order.ordered_at).total_seconds()
    code = "not_acknowledged" if order.status == "issued" else "not_carried_out"
    if not ladder.repeat_times or order.repeats < ladder.repeat_times:
        kind, actor, words = "repeat", "", say(f"repeat.{order.status}", order=order.order_id, age=age)
        reminded = replace(order, told_at=at, repeats=order.repeats + 1)
    else:
        later = [one for one in event.on_call if one not in order.escalated]
        if not later:
            return order
        kind, actor = "escalated", later[0]
        words = say(f"escalated.{order.status}", order=order.order_id, age=age, to=later[0])
        reminded = replace(order, told_at=at, escalated=(*order.escalated, later[0]))
    decisions.append(
        Decision(
            at, kind, order.rung, order.role, order.people, code, "L18" if kind == "repeat" else "L34",
            words.en, words.zh, order_id=order.order_id, badges=order.badges, actor=actor,
        )
    )  # fmt: skip
    return reminded
