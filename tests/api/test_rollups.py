"""Weeks to years against plain loops, and a busy hour's capacity in words."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import numpy as np
import pandas as pd
import pytest

from api.reports.capacity_text import capacity_text
from api.reports.rollups import rollup
from forecaster.history.observed import History
from forecaster.requirement.busy_hour import busy_hour_capacity


def history() -> History:
    grid = pd.date_range("2025-11-10", "2026-08-01", freq="30min", tz="Europe/Paris", inclusive="left")
    random = np.random.default_rng(2)
    calls = random.poisson(30, len(grid)).astype(float)
    frame = pd.DataFrame({"calls_offered": calls, "calls_answered": np.floor(calls * 0.9)}, index=grid)
    frame["calls_abandoned"] = calls - frame["calls_answered"]
    frame["aht_seconds"] = random.uniform(150, 210, len(grid))
    frame["seats_signed_in"] = random.integers(4, 9, len(grid)).astype(float)
    frame.iloc[200:260] = np.nan
    return History("hotline", "Europe/Paris", 30, frame)


def name_of(day: date, by: str) -> str:
    if by == "week":
        return date.fromordinal(day.toordinal() - day.weekday()).isoformat()
    if by == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    if by == "half_year":
        return f"{day.year}-H{(day.month + 5) // 6}"
    return f"{day.year}-{day.month:02d}" if by == "month" else str(day.year)


@pytest.mark.parametrize("by", ["week", "month", "quarter", "half_year", "year"])
def test_every_period_is_what_a_loop_adds_up(by: str) -> None:
    seen = history()
    expected = seen.frame["calls_offered"].rename("calls") + 2.0
    got = rollup(seen, by=by, forecast=expected.to_frame())
    offered, handled, time, hours, missing = (defaultdict(float) for _ in range(5))
    errors: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for at, row in zip(seen.frame.index, seen.frame.to_dict("records"), strict=True):
        name = name_of(at.date(), by)
        if np.isnan(row["calls_offered"]):
            missing[name] += 1
            continue
        offered[name] += row["calls_offered"]
        handled[name] += row["calls_answered"]
        time[name] += row["aht_seconds"] * row["calls_answered"]
        hours[name] += row["seats_signed_in"] / 2
        errors[name][at.date()] += 2.0
    assert list(got.index) == sorted(offered)
    for name in got.index:
        assert got.loc[name, "calls_offered"] == offered[name]
        assert got.loc[name, "answer_rate"] == pytest.approx(handled[name] / offered[name])
        assert got.loc[name, "aht_seconds"] == pytest.approx(time[name] / handled[name])
        assert got.loc[name, "calls_per_seat_hour"] == pytest.approx(handled[name] / hours[name])
        assert got.loc[name, "wape"] == pytest.approx(sum(map(abs, errors[name].values())) / offered[name])
        assert got.loc[name, "intervals_missing"] == missing[name]
    assert got["calls_offered"].sum() == seen.frame["calls_offered"].sum()


def test_counts_alone_leave_the_rest_empty_and_an_unknown_period_is_refused() -> None:
    seen = history()
    bare = History("hotline", seen.timezone, 30, seen.frame[["calls_offered"]])
    got = rollup(bare, by="month")
    assert got[["answer_rate", "aht_seconds", "calls_per_seat_hour", "calls_forecast"]].isna().all().all()
    with pytest.raises(ValueError, match="fortnight"):
        rollup(bare, by="fortnight")  # type: ignore[arg-type]


def test_the_three_ways_to_a_busy_hours_capacity_stand_side_by_side() -> None:
    capacity = busy_hour_capacity(history(), max_occupancy=0.85, set_calls_per_hour=17.0)
    text = capacity_text(capacity)
    assert f"{3600 / capacity.aht_seconds * 0.85:.1f}" in text
    assert f"{capacity.sampled_intervals} busiest intervals" in text
    assert "set: 17.0" in text
    assert "used: 17.0" in text
    assert "lacks calls answered" in capacity_text(busy_hour_capacity(aht_seconds=180))
