"""A file that a word of the planner could mend says what to ask, and is read once that is answered."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.settings import Settings, shipped_ladder


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('questions') / 'huawu.db'}"
    with TestClient(create_app(Settings(ladder=shipped_ladder(), database_url=url, open_access=True))) as one:
        yield one


@pytest.fixture
def plan_id(client) -> str:
    return client.post("/v1/plans", json={"month": "2026-12", "country": "-"}).json()["plan_id"]


def send(client, plan_id: str, kind: str, text: str, **reading):
    form = {"reading": json.dumps(reading)} if reading else {}
    return client.put(f"/v1/plans/{plan_id}/files/{kind}", files={"file": ("a.csv", text.encode())}, data=form)


def asked(answer) -> dict:
    assert answer.status_code == 422
    return answer.json()["ask"]


UNKNOWN = "Wann,Wieviel,Wer\n2026-11-02 08:00,12,hot\n2026-11-02 09:00,15,hot\n"


def test_a_history_of_unknown_headings_is_shown_and_read_once_its_columns_are_named(client, plan_id):
    ask = asked(send(client, plan_id, "history", UNKNOWN))
    assert ask["setting"] == "columns"
    assert ask["headings"] == ["Wann", "Wieviel", "Wer"]
    assert ask["rows"][0] == ["2026-11-02 08:00", "12", "hot"]
    assert {"interval_start", "calls_offered", "queue"} <= set(ask["names"])
    half = asked(send(client, plan_id, "history", UNKNOWN.replace("Wann", "时间")))
    assert half["known"] == [["interval_start", "时间"]]  # what was understood need not be said again
    columns = {"interval_start": "Wann", "calls_offered": "Wieviel", "queue": "Wer"}
    told = send(client, plan_id, "history", UNKNOWN, columns=columns).json()
    assert (told["queue"], told["calls_total"], told["intervals"]) == ("hot", 27.0, 2)
    days = client.get(f"/v1/plans/{plan_id}/history").json()["days"]  # what comes later reads the file the same way
    assert days["calls"] == [27.0]


def test_columns_that_are_a_queue_each_are_named_together(client, plan_id):
    text = "Day,Time,East,West\n2026-11-02,0800,12,3\n2026-11-02,0900,15,4\n"
    assert asked(send(client, plan_id, "history", text))["known"] == [["date", "Day"], ["time_of_day", "Time"]]
    columns = {"calls_offered": ["East", "West"]}
    assert asked(send(client, plan_id, "history", text, columns=columns))["options"] == ["East", "West"]
    told = send(client, plan_id, "history", text, columns=columns, queue="West").json()
    assert (told["queue"], told["calls_total"]) == ("West", 7.0)
    twice = send(client, plan_id, "history", text, columns={"aht_seconds": ["East", "West"]})
    assert "both 'East' and 'West' could be aht_seconds" in twice.text


def test_a_people_file_of_unknown_headings_too(client, plan_id):
    text = "Nummer,Aufgabe\n1001,qa\n"
    ask = asked(send(client, plan_id, "people", text))
    assert (ask["setting"], ask["headings"]) == ("columns", ["Nummer", "Aufgabe"])
    told = send(client, plan_id, "people", text, columns={"badge": "Nummer", "role": "Aufgabe"}).json()
    assert told["roles"] == {"qa": 1}


def test_of_several_queues_the_planner_chooses_one(client, plan_id):
    rows = "".join(
        f"{queue},2026-11-02 {hour:02d}:00,{n}\n" for queue, n in (("甲", 3), ("乙", 5)) for hour in range(8, 12)
    )
    text = "队列,时间,呼入量\n" + rows
    ask = asked(send(client, plan_id, "history", text))
    assert (ask["setting"], set(ask["options"])) == ("queue", {"甲", "乙"})
    assert send(client, plan_id, "history", text, queue="乙").json()["calls_total"] == 20


@pytest.mark.parametrize(("order", "first"), [("dmy", "2026-06-05"), ("mdy", "2026-05-06")])
def test_dates_that_could_be_read_two_ways_are_read_as_the_planner_says(client, plan_id, order, first):
    text = "时间,呼入量\n05/06/2026 08:00,4\n05/06/2026 09:00,4\n"
    ask = asked(send(client, plan_id, "history", text))
    assert (ask["setting"], ask["options"]) == ("date_order", ["dmy", "mdy"])
    assert send(client, plan_id, "history", text, date_order=order).json()["start_at"].startswith(first)


@pytest.mark.parametrize(("what", "calls"), [("sum", 15.0), ("first", 10.0), ("last", 11.0)])
def test_intervals_that_stand_twice_are_treated_as_the_planner_says(client, plan_id, what, calls):
    text = "时间,呼入量\n2026-11-02 08:00,4\n2026-11-02 08:00,5\n2026-11-02 09:00,6\n"
    assert asked(send(client, plan_id, "history", text))["setting"] == "duplicates"
    assert send(client, plan_id, "history", text, duplicates=what).json()["calls_total"] == calls


def test_what_had_to_be_decided_while_reading_is_told_in_both_languages(client, plan_id):
    text = "时间,接通量,放弃量\n2026-11-02 08:00,4,1\n2026-11-02 09:00,5,0\n"
    notes = send(client, plan_id, "history", text).json()["notes"]
    assert any("接通量与放弃量之和" in note["zh"] and "answered and abandoned" in note["en"] for note in notes)


def test_a_reading_that_is_none_is_refused_by_field_and_a_file_that_nothing_mends_asks_nothing(client, plan_id):
    wrong = send(client, plan_id, "history", UNKNOWN, duplicates="perhaps")
    assert wrong.status_code == 422
    assert wrong.json()["detail"].startswith("duplicates: ")
    assert "须为" in wrong.json()["detail_zh"]
    plain = send(client, plan_id, "history", "时间,呼入量\n2026-11-02 08:00,viele\n2026-11-02 09:00,5\n")
    assert plain.status_code == 422
    assert "ask" not in plain.json()
    assert plain.json()["detail_zh"].startswith("a.csv，第 2 行，“呼入量”列：“viele” 不是数字")


def test_the_reading_is_shown_and_a_column_can_be_said_to_be_something_else(client, plan_id):
    text = "Datum;Uhrzeit;Anrufe;Kunden\n" + "".join(f"15.01.2026;{h:02d}:00;{h};{h + 7}\n" for h in range(8, 20))
    told = send(client, plan_id, "history", text).json()
    (reading,) = told["readings"]
    roles = {one["heading"]: one["role"] for one in reading["columns"]}
    assert roles == {"Datum": "date", "Uhrzeit": "time_of_day", "Anrufe": "calls_offered", "Kunden": ""}
    assert reading["heading_row"] == 1
    assert reading["first"][0] == {
        "queue": "",
        "start_at": "2026-01-15 08:00:00",
        "values": {"calls_offered": 8.0},
    }
    assert {"calls_offered", "date", "arrival_at"} <= {one["name"] for one in told["reading_choices"]}
    columns = {"date": "Datum", "time_of_day": "Uhrzeit", "calls_offered": "Kunden"}
    again = client.put(f"/v1/plans/{plan_id}/files/history", data={"reading": json.dumps({"columns": columns})})
    assert again.json()["calls_total"] == sum(range(15, 27))
    assert again.json()["source"] == "a.csv"
    kept = client.get(f"/v1/plans/{plan_id}").json()["history"]
    assert kept["calls_total"] == sum(range(15, 27))


def test_there_is_no_other_way_to_read_a_file_that_is_not_there(client, plan_id):
    assert client.put(f"/v1/plans/{plan_id}/files/people", data={"reading": "{}"}).status_code == 404


def test_numbers_that_could_be_thousands_or_decimals_are_asked_about(client, plan_id):
    text = "interval_start\tcalls\n" + "".join(
        f"2026-01-05 {h:02d}:00\t1.{h:03d}\n2026-01-05 {h:02d}:30\t1{h:03d}\n" for h in range(8, 20)
    )
    ask = asked(send(client, plan_id, "history", text))
    assert (ask["setting"], ask["options"]) == ("decimal", [",", "."])
    told = send(client, plan_id, "history", text, decimal=",").json()
    assert told["calls_total"] == sum(2 * (1000 + h) for h in range(8, 20))
