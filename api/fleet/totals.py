"""What the plans of a fleet come to: queue by queue with the worst first, by centre, and for the whole group."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from api.fleet.running import Outcome
from api.plan import read_plan
from api.reports.workbook_charts import FONT
from api.whole_files import whole_workbook
from forecaster.messages import Words

ADDED = ("calls", "hours_required", "hours_rostered", "hours_short", "people")
HEADINGS: dict[str, tuple[Words, str]] = {
    "centre": (Words("中心", "Centre"), ""),
    "queue": (Words("队列", "Queue"), ""),
    "queues": (Words("队列数", "Queues"), "#,##0"),
    "failed": (Words("未成", "Failed"), "#,##0"),
    "state": (Words("状态", "State"), ""),
    "calls": (Words("预测来电", "Calls forecast"), "#,##0"),
    "hours_required": (Words("所需席时", "Seat-hours required"), "#,##0"),
    "hours_rostered": (Words("排班席时", "Seat-hours rostered"), "#,##0"),
    "hours_short": (Words("缺口席时", "Seat-hours short"), "#,##0.0"),
    "people": (Words("人数", "People"), "#,##0"),
    "expected": (Words("预期接通水平", "Expected level"), "0.0%"),
    "lower_80": (Words("八成下限", "80 % range, from"), "0.0%"),
    "upper_80": (Words("八成上限", "80 % range, to"), "0.0%"),
    "chance": (Words("达标机会", "Chance to keep the target"), "0%"),
    "target": (Words("目标", "Target"), "0%"),
    "why": (Words("原因", "Why"), ""),
}
STATES = {
    "done": Words("已计划", "planned"),
    "kept": Words("沿用前次", "kept from before"),
    "failed": Words("失败", "failed"),
}


def queue_figures(outcomes: Sequence[Outcome], folder: Path) -> pd.DataFrame:
    """Return one row a queue, failed ones first, then by the chance to keep the target, the least first.

    Columns: `centre`, `queue`, `state`, `calls`, `hours_required`, `hours_rostered`, `hours_short` (seat-hours of the
    month), `people`, `expected`, `lower_80`, `upper_80`, `chance`, `target` (shares), `why` (English; empty unless
    failed) and `why_zh`.
    """
    rows = [_figures(one, folder) for one in outcomes]
    frame = pd.DataFrame(rows)
    order = frame.assign(ill=frame["state"] != "failed", short=-frame["hours_short"].fillna(0.0))
    order = order.sort_values(["ill", "chance", "short", "centre", "queue"], na_position="last")
    return frame.loc[order.index].reset_index(drop=True)


def _figures(outcome: Outcome, folder: Path) -> dict[str, Any]:
    queue, why = outcome.queue, outcome.why
    row: dict[str, Any] = {"centre": queue.centre, "queue": queue.name, "state": outcome.stage}
    row |= dict.fromkeys((*ADDED, "expected", "lower_80", "upper_80", "chance", "target"), np.nan)
    row |= {"why": "" if why is None else why.en, "why_zh": "" if why is None else why.zh}
    if outcome.stage == "failed":
        return row
    plan = read_plan(folder / queue.place)
    hours, promise = plan.facts["interval_minutes"] / 60, plan.facts.get("promise") or {}
    return row | {
        "calls": plan.forecast["calls"].sum(),
        "hours_required": plan.requirement["people_to_roster"].sum() * hours,
        "hours_rostered": plan.coverage["seats_rostered"].sum() * hours,
        "hours_short": plan.coverage["shortage"].sum() * hours,
        "people": plan.facts["people"],
        **{name: promise.get(name) for name in ("expected", "lower_80", "upper_80", "chance")},
        "target": promise.get("service_level"),
    }


def added_up(queues: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of every centre, the worst first, and of the group (`centre` empty) in the last row.

    Columns: `centre`, `queues`, `failed`, those of `queue_figures` that add up, and `expected`, the level over all its
    calls: each queue's own, weighed with the queue's calls. What is failed adds nothing, and is counted.
    """
    frame = queues.assign(
        queues=1,
        failed=(queues["state"] == "failed").astype(int),
        calls_told=queues["calls"].where(queues["expected"].notna()),
        answered=queues["expected"] * queues["calls"],
    )
    added = ["queues", "failed", *ADDED, "calls_told", "answered"]
    centres = frame.groupby("centre", as_index=False)[added].sum()
    centres = pd.concat([centres, frame[added].sum().to_frame().T.assign(centre="")], ignore_index=True)
    told = centres["calls_told"].astype(float)
    centres["expected"] = centres["answered"].astype(float) / told.where(told > 0)
    centres["group"] = centres["centre"] == ""
    order = ["group", "failed", "expected", "centre"]
    centres = centres.sort_values(order, ascending=[True, False, True, True], ignore_index=True)
    whole = ["queues", "failed", "people"]
    return centres[["centre", "queues", "failed", *ADDED, "expected"]].astype(dict.fromkeys(whole, int))


def write_group(queues: pd.DataFrame, centres: pd.DataFrame, path: Path, *, month: pd.Period) -> Path:
    """Write the group's workbook: a sheet of the centres, one of the queues, the worst first on both."""
    shown = queues.assign(
        state=[STATES[state].said("both") for state in queues["state"]],
        why=[f"{zh} / {en}" if en else "" for zh, en in zip(queues["why_zh"], queues["why"], strict=True)],
    )
    named = centres.assign(centre=centres["centre"].where(centres["centre"] != "", "合计 Group"))
    shown, told = shown.drop(columns="why_zh"), f"{month} 各队列，最差在前 / by queue, the worst first"
    with whole_workbook(path) as book:
        _sheet(book, "中心 Centres", named, f"{month} 各中心 / by centre")
        _sheet(book, "队列 Queues", shown, told)
    return path


def _sheet(book: xlsxwriter.Workbook, name: str, frame: pd.DataFrame, title: str) -> None:
    sheet = book.add_worksheet(name)
    plain = {"font_name": FONT, "font_size": 10, "valign": "top"}
    head = book.add_format({**plain, "bold": True, "text_wrap": True, "bottom": 1, "valign": "bottom"})
    sheet.write_string(0, 0, title, book.add_format({**plain, "bold": True, "font_size": 13}))
    for column, label in enumerate(frame.columns):
        words, form = HEADINGS[label]
        wide = 46 if label == "why" else 18 if label in ("centre", "queue", "state") else 12
        style = book.add_format({**plain, "num_format": form or "General", "text_wrap": label == "why"})
        sheet.set_column(column, column, wide, style)
        sheet.write_string(2, column, f"{words.zh}\n{words.en}", head)
        for row, value in enumerate(frame[label], start=3):
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            elif pd.notna(value):
                sheet.write_number(row, column, float(value))
    sheet.freeze_panes(3, 2)
    sheet.autofilter(2, 0, 2 + len(frame), len(frame.columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
