"""The loops over one person's months against all the lawful months there are, found day by day in plain words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from forecaster.history.calendar import Calendar, SpecialDay
from forecaster.history.intervals import month_intervals
from forecaster.history.periods import days_of_period, period_from
from optimizer.law.breaks import Break
from optimizer.law.comforts import COMFORTS
from optimizer.law.limits import Limits
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules, Weights
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search import kernel, limit_graph
from optimizer.search.dual_ascent import months_at
from optimizer.search.kernel_arrays import NEVER, FloatArray, Pool, Scratch, Way
from optimizer.search.problem import Month, month_problem
from optimizer.search.roster_frames import roster_frame
from optimizer.search.sweeps import Tours, empty_plan, empty_pool, lay_all_breaks, people_present, scratch_of, sweep

SHIFTS = (
    Shift("D", 480, 480, 60, (180, 240)),
    Shift("S", 720, 240),
    Shift("N", 1320, 480, 60, (300,)),
)
PAUSED = (replace(SHIFTS[0], breaks=(Break(30, (60, 90)), Break(30, (330, 420)))), *SHIFTS[1:])
WEIGHTS = Weights(nights=3, weekends=2, holidays=5, wish=4)
NOTHING = np.zeros(4)
PERIODS = (
    (period_from(date(2026, 6, 3), 14), "Asia/Shanghai"),  # from a Wednesday: three weeks, two weekends
    (period_from(date(2026, 3, 24), 14), "Europe/Paris"),  # the clocks go forward on the 29th
)
FREE = (range(6), range(2, 8))  # after what was before; about the clocks' change
Tour = tuple[int, ...]
Planned = tuple[Month, Tours, list[list[Tour]], range]


def problem(
    number: int, *, shifts: tuple[Shift, ...] = SHIFTS, seed: int = 0, free: range | None = None, starts: float = 0.0
) -> Month:
    """A fortnight of four people: one after nights, one with limits, one on the phone at meals, one without a past.

    `free` are the days on which anybody works. Limits stand in the first period; the weight of starts after days off,
    which the graphs of people with limits do not know, is 1 in the second and `starts` in the first.
    """
    period, zone = PERIODS[number]
    days, random = days_of_period(period), np.random.default_rng(seed)
    comfort = {name: float(random.choice([0.5, 1.25, 3.0])) for name in COMFORTS}
    comfort["start_after_days_off"] = 1.0 if number else starts
    if not number:  # so that one day off is as good as two, and a state is reached from both
        comfort |= {"single_day_off": 0.0, "rest_after_nights": 0.0}
    rules = RosterRules(
        on_site_day={"qa": 1}, on_site_night={}, on_site_at_meals=("qa",), weights=WEIGHTS, comfort=comfort,
        working_days_in_a_row=6 if number else 4, nights_in_a_row=2, weekly_hours=36 if number else 30,
        reserve_share=0.0, room_for_next_month=False,
    )  # fmt: skip
    away = frozenset(day for d, day in enumerate(days) if free is not None and d not in free)
    limits = Limits() if number else Limits(weekends_a_month=1, working_days_in_a_row_least=2)
    people = (
        Person("1", leave=away, wishes={days[4]: "off", days[5]: "N"}),
        Person("2", leave=away, limits=limits, contract_hours_per_week=24),
        Person("3", "qa", leave=away, wishes={days[6]: "D"}),
        Person("4", leave=away, contract_hours_per_week=16),
    )
    calendar = Calendar(days={days[5]: SpecialDay("feast", "holiday")})
    index = month_intervals(period, zone)
    need = pd.DataFrame({"seats_required": np.where(index.hour < 8, 1, 2)}, index=index)
    given = Situation(people, ShiftCatalogue(shifts), rules, period, zone, calendar)
    before = month_problem(
        pd.DataFrame({"seats_required": 0}, index=month_intervals(period - 1, zone)), replace(given, month=period - 1)
    )
    plan = empty_plan(before)
    plan.tour[0, -3:], plan.tour[1, -3:-1] = (0, 2, 2), (0, 2)
    return month_problem(need, replace(given, carry_in=roster_frame(before, plan)))


@cache
def nights_of(month: Month) -> list[bool]:
    return [month.rules.is_night(duty) for duty in month.duties]


def may_follow(month: Month, p: int, tour: Tour, s: int) -> bool:
    """Whether a person may go on like this after the days of `tour`: rests, runs, nights and the week."""
    d = len(tour)
    if not np.isfinite(month.person_cost[p, d, s]):
        return False
    if s < 0:
        return True
    kind = month.rests.kind_of_day[d]
    if d >= 1 and tour[-1] >= 0 and not month.rests.next_day[kind, tour[-1], s]:
        return False
    if d >= 2 and tour[-1] < 0 <= tour[-2] and not month.rests.after_off[kind, tour[-2], s]:
        return False
    night = nights_of(month)
    in_a_row = next((n for n in range(d) if tour[d - 1 - n] < 0), d)
    nights = next((n for n in range(d) if tour[d - 1 - n] < 0 or not night[tour[d - 1 - n]]), d)
    came_from_work = month.free_before[p] == 0
    run = in_a_row + (month.first_run[p] if in_a_row == d and came_from_work else 0)
    nights += month.nights_before[p] if nights == d and came_from_work else 0
    if run >= month.rules.working_days_in_a_row or (night[s] and nights >= month.rules.nights_in_a_row):
        return False
    week = month.week_of_day[d]
    minutes = [month.duties[one].worked_minutes for w, one in zip(month.week_of_day, (*tour, s), strict=False)
               if w == week and one >= 0]  # fmt: skip
    return sum(minutes) <= month.week_cap[p, week] and len(minutes) <= month.week_days[p, week]


def lawful_tours(month: Month, p: int, old: Tour | None = None, free: range = range(99)) -> list[Tour]:
    """Every lawful month of a person, or every one that differs from `old` on some of the days `free` alone."""
    tours: list[Tour] = [()]
    for d in range(len(month.days)):
        choices = range(-1, len(month.duties)) if old is None or d in free else (old[d],)
        tours = [(*tour, s) for tour in tours for s in choices if may_follow(month, p, tour, s)]
    if not tours:
        return []
    lawful = month.walks.lawful(np.full(len(tours), p), np.array(tours))
    return [tour for tour, kept in zip(tours, lawful, strict=True) if kept]


def duty_cost(month: Month, p: int, d: int, s: int, prices: FloatArray) -> float:
    """What a duty costs at prices of (curves, slots), its meal and each of its breaks taken when it saves most."""
    first, end = month.start_slot[d, s], month.end_slot[d, s]
    if s >= month.first_standby:
        return float(prices[month.standby_curve, first:end].sum())
    phone = prices[list(month.group_curves[month.group_of[p]])].sum(axis=0)
    away: list[tuple[list[int], int]] = []
    if month.leaves_for_meals[month.group_of[p]]:
        duty = month.duties[s]
        away = [(list(duty.meal_offsets_minutes), duty.meal_minutes)] if duty.meal_minutes else []
        away += [(list(pause.offsets_minutes), pause.minutes) for pause in duty.breaks]
    saved = 0.0
    for offsets, minutes in away:
        begins = [first + offset // month.slot_minutes for offset in offsets]
        saved += max(phone[begin : begin + minutes // month.slot_minutes].sum() for begin in begins)
    return float(phone[first:end].sum() - saved)


def costs_of(month: Month, p: int, tours: list[Tour], prices: FloatArray) -> FloatArray:
    """What months cost at prices, and their person: soft rules, wishes and, where they weigh anything, burdens."""
    table = np.array([[duty_cost(month, p, d, s, prices) for s in range(len(month.duties))] + [0.0]
                      for d in range(len(month.days))])  # fmt: skip
    months = np.array(tours, dtype=np.int16)
    own = kernel.own_costs(months, np.full(len(tours), p), month.arrays)
    return own + table[np.arange(len(month.days)), months].sum(axis=1)


def taken(month: Month, tours: list[Tour]) -> FloatArray:
    """(tours, 4) how many nights, weekend days, holidays and weekends."""
    rows = []
    for tour in tours:
        days = [d for d, s in enumerate(tour) if s >= 0]
        counts = [sum(int(month.burden[kind, d, tour[d]]) for d in days) for kind in range(3)]
        weekends = [(d, d + 1) for d in range(len(tour) - 1) if month.weekend[d] == 1]
        rows.append([*counts, sum(a in days or b in days for a, b in weekends)])
    return np.array(rows, dtype=float)


def weighed(beyond: float) -> float:
    """The first beyond a fair share weighs 1, the second 2, and parts of one as much as their part."""
    return sum((n + 1) * min(1.0, beyond - n) for n in range(20) if beyond > n)


def used_room(month: Month) -> Scratch:
    """Room for the loops, with what somebody else's month has left in it."""
    room = scratch_of(month)
    for part in room[:4]:
        part.fill(-3)
    return room


def random_prices(month: Month, random: np.random.Generator) -> FloatArray:
    prices = random.integers(-12, 5, size=(len(month.curves), month.slot_count)) / 4
    prices[:, random.random(month.slot_count) < 0.3] += 1.5
    return prices


@pytest.mark.parametrize("number", range(len(PERIODS)))
def test_the_cheapest_month_at_prices_is_the_cheapest_of_all(number: int) -> None:
    plain, paused = (problem(number, shifts=shifts, seed=number, free=FREE[number]) for shifts in (SHIFTS, PAUSED))
    random, everybody = np.random.default_rng(number), np.arange(len(plain.people))
    tours = [lawful_tours(plain, p) for p in everybody]  # breaks forbid nothing
    for month in (plain, plain, paused, paused, paused):
        bare = replace(month, burden_weight=NOTHING)
        prices, burdens = random_prices(month, random), random.integers(0, 9, size=(len(everybody), 4)) / 2
        plan = empty_plan(month)
        least = months_at(month, prices, burdens, used_room(month), plan, everybody)
        for p in everybody:
            own, many = burdens[p].copy(), taken(month, tours[p])
            own[3] *= month.walks.limited[p]  # who has no limits pays for weekends what they weigh
            costs = costs_of(bare, p, tours[p], prices) + many @ own
            if not month.walks.limited[p]:
                beyond = many[:, 3] - month.allowance[p, 3]
                costs += [month.burden_weight[3] * weighed(one) for one in beyond]
            assert least[p] == pytest.approx(costs.min(), abs=1e-4)
            at = tours[p].index(tuple(plan.tour[p].tolist()))
            assert costs[at] == pytest.approx(least[p], abs=1e-4)
            for d, s in enumerate(tours[p][at]):
                check_where_a_day_is_laid(month, p, d, s, int(plan.meal[p, d]), int(plan.breaks[p, d]), prices)


@pytest.mark.parametrize("number", range(len(PERIODS)))
def test_everybodys_graph_leads_to_months_of_the_same_cost_as_the_rules_states(number: int) -> None:
    month, random = problem(number, free=FREE[number], starts=3.0), np.random.default_rng(number)
    bare, everybody = replace(month, burden_weight=NOTHING), np.flatnonzero(~month.walks.limited)
    walked = replace(bare, walks=bare.walks._replace(limited=np.ones(len(month.people), dtype=bool)))
    assert (month.walks.graph_of >= 0).all()
    for _ in range(6):
        prices, none = random_prices(month, random), np.zeros((len(month.people), 4))
        led, stepped = (
            months_at(one, prices, none, used_room(one), empty_plan(one), everybody) for one in (walked, bare)
        )
        assert led == pytest.approx(stepped, abs=1e-4)


def test_no_month_costs_less_than_is_told_where_a_graph_leaves_out_what_starts_cost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limit_graph, "_MOST_STATES_OF_STARTS", 1)
    month, random, dearer = problem(0, free=FREE[0], starts=3.0), np.random.default_rng(0), 0
    bare, tours, limited = replace(month, burden_weight=NOTHING), lawful_tours(month, 1), np.array([1])
    for _ in range(6):
        prices, burdens, plan = random_prices(month, random), np.zeros((4, 4)), empty_plan(month)
        (told,) = months_at(month, prices, burdens, used_room(month), plan, limited)
        costs = costs_of(bare, 1, tours, prices)
        assert told <= costs.min() + 1e-4
        dearer += costs[tours.index(tuple(plan.tour[1].tolist()))] > costs.min() + 1e-4
    assert dearer  # so that the test says something


def check_where_a_day_is_laid(month: Month, p: int, d: int, s: int, meal: int, way: int, prices: FloatArray) -> None:
    """The meal saves most by itself, and the breaks save most together of all ways to lie with it."""
    group, pauses = month.group_of[p], month.pauses
    if not 0 <= s < month.first_standby or not month.leaves_for_meals[group]:
        assert way == -1
        assert meal == 0 or s >= 0
        return
    phone, first = prices[list(month.group_curves[group])].sum(axis=0), month.start_slot[d, s]
    offsets = month.duties[s].meal_offsets_minutes
    long = month.duties[s].meal_minutes // month.slot_minutes
    saved = [phone[first + at : first + at + long].sum() for at in (o // month.slot_minutes for o in offsets)]
    assert saved[meal : meal + 1] == [max(saved, default=0.0)] * bool(offsets)
    ways = range(*(edge[s, meal] for edge in (pauses.first, pauses.end))) if pauses.length.size else range(0)
    saved = [
        sum(phone[first + at : first + at + long].sum()
            for at, long in zip(pauses.offset[one], pauses.length[s], strict=True))
        for one in ways
    ]  # fmt: skip
    assert (way - ways.start if ways else way) == (int(np.argmax(saved)) if ways else -1)


@pytest.fixture(
    scope="module", params=[(0, range(8, 14)), (1, range(3, 9)), (0, range(6, 11))], ids=["end", "clocks", "saturday"]
)
def planned(request: pytest.FixtureRequest) -> Planned:
    """A month, a plan of it, and every lawful month of a person that differs from the plan on some days alone."""
    number, window = request.param
    month, random = problem(number, seed=3), np.random.default_rng(window.start)
    plan, everybody = empty_plan(month), np.arange(len(month.people))
    tables = random.normal(-1, 3, size=(len(month.curves), month.slot_count, 2)).astype(np.float32)
    after = month.start_slot[min(window.stop, len(month.days) - 1), 0]
    tables[:, after : after + 8] -= 6  # so that somebody works on the day after, which may be a Sunday
    sweep(month, plan, people_present(month, plan), tables, everybody, used_room(month), Way(noise=9.0, seed=1))
    months = [lawful_tours(month, p, tuple(plan.tour[p].tolist()), window) for p in everybody]
    return month, plan, months, window


def prices_beside(month: Month, plan: Tours, p: int, tables: NDArray[np.float32]) -> FloatArray:
    """(curves, slots) what one more person costs who comes to everybody else."""
    others = plan.copy()
    others.tour[p] = -1
    present = people_present(month, others).astype(int)
    return np.take_along_axis(tables, np.minimum(present, tables.shape[2] - 1)[:, :, None], axis=2)[:, :, 0].astype(
        float
    )


def random_tables(month: Month, random: np.random.Generator) -> NDArray[np.float32]:
    return (random.integers(-12, 5, size=(len(month.curves), month.slot_count, 2)) / 4).astype(np.float32)


def swept(
    month: Month, plan: Tours, p: int, tables: NDArray[np.float32], way: Way, pool: Pool | None = None
) -> tuple[Tours, Tour]:
    """A copy of the plan in which one person's month has been made anew, and that month."""
    made = plan.copy()
    present = people_present(month, made)
    changed = sweep(month, made, present, tables, np.array([p]), used_room(month), way, pool)
    assert (present == people_present(month, made)).all()
    assert changed == (made.tour[p] != plan.tour[p]).any()
    others = np.arange(len(month.people)) != p
    assert (made.tour[others] == plan.tour[others]).all()
    return made, tuple(made.tour[p].tolist())


def test_of_the_months_that_are_pooled_for_a_person_the_cheapest_is_taken(planned: Planned) -> None:
    month, plan, months, _ = planned
    random, taken_months = np.random.default_rng(1), set()
    for p, tours in enumerate(months):
        for _ in range(6):
            tables, pool = random_tables(month, random), empty_pool(month, 5)
            few = [tours[n] for n in random.integers(len(tours), size=5)]
            pool.months[p], pool.size[p] = np.array(few), 4  # the fifth is none of them
            pool.beside[p] = kernel.costs_beside_days(pool.months[p], np.full(5, p), month.arrays)
            pool.beside[p, 4] = -1e6
            costs = costs_of(month, p, few, prices_beside(month, plan, p, tables))[:4]
            _, tour = swept(month, plan, p, tables, Way(), pool)
            assert costs[few.index(tour)] == pytest.approx(costs.min(), abs=1e-4)
            taken_months.add(few.index(tour))
            other = (p + 1) % len(months)  # for whom none is pooled
            assert swept(month, plan, other, tables, Way(), pool)[1] == swept(month, plan, other, tables, Way())[1]
    assert len(taken_months) > 2


def test_what_a_month_costs_beside_its_days_leaves_wishes_out_and_knows_the_unlawful(planned: Planned) -> None:
    month, _, months, _ = planned
    days, costed = np.arange(len(month.days)), 0.0
    for p, tours in enumerate(months):
        some = np.array(tours[:200], dtype=np.int16)
        own = kernel.own_costs(some, np.full(len(some), p), month.arrays)
        wishes = month.person_cost[p, days, some].sum(axis=1)
        beside = kernel.costs_beside_days(some, np.full(len(some), p), month.arrays)
        assert beside == pytest.approx(own - wishes, abs=1e-4)
        costed += beside.max()
        always = np.zeros((1, len(days)), dtype=np.int16)
        assert kernel.costs_beside_days(always, np.array([p]), month.arrays)[0] == NEVER
    assert costed > 0


def test_some_days_of_a_month_are_made_anew_at_the_least_cost(planned: Planned) -> None:
    month, plan, months, window = planned
    random, changed = np.random.default_rng(1), 0
    bare, hour_price = replace(month, burden_weight=NOTHING), 0.5
    way = Way(first_day=window.start, end_day=window.stop)
    for p, tours in enumerate(months):
        tables = random_tables(month, random)
        hours = np.array([sum(month.duties[s].worked_minutes for s in tour if s >= 0) / 60 for tour in tours])
        costs = costs_of(bare, p, tours, prices_beside(bare, plan, p, tables)) + hour_price * hours
        made, tour = swept(bare, plan, p, tables, way._replace(hour_price=hour_price))
        assert costs[tours.index(tour)] == pytest.approx(costs.min(), abs=1e-4)
        changed += tour != tuple(plan.tour[p].tolist())
        noisy = way._replace(hour_price=hour_price, noise=4.0, seed=p)
        _, kept = swept(bare, made, p, tables, noisy._replace(exact=True))
        assert costs[tours.index(kept)] == pytest.approx(costs.min(), abs=1e-4)
        _, other = swept(bare, plan, p, tables, noisy)
        assert costs[tours.index(other)] <= costs.min() + 4.0 * len(window) + 1e-4
    assert changed


def test_whatever_stays_before_and_after_a_few_days_binds_them(planned: Planned) -> None:
    month, plan, *_ = planned
    month, random, verdicts = replace(month, burden_weight=NOTHING), np.random.default_rng(8), set()
    for _ in range(40):
        p, first = int(random.integers(4)), int(random.integers(0, len(month.days) - 4))
        window, changed = range(first, first + int(random.integers(1, 5))), plan.copy()
        before = random.random() < 0.5 and first > 0
        day = int(random.integers(max(0, first - 3), first) if before else window.stop + random.integers(0, 2))
        day = min(day, len(month.days) - 1)
        changed.tour[p, day], changed.meal[p, day] = random.integers(-1, month.first_standby), 0
        tours = lawful_tours(month, p, tuple(changed.tour[p].tolist()), window)
        if not tours and not before:
            continue  # what comes later is another stretch's to mend
        tables = random_tables(month, random)
        _, tour = swept(month, changed, p, tables, Way(first_day=window.start, end_day=window.stop))
        if tours:
            costs = costs_of(month, p, tours, prices_beside(month, changed, p, tables))
            assert costs[tours.index(tour)] == pytest.approx(costs.min(), abs=1e-4)
        else:
            assert tour == tuple(changed.tour[p].tolist())
        verdicts.add(bool(tours))
    assert verdicts == {True, False}


def test_a_burden_costs_what_one_more_of_it_would_weigh(planned: Planned) -> None:
    month, plan, months, window = planned
    random, way = np.random.default_rng(2), Way(first_day=window.start, end_day=window.stop)
    bare, weights = replace(month, burden_weight=NOTHING), np.array([0.5, 0.75, 1.25, 0.0])
    fair = random.integers(0, 3, size=(len(month.people), 4)) + 0.5
    heavy = replace(month, burden_weight=weights, allowance=fair)
    for p, tours in enumerate(months):
        tables, old = random_tables(month, random), tuple(plan.tour[p].tolist())
        beyond = taken(month, [old])[0] - fair[p]
        more = [w * (weighed(b + 1) - weighed(b)) for w, b in zip(weights, beyond, strict=True)]
        costs = costs_of(bare, p, tours, prices_beside(bare, plan, p, tables)) + taken(month, tours) @ np.array(more)
        _, tour = swept(heavy, plan, p, tables, way)
        assert costs[tours.index(tour)] == pytest.approx(costs.min(), abs=1e-4)


def test_weekends_cost_what_those_of_the_month_found_weigh(planned: Planned) -> None:
    month, plan, months, window = planned
    random, way, cheapest = np.random.default_rng(4), Way(first_day=window.start, end_day=window.stop), []
    for p, weight in product(range(len(months)), (1.0, 3.0, 6.0, 10.0)):
        tables, fair = random_tables(month, random), np.full((len(month.people), 4), float(random.integers(0, 2)))
        heavy = replace(month, burden_weight=np.array([0, 0, 0, weight]), allowance=fair)
        costs = costs_of(heavy, p, months[p], prices_beside(heavy, plan, p, tables))
        _, tour = swept(heavy, plan, p, tables, way)
        cheapest.append(costs[months[p].index(tour)] - costs.min())
    assert max(cheapest) < 1e-4


def minutes_of(month: Month, tours: list[Tour]) -> tuple[FloatArray, FloatArray]:
    """(tours,) minutes of each month, and those without standby."""
    work = np.append(month.worked_minutes, 0.0)
    on_site = np.where(np.arange(len(work)) < month.first_standby, work, 0.0)
    return work[np.array(tours)].sum(axis=1), on_site[np.array(tours)].sum(axis=1)


@pytest.mark.parametrize("least", [False, True])
def test_hours_of_the_month_are_kept_at_a_price_of_a_minute(planned: Planned, least: bool) -> None:
    month, plan, months, window = planned
    random, way, at_a_price = np.random.default_rng(5), Way(first_day=window.start, end_day=window.stop), 0
    for p, tours in enumerate(months):
        all_minutes, on_site = minutes_of(month, tours)
        minutes = -on_site if least else all_minutes
        bound = np.quantile(minutes, 0.3)
        limit = {"month_floor": np.full(4, -bound)} if least else {"month_cap": np.full(4, bound)}
        tight = replace(month, burden_weight=NOTHING, **limit)
        tables = random_tables(month, random)
        costs = costs_of(tight, p, tours, prices_beside(tight, plan, p, tables))
        _, tour = swept(tight, plan, p, tables, way)
        at = tours.index(tour)
        assert minutes[at] <= bound or tour == tuple(plan.tour[p].tolist())
        # the cheapest of all at some price of a minute, which is a bit higher on some days than on others
        tilt = 1 + 0.05 * ((11 * np.arange(len(month.days)) + p) % len(month.days)) / len(month.days)
        work = np.append(month.worked_minutes, 0.0) * (-1 if least else 1)
        priced = costs + np.arange(0, 1, 0.001)[:, None] * (work[np.array(tours)] @ tilt)
        at_a_price += minutes[at] <= bound and bool((priced[:, at] <= priced.min(axis=1) + 1e-3).any())
        # and as low a price as may be, if as much as the shortest duty is left
        supported = [i for i in priced.argmin(axis=1) if minutes[i] <= bound]
        left = bound - minutes[at] < month.worked_minutes.min()
        assert minutes[at] > bound or left or costs[at] <= costs[supported].min() + 1e-4
    assert at_a_price >= 3  # of four: where no price leads to a month that fits, the prices of days are shaken


def test_a_month_of_just_so_many_hours_is_found_or_the_old_one_stays(planned: Planned) -> None:
    month, plan, months, window = planned
    random, way, found = np.random.default_rng(6), Way(first_day=window.start, end_day=window.stop), []
    for p, tours in enumerate(months):
        all_minutes, on_site = minutes_of(month, tours)
        for i in random.choice(len(tours), size=3):
            just = {"month_floor": np.full(4, on_site[i]), "month_cap": np.full(4, all_minutes[i])}
            tight = replace(month, burden_weight=NOTHING, **just)
            _, tour = swept(tight, plan, p, random_tables(month, random), way)
            at = tours.index(tour)
            found.append(on_site[at] >= on_site[i] and all_minutes[at] <= all_minutes[i])
            assert found[-1] or tour == tuple(plan.tour[p].tolist())
    assert any(found)  # a price of a minute does not lead to every month


def test_days_handed_around_cost_what_the_months_do_that_they_make_and_only_lawful_ones(planned: Planned) -> None:
    month, plan, months, window = planned
    random = np.random.default_rng(7)
    people = np.array([0, 0, 1, 2, 2, 3])
    rows = np.array([months[p][random.integers(len(months[p]))] for p in people], dtype=np.int16)
    rows[:, : window.start], rows[:, window.stop :] = (
        plan.tour[people, : window.start],
        plan.tour[people, window.stop :],
    )
    most, least = minutes_of(month, [tuple(row) for row in rows.tolist()])
    cap, floor = np.array([most[0], np.inf, most[3], np.inf]), np.array([0.0, least[2], 0.0, least[5]])
    month = replace(month, month_cap=cap, month_floor=floor)  # months of just so many minutes are lawful
    costs = kernel.exchange_costs(rows, people, window.start, window.stop, month.arrays)
    verdicts = set()
    for i, p in enumerate(people):
        for j in range(len(people)):
            made = rows[i].copy()
            made[window.start : window.stop] = rows[j, window.start : window.stop]
            tour = tuple(made.tolist())
            all_minutes, on_site = minutes_of(month, [tour])
            lawful = all(may_follow(month, p, tour[:d], s) for d, s in enumerate(tour))
            lawful &= bool(all_minutes[0] <= cap[p] and on_site[0] >= floor[p])
            own = kernel.own_costs(made[None], np.array([p]), month.arrays)[0]
            assert costs[i, j] == (pytest.approx(own) if lawful else kernel.NEVER)
            verdicts.add(lawful)
    assert verdicts == {True, False}


def test_breaks_lie_where_they_save_most_and_where_all_is_equal_where_most_people_are() -> None:
    month, random = problem(0, shifts=PAUSED, seed=5), np.random.default_rng(9)
    plan, everybody = empty_plan(month), np.arange(4)
    present, tables = people_present(month, plan), random_tables(month, random)
    sweep(month, plan, present, tables, everybody, used_room(month), Way(noise=3.0, seed=2))
    assert (present == people_present(month, plan)).all()
    last = int(everybody[-1])
    beside = prices_beside(month, plan, last, tables)
    for d in range(len(month.days)):
        noiseless = plan.copy()
        sweep(
            month, noiseless, present.copy(), tables, everybody[-1:], used_room(month), Way(first_day=d, end_day=d + 1)
        )
        tour, meal, way = (int(part[last, d]) for part in (noiseless.tour, noiseless.meal, noiseless.breaks))
        if tour >= 0:
            check_where_a_day_is_laid(month, last, d, tour, meal, way, beside)
    laid = plan.copy()
    for table in (np.zeros_like(tables), tables):
        laid.breaks[:] = plan.breaks
        lay_all_breaks(month, laid, table)
        moved = 0
        for p, d in zip(*np.nonzero(laid.breaks >= 0), strict=True):
            gains = saved_by_breaks(month, laid, int(p), int(d), table)
            assert gains[laid.breaks[p, d]] == pytest.approx(max(gains.values()), abs=1e-6)
            moved += laid.breaks[p, d] != plan.breaks[p, d]
        assert moved


def test_days_priced_and_walked_are_counted(planned: Planned) -> None:
    month, plan, _, window = planned
    way, tables = Way(first_day=window.start, end_day=window.stop), random_tables(month, np.random.default_rng(1))
    bare, days = replace(month, burden_weight=NOTHING), len(month.days)
    for p in range(4):
        scratch, graph = used_room(bare), month.walks.graph_of[p]
        of_day = np.diff(month.walks.layer[graph])[:days]
        states, after = of_day.sum(), of_day[window.stop :].sum()  # after the window each has one choice
        sweep(bare, plan.copy(), people_present(bare, plan), tables, np.array([p]), scratch, way)
        looked_at = sum(of_day[d] for d in window) + after // len(month.walks.kind_first)
        assert scratch.steps.tolist() == [len(window), 0, looked_at, 0]
        pool = empty_pool(bare, 1)
        pool.months[p], pool.beside[p], pool.size[p] = plan.tour[p], 0, 1
        scratch.steps[:] = 0
        sweep(bare, plan.copy(), people_present(bare, plan), tables, np.array([p]), scratch, pool=pool)
        assert scratch.steps.tolist() == [0, 0, 0, days]
        prices, none = tables[:, :, 0].astype(float), np.zeros((4, 4))
        scratch.steps[:] = 0
        months_at(bare, prices, none, scratch, empty_plan(bare), np.array([p]))
        limited = month.walks.limited[p]  # who is not pays for weekends what they weigh, which no graph counts
        assert scratch.steps.tolist() == [days, 0 if limited else days, states if limited else 0, 0]


def saved_by_breaks(month: Month, plan: Tours, p: int, d: int, tables: NDArray[np.float32]) -> dict[int, float]:
    """What each way to lay the breaks of a day saves, the others lying as they do; a person weighs a bit."""
    pauses, s, others = month.pauses, plan.tour[p, d], plan.copy()
    others.breaks[p, d] = -1
    present, saved = people_present(month, others), {}
    for way in range(pauses.first[s, plan.meal[p, d]], pauses.end[s, plan.meal[p, d]]):
        saved[way] = 0.0
        for at, long in zip(pauses.offset[way], pauses.length[s], strict=True):
            for t in range(month.start_slot[d, s] + at, month.start_slot[d, s] + at + long):
                for c in month.group_curves[month.group_of[p]]:
                    there = int(present[c, t]) - 1
                    price = tables[c, t, min(max(there, 0), tables.shape[2] - 1)]
                    saved[way] += float(price) + 1e-3 * month.slot_hours * there
    return saved


def test_the_generator_is_marsaglias_and_its_share_lies_between_0_and_1() -> None:
    draw, share = (getattr(one, "py_func", one) for one in (kernel._draw, kernel._share))
    number, drawn = 88172645463325252, []
    for _ in range(200):
        with np.errstate(over="ignore"):
            drawn.append(int(draw(np.uint64(number))))
        for shift in (13, -7, 17):  # left, right, left, in 64 bits
            number ^= (number << shift) % 2**64 if shift > 0 else number >> -shift
        assert drawn[-1] == number
        assert share(np.uint64(number)) == (number >> 40) / 2**24
    assert drawn[0] == 8748534153485358512  # the first that Marsaglia's own program prints
