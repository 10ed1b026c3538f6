"""What the planner's page is shown of a draft: forecast, seats, roster, tables, each as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from api.intake import TableReading
from api.intake.choosing_tables import COLUMNS_ASKED
from api.intake.table_reading import COLUMN_WORDS
from api.plan import Plan
from api.reports.five_tables import FiveTables, Table
from api.reports.labels import day_words
from api.reports.queues_table import QUEUE_HEADS, pooling_words, queues_table
from forecaster.forecast.interval_forecast import day_bands
from forecaster.history.calendar import Calendar
from forecaster.history.intervals import wall_clock
from forecaster.history.observed import History
from forecaster.messages import Words
from optimizer.law.roster_rules import RosterRules
from optimizer.law.rule_words import RULES
from optimizer.law.seat_columns import wanted_column
from optimizer.law.shifts import ShiftCatalogue, clock_text
from optimizer.law.situation import Situation

COLUMNS_SHOWN, READINGS_SHOWN = 60, 3
BANDS = ("calls_lower_80", "calls_upper_80", "calls_lower_95", "calls_upper_95")
MONTH_BACK, YEAR_BACK = 28, 364  # whole weeks: a day is compared with the same day of the week


def json_numbers(values: pd.Series | np.ndarray, digits: int = 2) -> list[float | None]:
    """Return values that JSON can carry: rounded, None where there is none."""
    return [
        None if not np.isfinite(value) else round(float(value), digits) for value in np.asarray(values, dtype=float)
    ]


def forecast_view(
    forecast: pd.DataFrame,
    history: History,
    calendar: Calendar,
    adjustments: Sequence[Mapping[str, Any]],
    *,
    day: date | None = None,
    reasons: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the month by day, or one `day` by interval: calls, bands, and the same days a month and a year before.

    reasons
        As `api.planner.reasons.reasons_of` tells them, where they were kept: shown with the days they explain.

    A day's band is the stored forecast's own for the day's total, None where the forecast carries none.
    """
    local = wall_clock(pd.DatetimeIndex(forecast.index))
    past = history.calls_by_wall_clock()
    if day is not None:
        chosen = local.normalize() == pd.Timestamp(day)
        shown, at = forecast.loc[chosen], local[chosen]
        labels = [f"{stamp:%H:%M}" for stamp in at]
        then = [past.reindex(at - pd.Timedelta(days=back)) for back in (MONTH_BACK, YEAR_BACK)]
    else:
        shown = day_bands(forecast)
        labels = [f"{stamp:%Y-%m-%d}" for stamp in shown.index]
        daily = past.groupby(pd.DatetimeIndex(past.index).normalize()).sum(
            min_count=24 * 60 // history.interval_minutes
        )
        month_days = pd.DatetimeIndex(shown.index)
        then = [daily.reindex(month_days - pd.Timedelta(days=back)) for back in (MONTH_BACK, YEAR_BACK)]
    return {
        "labels": labels,
        "calls": json_numbers(shown["calls"]),
        **{name: json_numbers(shown[name]) for name in BANDS},
        "month_before": json_numbers(then[0]),
        "year_before": json_numbers(then[1]),
        "total": round(float(forecast["calls"].sum()), 1),
        "days": days_shown(forecast.index, calendar),
        "reasons": dict((reasons or {}).get("days", {})),
        "learned": list((reasons or {}).get("learned", [])),
        "adjustments": list(adjustments),
    }


def days_shown(index: pd.Index, calendar: Calendar) -> list[dict[str, Any]]:
    """Return the days of a frame with what is special about them."""
    campaigns = {
        (pd.Timestamp(one.start) + pd.Timedelta(days=n)).date(): one.name
        for one in calendar.campaigns
        for n in range(one.days)
    }
    days = []
    for day in dict.fromkeys(stamp.date() for stamp in wall_clock(pd.DatetimeIndex(index))):
        special = calendar.days.get(day)
        names = [special.name] if special is not None else []
        if day.day in calendar.billing_days:
            names.append("billing")
        if day in campaigns:
            names.append(campaigns[day])
        days.append(
            {
                "date": day.isoformat(),
                "weekday": day.weekday(),
                "kind": calendar.day_type(day),
                "names": names,
                "names_zh": [day_words(name, "zh") for name in names],
                "make_up": special is not None and special.kind == "make_up_workday",
                "provisional": day.year in calendar.provisional_years,
            }
        )
    return days


def seats_view(requirement: pd.DataFrame, interval_minutes: int) -> dict[str, Any]:
    """Return the seats of every day and interval, as a field of days × times, and what they promise."""
    local = wall_clock(pd.DatetimeIndex(requirement.index))
    days = list(dict.fromkeys(f"{stamp:%Y-%m-%d}" for stamp in local))
    times = sorted({f"{stamp:%H:%M}" for stamp in local})
    place = {time: n for n, time in enumerate(times)}
    row = {day: n for n, day in enumerate(days)}

    def field(column: str) -> list[list[float | None]]:
        table = np.full((len(days), len(times)), np.nan)
        table[[row[f"{s:%Y-%m-%d}"] for s in local], [place[f"{s:%H:%M}"] for s in local]] = requirement[column]
        return [json_numbers(line, 3) for line in table]

    calls = requirement["calls"].to_numpy(dtype=float)
    weight = calls.sum()
    hours = interval_minutes / 60

    def mean(column: str) -> float | None:
        values = requirement[column].to_numpy(dtype=float)
        held = np.isfinite(values) & (calls > 0)
        return round(float((values * calls)[held].sum() / weight), 4) if weight > 0 else None

    return {
        "days": days,
        "times": times,
        "seats_required": field("seats_required"),
        "people_to_roster": field("people_to_roster"),
        "calls": field("calls"),
        "seat_hours": round(float(requirement["seats_required"].sum() * hours), 1),
        "people_hours": round(float(requirement["people_to_roster"].sum() * hours), 1),
        "most_seats": int(requirement["seats_required"].max()),
        "service_level": mean("service_level"),
        "mean_wait_seconds": mean("mean_wait_seconds"),
        "occupancy": mean("occupancy"),
    }


def shift_kind(code: str, catalogue: ShiftCatalogue, rules: RosterRules) -> str:
    """Return the colour a cell has: off, leave, standby, or the time of day its shift begins."""
    if code in ("", "off"):
        return "off"
    if code in ("leave", "standby"):
        return code
    if code not in catalogue:
        return "unknown"
    shift = catalogue[code]
    if rules.is_night(shift):
        return "night"
    return "early" if shift.start_minute < 540 else "day" if shift.start_minute < 780 else "late"


def shifts_view(catalogue: ShiftCatalogue, rules: RosterRules) -> list[dict[str, Any]]:
    """Return the shifts a cell may hold."""
    return [
        {
            "code": one.code,
            "kind": shift_kind(one.code, catalogue, rules),
            "start": clock_text(one.start_minute),
            "end": clock_text(one.end_minute),
            "roles": sorted(one.roles),
            "worked_minutes": one.worked_minutes,
        }
        for one in catalogue
    ]


def roster_view(roster: pd.DataFrame, situation: Situation, days: Sequence[str]) -> list[dict[str, Any]]:
    """Return one line per person: badge, role, hours, and a shift code per day (empty: a day off)."""
    column = {day: n for n, day in enumerate(days)}
    cells = {person.badge: [""] * len(days) for person in situation.people}
    minutes = dict.fromkeys(cells, 0)
    for badge, day, shift, worked in zip(
        roster["badge"], roster["date"], roster["shift"], roster["worked_minutes"], strict=True
    ):
        place = column.get(str(day)[:10])
        if badge in cells and place is not None:
            cells[badge][place] = str(shift)
            minutes[badge] += int(worked)
    return [
        {
            "badge": person.badge,
            "role": person.role,
            "protected": person.protected,
            "hours": round(minutes[person.badge] / 60, 1),
            "contract_hours": round(person.contract_hours_per_week * len(days) / 7, 1),
            "cells": cells[person.badge],
            "skills": sorted(person.skills),
            "team": person.team,
        }
        for person in situation.people
    ]


def coverage_view(coverage: pd.DataFrame, interval_minutes: int) -> dict[str, Any]:
    """Return seats against need by interval, as a field of days × times, and the month's sums in seat-hours."""
    local = wall_clock(pd.DatetimeIndex(coverage.index))
    hours = interval_minutes / 60
    day, time = local.strftime("%Y-%m-%d").to_numpy(), local.strftime("%H:%M").to_numpy()
    shown = {
        name: coverage[name].to_numpy(float).round(2)
        for name in ("seats_required", "seats_rostered", "standby", "shortage")
        if name in coverage  # people of a skill are no seats
    }
    # What the roster covers and what its shortage is against: with shrinkage, more people than seats.
    need = wanted_column(coverage)
    shown["need"] = coverage[need].to_numpy(float).round(2)
    first = np.flatnonzero(np.append(True, day[1:] != day[:-1])) if len(day) else np.array([], dtype=int)
    by_day: dict[str, dict[str, list[Any]]] = {
        str(day[begin]): {**{name: values[begin:end].tolist() for name, values in shown.items()},
                          "times": time[begin:end].tolist()}
        for begin, end in zip(first, [*first[1:], len(day)], strict=True)
    }  # fmt: skip
    return {
        "by_day": by_day,
        "shortage_hours": round(float(coverage["shortage"].sum() * hours), 2),
        "surplus_hours": round(float(coverage["surplus"].sum() * hours), 2),
        "intervals_short": int((coverage["shortage"] > 0).sum()),
    }


def queues_view(plan: Plan) -> dict[str, Any]:
    """Return the table of a plan's queues in words, and what sharing its people saves."""
    table, saves = queues_table(plan), pooling_words(plan)
    return {
        "heads": [{"name": name, **_both(QUEUE_HEADS[name])} for name in table.columns],
        "rows": table.to_numpy().tolist(),
        "saves": None if saves is None else _both(saves),
    }


def breaches_view(broken: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the frame of `broken_rules` as plain JSON values, with what each rule is called in both languages."""
    return [
        {
            "rule": str(row["rule"]),
            "label": RULES[str(row["rule"])].label.en,
            "label_zh": RULES[str(row["rule"])].label.zh,
            "badge": str(row["badge"]),
            "date": None if pd.isna(row["date"]) else str(row["date"])[:10],
            "amount": float(row["amount"]),
            "unit": RULES[str(row["rule"])].unit,
            "message": str(row["message"]),
            "message_zh": str(row["message_zh"]),
        }
        for row in broken.to_dict("records")
    ]


def departures_view(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the roster departs from, the dearest first; nothing of one that was changed by hand since."""
    if facts.get("changed_by_hand"):
        return []
    named = [(RULES[one["rule"]].label, one) for one in facts.get("soft_rules", []) if one["rule"] in RULES]
    return [{**one, "label": label.en, "label_zh": label.zh} for label, one in named]


def tables_view(tables: FiveTables, language: str) -> list[dict[str, Any]]:
    """Return the Five Tables for the page: heads, rows and totals, and what is missing in words."""
    return [_table(one, "zh" if language == "zh" else "en") for one in tables.tables]


def _table(table: Table, language: Any) -> dict[str, Any]:
    def cell(value: Any) -> Any:
        if value is None or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
            return None
        if isinstance(value, bool | np.bool_):
            return bool(value)
        return round(float(value), 4) if isinstance(value, int | float | np.number) else str(value)

    columns = [
        {
            "name": str(name),
            "head": table.kind.label(str(name)).said(language),
            "kind": table.kind.label(str(name)).kind,
        }
        for name in table.frame.columns
    ]
    return {
        "number": table.number,
        "title": table.kind.heading(language),
        "columns": columns,
        "dates": [str(day)[:10] for day in table.frame.index],
        "rows": [[cell(value) for value in row] for row in table.frame.itertuples(index=False, name=None)],
        "total": [cell(table.total.get(str(one["name"]))) for one in columns],
        "missing": [sentence.said(language) for sentence in table.missing],
        "measures": {name: cell(value) for name, value in table.measures.items()},
    }


def reading_view(reading: TableReading) -> dict[str, Any]:
    """Return how a table was read: its columns and what they were taken for, the evidence, what was left out."""
    return {
        "sheet": reading.sheet,
        "heading_row": reading.heading_row,
        "shape": _both(reading.shape),
        "columns": [
            {
                "heading": one.heading,
                "role": one.role,
                "meaning": _both(one.meaning),
                "examples": list(one.examples),
                "across": one.across,
            }
            for one in reading.columns[:COLUMNS_SHOWN]
        ],
        "more_columns": max(0, len(reading.columns) - COLUMNS_SHOWN),
        "evidence": [_both(one) for one in (reading.dates, reading.numbers, reading.clock) if one.en],
        "left_out": [_both(said) for said, _ in reading.left_out],
        "first": [{"queue": one.queue, "start_at": one.start_at, "values": dict(one.values)} for one in reading.first],
    }


def reading_choices() -> list[dict[str, str]]:
    """Return what a column of a history may be said to be."""
    return [
        {"name": name, **_both(COLUMN_WORDS[name])}
        for name in (*COLUMNS_ASKED, "arrival_at", "outcome", "service_seconds")
    ]


def _both(said: Words) -> dict[str, str]:
    return {"zh": said.zh, "en": said.en}
