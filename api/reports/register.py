"""The duty register (N4): what was rostered, on standby and ordered, and what came of it, by day and by month.

Marks come from whoever keeps the register (late, sick, training …) and from the surge log's orders: a surge sign-in is
a temporary redeployment, a lengthened shift or a call-in overtime.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from api.intake import InputError
from api.intake.files import read_table
from api.intake.instants import instants
from api.intake.unused_columns import name_unused
from api.intake.values import Column, numbers
from api.intake.vocabulary import plain
from api.reports.colours import BLUE
from api.reports.sheet_paper import fit_to_paper
from api.reports.workbook_charts import WORKBOOK_FONT
from api.sentences import refusal, say
from api.whole_files import whole_workbook
from forecaster.history.periods import day_heads, days_of_period, in_period, period_title
from forecaster.names import CHINESE_WEEKDAYS, ROLE_WORDS, called

# kind: (Chinese, whether the time counts as worked)
ENTRY_KINDS: dict[str, tuple[str, bool]] = {
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
SET_ASIDE = {"standby": "备班", "leave": "休假"}
ENTRY_WORDS = {"shift": "班次", **SET_ASIDE, **{kind: zh for kind, (zh, _) in ENTRY_KINDS.items()}}
SIGNS = {  # one character a kind, in the month's grid
    "shift": "班", "standby": "备", "leave": "休", "late": "迟", "early_leave": "退", "absent_from_post": "岗",
    "absent": "旷", "sick": "病", "personal": "事", "public": "公", "work_injury": "伤", "marriage": "婚",
    "bereavement": "丧", "home_leave": "探", "maternity": "产", "overtime": "加", "temporary_redeployment": "调",
    "training": "训",
}  # fmt: skip
SIGNED = "编制 made by ______________    审核 checked by ______________    日期 date ______________"
FOLDED = "按班表出勤的行已筛去，清除筛选即可全部显示 What went as rostered is filtered out; clear the filter to see all"
ENTRY_COLUMNS = ("date", "badge", "role", "kind", "kind_zh", "detail", "start_at", "end_at", "minutes", "queue")
ADDED = {"overtime"}  # on top of the rostered hours; the others lie within them
ENTRY_KIND_OF = {plain(word): kind for kind, (zh, _) in ENTRY_KINDS.items() for word in (kind, zh)}
ENTRY_HEADINGS = {
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
    known = {plain(word): name for name, words in ENTRY_HEADINGS.items() for word in words}
    table = read_table(path, knows=lambda text: plain(text) in known)
    found = {known[plain(str(c))]: str(c) for c in table.frame.columns if plain(str(c)) in known}
    for name in ("badge", "date", "kind"):
        if name not in found:
            raise InputError(
                path, say("column.missing", name=called(name), found=list(table.frame.columns)), column=name
            )

    def column(name: str) -> Column:
        return Column(path, found[name], table.frame[found[name]])

    name_unused(table, tuple(found.values()))
    kinds = column("kind")
    for i in np.flatnonzero(kinds.used()):
        if plain(kinds.distinct[i]) not in ENTRY_KIND_OF:
            raise kinds.error(int(i), say("register.kind", known=list(ENTRY_KINDS)))
    days = instants(column("date")).at
    if np.isnat(days).any():
        raise column("date").error_at(int(np.flatnonzero(np.isnat(days))[0]), say("register.date"))
    return pd.DataFrame(
        {
            "badge": [text.strip() for text in table.frame[found["badge"]].astype(str)],
            "date": [stamp.date() for stamp in pd.DatetimeIndex(days)],
            "kind": [ENTRY_KIND_OF[plain(kinds.distinct[code])] for code in kinds.codes],
            "minutes": numbers(column("minutes")) if "minutes" in found else np.nan,
            "remark": table.frame[found["remark"]].astype(str).to_numpy() if "remark" in found else "",
        }
    )


def marks_of_orders(lines: Iterable[Mapping[str, Any]], badges: Collection[str]) -> pd.DataFrame:
    """Return what the surge log's lines (`api.store.order_rows.sign_in_register`) mean for the people `badges`.

    Columns as in an attendance file. An order still running has no minutes yet: 0.
    """
    marks = [
        {
            "badge": line["badge"],
            "date": date.fromisoformat(line["date"]),
            "kind": _kind_of(line),
            "minutes": 0.0 if line["minutes"] is None else line["minutes"],
            "remark": f"{line['queue']} {line['order_id']}",
        }
        for line in lines
        if line["badge"] in badges
    ]
    return pd.DataFrame(marks, columns=list(ENTRY_HEADINGS))


def _kind_of(line: Mapping[str, Any]) -> str:
    return str(line["entry"]).replace(" ", "_")


def all_marks(attendance: pd.DataFrame, ordered: pd.DataFrame) -> pd.DataFrame:
    """Return both sources' marks; where the attendance file marks the same person, day and kind, it stands alone."""
    keys = ["badge", "date", "kind"]
    told = set(attendance[keys].itertuples(index=False, name=None))
    new = [key not in told for key in ordered[keys].itertuples(index=False, name=None)]
    parts = [part for part in (attendance, ordered[new]) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else attendance


def month_register(
    roster: pd.DataFrame,
    attendance: pd.DataFrame | None,
    lines: Sequence[Mapping[str, Any]],
    *,
    queue: str,
    month: pd.Period,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the month by person (`duty_register`) and by day (`duty_entries`), from the roster, marks and orders."""
    told = pd.DataFrame(columns=list(ENTRY_HEADINGS)) if attendance is None else attendance
    marks = all_marks(told, marks_of_orders(lines, set(roster["badge"].astype(str))))
    entries = duty_entries(roster, told, lines, queue=queue, month=month)
    return duty_register(roster, marks, month=month), entries


def duty_entries(
    roster: pd.DataFrame,
    marks: pd.DataFrame,
    lines: Iterable[Mapping[str, Any]] = (),
    *,
    queue: str,
    month: pd.Period,
) -> pd.DataFrame:
    """Return everything of the month day by day, one row each, in order of date, badge and start.

    Columns `date, badge, role, kind, kind_zh, detail, start_at, end_at, minutes, queue`. `kind` is `shift`, `standby`,
    `leave` (from the roster), or a mark's (from the attendance file and the surge log). Orders to nobody by name stand
    without a badge; orders of other queues are shown for the people of this roster.
    """
    rows = []
    for one in roster.to_dict("records"):
        kind = str(one["shift"]) if one["shift"] in SET_ASIDE else "shift"
        start, end = (None if pd.isna(one[c]) else pd.Timestamp(one[c]) for c in ("start_at", "end_at"))
        rows.append(
            (one["date"], one["badge"], one["role"], kind, one["shift"], start, end, one["worked_minutes"], queue)
        )
    role_of = dict(zip(roster["badge"].astype(str), roster["role"], strict=True))
    for one in marks.to_dict("records"):
        role = role_of.get(str(one["badge"]), "")
        rows.append((one["date"], one["badge"], role, one["kind"], one["remark"], None, None, one["minutes"], queue))
    for line in lines:
        if line["queue"] != queue and line["badge"] not in role_of:
            continue
        start, end = (None if line[c] is None else pd.Timestamp(line[c]) for c in ("started_at", "ended_at"))
        people = "" if line["badge"] else f" × {line['people'] or '?'}"
        detail = f"{line['order_id']}{people}"
        day, role = date.fromisoformat(line["date"]), role_of.get(line["badge"], line["role"])
        minutes = np.nan if line["minutes"] is None else line["minutes"]
        rows.append((day, line["badge"], role, _kind_of(line), detail, start, end, minutes, line["queue"]))
    entries = pd.DataFrame(rows, columns=[c for c in ENTRY_COLUMNS if c != "kind_zh"])
    entries["date"] = [pd.Timestamp(day).date() for day in entries["date"]]
    entries = entries[[in_period(day, month) for day in entries["date"]]]
    entries.insert(4, "kind_zh", [ENTRY_WORDS[kind] for kind in entries["kind"]])
    entries["order"] = [str(start or "") for start in entries["start_at"]]
    return entries.sort_values(["date", "badge", "order"], kind="stable").drop(columns="order").reset_index(drop=True)


def duty_register(roster: pd.DataFrame, marks: pd.DataFrame, *, month: pd.Period) -> pd.DataFrame:
    """Return the month's register, one row per badge.

    Columns `role, days_rostered, hours_rostered, days_standby`, for each kind of mark its `<kind>_times` and
    `<kind>_hours`, and `hours_worked` = rostered - hours of the marks that are not work + overtime. A mark without
    minutes on a rostered day takes the day's whole shift.

    Raises
    ------
    ValueError
        If a mark is about somebody who is not in the roster.
    """
    shown = roster[[in_period(day, month) for day in roster["date"]]]
    marked = marks[[in_period(day, month) for day in marks["date"]]] if len(marks) else marks
    strangers = sorted(set(marked["badge"]) - set(roster["badge"].astype(str))) if len(marked) else []
    if strangers:
        raise refusal("register.stranger", badge=strangers[0], month=month)
    worked = shown[shown["worked_minutes"] > 0]
    by_day = {(str(r["badge"]), pd.Timestamp(r["date"]).date()): r["worked_minutes"] for r in worked.to_dict("records")}
    standby = shown.loc[shown["shift"] == "standby"].groupby("badge")["date"].nunique()
    people = roster.drop_duplicates("badge").set_index("badge")["role"].sort_index()
    rows = {}
    for badge, role in people.items():
        mine = [minutes for (b, _), minutes in by_day.items() if b == str(badge)]
        row: dict[str, Any] = {"role": role, "days_rostered": len(mine), "hours_rostered": sum(mine) / 60}
        row["days_standby"] = int(standby.get(badge, 0))
        lost = added = 0.0
        own = marked[marked["badge"] == str(badge)].to_dict("records") if len(marked) else []
        for kind, (_, counts) in ENTRY_KINDS.items():
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


def write_register(register: pd.DataFrame, path: str | Path, *, month: pd.Period, entries: pd.DataFrame) -> Path:
    """Write the register as an Excel workbook: the month by person, totals as formulas, and the `entries` by day."""
    path = Path(path)
    with whole_workbook(path) as book:
        _write_month(book, register, month, entries)
        _write_days(book, entries, month)
    return path


REGISTER_HEADS = {
    "days_rostered": "应出勤天数\ndays",
    "hours_rostered": "应出勤工时\nhours",
    "days_standby": "备班天数\nstandby days",
    "hours_worked": "实际工时\nworked",
    **{f"{kind}_times": f"{zh}（次）\n{kind.replace('_', ' ')}" for kind, (zh, _) in ENTRY_KINDS.items()},
    **{f"{kind}_hours": f"{zh}（时）\n{kind.replace('_', ' ')}" for kind, (zh, _) in ENTRY_KINDS.items()},
}


def _styles(book: xlsxwriter.Workbook) -> dict[str, Any]:
    base = {"font_name": WORKBOOK_FONT, "font_size": 9}
    head = {"bold": True, "bg_color": BLUE, "font_color": "#FFFFFF", "text_wrap": True, "align": "center"}
    forms: dict[str, dict[str, Any]] = {
        "title": {"bold": True, "font_size": 14, "font_color": BLUE},
        "head": head | {"valign": "vcenter"},
        "text": {},
        "sign": {"align": "center", "shrink": True, "border": 4, "border_color": "#B4BAC4"},
        "wrapped": {"text_wrap": True, "valign": "top"},
        "date": {"num_format": "yyyy-mm-dd", "align": "left"},
        "time": {"num_format": "mm-dd hh:mm", "align": "left"},
        "count": {"num_format": "0"},
        "number": {"num_format": "0.0"},
        "total": {"bold": True, "num_format": "0.0", "top": 2},
        "total_count": {"bold": True, "num_format": "0", "top": 2},
    }
    return {name: book.add_format(base | form) for name, form in forms.items()}


def signs_by_day(entries: pd.DataFrame) -> dict[tuple[str, date], str]:
    """Return what stands in the register for a badge and a day: a sign for each kind of entry there."""
    signs: dict[tuple[str, date], str] = {}
    for badge, day, kind in zip(entries["badge"].astype(str), entries["date"], entries["kind"], strict=True):
        place = (badge, pd.Timestamp(day).date())
        if SIGNS[kind] not in signs.get(place, ""):
            signs[place] = signs.get(place, "") + SIGNS[kind]
    return signs


def _write_month(book: xlsxwriter.Workbook, register: pd.DataFrame, month: pd.Period, entries: pd.DataFrame) -> None:
    """Write the sheet of the month: a row a person, totals, and a sign for what was on each day."""
    kinds = [k for k in ENTRY_KINDS if register[f"{k}_times"].sum() > 0]
    columns = ["days_rostered", "hours_rostered", "days_standby"]
    columns += [name for kind in kinds for name in (f"{kind}_times", f"{kind}_hours")] + ["hours_worked"]
    style = _styles(book)
    sheet = book.add_worksheet(f"考勤 {month}")
    sheet.write(0, 0, f"考勤登记表 Duty register {period_title(month)}", style["title"])
    for column, text in enumerate(["工号\nbadge", "岗位\nrole", *(REGISTER_HEADS[c] for c in columns)]):
        sheet.write(2, column, text, style["head"])
    for row, (badge, values) in enumerate(register.iterrows(), start=3):
        sheet.write_string(row, 0, str(badge), style["text"])
        sheet.write(row, 1, ROLE_WORDS[str(values["role"])].zh, style["text"])
        for column, name in enumerate(columns, start=2):
            sheet.write_number(row, column, float(values[name]), style["number" if "hours" in name else "count"])
    last = 3 + len(register)
    signs, first_day, days = signs_by_day(entries), 2 + len(columns), days_of_period(month) if len(entries) else []
    for column, (day, head) in enumerate(zip(days, day_heads(month), strict=False), start=first_day):
        sheet.write(2, column, f"{head}\n{CHINESE_WEEKDAYS[day.weekday()]}", style["head"])
        for row, badge in enumerate(register.index, start=3):
            sheet.write(row, column, signs.get((str(badge), day), ""), style["sign"])
    if days:
        told = "；".join(f"{sign} {ENTRY_WORDS[kind]} {kind.replace('_', ' ')}" for kind, sign in SIGNS.items())
        sheet.merge_range(last + 2, 0, last + 2, first_day + len(days) - 1, told, style["wrapped"])
        sheet.set_row(last + 2, 26)
        sheet.set_column(first_day, first_day + len(days) - 1, 3.2)
    sheet.write(last + 4, 0, SIGNED, style["text"])
    sheet.write(last, 0, "合计 total", style["total"])
    sheet.write(last, 1, "", style["total"])
    for column, name in enumerate(columns, start=2):
        letter = xlsxwriter.utility.xl_col_to_name(column)
        form = style["total" if "hours" in name else "total_count"]
        sheet.write_formula(last, column, f"=SUM({letter}4:{letter}{last})", form, float(register[name].sum()))
    sheet.set_row(2, 42)
    sheet.set_column(0, 1, 10)
    sheet.set_column(2, 1 + len(columns), 12)
    _set_up(sheet, columns=2)


def _write_days(book: xlsxwriter.Workbook, entries: pd.DataFrame, month: pd.Period) -> None:
    style = _styles(book)
    sheet = book.add_worksheet(f"每日 days {month}")
    sheet.write(0, 0, f"每日值班登记 Duty by day {period_title(month)}", style["title"])
    heads = ("日期\ndate", "工号\nbadge", "岗位\nrole", "类别\nkind", "内容\ndetail", "起\nfrom", "止\nto",
             "分钟\nminutes", "队列\nqueue")  # fmt: skip
    for column, text in enumerate(heads):
        sheet.write(2, column, text, style["head"])
    for row, one in enumerate(entries.to_dict("records"), start=3):
        day = pd.Timestamp(one["date"]).to_pydatetime()
        sheet.write_datetime(row, 0, day, style["date"])
        role = called(str(one["role"])).zh
        detail = "" if one["detail"] == one["kind"] else one["detail"]
        for column, text in enumerate((one["badge"], role, _kind_text(one), detail), start=1):
            sheet.write_string(row, column, str(text), style["text"])
        for column, at in ((5, one["start_at"]), (6, one["end_at"])):
            if not pd.isna(at):  # the wall clock: Excel knows no zones
                sheet.write_datetime(row, column, pd.Timestamp(at).tz_localize(None).to_pydatetime(), style["time"])
        if not pd.isna(one["minutes"]) and one["minutes"]:
            sheet.write_number(row, 7, float(one["minutes"]), style["count"])
        sheet.write_string(row, 8, f" {one['queue']}", style["text"])
    # What went as rostered is there and folded away: a filter shows it, and the paper has only what did not.
    sheet.autofilter(2, 0, 2 + len(entries), len(heads) - 1)
    others = entries[entries["kind"] != "shift"].drop_duplicates("kind")
    if len(others):
        sheet.filter_column_list(3, [_kind_text(one) for one in others.to_dict("records")])
        for at in np.flatnonzero(entries["kind"] == "shift").tolist():
            sheet.set_row(3 + at, None, None, {"hidden": True})
        sheet.write(1, 0, FOLDED, style["text"])
    sheet.set_row(2, 30)
    for column, width in enumerate((11, 9, 10, 30, 44, 13, 13, 9, 14)):
        sheet.set_column(column, column, width)
    _set_up(sheet, columns=0)


def _kind_text(entry: Mapping[Any, Any]) -> str:
    return f"{entry['kind_zh']} {str(entry['kind']).replace('_', ' ')}"


def _set_up(sheet: Any, *, columns: int) -> None:
    sheet.freeze_panes(3, columns)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    fit_to_paper(sheet, head_rows=3)
    sheet.hide_gridlines(2)
