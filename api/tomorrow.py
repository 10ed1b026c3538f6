"""The next days of a planned month, looked at anew every day: fresh calls, the level they leave, the way back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from api.inputs import Demand
from api.json_rows import json_rows
from api.notices import notes_of
from api.plan import PROMISED, Plan, days_facts
from api.sentences import refusal, say
from api.site import Site, with_handling_times
from forecaster.forecast.interval_forecast import day_bands, forecast_frame
from forecaster.history.intervals import intervals_between, wall_clock
from forecaster.history.periods import first_day, last_day, period_words
from forecaster.messages import Words
from forecaster.requirement.futures import day_numbers
from forecaster.requirement.promises import Promise, promise
from forecaster.requirement.staffing import least_people, people_for_expected_level, service_over_futures
from optimizer.desk.changes_ahead import CHANGE_WORDS, Change, applied, why_unlawful
from optimizer.desk.days_ahead import Outlook, changes_ahead, day_levels, hour_worth, with_overtime
from optimizer.law.changes import covered_by, in_zone
from optimizer.law.fairness import burdens_after
from optimizer.law.shifts import STANDBY
from optimizer.law.situation import Situation

DAYS_AHEAD = 7
FIELDS = tuple(one.name for one in fields(Change) if one.name != "touches")


@dataclass(frozen=True, eq=False)
class DaysAhead:
    """The next days of a plan as they look now.

    history_through
        End of the last interval that counted.
    forecast
        Fresh, of the days ahead.
    days
        By date: `calls` with `calls_lower_80` … `calls_upper_95`, the published plan's `published_calls` and its limits
        `published_lower_95`, `published_upper_95`, `outside_band` (rule C10), the level as published (`expected`,
        `lower_80`, `upper_80`, `chance`), the level `wanted` back, and all four once more `…_after` every change.
    changes
        The way back, numbered from 1 in this order.
    emergencies
        What rule C10 has to say, a sentence a day.
    """

    history_through: pd.Timestamp
    forecast: pd.DataFrame
    days: pd.DataFrame
    changes: tuple[Change, ...]
    emergencies: tuple[Words, ...]


def look_ahead(
    plan: Plan,
    demand: Demand,
    situation: Situation,
    *,
    first_day: date | None = None,
    days: int = DAYS_AHEAD,
    seed: int = 0,
) -> DaysAhead:
    """Return how the next days look from the calls up to the evening before `first_day`, and the lawful way back.

    first_day
        By default the day after the last that was observed whole; days beyond the plan's month are left out.

    A day is to come back to what the plan promised of it, or to the site's target where that is less. The first day's
    hours are weighed beyond that: an hour more is asked for where it brings more calls in time than its price would
    anywhere in the plan, and people go home where they bring less, as long as the day stays at its promise.

    Raises
    ------
    ValueError
        If the history does not reach the plan's month, or the first day lies outside it.
    """
    first, known = _first_day(plan, demand, first_day)
    history = replace(demand.history, frame=demand.history.frame[demand.history.frame.index < known])
    start, end = (pd.Timestamp(day).tz_localize(history.timezone) for day in (first, first + timedelta(days=days)))
    ahead = intervals_between(start, end, interval_minutes=history.interval_minutes)
    index = pd.DatetimeIndex(plan.coverage.index).intersection(ahead)
    fresh = with_handling_times(forecast_frame(history, index, calendar=demand.calendar), demand.site)
    seats = plan.coverage["seats_rostered"].reindex(index)
    target = demand.site.target
    before = promise(fresh, seats, target, seed=seed)
    worked, now, settled = as_worked(plan, situation)
    outlook = _outlook(plan, fresh, before, demand.site, seed=seed)
    changes = changes_ahead(worked, now, outlook, settled=settled)
    after = worked
    for one in changes:
        after = applied(after, situation, one, coverage=plan.coverage)
    covered = covered_by(after, plan.coverage, situation, before=worked)["seats_rostered"].reindex(index)
    then = promise(fresh, covered, target, seed=seed) if changes else before
    table = _days_table(plan, fresh, before, then, demand.site)
    said = _emergencies(table, plan, outlook)
    return DaysAhead(pd.Timestamp(history.end_at), fresh, table, tuple(changes), said)


def _first_day(plan: Plan, demand: Demand, asked: date | None) -> tuple[date, pd.Timestamp]:
    """Return the first day ahead, and its beginning, before which calls count."""
    history = demand.history
    seen = pd.DatetimeIndex(history.frame["calls_offered"].dropna().index)
    end = seen[-1] + pd.Timedelta(minutes=history.interval_minutes)
    first = asked or end.tz_convert(history.timezone).date()
    begins, over = first_day(plan.month), last_day(plan.month)
    if not begins <= first <= over:
        raise refusal(
            "ahead.outside", day=first, month=period_words(plan.month), begins=begins - timedelta(days=1), end=end
        )
    return first, pd.Timestamp(first).tz_localize(history.timezone)


def as_worked(plan: Plan, situation: Situation) -> tuple[pd.DataFrame, Situation, set[tuple[str, date]]]:
    """Return the roster with the changes taken before, their overtime counted, and whose days are settled by them."""
    roster, settled = in_zone(plan.roster, situation.timezone), set()
    for one in taken_before(plan, situation.timezone):
        settled |= {(one.badge, day) for day in one.days}
        if not one.cells:
            roster = applied(roster, situation, one)
            situation = with_overtime(situation, one)
    return roster, situation, settled


def _outlook(plan: Plan, fresh: pd.DataFrame, told: Promise, site: Site, *, seed: int) -> Outlook:
    """Return what the search goes by: formulas by interval, held to what playing the days call by call tells."""
    index = pd.DatetimeIndex(fresh.index)
    service = service_over_futures(fresh, site.target, interval_minutes=site.interval_minutes, seed=seed).expected
    people, days = told.intervals["people"].to_numpy(dtype=float), day_numbers(index)
    by_formula = day_levels(service, people, days)
    apart = np.nan_to_num(by_formula - told.days["expected"].to_numpy())  # callers carried on, who is away together
    wanted = _wanted(plan, told.days.index, site).to_numpy() + apart
    least = least_people(service, site.target, days)
    return Outlook(index, days, service, people, least, wanted, wanted, _worth(plan, site, seed=seed))


def _worth(plan: Plan, site: Site, *, seed: int = 0) -> float:
    """Return the calls in time that an hour of the plan brought when it was made, by its own forecast."""
    known = plan.facts.get("hour_worth")
    if known is not None:
        return float(known)
    minutes = site.interval_minutes
    service = service_over_futures(plan.forecast, site.target, interval_minutes=minutes, seed=seed).expected
    people = plan.coverage["seats_rostered"].reindex(plan.forecast.index).fillna(0.0).to_numpy(dtype=float)
    return hour_worth(service, people, interval_minutes=minutes)


def _wanted(plan: Plan, days: pd.Index, site: Site) -> pd.Series:
    """Return the level that each day is to come back to, and to keep when people go home."""
    level = site.target.service_level
    if level is None:
        raise refusal("ahead.no_level")
    kept = promised_days(plan, site)
    told = pd.Series([kept.get(str(day), {}).get("expected") for day in days], index=days, dtype=float).fillna(level)
    return told.clip(upper=level)


def promised_days(plan: Plan, site: Site) -> dict[str, dict[str, float | None]]:
    """Return what the plan promised of each day; of one that does not tell, from its own forecast and roster."""
    kept: dict[str, dict[str, float | None]] | None = plan.facts.get("promised_days")
    return kept or days_facts(promise(plan.forecast, plan.coverage["seats_rostered"], site.target))


def _days_table(plan: Plan, fresh: pd.DataFrame, before: Promise, after: Promise, site: Site) -> pd.DataFrame:
    bands, published = day_bands(fresh), day_bands(plan.forecast.reindex(fresh.index))
    table = bands.round(1)
    table["published_calls"] = published["calls"].round(1)
    for side in ("lower_95", "upper_95"):
        table[f"published_{side}"] = published[f"calls_{side}"].round(1)
    outside = (bands["calls"] < published["calls_lower_95"]) | (bands["calls"] > published["calls_upper_95"])
    table["outside_band"] = outside
    for name in PROMISED:
        table[name] = before.days[name].round(4).to_numpy()
    table["wanted"] = _wanted(plan, before.days.index, site).round(4).to_numpy()
    for name in PROMISED:
        table[f"{name}_after"] = after.days[name].round(4).to_numpy()
    return table.set_index(pd.Index(pd.DatetimeIndex(table.index).strftime("%Y-%m-%d"), name="date"))


def _emergencies(table: pd.DataFrame, plan: Plan, outlook: Outlook) -> tuple[Words, ...]:
    """Return what rule C10 says of each day whose calls have left the band that was frozen with the plan."""
    said = []
    local = wall_clock(outlook.index)
    for day, row in table[table["outside_band"]].iterrows():
        told: dict[str, Any] = {
            "day": day,
            "calls": f"{row['calls']:,.0f}",
            "lower": f"{row['published_lower_95']:,.0f}",
            "upper": f"{row['published_upper_95']:,.0f}",
        }
        if row["calls"] < row["published_lower_95"]:
            said.append(say("ahead.below", **told))
            continue
        mine = np.flatnonzero(local.strftime("%Y-%m-%d") == day)
        wanted = outlook.wanted[outlook.day_of[mine[0]]]
        need = people_for_expected_level(outlook.service.of(mine), float(wanted), outlook.least[mine])
        short = need - outlook.people[mine]
        worst = int(short.argmax())
        waiting = plan.roster[(plan.roster["shift"] == STANDBY) & (plan.roster["date"].astype(str).str[:10] == day)]
        standby = [str(badge) for badge in waiting["badge"]]
        told["standby"] = say("ahead.standby", badges=standby) if standby else say("ahead.no_standby")
        missing = int(np.ceil(short[worst] - 1e-9))
        at = f"{local[mine[worst]]:%H:%M}"
        told["short"] = say("ahead.short", people=missing, at=at) if missing > 0 else say("ahead.enough")
        said.append(say("ahead.above", **told))
    return tuple(said)


def decided(
    plan: Plan,
    site: Site,
    situation: Situation,
    changes: Sequence[Change],
    *,
    taken: Collection[int],
    refused: Collection[int] = (),
    decided_by: str = "",
    decided_at: datetime,
) -> Plan:
    """Return the plan with the changes `taken` (by their numbers), and what was refused remembered beside them.

    Shifts and days off that change are written into the roster; hours added to a shift or taken from it are kept as
    `day_changes` beside it, and count in the coverage.

    Raises
    ------
    ValueError
        If there is no change of a number, one is both taken and refused, or one taken alone breaks a rule.
    """
    count = len(changes)
    for number in sorted({*taken, *refused}):
        if not 1 <= number <= count:
            raise refusal("ahead.no_change", number=number, count=count)
        if number in taken and number in refused:
            raise refusal("ahead.both", number=number)
    roster, (before, now, _) = plan.roster, as_worked(plan, situation)
    worked = before
    for number in sorted(taken):
        one = changes[number - 1]
        why = why_unlawful(worked, now, one)
        if why is not None:
            raise refusal("ahead.unlawful", number=number, why=why.message)
        worked, now = applied(worked, now, one, coverage=plan.coverage), with_overtime(now, one)
        if one.cells:
            roster = applied(roster, situation, one, coverage=plan.coverage)
    coverage = covered_by(worked, plan.coverage, situation, before=before)
    made = changes_frame(changes)
    made = made.assign(taken=[n in taken for n in made["change"]], decided_by=decided_by)
    made = made[made["change"].isin({*taken, *refused})]
    made["decided_at"] = decided_at.isoformat(timespec="seconds")
    so_far = [frame for frame in (plan.day_changes, made) if frame is not None and len(frame)]
    facts = {
        **plan.facts,
        "promised_days": promised_days(plan, site),
        "hour_worth": round(_worth(plan, site), 6),
        "shortage_hours": round(float(coverage["shortage"].sum() * plan.facts["interval_minutes"] / 60), 2),
        "bound": None,  # that of the first plan says nothing of a changed one
        "days_decided_at": decided_at.isoformat(timespec="seconds"),
    }
    had = plan.burdens
    if had is not None:
        had = burdens_after(had, situation, before=before, after=worked)
    return replace(
        plan, facts=facts, roster=roster, coverage=coverage, promise=None, burdens=had,
        day_changes=pd.concat(so_far, ignore_index=True) if so_far else None,
    )  # fmt: skip


def changes_frame(changes: Collection[Change]) -> pd.DataFrame:
    """Return changes as a table, one row each: its number, the fields of `Change`, and in words what it touches."""
    rows = [
        {
            "change": number,
            **{name: getattr(one, name) for name in FIELDS},
            "kind_zh": CHANGE_WORDS[one.kind].zh,
            "touches": one.touches.en,
            "touches_zh": one.touches.zh,
        }
        for number, one in enumerate(changes, start=1)
    ]
    names = ["change", *FIELDS, "kind_zh", "touches", "touches_zh"]
    return pd.DataFrame(rows, columns=names).astype({"moved_from": object})


def taken_before(plan: Plan, timezone: str) -> list[Change]:
    """Return the changes of a plan's next days that were taken."""
    if plan.day_changes is None:
        return []
    return [change_of(row, timezone) for row in plan.day_changes.to_dict("records") if row["taken"]]


def change_of(row: Mapping[Any, Any], timezone: str) -> Change:
    """Return the change that a row of `changes_frame` tells, whatever file it went through."""
    told: dict[str, Any] = {name: row[name] for name in FIELDS}
    moved = told["moved_from"]
    told |= {name: pd.Timestamp(row[name]).tz_convert(timezone) for name in ("start_at", "end_at")}
    told |= {"day": pd.Timestamp(row["day"]).date(), "badge": str(row["badge"])}
    told["moved_from"] = None if not moved or pd.isna(moved) else pd.Timestamp(moved).date()
    return Change(**told, touches=Words(str(row["touches_zh"]), str(row["touches"])))


def ahead_document(ahead: DaysAhead) -> dict[str, Any]:
    """Return the days ahead as plain JSON values: `history_through`, `days`, `changes`, `emergencies`, `totals`."""
    made = changes_frame(ahead.changes)
    return {
        "history_through": ahead.history_through.isoformat(),
        "days": json_rows(ahead.days.reset_index(), digits=4),
        "changes": json_rows(made, digits=4),
        "emergencies": notes_of(ahead.emergencies),
        "totals": {name: round(float(made[name].sum()), 2) for name in ("hours", "paid_hours")},
    }
