"""Rotating patterns: read as planners write them, kept day by day, continued from last month, or weighed."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.law.lawfulness import ROSTER_COLUMNS, broken_rules
from optimizer.law.limits import Limits
from optimizer.law.patterns import Pattern
from optimizer.law.people import Person
from optimizer.law.people_columns import PEOPLE_COLUMNS
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.rostering import UnplannableError, plan_roster

MONTH = pd.Period("2026-06", "M")  # the 1st is a Monday
ZONE = "Asia/Shanghai"
SHIFTS = (
    Shift("D0600/480", 360, 480), Shift("D0900/480", 540, 480), Shift("M", 840, 480), Shift("N", 1320, 480),
)  # fmt: skip
LETTER = {"D0600/480": "D", "D0900/480": "D", "M": "M", "N": "N", "": "-", "leave": "-"}
RULES = RosterRules(
    on_site_day={}, on_site_night={}, reserve_share=0.0, standby_minimum=0, standby_target=0, weekly_hours=56,
    weekly_ceiling_hours=56, morning_after_night_hours=1.0,
)  # fmt: skip


def situation(people, *, rules=RULES, carry_in=None):
    hours = replace(rules, weekly_hours=56.0)
    people = [replace(one, contract_hours_per_week=56.0) for one in people]
    return Situation(people, ShiftCatalogue(SHIFTS), hours, MONTH, ZONE, Calendar(), carry_in)


def months(given, seats=2):
    """Return everybody's month as letters, planned for so many seats at all hours, with the plan."""
    index = month_intervals(MONTH, ZONE, interval_minutes=60)
    made = plan_roster(pd.DataFrame({"seats_required": seats}, index=index), given, time_limit_seconds=0.2)
    assert broken_rules(made.roster, given).empty
    at = {(row.badge, row.date.day): row.shift for row in made.roster.itertuples()}
    letters = {p.badge: "".join(LETTER[at.get((p.badge, day), "")] for day in range(1, 31)) for p in given.people}
    return letters, made


def rows(letters, first, badge="1"):
    """Return a roster frame of somebody's days from a first one on, told by letters."""
    code = {letter: code for code, letter in LETTER.items()}
    made = []
    for n, letter in enumerate(letters):
        if letter != "-":
            day = first + timedelta(days=n)
            shift = next(one for one in SHIFTS if one.code == code[letter])
            start = pd.Timestamp(day, tz=ZONE) + pd.Timedelta(minutes=shift.start_minute)
            end = start + pd.Timedelta(minutes=shift.length_minutes)
            made.append((badge, "inbound", day, shift.code, start, end, pd.NaT, pd.NaT, shift.worked_minutes))
    return pd.DataFrame(made, columns=list(ROSTER_COLUMNS))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("4-on-2-off", "on on on on off off"),
        ("4-2", "on on on on off off"),
        ("上四休二", "on on on on off off"),
        ("早早中中夜夜休休", "early early late late night night off off"),
        ("早2中2夜2休2", "early early late late night night off off"),
        ("early*2, late*2, night*2, off*2", "early early late late night night off off"),
        ("D0800/480*2 off", "D0800/480 D0800/480 off"),
        ("早×5 休×2 | 夜×5 休×2", "early early early early early off off night night night night night off off"),
    ],
)
def test_a_pattern_is_read_as_planners_write_it_and_reads_back(text, days):
    assert Pattern.from_text(text).days == tuple(days.split())
    for more, preferred in ((" from 2026-06-03", False), (" 尽量 2026年6月3日起", True)):
        pattern = Pattern.from_text(text + more)
        assert pattern == Pattern(tuple(days.split()), date(2026, 6, 3), preferred)
        assert Pattern.from_text(pattern.text()) == pattern


@pytest.mark.parametrize(
    "text",
    ["4", "xx", "off off", "上上上", "4 on 200 off", "4-on-2-off from soon",
     "4 on 999999999999999 off", "上999999999999999休2", "D*99*99*99*99*99*99*99*99 off"],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(text):
    with pytest.raises(ValueError, match="is not a"):
        Pattern.from_text(text)


@pytest.mark.parametrize(
    ("text", "days"),
    [("Sat, Sun", {5, 6}), ("周六、周日", {5, 6}), ("六日", {5, 6}), ("weekend", {5, 6}), ("Tuesdays", {1})],
)
def test_days_of_the_week_are_read(text, days):
    (column,) = [one for one in PEOPLE_COLUMNS if one.name == "weekly_days_off"]
    assert column.value(text) == days
    assert column.value(column.write(days)) == days
    for wrong in ("soon", "6", "Sat-urn"):
        with pytest.raises(ValueError, match="is not days of the week"):
            column.value(wrong)


def test_everybody_works_the_cycle_as_it_goes_round():
    """Written out letter by letter, and what each day may be looked up: no arithmetic of the code's is used."""
    people = [
        Person("1", pattern=Pattern.from_text("4-on-2-off from 2026-05-30")),
        Person("2", pattern=Pattern.from_text("早早中中夜夜休休 from 2026-06-02")),
        Person("3", team="A"),
        Person("4", pattern=Pattern.from_text("D*5 off*2"), leave=frozenset({date(2026, 6, 9)}),
               fixed_shifts={date(2026, 6, 10): "M"}),
        Person("5", weekly_days_off=frozenset({5, 6})),
    ]  # fmt: skip
    rules = replace(RULES, teams={"A": Pattern.from_text("M off N off from 2026-06-01")})
    found, _ = months(situation(people, rules=rules))
    asked = {
        "1": "oo--oooo--oooo--oooo--oooo--oo",
        "2": "-" + "eellnn--" * 3 + "eelln",
        "3": ("l-n-" * 8)[:30],
        "4": "ddddd--d-mdd--ddddd--ddddd--dd",
        "5": "?????--" * 4 + "??",
    }  # fmt: skip
    may = {"o": "DMN", "-": "-", "e": "D", "l": "M", "n": "N", "d": "D", "m": "M", "?": "DMN-"}
    for badge, letters in asked.items():
        assert len(letters) == 30
        assert all(given in may[letter] for given, letter in zip(found[badge], letters, strict=True)), found[badge]


def test_a_cycle_without_a_date_goes_on_from_last_months_roster():
    people = [Person(str(n), pattern=Pattern.from_text("4-on-2-off")) for n in range(1, 4)]
    cycle = "DDDD--" * 3
    before = {"1": cycle[0:14], "2": cycle[3:17], "3": cycle[5:19]}  # of 18 to 31 May
    carried = pd.concat([rows(letters, date(2026, 5, 18), badge) for badge, letters in before.items()])
    found, _ = months(situation(people, carry_in=carried))
    for badge, start in (("1", 0), ("2", 3), ("3", 5)):
        whole = "DDDD--" * 10
        expected = whole[start + 14 : start + 44]
        assert [letter == "-" for letter in found[badge]] == [letter == "-" for letter in expected]


def test_teams_without_dates_are_spread_over_the_cycle():
    people = [Person(f"{team}{n}", team=team) for team in "ABCD" for n in range(2)]
    rules = replace(RULES, teams={team: Pattern.from_text("早早中中夜夜休休") for team in "ABCD"})
    found, _ = months(situation(people, rules=rules))
    for day in range(30):
        assert sorted(found[f"{team}0"][day] for team in "ABCD") == ["-", "D", "M", "N"]


def test_a_preferred_pattern_is_weighed_day_by_day():
    """One person, nothing to cover but four days: each day worked off the pattern buys eight seat-hours."""
    person = Person("1", pattern=Pattern.from_text("off*6 D from 2026-06-01 preferred"))
    for weight, kept in ((4.0, False), (200.0, True)):
        rules = replace(RULES, weights=replace(RULES.weights, preferred_pattern=weight, surplus=0.0))
        found, made = months(situation([person], rules=rules), seats=1)
        told = made.departures.set_index("rule")
        assert (found["1"] == "------D" * 4 + "--") == kept
        if not kept:
            off = sum(letter != ("D" if n % 7 == 6 else "-") for n, letter in enumerate(found["1"]))
            assert told.loc["preferred_pattern", ["amount", "cost"]].tolist() == [off, off * weight]


def test_a_pattern_that_the_law_forbids_is_named_as_what_stands_in_the_way():
    person = Person("1", pattern=Pattern.from_text("N*5 off*2"))
    with pytest.raises(UnplannableError, match="pattern"):
        months(situation([person]))


def test_a_shift_line_is_held_for_the_week_and_codes_have_their_least():
    random = np.random.default_rng(3)
    people = [Person(str(n), limits=Limits(starts_a_week=1, shifts_a_month_least={"M": 2 + n})) for n in range(3)]
    found, made = months(situation(people), seats=random.integers(0, 4, 720))
    for n, (month, of_person) in enumerate(zip(found.values(), made.roster.groupby("badge"), strict=True)):
        assert month.count("M") >= 2 + n
        starts = of_person[1].groupby(pd.to_datetime(of_person[1]["date"]).dt.isocalendar().week)["shift"].nunique()
        assert starts.max() == 1


@pytest.mark.parametrize(
    ("letters", "broken"),
    [
        ("DDDD--" * 5, []),
        ("DDDD-D" + "DDDD--" * 4, [("pattern", date(2026, 6, 6))]),
        ("D-DD--" + "DDDD--" * 4, [("pattern", date(2026, 6, 2))]),
    ],
)
def test_the_checker_finds_the_days_off_a_pattern(letters, broken):
    given = situation([Person("1", pattern=Pattern.from_text("4-on-2-off"))])
    told = broken_rules(rows(letters, date(2026, 6, 1)), given)
    assert list(zip(told["rule"], told["date"], strict=True)) == broken


def test_the_checker_finds_weekly_days_off_and_starts_of_a_week():
    person = Person("1", weekly_days_off=frozenset({6}), limits=Limits(starts_a_week=1))
    told = broken_rules(rows("DMM---D", date(2026, 6, 1)), situation([person]))
    assert list(zip(told["rule"], told["amount"], strict=True)) == [("weekly_days_off", 1), ("starts_a_week", 1)]
