"""A forecast says what was found in the history and what was made of it, and nothing where there is nothing to say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from forecaster.forecast.interval_forecast import forecast_month
from forecaster.history.calendar import Calendar, Campaign, Fault, SpecialDay, country_calendar
from forecaster.history.observed import History
from forecaster.messages import Message
from tests.forecaster.forecast.made_lines import Level, line

WEEK = (1.2, 1.1, 1.0, 1.0, 1.0, 0.5, 0.4)
LAST = date(2024, 2, 23)


def notes(level: Level, *, first: str = "2022-01-01", calendar: Calendar | None = None) -> dict[str, Message]:
    """What the forecast of March 2024 says of itself, by code."""
    calls = line(first, str(LAST), lambda d: level(d) * WEEK[d.weekday()], seed=6)
    frame = calls.tz_localize("UTC").rename("calls_offered").to_frame()
    told: list[Message] = []
    forecast_month(
        History("hotline", "UTC", 60, frame), pd.Period("2024-03"), calendar=calendar or Calendar(), tell=told.append
    )
    return {one.code: one for one in told}


def test_a_line_without_surprises_has_nothing_to_say_but_its_season() -> None:
    assert set(notes(lambda _: 300.0)) <= {"note.season"}


@pytest.mark.parametrize(
    ("days", "code"), [(10, "note.silent"), (20, "note.silent"), (21, "note.shut"), (28, "note.shut")]
)
def test_a_silence_up_to_now_is_told_with_what_was_made_of_it(days: int, code: str) -> None:
    told = notes(lambda d: 0.0 if d > LAST - timedelta(days=days) else 200.0)
    assert told[code].fields["days"] == days
    assert str(told[code].fields["since"]) == str(LAST - timedelta(days=days - 1))
    assert not {"note.silent", "note.shut"} - {code} & set(told)


def test_a_lasting_step_is_told_with_its_day_and_size() -> None:
    told = notes(lambda d: 300.0 * (1.5 if d >= date(2024, 1, 10) else 1.0))
    assert abs(told["note.step"].fields["since"] - np.datetime64("2024-01-10")) <= np.timedelta64(1, "D")
    assert told["note.step"].fields["times"] == pytest.approx(1.5, rel=0.1)


def test_a_week_that_became_another_is_told() -> None:
    told = notes(lambda d: 300.0 * (0.1 if d.weekday() == 2 and d >= date(2023, 12, 1) else 1.0))
    assert abs(told["note.week"].fields["since"] - np.datetime64("2023-12-01")) <= np.timedelta64(7, "D")


def test_a_short_history_is_told_by_its_days() -> None:
    assert notes(lambda _: 300.0, first="2024-01-15")["note.young"].fields["days"] == 40
    assert notes(lambda _: 300.0, first="2023-08-01")["note.no_year"].fields["days"] == 207


def test_days_shut_though_their_weekday_is_worked_are_told() -> None:
    days = country_calendar("US", range(2021, 2026))
    holidays = {day for day in days.days if days.day_type(day) == "holiday"}
    good_fridays = {date(2022, 4, 15), date(2023, 4, 7), date(2024, 3, 29)}
    named = replace(
        days, days={**days.days, **{d: replace(days.days[min(holidays)], name="Good Friday") for d in good_fridays}}
    )
    told = notes(lambda d: 0.0 if d in holidays | good_fridays else 300.0, calendar=named)
    assert told["note.shut_days"].fields["days"] == ["2024-03-29"]


def test_a_campaign_of_unknown_size_and_faults_left_out_are_told() -> None:
    push = Campaign("spring sale", date(2024, 3, 8), 5)
    fault = Fault(
        "exchange down", datetime.fromisoformat("2024-01-09T10:00"), datetime.fromisoformat("2024-01-09T14:00")
    )
    told = notes(lambda _: 300.0, calendar=Calendar(campaigns=(push,), faults=(fault,)))
    assert "spring sale" in told["note.campaign"].en
    assert told["note.left_out"].fields["count"] == 4
    sized = replace(push, size=0.4)
    assert "note.campaign" not in notes(lambda _: 300.0, calendar=Calendar(campaigns=(sized,)))


def test_dates_that_were_different_every_year_are_offered_a_name() -> None:
    def fair(day: date) -> float:
        return 700.0 if (3, 11) <= (day.month, day.day) <= (3, 20) else 500.0

    told = notes(fair)["note.recurring"].fields
    assert (str(told["first"]), str(told["last"]), told["years"]) == ("2024-03-11", "2024-03-20", 2)
    assert told["times"] == pytest.approx(1.4, rel=0.05)
    named = Calendar(
        days={
            date(year, 3, day): SpecialDay("fair", "observance") for year in (2022, 2023, 2024) for day in range(11, 21)
        }
    )
    assert "note.recurring" not in notes(fair, calendar=named)
    assert "note.recurring" not in notes(lambda d: fair(d) if d.year == 2022 else 500.0)
    summer = {3, 4, 5}  # a season's edge has no date
    assert "note.recurring" not in notes(lambda d: 900.0 if d.month in summer else 400.0)
