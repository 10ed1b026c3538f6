"""What a staff list carries in from last month binds the first days of this one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from api.inputs import read_supply
from api.intake import InputError
from forecaster.history.calendar import Calendar
from optimizer.law.lawfulness import ROSTER_COLUMNS, broken_rules

MONTH = pd.Period("2026-12")


def staff(folder: Path, carry_in: str) -> Path:
    path = folder / "staff.csv"
    path.write_text(f"badge,role,carry_in\n1001,inbound,{carry_in}\n", encoding="utf-8")
    return path


def broken(folder: Path, carry_in: str, days: int) -> set[str]:
    """The personal rules that a row of day shifts from the first of December breaks after `carry_in`."""
    given = read_supply(staff(folder, carry_in), MONTH, calendar=Calendar()).situation
    code = next(shift.code for shift in given.catalogue if shift.start_minute == 6 * 60)
    shift = given.catalogue[code]
    rows = []
    for day in pd.date_range("2026-12-01", periods=days, tz="Asia/Shanghai"):
        start = day + pd.Timedelta(minutes=shift.start_minute)
        end = start + pd.Timedelta(minutes=shift.length_minutes)
        meal = start + pd.Timedelta(minutes=shift.meal_offsets_minutes[0])
        rest = (meal, meal + pd.Timedelta(minutes=shift.meal_minutes))
        rows.append(("1001", "inbound", day.date(), code, start, end, *rest, shift.worked_minutes))
    roster = pd.DataFrame(rows, columns=list(ROSTER_COLUMNS))
    found = broken_rules(roster, given)
    return set(found.loc[found["badge"] == "1001", "rule"])


def test_a_night_that_ends_on_the_first_forbids_that_morning(tmp_path: Path) -> None:
    assert broken(tmp_path, "", 1) == set()
    assert broken(tmp_path, "2026-11-30=N", 1) >= {"rest_between_shifts"}


def test_days_in_a_row_and_the_straddling_week_count_on(tmp_path: Path) -> None:
    worked = ";".join(f"2026-11-{day}=P0700/300" for day in range(26, 31))
    assert broken(tmp_path, "", 2) == set()
    assert broken(tmp_path, worked, 1) == set()  # the sixth day
    assert len(broken(tmp_path, worked, 2)) > 0  # the seventh


@pytest.mark.parametrize("wrong", ["2026-12-01=N", "2026-11-30=Q", "2026-11-31=N"])
def test_what_cannot_be_carried_in_is_refused(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(InputError, match="carry_in"):
        read_supply(staff(tmp_path, wrong), MONTH)
