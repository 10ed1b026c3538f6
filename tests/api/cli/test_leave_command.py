"""`huawu leave`: places from the forecast, decisions on requests, and staff lists that a month can be planned from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from api.inputs import read_staff
from api.site import CONFIG

Huawu = Callable[..., tuple[int, str, str]]
SAMPLE = CONFIG.parent / "sample"
MONTH = pd.Period("2027-02")


@pytest.fixture
def asked(huawu: Huawu, tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    def ask(requests: str, *more: object) -> tuple[int, str, str]:
        path = tmp_path / "requests.csv"
        path.write_text(requests, encoding="utf-8")
        return huawu(
            "leave", "--history", SAMPLE / "history.csv", "--people", SAMPLE / "people_2026-12.csv", "--from", MONTH,
            "--months", 1, "--requests", path, "--out", tmp_path / "out", *more,
        )  # fmt: skip

    return ask


def test_what_is_granted_stands_in_the_months_staff_list(asked: Huawu, tmp_path: Path) -> None:
    # The week of Spring Festival is quiet, so there is room; the weeks around it are busy.
    code, shown, error = asked(
        "工号,开始日期,结束日期,申请时间\n1002,2027-02-08,2027-02-10,2026-11-01\n"
        "1003,2027-02-22,2027-02-28,2026-11-02 9:00\n9999,2027-02-08,,2026-11-03\n",
        "--language", "zh", "--short", 0,
    )  # fmt: skip
    assert (code, error) == (0, "")
    assert "3 份申请中批准 1 份" in shown
    out = tmp_path / "out"
    decisions = pd.read_csv(out / "requests.csv", dtype={"badge": str})
    assert decisions["granted"].tolist() == [True, False, False]
    quota = pd.read_csv(out / "quota.csv").query("group == 'inbound'").set_index("date")
    assert quota.loc["2027-02-22":"2027-02-28", "left"].min() == 0
    assert (quota["left"] == (quota["may_be_away"] - quota["away"]).clip(lower=0)).all()
    assert quota.index[quota["away"] == 1].tolist() == ["2027-02-08", "2027-02-09", "2027-02-10"]
    staff = read_staff(out / "people_2027-02.csv", MONTH)
    assert {person.badge: sorted(map(str, person.leave)) for person in staff if person.leave} == {
        "1002": ["2027-02-08", "2027-02-09", "2027-02-10"]
    }
    assert len(staff) == len(read_staff(SAMPLE / "people_2026-12.csv", pd.Period("2026-12")))
    book = openpyxl.load_workbook(out / "leave.xlsx")
    assert book.sheetnames[:2] == ["申请", "名额 话务员"]
    grid = book["名额 话务员"]
    may = quota.loc["2027-02-08", "may_be_away"]
    assert grid.cell(4, 1 + 8).value == f"{may} (1)"


def test_every_fault_of_the_requests_is_told_at_once(asked: Huawu, tmp_path: Path) -> None:
    code, shown, error = asked(
        "badge,first on,last on,points\n1001,2027-02-30,,1\n1002,2027-02-08,2027-02-01,1\n"
        ",2027-02-08,,1\n1003,2027-02-08,,-1\n"
    )
    assert code == 2
    assert "(and 3 more)" in error
    plain = " ".join(shown.replace("│", " ").split())
    for told in (
        "2027-02-30",
        "before it begins on 2027-02-08",
        "a person needs a badge",
        "must be a number of 0 or more",
    ):
        assert told in plain
    assert not (tmp_path / "out").exists()
