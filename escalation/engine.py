"""The ladder as a pure state machine: `reduce(state, event) -> (state, decisions)`. It is told the time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from escalation.acts import ACTS
from escalation.changes import CHANGES, note
from escalation.events import Event, Reading, Tick
from escalation.floor import measured
from escalation.orders import Decision, Decisions
from escalation.placing import pass_over, place_order, release_group
from escalation.reasons import climbed, group, held
from escalation.reminders import gone_stale, tick
from escalation.sentences import refusal, say
from escalation.sizing import size_rung
from escalation.special_orders import call_for_fault, night_order
from escalation.state import (
    Book,
    State,
    back_at,
    changed,
    climb_due,
    first_unfilled,
    fresh_clocks,
    lasts_below_next,
    next_rung,
    wake_at,
)
from forecaster.messages import NOTHING

RULES_VERSION = 3  # of the rules themselves: raised when the same events give other decisions than before
_make_state = tuple.__new__
NO_MEASURES: Mapping[str, float] = {}  # of a ladder that asks for none


def reduce(state: State, event: Event) -> tuple[State, Decisions]:
    """Return the state after `event` and what was decided by it."""
    if type(event) is Reading:
        if event.received_at is None:
            # Most readings move neither a clock nor a rung: same cell, nothing due, no gap. Measures besides W may have
            # changed the last cell, but the same measures would change this one to it, too.
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
    refused = uncounted(state, event)
    if refused is not None:
        kind, code, rule = refused
        if not kind:
            return state, ()
        shown = NOTHING if event.waiting is None else say("reading.waiting", waiting=event.waiting)
        return state, (note(event.at, kind, code, rule, say(f"reading.{code}", shown=shown)),)
    at, waiting = event.at, event.waiting
    assert waiting is not None  # refused above
    decisions: list[Decision] = []
    if state.at is not None and at - state.at > book.ladder.max_gap:
        if not book.stale:
            decisions.append(gone_stale(book, at, (at - state.at).total_seconds()))
        book = fresh_clocks(book)
    if book.stale:
        book = changed(book, stale=False)
    if book.hold is not None and at >= book.hold.until:
        book = fresh_clocks(changed(book, hold=None))
    cell = book.ladder.cell(waiting, measured(book.floor) if book.ladder.measured else NO_MEASURES)
    if cell & 1 and book.holding:
        book = changed(book, holding=False)
    book = _run_clocks(book, cell, at)
    book = _decide(book, at, waiting, cell, decisions)
    return State(at, waiting, cell, wake_at(book, cell, waiting, at), book), tuple(decisions)


def uncounted(state: State, event: Reading) -> tuple[str, str, str] | None:
    """Return kind, code and rule of why the reading does not count; an empty kind is a repeated reading."""
    refused: tuple[str, str, str] | None = None
    if event.at.tzinfo is None:
        refused = "refused", "naive", "L27"
    elif event.received_at is not None and event.at - event.received_at > state.book.ladder.future_tolerance:
        refused = "refused", "future", "L27"
    elif event.waiting is None:
        refused = "refused", "missing", "L12"
    elif event.waiting < 0:
        refused = "refused", "negative", "L12"
    elif state.at is not None and event.at < state.at:
        refused = "late", "late", "L25"
    elif event.at == state.at:
        refused = ("", "", "") if event.waiting == state.waiting else ("refused", "conflict", "L26")
    return refused


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


def _decide(book: Book, at: datetime, waiting: int, cell: int, decisions: list[Decision]) -> Book:
    """Return the book after at most one rung climbed or one group released, but for the stated cases (L22)."""
    if book.fault is not None and not book.fault.called:
        book, ordered = call_for_fault(book, at, decisions)
        if ordered:
            return book
    if book.low_at is not None:
        return _release(book, at, waiting, decisions)
    if book.mode == "night":
        book, ordered = night_order(book, at, waiting, decisions)
        if ordered:
            return book
    return _climb(book, at, waiting, cell, decisions)


def _climb(book: Book, at: datetime, waiting: int, cell: int, decisions: list[Decision]) -> Book:
    """Return the book after the next rung was ordered, if it is due; rungs without people are passed over (L15)."""
    at_start = book.position
    while (number := next_rung(book)) is not None:
        rung = book.ladder.rungs[number - 1]
        if book.mode == "night" and rung.action == "sign_in" and not book.night_called:
            break
        due = climb_due(book)
        if due is None or at < due or not cell >> (book.ladder.rung_condition[number - 1] + 1) & 1:
            break
        if book.climbed_at == at:
            break
        size = size_rung(rung, book, waiting=waiting)
        if size.code == "order":
            words = climbed(rung, waiting=waiting, people=size.people, measures=measured(book.floor))
            book = place_order(book, rung, size, at=at, words=words, decisions=decisions)
            return changed(book, position=number, climbed_at=at, holding=False)
        book = pass_over(book, rung, size, at=at, decisions=decisions)
        book = changed(book, position=number, holding=False)
    return _hold_report(book, at, waiting, decisions) if book.position == at_start else book


def _hold_report(book: Book, at: datetime, waiting: int, decisions: list[Decision]) -> Book:
    """Return the book with `holding` said once, where the queue lasts but does not reach the next threshold (L5)."""
    if book.holding or not lasts_below_next(book, waiting):
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


HANDLERS: dict[type[Any], Any] = {Tick: tick, **CHANGES, **ACTS}
