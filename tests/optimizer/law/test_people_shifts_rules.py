import tomllib
from datetime import date

import pandas as pd
import pytest

from optimizer.law.people import Person, people_from_frame
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue

MONTH = pd.Period("2026-12", "M")


def people(**columns):
    return people_from_frame(pd.DataFrame({"badge": [7, 8], "role": ["inbound", "qa"], **columns}), month=MONTH)


def test_a_people_row_is_read_as_a_planner_writes_it():
    first, second = people(
        skills=["billing;vip", None],
        contract_hours_per_week=[30, None],
        protected=["yes", ""],
        leave=["2026-12-03..2026-12-05;2026-12-20", float("nan")],
        fixed_shifts=["2026-12-24=N", ""],
        wishes=["", "2026-12-25=off"],
    )
    assert first.badge == "7"
    assert first.skills == {"billing", "vip"}
    assert first.contract_hours_per_week == 30
    assert first.leave == {date(2026, 12, d) for d in (3, 4, 5, 20)}
    assert first.fixed_shifts == {date(2026, 12, 24): "N"}
    assert not first.works_nights
    assert second.contract_hours_per_week == 40
    assert second.wishes == {date(2026, 12, 25): "off"}


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"role": ["inbound", "boss"]}, ["row 3", "badge 8", "unknown role 'boss'"]),
        ({"role": ["inbound", None]}, ["row 3", "unknown role ''"]),
        ({"badge": [7, 7]}, ["row 3", "badge 7", "already stands in row 2"]),
        ({"badge": ["", 7]}, ["row 2", "badge is empty"]),
        ({"leave": ["", "2026-11-30"]}, ["row 3", "2026-11-30", "outside 2026-12"]),
        ({"leave": ["2026-12-09..2026-12-02", ""]}, ["row 2", "ends before it begins"]),
        ({"leave": ["3 Dec", ""]}, ["row 2", "leave", "'3 Dec' is not a date"]),
        ({"wishes": ["", "2026-12-01"]}, ["row 3", "wishes", "2026-12-01=N"[:10]]),
        ({"fixed_shifts": ["2026-12-01=N;2026-12-01=D", ""]}, ["row 2", "both N and D"]),
        ({"contract_hours_per_week": ["forty", ""]}, ["row 2", "contract_hours_per_week", "'forty'"]),
        ({"contract_hours_per_week": [0, 40]}, ["row 2", "between 0 and 168"]),
        ({"team": ["A", ""], "leads": ["", "A; C"]}, ["row 3", "leads", "'C'", "teams A"]),
        ({"protected": ["maybe", ""]}, ["row 2", "protected", "'maybe'"]),
        ({"leave": ["2026-12-01", ""], "fixed_shifts": ["2026-12-01=N", ""]}, ["badge 7", "2026-12-01", "leave"]),
    ],
)
def test_bad_people_are_refused_with_row_and_value(columns, words):
    with pytest.raises(ValueError) as refusal:
        people(**columns)
    for word in words:
        assert word in str(refusal.value)


def test_a_missing_role_column_is_named():
    with pytest.raises(ValueError, match="'role' is missing"):
        people_from_frame(pd.DataFrame({"badge": [1]}))


def test_the_shipped_catalogue_and_rules_are_lawful(root):
    shifts = tomllib.loads((root / "data/config/shifts.toml").read_text(encoding="utf-8"))
    rules = tomllib.loads((root / "data/config/roster_rules.toml").read_text(encoding="utf-8"))
    catalogue = ShiftCatalogue.from_mapping(shifts)
    RosterRules.from_mapping(rules).check_catalogue(catalogue)
    assert len(catalogue) >= 33
    assert catalogue["N"].worked_minutes == 480 - 60 + 10


def test_a_family_is_enumerated_start_by_start_and_length_by_length():
    family = {
        "code": "D",
        "starts": {"from": "08:00", "to": "09:00", "step_minutes": 30},
        "lengths_minutes": [480, 540],
        "meal_minutes": 60,
        "meal_window_minutes": [180, 300],
        "meal_step_minutes": 30,
    }
    catalogue = ShiftCatalogue.from_mapping({"handover_minutes": 15, "family": [family]})
    assert [s.code for s in catalogue] == [f"D{t}/{n}" for t in ("0800", "0830", "0900") for n in (480, 540)]
    assert catalogue["D0830/540"].meal_offsets_minutes == (180, 210, 240, 270, 300)
    assert catalogue["D0830/540"].worked_minutes == 540 - 60 + 15


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lenghts": [1]}, ["'D'", "unknown key 'lenghts'"]),
        ({"starts": ["25:00"]}, ["starts", "'25:00'"]),
        ({"lengths_minutes": [0]}, ["length_minutes", "0"]),
        ({"meal_minutes": 60}, ["meal_window_minutes"]),
        ({"roles": ["chef"]}, ["unknown role 'chef'"]),
        ({"months": [13]}, ["months", "13"]),
    ],
)
def test_a_bad_family_is_refused_by_key_and_value(change, words):
    family = {"code": "D", "starts": ["08:00"], "lengths_minutes": [480], **change}
    with pytest.raises(ValueError) as refusal:
        ShiftCatalogue.from_mapping({"family": [family]})
    for word in words:
        assert word in str(refusal.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"weekly_mode": "monthly"}, ["weekly_mode", "monthly"]),
        ({"rest_hour": 11}, ["unknown key 'rest_hour'"]),
        ({"weekly_hours": "forty"}, ["weekly_hours", "forty"]),
        ({"weights": {"shortge": 1}}, ["unknown weight 'shortge'"]),
        ({"standby_minimum": 8}, ["standby_target 7", "standby_minimum 8"]),
        ({"on_site_day": {"cook": 1}}, ["unknown role 'cook'"]),
        ({"night_start": "10 pm"}, ["night_start", "10 pm"]),
    ],
)
def test_bad_rules_are_refused_by_key_and_value(settings, words):
    with pytest.raises(ValueError) as refusal:
        RosterRules.from_mapping(settings)
    for word in words:
        assert word in str(refusal.value)


def test_a_shift_longer_than_the_law_is_refused():
    catalogue = ShiftCatalogue((Shift("L", 480, 540, 30, (240,), handover_minutes=10),))
    with pytest.raises(ValueError, match="shift L: 520 worked minutes"):
        RosterRules().check_catalogue(catalogue)


@pytest.mark.parametrize(("start", "length"), [(0, 480), (1320, 480), (900, 480), (300, 120), (1380, 600), (600, 300)])
def test_night_minutes_agree_with_counting_minute_by_minute(start, length):
    counted = sum(1 for minute in range(start, start + length) if minute % 1440 >= 1320 or minute % 1440 < 360)
    assert Shift("X", start, length).minutes_within(1320, 360) == counted


def test_a_person_needs_a_known_role():
    with pytest.raises(ValueError, match="unknown role 'pilot'"):
        Person("1", "pilot")
