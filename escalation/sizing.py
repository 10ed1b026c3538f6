"""How many people a rung can bring in, given who is there, who was called already, and how many seats are free."""

from __future__ import annotations

from dataclasses import dataclass

from escalation.floor import Floor
from escalation.ladder import Ladder, Rung
from escalation.state import Book

SUPERVISORS = ("business_supervisor", "supervisor")


@dataclass(frozen=True)
class Size:
    """How many people a rung brings in (None: the whole group, its number unknown), or why none.

    code
        `order`, or `nobody`, `engaged`, `seat_limit`, `max_added_seats`, `no_shortfall`.
    needed
        What would have been right before people and seats bounded it; None where that is not known.
    """

    code: str
    people: int | None = None
    needed: int | None = None
    badges: tuple[str, ...] = ()


def size_rung(rung: Rung, book: Book, *, waiting: int | None) -> Size:
    """Return how many people `rung` brings in at `waiting` callers (L13, L14, L16, L17)."""
    floor, ladder = book.floor, book.ladder
    if rung.action == "call":
        return _size_call(book)
    needed = _needed(rung, floor, ladder, waiting)
    if needed is not None and needed <= 0:
        return Size("no_shortfall", 0, needed)
    pool = _pool(rung, book)
    if pool.count == 0:
        return Size("engaged" if floor.engaged.get(rung.role, 0) else "nobody", 0, needed)
    bounds = [one for one in (needed, pool.count) if one is not None]
    free = seats_left(book)
    if free == 0:
        return Size("seat_limit", 0, needed)
    if free is not None and bounds:
        bounds.append(free)
    if rung.counts_as_added:
        allowed = ladder.max_added_seats - sum(one.people or 0 for one in book.orders if one.counts_as_added)
        if allowed <= 0:
            return Size("max_added_seats", 0, needed)
        bounds.append(allowed)
    people = min(bounds) if bounds else None
    return Size("order", people, needed, pool.badges[:people])


def seats_left(book: Book) -> int | None:
    """Return the physical seats free for one more order, or None where nobody said.

    Who was ordered and does not sit yet counts beside those who sit, nobody twice (L32).
    """
    floor, limit = book.floor, book.ladder.seat_limit
    free = floor.seats_free
    if free is None and limit is not None and floor.seats_signed_in is not None:
        free = limit - floor.seats_signed_in
    return None if free is None else max(0, free - sum(one.not_seated for one in book.orders))


def shortfall(floor: Floor, ladder: Ladder) -> int | None:
    """Return seats required less seats signed in (may be negative), or None where either is unknown."""
    required = floor.seats_required if floor.seats_required is not None else live_seats_required(floor, ladder)
    if required is None or floor.seats_signed_in is None:
        return None
    return required - floor.seats_signed_in


def live_seats_required(floor: Floor, ladder: Ladder) -> int | None:
    """Return the seats that the live load asks for at the ladder's service target, or None where it is not known.

    Erlang C, or Erlang A where the callers' patience is known (`forecaster.requirement.seats.seats_required`).
    """
    if floor.calls_per_hour is None or not floor.aht_seconds:
        return None
    from forecaster.queueing.service_target import ServiceTarget
    from forecaster.requirement.seats import seats_required

    target = ServiceTarget(
        service_level=ladder.service_level,
        answer_within_seconds=ladder.answer_within_seconds,
        patience_seconds=floor.patience_seconds,
    )
    load = floor.calls_per_hour * floor.aht_seconds / 3600
    return int(seats_required(load, aht_seconds=floor.aht_seconds, target=target))


@dataclass(frozen=True)
class _Pool:
    """Those who could be asked: how many (None: unknown, everyone) and, where known, their badges in order."""

    count: int | None
    badges: tuple[str, ...] = ()


def _pool(rung: Rung, book: Book) -> _Pool:
    floor = book.floor
    taken = _taken(book)
    if rung.action == "lengthen":
        if floor.lengthen is None:
            return _Pool(None)
        lawful = [one for one in floor.lengthen if one.lawful and one.badge not in taken]
        ranked = sorted(lawful, key=lambda one: (-one.hours_headroom, one.badge))
        return _Pool(len(ranked), tuple(one.badge for one in ranked))
    listed, count = floor.badges.get(rung.role), floor.available.get(rung.role)
    if listed is None:
        return _Pool(None if count is None else max(0, count - _called_of(book, (rung.role,))))
    free = tuple(sorted(badge for badge in listed if badge not in taken))
    return _Pool(len(free) if count is None else min(count, len(free)), free)


def _taken(book: Book) -> set[str]:
    return {badge for one in book.orders for badge in one.badges}


def _called_of(book: Book, roles: tuple[str, ...]) -> int:
    """Return how many of those told as available have an order already: they are not yet gone from the count (L31)."""
    return sum(one.still_counted for one in book.orders if one.role in roles)


def _needed(rung: Rung, floor: Floor, ladder: Ladder, waiting: int | None) -> int | None:
    """Return how many people the rung should bring in, or None for the whole group."""
    if rung.people == "whole_group":
        return None
    short = shortfall(floor, ladder)
    if short is None:
        return ladder.people_min if waiting is None or waiting <= ladder.high_above else ladder.people_max
    if rung.people == "two_or_three":
        return min(max(short, ladder.people_min), ladder.people_max)
    return short


def _size_call(book: Book) -> Size:
    """Return the overtime call: the need is always reported, against what can be seated and who may lawfully come."""
    floor, ladder = book.floor, book.ladder
    short = shortfall(floor, ladder)
    if short is not None and short <= 0:
        return Size("no_shortfall", 0, short)
    needed = ladder.people_max if short is None else short
    badges: tuple[str, ...] = ()
    bounds = [needed]
    if floor.call is not None:
        taken = _taken(book)
        lawful = [one for one in floor.call if one.lawful and one.badge not in taken]
        ranked = sorted(lawful, key=lambda one: (not one.standby, -one.hours_headroom, one.badge))
        if not ranked:
            return Size("nobody", 0, short)
        badges = tuple(one.badge for one in ranked)
        bounds.append(len(badges))
    free = seats_left(book)
    if free is not None:
        bounds.append(free)
    people = min(bounds)
    return Size("order", people, short, badges[:people])


def size_supervisors(book: Book) -> Size:
    """Return the supervisors who join at night: all but one; the lowest badge stays (L19, C9)."""
    floor = book.floor
    listed = tuple(badge for role in SUPERVISORS for badge in sorted(floor.badges.get(role, ())))
    if listed:
        taken = _taken(book)
        joining = tuple(sorted(badge for badge in listed[1:] if badge not in taken))
        return Size("order", len(joining), len(joining), joining)
    there = sum(floor.available.get(role, 0) for role in SUPERVISORS)
    joining_count = max(0, there - _called_of(book, SUPERVISORS) - 1)
    return Size("order", joining_count, joining_count)
