"""What the ladder remembers between two events."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, NamedTuple

from escalation.floor import EMPTY_FLOOR, Floor
from escalation.ladder import Ladder
from escalation.orders import Order

NEVER = datetime.max.replace(tzinfo=UTC)
AT_ONCE = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Hold:
    """A supervisor keeps the ladder at `rung` until `until`."""

    rung: int
    until: datetime
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class StandingFault:
    """A known fault that will not soon be repaired; `called` once its overtime has been ordered or found needless."""

    since: datetime
    actor: str
    reason: str
    called: bool = False


@dataclass(frozen=True, slots=True)
class Quiet:
    """Messages are held back until `until` (maintenance, a drill), never the ladder."""

    until: datetime
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class LastAct:
    """The last act on an order, which may be taken back for some seconds: who did what, and the order before it."""

    at: datetime
    actor: str
    what: str
    order: Order


@dataclass(frozen=True)
class Book:
    """The part of the state that few readings change.

    runs
        Per ladder condition, when the unbroken run that meets it began; None where it is not met.
    dips
        Per ladder condition, when the run was first interrupted, within the grace allowed.
    low_at
        Start of the run of W <= release limit, or the last release in it.
    position
        The last rung decided on: ordered, or passed over.
    passed
        Rung and code of those passed over on the way to `position`.
    climbed_at
        When the last rung was ordered by climbing (L3).
    holding
        Whether it was said that the queue lasts below the next threshold (L5).
    stale_said_at
        When time alone last said that the readings have stopped.
    seats_taken
        Seats taken as last looked at, to see who sits down since: signed in, or free below 0 where only those are told.
    holiday
        A holiday, beside day and night (L35).
    """

    queue: str
    ladder: Ladder
    mode: str = "day"
    runs: tuple[datetime | None, ...] = ()
    dips: tuple[datetime | None, ...] = ()
    low_at: datetime | None = None
    position: int = 0
    passed: tuple[tuple[int, str], ...] = ()
    climbed_at: datetime | None = None
    night_called: bool = False
    holding: bool = False
    stale: bool = False
    stale_said_at: datetime | None = None
    orders: tuple[Order, ...] = ()
    order_count: int = 0
    floor: Floor = field(default=EMPTY_FLOOR)
    seats_taken: int | None = None
    holiday: bool = False
    hold: Hold | None = None
    fault: StandingFault | None = None
    silence: Quiet | None = None
    last_act: LastAct | None = None


class State(NamedTuple):
    """The ladder of one queue. A tuple, because most readings change nothing but its first two fields.

    at, waiting
        The newest accepted reading; None before the first.
    cell
        Which conditions hold at `waiting` (see `Ladder.cell`).
    wake_at
        Until then a reading in the same cell, without a gap, changes nothing else.
    """

    at: datetime | None
    waiting: int | None
    cell: int
    wake_at: datetime
    book: Book


_blank_book = object.__new__
_FIELDS = frozenset(one.name for one in fields(Book))


def changed(book: Book, **changes: Any) -> Book:
    """Return the book with `changes`: as `dataclasses.replace`, which takes ten times as long."""
    values = {**book.__dict__, **changes}
    if len(values) != len(_FIELDS):
        raise TypeError(f"a book has no {', '.join(sorted(changes.keys() - _FIELDS))}")
    made = _blank_book(Book)
    made.__dict__.update(values)
    return made


def initial_state(ladder: Ladder, *, queue: str = "hotline", mode: str = "day", floor: Floor = EMPTY_FLOOR) -> State:
    """Return the state of a `queue` before the first reading, under a `ladder`.

    `mode` is `day`, `night` or `holiday`; `floor` is who can be called (`escalation.floor.Floor`).
    """
    blank = (None,) * len(ladder.conditions)
    return State(None, None, -1, AT_ONCE, Book(queue, ladder, mode=mode, runs=blank, dips=blank, floor=floor))


def fresh_clocks(book: Book) -> Book:
    """Return the book with every run forgotten: the next reading starts them (L11, L23, L29)."""
    blank = (None,) * len(book.ladder.conditions)
    return changed(book, runs=blank, dips=blank, low_at=None)


def open_order(book: Book, order_id: str) -> Order | None:
    """Return the open order with this id."""
    return next((one for one in book.orders if one.order_id == order_id), None)


def with_order(book: Book, order: Order) -> Book:
    """Return the book with `order` in place of the open one that has its id."""
    return changed(book, orders=tuple(order if one.order_id == order.order_id else one for one in book.orders))


def is_filled(book: Book, rung: int) -> bool:
    """Return whether an order of that rung is open."""
    return any(one.rung == rung for one in book.orders)


def on_holiday(book: Book) -> bool:
    """Return whether it is a holiday, by day or by night (L35)."""
    return book.holiday or book.mode == "holiday"


def first_unfilled(book: Book) -> int:
    """Return the lowest rung without an open order."""
    filled = {one.rung for one in book.orders}
    return next(rung for rung in range(1, len(book.ladder.rungs) + 2) if rung not in filled)


def wake_at(book: Book, cell: int, waiting: int, at: datetime) -> datetime:
    """Return the earliest instant at which a reading in the same cell could change more than the newest reading."""
    if (book.ladder.dip_grace_seconds and any(book.dips)) or (book.fault is not None and not book.fault.called):
        return AT_ONCE
    ladder = book.ladder
    wakes = NEVER
    if book.hold is not None:
        wakes = book.hold.until
    if cell & 1:
        if book.low_at is not None and (book.orders or book.position):
            wakes = min(wakes, book.low_at + ladder.release_hold)
        return wakes
    if book.climbed_at == at or (not book.holding and lasts_below_next(book, waiting)):
        return at
    if book.mode == "night" and not book.night_called and (start := book.runs[-1]) is not None:
        wakes = min(wakes, start + ladder.night_hold)
    due = climb_due(book)
    return wakes if due is None else min(wakes, due)


def lasts_below_next(book: Book, waiting: int | None) -> bool:
    """Return whether the queue lasts above the first threshold without reaching the next rung's (L5)."""
    rungs = book.ladder.rungs
    if waiting is None or not 0 < book.position < len(rungs):
        return False
    return rungs[0].waiting_above < waiting <= rungs[book.position].waiting_above


def passed_over(book: Book, rung: int, code: str) -> Book:
    """Return the book with `rung` noted as passed over for the reason `code`."""
    return changed(book, passed=(*(one for one in book.passed if one[0] != rung), (rung, code)))


def back_at(book: Book, position: int) -> Book:
    """Return the book back at `position`: what was passed over above it is forgotten."""
    return changed(book, position=position, passed=tuple(one for one in book.passed if one[0] <= position))


def next_rung(book: Book) -> int | None:
    """Return the rung the climb tries next, or None at the top or where a supervisor holds."""
    top = len(book.ladder.rungs)
    rung = book.position + 1
    if rung <= top and book.orders:
        filled = [one.rung for one in book.orders]
        while rung in filled:
            rung += 1
    if rung > top or (book.hold is not None and rung > book.hold.rung):
        return None
    return rung


def climb_due(book: Book) -> datetime | None:
    """Return when the next rung is ordered if its condition, met now, keeps being met; None if it is not met."""
    rung = next_rung(book)
    if rung is None:
        return None
    if book.mode == "night" and book.ladder.rungs[rung - 1].action == "sign_in":
        start = book.runs[-1]
        return None if start is None or book.night_called else start + book.ladder.night_hold
    start = book.runs[book.ladder.rung_condition[rung - 1]]
    if start is None:
        return None
    base = start if book.climbed_at is None else max(start, book.climbed_at)
    return base + book.ladder.holds[rung - 1]
