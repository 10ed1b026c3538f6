"""The floor by the roster: who is there, who is at a meal, who could stay on, whom to call."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from api.http.acts import PeopleIn
from api.roster_people import people_from_roster
from forecaster.history.calendar import Calendar
from optimizer.law.changes import Cell, with_cells
from optimizer.law.lawfulness import ROSTER_COLUMNS
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation

ZONE = "Asia/Shanghai"
PEOPLE = (
    Person("I1"),
    Person("I2", protected=True),
    Person("Q1", role="qa"),
    Person("Q2", role="qa"),
    Person("X1", role="expert"),
    Person("O1", role="outbound"),
)


@pytest.fixture
def told():
    """What a small roster says at an hour of 7 December, and the roster."""
    catalogue = ShiftCatalogue((Shift("D", 480, 480, 60, (180, 240)), Shift("E", 840, 480, 60, (180, 240))))
    situation = Situation(
        people=PEOPLE,
        catalogue=catalogue,
        rules=RosterRules(on_site_day={}, on_site_night={}),
        month=pd.Period("2026-12", "M"),
        timezone=ZONE,
        calendar=Calendar(),
    )
    roster = pd.DataFrame(columns=list(ROSTER_COLUMNS))
    for badge, code in (("I1", "D"), ("I2", "D"), ("Q1", "D"), ("Q2", "E"), ("X1", "D")):
        roster = with_cells(roster, situation, [Cell(badge, date(2026, 12, 7), code)])

    def at(hour: int, minute: int = 0):
        moment = pd.Timestamp(2026, 12, 7, hour, minute, tz=ZONE)
        return people_from_roster(roster, situation, at=moment), roster

    return at


def test_those_on_shift_and_not_at_a_meal_are_there(told):
    morning, roster = told(9)
    assert morning["badges"]["qa"] == ["Q1"]
    assert morning["badges"]["expert"] == ["X1"]
    assert morning["badges"]["outbound"] == []
    both, _ = told(15)
    assert both["badges"]["qa"] == ["Q1", "Q2"]
    meal = roster.loc[roster["badge"] == "Q1", "meal_start_at"].iloc[0]
    during, _ = told(meal.hour, meal.minute)
    assert during["badges"]["qa"] == []


def test_only_who_may_lawfully_is_kept_longer_or_called(told):
    afternoon, _ = told(15)
    assert [one["badge"] for one in afternoon["lengthen"]] == ["I1"]  # I2 is protected; QA is not inbound
    called = [one["badge"] for one in afternoon["call"]]
    assert "O1" in called  # off today
    assert not {"I1", "I2", "Q1", "Q2", "X1"} & set(called)  # all at work


def test_the_service_takes_it_as_it_is(told):
    body, _ = told(9)
    assert PeopleIn.model_validate(body).source == "roster"
