"""How a group enters the open orders and leaves them."""

from __future__ import annotations

from datetime import datetime

from escalation.floor import Size
from escalation.ladder import Rung
from escalation.orders import Decision, Order
from escalation.sentences import beyond
from escalation.state import Book, changed
from forecaster.messages import Words


def place_order(
    book: Book,
    rung: Rung,
    size: Size,
    *,
    at: datetime,
    words: Words,
    decisions: list[Decision],
    rule: str | None = None,
    for_fault: bool = False,
    actor: str = "",
) -> Book:
    """Return the book with one more open order, and say so in `decisions`."""
    number = book.order_count + 1
    order_id = f"{book.queue}-{number:06d}"
    stands = rule or f"{rung.rule} {'L4' if rung.number == 4 else f'L{2 if rung.number <= 3 else rung.number + 1}'}"
    need = beyond(size.needed, size.people)
    order = Order(
        order_id=order_id,
        rung=rung.number,
        role=rung.role,
        people=size.people,
        ordered_at=at,
        rule=stands,
        action=rung.action,
        reason=words.en + need.en,
        reason_zh=words.zh + need.zh,
        badges=size.badges,
        counts_as_added=rung.counts_as_added,
        for_fault=for_fault,
    )
    decisions.append(
        Decision(
            at, "order", rung.number, rung.role, size.people, "order", stands, words.en + need.en, words.zh + need.zh,
            order_id=order_id, badges=size.badges, needed=size.needed, actor=actor,
        )
    )  # fmt: skip
    return changed(
        book,
        orders=(*book.orders, order),
        order_count=number,
        pending_seats=book.pending_seats + (size.people or 0),
    )


def release_group(
    book: Book,
    order: Order,
    *,
    at: datetime,
    rule: str,
    words: Words,
    decisions: list[Decision],
    actor: str = "",
) -> Book:
    """Return the book without `order`, and say so in `decisions`: its people sign out.

    An order nobody ever took up has expired rather than been released; the sign-out is said all the same.
    """
    code = "expired" if order.status == "issued" else "released"
    decisions.append(
        Decision(
            at, "release", order.rung, order.role, order.people, code, rule, words.en, words.zh,
            order_id=order.order_id, badges=order.badges, actor=actor,
        )
    )  # fmt: skip
    return without(book, order)


def without(book: Book, order: Order) -> Book:
    """Return the book with `order` no longer open."""
    return changed(
        book,
        orders=tuple(one for one in book.orders if one.order_id != order.order_id),
        pending_seats=max(0, book.pending_seats - (order.people or 0)),
    )
