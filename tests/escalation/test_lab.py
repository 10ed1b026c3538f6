"""The lab: queues rebuilt call by call, and ladders compared on the same callers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from escalation.floor import Floor
from escalation.lab import Surge, compare_over_surge, readings_from_calls, tally_readings
from escalation.replaying import replay

START = datetime(2026, 12, 1, 9, tzinfo=UTC)
EVERYONE = Floor(available={"expert": 3, "outbound": 3, "qa": 3, "back_office": 3})


def test_a_queue_is_rebuilt_as_a_plain_count_gives_it():
    numbers = np.random.default_rng(1)
    entered = pd.Series(pd.Timestamp(START) + pd.to_timedelta(numbers.uniform(0, 3600, 300), unit="s"))
    calls = pd.DataFrame(
        {"entered_at": entered, "left_at": entered + pd.to_timedelta(numbers.exponential(90, 300), "s")}
    )
    readings = readings_from_calls(calls, every_seconds=30)
    for at, waiting in zip(readings["at"], readings["waiting"], strict=True):
        assert waiting == int(((calls["entered_at"] <= at) & (at < calls["left_at"])).sum())
    assert readings["waiting"].iloc[-1] == 0
    assert readings["waiting"].max() > 5


def test_a_call_that_leaves_before_it_enters_is_named():
    at = pd.Timestamp(START)
    calls = pd.DataFrame({"entered_at": [at, at], "left_at": [at, at - timedelta(seconds=1)]})
    with pytest.raises(ValueError, match="row 2: the call left at"):
        readings_from_calls(calls)


def test_the_tally_of_a_recorded_queue_is_counted_by_hand(ladders):
    waiting = [6] * 11 + [12] * 4 + [3] * 20 + [7] * 6
    at = [START + timedelta(minutes=minute) for minute in range(len(waiting))]
    tally = tally_readings(pd.DataFrame({"at": at, "waiting": waiting}), ladders["recommended"], floor=EVERYONE)
    # Above 5 from minute 0 to 15 and from 35 on (the last reading lasts no time); above 10 from 11 to 15.
    assert (tally.minutes_above_5, tally.minutes_above_10) == (20, 4)
    # Rung 1 at 5, rung 2 at 10; out at 20 and 25; rung 1 again at 40, a quarter of an hour after it left.
    assert (tally.sign_ins, tally.releases, tally.flaps, tally.highest_rung) == (3, 2, 1, 2)
    assert tally.people_minutes == 3 * 20 + 2 * 10


def test_a_ladder_answers_more_of_the_same_callers_and_costs_people(ladders):
    calls = (120.0, 260.0, 260.0, 120.0, 60.0)
    surge = Surge(30, calls, (14,) * 5, aht_seconds=180.0, patience_seconds=240.0, runs=12, seed=3)
    compared = compare_over_surge({"none": None, **ladders}, surge, floor=EVERYONE)
    assert compared.index.tolist() == ["none", "recommended", "literal"]
    none, recommended = compared.loc["none"], compared.loc["recommended"]
    assert (none["sign_ins"], none["people_minutes"]) == (0, 0)
    assert recommended["people_minutes"] > 0
    gained = recommended["answer_rate"] - none["answer_rate"]
    assert gained > 2 * (recommended["answer_rate_half_width"] + none["answer_rate_half_width"])
    assert recommended["minutes_above_10"] < none["minutes_above_10"]
    assert recommended["releases"] <= recommended["sign_ins"]


def test_a_group_whose_number_nobody_tells_is_not_counted_as_nobody(ladders):
    surge = Surge(30, (260.0, 260.0), (14, 14), aht_seconds=180.0, patience_seconds=240.0, runs=2)
    told = Floor(available={role: 3 for role in EVERYONE.available if role != "expert"})
    with pytest.raises(ValueError, match="how many expert there are is not known"):
        compare_over_surge({"recommended": ladders["recommended"]}, surge, floor=told)


def test_the_real_surge_of_a_bank_climbs_the_ladder(shared_data, ladders):
    log = pd.read_csv(shared_data / "calls" / "technion_bank_1999_calls.csv.gz", parse_dates=["arrival"])
    day = log[(log["arrival"].dt.date == datetime(1999, 5, 23).date()) & (log["queued"] == 1)]  # noqa: DTZ001
    entered = day["arrival"].dt.tz_localize("Asia/Jerusalem") + pd.to_timedelta(day["vru_s"], unit="s")
    calls = pd.DataFrame({"entered_at": entered, "left_at": entered + pd.to_timedelta(day["wait_s"], unit="s")})
    readings = readings_from_calls(calls)
    tally = tally_readings(readings, ladders["recommended"], floor=EVERYONE)
    assert readings["waiting"].max() > 10
    assert tally.highest_rung >= 2
    assert tally.minutes_above_5 > 20


def test_the_hour_that_comes_twice_is_not_taken_for_a_step_back(ladders):
    # 23 minutes of seven waiting, across the end of summer time in New York: rungs 1 to 3 as on any other night.
    at = pd.date_range("2026-11-01T05:49:00Z", periods=23, freq="min").tz_convert("America/New_York")
    readings = pd.DataFrame({"at": at, "waiting": 7})
    made = replay(readings, ladders["recommended"])
    assert made["kind"].tolist() == ["order", "order", "order", "holding"]
    tally = tally_readings(readings, ladders["recommended"], floor=EVERYONE)
    assert (tally.minutes_above_5, tally.sign_ins) == (22, 3)
