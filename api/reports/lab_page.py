"""Ladders compared, as one HTML page with its picture, or as the picture alone."""

from __future__ import annotations

from html import escape
from pathlib import Path

import altair as alt
import pandas as pd

from api.ladder_lab import Comparison
from api.reports.charts import CHART_FONT, to_svg, write_png
from api.reports.colours import AMBER, BLUE, RED, TEAL
from api.reports.html_page import both_once, html_page
from api.whole_files import write_whole_text
from forecaster.messages import Words
from forecaster.names import ladder_called

LAB_COLUMNS = {
    "answer_rate": (Words("接通率", "Answered"), "{:.1%}"),
    "answer_rate_half_width": (Words("±", "±"), "{:.1%}"),
    "service_level": (Words("服务水平", "Service level"), "{:.1%}"),
    "minutes_above_5": (Words("等待超过 5 人（分钟）", "Minutes above 5"), "{:,.1f}"),
    "minutes_above_10": (Words("等待超过 10 人（分钟）", "Minutes above 10"), "{:,.1f}"),
    "people_minutes": (Words("调入人·分钟", "People-minutes"), "{:,.0f}"),
    "sign_ins": (Words("签入", "Sign-ins"), "{:,.1f}"),
    "releases": (Words("签出", "Releases"), "{:,.1f}"),
    "flaps": (Words("反复", "Flaps"), "{:,.1f}"),
    "highest_rung": (Words("最高级", "Highest rung"), "{:.1f}"),
}
DRAWN = {
    "answer_rate": BLUE,
    "minutes_above_10": RED,
    "people_minutes": TEAL,
    "sign_ins": AMBER,
    "flaps": AMBER,
}
NOTE = (
    "反复：签出后一刻钟内又签入同一级。 A flap is a group called again within a quarter of an hour of being sent back. "
    "People-minutes are those of people who otherwise do something else."
)


def write_lab_page(comparison: Comparison, path: str | Path) -> Path:
    """Write the comparison as one HTML page that needs nothing else, or as a PNG by the path's suffix; return it."""
    path = Path(path)
    chart = lab_chart(comparison.table)
    if path.suffix.lower() == ".png":
        return write_png(chart, path)
    shown = [name for name in LAB_COLUMNS if name in comparison.table]
    head = "".join(f"<th>{LAB_COLUMNS[name][0].said('both')}</th>" for name in shown)
    rows = "".join(
        f"<tr><th>{escape(both_once(ladder_called(str(ladder))))}</th>"
        + "".join(f'<td class="n">{LAB_COLUMNS[name][1].format(row[name])}</td>' for name in shown)
        + "</tr>"
        for ladder, row in comparison.table.iterrows()
    )
    page = html_page(
        "Ladders",
        f"<h1>阶梯比较 Ladders compared</h1><p>{escape(comparison.source.said('both'))}</p>",
        f"<table><tr><th>阶梯 Ladder</th>{head}</tr>{rows}</table><p>{NOTE}</p>",
        to_svg(chart),
    )
    return write_whole_text(path, page)


def lab_chart(table: pd.DataFrame) -> alt.HConcatChart:
    """Return what each ladder of a comparison's table brought and cost as bars, one small picture a figure."""
    pictures = []
    for name, colour in DRAWN.items():
        if name not in table:
            continue
        data = pd.DataFrame(
            {
                "ladder": [both_once(ladder_called(str(name))) for name in table.index],
                "value": table[name].to_numpy(dtype=float),
            }
        )
        form = "%" if name == "answer_rate" else ",.0f"
        base = alt.Chart(data, title=LAB_COLUMNS[name][0].said("both"), width=150, height=160).encode(
            alt.X("ladder:N", sort=None, title=None, axis=alt.Axis(labelAngle=-30)),
            alt.Y("value:Q", title=None, axis=alt.Axis(format=form)),
        )
        bars = base.mark_bar(color=colour, size=26)
        words = base.mark_text(dy=-6, fontSize=10).encode(alt.Text("value:Q", format=".1%" if form == "%" else ",.1f"))
        pictures.append(bars + words)
    chart: alt.HConcatChart = alt.hconcat(*pictures).configure(font=CHART_FONT).configure_view(stroke=None)
    return chart
