"""Files that leave the house, read back by other programs."""

from __future__ import annotations

import subprocess
import warnings
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import icalendar
import openpyxl
import pandas as pd
import pytest

from api.intake import InputError
from api.reports.exports import roster_grid, write_icals, write_parquets, write_roster_grid
from api.reports.register import KINDS, duty_register, marks_of_decisions, read_attendance, write_register

ZONE, MONTH = "Asia/Shanghai", pd.Period("2026-12")
MADE = datetime(2026, 11, 25, tzinfo=UTC)


def roster() -> pd.DataFrame:
    rows = []
    for number, (badge, role) in enumerate([("1001", "inbound"), ("1002", "inbound"), ("2001", "qa")]):
        for day in pd.date_range("2026-12-01", "2026-12-31"):
            if (day.day + number) % 4 == 0:
                continue
            shift, start, hours = [("D0800", 8, 9), ("E1400", 14, 9), ("N", 22, 10)][(day.day // 4 + number) % 3]
            begin = day.tz_localize(ZONE) + pd.Timedelta(hours=start)
            meal = begin + pd.Timedelta(hours=4)
            rows.append([badge, role, day.date(), shift, begin, begin + pd.Timedelta(hours=hours), meal,
                         meal + pd.Timedelta(hours=1), (hours - 1) * 60])  # fmt: skip
    rows.append(["1001", "inbound", date(2026, 12, 4), "leave", pd.NaT, pd.NaT, pd.NaT, pd.NaT, 0])
    start = pd.Timestamp("2026-12-08T08:00", tz=ZONE)
    rows.append(["1001", "inbound", date(2026, 12, 8), "standby", start, start + timedelta(hours=8), pd.NaT, pd.NaT, 0])
    columns = ["badge", "role", "date", "shift", "start_at", "end_at", "meal_start_at", "meal_end_at", "worked_minutes"]
    return pd.DataFrame(rows, columns=columns)


def test_a_badges_calendar_holds_its_shifts_and_no_one_elses(tmp_path: Path) -> None:
    paths = write_icals(roster(), tmp_path, made_at=MADE)
    assert [p.name for p in paths] == ["1001.ics", "1002.ics", "2001.ics"]
    calendar = icalendar.Calendar.from_ical(paths[0].read_bytes())
    events = list(calendar.walk("VEVENT"))
    mine = roster().query("badge == '1001'")
    assert len(events) == len(mine)
    begins = {e.decoded("dtstart") for e in events if isinstance(e.decoded("dtstart"), datetime)}
    assert begins == {t.tz_convert("UTC").to_pydatetime() for t in mine["start_at"].dropna()}
    leave = [e for e in events if e.decoded("dtstart") == date(2026, 12, 4)]
    assert str(leave[0]["summary"]) == "休假 leave"
    assert len({str(e["uid"]) for e in events}) == len(events)


def test_an_event_keeps_its_identity_when_the_roster_is_made_anew(tmp_path: Path) -> None:
    def identities(folder: str, made: datetime) -> list[str]:
        path = write_icals(roster(), tmp_path / folder, made_at=made)[0]
        return [str(e["uid"]) for e in icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")]

    assert identities("a", MADE) == identities("b", MADE + timedelta(days=1))


def test_the_grid_has_a_cell_for_every_row_of_the_roster() -> None:
    grid = roster_grid(roster(), month=MONTH)
    assert grid.shape == (3, 31)
    for row in roster().to_dict("records"):
        assert grid.loc[(row["role"], row["badge"]), row["date"]] == row["shift"]
    assert (grid != "").sum().sum() == len(roster())


def test_the_grids_counts_are_what_a_loop_counts_when_another_program_computes_them(tmp_path: Path, program) -> None:
    path = write_roster_grid(roster(), tmp_path / "roster.xlsx", month=MONTH)
    stored = openpyxl.load_workbook(path)
    stored.save(path)  # without the stored results
    soffice = [program("soffice"), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    command = [*soffice, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sheet = openpyxl.load_workbook(tmp_path / "out" / "roster.xlsx", data_only=True).active
    for row in range(4, 7):
        badge = sheet.cell(row, 2).value
        mine = roster()[roster()["badge"] == badge]
        worked = mine[mine["worked_minutes"] > 0]
        counts = [sheet.cell(row, 34 + i).value for i in range(5)]
        leave = int((mine["shift"] == "leave").sum())
        expected = [worked["worked_minutes"].sum() / 60, len(worked), int((worked["shift"] == "N").sum()), leave]
        assert counts == [*expected, 31 - len(worked) - leave]


def test_analysts_get_what_was_there(tmp_path: Path) -> None:
    paths = write_parquets({"roster": roster()}, tmp_path)
    assert len(pd.read_parquet(paths[0])) == len(roster())


def marks(*rows: tuple[str, str, str, float | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["badge", "date", "kind", "minutes"])
    frame["date"] = [date.fromisoformat(d) for d in frame["date"]]
    return frame.assign(remark="", minutes=frame["minutes"].astype(float))


def test_the_register_adds_overtime_and_takes_off_what_was_missed() -> None:
    given = marks(("1001", "2026-12-01", "late", 30), ("1001", "2026-12-02", "sick", None),
                  ("1001", "2026-12-03", "overtime", 90), ("1001", "2026-12-05", "training", 120),
                  ("1001", "2026-11-30", "absent", None))  # fmt: skip
    register = duty_register(roster(), given, month=MONTH)
    mine = roster().query("badge == '1001' and worked_minutes > 0")
    row = register.loc["1001"]
    assert row["days_rostered"] == len(mine)
    assert row["hours_rostered"] == mine["worked_minutes"].sum() / 60
    sick = mine.loc[mine["date"] == date(2026, 12, 2), "worked_minutes"].item() / 60
    assert row["sick_hours"] == sick
    assert row["hours_worked"] == pytest.approx(row["hours_rostered"] - 0.5 - sick + 1.5)
    assert row["absent_times"] == 0
    assert register.loc["1002", "hours_worked"] == register.loc["1002", "hours_rostered"]
    assert len(KINDS) == 15


def test_a_mark_about_a_stranger_is_refused() -> None:
    with pytest.raises(ValueError, match="badge 9999"):
        duty_register(roster(), marks(("9999", "2026-12-01", "late", 5)), month=MONTH)


def test_a_surge_sign_in_is_a_redeployment_and_rung_six_overtime() -> None:
    at = pd.Timestamp("2026-12-01T10:00", tz=ZONE)
    log = pd.DataFrame(
        [
            {"at": at, "kind": "order", "rung": 3, "badges": "2001"},
            {"at": at + pd.Timedelta(minutes=20), "kind": "order", "rung": 6, "badges": "1001;1002"},
            {"at": at + pd.Timedelta(minutes=50), "kind": "release", "rung": 6, "badges": "1001;1002"},
            {"at": at + pd.Timedelta(minutes=60), "kind": "release", "rung": 3, "badges": "2001"},
        ]
    )
    got = marks_of_decisions(log, timezone=ZONE).set_index("badge")
    assert got["kind"].to_dict() == {"1001": "overtime", "1002": "overtime", "2001": "temporary_redeployment"}
    assert got["minutes"].to_dict() == {"1001": 30.0, "1002": 30.0, "2001": 60.0}


def test_an_attendance_file_reads_in_chinese_and_a_fault_names_its_place(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_text("工号,日期,类别,分钟,备注\n1001,2026/12/1,迟到,30,堵车\n1002,2026-12-02,病假,,\n", encoding="gbk")
    got = read_attendance(path)
    assert list(got["kind"]) == ["late", "sick"]
    assert list(got["date"]) == [date(2026, 12, 1), date(2026, 12, 2)]
    path.write_text("badge,date,kind\n1001,2026-12-01,dreaming\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"row 2, column kind: 'dreaming'"):
        read_attendance(path)


def test_the_register_is_written_with_its_totals(tmp_path: Path) -> None:
    register = duty_register(roster(), marks(("1001", "2026-12-01", "late", 30)), month=MONTH)
    sheet = openpyxl.load_workbook(write_register(register, tmp_path / "register.xlsx", month=MONTH)).active
    assert sheet.cell(7, 4).value == "=SUM(D4:D6)"
    assert [sheet.cell(3, c).value.split("\n")[0] for c in range(1, 8)] == [
        "工号", "岗位", "应出勤天数", "应出勤工时", "迟到(次)", "迟到(时)", "实际工时",
    ]  # fmt: skip
