"""The link in a message acknowledges its order: signed, for an hour, once, and never by being looked at."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select

from api import outbox as sending
from api.links import Link, LinkError, link_secret, opened, sealed, use
from api.settings import OnCall, Webhook
from api.store.codec import now
from api.store.database import reading
from api.store.ladder_fold import differences
from api.store.ladder_work import NewReading
from api.store.tables import audit, outbox

HOUSE = "https://huawu.example.org/"
SURGE = "/v1/queues/hotline/surge"


@pytest.fixture
def settings(settings):
    """Settings with a receiver of every kind, and somebody on call."""
    hooks = tuple(
        Webhook(kind, "https://example.org/x", kind=kind, sender="a@example.org", to="b@example.org")
        for kind in ("json", "wecom", "dingtalk", "feishu")
    )
    return replace(settings, webhooks=hooks, on_call=(OnCall("K7", "json"),), public_url=HOUSE, outbox_seconds=3600.0)


def surge(app, minutes=6):
    """Let a queue ask for its first order as of now."""
    start = now() - timedelta(minutes=minutes - 1)
    for minute in range(minutes):
        at = start + timedelta(minutes=minute)
        app.state.log.accept("hotline", [NewReading(at, 9)], received_at=at + timedelta(seconds=1))


def sent(app, kind, *, at=None):
    """Return what a receiver of that kind is told."""
    got = []

    def receive(request):
        got.append(request.content.decode())
        return httpx.Response(200, json={"errcode": 0, "code": 0})

    async def run():
        hook = next(one for one in app.state.settings.webhooks if one.name == kind)
        async with httpx.AsyncClient(transport=httpx.MockTransport(receive)) as client:
            clock = at or now() + timedelta(seconds=5)
            await sending.send_due(app.state.log.engine, hook, client, clock=lambda: clock, public_url=HOUSE)

    asyncio.run(run())
    return got[0]


def links_in(text):
    return [f"/link/{token}" for token in re.findall(re.escape(HOUSE) + r"link/([\w\-]+)", text)]


@pytest.mark.parametrize("kind", ["json", "wecom", "dingtalk", "feishu"])
def test_whoever_follows_the_link_of_a_group_acknowledges_with_a_badge_once(client, keys, app, kind):
    surge(app)
    (link,) = links_in(sent(app, kind))
    for _ in range(3):  # messengers look at links by themselves
        page = client.get(link)
        assert (page.status_code, "hotline-000001" in page.text, 'name="badge"' in page.text) == (200, True, True)
    (order,) = client.get(SURGE, headers=keys["wallboard"]).json()["orders"]
    assert order["acknowledged_at"] is None
    assert client.post(link).status_code == 403  # whose acknowledgement would it be?
    assert client.post(link, data={"badge": "<script>"}).status_code == 422
    done = client.post(link, data={"badge": "8801"})
    assert (done.status_code, "已由 8801 确认" in done.text) == (200, True)
    (order,) = client.get(SURGE, headers=keys["wallboard"]).json()["orders"]
    assert (order["status"], order["acknowledged_by"]) == ("acknowledged", "8801")
    again = client.post(link, data={"badge": "9999"})
    assert (again.status_code, "used before" in again.text) == (403, True)
    with reading(app.state.log.engine) as connection:
        (noted,) = connection.execute(select(audit).where(audit.c.action == "order.acknowledge")).all()
    assert (noted.badge, f"on {kind}" in noted.detail) == ("8801", True)
    assert differences(app.state.log.engine, "hotline") == []
    for header in ("content-security-policy", "cache-control", "referrer-policy"):
        assert done.headers[header]


def test_the_link_of_somebody_on_call_is_theirs(client, keys, app):
    log = app.state.log
    start = now() - timedelta(minutes=20)
    for step in range(41):  # nobody heeds the order
        at = start + timedelta(seconds=30 * step)
        log.accept("hotline", [NewReading(at, 8)], received_at=at)
        log.tick(at)
    with reading(log.engine) as connection:
        passed_on = select(outbox).where(outbox.c.kind == "escalated").order_by(outbox.c.id)
        told = connection.execute(passed_on).first()
    address = sending.addresses(log.engine, HOUSE, now())(told, json.loads(told.body))
    (link,) = links_in(address)
    assert 'name="badge"' not in client.get(link).text
    assert client.post(link).status_code == 200
    orders = client.get(SURGE, headers=keys["wallboard"]).json()["orders"]
    assert next(one for one in orders if one["order_id"] == told.order_id)["acknowledged_by"] == "K7"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_link_that_was_changed_is_late_or_of_a_closed_order_does_nothing(client, keys, app):
    surge(app)
    (link,) = links_in(sent(app, "json"))
    token = link.removeprefix("/link/")
    for changed in (token[:-2], token[:-2] + "AA", "A" + token[1:], "x", "%00", "A" * 5000):
        for verb in ("GET", "POST"):
            answer = client.request(verb, f"/link/{changed}", data={"badge": "1"} if verb == "POST" else None)
            assert (answer.status_code, "none of ours" in answer.text) == (403, True), (verb, changed)
    secret, at = link_secret(app.state.log.engine), datetime(2026, 11, 2, tzinfo=UTC)
    assert link_secret(app.state.log.engine) == secret
    link_at = Link("hotline", "hotline-000001", "m", "", int(at.timestamp()) + 3600)
    assert opened(sealed(link_at, secret), secret, at=at + timedelta(seconds=3599)) == link_at
    with pytest.raises(LinkError, match="time is over"):
        opened(sealed(link_at, secret), secret, at=at + timedelta(seconds=3600))
    with pytest.raises(LinkError, match="none of ours"):
        opened(sealed(link_at, b"another secret"), secret, at=at)
    body = {"badge": "S1", "reason": "all busy"}
    client.post("/v1/queues/hotline/orders/hotline-000001/decline", json=body, headers=keys["supervisor"])
    closed = client.post(link, data={"badge": "8801"})
    assert (closed.status_code, "is closed" in closed.text) == (403, True)


def test_of_two_who_use_a_link_at_once_one_does(engine):
    link = Link("hotline", "hotline-000001", "m", "", 2_000_000_000)
    use(engine, link, "token", badge="1", at=now())
    with pytest.raises(LinkError, match="used before"):
        use(engine, link, "token", badge="2", at=now())
