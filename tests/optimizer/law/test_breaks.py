"""Short breaks: what a shift may have, where they may lie, and what of a roster's breaks is against the rules."""

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise, product

import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.law.breaks import Break
from optimizer.law.changes import Cell, covered_by, with_cells
from optimizer.law.lawfulness import broken_rules, roster_columns
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.rules.breaks_in_window import BREAKS_IN_WINDOW
from optimizer.law.shifts import Shift, ShiftCatalogue, toml_of
from optimizer.law.situation import Situation

MONTH, ZONE = pd.Period("2026-06"), "Asia/Shanghai"
DAY = date(2026, 6, 8)
PAUSED = Shift(
    "D", 480, 480, 60, (180, 240),
    breaks=(Break(15, (60, 75, 90, 105)), Break(10, (300, 330, 360), paid=False, name="tea")),
)  # fmt: skip


def situation(shift=PAUSED, **rules):
    rules = RosterRules(on_site_day={}, on_site_night={}, **rules)
    return Situation([Person("1"), Person("2")], ShiftCatalogue((shift,)), rules, MONTH, ZONE, Calendar())


def roster_of(given, **told):
    cells = [Cell("1", DAY, "D", **told)]
    return with_cells(pd.DataFrame(columns=roster_columns(2)), given, cells)


def moved(roster, number, minutes, column="start"):
    names = [f"break_{number}_{end}_at" for end in ("start", "end")] if column == "both" else [f"break_{number}_end_at"]
    return roster.assign(**{name: roster[name] + pd.Timedelta(minutes=minutes) for name in names})


def amounts(roster, given):
    return [(r.rule, r.amount) for r in broken_rules(roster, given).itertuples()]


def test_breaks_lie_in_their_windows_apart_from_each_other_the_meal_and_the_ends():
    distance = 45
    spans = [(begin, begin + pause.minutes) for pause in PAUSED.breaks for begin in pause.offsets_minutes]
    assert len(spans) == 7
    for meal in PAUSED.meal_offsets_minutes:
        expected = set()
        for begins in product(*(pause.offsets_minutes for pause in PAUSED.breaks)):
            busy = [(begin, begin + pause.minutes) for begin, pause in zip(begins, PAUSED.breaks, strict=True)]
            busy = sorted([*busy, (meal, meal + 60), (-1, 0), (480, 481)])
            if all(after[0] - before[1] >= distance for before, after in pairwise(busy)):
                expected.add(begins)
        assert set(PAUSED.break_choices(meal, distance)) == expected
    assert PAUSED.break_choices(240, distance) == [(60, 360), (75, 360), (90, 360), (105, 360)]


def test_two_breaks_alike_are_never_at_the_same_time():
    """Of breaks as long as each other, and of one as long as the meal, whose windows overlap."""
    alike = replace(PAUSED, breaks=(Break(15, (60, 120)), Break(15, (60, 120)), Break(60, (240, 330))))
    assert alike.break_choices(240, 30) == [(60, 120, 330), (120, 60, 330)]
    given = situation(alike)
    roster = roster_of(given, meal_minute=240, break_minutes=(60, 120, 330))
    assert amounts(roster, given) == []
    at_once = moved(roster, 2, -60, "both")
    assert amounts(at_once, given) == [("breaks_in_window", 2 * (30.0 + 15.0))]  # each begins as the other does
    with pytest.raises(ValueError, match="shift D"):
        RosterRules().check_catalogue(ShiftCatalogue((replace(alike, breaks=(Break(15, (60,)),) * 2),)))


def test_unpaid_breaks_are_no_work():
    assert PAUSED.worked_minutes == 480 - 60 - 10
    assert PAUSED.minutes_away == 60 + 15 + 10
    roster = roster_of(situation())
    assert roster["worked_minutes"].tolist() == [410]
    assert amounts(roster, situation()) == []
    assert amounts(roster.assign(worked_minutes=420), situation()) == [("worked_minutes", 10.0)]


def test_breaks_have_to_be_the_shifts_own():
    given = situation()
    roster = roster_of(given, meal_minute=180, break_minutes=(60, 300))
    assert amounts(roster, given) == []
    assert amounts(moved(roster, 1, -15, "both"), given) == [("breaks_in_window", 15.0)]
    assert amounts(moved(roster, 1, 5), given) == [("breaks_in_window", 5.0)]
    none = roster.assign(break_1_start_at=pd.NaT, break_1_end_at=pd.NaT)
    assert amounts(none, given) == [("breaks_in_window", 15.0)]
    assert amounts(roster[roster_columns()], given) == [("breaks_in_window", 25.0), ("worked_minutes", 10.0)]
    near = situation(break_distance_minutes=70)  # the meal ends a minute of 240, the second break begins at 300
    assert amounts(roster, near) == [("breaks_in_window", 10.0 + 10.0)]  # and the first at 60


def test_a_break_that_the_shift_has_not_is_found():
    given = situation(Shift("D", 480, 480, 60, (180, 240), breaks=PAUSED.breaks[:1]))
    roster = roster_of(situation(), meal_minute=180, break_minutes=(60, 300)).assign(worked_minutes=420)
    assert amounts(roster, given) == [("breaks_in_window", 10.0)]


def test_the_rule_gives_in_by_a_step_and_wholly():
    wider = BREAKS_IN_WINDOW.gives(situation()).catalogue["D"].breaks
    assert [pause.offsets_minutes for pause in wider] == [(45, 60, 75, 90, 105, 120), (270, 300, 330, 360, 390)]
    few = replace(PAUSED, breaks=(Break(15, (60, 90)), Break(10, (300,))))
    wider = BREAKS_IN_WINDOW.gives(situation(few)).catalogue["D"].breaks
    assert [pause.offsets_minutes for pause in wider] == [(30, 60, 90, 120), (290, 300, 310)]
    free = BREAKS_IN_WINDOW.set_aside(situation()).catalogue["D"].breaks
    assert [(min(p.offsets_minutes), max(p.offsets_minutes)) for p in free] == [(0, 465), (0, 470)]


def test_what_a_shift_cannot_have_is_refused():
    for breaks, said in [
        ((Break(15, (470,)),), "does not fit the shift"),
        ((Break(0, (60,)),), "needs a length and a window"),
        ((Break(15, ()),), "needs a length and a window"),
        ((Break(7, (60,)),), "multiples of 5 minutes"),
        ((Break(15, (60,)),) * 5, "at most 4 breaks"),
    ]:
        with pytest.raises(ValueError, match=said):
            Shift("D", 480, 480, breaks=breaks)
    with pytest.raises(ValueError, match="with the meal at minute 180 its breaks fit nowhere, 90 minutes apart"):
        RosterRules(break_distance_minutes=90).check_catalogue(ShiftCatalogue((PAUSED,)))
    RosterRules().check_catalogue(ShiftCatalogue((PAUSED,)))


def test_a_shift_file_tells_breaks_and_is_written_again():
    family = {
        "code": "D", "starts": ["08:00"], "lengths_minutes": [480],
        "meal_minutes": 60, "meal_window_minutes": [180, 240],
        "breaks": [
            {"minutes": 15, "window_minutes": [60, 105]},
            {"minutes": 10, "window_minutes": [300, 360], "step_minutes": 30, "paid": False, "name": "tea"},
        ],
    }  # fmt: skip
    read = ShiftCatalogue.from_mapping({"family": [family]})
    assert read["D"] == PAUSED
    assert ShiftCatalogue.from_mapping(tomllib.loads(toml_of(list(read)))) == read
    for wrong, said in [
        ({"breaks": 15}, "breaks: a list is needed, got 15"),
        ({"breaks": [15]}, "breaks no. 1: a break is written"),
        ({"breaks": [{"minutes": 15, "window_minutes": [90, 60]}]}, "breaks no. 1: window_minutes must be"),
        ({"breaks": [{"minutes": 15, "window": [60, 90]}]}, "unknown key 'window'"),
        ({"breaks": [{"minutes": 15, "window_minutes": [60, 90], "paid": "no"}]}, "true or false is needed"),
    ]:
        with pytest.raises(ValueError, match=said.replace("(", r"\(")):
            ShiftCatalogue.from_mapping({"family": [{**family, **wrong}]})


def test_breaks_move_by_hand_to_other_times_of_theirs_and_stay_where_the_meal_lets_them():
    given = situation()
    roster = roster_of(given, meal_minute=180, break_minutes=(105, 300))
    start = roster["start_at"].iloc[0]
    again = with_cells(roster, given, [Cell("1", DAY, "D", meal_minute=240)])
    assert again["break_1_start_at"].iloc[0] == start + timedelta(minutes=105)
    assert again["break_2_start_at"].iloc[0] >= start + timedelta(minutes=330)  # 300 would be the meal's end
    assert again["break_2_end_at"].iloc[0] - again["break_2_start_at"].iloc[0] == timedelta(minutes=10)
    assert amounts(again, given) == []
    with pytest.raises(ValueError, match=r"the breaks of 'D' do not begin at 09:00, 13:05"):
        with_cells(roster, given, [Cell("1", DAY, "D", meal_minute=180, break_minutes=(60, 305))])


def test_who_is_at_a_break_is_not_on_the_phone():
    given = situation()
    roster = roster_of(given, meal_minute=180, break_minutes=(60, 330))
    hours = month_intervals(MONTH, ZONE)
    empty = pd.DataFrame(
        {"seats_required": 1, "seats_rostered": 0.0, "shortage": 1.0, "surplus": 0.0, "reserve": 0.0, "standby": 0},
        index=hours,
    )
    seats = covered_by(roster, empty, given, before=roster.iloc[:0])["seats_rostered"]
    local = seats[seats.index.tz_convert(ZONE).date == DAY].iloc[8:16].tolist()
    assert local == pytest.approx([1, 0.75, 1, 0, 1, 1 - 10 / 60, 1, 1])
