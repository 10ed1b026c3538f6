from __future__ import annotations

import pandas as pd
import pytest

from forecaster.history.intervals import check_interval_minutes, month_intervals, plan_cutoff


@pytest.mark.parametrize(("month", "hours"), [("2026-03", 31 * 24 - 1), ("2026-10", 31 * 24 + 1), ("2026-12", 31 * 24)])
def test_a_month_has_the_hours_that_its_clocks_give_it(month: str, hours: int) -> None:
    assert len(month_intervals(pd.Period(month), "Europe/Paris")) == hours


def test_the_plan_of_a_month_sees_the_whole_24th_and_nothing_of_the_25th() -> None:
    assert plan_cutoff(pd.Period("2026-01"), "Asia/Shanghai") == pd.Timestamp("2025-12-25T00:00+08:00")


@pytest.mark.parametrize("minutes", [0, -15, 7, 1441])
def test_an_interval_that_does_not_divide_the_day_is_refused(minutes: int) -> None:
    with pytest.raises(ValueError, match=str(minutes)):
        check_interval_minutes(minutes)
