"""Ranges of a day and lengths as people write them, and midnight at the end of a span."""

from __future__ import annotations

from datetime import date

import pytest

from optimizer.law.clocks import duration_seconds, length_minutes, span_minutes
from optimizer.law.people_columns import PEOPLE_COLUMNS

LEAVE_HOURS = next(column for column in PEOPLE_COLUMNS if column.name == "leave_hours")


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("9-12", (9, 12)), ("09:00–12:30", (9, 12.5)), ("9：00至12：00", (9, 12)), ("13:00-24:00", (13, 24)),
        ("2pm-5pm", (14, 17)), ("下午2点-5点", (14, 17)), ("上午9点至11点", (9, 11)),
    ],
)  # fmt: skip
def test_a_range_of_a_day_is_understood_in_minutes(text, hours):
    assert span_minutes(text) == tuple(hour * 60 for hour in hours)
    assert LEAVE_HOURS.value(f"2026-12-08={text}") == {date(2026, 12, 8): (span_minutes(text),)}


@pytest.mark.parametrize("text", ["9", "12-9", "9-9", "22:00-06:00", "9-25", "soon", ""])
def test_what_does_not_end_later_on_the_same_day_is_no_range(text):
    assert span_minutes(text) is None


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("45", 45),
        ("45.0", 45),
        ("45 min", 45),
        ("45分钟", 45),
        ("1:30", 90),
        ("8h", 480),
        ("PT90M", 90),
        ("soon", None),
    ],
)
def test_a_length_is_understood_in_minutes(text, minutes):
    assert length_minutes(text) == minutes


@pytest.mark.parametrize("text", ["1 day 02:03:00", "1 day 2h 3m", "1 day, 2 hours 3 min", "1天2小时3分", "26:03:00"])
def test_a_days_hours_count_whatever_stands_after_the_day(text):
    assert duration_seconds(text) == 86400 + 2 * 3600 + 3 * 60


def test_leave_until_midnight_is_written_as_it_is_read():
    told = {date(2026, 12, 8): ((1080, 1440),)}
    assert LEAVE_HOURS.write(told) == "2026-12-08=18:00-24:00"
    assert LEAVE_HOURS.value(LEAVE_HOURS.write(told)) == told
