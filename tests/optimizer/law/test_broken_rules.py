"""Each rule broken once by hand, and kept once at its very edge."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from forecaster.history.calendar import Calendar, SpecialDay
from optimizer.law.lawfulness import ROSTER_COLUMNS, broken_by, broken_rules, broken_together
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation

MONTH = pd.Period("2026-12", "M")  # the 1st is a Tuesday
ZONE = "Asia/Shanghai"
CATALOGUE = ShiftCatalogue(
    (
        Shift("D", 480, 480, 60, (180, 240)),  # 08:00–16:00, 7 h
        Shift("E", 840, 480, 60, (180, 240)),  # 14:00–22:00, 7 h
        Shift("N", 1320, 480, 60, (180, 240)),  # 22:00–06:00, 7 h
        Shift("T", 300, 300),  # 05:00–10:00, 5 h
        Shift("V", 1020, 300),  # 17:00–22:00, 5 h
        Shift("B", 540, 540, 60, (240,), roles=frozenset({"qa"})),
    )
)
RULES = RosterRules(on_site_day={}, on_site_night={}, standby_minimum=0, standby_target=0)
ANNE = Person("1")


def rows(plan, badge="1", role="inbound", month="2026-12"):
    made = []
    for day, code in plan.items():
        start = pd.Timestamp(f"{month}-{day:02d}", tz=ZONE)
        if code == "leave":
            made.append((badge, role, start.date(), code, pd.NaT, pd.NaT, pd.NaT, pd.NaT, 0))
            continue
        if code == "standby":
            begin = start + pd.Timedelta(hours=6)
            end = begin + pd.Timedelta(hours=8)
            made.append((badge, role, start.date(), code, begin, end, pd.NaT, pd.NaT, 0))
            continue
        shift = CATALOGUE[code]
        begin = start + pd.Timedelta(minutes=shift.start_minute)
        end = begin + pd.Timedelta(minutes=shift.length_minutes)
        meal = (pd.NaT, pd.NaT)
        if shift.meal_minutes:
            first = begin + pd.Timedelta(minutes=shift.meal_offsets_minutes[0])
            meal = (first, first + pd.Timedelta(minutes=shift.meal_minutes))
        made.append((badge, role, start.date(), code, begin, end, *meal, shift.worked_minutes))
    return pd.DataFrame(made, columns=list(ROSTER_COLUMNS))


def breaches(plan, person=ANNE, rules=RULES, calendar=None, carry_in=None, frame=None):
    frame = rows(plan, person.badge, person.role) if frame is None else frame
    found = broken_rules(frame, Situation([person], CATALOGUE, rules, MONTH, ZONE, calendar or Calendar(), carry_in))
    return [(row.rule, row.date, row.amount) for row in found.itertuples()]


def day(number):
    return date(2026, 12, number)


def test_a_week_that_ended_before_the_month_is_not_judged_again():
    june = pd.Period("2026-06")  # its 1st is a Monday
    before = rows(dict.fromkeys(range(25, 31), "D"), month="2026-05")  # six days of seven hours
    situation = Situation([ANNE], CATALOGUE, RULES, june, ZONE, Calendar(), before)
    assert broken_rules(rows({2: "D"}, month="2026-06"), situation).empty


def test_a_quiet_week_breaks_nothing():
    assert breaches({7: "D", 8: "D", 9: "D", 10: "D", 11: "D", 14: "N", 15: "N", 16: "N"}) == []


def test_forty_hours_a_week_may_be_reached_and_not_passed():
    assert breaches({7: "D", 8: "D", 9: "D", 10: "D", 11: "D", 12: "V"}) == []  # 5 × 7 + 5 = 40 h
    assert breaches({7: "D", 8: "D", 9: "D", 10: "D", 11: "D", 12: "D"}) == [("weekly_hours", day(7), 120.0)]


def test_contract_hours_are_a_weekly_cap_too():
    part_time = replace(ANNE, contract_hours_per_week=20)
    assert breaches({7: "D", 8: "D", 9: "V"}, part_time) == []
    assert breaches({7: "D", 8: "D", 9: "D"}, part_time) == [("weekly_hours", day(7), 60.0)]


def test_last_months_hours_count_in_the_week_that_straddles():
    before = rows({30: "D"}, month="2026-11")
    week = {1: "D", 2: "D", 3: "D", 4: "D", 5: "V"}
    assert breaches(week, carry_in=before) == []
    assert breaches({**week, 5: "E"}, carry_in=before) == [("weekly_hours", date(2026, 11, 30), 120.0)]


def test_the_average_mode_has_a_ceiling_a_week_and_a_sum_a_month():
    rules = replace(RULES, weekly_mode="average", daily_hours=10)
    assert breaches({7: "D", 8: "D", 9: "D", 10: "D", 11: "D", 12: "D"}, rules=rules) == []
    work = {d: "D" for d in range(1, 32) if d % 7}  # 27 days of 7 h = 189 h, allowed 177.14 h
    found = breaches(work, rules=rules)
    assert ("average_weekly_hours", None, pytest.approx(189 * 60 - 40 * 60 * 31 / 7)) in found


def test_eleven_hours_of_rest_counted_to_the_minute():
    assert breaches({7: "E", 8: "B"}, Person("1", "qa")) == []  # 22:00 to 09:00
    assert breaches({7: "E", 8: "D"}) == [("rest_between_shifts", day(8), 60.0)]


def test_the_handover_shortens_the_rest():
    shifts = tuple(replace(s, handover_minutes=15) for s in CATALOGUE)
    frame = rows({7: "E", 8: "B"}, role="qa")
    frame["worked_minutes"] += 15
    found = broken_rules(
        frame,
        Situation([Person("1", "qa")], ShiftCatalogue(shifts), replace(RULES, daily_hours=9), MONTH, ZONE, Calendar()),
    )
    assert [(r.rule, r.amount) for r in found.itertuples()] == [("rest_between_shifts", 15.0)]


def test_a_night_may_not_be_followed_by_the_next_morning():
    assert breaches({7: "N", 9: "T"}) == [
        ("morning_after_night", day(9), 60.0)
    ]  # ends 06:00 on the 8th, 05:00 on the 9th
    assert breaches({7: "N", 9: "D"}) == []


def test_a_night_may_be_followed_by_the_next_evening():
    assert breaches({7: "N", 8: "V"}) == []  # 06:00 to 17:00


def test_six_days_in_a_row_and_not_seven_even_across_weeks():
    assert breaches(dict.fromkeys(range(4, 10), "V")) == []
    assert breaches(dict.fromkeys(range(4, 11), "V")) == [("working_days_in_a_row", day(10), 1.0)]


def test_a_week_without_a_rest_day_is_found_when_runs_may_be_long():
    rules = replace(RULES, working_days_in_a_row=9)
    assert breaches(dict.fromkeys(range(7, 14), "V"), rules=rules) == [("rest_day_a_week", day(7), 1.0)]
    assert breaches(dict.fromkeys(range(7, 13), "V"), rules=replace(rules, rest_days_a_week=3)) == [
        ("rest_day_a_week", day(7), 2.0)
    ]


def test_two_shifts_on_one_day_take_one_day_of_rest():
    twice = pd.concat([rows(dict.fromkeys(range(7, 13), "V")), rows(dict.fromkeys(range(7, 13), "D"))])
    assert "rest_day_a_week" not in {rule for rule, *_ in breaches({}, frame=twice)}  # the 13th is free


def test_three_nights_in_a_row_and_not_four():
    assert breaches({7: "N", 8: "N", 9: "N"}) == []
    assert breaches({7: "N", 8: "N", 9: "N", 10: "N"}) == [("nights_in_a_row", day(10), 1.0)]


def test_last_months_nights_count():
    before = rows({29: "N", 30: "N"}, month="2026-11")
    assert breaches({1: "N"}, carry_in=before) == []
    assert ("nights_in_a_row", day(2), 1.0) in breaches({1: "N", 2: "N"}, carry_in=before)


def test_protected_staff_work_no_minute_of_night_and_no_standby():
    protected = replace(ANNE, protected=True)
    assert breaches({7: "E"}, protected) == []
    assert breaches({7: "T"}, protected) == [("protected_staff", day(7), 60.0)]
    assert breaches({7: "standby"}, protected) == [("protected_staff", day(7), 1.0)]


def test_leave_fixed_shifts_and_roles_are_kept():
    assert breaches({7: "D"}, replace(ANNE, leave=frozenset({day(7)}))) == [("leave", day(7), 1.0)]
    fixed = replace(ANNE, fixed_shifts={day(7): "D", day(8): "off"})
    assert breaches({7: "D"}, fixed) == []
    assert breaches({8: "D"}, fixed) == [("fixed_shift", day(7), 1.0), ("fixed_shift", day(8), 1.0)]
    assert breaches({7: "B"}) == [("role_of_shift", day(7), 1.0)]


def test_two_shifts_on_a_day_are_found():
    frame = pd.concat([rows({7: "T"}), rows({7: "V"})])
    assert ("one_shift_a_day", day(7), 1.0) in breaches({}, frame=frame)


def test_times_meals_and_minutes_have_to_be_the_catalogues():
    frame = rows({7: "D"})
    late = frame.assign(start_at=frame["start_at"] + pd.Timedelta(minutes=30))
    assert breaches({}, frame=late)[0][0] == "shift_times"
    for missing in (["meal_start_at", "meal_end_at"], ["meal_start_at"], ["meal_end_at"]):
        found = breaches({}, frame=frame.assign(**dict.fromkeys(missing, pd.NaT)))
        assert sorted(found) == [("meal_in_window", day(7), 60.0), ("worked_minutes", day(7), 60.0)]
    early = frame.assign(
        meal_start_at=frame["meal_start_at"] - pd.Timedelta(hours=1),
        meal_end_at=frame["meal_end_at"] - pd.Timedelta(hours=1),
    )
    assert breaches({}, frame=early) == [("meal_in_window", day(7), 60.0)]


def test_who_is_on_leave_for_some_hours_works_in_none_of_them():
    def at_leave(first, last, plan, on=1, carry_in=None):
        found = breaches(plan, replace(ANNE, leave_hours={day(on): ((first, last),)}), carry_in=carry_in)
        return [(broken_on, amount) for rule, broken_on, amount in found if rule == "leave_hours"]

    assert at_leave(540, 720, {1: "D"}) == [(day(1), 180.0)]  # 08:00–16:00 holds 09:00–12:00
    assert at_leave(900, 1440, {1: "D"}) == [(day(1), 60.0)]
    assert at_leave(960, 1440, {1: "D"}) == at_leave(0, 480, {1: "D"}) == at_leave(0, 1440, {2: "D"}) == []
    assert at_leave(1320, 1440, {1: "N"}) == [(day(1), 120.0)]
    assert at_leave(60, 720, {1: "N"}, on=2) == [(day(2), 300.0)]  # 22:00–06:00 holds 01:00–06:00 of the next day
    night_before = rows({30: "N"}, month="2026-11")
    assert at_leave(0, 360, {}, carry_in=night_before) == []  # last month's roster is as it is


def test_seats_are_counted_at_every_moment():
    staff = [Person(str(n)) for n in range(1, 4)]
    frame = pd.concat([rows({7: "D"}, "1"), rows({7: "D"}, "2"), rows({7: "E"}, "3")])

    def over(limit):
        found = broken_rules(
            frame, Situation(staff, CATALOGUE, replace(RULES, seat_limit=limit), MONTH, ZONE, Calendar())
        )
        return [(r.rule, r.amount) for r in found.itertuples()]

    assert over(3) == []
    assert over(2) == [("seat_limit", 1.0)]  # 14:00–16:00


def test_a_team_may_not_be_at_work_without_somebody_who_leads_it():
    anne, ben = Person("1", team="A"), Person("2", leads=frozenset({"A", "B"}))
    rules = replace(RULES, leader_on_duty=True)

    def found(mine, theirs, rules=rules, carry_in=None):
        frame = pd.concat([rows(mine), rows(theirs, badge="2")])
        told = broken_rules(frame, Situation([anne, ben], CATALOGUE, rules, MONTH, ZONE, Calendar(), carry_in))
        return [(row.rule, row.date, row.amount) for row in told.itertuples()]

    assert found({7: "D", 9: "V"}, {7: "D", 9: "E"}) == []  # at a meal the leader is there
    assert found({7: "D"}, {7: "T"}) == [("leader_on_duty", day(7), 360.0)]  # from 10 to 16
    assert found({7: "D"}, {7: "leave"}) == [("leader_on_duty", day(7), 480.0)]
    assert found({7: "D"}, {7: "leave"}, rules=RULES) == []
    assert found({30: "D", 31: "N"}, {30: "D"}) == [("leader_on_duty", day(31), 120.0)]  # up to the month's end
    assert found({7: "leave"}, {7: "D"}) == []


def test_ladder_material_has_to_be_there_all_day_but_not_at_a_meal():
    rules = replace(RULES, on_site_day={"qa": 1})
    found = breaches({7: "D"}, Person("1", "qa"), rules)
    assert ("ladder_material", day(7), 1.0) in found
    whole_day = {"qa": [(Person("1", "qa"), "D"), (Person("2", "qa"), "E"), (Person("3", "qa"), "T")]}
    frame = pd.concat([rows({7: code}, p.badge, "qa") for p, code in whole_day["qa"]])
    result = broken_rules(frame, Situation([p for p, _ in whole_day["qa"]], CATALOGUE, rules, MONTH, ZONE, Calendar()))
    on_the_7th = result[result["date"] == day(7)]
    assert on_the_7th["message"].tolist() == ["2026-12-07: 1 too few of 1 qa on duty by day, for 120 minutes"]


def test_holiday_standby_is_counted_and_has_to_be_callable():
    calendar = Calendar(days={day(25): SpecialDay("feast", "holiday")})
    rules = replace(RULES, standby_minimum=1, standby_target=1)
    found = breaches({25: "standby"}, rules=rules, calendar=calendar)
    assert found == [("holiday_standby", day(25), 1.0)]  # only 06:00–14:00 is kept
    week = {21: "D", 22: "D", 23: "D", 24: "D", 26: "D", 25: "standby"}
    assert ("holiday_standby", day(25), 1.0) in breaches(week, rules=rules, calendar=calendar)
    tired = replace(ANNE, contract_hours_per_week=38)
    assert ("standby_callable", day(25), 60.0) in breaches(week, tired, rules, calendar)
    assert ("rest_between_shifts", day(25), 180.0) in breaches({24: "E", 25: "standby"}, rules=rules, calendar=calendar)


def test_a_stranger_in_the_roster_is_named():
    assert breaches({}, frame=rows({7: "D"}, "99")) == [("unknown_badge", None, 1.0)]


def test_a_naive_instant_is_refused():
    frame = rows({7: "D"})
    frame["start_at"] = frame["start_at"].dt.tz_localize(None)
    with pytest.raises(ValueError, match="no offset from UTC"):
        breaches({}, frame=frame)


def test_what_some_people_break_by_themselves_is_what_the_whole_check_says_of_them():
    staff = [Person(str(n), contract_hours_per_week=20 + n) for n in range(1, 6)]
    plans = [dict.fromkeys(range(3, 12), "D"), {7: "N", 8: "D"}, {7: "E", 8: "D"}, {}, {9: "standby"}]
    frame = pd.concat([rows(plan, p.badge) for p, plan in zip(staff, plans, strict=True)])
    given = Situation(staff, CATALOGUE, replace(RULES, seat_limit=1), MONTH, ZONE, Calendar())
    whole = broken_rules(frame, given)
    for badges in (["1"], ["2", "3"], ["4", "5"]):
        alone = broken_by(frame, given, badges)
        assert alone.to_numpy().tolist() == whole[whole["badge"].isin(badges)].to_numpy().tolist()
    assert broken_together(frame, given)["rule"].unique().tolist() == ["seat_limit"]
    assert len(whole) == len(broken_by(frame, given, [p.badge for p in staff])) + len(broken_together(frame, given))


def test_a_shift_has_to_be_of_the_month_the_catalogue_and_the_season():
    frame = rows({30: "D"}, month="2026-11")
    assert ("inside_the_month", date(2026, 11, 30), 1.0) in breaches({}, frame=frame)
    renamed = rows({7: "D"}).assign(shift="Q")
    assert breaches({}, frame=renamed) == [("known_shift", day(7), 1.0)]
    summer = ShiftCatalogue(tuple(replace(s, months=frozenset({6, 7, 8})) for s in CATALOGUE))
    found = broken_rules(rows({7: "D"}), Situation([ANNE], summer, RULES, MONTH, ZONE, Calendar()))
    assert [(r.rule, r.date) for r in found.itertuples()] == [("season_of_shift", day(7))]


def test_eight_hours_a_day_with_the_handover():
    assert breaches({7: "B"}, Person("1", "qa")) == []  # nine hours less one
    longer = ShiftCatalogue((replace(CATALOGUE["B"], handover_minutes=10),))
    frame = rows({7: "B"}, role="qa").assign(worked_minutes=490)
    found = broken_rules(frame, Situation([Person("1", "qa")], longer, RULES, MONTH, ZONE, Calendar()))
    assert [(r.rule, r.amount) for r in found.itertuples()] == [("daily_hours", 10.0)]


def test_who_works_no_nights_is_given_none_but_may_work_late():
    day_only = replace(ANNE, night_eligible=False)
    assert breaches({7: "E", 8: "T"}, day_only) == [("rest_between_shifts", day(8), 240.0)]
    assert breaches({7: "N"}, day_only) == [("night_eligible", day(7), 1.0)]
