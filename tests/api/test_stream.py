"""News over a real connection: server-sent events that can be taken up again where they broke off."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api.http.app import create_app
from api.keys import create_key
from api.serving import running
from api.store.codec import now
from api.store.database import open_database
from api.store.ladder_log import LadderLog
from api.store.ladder_work import NewReading

START = datetime(2026, 11, 2, 1, tzinfo=UTC)


@pytest.fixture
def served(settings):
    """The address of a queue of a running service, a reader's headers, and the application."""
    app = create_app(settings)
    secret, _ = create_key(app.state.log.engine, label="wall", role="wallboard", at=now())
    with running(app) as address:
        feed(app.state.log, range(4))
        yield f"{address}/v1/queues/hotline", {"X-API-Key": secret}, app


def feed(log: LadderLog, minutes) -> None:
    for minute in minutes:
        at = START + timedelta(minutes=minute)
        log.accept("hotline", [NewReading(at, 11)], received_at=at)


def listen(url: str, headers: dict, *, until, meanwhile=lambda: None, last: str | None = None) -> list[dict]:
    """Return the events heard until `until(events)` holds; `meanwhile` happens once the first is there."""

    async def run() -> list[dict]:
        heard: list[dict] = []
        asked = {**headers, **({"Last-Event-ID": last} if last is not None else {})}
        async with (
            httpx.AsyncClient(timeout=20) as client,
            client.stream("GET", f"{url}/stream", headers=asked) as answer,
        ):
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            event: dict = {}
            async for line in answer.aiter_lines():
                if line:
                    key, _, value = line.partition(": ")
                    event[key] = value
                    continue
                if "event" in event:
                    heard.append({**event, "data": json.loads(event["data"])})
                    if len(heard) == 1:
                        await asyncio.to_thread(meanwhile)
                    if until(heard):
                        return heard
                event = {}
        return heard

    return asyncio.run(asyncio.wait_for(run(), 30))


def test_news_come_as_they_happen_and_are_taken_up_where_they_broke_off(served):
    url, headers, app = served
    heard = listen(
        url,
        headers,
        meanwhile=lambda: feed(app.state.log, range(4, 7)),
        until=lambda events: events[-1]["event"] == "surge" and events[-1]["data"]["version"] == 8,
    )
    assert heard[0]["event"] == "surge"  # the state as it is, at once
    decided = [(one["data"]["kind"], one["data"]["rung"], one["id"]) for one in heard if one["event"] == "decision"]
    assert decided == [("order", 1, "7")]  # the ladder and readings 0 to 5 are versions 1 to 7
    feed(app.state.log, range(7, 17))
    again = listen(
        url,
        headers,
        last="8",
        until=lambda events: events[-1]["event"] == "surge" and events[-1]["data"]["version"] == 18,
    )
    missed = [(one["data"]["kind"], one["data"]["rung"]) for one in again if one["event"] == "decision"]
    assert missed == [("order", 2), ("order", 3), ("order", 4)]


def test_what_another_process_commits_is_heard_too(served, settings):
    url, headers, _ = served
    engine = open_database(settings.database_url)
    other = LadderLog(engine, settings)
    heard = listen(
        url,
        headers,
        meanwhile=lambda: feed(other, range(4, 6)),
        until=lambda events: events[-1]["event"] == "surge" and events[-1]["data"]["rung"] == 1,
    )
    engine.dispose()
    assert heard[-1]["data"]["orders"][0]["role"] == "expert"


def test_a_stream_of_a_queue_nobody_knows_is_not_found(served):
    url, headers, _ = served
    assert httpx.get(url.replace("hotline", "nowhere") + "/stream", headers=headers).status_code == 404
    assert httpx.get(f"{url}/stream").status_code == 401
