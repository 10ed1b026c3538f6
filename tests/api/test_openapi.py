"""The service against its own OpenAPI document: nothing it is sent makes it fail, and it answers as documented."""

from __future__ import annotations

import dataclasses
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta

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
from api.keys import create_key
from api.settings import Settings, shipped_ladder
from api.store.codec import now
from api.store.ladder_work import NewReading

EXAMPLES = 10  # of right and of wrong requests, per operation
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
    app = create_app(dataclasses.replace(given))
    start = datetime.now(UTC) - timedelta(minutes=20)
    for minute in range(20):
        at = start + timedelta(minutes=minute)
        app.state.log.accept("hotline", [NewReading(at, 11)], received_at=at)
    secret, _ = create_key(app.state.log.engine, label="tests", role="admin", at=now(), badge="T1", per_minute=10**7)
    app.state.test_key = secret
    return app


@pytest.fixture(scope="module")
def schema(surge_app):
    """Its OpenAPI document, without the endless stream."""
    return (
        schemathesis.openapi.from_asgi("/openapi.json", surge_app)
        .include(path_regex=r"^/(v1/(queues|me|register|outbox|audit)|metrics|healthz)")
        .exclude(path_regex="/stream$")
    )


def test_whatever_arrives_is_answered_as_documented(schema, surge_app):
    headers = {"Authorization": f"Bearer {surge_app.state.test_key}"}
    tried = []
    answered = Counter()
    for found in schema.get_all_operations():
        operation = found.ok()
        tried.append(operation.label)

        @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=HEALTH)
        @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        def answers_as_documented(case):
            prepare(case)
            answered[case.call_and_validate(headers=headers, checks=CHECKS).status_code] += 1

        answers_as_documented()

        @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=HEALTH)
        @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
        def refuses_as_documented(case):
            prepare(case)
            answered[case.call_and_validate(headers=headers, checks=CHECKS).status_code] += 1

        with suppress(Unsatisfiable, InvalidArgument, SchemathesisError):  # nothing of it can be wrong
            refuses_as_documented()
    assert len(tried) >= 20
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
