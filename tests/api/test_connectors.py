"""Connectors against what a real switch said, and a fake one that says it again over a socket."""

from __future__ import annotations

import asyncio
import json
import tomllib
from datetime import UTC, datetime, timedelta
from itertools import groupby

import httpx
import pytest

from api.connectors.ami import AmiAccount, AmiConnector, AmiParser, AmiRefusedError, QueueWatch
from api.connectors.observation import HttpSink, KeyRefusedError, Observation
from api.connectors.poller import FieldMap, Poll, ask, at_path, field_map, observations, parsed
from api.connectors.queue_log import QueueLog, QueueLogFollower

NOW = datetime(2026, 11, 21, 16, tzinfo=UTC)


def clock() -> datetime:
    return NOW


@pytest.fixture(scope="module")
def session(shared_data) -> bytes:
    """What a real switch sent over its manager interface."""
    return (shared_data / "acd" / "asterisk_ami_session.txt").read_bytes()


@pytest.fixture(scope="module")
def queue_log(shared_data) -> list[str]:
    """What the same switch wrote into its queue_log."""
    return (shared_data / "acd" / "asterisk_queue_log").read_text().splitlines()


def test_a_stream_is_cut_into_the_same_messages_however_it_arrives(session):
    whole = AmiParser().feed(session)
    assert len(whole) > 300
    for size in (1, 7, 4096):
        parser = AmiParser()
        parts = [one for start in range(0, len(session), size) for one in parser.feed(session[start : start + size])]
        assert parts == whole


def test_something_that_is_no_manager_is_noticed():
    with pytest.raises(ValueError, match="not a manager interface"):
        AmiParser().feed(b"x" * 70_000)


def test_counts_follow_the_joins_and_leaves_of_a_real_session(session):
    watch = QueueWatch(frozenset({"hotline"}))
    told, expected = [], []
    for message in AmiParser().feed(session):
        news = watch.take(message)
        if news is not None:
            told.append(news[1])
        # The switch's own words, read independently: Count, Callers and Calls are all the same absolute number.
        if message.get("Queue") == "hotline":
            for kind, key in (("Join", "Count"), ("Leave", "Count"), ("Summary", "Callers"), ("Params", "Calls")):
                if message.get("Event") in (f"Queue{kind}", f"QueueCaller{kind}"):
                    expected.append(int(message[key]))
    assert told == expected
    assert max(told) == 7
    assert watch.told["hotline"]["seats_signed_in"] >= 1


def test_a_summary_tells_the_longest_wait_and_who_is_ready_for_its_moment_only(session):
    watch, summaries = QueueWatch(frozenset({"hotline"})), 0
    for message in AmiParser().feed(session):
        watch.take(message)
        if message.get("Queue") != "hotline":
            continue
        told = watch.told["hotline"]
        if message["Event"] == "QueueSummary":
            summaries += 1
            expected = [int(message[key]) for key in ("LoggedIn", "Available", "LongestHoldTime")]
            assert [told[name] for name in ("seats_signed_in", "agents_ready", "longest_wait_seconds")] == expected
        else:
            assert "longest_wait_seconds" not in told
    assert summaries >= 1


def test_a_queue_the_switch_does_not_know_is_missing_and_not_empty(session):
    watch = QueueWatch(frozenset({"hotline", "nowhere"}), asked={"st2": "nowhere", "sum1": "hotline"})
    news = [watch.take(message) for message in AmiParser().feed(session)]
    assert ("nowhere", None) in news
    assert ("hotline", None) not in news
    assert "nowhere" not in watch.waiting


class FakeSwitch:
    """Plays a recorded session to whoever logs in, then answers what it is asked; can hang up."""

    def __init__(self, session: bytes, *, secret: str = "s3cret", hang_up_after: int | None = None) -> None:
        banner, _, self.rest = session.partition(b"\n")
        self.banner = banner
        self.secret = secret
        self.hang_up_after = hang_up_after
        self.logins = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.banner + b"\r\n")
        parser = AmiParser()
        try:
            while data := await reader.read(4096):
                for message in parser.feed(data):
                    await self.answer(message, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def answer(self, message: dict[str, str], writer: asyncio.StreamWriter) -> None:
        action = message.get("ActionID", "")
        if message.get("Action") == "Login":
            self.logins += 1
            if message.get("Secret") != self.secret:
                writer.write(
                    f"Response: Error\r\nActionID: {action}\r\nMessage: Authentication failed\r\n\r\n".encode()
                )
                return
            writer.write(
                f"Response: Success\r\nActionID: {action}\r\nMessage: Authentication accepted\r\n\r\n".encode()
            )
            for start in range(0, len(self.rest), 1000):
                writer.write(self.rest[start : start + 1000])
            await writer.drain()
            if self.hang_up_after is not None and self.logins <= self.hang_up_after:
                writer.close()
        elif message.get("Action") == "QueueSummary":
            known = message["Queue"] == "hotline"
            body = "Event: QueueSummary\r\nQueue: hotline\r\nLoggedIn: 4\r\nCallers: 3\r\n" if known else ""
            writer.write(f"Response: Success\r\nActionID: {action}\r\nEventList: start\r\n\r\n".encode())
            if known:
                writer.write(f"{body}ActionID: {action}\r\n\r\n".encode())
            end = f"Event: QueueSummaryComplete\r\nActionID: {action}\r\nListItems: {int(known)}\r\n\r\n"
            writer.write(end.encode())


async def connected(switch: FakeSwitch, *, until, secret: str = "s3cret", queues=("hotline",)) -> list[Observation]:
    """Return what a connector tells of `switch` until `until(seen)` holds."""
    seen: list[Observation] = []
    enough = asyncio.Event()

    async def sink(one: Observation) -> None:
        seen.append(one)
        if until(seen):
            enough.set()

    server = await asyncio.start_server(switch, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connector = AmiConnector(
        AmiAccount("127.0.0.1", port, "surge", secret), queues, sink, clock=clock, every_seconds=0.05
    )
    running = asyncio.create_task(connector.run_forever())
    waiting = asyncio.create_task(enough.wait())
    try:
        await asyncio.wait({running, waiting}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        assert enough.is_set(), f"only saw {len(seen)} observations"
    finally:
        for task in (running, waiting):
            task.cancel()
        server.close()
    return seen


def test_a_switch_on_a_socket_is_followed_event_by_event(session):
    seen = asyncio.run(connected(FakeSwitch(session), until=lambda seen: seen[-1].told == {"seats_signed_in": 4}))
    counts = [one.waiting for one in seen]
    assert counts[:8] == [1, 2, 3, 4, 3, 4, 5, 6]  # seven callers join and one is answered meanwhile
    assert counts[-1] == 3
    assert all(one.at == NOW and one.queue == "hotline" for one in seen)


def test_a_lost_line_is_made_again(session, monkeypatch):
    monkeypatch.setattr("api.connectors.ami.FIRST_WAIT_SECONDS", 0.01)
    switch = FakeSwitch(session, hang_up_after=2)
    asyncio.run(connected(switch, until=lambda seen: seen[-1].told == {"seats_signed_in": 4}))
    assert switch.logins == 3


def test_an_unknown_queue_gives_missing_readings():
    seen = asyncio.run(
        connected(FakeSwitch(b"Asterisk\n"), until=lambda seen: len(seen) >= 4, queues=("hotline", "nowhere"))
    )
    assert {(one.queue, one.waiting) for one in seen} == {("hotline", 3), ("nowhere", None)}


def test_a_refused_login_is_said_and_not_tried_for_ever(session):
    with pytest.raises(AmiRefusedError, match="Authentication failed"):
        asyncio.run(connected(FakeSwitch(session), until=lambda seen: False, secret="wrong"))


def test_the_queue_log_gives_the_counts_that_the_manager_gave(queue_log, session):
    log, counts = QueueLog(), []
    for line in queue_log:
        news = log.take(line)
        if news is not None and (count := log.count("hotline")) is not None:
            counts.append(count)
    moves = [one for one in AmiParser().feed(session) if one.get("Event") in ("QueueCallerJoin", "QueueCallerLeave")]
    told = [int(one["Count"]) for one in moves if one["Queue"] == "hotline"]
    assert len(told) == 16
    assert [count for count, _ in groupby(counts)][: len(told)] == told  # the log goes on when the session is over
    entered = {line.split("|")[1] for line in queue_log if "|ENTERQUEUE|" in line}
    left = {
        line.split("|")[1]
        for line in queue_log
        if line.split("|")[4] in ("CONNECT", "ABANDON", "EXITEMPTY", "EXITWITHKEY", "EXITWITHTIMEOUT")
    }
    assert log.waiting["hotline"] == entered - left
    assert log.count("nowhere") is None


def test_a_killed_server_leaves_nobody_dangling(queue_log):
    log = QueueLog()
    for line in queue_log:
        log.take(line)
    assert log.count("hotline") == 3
    log.take("1795277100|NONE|NONE|NONE|QUEUESTART|")
    assert log.count("hotline") == 0


@pytest.mark.parametrize("line", ["", "garbage", "x|y|z|w|ENTERQUEUE", "1795277100|a|b"])
def test_a_line_that_is_none_is_passed_over(line):
    assert QueueLog().take(line) is None


def test_the_log_is_followed_over_a_rotation_and_a_truncation(tmp_path):
    path = tmp_path / "queue_log"
    follower = QueueLogFollower(path)
    assert not follower.look()
    path.write_text("1|NONE|NONE|NONE|QUEUESTART|\n2|c1|hotline|NONE|ENTERQUEUE||1|1\n3|c2|hotline|NONE|ENT")
    assert follower.look()
    assert follower.log.count("hotline") == 1  # the second line is not whole yet
    with path.open("a") as file:
        file.write("ERQUEUE||2|2\n")
    follower.look()
    assert follower.log.count("hotline") == 2
    with path.open("a") as file:
        file.write("4|c3|hotline|NONE|ENTERQUEUE||3|3\n")
    path.rename(tmp_path / "queue_log.1")
    follower.look()
    path.write_text("5|c1|hotline|A|CONNECT|3|x|1\n")
    follower.look()
    assert follower.log.waiting["hotline"] == {"c2", "c3"}
    path.write_text("6|c2|hotline|A|ABANDON|1\n")
    follower.look()
    assert follower.log.waiting["hotline"] == {"c3"}
    follower.close()


AMAZON = {
    "DataSnapshotTime": "2026-11-21T16:00:05Z",
    "MetricResults": [
        {
            "Dimensions": {"Queue": {"Id": "q-1"}},
            "Collections": [
                {"Metric": {"Name": "AGENTS_STAFFED"}, "Value": 21.0},
                {"Metric": {"Name": "CONTACTS_IN_QUEUE"}, "Value": 8.0},
            ],
        },
        {
            "Dimensions": {"Queue": {"Id": "q-2"}},
            "Collections": [{"Metric": {"Name": "AGENTS_STAFFED"}, "Value": None}],
        },
    ],
}
GENESYS = {
    "results": [{"group": {"queueId": "g1"}, "data": [{"metric": "oWaiting", "stats": {"count": 4}}]}],
}
ALIBABA = {
    "Data": {
        "Timestamp": 1795276800123,
        "List": [
            {"SkillGroupId": "s1", "WaitingCalls": 6, "LoggedInAgents": 12},
            {"SkillGroupId": "s2", "WaitingCalls": -1, "LoggedInAgents": -1},
        ],
    }
}
TENCENT = {
    "Response": {"Timestamp": 1795276800, "SkillGroupMetrics": [{"SkillGroupId": 7, "Metrics": {"QueueCount": 9}}]}
}


@pytest.mark.parametrize(
    ("name", "answer", "expected"),
    [
        (
            "amazon-connect",
            AMAZON,
            [
                ("q-1", NOW + timedelta(seconds=5), 8, {"seats_signed_in": 21}),
                ("q-2", NOW + timedelta(seconds=5), None, {}),
            ],
        ),
        ("genesys-cloud", GENESYS, [("g1", NOW, 4, {})]),
        (
            "alibaba-ccc",
            ALIBABA,
            [
                ("s1", NOW + timedelta(milliseconds=123), 6, {"seats_signed_in": 12}),
                ("s2", NOW + timedelta(milliseconds=123), None, {}),
            ],
        ),
        ("tencent-ccc", TENCENT, [("7", NOW, 9, {})]),
    ],
)
def test_the_shipped_maps_read_what_the_providers_answer(root, name, answer, expected):
    path = root / "data" / "config" / "connectors" / f"{name}.toml"
    wanted = field_map(tomllib.loads(path.read_text(encoding="utf-8")), source=path.name)
    # 1795276800 s after 1970 is 2026-11-21 16:00 UTC.
    found = [(one.queue, one.at, one.waiting, one.told) for one in observations(answer, wanted, asked_at=NOW)]
    assert found == expected


def test_a_csv_file_is_read_by_its_headings(tmp_path):
    path = tmp_path / "now.csv"
    path.write_text("\ufeff技能組,排隊人數,平均處理時長\nhotline,12,180500\nvip,-1,\n", encoding="utf-8")
    wanted = FieldMap(
        "技能組",
        "排隊人數",
        told={"aht_seconds": "平均處理時長"},
        durations_in_milliseconds=True,
        names={"vip": "vip-line"},
    )

    async def run():
        async with httpx.AsyncClient() as client:
            return await ask(Poll(str(path), wanted, kind="csv"), client, clock=clock)

    found = [(one.queue, one.waiting, one.told) for one in asyncio.run(run())]
    assert found == [("hotline", 12, {"aht_seconds": 180.5}), ("vip-line", None, {})]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"rows": 3}, "no list of queues at 'rows'"),
        ({"rows": [{"w": 3}]}, "row 1: nothing at 'q'"),
        ({"rows": [{"q": "a", "w": 1}, {"q": "b", "w": "many"}]}, "row 2: w = 'many' is not a number"),
        ({"rows": [{"q": "a", "w": 10**400}]}, "row 1: w = 1000"),
        ({"rows": [{"q": "a", "w": 1, "t": "2026-11-21 16:00"}]}, "has no time zone"),
        ({"rows": [{"q": "a", "w": 1, "t": "noon"}]}, "is not a time"),
    ],
)
def test_an_answer_that_cannot_be_read_is_named_by_row_and_value(answer, says):
    with pytest.raises(ValueError, match=r"row|list") as error:
        observations(answer, FieldMap("q", "w", rows="rows", at="t"), asked_at=NOW)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({"queue": "q"}, "x.toml: missing key waiting"),
        ({"queue": "q", "waiting": "w", "que": 1}, "x.toml: unknown key 'que'"),
        ({"queue": "q", "waiting": "w", "at_unit": "hours"}, "at_unit = 'hours' is none of"),
        ({"queue": "q", "waiting": "w", "told": {"seats": "s"}}, "told has unknown key 'seats'"),
    ],
)
def test_a_field_map_that_is_wrong_says_where(mapping, says):
    with pytest.raises(ValueError, match=r"x\.toml") as error:
        field_map(mapping, source="x.toml")
    assert says in str(error.value)


def test_a_path_that_leads_nowhere_is_missing():
    assert at_path({"a": {"b": 1}}, "a.b") == 1
    assert at_path({"a": {"b": 1}}, "a.c.d") is None
    assert at_path({"a": [{"k": "x", "v": 2}]}, "a[k=x].v") == 2
    assert at_path({"a": [{"k": "x", "v": 2}]}, "a[k=y].v") is None
    with pytest.raises(ValueError, match="not JSON"):
        parsed("<html>", kind="json")


def test_what_the_service_did_not_take_is_sent_again_with_the_next(client, keys):
    sent, away = [], [True, True, False, False]

    def pass_on(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        if away.pop(0):
            raise httpx.ConnectError("away")
        answer = client.post(request.url.path, content=request.content, headers=keys["writer"])
        return httpx.Response(answer.status_code, content=answer.content)

    async def run():
        async with httpx.AsyncClient(transport=httpx.MockTransport(pass_on), base_url="http://service") as http:
            sink = HttpSink(http, source="ami")
            for minute in range(4):
                at = datetime(2026, 11, 2, 1, minute, tzinfo=UTC)
                await sink(Observation("hotline", at, 6 + minute, {"seats_signed_in": 20}))

    asyncio.run(run())
    assert [len(one) for one in sent] == [1, 2, 3, 1]
    entries = client.get("/v1/queues/hotline/log?kind=reading", headers=keys["wallboard"]).json()["entries"]
    assert [one["body"]["waiting"] for one in entries] == [6, 7, 8, 9]
    assert client.get("/v1/queues/hotline/surge", headers=keys["wallboard"]).json()["seats_signed_in"] == 20


def test_a_refused_key_stops_the_sending():
    async def run():
        transport = httpx.MockTransport(lambda request: httpx.Response(401, text="unknown key"))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
            await HttpSink(http, source="ami")(Observation("hotline", NOW, 1))

    with pytest.raises(KeyRefusedError, match="refuses the key: unknown key; give a writer's key"):
        asyncio.run(run())
