"""What is ordered outside the climb: all but one supervisor at night (L19), and overtime for a known fault (L7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from escalation.orders import Decision
from escalation.placing import pass_over, place_order
from escalation.reasons import beyond, night_words, who
from escalation.sentences import say
from escalation.sizing import size_rung, size_supervisors
from escalation.state import Book, changed, is_filled


def night_order(book: Book, at: datetime, waiting: int, decisions: list[Decision]) -> tuple[Book, bool]:
    """Return the book after the night order for all but one supervisor (L19), and whether it was given.

    A group that is partly in is called for the rest of it (L31).
    """
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
        if any(one.rung == rung.number and one.people is None for one in book.orders):
            continue  # the whole group is in already
        filled = is_filled(book, rung.number)
        size = size_rung(replace(rung, people="whole_group", counts_as_added=False), book, waiting=waiting)
        if size.code == "order":
            words = night_words(ladder, rung.role, size.people)
            book = place_order(book, rung, size, at=at, words=words, decisions=decisions, rule="C9 L19")
        elif not filled:
            book = pass_over(book, rung, size, at=at, decisions=decisions)
    size = size_supervisors(book)
    if size.people and top:
        rung = replace(ladder.rungs[top - 1], role="supervisor")
        words = night_words(ladder, rung.role, size.people)
        book = place_order(book, rung, size, at=at, words=words, decisions=decisions, rule="C9 L19")
    ordered = len(book.orders) > before
    climbed_at = at if ordered else book.climbed_at
    position = max(book.position, top)
    return changed(book, night_called=True, position=position, climbed_at=climbed_at, holding=False), ordered


def call_for_fault(book: Book, at: datetime, decisions: list[Decision]) -> tuple[Book, bool]:
    """Return the book after a known fault called overtime at whatever rung (L7), and whether it did."""
    assert book.fault is not None  # the caller asked
    called = changed(book, fault=replace(book.fault, called=True))
    rung = book.ladder.call_rung
    if rung is None or is_filled(book, rung.number):
        return called, False
    size = size_rung(rung, book, waiting=None)
    if size.code != "order":
        kept = called.passed
        return changed(pass_over(called, rung, size, at=at, decisions=decisions), passed=kept), False
    words = say("fault", who=who(size.people), need=beyond(size.needed, size.people))
    return (
        place_order(called, rung, size, at=at, words=words, decisions=decisions, rule="C6 L7", for_fault=True),
        True,
    )
