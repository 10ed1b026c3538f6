"""Files that leave the house, read back by other programs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import icalendar
import openpyxl
import pandas as pd
import pytest

from api.intake import InputError
from api.reports.exports import write_icals, write_parquets
from api.reports.register import ENTRY_KINDS, duty_register, month_register, read_attendance, write_register
from api.reports.roster_book import roster_grid, write_roster_grid
from api.reports.roster_paper import RosterHead, badge_sheets_pdf, roster_pdf
from forecaster.history.calendar import Calendar
from forecaster.messages import Words

ZONE, MONTH = "Asia/Shanghai", pd.Period("2026-12")
MADE = datetime(2026, 11, 25, tzinfo=UTC)
ON_PAPER = {"month": MONTH, "head": RosterHead("q"), "calendar": Calendar(), "language": "en"}


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


def test_the_grids_counts_are_what_a_loop_counts_when_another_program_computes_them(
    tmp_path: Path, computed_anew
) -> None:
    path = write_roster_grid(roster(), tmp_path / "roster.xlsx", month=MONTH, language="zh")
    stored = openpyxl.load_workbook(path)
    sheet = computed_anew(path).active
    for row in range(4, 7):
        badge = sheet.cell(row, 2).value
        mine = roster()[roster()["badge"] == badge]
        worked = mine[mine["worked_minutes"] > 0]
        counts = [sheet.cell(row, 34 + i).value for i in range(5)]
        leave = int((mine["shift"] == "leave").sum())
        expected = [worked["worked_minutes"].sum() / 60, len(worked), int((worked["shift"] == "N").sum()), leave]
        assert counts == [*expected, 31 - len(worked) - leave]
    words = {cell.value for sheet in stored for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)}
    assert "休假" in words
    assert not {word for word in words if re.match("[a-z]", word)}, "a Chinese workbook has no English words"


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
    assert len(ENTRY_KINDS) == 15


def test_a_mark_about_a_stranger_is_refused() -> None:
    with pytest.raises(ValueError, match="badge 9999"):
        duty_register(roster(), marks(("9999", "2026-12-01", "late", 5)), month=MONTH)


def line(badge: str, start: str, minutes: float | None, **told: object) -> dict[str, object]:
    began = pd.Timestamp(start, tz=ZONE)
    ended = None if minutes is None else (began + pd.Timedelta(minutes=minutes)).isoformat()
    return {"badge": badge, "date": f"{began:%Y-%m-%d}", "entry": "temporary redeployment", "entry_zh": "临时调配",
            "queue": "hotline", "role": "qa", "people": 1, "started_at": began.isoformat(), "ended_at": ended,
            "minutes": minutes, "order_id": "hotline-1", "rule": "C3"} | told  # fmt: skip


def test_the_months_register_joins_roster_standby_orders_and_marks() -> None:
    lines = [
        line("2001", "2026-12-01T10:00", 60),
        line("1001", "2026-12-08T09:00", 90, entry="overtime", rule="C6"),
        line("1002", "2026-12-02T09:00", 45, entry="overtime"),  # the attendance file knows better
        line("", "2026-12-03T11:00", 30, people=2),  # nobody told who
        line("2001", "2026-12-05T10:00", None),  # still running
        line("7777", "2026-12-05T10:00", 30, queue="other"),  # another queue's people
        line("2001", "2026-12-06T10:00", 20, queue="other"),  # our people, another queue
    ]
    told = marks(("1002", "2026-12-02", "overtime", 60), ("1002", "2026-12-05", "late", 15))
    people, entries = month_register(roster(), told, lines, queue="hotline", month=MONTH)
    assert people.loc["2001", "temporary_redeployment_hours"] == pytest.approx((60 + 20) / 60)
    assert people.loc["2001", "temporary_redeployment_times"] == 3
    assert people["overtime_hours"].to_dict() == {"1001": 1.5, "1002": 1.0, "2001": 0.0}
    assert people["days_standby"].to_dict() == {"1001": 1, "1002": 0, "2001": 0}
    assert people.loc["1001", "hours_worked"] == people.loc["1001", "hours_rostered"] + 1.5
    kinds = entries["kind"].value_counts()
    assert kinds["shift"] == (roster()["worked_minutes"] > 0).sum()
    assert (kinds["standby"], kinds["leave"], kinds["late"]) == (1, 1, 1)
    assert kinds["overtime"] == 3  # two orders and the file's mark: the day shows everything
    assert kinds["temporary_redeployment"] == 4
    assert "7777" not in set(entries["badge"])
    unnamed = entries[entries["badge"] == ""].iloc[0]
    assert unnamed["detail"].endswith("× 2")
    eighth = entries[(entries["badge"] == "1001") & (entries["date"] == date(2026, 12, 8))]
    assert list(eighth["kind"]) == ["standby", "overtime"]
    assert list(eighth["kind_zh"]) == ["备班", "加班"]
    assert list(entries["date"]) == sorted(entries["date"])


def test_an_attendance_file_reads_in_chinese_and_a_fault_names_its_place(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_text("工号,日期,类别,分钟,备注\n1001,2026/12/1,迟到,30,堵车\n1002,2026-12-02,病假,,\n", encoding="gbk")
    got = read_attendance(path)
    assert list(got["kind"]) == ["late", "sick"]
    assert list(got["date"]) == [date(2026, 12, 1), date(2026, 12, 2)]
    path.write_text("badge,date,kind\n1001,2026-12-01,dreaming\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"row 2, column kind: 'dreaming'"):
        read_attendance(path)


def test_the_register_is_written_by_person_with_totals_and_by_day(tmp_path: Path) -> None:
    told = marks(("1001", "2026-12-01", "late", 30))
    people, entries = month_register(roster(), told, [line("2001", "2026-12-01T10:00", 60)], queue="q", month=MONTH)
    book = openpyxl.load_workbook(write_register(people, tmp_path / "r.xlsx", month=MONTH, entries=entries))
    sheet, days = book.worksheets
    assert sheet.cell(7, 4).value == "=SUM(D4:D6)"
    assert [sheet.cell(3, c).value.split("\n")[0] for c in (*range(1, 8), 10)] == [
        "工号", "岗位", "应出勤天数", "应出勤工时", "备班天数", "迟到（次）", "迟到（时）", "实际工时",
    ]  # fmt: skip
    rows = list(days.iter_rows(min_row=4, values_only=True))
    assert len(rows) == len(entries)
    first = entries[entries["kind"] == "shift"].iloc[0]
    shown = next(row for row in rows if row[1] == first["badge"] and row[3].startswith("班次"))
    assert shown[5] == first["start_at"].tz_localize(None).to_pydatetime()


@pytest.fixture
def read_back(pages_of, tmp_path: Path) -> Callable[[bytes], list[str]]:
    """Return a reader of papers: `read_back(pdf)` gives the text of each page."""

    def read(pdf: bytes) -> list[str]:
        (tmp_path / "paper.pdf").write_bytes(pdf)
        return pages_of(tmp_path / "paper.pdf")

    return read


def crowd(people: int) -> pd.DataFrame:
    """Return a roster of so many people, each like the first of the small one."""
    one = roster().query("badge == '1001'")
    return pd.concat([one.assign(badge=str(5001 + n)) for n in range(people)], ignore_index=True)


@pytest.mark.parametrize("size", ["A4", "A3"])
def test_the_printed_roster_has_everybody_and_every_day_on_pages_that_say_how_many(size, read_back) -> None:
    head = RosterHead("hotline", Words("第 1 版", "version 1"), {date(2026, 12, 9): 3.0})
    made = crowd(129)
    pages = read_back(roster_pdf(made, **ON_PAPER | {"head": head}, size=size))
    assert len(pages) <= 5
    found = [badge for page in pages for badge in re.findall(r"^ *(5\d{3})\b", page, re.MULTILINE)]
    assert found == sorted(made["badge"].unique())
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert all(text in page for text in ("version 1", "Checked by", "split shift"))
        days = next(line for line in page.splitlines() if re.search(r"\b1 +2 +3 +4\b", line))
        assert [int(day) for day in days.split()] == list(range(1, 32))
    mine = made.query("badge == '5001' and worked_minutes > 0")
    line = next(line for line in pages[0].splitlines() if line.strip().startswith("5001"))
    cells = line.split()[1:-5]
    assert len([cell for cell in cells if "–" in cell]) == len(mine) + 1  # and the standby's hours
    assert float(line.split()[-5]) == pytest.approx(mine["worked_minutes"].sum() / 60, abs=0.05)


def test_a_week_on_paper_tells_the_meals(read_back) -> None:
    pages = read_back(roster_pdf(roster(), **ON_PAPER, by="week"))
    assert len(pages) == 5
    assert all(re.search(r"meal \d\d:\d\d–\d\d:\d\d", page) for page in pages)


def test_every_badge_has_a_sheet_of_its_own_with_its_shifts_and_no_one_elses(read_back) -> None:
    pages = read_back(badge_sheets_pdf(roster(), **ON_PAPER))
    assert [re.search(r"\b([12]00\d)\b", page)[1] for page in pages] == ["1001", "1002", "2001"]
    for badge, page in zip(["1001", "1002", "2001"], pages, strict=True):
        mine = roster()[(roster()["badge"] == badge) & (roster()["shift"] != "leave")]
        shown = re.findall(r"(?<!meal )\b\d\d:\d\d–\d\d:\d\d", page)
        told = [f"{one['start_at']:%H:%M}–{one['end_at']:%H:%M}" for one in mine.to_dict("records")]
        assert sorted(shown) == sorted(told)


EIGHT_WEEKS = pd.Period("2026-12-07", freq="56D")


def of_eight_weeks() -> pd.DataFrame:
    """Return one person's eight weeks: the same shift on every day, so that a day that is missing is seen."""
    days = pd.date_range("2026-12-07", periods=56, tz=ZONE)
    times = {f"{name}_at": days + pd.Timedelta(hours=hours) for name, hours in
             {"start": 9, "end": 17, "meal_start": 12, "meal_end": 13}.items()}  # fmt: skip
    fixed = {"badge": "1001", "role": "inbound", "shift": "D0900", "worked_minutes": 420}
    return pd.DataFrame({"date": days.date, **times, **fixed})


def test_eight_weeks_are_printed_in_stretches_of_whole_weeks_and_a_sheet_has_them_all(read_back) -> None:
    told = ON_PAPER | {"month": EIGHT_WEEKS}
    pages = read_back(roster_pdf(of_eight_weeks(), **told))
    spans = [re.search(r"(\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d)", page).groups() for page in pages]
    assert spans == [("2026-12-07", "2027-01-03"), ("2027-01-04", "2027-01-31")]
    assert [len(re.findall("9–17", page)) for page in pages] == [28, 28]
    assert all(re.search(rf"\s{day}\s", pages[0]) for day in ("12/7", "1/1"))
    assert not re.search("month", " ".join(pages), re.IGNORECASE)
    (sheet,) = read_back(badge_sheets_pdf(of_eight_weeks(), **told))
    assert len(re.findall("09:00–17:00", sheet)) == 56
    assert all(words in sheet for words in ("In all: 392.0 hours, 56 shifts", "Received"))


def test_the_same_roster_gives_the_same_paper() -> None:
    one, two = (roster_pdf(roster(), **ON_PAPER) for _ in range(2))
    assert one == two


def test_a_calendars_title_says_what_the_day_is_and_its_hours(tmp_path: Path) -> None:
    calendar = icalendar.Calendar.from_ical(write_icals(roster(), tmp_path, made_at=MADE)[0].read_bytes())
    titles = {str(event["summary"]) for event in calendar.walk("VEVENT")}
    assert titles == {"早班 early 08:00–17:00", "晚班 late 14:00–23:00", "夜班 night 22:00–08:00", "休假 leave",
                      "备班 standby 08:00–16:00"}  # fmt: skip


def test_the_printed_register_is_short_and_says_every_day_of_everybody(
    tmp_path: Path, pages_of, by_libreoffice
) -> None:
    made = crowd(129)
    told = marks(("5001", "2026-12-05", "late", 15), ("5002", "2026-12-06", "training", 60))
    people, entries = month_register(made, told, [], queue="q", month=MONTH)
    path = write_register(people, tmp_path / "register.xlsx", month=MONTH, entries=entries)
    pages = pages_of(by_libreoffice(path, "pdf"))
    assert len(pages) <= 15
    first = next(line for page in pages for line in page.splitlines() if line.strip().startswith("5001"))
    mine = made.query("badge == '5001'")
    assert first.count("班") == (mine["worked_minutes"] > 0).sum()
    assert first.count("休") == 1
    assert first.count("迟") == 1
    listed = [line for page in pages for line in page.splitlines() if re.match(r"\s*2026-12-\d\d ", line)]
    assert len(listed) == 2 + 2 * 129  # the marks, and each one's leave and standby; no shift as rostered


def test_breaks_stand_in_a_badges_calendar_and_on_its_sheet(tmp_path: Path, read_back) -> None:
    paused = roster()
    for number, minutes in ((1, 90), (2, 390)):
        at = (paused["start_at"] + pd.Timedelta(minutes=minutes)).where(paused["worked_minutes"] > 0)
        paused[f"break_{number}_start_at"], paused[f"break_{number}_end_at"] = at, at + pd.Timedelta(minutes=15)
    calendar = icalendar.Calendar.from_ical(write_icals(paused, tmp_path, made_at=MADE)[0].read_bytes())
    told = {str(e["description"]) for e in calendar.walk("VEVENT") if "description" in e}
    assert "用餐 meal 12:00–13:00；工间休息 breaks 09:30–09:45、14:30–14:45；班次 shift D0800" in told
    pages = read_back(badge_sheets_pdf(paused, **ON_PAPER))
    assert "break 09:30 14:30" in pages[0]
    weeks = read_back(roster_pdf(paused, **ON_PAPER, by="week"))
    assert all(re.search(r"break \d\d:30 \d\d:30", page) for page in weeks)
