"""`huawu require`: seats for a forecast, at the site's target or at one given by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from api.site import CONFIG

Huawu = Callable[..., tuple[int, str, str]]


def answered_in_time(seats: int, load: float, aht: float, within: float) -> float:
    """Erlang C by its definition: sums of powers over factorials."""
    if load >= seats:
        return 0.0
    last = load**seats / math.factorial(seats) * seats / (seats - load)
    waiting = last / (sum(load**k / math.factorial(k) for k in range(seats)) + last)
    return 1 - waiting * math.exp(-(seats - load) * within / aht)


@pytest.fixture
def forecast(tmp_path: Path) -> Path:
    at = pd.date_range("2026-12-01", periods=6, freq="h", tz="Asia/Shanghai", name="interval_start")
    calls = pd.DataFrame({"calls": [0.0, 3.0, 40.0, 120.0, 300.0, 80.0], "aht_seconds": 200.0}, index=at)
    for level, width in ((80, 0.2), (95, 0.3)):
        calls[f"calls_lower_{level}"] = calls["calls"] * (1 - width)
        calls[f"calls_upper_{level}"] = calls["calls"] * (1 + width)
    path = tmp_path / "forecast.csv"
    calls.to_csv(path)
    return path


def required(huawu: Huawu, forecast: Path, *options: object) -> pd.DataFrame:
    out = forecast.with_name("need.csv")
    code, _, error = huawu("require", forecast, "--out", out, *options)
    assert (code, error) == (0, "")
    return pd.read_csv(out)


@pytest.fixture
def workbook_site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    text = (CONFIG / "site.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("[service]", '[service]\nrounding = "seats"'), encoding="utf-8")
    return path


def test_the_target_given_by_hand_is_the_one_that_is_met_with_the_fewest_seats(
    huawu: Huawu, forecast: Path, workbook_site: Path
) -> None:
    by_hand = ("--level", 0.9, "--within", 10, "--max-occupancy", 1, "--shrinkage", 0.25)
    need = required(huawu, forecast, *by_hand, "--site", workbook_site)
    for calls, seats, people in zip(need["calls"], need["seats_required"], need["people_to_roster"], strict=True):
        load = calls * 200 / 3600
        assert people == math.ceil(round(seats / 0.75, 9))
        if calls:
            assert answered_in_time(seats, load, 200, 10) >= 0.9 > answered_in_time(seats - 1, load, 200, 10)
        else:
            assert seats == 0


def test_people_become_whole_as_the_sites_settings_say(huawu: Huawu, forecast: Path, workbook_site: Path) -> None:
    once = required(huawu, forecast)  # as the shipped site has it, and as a plan of it rounds: the fraction goes on
    twice = required(huawu, forecast, "--site", workbook_site)
    assert (once["people_to_roster"] <= twice["people_to_roster"]).all()
    assert once["people_to_roster"].sum() < twice["people_to_roster"].sum()


def test_more_certainty_and_longer_calls_need_more_seats(huawu: Huawu, forecast: Path) -> None:
    usual = required(huawu, forecast)["seats_required"].sum()
    assert required(huawu, forecast, "--quantile", 0.9)["seats_required"].sum() > usual
    assert required(huawu, forecast, "--aht", 300)["seats_required"].sum() > usual
    assert required(huawu, forecast, "--patience", 60)["seats_required"].sum() <= usual


@pytest.mark.parametrize(
    ("option", "value"), [("--level", 1.2), ("--within", -1), ("--shrinkage", 1), ("--aht", 0), ("--quantile", 2)]
)
def test_a_target_that_makes_no_sense_is_refused(huawu: Huawu, forecast: Path, option: str, value: float) -> None:
    code, _, error = huawu("require", forecast, option, value, "--out", forecast.with_name("need.csv"))
    assert (code, error.count("\n")) == (2, 1)
    assert f"{value:g}" in error
