"""A plan's period: calendar months and weeks from any day, by name and by their days, counted day by day."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from forecaster.history.intervals import month_intervals, plan_cutoff
from forecaster.history.periods import (
    days_of_period,
    in_period,
    months_of_period,
    period_from,
    period_name,
    period_named,
    period_of,
    period_title,
    period_words,
)


@pytest.mark.parametrize("first", [date(2026, 12, 7), date(2027, 1, 1), date(2028, 2, 23), date(2026, 11, 30)])
@pytest.mark.parametrize("days", [7, 14, 28, 56])
def test_a_period_has_its_days_and_is_followed_by_one_of_as_many(first: date, days: int) -> None:
    period = period_from(first, days)
    wanted = [first + timedelta(days=n) for n in range(days)]
    assert days_of_period(period) == wanted
    assert days_of_period(period + 1) == [day + timedelta(days=days) for day in wanted]
    assert days_of_period(period - 1) == [day - timedelta(days=days) for day in wanted]
    assert [in_period(day, period) for day in (wanted[0], str(wanted[-1]), pd.Timestamp(wanted[-1]))] == [True] * 3
    assert not in_period(first - timedelta(days=1), period)
    assert not in_period(wanted[-1] + timedelta(days=1), period)
    assert months_of_period(period) == {day.month for day in wanted}
    assert period_of(period_name(period)) == period
    assert period_name(period) == f"{wanted[0]}..{wanted[-1]}"


def test_the_days_of_a_calendar_month_are_the_month() -> None:
    assert period_from(date(2027, 2, 1), 28) == pd.Period("2027-02", "M") == period_of("2027-02-01..2027-02-28")
    assert period_name(period_from(date(2028, 2, 1), 28)) == "2028-02-01..2028-02-28"  # a leap year's has a day more
    assert period_name(pd.Period("2026-12")) == period_title(pd.Period("2026-12")) == "2026-12"


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026", "2026-12-07", "2026-12-07..", "2026-12-07..2026-12-06", "2026-12-7..2027-01-03",
             "2026-12-07..2027-02-07", "2026-02-30..2026-03-10", None, 7],
)  # fmt: skip
def test_what_names_no_period_is_none_and_is_refused_with_the_way_out(text: object) -> None:
    assert period_named(text) is None
    if isinstance(text, str):
        with pytest.raises(ValueError, match=r"is no month such as 2026-12, and no period of at most 62 days"):
            period_of(text)


def test_a_period_is_called_by_its_first_and_last_day_in_each_language() -> None:
    period = period_from(date(2026, 12, 7), 28)
    assert period_words(period).en == period_title(period, "en") == "2026-12-07 to 2027-01-03"
    assert period_words(period).zh == period_title(period, "zh") == "2026-12-07 至 2027-01-03"
    assert period_title(period) == "2026-12-07 – 2027-01-03"


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin"])
def test_its_intervals_are_those_of_its_days_clock_changes_included(zone: str) -> None:
    period = period_from(date(2027, 3, 22), 14)  # in Berlin one of these days has 23 hours
    index = month_intervals(period, zone)
    assert len(index) == 14 * 24 - (zone == "Europe/Berlin")
    assert [f"{at:%Y-%m-%d %H:%M}" for at in (index[0], index[-1])] == ["2027-03-22 00:00", "2027-04-04 23:00"]
    assert plan_cutoff(period, zone) == pd.Timestamp("2027-03-15", tz=zone)
