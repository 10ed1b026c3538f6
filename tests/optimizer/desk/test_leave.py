"""Places for leave against closed forms; decisions on requests against what rankings and places mean."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.history.intervals import month_intervals
from optimizer.desk.leave_quota import groups_of, leave_quota
from optimizer.desk.leave_requests import LeaveRequest, decide_leave
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue

MONTH = pd.Period("2027-02")  # of four whole weeks, Monday to Sunday
EIGHT_HOURS = ShiftCatalogue((Shift("D", 540, 480),))
FIRST = date(2027, 2, 1)


def staff(count, **facts):
    return [Person(str(number), **facts) for number in range(count)]


def needed(people, *, weekends=True):
    """Return a need of so many people from 9 to 17 each day."""
    index = month_intervals(MONTH, "Asia/Shanghai")
    local = index.tz_convert("Asia/Shanghai")
    open_ = (local.hour >= 9) & (local.hour < 17) & (weekends | (local.day_of_week < 5))
    return pd.DataFrame({"people_to_roster": np.where(open_, people, 0)}, index=local)


def places(need, people, **settings):
    quota = leave_quota(need, people, EIGHT_HOURS, RosterRules(), **settings)
    return quota.groupby("group")["may_be_away"].agg(set).to_dict()


def test_places_are_what_the_weeks_hours_leave():
    # 20 people have 800 hours a week; 10 on each of seven days take 560; each who is away takes 40
    assert places(needed(10), staff(20), short_share=0, most_share=0.5) == {"inbound": {6}}
    # of part-timers half the hours: 20 × 20 = 400 hours, 5 on each day take 280, and one away 20
    part = staff(20, contract_hours_per_week=20)
    assert places(needed(5), part, short_share=0, most_share=0.5) == {"inbound": {6}}


def test_no_day_has_fewer_people_left_than_it_needs():
    # Monday to Friday 12 of 20: hours for 8 away, and on each of these days 8 left over
    quota = leave_quota(needed(12, weekends=False), staff(20), EIGHT_HOURS, RosterRules(), short_share=0, most_share=1)
    assert set(quota["may_be_away"]) == {8}


def test_a_share_of_the_week_may_stay_uncovered_and_no_share_of_people_is_passed():
    # a tenth of 14 × 56 hours need not be covered: 800 - 705.6 leaves hours for two
    assert places(needed(14), staff(20), short_share=0.1) == {"inbound": {2}}
    assert places(needed(1), staff(20), most_share=0.25) == {"inbound": {5}}
    assert places(needed(20), staff(20), short_share=0) == {"inbound": {0}}  # short whoever is there


def test_who_joins_in_the_middle_gives_places_from_then_on():
    # 20 people and from the 15th five more: 6 places as above, then 1000 - 560 hours leave 11
    people = [*staff(20), *(Person(f"new {n}", joined=date(2027, 2, 15)) for n in range(5))]
    quota = leave_quota(needed(10), people, EIGHT_HOURS, RosterRules(), short_share=0, most_share=0.5)
    assert quota["may_be_away"].tolist() == [6] * 14 + [11] * 14
    assert quota["people"].tolist() == [20] * 14 + [25] * 14


def test_a_role_that_has_to_be_on_site_and_a_skill_have_places_of_their_own():
    rules = RosterRules(cover_roles=("inbound",), on_site_day={"qa": 1}, on_site_night={})
    night = ShiftCatalogue((Shift("A", 360, 480), Shift("B", 840, 480)))
    people = [*staff(6, skills=frozenset({"vip"})), *(Person(f"q{n}", "qa") for n in range(5))]
    need = needed(0).assign(**{"seats_required.vip": 0})
    quota = leave_quota(need, people, night, rules, short_share=0, most_share=1)
    # two shifts of eight hours on seven days take 112 of the five's 200 hours
    assert quota.groupby("group")["may_be_away"].agg(set).to_dict() == {"inbound": {6}, "vip": {6}, "qa": {2}}


def quota_of(most, days=14, *, away=0, group="inbound"):
    dates = [FIRST + timedelta(days=n) for n in range(days)]
    return pd.DataFrame({"date": dates, "group": group, "may_be_away": most, "away": away})


def decided(requests, quota, people, **how):
    return decide_leave(requests, quota, people, group_of=lambda person: ["inbound"], **how)


def asked(badge, first, length=1, hour=0, **facts):
    start = FIRST + timedelta(days=first)
    at = datetime(2026, 11, 1, hour, tzinfo=UTC)
    return LeaveRequest(badge, start, start + timedelta(days=length - 1), at, **facts)


def test_who_goes_first():
    people = staff(4)
    both = [asked("0", 3, hour=9, points=5), asked("1", 3, hour=8, points=1, good_days_before=4)]
    for ranking, granted in (("first", [False, True]), ("points", [True, False]), ("fair", [True, False])):
        decisions, after = decided(both, quota_of(1), people, ranking=ranking)
        assert decisions["granted"].tolist() == granted
        assert [bool(person.leave) for person in after] == [*granted, False, False]
    assert decisions["reason"].tolist() == ["", "no place left for inbound on 2027-02-04, of 1"]
    assert decisions["instead_first_on"].tolist() == [
        None,
        date(2027, 2, 3),
    ]  # the nearest day with room, earlier first


def test_a_skill_named_like_the_role_takes_one_place():
    rules = RosterRules()
    people = staff(3, skills=frozenset({"inbound"}))
    requests = [asked(person.badge, 3) for person in people]
    decisions, _ = decide_leave(requests, quota_of(2), people, group_of=lambda person: groups_of(person, rules))
    assert decisions["granted"].tolist() == [True, True, False]


def test_good_days_go_round():
    # three want both the same two days, of which one may have each: whoever had the first does not have the second
    requests = [asked(badge, day, hour=hour) for day in (1, 9) for hour, badge in enumerate("012")]
    decisions, _ = decided(requests, quota_of(1), staff(3), ranking="fair")
    assert decisions.loc[decisions["granted"], "badge"].tolist() == ["0", "1"]
    decisions, _ = decided(requests, quota_of(1), staff(3), ranking="first")
    assert decisions.loc[decisions["granted"], "badge"].tolist() == ["0", "0"]


@pytest.mark.parametrize(
    ("request_", "leave", "reason"),
    [
        (asked("9", 0), set(), "badge 9 is not on the staff list"),
        (asked("0", 0, 2), {FIRST, FIRST + timedelta(days=1)}, "these days are already days of leave"),
        (asked("0", 13, 2), set(), "2027-02-15 lies outside the days whose places were counted"),
        (asked("0", 0, 3), set(), "no place left for inbound on 2027-02-03, of 0"),
        (asked("0", 7, 4), set(), "the days of leave of inbound in the week of 2027-02-08 are used up"),
    ],
)
def test_why_not(request_, leave, reason):
    quota = quota_of([2, 2, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1])  # five places in the second week, four days take 5.6
    decisions, _ = decided([request_], quota, [Person("0", leave=frozenset(leave))])
    assert decisions["reason"].tolist() == [reason]
    assert not decisions["granted"].any()


requests_drawn = st.lists(
    st.tuples(st.sampled_from("012345"), st.integers(0, 13), st.integers(1, 6), st.integers(0, 5)), max_size=20
)


@settings(max_examples=30)
@given(
    requests_drawn, st.lists(st.integers(0, 3), min_size=20, max_size=20), st.sampled_from(["fair", "first", "points"])
)
def test_no_more_are_away_than_may_be_and_nobody_is_refused_for_whom_there_was_room(drawn, most, ranking):
    people, quota = staff(6), quota_of(most, 20)
    requests = [asked(badge, day, length, points=points) for badge, day, length, points in drawn]
    decisions, after = decided(requests, quota, people, ranking=ranking)
    away = Counter(day for person in after for day in person.leave)
    may = dict(zip(quota["date"], quota["may_be_away"], strict=True))
    assert all(count <= may[day] for day, count in away.items())

    def spent(leave, week):
        return min(5, sum(day.isocalendar().week == week for day in leave)) * 7 / 5

    weeks = {day.isocalendar().week for day in may}
    places = {week: sum(most for day, most in may.items() if day.isocalendar().week == week) for week in weeks}
    for week in weeks:
        assert sum(spent(person.leave, week) for person in after) <= places[week] + 1e-9
    leave_of = {person.badge: person.leave for person in after}
    for request, granted in zip(requests, decisions["granted"], strict=True):
        mine = leave_of[request.badge]
        if granted:
            assert mine >= set(request.days)
        elif not mine >= set(request.days):
            more = [day for day in request.days if day not in mine]
            full = any(away[day] >= may[day] for day in more)
            over = any(
                sum(spent(p.leave, w) for p in after) - spent(mine, w) + spent(mine | set(more), w) > places[w] + 1e-9
                for w in weeks
            )
            assert full or over


def test_a_leave_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="ends on 2027-02-01, before it begins on 2027-02-03"):
        LeaveRequest("0", date(2027, 2, 3), date(2027, 2, 1))


def test_shares_out_of_range_are_refused():
    with pytest.raises(ValueError, match="most_share must be a share"):
        places(needed(1), staff(2), most_share=0)
    with pytest.raises(ValueError, match="ranking 'loudest' is not one of fair, first"):
        decided([], quota_of(1), staff(1), ranking="loudest")
