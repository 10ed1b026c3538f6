"""The shipped sample is the generator's output, and shows the effects the generator was told to make."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.calendars.files import load_calendar
from api.intake import read_history
from api.sample import BILLING_EFFECT, FAULT_EFFECT, FAULTS, HEADCOUNT, site_calendar, write_sample
from forecaster.history.calendar import Calendar


@pytest.fixture(scope="module")
def national() -> Calendar:
    return load_calendar(None, "CN", range(2024, 2028))


@pytest.fixture(scope="module")
def calls(root: Path) -> pd.Series:
    return read_history(root / "data/sample/history.csv").frame["calls_offered"]


def test_the_shipped_files_are_what_the_generator_writes(root: Path, tmp_path: Path, national: Calendar) -> None:
    for written in write_sample(tmp_path, national):
        assert written.read_bytes() == (root / "data/sample" / written.name).read_bytes(), written.name


def test_the_shipped_calendar_file_says_what_the_generator_was_told(root: Path, national: Calendar) -> None:
    shipped = load_calendar([root / "data/calendar", root / "data/sample/calendar.toml"], "CN", range(2024, 2028))
    truth = site_calendar(national)
    assert shipped.billing_days == truth.billing_days
    assert shipped.faults == truth.faults
    told = [[(c.name, c.start, c.days, c.half_life_days) for c in calendar.campaigns] for calendar in (shipped, truth)]
    assert sorted(told[0]) == sorted(told[1])


def test_bills_bring_calls_at_the_start_of_the_month(calls: pd.Series, national: Calendar) -> None:
    days = calls.resample("D").sum(min_count=24).dropna()
    days = days[[national.day_type(day.date()) == "workday" for day in days.index]]
    level = days.groupby([days.index.year, days.index.month]).transform(lambda m: m[m.index.day > 8].mean())
    after_bill = (days / level).groupby(days.index.day).mean().loc[1:4]
    assert after_bill.to_numpy() == pytest.approx(BILLING_EFFECT, rel=0.06)
    assert after_bill.is_monotonic_decreasing


def test_spring_festival_moves_with_the_moon(calls: pd.Series) -> None:
    days = calls.resample("D").sum()
    for festival in ("2025-01-29", "2026-02-17"):
        day = pd.Timestamp(festival, tz=calls.index.tz)
        before = days.loc[day - pd.Timedelta(days=28) : day - pd.Timedelta(days=14)].median()
        assert days.loc[day] < 0.75 * before


def test_the_fault_more_than_doubles_the_calls_while_it_lasts(calls: pd.Series) -> None:
    local = calls.tz_localize(None)
    inside = local.loc[FAULTS[0].start_at : FAULTS[0].end_at - pd.Timedelta(hours=1)]
    week = pd.Timedelta(days=7)
    around = np.mean([local.loc[inside.index + k * week].to_numpy() for k in (-1, 1)])
    assert inside.mean() / around == pytest.approx(FAULT_EFFECT, rel=0.15)


def test_the_history_is_nearly_two_years_and_ends_with_the_24th(calls: pd.Series) -> None:
    assert calls.index[-1] - calls.index[0] > pd.Timedelta(days=700)
    assert calls.index[-1] == pd.Timestamp("2026-11-24T23:00", tz="Asia/Shanghai")


def test_the_staff_list_has_people_in_every_role(root: Path) -> None:
    people = pd.read_csv(root / "data/sample/people_2026-12.csv")
    assert people["role"].value_counts().to_dict() == HEADCOUNT
    assert people["badge"].is_unique
