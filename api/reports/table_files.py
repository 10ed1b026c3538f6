"""The Five Tables as files: a workbook, a page, JSON, or a CSV each. And the busy-hour capacity's own small report."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import vl_convert

from api.intake import InputError
from api.reports.charts import seats_grid_chart, spec, table_chart
from api.reports.definitions_sheet import target_text
from api.reports.five_tables import FiveTables, Table
from api.reports.labels import LABELS, MEASURES, Label, day_words, title
from api.reports.workbook import write_workbook
from api.sentences import say
from api.whole_files import write_whole_text
from forecaster.requirement.busy_hour import BusyHourCapacity

SUFFIXES = (".xlsx", ".html", ".json", ".csv")
STYLE = """body{font:14px/1.5 system-ui,"Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif;margin:1.5rem auto;
max-width:75rem;padding:0 1rem;color:#222}h1,h2{color:#2F5D8A}.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}caption{text-align:left;color:#555}
th{background:#2F5D8A;color:#fff;padding:.2rem .5rem;white-space:nowrap;font-weight:600}
td{border-bottom:1px solid #e2e6ed;padding:.12rem .5rem;text-align:right;white-space:nowrap}
td:first-child,td.text{text-align:left}tr.total td{font-weight:700;border-top:2px solid #2F5D8A}.bad{color:#C0392B}
.missing{color:#C0392B;font-style:italic}dl{color:#666;font-size:12px}dt{font-weight:600;float:left;margin-right:.5em}
svg{max-width:100%;height:auto}@media print{@page{size:A4 landscape;margin:1cm}
h2{break-before:page}.scroll{overflow:visible}table{font-size:8px}td,th{padding:0 2px}}"""


def write_tables(tables: FiveTables, path: str | Path) -> list[Path]:
    """Write the Five Tables as the suffix of `path` says: .xlsx, .html, .json, or .csv (five files); return the files.

    Raises
    ------
    InputError
        If the suffix is none of these.
    """
    path = Path(path)
    if path.suffix == ".xlsx":
        return [write_workbook(tables, path)]
    if path.suffix not in SUFFIXES:
        raise InputError(path, say("tables.form", suffix=path.suffix or say("tables.no_suffix"), known=list(SUFFIXES)))
    if path.suffix == ".csv":
        return [write_whole_text(path.with_name(f"{path.stem}_{t.number}.csv"), table_csv(t)) for t in tables.tables]
    return [write_whole_text(path, tables_html(tables) if path.suffix == ".html" else tables_json(tables))]


def label_of(name: str) -> Label:
    """Return a column's label; an interval's is its time."""
    return LABELS.get(name, Label(name, name, "seats"))


def table_csv(table: Table) -> str:
    """Return a table as CSV with its total in the last row; columns carry the product's own names."""
    frame = table.frame.reset_index()
    frame["date"] = frame["date"].astype(str)
    last = {"date": "total", **{str(name): value for name, value in table.total.items()}}
    body = pd.concat(
        [frame, pd.DataFrame([last], columns=frame.columns).astype(frame.dtypes.to_dict(), errors="ignore")]
    )
    return str(body.to_csv(index=False, float_format="%.10g", lineterminator="\n"))


def tables_document(tables: FiveTables) -> dict[str, Any]:
    """Return the Five Tables as plain data: what stands in the heads, and each table's columns, rows and total."""
    target = tables.target
    return {
        "queue": tables.queue,
        "month": str(tables.month),
        "last_month": str(tables.last_month),
        "timezone": tables.timezone,
        "interval_minutes": tables.interval_minutes,
        "forecast_version": tables.forecast_version,
        "roster_version": tables.roster_version,
        "last_version": tables.last_version,
        "service_target": {
            "service_level": target.service_level,
            "answer_within_seconds": target.answer_within_seconds,
            "max_occupancy": target.max_occupancy,
            "shrinkage": target.shrinkage,
        },
        "busy_hour_calls_per_seat": tables.calls_per_seat_hour,
        "tables": [_document(table) for table in tables.tables],
    }


def _document(table: Table) -> dict[str, Any]:
    names = ["date", *map(str, table.frame.columns)]
    columns = []
    for name in names:
        label = label_of(name)
        columns.append(
            {"name": name, "zh": label.zh, "en": label.en, "means_zh": label.means_zh, "means_en": label.means_en}
        )
    rows = [
        {"date": str(day), **{str(k): _plain(v) for k, v in values.items()}}
        for day, values in zip(table.frame.index, table.frame.to_dict("records"), strict=True)
    ]
    return {
        "number": table.number,
        "title_zh": title(table.number, "zh"),
        "title_en": title(table.number, "en"),
        "columns": columns,
        "rows": rows,
        "total": {name: _plain(value) for name, value in table.total.items()},
        "measures": {name: _plain(value) for name, value in table.measures.items()},
        "missing": [{"zh": sentence.zh, "en": sentence.en} for sentence in table.missing],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return None
    number = float(value)
    return int(number) if number.is_integer() else number


def tables_json(tables: FiveTables) -> str:
    """Return the Five Tables as JSON."""
    return json.dumps(tables_document(tables), ensure_ascii=False, indent=1) + "\n"


def tables_html(tables: FiveTables) -> str:
    """Return the Five Tables as one page with their charts; it needs nothing else and prints on A4."""
    head = f"五表 Five Tables: {tables.queue} {tables.month}"
    parts = [
        f"<!doctype html><html lang='zh'><meta charset='utf-8'><title>{escape(head)}</title><style>{STYLE}</style>",
        f"<h1>{escape(head)}</h1><p>{escape(target_text(tables))}</p>",
        *(_section(table, _head(tables, table.number)) for table in tables.tables),
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _head(tables: FiveTables, number: int) -> str:
    """Return what stands in the head of table `number`: queue, month, time zone, versions."""
    facts = [f"队列 Queue {tables.queue}", f"月份 Month {tables.month if number <= 2 else tables.last_month}"]
    facts += [f"时区 Time zone {tables.timezone}", f"时段 Interval {tables.interval_minutes} min"]
    if number <= 2:
        facts += [f"预测版本 Forecast {tables.forecast_version}", f"班表版本 Roster {tables.roster_version}"]
    else:
        facts.append(f"月前发布版本 Published before the month: {tables.last_version or '无 none'}")
    return " · ".join(facts)


def _section(table: Table, head_line: str) -> str:
    names = list(map(str, table.frame.columns))
    head = "".join(
        f"<th>{escape(label_of(n).zh)}<br>{escape(label_of(n).en) if n in LABELS else ''}</th>" for n in names
    )
    rows = []
    for day, values in zip(table.frame.index, table.frame.to_dict("records"), strict=True):
        cells = "".join(_cell(n, values[n], short=_short(table, n, day)) for n in names)
        rows.append(f"<tr><td>{day} {'一二三四五六日'[day.weekday()]}</td>{cells}</tr>")
    total = "".join(_cell(n, table.total.get(n, float("nan")), mean=n not in LABELS) for n in names)
    missing = "".join(f"<p class=missing>{escape(sentence.said('both'))}</p>" for sentence in table.missing)
    measures = "".join(
        f"<p>{MEASURES[n].zh} {MEASURES[n].en}: <b>{value:.1%}</b> ({escape(MEASURES[n].means_en)})</p>"
        for n, value in table.measures.items()
    )
    means = "".join(_meaning(LABELS[n]) for n in names if n in LABELS and LABELS[n].means_en)
    picture = vl_convert.vegalite_to_svg(spec(seats_grid_chart(table) if table.number == 1 else table_chart(table)))
    return (
        f"<h2>{title(table.number, 'zh')}<br><small>{title(table.number, 'en')}</small></h2>"
        f"<p>{escape(head_line)}</p>{missing}"
        f"<div class=scroll><table><tr><th>日期<br>Date</th>{head}</tr>{''.join(rows)}"
        f"<tr class=total><td>合计 Total</td>{total}</tr></table></div>{measures}{picture}<dl>{means}</dl>"
    )


def _meaning(label: Label) -> str:
    return f"<dt>{escape(f'{label.zh} {label.en}')}</dt><dd>{escape(f'{label.means_zh} {label.means_en}')}</dd>"


def _short(table: Table, name: str, day: Any) -> bool:
    return table.short is not None and name in table.short and float(table.short[name].loc[day]) > 0


def _cell(name: str, value: Any, *, short: bool = False, mean: bool = False) -> str:
    kind = "rate" if mean else label_of(name).kind
    if isinstance(value, str):
        return f"<td class=text>{escape(day_words(value, 'both'))}</td>"
    if pd.isna(value):
        return "<td></td>"
    text = f"{value:.1%}" if kind == "share" else f"{value:,.1f}" if kind in {"rate", "hours"} else f"{value:,.0f}"
    bad = short or (name == "margin" and value < 0)
    return f"<td{' class=bad' if bad else ''}>{text}</td>"


def capacity_text(capacity: BusyHourCapacity) -> str:
    """Return the busy-hour capacity three ways, side by side, as text: theory, sample, the value set."""
    lines = ["忙时每席每小时最高接通量 Busy-hour capacity, calls per seat and hour"]
    if capacity.theory_calls_per_hour is None:
        lines.append("理论 theory: – (no handle time is known)")
    else:
        formula = f"3600 ÷ {capacity.aht_seconds:.0f} s × {capacity.max_occupancy:.0%}"
        lines.append(f"理论 theory: {capacity.theory_calls_per_hour:.1f} = {formula}")
    if capacity.sampled_calls_per_hour is None:
        lines.append("抽样 sample: – (the history lacks calls answered or signed-in seats)")
    else:
        size = f"{capacity.sampled_intervals} busiest intervals on {capacity.sampled_days} days"
        band = ""
        if capacity.sampled_lower is not None and capacity.sampled_upper is not None:
            band = f" ({capacity.confidence:.0%}: {capacity.sampled_lower:.1f}–{capacity.sampled_upper:.1f})"
        lines.append(f"抽样 sample: {capacity.sampled_calls_per_hour:.1f}{band}, {size}")
    chosen = "–" if capacity.set_calls_per_hour is None else f"{capacity.set_calls_per_hour:.1f}"
    lines.append(f"设定 set: {chosen}")
    used = "–" if capacity.calls_per_hour is None else f"{capacity.calls_per_hour:.1f}"
    lines.append(f"采用 used: {used}")
    return "\n".join(lines)
