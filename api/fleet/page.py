"""The group's month as one page: what is failed and what is worst stands first, each queue leads to its own plan."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

import altair as alt
import pandas as pd

from api.fleet.totals import CENTRES, GROUP, QUEUE_STATES, QUEUES, TOTAL_HEADINGS, worst_first
from api.reports.charts import CHART_FONT, to_svg
from api.reports.colours import BLUE
from api.reports.html_page import STYLE, html_page
from api.whole_files import write_whole_text
from forecaster.messages import Languages, Words

TITLE = Words("集团月计划", "the group's month")

OWN_STYLE = """.cards{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0}
.card{border:1px solid #dde2ea;border-radius:.5rem;padding:.5rem .9rem}.card b{display:block;font-size:1.4rem}
th{vertical-align:bottom;font-size:.85rem;color:#444}
th.n,td.n{text-align:right;font-variant-numeric:tabular-nums}.wide{overflow-x:auto}tr.bad td{background:#FBEDEB}
td:not([colspan]){white-space:nowrap}
tr.all td{font-weight:600;border-top:2px solid #2F5D8A}@media print{tr{break-inside:avoid}}"""
SHOWN = ("queues", "failed", "calls", "hours_short", "people", "expected")  # of the group, at the head
OF_QUEUE = (
    "centre",
    "queue",
    "state",
    "calls",
    "hours_required",
    "hours_short",
    "people",
    "expected",
    "chance",
    "target",
    "held",
)


def write_group_page(
    queues: pd.DataFrame,
    centres: pd.DataFrame,
    path: Path,
    *,
    month: pd.Period,
    days: pd.DataFrame | None = None,
    language: Languages = "both",
) -> Path:
    """Write the page of the group's figures (`api.fleet.totals`) and return its path.

    `days` are the group's (`group_days`), drawn with their limits.
    """
    group, title = centres.iloc[-1], f"{month} {TITLE.said(language)}"
    cards = "".join(
        f'<div class="card"><span>{_head(name, language)}</span><b>{_text(group[name], name, language)}</b></div>'
        for name in SHOWN
        if name in centres
    )
    of_queue = [name for name in OF_QUEUE if name in queues]
    page = html_page(
        title,
        f"<h1>{title}</h1><div class='cards'>{cards}</div>",
        "" if days is None else to_svg(group_days_chart(days, language)),
        f"<h2>{worst_first(CENTRES, language)}</h2>{_table(centres, list(centres.columns), language)}",
        f"<h2>{worst_first(QUEUES, language)}</h2>{_table(queues, of_queue, language)}",
        style=STYLE + OWN_STYLE,
        language="en" if language == "en" else "zh",
    )
    return write_whole_text(path, page)


def _head(name: str, language: Languages) -> str:
    words = TOTAL_HEADINGS[name][0]
    return f"{escape(words.zh)}<br>{escape(words.en)}" if language == "both" else escape(words.said(language))


def group_days_chart(days: pd.DataFrame, language: Languages = "both") -> alt.LayerChart:
    """Return the calls of each day with the limits of its total."""
    columns = ["calls", "calls_lower_80", "calls_upper_80"]
    data = pd.DataFrame({"day": [f"{day:%m-%d}" for day in pd.DatetimeIndex(days.index)]})
    title = Words("每日来电与八成区间", "Calls by day with their 80 % range").said(language)
    base = alt.Chart(data.join(days[columns].reset_index(drop=True)), title=title, width=900, height=220)
    x = alt.X("day:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    band = base.mark_bar(color="#8FB3D6", width=12).encode(
        x, alt.Y("calls_lower_80:Q", title=None, scale=alt.Scale(zero=True)), alt.Y2("calls_upper_80:Q")
    )
    told = base.mark_tick(color=BLUE, thickness=3, width=16).encode(x, alt.Y("calls:Q"))
    chart: alt.LayerChart = alt.layer(band, told).configure(font=CHART_FONT)
    return chart


def _table(frame: pd.DataFrame, columns: Sequence[str], language: Languages) -> str:
    heads = "".join(f"<th{_numeric(name)}>{_head(name, language)}</th>" for name in columns)
    rows = [_row(row, columns, language) for _, row in frame.iterrows()]
    return f"<div class='wide'><table><tr>{heads}</tr>{''.join(rows)}</table></div>"


def _row(row: pd.Series, columns: Sequence[str], language: Languages) -> str:
    if row.get("state") == "failed":
        place = "".join(f"<td>{_cell(row, name, language)}</td>" for name in columns[:3])
        why = escape(Words(row["why_zh"], row["why"]).said(language))
        return f"<tr class='bad'>{place}<td colspan='{len(columns) - 3}'>{why}</td></tr>"
    kind = " class='all'" if row["centre"] == "" else " class='bad'" if row.get("failed", 0) > 0 else ""
    cells = [f"<td{_numeric(name)}>{_cell(row, name, language)}</td>" for name in columns]
    return f"<tr{kind}>{''.join(cells)}</tr>"


def _cell(row: pd.Series, name: str, language: Languages) -> str:
    if name == "queue" and "expected" in row and pd.notna(row["expected"]):
        place = quote(f"{row['centre']}/{row['queue']}/plan.html")
        return f'<a href="{place}">{escape(str(row["queue"]))}</a>'
    return _text(row[name], name, language)


def _numeric(name: str) -> str:
    return ' class="n"' if TOTAL_HEADINGS[name][1] else ""


def _text(value: object, name: str, language: Languages) -> str:
    if name == "state":
        return escape(QUEUE_STATES[str(value)].said(language))
    if name == "centre" and value == "":
        return GROUP.said(language)
    form = TOTAL_HEADINGS[name][1]
    if not form or isinstance(value, str):
        return escape(str(value))
    number = float(str(value))
    if pd.isna(number):
        return "–"
    return f"{number:,.{len(form.partition('.')[2].rstrip('%'))}{'%' if form.endswith('%') else 'f'}}"
