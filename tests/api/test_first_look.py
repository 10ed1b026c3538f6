"""A first look at a file alone: what it is, how far to trust its forecast, what next month needs, what to give."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.first_look import FirstLook, first_look
from api.inputs import read_demand
from api.reports.first_look_page import write_first_look

HOURS = pd.date_range("2026-02-02", periods=70 * 24, freq="h")
CALLS = np.where((HOURS.hour >= 8) & (HOURS.hour < 20), 12 + 3 * (HOURS.hour == 10) + 6 * (HOURS.day_of_week == 0), 0)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("look") / "line.csv"
    rows = [f"{at:%d/%m/%Y},{at:%H:%M},{calls},x" for at, calls in zip(HOURS, CALLS, strict=True)]
    path.write_text("\n".join(["Date,Time,Calls Offered,Frobnication", *rows]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def look(file: Path) -> FirstLook:
    return first_look(read_demand(file, country="-"))


def test_it_says_what_the_file_is(look: FirstLook) -> None:
    said = " ".join(words.en for words in look.what)
    monday = sum(12 + 3 * (hour == 10) + 6 for hour in range(8, 20))
    assert f"{CALLS.sum():,.0f} calls" in said
    assert "70 days" in said
    assert f"busiest on Monday with {monday}" in said
    assert "from 10:00 to 11:00" in said


def test_it_says_how_many_people_next_month_needs_at_the_least(look: FirstLook) -> None:
    assert look.month == pd.Period("2026-05")
    assert look.requirement is not None
    hours = look.requirement["people_to_roster"].groupby(look.requirement.index.day).sum().sum()
    assert f"at the least {ceil(hours / 40 / 31 * 7)} people" in look.needed[1].en
    assert f"at most {look.requirement['people_to_roster'].max()} people at once" in look.needed[1].en


def test_it_asks_for_what_is_lacking_and_for_nothing_else(look: FirstLook) -> None:
    said = " ".join(words.en for words in look.lacking)
    asked = ("handle time", "longer history", "holidays", "answered or abandoned", "Frobnication", "template people")
    assert [one for one in asked if one not in said] == []
    assert all(words.zh != words.en for words in look.lacking)


def test_its_page_stands_alone_and_holds_every_sentence(look: FirstLook, tmp_path: Path) -> None:
    page = write_first_look(look, tmp_path / "look.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 4
    assert "http" not in page.replace("http://www.w3.org", "")
    assert all(words.zh[:12] in page for words in (*look.what, *look.trusted, *look.needed, *look.lacking))


def test_a_file_that_cannot_be_planned_from_is_refused_after_its_reading_was_shown(
    tmp_path: Path, huawu: Callable[..., tuple[int, str, str]]
) -> None:
    path = tmp_path / "daily.csv"
    path.write_text("Date,Incoming Calls\n" + "\n".join(f"2026-01-{day:02d},{day}" for day in range(1, 29)), "utf-8")
    code, out, error = huawu("demo", "--history", path, "--out", tmp_path / "out")
    assert code == 2
    assert "Incoming Calls" in out
    assert "one row a day" in error
