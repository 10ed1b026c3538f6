"""Limits of a person's own: read, judged, and kept at the least cost."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby, pairwise, product

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.law.lawfulness import ROSTER_COLUMNS, broken_rules
from optimizer.law.limits import Limits
from optimizer.law.people import Person, people_from_frame
from optimizer.law.roster_rules import RosterRules, Weights
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search import small_months
from optimizer.search.rostering import plan_roster

MONTH = pd.Period("2026-06", "M")  # the 1st is a Monday
ZONE = "Asia/Shanghai"
D, N = Shift("D", 480, 480), Shift("N", 960, 480)
CATALOGUE = ShiftCatalogue((D, N))
RULES = RosterRules(
    on_site_day={}, on_site_night={}, reserve_share=0.0, room_for_next_month=False, standby_minimum=0,
    weights=Weights(shortage_growth=0, reserve=0, month_start=0, nights=0, weekends=0, holidays=0), comfort={},
)  # fmt: skip


def judged(days, limits, *, rules=RULES):
    """Return (rule, amount) of every breach of somebody who works D on these days of the month."""
    made = []
    for number in days:
        start = pd.Timestamp(f"2026-06-{number:02d} 08:00", tz=ZONE)
        made.append(("1", "inbound", start.date(), "D", start, start + pd.Timedelta(hours=8), pd.NaT, pd.NaT, 480))
    frame = pd.DataFrame(made, columns=list(ROSTER_COLUMNS))
    person = Person("1", limits=limits)
    found = broken_rules(frame, Situation([person], CATALOGUE, rules, MONTH, ZONE, Calendar()))
    return list(zip(found["rule"], found["amount"], strict=True))


@pytest.mark.parametrize(
    ("limits", "kept", "passed", "breach"),
    [
        ({"working_days_in_a_row": 4}, [9, 10, 11, 12], [9, 10, 11, 12, 13], ("working_days_in_a_row", 1)),
        ({"working_days_in_a_row_least": 3}, [9, 10, 11], [9, 10], ("working_days_in_a_row_least", 1)),
        ({"days_off_in_a_row_least": 2}, [8, 9, 12], [8, 9, 11], ("days_off_in_a_row_least", 1)),
        ({"weekends_a_month": 1}, [6, 7], [6, 14], ("weekends_a_month", 1)),
        ({"hours_a_month": 16}, [8, 9], [8, 9, 10], ("hours_a_month", 480)),
        ({"hours_a_month_least": 16}, [8, 9], [8], ("hours_a_month_least", 480)),
        ({"shifts_a_month": {"D": 2}}, [8, 9], [8, 9, 11], ("shifts_a_month", 1)),
        ({"shifts_a_month_least": {"D": 3}}, [8, 9, 11], [8, 9], ("shifts_a_month_least", 1)),
    ],
)
def test_each_limit_may_be_reached_and_not_passed(limits, kept, passed, breach):
    assert judged(kept, Limits(**limits)) == []
    assert judged(passed, Limits(**limits)) == [breach]
    assert judged(passed, Limits(), rules=replace(RULES, limits=Limits(**limits))) == [breach]


def test_a_run_cut_by_the_months_border_is_not_judged():
    least = Limits(working_days_in_a_row_least=3, days_off_in_a_row_least=3)
    assert judged([1, 2, 29, 30], least) == []
    assert judged([2, 3, 4], least) == []  # one free day before them, and the month before is not known


def test_own_limits_come_before_the_sites():
    assert judged([6, 14], Limits(weekends_a_month=2), rules=replace(RULES, limits=Limits(weekends_a_month=1))) == []


def test_limits_are_read_from_the_people_list_and_written_back():
    text = "weekends_a_month=2; hours_a_month_least=120; shifts_a_month.N=4"
    frame = pd.DataFrame({"badge": ["1", "2"], "role": ["inbound"] * 2, "limits": [text, None]})
    one, other = people_from_frame(frame)
    assert one.limits == Limits(weekends_a_month=2, hours_a_month_least=120.0, shifts_a_month={"N": 4})
    assert one.limits.text() == text
    assert not other.limits


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("weekends=2", "unknown limit 'weekends'"),
        ("weekends_a_month", "is not a limit and its number"),
        ("weekends_a_month=-1", "whole number of 0 or more, got -1"),
        ("shifts_a_month.N=1; shifts_a_month_least.N=2", "shifts_a_month_least N2 is above shifts_a_month 1"),
        ("hours_a_month=10; hours_a_month_least=20", "20 is above hours_a_month 10"),
    ],
)
def test_limits_that_cannot_be_read_are_refused(text, said):
    frame = pd.DataFrame({"badge": ["7"], "role": ["inbound"], "limits": [text]})
    with pytest.raises(ValueError, match=said) as refused:
        people_from_frame(frame)
    assert "people row 2 (badge 7): limits" in str(refused.value)


def test_rules_take_limits_as_a_table():
    rules = RosterRules.from_mapping({"limits": {"weekends_a_month": 2, "shifts_a_month": {"N": 4}}})
    assert rules.limits == Limits(weekends_a_month=2, shifts_a_month={"N": 4})


def test_limits_that_no_month_keeps_are_refused_in_words():
    away = frozenset(date(2026, 6, d) for d in range(3, 31))
    person = Person("9", leave=away, limits=Limits(hours_a_month_least=40))
    with pytest.raises(ValueError, match=r"badge 9: no lawful month keeps the limits hours_a_month_least=40"):
        plan(need(np.zeros(720, dtype=int)), [person])


def need(seats):
    return pd.DataFrame({"seats_required": seats}, index=month_intervals(MONTH, ZONE))


def plan(requirement, people, rules=RULES, catalogue=CATALOGUE):
    situation = Situation(people, catalogue, rules, MONTH, ZONE, Calendar())
    return plan_roster(requirement, situation, time_limit_seconds=5.0, clock=lambda: 0.0)  # as on an idle machine


def within(tour, limits):
    """Judge one month of days in plain words."""
    works = [s is not None for s in tour]
    at = 0
    for busy, same in groupby(works):
        length = len(list(same))
        least = limits.working_days_in_a_row_least if busy else limits.days_off_in_a_row_least
        if at > 0 and at + length < len(tour) and length < (least or 1):
            return False
        if busy and length > (limits.working_days_in_a_row or 6):
            return False
        at += length
    hours = 8 * sum(works)
    if limits.hours_a_month is not None and not (limits.hours_a_month_least or 0) <= hours <= limits.hours_a_month:
        return False
    if limits.weekends_a_month is not None and any(works[5:7]) + any(works[12:14]) > limits.weekends_a_month:
        return False
    if sum(s is N for s in tour) > limits.shifts_a_month.get("N", 99):
        return False
    weeks = [8 * sum(works[w : w + 7]) for w in (0, 7)]
    return max(weeks) <= 40 and not any(s is N and t is D for s, t in pairwise(tour))


def test_one_persons_month_is_the_cheapest_that_keeps_the_limits():
    random = np.random.default_rng(3)
    free = 9
    settled = frozenset(MONTH.start_time.date() + timedelta(days=d) for d in range(free, 30))
    for _ in range(12):
        seats = np.zeros(720, dtype=int)
        for d in range(free):
            seats[24 * d + 8 : 24 * d + 16] = random.integers(0, 2)
            seats[24 * d + 16 : 24 * d + 24] = random.integers(0, 2)
        most = float(random.choice([24, 32]))
        limits = Limits(
            working_days_in_a_row=int(random.integers(2, 5)), working_days_in_a_row_least=int(random.integers(1, 4)),
            days_off_in_a_row_least=int(random.integers(1, 4)), weekends_a_month=int(random.integers(0, 3)),
            hours_a_month=most, hours_a_month_least=16.0, shifts_a_month={"N": int(random.integers(0, 3))},
        )  # fmt: skip
        best = min(
            10 * np.clip(seats - present, 0, None).sum() + np.clip(present - seats, 0, None).sum()
            for tour in product((None, D, N), repeat=free)
            if within((*tour, *[None] * (30 - free)), limits)
            for present in [cover(tour)]
        )
        result = plan(need(seats), [Person("1", leave=settled, limits=limits)])
        assert result.objective == pytest.approx(best)
        assert result.bound == pytest.approx(best)


def test_two_people_with_limits_are_planned_together_at_the_least_cost_of_all():
    random = np.random.default_rng(8)
    free = 5
    settled = frozenset(MONTH.start_time.date() + timedelta(days=d) for d in range(free, 30))
    for _ in range(6):
        seats = np.zeros(720, dtype=int)
        for hour in (8, 16):
            for d in range(free):
                seats[24 * d + hour : 24 * d + hour + 8] = random.integers(0, 3)
        limits = [
            Limits(
                working_days_in_a_row_least=int(random.integers(1, 4)),
                days_off_in_a_row_least=int(random.integers(1, 3)), hours_a_month_least=float(random.choice([0, 16])),
                hours_a_month=40.0, shifts_a_month={"N": int(random.integers(0, 3))},
            )
            for _ in range(2)
        ]  # fmt: skip
        months = [
            [
                cover(tour) for tour in product((None, D, N), repeat=free)
                if within((*tour, *[None] * (30 - free)), limit)
            ]
            for limit in limits
        ]  # fmt: skip
        best = min(
            10 * np.clip(seats - one - other, 0, None).sum() + np.clip(one + other - seats, 0, None).sum()
            for one, other in product(*months)
        )
        result = plan(need(seats), [Person(str(n), leave=settled, limits=limit) for n, limit in enumerate(limits)])
        assert (result.objective, result.bound) == (pytest.approx(best), pytest.approx(best))


def cover(tour):
    present = np.zeros(720, dtype=int)
    for d, shift in enumerate(tour):
        if shift is not None:
            present[24 * d + shift.start_minute // 60 : 24 * d + shift.end_minute // 60] += 1
    return present


def test_whole_months_reach_the_proven_optimum_of_small_months(monkeypatch):
    """Where slots are few the roster is put together from whole months; person by day by shift it is proven optimal."""
    random = np.random.default_rng(11)
    shifts = ShiftCatalogue((Shift("D", 480, 480), Shift("E", 960, 480)))
    index = month_intervals(MONTH, ZONE, interval_minutes=480)
    away = frozenset(MONTH.start_time.date() + timedelta(days=d) for d in range(14, 30))
    small_enough = small_months.small_enough
    for _ in range(3):
        seats = pd.DataFrame({"seats_required": random.integers(0, 4, size=len(index))}, index=index)
        people = [Person(str(n), leave=away, contract_hours_per_week=float(random.choice([40, 24]))) for n in range(5)]
        monkeypatch.setattr(small_months, "small_enough", small_enough)
        proven = plan(seats, people, catalogue=shifts)
        assert proven.bound == pytest.approx(proven.objective)
        monkeypatch.setattr(small_months, "small_enough", lambda _: False)
        limited = [replace(p, limits=Limits(weekends_a_month=9)) for p in people]  # binds nobody
        found = plan(seats, limited, catalogue=shifts)
        assert found.bound <= proven.objective + 1e-6
        assert found.objective == pytest.approx(proven.objective)


@pytest.mark.parametrize(
    ("limits", "least", "most"),
    [
        (Limits(hours_a_month_least=150), 150, np.inf),
        (Limits(hours_a_month=160), 160 - 430 / 60, 160),
        (Limits(hours_a_month=120, hours_a_month_least=60), 120 - 430 / 60, 120),
    ],
)
def test_a_months_hours_are_counted_to_the_minute_where_shifts_are_of_many_lengths(limits, least, most):
    """Short everywhere, so that hours are always wanted: nobody keeps room for a day more of the longest shift."""
    shifts = [
        Shift(f"{code}{start}", 60 * start, length, meal, (180,) if meal else (), 10)
        for start in range(6, 16)
        for code, length, meal in (("D", 480, 60), ("S", 420, 60), ("P", 300, 0))
    ]
    seats = pd.DataFrame({"seats_required": 9}, index=month_intervals(MONTH, ZONE))
    setting = {"rules": RosterRules(on_site_day={}, on_site_night={}), "month": MONTH, "timezone": ZONE}
    situation = Situation([Person("1", limits=limits)], ShiftCatalogue(tuple(shifts)), calendar=Calendar(), **setting)
    made = plan_roster(seats, situation, time_limit_seconds=2)
    assert least - 1e-6 <= made.roster["worked_minutes"].sum() / 60 <= most + 1e-6
    assert broken_rules(made.roster, situation).empty
