"""Eves and the days about New Year: what they bring at first, and what they have shown."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pandas as pd
import pytest

from tests.forecaster.forecast.made_lines import ROUND_THE_CLOCK, day_totals, line


def ordinary(found: pd.Series, day: str) -> float:
    """What the same weekday brings in the first two weeks of the month."""
    asked = pd.Timestamp(day)
    return float(found[(found.index.day <= 14) & (found.index.day_of_week == asked.day_of_week)].mean())


@pytest.mark.parametrize("country", ["NL", "DE", "GB", "FR"])
def test_the_first_eves_of_an_office_line_are_quiet_before_it_has_seen_one(country: str) -> None:
    off = set(holidays.country_holidays(country, years=2025))
    calls = line("2025-01-02", "2025-11-24", lambda d: 300 * (d.weekday() < 5 and d not in off), seed=7)
    found = day_totals(calls, "2025-12", country)
    for day in ("2025-12-24", "2025-12-31"):
        assert 0.3 < found[day] / ordinary(found, day) < 0.75
    assert 0.75 < found["2025-12-29"] / ordinary(found, "2025-12-29") < 1.0


def test_an_emergency_line_that_holidays_hardly_touch_has_no_quiet_eves() -> None:
    calls = line("2025-01-02", "2025-11-24", lambda _: 400.0, seed=8, shape=ROUND_THE_CLOCK)
    found = day_totals(calls, "2025-12", "US")
    for day in ("2025-12-24", "2025-12-31"):
        assert found[day] / ordinary(found, day) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    ("country", "month", "eve"), [("DE", "2025-04", "2025-04-17"), ("AT", "2025-05", "2025-05-28")]
)
def test_quiet_days_at_the_years_end_teach_nothing_of_other_eves(country: str, month: str, eve: str) -> None:
    def level(day: date) -> float:
        if (day.month, day.day) in ((12, 24), (12, 31)):
            return 25.0
        return 20.0 if day.weekday() > 4 or day in holidays.country_holidays(country, years=day.year) else 250.0

    found = day_totals(line("2024-11-01", f"{month}-24", level, seed=2), month, country)
    assert found[eve] == pytest.approx(250, rel=0.15)


def test_each_eve_goes_for_itself_and_leans_on_the_others() -> None:
    off = dict(holidays.country_holidays("FR", years=range(2022, 2026), language="en_US").items())
    busy = {day - timedelta(1) for day, name in off.items() if name == "Ascension Day"}
    quiet = {day - timedelta(1) for day, name in off.items() if name != "Ascension Day" and day.month in (5, 7, 8)}

    def level(day: date) -> float:
        return 500.0 * (0.4 if day in off or day.weekday() > 4 else 1.4 if day in busy else 0.8 if day in quiet else 1)

    calls = line("2022-01-03", "2025-04-24", level, seed=6)
    found = day_totals(calls, "2025-05", "FR")
    assert found["2025-05-28"] / ordinary(found, "2025-05-28") > 1.2  # Ascension Day is the 29th
    assert found["2025-05-07"] / ordinary(found, "2025-05-14") < 0.9  # 8 May


@pytest.mark.parametrize(("country", "left"), [("GB", 0.7), ("DE", 0.6), ("IT", 0.8), ("US", 1.3)])
def test_weeks_that_were_different_every_december_will_be_so_again(country: str, left: float) -> None:
    week = [1.2, 1.1, 1, 1, 1, 0.6, 0.4]

    def level(day: date) -> float:
        return 700 * week[day.weekday()] * (left if day.month == 12 and day.day >= 20 else 1.0)

    found = day_totals(line("2024-01-01", "2026-11-24", level, seed=6), "2026-12", country)
    weeks = [f"2026-12-{day}" for day in (21, 22, 23, 28, 29, 30)]
    ratio = sum(found[day] for day in weeks) / sum(ordinary(found, day) for day in weeks)
    assert ratio == pytest.approx(left, abs=0.1)


@pytest.mark.parametrize(("month", "eves", "first", "within"), [("2024-04", [22, 28], 23, 25), ("2021-03", [], 28, 30)])
def test_a_first_passover_has_half_days_before_its_days_off_and_half_holidays_between(
    month: str, eves: list[int], first: int, within: int
) -> None:
    """In 2024 it was from a Tuesday to a Monday; in 2021 from Sunday to Saturday, and both eves were rest days."""
    week, last = {4: 70.0, 5: 20.0}, pd.Period(month) - 1
    calls = line(f"{last.year - 1}-11-01", f"{last}-24", lambda d: week.get(d.weekday(), 300.0), seed=9)
    found = day_totals(calls, month, "IL")
    assert found[f"{month}-{first}"] < 40.0
    assert 0.5 < found[f"{month}-{within}"] / 300.0 < 0.9
    for eve in eves:
        assert 0.25 < found[f"{month}-{eve}"] / 300.0 < 0.65
    others = found[(found.index.day <= 14) & ~found.index.day_of_week.isin([4, 5])]
    assert others.to_numpy() == pytest.approx(300.0, rel=0.1)
