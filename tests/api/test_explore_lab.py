"""Ladders compared, and a day played through one, as the analyst's page asks for it over HTTP."""

from __future__ import annotations

import re

import pytest

from api.site import CONFIG
from tests.api.in_process import done, serving

SURGE = {"interval_minutes": 30, "calls": [150, 150], "seats": [10, 10], "aht_seconds": 180, "patience_seconds": 240}


@pytest.fixture
def client(tmp_path):
    with serving(tmp_path / "huawu.db") as client:
        yield client


def compared(client, **changes) -> dict:
    told = done(client, "/v1/explore/compare", **{**SURGE, "runs": 6, **changes})
    return {row["ladder"]: row for row in told["result"]["rows"]}


def test_people_whom_a_ladder_calls_answer_calls_that_would_have_been_lost(client):
    everybody = {"expert": 4, "outbound": 3, "qa": 3, "back_office": 3}
    rows = compared(client, people=everybody)
    assert set(rows) == {"none", "recommended", "literal", "brisk"}
    assert rows["none"]["sign_ins"] == rows["none"]["people_minutes"] == 0
    assert rows["recommended"]["answer_rate"] > rows["none"]["answer_rate"] + 0.02
    # at 150 % of what ten seats carry (30 min × 60 / 180 s × 10 = 100 calls), about two of three calls are answered
    assert rows["none"]["answer_rate"] == pytest.approx(100 / 150, abs=0.1)
    nobody = compared(client, people=dict.fromkeys(everybody, 0))
    assert nobody["recommended"]["people_minutes"] < rows["recommended"]["people_minutes"] / 4
    assert nobody["none"] == rows["none"], "the same callers whoever could be called"


def test_a_ladder_of_ones_own_stands_beside_the_shipped_ones(client):
    eager = (CONFIG / "ladder-recommended.toml").read_text(encoding="utf-8")
    eager = re.sub(r"(?m)^hold_seconds = 300", "hold_seconds = 30", eager)
    rows = compared(client, ladder=eager, people={"expert": 4, "outbound": 3})
    assert rows["own"]["people_minutes"] > rows["recommended"]["people_minutes"]  # half a minute's hold, not five


def test_a_ladder_of_fewer_rungs_than_the_shipped_ones_is_replayed(client):
    rung = '[[rung]]\nnumber = {}\nrole = "{}"\nwaiting_above = {}\n'
    rung += 'rule = "X"\nhold_seconds = 60\npeople = "whole_group"\n'
    ladder = 'name = "ours"\n' + rung.format(1, "expert", 5) + rung.format(2, "qa", 12)
    lines = "at,waiting\n" + "".join(f"2026-12-01T09:{minute:02d}:00+08:00,8\n" for minute in range(3))
    asked = {"data": {"ladder": ladder}, "files": {"file": ("readings.csv", lines.encode())}}
    told = client.post("/v1/explore/replay", **asked).json()
    assert told["thresholds"] == [5, 12]  # released at 5 or fewer by default, and high above the last rung's 12
    assert [one["role"] for one in told["decisions"] if one["kind"] == "order"] == ["expert"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seats": [10]}, "2 intervals of calls and 1 of seats"),
        ({"calls": [5000] * 2, "runs": 100}, "ask for fewer runs"),
        ({"calls": []}, "calls"),
        ({"people": {"pilot": 3}}, "people"),
        ({"ladder": "name = 'mine'\nthreshold = 3"}, "unknown key 'threshold'"),
    ],
)
def test_a_surge_that_cannot_be_simulated_is_refused_before_anything_begins(client, changes, words):
    refused = client.post("/v1/explore/compare", json={**SURGE, **changes})
    assert refused.status_code == 422
    assert words in refused.text


def test_a_comparison_that_nobody_waits_for_is_cancelled(client):
    job = client.post("/v1/explore/compare", json=SURGE).json()["job_id"]
    assert client.post(f"/v1/explore/compare/{job}/cancel").json()["state"] == "cancelled"
    assert client.get("/v1/explore/compare/0123456789ab").status_code == 404
