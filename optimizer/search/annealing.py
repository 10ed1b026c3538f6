"""The search over whole rosters: noisy, blurred sweeps that grow sharper and quieter, then exact ones.

One sweep lets each person in turn take the cheapest lawful month given everybody else's. Along the true costs this
stops at the first corner. So the costs are blurred, mixed with prices of a person more at each time, and disturbed by
noise, and all three fade out: an annealing in which every move is a whole month.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecaster.history.calendar import Calendar
from forecaster.history.periods import period_from
from forecaster.messages import Message, Refusal, Words
from optimizer.law.lawfulness import broken_by
from optimizer.law.rule_words import rule_named
from optimizer.law.shifts import ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search import month_columns as columns
from optimizer.search.dual_ascent import ascend, comforts_weigh, many_limited, months_at, months_matter
from optimizer.search.effort import Effort
from optimizer.search.exchange import Exchange
from optimizer.search.kernel_arrays import FloatArray, Pool, Scratch, Way
from optimizer.search.led_months import LedMonths
from optimizer.search.month_pool import MonthPool
from optimizer.search.neighbourhoods import Neighbourhoods
from optimizer.search.priced_bound import priced_bound, supply_bound
from optimizer.search.problem import Month
from optimizer.search.roster_frames import roster_frame
from optimizer.search.sweeps import (
    TWO_THREADS,
    Tours,
    cost_tables,
    empty_plan,
    lay_all_breaks,
    no_costs,
    people_present,
    plan_cost,
    scratch_of,
    seconds_swept,
    sweep,
)
from optimizer.sentences import say

_FIRST_WIDTHS = (0.3, 0.15, 0.08, 0.04, 0.02, 0.0)  # from coarse to fine: each halves the blur, the last has none
_WIDTH = (0.1, 0.1)  # of the blur: at the start as a share of the people wanted, at the end in people
_NOISE = (1.0, 0.2)  # in surplus seat-hours, where a seat-hour of shortage weighs 10
_FEW_SEATS = 33  # of more, the noise ends lower by the root of how many there are: finer differences are left to settle
_PRICE_SHARE = 0.9  # at first prices lead, and one tenth of the curves keeps people from all taking the same hours
_TABLES = 200  # of costs in one annealing: making one takes a tenth of a sweep
_MOST_SWEEPS = 20_000  # of a month so small that more would change nothing
_WHOLE = 4  # one sweep in so many is of whole months where limits of many tie the halves of each together
_CHOICES, _SWEEPS_BETWEEN = 10, 20  # among the months found: in one annealing, and at least so many sweeps apart
_CHOICE, _CHOICE_TABLES, _CHOICE_SHARP = 60, 12, 3  # of each: sweeps, tables of costs, and exact sweeps at the end
_CHOICE_WIDTH, _CHOICE_NOISE = 0.03, (1.0, 0.05)  # as above; what is sharper from the start is soon in a corner
_ANNEALED = 0.95  # of what is left when the annealing begins; the rest is to finish
THREADS = 2  # of a search: a fixed number, so that a seed gives the same roster on every machine
_SECONDS_TO_MEET = 5e-4  # for the two threads of a sweep
_SECONDS_PER_PAIR_AND_DAY, _SECONDS_PER_TABLE_ENTRY = 3.7e-8, 2e-8  # of an exchange, of the tables of costs
_SECONDS_TO_POOL_A_DAY = 1.5e-7  # of a person's month, however long it was known
_SECONDS_BETWEEN_LOOKS = 0.5  # at what the search has come to
_SWEPT, _DIVE_AT = 0.03, 0.35  # of the limit over few slots: what an annealing takes, when whole months are settled
_OPENED, _OPENED_FOR = 8, 8  # people whose months are chosen together, and how often in vain before there are more
_OPENED_AFTER = 4  # parts of the month in vain
_ASCENT = 0.4  # of what is left then: for prices that know what a month is like for a person
_LIMIT_OF_RELAXATION = 0.6  # of what is left: where the linear program takes more of it, there is none
_SECONDS_TO_LISTEN = 0.25  # between two looks for a wish to stop


class ImpossibleMonthError(Refusal):
    """No lawful month honours what is fixed for the person `number` of the month's people."""

    def __init__(self, why: Message, number: int) -> None:
        super().__init__(why)
        self.number = number


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


class _ThisThread(Executor):
    """Does at once what the other thread would: halves of a sweep meet nowhere, so what comes of them is the same."""

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """Return what is done already."""
        done: Future[Any] = Future()
        done.set_result(work(*given, **named))
        return done


class Annealing:
    """One run of the search on one month."""

    def __init__(
        self,
        month: Month,
        *,
        seed: int,
        limit_seconds: float,
        progress: Callable[[Progress], bool | None] | None = None,
        clock: Callable[[], float] = time.perf_counter,
        began: float | None = None,
        threads: int = THREADS,
        one_core: bool = False,
    ) -> None:
        self.month, self.seed, self.progress, self.clock = month, seed, progress, clock
        self.random = np.random.default_rng(seed)
        self.began = clock() if began is None else began
        self.effort = Effort(limit_seconds, clock=clock, began=self.began)
        self.scratches = [scratch_of(month) for _ in range(threads)]
        self.scratch = self.scratches[0]
        self.led = LedMonths(month)
        self.pool = MonthPool(month)
        self.everybody = np.arange(len(month.people))
        self.plan = empty_plan(month)
        self.present = people_present(month, self.plan)
        self.best, self.best_cost = self.plan.copy(), np.inf
        self.prices: FloatArray | None = None
        self.bound = self.told = 0.0
        self.history: list[tuple[float, str, float, float, float | None]] = []
        self.stopped = self.proven = self.solved = False
        self.other_thread = _ThisThread() if one_core else ThreadPoolExecutor(1)

    def run(self, start_from: Tours | None = None) -> None:
        """Search until the planned sweeps are done, the limit is reached, or `progress` says stop."""
        self.load_kernel()
        self.settle_fixed_shifts()
        if start_from is not None:
            self.start_from(start_from)
        for width in _FIRST_WIDTHS:  # whatever the limit, a whole first roster
            if not self.stopped:
                self.sweep_all(self.tables(width), exact=width == 0.0)
        self.lay_breaks()
        self.keep("first roster")
        if self.late or (not self.beyond_programs and self.prove()) or self.stopped:
            return
        self.find_bound()
        if not self.beyond_programs and len(self.month.curves) * self.month.slot_count <= columns.MOST_PRICED_ROWS:
            self.choose_months()
        else:
            self.anneal(sharp=start_from is not None)
            self.finish()

    @property
    def has_breaks(self) -> bool:
        """Return whether shifts have short breaks."""
        return self.month.pauses.length.size > 0

    @property
    def beyond_programs(self) -> bool:
        """Return whether there is what the exact program and that of whole months know nothing of: breaks, leaders."""
        return self.has_breaks or bool(self.month.teams)

    @property
    def second_thread(self) -> Executor | None:
        """Return what does the other half of a step, None where one thread does all."""
        return self.other_thread if len(self.scratches) == 2 else None

    @property
    def late(self) -> bool:
        """Return whether the search was told to stop or its time is over."""
        return self.stopped or self.effort.over

    def load_kernel(self) -> None:
        """Have the compiled loops ready; compiling, once per installation, does not count against the limit."""
        before = self.clock()
        self.sweep_over(self.everybody[:0], no_costs(self.month))
        self.pool.put(self.everybody[:0], self.plan.tour[:0])
        plan_cost(self.month, self.plan)
        Exchange(self.month).costs(self.plan, self.everybody[:1], 0, len(self.month.days))
        nobody, prices = self.everybody[:0], np.zeros_like(self.present)
        months_at(self.month, prices, np.zeros((len(self.everybody), 4)), self.scratch, self.plan, nobody)
        self.effort.pause(self.clock() - before)

    def settle_fixed_shifts(self) -> None:
        """Give everybody a lawful month first, so that there is a roster whatever happens next."""
        self.sweep_over(self.everybody, no_costs(self.month), hour_price=1.0)
        self.refuse_the_impossible()
        self.keep("starting")

    def refuse_the_impossible(self) -> None:
        """Raise ValueError if what is fixed for a person cannot lawfully be kept."""
        month, plan = self.month, self.plan
        p, d = np.indices(plan.tour.shape)
        unkept = np.isinf(month.person_cost[p, d, plan.tour])
        if unkept.any():
            number = int(np.argwhere(unkept)[0][0])
            raise ImpossibleMonthError(why_impossible(month, number), number)
        minutes = np.append(month.worked_minutes[: month.first_standby], np.zeros(month.standby_duties + 1))
        worked = minutes[plan.tour].sum(axis=1)
        outside = ~month.walks.lawful(self.everybody, plan.tour) | (worked < month.month_floor - 1e-6)
        if outside.any():
            number = int(np.flatnonzero(outside)[0])
            raise ImpossibleMonthError(why_impossible(month, number), number)

    def start_from(self, plan: Tours) -> None:
        """Take over a given plan as far as each person's month is still lawful."""
        given = lawful_part(self.month, plan, self.scratch)
        self.plan.tour[given] = plan.tour[given]
        self.plan.meal[given] = plan.meal[given]
        self.plan.breaks[given] = plan.breaks[given]
        self.present = people_present(self.month, self.plan)
        self.keep("starting")

    def lay_breaks(self) -> None:
        """Lay the plan's breaks where they cost least."""
        if self.has_breaks:
            lay_all_breaks(self.month, self.plan, self.tables(0.0))
            self.present = people_present(self.month, self.plan)

    def sweep_over(
        self, order: NDArray[np.int64], tables: NDArray[np.float32], *, exact: bool = False, hour_price: float = 0.0,
        noise: float = 0.0, pool: Pool | None = None,
    ) -> int:  # fmt: skip
        """Sweep over the people of `order`, who may have to choose from a pool; return how many months changed."""
        way = Way(exact, noise, hour_price, seed=int(self.random.integers(2**31)))
        self.look_at_teams()
        changed = sweep(self.led.now, self.plan, self.present, tables, order, self.scratch, way, pool)
        self.effort.spend(seconds_swept(self.month, self.scratches))
        return changed

    def look_at_teams(self) -> None:
        """Tell anew what everybody's days do to teams that are led."""
        if self.month.teams:
            self.led.look(self.plan.tour)
            self.effort.spend(self.led.seconds_of_look)

    def sweep_windows(
        self, order: NDArray[np.int64], tables: NDArray[np.float32], present: NDArray[np.float64], scratch: Scratch,
        windows: list[tuple[int, int]], *, noise: float, seed: int,
    ) -> int:  # fmt: skip
        """Sweep over the people of `order` on the days of each window, changing `present`; return how many changed."""
        ways = [Way(False, noise, 0.0, seed + n, *window) for n, window in enumerate(windows)]
        return sum(sweep(self.led.now, self.plan, present, tables, order, scratch, way) for way in ways)

    def sweep_halves(self, order: NDArray[np.int64], tables: NDArray[np.float32], noise: float) -> int:
        """Sweep over everybody with two threads: one on half of the days, one on the days before and after them.

        They meet nowhere but in the nights at the seams, and are never with the same person at a time, so that whatever
        they leave is lawful. The seams move from sweep to sweep.
        """
        days = len(self.month.days)
        half = days // 2
        first = int(self.random.integers(0, days - half + 1))
        inside, outside = [(first, first + half)], [(0, first), (first + half, days)]
        parts = np.array_split(order, 2)
        changed = 0
        for turn in (0, 1):
            self.look_at_teams()
            seen = [self.present.copy(), self.present.copy()]
            seeds = self.random.integers(2**31, size=2)
            halves = [
                partial(
                    self.sweep_windows, parts[(i + turn) % 2], tables, seen[i], self.scratches[i], windows,
                    noise=noise, seed=int(seeds[i]),
                )
                for i, windows in enumerate((inside, outside))
            ]  # fmt: skip
            other = self.other_thread.submit(halves[1])
            changed += halves[0]() + other.result()
            self.present = seen[0] + seen[1] - self.present
        self.effort.spend(_SECONDS_TO_MEET + TWO_THREADS * seconds_swept(self.month, self.scratches))
        return changed

    def tables(self, width: float, price_share: float = 0.0) -> NDArray[np.float32]:
        """Return the costs of one more person, blurred over `width`, mixed with the prices that are known."""
        made = cost_tables(self.month, smoothing=width, prices=self.prices, price_share=price_share)
        self.effort.spend(_SECONDS_PER_TABLE_ENTRY * made.size)
        return made

    def sweep_all(
        self, tables: NDArray[np.float32], *, noise: float = 0.0, exact: bool = False, whole: bool = False
    ) -> int:
        """Sweep once over everybody in random order, leaders of teams last, in parts so that a stop is heard soon.

        Two threads do half a person's month each, but where it is to be exact or `whole`: then one does all.
        """
        changed = 0
        order = self.random.permutation(self.everybody)
        together = not (exact or whole) and self.second_thread is not None
        parts = self.led.parts(order)
        for part in (some for one in parts for some in np.array_split(one, max(1, len(one) // 250))):
            if together:
                changed += self.sweep_halves(part, tables, noise)
            else:
                changed += self.sweep_over(part, tables, exact=exact, noise=noise)
            if self.best_cost < np.inf and self.history and len(self.history) > 1 and self.late:
                break
        return changed

    def find_bound(self) -> None:
        """Find a bound and prices: by the linear program where there is time for it, and by asking everybody.

        The program's bound is sharpened by everybody's own cheapest month at its prices. Where months cost something
        that it knows nothing of, it is but where the prices start from, and without it they start from nothing.
        """
        from optimizer.search.bound import relaxation, relaxation_seconds

        seconds = relaxation_seconds(self.month)
        if seconds <= _LIMIT_OF_RELAXATION * self.effort.left:
            solving = self.other_thread.submit(relaxation, self.month, stop=lambda: self.late)
            self.wait_for(solving)
            self.effort.spend(seconds)
            found = solving.result()
            if found.prices.any():
                self.bound = max(found.bound, priced_bound(self.month, found.prices, self.scratch))
                self.effort.spend(seconds_swept(self.month, self.scratches))
                self.prices, self.solved = found.prices, True
        if months_matter(self.month):
            self.ask_everybody()
        elif not self.solved and not self.stopped:
            self.bound = supply_bound(self.month, self.scratch)
        self.keep("bound")

    def ask_everybody(self) -> None:
        """Move the prices to where everybody's own months meet the seats, and take up their bound."""

        def late(bound: float) -> bool:
            self.bound = max(self.bound, bound)
            return self.hear("bound")

        plain = self.bound if self.solved else -np.inf
        start = np.zeros_like(self.present) if self.prices is None else self.prices
        bound, prices = ascend(
            self.month, start, self.scratches, self.effort,
            seconds=_ASCENT * self.effort.left, near=self.solved and not comforts_weigh(self.month),
            other_thread=self.second_thread, late=late, found=self.pool.put,
        )  # fmt: skip
        if bound > plain and prices.any():  # which a start from nothing is not, where the time was too short
            self.bound, self.prices = max(self.bound, bound), prices

    def hear(self, phase: str) -> bool:
        """Tell from time to time how things stand, and return whether the search is to end by now."""
        if self.effort.spent - self.told > _SECONDS_BETWEEN_LOOKS:
            self.keep(phase)
        return self.late

    def wait_for(self, work: Future[Any]) -> None:
        """Wait for the other thread, telling meanwhile how things stand and hearing a stop."""
        while not wait([work], timeout=_SECONDS_TO_LISTEN).done and not self.late:
            self.keep("first roster")

    def prove(self) -> bool:
        """Solve a small month to proven optimality; return whether that succeeded."""
        from optimizer.search.small_months import exact_plan, small_enough

        if not small_enough(self.month):
            return False
        proving = self.other_thread.submit(
            exact_plan, self.month, seconds=max(1.0, 0.5 * self.effort.left), stop=lambda: self.late
        )  # fmt: skip
        self.wait_for(proving)
        solved = proving.result()
        self.effort.spend(solved.seconds)
        if solved.plan is None:
            return False
        self.plan, self.present = solved.plan, people_present(self.month, solved.plan)
        self.bound = plan_cost(self.month, self.plan)
        self.proven = True
        self.keep("optimal")
        return True

    def anneal(self, part: float = _ANNEALED, *, sharp: bool = False, price_share: float = _PRICE_SHARE) -> None:
        """Sweep along blurred and noisy costs that sharpen, for a part of what is left of the limit.

        At first the prices lead by `price_share`. A machine too slow for its steps skips ahead.
        """
        exchange = Exchange(self.led.now)
        begun, most = self.effort.share, _MOST_SWEEPS
        done, share, tied = 0, 0.5 if sharp else 0.0, many_limited(self.month)
        made, tables = -1, self.tables(0.0)
        widths, noises = (_WIDTH[0], _WIDTH[1] / self.seats), self.noises(*_NOISE)
        chosen_at, due = 0, share + 1 / _CHOICES
        if self.pool.pool.size.any() and not self.late:
            self.choose_again(price_share)
        while share < 1.0 and not self.late:
            if int(share * _TABLES) > made:
                made = int(share * _TABLES)
                tables = self.tables(_between(widths, share), price_share * (1 - share))
            done += 1
            self.sweep_all(tables, noise=_between(noises, share), whole=tied and done % _WHOLE == 0)
            if done % 4 == 0:
                self.exchange(exchange)
            self.pool.put(self.everybody, self.plan.tour)
            self.effort.spend(_SECONDS_TO_POOL_A_DAY * self.plan.tour.size)
            if share > 0.7:
                self.keep("annealing")
            self.hear("annealing")
            share = max(share, done / most, (self.effort.share - begun) / max(1e-6, part * (1 - begun)))
            if done >= chosen_at + _SWEEPS_BETWEEN and share >= due:
                self.choose_again(price_share)
                chosen_at, due = done, min(1.0, share + 1 / _CHOICES)

    @cached_property
    def seats(self) -> float:
        """Return how many people are wanted on average, one or more."""
        return max(1.0, float(self.month.curves[0].enough.mean()))

    def noises(self, first: float, last: float) -> tuple[float, float]:
        """Return noises given in surplus seat-hours as costs, the last lower where many seats are wanted."""
        scale = self.month.rules.weights.shortage / 10
        return scale * first, scale * last * min(1.0, (_FEW_SEATS / self.seats) ** 0.5)

    def choose_again(self, price_share: float) -> None:
        """Anneal among the months found so far, and go on from there where it finds a better roster."""
        before = (self.best_cost, self.plan, self.present)
        self.pool.put(self.everybody, self.best.tour)
        self.go_on_from_best()
        pool, last = self.pool.pool, _WIDTH[1] / self.seats
        widths, noises = (max(last, _CHOICE_WIDTH), last), self.noises(*_CHOICE_NOISE)
        for step in range(_CHOICE):
            share = step / _CHOICE
            if step % (_CHOICE // _CHOICE_TABLES) == 0:
                tables = self.tables(_between(widths, share), price_share * (1 - share))
            self.sweep_over(self.random.permutation(self.everybody), tables, noise=_between(noises, share), pool=pool)
            if self.late:
                break
        if not self.stopped:
            tables = self.tables(0.0)
            for _ in range(_CHOICE_SHARP):
                self.sweep_over(self.random.permutation(self.everybody), tables, exact=True, pool=pool)
            self.keep("annealing")
        if self.best_cost < before[0]:
            self.go_on_from_best()
        else:
            _, self.plan, self.present = before

    def go_on_from_best(self) -> None:
        """Take the best roster so far for the present one."""
        self.plan = self.best.copy()
        self.present = people_present(self.month, self.plan)

    def choose_months(self) -> None:
        """Make the roster of few slots better by turns: sweeps, whole months, then all days and people by parts."""
        program = columns.Columns(
            self.month, self.scratch, self.effort, lambda: self.late, lambda: self.hear("whole months")
        )
        program.add(self.plan, self.everybody)
        program.generate(self.everybody, whole=True)
        self.bound = max(self.bound, program.bound)
        for price_share in (_PRICE_SHARE, 0.0):  # where hours are tight, prices do not tell who has them
            self.anneal(_SWEPT, price_share=price_share)
        self.finish()
        dived = False
        parts, vain = Neighbourhoods(self.month, self.effort, lambda: self.late, self.random), 0
        while not self.late and self.best_cost > self.bound + 1e-6 * max(1.0, abs(self.bound)) and not parts.done:
            before = self.best_cost
            if not dived and self.effort.spent > _DIVE_AT * self.effort.limit:
                dived = True
                self.take(program.dive(self.best), program)
            elif vain % _OPENED_AFTER == _OPENED_AFTER - 1:
                size = min(len(self.everybody), _OPENED + vain // _OPENED_FOR)
                free = np.sort(self.random.choice(self.everybody, size=size, replace=False))
                self.take(program.improve(self.best, self.best_cost, free), program)
                program.forget(self.best)
            else:
                self.take(parts.improve(self.best), program)
            vain = vain + 1 if self.best_cost > before - 1e-6 else 0

    def take(self, plan: Tours | None, program: columns.Columns) -> None:
        """Go on from `plan` where it is no worse than the best."""
        self.bound = max(self.bound, program.bound)
        if plan is not None and (cost := plan_cost(self.month, plan)) <= self.best_cost + 1e-6:
            self.plan, self.present = plan, people_present(self.month, plan)
            if cost <= self.best_cost:
                self.best = plan
        self.keep("whole months")

    @cached_property
    def seconds_of_exchange(self) -> float:
        """Return what handing around takes at nominal speed."""
        pairs = int((np.bincount(self.month.group_of) ** 2).sum())
        return _SECONDS_PER_PAIR_AND_DAY * pairs * len(self.month.days)

    def exchange(self, exchange: Exchange) -> None:
        """Hand a random stretch of days around."""
        self.effort.spend(self.seconds_of_exchange)
        self.look_at_teams()
        if exchange.improve(self.plan, *exchange.random_stretch(self.random)):
            self.present = people_present(self.month, self.plan)

    def finish(self) -> None:
        """Sweep exactly from the best plan until nothing gets better."""
        self.go_on_from_best()
        exchange, tables = Exchange(self.led.now), self.tables(0.0)
        for _ in range(20):
            before = self.best_cost
            self.sweep_all(tables, exact=True)
            for stretch in exchange.stretches():
                if not self.late:
                    self.look_at_teams()
                    exchange.improve(self.plan, *stretch)
                    self.effort.spend(self.seconds_of_exchange)
            lay_all_breaks(self.month, self.plan, tables)
            self.present = people_present(self.month, self.plan)
            self.keep("finishing")
            if self.late or self.best_cost > before - 1e-6:
                break

    def keep(self, phase: str) -> None:
        """Remember the plan if it is the best so far, and tell how the search goes."""
        cost = plan_cost(self.month, self.plan)
        if cost < self.best_cost:
            self.best, self.best_cost = self.plan.copy(), cost
            self.best_shortage = seat_hours(self.month, np.clip(self.month.seats_required - self.present[0], 0, None))
        seconds = self.clock() - self.began
        bound = self.bound if self.bound > 0 or self.solved or self.proven else None
        self.history.append((seconds, phase, self.best_cost, self.best_shortage, bound))
        self.told = self.effort.spent
        if self.progress is not None:
            told = Progress(phase, seconds, self.best_cost, self.best_shortage, bound)
            self.stopped = bool(self.progress(told)) or self.stopped


def _between(ends: tuple[float, float], share: float) -> float:
    return ends[0] * (ends[1] / ends[0]) ** min(1.0, share)


def lawful_part(month: Month, plan: Tours, scratch: Scratch) -> NDArray[np.bool_]:
    """Return for each person whether the month in `plan` is lawful: the kernel finds exactly it when it is forced."""
    forced = np.full(month.person_cost.shape, np.inf, dtype=np.float32)
    p, d = np.indices(plan.tour.shape)
    forced[p, d, plan.tour] = np.where(np.isfinite(month.person_cost[p, d, plan.tour]), 0, np.inf)
    probe = empty_plan(month)
    present = people_present(month, probe)
    order = np.arange(len(month.people))
    sweep(replace(month, person_cost=forced), probe, present, no_costs(month), order, scratch)
    return np.asarray((probe.tour == plan.tour).all(axis=1))


def why_impossible(month: Month, p: int) -> Message:
    """Return in words why no lawful month honours what is fixed for person number `p`."""
    person = month.people[p]
    plan = empty_plan(month)
    codes = {duty.code: s for s, duty in enumerate(month.duties)}
    for day, code in person.fixed_shifts.items():
        if code in codes:
            plan.tour[p, month.days.index(day)] = codes[code]
    frame = roster_frame(month, plan)
    catalogue = ShiftCatalogue(month.duties[: month.first_standby])
    period = period_from(month.days[0], len(month.days))
    alone = Situation([person], catalogue, month.rules, period, month.timezone, Calendar())
    broken = broken_by(frame, alone, [person.badge])
    broken = broken[~broken["rule"].str.endswith("_least")]  # what else the month brings may still mend these
    if len(broken):
        first = broken.iloc[0]
        told = Words(first["message_zh"], first["message"])
        return say("person.fixed_break", told=told, rule=rule_named(first["rule"]))
    if limits := month.rules.limits_of(person, month.days):
        return say("person.limits_leave_none", badge=person.badge, limits=limits.text())
    dates = [f"{day} = {code}" for day, code in sorted(person.fixed_shifts.items())]
    return say("person.fixed_leave_none", badge=person.badge, dates=dates or say("person.carried"))


def seat_hours(month: Month, slots: NDArray[np.float64] | NDArray[np.int64]) -> float:
    """Return the seat-hours of a count per slot."""
    return float(slots.sum() * month.slot_hours)
