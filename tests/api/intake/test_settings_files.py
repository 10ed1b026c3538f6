"""Shifts, days, a site and a ladder as files: tables read like TOML, and every fault told at once."""

from __future__ import annotations

import csv
import tomllib
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from api.calendars.files import load_calendar
from api.inputs import read_catalogue
from api.intake import InputError
from api.intake.toml_file import toml_text
from api.settings import read_ladder, shipped_ladder
from api.site import CONFIG, read_site

SHIFTS = [
    ["Shift", "Start", "End", "Meal (minutes)", "Meal window (minutes)", "Roles", "Handover (minutes)"],
    ["D", "8:00", "16:00", "60", "180-300", "inbound; qa", "10"],
    ["N", "10:00 PM", "6:00 AM", "", "", "", ""],
]
SAME_SHIFTS = """handover_minutes = 10
[[family]]
code = "D"
starts = ["08:00"]
lengths_minutes = [480]
meal_minutes = 60
meal_window_minutes = [180, 300]
roles = ["inbound", "qa"]
[[family]]
code = "N"
starts = ["22:00"]
lengths_minutes = [480]
"""
DAYS = [
    ["类型", "名称", "开始", "结束", "开门", "关门", "星期", "天数"],
    ["活动", "双十一", "11/11/2026", "15/11/2026", "", "", "", ""],
    ["故障", "充值", "18/06/2026 14:00", "18/06/2026 17:30", "", "", "", ""],
    ["营业时间", "", "", "", "8:00", "20:00", "周一;周二", ""],
    ["停业", "", "25/12/2026", "26/12/2026", "", "", "", ""],
    ["出账日", "", "", "", "", "", "", "1;15"],
]
SAME_DAYS = """billing_days = [1, 15]
[[campaign]]
name = "双十一"
start = 2026-11-11
days = 5
[[fault]]
name = "充值"
start_at = 2026-06-18T14:00:00
end_at = 2026-06-18T17:30:00
[[opening]]
weekdays = [0, 1]
opens = "08:00"
closes = "20:00"
[[closed]]
first = 2026-12-25
last = 2026-12-26
"""


def written(path: Path, rows: list[list[str]] | str) -> Path:
    if isinstance(rows, str):
        path.write_text(rows, encoding="utf-8")
    elif path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    return path


def test_breaks_in_a_table_of_shifts_are_the_same_as_in_toml(tmp_path: Path) -> None:
    heads = ["班次", "开始", "时长（分钟）", "工间休息"]
    table = written(tmp_path / "shifts.csv", [heads, ["D", "8:00", "480", "15：60-105；10 分钟: 300-360 不计薪 茶歇"]])
    toml = """[[family]]
code = "D"
starts = ["08:00"]
lengths_minutes = [480]
breaks = [
    { minutes = 15, window_minutes = [60, 105] },
    { minutes = 10, window_minutes = [300, 360], paid = false, name = "茶歇" },
]
"""
    assert read_catalogue(table) == read_catalogue(written(tmp_path / "shifts.toml", toml))
    wrong = written(tmp_path / "wrong.csv", [heads, ["D", "8:00", "480", "15: 60-105; tea"]])
    assert [(fault.row, fault.column) for fault in faults(read_catalogue, wrong)] == [(2, "工间休息")]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_table_of_shifts_is_the_same_as_toml(suffix: str, tmp_path: Path) -> None:
    wanted = read_catalogue(written(tmp_path / "shifts.toml", SAME_SHIFTS))
    assert read_catalogue(written(tmp_path / f"shifts{suffix}", SHIFTS)) == wanted


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_table_of_days_is_the_same_as_toml(suffix: str, tmp_path: Path) -> None:
    wanted = load_calendar(written(tmp_path / "days.toml", SAME_DAYS), None, [2026])
    assert load_calendar(written(tmp_path / f"days{suffix}", DAYS), None, [2026]) == wanted
    assert wanted.closed == {date(2026, 12, 25), date(2026, 12, 26)}
    assert wanted.faults[0].start_at == datetime(2026, 6, 18, 14)  # noqa: DTZ001 (local)


def faults(read: object, *given: object) -> list[InputError]:
    with pytest.raises(InputError) as caught:
        read(*given)  # type: ignore[operator]
    return list(caught.value.faults) or [caught.value]


def test_every_fault_of_a_calendar_is_told_at_once(tmp_path: Path) -> None:
    text = SAME_DAYS.replace("[1, 15]", "[45]").replace("2026-11-11", '"soon"').replace("days = 5", "days = 0")
    text = text.replace("T17:30", "T13:30").replace('"20:00"', '"8"').replace("[0, 1]", "[9]")
    text = "colour = 3\n" + text + "[[closed]]\nfirst = 2027-01-02\nlast = 2027-01-01\nhue = 1\n"
    told = faults(load_calendar, written(tmp_path / "days.toml", text), None, [2026])
    words = ["45", "colour", "soon", "days", "13:30", "'8'", "weekdays", "2027-01-02", "hue"]
    assert len(told) == len(words)
    assert all(sum(word in f"{one.wrong.en} {one.value}" for one in told) >= 1 for word in words)


def test_every_fault_of_a_table_of_days_has_its_row(tmp_path: Path) -> None:
    rows = [*DAYS, ["派对", "A", "", "", "", "", "", ""], ["活动", "B", "很快", "", "late", "", "Funday", ""]]
    told = faults(load_calendar, written(tmp_path / "days.csv", rows), None, [2026])
    assert [(one.row, one.column, one.value) for one in told] == [
        (7, "类型", "派对"), (8, "开始", "很快"), (8, "开门", "late"), (8, "星期", "Funday"),
    ]  # fmt: skip
    rows = [*DAYS, ["故障", "C", "02/01/2026 10:00", "02/01/2026 09:00", "", "", "", ""]]
    (only,) = faults(load_calendar, written(tmp_path / "ends.csv", rows), None, [2026])
    assert only.row == 7


def test_every_fault_of_shifts_is_told_at_once(tmp_path: Path) -> None:
    text = SAME_SHIFTS.replace("= 10", "= -1").replace('"08:00"', '"25:00"').replace('"qa"', '"clown"')
    text = text.replace('starts = ["22:00"]', 'starts = ["22:00"]\nmonths = [13]\ncolour = 1')
    told = faults(read_catalogue, written(tmp_path / "shifts.toml", text))
    words = ["-1", "25:00", "clown", "13", "colour"]
    assert [sum(word in one.wrong.en for one in told) for word in words] == [1] * len(words) == [1] * len(told)


def test_every_fault_of_a_site_and_of_a_ladder_is_told_at_once(tmp_path: Path) -> None:
    text = (CONFIG / "site.toml").read_text(encoding="utf-8")
    text = text.replace('"Asia/Shanghai"', '"Europe/Londres"').replace("seat_limit = ", "seat_limit = -")
    told = faults(read_site, written(tmp_path / "site.toml", text))
    assert ["Londres" in told[0].wrong.en, "seat_limit" in told[1].wrong.en, len(told)] == [True, True, 2]
    text = (CONFIG / "ladder-recommended.toml").read_text(encoding="utf-8")
    text = text.replace("max_gap_seconds = ", "max_gap_seconds = -").replace('"qa"', '"quality"')
    told = faults(read_ladder, written(tmp_path / "ladder.toml", text))
    assert ["max_gap" in told[0].wrong.en, "quality" in told[1].wrong.en, len(told)] == [True, True, 2]
    assert read_ladder(CONFIG / "ladder-recommended.toml") == shipped_ladder()


def test_what_is_written_as_toml_is_read_again_whatever_its_texts_hold() -> None:
    tables = {
        "name": 'a "b"\n\\c\t班',
        "days": [1, 2],
        "entry": [{"first": date(2026, 1, 1), "kept": True, "size": 1.5}],
    }
    assert tomllib.loads(toml_text({**tables, "none": None, "empty": []})) == tables
