"""What a floor wants to know of the state: the band, what comes next and when, and what to worry about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from escalation.floor import measured
from escalation.ladder import Ladder
from escalation.measures import CALLED
from escalation.sentences import say
from escalation.state import State, changed, climb_due, fresh_clocks, next_rung, on_holiday
from forecaster.messages import Words


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing to worry about, in one word and in words."""

    code: str
    words: Words


def band(ladder: Ladder, waiting: int | None) -> str:
    """Return the band of the queue: `calm` up to the release limit, `raised`, or `high` above the highest threshold."""
    if waiting is None:
        return "unknown"
    if waiting > ladder.high_above:
        return "high"
    return "calm" if waiting <= ladder.release_at_most else "raised"


def run_started_at(state: State) -> datetime | None:
    """Return since when the next rung's condition has been met without a break; None if it is not met."""
    rung = next_rung(state.book)
    return None if rung is None else state.book.runs[state.book.ladder.rung_condition[rung - 1]]


def next_step(state: State) -> tuple[int, datetime] | None:
    """Return the rung that comes next and when, if the queue stays as it is; None if nothing is running."""
    rung, due = next_rung(state.book), climb_due(state.book)
    return None if rung is None or due is None else (rung, due)


def next_release_at(state: State) -> datetime | None:
    """Return when the last group in is signed out if the queue stays low; None if it is not low or nobody is in."""
    book = state.book
    return book.low_at + book.ladder.release_hold if book.low_at is not None and book.orders else None


def _outside(load: float, lower: float, upper: float) -> bool:
    from forecaster.forecast.bands import outside_band

    return bool(outside_band(load, lower, upper))


def warnings(state: State) -> tuple[Concern, ...]:
    """Return what the floor should worry about."""
    book, found = state.book, []
    standby = book.floor.standby
    if on_holiday(book) and standby is not None and standby < book.ladder.standby_min:
        words = say("concern.standby", standby=standby, least=book.ladder.standby_min)
        found.append(Concern("standby_below_minimum", words))
    load, lower, upper = book.floor.calls_per_hour, book.floor.calls_per_hour_lower, book.floor.calls_per_hour_upper
    if load is not None and lower is not None and upper is not None and _outside(load, lower, upper):
        found.append(Concern("outside_band", say("concern.outside_band", load=load, lower=lower, upper=upper)))
    if book.position == len(book.ladder.rungs) and not book.stale and state.waiting is not None and not state.cell & 1:
        found.append(Concern("ladder_exhausted", say("concern.exhausted")))
    if book.fault is not None:
        found.append(Concern("known_fault", say("concern.fault", reason=book.fault.reason)))
    if book.hold is not None:
        hold = book.hold
        until = hold.until.isoformat()
        found.append(Concern("held", say("concern.held", rung=hold.rung, actor=hold.actor, until=until)))
    if book.silence is not None:
        quiet = book.silence
        until = quiet.until.isoformat()
        found.append(Concern("silence", say("concern.silence", actor=quiet.actor, until=until, reason=quiet.reason)))
    asked = {one.measure for _, condition in book.ladder.measured for one in (*condition.also, *condition.instead)}
    if unheard := sorted(asked - measured(book.floor).keys()):
        found.append(Concern("measure_unknown", say("concern.unheard", measures=[CALLED[one] for one in unheard])))
    found += [
        Concern("unheeded", say("concern.unheeded", order=one.order_id, to=one.escalated))
        for one in book.orders
        if one.status in ("issued", "acknowledged") and one.escalated
    ]
    return tuple(found)


def when_stale(state: State) -> State:
    """Return the state as it is shown once its newest reading is old: no run counts on, nothing comes next (L33)."""
    return state._replace(book=changed(fresh_clocks(state.book), holding=False, stale=True))


def stale_concern(age_seconds: float | None) -> Concern:
    """Return the warning that what is shown is old (L33); None for a queue without any reading.

    An age below 0 is that of a reading ahead of the clock.
    """
    if age_seconds is None:
        return Concern("stale", say("concern.no_reading"))
    return Concern("stale", say("concern.stale" if age_seconds >= 0 else "concern.ahead", age=abs(age_seconds)))
