"""The service against its own OpenAPI document: nothing it is sent makes it fail, and it answers as documented."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import InvalidArgument, Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.errors import SchemathesisError
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.http.app import create_app
from api.http.documentation import recorded
from api.keys import create_key
from api.settings import Settings, shipped_ladder
from api.store.codec import now
from api.store.ladder_work import NewReading

EXAMPLES, FEW = 6, 2  # of right and of wrong requests, per operation of the floor; and of the planner
FLOOR = ("/v1/queues", "/v1/wall", "/v1/me", "/v1/register", "/v1/outbox", "/v1/audit", "/metrics", "/healthz")
HEALTH = list(HealthCheck)
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


@pytest.fixture(scope="module")
def surge_app(tmp_path_factory):
    """A service in the middle of a surge, with a key that may do everything."""
    folder = tmp_path_factory.mktemp("openapi")
    given = Settings(ladder=shipped_ladder(), database_url=f"sqlite:///{folder / 'huawu.db'}", tick_seconds=3600.0)
    app = create_app(given)
    start = datetime.now(UTC) - timedelta(minutes=20)
    for minute in range(20):
        at = start + timedelta(minutes=minute)
        app.state.log.accept("hotline", [NewReading(at, 11)], received_at=at)
    secret, _ = create_key(app.state.log.engine, label="tests", role="admin", at=now(), badge="T1", per_minute=10**7)
    app.state.test_key = secret
    app.state.worker.ensure = lambda: None  # jobs are taken down and not begun
    return app


@pytest.fixture(scope="module")
def schema(surge_app):
    """Its OpenAPI document, without the endless stream."""
    return (
        schemathesis.openapi.from_asgi("/openapi.json", surge_app)
        .include(path_regex=r"^/(v1|metrics|healthz)")
        .exclude(path_regex="/stream$")
    )


def test_whatever_arrives_is_answered_as_documented(schema, surge_app):
    headers = {"Authorization": f"Bearer {surge_app.state.test_key}"}
    tried = []
    answered = Counter()
    for found in schema.get_all_operations():
        operation = found.ok()
        tried.append(operation.label)
        often = EXAMPLES if operation.path.startswith(FLOOR) else FEW

        @settings(max_examples=often, deadline=None, derandomize=True, database=None, suppress_health_check=HEALTH)
        @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        def answers_as_documented(case):
            prepare(case)
            answered[case.call_and_validate(headers=headers, checks=CHECKS).status_code] += 1

        answers_as_documented()

        @settings(max_examples=often, deadline=None, derandomize=True, database=None, suppress_health_check=HEALTH)
        @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
        def refuses_as_documented(case):
            prepare(case)
            answered[case.call_and_validate(headers=headers, checks=CHECKS).status_code] += 1

        with suppress(Unsatisfiable, InvalidArgument, SchemathesisError):  # nothing of it can be wrong
            refuses_as_documented()
    assert len(tried) >= 60
    assert answered[200] > 50
    assert answered[422] > 50
    assert not {401, 403, 429} & set(answered)


def prepare(case) -> None:
    """Give the case the key, and in every other one a queue and an order that exist: else nearly all would be 404."""
    for name in ("X-API-Key", "Authorization", "Cookie"):
        case.headers.pop(name, None)
    known = {"queue": "hotline", "order_id": "hotline-000001"}
    if len(str(case.body)) % 2:
        case.path_parameters = {name: known.get(name, value) for name, value in case.path_parameters.items()}


def test_every_operation_says_what_it_does_and_who_may(surge_app):
    document = surge_app.openapi()
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            assert operation.get("description"), f"{verb} {path} has no description"
            if path != "/healthz":
                assert operation["security"], f"{verb} {path} is not documented to need a key"
    assert document["components"]["schemas"]["ReadingIn"]["examples"]


def operations(surge_app):
    """Yield every operation of the document with its verb and path."""
    for path, item in surge_app.openapi()["paths"].items():
        for verb, operation in item.items():
            yield f"{verb.upper()} {path}", operation


def has_example(told: dict) -> bool:
    """Return whether a parameter or a content shows what it looks like; a default does so, too."""
    return "example" in told or bool({"examples", "default"} & set(told["schema"]))


def test_every_operation_shows_how_to_ask_and_what_is_answered(surge_app):
    missing = []
    for name, operation in operations(surge_app):
        if not operation.get("summary") or operation["summary"][-1] in ".:;":
            missing.append(f"{name}: summary")
        shown = [one["name"] for one in operation.get("parameters", []) if not has_example(one)]
        shown += [
            f"body {k}" for k, c in operation.get("requestBody", {}).get("content", {}).items() if not has_example(c)
        ]
        missing += [f"{name}: {what}" for what in shown]
        if not any(status.startswith("2") for status in operation["responses"]):
            missing.append(f"{name}: an answer")
        for status, answer in operation["responses"].items():
            kinds = answer.get("content", {})
            if status.startswith("2") and not kinds:
                missing.append(f"{name}: {status} says nothing of what it holds")
            if status.startswith("4") and (list(kinds) != ["application/problem+json"] or not answer["description"]):
                missing.append(f"{name}: {status} is no problem document")
            missing += [f"{name}: {status} {kind}" for kind, content in kinds.items() if "example" not in content]
    assert missing == [], "run `python -m tests.record_openapi_examples`, which asks for everything there is"


def test_every_example_is_what_its_schema_says(surge_app):
    document = surge_app.openapi()
    checked = 0
    for name, operation in operations(surge_app):
        contents = list(operation.get("requestBody", {}).get("content", {}).items())
        for status, answer in operation["responses"].items():
            contents += answer.get("content", {}).items()
            for kind, content in answer.get("content", {}).items():
                if kind == "application/problem+json":
                    assert content["example"]["status"] == int(status), name
        for kind, content in contents:
            if kind in ("application/json", "application/problem+json") and content.get("schema"):
                schema = {**content["schema"], "components": document["components"]}
                jsonschema.validate(content["example"], schema, cls=jsonschema.Draft202012Validator)
                checked += 1
    assert checked > 200


def test_every_recorded_example_is_of_an_operation_that_there_is(surge_app):
    assert set(recorded()) <= {name for name, _ in operations(surge_app)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_shown_as_a_request_is_accepted(app, client, keys):
    until = (now() + timedelta(hours=1)).isoformat()
    asked = []
    for name, _ in operations(app):
        verb, path = name.split(" ")
        body = recorded().get(name, {}).get("body")
        # Orders, handovers and plans want one of their own, files a file; a queue that is retired takes nothing more.
        if (
            any(word in path for word in ("orders", "handovers", "plans", "explore", "retire"))
            or body is None
            or "file" in body
        ):
            continue
        where = {**recorded()[name]["path"], "queue": "example"}
        fresh = {**body, **({"until": until} if "until" in body else {})}
        answer = client.request(verb, path.format(**where), json=fresh, headers=keys["admin"])
        assert answer.status_code in (200, 201, 202), (name, answer.text)
        asked.append(name)
    assert len(asked) >= 6


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_wrong_or_unknown_field_is_named_with_its_value_by_every_endpoint(app, client, keys):
    tried = 0
    for name, _ in operations(app):
        verb, path = name.split(" ")
        body = recorded().get(name, {}).get("body")
        if not isinstance(body, dict) or "file" in body:
            continue
        address = path.format(**recorded()[name]["path"])
        for field in [*body, "surprise"]:
            wrong = {**body, field: [["wrong"]]}
            answer = client.request(verb, address, json=wrong, headers=keys["admin"])
            assert answer.status_code == 422, (name, field, answer.text)
            said = answer.json()["detail"]
            assert field in said, (name, field, said)
            assert "wrong" in said or field == "ladder", (name, field, said)
            tried += 1
    assert tried > 60
