"""A history folded into days, against dates counted one by one."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from forecaster.history.day_grid import fold_days, grid_interval_minutes, slot_positions, weekday_of


@pytest.mark.parametrize("minutes", [15, 30, 60, 1440])
@pytest.mark.parametrize("start", ["2026-01-05 00:00", "2026-02-27 12:00"])
def test_every_interval_lands_on_its_day_and_slot_and_the_rest_is_not_observed(minutes: int, start: str) -> None:
    first = pd.Timestamp(start).normalize() if minutes == 1440 else pd.Timestamp(start)
    index = pd.date_range(first, periods=9 * 1440 // minutes + 1, freq=f"{minutes}min")
    calls = pd.Series(np.arange(len(index), dtype=float), index=index)
    grid = fold_days(calls)
    assert (grid.interval_minutes, grid.slots) == (minutes, 1440 // minutes)
    expected = {}
    for at, value in calls.items():
        expected[at.date(), (at.hour * 60 + at.minute) // minutes] = value
    days = [day.item() for day in grid.days]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert (days[0], days[-1]) == (index[0].date(), index[-1].date())
    for row, day in enumerate(days):
        for slot in range(grid.slots):
            known = expected.get((day, slot))
            assert np.isnan(grid.calls[row, slot]) if known is None else grid.calls[row, slot] == known
    assert grid.weekday.tolist() == [day.weekday() for day in days]
    day, slot = slot_positions(index, minutes)
    assert [(d.item(), s) for d, s in zip(day, slot, strict=True)] == list(expected)


def test_weekdays_are_the_calendars_before_and_after_1970() -> None:
    days = np.array(["1969-12-29", "1970-01-01", "2026-02-15", "2026-02-16"], dtype="datetime64[D]")
    assert weekday_of(days).tolist() == [date.fromisoformat(str(day)).weekday() for day in days]


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([0], "fewer than two"),
        ([0, 1, 1, 2], "00:00:00 is followed by|is followed by 2026-01-01 01:00:00"),
        ([0, 1, 3], "2026-01-01 01:00:00 is followed by 2026-01-01 03:00:00"),
        ([3, 2, 1], "is not regular"),
        ([0, 7, 14], "divide a day"),
    ],
)
def test_what_is_no_grid_is_refused_with_the_place(hours: list[int], said: str) -> None:
    index = pd.DatetimeIndex([pd.Timestamp("2026-01-01") + pd.Timedelta(hours=hour) for hour in hours])
    with pytest.raises(ValueError, match=said):
        grid_interval_minutes(index)


def test_negative_calls_are_refused_with_the_worst_of_them_and_its_time() -> None:
    calls = pd.Series([1.0, -1.0, np.nan, -4.0], index=pd.date_range("2026-01-01", periods=4, freq="h"))
    with pytest.raises(ValueError, match=r"-4\.0 at 2026-01-01 03:00:00"):
        fold_days(calls)
