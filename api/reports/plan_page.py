"""The planned month as one page with pictures: no script, nothing fetched, prints and mails as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader

from api.plan import Plan
from api.reports.charts import forecast_chart, seats_chart, seats_grid_chart, table_chart, to_svg
from api.reports.five_tables import FiveTables
from api.reports.queues_table import QUEUE_HEADS, pooling_words, queues_table
from api.reports.shift_words import DAY_KINDS, day_kind, hours_short, parts
from api.whole_files import write_whole_text
from forecaster.history.calendar import Calendar
from forecaster.history.periods import day_heads, days_of_period, period_title
from forecaster.messages import Words
from forecaster.names import CHINESE_WEEKDAYS, called
from optimizer.law.shifts import LEAVE, STANDBY

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Card(Words):
    """One figure at the head of the page."""

    value: str


def write_page(plan: Plan, five: FiveTables, path: Path, *, calendar: Calendar) -> Path:
    """Write the page of a plan and return its path; the file appears whole or not at all."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    made_at = pd.Timestamp(plan.facts["made_at"]).tz_convert(plan.facts["timezone"])
    through = pd.Timestamp(plan.facts["history_through"])
    html = environment.get_template("plan.html").render(
        facts=plan.facts,
        period=period_title(plan.month),
        made_at=f"{made_at:%Y-%m-%d %H:%M}",
        history_through=f"{through:%Y-%m-%d %H:%M}",
        cards=_cards(plan),
        queue_heads=QUEUE_HEADS,
        queues=queues_table(plan).to_dict("records"),
        pooling=pooling_words(plan),
        pictures=_pictures(plan, five),
        kinds=DAY_KINDS,
        days=_days(plan.month, calendar),
        people=_people(plan),
        notes=[f"{note['zh']} {note['en']}" for note in plan.facts.get("notes", []) if isinstance(note, Mapping)],
        missing=dict.fromkeys(sentence.said("both") for table in five.tables for sentence in table.missing),
    )
    return write_whole_text(path, html)


def _cards(plan: Plan) -> list[Card]:
    hours = plan.facts["interval_minutes"] / 60
    coverage = plan.coverage
    need = plan.requirement["people_to_roster"].sum() * hours
    short = coverage["shortage"].sum() * hours
    worked = plan.roster.loc[plan.roster["worked_minutes"] > 0]
    people = worked["badge"].nunique()
    return [
        Card("预测话务量", "calls forecast", f"{plan.forecast['calls'].sum():,.0f}"),
        Card("所需席时", "seat-hours needed", f"{need:,.0f}"),
        Card("已排席时", "seat-hours rostered", f"{coverage['seats_rostered'].sum() * hours:,.0f}"),
        Card("缺口席时", "short, seat-hours", f"{short:,.0f}" + (f" ({short / need:.1%})" if need else "")),
        Card("缺口时段", "intervals short", f"{int((coverage['shortage'] > 0).sum()):,}"),
        Card("排班人数", "people rostered", f"{people:,}"),
        Card("人均工时", "hours per person", f"{worked['worked_minutes'].sum() / 60 / people:.0f}" if people else "–"),
    ]


def _pictures(plan: Plan, five: FiveTables) -> list[dict[str, str]]:
    charts: list[tuple[str, str, Any]] = [
        ("话务量预测", "Calls, hour by hour, with the 80 % and 95 % bands", forecast_chart(plan.forecast)),
        ("台席", "Seats: need against roster", seats_chart(plan.coverage)),
        ("表1 每时段座席数", "Table 1: seats by day and interval", seats_grid_chart(five.table(1))),
    ]
    charts += [
        (table.kind.heading("zh"), table.kind.heading("en"), table_chart(table))
        for table in five.tables
        if table.chart is not None
    ]
    return [{"zh": zh, "en": en, "svg": to_svg(chart)} for zh, en, chart in charts]


def _days(month: pd.Period, calendar: Calendar) -> list[dict[str, Any]]:
    days = days_of_period(month)
    return [
        {
            "head": head,
            "weekday": CHINESE_WEEKDAYS[day.weekday()],
            "rest": calendar.day_type(day) != "workday",
            "title": calendar.holiday_name(day) or "",
        }
        for day, head in zip(days, day_heads(month), strict=True)
    ]


def _people(plan: Plan) -> list[dict[str, Any]]:
    month = plan.month
    days = days_of_period(month)
    rows = []
    for (role, badge), entries in plan.roster.groupby(["role", "badge"], sort=False):
        shifts_last = sorted(entries.to_dict("records"), key=lambda row: row["shift"] not in (LEAVE, STANDBY))
        by_day = {row["date"]: row for row in shifts_last}  # of a day with a shift and standby the shift is shown
        rows.append(
            {
                "badge": badge,
                "role": called(str(role)).zh,
                "cells": [_cell(by_day.get(day)) for day in days],
                "hours": f"{entries['worked_minutes'].sum() / 60:.0f}",
            }
        )
    return rows


def _cell(row: Mapping[Any, Any] | None) -> dict[str, str]:
    if row is None:
        return {"kind": "", "text": "", "title": ""}
    kind, hours = day_kind(row), parts(row)
    text = DAY_KINDS[kind].sign.zh if kind in (LEAVE, STANDBY) else hours_short(hours[0][0])
    return {"kind": kind, "text": text, "title": " ".join([str(row["shift"]), *("–".join(one) for one in hours)])}
