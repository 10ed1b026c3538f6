"""The ladder as a pure state machine: `reduce(state, event) -> (state, decisions)`. It is told the time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from escalation.acts import ACTS
from escalation.events import Event, KnownFault, LadderChanged, ModeChanged, PeopleChanged, Reading, Tick
from escalation.floor import NON_PHONE_SUPERVISORS, night_supervisors, size_rung
from escalation.orders import Decision, Order
from escalation.placing import place_order, release_group
from escalation.sentences import NOTHING, beyond, climbed, group, held, night_words, passed_words, refusal, say, who
from escalation.state import (
    AT_ONCE,
    Book,
    Fault,
    State,
    back_at,
    changed,
    climb_due,
    first_unfilled,
    initial_state,
    is_filled,
    next_rung,
    passed_over,
    wake_at,
)
from forecaster.messages import Words
from forecaster.names import MODES

__all__ = ["Book", "State", "initial_state", "reduce"]

Decisions = tuple[Decision, ...]
_make_state = tuple.__new__


def reduce(state: State, event: Event) -> tuple[State, Decisions]:
    """Return the state after `event` and what was decided by it."""
    if type(event) is Reading:
        if event.received_at is None:
            # Most readings move neither a clock nor a rung: same cell, nothing due, no gap.
            at, waiting = event.at, event.waiting
            last_at, _, last_cell, wakes, book = state
            ladder = book.ladder
            try:
                if (
                    ladder.cells[waiting if waiting < ladder.top else -1] == last_cell  # type: ignore[operator, index]
                    and last_at < at < wakes  # type: ignore[operator]
                    and at - last_at <= ladder.max_gap  # type: ignore[operator]
                    and waiting >= 0  # type: ignore[operator]
                ):
                    return _make_state(State, (at, waiting, last_cell, wakes, book)), ()
            except (TypeError, IndexError):
                pass  # no number, a time without zone, a number far below 0: refused with words below
        return _reading(state, event)
    handler = HANDLERS.get(type(event))
    if handler is None:
        known = [kind.__name__ for kind in HANDLERS]
        raise refusal("event.unknown", event=type(event).__name__, known=known)
    result: tuple[State, Decisions] = handler(state, event)
    return result


def _reading(state: State, event: Reading) -> tuple[State, Decisions]:
    book = state.book
    refusal = _refusal(state, event)
    if refusal is not None:
        kind, code, rule = refusal
        if not kind:
            return state, ()
        shown = NOTHING if event.waiting is None else say("reading.waiting", waiting=event.waiting)
        return state, (_note(event.at, kind, code, rule, say(f"reading.{code}", shown=shown)),)
    at, waiting = event.at, event.waiting
    assert waiting is not None  # refused above
    decisions: list[Decision] = []
    if state.at is not None and at - state.at > book.ladder.max_gap:
        if not book.stale:
            decisions.append(_stale(book, at, (at - state.at).total_seconds()))
        book = _fresh_clocks(book)
    if book.stale:
        book = changed(book, stale=False)
    if book.hold is not None and at >= book.hold.until:
        book = _fresh_clocks(changed(book, hold=None))
    cell = book.ladder.cell(waiting)
    if cell != state.cell and book.holding:
        book = changed(book, holding=False)
    book = _run_clocks(book, cell, at)
    book = _decide(book, at, waiting, decisions)
    return State(at, waiting, cell, wake_at(book, cell, at), book), tuple(decisions)


def _refusal(state: State, event: Reading) -> tuple[str, str, str] | None:
    """Return kind, code and rule of why the reading does not count; an empty kind is a repeated reading."""
    refusal: tuple[str, str, str] | None = None
    if event.at.tzinfo is None:
        refusal = "refused", "naive", "L27"
    elif event.received_at is not None and event.at - event.received_at > state.book.ladder.future_tolerance:
        refusal = "refused", "future", "L27"
    elif event.waiting is None:
        refusal = "refused", "missing", "L12"
    elif event.waiting < 0:
        refusal = "refused", "negative", "L12"
    elif state.at is not None and event.at < state.at:
        refusal = "late", "late", "L25"
    elif event.at == state.at:
        refusal = ("", "", "") if event.waiting == state.waiting else ("refused", "conflict", "L26")
    return refusal


def _note(at: datetime, kind: str, code: str, rule: str, words: Words) -> Decision:
    return Decision(at, kind, None, "", None, code, rule, words.en, words.zh)


def _stale(book: Book, at: datetime, gap_seconds: float) -> Decision:
    words = say("stale", gap=gap_seconds, most=book.ladder.max_gap_seconds)
    return Decision(at, "stale", book.position or None, "", None, "gap", "L11", words.en, words.zh)


def _fresh_clocks(book: Book) -> Book:
    """Return the book with every run forgotten: the next reading starts them (L11, L23, L29)."""
    blank = (None,) * len(book.ladder.conditions)
    return changed(book, runs=blank, dips=blank, low_at=None)


def _run_clocks(book: Book, cell: int, at: datetime) -> Book:
    """Return the book with the run of each condition begun, kept or broken by this reading (L3, L10)."""
    low_at = (book.low_at or at) if cell & 1 else None
    if not book.ladder.dip_grace_seconds:
        met = cell >> 1
        runs = tuple([(since or at) if met >> place & 1 else None for place, since in enumerate(book.runs)])
        return changed(book, runs=runs, low_at=low_at)
    kept, dips = list(book.runs), list(book.dips)
    for place, since in enumerate(kept):
        if cell >> (place + 1) & 1:
            kept[place] = since or at
            dips[place] = None
        elif since is not None:
            began = dips[place] = dips[place] or at
            if at - began >= book.ladder.dip_grace:
                kept[place] = dips[place] = None
    return changed(book, runs=tuple(kept), dips=tuple(dips), low_at=low_at)


def _decide(book: Book, at: datetime, waiting: int, decisions: list[Decision]) -> Book:
    """Return the book after at most one rung climbed or one group released, but for the stated cases (L22)."""
    if book.fault is not None and not book.fault.called:
        book, ordered = _call_for_fault(book, at, decisions)
        if ordered:
            return book
    if book.low_at is not None:
        return _release(book, at, waiting, decisions)
    if book.mode == "night":
        book, ordered = _night(book, at, waiting, decisions)
        if ordered:
            return book
    return _climb(book, at, waiting, decisions)


def _climb(book: Book, at: datetime, waiting: int, decisions: list[Decision]) -> Book:
    """Return the book after the next rung was ordered, if it is due; rungs without people are passed over (L15)."""
    at_start = book.position
    while (number := next_rung(book)) is not None:
        rung = book.ladder.rungs[number - 1]
        if book.mode == "night" and rung.action == "sign_in" and not book.night_called:
            break
        due = climb_due(book)
        if due is None or at < due or not book.ladder.cell(waiting) >> (book.ladder.rung_condition[number - 1] + 1) & 1:
            break
        if book.climbed_at == at:
            break
        size = size_rung(
            rung,
            floor=book.floor,
            ladder=book.ladder,
            orders=book.orders,
            waiting=waiting,
            pending_seats=book.pending_seats,
        )
        if size.code == "order":
            words = climbed(rung, waiting=waiting, people=size.people)
            book = place_order(book, rung, size, at=at, words=words, decisions=decisions)
            return changed(book, position=number, climbed_at=at, holding=False)
        decisions.append(_passed_over(book, rung.number, size.code, size.needed, at))
        book = changed(passed_over(book, number, size.code), position=number, holding=False)
    return _hold_report(book, at, waiting, decisions) if book.position == at_start else book


def _passed_over(book: Book, number: int, code: str, needed: int | None, at: datetime) -> Decision:
    rung = book.ladder.rungs[number - 1]
    words = passed_words(rung.role, code, needed=needed)
    blocked = code in ("seat_limit", "max_added_seats")
    rule = {"seat_limit": "L16", "max_added_seats": "L17", "engaged": "L24", "no_shortfall": "L7"}.get(code, "L15")
    kind = "blocked" if blocked else "skipped"
    return Decision(
        at, kind, number, rung.role, 0, code, f"{rung.rule} {rule}", words.en, words.zh, needed=needed
    )  # fmt: skip


def _hold_report(book: Book, at: datetime, waiting: int, decisions: list[Decision]) -> Book:
    """Return the book with `holding` said once, where the queue lasts but does not reach the next threshold (L5)."""
    if book.holding or not 3 <= book.position < len(book.ladder.rungs):
        return book
    above = book.ladder.rungs[book.position].waiting_above
    if not book.ladder.rungs[0].waiting_above < waiting <= above:
        return book
    words = say("holding", rung=book.position, waiting=waiting)
    decisions.append(Decision(at, "holding", book.position, "", None, "holding", "L5", words.en, words.zh))
    return changed(book, holding=True)


def _release(book: Book, at: datetime, waiting: int, decisions: list[Decision]) -> Book:
    """Return the book after the last group in was signed out, if the low queue has lasted (L8)."""
    ladder = book.ladder
    if book.low_at is None or at - book.low_at < ladder.release_hold:
        return book
    held_rung = book.hold.rung if book.hold is not None else 0
    standing = book.fault is not None
    loose = [one for one in book.orders if one.rung > held_rung and not (standing and one.for_fault)]
    if not loose:
        return book if book.orders else changed(back_at(book, 0), holding=False, night_called=False)
    lasted = held(ladder.release_hold_seconds)
    words = say("released", waiting=waiting, most=ladder.release_at_most, held=lasted, group=group(loose[-1].role))
    book = release_group(book, loose[-1], at=at, rule="C7 L8", words=words, decisions=decisions)
    # The next group waits as long again; at the last one the ladder is back to normal.
    return changed(back_at(book, first_unfilled(book) - 1), low_at=at, holding=False, night_called=False)


def _night(book: Book, at: datetime, waiting: int, decisions: list[Decision]) -> tuple[Book, bool]:
    """Return the book after the night order for all but one supervisor (L19), and whether it was given."""
    start = book.runs[-1]
    if book.night_called or start is None or book.dips[-1] is not None or at - start < book.ladder.night_hold:
        return book, False
    ladder = book.ladder
    before = len(book.orders)
    top = 0
    for rung in ladder.rungs:
        if rung.action != "sign_in":
            continue
        top = rung.number
        if is_filled(book, rung.number) and rung.role not in book.floor.badges:
            continue
        everyone = replace(rung, people="whole_group", counts_as_added=False)
        size = size_rung(
            everyone,
            floor=book.floor,
            ladder=ladder,
            orders=book.orders,
            waiting=waiting,
            pending_seats=book.pending_seats,
        )
        if size.code == "order":
            words = night_words(ladder, rung.role, size.people)
            book = place_order(book, rung, size, at=at, words=words, decisions=decisions, rule="C9 L19")
        elif not is_filled(book, rung.number):
            decisions.append(_passed_over(book, rung.number, size.code, size.needed, at))
            book = passed_over(book, rung.number, size.code)
    book = _night_supervisors(book, top, at, decisions)
    ordered = len(book.orders) > before
    climbed_at = at if ordered else book.climbed_at
    position = max(book.position, top)
    return changed(book, night_called=True, position=position, climbed_at=climbed_at, holding=False), ordered


def _night_supervisors(book: Book, top: int, at: datetime, decisions: list[Decision]) -> Book:
    size = night_supervisors(book.floor)
    taken = any(one.role in NON_PHONE_SUPERVISORS for one in book.orders)
    if not size.people or taken:
        return book
    rung = replace(book.ladder.rungs[top - 1], role="supervisor")
    words = night_words(book.ladder, rung.role, size.people)
    return place_order(book, rung, size, at=at, words=words, decisions=decisions, rule="C9 L19")


def _call_for_fault(book: Book, at: datetime, decisions: list[Decision]) -> tuple[Book, bool]:
    """Return the book after a known fault called overtime at whatever rung (L7), and whether it did."""
    assert book.fault is not None  # the caller asked
    called = changed(book, fault=replace(book.fault, called=True))
    rung = book.ladder.rungs[-1]
    if is_filled(book, rung.number):
        return called, False
    size = size_rung(
        rung, floor=book.floor, ladder=book.ladder, orders=book.orders, waiting=None, pending_seats=book.pending_seats
    )
    if size.code != "order":
        decisions.append(_passed_over(book, rung.number, size.code, size.needed, at))
        return called, False
    words = say("fault", who=who(size.people), need=beyond(size.needed, size.people))
    return (
        place_order(called, rung, size, at=at, words=words, decisions=decisions, rule="C6 L7", for_fault=True),
        True,
    )


def _tick(state: State, event: Tick) -> tuple[State, Decisions]:
    """Return the state with staleness and unheeded orders shown; a tick moves no rung."""
    book, at = state.book, event.at
    decisions: list[Decision] = []
    if state.at is not None and not book.stale and at - state.at > book.ladder.max_gap:
        decisions.append(_stale(book, at, (at - state.at).total_seconds()))
        book = changed(book, stale=True)
    orders = tuple(_repeated(book, one, at, decisions) for one in book.orders)
    if orders != book.orders:
        book = changed(book, orders=orders)
    return (state if book is state.book else state._replace(book=book, wake_at=AT_ONCE)), tuple(decisions)


def _repeated(book: Book, order: Order, at: datetime, decisions: list[Decision]) -> Order:
    """Return the order told again, if it is neither carried out nor was told lately (L18)."""
    told = order.told_at or order.ordered_at
    if order.status not in ("issued", "acknowledged") or book.stale:
        return order
    if (at - told).total_seconds() < book.ladder.repeat_after_seconds:
        return order
    age = (at - order.ordered_at).total_seconds()
    code = "not_acknowledged" if order.status == "issued" else "not_carried_out"
    words = say(f"repeat.{order.status}", order=order.order_id, age=age)
    decisions.append(
        Decision(
            at, "repeat", order.rung, order.role, order.people, code, "L18", words.en, words.zh,
            order_id=order.order_id, badges=order.badges,
        )
    )  # fmt: skip
    return replace(order, told_at=at, repeats=order.repeats + 1)


def _people(state: State, event: PeopleChanged) -> tuple[State, Decisions]:
    book, floor = state.book, event.floor
    pending = book.pending_seats
    if floor.seats_free is not None and book.floor.seats_free is not None:
        # Seats that were free and are not any more are those who were ordered, sitting down.
        pending = max(0, pending - max(0, book.floor.seats_free - floor.seats_free))
    return state._replace(book=changed(book, floor=floor, pending_seats=pending), wake_at=AT_ONCE), ()


def _ladder(state: State, event: LadderChanged) -> tuple[State, Decisions]:
    book, ladder = state.book, event.ladder
    if ladder.version == book.ladder.version:
        return state, ()
    blank = (None,) * len(ladder.conditions)
    book = changed(book, ladder=ladder, runs=blank, dips=blank, low_at=None)
    words = say("ladder", name=ladder.name, version=ladder.version)
    note = _note(event.at, "ladder", ladder.version, "L29", words)
    return state._replace(book=book, wake_at=AT_ONCE, cell=-1), (note,)


def _mode(state: State, event: ModeChanged) -> tuple[State, Decisions]:
    book, at = state.book, event.at
    if event.mode == book.mode:
        return state, ()
    if event.mode not in MODES:
        raise refusal("mode.unknown", mode=event.mode)
    decisions = [_note(at, "mode", event.mode, "L19", say("mode", mode=MODES[event.mode]))]
    book = changed(book, mode=event.mode, night_called=False)
    live = state.at is not None and at - state.at <= book.ladder.max_gap and not book.stale
    if event.mode == "night" and live and state.waiting is not None and book.low_at is None:
        book, _ = _night(book, at, state.waiting, decisions)
    return state._replace(book=book, wake_at=AT_ONCE), tuple(decisions)


def _fault(state: State, event: KnownFault) -> tuple[State, Decisions]:
    book, at = state.book, event.at
    if event.standing == (book.fault is not None):
        return state, ()
    decisions: list[Decision] = []
    if event.standing:
        told = " ".join(one for one in (event.actor, event.reason) if one)
        decisions.append(_note(at, "fault", "flagged", "C6", say("fault.flagged", told=f" {told}" if told else "")))
        book = changed(book, fault=Fault(at, event.actor, event.reason))
        book, _ = _call_for_fault(book, at, decisions)
    else:
        decisions.append(_note(at, "fault", "cleared", "C6", say("fault.cleared")))
        orders = tuple(replace(one, for_fault=False) if one.for_fault else one for one in book.orders)
        book = changed(book, fault=None, orders=orders)
    return state._replace(book=book, wake_at=AT_ONCE), tuple(decisions)


HANDLERS: dict[type[Any], Any] = {
    Tick: _tick,
    PeopleChanged: _people,
    LadderChanged: _ladder,
    ModeChanged: _mode,
    KnownFault: _fault,
    **ACTS,
}
