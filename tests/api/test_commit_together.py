"""What arrives together is committed together: the same answers, nothing before the commit, nobody dragged down."""

from __future__ import annotations

import asyncio
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trial
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from api.http.board import Board
from api.http.group_commit import MOST_IN_A_COMMIT, GroupCommit
from api.settings import Settings, shipped_ladder
from api.store.database import open_database, reading, writing
from api.store.ladder_fold import differences
from api.store.ladder_log import LadderLog
from api.store.ladder_work import Arrival, NewReading
from api.store.tables import events
from escalation.events import PeopleChanged, TakenInHand
from escalation.floor import Floor

START = datetime(2026, 11, 2, 1, tzinfo=UTC)
QUEUES = ("north", "south", "east")
NUMBERS = itertools.count()


@pytest.fixture
def log(engine, database_url):
    """A log on an empty database."""
    queues = (*QUEUES, "q0", "q1")
    return LadderLog(engine, Settings(ladder=shipped_ladder(), queues=queues, database_url=database_url))


def arrival(queue: str, minute: float, waiting: int, reading_id: str | None = None, **told) -> Arrival:
    at = START + timedelta(minutes=minute)
    return Arrival(queue, [NewReading(at, waiting, reading_id, told or None)], at)


@trial(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.sampled_from(QUEUES), st.sampled_from([0, 6, 11, 30])), min_size=8, max_size=60),
    st.lists(st.integers(1, 9), min_size=1, max_size=20),
)
def test_groups_however_cut_are_the_same_as_one_request_after_another(shared_log, stream, cuts):
    name = next(NUMBERS)
    made = {}
    for kind in ("alone", "together"):
        mine = [
            arrival(f"{kind}{name}-{queue}", minute, waiting, f"r{minute}")
            for minute, (queue, waiting) in enumerate(stream)
        ]
        if kind == "alone":
            made[kind] = [shared_log.accept(one.queue, one.readings, received_at=one.received_at)[0] for one in mine]
        else:
            sizes = itertools.cycle(cuts)
            made[kind] = []
            while mine:
                size = next(sizes)
                made[kind] += [answers[0] for answers in shared_log.accept_together(mine[:size])]
                mine = mine[size:]
        for queue in {queue for queue, _ in stream}:
            assert differences(shared_log.engine, f"{kind}{name}-{queue}") == []
    assert [one.text.replace("together", "alone") for one in made["together"]] == [one.text for one in made["alone"]]


def test_a_reading_sent_twice_at_once_is_taken_in_once(log):
    same, other = arrival("north", 1, 6, "r1"), arrival("north", 1, 7, "r1")
    first, second, third = log.accept_together([same, same, other])
    assert (first[0].status, first[0].repeated) == ("accepted", False)
    assert (second[0].text, second[0].repeated) == (first[0].text, True)
    assert third[0].status == "conflict"
    again = log.accept_together([arrival("south", 1, 6, "r1"), same])
    assert [answers[0].repeated for answers in again] == [False, True]
    batch = log.accept("north", [NewReading(START, 3, "r0"), NewReading(START, 3, "r0")], received_at=START)
    assert [answer.repeated for answer in batch] == [False, True]
    with reading(log.engine) as connection:
        assert connection.execute(select(func.count()).where(events.c.kind == "reading")).scalar() == 3


def test_an_arrival_that_cannot_be_taken_in_fails_alone(log):
    results = log.accept_together(
        [arrival("north", 1, 6, "a"), arrival("south", 1, 6, "b", mode="dusk"), arrival("north", 2, 7, "c")]
    )
    assert isinstance(results[1], ValueError)
    assert "dusk" in str(results[1])
    assert [results[0][0].status, results[2][0].status] == ["accepted", "accepted"]
    assert log.state("north")[1].waiting == 7
    assert log.queue_names() == ["north"]
    assert differences(log.engine, "north") == []


def test_a_group_is_one_transaction(log):
    committed = []
    event.listen(log.engine, "commit", committed.append)
    log.accept_together([arrival(queue, minute, 6) for minute in range(4) for queue in QUEUES])
    assert len(committed) == 1


def test_groups_of_several_processes_on_the_same_queues_neither_lock_up_nor_lose_an_update(engine, database_url):
    given_settings = Settings(ladder=shipped_ladder(), queues=QUEUES, database_url=database_url)
    logs = [LadderLog(engine, given_settings) for _ in range(3)]
    floor = Floor(available={"outbound": 2}, badges={"outbound": ("O1", "O2")})
    for queue in QUEUES:  # with badges known, who serves one queue is looked up on the others: a second lock
        logs[0].act(queue, PeopleChanged(START, floor), actor="acd", received_at=START)
    failures = []

    def write(log, worker):
        for number in range(12):
            # Every worker names the queues in another order.
            queues = QUEUES[worker:] + QUEUES[:worker]
            group = [arrival(queue, number + worker / 9, 6, f"{worker}-{number}") for queue in queues]
            failures.extend(one for one in log.accept_together(group) if isinstance(one, Exception))

    threads = [threading.Thread(target=write, args=(log, worker)) for worker, log in enumerate(logs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    with reading(engine) as connection:
        count = connection.execute(select(func.count()).where(events.c.kind == "reading")).scalar()
    assert count == 3 * 12 * 3
    assert [differences(engine, queue) for queue in QUEUES] == [[], [], []]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_arrives_while_the_database_is_busy_waits_for_one_commit_and_is_not_answered_before(log):
    log.accept("north", [NewReading(START, 6)], received_at=START)
    committed = []
    event.listen(log.engine, "commit", committed.append)

    async def run() -> tuple[int, list[str]]:
        with ThreadPoolExecutor(1) as writers:
            commits = GroupCommit(log, writers, threads=1)
            with writing(log.engine):  # somebody else writes, and takes its time
                waiting = [
                    asyncio.create_task(commits.take_in("north", [NewReading(START + timedelta(seconds=n), 6)]))
                    for n in range(1, 31)
                ]
                await asyncio.sleep(0.2)
                before = sum(task.done() for task in waiting)
            answers = await asyncio.gather(*waiting)
        return before, [one.status for answer in answers for one in answer]

    before, statuses = asyncio.run(run())
    assert (before, statuses) == (0, ["accepted"] * 30)
    assert len(committed) <= 3  # the other's own, and at most a first group and the rest


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_readings_without_end_do_not_keep_a_supervisor_waiting(log):
    log.accept("north", [NewReading(START, 6)], received_at=START)

    async def run() -> int:
        with ThreadPoolExecutor(1) as writers:
            commits = GroupCommit(log, writers, threads=1)
            taken = 0

            async def flood(worker: int) -> None:
                nonlocal taken
                while taken < 20 * MOST_IN_A_COMMIT:
                    at = START + timedelta(seconds=taken + worker / 100)
                    await commits.take_in("south", [NewReading(at, 6)])
                    taken += 1

            flooding = [asyncio.create_task(flood(worker)) for worker in range(2 * MOST_IN_A_COMMIT)]
            while taken < MOST_IN_A_COMMIT:
                await asyncio.sleep(0)
            before = taken
            climb = TakenInHand(START + timedelta(seconds=1), "climb", "S1", "test", 1)
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(
                writers, lambda: log.act("north", climb, actor="S1", received_at=START + timedelta(seconds=1))
            )
            meanwhile = taken - before
            await asyncio.gather(*flooding)
        return meanwhile

    # Its turn comes after the group in writing and the one already waiting, of some twenty to come.
    assert asyncio.run(run()) <= 4 * MOST_IN_A_COMMIT
    assert log.state("north")[1].book.position == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_reading_that_cannot_be_written_is_told_to_its_own_sender(log):
    async def run() -> list[object]:
        with ThreadPoolExecutor(1) as writers:
            commits = GroupCommit(log, writers, threads=1)
            sent = [[NewReading(START, 6)], [NewReading(START, 6, told={"mode": "dusk"})]]
            return await asyncio.gather(
                *[commits.take_in(f"q{place}", one) for place, one in enumerate(sent)], return_exceptions=True
            )

    good, bad = asyncio.run(run())
    assert good[0].status == "accepted"
    assert isinstance(bad, ValueError)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_request_given_up_within_its_commit_holds_up_nobody_after_it(log):
    with ThreadPoolExecutor(1) as writers:
        commits = GroupCommit(log, writers, threads=1)

        async def give_up() -> None:
            with writing(log.engine):  # the commit cannot end before the loop does
                asyncio.get_running_loop().create_task(commits.take_in("north", [NewReading(START, 6)]))
                await asyncio.sleep(0.05)

        asyncio.run(give_up())
        later = asyncio.run(
            asyncio.wait_for(commits.take_in("north", [NewReading(START + timedelta(minutes=1), 6)]), 10)
        )
    assert later[0].status == "accepted"


def test_requests_that_arrive_together_look_once_and_whoever_comes_after_a_commit_sees_it(log, database_url):
    log.accept("north", arrival("north", 0, 6).readings, received_at=START)
    elsewhere = open_database(database_url)  # as another process would
    other, board, seen = LadderLog(elsewhere, log.settings), Board(log), []

    async def asked(times):
        ready = await asyncio.gather(*[board.surge("north") for _ in range(times)])
        return {one.version for one in ready}

    async def floor():
        if board.watch is not None:
            look = board.watch.data_version
            board.watch.data_version = lambda: seen.append("look") or look()
        first = await asked(5)
        later = arrival("north", 1, 9)
        other.accept("north", later.readings, received_at=later.received_at)
        return first, await asked(5)

    (before,), (after,) = asyncio.run(floor())
    board.close()
    elsewhere.dispose()
    assert after == before + 1
    assert len(seen) in (0, 2)  # PostgreSQL is asked anew by each
