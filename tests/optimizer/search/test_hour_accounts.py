"""Hours averaged over a quarter: carried from month to month in everybody's account, even at its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from api.intake import read_burdens, write_frame
from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.law.fairness import burdens, with_burdens
from optimizer.law.lawfulness import broken_rules
from optimizer.law.people import Person, people_from_frame
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.rostering import plan_roster

ZONE = "Asia/Shanghai"
QUARTER = {
    "weekly_mode": "average", "average_months": 3, "average_hours_ahead": 24.0, "on_site_day": {}, "on_site_night": {},
    "reserve_share": 0.0, "standby_minimum": 0, "standby_target": 0,
}  # fmt: skip
LEAVE = frozenset({date(2026, 4, 14), date(2026, 5, 5)})
PEOPLE = (Person("1"), Person("2", contract_hours_per_week=30))


def situation(month: str, people: tuple[Person, ...] | list[Person] = PEOPLE, **rules: object) -> Situation:
    kept = RosterRules(**{**QUARTER, **rules})
    away = frozenset(day for day in LEAVE if f"{day:%Y-%m}" == month)
    people = [replace(person, leave=away if person.badge == "2" else frozenset()) for person in people]
    return Situation(people, ShiftCatalogue((Shift("D", 540, 480),)), kept, pd.Period(month), ZONE, Calendar())


def busy(month: str) -> pd.DataFrame:
    """Return a need that every hour of everybody's would not meet."""
    index = month_intervals(pd.Period(month), ZONE)
    return pd.DataFrame({"seats_required": [9 if 9 <= at.hour < 17 else 0 for at in index]}, index=index)


def test_a_busy_quarter_uses_its_hours_and_no_more(tmp_path) -> None:
    given, hours, months = situation("2026-04"), {"1": 0.0, "2": 0.0}, []
    for month in ("2026-04", "2026-05", "2026-06"):
        given = situation(month, given.people)
        roster = plan_roster(busy(month), given, time_limit_seconds=0.2).roster
        assert broken_rules(roster, given).empty
        worked = roster.groupby("badge")["worked_minutes"].sum() / 60
        months.append(worked)
        after = read_burdens(write_frame(burdens(roster, given), tmp_path / f"{month}.csv"))
        hours = {badge: hours[badge] + worked[badge] for badge in hours}
        span = (pd.Period(month).end_time.date() - date(2026, 4, 1)).days + 1
        for person in PEOPLE:
            away = sum(f"{day:%Y-%m}" <= month for day in LEAVE) if person.badge == "2" else 0
            average = person.contract_hours_per_week * (span - away) / 7
            account = after.set_index("badge").loc[person.badge, "hours_account"]
            assert account == pytest.approx(0 if month == "2026-06" else hours[person.badge] - average, abs=1e-6)
        given = replace(given, people=with_burdens(given.people, after))
    assert 500 < hours["1"] <= 40 * 91 / 7
    assert months[0]["1"] > 40 * 30 / 7  # more in the first month, as far ahead as may be
    assert months[0]["1"] <= 40 * 30 / 7 + 24


@pytest.mark.parametrize(
    ("month", "account", "most"),
    [
        ("2026-04", 30.0, 40 * 30 / 7 + 24),  # a span begins: what was before counts no more
        ("2026-05", 20.0, 40 * 31 / 7 - 20 + 24),
        ("2026-06", 20.0, 40 * 30 / 7 - 20),
        ("2026-06", -15.5, 40 * 30 / 7 + 15.5),
        ("2026-06", None, 40 * 30 / 7),
    ],
)
def test_what_a_month_may_have(month: str, account: float | None, most: float) -> None:
    days = [day.date() for day in pd.date_range(f"{month}-01", periods=pd.Period(month).days_in_month)]
    person = Person("1", hours_account=account)
    assert RosterRules(**QUARTER).month_minutes(person, days) == pytest.approx(60 * most)


def test_the_account_of_a_staff_list_stands_before_last_months_plan() -> None:
    told = people_from_frame(pd.DataFrame({"badge": ["1", "2"], "role": "inbound", "hours_account": ["-8.5", ""]}))
    before = pd.DataFrame({"badge": ["1", "2"], "nights": 0, "weekends": 0, "holidays": 0, "hours_account": [3.0, 4.0]})
    assert [person.hours_account for person in with_burdens(told, before)] == [-8.5, 4.0]


def test_a_span_has_to_divide_the_year() -> None:
    with pytest.raises(ValueError, match="average_months must be 1, 2, 3, 4, 6 or 12, got 5"):
        RosterRules(weekly_mode="average", average_months=5)


def test_without_a_span_of_months_no_account_is_kept() -> None:
    given = situation("2026-04", average_months=1)
    assert "hours_account" not in burdens(plan_roster(busy("2026-04"), given, time_limit_seconds=0.1).roster, given)
