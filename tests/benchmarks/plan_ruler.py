"""Is the promise kept, and for how many hours: past months planned, then the real calls let come.

    python -m tests.benchmarks.plan_ruler                 # every line of the ruler
    python -m tests.benchmarks.plan_ruler us_bank         # one of them
    python -m tests.benchmarks.plan_ruler us_bank --daily # beside it the same plan, its next day mended every evening

Daily, the people published are cut into shifts of up to eight hours, and each evening those moves of `huawu tomorrow`
are made that need no more than the day itself: overtime after or before a shift (three hours a day), another shift of
the same length up to three hours away, going home early or starting later by up to half a shift. Nobody is called in.

The ruler lies at shared/bench/rehearsal beside the project (or under HUAWU_SHARED); its simulator is nobody's planner.
The plan strives for the expected level, from a history through the 24th; it is not told the callers' patience.
"""

from __future__ import annotations

import importlib
import sys
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from forecaster.forecast.interval_forecast import forecast_frame, forecast_month
from forecaster.history.calendar import Calendar, country_calendar
from forecaster.history.observed import History
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.futures import days_of
from forecaster.requirement.promises import Promise, promise
from forecaster.requirement.seats import requirement
from forecaster.requirement.staffing import least_people, people_over_futures, service_over_futures
from forecaster.requirement.striving import Striving
from optimizer.desk.changes_ahead import applied
from optimizer.desk.days_ahead import Outlook, changes_ahead, day_levels, hour_worth
from optimizer.law.changes import Cell, with_cells
from optimizer.law.lawfulness import ROSTER_COLUMNS
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from tests.benchmarks.forecast_ruler import shared_bench

CALLS_COLUMNS = ("calls", "calls_lower_80", "calls_upper_80", "calls_lower_95", "calls_upper_95")
TOLD: dict[tuple[str, str], Promise] = {}
MOST_HOURS = 8
_KNOWN: dict[tuple[str, pd.Timestamp], tuple[pd.Series, Any]] = {}
_SEEN: dict[tuple[str, str], tuple[pd.Series, Any]] = {}


@lru_cache(maxsize=128)
def ahead(key: tuple[str, str]) -> pd.DataFrame:
    """Return the forecast frame of a line's month, from the calls seen until then."""
    calls, line = _SEEN[key]
    month = pd.Period(key[1])
    frame = calls.tz_localize("UTC").rename("calls_offered").rename_axis("interval_start").to_frame()
    calendar = country_calendar(line.country, range(calls.index[0].year - 1, month.year + 2))
    forecast = forecast_month(History(key[0], "UTC", 60, frame), month, calendar=calendar)
    return forecast.assign(aht_seconds=line.aht_seconds)


def plan(calls: pd.Series, line: Any, month: pd.Period, scale: float, target: ServiceTarget) -> pd.DataFrame:
    """Return people by hour and the month's promise, as the ruler asks for them."""
    key = (line.name, str(month))
    _SEEN[key] = (calls, line)
    frame = ahead(key).copy()
    frame[list(CALLS_COLUMNS)] *= scale
    need = requirement(frame, target, interval_minutes=60, striving=Striving("expected"))
    people = need["people_to_roster"]
    made = pd.DataFrame({"people": people.to_numpy()}, index=pd.DatetimeIndex(frame.index).tz_localize(None))
    if scale != 1.0:  # the ruler reads no promise there
        return made.assign(promised=np.nan)
    TOLD[key] = told = promise(frame, people, target)
    month_told = told.month
    return made.assign(
        promised=month_told["expected"], promised_lower=month_told["lower_80"], promised_upper=month_told["upper_80"]
    )


@lru_cache(maxsize=4096)
def next_day(name: str, day: pd.Timestamp) -> pd.DataFrame:
    """Return the forecast of one day from the calls up to the evening before."""
    calls, line = _KNOWN[name, day]
    frame = calls.tz_localize("UTC").rename("calls_offered").rename_axis("interval_start").to_frame()
    calendar = country_calendar(line.country, range(calls.index[0].year - 1, day.year + 2))
    hours = pd.date_range(day, periods=24, freq="h", tz="UTC", name="interval_start")
    forecast = forecast_frame(History(name, "UTC", 60, frame), hours, calendar=calendar)
    return forecast.assign(aht_seconds=line.aht_seconds)


@lru_cache(maxsize=256)
def promised_levels(name: str, month: str, scale: float, target: ServiceTarget) -> tuple[pd.Series, float]:
    """Return the level that the month's plan leads to expect of each day, by formula, and what an hour of it brings."""
    frame = ahead((name, month)).copy()
    frame[list(CALLS_COLUMNS)] *= scale
    people, _ = people_over_futures(frame, target, interval_minutes=60, striving=Striving("expected"))
    service, days = service_over_futures(frame, target, interval_minutes=60)[3], days_of(frame.index)
    levels = day_levels(service, people.astype(float), days)
    return pd.Series(levels, index=frame.index.normalize().unique()), hour_worth(
        service, people.astype(float), interval_minutes=60
    )


def shifts_of(people: np.ndarray, day: pd.Timestamp, month: pd.Period) -> tuple[pd.DataFrame, Situation]:
    """Return a day's people as shifts of up to eight hours, who came first leaving first, each somebody's."""
    spells, there = [], []
    for hour, count in enumerate([*people.tolist(), 0]):
        over = [start for start in there if hour - start >= MOST_HOURS or count == 0]
        there = [start for start in there if start not in over] if over else there
        spells += [(start, hour) for start in over]
        while len(there) > count:
            spells.append((there.pop(0), hour))
        there += [hour] * max(0, count - len(there))
    codes = {
        spell: Shift(f"{spell[0]:02d}/{spell[1] - spell[0]}", 60 * spell[0], 60 * (spell[1] - spell[0]))
        for spell in spells
    }
    staff = [Person(str(n), contract_hours_per_week=float(last - first)) for n, (first, last) in enumerate(spells)]
    rules = RosterRules(on_site_day={}, on_site_night={})
    where = Situation(staff, ShiftCatalogue(tuple(codes.values())), rules, month, "UTC", Calendar())
    cells = [Cell(person.badge, day.date(), codes[spell].code) for person, spell in zip(staff, spells, strict=True)]
    return with_cells(pd.DataFrame(columns=list(ROSTER_COLUMNS)), where, cells), where


def tomorrow(
    calls: pd.Series, line: Any, day: pd.Timestamp, published: np.ndarray, scale: float, target: ServiceTarget
) -> np.ndarray:
    """Return people by hour after the moves of `huawu tomorrow` for the next day alone."""
    _KNOWN[line.name, day] = (calls, line)
    frame = next_day(line.name, day).copy()
    frame[list(CALLS_COLUMNS)] *= scale
    if not (published > 0).any() or frame["calls"].sum() <= 0:
        return published
    month = pd.Period(day, freq="M")
    service, index = service_over_futures(frame, target, interval_minutes=60)[3], pd.DatetimeIndex(frame.index)
    levels, worth = promised_levels(line.name, str(month), scale, target)
    back = np.array([min(float(levels[day.tz_localize("UTC")]), target.service_level or 0.0)])
    roster, where = shifts_of(published, day, month)
    least = least_people(service, target, days_of(index))
    given = Outlook(index, days_of(index), service, published.astype(float), least, back, back, worth)
    people = published.astype(float)
    for one in changes_ahead(roster, where, given):
        before, roster = roster, applied(roster, where, one)
        people = people + at_work(roster, index) - at_work(before, index)
    return np.round(people).astype(int)


def at_work(roster: pd.DataFrame, index: pd.DatetimeIndex) -> np.ndarray:
    """Return the people of a roster by hour."""
    starts, ends = (roster[name].to_numpy()[None, :] for name in ("start_at", "end_at"))
    at = index.to_numpy()[:, None]
    return ((starts <= at) & (ends > at)).sum(axis=1)


def days_against_chance(ruler: Any, planners: Any, simulator: Any) -> pd.DataFrame:
    """Return each day's stated chance to keep the target, and whether it came to keep it."""
    rows = []
    for name, line in planners.LINES.items():
        calls = planners.calls_of(line)
        for number, month in enumerate(map(pd.Period, line.months)):
            told = TOLD.get((name, str(month)))
            came = calls.reindex(pd.date_range(month.start_time, month.end_time.floor("h"), freq="h"))
            seen = came.notna().to_numpy()
            if told is None or seen.sum() < 200:
                continue
            rng = np.random.default_rng([number, 0, 7])
            at, hour = simulator.arrivals(came, rng)
            service = simulator.service(len(at), line.aht_seconds, rng)
            patience = rng.exponential(planners.PATIENCE_SECONDS, len(at))
            there = np.random.default_rng([number, 0, 9])
            on = simulator.present(told.intervals["people"].to_numpy(), there, planners.SHRINKAGE)
            out = simulator.play(on, at, hour, service, patience, within=planners.ANSWER_WITHIN_SECONDS)
            days = came.index.strftime("%Y-%m-%d")[seen]
            counts = pd.DataFrame({key: out[key][seen] for key in ("ok", "off")}).groupby(days).sum()
            kept = (counts["ok"] / counts["off"])[counts["off"] > 20] >= ruler.TARGET.service_level
            rows.append(pd.DataFrame({"line": name, "chance": told.days["chance"], "kept": kept}).dropna())
    return pd.concat(rows)


def main() -> None:
    """Print promised against kept, hours against the workbook's, and the days' chances against what came."""
    folder = shared_bench("rehearsal", "ruler.py")
    if folder is None:
        print("the ruler is not here (shared/bench/rehearsal beside the project)")
        return
    sys.path.insert(0, str(folder))
    ruler, planners, simulator = (importlib.import_module(name) for name in ("ruler", "planners", "simulator"))
    lines = [name for name in sys.argv[1:] if name in planners.LINES] or list(planners.LINES)

    def mine(calls: pd.Series, line: Any, month: pd.Period, scale: float) -> pd.DataFrame:
        return plan(calls, line, month, scale, ruler.TARGET)

    def mended(calls: pd.Series, line: Any, day: pd.Timestamp, published: np.ndarray, scale: float) -> np.ndarray:
        return tomorrow(calls, line, day, published, scale, ruler.TARGET)

    daily = {"mine, daily": ruler.replanned(mended, mine)} if "--daily" in sys.argv else {}
    ruler.report(pd.concat([ruler.rehearse(name, {"mine": mine, **daily}) for name in lines]))
    days = days_against_chance(ruler, planners, simulator)
    days["bin"] = pd.qcut(days["chance"], 4, duplicates="drop")
    told = days.groupby("bin", observed=True).agg(
        days=("kept", "size"), stated=("chance", "mean"), came=("kept", "mean")
    )
    print(told.round(3).to_string())


if __name__ == "__main__":
    main()
