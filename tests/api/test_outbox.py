"""Order notifications: at least once, signed, in their receivers' form and within their rate."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlparse

import httpx
import pytest
from sqlalchemy import select

from api import outbox as sending
from api.settings import Webhook
from api.store.database import reading
from api.store.ladder_log import LadderLog
from api.store.ladder_work import NewReading
from api.store.tables import orders, outbox

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
    clock["at"] += timedelta(seconds=sending.LEASE_SECONDS)
    assert deliver(log, receiver, clock) == 1


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
    assert deliver(log, receiver, clock, hook) == 40
    content = json.loads(receiver.got[0].content)["markdown"]["content"]
    assert len(content.encode()) <= 4096
    assert "流动专家 全组" in content
    assert content.rsplit("…另有", 1)[1].rstrip("条").strip().isdigit()


def test_the_state_of_delivery_can_be_seen(client, keys, app):
    app.state.log.settings = replace(app.state.settings, webhooks=(HOOK,))
    surge(app.state.log, 6)
    seen = client.get("/v1/outbox", headers=keys["supervisor"]).json()
    assert seen["counts"] == {"pending": 1}
    assert (seen["notifications"][0]["kind"], seen["notifications"][0]["attempts"]) == ("order", 0)
    assert client.get("/v1/outbox", headers=keys["wallboard"]).status_code == 403
