"""Past months planned as they would have been on the 25th, and then the calls that came let in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from api.inputs import Demand, Supply
from api.intake import InputError
from api.json_rows import json_rows
from api.ladder_lab import LabSettings
from api.notices import notes_of
from api.plan import PROMISED, Plan
from api.planning import plan_month, whole_months
from api.sentences import say
from api.site import Site, requirement_of
from api.tomorrow import decided, look_ahead
from escalation.floor import Floor
from escalation.lab import LadderStaffing
from escalation.ladder import Ladder
from forecaster.forecast.backtesting import MINIMUM_HISTORY_DAYS
from forecaster.forecast.forecasters import workbook
from forecaster.history.intervals import plan_cutoff, wall_clock
from forecaster.messages import Words
from forecaster.names import ladder_called
from forecaster.requirement.promises import present
from forecaster.requirement.seats import requirement, seats_required
from forecaster.requirement.striving import AS_A_WORKBOOK, Striving
from forecaster.requirement.within_intervals import parts_of, rates_within
from forecaster.simulation.one_queue_loop import ANSWERED_WITHIN, OFFERED
from forecaster.simulation.simulator import simulate

RUNS = 4  # how often the absences and handling times of a month are drawn
LEAST_SEEN = 0.5  # of a month's intervals, or it cannot be judged
SURE = 0.9
ON_SITE = "_on_site"


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """Past months as planned and as they came.

    months
        By `month`: `promised`, `lower_80`, `upper_80`, `chance`, `kept`, `held` (not under the range), `days_kept`
        (share of the days that kept the target), `paid_hours`, `seat_hours`, the people-hours of `hindsight` (and
        of the `workbook`) for the same service, `minutes_above_10`; for each ladder `kept_…`, `minutes_above_10_…`,
        `people_minutes_…`; re-planned daily `kept_daily`, `hours_daily`, `overtime_daily`, `minutes_above_10_daily`,
        and with each ladder besides `kept_daily_…`, `minutes_above_10_daily_…`, `people_minutes_daily_…`;
        `more_people` that would have kept the promise (share); `sure_hours` that being 90 % sure adds; and where the
        hours above hindsight went: `above_month`, `above_days`, `above_hours`, `above_rounding`, `above_shifts`.
    days
        By `date`: `calls` that came, `promised`, `lower_80`, `upper_80`, `chance`, `kept`, `minutes_above_10`.
    sentences
        What a manager reads.
    """

    months: pd.DataFrame
    days: pd.DataFrame
    sentences: tuple[Words, ...]


@dataclass(frozen=True, eq=False)
class _Came:
    """What came in a month beside the calls `expected`, and how it is played.

    `arrival_seconds`: when each call came; where that is not known the counts are spread as the expected calls rise.
    """

    calls: pd.Series
    expected: pd.Series
    arrival_seconds: np.ndarray | None
    aht_seconds: np.ndarray
    site: Site
    lab: LabSettings
    seed: int
    runs: int = RUNS

    def played(
        self, people: np.ndarray, *, ladder: Ladder | None = None, floor: Floor | None = None, watched: bool = False
    ) -> tuple[pd.DataFrame, dict[str, float]]:
        """Return calls offered and answered in time by interval, and what the ladder did, as means of the runs."""
        local = wall_clock(pd.DatetimeIndex(self.calls.index))
        target, every = self.site.target, self.lab.every_seconds
        rates = rates_within(self.expected.fillna(0.0).to_numpy(), parts_of(self.site.interval_minutes))
        there = present(people.astype(float), local, shrinkage=target.shrinkage, paths=self.runs, seed=self.seed)
        outcome, tallies = np.zeros((len(people), 2)), []
        for run in range(self.runs):
            seats: Any = there[run]
            if watched:
                seats = LadderStaffing(
                    ladder, seats, floor=floor or Floor(), every_seconds=every,
                    sign_in_after_seconds=self.lab.sign_in_after_seconds,
                )  # fmt: skip
            made = simulate(
                self.calls.fillna(0.0).to_numpy(),
                seats=seats,
                aht_seconds=self.aht_seconds,
                interval_minutes=self.site.interval_minutes,
                answer_within_seconds=target.answer_within_seconds,
                patience_seconds=target.patience_seconds or 300.0,
                counted=True,
                rates=rates,
                arrival_seconds=self.arrival_seconds,
                replications=1,
                seed=self.seed + run,
            )
            outcome += made.outcome[0][:, [OFFERED, ANSWERED_WITHIN]] / self.runs
            if watched:
                tallies.append(seats.tallies[-1])
        names = ("minutes_above_10", "people_minutes")
        told = {name: float(np.mean([getattr(one, name) for one in tallies])) if tallies else 0.0 for name in names}
        return pd.DataFrame(outcome, index=self.calls.index, columns=["offered", "in_time"]), told

    def level(self, people: np.ndarray) -> float:
        """Return the share answered in time with so many people rostered by interval."""
        return _level(self.played(people)[0])

    def scaled_to(self, people: np.ndarray, level: float) -> float:
        """Return the factor on people at which they keep a level, within a hundredth."""
        low, high = 0.5, 2.0
        while high - low > 0.01:
            middle = (low + high) / 2.0
            low, high = (low, middle) if self.level(_scaled(people, middle)) >= level else (middle, high)
        return high


def rehearse(  # noqa: PLR0913 - each is a question of its own to the same months
    demand: Demand,
    supply_of: Callable[[pd.Period], Supply],
    *,
    months: int,
    against_workbook: bool = False,
    daily: bool = False,
    ladders: Mapping[str, Ladder] | None = None,
    lab: LabSettings | None = None,
    watched: bool = True,
    runs: int = RUNS,
    time_limit_seconds: float = 20.0,
    seed: int = 0,
    progress: Callable[[str, float], None] = lambda what, share: None,
    planned: Callable[..., Plan] = plan_month,
) -> Rehearsal:
    """Return the last `months` whole months of a demand planned as on the 25th before each, and how they kept.

    The calls that came are played call by call with the roster on duty (meals out), absences drawn at the shrinkage,
    handling times as they were observed or else forecast; with each of `ladders` live, and with `daily` once more with
    every change that `api.tomorrow` finds each evening for the next day. Calls whose arrivals the demand tells come to
    the second, others spread over their interval as the forecast rises and falls.

    supply_of
        The people of a month; what is settled for single days is best left out of them.
    against_workbook
        Also the hours that a planner's workbook needs for the same service.
    lab
        How fast people sign in on a ladder's order, and how often the queue is read.
    watched
        Whether the queue is looked at as it goes, which most of the time goes into: without, `minutes_above_10` of the
        plan is not told.
    runs
        How often the absences and handling times of a month are drawn: fewer are quicker and less sure.
    progress
        Hears what is under way, and which share is done.
    planned
        Plans a month, as `plan_month` does.

    Raises
    ------
    InputError
        If no month has enough history before it and calls in it: what is missing, and from which month on it works.
        If a month has nobody who answers calls.
    """
    chosen = months_that_can(demand)[-months:]
    lab = lab or LabSettings()
    rows, days = [], []
    for number, month in enumerate(chosen):
        progress(f"planning {month}", number / len(chosen))
        supply = supply_of(month)
        require_agents(supply)
        cutoff = plan_cutoff(month, demand.history.timezone)
        plan = planned(demand, supply, made_at=cutoff, seed=seed, time_limit_seconds=time_limit_seconds)
        came = replace(_came(demand, plan, lab, seed), runs=runs)
        progress(f"letting the calls of {month} come", (number + 0.5) / len(chosen))
        row, by_day = _as_it_came(plan, came, watched=watched)
        row |= _with_ladders(plan, came, ladders or {})
        if daily:
            again, overtime = _replanned(plan, demand, supply, seed)
            row |= _as_it_came_again(again, came) | {"overtime_daily": overtime}
            row |= _with_ladders(again, came, ladders or {}, daily=True)
        row |= _hours(plan, demand, came, row["kept"], against_workbook=against_workbook)
        rows.append({"month": str(month), **row})
        days.append(by_day)
    table = pd.DataFrame(rows).set_index("month")
    said = sentences_of(table, list(ladders or {}))
    return Rehearsal(table, pd.concat(days), said if demand.arrivals is None else (*said, say("rehearse.call_by_call")))


def months_that_can(demand: Demand) -> list[pd.Period]:
    """Return the months that can be planned and judged from a history.

    Raises
    ------
    InputError
        If there is none.
    """
    history = demand.history
    seen = history.frame["calls_offered"].notna()
    local = wall_clock(pd.DatetimeIndex(history.frame.index)).to_period("M")
    share = dict(seen.groupby(local).mean().items())
    whole = [month for month in whole_months(history) if share[month] >= LEAST_SEEN]
    if not whole:
        start = pd.DatetimeIndex(history.frame.index[seen.to_numpy(dtype=bool)])[0]
        first = pd.Period((start + timedelta(days=MINIMUM_HISTORY_DAYS)).tz_localize(None), freq="M") + 1
        if plan_cutoff(first, history.timezone) - start < timedelta(days=MINIMUM_HISTORY_DAYS):
            first = first + 1
        wrong = say("rehearse.short", start=start, end=history.end_at, days=MINIMUM_HISTORY_DAYS, first=first)
        raise InputError(demand.source, wrong)
    return whole


def require_agents(supply: Supply) -> None:
    """Refuse a month's people of whom nobody answers calls.

    Raises
    ------
    InputError
        Naming the month and the roles that answer calls.
    """
    roles = supply.situation.rules.cover_roles
    if not any(person.role in roles for person in supply.situation.people):
        wrong = say("rehearse.nobody", month=supply.situation.month, roles=sorted(roles))
        raise InputError(supply.source, wrong)


def _came(demand: Demand, plan: Plan, lab: LabSettings, seed: int) -> _Came:
    frame = demand.history.frame.reindex(plan.forecast.index)
    aht = plan.forecast["aht_seconds"]
    if "aht_seconds" in frame:
        aht = frame["aht_seconds"].fillna(aht)
    at, arrivals = None, demand.arrivals
    if arrivals is not None:
        step = pd.Timedelta(minutes=plan.facts["interval_minutes"])
        mine = arrivals[(arrivals >= frame.index[0]) & (arrivals < frame.index[-1] + step)]
        at = ((mine - frame.index[0]) / pd.Timedelta(seconds=1)).to_numpy(dtype=float)
    handling = aht.fillna(demand.site.aht_seconds).to_numpy(dtype=float)
    return _Came(frame["calls_offered"], plan.forecast["calls"], at, handling, demand.site, lab, seed)


def _as_it_came(plan: Plan, came: _Came, *, watched: bool) -> tuple[dict[str, Any], pd.DataFrame]:
    told = plan.promise
    assert told is not None  # a plan just made has one
    people = plan.coverage["seats_rostered"].to_numpy(dtype=float)
    played, figures = came.played(people, watched=watched)
    known = came.calls.notna().to_numpy()
    day = wall_clock(pd.DatetimeIndex(played.index)).strftime("%Y-%m-%d")
    sums = played[known].groupby(day[known]).sum()
    kept = (sums["in_time"] / sums["offered"]).reindex(told.days.index)
    by_day = told.days[list(PROMISED)].rename(columns={"expected": "promised"})
    by_day = by_day.assign(calls=sums["offered"].reindex(told.days.index), kept=kept)
    level, wanted = _level(played), told.service_level or 0.0
    promised = {name: told.month[name] for name in PROMISED}
    row: dict[str, Any] = {
        "promised": promised.pop("expected"),
        **promised,
        "kept": level,
        "held": bool(level >= promised["lower_80"]),
        "days_kept": float((kept.dropna() >= wanted).mean()),
        "paid_hours": float(plan.roster["worked_minutes"].sum()) / 60.0,
        "seat_hours": float(people.sum()) * plan.facts["interval_minutes"] / 60.0,
        **({"minutes_above_10": figures["minutes_above_10"]} if watched else {}),
    }
    row["more_people"] = 0.0 if row["held"] else came.scaled_to(people, promised["lower_80"]) - 1.0
    return row, by_day


def _with_ladders(plan: Plan, came: _Came, ladders: Mapping[str, Ladder], *, daily: bool = False) -> dict[str, float]:
    """Return what each ladder makes of the month; of each role as many can be called as are on site on average.

    `daily`: the plan is the one re-planned every evening, and its figures are named so.
    """
    on_site = {
        str(name).removesuffix(ON_SITE): int(plan.coverage[name].mean())
        for name in plan.coverage.columns
        if str(name).endswith(ON_SITE)
    }
    floor = Floor(available={**came.lab.floor.available, **on_site})
    people, row = plan.coverage["seats_rostered"].to_numpy(dtype=float), {}
    for ladder_name, ladder in ladders.items():
        name = f"daily_{ladder_name}" if daily else ladder_name
        played, told = came.played(people, ladder=ladder, floor=floor, watched=True)
        row[f"kept_{name}"] = _level(played)
        row |= {f"{figure}_{name}": value for figure, value in told.items()}
    return row


def _replanned(plan: Plan, demand: Demand, supply: Supply, seed: int) -> tuple[Plan, float]:
    """Return the plan with every change that is found each evening for the next day, and the overtime in hours."""
    now, overtime = plan, 0.0
    first = plan.month.start_time.date()
    for day in (first + timedelta(days=n) for n in range(plan.month.days_in_month)):
        ahead = look_ahead(now, demand, supply.situation, first_day=day, days=1, seed=seed)
        overtime += sum(one.hours for one in ahead.changes if one.overtime)
        taken = range(1, len(ahead.changes) + 1)
        at = pd.Timestamp(day).tz_localize(demand.history.timezone)
        now = decided(now, demand.site, supply.situation, ahead.changes, taken=taken, decided_at=at)
    return now, overtime


def _as_it_came_again(plan: Plan, came: _Came) -> dict[str, float]:
    """Return how a plan re-planned every evening kept."""
    people = plan.coverage["seats_rostered"].to_numpy(dtype=float)
    played, told = came.played(people, watched=True)
    return {
        "kept_daily": _level(played),
        "hours_daily": float(people.sum()) * plan.facts["interval_minutes"] / 60.0,
        "minutes_above_10_daily": told["minutes_above_10"],
    }


def _hours(plan: Plan, demand: Demand, came: _Came, kept: float, *, against_workbook: bool) -> dict[str, float]:
    """Return the hours others need for the same service, where those above hindsight went, and what surety costs."""
    site, step = demand.site, plan.facts["interval_minutes"] / 60.0
    frame = plan.forecast[["calls", "aht_seconds"]].assign(aht_seconds=came.aht_seconds)
    seen = came.calls.fillna(frame["calls"])
    hindsight = _workbook_people(frame.assign(calls=seen), site)
    row = {"hindsight": float(_scaled(hindsight, came.scaled_to(hindsight, kept)).sum()) * step}
    if against_workbook:
        past = demand.history.before(plan_cutoff(plan.month, demand.history.timezone))
        calls = workbook(past, pd.DatetimeIndex(frame.index), calendar=demand.calendar)["calls"].fillna(0.0)
        people = _workbook_people(frame.assign(calls=calls), site)
        row["workbook"] = float(_scaled(people, came.scaled_to(people, kept)).sum()) * step
    day = wall_clock(pd.DatetimeIndex(frame.index)).normalize()
    total = seen.groupby(day).transform("sum") / frame["calls"].groupby(day).transform("sum").clip(lower=1e-9)
    knowing = {
        "nothing": frame["calls"],
        "month": frame["calls"] * (seen.sum() / max(float(frame["calls"].sum()), 1e-9)),
        "days": frame["calls"] * total,
        "all": seen,
    }
    hours = {name: _exact_hours(frame.assign(calls=calls), site, step) for name, calls in knowing.items()}
    need = requirement_of(plan.forecast, site)["people_to_roster"].sum() * step
    sure = replace(site, striving=Striving("chance", chance=SURE, chance_of="month"))
    safe = requirement_of(plan.forecast, sure)["people_to_roster"].sum() * step
    return row | {
        "sure_hours": float(safe - need),
        "above_month": hours["nothing"] - hours["month"],
        "above_days": hours["month"] - hours["days"],
        "above_hours": hours["days"] - hours["all"],
        "above_rounding": float(need) - hours["nothing"],
        "above_shifts": float(plan.coverage["seats_rostered"].sum() * step - need),
    }


def _workbook_people(frame: pd.DataFrame, site: Site) -> np.ndarray:
    """Return people by Erlang's formula at known calls, seats and people rounded up."""
    target = replace(site.target, patience_seconds=None, max_abandonment=None)
    need = requirement(frame, target, interval_minutes=site.interval_minutes, striving=AS_A_WORKBOOK)
    return need["people_to_roster"].to_numpy(dtype=float)


def _exact_hours(frame: pd.DataFrame, site: Site, step: float) -> float:
    """Return the people-hours of the target at known calls, before anything is rounded."""
    load, aht = frame["calls"] * frame["aht_seconds"] / (3600.0 * step), frame["aht_seconds"].to_numpy()
    seats = seats_required(load.to_numpy(), aht_seconds=aht, target=site.target, whole=False)
    return float(seats.sum()) / (1.0 - site.target.shrinkage) * step


def _scaled(people: np.ndarray, factor: float) -> np.ndarray:
    return np.where(people > 0, np.maximum(np.round(people * factor), 1.0), 0.0)


def _level(played: pd.DataFrame) -> float:
    return float(played["in_time"].sum() / max(float(played["offered"].sum()), 1.0))


def sentences_of(table: pd.DataFrame, ladders: Sequence[str]) -> tuple[Words, ...]:
    """Return what a manager reads: how many months held, which broke, where the hours went, what surety costs."""
    held = int(table["held"].sum())
    mean = {name: f"{table[name].mean():.0%}" for name in ("promised", "kept")}
    said: list[Words] = [say("rehearse.held", held=held, count=len(table), **mean)]
    broke = table[~table["held"]]
    if broke.empty:
        said.append(say("rehearse.none_broke"))
    for month, row in broke.iterrows():
        helped = [say("rehearse.more", people=f"{row['more_people']:.1%}")]
        if "kept_daily" in row:
            helped.append(say("rehearse.daily", kept=f"{row['kept_daily']:.0%}"))
        helped += [
            say("rehearse.ladder", name=ladder_called(name), kept=f"{row[f'kept_{name}']:.0%}") for name in ladders
        ]
        limits = {side: f"{100 * row[f'{side}_80']:.1f}" for side in ("lower", "upper")}
        said.append(say("rehearse.broke", month=str(month), kept=f"{row['kept']:.1%}", helped=helped, **limits))
    said += [_of_a_ladder(table, name) for name in ladders if "minutes_above_10" in table]
    above = {
        name: f"{round(table[f'above_{name}'].sum()):+,}" for name in ("month", "days", "hours", "rounding", "shifts")
    }
    total = table[[f"above_{name}" for name in above]].to_numpy().sum()
    said.append(say("rehearse.above", total=f"{total:,.0f}", **above))
    share = table["sure_hours"].sum() / max(float(table["seat_hours"].sum()), 1.0)
    said.append(say("rehearse.sure", share=f"{share:+.1%}", hours=f"{table['sure_hours'].sum():,.0f}"))
    return tuple(said)


def _of_a_ladder(table: pd.DataFrame, name: str) -> Words:
    """Return what a ladder buys, in minutes above ten and people-minutes, of the plan re-planned daily where it is."""
    figures = {"before": "minutes_above_10", "after": f"minutes_above_10_{name}", "lent": f"people_minutes_{name}"}
    told = {key: f"{table[column].sum():,.0f}" for key, column in figures.items()}
    if f"minutes_above_10_daily_{name}" not in table:
        return say("rehearse.ladder_buys", name=ladder_called(name), **told)
    daily = f"{table[f'minutes_above_10_daily_{name}'].sum():,.0f}"
    return say("rehearse.ladder_buys_daily", name=ladder_called(name), daily=daily, **told)


def rehearsal_document(made: Rehearsal) -> dict[str, Any]:
    """Return a rehearsal as plain JSON values: `months` and `days`, a row each, and `sentences` in both languages."""
    return {
        "months": json_rows(made.months.reset_index(), digits=4),
        "days": json_rows(made.days.rename_axis("date").reset_index(), digits=4),
        "sentences": notes_of(made.sentences),
    }
