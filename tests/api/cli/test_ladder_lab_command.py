"""`huawu replay` as a lab: ladders compared over readings, a log of calls, and simulated surges."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api import rehearsing
from api.inputs import read_demand
from api.intake import InputError, files, read_histories
from api.intake.sentences import say
from api.ladder_lab import read_lab
from api.site import CONFIG

START = datetime(2026, 12, 1, 1, tzinfo=UTC)
SURGE = (CONFIG / "lab.toml").read_text(encoding="utf-8")


@pytest.fixture
def busy_hour(tmp_path) -> tuple[Path, pd.DataFrame]:
    """A log of calls in which up to 14 wait at once, and the same as readings every 20 s, counted by hand."""
    numbers = np.random.default_rng(4)
    entered = [START + timedelta(seconds=float(s)) for s in np.sort(numbers.uniform(0, 3600, 200))]
    waits = numbers.uniform(60, 300, 200).round()
    lines = ["arrival,vru s,wait s,outcome"]
    for at, wait in zip(entered, waits, strict=True):
        lines.append(f"{(at - timedelta(seconds=10)).isoformat()},10,{wait:.0f},AGENT")
    lines.append(f"{START.isoformat()},10,900,PHANTOM")  # no call
    lines.append(f"{START.isoformat()},-40,0,HANG")  # did not wait
    path = tmp_path / "calls.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    rows = []
    left = [one.replace(microsecond=0) + timedelta(seconds=w) for one, w in zip(entered, waits, strict=True)]
    until = (max(left) - START).total_seconds() + 600  # the lab reads on for ten minutes
    for step in range(0, int(until) + 1, 20):
        at = START + timedelta(seconds=step)
        # The file tells whole seconds.
        there = [one.replace(microsecond=0) <= at < end for one, end in zip(entered, left, strict=True)]
        rows.append((at.isoformat(), sum(there)))
    return path, pd.DataFrame(rows, columns=["at", "waiting"])


def test_ladders_over_a_log_of_calls_are_those_over_its_readings(huawu, tmp_path, busy_hour):
    calls, readings = busy_hour
    assert readings["waiting"].max() > 10
    readings.to_csv(tmp_path / "readings.csv", index=False)
    for source, name in ((["--calls", calls], "a.csv"), ([tmp_path / "readings.csv"], "b.csv")):
        code, said, error = huawu(
            "replay", *source, "--compare", "recommended", "--compare", "literal", "--out", tmp_path / name
        )
        assert (code, error) == (0, "")
        assert "minutes_above_10" in said
    by_call, by_reading = pd.read_csv(tmp_path / "a.csv"), pd.read_csv(tmp_path / "b.csv")
    assert list(by_call["ladder"]) == ["recommended", "literal"]
    above = readings["waiting"].to_numpy()[:-1]
    assert by_reading["minutes_above_5"].tolist() == pytest.approx([(above > 5).sum() / 3] * 2)
    pd.testing.assert_frame_equal(by_call, by_reading)


def test_simulated_surges_are_compared_as_table_json_and_page(huawu, tmp_path):
    lab = tmp_path / "lab.toml"
    lab.write_text(SURGE.replace("runs = 100", "runs = 6"), encoding="utf-8")
    own = tmp_path / "quick.toml"
    text = (CONFIG / "ladder-recommended.toml").read_text(encoding="utf-8")
    own.write_text(text.replace("hold_seconds = 300", "hold_seconds = 60"), encoding="utf-8")
    code, _, error = huawu(
        "replay", "--surge", "--lab", lab, "--compare", "none", "--compare", "recommended", "--compare", own,
        "--out", tmp_path / "ladders.json", "--page", tmp_path / "page.html",
    )  # fmt: skip
    assert (code, error) == (0, "")
    made = json.loads((tmp_path / "ladders.json").read_text(encoding="utf-8"))
    by_name = {one["ladder"]: one for one in made["ladders"]}
    assert list(by_name) == ["none", "recommended", "quick"]
    assert by_name["none"]["sign_ins"] == 0
    # Whoever waits a minute instead of five calls people sooner and oftener, and has fewer minutes of a long queue.
    assert by_name["quick"]["minutes_above_10"] < by_name["recommended"]["minutes_above_10"]
    assert by_name["quick"]["sign_ins"] > by_name["recommended"]["sign_ins"]
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert f"{by_name['quick']['answer_rate']:.1%}" in page


def test_the_picture_alone_is_a_png(huawu, tmp_path, busy_hour):
    code, _, _ = huawu("replay", "--calls", busy_hour[0], "--out", tmp_path / "a.csv", "--page", tmp_path / "a.png")
    assert code == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_calls_of_a_history_are_known_to_the_second_where_a_log_tells_them(tmp_path, busy_hour):
    path, _ = busy_hour
    told = pd.read_csv(path)
    told = told[told["outcome"] != "PHANTOM"]
    at = pd.to_datetime(told["arrival"], format="ISO8601", utc=True).dt.floor("s")
    entered = at + pd.to_timedelta(told["vru s"].clip(lower=0), unit="s")
    found = read_histories(path, arrivals=True).arrivals["hotline"]
    assert found.tolist() == sorted(entered)
    with zipfile.ZipFile(tmp_path / "calls.zip", "w") as archive:
        archive.write(path, "calls.csv")
        archive.writestr("more.csv", path.read_text(encoding="utf-8"))
    assert len(read_histories(tmp_path / "calls.zip", arrivals=True, queue="all").arrivals["hotline"]) == 2 * len(found)
    counts = told.groupby(at.dt.floor("h").dt.tz_localize(None)).size().rename("calls")
    counts[counts.index[-1] + pd.Timedelta(hours=1)] = 0
    counts.rename_axis("interval_start").to_csv(tmp_path / "hours.csv")
    assert read_histories(tmp_path / "hours.csv", arrivals=True).arrivals == {}


def test_a_rehearsal_reads_a_log_of_calls_once_and_knows_each_queues_calls(huawu, tmp_path, monkeypatch):
    rows = [
        (day, hour, queue) for day in range(1, 8) for hour in (9, 14) for queue in ("north", "south")[: day % 2 + 1]
    ]
    log = "".join(f"2026-11-0{day} {hour:02d}:{day:02d}:30,{queue},5\n" for day, hour, queue in rows)
    (tmp_path / "log.csv").write_text("arrival,queue,wait s\n" + log)
    (tmp_path / "people.csv").write_text("badge,role\n1001,inbound\n")
    opened, rehearsed = [], []
    whole = files.text_of

    def counted(path, **how):
        opened.append(path.name)
        return whole(path, **how)

    def kept(demand, *_, **__):
        rehearsed.append(demand)
        raise InputError(tmp_path, say("history.no_calls"))

    monkeypatch.setattr(files, "text_of", counted)
    monkeypatch.setattr(rehearsing, "months_that_can", lambda demand: [pd.Period("2026-11")])
    monkeypatch.setattr(rehearsing, "rehearse", kept)
    for queue in ("north", "all"):
        huawu("rehearse", "--history", tmp_path / "log.csv", "--queue", queue, "--people", tmp_path / "people.csv")
    assert opened.count("log.csv") == 2, "once a run"
    for demand, queues in zip(rehearsed, ({"north"}, {"north", "south"}), strict=True):
        wanted = [f"2026-11-0{day} {hour:02d}:{day:02d}:30" for day, hour, queue in rows if queue in queues]
        assert demand.arrivals.strftime("%Y-%m-%d %H:%M:%S").tolist() == sorted(wanted)
        by_hour = demand.arrivals.floor("h").value_counts()
        assert demand.history.frame["calls_offered"].loc[by_hour.index].tolist() == by_hour.tolist()
    assert read_demand(tmp_path / "log.csv", queue="north").arrivals is None, "nobody asked"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["--surge", "--compare", "nobody.toml"],
            "--compare 'nobody.toml' is neither recommended, literal, brisk, none",
        ),
        (["--surge", "--compare", "literal", "--compare", "literal"], "there is already a ladder called literal"),
        (["--surge", "--calls", "x.csv"], "give one thing to compare ladders over"),
        (["--compare", "literal"], "give one thing to compare ladders over"),
        (["--calls", "missing.csv"], "missing.csv: there is no such file"),
        (["--calls", "calls.csv", "--compare", "none"], "there is nothing to compare; name a ladder"),
        (["--surge", "--page", "a.pdf"], "--page a.pdf: write .html or .png"),
        (["--surge", "--lab", "missing.toml"], "missing.toml: there is no such file"),
    ],
)
def test_what_cannot_be_compared_is_one_line(huawu, tmp_path, monkeypatch, busy_hour, arguments, says):
    monkeypatch.chdir(tmp_path)
    code, _, error = huawu("replay", *arguments)
    assert code == 2
    assert says in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("expert = 3", "expert = -3"), "people.expert: '-3' is not a number of people"),
        (("every_seconds = 20", "every_seconds = 0"), "floor.every_seconds: '0' must be a number from 1 up"),
        (("aht_seconds = 180", "aht = 180"), "'aht' unknown key in [surge]; known are aht_seconds"),
        (("aht_seconds = 180", ""), "surge.aht_seconds: is missing"),
        (("seats = [14, 14,", "seats = [14,"), "has 4 intervals and surge.calls 5"),
        (("calls = [120, 260,", "calls = [120, -260,"), "surge.calls: '-260' must be a number from 0 up"),
        (("runs = 100", "runs = 2.5"), "surge.runs: '2.5' is not a whole number"),
        (("seats = [14, 14", "seats = [14, 14.5"), "surge.seats: '14.5' is not a whole number"),
        (("[people]", "[persons]"), "'persons' unknown key in the file"),
    ],
)
def test_settings_of_the_lab_that_make_no_sense_are_named(tmp_path, change, says):
    path = tmp_path / "lab.toml"
    assert change[0] in SURGE
    path.write_text(SURGE.replace(*change), encoding="utf-8")
    with pytest.raises(InputError, match=r"lab\.toml") as refused:
        read_lab(path)
    assert says in str(refused.value)
