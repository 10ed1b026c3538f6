"""What the service writes down of its work, and the traces it sends."""

from __future__ import annotations

import http.server
import json
import logging
import threading

import pytest
from fastapi.testclient import TestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from api.http.app import create_app
from api.logs import write_logs
from api.settings import Settings, settings_from, shipped_ladder


@pytest.fixture
def logging_as_before():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def asked(tmp_path, headers=None, **more):
    settings = Settings(shipped_ladder(), database_url=f"sqlite:///{tmp_path}/log.db", open_access=True, **more)
    write_logs(settings)
    with TestClient(create_app(settings)) as client:
        return client.get("/v1/queues/hotlin/surge", headers=headers)


@pytest.mark.usefixtures("logging_as_before")
def test_a_line_of_json_for_each_request_carries_the_id_that_the_answer_has(tmp_path, capsys):
    answer = asked(tmp_path, {"X-Request-Id": "board-7:41"}, log_format="json", log_level="info")
    lines = [json.loads(one) for one in capsys.readouterr().err.splitlines()]
    [line] = [one for one in lines if one["logger"] == "huawu.requests"]
    assert answer.headers["x-request-id"] == line["request_id"] == "board-7:41"
    assert (line["level"], line["method"], line["path"]) == ("INFO", "GET", "/v1/queues/hotlin/surge")
    assert line["status"] == answer.status_code == 404
    assert 0 < line["seconds"] < 60


@pytest.mark.usefixtures("logging_as_before")
@pytest.mark.parametrize("given", [None, "two words", "line\tbreak", "x" * 65])
def test_a_request_without_an_id_that_can_be_written_gets_one(tmp_path, capsys, given):
    answer = asked(tmp_path, {"X-Request-Id": given} if given else None, log_level="info")
    made = answer.headers["x-request-id"]
    assert made != given
    assert len(made) == 16
    [line] = [one for one in capsys.readouterr().err.splitlines() if "huawu.requests" in one]
    assert f"[{made}]" in line
    assert "404" in line


@pytest.mark.usefixtures("logging_as_before")
def test_requests_are_no_lines_unless_asked_for(tmp_path, capsys):
    asked(tmp_path)
    assert "huawu.requests" not in capsys.readouterr().err


@pytest.mark.parametrize(("key", "value"), [("log_format", "xml"), ("log_level", "loud")])
def test_a_choice_that_is_none_is_refused_with_those_there_are(key, value):
    with pytest.raises(ValueError, match=rf"{key} = '{value}' is none of"):
        settings_from({f"HUAWU_{key.upper()}": value})


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes what OpenTelemetry sends, as a collector does."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.taken.append((self.path, ExportTraceServiceRequest.FromString(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_collector_gets_the_request_and_what_it_asked_the_database(tmp_path):
    server = http.server.HTTPServer(("127.0.0.1", 0), Collector)
    server.taken = []
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        answer = asked(tmp_path, traces_url=f"http://127.0.0.1:{server.server_port}/")
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
    assert answer.status_code == 404
    assert {path for path, _ in server.taken} == {"/v1/traces"}
    resources = [one for _, sent in server.taken for one in sent.resource_spans]
    names = {pair.value.string_value for one in resources for pair in one.resource.attributes}
    assert "huawu" in names
    spans = [span for one in resources for scope in one.scope_spans for span in scope.spans]
    [request] = [span for span in spans if span.name == "GET /v1/queues/{queue}/surge"]
    assert any(span.name.startswith("SELECT") for span in spans)
    assert any(span.trace_id == request.trace_id and span.parent_span_id for span in spans)
