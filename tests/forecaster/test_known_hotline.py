"""A hotline whose truth is known: what was put in must come out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from forecaster.accuracy import hit_rate, wape
from forecaster.explain import explain_days, explained_month, learned_effects
from forecaster.forecast import forecast_month, predict_history
from forecaster.history import History
from forecaster.intervals import month_intervals, plan_cutoff
from forecaster.overrides import Override
from forecaster.prediction import day_quantiles, sample_paths, slot_quantiles
from forecaster.special_days import Calendar, Campaign, Fault, country_calendar

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


@pytest.fixture(scope="module")
def hotline() -> tuple[History, pd.Series]:
    """A history from 2023 to February 2026, and the true expected calls of every hour."""
    random, cal = np.random.default_rng(20), calendar()
    index = pd.date_range("2023-01-01", "2026-03-01", freq="h", inclusive="left", tz=ZONE, name="interval_start")
    days = [date(2023, 1, 1) + timedelta(n) for n in range(len(index) // 24)]
    expected = np.repeat([true_day(day, cal) for day in days], 24) * np.tile(SHAPE / SHAPE.sum(), len(days))
    level = np.repeat(np.exp(0.04 * random.standard_normal(len(days))), 24)
    rate = expected * level * np.exp(0.15 * random.standard_normal(len(index)))
    local = index.tz_localize(None)
    rate[(local >= FAULT.start_at) & (local < FAULT.end_at)] *= 6.0
    frame = pd.DataFrame({"calls_offered": random.poisson(rate).astype(float)}, index=index)
    return History("hotline", ZONE, 60, frame), pd.Series(expected, index=index)


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
    hotline: tuple[History, pd.Series],
) -> None:
    history, truth = hotline
    cal = calendar()
    ours = forecast_month(history, MONTH, calendar=cal)["calls"]
    theirs = workbook(history, MONTH, cal)
    days = ours.index.tz_localize(None).normalize()
    special = (days <= "2026-02-03") | ((days >= "2026-02-13") & (days <= "2026-02-25")) | (days == "2026-02-28")
    true_special = truth[ours.index][special]
    assert wape(true_special, ours[special]) <= 0.7 * wape(true_special, theirs[special])
    assert wape(truth[ours.index], ours) < 0.06


def test_effects_put_in_are_found_within_their_stated_error(hotline: tuple[History, pd.Series]) -> None:
    history, _ = hotline
    past = history.before(plan_cutoff(MONTH, ZONE))
    effects = learned_effects(predict_history(past, month_intervals(MONTH, ZONE), calendar=calendar()))
    truth = {f"billing day +{n}": BILLING[n] for n in range(3)} | {
        "campaign": 1.0 + CAMPAIGN_LIFT,
        "make-up working day": 1.0,
    }
    for name, factor in truth.items():
        row = effects.loc[name]
        assert row["lower_95"] * 0.97 <= factor <= row["upper_95"] * 1.03, (name, row.to_dict())
        assert row["factor"] == pytest.approx(factor, rel=0.15)


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


def test_an_effect_that_the_planner_sets_is_used_and_no_longer_learned(hotline: tuple[History, pd.Series]) -> None:
    history, _ = hotline
    past = history.before(plan_cutoff(MONTH, ZONE))
    told = replace(calendar(), told_effects={"billing day +0": 2.0})
    prediction = predict_history(past, month_intervals(MONTH, ZONE), calendar=told)
    learned, table = learned_effects(prediction), explain_days(prediction)
    assert "billing day +0" not in learned.index
    assert "billing day +1" in learned.index
    assert table["told by the planner"].to_numpy() == pytest.approx([2.0] + [1.0] * 27)
    assert table.drop(columns="calls").prod(axis=1).to_numpy() == pytest.approx(table["calls"].to_numpy(), rel=1e-9)


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
