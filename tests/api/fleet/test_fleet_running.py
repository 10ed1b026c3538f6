"""A fleet is planned by whatever runs functions: the same numbers, one queue's trouble its own, nothing done twice."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from api.fleet import running, work
from api.fleet.listing import FILE_KEYS, read_fleet
from api.fleet.running import FORECAST_FILE, LostExecutorError, Outcome, plan_fleet
from api.fleet.totals import added_up, queue_figures, write_group
from api.plan import read_plan
from api.rehearsing import Rehearsal
from forecaster.forecast.adding_up import AddedUp
from tests.api.fleet.conftest import write_fleet

MADE_AT = datetime(2026, 8, 25, 9, tzinfo=UTC)
FRAMES = ("requirement", "roster", "coverage")


def planned(listing: Path, engine: Callable[[], Executor], out: Path, **options: object) -> list[Outcome]:
    given = {"made_at": MADE_AT, "version": "test", "folder": out} | options
    return plan_fleet(read_fleet(listing), engine=engine, **given)


def processes(count: int) -> Executor:
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"))


def require_same(made: list[Outcome], out: Path, expected: list[Outcome], expected_out: Path) -> None:
    for one, other in zip(made, expected, strict=True):
        place, its = out / one.queue.place, expected_out / other.queue.place
        assert place.relative_to(out) == its.relative_to(expected_out)
        assert_frame_equal(
            pd.read_parquet(place / FORECAST_FILE), pd.read_parquet(its / FORECAST_FILE), check_exact=True
        )
        assert one.figures == other.figures
        for name in ("plan.json", *(f"{frame}.csv" for frame in FRAMES)):
            assert (place / name).read_bytes() == (its / name).read_bytes()


@pytest.fixture(scope="module")
def on_one_thread(tmp_path_factory) -> tuple[Path, list[Outcome], Path]:
    """The fleet's list, its plans as one thread of this process makes them, and their folder."""
    listing = write_fleet(tmp_path_factory.mktemp("fleet"))
    out = tmp_path_factory.mktemp("plans")
    return listing, planned(listing, partial(ThreadPoolExecutor, 1), out, at_once=1), out


@pytest.mark.slow
def test_the_group_adds_up_and_the_worst_stand_first(on_one_thread, tmp_path):
    _, made, out = on_one_thread
    queues = queue_figures(made)
    by_place = {(one.queue.centre, one.queue.name): read_plan(out / one.queue.place) for one in made}
    assert queues["chance"].is_monotonic_increasing
    for row in queues.itertuples():
        plan = by_place[row.centre, row.queue]
        assert row.calls == pytest.approx(sum(plan.forecast["calls"]))
        assert row.hours_short == pytest.approx(sum(plan.coverage["shortage"]))  # hourly
    centres = added_up(queues).set_index("centre")
    assert list(centres.index)[-1] == ""
    for centre in ("north", "south"):
        mine = queues[queues["centre"] == centre]
        assert centres.loc[centre, "calls"] == pytest.approx(mine["calls"].sum())
        level = (mine["expected"] * mine["calls"]).sum() / mine["calls"].sum()
        assert centres.loc[centre, "expected"] == pytest.approx(level)
    assert centres.loc["", "people"] == 24
    path = write_group(queues, added_up(queues), tmp_path / "group.xlsx", month=pd.Period("2026-09"))
    book = openpyxl.load_workbook(path)
    assert [book.worksheets[1].cell(row, 2).value for row in range(4, 7)] == list(queues["queue"])


@pytest.mark.slow
def test_processes_whose_workers_are_killed_give_the_same_numbers(on_one_thread, tmp_path):
    listing, expected, expected_out = on_one_thread
    killed, lock = [], threading.Lock()

    def progress(queue, stage):
        with lock:
            if stage == "roster" and not killed:  # one worker dies at its work
                killed.append(pools[-1]._processes.copy())
                os.kill(next(iter(killed[0])), signal.SIGKILL)

    pools = []

    def engine():
        pools.append(processes(2))
        return pools[-1]

    made = planned(listing, engine, tmp_path, at_once=3, progress=progress)
    assert len(pools) == 2
    assert [one.stage for one in made] == ["done"] * 3
    require_same(made, tmp_path, expected, expected_out)


@pytest.mark.slow
def test_a_cluster_gives_the_same_numbers(on_one_thread, tmp_path):
    from distributed import Client, LocalCluster

    listing, expected, expected_out = on_one_thread
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster,
        Client(cluster.scheduler_address) as client,
    ):
        assert cluster.scheduler_address.startswith("tcp://")
        made = planned(listing, client.get_executor, tmp_path, at_once=4)
    require_same(made, tmp_path, expected, expected_out)


@pytest.fixture
def light_work(monkeypatch) -> list[str]:
    """Forecasts and rosters that take no time, and the stages as they are worked on."""
    done: list[str] = []

    def forecast(histories, intervals, *, calendar, failed):
        done.extend(f"forecast {one.queue}" for one in histories.values())
        sums = {name: float(one.frame["calls_offered"].sum()) for name, one in histories.items()}
        shape = pd.DataFrame({"calls": 0.0, "aht_seconds": 180.0, **dict.fromkeys(work.TOTAL_BAND, 1.0)}, intervals)
        named = shape.rename_axis("interval_start")
        frames = {name: named.assign(calls=calls / len(shape)) for name, calls in sums.items()}
        return AddedUp(frames, pd.DataFrame({"calls": [sum(sums.values())]}), None)

    def roster(given, month, forecast, made_at, search):
        with work.unpacked_queue(given) as queue:
            demand = work._demand(queue)
            work.read_supply(queue.people, month, site=demand.site, calendar=demand.calendar)
        done.append(f"roster {demand.history.queue}")
        return work.Planned(work.contents(given.queue.history), {"people": 8})

    monkeypatch.setattr(work, "forecast_together", forecast)
    monkeypatch.setattr(work, "plan_queue", caught(roster))
    return done


def caught(roster):
    """The roster's work, its refusals given back as the worker does."""

    def work_of(*given):
        try:
            return roster(*given)
        except ValueError as error:
            return work.error_words(error)

    return work_of


def test_what_one_queue_does_stops_no_other(listing, tmp_path, light_work):
    (listing.parent / "billing.csv").write_text("time,calls\nmonday,many\n", encoding="utf-8")
    (listing.parent / "roaming_people.csv").write_text("badge,role\n", encoding="utf-8")
    made = planned(listing, partial(ThreadPoolExecutor, 2), tmp_path)
    assert [one.stage for one in made] == ["done", "failed", "failed"]
    assert "billing.csv" in made[1].why.en
    assert "roaming_people.csv" in made[2].why.en


def test_past_months_are_rehearsed_with_the_plans_own_search_and_told_by_queue(listing, monkeypatch):
    fleet = replace(read_fleet(listing), rehearsal_months=2)
    asked = {}

    def rehearse(demand, supply_of, **given):
        asked.update(given, people=supply_of(pd.Period("2026-07")).situation.people)
        months = pd.DataFrame({"promised": [0.8, 0.8], "lower_80": 0.7, "upper_80": 0.9, "kept": [0.8, 0.6]})
        months = months.assign(held=[True, False]).set_axis(pd.Index(["2026-07", "2026-08"], name="month"))
        return Rehearsal(months, pd.DataFrame({"kept": [0.8]}, index=["2026-07-01"]), ())

    monkeypatch.setattr("api.rehearsing.rehearse", rehearse)
    monkeypatch.setattr(work, "plan_month", lambda *given, **more: more)
    monkeypatch.setattr(work, "write_month", lambda plan, demand, folder, last: None)
    monkeypatch.setattr(work, "plan_figures", lambda plan: {"people": 8.0})
    search = work.Search.of(fleet)
    sent = work.sent(fleet.queues[0], FILE_KEYS)
    made = work.plan_queue(sent, fleet.month, pd.DataFrame(), MADE_AT, search)
    assert made.figures == {"people": 8.0, "rehearsed": 2, "held": 0.5}
    assert set(made.files) == {f"rehearsal/{name}" for name in ("months.csv", "days.csv", "rehearsal.html")}
    assert (asked["months"], asked["seed"], len(asked["people"])) == (2, 3, 8)
    told = asked["planned"](time_limit_seconds=1.0)
    assert (told["one_core"], told["clock"]() - told["clock"]()) == (True, 0.0)
    frame = queue_figures([Outcome(fleet.queues[0], "done", dict(made.figures))])
    assert frame.loc[0, ["rehearsed", "held"]].tolist() == [2, 0.5]


def test_an_error_nobody_foresaw_is_the_queues_own(listing, tmp_path, light_work, monkeypatch):
    given = work.plan_queue

    def roster(sent, month, forecast, *rest):
        if forecast["calls"].sum() == pytest.approx(max(sizes)):
            raise ZeroDivisionError("odd data")
        return given(sent, month, forecast, *rest)

    known = [pd.read_csv(listing.parent / f"{name}.csv") for name in ("broadband", "billing", "roaming")]
    sizes = [one.loc[one["interval_start"] < "2026-08-25", "calls_offered"].sum() for one in known]
    monkeypatch.setattr(work, "plan_queue", roster)
    made = planned(listing, partial(ThreadPoolExecutor, 2), tmp_path)
    assert [one.stage for one in made] == ["done", "failed", "done"]
    assert "ZeroDivisionError: odd data" in made[1].why.en


def test_resumed_only_what_is_new_or_changed_is_planned(listing, tmp_path, light_work):
    engine = partial(ThreadPoolExecutor, 1)
    planned(listing, engine, tmp_path)
    assert len(light_work) == 6
    light_work.clear()
    kept = planned(listing, engine, tmp_path, resume=True)
    assert ([one.stage for one in kept], light_work) == (["kept"] * 3, [])
    assert all(one.figures["calls"] > 0 for one in kept)
    with (listing.parent / "billing.csv").open("a", encoding="utf-8") as file:
        file.write("2026-08-31 00:00,3,180\n")
    (tmp_path / "north" / "broadband" / running.MARK).unlink()  # was being written when the machine went down
    again = planned(listing, engine, tmp_path, resume=True)
    assert [one.stage for one in again] == ["done", "done", "kept"]
    light_work.clear()
    assert [one.stage for one in planned(listing, engine, tmp_path)] == ["done"] * 3  # not asked to resume


def test_no_more_queues_are_read_than_are_under_way(listing, tmp_path, light_work):
    open_now, most = set(), []

    def progress(queue, stage):
        if stage == "reading":
            open_now.add(queue)
        elif stage in ("done", "failed"):
            open_now.discard(queue)
        most.append(len(open_now))

    planned(listing, partial(ThreadPoolExecutor, 4), tmp_path, at_once=2, progress=progress)
    assert max(most) == 2


class Vanishing(Executor):
    """An engine whose scheduler goes away after a few tasks."""

    def __init__(self, tasks: int) -> None:
        self.left = tasks

    def submit(self, fn, /, *args, **kwargs):
        future: Future = Future()
        if self.left:
            self.left -= 1
            future.set_result(fn(*args, **kwargs))
        else:
            future.cancel()
            future.set_running_or_notify_cancel()
        return future


def test_where_the_engine_is_gone_what_was_done_stays(listing, tmp_path, light_work):
    with pytest.raises(LostExecutorError):
        planned(listing, lambda: Vanishing(3), tmp_path, at_once=1)
    assert len(light_work) == 3
    light_work.clear()
    made = planned(listing, partial(ThreadPoolExecutor, 1), tmp_path, resume=True)
    assert sorted(one.stage for one in made) == ["done", "done", "kept"]
    assert len(light_work) == 3  # of the queue that was under way the forecast was done, and is not made again


def test_a_queue_that_kills_its_worker_again_and_again_is_given_up(listing, tmp_path, light_work):
    pools = []

    class Dying(Executor):
        """Dies with every roster, as a pool does of which a worker is killed."""

        def submit(self, fn, /, *args, **kwargs):
            future: Future = Future()
            if fn is work.plan_queue:
                future.set_exception(running.BrokenExecutor("a process was terminated abruptly"))
            else:
                future.set_result(fn(*args, **kwargs))
            return future

    def engine():
        pools.append(Dying())
        return pools[-1]

    made = planned(listing, engine, tmp_path, at_once=1)
    assert [one.stage for one in made] == ["failed"] * 3
    assert "terminated abruptly" in made[0].why.en
    assert len(pools) == 1 + 3 * running.ATTEMPTS


def test_a_death_found_when_work_is_sent_takes_one_fresh_engine(listing, tmp_path, light_work):
    pools = []

    class Pool(Executor):
        """The first pool dies while two tasks are under way, of which one had come back; sending the third tells."""

        def __init__(self) -> None:
            self.under_way: list[Future] = []

        def submit(self, fn, /, *args, **kwargs):
            first = self is pools[0]
            if first and len(self.under_way) == 2:
                self.under_way[1].set_exception(running.BrokenExecutor("a process was terminated abruptly"))
                raise running.BrokenExecutor("the pool is not usable anymore")
            future: Future = Future()
            self.under_way.append(future)
            if not first or len(self.under_way) == 1:
                future.set_result(fn(*args, **kwargs))
            return future

    def engine():
        pools.append(Pool())
        return pools[-1]

    made = planned(listing, engine, tmp_path, at_once=3)
    assert [one.stage for one in made] == ["done"] * 3
    assert len(pools) == 2
    assert len(light_work) == 6  # what had come back was not done again
