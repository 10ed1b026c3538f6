"""The reserve of the band, against a loop over the hours."""

import math

import pandas as pd
import pytest

from forecaster.queueing.erlang import service_level
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.reserve import more_on_the_high_day

TARGET = ServiceTarget(service_level=0.8, answer_within_seconds=20.0, max_occupancy=None, shrinkage=0.1)


def forecast(ratio=None):
    index = pd.date_range("2026-12-01", periods=48, freq="h", tz="Asia/Shanghai", name="interval_start")
    calls = [0.0 if at.hour < 8 else 40.0 + 5.0 * at.hour * (at.day == 2) for at in index]
    frame = pd.DataFrame({"calls": calls, "aht_seconds": 300.0}, index=index)
    return frame if ratio is None else frame.assign(day_upper_80_ratio=[ratio if at.day == 1 else 1.0 for at in index])


def fewest(calls):
    """Seats, found one by one, and not fewer than a whole one less would do."""
    seats = 1
    while service_level(seats, offered_load_erlangs=calls / 12.0, aht_seconds=300.0, answer_within_seconds=20.0) < 0.8:
        seats += 1
    return seats


def test_the_reserve_is_what_the_busiest_hour_of_the_high_day_lacks():
    frame = forecast(1.4)
    people = pd.Series([0 if calls == 0 else 8 for calls in frame["calls"]], index=frame.index)
    told = more_on_the_high_day(frame, people, TARGET, interval_minutes=60)
    assert told.index.tolist() == ["2026-12-01", "2026-12-02"]
    for day, calls in (("2026-12-01", 40.0 * 1.4), ("2026-12-02", 40.0 + 5.0 * 23)):
        whole = fewest(calls)
        assert math.ceil((whole - 1) / 0.9) - 8 <= told[day] <= math.ceil(whole / 0.9) - 8
    plenty = more_on_the_high_day(frame, people + 40, TARGET, interval_minutes=60)
    assert (plenty == 0).all()


def test_a_forecast_without_limits_is_as_uncertain_as_a_workbook_and_closed_hours_need_nobody():
    frame = forecast()
    people = pd.Series(8, index=frame.index)
    as_workbook = more_on_the_high_day(frame, people, TARGET, interval_minutes=60)
    told = more_on_the_high_day(
        frame.assign(day_upper_80_ratio=math.exp(1.2815515655 * 0.12)), people, TARGET, interval_minutes=60
    )
    assert as_workbook.tolist() == told.tolist()
    closed = frame.assign(calls=0.0)
    assert more_on_the_high_day(closed, people * 0, TARGET, interval_minutes=60).tolist() == pytest.approx([0, 0])
