"""Who and what is on the floor, and how many people a rung can therefore bring in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from escalation.ladder import Ladder, Rung
from escalation.orders import Order

NON_PHONE_SUPERVISORS = ("business_supervisor", "supervisor")


@dataclass(frozen=True)
class Candidate:
    """One person who may be kept longer (rung 5) or called (rung 6): never by name, only by badge."""

    badge: str
    standby: bool = False
    hours_headroom: float = 0.0
    lawful: bool = True


@dataclass(frozen=True)
class Floor:
    """What is known of the floor; what is not known is None, and everyone is then taken to be there.

    available, engaged
        People per role who can be asked now, and who serve another queue (L24). A role that is not a key is not known.
    badges
        Badges per role of those available, where they are known.
    seats_free, seats_signed_in, seats_required
        Physical seats without a person; seats on the phone; seats the load asks for.
    calls_per_hour, aht_seconds, patience_seconds
        The live load, from which rung 6 computes the seats required where they are not given.
    calls_per_hour_lower, calls_per_hour_upper
        The forecast's band of it for now; outside it the floor is warned (C10).
    told_by
        Per role, and for standby and the candidates, who said so: what the switch says stands against the roster.
    lengthen, call
        Candidates for rungs 5 and 6.
    """

    available: Mapping[str, int] = field(default_factory=dict)
    engaged: Mapping[str, int] = field(default_factory=dict)
    badges: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seats_free: int | None = None
    seats_signed_in: int | None = None
    seats_required: int | None = None
    calls_per_hour: float | None = None
    aht_seconds: float | None = None
    patience_seconds: float | None = None
    calls_per_hour_lower: float | None = None
    calls_per_hour_upper: float | None = None
    standby: int | None = None
    lengthen: tuple[Candidate, ...] | None = None
    call: tuple[Candidate, ...] | None = None
    told_by: Mapping[str, str] = field(default_factory=dict)


EMPTY_FLOOR = Floor()


def floor_told(floor: Floor, said: Mapping[str, Any], *, source: str) -> Floor:
    """Return the floor with what `source` (`acd`, `supervisor` or `roster`) says of it; what is not said stays.

    said
        Fields of `Floor` by name but for `engaged` and `told_by`; candidates as mappings of their fields.

    The roster does not overrule the switch or a supervisor. A number without badges takes the place of the badges
    known before.
    """
    told_by = dict(floor.told_by)

    def outranked(name: str) -> bool:
        return source == "roster" and told_by.get(name, "roster") != "roster"

    numbers, lists = said.get("available") or {}, said.get("badges") or {}
    available, badges = dict(floor.available), dict(floor.badges)
    for role in {**numbers, **lists}:
        if outranked(role):
            continue
        told_by[role] = source
        badges.pop(role, None)
        if role in lists:
            badges[role] = tuple(sorted(set(lists[role])))
        available[role] = numbers[role] if role in numbers else len(badges[role])
    plain = {name: value for name, value in said.items() if name not in ("available", "badges")}
    for name in ("standby", "lengthen", "call"):
        if name not in plain:
            continue
        if outranked(name):
            del plain[name]
            continue
        told_by[name] = source
        if name != "standby":
            plain[name] = tuple(Candidate(**one) for one in plain[name])
    return replace(floor, available=available, badges=badges, told_by=told_by, **plain)


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


def seats_left(floor: Floor, ladder: Ladder, *, pending_seats: int) -> int | None:
    """Return the physical seats free for one more order, or None where nobody said.

    `pending_seats` are people ordered who do not yet show in the number of free seats.
    """
    free = floor.seats_free
    if free is None and ladder.seat_limit is not None and floor.seats_signed_in is not None:
        free = ladder.seat_limit - floor.seats_signed_in
    return None if free is None else max(0, free - pending_seats)


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
    from forecaster.requirement.seats import ServiceTarget, seats_required

    target = ServiceTarget(
        service_level=ladder.service_level,
        answer_within_seconds=ladder.answer_within_seconds,
        patience_seconds=floor.patience_seconds,
    )
    load = floor.calls_per_hour * floor.aht_seconds / 3600
    return int(seats_required(load, aht_seconds=floor.aht_seconds, target=target))


def size_rung(
    rung: Rung, *, floor: Floor, ladder: Ladder, orders: Sequence[Order], waiting: int | None, pending_seats: int
) -> Size:
    """Return how many people `rung` brings in at `waiting` callers (L13, L14, L16, L17)."""
    if rung.action == "call":
        return _size_call(floor, ladder, pending_seats=pending_seats)
    needed = _needed(rung, floor, ladder, waiting)
    if needed is not None and needed <= 0:
        return Size("no_shortfall", 0, needed)
    pool = _pool(rung, floor, orders)
    if pool.count == 0:
        return Size("engaged" if floor.engaged.get(rung.role, 0) else "nobody", 0, needed)
    bounds = [one for one in (needed, pool.count) if one is not None]
    free = seats_left(floor, ladder, pending_seats=pending_seats)
    if rung.action == "sign_in" or free is not None:
        if free == 0:
            return Size("seat_limit", 0, needed)
        if free is not None and bounds:
            bounds.append(free)
    if rung.counts_as_added:
        allowed = ladder.max_added_seats - sum(one.people or 0 for one in orders if one.counts_as_added)
        if allowed <= 0:
            return Size("max_added_seats", 0, needed)
        bounds.append(allowed)
    people = min(bounds) if bounds else None
    return Size("order", people, needed, pool.badges[:people])


@dataclass(frozen=True)
class _Pool:
    """Those who could be asked: how many (None: unknown, everyone) and, where known, their badges in order."""

    count: int | None
    badges: tuple[str, ...] = ()


def _pool(rung: Rung, floor: Floor, orders: Sequence[Order]) -> _Pool:
    taken = {badge for one in orders for badge in one.badges}
    if rung.action == "lengthen":
        if floor.lengthen is None:
            return _Pool(None)
        lawful = [one for one in floor.lengthen if one.lawful and one.badge not in taken]
        ranked = sorted(lawful, key=lambda one: (-one.hours_headroom, one.badge))
        return _Pool(len(ranked), tuple(one.badge for one in ranked))
    listed = floor.badges.get(rung.role)
    if listed is None:
        return _Pool(floor.available.get(rung.role))
    free = tuple(sorted(badge for badge in listed if badge not in taken))
    count = floor.available.get(rung.role)
    return _Pool(len(free) if count is None else min(count, len(free)), free)


def _needed(rung: Rung, floor: Floor, ladder: Ladder, waiting: int | None) -> int | None:
    """Return how many people the rung should bring in, or None for the whole group."""
    if rung.people == "whole_group":
        return None
    short = shortfall(floor, ladder)
    if short is None:
        return ladder.people_min if waiting is None or waiting <= 10 else ladder.people_max
    if rung.people == "two_or_three":
        return min(max(short, ladder.people_min), ladder.people_max)
    return short


def _size_call(floor: Floor, ladder: Ladder, *, pending_seats: int) -> Size:
    """Return the overtime call: the need is always reported, against what can be seated and who may lawfully come."""
    short = shortfall(floor, ladder)
    if short is not None and short <= 0:
        return Size("no_shortfall", 0, short)
    needed = ladder.people_max if short is None else short
    badges: tuple[str, ...] = ()
    bounds = [needed]
    if floor.call is not None:
        lawful = [one for one in floor.call if one.lawful]
        ranked = sorted(lawful, key=lambda one: (not one.standby, -one.hours_headroom, one.badge))
        if not ranked:
            return Size("nobody", 0, short)
        badges = tuple(one.badge for one in ranked)
        bounds.append(len(badges))
    free = seats_left(floor, ladder, pending_seats=pending_seats)
    if free is not None:
        bounds.append(free)
    people = min(bounds)
    return Size("order", people, short, badges[:people])


def night_supervisors(floor: Floor) -> Size:
    """Return the supervisors who join at night: all but one; the lowest badge stays (L19, C9)."""
    for_phone = sum(floor.available.get(role, 0) for role in NON_PHONE_SUPERVISORS) - 1
    listed = [tuple(sorted(floor.badges.get(role, ()))) for role in NON_PHONE_SUPERVISORS]
    ordered = tuple(badge for group in listed for badge in group)
    if ordered:
        return Size("order", len(ordered) - 1, len(ordered) - 1, tuple(sorted(ordered[1:])))
    return Size("order", max(0, for_phone), max(0, for_phone))
