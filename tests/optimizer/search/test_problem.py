"""A month's arrays against a plain reading of the month: one person, day and duty after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from math import ceil, inf

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar, SpecialDay
from forecaster.history.intervals import month_intervals
from forecaster.history.periods import period_from
from optimizer.law.breaks import Break
from optimizer.law.limits import Limits
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules, Weights
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search import limit_graph
from optimizer.search.problem import month_problem
from optimizer.search.sweeps import empty_plan, people_present, scratch_of, sweep

ZONE = "Europe/Paris"  # in March 2026 the clocks go forward on the 29th, in October back on the 25th
CATALOGUE = ShiftCatalogue(
    (
        Shift("D", 480, 480, 60, (180, 240)),
        Shift("E", 1020, 480, 60, (180,)),  # three hours of night: a night
        Shift("L", 1000, 480),  # two hours and forty minutes of it: none
        Shift("N", 1320, 480),
        Shift("Q", 540, 240, roles=frozenset({"qa"})),
        Shift("Z", 0, 480),
    )
)
SHIFTS = len(CATALOGUE)
WEIGHTS = Weights(nights=3, weekends=5, holidays=7, holiday_work=0.5, wish=4)
RULES = RosterRules(weights=WEIGHTS, comfort={"weekends_off": 1.5}, weekly_hours=36)
PEOPLE = (
    Person("1", wishes={date(2026, 3, 10): "off", date(2026, 2, 10): "D"}, burdens_before=(6, 2, 0)),
    Person("2", protected=True, wishes={date(2026, 3, 11): "D"}),
    Person("3", night_eligible=False, contract_hours_per_week=20),
    Person("4", "qa", leave=frozenset({date(2026, 3, 12), date(2026, 4, 1)})),
    Person("5", fixed_shifts={date(2026, 3, 5): "N", date(2026, 3, 6): "off"}),
    Person("6", "qa", burdens_before=(0, 2, 3)),
)


def situation(month: str, *holidays: date, rules: RosterRules = RULES) -> Situation:
    calendar = Calendar(days={day: SpecialDay("feast", "holiday") for day in holidays})
    return Situation(PEOPLE, CATALOGUE, rules, pd.Period(month, "M"), ZONE, calendar)


def required(month: str, seats: int = 2) -> pd.DataFrame:
    index = month_intervals(pd.Period(month), ZONE)
    return pd.DataFrame({"seats_required": np.where(index.hour < 20, seats, 1)}, index=index)


def days_of(month: str) -> list[date]:
    period = pd.Period(month)
    return [period.start_time.date() + timedelta(days=day) for day in range(period.days_in_month)]


def minutes_of_night(duty: Shift) -> int:
    own = range(duty.start_minute, duty.start_minute + duty.length_minutes)
    return sum(minute % 1440 >= 1320 or minute % 1440 < 360 for minute in own)


def price(person: Person, day: date, duty: Shift | None, holidays: set[date]) -> float:
    """What the choice costs this person by itself; None is a day off."""
    code = "off" if duty is None else duty.code
    if code != person.fixed_shifts.get(day, code) or (duty is not None and day in person.leave):
        return inf
    cost = 4.0 if code != person.wishes.get(day, code) else 0.0
    if duty is None:
        return cost
    night = minutes_of_night(duty)
    if (person.protected and night > 0) or (not person.night_eligible and night >= 180):
        return inf
    if code not in CATALOGUE:  # standby: on holidays, or into one
        into = duty.start_minute + duty.length_minutes > 1440 and day + timedelta(days=1) in holidays
        return cost if (day in holidays or into) and person.role == "inbound" and not person.protected else inf
    if duty.roles and person.role not in duty.roles:
        return inf
    return cost + 0.5 * (day in holidays)


def test_what_each_choice_costs_a_person() -> None:
    holidays = {date(2026, 3, 6), date(2026, 3, 31)}
    month = month_problem(required("2026-03"), situation("2026-03", *holidays))
    assert [(one.start_minute, one.length_minutes) for one in month.duties[SHIFTS:]] == [
        (360, 480),
        (840, 480),
        (1320, 480),
    ]
    for p, person in enumerate(PEOPLE):
        for d, day in enumerate(days_of("2026-03")):
            expected = [price(person, day, duty, holidays) for duty in (*month.duties, None)]
            assert month.person_cost[p, d].tolist() == expected, (person.badge, day)


@pytest.mark.parametrize("month", ["2026-03", "2026-10", "2026-06"])
def test_where_duties_and_meals_lie_in_the_minutes_that_pass(month: str) -> None:
    built = month_problem(required(month), situation(month))
    midnight = pd.Timestamp(days_of(month)[0], tz=ZONE)
    end = pd.Timestamp(days_of(month)[-1] + timedelta(days=1), tz=ZONE)
    slots = int((end - midnight) / pd.Timedelta(minutes=20))
    assert (built.slot_minutes, built.slot_count) == (20, slots)
    for d, day in enumerate(days_of(month)):
        for i, duty in enumerate(CATALOGUE):
            start = (pd.Timestamp(day) + pd.Timedelta(minutes=duty.start_minute)).tz_localize(ZONE)
            first = int((start - midnight) / pd.Timedelta(minutes=20))
            assert built.start_slot[d, i] == min(first, slots)
            assert built.end_slot[d, i] == min(first + duty.length_minutes // 20, slots)
    assert built.meal_slots.tolist() == [3, 3, 0, 0, 0, 0]
    offsets = [built.meal_offset[a:b].tolist() for a, b in pairwise(built.meal_first)]
    assert offsets == [[9, 12], [9], [], [], [], []]


@pytest.mark.parametrize("month", ["2026-02", "2026-03", "2026-06", "2026-08"])
def test_weeks_begin_on_mondays_and_a_weekend_lies_in_the_month_with_both_days(month: str) -> None:
    days = days_of(month)
    built = month_problem(required(month), situation(month))
    assert built.days_into_week.tolist() == [day.weekday() for day in days]
    assert built.week_of_day.tolist() == [sum(one.weekday() == 0 for one in days[1 : d + 1]) for d in range(len(days))]
    kinds = {}
    for saturday, sunday in pairwise(days):
        if saturday.weekday() == 5:
            kinds |= {saturday: 1, sunday: 2}
    assert built.weekend.tolist() == [kinds.get(day, 0) for day in days]
    weekends = len(kinds) // 2
    assert (built.allowance[:, 3] == weekends - 2).all()  # two of them are wanted free


def test_what_a_burden_is_and_what_is_a_fair_share_of_it() -> None:
    holidays, days = {date(2026, 3, 6), date(2026, 3, 7)}, days_of("2026-03")
    need = required("2026-03", seats=4)
    built = month_problem(need, situation("2026-03", *holidays))
    nights = [minutes_of_night(duty) >= 180 for duty in CATALOGUE]
    assert built.burden[0, :, :SHIFTS].tolist() == [[int(one) for one in nights]] * 31
    assert built.burden[1, :, :SHIFTS].tolist() == [[int(day.weekday() >= 5) for _ in CATALOGUE] for day in days]
    assert built.burden[2, :, :SHIFTS].tolist() == [[int(day in holidays) for _ in CATALOGUE] for day in days]
    assert built.burden.shape == (3, 31, len(built.duties))
    assert not built.burden[:, :, SHIFTS:].any()  # standby is none
    assert built.burden_weight.tolist() == [3, 5, 7, 1.5]

    seats, at = need["seats_required"], need.index
    hours = np.mean([(duty.length_minutes - duty.meal_minutes) / 60 for duty in built.duties])
    inbound = [one for one in PEOPLE if one.role == "inbound"]
    hours_of_all = sum(one.contract_hours_per_week for one in inbound)
    hours_at_night = sum(one.contract_hours_per_week for one in inbound if one.night_eligible and not one.protected)
    each = (
        (seats[(at.hour >= 22) | (at.hour < 6)].sum(), hours_at_night),
        (seats[at.day_of_week >= 5].sum(), hours_of_all),
        (seats[[day in holidays for day in at.date]].sum(), hours_of_all),
    )
    mean_before = {"inbound": np.array([6, 2, 0]) / 4, "qa": np.array([0, 2, 3]) / 2}
    for p, person in enumerate(PEOPLE):
        if person.role == "inbound":
            fair = [ceil(work / hours * person.contract_hours_per_week / of) for work, of in each]
        else:
            fair = [8, ceil(9 * 5 / 7), ceil(2 * 5 / 7)]
        own = np.array(person.burdens_before or (0, 0, 0))
        expected = np.maximum(0, fair - own + mean_before[person.role])
        assert built.allowance[p, :3] == pytest.approx(expected), person.badge


def test_whoever_comes_in_mid_month_has_half_a_share_and_covers_weekends_for_half_of_it() -> None:
    people = (Person("1"), Person("2", joined=date(2026, 6, 16)))
    need = required("2026-06", seats=3)
    built = month_problem(need, replace(situation("2026-06"), people=people))
    hours = np.mean([(duty.length_minutes - duty.meal_minutes) / 60 for duty in built.duties])
    weekend = need["seats_required"][need.index.day_of_week >= 5].sum() / hours
    assert built.allowance[:, 1].tolist() == [ceil(weekend * 2 / 3), ceil(weekend / 3)]


@pytest.mark.parametrize(("holidays", "fair"), [(0, 0), (3, 3), (7, 5), (8, 6)])
def test_whoever_covers_no_calls_has_five_sevenths_of_the_holidays(holidays: int, fair: int) -> None:
    days = days_of("2026-06")[:holidays]
    built = month_problem(required("2026-06"), replace(situation("2026-06", *days), people=(Person("1", "qa"),)))
    assert built.allowance[0, 2] == fair


@pytest.mark.parametrize(("first", "weekends"), [(date(2026, 6, 7), 0), (date(2026, 6, 6), 1), (date(2026, 6, 1), 1)])
def test_every_other_weekend_is_wanted_free(first: date, weekends: int) -> None:
    """A fortnight from a Sunday has one whole weekend, from a Saturday or a Monday two; one of them is wanted."""
    fortnight = period_from(first, 14)
    need = pd.DataFrame({"seats_required": 1}, index=month_intervals(fortnight, ZONE))
    built = month_problem(need, replace(situation("2026-06"), month=fortnight))
    assert built.allowance.shape == (len(PEOPLE), 4)
    assert (built.allowance[:, 3] == weekends).all()


def test_standby_and_days_off_the_phone_have_no_meal_and_the_latter_no_seat() -> None:
    trained = ShiftCatalogue((*CATALOGUE, Shift("training", 540, 480, 60, (180,))))
    given = replace(situation("2026-06", date(2026, 6, 19)), catalogue=trained)
    built = month_problem(required("2026-06"), given)
    off_phone = [duty.code for duty in built.duties].index("training")
    assert (built.end_slot[:, off_phone] == built.start_slot[:, off_phone]).all()
    assert built.first_standby == SHIFTS + 1 < len(built.duties)
    assert built.meal_slots[off_phone:].tolist() == [0] * 4
    assert np.diff(built.meal_first)[off_phone:].tolist() == [0] * 4


def test_a_month_whose_breaks_begin_in_finer_slots_is_told_on_both() -> None:
    paused = replace(CATALOGUE["D"], breaks=(Break(15, (60, 75)),))
    given = replace(situation("2026-06"), catalogue=ShiftCatalogue((paused, CATALOGUE["E"])))
    built = month_problem(required("2026-06"), given)
    assert built.coarse is not None
    assert (built.slot_minutes, built.coarse.slot_minutes) == (15, 60)
    for name in ("start_slot", "end_slot"):
        assert (getattr(built, name) == 4 * getattr(built.coarse, name)).all()
    plain = replace(situation("2026-06"), catalogue=ShiftCatalogue((CATALOGUE["D"], CATALOGUE["E"])))
    assert month_problem(required("2026-06"), plain).coarse is None


def test_a_day_costs_members_the_hours_in_which_nobody_can_lead_them() -> None:
    away = frozenset(days_of("2026-06")[9:])
    people = (Person("1", team="A", leads=frozenset({"A"}), leave=away), Person("2", team="A"), Person("3"))
    given = replace(situation("2026-06", rules=replace(RULES, weights=Weights(unled=0.25))), people=people)
    built = month_problem(required("2026-06"), given)
    spells = [[range(built.start_slot[d, s], built.end_slot[d, s]) for s in range(SHIFTS)] for d in range(30)]
    inbound = [s for s, duty in enumerate(CATALOGUE) if not duty.roles]
    led = {slot for d in range(9) for s in inbound for slot in spells[d][s]}
    alone = [[0.25 / 3 * len(set(spells[d][s]) - led) for s in inbound] for d in range(30)]
    assert built.slot_minutes == 20
    assert built.person_cost[1][:, inbound] == pytest.approx(np.array(alone), abs=1e-6)
    assert not built.person_cost[2][:, inbound].any()
    assert not built.person_cost[0][:9, inbound].any()


def test_a_months_hours_are_capped_where_they_are_averaged() -> None:
    assert np.isinf(month_problem(required("2026-03"), situation("2026-03")).month_cap).all()
    averaged = RosterRules(weekly_mode="average", weekly_hours=36)
    built = month_problem(required("2026-03"), situation("2026-03", rules=averaged))
    expected = [60 * min(36, one.contract_hours_per_week) * 31 / 7 for one in PEOPLE]
    assert built.month_cap == pytest.approx(expected)


@pytest.mark.parametrize(
    ("person", "code", "rule"),
    [
        (Person("9"), "Q", "role_of_shift"),
        (Person("9", "qa", protected=True), "L", "protected_staff"),
        (Person("9", night_eligible=False), "N", "night_eligible"),
        (Person("9", protected=True, night_eligible=False), "Q", "role_of_shift"),
    ],
)
def test_a_fixed_shift_that_a_person_may_not_work_is_refused_by_its_rule(person: Person, code: str, rule: str) -> None:
    fixed = replace(person, fixed_shifts={date(2026, 3, 5): code})
    with pytest.raises(ValueError, match=rule) as refused:
        month_problem(required("2026-03"), replace(situation("2026-03"), people=(fixed,)))
    for named in ("9", "2026-03-05", code):
        assert named in str(refused.value)


def test_the_loops_read_for_each_group_the_curves_that_its_people_count_for() -> None:
    people = (Person("1", skills=frozenset({"french"})), Person("2", skills=frozenset({"golf"})), Person("3", "qa"))
    need = required("2026-03").assign(**{"seats_required.french": 1})
    built = month_problem(need, replace(situation("2026-03"), people=people))
    assert [curve.name for curve in built.curves] == ["phone", "skill french", "qa"]
    counts_for = {"1": ["phone", "skill french"], "2": ["phone"], "3": ["qa"]}
    first, of_group = built.arrays.curves.first, built.arrays.curves.of_group
    for person, group in zip(people, built.group_of, strict=True):
        read = of_group[first[group] : first[group + 1]]
        assert [built.curves[c].name for c in read] == counts_for[person.badge]


def test_hours_that_no_graph_can_count_are_kept_to_the_minute_by_prices(monkeypatch):
    monkeypatch.setattr(limit_graph, "_MOST_STATES", 500)
    shifts = ShiftCatalogue((Shift("D", 540, 430), Shift("L", 600, 460), Shift("S", 660, 370), Shift("P", 720, 310)))
    limits = Limits(hours_a_month=150, hours_a_month_least=147, weekends_a_month=2, days_off_in_a_row_least=2)
    people = [Person(str(n), limits=limits) for n in range(6)]
    month = pd.Period("2026-06", "M")
    need = pd.DataFrame({"seats_required": 0}, index=month_intervals(month, "UTC"))
    rules = RosterRules(on_site_day={}, on_site_night={}, standby_minimum=0, standby_target=0)
    problem = month_problem(need, Situation(people, shifts, rules, month, "UTC", Calendar()))
    assert (problem.month_cap == 9000).all()
    assert (problem.month_floor == 8820).all()
    random = np.random.default_rng(5)
    wished = random.uniform(-60, 60, problem.person_cost.shape).astype(np.float32)
    plan, everybody = empty_plan(problem), np.arange(len(people))
    drawn, nothing = replace(problem, person_cost=problem.person_cost + wished), np.zeros((1, problem.slot_count, 2))
    sweep(drawn, plan, people_present(problem, plan), nothing.astype(np.float32), everybody, scratch_of(problem))
    worked = np.append(problem.worked_minutes, 0)[plan.tour].sum(axis=1)
    assert ((worked >= 8820) & (worked <= 9000)).all()
    assert problem.walks.lawful(everybody, plan.tour).all()
