"""Eleven lines whose next month a planner knows at a glance, and what the forecast has to say of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from forecaster.forecast.interval_forecast import forecast_month
from forecaster.history.calendar import country_calendar
from forecaster.history.intervals import wall_clock
from forecaster.history.observed import History
from forecaster.messages import Message
from tests.forecaster.forecast.made_lines import Level, line

WEEK = (1.2, 1.1, 1.0, 1.0, 1.0, 0.6, 0.4)
OLD_WEEK, NEW_WEEK = (1.0, 1.0, 1.0, 1.0, 0.1, 0.05, 1.2), (1.2, 1.1, 1.0, 1.0, 0.9, 0.1, 0.05)
FRENCH_BRIDGES = {date(2022, 5, 27), date(2022, 7, 15), date(2022, 10, 31), date(2023, 5, 19), date(2023, 8, 14)}
MOVED, GROWN, SILENT = date(2026, 9, 28), date(2026, 9, 1), date(2024, 2, 25)
Told = dict[str, Message]


def on(day: date, *dates: str) -> bool:
    """Return whether a day's month and day are one of `dates` (`12-25`)."""
    return day.isoformat()[5:] in dates


def dutch(day: date) -> float:
    return 0.0 if day.weekday() == 6 or day.isoformat() in ("2025-04-21", "2025-05-29", "2025-06-09") else 160.0


def quiet_at_new_year(day: date) -> float:
    usual = 20.0 if day.weekday() > 4 else 200.0
    return min(usual, 15.0 if on(day, "12-25", "12-26", "01-01") else 20.0 if on(day, "12-24", "12-31") else usual)


def is_near(told: Message, since: date, days: int) -> bool:
    return abs(told.fields["since"] - np.datetime64(since)) <= np.timedelta64(days, "D")


@dataclass(frozen=True)
class Case:
    """A history, the month ahead, and what is known of it.

    truth
        A day's calls on average; where it has none of its own, the level goes on.
    off
        By how much of it a day's forecast may be off.
    unknown
        Days of which the planner does not know the number.
    says
        What the notes must hold.
    """

    first: str
    month: str
    country: str | None
    level: Level
    truth: Level | None = None
    off: float = 0.15
    unknown: Callable[[date], bool] = lambda _: False
    missing: Callable[[date], bool] = lambda _: False
    says: Callable[[Told], bool] = field(default=lambda told: not set(told) - {"note.season", "note.no_year"})


CASES = {
    "f01 the weekend moved eight weeks ago": Case(
        "2025-11-25",
        "2026-12",
        "EG",
        lambda d: 800.0 * (NEW_WEEK if d >= MOVED else OLD_WEEK)[d.weekday()],
        off=0.25,
        says=lambda told: is_near(told["note.week"], MOVED, 7),
    ),
    "f02 no row on any 25 December": Case(
        "2024-01-01",
        "2026-12",
        "GB",
        lambda d: 700.0 * WEEK[d.weekday()],
        truth=lambda d: 0.0 if on(d, "12-25") else 700.0 * WEEK[d.weekday()],
        off=0.2,
        missing=lambda d: on(d, "12-25"),
        says=lambda told: told["note.shut_days"].fields["days"] == ["2026-12-25"],
    ),
    "f03 quiet weeks at the end of every December": Case(
        "2024-01-01",
        "2026-12",
        "GB",
        lambda d: 700.0 * WEEK[d.weekday()] * (0.7 if d.month == 12 and d.day >= 20 else 1.0),
        off=0.25,
        says=lambda told: (
            abs(told["note.recurring"].fields["times"] - 0.7) < 0.05 and told["note.recurring"].fields["years"] == 2
        ),
    ),
    "f04 three times the calls every summer": Case(
        "2022-01-01",
        "2024-07",
        None,
        lambda d: (300.0 if 181 <= d.timetuple().tm_yday <= 252 else 100.0) * (0.6 if d.weekday() > 4 else 1.0),
        off=0.2,
        says=lambda told: "note.season" in told and "note.step" not in told,
    ),
    "f05 one stray call on a Sunday": Case(
        "2023-02-24",
        "2024-04",
        None,
        lambda d: 0.1 if d == date(2024, 3, 17) else 200.0 * (d.weekday() < 5),
        truth=lambda d: 200.0 * (d.weekday() < 5),
    ),
    "f06 shut on bridge days": Case(
        "2022-01-01",
        "2024-05",
        "FR",
        lambda d: 200.0 * (d.weekday() < 5 and d not in FRENCH_BRIDGES and d not in OFF["FR"]),
        truth=lambda d: 200.0 * (d.weekday() < 5 and d != date(2024, 5, 10) and d not in OFF["FR"]),
        says=lambda told: "2024-05-10" in told["note.shut_days"].fields["days"],
    ),
    "f07 quiet on two eves in winter": Case(
        "2024-11-01",
        "2025-04",
        "DE",
        quiet_at_new_year,
        unknown=lambda d: d in OFF["DE"],
    ),
    **{
        f"f08 silent for {days} days": Case(
            "2023-02-24",
            "2024-03",
            None,
            lambda d, days=days: 0.0 if d >= SILENT - timedelta(days=days) else 200.0,
            truth=lambda _, days=days: 200.0 if days < 21 else 0.0,
            says=lambda told, days=days: told["note.silent" if days < 21 else "note.shut"].fields["days"] == days,
        )
        for days in (10, 24, 28)
    },
    "f09 two fifths more since September": Case(
        "2024-01-01",
        "2026-12",
        "GB",
        lambda d: 700.0 * WEEK[d.weekday()] * (1.4 if d >= GROWN else 1.0),
        off=0.2,
        unknown=lambda d: on(d, "12-25"),
        says=lambda told: is_near(told["note.step"], GROWN, 2) and abs(told["note.step"].fields["times"] - 1.4) < 0.08,
    ),
    "f10 six calls a day": Case("2025-06-01", "2026-12", "GB", lambda d: 6.0 * WEEK[d.weekday()], off=0.35),
    "f11 the first Christmas": Case(
        "2025-01-02",
        "2025-12",
        "NL",
        dutch,
        truth=lambda d: 0.0 if on(d, "12-25", "12-26") else 104.0 if on(d, "12-24", "12-31") else dutch(d),
        off=0.25,
        says=lambda told: told["note.shut_days"].fields["days"] == ["2025-12-25", "2025-12-26"],
    ),
}
OFF = {country: set(country_calendar(country, range(2021, 2027)).days) for country in ("FR", "DE")}


@pytest.mark.parametrize("name", CASES)
def test_a_month_that_a_planner_knows_is_foreseen_and_the_reason_told(name: str) -> None:
    case, told = CASES[name], list[Message]()
    truth, month = case.truth or case.level, pd.Period(case.month)
    calls = line(
        case.first, str((month - 1).start_time.date() + timedelta(days=23)), case.level, seed=11, missing=case.missing
    )
    if name.startswith("f05"):
        calls["2024-03-17"] = calls["2024-03-17"].where(calls["2024-03-17"].isna(), 0.0)
        calls["2024-03-17 11:00"] = 1.0
    history = History(name, "UTC", 60, calls.tz_localize("UTC").rename("calls_offered").to_frame())
    calendar = country_calendar(case.country, range(2021, 2028))
    frame = forecast_month(history, month, calendar=calendar, tell=told.append)
    found = frame["calls"].groupby(wall_clock(pd.DatetimeIndex(frame.index)).normalize()).sum()
    wrong = {
        str(at.date()): round(value, 1)
        for at, value in found.items()
        if not case.unknown(at.date()) and abs(value - truth(at.date())) > case.off * truth(at.date()) + 2.0
    }
    assert not wrong
    assert case.says({one.code: one for one in told}), told
