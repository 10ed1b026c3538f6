"""The planner's month: history and people in; forecast, seats, roster, Five Tables and one page out.

A plan lives in a folder of its own: the frames as CSV, what it was made from in `plan.json`, the workbook and the page.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from api.inputs import Demand
from api.intake import InputError, named, read_coverage, read_forecast, read_requirement, read_roster, write_frame
from api.sentences import say
from api.site import Site
from api.whole_files import write_whole_text
from forecaster.forecast.interval_forecast import forecast_month
from forecaster.history.intervals import plan_cutoff
from forecaster.requirement.prices import prices_of_limits
from forecaster.requirement.promises import Promise, promise
from forecaster.requirement.seats import requirement
from optimizer.law.fairness import burdens
from optimizer.law.situation import Situation
from optimizer.search.annealing import Progress as RosterProgress
from optimizer.search.rostering import RosterResult, is_ready, make_ready, plan_roster
from optimizer.search.seat_worth import seat_worth

FRAMES = ("forecast", "requirement", "roster", "coverage")
READERS = {
    "forecast": read_forecast,
    "requirement": read_requirement,
    "roster": read_roster,
    "coverage": read_coverage,
}
Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Plan:
    """One month's plan as it was made: the frames of docs/frames.md and the facts of its head.

    promise
        What the roster promises the callers over the forecast's futures.
    burdens
        Nights, weekend days and holidays of each person so far (`optimizer.law.fairness.burdens`), for the next
        month's plan.
    facts
        As in `plan.json`: queue, month, time zone, when and from what it was made, shortage and bound.
    """

    facts: Mapping[str, Any]
    forecast: pd.DataFrame
    requirement: pd.DataFrame
    roster: pd.DataFrame
    coverage: pd.DataFrame
    promise: Promise | None = None
    burdens: pd.DataFrame | None = None

    @property
    def month(self) -> pd.Period:
        """The month it plans."""
        return pd.Period(self.facts["month"], freq="M")


def forecast_of(demand: Demand, month: pd.Period) -> pd.DataFrame:
    """Return the forecast frame of `month`, its handle times filled with the site's where the history has none.

    Raises
    ------
    InputError
        If nothing was observed before the plan's cutoff, or nothing in the year before it.
    """
    history = demand.history
    cutoff = plan_cutoff(month, history.timezone)
    seen = history.before(cutoff).frame["calls_offered"].dropna()
    if seen.empty or cutoff - seen.index[-1] > pd.Timedelta(days=366):
        raise InputError(
            demand.source,
            say(
                "history.no_year", cutoff=cutoff, month=month, start=demand.history.start_at, end=demand.history.end_at
            ),
        )
    with named(demand.source):
        frame = forecast_month(demand.history, month, calendar=demand.calendar)
    return frame.assign(aht_seconds=frame["aht_seconds"].fillna(demand.site.aht_seconds))


def requirement_of(forecast: pd.DataFrame, demand: Demand) -> pd.DataFrame:
    """Return the requirement frame of a forecast at the site's service target."""
    site = demand.site
    return requirement(
        forecast,
        site.target,
        interval_minutes=site.interval_minutes,
        staffing=site.staffing,
        quantile=site.quantile,
        striving=site.striving,
    )


def make_plan(
    demand: Demand,
    situation: Situation,
    *,
    made_at: datetime,
    seed: int = 0,
    time_limit_seconds: float = 60.0,
    progress: Progress = lambda _: None,
) -> Plan:
    """Return the plan of the situation's month: its forecast from `demand`, seats, roster and what it promises.

    Raises
    ------
    InputError
        If the history cannot carry a forecast of the month.
    """
    progress(f"forecasting {situation.month}")
    forecast = forecast_of(demand, situation.month)
    ready_search(progress)
    people = f"rostering {len(situation.people)} people"
    progress(people)
    return plan_from_forecast(
        forecast,
        demand,
        situation,
        made_at=made_at,
        seed=seed,
        time_limit_seconds=time_limit_seconds,
        progress=lambda p: progress(f"{people}: {p.phase}, {p.shortage_hours:,.0f} seat-hours short"),
    )


def ready_search(progress: Progress) -> None:
    """Have the roster search compiled, and say so where it has to be done now: once on a machine without make."""
    if not is_ready():
        progress("compiling the roster search, once on this machine: half a minute or so")
        make_ready()


def plan_from_forecast(
    forecast: pd.DataFrame,
    demand: Demand,
    situation: Situation,
    *,
    made_at: datetime,
    seed: int = 0,
    time_limit_seconds: float = 60.0,
    progress: Callable[[RosterProgress], bool | None] | None = None,
) -> Plan:
    """Return the plan of the month for a forecast that may have been adjusted; `progress` may return True to stop."""
    need = requirement_of(forecast, demand)
    worth = worth_of(forecast, need, demand.site) if demand.site.seat_value == "distribution" else None
    result = plan_roster(
        need,
        situation,
        seed=seed,
        time_limit_seconds=time_limit_seconds,
        progress=progress,
        worth=worth,
    )
    told = promise(forecast, result.coverage["seats_rostered"], demand.site.target, seed=seed)
    facts = _facts(demand, situation, made_at, result, seed)
    facts |= {"promise": promise_facts(told), "limits": prices_of(forecast, demand)}
    return Plan(facts, forecast, need, result.roster, result.coverage, told, burdens(result.roster, situation))


def prices_of(forecast: pd.DataFrame, demand: Demand) -> list[dict[str, Any]]:
    """Return what each limit of the site's target costs (`forecaster.requirement.prices.prices_of_limits`)."""
    site = demand.site
    prices = prices_of_limits(
        forecast,
        site.target,
        interval_minutes=site.interval_minutes,
        quantile=site.quantile,
        striving=site.striving,
    )
    return [
        {"limit": limit, "intervals_share": round(share, 4), "people_hours": round(hours, 1)}
        for limit, share, hours in prices.itertuples(index=False)
    ]


def promise_facts(told: Promise) -> dict[str, Any]:
    """Return the month's promise and what it rests on; a share that is not known is None."""
    shares = {name: None if np.isnan(value) else round(value, 4) for name, value in told.month.items()}
    rests_on = ("service_level", "answer_within_seconds", "patience_seconds", "patience_assumed", "shrinkage")
    return shares | {name: getattr(told, name) for name in rests_on}


def worth_of(forecast: pd.DataFrame, need: pd.DataFrame, site: Site) -> pd.DataFrame:
    """Return what each person on shift is worth over the forecast's band (`optimizer.search.seat_worth`)."""
    return seat_worth(forecast, need["people_to_roster"], site.target)


def _facts(demand: Demand, situation: Situation, made_at: datetime, result: RosterResult, seed: int) -> dict[str, Any]:
    history = demand.history
    seen = history.before(plan_cutoff(situation.month, history.timezone)).frame["calls_offered"].dropna().index
    digest = hashlib.sha256(pd.util.hash_pandas_object(history.frame, index=True).to_numpy().tobytes()).hexdigest()
    return {
        "queue": history.queue,
        "month": str(situation.month),
        "timezone": history.timezone,
        "interval_minutes": history.interval_minutes,
        "made_at": made_at.isoformat(timespec="seconds"),
        "history_through": pd.DatetimeIndex(seen)[-1].isoformat(),
        "history_sha256": digest,
        "people": len(situation.people),
        "seat_limit": situation.rules.seat_limit,
        "seed": seed,
        "shortage_hours": float(result.shortage_hours),
        "objective": float(result.objective),
        "bound": float(result.bound),
        "soft_rules": [
            {"rule": rule, "amount": round(float(amount), 2), "unit": unit, "cost": round(float(cost), 2)}
            for rule, amount, unit, cost in result.departures.itertuples(index=False)
        ],
        "notes": [{"zh": note.zh, "en": note.en} for note in result.notes],
    }


def with_sources(plan: Plan, **files: Path | None) -> Plan:
    """Return the plan with the SHA-256 of each file it was made from among its facts, as `<name>_sha256`.

    A folder's is that of its files together; None stands for none.
    """
    found = {f"{name}_sha256": _digest(path) for name, path in files.items() if path is not None}
    return replace(plan, facts={**plan.facts, **found})


def _digest(path: Path) -> str:
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    return hashlib.sha256(b"".join(one.read_bytes() for one in files)).hexdigest()


def write_plan(plan: Plan, folder: Path) -> list[Path]:
    """Write a plan's frames and facts into `folder`; every file appears whole or not at all.

    Raises
    ------
    ValueError
        If `folder` cannot be written (OSError), or a frame lacks its columns.
    """
    paths = [write_frame(getattr(plan, name), folder / f"{name}.csv") for name in FRAMES]
    if plan.promise is not None:
        paths.append(write_frame(plan.promise.intervals.round(4), folder / "promise.csv"))
        paths.append(write_frame(plan.promise.days.round(4), folder / "promise_days.csv"))
    if plan.burdens is not None:
        paths.append(write_frame(plan.burdens.round(3), folder / "burdens.csv"))
    head = json.dumps(dict(plan.facts), ensure_ascii=False, indent=1) + "\n"
    return [*paths, write_whole_text(folder / "plan.json", head)]


def read_plan(folder: Path) -> Plan:
    """Return the plan that `write_plan` left in `folder`.

    Raises
    ------
    InputError
        Naming the file that is missing or cannot be read.
    """
    path = folder / "plan.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        timezone = facts["timezone"]
    except FileNotFoundError:
        raise InputError(path, say("plan.no_head")) from None
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(path, say("plan.bad_head", cause=error)) from None
    forecast, need, roster, coverage = (READERS[name](folder / f"{name}.csv", timezone=timezone) for name in FRAMES)
    before = folder / "burdens.csv"
    had = pd.read_csv(before, dtype={"badge": str}) if before.is_file() else None
    return Plan(facts, forecast, need, roster, coverage, burdens=had)
