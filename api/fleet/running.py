"""A fleet planned by an executor: local processes, a cluster's workers, or whatever else takes functions."""

from __future__ import annotations

import copyreg
import json
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import pandas as pd

from api.fleet.listing import Fleet, FleetQueue
from api.inputs import Demand, Supply, read_demand, read_supply
from api.plan import Plan
from api.planning import LastMonth, forecast_of, last_month, plan_month
from forecaster.messages import Refusal, Words, told_of, unforeseen

Stage = Literal["reading", "forecast", "roster", "done", "kept", "failed"]
MARK = "fleet.json"
ATTEMPTS = 3  # a queue whose worker dies so often is not planned: it may be what kills them


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of one queue.

    facts
        The head of its plan (`plan.json`), empty where it failed; the plan itself stands in its folder alone.
    why
        What it failed on.
    """

    queue: FleetQueue
    stage: Stage
    facts: dict[str, Any] = field(default_factory=dict)
    why: Words | None = None


@dataclass(eq=False)
class _Work:
    """A queue on its way: what was read, and what the worker gave last."""

    queue: FleetQueue
    demand: Demand
    supply: Supply
    last: LastMonth
    forecast: pd.DataFrame | None = None
    attempts: int = 0


def _read_only(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)


# A site's settings are read-only mappings, which the standard library cannot send by itself.
copyreg.pickle(MappingProxyType, lambda mapping: (_read_only, (dict(mapping),)))


class LostExecutorError(Exception):
    """The engine itself is gone: nothing more can be sent to it."""


def plan_fleet(  # noqa: PLR0913 - what a run is told that does not travel with the fleet
    fleet: Fleet,
    *,
    engine: Callable[[], Executor],
    folder: Path,
    write: Callable[[Plan, Demand, LastMonth, Path], None],
    made_at: datetime,
    version: str,
    resume: bool = False,
    at_once: int = 2,
    progress: Callable[[FleetQueue, Stage], None] = lambda *_: None,
) -> list[Outcome]:
    """Plan every queue of the fleet and return what became of each, in the order of the list.

    A queue that fails is told and stops no other. What is handed to the engine are functions with their data: workers
    need huawu, but neither the files nor a folder in common. The numbers do not depend on the engine or its workers.

    engine
        Gives an executor; asked again where local processes died with their worker.
    folder, write
        Where the plans go, and what writes one there: made by this process, each whole or not at all.
    resume
        Keep the plans that an earlier run made from the very same files and settings.
    at_once
        How many queues are under way together; what was read of the others is not held in memory.

    Raises
    ------
    LostExecutorError
        Where the engine takes nothing more. What was done stays, and is kept with `resume`.
    """
    marks = {queue: fleet.mark_of(queue, version) for queue in fleet.queues}
    found: dict[FleetQueue, Outcome] = {}

    def close(outcome: Outcome) -> None:
        found[outcome.queue] = outcome
        progress(outcome.queue, outcome.stage)

    def kept(queue: FleetQueue) -> bool:
        facts = _made_before(folder / queue.place, marks[queue]) if resume else None
        if facts is not None:
            close(Outcome(queue, "kept", facts))
        return facts is not None

    waiting = (queue for queue in fleet.queues if not kept(queue))
    _Run(fleet, engine, made_at, at_once, progress).go(
        waiting, close=close, keep=lambda work, plan: _keep(work, plan, folder, marks[work.queue], write)
    )
    return [found[queue] for queue in fleet.queues]


class _Run:
    """The queues under way, and the executor that does the work."""

    def __init__(
        self,
        fleet: Fleet,
        engine: Callable[[], Executor],
        made_at: datetime,
        at_once: int,
        progress: Callable[[FleetQueue, Stage], None],
    ) -> None:
        self.fleet, self.engine, self.made_at, self.at_once, self.progress = fleet, engine, made_at, at_once, progress
        self.executor = engine()
        self.under_way: dict[Future[Any], _Work] = {}
        self.again: deque[_Work] = deque()

    def go(
        self,
        waiting: Iterator[FleetQueue],
        *,
        close: Callable[[Outcome], None],
        keep: Callable[[_Work, Plan], Outcome],
    ) -> None:
        try:
            while True:
                while len(self.under_way) < self.at_once and (work := self._next(waiting, close)) is not None:
                    self._submit(work)
                if not self.under_way:
                    return
                for future in wait(self.under_way, return_when=FIRST_COMPLETED).done:
                    if future in self.under_way:  # not, where another of the same moment broke the executor
                        self._take(future, close=close, keep=keep)
        finally:
            for future in self.under_way:
                future.cancel()
            self.executor.shutdown(wait=True)

    def _next(self, waiting: Iterator[FleetQueue], close: Callable[[Outcome], None]) -> _Work | None:
        if self.again:
            return self.again.popleft()
        for queue in waiting:
            self.progress(queue, "reading")
            try:
                return _read(queue, self.fleet.month)
            except (ValueError, OSError) as error:
                close(Outcome(queue, "failed", why=_words(error)))
        return None

    def _submit(self, work: _Work) -> None:
        self.progress(work.queue, "forecast" if work.forecast is None else "roster")
        try:
            if work.forecast is None:
                future: Future[Any] = self.executor.submit(forecast_of, work.demand, self.fleet.month)
            else:
                given = (work.demand, work.supply, work.last, work.forecast)
                search = (self.fleet.seed, self.fleet.time_limit_seconds)
                future = self.executor.submit(_planned, *given, self.made_at, *search)
        except BrokenExecutor:
            self._begin_anew([work])
            return
        except RuntimeError as error:  # shut down by the other side
            raise LostExecutorError(str(error)) from error
        self.under_way[future] = work

    def _take(
        self,
        future: Future[Any],
        *,
        close: Callable[[Outcome], None],
        keep: Callable[[_Work, Plan], Outcome],
    ) -> None:
        work = self.under_way.pop(future)
        try:
            given = future.result()
        except BrokenExecutor as error:
            lost = [work, *self.under_way.values()]
            self.under_way.clear()
            for one in lost:
                one.attempts += 1
            for one in [one for one in lost if one.attempts >= ATTEMPTS]:
                close(Outcome(one.queue, "failed", why=_words(error)))
            self._begin_anew([one for one in lost if one.attempts < ATTEMPTS])
        except (CancelledError, OSError) as error:
            raise LostExecutorError(str(error)) from error
        except Exception as error:  # whatever one queue's data does, the others are planned
            close(Outcome(work.queue, "failed", why=_words(error)))
        else:
            if isinstance(given, Plan):
                close(keep(work, given))
            else:
                work.forecast = given
                self.again.appendleft(work)

    def _begin_anew(self, works: list[_Work]) -> None:
        """Take a fresh executor for what was under way when a worker's death broke the old one."""
        self.executor.shutdown(wait=False)
        self.executor = self.engine()
        self.again.extend(works)


def _planned(
    demand: Demand,
    supply: Supply,
    last: LastMonth,
    forecast: pd.DataFrame,
    made_at: datetime,
    seed: int,
    time_limit_seconds: float,
) -> Plan:
    """Return the plan, its search as long as its planned steps: no clock ends it, so every machine gives the same."""
    return plan_month(
        demand,
        supply,
        made_at=made_at,
        last=last,
        forecast=forecast,
        seed=seed,
        time_limit_seconds=time_limit_seconds,
        clock=_still,
    )


def _still() -> float:
    return 0.0


def _read(queue: FleetQueue, month: pd.Period) -> _Work:
    demand = read_demand(
        queue.history,
        queue=queue.history_queue,
        timezone=queue.timezone,
        country=queue.country,
        site=queue.site,
        calendar=queue.calendar,
        mapping=queue.mapping,
    )
    supply = read_supply(
        queue.people, month, site=demand.site, calendar=demand.calendar, shifts=queue.shifts, rules=queue.rules
    )
    zone = demand.site.timezone
    last = last_month(None, queue=demand.history.queue, month=month, timezone=zone, folder=queue.last_plan)
    return _Work(queue, demand, supply, last)


def _keep(
    work: _Work, plan: Plan, folder: Path, mark: str, write: Callable[[Plan, Demand, LastMonth, Path], None]
) -> Outcome:
    place = folder / work.queue.place
    (place / MARK).unlink(missing_ok=True)
    write(plan, work.demand, work.last, place)
    (place / MARK).write_text(json.dumps({"mark": mark}), encoding="utf-8")  # last: until then it is not done
    return Outcome(work.queue, "done", dict(plan.facts))


def _made_before(place: Path, mark: str) -> dict[str, Any] | None:
    try:
        if json.loads((place / MARK).read_text(encoding="utf-8"))["mark"] != mark:
            return None
        facts: dict[str, Any] = json.loads((place / "plan.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError):
        return None
    return facts


def _words(error: BaseException) -> Words:
    return told_of(error) if isinstance(error, Refusal) else unforeseen(f"{type(error).__name__}: {error}")
