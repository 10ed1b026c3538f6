"""For the analyst: how forecasts would have done, and what a ladder would have ordered on a given day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine, func, select

from api.intake import parse_toml
from api.ladder_lab import NO_LADDER, PROFILES, LabSettings, compare_on_surge, ladders_named
from api.planner.views import json_numbers
from api.sentences import refusal
from api.settings import shipped_ladder
from api.store.codec import event_from_text
from api.store.database import reading
from api.store.tables import events, instant_text
from escalation.events import Reading
from escalation.floor import EMPTY_FLOOR
from escalation.lab import COUNTED, Surge, tally_readings
from escalation.ladder import Ladder, ladder_from_mapping
from escalation.replaying import replay
from forecaster.forecast.backtesting import (
    OnMonth,
    backtest_intervals,
    backtest_tables,
    experts_by_month,
    months_to_test,
)
from forecaster.forecast.forecasters import FORECASTERS, forecasters_named
from forecaster.forecast.overrides import Override
from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from forecaster.history.observed import History
from forecaster.messages import Language

SCORES = ("wape", "daily_wape", "bias", "hit_rate_80", "hit_rate_95", "poisson_floor")
AGAINST = ("workbook", "four_weeks_before", "a_year_before")
SPLITS = {  # and their tables
    "month": "month",
    "hour": "hour",
    "weekday": "weekday",
    "horizon": "lead_days",
    "holiday": "holiday",
}
NO_HOLIDAY = "-"  # what days without one are called in their table
BELIEFS = ("season", "swing", "day_of_month", "step")


def backtest_view(
    history: History,
    calendar: Calendar,
    *,
    months: int,
    overrides: Sequence[Override] = (),
    against: Sequence[str] = AGAINST,
    progress: OnMonth | None = None,
) -> dict[str, Any]:
    """Return the scores of the last `months` months by month, hour, weekday, horizon, holiday and model.

    Every month is made from what was known on its own plan cutoff, by huawu and by the forecasters `against` it, each
    scored where it says something. `overrides` that fall into the months are scored apart, together and one by one.
    `experts` is how far each month's forecast believed in a season, in one of its own size, in days of the month and in
    lasting steps (0–1; see `experts_by_month`).
    """
    chosen = months_to_test(history)[-months:]
    zone, spans = history.timezone, [month_intervals(month, history.timezone) for month in chosen]
    told = [one for one in overrides if any(one.start_at <= span[-1] and one.end_at > span[0] for span in spans)]
    tested = backtest_intervals(
        history,
        calendar=calendar,
        months=chosen,
        overrides=told,
        forecasters=forecasters_named(against),
        progress=progress,
    )
    tables = backtest_tables(tested, history=history, calendar=calendar, overrides=told)
    by = {}
    for name, table in SPLITS.items():
        overall, parts = tables[table].loc["all"], tables[table].drop(index=["all", NO_HOLIDAY], errors="ignore")
        labels = list(parts.index)
        if name in ("hour", "weekday"):
            parts = parts.iloc[np.argsort([int(label) for label in labels])]
            labels = [f"{int(one):02d}:00" if name == "hour" else str(int(one) - 1) for one in parts.index]
        by[name] = {
            "labels": labels,
            **{column: json_numbers(parts[column], 4) for column in SCORES},
            "all": {column: json_numbers(np.array([overall[column]]), 4)[0] for column in SCORES},
        }
    models = tables["model"].drop(index=[name for name in tables["model"].index if name.startswith("overridden")])
    experts = experts_by_month(history, calendar=calendar, months=chosen)
    if len(experts):  # where no step was found, none is believed or doubted
        experts["step"] = experts["step"].where(experts["steps"] > 0)
    return {
        "months": [str(month) for month in chosen],
        "by": by,
        "experts": {
            "labels": list(experts.index),
            **{one: json_numbers(experts[one], 4) for one in BELIEFS if len(experts)},
        },
        "models": [
            {"model": str(name).replace("huawu with overrides", "with_overrides"), "intervals": int(row["intervals"])}
            | {column: json_numbers(row[[column]], 4)[0] for column in ("wape", "bias")}
            for name, row in models.iterrows()
        ],
        "overrides": [
            {
                **{name: row[name].tz_convert(zone).isoformat() for name in ("start_at", "end_at")},
                **{name: row[name] for name in ("reason", "made_by", "factor")},
                **{name: round(row[name], 1) for name in ("calls_offered", "error_model", "error_override", "gained")},
            }
            for row in (tables["override"].to_dict("records") if told else [])
        ],
    }


def forecasters_view() -> list[dict[str, str | bool]]:
    """Return what can stand beside huawu in a backtest: `name`, `zh`, `en`, and whether it does so `by_default`."""
    return [
        {"name": name, "zh": one.words.zh, "en": one.words.en, "by_default": name in AGAINST}
        for name, one in FORECASTERS.items()
    ]


def lab_view(asked: Mapping[str, Any], *, progress: Callable[[float], None] = lambda _: None) -> dict[str, Any]:
    """Return what no ladder, the shipped ones and one's own would cost and bring over the same simulated surges.

    `asked` is the body of `POST /v1/explore/compare`; `progress` hears the share done after each ladder.
    """
    people = {str(role): int(count) for role, count in asked["people"].items()}
    names = ("interval_minutes", "aht_seconds", "patience_seconds", "runs")
    surge = Surge(calls=tuple(asked["calls"]), seats=tuple(asked["seats"]), **{name: asked[name] for name in names})
    lab = LabSettings(people, sign_in_after_seconds=float(asked["sign_in_after_seconds"]), surge=surge)
    ladders = ladders_named((NO_LADDER, *PROFILES))
    if asked["ladder"].strip():
        ladders["own"] = ladder_of("recommended", asked["ladder"])
    rows = []
    for number, (name, ladder) in enumerate(ladders.items(), start=1):
        told = compare_on_surge({name: ladder}, lab).table.iloc[0]
        rows.append({"ladder": name, **{str(key): round(float(value), 4) for key, value in told.items()}})
        progress(number / len(ladders))
    return {"rows": rows, "runs": surge.runs, "hours": len(surge.calls) * surge.interval_minutes / 60}


def days_with_readings(engine: Engine, queue: str, timezone: str) -> list[dict[str, Any]]:
    """Return the local days on which a queue's switch spoke, the newest first, with how many readings."""
    hour = func.substr(events.c.at, 1, 13)
    wanted = (
        select(hour.label("hour"), func.count().label("readings"))
        .where(events.c.queue == queue, events.c.kind == "reading")
        .group_by(hour)
        .order_by(hour.desc())
        .limit(24 * 400)
    )
    days: Counter[str] = Counter()
    with reading(engine) as connection:
        for row in connection.execute(wanted):
            days[f"{pd.Timestamp(f'{row.hour}:00:00+00:00').tz_convert(timezone):%Y-%m-%d}"] += int(row.readings)
    return [{"date": day, "readings": count} for day, count in days.items()]


def readings_of_day(engine: Engine, queue: str, day: date, timezone: str) -> pd.DataFrame:
    """Return what the queue's switch said on a local day: `at`, `waiting`, in the order it was said.

    Raises
    ------
    ValueError
        If nothing was said that day.
    """
    start = pd.Timestamp(day).tz_localize(timezone)
    end = (pd.Timestamp(day) + pd.Timedelta(days=1)).tz_localize(timezone)
    wanted = (
        select(events.c.body)
        .where(
            events.c.queue == queue,
            events.c.kind == "reading",
            events.c.at >= instant_text(start.to_pydatetime()),
            events.c.at < instant_text(end.to_pydatetime()),
        )
        .order_by(events.c.seq)
    )
    with reading(engine) as connection:
        said = [event_from_text("reading", row.body) for row in connection.execute(wanted)]
    rows = [(one.at, one.waiting) for one in said if isinstance(one, Reading)]
    if not rows:
        raise refusal("readings.none_on", queue=queue, day=day)
    return pd.DataFrame(rows, columns=["at", "waiting"])


def ladder_of(profile: str, toml: str) -> Ladder:
    """Return the ladder that TOML text describes, or the shipped one of that profile where there is no text.

    Raises
    ------
    ValueError
        Naming the key and the value that cannot be used.
    """
    if not toml.strip():
        return shipped_ladder(profile)
    return ladder_from_mapping(parse_toml(toml, source="ladder"), source="ladder")


def replay_view(
    readings: pd.DataFrame, ladder: Ladder, *, queue: str, timezone: str, language: Language
) -> dict[str, Any]:
    """Return what the ladder decides over the readings, with the line to draw and the sums to compare."""
    decisions = replay(readings, ladder, queue=queue, language=language)
    at = pd.to_datetime(readings["at"], utc=True)
    waiting = pd.to_numeric(readings["waiting"], errors="coerce")
    tally = tally_readings(readings, ladder, floor=EMPTY_FLOOR)
    return {
        "ladder": {"name": ladder.name, "version": ladder.version},
        "timezone": timezone,
        "thresholds": [ladder.release_at_most, ladder.high_above],
        "max_gap_seconds": ladder.max_gap_seconds,
        "readings": [
            [stamp.isoformat(), int(value)] for stamp, value in zip(at, waiting, strict=True) if np.isfinite(value)
        ],
        "decisions": [
            {
                "at": pd.Timestamp(row["at"]).isoformat(),
                "kind": row["kind"],
                "rung": None if pd.isna(row["rung"]) else int(row["rung"]),
                "role": row["role"],
                "people": None if pd.isna(row["people"]) else int(row["people"]),
                "reason": row["reason"],
            }
            for row in decisions.to_dict("records")
        ],
        "sums": {
            "readings": len(readings),
            "most_waiting": None if waiting.isna().all() else int(waiting.max()),
            **{name: round(float(getattr(tally, name)), 1) for name in COUNTED},
        },
    }
