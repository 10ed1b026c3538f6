"""Seeded months of one call centre, for measuring rosters at any size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from forecaster.history.calendar import Calendar, SpecialDay
from forecaster.history.intervals import month_intervals
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules, Weights
from optimizer.law.shifts import Shift, ShiftCatalogue

MONTH = pd.Period("2026-06", "M")
TIMEZONE = "Asia/Shanghai"
SKILLS = ("general", "billing", "network", "business", "foreign")
RESERVE_SHARE = 0.05
SKILL_SHARE = (0.42, 0.22, 0.16, 0.12, 0.08)


@dataclass(frozen=True, eq=False)
class Instance:
    """One month to be planned, and the arguments that `plan_roster` takes."""

    requirement: pd.DataFrame
    people: list[Person]
    catalogue: ShiftCatalogue
    rules: RosterRules
    calendar: Calendar

    @property
    def demand_hours(self) -> float:
        step = (self.requirement.index[1] - self.requirement.index[0]).total_seconds() / 3600
        return float(self.requirement["seats_required"].sum() * step)


def catalogue() -> ShiftCatalogue:
    """Return 35 shifts with meals: 8 h and 9 h days from 06:00 to 15:00 and later, part days, two nights."""
    shifts = [Shift(f"A{h:02d}", 60 * h, 480, 60, (180, 240, 300)) for h in range(6, 17)]
    shifts += [Shift(f"B{h:02d}", 60 * h, 540, 60, (180, 240, 300)) for h in range(6, 16)]
    shifts += [Shift(f"C{h:02d}", 60 * h, 360, 60, (120, 180)) for h in range(7, 19)]
    shifts += [Shift("N22", 1320, 540, 60, (180, 240, 300)), Shift("N23", 1380, 540, 60, (180, 240, 300))]
    return ShiftCatalogue(tuple(shifts))


def month_of_one_centre(people_count: int, seed: int, *, interval_minutes: int = 60) -> Instance:
    """Return a 30-day month, 24×7, with a holiday with standby, a bill-day peak, and 0.93–0.97 supply over demand."""
    rng = np.random.default_rng(seed)
    people = _people(people_count, rng)
    index = month_intervals(MONTH, TIMEZONE, interval_minutes=interval_minutes)
    holiday = [date(2026, 6, 19)]
    calendar = Calendar(
        country="CN",
        days={day: SpecialDay("Dragon Boat", "holiday", statutory=True, day_of_holiday=1) for day in holiday},
        billing_days=(1, 2, 3),
    )
    hour = np.asarray(index.hour) + np.asarray(index.minute) / 60
    profile = 0.09 + np.exp(-(((hour - 10.5) / 2.3) ** 2)) + 0.8 * np.exp(-(((hour - 15.5) / 2.6) ** 2))
    profile += 0.55 * np.exp(-(((hour - 20) / 2.0) ** 2))
    day = np.asarray(index.day)
    level = np.where(day <= 4, 1.25 - 0.05 * day, 1.0) * np.where(np.asarray(index.day_of_week) >= 5, 0.8, 1.0)
    level *= np.where(np.isin(day, [d.day for d in holiday]), 0.7, 1.0)
    level *= rng.lognormal(0, 0.05, size=40)[day]
    wanted = profile * level * rng.lognormal(0, 0.03, size=len(index))
    supply_hours = sum(p.contract_hours_per_week / 7 * (MONTH.days_in_month - len(p.leave)) for p in people)
    wanted_hours = supply_hours / rng.uniform(0.93, 0.97)
    seats = _scaled(wanted, wanted_hours, interval_minutes / 60)
    frame = pd.DataFrame({"seats_required": seats}, index=index)
    for skill, share in zip(SKILLS[1:], SKILL_SHARE[1:], strict=True):
        frame[f"seats_required.{skill}"] = np.floor(0.55 * share * seats).astype(int)
    rules = RosterRules(
        reserve_share=RESERVE_SHARE,
        room_for_next_month=False,
        on_site_day={},
        on_site_night={},
        month_start_days=0,
        weights=Weights(shortage_growth=0.0, month_start=0.0, holiday_work=0.0, wish=2.0),
        comfort={},
    )
    return Instance(frame, people, catalogue(), rules, calendar)


def _scaled(wanted: np.ndarray, hours: float, interval_hours: float) -> np.ndarray:
    """Return whole seats in proportion to `wanted` that make up `hours` together with their reserve of 5 %."""
    low, high = 0.0, 10 * hours / wanted.sum() / interval_hours
    for _ in range(60):
        middle = (low + high) / 2
        seats = np.maximum(1, np.round(wanted * middle)).astype(int)
        if (seats + np.ceil(RESERVE_SHARE * seats - 1e-9)).sum() * interval_hours > hours:
            high = middle
        else:
            low = middle
    return np.maximum(1, np.round(wanted * low)).astype(int)


def _people(count: int, rng: np.random.Generator) -> list[Person]:
    first = MONTH.start_time.date()
    days = MONTH.days_in_month
    result = []
    for number in range(count):
        start = int(rng.integers(0, days))
        leave = frozenset()
        if rng.random() < 0.25:
            leave = frozenset(
                first + timedelta(days=d) for d in range(start, min(days, start + int(rng.integers(1, 6))))
            )
        wishes = {}
        for d in rng.choice(days, size=2, replace=False):
            if first + timedelta(days=int(d)) not in leave:
                wishes[first + timedelta(days=int(d))] = "off" if rng.random() < 0.7 else "A08"
        protected = rng.random() < 0.03
        result.append(
            Person(
                badge=f"{10001 + number}",
                skills=frozenset({SKILLS[rng.choice(len(SKILLS), p=SKILL_SHARE)]}),
                contract_hours_per_week=float(rng.choice([40, 40, 40, 40, 30, 20])),
                protected=bool(protected),
                night_eligible=bool(rng.random() < 0.8),
                leave=leave,
                wishes=wishes,
            )
        )
    return result
