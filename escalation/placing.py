"""How a group enters the open orders and leaves them, or is passed over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from escalation.floor import Floor
from escalation.ladder import Rung
from escalation.orders import Decision, Order
from escalation.reasons import beyond, passed_words
from escalation.sizing import Size
from escalation.state import Book, changed, passed_over
from forecaster.messages import Words

RULE_OF_ACTION = {"lengthen": "L6", "call": "L7"}
RULE_OF_CODE = {"seat_limit": "L16", "max_added_seats": "L17", "engaged": "L24", "no_shortfall": "L7"}


def place_order(  # noqa: PLR0913 - each is a field of the order or of the decision that tells it
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
    stands = rule or f"{rung.rule} {RULE_OF_ACTION.get(rung.action, 'L2' if rung.hold_seconds else 'L4')}"
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
    return changed(book, orders=(*book.orders, order), order_count=number, seats_taken=seats_taken(book.floor))


def pass_over(
    book: Book,
    rung: Rung,
    size: Size,
    *,
    at: datetime,
    decisions: list[Decision],
    rule: str | None = None,
    actor: str = "",
) -> Book:
    """Return the book with `rung` noted as passed over, and say why in `decisions`."""
    words = passed_words(rung.role, size.code, needed=size.needed)
    kind = "blocked" if size.code in ("seat_limit", "max_added_seats") else "skipped"
    stands = f"{rung.rule} {rule or RULE_OF_CODE.get(size.code, 'L15')}"
    decisions.append(
        Decision(
            at, kind, rung.number, rung.role, 0, size.code, stands, words.en, words.zh, needed=size.needed, actor=actor
        )
    )
    return passed_over(book, rung.number, size.code)


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
    return changed(book, orders=tuple(one for one in book.orders if one.order_id != order.order_id))


def seats_taken(floor: Floor) -> int | None:
    """Return a number that rises as people sit down: seats signed in, or free ones below 0 if only those are told."""
    if floor.seats_signed_in is not None:
        return floor.seats_signed_in
    return None if floor.seats_free is None else -floor.seats_free


def with_floor(book: Book, floor: Floor) -> Book:
    """Return the book on another floor: whoever sat down since, or left the count, is one of those ordered (L31, L32).

    The oldest orders fill first. Somebody who gets up and comes back is nobody new: only a number of seats that has not
    been reached since the last order counts.
    """
    before = book.floor
    same_source = (before.seats_signed_in is None) == (floor.seats_signed_in is None)
    taken, now = book.seats_taken if same_source else None, seats_taken(floor)
    sat = 0 if taken is None or now is None else max(0, now - taken)
    gone = {
        role: before.available[role] - count
        for role, count in floor.available.items()
        if role not in floor.badges and count < before.available.get(role, 0)
    }
    orders = []
    for one in book.orders:
        seated = min(sat, max(0, (one.people or 0) - one.seen_seated))
        left = min(gone.get(one.role, 0), one.still_counted)
        sat -= seated
        gone[one.role] = gone.get(one.role, 0) - left
        orders.append(
            replace(one, seen_seated=one.seen_seated + seated, seen_gone=one.seen_gone + left)
            if seated or left
            else one
        )
    highest = now if taken is None or now is None else max(taken, now)
    return changed(book, floor=floor, orders=tuple(orders), seats_taken=highest)
