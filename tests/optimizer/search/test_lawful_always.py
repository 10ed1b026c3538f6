"""Random sites, random rules, random costs: whatever the search holds at any moment, the checker finds nothing."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from forecaster.history.calendar import Calendar, SpecialDay
from forecaster.history.intervals import month_intervals
from optimizer.law.comforts import COMFORTS
from optimizer.law.lawfulness import broken_rules
from optimizer.law.limits import Limits
from optimizer.law.patterns import Pattern
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.exchange import Exchange
from optimizer.search.kernel_arrays import Way
from optimizer.search.problem import month_problem
from optimizer.search.roster_frames import roster_frame
from optimizer.search.sweeps import UNLESS_WORSE, cost_tables, empty_plan, people_present, plan_cost, scratch_of, sweep

MAY_BE_OUT_OF_REACH = {"ladder_material", "holiday_standby"}


def random_catalogue(random):
    handover = int(random.choice([0, 10, 15]))
    shifts = []
    for n in range(int(random.integers(2, 8))):
        length = int(random.choice([120, 240, 300, 420, 480]))
        start = int(random.choice(np.arange(0, 24))) * 60
        meal = 60 if length >= 420 else 0
        shifts.append(Shift(f"S{n}", start, length, meal, (120, 180) if meal else (), handover))
    return ShiftCatalogue(tuple(shifts))


def random_rules(random):
    return RosterRules(
        weekly_mode=str(random.choice(["weekly_cap", "weekly_cap", "average"])),
        weekly_hours=float(random.choice([40, 36, 30])),
        rest_hours=float(random.choice([8, 11, 12])),
        working_days_in_a_row=int(random.integers(2, 7)),
        rest_days_a_week=int(random.integers(0, 3)),
        nights_in_a_row=int(random.integers(1, 4)),
        morning_after_night_hours=float(random.choice([12, 24, 24, 36])),
        seat_limit=int(random.integers(1, 4)) if random.random() < 0.2 else None,
        on_site_day={"qa": 1},
        on_site_night={},
        standby_minimum=1,
        standby_target=2,
        room_for_next_month=bool(random.random() < 0.5),
        comfort=random_comfort(random),
    )


def random_comfort(random):
    chosen = random.choice(sorted(COMFORTS), size=int(random.integers(0, len(COMFORTS))), replace=False)
    return {name: float(random.choice([0.5, 2.0, 7.0])) for name in chosen}


def random_limits(random):
    if random.random() < 0.85:
        return Limits()
    drawn = {
        "working_days_in_a_row": int(random.integers(2, 6)),
        "working_days_in_a_row_least": int(random.integers(1, 4)),
        "days_off_in_a_row_least": int(random.integers(1, 4)),
        "weekends_a_month": int(random.integers(0, 4)),
        "hours_a_month": float(random.choice([60, 100])),
        "shifts_a_month": {"S0": int(random.integers(0, 4))},
    }
    chosen = random.choice(sorted(drawn), size=2, replace=False)
    return Limits(**{name: drawn[name] for name in chosen})


def random_people(random, days):
    people = []
    for n in range(int(random.integers(1, 6))):
        away = random.choice(len(days), size=int(random.integers(0, 4)), replace=False)
        people.append(
            Person(
                str(n),
                role=str(random.choice(["inbound", "inbound", "qa"])),
                contract_hours_per_week=float(random.choice([40, 30, 16])),
                protected=bool(random.random() < 0.15),
                night_eligible=bool(random.random() < 0.85),
                leave=frozenset(days[d] for d in away),
                limits=random_limits(random),
                **random_days(random, days),
            )
        )
    return people


def random_days(random, days):
    """Return some of what a person's column may say of days: an employment, hours of leave, patterns, days off."""
    if random.random() < 0.6:
        return {}
    first, last = sorted(random.choice(len(days), size=2, replace=False).tolist())
    begin, length = int(random.integers(0, 20)) * 60, int(random.integers(1, 5)) * 60
    drawn = {
        "joined": days[first],
        "left": days[last],
        "leave_hours": dict.fromkeys(random.choice(days, size=3, replace=False).tolist(), ((begin, begin + length),)),
        "weekly_days_off": frozenset(random.choice(7, size=2, replace=False).tolist()),
        "pattern": Pattern(("on", "on", "early", "off"), preferred=True),  # one that binds may leave no lawful month
    }
    chosen = random.choice(sorted(drawn), size=2, replace=False)
    return {name: drawn[name] for name in chosen}


def random_month(random):
    month = pd.Period(f"2026-{int(random.integers(1, 13)):02d}", "M")
    zone = str(random.choice(["Asia/Shanghai", "Asia/Shanghai", "Europe/Berlin"]))
    days = [month.start_time.date() + timedelta(days=d) for d in range(month.days_in_month)]
    holiday = days[int(random.integers(0, len(days)))]
    return month, zone, days, Calendar(days={holiday: SpecialDay("feast", "holiday")})


def plan_at_random(problem, random):
    """Sweep a few times along random marginal costs, exchanging in between, and stop wherever that is."""
    plan = empty_plan(problem)
    scratch, exchange = scratch_of(problem), Exchange(problem)
    everybody = np.arange(len(problem.people))
    for _ in range(int(random.integers(1, 5))):
        tables = cost_tables(problem, smoothing=0.2)
        tables += random.normal(-2, 4, size=(*tables.shape[:2], 1)).astype(np.float32) * (tables < 1000)
        part = random.permutation(everybody)[: int(random.integers(1, len(everybody) + 1))]
        present = people_present(problem, plan)
        first, end = sorted(random.choice(len(problem.days) + 1, size=2, replace=False).tolist())
        window = (first, end) if random.random() < 0.5 else ()
        way = Way(False, 1.0, 0.0, int(random.integers(9999)), *window)
        sweep(problem, plan, present, tables, part, scratch, way)
        assert (present == people_present(problem, plan)).all()
        exchange.improve(plan, *exchange.random_stretch(random))
    return plan


def check(count, seed):
    """Check `count` random instances in two months running; return how many rows were judged."""
    random = np.random.default_rng(seed)
    rows = 0
    for _ in range(count):
        month, zone, days, calendar = random_month(random)
        catalogue, rules, people = random_catalogue(random), random_rules(random), random_people(random, days)
        carry_in = None
        for planned in (month, month + 1):
            index = month_intervals(planned, zone)
            seats = pd.DataFrame({"seats_required": random.integers(0, 4, size=len(index))}, index=index)
            setting = {"month": planned, "timezone": zone, "calendar": calendar, "carry_in": carry_in}
            problem = month_problem(seats, Situation(people, catalogue, rules, **setting))
            roster = roster_frame(problem, plan_at_random(problem, random))
            broken = broken_rules(roster, Situation(people, catalogue, rules, **setting))
            unlawful = broken[~broken["rule"].isin(MAY_BE_OUT_OF_REACH)]
            assert unlawful.empty, (unlawful["message"].tolist(), rules, catalogue)
            rows += len(roster)
            carry_in, people = roster, [p_without_leave(p) for p in people]
    return rows


def p_without_leave(person):
    return Person(
        person.badge, person.role, contract_hours_per_week=person.contract_hours_per_week, protected=person.protected,
        night_eligible=person.night_eligible, leave=frozenset[date](), limits=person.limits,
    )  # fmt: skip


def test_no_hard_rule_is_ever_broken():
    assert check(40, seed=5) > 300


def test_a_morning_keeps_its_distance_from_a_night_though_something_short_lies_between():
    month, zone = pd.Period("2026-06", "M"), "Asia/Shanghai"
    people = [Person("1", fixed_shifts={date(2026, 6, 3): "N"})]
    catalogue = ShiftCatalogue((Shift("N", 1320, 480), Shift("V", 840, 240), Shift("M", 240, 300)))
    rules = RosterRules(rest_hours=8, on_site_day={}, on_site_night={}, standby_minimum=0, standby_target=0)
    index = month_intervals(month, zone)
    wanted = ((index.day == 4) & (index.hour >= 14) & (index.hour < 18)) | ((index.day == 5) & (index.hour == 5))
    seats = pd.DataFrame({"seats_required": wanted.astype(int)}, index=index)
    setting = {"month": month, "timezone": zone, "calendar": Calendar(), "carry_in": None}
    problem = month_problem(seats, Situation(people, catalogue, rules, **setting))
    plan = empty_plan(problem)
    everybody = np.arange(1)
    sweep(problem, plan, people_present(problem, plan), cost_tables(problem), everybody, scratch_of(problem),
          UNLESS_WORSE)  # fmt: skip
    roster = roster_frame(problem, plan)
    # The night ends at 6:00 on the 4th; V and then M keep eight hours of rest each, but M comes 22 h after the night.
    assert "M" not in set(roster["shift"])
    assert broken_rules(roster, Situation(people, catalogue, rules, **setting)).empty


def test_some_days_of_a_month_are_settled_as_well_as_a_month_whose_other_days_are_fixed():
    random = np.random.default_rng(11)
    changed = 0
    for _ in range(12):
        month, zone, days, calendar = random_month(random)
        rules, people = random_rules(random), random_people(random, days)
        index = month_intervals(month, zone)
        seats = pd.DataFrame({"seats_required": random.integers(0, 4, size=len(index))}, index=index)
        problem = month_problem(seats, Situation(people, random_catalogue(random), rules, month, zone, calendar))
        # Fair shares and a month's hours enter a person's shortest path as prices alone: ties would be told apart.
        problem = replace(
            problem,
            burden_weight=np.zeros(4),
            month_cap=np.full(len(people), np.inf),
            month_floor=np.zeros(len(people)),
        )
        plan, scratch = plan_at_random(problem, random), scratch_of(problem)
        first, end = sorted(random.choice(len(days) + 1, size=2, replace=False).tolist())
        count = len(problem.duties)
        kept = np.arange(count + 1) == np.where(plan.tour < 0, count, plan.tour)[:, :, None]
        outside = ~((np.arange(len(days)) >= first) & (np.arange(len(days)) < end))
        fixed = np.where(outside[None, :, None] & ~kept, np.float32(np.inf), problem.person_cost)
        tables, present = cost_tables(problem, smoothing=0.1), people_present(problem, plan)
        for p in range(len(people)):
            one, other = plan.copy(), plan.copy()
            sweep(problem, one, present.copy(), tables, np.array([p]), scratch, Way(first_day=first, end_day=end))
            pinned = replace(problem, person_cost=fixed)
            sweep(pinned, other, present.copy(), tables, np.array([p]), scratch)
            other.meal[p, outside] = plan.meal[p, outside]  # the meals of fixed days may move there, and here not
            without = people_present(problem, without_person(plan, p))
            at = np.minimum(without, tables.shape[2] - 1).astype(int)
            marginal = np.take_along_axis(tables, at[:, :, None], axis=2)[:, :, 0]
            alone = replace(problem, curves=())
            costs = [
                float(((people_present(problem, chosen) - without) * marginal).sum()) + plan_cost(alone, chosen)
                for chosen in (one, other)
            ]
            assert (one.tour[p][outside] == plan.tour[p][outside]).all()
            assert abs(costs[0] - costs[1]) < 1e-3 * max(1.0, abs(costs[1]))
            changed += bool((one.tour[p] != plan.tour[p]).any())
    assert changed > 10


def without_person(plan, p):
    rest = plan.copy()
    rest.tour[p] = -1
    return rest
