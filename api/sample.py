"""The shipped sample: a made-up 24-hour hotline, its people and one surge, from a seeded generator.

`python -m api.sample` writes it anew into data/sample.

The truth behind every effect is a constant here, so that a forecast can be held against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from api.calendars.files import load_calendar
from api.intake import write_frame
from api.site import DATA, Site
from forecaster.history.calendar import Calendar, Campaign, Fault
from forecaster.history.intervals import intervals_between
from forecaster.history.periods import days_of_period, first_day
from forecaster.requirement.seats import requirement

TIMEZONE = "Asia/Shanghai"
FIRST_DAY, LAST_DAY = date(2024, 11, 1), date(2026, 11, 24)
MONTHS = (pd.Period("2026-11"), pd.Period("2026-12"))
CALLS_PER_WORKDAY = 4700.0
AHT_SECONDS, PATIENCE_SECONDS = 178.0, 150.0
BILLING_DAYS = (1,)
BILLING_EFFECT = (1.30, 1.22, 1.14, 1.07)  # the bill goes out on the first; the calls ebb over four days
WEEKDAY_EFFECT = (1.06, 1.02, 1.00, 0.98, 0.99, 0.84, 0.80)
HOLIDAY_EFFECT = {
    "Spring Festival": 0.52,
    "National Day": 0.72,
    "Labour Day": 0.76,
    "New Year's Day": 0.80,
    "Tomb-Sweeping Day": 0.84,
    "Dragon Boat Festival": 0.84,
    "Mid-Autumn Festival": 0.82,
    "Telecom Day": 1.10,
}
MAKE_UP_EFFECT = 0.97
CAMPAIGNS = (
    Campaign("Back-to-campus tariff", date(2026, 9, 1), days=14, size=0.22, half_life_days=4.0),
    Campaign("Double Eleven text message", date(2025, 11, 11), days=5, size=0.35, half_life_days=1.5, kind="sms"),
    Campaign("Double Eleven text message", date(2026, 11, 11), days=5, size=0.35, half_life_days=1.5, kind="sms"),
)
FAULTS = (Fault("Top-up system down", datetime(2026, 6, 18, 14), datetime(2026, 6, 18, 19)),)  # noqa: DTZ001 (local)
FAULT_EFFECT = 2.4
FEWEST_AGENTS = 30  # holidays want five on standby round the clock beside those at work
# Calls by hour of day as a share of the day: quiet before dawn, a morning and an afternoon peak, a long evening.
HOUR_WEIGHTS_WORKDAY = (16, 10, 7, 5, 5, 7, 14, 30, 58, 82, 90, 80, 60, 62, 74, 80, 76, 68, 60, 62, 64, 56, 42, 26)
HOUR_WEIGHTS_REST_DAY = (20, 13, 9, 6, 6, 8, 13, 24, 44, 66, 76, 74, 62, 60, 64, 66, 66, 64, 62, 66, 68, 62, 48, 32)
HEADCOUNT = {
    "inbound": 76,
    "expert": 10,
    "outbound": 10,
    "qa": 10,
    "back_office": 10,
    "supervisor": 8,
    "business_supervisor": 2,
    "vip": 3,
}


@dataclass(frozen=True, eq=False)
class Sample:
    """The generator's output: frames as they are written to `data/sample`."""

    history: pd.DataFrame
    people: dict[pd.Period, pd.DataFrame]
    readings: pd.DataFrame


def site_calendar(national: Calendar) -> Calendar:
    """Return `national` with the sample site's billing days, campaigns and faults."""
    return Calendar(
        country=national.country,
        days=national.days,
        provisional_years=national.provisional_years,
        billing_days=BILLING_DAYS,
        campaigns=CAMPAIGNS,
        faults=FAULTS,
    )


def day_factor(day: date, calendar: Calendar) -> float:
    """Return the true mean of `day`'s calls as a multiple of an ordinary workday, without its chance part."""
    special = calendar.days.get(day)
    factor = WEEKDAY_EFFECT[day.weekday()]
    if special is not None and special.kind == "make_up_workday":
        factor = MAKE_UP_EFFECT
    elif special is not None and special.kind == "holiday":
        rise = 0.03 * (special.day_of_holiday - 1)
        factor = _of_holiday(special.name) + rise
    elif special is not None:
        factor *= _of_holiday(special.name)
    since_bill = min((day - day.replace(day=b)).days % 31 for b in calendar.billing_days)
    if since_bill < len(BILLING_EFFECT):
        factor *= BILLING_EFFECT[since_bill]
    for campaign in calendar.campaigns:
        age = (day - campaign.start).days
        if campaign.size is not None and 0 <= age < campaign.days:
            factor *= 1 + campaign.size * 0.5 ** (age / campaign.half_life_days)
    years = (day - FIRST_DAY).days / 365.25
    season = 1 + 0.05 * np.cos(2 * np.pi * (day.timetuple().tm_yday - 200) / 365.25)
    return float(factor * season * 1.04**years)


def _of_holiday(name: str) -> float:
    return HOLIDAY_EFFECT.get(name, 0.82)


def generate(calendar: Calendar, *, seed: int = 20261124) -> Sample:
    """Return the sample for the site calendar `calendar` (as from `site_calendar`).

    Day totals move by a mean-reverting day-level error of 5 %, hours by a further 6 %, and calls arrive as Poisson.
    """
    rng = np.random.default_rng(seed)
    history = _history(calendar, rng)
    people = {month: make_people(HEADCOUNT, rng, month=month) for month in MONTHS}
    return Sample(history, people, _surge(rng))


def write_sample(folder: Path, calendar: Calendar) -> list[Path]:
    """Write the sample for `calendar` (national) into `folder` and return the files."""
    sample = generate(site_calendar(calendar))
    files = [write_frame(sample.history, folder / "history.csv")]
    for month, people in sample.people.items():
        files.append(write_frame(people, folder / f"people_{month}.csv"))
    return [*files, write_frame(sample.readings, folder / "readings.csv")]


def _history(calendar: Calendar, rng: np.random.Generator) -> pd.DataFrame:
    start = pd.Timestamp(FIRST_DAY).tz_localize(TIMEZONE)
    index = intervals_between(start, pd.Timestamp(LAST_DAY + timedelta(days=1)).tz_localize(TIMEZONE))
    days = [FIRST_DAY + timedelta(days=k) for k in range(len(index) // 24)]
    drift = np.zeros(len(days))
    for k in range(1, len(days)):
        drift[k] = 0.55 * drift[k - 1] + rng.normal(0, 0.042)
    profile = {
        True: np.array(HOUR_WEIGHTS_WORKDAY) / sum(HOUR_WEIGHTS_WORKDAY),
        False: np.array(HOUR_WEIGHTS_REST_DAY) / sum(HOUR_WEIGHTS_REST_DAY),
    }
    mean = np.concatenate(
        [
            CALLS_PER_WORKDAY * day_factor(day, calendar) * np.exp(level) * profile[calendar.day_type(day) == "workday"]
            for day, level in zip(days, drift, strict=True)
        ]
    )
    local = index.tz_localize(None)
    planned = mean.copy()
    for fault in calendar.faults:
        mean[(local >= pd.Timestamp(fault.start_at)) & (local < pd.Timestamp(fault.end_at))] *= FAULT_EFFECT
    mean = mean * rng.gamma(1 / 0.06**2, 0.06**2, len(mean))
    offered = rng.poisson(mean).astype(float)
    aht = AHT_SECONDS * (1 + 0.04 * np.sin(2 * np.pi * (local.hour - 15) / 24)) * rng.normal(1, 0.025, len(offered))
    load = planned * aht / 3600
    seats = np.maximum(2, np.ceil(load + 1.3 * np.sqrt(load) + rng.integers(-1, 2, len(load))))
    utilisation = offered * aht / 3600 / seats
    # Abandonment grows steeply as the seats fill; the mean wait follows from it (Little's law with exponential
    # patience: share abandoned = mean wait / patience).
    lost = np.where(utilisation < 1, 0.012 * np.exp(5 * (utilisation - 0.75)), 1 - 0.958 / utilisation)
    abandoned = rng.binomial(offered.astype(int), np.clip(lost, 0, 0.9)).astype(float)
    wait = PATIENCE_SECONDS * abandoned / np.maximum(offered, 1)
    frame = pd.DataFrame(
        {
            "calls_offered": offered,
            "calls_answered": offered - abandoned,
            "calls_abandoned": abandoned,
            "aht_seconds": np.where(offered - abandoned > 0, aht.round(1), np.nan),
            "mean_wait_seconds": wait.round(1),
            "seats_signed_in": seats,
        },
        index=index,
    )
    for gap in ("2025-03-09 02:00", "2026-02-03 03:00"):  # two nights on which the switch's report was lost
        lost_rows = (local >= pd.Timestamp(gap)) & (local < pd.Timestamp(gap) + pd.Timedelta(hours=4))
        frame.loc[lost_rows] = np.nan
    return frame


def make_people(headcounts: dict[str, int], rng: np.random.Generator, *, month: pd.Period) -> pd.DataFrame:
    """Return a made-up staff list as in `people.csv`: badges only, with some leave, wishes and protected people."""
    rows = []
    first, days = first_day(month), len(days_of_period(month))
    for number, role in enumerate(r for r, count in headcounts.items() for _ in range(count)):
        leave, wish = "", ""
        if rng.random() < 0.10:
            start = first + timedelta(days=int(rng.integers(0, days - 5)))
            leave = f"{start}..{start + timedelta(days=int(rng.integers(0, 5)))}"
        if rng.random() < 0.20:
            wish = f"{first + timedelta(days=int(rng.integers(0, days)))}=off"
        rows.append(
            {
                "badge": f"{1001 + number}",
                "role": role,
                "skills": "inbound" if role in {"inbound", "vip"} else f"{role};inbound",
                "contract_hours_per_week": 40 if rng.random() > 0.06 else 24,
                "protected": int(role == "inbound" and rng.random() < 0.04),
                "leave": leave,
                "fixed_shifts": "",
                "wishes": wish,
                "split_consent": int(role == "inbound" and number % 3 == 0),
            }
        )
    return pd.DataFrame(rows)


def staff_for(forecast: pd.DataFrame, site: Site, month: pd.Period, *, seed: int = 0) -> pd.DataFrame:
    """Return a made-up staff list whose phone hours just carry a forecast at the site's target.

    A person gives about 90 % of the contract's hours, and a shift a day at the most: the rest goes to leave and to
    hours that do not fit.
    """
    need = requirement(forecast, site.target, interval_minutes=site.interval_minutes)
    hours = need["people_to_roster"].sum() * site.interval_minutes / 60
    open_days = int((need["people_to_roster"].resample("D").sum() > 0).sum())
    per_person = min(40 * len(days_of_period(month)) / 7, 7 * open_days) * 0.90
    inbound = max(FEWEST_AGENTS, int(np.ceil(hours / per_person)), int(need["people_to_roster"].max()))
    headcounts = HEADCOUNT | {"inbound": inbound}
    return make_people(headcounts, np.random.default_rng(seed), month=month)


def _surge(rng: np.random.Generator) -> pd.DataFrame:
    """One morning of readings, a minute apart: a quiet hour, a surge that climbs the ladder, its ebb."""
    start = pd.Timestamp("2026-12-01T09:00", tz=TIMEZONE)
    shape = np.interp(np.arange(120), [0, 20, 25, 45, 55, 66, 75, 120], [1, 2, 7, 9, 14, 12, 3, 0])
    waiting = np.clip(np.round(shape + rng.normal(0, 0.4, 120)), 0, None).astype(int)
    return pd.DataFrame({"at": [start + pd.Timedelta(minutes=k) for k in range(120)], "waiting": waiting})


if __name__ == "__main__":
    write_sample(DATA / "sample", load_calendar(None, "CN", range(FIRST_DAY.year, LAST_DAY.year + 2)))
