"""A hotline whose truth is known: what was put in must come out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter
from scipy.stats import binom, chi2

from forecaster.forecast.accuracy import hit_rate, wape
from forecaster.forecast.effects import WEEKDAYS
from forecaster.forecast.explain import explain_days, explained_month, learned_effects
from forecaster.forecast.interval_forecast import forecast_month, predict_history
from forecaster.forecast.overrides import Override
from forecaster.forecast.prediction import Prediction, day_quantiles, sample_paths, slot_quantiles
from forecaster.history.calendar import Calendar, Campaign, Fault, country_calendar
from forecaster.history.intervals import month_intervals, plan_cutoff
from forecaster.history.observed import History

ZONE = "Asia/Shanghai"
SHAPE = np.array([3, 2, 1, 1, 1, 2, 4, 9, 14, 18, 19, 17, 13, 14, 17, 18, 16, 13, 12, 13, 12, 10, 7, 5], dtype=float)
WEEK = np.array([1.1, 1.03, 1.0, 1.0, 1.0, 0.8, 0.7])
BILLING = (1.5, 1.3, 1.2, 1.1, 1.05)
MONTH = pd.Period("2026-02")  # Spring Festival 15–23 February; the years before: 22 January, 10 February, 29 January
FAULT = Fault(
    "billing system down", datetime.fromisoformat("2025-09-09T10:00"), datetime.fromisoformat("2025-09-09T15:00")
)
CAMPAIGNS = (Campaign("spring", date(2024, 4, 15), 10), Campaign("autumn", date(2025, 10, 13), 10))
CAMPAIGN_LIFT = 0.5


def calendar() -> Calendar:
    return replace(country_calendar("CN", range(2022, 2028)), billing_days=(1,), campaigns=CAMPAIGNS, faults=(FAULT,))


def true_day(day: date, cal: Calendar) -> float:
    special = cal.days.get(day)
    level = 1200.0 * (1.0 + 0.08 * np.cos(2 * np.pi * (day.timetuple().tm_yday - 200) / 365.25))
    level *= WEEK[2] if special is not None and special.kind == "make_up_workday" else WEEK[day.weekday()]
    if special is not None and special.kind == "holiday":
        level *= 0.45 if special.name == "Spring Festival" else 0.75
    level *= BILLING[day.day - 1] if day.day <= len(BILLING) else 1.0
    for campaign in CAMPAIGNS:
        since = (day - campaign.start).days
        if 0 <= since <= 25:
            level *= (1.0 + CAMPAIGN_LIFT) ** (0.5 ** (since / campaign.half_life_days))
    return float(level)


def made(seed: int, *, wandering: float = 0.0) -> tuple[History, pd.Series]:
    """A history from 2023 to February 2026, and the true expected calls of every hour.

    With `wandering` the level goes its own way: a mean-reverting part that takes steps of that size a day.
    """
    random, cal = np.random.default_rng(seed), calendar()
    index = pd.date_range("2023-01-01", "2026-03-01", freq="h", inclusive="left", tz=ZONE, name="interval_start")
    days = [date(2023, 1, 1) + timedelta(n) for n in range(len(index) // 24)]
    level = np.exp(lfilter([1.0], [1.0, -0.93], wandering * random.standard_normal(len(days))))
    of_day = np.array([true_day(day, cal) for day in days]) * level
    expected = np.repeat(of_day, 24) * np.tile(SHAPE / SHAPE.sum(), len(days))
    noise = np.repeat(np.exp(0.04 * random.standard_normal(len(days))), 24)
    rate = expected * noise * np.exp(0.15 * random.standard_normal(len(index)))
    local = index.tz_localize(None)
    rate[(local >= FAULT.start_at) & (local < FAULT.end_at)] *= 6.0
    frame = pd.DataFrame({"calls_offered": random.poisson(rate).astype(float)}, index=index)
    return History("hotline", ZONE, 60, frame), pd.Series(expected, index=index)


@pytest.fixture(scope="module")
def hotline() -> tuple[History, pd.Series]:
    return made(20)


@pytest.fixture(scope="module")
def hotlines() -> list[tuple[History, pd.Series, Prediction]]:
    """Several hotlines, steady and wandering by turns, each with what was predicted of the month."""
    found = []
    for seed in range(8):
        history, truth = made(100 + seed, wandering=0.02 * (seed % 2))
        past = history.before(plan_cutoff(MONTH, ZONE))
        found.append((history, truth, predict_history(past, month_intervals(MONTH, ZONE), calendar=calendar())))
    return found


def workbook(history: History, month: pd.Period, cal: Calendar) -> pd.Series:
    """A planner's workbook: mean of the last eight like weekdays by hour × the same holiday's last factor."""
    past = history.before(plan_cutoff(month, ZONE)).frame["calls_offered"]
    local = past.set_axis(pd.DatetimeIndex(past.index).tz_localize(None))
    total = local.groupby(local.index.date).sum()
    is_holiday = {day: cal.day_type(day) == "holiday" for day in total.index}
    factor: dict[str, float] = {}
    for day in [d for d in total.index if is_holiday[d]]:
        like = [
            total[d] for d in (day + timedelta(7 * k) for k in range(-4, 5)) if d in total.index and not is_holiday[d]
        ]
        if like:
            factor[cal.days[day].name] = float(total[day] / np.mean(like))
    hours = month_intervals(month, ZONE)
    plain = local[[not is_holiday[d] for d in local.index.date]]
    means = {key: group.iloc[-8:].mean() for key, group in plain.groupby([plain.index.day_of_week, plain.index.hour])}
    at = hours.tz_localize(None)
    values = [
        means[t.day_of_week, t.hour]
        * (factor.get(cal.days[t.date()].name, 1.0) if cal.day_type(t.date()) == "holiday" else 1)
        for t in at
    ]
    return pd.Series(values, index=hours)


def test_special_days_are_forecast_with_a_third_less_error_than_the_workbook(
    hotlines: list[tuple[History, pd.Series, Prediction]],
) -> None:
    cal, hours = calendar(), month_intervals(MONTH, ZONE)
    days = hours.tz_localize(None).normalize()
    special = (days <= "2026-02-03") | ((days >= "2026-02-13") & (days <= "2026-02-25")) | (days == "2026-02-28")
    ratios = []
    for history, truth, prediction in hotlines:
        ours = pd.Series(prediction.calls.ravel(), index=hours)
        theirs = workbook(history, MONTH, cal)
        ratios.append(wape(truth[hours][special], ours[special]) / wape(truth[hours][special], theirs[special]))
    assert np.exp(np.mean(np.log(ratios))) <= 0.7, ratios


def true_effects() -> dict[str, float]:
    """What was put in, by the names under which it must come out; what was not put in has the factor 1."""
    usual = np.exp(np.log(WEEK).mean())
    return (
        {f"billing day +{n}": factor for n, factor in enumerate(BILLING)}
        | {"campaign": 1.0 + CAMPAIGN_LIFT, "Spring Festival": 0.45, "make-up working day": 1.0}
        | {"day before a holiday": 1.0, "day after a holiday": 1.0}
        | {f"weekday {name}": factor / usual for name, factor in zip(WEEKDAYS, WEEK, strict=True)}
    )


def test_effects_put_in_are_found_as_often_within_their_stated_error_as_stated(
    hotlines: list[tuple[History, pd.Series, Prediction]],
) -> None:
    truth, misses = pd.Series(true_effects()), []
    for _, _, prediction in hotlines:
        found = learned_effects(prediction).loc[truth.index]
        sd = np.log(found["upper_95"] / found["lower_95"]) / (2 * 1.96)
        misses.append(np.log(found["factor"] / truth) / sd)
    miss = pd.concat(misses, axis=1)
    cases, inside = miss.size, int((miss.abs() <= 1.96).to_numpy().sum())
    assert inside >= binom.ppf(0.001, cases, 0.95), miss
    # Nor may the stated errors be so wide that nothing could lie outside: those of the days the calendar names, against
    # the chi-squared distribution of their sum of squares.
    squares = miss[~miss.index.str.startswith("weekday")].to_numpy() ** 2
    assert chi2.ppf(0.0005, squares.size) <= squares.sum() <= chi2.ppf(0.9995, squares.size), miss


def test_a_fault_listed_in_the_calendar_leaves_no_trace(hotline: tuple[History, pd.Series]) -> None:
    history, _ = hotline
    month = pd.Period("2025-10")
    without = history.frame.copy()
    local = without.index.tz_localize(None)
    without.loc[(local >= FAULT.start_at) & (local < FAULT.end_at)] = np.nan
    one = forecast_month(history, month, calendar=calendar())
    other = forecast_month(replace(history, frame=without), month, calendar=calendar())
    pd.testing.assert_frame_equal(one, other)


def test_a_day_is_the_product_of_its_named_effects(hotline: tuple[History, pd.Series]) -> None:
    history, _ = hotline
    past = history.before(plan_cutoff(MONTH, ZONE))
    table = explain_days(predict_history(past, month_intervals(MONTH, ZONE), calendar=calendar()))
    assert table.drop(columns="calls").prod(axis=1).to_numpy() == pytest.approx(table["calls"].to_numpy(), rel=1e-9)
    assert (table["rounding"] - 1.0).abs().max() < 0.02
    assert table.loc[date(2026, 2, 17), "holiday"] < 0.75
    override = Override(pd.Timestamp("2026-02-05", tz=ZONE), pd.Timestamp("2026-02-06", tz=ZONE), 1.3, "price change")
    changed = explained_month(past, month_intervals(MONTH, ZONE), calendar=calendar(), overrides=(override,))
    assert changed.loc[date(2026, 2, 5), "calls"] == pytest.approx(1.3 * table.loc[date(2026, 2, 5), "calls"])


def test_a_campaign_with_a_known_size_adds_it(hotline: tuple[History, pd.Series]) -> None:
    history, _ = hotline
    coming = Campaign("new year gift", date(2026, 2, 5), 5, size=0.4)
    plain = forecast_month(history, MONTH, calendar=calendar())["calls"]
    pushed = forecast_month(history, MONTH, calendar=replace(calendar(), campaigns=(*CAMPAIGNS, coming)))["calls"]
    ratio = (pushed / plain).groupby(plain.index.day).mean()
    assert ratio[5] == pytest.approx(1.4, rel=1e-3)
    assert ratio[8] == pytest.approx(1.2, rel=1e-3)  # three days later: half of it
    assert ratio[4] == pytest.approx(1.0, rel=1e-9)
    told = explain_days(
        predict_history(
            history.before(plan_cutoff(MONTH, ZONE)),
            month_intervals(MONTH, ZONE),
            calendar=replace(calendar(), campaigns=(*CAMPAIGNS, coming)),
        )
    )
    assert told["new year gift"].iloc[[3, 4, 7]].to_numpy() == pytest.approx([1.0, 1.4, 1.2])


def test_an_effect_that_the_planner_sets_is_used_and_no_longer_learned(hotline: tuple[History, pd.Series]) -> None:
    history, _ = hotline
    past = history.before(plan_cutoff(MONTH, ZONE))
    told = replace(calendar(), told_effects={"billing day +0": 2.0})
    prediction = predict_history(past, month_intervals(MONTH, ZONE), calendar=told)
    learned, table = learned_effects(prediction), explain_days(prediction)
    assert "billing day +0" not in learned.index
    assert "billing day +1" in learned.index
    assert table["billing day +0"].to_numpy() == pytest.approx([2.0] + [1.0] * 27)
    assert table.drop(columns="calls").prod(axis=1).to_numpy() == pytest.approx(table["calls"].to_numpy(), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "column", "days"),
    [
        ("Spring Festival", "holiday", [*range(15, 24)]),
        ("weekday Monday", "weekday", [2, 9, 16, 23]),
        ("season", "season", [*range(1, 29)]),
        ("recent weeks", "recent weeks", [*range(1, 29)]),
        ("around Spring Festival", "around Spring Festival", [*range(3, 15), *range(24, 29)]),
    ],
)
def test_an_effect_of_the_model_itself_can_be_set_by_its_name(
    hotline: tuple[History, pd.Series], name: str, column: str, days: list[int]
) -> None:
    past = hotline[0].before(plan_cutoff(MONTH, ZONE)).frame.loc["2024-12-01":]
    history, intervals = replace(hotline[0], frame=past), month_intervals(MONTH, ZONE)
    before = predict_history(history, intervals, calendar=calendar())
    after = predict_history(history, intervals, calendar=replace(calendar(), told_effects={name: 0.6}))
    assert name in learned_effects(before).index
    assert name not in learned_effects(after).index
    one, other = explain_days(before), explain_days(after)
    named = [date(2026, 2, day) for day in days]
    assert other.loc[named, column].to_numpy() == pytest.approx(0.6)
    kept = one.index.difference(named)
    assert other.loc[kept, "calls"].to_numpy() == pytest.approx(one.loc[kept, "calls"].to_numpy())
    plain = [day for day in named if column == "holiday" or calendar().day_type(day) != "holiday"]
    changed = other.loc[plain, "calls"] / one.loc[plain, "calls"]
    assert (changed * one.loc[plain, column] / 0.6).to_numpy() == pytest.approx(1.0, rel=1e-6)


def test_bands_hold_for_hours_days_and_the_month(hotline: tuple[History, pd.Series]) -> None:
    history = replace(hotline[0], frame=hotline[0].frame.loc["2024-10-01":])
    hours, days, months = [], [], []
    for month in pd.period_range("2025-03", "2025-12", freq="M"):
        intervals = month_intervals(month, ZONE)
        prediction = predict_history(history.before(plan_cutoff(month, ZONE)), intervals, calendar=calendar())
        actual = history.frame["calls_offered"].reindex(intervals)
        limits = slot_quantiles(prediction, intervals.tz_localize(None), (0.1, 0.9))
        hours.append(hit_rate(actual, limits[:, 0], limits[:, 1]))
        daily = actual.to_numpy().reshape(-1, 24).sum(axis=1)
        band = day_quantiles(prediction, (0.1, 0.9))
        days.append(hit_rate(daily, band[:, 0], band[:, 1]))
        total = sample_paths(prediction, intervals.tz_localize(None), paths=300, seed=1).sum(axis=1)
        months.append(np.quantile(total, 0.025) <= actual.sum() <= np.quantile(total, 0.975))
    assert 0.75 <= np.mean(hours) <= 0.88
    assert 0.70 <= np.mean(days) <= 0.92
    assert np.mean(months) >= 0.8
