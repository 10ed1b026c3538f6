"""The report of an inspected history: what was read, what was decided, what is odd, with pictures; one HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd

from api.intake.findings import Finding, inspect_history
from api.intake.history import Intake
from api.reports.charts import styled, to_svg
from api.reports.colours import AMBER, BLUE, RED
from api.reports.html_page import html_page
from api.reports.labels import WEEKDAYS_IN_BOTH
from api.whole_files import write_whole_text
from forecaster.history.cleaning import by_week
from forecaster.history.intervals import MINUTES_PER_DAY, wall_clock
from forecaster.history.observed import History

PICTURES = 8  # queues; a picture takes about as long to draw as a queue to inspect
ODDITY_LABELS = {
    "gap": "缺口 gap",
    "false_zero": "可疑零值 false zero",
    "outage": "中断 outage",
    "spike": "突增 spike",
    "duplicated_day": "重复的一天 duplicated day",
    "duplicated_hours": "重复的时段 duplicated hours",
    "step": "水平突变 step of the level",
    "fault": "系统故障 fault",
    "more_answered_than_offered": "接听多于呼入 more answered than offered",
    "short": "历史过短 short history",
}
COLOURS = {
    "gap": "#B4BAC4",
    "false_zero": RED,
    "outage": RED,
    "spike": AMBER,
    "duplicated_day": "#2B7A4B",
    "duplicated_hours": "#2B7A4B",
    "step": "#7A3E9D",
    "fault": "#555555",
}
# What a summary counts: a heading of its own for each, whose kinds it sums.
ODDITY_GROUPS = {
    "gap": ("gap",),
    "zeros": ("false_zero", "outage"),
    "spike": ("spike",),
    "duplicated": ("duplicated_day", "duplicated_hours"),
    "step": ("step",),
}


def summary(intake: Intake, findings: Mapping[str, Sequence[Finding]]) -> pd.DataFrame:
    """Return one row per queue: its span, interval, calls, the share observed, and how much is odd of each kind."""
    rows = []
    for name, history in intake.histories.items():
        calls = history.frame["calls_offered"]
        row = {
            "queue": name,
            "first": f"{history.start_at:%Y-%m-%d %H:%M}",
            "last": f"{history.end_at:%Y-%m-%d %H:%M}",
            "interval_minutes": history.interval_minutes,
            "calls": float(calls.sum()),
            "observed_share": float(calls.notna().mean()),
        }
        kinds = [finding.kind for finding in findings[name]]
        rows.append(row | {name: sum(map(kinds.count, counted)) for name, counted in ODDITY_GROUPS.items()})
    return pd.DataFrame(rows)


def inspect_all(intake: Intake) -> dict[str, list[Finding]]:
    """Return what is odd in each queue's history."""
    return {name: inspect_history(history) for name, history in intake.histories.items()}


def write_inspection(
    intake: Intake,
    findings: Mapping[str, Sequence[Finding]],
    path: str | Path,
    *,
    source: str,
    pictures: int = PICTURES,
) -> Path:
    """Write the report as one HTML page that needs nothing else; return its path.

    pictures
        How many queues are drawn: those with the most findings, of equals the ones with the most calls. What was found
        is told of every queue.
    """
    calls = {name: float(history.frame["calls_offered"].sum()) for name, history in intake.histories.items()}
    worst_first = sorted(intake.histories, key=lambda name: (-len(findings[name]), -calls[name]))
    left = max(0, len(worst_first) - pictures)
    page = html_page(
        source,
        f"<h1>数据检查 Inspection: {escape(source)}</h1>",
        _summary_table(summary(intake, findings)),
        _notes(intake),
        _left_out(left, len(worst_first)) if left else "",
        *(_queue(intake.histories[name], findings[name], drawn=n < pictures) for n, name in enumerate(worst_first)),
    )
    return write_whole_text(Path(path), page)


def _summary_table(table: pd.DataFrame) -> str:
    heads = "队列 Queue|起 From|止 To|时段（分）Interval|呼入量 Calls|有数据 Observed"
    heads += "|缺口 Gaps|零值 Zeros|突增 Spikes|重复 Duplicated|突变 Steps"
    head = "".join(f"<th>{text}</th>" for text in heads.split("|"))
    rows = []
    for r in table.to_dict("records"):
        words = "".join(f"<td>{escape(str(r[c]))}</td>" for c in ("queue", "first", "last"))
        figures = [str(r["interval_minutes"]), f"{r['calls']:,.0f}", f"{r['observed_share']:.1%}"]
        figures += [str(r[kind]) for kind in ODDITY_GROUPS]
        rows.append(f"<tr>{words}{''.join(f'<td class=n>{figure}</td>' for figure in figures)}</tr>")
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _notes(intake: Intake) -> str:
    if not intake.notes:
        return "<p class=ok>读入时无需任何取舍。 Nothing had to be decided while reading.</p>"
    items = "".join(f"<li>{escape(note.said('both'))}</li>" for note in intake.notes)
    return f"<h2>读入时的取舍 Decided while reading</h2><ul>{items}</ul>"


def _left_out(left: int, total: int) -> str:
    return (
        f"<p>发现最多的 {total - left} 个队列附图，其余 {left} 个只列发现；<code>--pictures {total}</code> 可全部附图。"
        f" The {total - left} queues with the most findings are drawn; of the other {left} the findings are listed; "
        f"<code>--pictures {total}</code> draws them all.</p>"
    )


def _queue(history: History, findings: Sequence[Finding], *, drawn: bool) -> str:
    if not drawn and not findings:
        return ""
    pictures = [to_svg(days_chart(history, findings)), to_svg(week_chart(history))] if drawn else []
    if findings:
        rows = ""
        for f in findings:
            says = escape(f"{f.says_zh} / {f.says}")
            cells = (ODDITY_LABELS[f.kind], f"{f.start_at:%Y-%m-%d %H:%M}", f"{f.end_at:%Y-%m-%d %H:%M}", says)
            rows += f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        heads = "<tr><th>种类 Kind<th>起 From<th>止 To<th>说明 What</tr>"
        told = f"<details{' open' if drawn else ''}><summary>{len(findings)} 项发现 findings</summary>"
        told += f"<table>{heads}{rows}</table></details>"
        told += "<p>要处理，请在映射文件中写明 To treat them, say so in the mapping file: "
        told += '<code>[treat] zeros = "gaps"</code>, <code>spikes = "gaps"</code>.</p>'
    else:
        told = "<p class=ok>未见异常。 Nothing odd was found.</p>"
    return f"<h2>{escape(history.queue)}</h2>{''.join(pictures)}{told}"


def days_chart(history: History, findings: Sequence[Finding]) -> alt.TopLevelMixin:
    """Return the calls of a history by day, with the findings (what is odd) marked where they stand."""
    calls = history.frame["calls_offered"]
    days = calls.groupby(pd.Index(wall_clock(pd.DatetimeIndex(calls.index)).normalize(), name="day")).agg(
        ["sum", "count"]
    )
    totals = days["sum"].where(days["count"] > 0).reset_index(name="calls")
    totals["day"] = totals["day"].dt.strftime("%Y-%m-%dT00:00:00Z")
    line = (
        alt.Chart(totals)
        .mark_line(color=BLUE, strokeWidth=1)
        .encode(_day("day"), alt.Y("calls:Q", title="日话务量 calls a day"))
    )
    marks = pd.DataFrame(
        [
            {
                "from": f"{f.start_at:%Y-%m-%dT%H:%M:%SZ}",
                "to": f"{f.end_at:%Y-%m-%dT%H:%M:%SZ}",
                "kind": ODDITY_LABELS[f.kind],
            }
            for f in findings
            if f.kind in COLOURS
        ],
        columns=["from", "to", "kind"],
    )
    kinds = [k for k in COLOURS if ODDITY_LABELS[k] in set(marks["kind"])]
    colour = alt.Scale(domain=[ODDITY_LABELS[k] for k in kinds], range=[COLOURS[k] for k in kinds])
    rules = (
        alt.Chart(marks)
        .mark_rect(opacity=0.5, strokeWidth=1)
        .encode(
            _day("from"),
            alt.X2("to:T"),
            alt.Color("kind:N", scale=colour),
            alt.Stroke("kind:N", scale=colour, legend=None),
        )
    )
    return styled(alt.layer(rules, line) if len(marks) else line, "每日话务量  Calls by day", 220)


def _day(field: str) -> alt.X:
    return alt.X(
        f"{field}:T", scale=alt.Scale(type="utc"), axis=alt.Axis(title=None, format="%Y-%m", labelOverlap=True)
    )


def week_chart(history: History) -> alt.TopLevelMixin:
    """Return the usual week of a history: the mean calls of each weekday and time of day."""
    local = wall_clock(pd.DatetimeIndex(history.frame.index))
    table, _, _ = by_week(local, history.frame["calls_offered"].to_numpy(dtype=float), history.interval_minutes)
    seen = np.sum(~np.isnan(table), axis=0)
    mean_calls = np.where(seen > 0, np.nansum(table, axis=0) / np.maximum(seen, 1), np.nan)
    per_day = MINUTES_PER_DAY // history.interval_minutes
    clock = [f"{m // 60:02d}:{m % 60:02d}" for m in range(0, 1440, history.interval_minutes)]
    mean = pd.DataFrame(
        {"weekday": np.repeat(WEEKDAYS_IN_BOTH, per_day), "time": clock * 7, "calls": mean_calls}
    ).dropna()
    times = sorted(set(mean["time"]))
    axis = alt.Axis(title=None, labelAngle=0, grid=False, values=times[:: max(1, len(times) // 24)], labelFontSize=9)
    grid = (
        alt.Chart(mean)
        .mark_rect()
        .encode(
            alt.X("time:O", axis=axis),
            alt.Y("weekday:O", sort=WEEKDAYS_IN_BOTH, axis=alt.Axis(title=None, grid=False)),
            alt.Color("calls:Q", scale=alt.Scale(range=["#F4F8FC", BLUE]), title="calls"),
        )
    )
    return styled(grid, "一周平均  The usual week", 150)
