"""Small months against plain enumeration: every lawful month of every person, merged by what they cover."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.law.lawfulness import ROSTER_COLUMNS, broken_rules
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules, Weights
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.rostering import plan_roster

MONTH = pd.Period("2026-06", "M")  # the 1st is a Monday
ZONE = "Asia/Shanghai"
WEIGHTS = Weights(shortage=10, shortage_growth=0, reserve=0, surplus=1, month_start=0, wish=3.5, nights=0, weekends=0,
                  holidays=0)  # fmt: skip
RULES = RosterRules(
    on_site_day={}, on_site_night={}, reserve_share=0.0, weights=WEIGHTS, comfort={}, room_for_next_month=False
)
SHIFTS = (Shift("M", 480, 240), Shift("E", 1080, 240), Shift("N", 1320, 480), Shift("L", 540, 480, 120, (120, 240)))


def random_case(random):
    """Return shifts, free days, people and need of a month in which only a few days are free to be worked."""
    chosen = [SHIFTS[i] for i in sorted(random.choice(4, size=int(random.integers(1, 4)), replace=False))]
    free = int(random.integers(3, 8 if len(chosen) <= 2 else 5))
    people = int(random.integers(1, 7))
    if (len(chosen) + 1) ** free > 800:
        people = min(people, 3)
    first = MONTH.start_time.date()
    away = frozenset(first + timedelta(days=d) for d in range(free, MONTH.days_in_month))
    staff = []
    for n in range(people):
        wishes = {first + timedelta(days=int(random.integers(0, free))): "off"} if random.random() < 0.5 else {}
        hours = float(random.choice([40, 20, 12]))
        staff.append(
            Person(str(n), leave=away, wishes=wishes, contract_hours_per_week=hours, protected=random.random() < 0.2)
        )
    index = month_intervals(MONTH, ZONE)
    seats = np.zeros(len(index), dtype=int)
    for day in range(free):
        for hour in (8, 9, 10, 12, 14, 18, 20, 22, 23):
            seats[24 * day + hour] = random.integers(0, people + 1)
    return chosen, free, staff, pd.DataFrame({"seats_required": seats}, index=index)


def rows_of(person, tour, shifts):
    rows = []
    for d, choice in enumerate(tour):
        if choice is None:
            continue
        shift, offset = choice
        day = MONTH.start_time.tz_localize(ZONE) + pd.Timedelta(days=d)
        start = day + pd.Timedelta(minutes=shift.start_minute)
        meal = (pd.NaT, pd.NaT)
        if shift.meal_minutes:
            meal = (
                start + pd.Timedelta(minutes=offset),
                start + pd.Timedelta(minutes=offset + shift.meal_minutes),
            )
        end = start + pd.Timedelta(minutes=shift.length_minutes)
        rows.append((person.badge, "inbound", day.date(), shift.code, start, end, *meal, shift.worked_minutes))
    return pd.DataFrame(rows, columns=list(ROSTER_COLUMNS))


def lawful(tour, person):
    """Judge a month in plain words: rest, runs, nights, weeks, protected staff."""
    worked = [(d, choice[0]) for d, choice in enumerate(tour) if choice is not None]
    if sum(s.worked_minutes for d, s in worked if d < 7) > 60 * min(40, person.contract_hours_per_week):
        return False
    for (d, s), (e, t) in pairwise(worked):
        gap = (e * 1440 + t.start_minute) - (d * 1440 + s.end_minute)
        if gap < 660 or (s.code == "N" and t.start_minute < 720 and t.code != "N" and gap < 1440):
            return False
    days = {d for d, _ in worked}
    nights = {d for d, s in worked if s.code == "N"}
    if any(set(range(d, d + 7)) <= days for d in range(7)) or any(set(range(d, d + 4)) <= nights for d in range(7)):
        return False
    return not (person.protected and nights)


def best_by_enumeration(shifts, free, staff, need):
    """Return the least cost over every combination of lawful months, merging people by what they cover together."""
    hours = 24 * (free + 1)
    options = [None, *((s, m) for s in shifts for m in (s.meal_offsets_minutes or (0,)))]
    together = {bytes(hours): 0.0}
    for person in staff:
        months = {}
        for tour in product(options, repeat=free):
            if not lawful(tour, person):
                continue
            present = np.zeros(hours, dtype=np.uint8)
            for d, choice in enumerate(tour):
                if choice is not None:
                    shift, offset = choice
                    begin = 24 * d + shift.start_minute // 60
                    present[begin : begin + shift.length_minutes // 60] += 1
                    if shift.meal_minutes:
                        eat = begin + offset // 60
                        present[eat : eat + shift.meal_minutes // 60] -= 1
            unmet = sum(3.5 for day in person.wishes if tour[(day - date(2026, 6, 1)).days] is not None)
            key = present.tobytes()
            months[key] = min(months.get(key, np.inf), unmet)
        months = [(np.frombuffer(k, dtype=np.uint8), cost) for k, cost in months.items()]
        merged = {}
        for key, cost in together.items():
            base = np.frombuffer(key, dtype=np.uint8)
            for present, unmet in months:
                added = (base + present).tobytes()
                value = cost + unmet
                if value < merged.get(added, np.inf):
                    merged[added] = value
        together = merged
        if len(together) * len(staff) > 8_000:
            return None
    wanted = need["seats_required"].to_numpy()[:hours]
    best = np.inf
    for key, cost in together.items():
        present = np.frombuffer(key, dtype=np.uint8).astype(int)
        short, over = np.clip(wanted - present, 0, None), np.clip(present - wanted, 0, None)
        best = min(best, cost + 10 * short.sum() + over.sum())
    return best


def test_small_months_are_optimal():
    compare(25, seed=2026)


def compare(count, seed):
    """Compare `count` random small months with the enumeration; a benchmark compares more."""
    random = np.random.default_rng(seed)
    compared = 0
    while compared < count:
        shifts, free, staff, need = random_case(random)
        if ((len(shifts) + 1 + any(s.code == "L" for s in shifts)) ** free) ** min(2, len(staff)) > 20_000:
            continue
        best = best_by_enumeration(shifts, free, staff, need)
        if best is None:
            continue
        result = plan_roster(
            need,
            Situation(staff, ShiftCatalogue(tuple(shifts)), RULES, MONTH, ZONE, Calendar()),
            time_limit_seconds=20.0,
        )
        assert result.objective == pytest.approx(best, abs=1e-6)
        assert result.bound == pytest.approx(best, abs=1e-6)
        compared += 1


def test_the_enumeration_and_the_checker_agree_on_what_is_lawful():
    random = np.random.default_rng(7)
    options = [None, *((s, m) for s in SHIFTS for m in (s.meal_offsets_minutes or (0,)))]
    verdicts = set()
    for _ in range(150):
        person = Person("1", protected=random.random() < 0.3, contract_hours_per_week=float(random.choice([40, 20])))
        tour = [options[i] for i in random.choice(len(options), size=7, p=[0.4, 0.12, 0.12, 0.12, 0.12, 0.12])]
        found = broken_rules(
            rows_of(person, tour, SHIFTS),
            Situation([person], ShiftCatalogue(SHIFTS), replace(RULES, standby_minimum=0), MONTH, ZONE, Calendar()),
        )
        assert found.empty == lawful(tour, person), found["message"].tolist()
        verdicts.add(found.empty)
    assert verdicts == {True, False}
