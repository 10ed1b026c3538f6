"""Past months as planned and as they came: a table, a picture, and one HTML page of both."""

from __future__ import annotations

from html import escape
from pathlib import Path

import altair as alt
import pandas as pd

from api.intake import write_frame
from api.rehearsing import Rehearsal
from api.reports.charts import FONT, to_svg
from api.reports.colours import BLUE, RED, TEAL
from api.reports.inspection import STYLE
from api.whole_files import write_whole_text
from forecaster.names import ladder_called

SHARES = ("promised", "lower_80", "upper_80", "chance", "kept", "days_kept", "more_people")
WORDS = {
    "promised": "承诺 Promised",
    "lower_80": "区间下限（80%）Lower limit (80 %)",
    "upper_80": "区间上限（80%）Upper limit (80 %)",
    "chance": "达标机会 Chance of the target",
    "kept": "实际 Kept",
    "held": "守住 Held",
    "days_kept": "达标天数比例 Days kept",
    "paid_hours": "付薪工时 Paid hours",
    "seat_hours": "席时 Seat-hours",
    "hindsight": "事后最优（同等服务）Hindsight, same service",
    "workbook": "工作簿（同等服务）Workbook, same service",
    "minutes_above_10": "等待超过 10 人（分钟）Minutes above 10",
    "kept_daily": "逐日调整：实际 Re-planned daily: kept",
    "hours_daily": "逐日调整：席时 seat-hours",
    "overtime_daily": "逐日调整：加班工时 overtime hours",
    "minutes_above_10_daily": "逐日调整：等待超过 10 人（分钟）minutes above 10",
    "more_people": "守住承诺还需人手 More people to hold",
    "sure_hours": "九成把握另需 To be 90 % sure",
    "above_month": "多于事后：月 Above hindsight: month",
    "above_days": "多于事后：日 days",
    "above_hours": "多于事后：时段与偶然 hours and chance",
    "above_rounding": "多于事后：取整与承诺 rounding and the promise",
    "above_shifts": "多于事后：班次 shifts",
}
OF_A_LADDER = {  # the longer prefix first
    "kept_daily_": "逐日调整加阶梯“{zh}”：实际 Kept re-planned daily with {en}",
    "minutes_above_10_daily_": "逐日调整加阶梯“{zh}”：等待超过 10 人（分钟）Minutes above 10, re-planned daily, {en}",
    "people_minutes_daily_": "逐日调整加阶梯“{zh}”：调入人·分钟 People-minutes lent, re-planned daily, {en}",
    "kept_": "阶梯“{zh}”：实际 Kept with {en}",
    "minutes_above_10_": "阶梯“{zh}”：等待超过 10 人（分钟）Minutes above 10, {en}",
    "people_minutes_": "阶梯“{zh}”：调入人·分钟 People-minutes lent, {en}",
}


def months_shown(months: pd.DataFrame) -> pd.DataFrame:
    """Return the months with their figures as text, in the order in which they are read."""
    shown = pd.DataFrame(index=months.index)
    for name in [*(one for one in WORDS if one in months), *(one for one in months if one not in WORDS)]:
        share = name in SHARES or str(name).startswith("kept_")
        shown[_word(str(name))] = [_text(value, share=share) for value in months[name]]
    return shown


def _word(name: str) -> str:
    """Return what a figure is called on the page; what is not known by name is a ladder's."""
    if name in WORDS:
        return WORDS[name]
    of = next((prefix for prefix in OF_A_LADDER if name.startswith(prefix)), None)
    if of is None:
        return name
    called = ladder_called(name.removeprefix(of))
    return OF_A_LADDER[of].format(zh=called.zh, en=called.en)


def _text(value: object, *, share: bool) -> str:
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    number = float(str(value))
    if pd.isna(number):
        return ""
    return f"{number:.1%}" if share else f"{number:,.0f}"


def write_rehearsal(made: Rehearsal, folder: Path) -> list[Path]:
    """Write a rehearsal's months and days as files and as a page, and return their paths."""
    return [
        write_frame(made.months, folder / "months.csv"),
        write_frame(made.days.rename_axis("date"), folder / "days.csv"),
        write_rehearsal_page(made, folder / "rehearsal.html"),
    ]


def write_rehearsal_page(made: Rehearsal, path: Path) -> Path:
    """Write the rehearsal as one HTML page that needs nothing else; return its path."""
    table = months_shown(made.months).T
    head = "".join(f"<th>{escape(str(month))}</th>" for month in table.columns)
    rows = "".join(
        f"<tr><th>{escape(str(name))}</th>" + "".join(f'<td class="n">{escape(value)}</td>' for value in row) + "</tr>"
        for name, row in zip(table.index, table.to_numpy(), strict=True)
    )
    said = "".join(f"<p>{escape(one.zh)}<br>{escape(one.en)}</p>" for one in made.sentences)
    parts = [
        f"<!doctype html><html lang='zh'><meta charset='utf-8'><title>Rehearsal</title><style>{STYLE}</style>",
        f"<h1>预演：承诺与实际 Rehearsal: promised and kept</h1>{said}",
        to_svg(rehearsal_chart(made.months)),
        f"<table><tr><th></th>{head}</tr>{rows}</table>",
        "</html>",
    ]
    return write_whole_text(path, "\n".join(parts))


def rehearsal_chart(months: pd.DataFrame) -> alt.LayerChart:
    """Return the promise of each of a rehearsal's months with its range, and what was kept."""
    data = months[["promised", "lower_80", "upper_80", "kept", "held"]].reset_index()
    base = alt.Chart(data, width=max(240, 70 * len(data)), height=220).encode(
        alt.X("month:N", title=None, axis=alt.Axis(labelAngle=0))
    )
    axis = alt.Axis(format="%")
    bars = base.mark_bar(width=14, opacity=0.35, color=BLUE).encode(
        alt.Y("lower_80:Q", title="承诺区间与实际 Range promised, and kept", axis=axis, scale=alt.Scale(zero=False)),
        alt.Y2("upper_80:Q"),
    )
    told = base.mark_tick(color=BLUE, thickness=3, width=22).encode(alt.Y("promised:Q"))
    kept = base.mark_point(filled=True, size=90).encode(
        alt.Y("kept:Q"), color=alt.condition("datum.held", alt.value(TEAL), alt.value(RED))
    )
    chart: alt.LayerChart = (bars + told + kept).configure(font=FONT).configure_view(stroke=None)
    return chart
