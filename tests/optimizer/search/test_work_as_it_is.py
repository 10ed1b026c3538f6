"""Half days, joining and leaving, days off the phone, on call, split shifts by consent: planned, and judged by hand."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.law.changes import Cell, covered_by, with_cells
from optimizer.law.lawfulness import broken_rules
from optimizer.law.limits import Limits
from optimizer.law.people import Person, people_from_frame
from optimizer.law.people_columns import PEOPLE_COLUMNS
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.problem import month_problem
from optimizer.search.rostering import plan_roster

MONTH = pd.Period("2026-06", "M")  # the 1st is a Monday
ZONE = "Asia/Shanghai"
CATALOGUE = ShiftCatalogue(
    (Shift("E", 420, 300), Shift("D", 540, 480, 60, (180, 240)), Shift("V", 1020, 300),
     Shift("N", 1320, 480, 60, (180,)), Shift("X", 540, 720, 300, (180,)))
)  # fmt: skip
RULES = RosterRules(
    on_site_day={}, on_site_night={}, reserve_share=0.0, standby_minimum=0, standby_target=0, room_for_next_month=False,
)  # fmt: skip


def situation(people, **rules):
    return Situation(people, CATALOGUE, replace(RULES, **rules), MONTH, ZONE, Calendar())


def wanted(seats):
    return pd.DataFrame({"seats_required": seats}, index=month_intervals(MONTH, ZONE, interval_minutes=60))


def made(given, seats=3):
    result = plan_roster(wanted(seats), given, time_limit_seconds=0.2)
    assert broken_rules(result.roster, given).empty
    return result


def codes(roster, badge):
    mine = roster[roster["badge"] == badge]
    return dict(zip(mine["date"], mine["shift"], strict=True))


def day(number):
    return date(2026, 6, number)


def handmade(given, *cells):
    return with_cells(made(given, 0).roster.iloc[:0], given, [Cell("1", day(n), code) for n, code in cells])


def column(name):
    return next(one for one in PEOPLE_COLUMNS if one.name == name)


def test_leave_by_the_half_day_and_hour_is_read():
    read = column("leave_hours").value("2026-06-08=am；2026-06-09 下午; 2026年6月10日=13:00-17:00、2026-06-10=8-9")
    assert read == {day(8): ((0, 720),), day(9): ((720, 1440),), day(10): ((480, 540), (780, 1020))}
    for wrong in ("2026-06-08", "2026-06-08=noon", "2026-06-08=17:00-13:00", "2026-06-08=8-25"):
        with pytest.raises(ValueError, match="is no part of a day"):
            column("leave_hours").value(wrong)


def test_nobody_works_in_hours_of_leave_whatever_shift_passes_midnight_into_them():
    hours = {day(n): ((0, 720),) for n in range(8, 13)} | {day(16): ((600, 1440),)}
    given = situation([Person("1", leave_hours=hours), Person("2")])
    rows = made(given).roster.query("badge == '1'")
    for on, spans in hours.items():
        for first, last in spans:
            begin = pd.Timestamp(on, tz=ZONE) + pd.Timedelta(minutes=first)
            end = pd.Timestamp(on, tz=ZONE) + pd.Timedelta(minutes=last)
            assert not ((rows["start_at"] < end) & (rows["end_at"] > begin)).any()
    assert len(rows[pd.to_datetime(rows["date"]).dt.day.isin(range(8, 13))])  # half a day leaves the other half
    found = broken_rules(handmade(given, (7, "N"), (9, "D"), (11, "V")), given)
    found = found[found["rule"] == "leave_hours"]
    assert list(zip(found["date"], found["amount"], strict=True)) == [(day(8), 360), (day(9), 180)]


def test_who_joins_or_leaves_in_the_month_works_between_and_counts_by_the_day():
    limits = Limits(hours_a_month_least=120.0)
    people = [Person("1", joined=day(16), limits=limits), Person("2", left=day(10)), Person("3", limits=limits)]
    given = situation(people)
    roster = made(given).roster
    assert min(codes(roster, "1")) >= day(16)
    assert max(codes(roster, "2")) <= day(10)
    assert roster.query("badge == '1'")["worked_minutes"].sum() >= 60 * 120 * 15 / 30
    problem = month_problem(wanted(3), given)
    nights = problem.allowance[:, 0]
    assert nights[0] == pytest.approx(nights[2] / 2, abs=1)
    found = broken_rules(handmade(given, (15, "D")), given)
    found = found[found["badge"] == "1"]
    assert set(found["rule"]) == {"employed", "hours_a_month_least"}
    assert found.set_index("rule").loc["hours_a_month_least", "amount"] == 60 * 60 - 420
    with pytest.raises(ValueError, match="before having joined"):
        Person("1", joined=day(16), left=day(10))


def test_the_month_of_who_joins_is_a_part_of_the_average():
    rules = {"weekly_mode": "average", "weekly_ceiling_hours": 60.0}
    given = situation([Person("1", joined=day(16))], **rules)
    assert made(given, 5).roster["worked_minutes"].sum() <= 60 * 40 * 15 / 7


def test_a_training_day_is_work_and_nobody_there():
    people = people_from_frame(
        pd.DataFrame({
            "badge": ["1", "2"], "role": "inbound", "fixed_shifts": ["2026-06-09=培训;2026-06-10=lent", ""],
        }),
        month=MONTH,
    )  # fmt: skip
    given = situation(people)
    result = made(given, 2)
    mine = codes(result.roster, "1")
    assert (mine[day(9)], mine[day(10)]) == ("training", "lent")
    assert list(codes(result.roster, "2").values()).count("training") == 0
    weeks = result.roster.query("badge == '1'").groupby(pd.to_datetime(result.roster["date"]).dt.isocalendar().week)
    assert weeks["worked_minutes"].sum().max() <= 40 * 60
    assert result.roster.set_index(["badge", "date"]).loc[("1", day(9)), "worked_minutes"] == 420
    without = result.roster[~result.roster["shift"].isin(["training", "lent"])]
    hours = pd.DatetimeIndex(result.coverage.index)
    there = np.zeros(len(hours))
    for row in without.itertuples():
        there += (hours >= row.start_at) & (hours < row.end_at)
        there -= (hours >= row.meal_start_at) & (hours < row.meal_end_at) if row.shift in ("D", "N", "X") else 0
    assert result.coverage["seats_rostered"].to_numpy() == pytest.approx(there + result.coverage["seats_carried"])
    again = covered_by(result.roster, result.coverage, given, before=without)
    assert (again["seats_rostered"] == result.coverage["seats_rostered"]).all()


def test_split_shifts_only_by_consent_and_within_a_limit():
    peaks = np.zeros(720, dtype=int)
    for n in range(30):
        peaks[24 * n + 9 : 24 * n + 12] = peaks[24 * n + 17 : 24 * n + 21] = 3
    people = [
        Person("1"), Person("2", split_consent=True),
        Person("3", split_consent=True, limits=Limits(split_shifts_a_month=4)), Person("4", fixed_shifts={day(9): "X"}),
    ]  # fmt: skip
    given = situation(people)
    roster = made(given, peaks).roster
    split = {badge: list(codes(roster, badge).values()).count("X") for badge in "1234"}
    assert (split["1"], split["3"], split["4"]) == (0, 4, 1)
    assert split["2"] > 4
    assert broken_rules(handmade(given, (9, "X")), given)["rule"].tolist()[:1] == ["split_consent"]
    third = replace(given, people=[replace(people[2], badge="1")])
    told = broken_rules(handmade(third, *[(n, "X") for n in (1, 2, 3, 8, 9)]), third)
    assert told[["rule", "amount"]].to_numpy().tolist() == [["split_shifts_a_month", 1]]


def test_people_are_on_call_outside_holidays_where_that_is_wanted_or_fixed():
    given = situation([Person(str(n)) for n in range(4)], on_call=1)
    assert made(given, 0).coverage["standby"].max() == 1
    fixed = situation([Person("1", fixed_shifts={day(9): "standby"}), Person("2")])
    roster = made(fixed).roster
    assert codes(roster, "1")[day(9)] == "standby"
    assert (roster["shift"] == "standby").sum() == 1
    nowhere = situation([Person("1")], standby_blocks=())
    with pytest.raises(ValueError, match=r"'standby' is no shift of this month; there are E, D, V, N, X, leave, off"):
        with_cells(roster.iloc[:0], nowhere, [Cell("1", day(9), "standby")])
    assert timedelta(hours=8) == (roster["end_at"] - roster["start_at"])[roster["shift"] == "standby"].iloc[0]
