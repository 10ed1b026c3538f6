"""The product's own frames, read from files that others wrote: seats, burdens, a day's changes, overrides."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from api.intake import InputError, read_burdens, read_day_changes, read_overrides, read_seats
from api.intake.frames import DAY_CHANGE_NUMBERS, DAY_CHANGES


def test_seats_by_interval_are_enough_and_a_skill_and_people_to_roster_are_kept(tmp_path: Path) -> None:
    (path := tmp_path / "seats.csv").write_text(
        "interval_start,seats_required,people_to_roster,seats_required.tech,remark\n"
        "2026-12-01T00:00:00+08:00,3,4,1,x\n2026-12-01T01:00:00+08:00,2,2,0,y\n",
        encoding="utf-8",
    )
    read = read_seats(path)
    assert read.to_dict("list") == {
        "seats_required": [3, 2], "people_to_roster": [4, 2], "seats_required.tech": [1.0, 0.0],
    }  # fmt: skip
    path.write_text("interval_start,seats_required\n2026-12-01T00:00:00+08:00,3\n", encoding="utf-8")
    assert list(read_seats(path)) == ["seats_required"]
    path.write_text("interval_start,seats\n2026-12-01T00:00:00+08:00,3\n", encoding="utf-8")
    with pytest.raises(InputError, match="seats_required"):
        read_seats(path)


def test_burdens_with_a_blank_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "burdens.csv"
    path.write_text("badge,nights,weekends,holidays\n1001,2,,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 2, column weekends: '' is empty; write a number"):
        read_burdens(path)


def test_the_hours_of_who_is_sent_home_are_read_back(tmp_path):
    told = dict.fromkeys(DAY_CHANGES, "") | dict.fromkeys(DAY_CHANGE_NUMBERS, 0)
    told |= {"kind": "sent_home", "hours": -1.0, "taken": True, "start_at": "2026-11-10T16:00+08:00"}
    pd.DataFrame([told | {"end_at": "2026-11-10T17:00+08:00"}]).to_csv(tmp_path / "day_changes.csv", index=False)
    read = read_day_changes(tmp_path / "day_changes.csv", timezone="Asia/Shanghai")
    assert read[["kind", "hours", "taken"]].to_numpy().tolist() == [["sent_home", -1.0, True]]


@pytest.mark.parametrize(
    ("row", "named"),
    [("2026-05-11,2026-05-10,1.5,why", "end_at"), ("2026-05-11,2026-05-12,-1,why", "factor"), (",,1,why", "start_at")],
)
def test_an_override_that_cannot_be_read_is_refused_by_its_row(tmp_path: Path, row: str, named: str) -> None:
    path = tmp_path / "overrides.csv"
    path.write_text(f"start_at,end_at,factor,reason\n2026-05-01,2026-05-02,1,ok\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError, match=named) as refused:
        read_overrides(path)
    assert "overrides.csv" in str(refused.value)


def test_an_override_in_an_hour_that_the_clocks_skip_or_repeat_asks_for_its_offset(tmp_path: Path) -> None:
    path = tmp_path / "overrides.csv"
    path.write_text("start_at,end_at,factor,reason\n2026-03-29 02:30,2026-10-25 02:30,1.2,sale\n", encoding="utf-8")
    with pytest.raises(InputError, match="skip or repeat; write its offset") as refused:
        read_overrides(path, timezone="Europe/Paris")
    assert [(fault.row, fault.column) for fault in refused.value.faults] == [(2, "start_at"), (2, "end_at")]


def test_every_override_that_cannot_be_used_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "overrides.csv"
    path.write_text(
        "start_at,end_at,factor,reason\n"
        "soon,2026-12-24 20:00,1.2,sale\n"
        "2026-12-24 08:00,,1.2,sale\n"
        "2026-12-24 08:00,2026-12-24 20:00,much,sale\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as refused:
        read_overrides(path)
    places = [(fault.row, fault.column) for fault in refused.value.faults]
    assert places == [(2, "start_at"), (3, "end_at"), (4, "factor")]
