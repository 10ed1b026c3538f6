"""One month's plan, and the folder it lives in: the frames as CSV, and what they were made from in `plan.json`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from api.intake import (
    InputError,
    read_burdens,
    read_coverage,
    read_day_changes,
    read_forecast,
    read_overrides,
    read_placed_activities,
    read_requirement,
    read_roster,
    write_frame,
)
from api.sentences import say
from api.whole_files import write_whole_text
from forecaster.forecast.overrides import Override, overrides_frame
from forecaster.history.periods import period_of
from forecaster.requirement.promises import Promise

PROMISED = ("expected", "lower_80", "upper_80", "chance")  # of a day, as a plan keeps it
FRAMES = ("forecast", "requirement", "roster", "coverage")
READERS = {
    "forecast": read_forecast,
    "requirement": read_requirement,
    "roster": read_roster,
    "coverage": read_coverage,
}


@dataclass(frozen=True, eq=False)
class Plan:
    """One month's plan as it was made: the frames of docs/frames.md and the facts of its head.

    promise
        What the roster promises the callers over the forecast's futures.
    burdens
        Nights, weekend days and holidays of each person so far (`optimizer.law.fairness.burdens`), for the next
        month's plan.
    day_changes
        Changes of the next days that were taken or refused since (`api.tomorrow.changes_frame`, and `taken`,
        `decided_by`, `decided_at`); overtime and early ends stand here alone, shifts that change in the roster too.
    overrides
        What the planner changed in the forecast, which holds what the model said as `calls_model`.
    queues
        The plan of each queue where it is that of several whose people are shared: its forecast and promise, its share
        of the people, and the rows of the roster of those who serve it.
    activities
        Training, meetings and talks placed within shifts (`optimizer.desk.activities.PLACED`).
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
    day_changes: pd.DataFrame | None = None
    overrides: tuple[Override, ...] = ()
    queues: Mapping[str, Plan] = field(default_factory=lambda: MappingProxyType({}))
    activities: pd.DataFrame | None = None

    @property
    def month(self) -> pd.Period:
        """The month it plans, or another period (`forecaster.history.periods`)."""
        return period_of(self.facts["month"])

    @property
    def version(self) -> str:
        """How it is called where it has not been published."""
        return f"{self.facts['month']}@{self.facts['made_at']}"


def write_plan(plan: Plan, folder: Path) -> list[Path]:
    """Write a plan's frames and facts into `folder`; every file appears whole or not at all.

    Of several queues, the plan of each stands in a folder of its own beneath it (`place_of`).

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
    if plan.day_changes is not None:
        paths.append(write_frame(plan.day_changes, folder / "day_changes.csv"))
    if plan.activities is not None:
        paths.append(write_frame(plan.activities, folder / "activities.csv"))
    if plan.overrides:
        paths.append(write_frame(overrides_frame(plan.overrides), folder / "overrides.csv"))
    for queue, part in plan.queues.items():
        paths += write_plan(part, folder / place_of(queue))
    return [*paths, write_whole_text(folder / "plan.json", facts_text(plan.facts))]


def facts_text(facts: Mapping[str, Any]) -> str:
    """Return a plan's facts as its `plan.json` has them."""
    return json.dumps(dict(facts), ensure_ascii=False, indent=1) + "\n"


def place_of(queue: str) -> str:
    """Return the folder of one queue's plan beneath that of the plan of several."""
    return re.sub(r"[^\w.-]+", "_", queue).strip(".") or "_"


def folders_of(plan: Plan, folder: Path) -> list[Path]:
    """Return the folders of the queues' plans beneath the `folder` of a plan of several; none of a plan of one."""
    return [folder / place_of(str(one["queue"])) for one in plan.facts.get("queues", ())]


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
    had = read_burdens(before) if before.is_file() else None
    since = folder / "day_changes.csv"
    changed = read_day_changes(since, timezone=timezone) if since.is_file() else None
    told = folder / "overrides.csv"
    overrides = read_overrides(told, timezone=timezone) if told.is_file() else ()
    placed = folder / "activities.csv"
    activities = read_placed_activities(placed, timezone=timezone) if placed.is_file() else None
    plan = Plan(
        facts, forecast, need, roster, coverage, burdens=had, day_changes=changed, overrides=overrides,
        activities=activities,
    )  # fmt: skip
    parts = [read_plan(place) for place in folders_of(plan, folder)]
    return replace(plan, queues={str(part.facts["queue"]): part for part in parts}) if parts else plan


def promise_facts(told: Promise) -> dict[str, Any]:
    """Return the month's promise and what it rests on; a share that is not known is None."""
    shares = {name: None if np.isnan(value) else round(value, 4) for name, value in told.month.items()}
    rests_on = ("service_level", "answer_within_seconds", "patience_seconds", "patience_assumed", "shrinkage")
    return shares | {name: getattr(told, name) for name in rests_on}


def days_facts(told: Promise) -> dict[str, dict[str, float | None]]:
    """Return each day's promise by date: `expected`, `lower_80`, `upper_80`, `chance`; what is not known is None."""
    days = told.days[list(PROMISED)]
    return {
        str(day): {str(name): None if np.isnan(value) else round(float(value), 4) for name, value in row.items()}
        for day, row in days.iterrows()
    }
