"""What a planner begins with over HTTP: templates, a first look, a calendar given as a table."""

from __future__ import annotations

import io

import numpy as np
import openpyxl
import pandas as pd
import pytest

from tests.api.in_process import serving

DAYS = "kind,name,from,to\ncampaign,Sale,2026-12-11,2026-12-13\nclosed,,2026-12-25,\n"


@pytest.fixture
def client(tmp_path):
    with serving(tmp_path / "huawu.db") as client:
        yield client


def test_a_template_comes_as_a_workbook_in_either_language(client):
    heads = {}
    for language in ("en", "zh"):
        answer = client.get("/v1/templates/shifts", params={"lang": language})
        assert 'filename="shifts.xlsx"' in answer.headers["content-disposition"]
        heads[language] = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0][1]]
    assert (heads["en"][0], heads["zh"][0]) == ("shift", "班次")
    assert client.get("/v1/templates/nothing").status_code == 422


def test_a_first_look_is_a_page_of_the_history_alone(client):
    plan_id = client.post("/v1/plans", json={"month": "2026-02", "country": "-"}).json()["plan_id"]
    assert client.get(f"/v1/plans/{plan_id}/first-look").status_code == 404
    hours = pd.date_range("2026-01-05", periods=21 * 24, freq="h")
    calls = np.where((hours.hour >= 8) & (hours.hour < 20), 12, 0)
    content = pd.DataFrame({"start": hours, "calls": calls}).to_csv(index=False).encode()
    client.put(f"/v1/plans/{plan_id}/files/history", files={"file": ("ours.csv", content)})
    page = client.get(f"/v1/plans/{plan_id}/first-look")
    assert page.headers["content-type"].startswith("text/html")
    assert "ours.csv" in page.text
    assert page.text.count("<svg") >= 3


def test_a_calendar_may_be_a_table_and_is_refused_with_every_fault(client):
    plan_id = client.post("/v1/plans", json={"month": "2026-12", "country": "-"}).json()["plan_id"]
    address = f"/v1/plans/{plan_id}/files/calendar"
    good = client.put(address, files={"file": ("days.csv", DAYS)})
    assert good.json()["campaign"] == [{"name": "Sale", "start": "2026-12-11", "days": 3}]
    bad = client.put(address, files={"file": ("days.csv", DAYS.replace("campaign", "party") + "fault,F,soon,\n")})
    assert bad.status_code == 422
    assert [(one["row"], one["column"], one["value"]) for one in bad.json()["faults"]] == [
        (2, "kind", "party"), (4, "from", "soon"),
    ]  # fmt: skip
