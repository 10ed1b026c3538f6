"""The Five Tables as files: a workbook, a page, a PDF, JSON, or a CSV each."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from api.defused import defused_frame
from api.intake import InputError
from api.notices import notes_of
from api.reports.five_tables import FiveTables, Table
from api.reports.html_page import html_page
from api.reports.labels import Label, day_words, figure_text
from api.reports.table_heads import head_words, target_words
from api.reports.tables_paper import tables_pdf
from api.reports.workbook import write_workbook
from api.sentences import say
from api.whole_files import write_whole_bytes, write_whole_text
from forecaster.history.periods import period_name, period_title
from forecaster.messages import Languages, Words
from forecaster.names import CHINESE_WEEKDAYS

SUFFIXES = (".xlsx", ".pdf", ".html", ".json", ".csv")
STYLE = """body{font:14px/1.5 system-ui,"Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif;margin:1.5rem auto;
max-width:75rem;padding:0 1rem;color:#222}h1,h2{color:#2F5D8A}.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}caption{text-align:left;color:#555}
th{background:#2F5D8A;color:#fff;padding:.2rem .5rem;white-space:nowrap;font-weight:600}
td{border-bottom:1px solid #e2e6ed;padding:.12rem .5rem;text-align:right;white-space:nowrap}
td:first-child,td.text{text-align:left}tr.total td{font-weight:700;border-top:2px solid #2F5D8A}.bad{color:#C0392B}
.missing{color:#C0392B;font-style:italic}dl{color:#666;font-size:12px}dt{font-weight:600;float:left;margin-right:.5em}
svg{max-width:100%;height:auto}@media print{@page{size:A4 landscape;margin:1cm}
h2{break-before:page}.scroll{overflow:visible}table{font-size:8px}td,th{padding:0 2px}}"""


def write_tables(tables: FiveTables, path: str | Path, *, language: Languages = "both") -> list[Path]:
    """Write the Five Tables as the suffix of `path` says, and return the files: .csv are five, one a table.

    A workbook has one language or both; the PDF has one, Chinese unless English is asked for.

    Raises
    ------
    InputError
        If the suffix is none of these.
    """
    path = Path(path)
    if path.suffix == ".xlsx":
        return [write_workbook(tables, path, language=language)]
    if path.suffix == ".pdf":
        return [write_whole_bytes(path, tables_pdf(tables, language="en" if language == "en" else "zh"))]
    if path.suffix not in SUFFIXES:
        raise InputError(path, say("tables.form", suffix=path.suffix or say("tables.no_suffix"), known=list(SUFFIXES)))
    if path.suffix == ".csv":
        return [write_whole_text(path.with_name(f"{path.stem}_{t.number}.csv"), table_csv(t)) for t in tables.tables]
    return [write_whole_text(path, tables_html(tables) if path.suffix == ".html" else tables_json(tables))]


def table_csv(table: Table) -> str:
    """Return a table as CSV with its total in the last row; columns carry the product's own names."""
    frame = table.frame.reset_index()
    frame["date"] = frame["date"].astype(str)
    last = {"date": "total", **{str(name): value for name, value in table.total.items()}}
    body = pd.concat(
        [frame, pd.DataFrame([last], columns=frame.columns).astype(frame.dtypes.to_dict(), errors="ignore")]
    )
    return str(defused_frame(body).to_csv(index=False, float_format="%.10g", lineterminator="\n"))


def tables_document(tables: FiveTables) -> dict[str, Any]:
    """Return the Five Tables as plain data: what stands in the heads, and each table's columns, rows and total."""
    target = tables.target
    return {
        "queue": tables.queue,
        "month": period_name(tables.month),
        "last_month": period_name(tables.last_month),
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
        label = table.kind.label(name)
        columns.append(
            {"name": name, "zh": label.zh, "en": label.en, "means_zh": label.means_zh, "means_en": label.means_en}
        )
    rows = [
        {"date": str(day), **{str(k): _plain(v) for k, v in values.items()}}
        for day, values in zip(table.frame.index, table.frame.to_dict("records"), strict=True)
    ]
    return {
        "number": table.number,
        "title_zh": table.kind.heading("zh"),
        "title_en": table.kind.heading("en"),
        "columns": columns,
        "rows": rows,
        "total": {name: _plain(value) for name, value in table.total.items()},
        "measures": {name: _plain(value) for name, value in table.measures.items()},
        "missing": notes_of(table.missing),
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
    target = target_words(tables)
    head = f"五表 Five Tables: {tables.queue} {period_title(tables.month)}"
    return html_page(
        head,
        f"<h1>{escape(head)}</h1><p>{escape(target.zh)}<br>{escape(target.en)}</p>",
        *(_section(table, head_words(tables, table)) for table in tables.tables),
        style=STYLE,
    )


def _section(table: Table, head: Words) -> str:
    from api.reports.charts import seats_grid_chart, table_chart, to_svg

    names = list(map(str, table.frame.columns))
    labels = {n: table.kind.label(n) for n in names}
    heads = "".join(
        f"<th>{escape(labels[n].zh)}<br>{escape(labels[n].en) if table.kind.knows(n) else ''}</th>" for n in names
    )
    rows = []
    for day, values in zip(table.frame.index, table.frame.to_dict("records"), strict=True):
        cells = "".join(_cell(labels[n], values[n], bad=_is_bad(table, n, day, values[n])) for n in names)
        rows.append(f"<tr><td>{day} {CHINESE_WEEKDAYS[day.weekday()]}</td>{cells}</tr>")
    totals = {n: table.total.get(n, float("nan")) for n in names}
    total = "".join(_cell(_of_total(table, n), value, bad=_is_marked(table, n, value)) for n, value in totals.items())
    missing = "".join(f"<p class=missing>{escape(sentence.said('both'))}</p>" for sentence in table.missing)
    measures = "".join(
        f"<p>{label.zh} {label.en}: <b>{figure_text(label.kind, value)}</b> ({escape(label.means_en)})</p>"
        for label, value in ((table.kind.measure(n), value) for n, value in table.measures.items())
    )
    means = "".join(_meaning(label) for label in labels.values() if label.means_en)
    picture = to_svg(seats_grid_chart(table) if table.kind.chart is None else table_chart(table))
    return (
        f"<h2>{table.kind.heading('zh')}<br><small>{table.kind.heading('en')}</small></h2>"
        f"<p>{escape(head.zh)}<br>{escape(head.en)}</p>{missing}"
        f"<div class=scroll><table><tr><th>日期<br>Date</th>{heads}</tr>{''.join(rows)}"
        f"<tr class=total><td>合计 Total</td>{total}</tr></table></div>{measures}{picture}<dl>{means}</dl>"
    )


def _meaning(label: Label) -> str:
    return f"<dt>{escape(f'{label.zh} {label.en}')}</dt><dd>{escape(f'{label.means_zh} {label.means_en}')}</dd>"


def _is_bad(table: Table, name: str, day: Any, value: Any) -> bool:
    short = table.short is not None and name in table.short and float(table.short[name].loc[day]) > 0
    return short or _is_marked(table, name, value)


def _is_marked(table: Table, name: str, value: Any) -> bool:
    return any(mark.look == "bad" and mark.holds(value) for mark in table.kind.marks if mark.column == name)


def _of_total(table: Table, name: str) -> Label:
    return table.kind.label(name) if table.kind.knows(name) else Label(name, name, "rate")  # of an interval, the mean


def _cell(label: Label, value: Any, *, bad: bool = False) -> str:
    if isinstance(value, str):
        return f"<td class=text>{escape(day_words(value, 'both'))}</td>"
    return "<td></td>" if pd.isna(value) else f"<td{' class=bad' if bad else ''}>{figure_text(label.kind, value)}</td>"
