"""People with several skills count once: against a matching of people to the places that skills ask for."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules, Weights
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.coverage_curves import skill_curve
from optimizer.search.problem import month_problem
from optimizer.search.roster_frames import coverage_frame
from optimizer.search.rostering import plan_roster
from optimizer.search.skill_cover import people_missing, shared_skills, skills_asked
from optimizer.search.sweeps import empty_plan

MONTH = pd.Period("2026-02", "M")


def missing_by_matching(people, need):
    places = [skill for skill, count in need.items() for _ in range(count)]
    fits = csr_array([[int(place in skills) for place in places] for skills in people])
    return len(places) - int((maximum_bipartite_matching(fits, perm_type="column") >= 0).sum())


@pytest.mark.parametrize("seed", range(60))
def test_who_is_missing_is_what_a_matching_of_people_to_places_leaves_open(seed):
    random = np.random.default_rng(seed)
    names = list("abcd")[: random.integers(2, 5)]
    people = [frozenset(random.choice(names, size=random.integers(1, 4))) for _ in range(random.integers(1, 7))]
    need = {name: int(random.integers(0, 4)) for name in names}
    sets = [frozenset({name}) for name in names] + shared_skills(people)
    curves = [skill_curve(s, np.array([sum(need[n] for n in s)]), Weights(), 1.0) for s in sets]
    present = np.array([[float(sum(bool(skills & s) for skills in people))] for s in sets])
    assert people_missing(curves, present)[0] == missing_by_matching(people, need)


def test_a_person_with_two_skills_is_counted_once_in_the_plan():
    index = month_intervals(MONTH, "UTC")
    need = pd.DataFrame({"seats_required": 0, "seats_required.a": 1, "seats_required.b": 1}, index=index)
    need[need.index.hour < 8] = 0
    people = [Person("1", skills=frozenset({"a", "b"})), Person("2", skills=frozenset({"a"}))]
    rules = RosterRules(on_site_night={}, on_site_day={}, reserve_share=0.0)
    catalogue = ShiftCatalogue((Shift("D", 480, 480), Shift("E", 960, 480)))
    made = plan_roster(need, Situation(people, catalogue, rules, MONTH, "UTC", Calendar()), time_limit_seconds=1)
    worked = made.roster["worked_minutes"].sum() / 60
    told = made.departures.set_index("rule")["amount"]["skill"]
    assert told == pytest.approx(made.coverage["skills_short"].sum())
    assert told >= 28 * 32 - worked  # a place of a skill is filled by an hour of somebody's, and by no more
    assert made.departures["cost"].sum() == pytest.approx(made.objective)
    assert made.bound <= made.objective + 1e-6


def test_what_skills_need_together_may_be_less_than_what_they_need_each():
    assert skills_asked(["seats_required", "seats_required.a", "seats_required.b", "seats_required.a+b"]) == {
        frozenset("a"): "seats_required.a",
        frozenset("b"): "seats_required.b",
        frozenset("ab"): "seats_required.a+b",
    }
    assert skills_asked(["seats_required.c+", "seats_required.a+b"]).keys() == {frozenset({"c+"}), frozenset({"a+b"})}
    index = month_intervals(MONTH, "UTC")
    day = (index.hour >= 8) & (index.hour < 16)
    need = pd.DataFrame(
        {"seats_required": 3 * day, "seats_required.a": 2 * day, "seats_required.b": 2 * day}, index=index
    )
    people = [Person(str(n), skills=frozenset({"a", "b"} if n < 2 else {"ab"[n % 2]})) for n in range(8)]
    rules = RosterRules(on_site_night={}, on_site_day={}, reserve_share=0.0)
    catalogue = ShiftCatalogue((Shift("D", 480, 480),))
    situation = Situation(people, catalogue, rules, MONTH, "UTC", Calendar())
    told = plan_roster(need.assign(**{"seats_required.a+b": 3 * day}), situation, time_limit_seconds=1).coverage
    assert told["skills_short"].sum() == told["shortage"].sum() == 0
    crews = told[["on_phone.a", "on_phone.b", "on_phone.a+b"]]
    assert crews.sum(axis=1).tolist() == told["seats_rostered"].tolist()
    assert (crews[["on_phone.a", "on_phone.a+b"]].sum(axis=1)[day] >= 2).all()
    assert (crews[["on_phone.b", "on_phone.a+b"]].sum(axis=1)[day] >= 2).all()


def test_who_comes_in_from_last_months_night_is_of_all_crews_by_their_heads():
    """Eight seats of the first hours are taken as staffed: three of five people have one skill, two the other."""
    index = month_intervals(MONTH, "UTC")
    need = pd.DataFrame({"seats_required": np.where(index.hour < 6, 8, 0), "seats_required.a": 1}, index=index)
    people = [Person(str(n), skills=frozenset("a") if n < 3 else frozenset()) for n in range(5)]
    rules = RosterRules(on_site_night={}, on_site_day={}, reserve_share=0.0)
    given = Situation(people, ShiftCatalogue((Shift("N", 1320, 480),)), rules, MONTH, "UTC", Calendar())
    month = month_problem(need, given)
    told = coverage_frame(month, empty_plan(month), need).iloc[:6]
    assert told["seats_rostered"].tolist() == [8] * 6
    assert told["on_phone.a"].tolist() == pytest.approx([8 * 3 / 5] * 6)
    assert told["on_phone."].tolist() == pytest.approx([8 * 2 / 5] * 6)
