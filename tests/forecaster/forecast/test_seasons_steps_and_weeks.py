"""Seasons that come back, steps that last, and weeks that become others: each taken for what it is."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from forecaster.forecast.backtesting import experts_by_month
from forecaster.history.calendar import Calendar
from forecaster.history.cleaning import find_oddities
from forecaster.history.level_steps import DAYS_APART, find_steps
from forecaster.history.observed import History
from forecaster.history.week_breaks import find_week_breaks
from tests.forecaster.forecast.made_lines import day_totals, line


@pytest.mark.parametrize(("size", "times", "seed"), [(100, 3.0, 7), (400, 2.2, 3), (60, 4.0, 4)])
def test_a_rise_that_came_back_every_summer_comes_back(size: float, times: float, seed: int) -> None:
    def level(day: date) -> float:
        summer = 181 <= day.timetuple().tm_yday <= 252
        return size * (times if summer else 1.0) * (0.6 if day.weekday() > 4 else 1.0)

    calls = line("2022-01-01", "2024-11-30", level, seed=seed)
    for month, expected in (("2024-08", times), ("2024-11", 1.0)):
        found = day_totals(calls, month, None)
        workdays = found[found.index.day_of_week < 5].mean()
        assert workdays == pytest.approx(size * expected, rel=0.12)


@pytest.mark.parametrize("reach", [30, 60])
def test_a_season_that_swells_slowly_every_year_is_foreseen(reach: float) -> None:
    def level(day: date) -> float:
        apart = (day.timetuple().tm_yday - 200 + 182) % 365 - 182
        return 150.0 * np.exp(1.1 * np.exp(-((apart / reach) ** 2)))

    calls = line("2022-01-01", "2024-08-31", level, seed=11)
    found = day_totals(calls, "2024-07", None)
    truth = np.mean([level(d.date()) for d in found.index])
    assert found.mean() == pytest.approx(truth, rel=0.15)


@pytest.mark.parametrize("times", [1.4, 2.5, 0.5])
def test_a_step_that_lasts_is_followed_though_it_never_came_before(times: float) -> None:
    calls = line("2024-01-01", "2026-11-24", lambda d: 500 * (times if d >= date(2026, 9, 1) else 1.0), seed=5)
    assert day_totals(calls, "2026-12", None).mean() == pytest.approx(500 * times, rel=0.06)


@pytest.mark.parametrize("times", [1.45, 0.7])
def test_a_shock_is_followed_within_a_fortnight_and_small_noise_is_none(times: float) -> None:
    week = [1.2, 1.1, 1, 1, 1, 0.6, 0.4]
    calls = line(
        "2024-01-01", "2026-11-24", lambda d: 700 * week[d.weekday()] * (times if d >= date(2026, 11, 9) else 1), seed=5
    )
    assert day_totals(calls, "2026-12", None).mean() == pytest.approx(630 * times, rel=0.06)
    random = np.random.default_rng(2)
    for _ in range(20):
        assert find_steps(0.12 * random.standard_normal(500), np.arange(500) % 5) == []


@pytest.mark.parametrize("times", [1.4, 1.3, 0.7])
def test_a_lasting_change_is_listed_with_its_date_and_size(times: float) -> None:
    week = [1.2, 1.1, 1, 1, 1, 0.6, 0.4]
    calls = line(
        "2025-01-01", "2026-11-24", lambda d: 700 * week[d.weekday()] * (times if d >= date(2026, 9, 1) else 1), seed=2
    )
    frame = calls.rename("calls_offered").to_frame().tz_localize("Europe/London", ambiguous="NaT", nonexistent="NaT")
    frame = frame[frame.index.notna()]
    hours = pd.date_range(frame.index[0], frame.index[-1], freq="h", name="interval_start")
    table = find_oddities(History("hotline", "Europe/London", 60, frame.reindex(hours)))
    steps = table[table["kind"] == "step"]
    assert len(steps) == 1
    assert abs(steps["start_at"].iloc[0].date() - date(2026, 9, 1)) <= timedelta(days=1)
    assert steps["times"].iloc[0] == pytest.approx(times, rel=0.1)


def test_steps_lie_apart() -> None:
    random = np.random.default_rng(3)
    for _ in range(20):
        days = np.arange(300)
        at = np.sort(random.choice(np.arange(40, 260), 4, replace=False))
        level = np.cumsum(np.isin(days, at) * random.choice([-1.0, 1.0], 300))
        steps = find_steps(level + 0.3 * random.standard_normal(300), days % 7)
        assert (np.diff(steps) >= DAYS_APART).all()


MOVES = {
    "Friday and Saturday become Saturday and Sunday": ([1, 1, 1, 1, 0.1, 0.05, 1.2], [1.2, 1.1, 1, 1, 0.9, 0.1, 0.05]),
    "Thursday and Friday become Friday and Saturday": ([1, 1.1, 1, 0.2, 0.1, 1, 1.2], [1, 1.1, 1, 1, 0.2, 0.1, 1.2]),
    "Saturdays become half days": ([1, 1, 1, 1, 1, 1, 0.3], [1, 1, 1, 1, 1, 0.4, 0.3]),
}


@pytest.mark.parametrize("weeks", [4, 8, 20])
@pytest.mark.parametrize("move", MOVES)
def test_another_week_is_followed_within_weeks(move: str, weeks: int) -> None:
    old, new = MOVES[move]
    since = date(2026, 11, 23) - timedelta(weeks=weeks)
    calls = line("2025-11-25", "2026-11-24", lambda d: 800 * (new if d >= since else old)[d.weekday()], seed=weeks)
    found = day_totals(calls, "2026-12", "EG")
    for weekday in range(7):
        expected = 800 * new[weekday]
        assert found[found.index.day_of_week == weekday].mean() == pytest.approx(expected, rel=0.15, abs=12)


def test_a_break_of_the_week_is_found_about_its_day_and_a_growing_line_has_none() -> None:
    days = np.arange(250)
    random = np.random.default_rng(8)
    week = np.array([1, 1, 1, 1, 1, 0.6, 0.4])[days % 7]
    moved = np.where(days >= 170, np.roll(week, 1), week)
    grown = 500 * np.exp(days / 300)
    noise = np.exp(0.1 * random.standard_normal(250))
    found = find_week_breaks(grown * moved * noise, days, days % 7)
    assert len(found) == 1
    assert abs(days[found[0]] - 170) <= 7
    assert find_week_breaks(grown * week * noise, days, days % 7) == []


def test_a_small_line_that_scatters_has_no_breaks() -> None:
    random = np.random.default_rng(1)
    for count in range(40, 440, 10):
        days = np.arange(count)
        days = days[days % 7 < 5] if count % 20 else days
        calls = np.maximum(random.poisson(20 * np.exp(0.4 * random.standard_normal(len(days)))), 0.5)
        assert find_week_breaks(calls, days, days % 7) == []


def test_how_the_weights_moved_tells_when_a_season_was_first_believed() -> None:
    calls = line("2021-09-01", "2024-07-31", lambda d: 300.0 if 6 <= d.month <= 8 else 100.0, seed=3)
    frame = calls.tz_localize("UTC").rename("calls_offered").to_frame()
    months = [pd.Period(month) for month in ("2022-03", "2024-03")]
    found = experts_by_month(History("q", "UTC", 60, frame), calendar=Calendar(), months=months)
    assert list(found.index) == ["2022-03", "2024-03"]
    believed = found["season"].to_numpy() + found["swing"].to_numpy()
    assert believed[0] == 0.0
    assert believed[1] > 0.5
    assert (found["settings"] >= 1).all()
    assert found["step"].between(0.0, 1.0).all()
