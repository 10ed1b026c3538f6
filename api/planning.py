"""Planning a month, whoever asks for it: the command, the demonstration, the planner's page."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from api.inputs import Demand, Supply, refuse_what_cannot_be
from api.intake import InputError, named
from api.notices import notes_of
from api.plan import Plan, days_facts, promise_facts, read_plan
from api.publishing import frozen_before, period_before, published_frame
from api.reports.five_tables import Frozen
from api.reports.version_words import draft_words
from api.sentences import say
from api.settings import shipped_ladder
from api.shared_floor import crews_of
from api.shared_plan import shared_floor, with_queues
from api.site import Site, requirement_of, with_handling_times
from forecaster.forecast.backtesting import months_to_test
from forecaster.forecast.interval_forecast import forecast_month
from forecaster.forecast.overrides import Override, with_overrides
from forecaster.history.intervals import plan_cutoff
from forecaster.history.observed import History
from forecaster.history.periods import first_day, period_name, period_words
from forecaster.messages import Message
from forecaster.requirement.limit_prices import prices_of_limits
from forecaster.requirement.promises import promise
from forecaster.requirement.reserve import more_on_the_high_day
from forecaster.requirement.shared_queues import combined_forecast
from optimizer.law.fairness import burdens, with_burdens
from optimizer.law.roster_rules import RosterRules
from optimizer.law.situation import Situation
from optimizer.search.rostering import Progress, RosterResult, is_ready, make_ready, plan_roster
from optimizer.search.seat_worth import seat_worth


@dataclass(frozen=True, eq=False)
class LastMonth:
    """What the month before leaves to the one that is planned; all of it None where nothing is known.

    roster
        Binds the first days, in place of what the staff list carries in.
    burdens
        Nights, weekends and holidays of each so far.
    frozen
        What the tables compare with what happened.
    """

    roster: pd.DataFrame | None = None
    burdens: pd.DataFrame | None = None
    frozen: Frozen | None = None

    def before(self, situation: Situation) -> Situation:
        """Return the situation as it follows on this month."""
        if self.roster is not None:
            first = pd.Timestamp(first_day(situation.month))  # what was planned before may reach into the period
            earlier = self.roster[(pd.to_datetime(self.roster["date"]) < first).to_numpy(dtype=bool)]
            situation = replace(situation, carry_in=earlier)
        if self.burdens is not None:
            situation = replace(situation, people=with_burdens(situation.people, self.burdens))
        return situation


NOTHING_BEFORE = LastMonth()


def last_month(
    store: Engine | None, *, queue: str, month: pd.Period, timezone: str, folder: Path | None = None
) -> LastMonth:
    """Return what the month before `month` leaves: as published in `store`, and else as a plan's `folder` has it.

    The tables compare with what stood published when that month began; its roster is the one published last, unless a
    folder is given. Where it is not of months, it is the period before of whatever kind whose roster binds, and the one
    of the same kind that tables compare with.
    """
    told = None if folder is None else read_plan(folder)
    stood = None if store is None else frozen_before(store, queue=queue, month=month - 1, timezone=timezone)
    if told is not None:
        same = told.month == month - 1  # tables compare like with like; a roster binds whatever days it is of
        return LastMonth(told.roster, told.burdens, stood or (frozen_plan(told) if same else None))
    if store is None:
        return LastMonth()
    before = period_before(store, queue=queue, month=month)
    roster, had = (published_frame(store, kind, queue=queue, month=before) for kind in ("roster", "burdens"))
    return LastMonth(roster, had, stood)


def frozen_plan(plan: Plan) -> Frozen:
    """Return a plan as next month's tables compare with it, though it was not published."""
    said = draft_words(datetime.fromisoformat(plan.facts["made_at"]), plan.facts["timezone"])
    return Frozen(plan.forecast, plan.coverage, version=plan.version, said=said)


def forecast_of(demand: Demand, month: pd.Period, *, tell: Callable[[Message], None] | None = None) -> pd.DataFrame:
    """Return the forecast frame of `month`, its handle times filled with the site's where the history has none.

    `tell` hears what it says of itself.

    Raises
    ------
    InputError
        If nothing was observed before the plan's cutoff, or nothing in the year before it.
    """
    if demand.queues:
        return combined_forecast(list(queue_forecasts(demand, month, tell=tell).values()))
    require_year(demand, month)
    with named(demand.source):
        frame = forecast_month(demand.history, month, calendar=demand.calendar, tell=tell)
    return with_handling_times(frame, demand.site)


def whole_months(history: History) -> list[pd.Period]:
    """Return the months that a backtest can make again, but for the last one where it is not over."""
    zone = history.timezone
    return [month for month in months_to_test(history) if (month + 1).start_time.tz_localize(zone) <= history.end_at]


def require_year(demand: Demand, month: pd.Period) -> None:
    """Refuse a history that saw nothing in the year before the plan's cutoff.

    Raises
    ------
    InputError
        Naming the file, what it spans, and the cutoff.
    """
    history = demand.history
    cutoff = plan_cutoff(month, history.timezone)
    seen = history.before(cutoff).frame["calls_offered"].dropna()
    if seen.empty or cutoff - seen.index[-1] > pd.Timedelta(days=366):
        span = {"start": history.start_at, "end": history.end_at}
        raise InputError(demand.source, say("history.no_year", cutoff=cutoff, month=period_words(month), **span))


def queue_forecasts(
    demand: Demand, month: pd.Period, *, tell: Callable[[Message], None] | None = None
) -> dict[str, pd.DataFrame]:
    """Return the forecast of each queue of a floor, by queue; as `forecast_of`."""
    return {one.history.queue: forecast_of(one, month, tell=tell) for one in demand.queues}


def plan_month(  # noqa: PLR0913 - the month, and how long and how it is searched for
    demand: Demand,
    supply: Supply,
    *,
    made_at: datetime,
    last: LastMonth = NOTHING_BEFORE,
    forecast: pd.DataFrame | None = None,
    overrides: Sequence[Override] = (),
    seed: int = 0,
    time_limit_seconds: float = 60.0,
    progress: Callable[[str | Progress], bool | None] = lambda _: None,
    clock: Callable[[], float] = time.perf_counter,
    one_core: bool = False,
) -> Plan:
    """Return the plan of the supply's month: forecast from the `demand`, seats, lawful roster, and what it promises.

    Several queues (`Demand.queues`) share the people as their skills allow, and each has a plan in `Plan.queues`.

    made_at
        When it is made, as the plan says: an aware instant.
    last
        What the month before leaves.
    forecast
        One already made, which may have been changed by hand; without it the history is forecast.
    overrides
        What the planner changes in a forecast made here; what the model said is kept as `calls_model`.
    progress
        Hears in words what is under way, then how the roster's search goes; returning True of the search ends it.
    clock
        Seconds, by which the search keeps its limit; one that stands still lets it take all its planned steps, and
        then the same seed gives the same roster on every machine.
    one_core
        Search without a second thread: the same roster, for many plans beside each other.

    Raises
    ------
    InputError
        If the history cannot carry a forecast of the month, or the fixed shifts break a rule by themselves.
    ValueError
        Naming person, date and rule of what no roster can honour.
    """
    refuse_what_cannot_be(supply)
    situation = last.before(supply.situation)
    said: list[Message] = []
    crews = crews_of(supply, [one.history.queue for one in demand.queues]) if demand.queues else []
    if forecast is None or demand.queues:
        progress(f"forecasting {period_words(situation.month).en}")
    of_queues = queue_forecasts(demand, situation.month, tell=said.append)
    if forecast is None:
        several = list(of_queues.values())
        forecast = combined_forecast(several) if several else forecast_of(demand, situation.month, tell=said.append)
        forecast = with_overrides(forecast, overrides) if overrides else forecast
    floor = None
    if demand.queues:
        progress("finding what the queues save by sharing people")
        floor = shared_floor(demand, crews, of_queues, forecast, seed=seed)
    need = requirement_of(forecast, demand.site) if floor is None else floor.requirement
    ready_search(progress)
    worth = worth_of(forecast, need, demand.site) if demand.site.seat_value == "distribution" else None
    search: dict[str, Any] = {
        "seed": seed,
        "time_limit_seconds": time_limit_seconds,
        "progress": progress,
        "clock": clock,
        "one_core": one_core,
    }
    result = plan_roster(need, situation, worth=worth, **search)
    facts = _facts(demand, supply, made_at, result, seed)
    facts |= {"limits": prices_of(forecast, demand)}
    facts["reserve"] = reserve_facts(forecast, result.coverage["seats_rostered"], demand.site, situation.rules)
    facts["notes"] = notes_of(list({note.en: note for note in (*said, *result.notes)}.values()))
    had = burdens(result.roster, situation)
    plan = Plan(facts, forecast, need, result.roster, result.coverage, burdens=had, overrides=tuple(overrides))
    if floor is not None:
        progress("playing the month with its routing")
        return with_queues(plan, floor, demand, supply, seed=seed)
    told = promise(forecast, result.coverage["seats_rostered"], demand.site.target, seed=seed)
    facts |= {"promise": promise_facts(told), "promised_days": days_facts(told)}
    return replace(plan, facts=facts, promise=told)


def ready_search(progress: Callable[[str], object]) -> None:
    """Have the roster search compiled, and say so where it has to be done now: once on a machine without make."""
    if not is_ready():
        progress("compiling the roster search, once on this machine: half a minute or so")
        make_ready()


def prices_of(forecast: pd.DataFrame, demand: Demand) -> list[dict[str, Any]]:
    """Return what each limit of the site's target costs (`forecaster.requirement.limit_prices.prices_of_limits`)."""
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


def reserve_facts(forecast: pd.DataFrame, people: pd.Series, site: Site, rules: RosterRules) -> dict[str, Any]:
    """Return the reserve that the band asks for, beside the rulebook's.

    `usual` and `most` (on `most_on`) are how many more people than are on duty the busiest interval of the 9-in-10 day
    needs, on the median day and on the worst; `beyond_ladder` is the worst less what the ladder's groups bring.
    `standby_minimum` and `standby_target` are what the roster's rules ask for on holidays, to be set there.
    """
    more = more_on_the_high_day(forecast, people, site.target, interval_minutes=site.interval_minutes)
    brings = shipped_ladder().max_added_seats
    return {
        "usual": int(np.ceil(more.median())),
        "most": int(more.max()),
        "most_on": str(more.idxmax()),
        "ladder_brings": brings,
        "beyond_ladder": max(0, int(more.max()) - brings),
        "standby_minimum": rules.standby_minimum,
        "standby_target": rules.standby_target,
    }


def worth_of(forecast: pd.DataFrame, need: pd.DataFrame, site: Site) -> pd.DataFrame:
    """Return what each person on shift is worth over the forecast's band (`optimizer.search.seat_worth`)."""
    return seat_worth(forecast, need["people_to_roster"], site.target)


def _facts(demand: Demand, supply: Supply, made_at: datetime, result: RosterResult, seed: int) -> dict[str, Any]:
    history, situation = demand.history, supply.situation
    seen = history.before(plan_cutoff(situation.month, history.timezone)).frame["calls_offered"].dropna().index
    digest = hashlib.sha256(pd.util.hash_pandas_object(history.frame, index=True).to_numpy().tobytes()).hexdigest()
    return {
        "queue": history.queue,
        "month": period_name(situation.month),
        "timezone": history.timezone,
        "interval_minutes": history.interval_minutes,
        "made_at": made_at.isoformat(timespec="seconds"),
        "history_through": pd.DatetimeIndex(seen)[-1].isoformat(),
        "history_sha256": digest,
        **{f"{name}_sha256": sha for name, sha in {**demand.digests, **supply.digests}.items()},
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
    }
