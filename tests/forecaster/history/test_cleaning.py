from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from forecaster.forecast.interval_forecast import forecast_calls
from forecaster.history.calendar import Calendar, Fault, SpecialDay
from forecaster.history.cleaning import clean, find_oddities, undo_cleaning, without_faults
from forecaster.history.observed import History

SHAPE = np.array([2, 2, 2, 2, 2, 3, 6, 10, 14, 18, 20, 18, 14, 15, 17, 18, 16, 12, 9, 7, 5, 4, 3, 2], dtype=float)
CALENDAR = Calendar(
    faults=(
        Fault("exchange down", datetime.fromisoformat("2026-04-20T09:00"), datetime.fromisoformat("2026-04-20T11:00")),
    )
)


def hotline(days: int = 150) -> History:
    index = pd.date_range("2026-01-05", periods=24 * days, freq="h", tz="Asia/Shanghai", name="interval_start")
    rate = 5.0 * SHAPE[index.hour] * np.where(index.day_of_week < 5, 1.0, 0.5)
    calls = np.random.default_rng(4).poisson(rate).astype(float)
    return History("hotline", "Asia/Shanghai", 60, pd.DataFrame({"calls_offered": calls}, index=index))


def with_calls(history: History, start: str, values: list[float]) -> History:
    frame = history.frame.copy()
    at = frame.index.get_loc(pd.Timestamp(start, tz=history.timezone))
    frame.iloc[at : at + len(values), 0] = values
    return replace(history, frame=frame)


def test_an_ordinary_history_has_nothing_odd() -> None:
    assert find_oddities(hotline(), calendar=Calendar()).empty


@pytest.mark.parametrize(
    ("kind", "start", "values"),
    [
        ("gap", "2026-03-03 10:00", [np.nan] * 5),
        ("false_zero", "2026-03-03 10:00", [0.0]),
        ("outage", "2026-03-03 10:00", [0.0] * 6),
        ("spike", "2026-03-03 10:00", [2000.0, 1500.0]),
    ],
)
def test_what_was_put_in_is_found_where_it_was_put(kind: str, start: str, values: list[float]) -> None:
    table = find_oddities(with_calls(hotline(), start, values), calendar=Calendar())
    assert table["kind"].tolist() == [kind]
    first = pd.Timestamp(start, tz="Asia/Shanghai")
    assert table.loc[0, "start_at"] == first
    assert table.loc[0, "end_at"] == first + pd.Timedelta(hours=len(values))
    assert table.loc[0, "intervals"] == len(values)


def test_a_quiet_night_hour_is_no_false_zero() -> None:
    index = pd.date_range("2026-01-05", periods=24 * 90, freq="h", tz="Asia/Shanghai", name="interval_start")
    rate = np.where(index.hour < 6, 0.5, 30.0)
    calls = np.random.default_rng(5).poisson(rate).astype(float)
    history = History("night", "Asia/Shanghai", 60, pd.DataFrame({"calls_offered": calls}, index=index))
    assert (calls == 0).any()
    assert find_oddities(history, calendar=Calendar()).empty


def test_a_day_copied_from_the_week_before_is_found() -> None:
    history = hotline()
    day = history.frame.loc["2026-03-03", "calls_offered"].tolist()
    table = find_oddities(with_calls(history, "2026-03-10 00:00", day), calendar=Calendar())
    assert table["kind"].tolist() == ["duplicated_day"]
    assert table.loc[0, "start_at"] == pd.Timestamp("2026-03-10", tz="Asia/Shanghai")


@pytest.mark.parametrize(("times", "listed"), [(3.0, ["2026-04-01"]), (1.28, ["2026-04-01"]), (1.15, [])])
def test_a_lasting_step_by_more_than_a_fifth_is_listed_but_not_taken_out(times: float, listed: list[str]) -> None:
    history = hotline()
    frame = history.frame.copy()
    frame.loc["2026-04-01":] *= times
    stepped = replace(history, frame=frame)
    table = find_oddities(stepped, calendar=Calendar())
    steps = table[table["kind"] == "step"]
    assert [t.date().isoformat() for t in steps["start_at"]] == listed
    pd.testing.assert_frame_equal(clean(stepped, steps).frame, frame)


def test_cleaning_empties_and_undoing_restores() -> None:
    history = with_calls(hotline(), "2026-03-03 10:00", [0.0] * 6)
    table = find_oddities(history, calendar=CALENDAR)
    assert table["kind"].tolist() == ["outage", "fault"]
    cleaned = clean(history, table)
    assert int(cleaned.frame["calls_offered"].isna().sum()) == 8
    untouched = cleaned.frame["calls_offered"].notna()
    pd.testing.assert_frame_equal(cleaned.frame[untouched], history.frame[untouched])
    pd.testing.assert_frame_equal(undo_cleaning(cleaned, history, table).frame, history.frame)
    assert int(undo_cleaning(cleaned, history, table.iloc[:1]).frame["calls_offered"].isna().sum()) == 2


def test_hours_copied_from_the_day_before_and_a_counter_that_stands_still_are_found() -> None:
    history = hotline()
    hours = history.frame.loc["2026-03-09 06:00":"2026-03-09 20:00", "calls_offered"].tolist()
    for values in (hours, [57.0] * 15):
        table = find_oddities(with_calls(history, "2026-03-10 06:00", values), calendar=Calendar())
        assert table["kind"].tolist() == ["duplicated_hours"]
        first, last = table.loc[0, "start_at"], table.loc[0, "end_at"]
        assert abs(first - pd.Timestamp("2026-03-10 06:00", tz="Asia/Shanghai")) <= pd.Timedelta(hours=1)
        assert abs(last - pd.Timestamp("2026-03-10 21:00", tz="Asia/Shanghai")) <= pd.Timedelta(hours=1)


def test_a_certain_outage_is_not_learned_from_and_the_calendar_puts_it_back() -> None:
    history = with_calls(hotline(), "2026-05-19 09:00", [0.0] * 8)
    hours = pd.date_range("2026-06-04", periods=48, freq="h")
    table = find_oddities(history, calendar=Calendar())
    assert table["certain"].tolist() == [True]
    past = history.calls_by_wall_clock()
    found = without_faults(past, Calendar())
    assert found[found.isna()].index.equals(pd.date_range("2026-05-19 09:00", periods=8, freq="h"))
    emptied = clean(history, table).calls_by_wall_clock()
    pd.testing.assert_frame_equal(forecast_calls(past, hours), forecast_calls(emptied, hours))
    day = datetime.fromisoformat("2026-05-19T00:00")
    kept = Calendar(faults=(Fault("moved house", day, day + timedelta(days=1), kept=True),))
    assert without_faults(past, kept).notna().all()
    assert find_oddities(history, calendar=kept)["certain"].tolist() == [False]
    assert forecast_calls(past, hours, calendar=kept)["mean"].sum() < forecast_calls(past, hours)["mean"].sum()


@pytest.mark.parametrize("closed", ["nights from now on", "Saturdays from now on"])
def test_new_opening_hours_are_learned_and_are_no_outage(closed: str) -> None:
    history = hotline()
    frame = history.frame.copy()
    index = pd.DatetimeIndex(frame.index)
    hours = (index.hour >= 17) if closed.startswith("nights") else (index.day_of_week == 5)
    frame.loc[(index >= "2026-05-15") & hours, "calls_offered"] = 0.0
    changed = replace(history, frame=frame)
    table = find_oddities(changed, calendar=Calendar())
    assert len(table) > 0
    assert not table["certain"].any()
    assert without_faults(changed.calls_by_wall_clock(), Calendar()).notna().all()


def test_a_holiday_may_be_silent_but_not_ten_times_as_busy() -> None:
    history, day = hotline(), date(2026, 5, 1)
    free = Calendar(days={day: SpecialDay("Labour Day", "holiday")})
    assert find_oddities(with_calls(history, "2026-05-01 00:00", [0.0] * 24), calendar=free).empty
    busy = find_oddities(with_calls(history, "2026-05-01 10:00", [1000.0]), calendar=free)
    assert busy["kind"].tolist() == ["spike"]


def test_an_unknown_kind_is_refused() -> None:
    history = hotline(20)
    with pytest.raises(ValueError, match="wobble"):
        clean(history, find_oddities(history, calendar=Calendar()), kinds=["wobble"])
