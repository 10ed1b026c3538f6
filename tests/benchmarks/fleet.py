"""A fleet on one worker and on two: cost a queue as it grows, speed-up, memory; workers and schedulers that die.

    python -m tests.benchmarks.fleet                       # small ones of all, some five minutes
    python -m tests.benchmarks.fleet forecast 10 100 1000  # hourly queues of two years: half an hour
    python -m tests.benchmarks.fleet roster 20 150 2       # centres, people, seconds of search: ten minutes
    python -m tests.benchmarks.fleet lost                  # a worker, the whole run, the scheduler: each killed once
    python -m tests.benchmarks.fleet together              # adding up: lines and their sum, on made centres

`--dask` works on workers of a Dask scheduler over sockets, else on processes. Times are by the wall, from the first
queue's reading to the last one's files, workers warm: they say something on a machine that does nothing else. Processor
seconds, of this process and of its workers, say something always.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from api.fleet.listing import Fleet, FleetQueue, read_fleet
from api.fleet.running import FORECAST_FILE, LostExecutorError, Outcome, plan_fleet
from forecaster.forecast.accuracy import wape
from forecaster.forecast.adding_up import forecast_together
from forecaster.forecast.sisters import forecast_many
from forecaster.history.calendar import country_calendar
from forecaster.history.intervals import month_intervals
from forecaster.history.observed import History
from optimizer.search.rostering import make_ready

MADE_AT = datetime(2026, 8, 25, tzinfo=UTC)
CENTRE_OF = 20  # queues


def write_list(folder: Path, queues: int, *, people: int = 0, seconds: float = 10.0, together: bool = False) -> Path:
    """Write a fleet of made queues, two years each, a queue a centre where there are people."""
    index = pd.date_range("2024-08-25", "2026-08-24 23:00", freq="h")
    hour, random = index.hour.to_numpy(), np.random.default_rng(1)
    open_now = np.where((hour >= 8) & (hour < 22), 1.0, 0.1)
    week = np.array([1.15, 1.05, 1.0, 1.0, 0.95, 0.7, 0.6])[index.day_of_week.to_numpy()]
    stamps = index.strftime("%Y-%m-%d %H:%M")
    lines = ['month = "2026-09"', "seed = 3", f"time_limit_seconds = {seconds}", f"together = {str(together).lower()}"]
    lines += ["[defaults]", 'country = "CN"']
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(queues):
        level = np.repeat(np.exp(np.cumsum(0.01 * random.standard_normal(len(index) // 24))), 24)
        size = people * 5.0 if people else 40.0 * random.uniform(0.5, 2.0)
        calls = random.poisson(size * open_now * week * level)
        frame = pd.DataFrame({"interval_start": stamps, "calls_offered": calls, "aht_seconds": 180})
        frame.to_csv(folder / f"q{number}.csv", index=False)
        centre = f"c{number}" if people else f"c{number // CENTRE_OF}"
        lines += ["[[queue]]", f'name = "q{number}"', f'centre = "{centre}"', f'history = "q{number}.csv"']
        if people:
            badges = [f"{number:03d}-{badge:03d}" for badge in range(people)]
            staff = pd.DataFrame({"badge": badges, "role": "inbound", "contract_hours": 40})
            staff.to_csv(folder / f"p{number}.csv", index=False)
            lines.append(f'people = "p{number}.csv"')
    (folder / "FLEET.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder / "FLEET.toml"


@dataclass
class Workers:
    """So many workers that have done something before, and the processor seconds they have taken."""

    engine: Callable[[], Executor]
    pids: Callable[[], list[int]]

    def seconds(self) -> float:
        """Return the processor seconds of this process and of the workers until now."""
        return time.process_time() + sum(_spent(pid) for pid in self.pids())

    def megabytes(self) -> float:
        """Return the most memory that one of the workers has held."""
        return max((_peak(pid) for pid in self.pids()), default=0.0)


def _spent(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> float:
    told = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024


class Lasting(Executor):
    """An executor that outlives the run it is given to, so that the next one finds it warm."""

    def __init__(self, inner: Executor) -> None:
        self.inner = inner

    def submit(self, fn, /, *args, **kwargs):
        """Hand it on."""
        return self.inner.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stay."""


@contextmanager
def on_workers(count: int, *, dask: bool) -> Iterator[Workers]:
    """Give so many workers: processes, or those of a Dask scheduler over sockets."""
    if not dask:
        with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
            yield Workers(lambda: Lasting(pool), lambda: list(pool._processes))
        return
    from distributed import Client, LocalCluster

    local = {"host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(n_workers=count, threads_per_worker=1, **local) as cluster, Client(cluster) as client:
        pids = list(client.run(os.getpid).values())
        yield Workers(lambda: Lasting(client.get_executor()), lambda: pids)


def run(fleet: Fleet, workers: Workers, count: int, out: Path, *, rosters: bool) -> tuple[list[Outcome], float, float]:
    """Return what became of the fleet, the wall time and the processor seconds it took."""
    spent, began = workers.seconds(), time.perf_counter()
    made = plan_fleet(
        fleet,
        engine=workers.engine,
        folder=out,
        made_at=MADE_AT,
        version="bench",
        rosters=rosters,
        at_once=2 * count,
    )
    assert all(one.stage == "done" for one in made), next(one.why for one in made if one.stage != "done")
    return made, time.perf_counter() - began, workers.seconds() - spent


def first(fleet: Fleet, queues: int) -> Fleet:
    """Return the fleet of the first queues alone."""
    return Fleet(fleet.month, fleet.queues[:queues], fleet.seed, fleet.time_limit_seconds, fleet.together)


def forecasts(sizes: list[int], *, dask: bool, together: bool) -> None:
    """Print what a queue's forecast costs in fleets of these sizes on two workers, and what one worker takes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fleet = read_fleet(write_list(folder, max(sizes), together=together), rosters=False)
        costs, walls = [], {}
        for count in (2, 1):
            with on_workers(count, dask=dask) as workers:
                run(first(fleet, 2 * count), workers, count, folder / "warm", rosters=False)
                for size in sorted(sizes) if count == 2 else [_middle(sizes)]:
                    _, wall, spent = run(first(fleet, size), workers, count, folder / f"{count}-{size}", rosters=False)
                    walls[count, size] = wall
                    if count == 2:
                        costs.append(spent / size)
                    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                    memory = f"peak {own:.0f} MB here, {workers.megabytes():.0f} MB a worker"
                    told = f"{1000 * spent / size:.0f} ms of processor a queue, {size / wall:.2f} queues a second"
                    print(f"{size} queues, {count} worker(s): {told}; {memory}", flush=True)
        print(f"largest cost a queue ÷ smallest: {max(costs) / min(costs):.2f}")
        size = _middle(sizes)
        print(f"two workers ÷ one, {size} queues: {walls[1, size] / walls[2, size]:.2f} ×")
        same(folder / f"1-{size}", folder / f"2-{size}", first(fleet, size).queues, FORECAST_FILE)


def _middle(sizes: list[int]) -> int:
    return sorted(sizes)[len(sizes) // 2]


def rosters(centres: int, people: int, seconds: float, *, dask: bool) -> None:
    """Print what one worker and two take for the rosters of so many centres, and that they are the same."""
    make_ready()
    with tempfile.TemporaryDirectory() as name:
        folder, walls = Path(name), {}
        fleet = read_fleet(write_list(folder, centres, people=people, seconds=seconds))
        small = read_fleet(write_list(folder / "warm", 2, people=8, seconds=1.0))
        for count in (2, 1):
            with on_workers(count, dask=dask) as workers:
                run(small, workers, count, folder / f"warm-{count}", rosters=True)
                _, walls[count], spent = run(fleet, workers, count, folder / str(count), rosters=True)
                told = f"{walls[count]:.1f} s by the wall, {spent / centres:.1f} s of processor a centre"
                print(f"{centres} centres of {people}, {count} worker(s): {told}", flush=True)
        print(f"two workers ÷ one: {walls[1] / walls[2]:.2f} ×")
        same(folder / "1", folder / "2", fleet.queues, "roster.csv", FORECAST_FILE)


def same(one: Path, other: Path, queues: tuple[FleetQueue, ...], *files: str) -> None:
    """Say whether both folders hold the same, to the byte."""
    differ = [
        q for q in queues for f in files if (one / q.place / f).read_bytes() != (other / q.place / f).read_bytes()
    ]
    print(f"{', '.join(files)} of {len(queues)} queues: {len(differ)} differ", flush=True)
    assert not differ


def lost(*, dask: bool) -> None:
    """Kill a worker, the whole run and the scheduler, each at its work, and say what became of the numbers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fleet = read_fleet(write_list(folder, 12), rosters=False)
        with on_workers(1, dask=False) as workers:
            run(fleet, workers, 1, folder / "expected", rosters=False)
        _worker_killed(fleet, folder, dask=dask)
        _run_killed(fleet, folder)
        if dask:
            _scheduler_gone(fleet, folder)


def _worker_killed(fleet: Fleet, folder: Path, *, dask: bool) -> None:
    killed: list[int] = []
    pools: list[ProcessPoolExecutor] = []

    def engine() -> Executor:
        pools.append(ProcessPoolExecutor(2, mp_context=get_context("spawn")))
        return pools[-1]

    def kill(pids: Callable[[], list[int]]) -> Callable[[FleetQueue, str], None]:
        def progress(queue: FleetQueue, stage: str) -> None:
            if stage == "done" and not killed:
                killed.append(pids()[0])
                os.kill(killed[0], signal.SIGKILL)

        return progress

    given = {"folder": folder / "killed", "made_at": MADE_AT, "version": "bench", "rosters": False, "at_once": 4}
    if dask:
        with on_workers(2, dask=True) as workers:
            made = plan_fleet(fleet, engine=workers.engine, progress=kill(workers.pids), **given)
    else:
        made = plan_fleet(fleet, engine=engine, progress=kill(lambda: list(pools[-1]._processes)), **given)
    print(f"a worker killed: {sum(one.stage == 'done' for one in made)} of {len(made)} done")
    same(folder / "expected", folder / "killed", fleet.queues, FORECAST_FILE)


def _run_killed(fleet: Fleet, folder: Path) -> None:
    """Kill the command itself when half of the queues are there, and go on with it."""
    out = folder / "resumed"
    command = [sys.executable, "-m", "api.cli", "fleet", "forecast", str(folder / "FLEET.toml"), "--out", str(out)]
    command += ["--workers", "2"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as one:
        while len(list(out.glob("*/*/fleet.json"))) < len(fleet.queues) // 2 and one.poll() is None:
            time.sleep(0.05)
        os.killpg(one.pid, signal.SIGKILL)
    there = {path: path.stat().st_mtime_ns for path in out.glob("*/*/fleet.json")}
    subprocess.run([*command, "--resume"], check=True, stdout=subprocess.DEVNULL)
    again = sum(path.stat().st_mtime_ns != at for path, at in there.items())
    print(f"the run killed with {len(there)} of {len(fleet.queues)} done: {again} of them done again")
    same(folder / "expected", out, fleet.queues, FORECAST_FILE)


def _scheduler_gone(fleet: Fleet, folder: Path) -> None:
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        client = Client(cluster.scheduler_address)
        gone = threading.Event()

        def progress(queue: FleetQueue, stage: str) -> None:
            if stage == "done" and not gone.is_set():
                gone.set()
                cluster.close()

        began = time.perf_counter()
        try:
            plan_fleet(
                fleet,
                engine=client.get_executor,
                folder=folder / "gone",
                made_at=MADE_AT,
                version="bench",
                rosters=False,
                progress=progress,
            )
            print("the scheduler gone: not noticed")
        except LostExecutorError as error:
            print(f"the scheduler gone: told after {time.perf_counter() - began:.1f} s: {error}")
        client.close()


def together(centres: int = 8) -> None:
    """Print the errors of a month by day, of lines and of their sum: the lines alone, their sum alone, both."""
    calendar = country_calendar("CN", range(2023, 2028))
    ahead = month_intervals(pd.Period("2026-09"), "Asia/Shanghai", interval_minutes=60)
    told = []
    for seed in range(centres):
        lines = _made_centre(seed)
        actual = {name: _by_day(one.frame["calls_offered"].reindex(ahead)) for name, one in lines.items()}
        known = {name: one.before(pd.Timestamp("2026-08-25", tz="Asia/Shanghai")) for name, one in lines.items()}
        both = forecast_together(known, ahead, calendar=calendar).frames
        alone = forecast_many(known, ahead, calendar=calendar)
        row = []
        for frames in (alone, both):
            days = {name: _by_day(frame["calls"]) for name, frame in frames.items()}
            row += [np.mean([wape(actual[name], days[name]) for name in lines])]
            row += [wape(sum(actual.values()), sum(days.values()))]
        told.append(row)
    lines_alone, sum_alone, lines_both, sum_both = np.mean(told, axis=0)
    print(f"{centres} made centres, days: lines {lines_alone:.4f} alone, {lines_both:.4f} together;", end=" ")
    print(f"their sum {sum_alone:.4f} added up, {sum_both:.4f} together")


def _by_day(calls: pd.Series) -> pd.Series:
    return calls.groupby(pd.DatetimeIndex(calls.index).date).sum()


def _made_centre(seed: int) -> dict[str, History]:
    """Return six lines with a season and weeks in common, whose callers move between them, and noise of their own."""
    random = np.random.default_rng(seed)
    index = pd.date_range("2024-08-25", "2026-09-30 23:00", freq="h", tz="Asia/Shanghai", name="interval_start")
    days = len(index) // 24
    hour, day = index.hour.to_numpy(), np.arange(days)
    week = np.array([1.15, 1.05, 1.0, 1.0, 0.95, 0.7, 0.6])[index[::24].day_of_week.to_numpy()]
    common = week * np.exp(0.2 * np.cos(2 * np.pi * day / 365.25) + np.cumsum(random.normal(0, 0.01, days)))
    shares = np.exp(np.repeat(np.cumsum(random.normal(0, 0.06, (6, days // 7 + 1)), axis=1), 7, axis=1)[:, :days])
    shares *= random.uniform(0.5, 3.0, (6, 1))
    rates = 4000.0 * common * shares / shares.sum(axis=0) * np.exp(random.normal(0, 0.05, (6, days)))
    shape = np.where((hour >= 8) & (hour < 22), 1 / 14, 0.0)
    lines = {}
    for number, rate in enumerate(rates):
        calls = random.poisson(np.repeat(rate, 24) * shape).astype(float)
        frame = pd.DataFrame({"calls_offered": calls}, index=index)
        lines[f"line {number}"] = History(f"line {number}", "Asia/Shanghai", 60, frame)
    return lines


def main() -> None:
    """Run the part that is asked for; small ones of all, if none is."""
    dask = "--dask" in sys.argv
    asked = [one for one in sys.argv[1:] if not one.startswith("-") and one != "fleet"]
    numbers = [float(one) for one in asked if one.replace(".", "").isdigit()]
    parts: dict[str, Callable[[], None]] = {
        "forecast": partial(
            forecasts, [int(one) for one in numbers] or [10, 40], dask=dask, together="--together" in sys.argv
        ),
        "roster": partial(
            rosters,
            *(kind(one) for kind, one in zip((int, int, float), numbers or [4, 30, 2], strict=False)),
            dask=dask,
        ),
        "lost": partial(lost, dask=dask),
        "together": together,
    }
    for name in [one for one in asked if one in parts] or list(parts):
        parts[name]()


if __name__ == "__main__":
    main()
