"""The duty register (N4): what was rostered, what came of it, by person and month.

Marks come from whoever keeps the register (late, sick, training …) and from the surge log: a surge sign-in is a
temporary redeployment, rungs 5 and 6 are overtime.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from api.intake import InputError
from api.intake.files import read_table
from api.intake.headings import plain
from api.intake.values import Column, instants, numbers
from api.reports.charts import BLUE
from api.reports.labels import ROLES

# kind: (Chinese, whether the time counts as worked)
KINDS: dict[str, tuple[str, bool]] = {
    "late": ("迟到", False),
    "early_leave": ("早退", False),
    "absent_from_post": ("脱岗", False),
    "absent": ("旷工", False),
    "sick": ("病假", False),
    "personal": ("事假", False),
    "public": ("公假", True),
    "work_injury": ("工伤", True),
    "marriage": ("婚假", True),
    "bereavement": ("丧假", True),
    "home_leave": ("探亲假", True),
    "maternity": ("产假", True),
    "overtime": ("加班", True),
    "temporary_redeployment": ("临时调配", True),
    "training": ("培训", True),
}
ADDED = {"overtime"}  # on top of the rostered hours; the others lie within them
KIND_OF = {plain(word): kind for kind, (zh, _) in KINDS.items() for word in (kind, zh)}
COLUMNS = {
    "badge": ("badge", "工号", "员工编号"),
    "date": ("date", "日期"),
    "kind": ("kind", "类别", "类型", "考勤类别"),
    "minutes": ("minutes", "分钟", "时长"),
    "remark": ("remark", "备注", "说明"),
}


def read_attendance(path: str | Path) -> pd.DataFrame:
    """Return the marks in an attendance file: `badge, date, kind, minutes, remark`.

    Raises
    ------
    InputError
        At a missing column, a kind that the register does not have, or a cell that cannot be understood.
    """
    path = Path(path)
    known = {plain(word): name for name, words in COLUMNS.items() for word in words}
    table = read_table(path, knows=lambda text: plain(text) in known)
    found = {known[plain(str(c))]: str(c) for c in table.frame.columns if plain(str(c)) in known}
    for name in ("badge", "date", "kind"):
        if name not in found:
            raise InputError(
                path, f"has no column {name}", column=name, way_out=f"it has {', '.join(table.frame.columns)}"
            )

    def column(name: str) -> Column:
        return Column(path, found[name], table.frame[found[name]])

    kinds = column("kind")
    for i in np.flatnonzero(kinds.used()):
        if plain(kinds.distinct[i]) not in KIND_OF:
            raise kinds.error(int(i), "is no kind of mark", f"write one of {', '.join(KINDS)}")
    days = instants(column("date")).at
    if np.isnat(days).any():
        raise column("date").error_at(int(np.flatnonzero(np.isnat(days))[0]), "is no date", "write 2026-12-03")
    return pd.DataFrame(
        {
            "badge": [text.strip() for text in table.frame[found["badge"]].astype(str)],
            "date": [stamp.date() for stamp in pd.DatetimeIndex(days)],
            "kind": [KIND_OF[plain(kinds.distinct[code])] for code in kinds.codes],
            "minutes": numbers(column("minutes")) if "minutes" in found else np.nan,
            "remark": table.frame[found["remark"]].astype(str).to_numpy() if "remark" in found else "",
        }
    )


def marks_of_decisions(decisions: pd.DataFrame, *, timezone: str) -> pd.DataFrame:
    """Return what the surge log means for the register: one mark per badge signed in, from its order to its release.

    decisions
        Columns `at` (aware), `kind` (`order`, `release`), `rung`, and `badges` (separated by `;` or blanks).
    """
    marks, open_since = [], dict[str, tuple[pd.Timestamp, int]]()
    for row in decisions.sort_values("at", kind="stable").to_dict("records"):
        badges = [b for b in re.split(r"[;,\s]+", str(row.get("badges") or "")) if b]
        at = pd.Timestamp(row["at"])
        for badge in badges:
            if row["kind"] == "order":
                open_since.setdefault(badge, (at, int(row["rung"])))
            elif row["kind"] == "release" and badge in open_since:
                since, rung = open_since.pop(badge)
                marks.append(_surge_mark(badge, since, at, rung, timezone))
    return pd.DataFrame(marks, columns=["badge", "date", "kind", "minutes", "remark"])


def _surge_mark(badge: str, since: pd.Timestamp, until: pd.Timestamp, rung: int, timezone: str) -> dict[str, Any]:
    kind = "overtime" if rung >= 5 else "temporary_redeployment"
    minutes = (until - since) / pd.Timedelta(minutes=1)
    day = since.tz_convert(timezone).date()
    return {"badge": badge, "date": day, "kind": kind, "minutes": minutes, "remark": f"rung {rung}"}


def duty_register(roster: pd.DataFrame, marks: pd.DataFrame, *, month: pd.Period) -> pd.DataFrame:
    """Return the month's register, one row per badge.

    Columns `role, days_rostered, hours_rostered`, for each kind of mark its `<kind>_times` and `<kind>_hours`, and
    `hours_worked` = rostered - hours of the marks that are not work + overtime. A mark without minutes on a rostered
    day takes the day's whole shift.

    Raises
    ------
    ValueError
        If a mark is about somebody who is not in the roster.
    """
    shown = roster[[pd.Timestamp(day).to_period("M") == month for day in roster["date"]]]
    marked = marks[[pd.Timestamp(day).to_period("M") == month for day in marks["date"]]] if len(marks) else marks
    strangers = sorted(set(marked["badge"]) - set(roster["badge"].astype(str))) if len(marked) else []
    if strangers:
        raise ValueError(f"badge {strangers[0]} has a mark in {month} and is not in the roster")
    worked = shown[shown["worked_minutes"] > 0]
    by_day = {(str(r["badge"]), pd.Timestamp(r["date"]).date()): r["worked_minutes"] for r in worked.to_dict("records")}
    people = roster.drop_duplicates("badge").set_index("badge")["role"].sort_index()
    rows = {}
    for badge, role in people.items():
        mine = [minutes for (b, _), minutes in by_day.items() if b == str(badge)]
        row: dict[str, Any] = {"role": role, "days_rostered": len(mine), "hours_rostered": sum(mine) / 60}
        lost = added = 0.0
        own = marked[marked["badge"] == str(badge)].to_dict("records") if len(marked) else []
        for kind, (_, counts) in KINDS.items():
            of_kind = [m for m in own if m["kind"] == kind]
            hours = sum(_minutes(m, by_day) for m in of_kind) / 60
            row[f"{kind}_times"], row[f"{kind}_hours"] = len(of_kind), hours
            lost += 0.0 if counts else hours
            added += hours if kind in ADDED else 0.0
        row["hours_worked"] = row["hours_rostered"] - lost + added
        rows[badge] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("badge")


def _minutes(mark: Mapping[Any, Any], by_day: Mapping[tuple[str, Any], float]) -> float:
    if not pd.isna(mark["minutes"]):
        return float(mark["minutes"])
    return float(by_day.get((mark["badge"], mark["date"]), 0.0))


def write_register(register: pd.DataFrame, path: str | Path, *, month: pd.Period) -> Path:
    """Write the register as an Excel sheet, totals as formulas; return its path."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    kinds = [k for k in KINDS if register[f"{k}_times"].sum() > 0] or list(KINDS)[:1]
    columns = ["days_rostered", "hours_rostered"]
    columns += [name for kind in kinds for name in (f"{kind}_times", f"{kind}_hours")] + ["hours_worked"]
    heads = {
        "days_rostered": "应出勤天数\ndays",
        "hours_rostered": "应出勤工时\nhours",
        "hours_worked": "实际工时\nworked",
    }
    heads |= {f"{k}_times": f"{KINDS[k][0]}(次)\n{k}" for k in kinds}
    heads |= {f"{k}_hours": f"{KINDS[k][0]}(时)\n{k}" for k in kinds}
    part = path.with_name(path.name + ".part")
    with xlsxwriter.Workbook(str(part)) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001
        sheet = book.add_worksheet(f"考勤 {month}")
        head = book.add_format(
            {"bold": True, "bg_color": BLUE, "font_color": "#FFFFFF", "text_wrap": True, "align": "center"}
        )
        number, bold = (
            book.add_format({"num_format": "0.0"}),
            book.add_format({"bold": True, "num_format": "0.0", "top": 2}),
        )
        sheet.write(0, 0, f"考勤登记表 Duty register {month}", book.add_format({"bold": True, "font_size": 14}))
        for column, text in enumerate(["工号\nbadge", "岗位\nrole", *(heads[c] for c in columns)]):
            sheet.write(2, column, text, head)
        for row, (badge, values) in enumerate(register.iterrows(), start=3):
            sheet.write_string(row, 0, str(badge))
            sheet.write(row, 1, ROLES[str(values["role"])][0])
            for column, name in enumerate(columns, start=2):
                sheet.write_number(row, column, float(values[name]), number)
        last = 3 + len(register)
        sheet.write(last, 0, "合计 total", bold)
        sheet.write(last, 1, "", bold)
        for column, name in enumerate(columns, start=2):
            letter = xlsxwriter.utility.xl_col_to_name(column)
            sheet.write_formula(last, column, f"=SUM({letter}4:{letter}{last})", bold, float(register[name].sum()))
        sheet.set_row(2, 30)
        sheet.set_column(0, 1, 10)
        sheet.set_column(2, 1 + len(columns), 11)
        sheet.freeze_panes(3, 2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(2)
    part.replace(path)
    return path
