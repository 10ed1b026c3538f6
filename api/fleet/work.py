"""What a worker does for a fleet: the contents of files go in and come out, so that no disk need be in common."""

from __future__ import annotations

import copyreg
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from api.fleet.listing import Fleet, FleetQueue
from api.inputs import Demand, files_in, read_demand, read_supply
from api.intake import InputError
from api.plan import PROMISED, Plan
from api.planning import last_month, plan_month, require_year
from api.reports.month_report import write_month
from api.site import with_handling_times
from forecaster.forecast.adding_up import AddedUp, added_days, forecast_together
from forecaster.forecast.band_columns import TOTAL_BAND
from forecaster.history.intervals import month_intervals, plan_cutoff
from forecaster.history.observed import History
from forecaster.messages import Refusal, Words, told_of, unforeseen

Contents = Mapping[str, bytes]  # deflated, by the name inside a folder; a single file by its own


@dataclass(frozen=True, eq=False)
class Sent:
    """A queue with the contents of its files, by what they are."""

    queue: FleetQueue
    files: Mapping[str, Contents]


@dataclass(frozen=True, eq=False)
class Forecasts:
    """What was forecast of the queues of a unit, by their names.

    frames
        Each queue's forecast.
    why
        What the others failed on.
    days, whole
        The days of all their calls together, and what they had by interval (`forecaster.forecast.adding_up`); `whole`
        is None where they are not on one clock.
    """

    frames: Mapping[str, pd.DataFrame]
    why: Mapping[str, Words]
    days: pd.DataFrame
    whole: History | None = None


@dataclass(frozen=True, eq=False)
class Planned:
    """A queue's plan: the contents of its folder, and its figures for the group."""

    files: Contents
    figures: Mapping[str, float | None]


def _read_only(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)


# A calendar's settings are read-only mappings, which the standard library cannot send by itself.
copyreg.pickle(MappingProxyType, lambda mapping: (_read_only, (dict(mapping),)))


def sent(queue: FleetQueue, kinds: Sequence[str]) -> Sent:
    """Return the queue with the contents of those of its files that are needed.

    Raises
    ------
    OSError
        If one cannot be read.
    """
    files = {kind: path for kind, path in queue.files.items() if kind in kinds}
    return Sent(queue.with_files(files), {kind: contents(path) for kind, path in files.items()})


def contents(path: Path) -> dict[str, bytes]:
    """Return what is in a file, or in the files of a folder."""
    return {one.relative_to(path.parent).as_posix(): zlib.compress(one.read_bytes(), 1) for one in files_in(path)}


def write_beneath(files: Contents, folder: Path, write: Callable[[Path, bytes], object]) -> None:
    """Write contents beneath `folder`."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, zlib.decompress(content))


@contextmanager
def unpacked_queue(given: Sent) -> Iterator[FleetQueue]:
    """Give the queue with its files on this machine; what is wrong with one names it as the list does."""
    listed = {kind: getattr(given.queue, kind) for kind in given.files}
    with tempfile.TemporaryDirectory(prefix="huawu-") as name:
        for kind, files in given.files.items():
            write_beneath(files, Path(name, kind), Path.write_bytes)
        here = {kind: Path(name, kind, path.name) for kind, path in listed.items()}
        try:
            yield given.queue.with_files(here)
        except InputError as error:
            for one in {id(fault): fault for fault in (error, *error.faults)}.values():
                for kind, path in listed.items():
                    if Path(one.file).is_relative_to(Path(name, kind)):
                        one.file = str(path.parent / Path(one.file).relative_to(Path(name, kind)))
            raise


def forecast_unit(unit: Sequence[Sent], month: pd.Period) -> Forecasts:
    """Return the forecasts of the queues that are forecast together; what one fails on stops no other."""
    clocks: dict[tuple[str, int], dict[str, Demand]] = {}
    why: dict[str, Words] = {}
    for one in unit:
        try:
            with unpacked_queue(one) as queue:
                demand = _demand(queue)
                require_year(demand, month)
        except (ValueError, OSError) as error:
            why[one.queue.name] = error_words(error)
        else:
            past = demand.history
            clocks.setdefault((past.timezone, past.interval_minutes), {})[one.queue.name] = demand
    made: list[AddedUp] = []
    frames: dict[str, pd.DataFrame] = {}
    for (timezone, minutes), demands in clocks.items():
        added = forecast_together(
            {name: one.history.before(plan_cutoff(month, timezone)) for name, one in demands.items()},
            month_intervals(month, timezone, interval_minutes=minutes),
            calendar=min(demands.values(), key=lambda one: one.history.start_at).calendar,
            failed=lambda name, error: why.update({name: error_words(error)}),
        )
        made.append(added)
        frames |= {name: with_handling_times(frame, demands[name].site) for name, frame in added.frames.items()}
    if len(made) == 1:
        return Forecasts(frames, why, made[0].days, made[0].whole)
    return Forecasts(frames, why, added_days([one.days for one in made], None))


@dataclass(frozen=True)
class Search:
    """How rosters are searched for, and how many past months are planned too."""

    seed: int
    time_limit_seconds: float
    rehearsal_months: int

    @classmethod
    def of(cls, fleet: Fleet) -> Search:
        """Return a fleet's."""
        return cls(fleet.seed, fleet.time_limit_seconds, fleet.rehearsal_months)

    def planned(self, *given: Any, **more: Any) -> Plan:
        """Return a month's plan; no clock ends its search, so that every machine gives the same roster."""
        limits = {"seed": self.seed, "time_limit_seconds": self.time_limit_seconds}
        return plan_month(*given, **(limits | more), clock=_still, one_core=True)


def plan_queue(
    given: Sent, month: pd.Period, forecast: pd.DataFrame, made_at: datetime, search: Search
) -> Planned | Words:
    """Return a queue's plan, with past months planned and held to what came if that is asked, or what it failed on."""
    try:
        with unpacked_queue(given) as queue, tempfile.TemporaryDirectory(prefix="huawu-") as name:
            demand = _demand(queue, arrivals=search.rehearsal_months > 0)
            assert queue.people is not None
            supply = read_supply(
                queue.people, month, site=demand.site, calendar=demand.calendar, shifts=queue.shifts, rules=queue.rules
            )
            zone = demand.site.timezone
            last = last_month(None, queue=demand.history.queue, month=month, timezone=zone, folder=queue.last_plan)
            plan = search.planned(demand, supply, made_at=made_at, last=last, forecast=forecast)
            write_month(plan, demand, Path(name), last=last.frozen)
            figures = plan_figures(plan)
            if search.rehearsal_months:
                figures |= _rehearsed(queue, demand, search, Path(name, "rehearsal"))
            inside = Path(name).name + "/"
            files = {path.removeprefix(inside): content for path, content in contents(Path(name)).items()}
            return Planned(files, figures)
    except (ValueError, OSError) as error:
        return error_words(error)


def _rehearsed(queue: FleetQueue, demand: Demand, search: Search, folder: Path) -> dict[str, float | None]:
    """Write how past months would have kept, and return how many there were and which share held what was promised.

    A history that is too short for it has none; its plan stands.
    """
    from api.rehearsing import months_that_can, rehearse
    from api.reports.rehearsal_page import write_rehearsal

    assert queue.people is not None
    site, days = demand.site, demand.calendar
    supply_of = partial(
        read_supply, queue.people, site=site, calendar=days, shifts=queue.shifts, rules=queue.rules, dated=False
    )
    try:
        months_that_can(demand)
    except InputError:
        return {"rehearsed": 0, "held": None}
    made = rehearse(
        demand,
        supply_of,
        months=search.rehearsal_months,
        time_limit_seconds=search.time_limit_seconds,
        seed=search.seed,
        planned=search.planned,
    )
    write_rehearsal(made, folder)
    return {"rehearsed": len(made.months), "held": float(made.months["held"].mean())}


def forecast_figures(forecast: pd.DataFrame) -> dict[str, float]:
    """Return the calls of a queue's month, and the limits of their total."""
    calls = float(forecast["calls"].sum())
    low, high = (float(forecast[column].iloc[0]) * calls for column in TOTAL_BAND)
    return {"calls": calls, "calls_lower_80": low, "calls_upper_80": high}


def plan_figures(plan: Plan) -> dict[str, float | None]:
    """Return what a group asks of a queue's plan: seat-hours of the month, people, and what is promised (shares)."""
    hours, promise = plan.facts["interval_minutes"] / 60, plan.facts.get("promise") or {}
    return {
        "hours_required": float(plan.requirement["people_to_roster"].sum() * hours),
        "hours_rostered": float(plan.coverage["seats_rostered"].sum() * hours),
        "hours_short": float(plan.coverage["shortage"].sum() * hours),
        "people": plan.facts["people"],
        **{name: promise.get(name) for name in PROMISED},
        "target": promise.get("service_level"),
    }


def error_words(error: BaseException) -> Words:
    """Return what an error says, in both languages."""
    return told_of(error) if isinstance(error, Refusal) else unforeseen(f"{type(error).__name__}: {error}")


def _still() -> float:
    return 0.0


def _demand(queue: FleetQueue, *, arrivals: bool = False) -> Demand:
    return read_demand(
        queue.history,
        queue=queue.history_queue,
        timezone=queue.timezone,
        country=queue.country,
        site=queue.site,
        calendar=queue.calendar,
        mapping=queue.mapping,
        arrivals=arrivals,
    )
