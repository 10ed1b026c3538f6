from __future__ import annotations

import pandas as pd
import pytest

from forecaster.history.intervals import (
    check_interval_minutes,
    intervals_between,
    month_intervals,
    month_named,
    plan_cutoff,
    require_same_intervals,
    wall_clock,
)
from forecaster.history.periods import period_named
from forecaster.messages import Words


@pytest.mark.parametrize(("month", "hours"), [("2026-03", 31 * 24 - 1), ("2026-10", 31 * 24 + 1), ("2026-12", 31 * 24)])
def test_a_month_has_the_hours_that_its_clocks_give_it(month: str, hours: int) -> None:
    assert len(month_intervals(pd.Period(month), "Europe/Paris")) == hours


@pytest.mark.parametrize(
    ("period", "until"),
    [
        ("2026-01", "2025-12-25"),
        ("2026-03", "2026-02-25"),
        ("2026-12", "2026-11-25"),
        ("2026-12-07..2026-12-20", "2026-11-30"),
        ("2026-03-02..2026-03-29", "2026-02-23"),
    ],
)
def test_the_plan_of_a_month_sees_the_24th_before_it_and_that_of_weeks_all_but_the_week_before(period, until) -> None:
    assert plan_cutoff(period_named(period), "Asia/Shanghai") == pd.Timestamp(f"{until}T00:00+08:00")


@pytest.mark.parametrize("minutes", [0, -15, 7, 1441])
def test_an_interval_that_does_not_divide_the_day_is_refused(minutes: int) -> None:
    with pytest.raises(ValueError, match=str(minutes)):
        check_interval_minutes(minutes)


@pytest.mark.parametrize("minutes", [1, 15, 60, 1440])
def test_an_interval_that_divides_the_day_is_taken(minutes: int) -> None:
    assert check_interval_minutes(minutes) == minutes


def test_between_two_instants_lie_the_hours_that_begin_before_the_second() -> None:
    day = pd.Timestamp("2026-03-29", tz="Europe/Paris")  # the clocks go forward
    assert intervals_between(day, day + pd.Timedelta(hours=3)).tolist() == [
        day + pd.Timedelta(hours=hour) for hour in range(3)
    ]


@pytest.mark.parametrize("text", ["2026-13", "2026-12-01", "202612", "December 2026", "NaT", "", None, 2026])
def test_a_month_is_named_by_its_year_and_number_and_nothing_else(text: object) -> None:
    assert month_named(text) is None
    assert month_named("2026-12") == pd.Period("2026-12", "M")


def test_the_wall_clock_is_what_hangs_in_the_room_and_a_naive_time_is_one() -> None:
    utc = pd.date_range("2026-10-24 23:00", periods=4, freq="h", tz="UTC")
    shown = ["2026-10-25 01:00", "2026-10-25 02:00", "2026-10-25 02:00", "2026-10-25 03:00"]  # the hour comes twice
    assert wall_clock(utc.tz_convert("Europe/Paris")).tolist() == [pd.Timestamp(one) for one in shown]
    naive = pd.DatetimeIndex(shown[:1])
    assert wall_clock(naive).equals(naive)


def test_two_frames_must_have_the_same_intervals_and_the_first_missing_one_is_named() -> None:
    names = Words("甲与乙", "one and the other")
    hours = pd.date_range("2026-12-01", periods=5, freq="h", tz="Asia/Shanghai")
    assert require_same_intervals(hours, hours, names=names) is None
    for left, right in ((hours, hours.delete(2)), (hours.delete(2), hours)):
        with pytest.raises(ValueError, match=r"one and the other.*2026-12-01 02:00"):
            require_same_intervals(left, right, names=names)
