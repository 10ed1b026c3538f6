"""What the plans of a fleet come to: queue by queue with the worst first, by centre, and for the whole group."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from api.fleet.listing import Fleet
from api.fleet.running import CENTRE_CALLS_FILE, CENTRE_DAYS_FILE, Outcome
from api.inputs import read_calendar
from api.reports.sheet_paper import fit_to_paper
from api.reports.workbook_charts import WORKBOOK_FONT
from api.site import read_site
from api.whole_files import whole_workbook
from forecaster.forecast.adding_up import added_days, summed
from forecaster.forecast.interval_forecast import predict_history
from forecaster.history.intervals import month_intervals
from forecaster.history.observed import History
from forecaster.messages import Languages, Words

ADDED = ("calls", "hours_required", "hours_rostered", "hours_short", "people")
GROUP_FIGURES = (
    "calls",
    "calls_lower_80",
    "calls_upper_80",
    *ADDED[1:],
    "expected",
    "lower_80",
    "upper_80",
    "chance",
    "target",
    "rehearsed",
    "held",
)
TOTAL_HEADINGS: dict[str, tuple[Words, str]] = {
    "centre": (Words("中心", "Centre"), ""),
    "queue": (Words("队列", "Queue"), ""),
    "queues": (Words("队列数", "Queues"), "#,##0"),
    "failed": (Words("失败", "Failed"), "#,##0"),
    "state": (Words("状态", "State"), ""),
    "calls": (Words("预测来电", "Calls forecast"), "#,##0"),
    "calls_lower_80": (Words("来电八成下限", "Calls, 80 % range, from"), "#,##0"),
    "calls_upper_80": (Words("来电八成上限", "Calls, 80 % range, to"), "#,##0"),
    "hours_required": (Words("所需席时", "Seat-hours required"), "#,##0"),
    "hours_rostered": (Words("排班席时", "Seat-hours rostered"), "#,##0"),
    "hours_short": (Words("缺口席时", "Seat-hours short"), "#,##0.0"),
    "people": (Words("人数", "People"), "#,##0"),
    "expected": (Words("预期服务水平", "Expected level"), "0.0%"),
    "lower_80": (Words("八成下限", "80 % range, from"), "0.0%"),
    "upper_80": (Words("八成上限", "80 % range, to"), "0.0%"),
    "chance": (Words("达标机会", "Chance to keep the target"), "0%"),
    "target": (Words("目标", "Target"), "0%"),
    "rehearsed": (Words("预演月数", "Months rehearsed"), "#,##0"),
    "held": (Words("守住承诺", "Promises held"), "0%"),
    "why": (Words("原因", "Why"), ""),
}
GROUP = Words("合计", "Group")
CENTRES, QUEUES = Words("中心", "Centres"), Words("队列", "Queues")
WORST_FIRST = Words("最差在前", "the worst first")
QUEUE_STATES = {
    "done": Words("已计划", "planned"),
    "kept": Words("沿用前次", "kept from before"),
    "failed": Words("失败", "failed"),
}


def queue_figures(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Return one row a queue, failed ones first, then by the chance to keep the target, the least first.

    Columns: `centre`, `queue`, `state`, `calls` with `calls_lower_80` and `calls_upper_80`, `hours_required`,
    `hours_rostered`, `hours_short` (seat-hours of the month), `people`, `expected`, `lower_80`, `upper_80`, `chance`,
    `target` (shares), of past months `rehearsed` (how many) and `held` (the share that held its promise), `why`
    (English; empty unless failed) and `why_zh`. What was only forecast has calls alone.
    """
    frame = pd.DataFrame([_figures(one) for one in outcomes])
    order = frame.assign(ill=frame["state"] != "failed", short=-frame["hours_short"].fillna(0.0))
    order = order.sort_values(["ill", "chance", "short", "centre", "queue"], na_position="last")
    untold = [name for name in GROUP_FIGURES if name != "calls" and frame[name].isna().all()]
    return frame.loc[order.index].drop(columns=untold).reset_index(drop=True)


def _figures(outcome: Outcome) -> dict[str, Any]:
    queue, why = outcome.queue, outcome.why
    row: dict[str, Any] = {"centre": queue.centre, "queue": queue.name, "state": outcome.stage}
    row |= dict.fromkeys(GROUP_FIGURES, np.nan) | {
        name: value for name, value in outcome.figures.items() if value is not None
    }
    return row | {"why": "" if why is None else why.en, "why_zh": "" if why is None else why.zh}


def added_up(queues: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of every centre, the worst first, and of the group (`centre` empty) in the last row.

    Columns: `centre`, `queues`, `failed`, those of `queue_figures` that add up, and `expected`, the level over all its
    calls: each queue's own, weighed with the queue's calls. What is failed adds nothing, and is counted.
    """
    frame = queues.reindex(columns=["centre", "state", *GROUP_FIGURES])
    frame = frame.assign(
        queues=1,
        failed=(frame["state"] == "failed").astype(int),
        calls_told=frame["calls"].where(frame["expected"].notna()),
        answered=frame["expected"] * frame["calls"],
    )
    added = ["queues", "failed", *ADDED, "calls_told", "answered"]
    centres = frame.groupby("centre", as_index=False)[added].sum()
    centres = pd.concat([centres, frame[added].sum().to_frame().T.assign(centre="")], ignore_index=True)
    told = centres["calls_told"].astype(float)
    centres["expected"] = centres["answered"].astype(float) / told.where(told > 0)
    centres["group"] = centres["centre"] == ""
    order = ["group", "failed", "expected", "centre"]
    centres = centres.sort_values(order, ascending=[True, False, True, True], ignore_index=True)
    centres = centres[["centre", "queues", "failed", *ADDED, "expected"]]
    centres = centres.astype(dict.fromkeys(("queues", "failed", "people"), int))
    return centres.drop(columns=[name for name in (*ADDED, "expected") if name not in queues])


def group_days(fleet: Fleet, folder: Path) -> pd.DataFrame:
    """Return the days of the group, of which the centres were forecast together: `calls` by `date`, and their limits.

    The calls are the sum of the centres'; the limits are of that sum's own distribution, NaN where the centres are not
    all on one clock.
    """
    centres = [folder / centre for centre in dict.fromkeys(queue.centre for queue in fleet.queues)]
    days = [
        pd.read_csv(one / CENTRE_DAYS_FILE, index_col="date", parse_dates=True)
        for one in centres
        if (one / CENTRE_DAYS_FILE).is_file()
    ]
    pasts = [past for one in centres if (past := _past(one / CENTRE_CALLS_FILE)) is not None]
    whole = summed({str(number): past for number, past in enumerate(pasts)})
    if whole is None or len({(one.timezone, one.interval_minutes) for one in pasts}) > 1:
        return added_days(days, None)
    first = fleet.queues[0]
    country = first.country or read_site(first.files.get("site")).country
    calendar = read_calendar(
        country, range(whole.start_at.year, whole.end_at.year + 3), own=first.files.get("calendar")
    )
    intervals = month_intervals(fleet.month, whole.timezone, interval_minutes=whole.interval_minutes)
    return added_days(days, predict_history(whole, intervals, calendar=calendar))


def _past(path: Path) -> History | None:
    if not path.is_file():
        return None
    frame = pd.read_parquet(path).set_index("interval_start")
    index = pd.DatetimeIndex(frame.index)
    return History("", str(index.tz), int((index[1] - index[0]) / pd.Timedelta(minutes=1)), frame)


def worst_first(words: Words, language: Languages) -> str:
    """Return what a table of the group is headed with."""
    return f"{words.said(language)} · {WORST_FIRST.said(language)}"


def write_group(
    queues: pd.DataFrame, centres: pd.DataFrame, path: Path, *, month: pd.Period, language: Languages = "both"
) -> Path:
    """Write the group's workbook: a sheet of the centres, one of the queues, the worst first on both."""
    shown = queues.assign(
        state=[QUEUE_STATES[state].said(language) for state in queues["state"]],
        why=[
            Words(zh, en).said(language) if en else "" for zh, en in zip(queues["why_zh"], queues["why"], strict=True)
        ],
    ).drop(columns="why_zh")
    shown = shown if (shown["why"] != "").any() else shown.drop(columns="why")
    named = centres.assign(centre=centres["centre"].where(centres["centre"] != "", GROUP.said(language)))
    with whole_workbook(path) as book:
        for words, frame in ((CENTRES, named), (QUEUES, shown)):
            name = f"{words.zh} {words.en}" if language == "both" else words.said(language)
            _sheet(book, name, frame, f"{month} {worst_first(words, language)}", language)
    return path


def _sheet(book: xlsxwriter.Workbook, name: str, frame: pd.DataFrame, title: str, language: Languages) -> None:
    sheet = book.add_worksheet(name)
    plain = {"font_name": WORKBOOK_FONT, "font_size": 10, "valign": "top"}
    heading = {**plain, "bold": True, "text_wrap": True, "bottom": 1, "valign": "bottom"}
    heads = {True: book.add_format({**heading, "align": "right"}), False: book.add_format(heading)}
    sheet.set_row(2, 52 if language == "both" else 30)  # a line a language, each of them broken once
    sheet.write_string(0, 0, title, book.add_format({**plain, "bold": True, "font_size": 13}))
    for column, label in enumerate(frame.columns):
        words, form = TOTAL_HEADINGS[label]
        wide = 46 if label == "why" else 18 if label in ("centre", "queue", "state") else 11
        style = book.add_format({**plain, "num_format": form or "General", "text_wrap": label == "why"})
        sheet.set_column(column, column, wide, style)
        sheet.write_string(
            2, column, f"{words.zh}\n{words.en}" if language == "both" else words.said(language), heads[bool(form)]
        )
        for row, value in enumerate(frame[label], start=3):
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            elif pd.notna(value):
                sheet.write_number(row, column, float(value))
    sheet.freeze_panes(3, 2)
    sheet.autofilter(2, 0, 2 + len(frame), len(frame.columns) - 1)
    fit_to_paper(sheet)
    sheet.repeat_rows(2)
