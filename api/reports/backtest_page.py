"""How far the forecast can be trusted, as one HTML page: accuracy by month, day type, hour, lead and model."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path

import altair as alt
import pandas as pd

from api.reports.charts import Drawing, forecast_chart, styled, to_svg
from api.reports.colours import AMBER, BLUE, TEAL
from api.reports.html_page import STYLE, both_once, html_page
from api.reports.labels import WEEKDAYS_IN_BOTH
from api.whole_files import write_whole_text
from forecaster.forecast.backtesting import names_scored
from forecaster.forecast.forecasters import words_of

SPLIT_TITLES = {
    "model": "与其他方法对比（工作簿：近八周同星期均值） Beside others (workbook: mean of eight like weekdays)",
    "month": "按月 By month",
    "day_type": "按日类型 By day type",
    "holiday": "按节假日 By holiday",
    "weekday": "按星期 By weekday",
    "hour": "按小时 By hour of the day",
    "lead_days": "按提前天数 By days ahead of the cutoff",
}
NAMES_ZH = {
    "all": "全部 all",
    "workday": "工作日 workday",
    "rest_day": "休息日 rest day",
    "holiday": "节假日 holiday",
    "huawu": "本预测 this forecast",
    "huawu with overrides": "含人工调整 with overrides",
    "overridden intervals: huawu": "被调整的时段：本预测 overridden intervals: this forecast",
    "overridden intervals: override": "被调整的时段：人工 overridden intervals: the planner",
}
OWN_STYLE = """svg{width:100%}
.short{font-size:1.05rem;background:#F4F8FC;padding:.7rem 1rem;border-left:4px solid #2F5D8A}
th{vertical-align:bottom;font-weight:600;font-size:.85rem;color:#444}th.n{text-align:right}tr.all td{font-weight:600;
border-top:2px solid #2F5D8A}td.bar{background:linear-gradient(to left,#CFE0F1 calc(var(--share)*100%),transparent 0)}
.bad{color:#C0392B}td:first-child{white-space:nowrap}table{width:100%}
@media print{h2{break-after:avoid}tr{break-inside:avoid}}"""
GREYS = ["#9AA5B1", "#6B7785", "#C3CAD2", "#4A5460", "#DDE1E6"] * 3  # of the others, however many there are
NOTE = (
    "每个月都用上月 24 日为止的历史重新预测。 Every month made again from history through the 24th before. "
    "WAPE = Σ|A − F| ÷ ΣA, bias = Σ(F − A) ÷ ΣA."
)
SCORE_COLUMNS = {
    "calls_offered": ("呼入量 Calls", "{:,.0f}"),
    "wape": ("时段误差 WAPE", "{:.1%}"),
    "poisson_floor": ("其中随机 Of it chance", "{:.1%}"),
    "daily_wape": ("日误差 Daily WAPE", "{:.1%}"),
    "bias": ("偏差 Bias", "{:+.1%}"),
    "mase": ("MASE", "{:.2f}"),
    "pinball": ("Pinball", "{:.3f}"),
    "hit_rate_80": ("80 % 区间命中 In 80 % band", "{:.0%}"),
    "hit_rate_95": ("95 % 区间命中 In 95 %", "{:.0%}"),
}


def write_backtest_page(
    tested: pd.DataFrame, tables: Mapping[str, pd.DataFrame], path: str | Path, *, queue: str
) -> Path:
    """Write the tested intervals and their tables as one HTML page that needs nothing else; return its path."""
    last = tested[tested["month"] == tested["month"].iloc[-1]]
    page = html_page(
        queue,
        f"<h1>预测回测 Backtest: {escape(queue)}</h1>",
        f"<p>{NOTE}</p>",
        _in_short(tables),
        to_svg(months_chart(tables["month"])),
        f"<h2>最后一个月 The last month: {escape(str(last['month'].iloc[0]))}</h2>",
        to_svg(forecast_chart(last, actual=last["calls_offered"])),
        _overrides(tables["override"]) if "override" in tables else "",
        *(f"<h2>{heading}</h2>{_table(tables[name], kind=name)}" for name, heading in SPLIT_TITLES.items()),
        style=STYLE + OWN_STYLE,
    )
    return write_whole_text(Path(path), page)


def months_chart(scores: pd.DataFrame) -> Drawing:
    """Return the error of each month, by hour and by day, beside the others' and what chance alone would leave.

    `scores` are a backtest's by month (`backtest_tables(...)["month"]`).
    """
    others = {f"wape_{name}": both_once(words_of(name)) for name in names_scored(scores)}
    names = others | {
        "wape": "时段误差 by hour",
        "daily_wape": "日误差 by day",
        "poisson_floor": "随机 chance alone",
    }
    wide = scores.drop(index="all", errors="ignore")[list(names)].rename(columns=names).rename_axis("month")
    long = wide.reset_index().melt("month", var_name="kind", value_name="share")
    colour = alt.Color(
        "kind:N", scale=alt.Scale(domain=list(names.values()), range=[*GREYS[: len(others)], BLUE, TEAL, AMBER])
    )
    chart = (
        alt.Chart(long)
        .mark_line(point=True)
        .encode(
            x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("share:Q", title="误差 WAPE", axis=alt.Axis(format=".0%"), scale=alt.Scale(zero=True)),
            color=colour,
        )
    )
    return styled(chart, "各月误差 Error by month")


def overrides_chart(scored: pd.DataFrame) -> Drawing:
    """Return the error of the model and of the planner over each override, side by side."""
    names = {"error_model": "模型 the model", "error_override": "人工 the planner"}
    told = scored.assign(override=[f"{n}. {r:.24}" for n, r in enumerate(scored["reason"], start=1)])
    long = told[["override", *names]].rename(columns=names).melt("override", var_name="kind", value_name="calls")
    chart = (
        alt.Chart(long)
        .mark_bar()
        .encode(
            x=alt.X("override:O", title=None, sort=list(told["override"]), axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("kind:N", sort=list(names.values())),
            y=alt.Y("calls:Q", title="误差（通）Error, calls"),
            color=alt.Color("kind:N", scale=alt.Scale(domain=list(names.values()), range=[BLUE, AMBER])),
        )
    )
    return styled(chart, "人工调整 Overrides")


def _in_short(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return in two sentences what the page is read for: how far off, how much of it is chance, what it is worth.

    What it is worth is told against the best of the others.
    """
    ours = tables["model"].loc["huawu"]
    others = tables["month"].loc["all"].filter(like="wape_").dropna()
    theirs_zh = theirs_en = ""
    if len(others):
        best, least = words_of(str(others.idxmin()).removeprefix("wape_")), others.min()
        less = 1.0 - ours["wape"] / least
        theirs_zh = f"{best.zh}误差 {least:.1%}，本预测{'少' if less >= 0 else '多'} {abs(less):.0%}。"
        theirs_en = f" Best of the others, {best.en}: {least:.1%}; this forecast has {abs(less):.0%} "
        theirs_en += f"{'less' if less >= 0 else 'more'} error."
    return (
        "<p class=short>"
        f"时段误差 <b>{ours['wape']:.1%}</b>（其中随机 {ours['poisson_floor']:.1%}），"
        f"日误差 <b>{ours['daily_wape']:.1%}</b>，偏差 {ours['bias']:+.1%}；80 % 区间命中 {ours['hit_rate_80']:.0%}。"
        f"{theirs_zh}<br>"
        f"Off by <b>{ours['wape']:.1%}</b> an interval, of it {ours['poisson_floor']:.1%} pure chance, and by "
        f"<b>{ours['daily_wape']:.1%}</b> a day; bias {ours['bias']:+.1%}; {ours['hit_rate_80']:.0%} inside the 80 % "
        f"band.{theirs_en}</p>"
    )


def _overrides(scored: pd.DataFrame) -> str:
    """Return each override beside what it was worth."""
    heads = "起 From|止 To|系数 Factor|理由 Reason|工号 Badge|呼入量 Calls|模型误差 Error of the model"
    heads += "|调整后误差 With the override|少错 Gained"
    rows = []
    for r in scored.to_dict("records"):
        words = [f"{r['start_at']:%Y-%m-%d %H:%M}", f"{r['end_at']:%Y-%m-%d %H:%M}", f"× {r['factor']:g}"]
        words += [escape(str(r["reason"])), escape(str(r["made_by"]))]
        figures = [f"{r[c]:,.0f}" for c in ("calls_offered", "error_model", "error_override")]
        gained = f"<td class='n {'ok' if r['gained'] > 0 else 'bad'}'>{r['gained']:+,.0f}</td>"
        cells = "".join(f"<td>{w}</td>" for w in words) + "".join(f"<td class=n>{f}</td>" for f in figures)
        rows.append(f"<tr class=override>{cells}{gained}</tr>")
    head = "".join(f"<th>{text}</th>" for text in heads.split("|"))
    told = "<p>系数乘在模型上；少错为正表示人工更接近实际。 "
    told += "A factor multiplies the model; gained above 0: the planner was nearer.</p>"
    chart = to_svg(overrides_chart(scored)) if len(scored) else ""
    return f"<h2>人工调整 Overrides by the planner</h2>{told}{chart}<table><tr>{head}</tr>{''.join(rows)}</table>"


def _named(name: str, kind: str) -> str:
    if kind == "weekday" and name.isdigit():
        return WEEKDAYS_IN_BOTH[int(name) - 1]
    if kind == "hour" and name.isdigit():
        return f"{int(name):02d}:00"
    return NAMES_ZH.get(name) or both_once(words_of(name))


def _table(scores: pd.DataFrame, *, kind: str) -> str:
    shown = {name: look for name, look in SCORE_COLUMNS.items() if name in scores}
    if kind != "model":  # there the others have rows
        others = {f"wape_{other}": (both_once(words_of(other)), "{:.1%}") for other in names_scored(scores)}
        shown = {"calls_offered": shown.pop("calls_offered"), "wape": shown.pop("wape")} | others | shown
    head = "".join(f"<th class=n>{label}</th>" for label, _ in shown.values())
    widest = float(scores["wape"].max()) or 1.0
    rows = []
    for name, row in scores.iterrows():
        cells = ""
        for column, (_, text) in shown.items():
            said = "" if pd.isna(row[column]) else text.format(row[column])
            bar = f" style='--share:{row[column] / widest:.3f}'" if column == "wape" and said else ""
            cells += f"<td class='n{' bar' if bar else ''}'{bar}>{said}</td>"
        last = " class=all" if name == "all" else ""
        rows.append(f"<tr{last}><td>{escape(_named(str(name), kind))}</td>{cells}</tr>")
    return f"<table><tr><th></th>{head}</tr>{''.join(rows)}</table>"
