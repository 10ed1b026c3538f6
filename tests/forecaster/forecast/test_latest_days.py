"""What the latest days and the morning tell, on lines made so that the answer is known."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecaster.forecast.explain import explain_days, learned_effects
from forecaster.forecast.intraday import with_morning
from forecaster.forecast.latest_days import PastDays, left_over, with_latest_days
from forecaster.forecast.prediction import Prediction, predict, slot_quantiles
from forecaster.history.calendar import Calendar
from forecaster.history.day_grid import DayGrid, fold_days

SHAPE = np.array([2, 2, 2, 2, 2, 3, 6, 10, 14, 18, 20, 18, 14, 15, 17, 18, 16, 12, 9, 7, 5, 4, 3, 2], dtype=float)
START = pd.Timestamp("2025-01-06")
LATE = np.arange(24) >= 12


def line(days: int, factors: np.ndarray, *, size: float = 20.0, seed: int = 1) -> pd.Series:
    """Poisson calls of `size` × shape × factors (days × 24)."""
    rate = size * SHAPE[None, :] * factors
    calls = np.random.default_rng(seed).poisson(rate).astype(float)
    return pd.Series(calls.ravel(), index=pd.date_range(START, periods=24 * days, freq="h"))


def day_before(calls: pd.Series, day: int) -> tuple[Prediction, DayGrid, np.ndarray]:
    grid = fold_days(calls.iloc[: 24 * day])
    today = calls.iloc[24 * day : 24 * (day + 1)].to_numpy()
    return predict(grid, grid.days[-1:] + np.timedelta64(1, "D"), Calendar()), grid, today


def test_misses_left_over_are_fading_means_of_the_days_before() -> None:
    misses = np.array([0.1, -0.2, 0.3, 0.05])
    past = PastDays(np.ones((4, 1)), np.ones((4, 1)), np.array([0, 1, 3, 9]), 10)
    found = left_over(misses, past)
    for row, now in enumerate([0, 1, 3, 9, 10]):
        for column, (memory, every) in enumerate([(4.0, 1), (20.0, 1), (28.0, 7)]):
            before = [(m, 0.5 ** ((now - p) / memory)) for m, p in zip(misses, past.position, strict=True) if p < now]
            if every == 7:
                before = [
                    (m, 0.5 ** ((now - p) / memory))
                    for m, p in zip(misses, past.position, strict=True)
                    if p < now and (now - p) % 7 == 0
                ]
            expected = sum(m * w for m, w in before) / (sum(w for _, w in before) + 1.0)
            assert found[row, column] == pytest.approx(expected, abs=1e-12)


def test_a_shape_that_wanders_is_followed_and_a_steady_one_is_left_alone() -> None:
    random = np.random.default_rng(2)
    wander = np.zeros(160)
    for day in range(1, 160):
        wander[day] = 0.85 * wander[day - 1] + 0.15 * random.standard_normal()
    moving = np.where(LATE[None, :], np.exp(wander)[:, None], np.exp(-wander)[:, None])
    for factors, least, most in ((moving, 0.0, 0.95), (np.ones((160, 24)), 0.95, 1.02)):
        calls = line(160, factors, size=60.0)
        plain = revised = 0.0
        for day in range(120, 160, 2):
            prediction, grid, today = day_before(calls, day)
            plain += np.abs(today - prediction.calls[0]).sum()
            revised += np.abs(today - with_latest_days(prediction, grid).calls[0]).sum()
        assert least < revised / plain < most


def test_a_morning_that_tells_nothing_of_the_afternoon_changes_little_and_one_that_does_changes_all() -> None:
    random = np.random.default_rng(3)
    morning, afternoon = np.exp(0.25 * random.standard_normal((2, 200, 1)))
    apart = np.where(LATE[None, :], afternoon, morning)
    together = np.broadcast_to(morning, (200, 24))
    for factors, least, most in ((apart, 0.0, 0.3), (together, 0.8, 1.2)):
        calls = line(200, factors)
        told, heard = [], []
        for day in range(160, 200, 3):
            prediction, grid, today = day_before(calls, day)
            revised = with_morning(prediction, np.where(LATE, np.nan, today), grid)
            told.append(np.log(today[~LATE].sum() / prediction.calls[0, ~LATE].sum()))
            heard.append(np.log(revised.calls[0, LATE].sum() / prediction.calls[0, LATE].sum()))
        # What mornings usually tell (0.85) still counts for about a quarter after half a year of learning otherwise.
        assert least <= np.polyfit(told, heard, 1)[0] <= most


def test_the_bands_of_the_rest_of_today_are_right_hour_by_hour() -> None:
    random = np.random.default_rng(4)
    wild = np.arange(24) >= 19
    common = 0.1 * random.standard_normal((230, 1))
    own = np.where(wild, 0.3, 0.05)[None, :] * random.standard_normal((230, 24))
    calls = line(230, np.exp(common + own), size=60.0)
    inside, total = np.zeros(24), 0
    for day in range(150, 230, 2):
        prediction, grid, today = day_before(calls, day)
        revised = with_morning(prediction, np.where(LATE, np.nan, today), grid)
        hours = pd.date_range(prediction.days[0], periods=24, freq="h")
        low, high = slot_quantiles(revised, hours, (0.1, 0.9)).T
        inside += (today >= low) & (today <= high)
        total += 1
    # Four standard errors of a share of 0.8 over 200 hours are 0.11.
    assert inside[wild].sum() / (total * wild.sum()) == pytest.approx(0.8, abs=0.12)
    assert inside[LATE & ~wild].sum() / (total * (LATE & ~wild).sum()) == pytest.approx(0.8, abs=0.12)


def test_what_today_and_the_latest_days_changed_are_named_effects() -> None:
    random = np.random.default_rng(5)
    calls = line(120, np.exp(0.2 * random.standard_normal((120, 1))) * np.ones((1, 24)))
    prediction, grid, today = day_before(calls, 119)
    for revised, name in (
        (with_morning(prediction, np.where(LATE, np.nan, today), grid), "today so far"),
        (with_latest_days(prediction, grid), "latest days"),
    ):
        table = explain_days(revised)
        assert table[name].iloc[0] == pytest.approx(revised.calls[0].sum() / prediction.calls[0].sum())
        assert table.drop(columns="calls").prod(axis=1).iloc[0] == pytest.approx(revised.calls[0].sum(), rel=1e-9)


def test_lines_merged_are_an_effect_of_their_own_name_date_and_size() -> None:
    merged = np.where(np.arange(200)[:, None] >= 140, 3.0, 1.0) * np.ones((1, 24))
    prediction, _, _ = day_before(line(200, merged), 199)
    name = f"level step {date(2025, 1, 6) + pd.Timedelta(days=140)}"
    assert explain_days(prediction)[name].iloc[0] == pytest.approx(3.0, rel=0.1)
    effect = learned_effects(prediction).loc[name]
    assert effect["lower_95"] < 3.0 < effect["upper_95"]
    assert effect["upper_95"] / effect["lower_95"] < 1.5
