"""Shut days are learned: weekdays, holidays, bridge days, the days about New Year, and whole lines."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise, product

import holidays
import numpy as np
import pandas as pd
import pytest

from forecaster.forecast.closures import occasion_chances
from forecaster.forecast.interval_forecast import predict_intervals
from forecaster.forecast.occasions import HOLIDAY, Occasion
from forecaster.forecast.prediction import day_quantiles, sample_paths, slot_quantiles
from forecaster.history.calendar import Calendar, country_calendar
from forecaster.history.open_days import CHANGE_A_WEEK, FIRST_BELIEF, SHARES_SHUT, SHUT_DAYS, open_days
from tests.forecaster.forecast.made_lines import ROUND_THE_CLOCK, day_totals, line

WEEK = np.timedelta64(7, "D")


def totals_of(calls: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    by_day = calls.groupby(calls.index.normalize()).sum(min_count=1)
    return by_day.to_numpy(), by_day.index.day_of_week.to_numpy()


def holidays_of(country: str, years: range) -> set[date]:
    return set(holidays.country_holidays(country, years=years))


@pytest.mark.parametrize(
    ("size", "strays", "rest"), [(60, 1, (5, 6)), (200, 1, (4, 5)), (800, 4, (5, 6)), (5000, 30, (6,))]
)
def test_a_stray_call_opens_no_weekday(size: float, strays: int, rest: tuple[int, ...]) -> None:
    calls = line("2023-02-24", "2024-03-24", lambda d: 0 if d.weekday() in rest else size, seed=size)
    last_rest_day = next(d for d in calls.index[::-24].normalize() if d.day_of_week == rest[-1])
    calls[last_rest_day + pd.Timedelta(hours=11)] = strays
    found = day_totals(calls, "2024-04", None)
    is_rest = found.index.day_of_week.isin(rest)
    assert (found[is_rest] == 0).all()
    assert found[~is_rest].to_numpy() == pytest.approx(size, rel=0.15)


@pytest.mark.parametrize("share", [0.06, 0.3])
def test_a_weekday_that_is_merely_quiet_stays_open(share: float) -> None:
    calls = line("2023-02-24", "2024-03-24", lambda d: 400 * (share if d.weekday() == 5 else d.weekday() < 5), seed=3)
    found = day_totals(calls, "2024-04", None)
    assert found[found.index.day_of_week == 5].to_numpy() == pytest.approx(400 * share, rel=0.2)


@pytest.mark.parametrize("weeks", [3, 5, 8])
def test_a_weekday_opened_or_shut_some_weeks_ago_is_followed(weeks: int) -> None:
    since = date(2024, 3, 24) - timedelta(weeks=weeks)

    def level(day: date) -> float:
        worked = {5: day >= since, 6: day < since}.get(day.weekday(), True)
        return 300.0 * (0.5 if day.weekday() > 4 else 1.0) * worked

    found = day_totals(line("2023-01-02", "2024-03-24", level, seed=weeks), "2024-04", None)
    assert found[found.index.day_of_week == 5].to_numpy() == pytest.approx(150, rel=0.3)
    assert (found[found.index.day_of_week == 6] == 0).all()


def bridge_days(country: str, years: range) -> set[date]:
    off = holidays_of(country, years)
    week = timedelta(1)
    return {
        day
        for holiday in off
        for day, beyond in ((holiday - week, holiday - 2 * week), (holiday + week, holiday + 2 * week))
        if holiday.weekday() < 5 and day.weekday() < 5 and day not in off and (beyond.weekday() > 4 or beyond in off)
    }


@pytest.mark.parametrize(
    ("country", "month", "day"), [("FR", "2024-05", 10), ("BE", "2024-08", 16), ("DE", "2024-05", 10)]
)
@pytest.mark.parametrize("shut_on_them", [True, False])
def test_bridge_days_are_shut_where_they_were(country: str, month: str, day: int, *, shut_on_them: bool) -> None:
    years = range(2021, 2026)
    off = holidays_of(country, years) | (bridge_days(country, years) if shut_on_them else set())
    calls = line("2021-01-01", "2024-07-31", lambda d: 0 if d.weekday() > 4 or d in off else 250, seed=day)
    found = day_totals(calls, month, country)
    shut = np.array([d.weekday() > 4 or d.date() in off for d in found.index])
    assert (found[shut] == 0).all()
    assert found[~shut].to_numpy() == pytest.approx(250, rel=0.15)
    assert shut[day - 1] == shut_on_them


@pytest.mark.parametrize("country", ["GB", "DE", "US"])
@pytest.mark.parametrize("rows", ["none", "zeros"])
def test_christmas_without_a_call_every_year_is_shut_though_other_holidays_are_worked(country: str, rows: str) -> None:
    def closed(day: date) -> bool:
        return (day.month, day.day) == (12, 25)

    calls = line(
        "2023-01-01",
        "2026-11-24",
        lambda d: 0 if closed(d) and rows == "zeros" else 700 * (0.5 if d.weekday() > 4 else 1.0),
        seed=5,
        missing=closed if rows == "none" else lambda _: False,
    )
    found = day_totals(calls, "2026-12", country)
    assert found["2026-12-25"] == 0
    assert (found.drop(pd.Timestamp("2026-12-25")) > 200).all()


def test_a_line_shut_on_most_holidays_is_expected_shut_at_its_first_christmas_and_one_that_works_them_is_not() -> None:
    off = holidays_of("NL", range(2025, 2026)) - {date(2025, 4, 18), date(2025, 4, 26)}
    for worked in (False, True):
        calls = line(
            "2025-01-02",
            "2025-11-24",
            lambda d, worked=worked: 160.0 * (worked or (d.weekday() < 6 and d not in off)),
            seed=13,
        )
        found = day_totals(calls, "2025-12", "NL")
        for day in ("2025-12-25", "2025-12-26"):
            assert (found[day] > 80) == worked


@pytest.mark.parametrize("country", [None, "DE", "CN"])
@pytest.mark.parametrize("days", [8, 10, 14, 17, 21, 24, 28, 45])
def test_a_line_that_fell_silent_is_decided_as_a_whole(days: int, country: str | None) -> None:
    since = date(2024, 2, 24) - timedelta(days=days)
    calls = line("2023-01-01", "2024-02-23", lambda d: 0.0 if d >= since else 200.0, seed=4, shape=ROUND_THE_CLOCK)
    found = day_totals(calls, "2024-03", country)
    assert (found == 0).all() if days >= SHUT_DAYS else (found > 150).all()


def test_a_weekdays_chance_is_that_of_all_histories_it_could_have_had() -> None:
    # Monday: 40 calls, none, none, none, on a line of 40 a day whose other days are open.
    totals, weekday = np.full(28, 40.0), np.arange(28) % 7
    totals[weekday == 0] = [40.0, 0.0, 0.0, 0.0]
    found = open_days(totals, weekday, ordinary=np.ones(28, dtype=bool))
    odds = found.odds[weekday == 0]
    belief = FIRST_BELIEF / FIRST_BELIEF.sum()
    weight = np.zeros(len(SHARES_SHUT))
    for path in product(range(len(SHARES_SHUT)), repeat=4):
        chance = belief[path[0]]
        for before, after in pairwise(path):
            chance *= (1 - CHANGE_A_WEEK) * (before == after) + CHANGE_A_WEEK * belief[after]
        for share, one in zip(SHARES_SHUT[list(path)], odds, strict=True):
            chance *= 1 - share if np.isinf(one) else share + (1 - share) * one
        weight[path[-1]] += chance
    assert found.weekday_shut[0] == pytest.approx(float(weight @ SHARES_SHUT) / weight.sum(), rel=1e-9)


def test_what_a_name_has_shown_counts_before_what_its_kind_has() -> None:
    shut, worked = [(Occasion(HOLIDAY, "a"),)] * 3, [(Occasion(HOLIDAY, "b"),)] * 3
    odds = np.array([0.0] * 3 + [np.inf] * 3)
    asked = [(Occasion(HOLIDAY, name),) for name in "abc"] + [()]
    a, b, new, plain = occasion_chances([*shut, *worked], odds, asked, rest_shut=0.5)
    assert a > 0.85
    assert b < 0.15
    assert 0.3 < new < 0.6
    assert plain == 0.0


def test_bands_of_a_day_that_may_be_shut_are_those_of_whole_futures() -> None:
    # Every fourth of these holidays is shut, so the next may be.
    days = [date(2024, 1, 3) + timedelta(28 * n) for n in range(16)]
    special = {day: country_calendar("FR", [2024]).days[date(2024, 5, 1)] for day in days}
    calls = line("2023-10-02", "2025-02-16", lambda d: 0 if d in days[::4] else 300, seed=9, shape=ROUND_THE_CLOCK)
    calendar = Calendar(days=special)
    hours = pd.date_range("2025-02-24", "2025-03-02 23:00", freq="h")
    prediction = predict_intervals(calls, hours, calendar)
    at = [d.item() for d in prediction.days].index(days[15])
    assert 0.1 < prediction.shut[at] < 0.5
    paths = sample_paths(prediction, hours, paths=6000, seed=2).reshape(6000, -1, 24)[:, at]
    day = day_quantiles(prediction, (0.05, 0.5, 0.9))[at]
    assert day[0] == 0
    assert day[1:] == pytest.approx(np.quantile(paths.sum(axis=1), (0.5, 0.9)), rel=0.06)
    noon = slot_quantiles(prediction, hours, (0.05, 0.5, 0.9)).reshape(-1, 24, 3)[at, 12]
    assert noon[0] == 0
    assert noon[1:] == pytest.approx(np.quantile(paths[:, 12], (0.5, 0.9)), rel=0.12)
