"""The log: batches however cut, writers at once, and a snapshot that is always what the log gives."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as trial
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from api.http.app import create_app
from api.keys import create_key
from api.settings import Settings, shipped_ladder
from api.store.codec import now
from api.store.database import reading, writing
from api.store.ladder_fold import differences, fold, take_up_rules
from api.store.ladder_log import LadderLog
from api.store.ladder_work import NewReading
from api.store.tables import events, facts, queues
from escalation.events import LadderChanged
from escalation.ladder import ladder_from_mapping, mapping_from_ladder
from tests.waiting import until

START = datetime(2026, 11, 2, 1, tzinfo=UTC)
STRETCHES = st.lists(st.tuples(st.sampled_from([0, 5, 6, 9, 11, 30]), st.integers(1, 9)), min_size=1, max_size=7)
NUMBERS = iter(range(10**6))


@trial(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(STRETCHES, st.lists(st.integers(1, 12), max_size=12), st.booleans())
def test_batches_however_cut_are_the_same_as_one_by_one(shared_log, stretches, cuts, fresh):
    name = f"q{next(NUMBERS)}"
    waits = [waiting for waiting, count in stretches for _ in range(count)]
    stream = [NewReading(START + timedelta(minutes=m), waiting, f"r{m}") for m, waiting in enumerate(waits)]
    received = START + timedelta(days=1)
    singly = [shared_log.accept(f"{name}-a", [one], received_at=received)[0].text for one in stream]
    together, left = [], list(stream)
    for size in [*cuts, len(stream)]:
        part, left = left[:size], left[size:]
        # A part sent twice, as after a lost answer, is answered the same.
        for _ in range(1 + fresh):
            answers = [one.text for one in shared_log.accept(f"{name}-b", part, received_at=received)] if part else []
        together += answers
    assert [one.replace(f"{name}-a", "") for one in singly] == [one.replace(f"{name}-b", "") for one in together]
    assert differences(shared_log.engine, f"{name}-b") == []


def test_writers_at_once_lose_no_update(engine, database_url):
    given_settings = Settings(ladder=shipped_ladder(), database_url=database_url)
    logs = [LadderLog(engine, given_settings) for _ in range(2)]
    failures = []

    def write(log, worker):
        try:
            for number in range(25):
                at = START + timedelta(seconds=number * 10 + worker)
                log.accept("hotline", [NewReading(at, 6, f"{worker}-{number}")], received_at=at)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(logs[worker % 2], worker)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with reading(engine) as connection:
        count = connection.execute(select(func.count()).where(events.c.kind == "reading")).scalar()
    version, _ = logs[0].state("hotline")
    assert (count, version) == (100, 101)
    assert differences(logs[1].engine, "hotline") == []


def test_a_restart_goes_on_where_it_was(engine, database_url):
    given_settings = Settings(ladder=shipped_ladder(), database_url=database_url)
    made = []
    for minute in range(17):
        log = LadderLog(engine, given_settings)  # another process each time, which knows nothing
        at = START + timedelta(minutes=minute)
        log.accept("hotline", [NewReading(at, 11)], received_at=at)
        made = [one.rung for one in log.state("hotline")[1].book.orders]
    assert made == [1, 2, 3, 4]


def test_an_edited_ladder_file_counts_from_the_next_start_and_one_set_by_hand_stands_until_then(engine, database_url):
    shipped = shipped_ladder()
    quick = ladder_from_mapping({**mapping_from_ladder(shipped), "name": "quick", "release_hold_seconds": 60.0})
    by_hand = ladder_from_mapping({**mapping_from_ladder(shipped), "name": "by hand", "max_gap_seconds": 120.0})
    log = LadderLog(engine, Settings(ladder=shipped, database_url=database_url))
    for minute in range(6):
        at = START + timedelta(minutes=minute)
        log.accept("hotline", [NewReading(at, 11)], received_at=at)

    def restarted(ladder) -> tuple[list[str], str, int]:
        again = LadderLog(engine, Settings(ladder=ladder, database_url=database_url))
        changed = again.take_up_settings(START + timedelta(minutes=6))
        book = again.state("hotline")[1].book
        return changed, book.ladder.name, book.position

    assert restarted(shipped) == ([], "recommended", 1)
    log.act("hotline", LadderChanged(START + timedelta(minutes=6), by_hand), actor="8801", received_at=START)
    assert restarted(shipped) == ([], "by hand", 1)
    assert restarted(quick) == (["hotline"], "quick", 1)
    assert restarted(quick) == ([], "quick", 1)
    assert differences(engine, "hotline") == []


def test_a_clock_that_goes_back_moves_nothing_and_tells_the_sender(engine, database_url):
    log = LadderLog(engine, Settings(ladder=shipped_ladder(), database_url=database_url))
    for minute in range(6):
        at = START + timedelta(minutes=minute)
        log.accept("hotline", [NewReading(at, 11)], received_at=at)
    before = log.state("hotline")
    assert log.tick(START - timedelta(hours=1)) == 0
    assert log.state("hotline") == before
    an_hour_ago = START - timedelta(minutes=54)  # what the server's clock says now; the switch's is right
    told = log.accept("hotline", [NewReading(START + timedelta(minutes=6), 11)], received_at=an_hour_ago)
    assert told[0].status == "future"
    back = START + timedelta(minutes=6, seconds=30)  # the clock has been put right
    assert log.accept("hotline", [NewReading(back, 11)], received_at=back)[0].status == "accepted"
    state = log.state("hotline")[1]
    assert (state.at, state.book.position, [one.rung for one in state.book.orders]) == (back, 1, [1])
    assert differences(engine, "hotline") == []


def test_time_passing_is_logged_only_when_it_says_something(engine, database_url):
    log = LadderLog(engine, Settings(ladder=shipped_ladder(), database_url=database_url))
    for minute in range(6):
        at = START + timedelta(minutes=minute)
        log.accept("hotline", [NewReading(at, 11)], received_at=at)
    spoke = [log.tick(START + timedelta(minutes=5, seconds=second)) for second in range(0, 200, 10)]
    assert sum(spoke) == 1  # stale at 100 s: an order is not repeated into a stale state
    version, state = log.state("hotline")
    assert (version, state.book.stale) == (8, True)
    assert differences(log.engine, "hotline") == []


def test_the_log_is_folded_again_at_the_start_and_a_difference_is_told(settings, caplog):
    app = create_app(settings)
    for minute in range(6):
        at = START + timedelta(minutes=minute)
        app.state.log.accept("hotline", [NewReading(at, 11)], received_at=at)
    secret, _ = create_key(app.state.log.engine, label="wall", role="wallboard", at=now())
    with writing(app.state.log.engine) as connection:
        connection.execute(update(queues).values(waiting=99))
    app.state.log.engine.dispose()
    again = create_app(settings)
    with TestClient(again) as client:
        until(lambda: again.state.readiness.differences, seconds=20)
        text = client.get("/metrics", headers={"X-API-Key": secret}).text
    assert again.state.readiness.differences == {"hotline": ["waiting: snapshot 99, log 11"]}
    assert 'huawu_log_differences{queue="hotline"} 1.0' in text
    assert "the log does not give what is stored" in caplog.text


def test_what_older_rules_decided_stands_and_the_log_folds_on_from_there(engine, settings):
    log = LadderLog(engine, settings)
    log.accept(
        "hotline",
        [NewReading(START + timedelta(minutes=m), 11) for m in range(12)],
        received_at=START + timedelta(days=1),
    )
    with writing(engine) as connection:  # as a database of the first rules: a decision these would not make, no mark
        connection.execute(delete(facts))
        connection.execute(
            update(queues).values(book=func.replace(queues.c.book, '"order_count":2', '"order_count":7'))
        )
    assert differences(engine, "hotline") != []
    assert take_up_rules(engine, START) == ["hotline"]
    assert take_up_rules(engine, START) == []
    log = LadderLog(engine, settings)
    log.accept(
        "hotline",
        [NewReading(START + timedelta(minutes=m), 11) for m in range(12, 17)],
        received_at=START + timedelta(days=1),
    )
    assert [one.order_id for one in log.state("hotline")[1].book.orders][-2:] == ["hotline-000008", "hotline-000009"]
    assert differences(engine, "hotline") == []
    assert fold(engine, "hotline").since == log.state("hotline")[0] - 5
