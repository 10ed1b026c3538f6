"""From requirement and people to a lawful roster, with a proven bound on what any roster can reach."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from forecaster.special_days import Calendar
from optimizer.aggregate import Relaxation, relaxation
from optimizer.month import Month, month_problem
from optimizer.outcome import coverage_frame, roster_frame
from optimizer.people import Person, check_dates_in_month
from optimizer.roster import broken_rules
from optimizer.rules import RosterRules
from optimizer.search import Scratch, cost_tables, empty_plan, people_present, plan_cost, sweep
from optimizer.shifts import ShiftCatalogue

_FIRST_WIDTHS = (0.3, 0.15, 0.08, 0.04, 0.02, 0.0)
_WIDTHS = (0.15, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02, 0.015, 0.01, 0.007, 0.004)


@dataclass(frozen=True)
class Progress:
    """How far a search is: `objective` and `shortage_hours` of the best roster, `bound` where it is known."""

    phase: str
    seconds: float
    objective: float
    shortage_hours: float
    bound: float | None

    @property
    def gap(self) -> float | None:
        """Return (objective − bound) ÷ objective, None without a bound."""
        if self.bound is None or self.objective <= 0:
            return None
        return max(0.0, (self.objective - self.bound) / self.objective)


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
    notes: tuple[str, ...]

    @property
    def gap(self) -> float:
        """Return (objective − bound) ÷ objective, 0 for an objective of 0."""
        return max(0.0, (self.objective - self.bound) / self.objective) if self.objective > 0 else 0.0

    @property
    def norm(self) -> float:
        """Return (objective − bound) ÷ (10 × demand hours): the distance to the bound as a share of the work."""
        return max(0.0, self.objective - self.bound) / (10 * self.demand_hours) if self.demand_hours else 0.0


def plan_roster(
    requirement: pd.DataFrame,
    people: Sequence[Person],
    catalogue: ShiftCatalogue,
    rules: RosterRules,
    *,
    month: pd.Period,
    timezone: str,
    calendar: Calendar,
    carry_in: pd.DataFrame | None = None,
    seed: int = 0,
    time_limit_seconds: float = 20.0,
    progress: Callable[[Progress], bool | None] | None = None,
) -> RosterResult:
    """Return the best lawful roster found for `month` within the time limit.

    carry_in
        Last month's roster, as far back as it is known; its last nights are at work as the month begins. Without one
        everybody starts rested, and the first night until `night_end_minute` is taken as staffed.
    seed
        The same seed and the same number of steps give the same roster.
    progress
        Called as the search goes on; returning True stops it, and the best roster so far is the result.

    Raises
    ------
    ValueError
        Naming person, date and rule of an input that no roster can honour.
    """
    began = time.perf_counter()
    _check_people(people, month)
    problem = month_problem(
        requirement, people, catalogue, rules, month=month, timezone=timezone, calendar=calendar, carry_in=carry_in
    )
    search = _Search(problem, seed, began, time_limit_seconds, progress)
    search.run()
    return _result(search, requirement, time.perf_counter() - began)


def _check_people(people: Sequence[Person], month: pd.Period) -> None:
    seen: set[str] = set()
    for person in people:
        if person.badge in seen:
            raise ValueError(f"badge {person.badge}: listed twice among the people; remove one of the entries")
        seen.add(person.badge)
        check_dates_in_month(person, month)


def why_impossible(month: Month, p: int) -> str:
    """Return in words why no lawful month honours what is fixed for person number `p`."""
    person = month.people[p]
    plan = empty_plan(month)
    codes = {duty.code: s for s, duty in enumerate(month.duties)}
    for day, code in person.fixed_shifts.items():
        if code in codes:
            plan.tour[p, month.days.index(day)] = codes[code]
    frame = roster_frame(month, plan)
    catalogue = ShiftCatalogue(month.duties[: len(month.duties) - month.standby_duties])
    broken = broken_rules(
        frame, [person], catalogue, replace(month.rules, on_site_day={}, on_site_night={}, standby_minimum=0),
        month=pd.Period(month.days[0], "M"), timezone=month.timezone, calendar=Calendar(),
    )  # fmt: skip
    if len(broken):
        first = broken.iloc[0]
        return f"{first['message']} (rule {first['rule']}): the fixed shifts break it by themselves"
    dates = ", ".join(f"{day} = {code}" for day, code in sorted(person.fixed_shifts.items())) or "what is carried in"
    return f"badge {person.badge}: no lawful month keeps {dates}, given last month's last shifts; change one of them"


class _Search:
    """One run: construction along blurred costs, then sharper and sharper, then exact."""

    def __init__(
        self,
        month: Month,
        seed: int,
        began: float,
        limit_seconds: float,
        progress: Callable[[Progress], bool | None] | None,
    ) -> None:
        self.month, self.seed, self.progress = month, seed, progress
        self.random = np.random.default_rng(seed)
        self.began, self.deadline = began, began + limit_seconds
        self.scratch = Scratch.for_month(month)
        self.plan = empty_plan(month)
        self.present = people_present(month, self.plan)
        self.best = self.plan.copy()
        self.best_cost = np.inf
        self.relaxation: Relaxation | None = None
        self.history: list[tuple[float, str, float, float, float | None]] = []
        self.stopped = self.told_to_stop = False

    @property
    def bound(self) -> float:
        return self.relaxation.bound if self.relaxation is not None else 0.0

    def run(self) -> None:
        self.load_kernel()
        self.settle_fixed_shifts()
        for width in _FIRST_WIDTHS:  # whatever the limit, a whole first roster
            self.step("first roster", width, at_any_rate=True)
        if not self.stopped:
            left = self.deadline - time.perf_counter()
            self.relaxation = relaxation(self.month, time_limit_seconds=max(1.0, left))
            self.keep("bound")
        for width in _WIDTHS:
            self.step("building", width)
        while self.step("improving", 0.0):
            pass

    def load_kernel(self) -> None:
        """Have the compiled loops ready; compiling, once per installation, does not count against the limit."""
        before = time.perf_counter()
        self.sweep_over(np.arange(0), _no_cost(self.month), exact=False)
        self.deadline += time.perf_counter() - before

    def settle_fixed_shifts(self) -> None:
        """Give everybody a lawful month first, so that there is a roster whatever happens next."""
        self.sweep_over(np.arange(len(self.month.people)), _no_cost(self.month), exact=False, hour_price=1.0)
        self.refuse_the_impossible()
        self.keep("starting")

    def sweep_over(self, order: np.ndarray, tables: np.ndarray, *, exact: bool, hour_price: float = 0.0) -> int:
        return sweep(
            self.month, self.plan, self.present, tables, order, self.scratch, exact=exact, hour_price=hour_price,
            seed=int(self.random.integers(2**31)),
        )  # fmt: skip

    def refuse_the_impossible(self) -> None:
        month, plan = self.month, self.plan
        p, d = np.indices(plan.tour.shape)
        choice = np.where(plan.tour < 0, len(month.duties), plan.tour)
        unkept = np.isinf(month.person_cost[p, d, choice])
        if unkept.any():
            raise ValueError(why_impossible(month, int(np.argwhere(unkept)[0][0])))

    def step(self, phase: str, smoothing: float, *, at_any_rate: bool = False) -> bool:
        """Sweep once over everybody; return whether anything changed."""
        if self.stopped and not (at_any_rate and not self.told_to_stop):
            return False
        tables = cost_tables(self.month, smoothing=smoothing)
        order = self.random.permutation(len(self.month.people))
        changed = 0
        for part in np.array_split(order, max(1, len(order) // 100)):
            changed += self.sweep_over(part, tables, exact=smoothing == 0.0)
            if time.perf_counter() > self.deadline and not at_any_rate:
                self.stopped = True
                break
        self.keep(phase)
        return changed > 0

    def keep(self, phase: str) -> None:
        cost = plan_cost(self.month, self.plan)
        if cost < self.best_cost:
            self.best, self.best_cost = self.plan.copy(), cost
        shortage = _hours(self.month, np.clip(self.month.seats_required - self.present[0], 0, None))
        seconds = time.perf_counter() - self.began
        bound = self.relaxation.bound if self.relaxation is not None else None
        self.history.append((seconds, phase, self.best_cost, shortage, bound))
        if self.progress is not None and self.progress(Progress(phase, seconds, self.best_cost, shortage, bound)):
            self.stopped = self.told_to_stop = True
        if time.perf_counter() > self.deadline:
            self.stopped = True


def _no_cost(month: Month) -> np.ndarray:
    return np.zeros((len(month.curves), month.slot_count, 2), dtype=np.float32)


def _hours(month: Month, slots: np.ndarray) -> float:
    return float(slots.sum() * month.slot_hours)


def _result(search: _Search, requirement: pd.DataFrame, seconds: float) -> RosterResult:
    month, plan = search.month, search.best
    seats = people_present(month, plan)[0]
    need, enough = month.seats_required, month.curves[0].enough
    return RosterResult(
        roster=roster_frame(month, plan),
        coverage=coverage_frame(month, plan, requirement),
        objective=search.best_cost,
        bound=search.bound,
        demand_hours=_hours(month, need),
        shortage_hours=_hours(month, np.clip(need - seats, 0, None)),
        reserve_short_hours=_hours(month, np.clip(enough - np.maximum(seats, need), 0, None)),
        surplus_hours=_hours(month, np.clip(seats - enough, 0, None)),
        seconds=seconds,
        seed=search.seed,
        history=pd.DataFrame(search.history, columns=["seconds", "phase", "objective", "shortage_hours", "bound"]),
        notes=_notes(month),
    )


def _notes(month: Month) -> tuple[str, ...]:
    notes = []
    if month.base[0].any() and not (month.first_run > 0).any():
        notes.append("no roster of last month was given: its last night is taken to be staffed as required")
    return tuple(notes)
