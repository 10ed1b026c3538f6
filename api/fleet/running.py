"""A fleet planned by an executor: local processes, a cluster's workers, or whatever else takes functions."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from api.fleet import work
from api.fleet.listing import FILE_KEYS, OF_DEMAND, Fleet, FleetQueue
from api.intake import write_frame
from api.whole_files import write_whole_bytes, write_whole_text
from forecaster.messages import Words

Stage = Literal["reading", "forecast", "roster", "done", "kept", "failed"]
MARK = "fleet.json"
FORECAST_FILE = "forecast.parquet"  # to the last digit, which a CSV does not keep
CENTRE_DAYS_FILE = "days.csv"  # the days ahead of a centre
CENTRE_CALLS_FILE = "calls.parquet"  # what its queues had together
ATTEMPTS = 3  # work whose worker dies so often is given up: it may be what kills them


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of one queue.

    figures
        What a group asks of it (`api.fleet.work`), empty where it failed; all else stands in its folder.
    why
        What it failed on.
    """

    queue: FleetQueue
    stage: Stage
    figures: dict[str, Any] = field(default_factory=dict)
    why: Words | None = None


@dataclass(eq=False)
class _Task:
    """Work for the engine.

    prepare
        Gives the function and its arguments; called when it is sent, so that only what is under way is held.
    take
        Is given the result, and returns the work that follows from it.
    fail
        Is given what it failed on.
    """

    queues: Sequence[FleetQueue]
    stage: Stage
    prepare: Callable[[], tuple[Any, ...]]
    take: Callable[[Any], Sequence[_Task]]
    fail: Callable[[Words], None]
    attempts: int = 0


class LostExecutorError(Exception):
    """The engine itself is gone: nothing more can be sent to it."""


def plan_fleet(  # noqa: PLR0913 - what a run is told that does not travel with the fleet
    fleet: Fleet,
    *,
    engine: Callable[[], Executor],
    folder: Path,
    made_at: datetime,
    version: str,
    rosters: bool = True,
    resume: bool = False,
    at_once: int = 2,
    progress: Callable[[FleetQueue, Stage], None] = lambda *_: None,
) -> list[Outcome]:
    """Forecast and plan every queue of the fleet and return what became of each, in the order of the list.

    A queue that fails is told and stops no other. What is handed to the engine are functions with the contents of
    files, and what comes back are the contents of others: workers need huawu, but no folder in common. The numbers do
    not depend on the engine or its workers.

    engine
        Gives an executor; asked again where local processes died with their worker.
    folder
        Where the plans go, a folder for each; this process puts them there, each whole or not at all.
    rosters
        Whether the queues are planned, or only forecast.
    resume
        Keep the forecasts and plans that an earlier run made from the very same files and settings.
    at_once
        How many units (a queue, or the queues of a centre that are forecast together) are under way together; what was
        read of the others is not held in memory.

    Raises
    ------
    LostExecutorError
        Where the engine takes nothing more. What was done stays, and is kept with `resume`.
    """
    kept = _Kept(fleet, folder, made_at, version, rosters=rosters, resume=resume, progress=progress)
    _Run(engine, at_once, progress).go(task for unit in fleet.units() for task in kept.begin(unit))
    return [kept.found[queue] for queue in fleet.queues]


class _Kept:
    """What is made of each queue, stage by stage, and stands in its folder."""

    def __init__(
        self,
        fleet: Fleet,
        folder: Path,
        made_at: datetime,
        version: str,
        *,
        rosters: bool,
        resume: bool,
        progress: Callable[[FleetQueue, Stage], None],
    ) -> None:
        self.fleet, self.folder, self.made_at, self.version = fleet, folder, made_at, version
        self.rosters, self.resume, self.progress = rosters, resume, progress
        self.found: dict[FleetQueue, Outcome] = {}

    def begin(self, unit: Sequence[FleetQueue]) -> Sequence[_Task]:
        """Return what there is to do for a unit; nothing where all of it is kept from before."""
        try:
            mark = self.fleet.forecast_mark_of(unit, self.version)
        except OSError as error:
            self._fail(unit, work.error_words(error))
            return []
        before = [self._before(queue, "forecast", mark) for queue in unit]
        if self.resume and all(before):
            return [task for queue in unit for task in self._after_forecast(queue, mark, stage="kept")]
        return [
            _Task(
                unit,
                "forecast",
                lambda: (work.forecast_unit, [work.sent(queue, OF_DEMAND) for queue in unit], self.fleet.month),
                lambda made: self._forecasts(unit, mark, made),
                lambda why: self._fail(unit, why),
            )
        ]

    def _forecasts(self, unit: Sequence[FleetQueue], mark: str, made: work.Forecasts) -> list[_Task]:
        if self.fleet.together:
            centre = self.folder / unit[0].centre
            write_frame(made.days, centre / CENTRE_DAYS_FILE)
            if made.whole is not None:
                write_frame(made.whole.frame, centre / CENTRE_CALLS_FILE)
        tasks: list[_Task] = []
        for queue in unit:
            if queue.name in made.why:
                self._fail([queue], made.why[queue.name])
                continue
            if not (self.resume and self._before(queue, "forecast", mark)):
                place, frame = self.folder / queue.place, made.frames[queue.name]
                (place / MARK).unlink(missing_ok=True)
                write_frame(frame, place / FORECAST_FILE)
                write_frame(frame, place / "forecast.csv")
                self._mark(queue, {"forecast": mark, "figures": work.forecast_figures(frame)})
            tasks += self._after_forecast(queue, mark, stage="done")
        return tasks

    def _after_forecast(self, queue: FleetQueue, forecast_mark: str, *, stage: Stage) -> list[_Task]:
        if not self.rosters:
            self._close(Outcome(queue, stage, self._told(queue)["figures"]))
            return []
        mark = self.fleet.mark_of(queue, self.version) + forecast_mark
        if self.resume and self._before(queue, "plan", mark):
            self._close(Outcome(queue, "kept", self._told(queue)["figures"]))
            return []
        place, search = self.folder / queue.place, work.Search.of(self.fleet)

        def prepare() -> tuple[Any, ...]:
            forecast = pd.read_parquet(place / FORECAST_FILE).set_index("interval_start")
            return work.plan_queue, work.sent(queue, FILE_KEYS), self.fleet.month, forecast, self.made_at, search

        def take(made: work.Planned | Words) -> list[_Task]:
            if isinstance(made, Words):
                self._fail([queue], made)
                return []
            work.write_beneath(made.files, place, write_whole_bytes)
            figures = {**self._told(queue)["figures"], **made.figures}
            self._mark(queue, {"forecast": forecast_mark, "plan": mark, "figures": figures})  # last: it is done now
            self._close(Outcome(queue, "done", figures))
            return []

        return [_Task([queue], "roster", prepare, take, lambda why: self._fail([queue], why))]

    def _told(self, queue: FleetQueue) -> dict[str, Any]:
        try:
            told = json.loads((self.folder / queue.place / MARK).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def _before(self, queue: FleetQueue, what: str, mark: str) -> bool:
        there = (self.folder / queue.place / FORECAST_FILE).is_file()
        return there and self._told(queue).get(what) == mark

    def _mark(self, queue: FleetQueue, told: dict[str, Any]) -> None:
        write_whole_text(self.folder / queue.place / MARK, json.dumps(told))

    def _fail(self, queues: Sequence[FleetQueue], why: Words) -> None:
        for queue in queues:
            self._close(Outcome(queue, "failed", why=why))

    def _close(self, outcome: Outcome) -> None:
        self.found[outcome.queue] = outcome
        self.progress(outcome.queue, outcome.stage)


class _Run:
    """The tasks under way, and the executor that does the work."""

    def __init__(
        self, engine: Callable[[], Executor], at_once: int, progress: Callable[[FleetQueue, Stage], None]
    ) -> None:
        self.engine, self.at_once, self.progress = engine, at_once, progress
        self.executor = engine()
        self.under_way: dict[Future[Any], _Task] = {}
        self.next: deque[_Task] = deque()

    def go(self, waiting: Iterator[_Task]) -> None:
        """Do all that is waiting, and what follows from it before anything new."""
        try:
            while True:
                while len(self.under_way) < self.at_once and (task := self._following(waiting)) is not None:
                    self._submit(task)
                if not self.under_way:
                    return
                for future in wait(self.under_way, return_when=FIRST_COMPLETED).done:
                    if future in self.under_way:  # not, where another of the same moment broke the executor
                        self._take(future)
        finally:
            for future in self.under_way:
                future.cancel()
            self.executor.shutdown(wait=True)

    def _following(self, waiting: Iterator[_Task]) -> _Task | None:
        return self.next.popleft() if self.next else next(waiting, None)

    def _submit(self, task: _Task) -> None:
        for stage in ("reading", task.stage) if task.stage == "forecast" else (task.stage,):
            for queue in task.queues:
                self.progress(queue, stage)
        try:
            sent = task.prepare()
        except OSError as error:
            task.fail(work.error_words(error))
            return
        try:
            future = self.executor.submit(*sent)
        except BrokenExecutor as error:  # it died after the last look
            self._begin_anew(task, error)
            return
        except RuntimeError as error:  # shut down by the other side
            raise LostExecutorError(str(error) or type(error).__name__) from error
        self.under_way[future] = task

    def _take(self, future: Future[Any]) -> None:
        task = self.under_way.pop(future)
        try:
            made = future.result()
        except BrokenExecutor as error:
            self._begin_anew(task, error)
        except (CancelledError, OSError) as error:
            raise LostExecutorError(str(error) or type(error).__name__) from error
        except Exception as error:  # whatever one queue's data does, the others are planned
            task.fail(work.error_words(error))
        else:
            self.next.extendleft(reversed(task.take(made)))

    def _begin_anew(self, task: _Task, error: BrokenExecutor) -> None:
        """Take a fresh executor for the task and all that died with the old one; what had come back stays to be taken.

        All of it at once: a task left waiting for the dead executor would break the fresh one's work a second time.
        """
        done = {
            at: one for at, one in self.under_way.items() if at.done() and not at.cancelled() and at.exception() is None
        }
        lost = [task, *(one for at, one in self.under_way.items() if at not in done)]
        self.under_way = done
        self.executor.shutdown(wait=False)
        self.executor = self.engine()
        for one in lost:
            one.attempts += 1
            if one.attempts < ATTEMPTS:
                self.next.append(one)
            else:
                one.fail(work.error_words(error))
