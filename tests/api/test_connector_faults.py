"""Connectors that never die, hang or drop silently: each fault is told, counted and bounded."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from api.connectors import ami
from api.connectors.ami import AmiAccount, AmiConnector
from api.connectors.observation import Faults, HttpSink, KeyRefusedError, Observation, look_forever
from api.connectors.own import look_named, looked_at
from api.connectors.poller import MOST_ANSWER_BYTES, FieldMap, Poll, ask, run_forever
from api.connectors.queue_log import QueueLog, QueueLogFollower
from api.sentences import say

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
FIELDS = FieldMap("q", "w", rows="rows")


def answers(*bodies, status=200):
    """A source that gives these answers one after the other, and the last one again and again."""
    left = list(bodies)

    def give(request):
        del request
        body = left.pop(0) if len(left) > 1 else left[0]
        return body if isinstance(body, httpx.Response) else httpx.Response(status, text=body)

    return httpx.MockTransport(give)


def polled(transport, *, looks: int) -> tuple[list[Observation], Faults]:
    """Poll so often, with no time in between, and return what was seen and what went wrong."""
    seen: list[Observation] = []
    faults = Faults("poll")

    async def run():
        done = asyncio.Event()
        asked = 0

        async def sink(one):
            seen.append(one)

        class Counting(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request):
                nonlocal asked
                asked += 1
                if asked > looks:
                    done.set()
                    await asyncio.sleep(60)
                return await transport.handle_async_request(request)

        async with httpx.AsyncClient(transport=Counting()) as client:
            poll = Poll("http://source/", FIELDS, every_seconds=0.0)
            task = asyncio.create_task(run_forever(poll, client, sink, clock=lambda: NOW, faults=faults))
            await asyncio.wait_for(done.wait(), 20)
            assert not task.done()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    asyncio.run(run())
    return seen, faults


def rows(*pairs):
    return json.dumps({"rows": [{"q": queue, "w": waiting} for queue, waiting in pairs]})


GOOD = rows(("a", 3))


@pytest.mark.parametrize(
    "bad",
    [
        '{"rows": [{"q": "a", "w": 1e999}]}',
        rows(("a", "1" * 5000)),
        rows(("a", 10**30)),
        "[" * 100_000,
        '{"rows": ' + "[" * 100_000,
        "\x00" * 50,
        "x" * (MOST_ANSWER_BYTES + 1),
        '{"rows": 7}',
        '{"rows": [7, null, "x"]}',
    ],
    ids=["infinite", "long number", "large number", "deep", "deeper", "zeros", "endless", "no list", "no rows"],
)
def test_an_answer_of_any_kind_stops_nothing(bad):
    seen, faults = polled(answers(bad, GOOD), looks=2)
    assert [(one.queue, one.waiting) for one in seen] == [("a", 3)]
    assert sum(faults.counts.values()) >= 1


def test_a_bad_row_stops_no_other_queue():
    seen, faults = polled(answers(rows(("a", 3), ("b", "many"), ("c", 5))), looks=1)
    assert [(one.queue, one.waiting) for one in seen] == [("a", 3), ("c", 5)]
    assert faults.counts == {"unreadable row": 1}


def test_a_file_that_may_not_be_read_for_a_while_stops_nothing():
    async def run():
        looks, seen = iter([PermissionError("no permission to read floor.csv"), None]), []

        async def look():
            if (trouble := next(looks)) is not None:
                raise trouble
            return [Observation("a", NOW, 3)]

        async def sink(one):
            seen.append(one.waiting)
            raise KeyRefusedError(say("connect.key", said="unknown"))  # and that alone ends it

        faults = Faults("poll")
        with pytest.raises(KeyRefusedError):
            await asyncio.wait_for(look_forever(look, sink, every_seconds=0.0, faults=faults), 20)
        return seen, faults.counts

    assert asyncio.run(run()) == ([3], {"no reading": 1})


def test_an_answer_that_never_ends_is_given_up_and_told(caplog):
    async def run():
        async def dribble(reader, writer):
            await reader.readline()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            with suppress(OSError):
                while not writer.is_closing() and not told.is_set():
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.02)
            writer.close()

        faults, told = Faults("slow"), asyncio.Event()
        server = await asyncio.start_server(dribble, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        faults.note, note = lambda kind, text: (note(kind, text), told.set()), faults.note
        async with httpx.AsyncClient(timeout=10.0) as client:
            poll = Poll(f"http://127.0.0.1:{port}/", FIELDS)
            looking = look_forever(
                lambda: ask(poll, client, clock=lambda: NOW), None, every_seconds=0.0, faults=faults,
                within_seconds=0.2,
            )  # fmt: skip
            task = asyncio.create_task(looking)
            await asyncio.wait_for(told.wait(), 20)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        server.close()
        await asyncio.sleep(0.1)  # for the connections to close
        return faults.counts

    with caplog.at_level(logging.WARNING, "huawu.connect"):
        assert asyncio.run(run())["no answer"] >= 1
    assert "nothing within 0.2 s" in caplog.text


def test_a_switch_that_says_nothing_is_given_up_and_tried_again(monkeypatch):
    monkeypatch.setattr(ami, "ANSWER_WITHIN_SECONDS", 0.1)
    monkeypatch.setattr(ami, "FIRST_WAIT_SECONDS", 0.0)
    monkeypatch.setattr(ami, "LONGEST_RECONNECT_SECONDS", 0.0)

    async def run():
        calls, twice = [], asyncio.Event()

        async def silent(reader, writer):
            calls.append(writer)
            if len(calls) == 2:
                twice.set()
            await reader.read()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        faults = Faults("ami")
        connector = AmiConnector(
            AmiAccount("127.0.0.1", server.sockets[0].getsockname()[1], "u", "s"), ["a"], None, clock=lambda: NOW,
            faults=faults,
        )  # fmt: skip
        task = asyncio.create_task(connector.run_forever())
        await asyncio.wait_for(twice.wait(), 20)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        server.close()
        for writer in calls:
            writer.close()
        await asyncio.sleep(0.1)
        return faults.counts

    assert asyncio.run(run())["line down"] >= 1


@pytest.mark.parametrize("line", ["9" * 400 + "|c|q|m|ENTERQUEUE", "1e999|c|q|m|ENTERQUEUE", "nan|c|q|m|ENTERQUEUE"])
def test_a_log_line_with_an_impossible_time_is_passed_over(line):
    assert QueueLog().take(line) is None


def test_a_log_line_without_end_does_not_fill_the_memory(tmp_path):
    path = tmp_path / "queue_log"
    path.write_bytes(b"x" * 3_000_000 + b"\n1764550000|c1|q|NONE|ENTERQUEUE||1|1\n")
    follower = QueueLogFollower(path)
    assert follower.look()
    assert follower.log.count("q") == 1
    assert len(follower.rest) < 100_000
    follower.close()


# -- sending -----------------------------------------------------------------------------------------------------------


def send(transport, seen, **options):
    """Send the observations through a sink and return it."""

    async def run():
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            sink = HttpSink(client, source="acd", **options)
            for one in seen:
                await sink.put(one)
            await sink.send("a")
            return sink

    return asyncio.run(run())


def looks(count):
    return [Observation("a", NOW + timedelta(seconds=5 * n), n) for n in range(count)]


def test_what_the_service_refuses_is_set_aside_with_its_reason_and_the_others_arrive(tmp_path):
    taken = []

    def service(request):
        bodies = json.loads(request.content)
        if any(one["waiting"] in (3, 11) for one in bodies):
            return httpx.Response(422, json={"detail": "waiting: not this number"})
        taken.extend(one["waiting"] for one in bodies)
        return httpx.Response(200, json=[{"status": "accepted"} for _ in bodies])

    sink = send(httpx.MockTransport(service), looks(20), refused=tmp_path / "refused.jsonl")
    assert taken == [n for n in range(20) if n not in (3, 11)]
    kept = [json.loads(line) for line in (tmp_path / "refused.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(one["waiting"], one["queue"]) for one in kept] == [(3, "a"), (11, "a")]
    assert "not this number" in kept[0]["reason"]
    assert sink.faults.counts == {"refused": 2}
    assert sink.kept["a"] == []


@pytest.mark.parametrize("status", [404, 408, 429, 500, 503])
def test_what_is_not_the_readings_fault_keeps_them(status):
    sink = send(answers("no such queue", status=status), looks(3))
    assert len(sink.kept["a"]) == 3
    assert sink.faults.counts == {f"service answers {status}": 1}


def test_a_reading_refused_within_a_batch_is_set_aside(tmp_path):
    told = [
        {"status": "accepted", "decisions": []},
        {"status": "future", "decisions": [{"reason": "the reading is from the future"}]},
        {"status": "conflict", "detail": "sent before with another body"},
    ]
    sink = send(answers(json.dumps(told)), looks(3), refused=tmp_path / "refused.jsonl")
    kept = [json.loads(line) for line in (tmp_path / "refused.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(one["waiting"], one["reason"]) for one in kept] == [
        (1, "the reading is from the future"),
        (2, "sent before with another body"),
    ]
    assert sink.faults.counts == {"future": 1, "conflict": 1}


@pytest.mark.parametrize(("seconds", "said"), [(60, "60 s behind"), (-60, "60 s ahead of"), (2, "")])
def test_a_clock_that_is_wrong_is_told(caplog, seconds, said):
    there = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    answer = httpx.Response(200, json=[{"status": "accepted"}], headers={"Date": there})
    with caplog.at_level(logging.WARNING, "huawu.connect"):
        sink = send(answers(answer), looks(1))
    assert ("clock skew" in sink.faults.counts) == bool(said)
    if said:
        assert any(f"{abs(seconds) + off} s" in caplog.text and said[5:] in caplog.text for off in (-1, 0, 1))


def test_what_is_too_old_to_keep_is_told_and_set_aside(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, "huawu.connect"):
        sink = send(answers("away", status=503), looks(15), most=10, refused=tmp_path / "refused.jsonl")
    assert [one["waiting"] for one in sink.kept["a"]] == list(range(5, 15))
    assert len((tmp_path / "refused.jsonl").read_text(encoding="utf-8").splitlines()) == 5
    assert sink.faults.counts["dropped"] == 5
    assert caplog.text.count("dropped") == 1  # once a minute, not once a reading


def test_a_key_that_worked_and_does_not_any_more_keeps_the_readings():
    accepted = httpx.Response(200, json=[{"status": "accepted"}])

    async def run():
        transport = answers(accepted, httpx.Response(401, text="revoked"))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            sink = HttpSink(client, source="acd")
            for one in looks(3):
                await sink(one)
            return sink

    sink = asyncio.run(run())
    assert len(sink.kept["a"]) == 2
    assert sink.faults.counts == {"key refused": 2}


def test_a_source_is_followed_on_while_the_service_is_away():
    async def run():
        sent, came_back = [], asyncio.Event()

        async def service(request):
            sent.append(len(json.loads(request.content)))
            if len(sent) == 1:
                await came_back.wait()  # the first request hangs
            return httpx.Response(200, json=[{"status": "accepted"}] * sent[-1])

        async with httpx.AsyncClient(transport=httpx.MockTransport(service), base_url="http://service") as client:
            sink = HttpSink(client, source="acd")
            task = asyncio.create_task(sink.send_forever())
            for one in looks(1):
                await sink.put(one)
            while not sent:
                await asyncio.sleep(0)
            for one in looks(5)[1:]:
                await sink.put(one)
            came_back.set()
            while sink.kept["a"]:
                await asyncio.sleep(0)
            task.cancel()
        return sent

    assert asyncio.run(run()) == [1, 4]


# -- a connector of one's own ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nowhere", "is not module:function"),
        ("nowhere_at_all:look", "there is no module"),
        ("json:look", "has no function 'look'"),
    ],
)
def test_a_function_that_is_not_there_is_named(name, says):
    with pytest.raises(ValueError, match=says):
        look_named(name)


def test_a_function_of_ones_own_gives_observations_in_any_of_three_forms():
    async def coroutine(asked_at):
        return [{"queue": "a", "waiting": 3, "seats_free": 2}]

    expected = [Observation("a", NOW, 3, {"seats_free": 2})]
    for look in (
        lambda at: Observation("a", at, 3, {"seats_free": 2}),
        lambda at: {"queue": "a", "waiting": 3, "seats_free": 2},
        coroutine,
    ):
        assert asyncio.run(looked_at(look, NOW)) == expected
    of_no_zone = NOW.replace(tzinfo=None)
    for wrong in (
        lambda at: 7,
        lambda at: [{"waiting": 3}],
        lambda at: [{"queue": "a"}],
        lambda at: {"queue": "a", "waiting": 3, "at": of_no_zone},
        lambda at: {"queue": "a", "waiting": 3, "at": "09:00"},
    ):
        with pytest.raises(ValueError, match=r"observation|look|zone"):
            asyncio.run(looked_at(wrong, NOW))
