"""What leaves the house: a calendar file per badge, the roster as a grid, Parquet for analysts. Badges, no names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from icalendar import Calendar as ICalendar
from icalendar import Event
from xlsxwriter.utility import xl_col_to_name

from api.intake import write_frame
from api.reports.charts import SET_ASIDE
from api.reports.colours import BLUE
from api.whole_files import whole_file
from forecaster.names import ROLES

LEAVE, STANDBY = "leave", "standby"
WORDS = {LEAVE: "休假 leave", STANDBY: "备班 standby"}
WEEKDAYS = "一二三四五六日"
PALE = ("#DCE9F5", "#D5EDE8", "#E8E3F3", "#F7ECD2", "#E3EFD8", "#F5E1D9", "#DDE3EC", "#EADCE8")


def write_icals(roster: pd.DataFrame, folder: str | Path, *, made_at: datetime) -> list[Path]:
    """Write one iCalendar file per badge (`<badge>.ics`), and return the files."""
    folder = Path(folder)
    paths = []
    for badge in sorted(roster["badge"].unique()):
        path = folder / f"{re.sub(r'[^A-Za-z0-9._-]', '_', str(badge))}.ics"
        with whole_file(path) as part:
            part.write_bytes(ical_of(roster, badge, made_at=made_at))
        paths.append(path)
    return paths


def ical_of(roster: pd.DataFrame, badge: str, *, made_at: datetime) -> bytes:
    """Return one person's iCalendar file: shifts and standby in UTC, leave as whole days.

    An event keeps its identity (badge and date) when the roster is made anew, so that a phone replaces it.
    """
    calendar = ICalendar()
    calendar.add("prodid", "-//huawu//roster//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"班表 {badge}")
    for row in roster.loc[roster["badge"] == badge].sort_values("date").to_dict("records"):
        calendar.add_component(_event(row, made_at))
    content: bytes = calendar.to_ical()
    return content


def _event(row: Mapping[Any, Any], made_at: datetime) -> Event:
    event, shift = Event(), str(row["shift"])
    day = row["date"]
    event.add("uid", f"{row['badge']}-{day:%Y%m%d}-{'standby' if shift == STANDBY else 'shift'}@huawu")
    event.add("dtstamp", made_at)
    event.add("summary", WORDS.get(shift, f"班次 shift {shift}"))
    if shift == LEAVE or pd.isna(row["start_at"]):
        event.add("dtstart", day if isinstance(day, date) else pd.Timestamp(day).date())
        event.add("transp", "TRANSPARENT")
        return event
    event.add("dtstart", pd.Timestamp(row["start_at"]).tz_convert("UTC").to_pydatetime())
    event.add("dtend", pd.Timestamp(row["end_at"]).tz_convert("UTC").to_pydatetime())
    if not pd.isna(row["meal_start_at"]):
        begin, end = pd.Timestamp(row["meal_start_at"]), pd.Timestamp(row["meal_end_at"])
        event.add("description", f"用餐 meal {begin:%H:%M}–{end:%H:%M}")
    return event


def roster_grid(roster: pd.DataFrame, *, month: pd.Period) -> pd.DataFrame:
    """Return the roster as people × days: index `role, badge`, a column per date with the shift's code, or empty.

    Where a day has both a shift and standby, the shift stands.
    """
    days = [day.date() for day in pd.date_range(month.start_time, month.end_time.normalize())]
    shown = roster.assign(date=[pd.Timestamp(day).date() for day in roster["date"]])
    shown = shown[shown["date"].isin(days)].assign(order=lambda f: f["shift"].isin([LEAVE, STANDBY]).astype(int))
    shown = shown.sort_values("order").drop_duplicates(["badge", "date"])
    cells = {(r["role"], r["badge"], r["date"]): r["shift"] for r in shown.to_dict("records")}
    people = sorted({(role, badge) for role, badge, _ in cells}, key=lambda p: (list(ROLES).index(p[0]), p[1]))
    index = pd.MultiIndex.from_tuples(people, names=["role", "badge"]) if people else None
    return pd.DataFrame([[cells.get((*p, day), "") for day in days] for p in people], index=index, columns=days)


def write_roster_grid(roster: pd.DataFrame, path: str | Path, *, month: pd.Period, title: str = "") -> Path:
    """Write the roster as a coloured Excel grid with the hours, days and nights of each person; return its path.

    The counts are formulas over the grid.
    """
    path = Path(path)
    grid = roster_grid(roster, month=month)
    days = [pd.Timestamp(day) for day in grid.columns]
    shown = roster[[pd.Timestamp(d).to_period("M") == month for d in roster["date"]]]
    hours = shown.groupby("badge")["worked_minutes"].sum() / 60
    nights = _night_codes(shown)
    with whole_file(path) as part, xlsxwriter.Workbook(str(part)) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001
        sheet = book.add_worksheet(f"班表 {month}")
        base = {"font_name": "Arial", "font_size": 8, "align": "center", "valign": "vcenter", "shrink": True}
        head = book.add_format(
            base | {"shrink": False, "bold": True, "bg_color": BLUE, "font_color": "#FFFFFF", "text_wrap": True}
        )
        plain, number = book.add_format(base), book.add_format(base | {"num_format": "0.0"})
        sheet.write(0, 0, f"班表 Roster {month} {title}".strip(), book.add_format({"bold": True, "font_size": 14}))
        titles = ["岗位 Role", "工号 Badge", *(f"{d.day}\n{WEEKDAYS[d.day_of_week]}" for d in days)]
        titles += ["工时\nhours", "班数\nshifts", "夜班\nnights", "休假\nleave", "休息\noff"]
        for column, text in enumerate(titles):
            sheet.write(2, column, text, head)
        colours = {code: {"bg_color": colour} for code, colour in _colours(shown).items()}
        first, last = xl_col_to_name(2), xl_col_to_name(1 + len(days))
        for row, ((role, badge), cells) in enumerate(zip(grid.index, grid.to_numpy(), strict=True), start=3):
            sheet.write(row, 0, ROLES[role].zh, plain)
            sheet.write_string(row, 1, str(badge), plain)
            for column, code in enumerate(cells, start=2):
                sheet.write(row, column, code, book.add_format(base | colours.get(code, {})))
            span = f"{first}{row + 1}:{last}{row + 1}"
            night = "+".join(f'COUNTIF({span},"{code}")' for code in nights) or "0"
            aside = f'COUNTIF({span},"{LEAVE}")+COUNTIF({span},"{STANDBY}")'
            worked = [code not in {"", LEAVE, STANDBY} for code in cells]
            night_count = sum(code in nights for code in cells)
            column = 2 + len(days)
            sheet.write_number(row, column, float(hours.get(badge, 0.0)), number)
            sheet.write_formula(row, column + 1, f'=COUNTIF({span},"?*")-({aside})', plain, sum(worked))
            sheet.write_formula(row, column + 2, f"={night}", plain, night_count)
            leave = sum(code == LEAVE for code in cells)
            sheet.write_formula(row, column + 3, f'=COUNTIF({span},"{LEAVE}")', plain, leave)
            off = sum(code in {"", STANDBY} for code in cells)
            sheet.write_formula(
                row, column + 4, f'={len(days)}-COUNTIF({span},"?*")+COUNTIF({span},"{STANDBY}")', plain, off
            )
        sheet.set_row(2, 26)
        sheet.set_column(0, 0, 9)
        sheet.set_column(1, 1, 7)
        sheet.set_column(2, 1 + len(days), 7.4)
        sheet.set_column(2 + len(days), 6 + len(days), 5.6)
        sheet.set_margins(left=0.3, right=0.3, top=0.4, bottom=0.4)
        sheet.freeze_panes(3, 2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(2, 0)  # half a month across: a whole one cannot be read on A4
        sheet.repeat_rows(0, 2)
        sheet.repeat_columns(0, 1)
    return path


def _night_codes(roster: pd.DataFrame) -> list[str]:
    """Return the codes of shifts that touch the hours from 22:00 to 06:00 for three hours or more."""
    codes = []
    for row in roster[roster["worked_minutes"] > 0].drop_duplicates("shift").to_dict("records"):
        start, end = pd.Timestamp(row["start_at"]), pd.Timestamp(row["end_at"])
        minutes = pd.date_range(start, end, freq="30min", inclusive="left")
        if sum(t.hour >= 22 or t.hour < 6 for t in minutes) >= 6:
            codes.append(str(row["shift"]))
    return sorted(codes)


def _colours(roster: pd.DataFrame) -> dict[str, str]:
    codes = sorted(set(roster["shift"].astype(str)) - set(SET_ASIDE))
    return {code: PALE[i % len(PALE)] for i, code in enumerate(codes)} | dict(SET_ASIDE)


def write_parquets(frames: Mapping[str, pd.DataFrame], folder: str | Path) -> list[Path]:
    """Write each frame as `<name>.parquet` for analysts; return the files."""
    return [write_frame(frame, Path(folder) / f"{name}.parquet") for name, frame in frames.items()]
