"""A stranger's file alone, taken to what it is, how well it could have been forecast and what next month would need."""

from __future__ import annotations

from calendar import day_name
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd

from api.inputs import Demand
from api.planning import forecast_of, whole_months
from api.sentences import say
from api.site import requirement_of
from forecaster.forecast.backtesting import backtest
from forecaster.forecast.forecasters import words_of
from forecaster.history.intervals import wall_clock
from forecaster.messages import NOTHING, Words, told_of
from forecaster.names import CHINESE_WEEKDAYS
from optimizer.law.roster_rules import RosterRules

TESTED_MONTHS = 3
DAYS_OF_A_WEEK = 7
DAYS_OF_A_YEAR = 365
RIPE_DAYS = 2 * DAYS_OF_A_YEAR


@dataclass(frozen=True, eq=False)
class FirstLook:
    """What a history alone tells.

    what, trusted, needed, lacking
        In sentences: what it is, how far its forecast could have been trusted, what `month` would need, and what to
        give next.
    scores
        Of the last whole months (`forecaster.forecast.backtesting.backtest`); None where there is too little history.
    forecast, requirement
        Of `month`, the next one; None where it cannot be forecast.
    """

    demand: Demand
    month: pd.Period
    what: tuple[Words, ...]
    trusted: tuple[Words, ...]
    needed: tuple[Words, ...]
    lacking: tuple[Words, ...]
    scores: pd.DataFrame | None = None
    forecast: pd.DataFrame | None = None
    requirement: pd.DataFrame | None = None


def first_look(demand: Demand, *, progress: Callable[[str], object] = lambda _: None) -> FirstLook:
    """Return what a history alone tells: nothing is asked of its owner but the file."""
    history = demand.history
    month = wall_clock(pd.DatetimeIndex([history.end_at - pd.Timedelta(seconds=1)]))[0].to_period("M") + 1
    progress("testing the forecast on its last whole months")
    scores, trusted = _trusted(demand)
    progress(f"forecasting {month}")
    said: list[Words] = []
    try:
        forecast = forecast_of(demand, month, tell=said.append)
    except ValueError as error:
        needed: tuple[Words, ...] = (say("first_look.no_forecast", month=month, cause=told_of(error)),)
        return FirstLook(demand, month, _what(demand), trusted, needed, _lacking(demand), scores)
    need = requirement_of(forecast, demand.site)
    needed = (*_needed(demand, month, forecast, need), *said)
    return FirstLook(demand, month, _what(demand), trusted, needed, _lacking(demand), scores, forecast, need)


def _what(demand: Demand) -> tuple[Words, ...]:
    """Say what a history is: its span, its calls, and when they come."""
    history = demand.history
    calls = history.frame["calls_offered"]
    local = wall_clock(pd.DatetimeIndex(calls.index))
    by_day = calls.groupby(local.normalize()).sum(min_count=1).dropna()
    by_hour = calls.groupby(local.hour).sum()
    span = {"first": f"{by_day.index[0]:%Y-%m-%d}", "last": f"{by_day.index[-1]:%Y-%m-%d}", "days": len(by_day)}
    figures = {"calls": calls.sum(), "minutes": history.interval_minutes, "queue": history.queue}
    usual = by_day.groupby(pd.DatetimeIndex(by_day.index).day_of_week).mean()
    busiest = int(usual.index.to_numpy()[np.argmax(usual)])
    weekday = Words(f"周{CHINESE_WEEKDAYS[busiest]}", day_name[busiest])
    hour = int(by_hour.index.to_numpy()[np.argmax(by_hour)])
    when = say("first_look.when", each=by_day.mean(), weekday=weekday, most=usual.max(), start=hour, end=hour + 1)
    return say("first_look.what", **span, **figures), when


def _trusted(demand: Demand) -> tuple[pd.DataFrame | None, tuple[Words, ...]]:
    """Return the scores of the last whole months, and what they say."""
    history = demand.history
    months = whole_months(history)
    try:
        scores = backtest(history, calendar=demand.calendar, months=months[-TESTED_MONTHS:]) if months else None
    except ValueError:
        scores = None
    if scores is None:
        return None, (say("first_look.untested"),)
    whole = scores.loc["all"]
    others = whole.filter(like="wape_").dropna()
    beside = NOTHING
    if len(others):
        best = words_of(str(others.idxmin()).removeprefix("wape_"))
        beside = say("first_look.beside", other=best, theirs=others.min())
    figures = {"months": len(scores) - 1, "hourly": whole["wape"], "chance": whole["poisson_floor"]}
    return scores, (say("first_look.trusted", **figures, daily=whole["daily_wape"], bias=whole["bias"], beside=beside),)


def _needed(demand: Demand, month: pd.Period, forecast: pd.DataFrame, need: pd.DataFrame) -> tuple[Words, ...]:
    """Say what a month needs: calls, seats at once, hours, and people of full time at the least."""
    hours = float(need["people_to_roster"].sum()) * demand.history.interval_minutes / 60
    weekly = RosterRules().weekly_hours
    people = ceil(hours / (weekly * month.days_in_month / DAYS_OF_A_WEEK))
    target, aht = demand.site.target, forecast["aht_seconds"]
    handled = float(np.average(aht, weights=forecast["calls"].clip(lower=1e-9)))
    calls = say("first_look.calls", month=month, calls=forecast["calls"].sum(), aht=handled)
    at_once = int(need["people_to_roster"].max())
    level = {"level": target.service_level, "within": target.answer_within_seconds, "shrinkage": target.shrinkage}
    return calls, say("first_look.people", **level, at_once=at_once, hours=hours, people=people, weekly=weekly)


def _lacking(demand: Demand) -> tuple[Words, ...]:
    """Say what to give next, the most useful first."""
    frame, site = demand.history.frame, demand.site
    days = (demand.history.end_at - demand.history.start_at).days
    unused = [name for reading in demand.readings for name in reading.unused()]
    asked = {
        "first_look.give_handle_time": "aht_seconds" not in frame or frame["aht_seconds"].isna().all(),
        "first_look.give_history": days < RIPE_DAYS,
        "first_look.give_country": site.country is None,
        "first_look.give_abandoned": "calls_abandoned" not in frame and "calls_answered" not in frame,
        "first_look.give_columns": bool(unused),
        "first_look.give_people": True,
    }
    figures = {"file": demand.source.name, "aht": site.aht_seconds, "days": days, "columns": unused[:6]}
    return tuple(say(code, **figures) for code, holds in asked.items() if holds)
