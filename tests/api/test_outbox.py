"""Order notifications: at least once, signed, in their receivers' form and within their rate."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlparse

import httpx
import pandas as pd
import pytest
from sqlalchemy import select

from api import outbox as sending
from api.publishing import publish_plan
from api.settings import OnCall, Webhook
from api.store.database import reading
from api.store.ladder_log import LadderLog
from api.store.ladder_work import NewReading
from api.store.outbox_rows import tell_published
from api.store.tables import orders, outbox
from escalation.events import Silence

START = datetime(2026, 11, 2, 1, tzinfo=UTC)
HOOK = Webhook("floor", "https://example.org/hook", secret="s3cret", language="en")


class Receiver:
    """A receiver that keeps what it was sent and answers as told."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.got = []

    def __call__(self, request):
        self.got.append(request)
        answer = self.answers.pop(0) if self.answers else httpx.Response(200, json={"errcode": 0})
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def clock():
    return {"at": START + timedelta(minutes=20)}


@pytest.fixture
def log(engine, settings):
    return LadderLog(engine, replace(settings, webhooks=(HOOK,)))


def surge(log, minutes, *, queue="hotline", delay_seconds=1, first=0):
    """Feed a surge as it happens, each reading received `delay_seconds` after its time."""
    for minute in range(first, minutes):
        at = START + timedelta(minutes=minute)
        log.accept(queue, [NewReading(at, 11)], received_at=at + timedelta(seconds=delay_seconds))


def deliver(log, receiver, clock, hook=HOOK):
    async def run():
        async with httpx.AsyncClient(transport=httpx.MockTransport(receiver)) as client:
            return await sending.send_due(log.engine, hook, client, clock=lambda: clock["at"])

    return asyncio.run(run())


def rows(log):
    with reading(log.engine) as connection:
        return connection.execute(select(outbox).order_by(outbox.c.id)).all()


def test_orders_that_came_together_travel_in_one_signed_message(log, clock):
    surge(log, 17)
    receiver = Receiver()
    assert deliver(log, receiver, clock) == 4
    (request,) = receiver.got
    told = json.loads(request.content)["notifications"]
    assert [(one["rung"], one["kind"], one["delayed"]) for one in told] == [(n, "order", False) for n in (1, 2, 3, 4)]
    stamp = request.headers["X-Huawu-Timestamp"]
    signed = hmac.new(b"s3cret", stamp.encode() + b"." + request.content, hashlib.sha256).hexdigest()
    assert request.headers["X-Huawu-Signature"] == f"sha256={signed}"
    with reading(log.engine) as connection:
        assert None not in connection.execute(select(orders.c.delivered_at)).scalars().all()
    assert deliver(log, receiver, clock) == 0


def test_a_receiver_is_never_told_more_often_than_it_takes(log, clock):
    surge(log, 6)
    receiver = Receiver()
    assert deliver(log, receiver, clock) == 1
    surge(log, 11, first=6)
    clock["at"] += timedelta(seconds=2.9)  # 20 a minute is one in three seconds
    assert deliver(log, receiver, clock) == 0
    clock["at"] += timedelta(seconds=0.1)
    assert deliver(log, receiver, clock) == 1


def test_what_is_refused_is_tried_again_later_and_later(log, clock):
    surge(log, 6)
    receiver = Receiver(httpx.Response(500), httpx.ConnectError("no route"), httpx.Response(302))
    waits = []
    for _ in range(3):
        assert deliver(log, receiver, clock) == 0
        due_at = datetime.fromisoformat(rows(log)[0].due_at)
        waits.append((due_at - clock["at"]).total_seconds())
        clock["at"] = due_at
    assert waits == [2, 4, 8]
    assert rows(log)[0].error == "HTTP 302"
    assert deliver(log, receiver, clock) == 1
    assert (rows(log)[0].status, rows(log)[0].attempts) == ("sent", 4)


def test_a_crash_between_claim_and_mark_sends_once_more(log, clock):
    surge(log, 6)
    assert len(sending.claim(log.engine, HOOK, at=clock["at"])) == 1  # and the process dies here
    receiver = Receiver()
    assert deliver(log, receiver, clock) == 0  # it may still be under way
    clock["at"] += timedelta(seconds=sending.CLAIM_SECONDS)
    assert deliver(log, receiver, clock) == 1


def test_a_clock_that_is_set_back_holds_no_order_up(log, clock):
    surge(log, 6)
    assert deliver(log, Receiver(), clock) == 1
    surge(log, 11, first=6)
    clock["at"] += timedelta(seconds=3)
    assert len(sending.claim(log.engine, HOOK, at=clock["at"])) == 1  # and the process dies here
    clock["at"] -= timedelta(hours=1)  # both the last message and the claim are an hour ahead now
    receiver = Receiver(httpx.Response(500))
    assert deliver(log, receiver, clock) == 0
    assert len(receiver.got) == 1
    clock["at"] += timedelta(seconds=4)  # tried twice, so four seconds, as if nothing had been
    assert deliver(log, receiver, clock) == 1
    clock["at"] += timedelta(seconds=1)
    surge(log, 17, first=11)
    assert deliver(log, receiver, clock) == 0  # nor is the receiver told more often than it takes


def test_what_is_left_of_a_message_that_failed_waits_for_its_turn(engine, settings, clock):
    hook = Webhook("wecom", "https://example.org/cgi-bin/webhook/send?key=x", kind="wecom")
    log = LadderLog(engine, replace(settings, webhooks=(hook,)))
    for number in range(40):
        surge(log, 6, queue=f"queue-{number:02d}")
    receiver = Receiver(httpx.Response(500))
    assert deliver(log, receiver, clock, hook) == 0
    tried = [row.attempts for row in rows(log)]
    assert 0 < sum(tried) < 40
    assert tried == sorted(tried, reverse=True)  # the first ones, once, and the others not at all
    assert {row.error for row in rows(log)} == {"HTTP 500", ""}
    assert deliver(log, receiver, clock, hook) == 0  # the younger ones do not go ahead
    clock["at"] += timedelta(seconds=2)
    assert deliver(log, receiver, clock, hook) == sum(tried)


def test_two_workers_do_not_send_the_same(log, clock):
    surge(log, 6)
    assert len(sending.claim(log.engine, HOOK, at=clock["at"])) == 1
    assert sending.claim(log.engine, HOOK, at=clock["at"]) == []


def test_a_backlog_is_kept_as_delayed_and_not_pushed_as_live(log, clock):
    surge(log, 17, delay_seconds=3600)
    assert {row.status for row in rows(log)} == {"delayed"}
    assert all(json.loads(row.body)["delayed"] for row in rows(log))
    assert deliver(log, Receiver(), clock) == 0


def test_the_dingtalk_robot_is_signed_and_its_refusal_noticed(engine, settings, clock):
    hook = Webhook("ding", "https://example.org/robot/send?access_token=x", kind="dingtalk", secret="SEC1")
    log = LadderLog(engine, replace(settings, webhooks=(hook,)))
    surge(log, 6)
    receiver = Receiver(httpx.Response(200, json={"errcode": 310000, "errmsg": "sign not match"}))
    assert deliver(log, receiver, clock, hook) == 0
    assert rows(log)[0].error == "errcode 310000"
    query = parse_qs(urlparse(str(receiver.got[0].url)).query)
    basis = f"{query['timestamp'][0]}\nSEC1".encode()
    expected = base64.b64encode(hmac.new(b"SEC1", basis, hashlib.sha256).digest()).decode()
    assert query["sign"] == [expected]
    assert json.loads(receiver.got[0].content)["markdown"]["title"] == "指令 hotline"


def test_the_wecom_robot_gets_markdown_that_fits(engine, settings, clock):
    hook = Webhook("wecom", "https://example.org/cgi-bin/webhook/send?key=x", kind="wecom")
    log = LadderLog(engine, replace(settings, webhooks=(hook,)))
    for number in range(40):
        surge(log, 6, queue=f"queue-{number:02d}")
    receiver = Receiver()
    told = []
    while taken := deliver(log, receiver, clock, hook):
        content = json.loads(receiver.got[-1].content)["markdown"]["content"]
        assert len(content.encode()) <= 4096
        assert "流动专家" in content
        named = re.findall(r"`(queue-\d\d-000001)`", content)
        assert len(named) == taken
        told += named
        with reading(log.engine) as connection:
            delivered = select(orders.c.order_id).where(orders.c.delivered_at.is_not(None))
            assert sorted(connection.execute(delivered).scalars()) == sorted(told)  # who was told, and nobody else
        clock["at"] += timedelta(seconds=3)
    assert told == [f"queue-{number:02d}-000001" for number in range(40)]
    assert {row.attempts for row in rows(log)} == {1}


def test_the_state_of_delivery_can_be_seen(client, keys, app):
    app.state.log.settings = replace(app.state.settings, webhooks=(HOOK,))
    surge(app.state.log, 6)
    seen = client.get("/v1/outbox", headers=keys["supervisor"]).json()
    assert seen["counts"] == {"pending": 1}
    assert (seen["notifications"][0]["kind"], seen["notifications"][0]["attempts"]) == ("order", 0)
    assert client.get("/v1/outbox", headers=keys["wallboard"]).status_code == 403


def test_a_notification_is_never_told_before_an_older_one(log, clock):
    surge(log, 6)
    receiver = Receiver(httpx.Response(500))
    assert deliver(log, receiver, clock) == 0  # the first is to be tried again in two seconds
    surge(log, 11, first=6)
    clock["at"] += timedelta(seconds=1)
    assert deliver(log, receiver, clock) == 0  # so the second waits, though it is due
    clock["at"] += timedelta(seconds=1)
    assert deliver(log, receiver, clock) == 2
    assert [one["rung"] for one in json.loads(receiver.got[-1].content)["notifications"]] == [1, 2]


def test_after_forty_attempts_five_minutes_apart_it_is_given_up_and_the_next_one_goes(log, clock):
    surge(log, 6)
    receiver = Receiver(*[httpx.Response(500)] * 40)
    waits = []
    for attempt in range(1, 41):
        assert deliver(log, receiver, clock) == 0
        row = rows(log)[0]
        assert (row.attempts, row.status) == (attempt, "pending" if attempt < 40 else "failed")
        waits.append((datetime.fromisoformat(row.due_at) - clock["at"]).total_seconds())
        clock["at"] = datetime.fromisoformat(row.due_at)
    assert waits[:9] == [2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert set(waits[9:]) == {300}
    assert deliver(log, receiver, clock) == 0
    surge(log, 11, first=6)
    assert deliver(log, receiver, clock) == 1


def test_the_sending_outlives_whatever_goes_wrong(log, settings):
    surge(log, 6)
    heard = []
    taken = asyncio.Event()

    def clock():
        heard.append("asked")
        if len(heard) == 1:
            raise RuntimeError("the database is away")
        return START + timedelta(minutes=20)

    def told(hook, rows, error):
        heard.append((hook.name, [row.kind for row in rows], error))
        loop.call_soon_threadsafe(taken.set)

    async def run():
        nonlocal loop
        loop = asyncio.get_running_loop()
        sending_on = sending.send_forever(
            log.engine, replace(settings, webhooks=(HOOK,)), clock=clock, every_seconds=0.01, heard=told,
            transport=httpx.MockTransport(Receiver()),
        )  # fmt: skip
        task = asyncio.create_task(sending_on)
        await asyncio.wait_for(taken.wait(), 30)
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    loop = None
    asyncio.run(run())
    assert ("floor", ["order"], None) in heard


def test_feishus_robot_is_signed_and_its_refusal_noticed(engine, settings, clock):
    hook = Webhook("fei", "https://example.org/open-apis/bot/v2/hook/x", kind="feishu", secret="SEC2")
    log = LadderLog(engine, replace(settings, webhooks=(hook,)))
    surge(log, 6)
    receiver = Receiver(httpx.Response(200, json={"code": 19021, "msg": "sign match fail"}))
    assert deliver(log, receiver, clock, hook) == 0
    assert rows(log)[0].error == "code 19021"
    body = json.loads(receiver.got[0].content)
    key = f"{body['timestamp']}\nSEC2".encode()
    assert body["sign"] == base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert int(body["timestamp"]) == int(clock["at"].timestamp())
    assert (body["msg_type"], body["content"]["text"].splitlines()[0]) == ("text", "指令 hotline")


class MailServer:
    """An SMTP server of twenty lines, that keeps the mails it takes."""

    def __init__(self):
        self.mails = []

    async def talk(self, reader, writer):
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                mail = b""
                while not mail.endswith(b"\r\n.\r\n"):
                    mail += await reader.readline()
                self.mails.append(mail)
            writer.write(b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n")
            if word == b"QUIT":
                break
        writer.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_mail_goes_to_whoever_is_on_call_each_to_their_own_address(engine, settings, clock):
    server = MailServer()

    async def run():
        listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        hook = Webhook(
            "mail", f"smtp://127.0.0.1:{port}", kind="smtp", sender="huawu@example.org", to="floor@example.org",
            language="en", private=True, per_minute=6000,
        )  # fmt: skip
        on_call = (OnCall("S9", "mail", "s9@example.org"), OnCall("K1", "mail", "k1@example.org"))
        log = LadderLog(engine, replace(settings, webhooks=(hook,), on_call=on_call))
        surge(log, 6)
        at = START + timedelta(minutes=5)
        for _ in range(24):  # readings and ticks go on, nobody heeds
            at += timedelta(seconds=30)
            log.accept("hotline", [NewReading(at, 8)], received_at=at)
            log.tick(at)
        taken = 0
        async with httpx.AsyncClient() as client:
            for _ in range(40):
                taken += await sending.send_due(log.engine, hook, client, clock=lambda: clock["at"])
                clock["at"] += timedelta(seconds=1)
        listening.close()
        return taken, len(rows(log))

    taken, told = asyncio.run(run())
    assert taken == told
    to = [re.search(rb"^To: (.*?)\r?$", mail, re.MULTILINE).group(1).decode() for mail in server.mails]
    assert set(to) == {"floor@example.org", "s9@example.org", "k1@example.org"}
    passed_on = [mail for mail in server.mails if b"To: s9@example.org" in mail]
    assert b"Subject: Passed on hotline" in passed_on[0]


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1:9/", "json"),
        ("http://10.1.2.3/x", "wecom"),
        ("http://[::1]/", "dingtalk"),
        ("http://169.254.169.254/latest/meta-data", "json"),
        ("http://inside.example/", "json"),
        ("smtp://192.168.0.7", "smtp"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_address_within_the_house_is_not_asked_unless_it_may_be(engine, settings, clock, url, kind):
    hook = Webhook("inside", url, kind=kind, sender="a@example.org", to="b@example.org")
    log = LadderLog(engine, replace(settings, webhooks=(hook,)))
    surge(log, 6)
    receiver = Receiver()

    async def run():
        async with httpx.AsyncClient(transport=httpx.MockTransport(receiver)) as client:
            resolve = {"inside.example": ["93.184.216.34", "10.0.0.7"]}.__getitem__
            return await sending.send_due(log.engine, hook, client, clock=lambda: clock["at"], resolve=resolve)

    assert asyncio.run(run()) == 0
    assert receiver.got == []
    assert "within the house" in rows(log)[0].error


def test_a_silence_holds_messages_back_and_the_ladder_goes_on(log, clock):
    surge(log, 3)
    quiet = Silence(START + timedelta(minutes=3), START + timedelta(minutes=12), "S1", "drill")
    log.act("hotline", quiet, actor="S1", received_at=quiet.at)
    surge(log, 13, first=3)
    assert [row.status for row in rows(log)] == ["silenced", "silenced"]
    assert deliver(log, Receiver(), clock) == 0
    surge(log, 17, first=13)
    assert [row.status for row in rows(log)][-2:] == ["pending", "pending"]


@pytest.mark.parametrize(
    ("begin", "end", "days", "expected"),
    [
        ("", "", (), [True] * 5),
        ("08:00", "18:00", (), [True, False, False, False, True]),
        ("18:00", "08:00", (), [False, True, True, True, False]),
        ("18:00", "08:00", ("mon",), [False, True, True, True, False]),
        ("08:00", "24:00", ("tue",), [False, False, False, False, True]),
    ],
)
def test_who_is_on_call_when(begin, end, days, expected):
    person = OnCall("S1", "floor", begin=begin, end=end, days=days)
    monday = datetime(2026, 11, 30, tzinfo=UTC)  # its night ends on Tuesday
    moments = [monday + timedelta(hours=hour) for hour in (8, 18, 23, 31, 32)]
    assert [person.is_on_call(moment) for moment in moments] == expected


def test_a_published_plan_is_told_once_to_those_who_want_to_hear(engine, settings, clock):
    robot = Webhook("planners", "https://example.org/robot", kind="wecom", published=True)
    json_hook = Webhook("pay", "https://example.org/pay", published=True, orders=False, queues=("hotline",))
    log = LadderLog(engine, replace(settings, webhooks=(robot, json_hook, HOOK)))

    def publish(queue, month, why=""):
        frames = {"roster": pd.DataFrame({"badge": ["A1", why]}), "forecast": pd.DataFrame({"calls": [len(why)]})}
        publish_plan(engine, queue=queue, month=pd.Period(month), frames=frames, published_by="8001", why=why)

    publish("hotline", "2026-10")
    assert tell_published(engine, log.settings, clock["at"]) == 0  # from before the first look
    publish("hotline", "2026-12")
    publish("vip", "2026-12")
    publish("hotline", "2026-12", why="leave of A1")
    assert tell_published(engine, log.settings, clock["at"]) == 3
    assert tell_published(engine, log.settings, clock["at"]) == 0
    assert sorted((row.webhook, row.queue) for row in rows(log)) == [
        ("pay", "hotline"), ("pay", "hotline"), ("planners", "hotline"), ("planners", "hotline"), ("planners", "vip"),
    ]  # fmt: skip
    receiver = Receiver(httpx.Response(200, json={"errcode": 0}))
    assert deliver(log, receiver, clock, robot) == 3
    content = json.loads(receiver.got[0].content)["markdown"]["content"]
    assert content.count("班表与预测已发布") == 3
    assert "取代" in content.splitlines()[-1]
    assert "leave of A1" in content.splitlines()[-1]
    receiver = Receiver()
    assert deliver(log, receiver, clock, json_hook) == 2
    last = json.loads(receiver.got[0].content)["notifications"][-1]
    assert (last["kind"], last["month"], last["published_by"]) == ("published", "2026-12", "8001")
    assert last["why"] == "leave of A1"
    assert len(last["versions"]) == len(last["supersedes"]) == 2


def test_processes_that_look_together_tell_a_plan_once(engine, settings, clock):
    hook = Webhook("pay", "https://example.org/pay", published=True)
    log = LadderLog(engine, replace(settings, webhooks=(hook,)))
    tell_published(engine, log.settings, clock["at"])
    frames = {"roster": pd.DataFrame({"badge": ["A1"]})}
    publish_plan(engine, queue="hotline", month=pd.Period("2026-12"), frames=frames, published_by="8001")
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: tell_published(engine, log.settings, clock["at"]), range(4)))
    assert sum(told) == 1
    assert len(rows(log)) == 1
