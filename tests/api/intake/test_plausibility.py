"""What cannot be meant is said before anything is planned, or refused, with counts and the first place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from api.cli import app
from api.inputs import read_demand
from api.intake import InputError, read_histories
from api.intake.plausibility import alarms_of_the_future
from api.notices import heard

HOURS = pd.date_range("2026-01-05", periods=30 * 24, freq="60min")
CALLS = 20 + (np.arange(len(HOURS)) * 7919) % 13


def put(tmp_path: Path, **columns: object) -> Path:
    frame = pd.DataFrame({"interval_start": HOURS.strftime("%Y-%m-%d %H:%M"), "calls": CALLS, **columns})
    frame.to_csv(tmp_path / "a.csv", index=False)
    return tmp_path / "a.csv"


def alarms(path: Path) -> list[str]:
    intake = read_histories(path)
    assert all(one.zh.startswith("注意") for one in intake.alarms)
    return [one.en for one in intake.alarms]


def test_a_usual_history_raises_none(tmp_path: Path) -> None:
    assert alarms(put(tmp_path, answered=CALLS - 1, aht=180)) == []


def test_handle_times_in_milliseconds_are_taken_for_such_and_told(tmp_path: Path) -> None:
    path = put(tmp_path, aht=240_000)
    assert (read_histories(path).histories["hotline"].frame["aht_seconds"] == 240).all()
    assert "240,000: taken for milliseconds, 240 s" in alarms(path)[0]


@pytest.mark.parametrize("seconds", [3, 9000])
def test_handle_times_that_are_hardly_seconds_are_kept_and_asked_about(tmp_path: Path, seconds: int) -> None:
    path = put(tmp_path, aht=seconds)
    assert (read_histories(path).histories["hotline"].frame["aht_seconds"] == seconds).all()
    assert "are they seconds?" in alarms(path)[0]


def test_more_answered_than_offered_is_counted_and_the_first_named(tmp_path: Path) -> None:
    answered = CALLS - 1
    answered[[5, 9]] += 5
    said = alarms(put(tmp_path, answered=answered))
    assert "in 2 intervals" in said[0]
    assert "2026-01-05 05:00" in said[0]


def test_a_line_without_a_call_is_told_and_nothing_is_planned_from_it(tmp_path: Path) -> None:
    path = put(tmp_path, calls=0)
    assert "all 720 intervals are zero" in alarms(path)[0]
    with pytest.raises(InputError, match="no call in any of its 720 intervals"):
        read_demand(path, country="-")


def test_calls_beyond_any_floor_are_refused_with_every_row(tmp_path: Path) -> None:
    calls = CALLS.astype(float)
    calls[[3, 700]] = 1e308
    with pytest.raises(InputError) as caught:
        read_histories(put(tmp_path, calls=calls))
    assert [(fault.row, fault.value) for fault in caught.value.faults] == [(5, "1e+308"), (702, "1e+308")]


def test_a_few_days_and_days_to_come_are_told(tmp_path: Path) -> None:
    path = put(tmp_path)
    rows = pd.read_csv(path)
    rows.iloc[: 5 * 24].to_csv(path, index=False)
    assert "5 days of history" in alarms(path)[0]
    history = read_histories(path).histories["hotline"]
    assert alarms_of_the_future(history, history.end_at) == []
    before = history.start_at + pd.Timedelta(hours=100)
    assert "19 intervals lie in the future" in alarms_of_the_future(history, before)[0].en


def test_offsets_of_two_zones_are_told_and_those_of_summer_and_winter_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for offsets, count in ((["+08:00", "+00:00"], 1), (["+01:00", "+02:00"], 0)):
        summer = HOURS >= "2026-01-20"
        lines = [f"{at:%Y-%m-%dT%H:%M:%S}{offsets[int(later)]},3" for at, later in zip(HOURS, summer, strict=True)]
        lines = [line for line in lines if "T00:00:00+02" not in line]  # the hour that both would name
        path.write_text("\n".join(["interval_start,calls", *lines]), encoding="utf-8")
        assert sum("offsets from UTC" in one for one in alarms(path)) == count


def test_what_plans_from_a_history_hears_the_alarms_first(tmp_path: Path) -> None:
    with heard() as said:
        read_demand(put(tmp_path, aht=240_000), country="-")
    assert any("milliseconds" in one.en for one in said)


def test_inspect_says_what_lies_in_the_future(tmp_path):
    at = pd.date_range("2098-12-01", periods=24 * 40, freq="h")
    pd.DataFrame({"interval_start": at, "calls": 3}).to_csv(tmp_path / "calls.csv", index=False)
    run = CliRunner().invoke(app, ["inspect", str(tmp_path / "calls.csv"), "--out", str(tmp_path / "seen.html")])
    assert run.exit_code == 0, run.output
    assert "! note well: 960 intervals lie in the future, first at 2098-12-01 00:00" in run.output
