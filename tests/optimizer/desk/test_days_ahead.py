"""The way back to the promise: chosen by hand on small rosters, and held to the checker and to a plain recount."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from forecaster.requirement.expected_service import ExpectedService
from optimizer.desk.changes_ahead import applied
from optimizer.desk.days_ahead import Outlook, changes_ahead, day_levels, hour_worth
from optimizer.desk.possible_changes import Options
from optimizer.law.changes import Cell, with_cells
from optimizer.law.lawfulness import ROSTER_COLUMNS, broken_rules
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import LEAVE, STANDBY, Shift, ShiftCatalogue
from optimizer.law.situation import Situation

ZONE = "Asia/Shanghai"
CATALOGUE = ShiftCatalogue(
    (Shift("D", 480, 480), Shift("L", 600, 480), Shift("N", 1320, 480))  # 8–16, 10–18, 22–6, no meals
)
FIRST = date(2026, 12, 8)  # a Tuesday


def situation(people, **rules):
    given = {"on_site_day": {}, "on_site_night": {}, **rules}
    return Situation(people, CATALOGUE, RosterRules(**given), pd.Period("2026-12", "M"), ZONE, Calendar())


def roster_of(where, plan):
    cells = [Cell(badge, FIRST + timedelta(days=n), code) for badge, days in plan.items() for n, code in days.items()]
    return with_cells(pd.DataFrame(columns=list(ROSTER_COLUMNS)), where, cells)


def present(roster, index):
    """People at work in each hour, counted every five minutes; nobody eats here."""
    at = index[0] + pd.to_timedelta(np.arange(0, 60 * len(index), 5), unit="min")
    works = roster[~roster["shift"].isin([LEAVE, STANDBY])]
    there = [(at >= start) & (at < end) for start, end in zip(works["start_at"], works["end_at"], strict=True)]
    return np.sum(there, axis=0).reshape(-1, 12).mean(axis=1) if there else np.zeros(len(index))


def outlook(roster, need, *, days=1, calls=10.0, wanted=1.0, enough=None, least=None):
    """Hours in which each of `need` people answers the same share of the calls in time, and more answer no more.

    Unless `least` is told, nobody of the roster can be spared.
    """
    index = pd.date_range(pd.Timestamp(FIRST, tz=ZONE), periods=24 * days, freq="h")
    need = np.resize(np.asarray(need, dtype=float), len(index))
    people = np.arange(40)[None, :]
    share = np.minimum(people / np.maximum(need, 1e-9)[:, None], 1.0)
    expected = np.where(need > 0, calls, 0.0)
    service = ExpectedService(expected, expected[:, None] * share, np.zeros((len(index), 40)), None, None)
    by_day = np.full(days, float(wanted))
    return Outlook(
        index,
        np.arange(len(index)) // 24,
        service,
        present(roster, index),
        present(roster, index) if least is None else np.resize(least, len(index)),
        by_day,
        by_day if enough is None else np.full(days, float(enough)),
    )


def hours(**wanted):
    """A day's need by hour: `h8=2` for two people at 8."""
    need = np.zeros(24)
    for name, count in wanted.items():
        need[int(name[1:])] = count
    return need


def needing(count, first, last):
    return hours(**{f"h{h}": count for h in range(first, last)})


ANN, BOB, CAT = Person("1"), Person("2"), Person("3")


def test_one_hour_after_the_shift_is_overtime_of_who_is_there():
    where = situation([ANN, BOB])
    roster = roster_of(where, {"1": {0: "D"}, "2": {0: "N"}})
    found = changes_ahead(roster, where, outlook(roster, needing(1, 8, 17)))
    assert [(one.kind, one.badge, one.hours, one.paid_hours) for one in found] == [("stay_on", "1", 1.0, 1.5)]
    assert found[0].start_at == pd.Timestamp("2026-12-08 16:00", tz=ZONE)
    assert found[0].calls_in_time == pytest.approx(10.0)
    assert (found[0].rule, found[0].touches.en) == ("overtime_a_month", "1.0 of 36 h overtime a month")


def test_protected_staff_and_those_without_overtime_left_are_not_kept_longer():
    nursing = situation([replace(ANN, protected=True)])
    roster = roster_of(nursing, {"1": {0: "D"}})
    assert not [one for one in changes_ahead(roster, nursing, outlook(roster, needing(1, 8, 17))) if one.overtime]
    worked = pd.DataFrame({"badge": ["1"], "date": [date(2026, 12, 1)], "minutes": [36 * 60.0]})
    tired = replace(situation([ANN]), overtime=worked)
    assert not [one for one in changes_ahead(roster, tired, outlook(roster, needing(1, 8, 17))) if one.overtime]


def test_a_later_shift_is_taken_where_it_costs_nothing_and_the_morning_can_spare_it():
    where = situation([ANN, BOB, CAT])
    roster = roster_of(where, {"1": {0: "D"}, "2": {0: "D"}, "3": {}})
    found = changes_ahead(roster, where, outlook(roster, needing(1, 8, 18), least=0))
    assert [(one.kind, one.after, one.hours) for one in found if one.kind != "sent_home"] == [
        ("shift_changed", "L", 0.0)
    ]
    assert found[-1].rule == "weekly_hours"


def test_standby_comes_before_a_day_off_and_a_moved_day_frees_another_of_the_week():
    where = situation([ANN, BOB, CAT])
    roster = roster_of(where, {"1": {0: STANDBY}, "2": {}, "3": {}})
    assert roster.loc[0, "start_at"].hour == 6
    found = changes_ahead(roster, where, outlook(roster, needing(1, 9, 12)))
    assert [(one.kind, one.badge, one.paid_hours) for one in found] == [("standby_called", "1", 6.0)]
    # eight hours want a whole shift: Bob works on Thursday, when nobody calls
    roster = roster_of(where, {"2": {2: "D"}})
    need = np.concatenate([needing(1, 8, 16), np.zeros(48)])
    found = changes_ahead(roster, where, outlook(roster, need, days=3, least=0))
    moved = found[0]
    assert (moved.kind, moved.badge, moved.moved_from) == ("day_off_moved", "2", date(2026, 12, 10))
    assert "consent" in moved.touches.en
    after = applied(roster, where, moved)
    assert after[["date", "shift"]].to_numpy().tolist() == [[FIRST, "D"]]


def test_people_go_home_on_the_first_day_alone_and_only_while_the_level_stays():
    where = situation([ANN, BOB])
    roster = roster_of(where, {"1": {0: "D", 1: "D"}, "2": {0: "D", 1: "D"}})
    need = np.concatenate([needing(2, 8, 13) + needing(1, 13, 16)] * 2)
    found = changes_ahead(roster, where, outlook(roster, need, days=2, least=0))
    assert [(one.kind, one.day, one.hours, one.paid_hours) for one in found] == [("sent_home", FIRST, -3.0, -3.0)]
    kept = changes_ahead(roster, where, outlook(roster, need, days=2, least=np.full(48, 2)))
    assert kept == [], "the least people stay whatever the level"


def test_a_training_day_is_neither_cut_short_nor_moved_nor_another_shift():
    """Nobody is on the phone that day: to take it away brings the phone nobody."""
    where = situation([ANN, BOB])
    roster = roster_of(where, {"1": {0: "D", 1: "D"}, "2": {0: "D", 1: "D"}})
    index = pd.date_range(pd.Timestamp(FIRST, tz=ZONE), periods=48, freq="h")
    days, more = [FIRST, FIRST + timedelta(days=1)], np.ones(48)

    def kinds(rows):
        given = [Options.taking(rows, where, index, days), Options.adding(rows, where, index, days, more)]
        return {one.kind for options in given for one in options.changes if one.badge == "1"}

    of_training = {"stay_on", "come_early"}
    assert kinds(roster) == of_training | {"sent_home", "starts_later", "shift_changed"}
    assert kinds(roster.assign(shift=roster["shift"].where(roster["badge"] != "1", "training"))) == of_training
    alone = roster[roster["date"] != FIRST]
    assert "day_off_moved" in kinds(alone)
    assert "day_off_moved" not in kinds(alone.assign(shift="training"))


def test_what_an_hour_of_the_plan_brings_is_the_slope_of_its_calls_in_time():
    calls, people = np.array([12.0, 20.0, 0.0]), np.arange(9)[None, :]
    in_time = calls[:, None] * (1 - 0.5**people)
    service = ExpectedService(calls, in_time, np.zeros_like(in_time), None, None)
    slopes = [12 * (0.5**1 - 0.5**3) / 2, 20 * (0.5**2 - 0.5**4) / 2]
    expected = (12 * slopes[0] + 20 * slopes[1]) / 32
    there = np.array([2.0, 3.0, 0.0])
    assert hour_worth(service, there, interval_minutes=60) == pytest.approx(expected)
    assert hour_worth(service, there, interval_minutes=15) == pytest.approx(4 * expected)
    assert hour_worth(replace(service, calls=0 * calls), there, interval_minutes=60) == 0.0


def test_hours_of_the_first_day_are_held_to_what_an_hour_of_the_plan_brings():
    """An hour after the shift brings 10 calls for 2.5 hours' price; one hour less saves half an hour's."""
    where = situation([ANN, BOB])
    roster = roster_of(where, {"1": {0: "D", 1: "D"}, "2": {0: "D", 1: "D"}})
    short = np.concatenate([needing(2, 8, 16) + needing(1, 16, 17)] * 2)
    good = outlook(roster, short, days=2, wanted=0.5, least=0)

    def made(worth):
        found = changes_ahead(roster, where, replace(good, hour_worth=worth))
        return [(one.kind, one.day, one.hours) for one in found]

    # kept: every hour that is published answers 5 calls a person
    assert made(3.9) == [("stay_on", FIRST, 1.0)]
    assert made(4.1) == []
    # what saves more than it costs goes, but not below what the day is to keep
    gone = made(1000.0)
    assert gone
    assert all(kind in ("sent_home", "starts_later") for kind, _, _ in gone)
    roomy = replace(good, wanted=np.full(2, 0.95), enough=np.full(2, 0.95), hour_worth=1000.0)
    after = roster
    for one in changes_ahead(roster, where, roomy):
        after = applied(after, where, one)
    assert day_levels(roomy.service, present(after, roomy.index), roomy.day_of)[0] >= 0.95 - 1e-9


def test_where_hours_even_out_an_hour_more_and_an_hour_less_count_alike():
    """By hand: an hour after the shift brings 10 calls in time, each of the hours that is published 5 a person."""
    roster = roster_of(situation([ANN, BOB]), {"1": {0: "D"}, "2": {0: "D"}})
    good = outlook(roster, needing(2, 8, 16) + needing(1, 16, 17), wanted=0.5, least=0)

    def hours_made(worth, *, even):
        where = situation([ANN, BOB], hours_even_out=even)
        return sorted(one.hours for one in changes_ahead(roster, where, replace(good, hour_worth=worth)))

    assert (hours_made(4.9, even=True), hours_made(4.9, even=False)) == ([1.0], [])
    # what an hour less saves is more than its 5 calls: half of a shift goes; with its upset it is not worth it
    assert (hours_made(5.1, even=True), hours_made(5.1, even=False)) == ([-4.0, 1.0], [])
    assert 1.0 not in hours_made(10.1, even=True)


def test_the_room_bounds_what_is_added_and_nobodys_day_is_changed_twice():
    where = situation([ANN, BOB], seat_limit=1)
    roster = roster_of(where, {"1": {0: "D"}, "2": {0: "L"}})
    given = outlook(roster, needing(2, 16, 19))
    assert all(one.start_at.hour >= 18 for one in changes_ahead(roster, where, given))
    assert changes_ahead(roster, where, given, settled={("1", FIRST), ("2", FIRST)}) == []


def at_random(seed):
    random = np.random.default_rng(seed)
    people = [Person(str(n), protected=bool(random.random() < 0.1)) for n in range(1, 9)]
    where = situation(people, seat_limit=7)
    codes = np.array(["D", "L", "N", "off", STANDBY])
    plan = {p.badge: dict(enumerate(random.choice(codes, 6, p=[0.35, 0.25, 0.05, 0.3, 0.05]))) for p in people}
    roster = roster_of(where, {badge: {n: str(c) for n, c in days.items()} for badge, days in plan.items()})
    need = np.clip(random.poisson(3.0, 96) * np.tile(needing(1, 8, 20), 4), 0, 6)
    return where, roster, outlook(roster, need, days=4, wanted=0.9, enough=0.95, least=0)


@pytest.mark.parametrize("seed", range(8))
def test_every_change_keeps_the_law_and_the_levels_are_those_of_a_plain_recount(seed):
    where, roster, given = at_random(seed)
    found = changes_ahead(roster, where, given)
    worked = written = roster
    for one in found:
        worked = applied(worked, where, one)
        written = applied(written, where, one) if one.cells else written
    before = given.levels()
    after = day_levels(given.service, present(worked, given.index), given.day_of)
    assert (after >= np.minimum(before, given.wanted) - 1e-6).all(), "no day is left worse than it should be"
    assert after[0] >= min(before[0], 0.95) - 1e-6 or before[0] < 0.95
    old, new = (broken_rules(one, where).value_counts(["rule", "badge", "date"]) for one in (roster, written))
    assert (new.sub(old, fill_value=0) <= 0).all()
    overtime = pd.DataFrame([(one.badge, one.day, one.hours) for one in found if one.overtime], columns=["b", "d", "h"])
    assert (overtime.groupby(["b", "d"])["h"].sum() <= 3).all()
    protected = {person.badge for person in where.people if person.protected}
    assert not protected & set(overtime["b"])
    days = [(one.badge, day) for one in found for day in one.days]
    assert len(days) == len(set(days))
    longest = worked[~worked["shift"].isin([STANDBY])]
    for _, mine in longest.sort_values("start_at").groupby("badge"):
        rest = mine["start_at"].shift(-1) - mine["end_at"]
        was = roster[roster["badge"] == mine["badge"].iloc[0]].sort_values("start_at")
        least = (was["start_at"].shift(-1) - was["end_at"]).min()
        assert not (rest.dropna() < min(pd.Timedelta(hours=11), least)).any()


def test_what_can_be_mended_by_one_lawful_hour_is_mended():
    """Where hours of overtime alone would do, every subset of them is tried: none that does it is cheaper."""
    where = situation([ANN, BOB, CAT])
    roster = roster_of(where, {"1": {0: "D"}, "2": {0: "D"}, "3": {0: "D"}})
    given = outlook(roster, needing(3, 8, 16) + needing(2, 16, 18), wanted=1.0)
    found = changes_ahead(roster, where, given)
    assert given.levels()[0] < 1.0
    price = sum(one.price for one in found)
    best = np.inf
    for lengths in np.ndindex(4, 4, 4):  # hours that each stays on
        people = given.people.copy()
        for length in lengths:
            people[16 : 16 + length] += 1
        if day_levels(given.service, people, given.day_of)[0] >= 1.0 - 1e-9:
            best = min(best, sum(1.5 * n + 1.0 for n in lengths if n))
    assert price <= best + 1e-9
