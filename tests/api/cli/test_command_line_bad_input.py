"""Bad input ends in one clear line that names file, row, column and value, exit code 2, and nothing half-written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from api.site import CONFIG

HOURS = [at.isoformat() for at in pd.date_range("2026-09-01", "2026-10-30 23:00", freq="h")]
GOOD_PEOPLE = "badge,role\n1001,inbound\n1002,inbound\n"

Huawu = Callable[..., tuple[int, str, str]]


def history(rows: list[str], header: str = "interval_start,calls") -> bytes:
    return ("\n".join([header, *rows]) + "\n").encode()


def good_rows() -> list[str]:
    return [f"{at},{10 + k % 24}" for k, at in enumerate(HOURS)]


def with_row(number: int, text: str) -> bytes:
    """The good history with the file's line `number` (the heading is line 1) replaced."""
    rows = good_rows()
    rows[number - 2] = text
    return history(rows)


BAD_HISTORIES = {
    "a missing column": (history([row.split(",")[0] for row in good_rows()], "interval_start"), ["calls"]),
    "a duplicate interval": (with_row(30, good_rows()[27] + "9"), ["30", "interval_start", "2026-09-02"]),
    "negative calls": (with_row(12, f"{HOURS[10]},-4"), ["12", "calls", "-4"]),
    "text in a number": (with_row(12, f"{HOURS[10]},many"), ["12", "calls", "many"]),
    "an infinite number": (with_row(12, f"{HOURS[10]},inf"), ["12", "calls", "inf"]),
    "a date that is none": (with_row(12, "2026-09-31T10:00:00,4"), ["12", "interval_start", "2026-09-31"]),
    "mixed time zones": (with_row(12, f"{HOURS[10]}+08:00,4"), ["12", "interval_start"]),
    "an empty file": (b"", ["empty"]),
    "a heading and nothing else": (history([]), ["no rows"]),
}


@pytest.mark.parametrize("command", ["forecast", "backtest"])
@pytest.mark.parametrize("case", BAD_HISTORIES)
def test_a_bad_history_is_refused_in_one_line(huawu: Huawu, tmp_path: Path, case: str, command: str) -> None:
    content, named = BAD_HISTORIES[case]
    path = tmp_path / "calls.csv"
    path.write_bytes(content)
    month = ["--month", "2026-11"] if command == "forecast" else []
    code, _, error = huawu(command, "--history", path, *month, "--out", tmp_path / "result.csv")
    assert code == 2
    assert error.count("\n") == 1, error
    for word in ["calls.csv", *named]:
        assert re.search(rf"(?<![\w.]){re.escape(word)}", error), (word, error)
    assert not (tmp_path / "result.csv").exists()


@pytest.mark.parametrize("command", ["plan", "roster"])
@pytest.mark.parametrize(
    ("people", "named"),
    [
        ("badge\n1001\n", ["role"]),
        ("badge,role\n1001,inbound\n1002,\n", ["3", "role"]),
        ("badge,role\n1001,pilot\n", ["2", "role", "pilot"]),
        ("badge,role\n1001,inbound\n1001,qa\n", ["3", "badge", "1001"]),
        ("badge,role,leave\n1001,inbound,2026-13-01\n", ["2", "leave", "2026-13-01"]),
        ("", ["empty"]),
    ],
)
def test_a_bad_staff_list_is_refused_in_one_line(
    huawu: Huawu, tmp_path: Path, people: str, named: list[str], command: str, requirement_file: Path
) -> None:
    calls, staff = tmp_path / "calls.csv", tmp_path / "staff.csv"
    calls.write_bytes(history(good_rows()))
    staff.write_text(people)
    source = ["--history", calls] if command == "plan" else ["--requirement", requirement_file]
    code, _, error = huawu(command, *source, "--people", staff, "--month", "2026-11", "--out", tmp_path / "out")
    assert code == 2
    assert error.count("\n") == 1, error
    for word in ["staff.csv", *named]:
        assert word in error, (word, error)
    assert not (tmp_path / "out").exists()


def test_an_unreadable_workbook_is_refused_in_one_line(huawu: Huawu, tmp_path: Path) -> None:
    path = tmp_path / "calls.xlsx"
    path.write_bytes(b"this is no workbook")
    code, _, error = huawu("forecast", "--history", path, "--month", "2026-11", "--out", tmp_path / "f.csv")
    assert (code, error.count("\n")) == (2, 1)
    assert "calls.xlsx" in error


@pytest.mark.parametrize("month", ["2020-01", "2030-01"])
def test_a_month_without_history_is_refused_in_one_line(huawu: Huawu, tmp_path: Path, month: str) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(history(good_rows()))
    code, _, error = huawu("forecast", "--history", path, "--month", month, "--out", tmp_path / "f.csv")
    assert (code, error.count("\n")) == (2, 1)
    assert month in error
    assert "calls.csv" in error


def test_an_effect_that_the_calendar_cannot_have_is_refused_by_its_file(huawu: Huawu, tmp_path: Path) -> None:
    path, own = tmp_path / "calls.csv", tmp_path / "own.toml"
    path.write_bytes(history(good_rows()))
    own.write_text('[[effect]]\nname = "Spring festval"\nfactor = 0.5\n')
    code, _, error = huawu(
        "forecast", "--history", path, "--calendar", own, "--month", "2026-11", "--out", tmp_path / "f.csv"
    )
    assert (code, error.count("\n")) == (2, 1)
    for word in ("own.toml", "'Spring festval'", "'Spring Festival'"):
        assert word in error


@pytest.mark.parametrize("month", ["2026-13", "december", "2026-1-1", "26-12"])
def test_a_month_that_is_none_is_refused(huawu: Huawu, tmp_path: Path, month: str) -> None:
    code, _, error = huawu("forecast", "--history", tmp_path / "x.csv", "--month", month, "--out", tmp_path / "f.csv")
    assert code == 2
    assert month in error


def test_a_file_that_is_not_there_is_named(huawu: Huawu, tmp_path: Path) -> None:
    code, _, error = huawu("backtest", "--history", tmp_path / "nowhere.csv", "--out", tmp_path / "b.csv")
    assert (code, error.count("\n")) == (2, 1)
    assert "nowhere.csv" in error


@pytest.mark.parametrize("at", ["2026-12-01T09:00:00", "yesterday"])
def test_readings_must_say_their_time_zone(huawu: Huawu, tmp_path: Path, at: str) -> None:
    path = tmp_path / "readings.csv"
    path.write_text(f"at,waiting\n2026-12-01T08:59:00+08:00,3\n{at},4\n")
    code, _, error = huawu("replay", path, "--out", tmp_path / "d.csv")
    assert (code, error.count("\n")) == (2, 1)
    for word in ("readings.csv", "row 3", "column at", at):
        assert word in error, (word, error)
    assert not (tmp_path / "d.csv").exists()


def test_a_roster_that_names_a_stranger_is_refused(huawu: Huawu, tmp_path: Path) -> None:
    roster, staff = tmp_path / "roster.csv", tmp_path / "staff.csv"
    day = "2026-11-03T0"
    roster.write_text(
        "badge,role,date,shift,start_at,end_at,meal_start_at,meal_end_at,worked_minutes\n"
        f"9999,inbound,2026-11-03,D0800/480,{day}8:00+08:00,{day}9:00+08:00,,,60\n"
    )
    staff.write_text(GOOD_PEOPLE)
    code, _, error = huawu("check", roster, "--people", staff, "--month", "2026-11")
    assert code == 2
    assert "9999" in error


@pytest.mark.parametrize(
    ("header", "cell", "named"),
    [
        ("leave", "2026-12-05", ["2026-12-05", "outside 2026-11"]),
        ("fixed_shifts", "2026-12-05=N", ["2026-12-05", "outside 2026-11"]),
        ("fixed_shifts", "2026-11-05=Q7", ["2026-11-05", "Q7"]),
        ("leave,fixed_shifts", "2026-11-05,2026-11-05=N", ["2026-11-05", "leave"]),
        ("protected,fixed_shifts", "yes,2026-11-05=N", ["2026-11-05", "protected_staff"]),
        ("fixed_shifts", "2026-11-03=N;2026-11-04=S1600/420", ["2026-11-04", "rest_between_shifts"]),
        ("fixed_shifts", ";".join(f"2026-11-{d:02d}=N" for d in (3, 4, 5, 6)), ["2026-11-06", "nights_in_a_row"]),
        ("contract_hours_per_week,fixed_shifts", "8,2026-11-03=N;2026-11-05=N", ["2026-11-02", "weekly_hours"]),
        ("fixed_shifts,carry_in", "2026-11-01=S0900/420,2026-10-31=N", ["2026-11-01", "rest_between_shifts"]),
    ],
)
def test_what_breaks_a_rule_by_itself_is_refused_with_person_date_and_rule(
    huawu: Huawu, tmp_path: Path, header: str, cell: str, named: list[str], requirement_file: Path
) -> None:
    staff, out = tmp_path / "staff.csv", tmp_path / "out.csv"
    staff.write_text(f"Staff of November\n\nbadge,role,{header}\n1001,inbound,{cell}\n")
    given = ["--requirement", requirement_file, "--people", staff, "--month", "2026-11", "--time-limit", 1]
    code, _, error = huawu("roster", *given, "--country", "-", "--out", out)
    assert (code, error.count("\n")) == (2, 1), error
    for word in ["staff.csv", "row 4", "1001", *named] if "Q7" not in cell else ["staff.csv", "1001", *named]:
        assert word in error, (word, error)
    assert not out.exists()


def test_a_shift_longer_than_the_law_is_refused(huawu: Huawu, tmp_path: Path, requirement_file: Path) -> None:
    staff, shifts = tmp_path / "staff.csv", tmp_path / "shifts.toml"
    staff.write_text(GOOD_PEOPLE)
    shifts.write_text('[[family]]\ncode = "L"\nstarts = ["08:00"]\nlengths_minutes = [600]\n')
    given = ["--requirement", requirement_file, "--people", staff, "--month", "2026-11", "--country", "-"]
    code, _, error = huawu("roster", *given, "--shifts", shifts, "--out", tmp_path / "out.csv")
    assert (code, error.count("\n")) == (2, 1), error
    for word in ("shift L", "600", "8 hours", "daily_hours"):
        assert word in error, (word, error)
    assert not (tmp_path / "out.csv").exists()


CANNOT_BE_REHEARSED = {
    "a history too short": ({}, GOOD_PEOPLE, ["calls.csv", "it would work from the whole month 2026-11"]),
    "nobody": ({}, "badge,role\n", ["people.csv", "no rows"]),
    "nobody who answers": ({}, "badge,role\n1001,qa\n", ["people.csv", "inbound"]),
    "no patience": ({"patience_seconds": 0}, GOOD_PEOPLE, ["site.toml", "patience_seconds", "0"]),
    "patience below none": ({"patience_seconds": -5}, GOOD_PEOPLE, ["site.toml", "patience_seconds", "-5"]),
    "a chance above 1": ({"chance": 1.2}, GOOD_PEOPLE, ["site.toml", "chance", "1.2"]),
    "a chance of nothing": ({"chance": 0}, GOOD_PEOPLE, ["site.toml", "chance", "0"]),
}


@pytest.mark.parametrize("case", CANNOT_BE_REHEARSED)
def test_what_cannot_be_rehearsed_is_said_in_one_line(huawu: Huawu, tmp_path: Path, case: str) -> None:
    settings, people, named = CANNOT_BE_REHEARSED[case]
    rows = (
        good_rows()
        if case == "a history too short"
        else [f"{at},5" for at in pd.date_range("2026-01-01", "2026-10-30", freq="h")]
    )
    (tmp_path / "calls.csv").write_bytes(history(rows))
    (tmp_path / "people.csv").write_text(people)
    told = "".join(f"{key} = {value}\n" for key, value in settings.items())
    shipped = (CONFIG / "site.toml").read_text(encoding="utf-8")
    (tmp_path / "site.toml").write_text(shipped.replace("[service]\n", f"[service]\n{told}"), encoding="utf-8")
    out = tmp_path / "rehearsal"
    code, _, error = huawu(
        "rehearse", "--history", tmp_path / "calls.csv", "--people", tmp_path / "people.csv", "--site",
        tmp_path / "site.toml", "--months", 1, "--out", out,
    )  # fmt: skip
    assert (code, error.count("\n")) == (2, 1), error
    for word in named:
        assert word in error, (word, error)
    assert not out.exists()


def test_what_a_table_shows_is_not_taken_for_markup(huawu: Huawu, tmp_path: Path) -> None:
    site, calls = tmp_path / "site.toml", tmp_path / "calls.csv"
    site.write_text('queue = "a"\ncolour = "red"\n', encoding="utf-8")
    calls.write_bytes(history(good_rows()))
    code, shown, _ = huawu("forecast", "--history", calls, "--site", site, "--month", "2026-11")
    assert (code, "[site]" in shown) == (2, True), shown
