"""From requirement and people to a lawful roster, with a proven bound on what any roster can reach."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from forecaster.messages import Refusal, Words
from forecaster.names import ROLE_WORDS, called
from optimizer.law.people import Person, check_dates_in_month
from optimizer.law.roster_rules import RosterRules
from optimizer.law.rules.fixed_shift import FIXED_SHIFT
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.annealing import Annealing, ImpossibleMonthError, Progress, seat_hours
from optimizer.search.conflicts import conflict_of_person, sentence
from optimizer.search.kernel import is_ready
from optimizer.search.problem import month_problem
from optimizer.search.roster_frames import coverage_frame, plan_of, roster_frame
from optimizer.search.soft_rules import departures
from optimizer.search.sweeps import people_present
from optimizer.sentences import refusal, say

__all__ = ["Progress", "RosterResult", "is_ready", "make_ready", "plan_roster"]


@dataclass(frozen=True, eq=False)
class RosterResult:
    """A roster and what is known about it.

    roster, coverage
        Frames as in docs/frames.md.
    objective, bound
        The weighted cost of the roster, and a proven lower bound of any lawful roster's, in surplus seat-hours.
    demand_hours, shortage_hours, reserve_short_hours, surplus_hours
        Seat-hours; surplus counts what lies beyond need and reserve.
    history
        `seconds, phase, objective, shortage_hours, bound`: how the search went.
    departures
        `rule, amount, unit, cost` of every soft rule (`optimizer.search.soft_rules`); the costs add up to the
        objective.
    notes
        What the reader should know, in words.
    """

    roster: pd.DataFrame
    coverage: pd.DataFrame
    objective: float
    bound: float
    demand_hours: float
    shortage_hours: float
    reserve_short_hours: float
    surplus_hours: float
    seconds: float
    seed: int
    history: pd.DataFrame
    departures: pd.DataFrame
    notes: tuple[Words, ...]

    @property
    def gap(self) -> float:
        """Return (objective − bound) ÷ objective, 0 for an objective of 0."""
        return max(0.0, (self.objective - self.bound) / self.objective) if self.objective > 0 else 0.0

    @property
    def norm(self) -> float:
        """Return (objective − bound) ÷ (10 × demand hours): the distance to the bound as a share of the work."""
        return max(0.0, self.objective - self.bound) / (10 * self.demand_hours) if self.demand_hours else 0.0


def make_ready() -> None:
    """Have the search's loops compiled before anybody waits: it takes some seconds, once per installation."""
    month = pd.Period("2026-02", "M")
    need = pd.DataFrame({"seats_required": 0}, index=month_intervals(month, "UTC"))
    catalogue = ShiftCatalogue((Shift("day", 480, 480),))
    situation = Situation([Person("1")], catalogue, RosterRules(), month, "UTC", Calendar())
    Annealing(month_problem(need, situation), seed=0, limit_seconds=0.0).load_kernel()


class UnplannableError(Refusal):
    """Somebody has no lawful month at all: what stands in the way."""


def plan_roster(  # noqa: PLR0913 - the month, and how long and on what it is searched for
    requirement: pd.DataFrame,
    situation: Situation,
    *,
    seed: int = 0,
    time_limit_seconds: float = 20.0,
    progress: Callable[[Progress], bool | None] | None = None,
    start_from: pd.DataFrame | None = None,
    worth: pd.DataFrame | None = None,
    clock: Callable[[], float] = time.perf_counter,
    one_core: bool = False,
) -> RosterResult:
    """Return the best lawful roster of the situation's month found within the time limit.

    Without a roster carried in, the first night until `night_end_minute` is taken as staffed.

    seed
        The same seed and limit give the same roster on every machine that is not several times slower than usual.
    progress
        Called as the search goes on; returning True stops it, and the best roster so far is the result.
    start_from
        A roster of the month to improve on (a warm start); what of it is not lawful any more is left out.
    worth
        A frame of `optimizer.search.seat_worth.seat_worth`: seats are then valued by what each brings over the
        forecast's band, not by the one number required.
    time_limit_seconds
        Counted in steps of the search that take so long on a usual machine (`optimizer.search.effort`).
    clock
        Seconds; it ends the search after several times the limit, and a note says so. One that stands still never does.
    one_core
        Take no second thread: the same roster, later; for many searches beside each other.

    Raises
    ------
    ValueError
        Naming person, date and rule of an input that no roster can honour.
    """
    began = clock()
    _check_people(situation)
    problem = month_problem(requirement, situation, worth=worth)
    search = Annealing(
        problem,
        seed=seed,
        limit_seconds=time_limit_seconds,
        progress=progress,
        clock=clock,
        began=began,
        one_core=one_core,
    )
    try:
        search.run(start_from=None if start_from is None else plan_of(problem, start_from))
    except ImpossibleMonthError as error:
        person = problem.people[error.number]
        told = sentence(person.badge, FIXED_SHIFT.name, conflict_of_person(requirement, situation, person))
        raise UnplannableError(say("person.no_month", cause=error, why=told)) from None
    return _result(search, requirement, clock() - began, valued=worth is not None)


def _check_people(situation: Situation) -> None:
    seen: set[str] = set()
    for person in situation.people:
        if person.badge in seen:
            raise refusal("people.twice", badge=person.badge)
        seen.add(person.badge)
        check_dates_in_month(person, situation.month)


def _result(search: Annealing, requirement: pd.DataFrame, seconds: float, *, valued: bool) -> RosterResult:
    month, plan = search.month, search.best
    seats = people_present(month, plan)[0]
    need, enough = month.seats_required, month.curves[0].enough
    return RosterResult(
        roster=roster_frame(month, plan),
        coverage=coverage_frame(month, plan, requirement),
        objective=search.best_cost,
        bound=search.bound,
        demand_hours=seat_hours(month, need),
        shortage_hours=seat_hours(month, np.clip(need - seats, 0, None)),
        reserve_short_hours=seat_hours(month, np.clip(enough - np.maximum(seats, need), 0, None)),
        surplus_hours=seat_hours(month, np.clip(seats - enough, 0, None)),
        seconds=seconds,
        seed=search.seed,
        history=pd.DataFrame(search.history, columns=["seconds", "phase", "objective", "shortage_hours", "bound"]),
        departures=departures(month, plan, valued=valued),
        notes=_notes(search),
    )


def _notes(search: Annealing) -> tuple[Words, ...]:
    month = search.month
    notes = [say("note.ended_by_clock", limit=search.effort.limit)] if search.effort.ended_by_clock else []
    if month.base[0].any() and not (month.first_run > 0).any():
        notes.append(say("note.no_last_roster"))
    rules, employed = month.rules, {person.role for person in month.people}
    wanted = {**rules.on_site_night, **{role: least for role, least in rules.on_site_day.items() if least}}
    missing = sorted(role for role, least in wanted.items() if least and role not in employed)
    return (*notes, *(say("note.no_role", role=ROLE_WORDS.get(role, called(role))) for role in missing))
