"""Is the promise kept, and for how many hours: past months planned, then the real calls let come.

    python -m tests.benchmarks.plan_ruler                 # every line of the ruler, some eight minutes
    python -m tests.benchmarks.plan_ruler us_bank         # one of them
    python -m tests.benchmarks.plan_ruler us_bank --daily # beside it the same plan, its next day mended every evening
    python -m tests.benchmarks.plan_ruler --daily --from 1 --step 3     # a third of the months: half an hour

Daily, the people published are cut into shifts of up to eight hours, and each evening those moves of `huawu tomorrow`
are made that need no more than the day itself: overtime after or before a shift (three hours a day), another shift up
to three hours away, going home early or starting later by up to half a shift, and three hours of somebody who has the
day off (as many have as three in ten of the day's most people). Hours even out (`hours_even_out`), since the ruler
counts an hour as an hour, whoever works it.

With `--ladders` each plan as made is played once more with the shipped ladders live: the queue read every 30 s, twelve
people in reserve who sit down two minutes after they are called (`data/config/lab.toml`).

The ruler lies at shared/bench/rehearsal beside the project (or under HUAWU_SHARED); its simulator is nobody's planner.
The plan strives for the expected level, from a history through the 24th; it is not told the callers' patience.
"""

from __future__ import annotations

import importlib
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from api.ladder_lab import ladders_named, read_lab
from escalation.lab import LadderStaffing
from escalation.ladder import Ladder
from forecaster.forecast.interval_forecast import forecast_frame, forecast_month
from forecaster.history.calendar import Calendar, country_calendar
from forecaster.history.observed import History
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.futures import day_numbers
from forecaster.requirement.promises import Promise, promise
from forecaster.requirement.seats import requirement
from forecaster.requirement.staffing import least_people, people_over_futures, service_over_futures
from forecaster.requirement.striving import Striving
from optimizer.desk.changes_ahead import Change, why_unlawful
from optimizer.desk.days_ahead import Outlook, changes_ahead, day_levels, hour_worth
from optimizer.law.changes import Cell, with_cells
from optimizer.law.lawfulness import ROSTER_COLUMNS
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from tests.benchmarks.beside import shared_bench
from tests.benchmarks.results import skipped

CALLS_COLUMNS = ("calls", "calls_lower_80", "calls_upper_80", "calls_lower_95", "calls_upper_95")
DAILY_SCALES = (0.86, 1.0, 1.14)
LADDERS, READ_EVERY_SECONDS, HOUR = ("none", "recommended", "brisk"), 30, 3600
TOLD: dict[tuple[str, str], Promise] = {}
MADE: dict[tuple[str, str, str], np.ndarray] = {}  # people by hour of each plan, line and month, as planned
VERDICTS: dict[tuple[Any, ...], Any] = {}  # of the law, by kind of change and its hours
MOST_HOURS, OFF_SHARE = 8, 0.3
EXPECTED = Striving("expected")
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
    return planned(key, scale, target).copy()


@lru_cache(maxsize=512)
def planned(key: tuple[str, str], scale: float, target: ServiceTarget) -> pd.DataFrame:
    """Return the same of a line's month by their names."""
    frame = ahead(key).copy()
    frame[list(CALLS_COLUMNS)] *= scale
    people = requirement(frame, target, interval_minutes=60, striving=EXPECTED)["people_to_roster"]
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
    people = people_over_futures(frame, target, interval_minutes=60, striving=EXPECTED)[0].astype(float)
    service, days = service_over_futures(frame, target, interval_minutes=60).expected, day_numbers(frame.index)
    levels = day_levels(service, people, days)
    return pd.Series(levels, index=frame.index.normalize().unique()), hour_worth(service, people, interval_minutes=60)


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
    free = [Person(f"off {n}") for n in range(int(OFF_SHARE * people.max()))]
    rules = RosterRules(on_site_day={}, on_site_night={}, hours_even_out=True)
    where = Situation([*staff, *free], ShiftCatalogue(tuple(codes.values())), rules, month, "UTC", Calendar())
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
    service, index = service_over_futures(frame, target, interval_minutes=60).expected, pd.DatetimeIndex(frame.index)
    levels, worth = promised_levels(line.name, str(month), scale, target)
    back = np.array([min(float(levels[day.tz_localize("UTC")]), target.service_level or 0.0)])
    roster, where = shifts_of(published, day, month)
    least = least_people(service, target, day_numbers(index))
    given = Outlook(index, day_numbers(index), service, published.astype(float), least, back, back, worth)

    # Nobody has more than this day and one change of it: the law says the same of all alike on any day, and is asked
    # once of them; what a change touches and the roster with it are not asked for.
    def why(roster: pd.DataFrame, situation: Situation, one: Change) -> Any:
        kind = (one.kind, one.before, one.after, one.start_at - index[0], one.end_at - index[0])
        if kind not in VERDICTS:
            VERDICTS[kind] = why_unlawful(roster, situation, one)
        return VERDICTS[kind]

    quick = {"why_unlawful": why, "told": lambda roster, _, one: one, "applied": lambda roster, *_: roster}
    with patch.multiple("optimizer.desk.days_ahead", **quick):
        made = changes_ahead(roster, where, given)
    shifts = {code: (one.start_minute // 60, one.start_minute // 60 + one.length_minutes // 60)
              for code, one in ((one.code, one) for one in where.catalogue.shifts)}  # fmt: skip
    people = published.astype(int).copy()
    for one in made:
        first, last = (int((at - index[0]) / pd.Timedelta(hours=1)) for at in (one.start_at, one.end_at))
        if one.kind == "shift_changed":
            people[slice(*shifts[one.before])] -= 1
            people[first:last] += 1
        else:
            people[first:last] += 1 if one.hours > 0 else -1
    return people


def months_that_came(ruler: Any, planners: Any, simulator: Any) -> Iterator[tuple[Any, pd.Period, Any]]:
    """Yield the first of the ruler's worlds of every month planned: its line, month, and what came."""
    for name, line in planners.LINES.items():
        calls = planners.calls_of(line)
        for number, month in enumerate(map(pd.Period, line.months)):
            hours = calls.reindex(pd.date_range(month.start_time, month.end_time.floor("h"), freq="h"))
            seen = hours.notna().to_numpy()
            if (name, str(month)) not in TOLD or seen.sum() < 200:
                continue
            rng = np.random.default_rng([number, 0, 7])
            at, hour = simulator.arrivals(hours, rng)
            service = simulator.service(len(at), line.aht_seconds, rng)
            patience = rng.exponential(planners.PATIENCE_SECONDS, len(at))

            def present(people: np.ndarray, number: int = number) -> np.ndarray:
                there = np.random.default_rng([number, 0, 9])
                return np.asarray(simulator.present(people, there, planners.SHRINKAGE))

            within = ruler.TARGET.answer_within_seconds
            yield line, month, SimpleNamespace(
                hours=hours, seen=seen, at=at, hour=hour, service=service, patience=patience, present=present,
                within=within,
            )  # fmt: skip


def days_against_chance(ruler: Any, planners: Any, simulator: Any) -> pd.DataFrame:
    """Return each day's stated chance to keep the target, and whether it came to keep it."""
    rows = []
    for line, month, came in months_that_came(ruler, planners, simulator):
        told = TOLD[line.name, str(month)]
        on = came.present(told.intervals["people"].to_numpy())
        out = simulator.play(on, came.at, came.hour, came.service, came.patience, within=came.within)
        days = came.hours.index.strftime("%Y-%m-%d")[came.seen]
        counts = pd.DataFrame({key: out[key][came.seen] for key in ("ok", "off")}).groupby(days).sum()
        kept = (counts["ok"] / counts["off"])[counts["off"] > 20] >= ruler.TARGET.service_level
        rows.append(pd.DataFrame({"line": line.name, "chance": told.days["chance"], "kept": kept}).dropna())
    return pd.concat(rows)


def with_ladder(simulator: Any, on: np.ndarray, came: Any, ladder: Ladder | None) -> dict[str, float]:
    """Return the minutes above ten, the level kept and the people-minutes lent of a month with a ladder live."""
    lab = read_lab()
    staffing = LadderStaffing(
        ladder, on, floor=lab.floor, sign_in_after_seconds=lab.sign_in_after_seconds, every_seconds=READ_EVERY_SECONDS
    )
    calls, waiting, state = len(came.at), 0, np.zeros(5, np.int64)
    heap, queue, wait, out = np.empty(5000), np.empty(calls + 1, np.int64), np.zeros(calls), np.zeros(calls, np.int8)
    for step in range(len(on) * HOUR // READ_EVERY_SECONDS):
        now = READ_EVERY_SECONDS * step
        seats = staffing(SimpleNamespace(at_seconds=now, interval=now // HOUR, waiting=waiting))
        waiting = simulator.step(
            float(now + READ_EVERY_SECONDS), seats, state, heap, queue, came.at, came.service, came.patience, wait, out
        )
    tally, seen = staffing.tallies[-1], came.seen[came.hour]
    kept = float(((out == 1) & (wait <= came.within))[seen].mean())
    return {"above_10": tally.minutes_above_10, "kept": kept, "people_minutes": tally.people_minutes}


def minutes_with_ladders(ruler: Any, planners: Any, simulator: Any, name: str) -> pd.DataFrame:
    """Return a line's months as planned and played with each ladder live: one row a plan and ladder, means a month."""
    ladders, rows = ladders_named(LADDERS), []
    for line, month, came in months_that_came(ruler, planners, simulator):
        if line.name != name:
            continue
        for plan_name in ("plan", "daily"):
            people = MADE.get((plan_name, line.name, str(month)))
            for lived, ladder in ladders.items() if people is not None else ():
                told = with_ladder(simulator, came.present(people), came, ladder)
                rows.append({"line": line.name, "plan": plan_name, "ladder": lived, "hours": people.sum(), **told})
    return pd.DataFrame(rows).groupby(["line", "plan", "ladder"]).mean()


def main() -> None:
    """Print promised against kept, hours against the workbook's, days' chances against what came, and the ladders."""
    folder = shared_bench("rehearsal", "ruler.py")
    if folder is None:
        skipped("the ruler is not here (shared/bench/rehearsal beside the project)")
        return
    sys.path.insert(0, str(folder))
    ruler, planners, simulator = (importlib.import_module(name) for name in ("ruler", "planners", "simulator"))
    asked = ArgumentParser(description=__doc__)
    asked.add_argument("lines", nargs="*", help="of the ruler; by default all")
    asked.add_argument("--daily", action="store_true", help="also mended every evening, at three scales")
    asked.add_argument("--ladders", action="store_true", help="also with each shipped ladder live (10 s a month)")
    asked.add_argument("--from", dest="first", type=int, default=0, help="first month of each line that is taken")
    asked.add_argument("--step", type=int, default=1, help="every n-th month of each line")
    given = asked.parse_args()
    for name, line in planners.LINES.items():
        planners.LINES[name] = replace(line, months=line.months[given.first :: given.step])

    def mine(calls: pd.Series, line: Any, month: pd.Period, scale: float) -> pd.DataFrame:
        return noted("plan", line, month, scale, plan(calls, line, month, scale, ruler.TARGET))

    def mended(calls: pd.Series, line: Any, day: pd.Timestamp, published: np.ndarray, scale: float) -> np.ndarray:
        return tomorrow(calls, line, day, published, scale, ruler.TARGET)

    def daily(calls: pd.Series, line: Any, month: pd.Period, scale: float) -> pd.DataFrame:
        return noted("daily", line, month, scale, ruler.replanned(mended, mine)(calls, line, month, scale=scale))

    plans = {"mine": mine}
    if given.daily:
        ruler.SCALES, plans = DAILY_SCALES, {**plans, "mine, daily": daily}
    rows = []
    for name in given.lines or planners.LINES:
        rows.append(ruler.rehearse(name, plans))
        ruler.report(rows[-1])
        if given.ladders:
            print(minutes_with_ladders(ruler, planners, simulator, name).round(3).to_string())
        sys.stdout.flush()  # the lines take an hour each where they are re-planned daily
    if len(rows) > 1:
        ruler.report(pd.concat(rows))
    days = days_against_chance(ruler, planners, simulator)
    days["bin"] = pd.qcut(days["chance"], 4, duplicates="drop")
    told = days.groupby("bin", observed=True).agg(
        days=("kept", "size"), stated=("chance", "mean"), came=("kept", "mean")
    )
    print(told.round(3).to_string())


def noted(plan_name: str, line: Any, month: pd.Period, scale: float, made: pd.DataFrame) -> pd.DataFrame:
    """Remember the people of a plan as planned; return it."""
    if scale == 1.0:
        MADE[plan_name, line.name, str(month)] = made["people"].to_numpy().astype(int)
    return made


if __name__ == "__main__":
    main()
