"""Past months as planned and as they came: a table, a picture, and one HTML page of both."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path

import altair as alt
import pandas as pd

from api.intake import write_frame
from api.rehearsing import Rehearsal
from api.reports.charts import CHART_FONT, to_svg
from api.reports.colours import BLUE, RED, TEAL
from api.reports.html_page import html_page
from api.whole_files import write_whole_text
from forecaster.messages import Languages, Words
from forecaster.names import NO, YES, ladder_called

SHARE_COLUMNS = ("promised", "lower_80", "upper_80", "chance", "kept", "days_kept", "more_people")
WORDS: Mapping[str, Words] = {
    "promised": Words("承诺", "Promised"),
    "lower_80": Words("区间下限（80%）", "Lower limit (80 %)"),
    "upper_80": Words("区间上限（80%）", "Upper limit (80 %)"),
    "chance": Words("达标机会", "Chance of the target"),
    "kept": Words("实际", "Kept"),
    "held": Words("守住", "Held"),
    "days_kept": Words("达标天数比例", "Days kept"),
    "paid_hours": Words("付薪工时", "Paid hours"),
    "seat_hours": Words("席时", "Seat-hours"),
    "hindsight": Words("事后最优（同等服务）", "Hindsight, same service"),
    "workbook": Words("工作簿（同等服务）", "Workbook, same service"),
    "minutes_above_10": Words("等待超过 10 人（分钟）", "Minutes above 10"),
    "kept_daily": Words("逐日调整：实际", "Re-planned daily: kept"),
    "hours_daily": Words("逐日调整：席时", "Re-planned daily: seat-hours"),
    "overtime_daily": Words("逐日调整：加班工时", "Re-planned daily: overtime hours"),
    "minutes_above_10_daily": Words("逐日调整：等待超过 10 人（分钟）", "Re-planned daily: minutes above 10"),
    "more_people": Words("守住承诺还需人手", "More people to hold"),
    "sure_hours": Words("九成把握另需工时", "Hours more to be 90 % sure"),
    "above_month": Words("多于事后：月", "Above hindsight: month"),
    "above_days": Words("多于事后：日", "Above hindsight: days"),
    "above_hours": Words("多于事后：时段与偶然", "Above hindsight: hours and chance"),
    "above_rounding": Words("多于事后：取整与承诺", "Above hindsight: rounding and the promise"),
    "above_shifts": Words("多于事后：班次", "Above hindsight: shifts"),
}
OF_A_LADDER: Mapping[str, Words] = {  # the longer prefix first
    "kept_daily_": Words("逐日调整加阶梯“{ladder}”：实际", "Kept re-planned daily with {ladder}"),
    "minutes_above_10_daily_": Words(
        "逐日调整加阶梯“{ladder}”：等待超过 10 人（分钟）", "Minutes above 10, re-planned daily, {ladder}"
    ),
    "people_minutes_daily_": Words(
        "逐日调整加阶梯“{ladder}”：调入人·分钟", "People-minutes lent, re-planned daily, {ladder}"
    ),
    "kept_": Words("阶梯“{ladder}”：实际", "Kept with {ladder}"),
    "minutes_above_10_": Words("阶梯“{ladder}”：等待超过 10 人（分钟）", "Minutes above 10, {ladder}"),
    "people_minutes_": Words("阶梯“{ladder}”：调入人·分钟", "People-minutes lent, {ladder}"),
}


def months_shown(months: pd.DataFrame, language: Languages = "both") -> pd.DataFrame:
    """Return the months with their figures as text, in the order in which they are read."""
    shown = pd.DataFrame(index=months.index)
    for name in [*(one for one in WORDS if one in months), *(one for one in months if one not in WORDS)]:
        share = name in SHARE_COLUMNS or str(name).startswith("kept_")
        shown[_word(str(name)).said(language)] = [_text(value, language, share=share) for value in months[name]]
    return shown


def _word(name: str) -> Words:
    """Return what a figure is called; what is not known by name is a ladder's."""
    if name in WORDS:
        return WORDS[name]
    of = next((prefix for prefix in OF_A_LADDER if name.startswith(prefix)), None)
    return Words(name, name) if of is None else OF_A_LADDER[of].filled(ladder=ladder_called(name.removeprefix(of)))


def _text(value: object, language: Languages, *, share: bool) -> str:
    if isinstance(value, bool):
        return (YES if value else NO).said(language)
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
    page = html_page(
        "Rehearsal",
        f"<h1>预演：承诺与实际 Rehearsal: promised and kept</h1>{said}",
        to_svg(rehearsal_chart(made.months)),
        f"<table><tr><th></th>{head}</tr>{rows}</table>",
    )
    return write_whole_text(path, page)


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
    chart: alt.LayerChart = (bars + told + kept).configure(font=CHART_FONT).configure_view(stroke=None)
    return chart
