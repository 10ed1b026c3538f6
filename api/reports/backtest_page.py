"""How far the forecast can be trusted, as one HTML page: accuracy by month, day type, hour, lead and model."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path

import altair as alt
import pandas as pd

from api.reports.charts import AMBER, BLUE, TEAL, Drawing, forecast_chart, styled, to_svg
from api.reports.inspection import STYLE
from api.whole_files import write_whole_text

TABLES = {
    "month": "按月 By month",
    "model": "对比 This forecast and the workbook's mean of eight like weekdays",
    "day_type": "按日类型 By day type",
    "weekday": "按星期 By weekday (1 = Monday)",
    "hour": "按小时 By hour of the day",
    "lead_days": "按提前天数 By days ahead of the cutoff",
}
NOTE = (
    "每个月都用上月 24 日为止的历史重新预测。 Every month made again from history through the 24th before. "
    "WAPE = Σ|A − F| ÷ ΣA, bias = Σ(F − A) ÷ ΣA."
)
COLUMNS = {
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
    path = Path(path)
    last = tested[tested["month"] == tested["month"].iloc[-1]]
    parts = [
        f"<!doctype html><html lang='zh'><meta charset='utf-8'><title>{escape(queue)}</title><style>{STYLE}</style>",
        f"<h1>预测回测 Backtest: {escape(queue)}</h1>",
        f"<p>{NOTE}</p>",
        to_svg(months_chart(tables["month"])),
        to_svg(forecast_chart(last, actual=last["calls_offered"])),
        *(f"<h2>{heading}</h2>{_table(tables[name])}" for name, heading in TABLES.items()),
        "</html>",
    ]
    return write_whole_text(path, "\n".join(parts))


def months_chart(scores: pd.DataFrame) -> Drawing:
    """Return the error of each month, by hour and by day, above what chance alone would leave."""
    names = {"wape": "时段误差 by hour", "daily_wape": "日误差 by day", "poisson_floor": "随机 chance alone"}
    wide = scores.drop(index="all", errors="ignore")[list(names)].rename(columns=names).rename_axis("month")
    long = wide.reset_index().melt("month", var_name="kind", value_name="share")
    colour = alt.Color("kind:N", scale=alt.Scale(domain=list(names.values()), range=[BLUE, TEAL, AMBER]))
    chart = (
        alt.Chart(long)
        .mark_line(point=True)
        .encode(
            x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=-60)),
            y=alt.Y("share:Q", title="WAPE", axis=alt.Axis(format="%")),
            color=colour,
        )
    )
    return styled(chart, "各月误差 Error by month")


def _table(scores: pd.DataFrame) -> str:
    head = "".join(f"<th>{label}</th>" for label, _ in COLUMNS.values())
    rows = []
    for name, row in scores.iterrows():
        cells = ("" if pd.isna(row[c]) else text.format(row[c]) for c, (_, text) in COLUMNS.items())
        rows.append(f"<tr><td>{escape(str(name))}</td>{''.join(f'<td class=n>{cell}</td>' for cell in cells)}</tr>")
    return f"<table><tr><th></th>{head}</tr>{''.join(rows)}</table>"
