"""The attacker's suite: every operation by whoever may not, bombs, slow and half-open connections, injected text."""

from __future__ import annotations

import asyncio
import gzip
import io
import re
import sqlite3
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import httpx
import pytest
import uvicorn
from uvicorn.server import ServerState

from api.http import access, explore
from api.http.access import ANY_QUEUE, Gate
from api.http.app import create_app
from api.http.connections import PatientProtocol, listen
from api.http.documentation import recorded
from api.intake import read_readings
from api.keys import RIGHTS, create_key, revoke_key
from api.settings import Settings, shipped_ladder
from api.store.codec import now
from api.store.database import open_database
from api.store.tables import audit

pytestmark = pytest.mark.usefixtures("keys_at_once")
START = datetime(2026, 11, 2, 1, tzinfo=UTC)
QUEUE = "/v1/queues/hotline"
# What may be asked without a key: whether it lives, and whether it can be relied on.
OPEN = {"GET /healthz", "GET /readyz"}
# Which permissions each part of the service asks for; every operation of the document is found here by its beginning.
ASKED = {
    "PUT /v1/queues/{queue}/history": {"plan"},
    "PUT /v1/queues/{queue}/months/{month}/attendance": {"plan"},
    "GET /v1/queues/{queue}/months": {"export"},
    "GET /v1/queues/{queue}/report": {"export"},
    "GET /v1/queues/{queue}/verification": {"export"},
    "GET /v1/queues/{queue}/decisions.csv": {"export"},
    "GET /v1/register.csv": {"export"},
    "GET /v1/outbox": {"export"},
    "GET /v1/versions": {"export"},
    "GET /v1/audit": {"admin"},
    "PUT /v1/queues/{queue}/ladder": {"admin"},
    "POST /v1/queues/{queue}/retire": {"admin"},
    "PUT /v1/queues/{queue}/people": {"write", "act"},
    "POST /v1/queues/{queue}/readings": {"write"},
    "PUT /v1/queues/{queue}/": {"act"},
    "POST /v1/queues/{queue}/": {"act"},
    "PUT /v1/queues/{queue}": {"admin"},
    "GET /v1/queues": {"read"},
    "GET /v1/wall": {"read"},
    "GET /v1/me": {"read"},
    "GET /metrics": {"read"},
    "GET /v1/plans": {"plan"},
    "GET /v1/templates": {"plan"},
    "GET /v1/explore": {"plan"},
    "POST /v1/explore": {"plan"},
    "POST /v1/plans": {"plan"},
    "PUT /v1/plans": {"plan"},
    "DELETE /v1/plans": {"plan"},
}


@pytest.fixture
def settings(tmp_path):
    """Settings of a service with two queues."""
    return Settings(
        shipped_ladder(), ("hotline", "vip"), database_url=f"sqlite:///{tmp_path / 'huawu.db'}", tick_seconds=3600.0
    )


def permissions_of(operation):
    """Return what an operation asks for, by the longest beginning that the table has."""
    return ASKED[max((one for one in ASKED if operation.startswith(one)), key=len)]


def operations(app):
    """Yield verb, path and an address with every part filled in."""
    for path, item in app.openapi()["paths"].items():
        for verb in item:
            name = f"{verb.upper()} {path}"
            where = recorded().get(name, {}).get("path", {})
            yield name, verb.upper(), path.format(**{**where, "queue": "hotline"})


def test_every_operation_is_closed_to_no_key_a_revoked_an_expired_and_a_strangers_role(client, app, keys):
    engine, tried = app.state.log.engine, 0
    revoked, key = create_key(engine, label="gone", role="admin", at=now(), per_minute=10**6)
    revoke_key(engine, key.id, at=now())
    past = now() - timedelta(hours=2)
    expired, _ = create_key(engine, label="old", role="admin", at=past, expires_at=past + timedelta(hours=1))
    dead = [{}, {"X-API-Key": "hw_guess"}, {"X-API-Key": revoked}, {"Authorization": f"Bearer {expired}"}]
    dead.append({"Cookie": f"huawu_key={revoked}"})
    for name, verb, address in operations(app):
        if name in OPEN:
            continue
        wanted = permissions_of(name)
        for headers in dead:
            assert client.request(verb, address, headers=headers).status_code == 401, (name, headers)
        for role, permissions in RIGHTS.items():
            if not wanted & permissions:
                assert client.request(verb, address, headers=keys[role]).status_code == 403, (name, role)
            tried += 1
    assert tried >= 5 * 70


def test_every_operation_on_a_queue_is_closed_to_a_key_of_another(client, app):
    secret, _ = create_key(
        app.state.log.engine, label="vip", role="admin", at=now(), badge="V1", per_minute=10**6, queues=("vip",)
    )
    headers, tried = {"X-API-Key": secret}, 0
    for name, verb, address in operations(app):
        if "{queue}" in name:
            answer = client.request(verb, address, headers=headers)
            assert (answer.status_code, "held to vip" in answer.text) == (403, True), name
            tried += 1
    assert tried >= 25
    assert client.get("/v1/audit", headers=headers).status_code == 403  # what is of all queues is not of one


def test_every_page_of_another_site_is_refused_what_it_has_the_browser_send(client, app, settings):
    secret, _ = create_key(app.state.log.engine, label="s", role="admin", at=now(), badge="A", per_minute=10**6)
    cookie, body = {"Cookie": f"huawu_key={secret}"}, {"mode": "night", "reason": "x"}
    forged = (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    )
    for headers in forged:
        answer = client.put(f"{QUEUE}/mode", json=body, headers={**cookie, **headers})
        assert (answer.status_code, "another site's page" in answer.json()["detail"]) == (403, True), headers
    own = ({}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"})
    for headers in own:
        assert client.put(f"{QUEUE}/mode", json=body, headers={**cookie, **headers}).status_code == 200, headers
    gate = Gate(app.state.log.engine, replace(settings, open_access=True))
    scope = {"method": "PUT", "client": ("127.0.0.1", 1), "headers": [(b"host", b"127.0.0.1:8000")]}
    assert gate.admit(scope, "act").role == "admin"
    scope["headers"].append((b"sec-fetch-site", b"cross-site"))
    with pytest.raises(access.HttpRefusal, match="another site's page"):
        gate.admit(scope, "act")
    assert gate.admit({**scope, "method": "GET"}, "read", queue=ANY_QUEUE).role == "admin"


def test_nothing_under_v1_is_kept_by_a_browser_or_taken_for_something_else(client, keys):
    client.post(f"{QUEUE}/readings", json={"at": START.isoformat(), "waiting": 3}, headers=keys["writer"])
    for path in ("/v1/me", f"{QUEUE}/surge", "/v1/queues", f"{QUEUE}/nothing", "/v1/plans"):
        headers = client.get(path, headers=keys["planner"]).headers
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff"), path


@pytest.mark.parametrize("sign", ["\n", "\r\nSet-Cookie: a=b", "\x1b[2J", "\x00", "\x7f", "\x85", "\u2028", "\u202e"])
def test_a_reason_is_one_line_without_control_characters(client, keys, sign):
    client.post(f"{QUEUE}/readings", json={"at": START.isoformat(), "waiting": 3}, headers=keys["writer"])
    body = {"mode": "night", "reason": f"so{sign}so"}
    answer = client.put(f"{QUEUE}/mode", json=body, headers=keys["supervisor"])
    assert (answer.status_code, "one line of text" in answer.json()["detail"]) == (422, True)
    assert "控制字符" in answer.json()["detail_zh"]
    reading = {"at": START.isoformat(), "waiting": 3, "id": f"a{sign}b"}
    assert client.post(f"{QUEUE}/readings", json=reading, headers=keys["writer"]).status_code == 422


def test_who_reads_logs_and_handovers_is_in_the_audit(client, keys):
    client.post(f"{QUEUE}/readings", json={"at": START.isoformat(), "waiting": 3}, headers=keys["writer"])
    client.get(f"{QUEUE}/log", headers=keys["wallboard"])
    client.get(f"{QUEUE}/handovers", headers=keys["supervisor"])
    entries = client.get("/v1/audit", headers=keys["admin"]).json()["entries"]
    told = [(one["action"], one["badge"], one["subject"]) for one in entries]
    assert ("read.log", "B-wallboard", "hotline") in told
    assert ("read.handovers", "B-supervisor", "hotline") in told


def peak_megabytes(*, afresh=False):
    """Return the most memory that this process has had, since it was last asked `afresh`."""
    if afresh:
        Path("/proc/self/clear_refs").write_text("5")  # Linux: the peak is what there is now
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def packed(megabytes):
    return gzip.compress(b"at,waiting\n" + b"0" * (megabytes * 1_000_000), 9)


def zipped(megabytes, name="xl/worksheets/sheet1.xml"):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr(name, b"<" * (megabytes * 1_000_000))
    return content.getvalue()


def lying(megabytes):
    """A workbook whose directory says that it is small."""
    content = zipped(megabytes)
    size = (megabytes * 1_000_000).to_bytes(4, "little")
    return content.replace(size, (10).to_bytes(4, "little"))


BOMBS = {
    "gzip": ("r.csv.gz", packed(70)),
    "xlsx": ("r.xlsx", zipped(70)),
    "ods": ("r.ods", zipped(70, "content.xml")),
    "a workbook that lies": ("r.xlsx", lying(70)),
}


def doors_that_take_files(client, keys):
    """Return verb and path of each."""
    plan = client.post("/v1/plans", json={"month": "2026-12"}, headers=keys["planner"]).json()["plan_id"]
    files = [("PUT", f"/v1/plans/{plan}/files/{kind}") for kind in ("history", "people", "calendar")]
    of_queue = [("PUT", f"{QUEUE}/history"), ("PUT", f"{QUEUE}/months/2026-12/attendance")]
    return [("POST", "/v1/explore/replay"), *files, *of_queue]


def test_every_door_that_takes_files_takes_them_longer_than_a_reading_may_be(client, keys, settings):
    table = b"nothing,known\n" + b"1,2\n" * (settings.max_body_bytes // 4 + 1)
    for verb, door in doors_that_take_files(client, keys):
        answer = client.request(verb, door, files={"file": ("r.csv", table)}, headers=keys["planner"])
        assert (answer.status_code, "r.csv" in answer.json()["detail"]) == (422, True), (door, answer.text)


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_by_every_door_that_takes_files(client, keys, bomb):
    doors = doors_that_take_files(client, keys)
    before = peak_megabytes(afresh=True)
    for verb, door in doors:
        answer = client.request(verb, door, files={"file": BOMBS[bomb]}, headers=keys["planner"])
        assert answer.status_code == 413, (door, answer.text)
    assert peak_megabytes() - before < 250


def test_the_wall_is_answered_while_files_are_worked_on(client, keys, monkeypatch):
    let_go, begun = threading.Event(), threading.Semaphore(0)

    def slowly(path):
        begun.release()
        assert let_go.wait(60)
        return read_readings(path)

    monkeypatch.setattr(explore, "read_readings", slowly)
    client.post(f"{QUEUE}/readings", json={"at": START.isoformat(), "waiting": 3}, headers=keys["writer"])

    def replay(number):
        file = (f"{number}.csv", b"at,waiting\n2026-12-01T09:00:00+08:00,3\n")
        return client.post("/v1/explore/replay", files={"file": file}, headers=keys["planner"]).status_code

    # Of 45 at once, more than there are threads, one is worked on; neither it nor those behind it hold up the floor.
    with ThreadPoolExecutor(45) as attackers:
        waiting = [attackers.submit(replay, number) for number in range(45)]
        assert begun.acquire(timeout=60)
        assert client.get(f"{QUEUE}/surge", headers=keys["wallboard"]).status_code == 200
        later = {"at": (START + timedelta(minutes=1)).isoformat(), "waiting": 4}
        assert client.post(f"{QUEUE}/readings", json=later, headers=keys["writer"]).status_code == 200
        assert client.get("/healthz").status_code == 200
        assert not any(one.done() for one in waiting)
        assert not begun.acquire(blocking=False)
        let_go.set()
        assert {one.result() for one in waiting} == {200}


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"at":' * 100_000,
        b'[{"at":"2026-11-02T09:00:00Z","waiting":' + b"9" * 100_000 + b"}]",
        b"\xff",
    ],
    ids=["brackets", "objects", "a number", "no text"],
)
def test_json_that_is_deep_or_huge_is_refused(client, keys, body):
    headers = {**keys["admin"], "Content-Type": "application/json"}
    for verb, path in (("POST", "/readings"), ("PUT", "/people"), ("PUT", "/ladder")):
        assert client.request(verb, QUEUE + path, content=body, headers=headers).status_code in (400, 422), path


@pytest.mark.parametrize(
    "toml",
    ["x = " + "[" * 9000, "x = " + "9" * 9000, "waiting_above = 50000000", "x = 1e999", "a." * 5000 + "b = 1"],
    ids=["brackets", "a long number", "a threshold", "infinity", "dots"],
)
def test_a_ladder_that_is_deep_or_huge_is_refused(client, keys, toml):
    csv = b"at,waiting\n2026-12-01T09:00:00+08:00,3\n"
    asked = {"data": {"ladder": toml}, "files": {"file": ("r.csv", csv)}, "headers": keys["planner"]}
    assert client.post("/v1/explore/replay", **asked).status_code == 422


def test_ten_thousand_readings_at_once_are_told_the_limit_in_words(client, keys):
    readings = [{"at": (START + timedelta(seconds=n)).isoformat(), "waiting": 3} for n in range(10_000)]
    answer = client.post(f"{QUEUE}/readings", json=readings, headers=keys["writer"])
    assert (answer.status_code, answer.json()["detail"]) == (422, "a batch has 1 to 1000 readings, this one has 10000")
    assert "1 到 1000" in answer.json()["detail_zh"]
    rows = "".join(f"{(START + timedelta(seconds=n)).isoformat()},3\n" for n in range(100_001))
    file = ("r.csv.gz", gzip.compress(f"at,waiting\n{rows}".encode(), 1))
    answer = client.post("/v1/explore/replay", files={"file": file}, headers=keys["planner"])
    assert "at most 100000 can be replayed" in answer.json()["detail"]


def test_a_conflict_is_said_in_chinese_too(client, keys):
    reading = {"at": START.isoformat(), "waiting": 3, "id": "r1"}
    client.post(f"{QUEUE}/readings", json=reading, headers=keys["writer"])
    answer = client.post(f"{QUEUE}/readings", json={**reading, "waiting": 4}, headers=keys["writer"])
    assert (answer.status_code, answer.json()["detail_zh"]) == (409, "读数“r1”先前送过，内容不同")


@contextmanager
def served(app, patience_seconds):
    """Serve an application on a port of its own, with little patience."""

    class Impatient(PatientProtocol):
        """Waits for a moment only."""

    Impatient.patience_seconds = patience_seconds
    with listen("127.0.0.1", 0) as listening:
        server = uvicorn.Server(uvicorn.Config(app, http=Impatient, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


async def is_let_go(port, head, *, drip, standing):
    """Return whether the service closes a connection that says `head`, and then `drip` again and again.

    `standing` is told (a semaphore) that the connection stands.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    standing.release()

    async def say_on():
        while drip:
            await asyncio.sleep(0.05)
            writer.write(drip)
            await writer.drain()

    dripping = asyncio.create_task(say_on())
    try:
        async with asyncio.timeout(20):
            while await reader.read(1024):
                pass
            return True
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    finally:
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)
        writer.close()


def test_half_open_and_dripping_connections_are_let_go_while_the_wall_is_answered(settings):
    app = create_app(settings)
    secret, _ = create_key(app.state.log.engine, label="a", role="admin", at=now(), per_minute=10**6)
    key = {"X-API-Key": secret}
    head = f"POST {QUEUE}/readings HTTP/1.1\r\nHost: x\r\nX-API-Key: {secret}\r\nContent-Length: 900000\r\n\r\n"
    with served(app, patience_seconds=4.0) as port:
        url = f"http://127.0.0.1:{port}{QUEUE}"
        httpx.post(f"{url}/readings", json={"at": START.isoformat(), "waiting": 3}, headers=key).raise_for_status()
        held_when_answered = []

        async def attack():
            standing = asyncio.Semaphore(0)
            heads = (b"", b""), (b"GET / HTTP/1.1\r\nX-", b"a"), (head.encode(), b" ")
            attackers = [
                asyncio.create_task(is_let_go(port, said, drip=drip, standing=standing))
                for said, drip in heads
                for _ in range(40)
            ]
            for _ in attackers:
                await standing.acquire()
            looking = asyncio.create_task(look(attackers))
            done = await asyncio.gather(*attackers)
            looking.cancel()
            return done

        async def look(attackers):
            async with httpx.AsyncClient(headers=key) as client:
                while True:
                    answer = await client.get(f"{url}/surge", timeout=20)
                    assert answer.status_code == 200
                    held_when_answered.append(sum(not one.done() for one in attackers))
                    await asyncio.sleep(0.02)

        assert all(asyncio.run(attack()))
        assert 120 in held_when_answered, "the wall is answered while every one of them holds on"


class Clockwork:
    """An event loop whose time passes when it is told to."""

    def __init__(self, loop):
        self.loop, self.due = loop, []

    def __getattr__(self, name):
        return getattr(self.loop, name)

    def call_later(self, seconds, call):
        self.due.append((seconds, call))
        return asyncio.Handle(call, (), self.loop)

    def next_is_due(self):
        self.due.pop()[1]()


@pytest.mark.parametrize(("a_time", "heard"), [(10_000, True), (9_999, False)])
def test_whoever_sends_on_if_slowly_is_heard(a_time, heard):
    async def app(scope, receive, send):
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def run():
        loop, wire = Clockwork(asyncio.get_running_loop()), Mock(asyncio.Transport)
        wire.get_extra_info.return_value = None
        wire.is_closing.return_value = False
        protocol = PatientProtocol(uvicorn.Config(app, lifespan="off"), ServerState(), {}, loop)
        protocol.connection_made(wire)
        protocol.data_received(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (3 * a_time))
        for end_of_patience in (True, True, False):
            protocol.data_received(b"x" * a_time)
            if end_of_patience:
                loop.next_is_due()
            if wire.close.called:
                protocol.connection_lost(None)
                return False
        while not wire.write.called:
            await asyncio.sleep(0)
        return True

    assert PatientProtocol.patience_seconds * PatientProtocol.least_bytes_a_second == 10_000
    assert asyncio.run(run()) == heard


def test_the_reference_needs_no_internet(client):
    page = client.get("/docs")
    assert page.status_code == 200
    assert "://" not in page.text
    for file in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"/docs/files/{file}" in page.text
        assert len(client.get(f"/docs/files/{file}").content) > 100_000
    assert "default-src 'self'" in page.headers["content-security-policy"]


def test_a_key_is_nowhere_to_be_found_once_it_is_made(settings, tmp_path):
    engine = open_database(settings.database_url)
    create_app(settings)
    secret, _ = create_key(engine, label="x", role="admin", at=now())
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "huawu.db")) as connection:
        dumped = "\n".join(connection.iterdump())
    assert audit.name in dumped
    assert secret not in dumped
    assert secret.removeprefix("hw_") not in dumped
