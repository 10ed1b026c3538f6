"""What was put into a history is found, where it was put; an ordinary history has nothing to find."""

from __future__ import annotations

import statistics
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.intake import InputError, read_histories, read_history
from api.intake.findings import Finding, first_attempts, inspect_history
from api.reports.inspection import inspect_all, summary, write_inspection
from forecaster.history.cleaning import usual_calls
from forecaster.history.observed import History

ZONE = "Asia/Shanghai"


def ordinary(weeks: int = 26, *, minutes: int = 60, seed: int = 4, level: float = 80.0, zone: str = ZONE) -> History:
    grid = pd.date_range("2026-01-05", periods=weeks * 7 * 1440 // minutes, freq=f"{minutes}min", tz=zone)
    random = np.random.default_rng(seed)
    shape = 0.2 + np.sin((grid.hour.to_numpy() - 4) / 24 * np.pi).clip(0) ** 2
    weekday = np.where(grid.day_of_week < 5, 1.0, 0.6)
    day_effect = np.repeat(random.lognormal(0, 0.08, weeks * 7), 1440 // minutes)
    calls = random.poisson(level * minutes / 60 * shape * weekday * day_effect).astype(float)
    return History(
        "hotline", zone, minutes, pd.DataFrame({"calls_offered": calls}, index=grid.rename("interval_start"))
    )


def changed(history: History, first: int, past: int, values) -> History:
    frame = history.frame.copy()
    column = frame.columns.get_loc("calls_offered")
    frame.iloc[first:past, column] = values
    return History(history.queue, history.timezone, history.interval_minutes, frame)


def of_kind(history: History, kind: str) -> list[Finding]:
    return [f for f in inspect_history(history) if f.kind == kind]


@pytest.mark.parametrize("minutes", [15, 60])
@pytest.mark.parametrize("seed", range(4))
def test_an_ordinary_history_has_nothing_to_find(minutes: int, seed: int) -> None:
    assert inspect_history(ordinary(minutes=minutes, seed=seed)) == []


def test_the_usual_is_the_median_of_the_same_hour_in_the_weeks_around() -> None:
    history = ordinary(20)
    usual = usual_calls(history)
    calls = history.frame["calls_offered"].to_numpy()
    for week, hour in ((0, 10), (10, 100), (19, 167)):
        around = [calls[w * 168 + hour] for w in range(max(0, week - 6), min(20, week + 7))]
        assert usual.iloc[week * 168 + hour] == statistics.median(around)


def test_a_gap_is_found_and_closed_hours_are_not() -> None:
    history = ordinary()
    frame = history.frame.copy()
    frame.loc[(frame.index.hour < 8) | (frame.index.hour >= 18)] = np.nan
    office = History("hotline", ZONE, 60, frame)
    assert of_kind(office, "gap") == []
    found = of_kind(changed(office, 24 * 30 + 8, 24 * 30 + 18, np.nan), "gap")
    assert [f.intervals for f in found] == [10]


def test_zeros_that_nobody_would_dial_are_found_and_a_quiet_night_is_not() -> None:
    history = ordinary()
    found = of_kind(changed(history, 24 * 30 + 10, 24 * 30 + 13, 0.0), "outage")
    assert [(f.start_at, f.intervals) for f in found] == [(history.frame.index[24 * 30 + 10], 3)]
    assert of_kind(changed(history, 24 * 30 + 2, 24 * 30 + 4, 0.0), "outage") == []


def test_a_spike_is_found_with_its_size() -> None:
    history = ordinary()
    at = 24 * 40 + 11
    before = usual_calls(history).iloc[at]
    found = of_kind(changed(history, at, at + 1, before * 5), "spike")
    assert [f.start_at for f in found] == [history.frame.index[at]]
    assert found[0].calls / found[0].usual == pytest.approx(5.0, rel=0.05)


@pytest.mark.parametrize("times", [0.5, 1.7, 4.0])
def test_a_shift_of_level_is_found_on_its_day(times: float) -> None:
    history = ordinary(40, level=200.0)
    at = 24 * 7 * 20
    shifted = changed(history, at, len(history.frame), np.round(history.frame["calls_offered"].to_numpy()[at:] * times))
    found = of_kind(shifted, "step")
    assert len(found) == 1
    assert abs(found[0].start_at - history.frame.index[at]) <= pd.Timedelta(days=7)
    assert found[0].times == pytest.approx(times, rel=0.1)


def test_nothing_is_treated_unless_a_mapping_tells_and_then_only_that(tmp_path: Path) -> None:
    silent = [24 * 30 + 10, 24 * 30 + 11, 24 * 30 + 12]
    history = changed(ordinary(), silent[0], silent[-1] + 1, 0.0)
    path = tmp_path / "calls.csv"
    history.frame.to_csv(path)
    assert read_history(path).frame["calls_offered"].notna().all()
    for treated, gone in (({"zeros": "gaps"}, silent), ({"spikes": "gaps"}, [])):
        intake = read_histories(path, mapping={"treat": treated})
        calls = intake.histories["hotline"].frame["calls_offered"]
        assert list(np.flatnonzero(calls.isna())) == gone
        assert any("made not observed" in note.en for note in intake.notes) == bool(gone)


def test_every_spike_is_treated_however_many_there_are(tmp_path: Path) -> None:
    history = ordinary(60)
    loud = np.arange(20, len(history.frame), 37)  # another hour of the week each time
    calls = history.frame["calls_offered"].to_numpy(dtype=float).copy()
    calls[loud] = 10 * calls.max()
    assert len(loud) > 250
    path = tmp_path / "calls.csv"
    history.frame.assign(calls_offered=calls).to_csv(path)
    intake = read_histories(path, mapping={"treat": {"spikes": "gaps"}})
    assert list(np.flatnonzero(intake.histories["hotline"].frame["calls_offered"].isna())) == list(loud)
    told = [note.en for note in intake.notes]
    assert sum("made not observed" in note for note in told) == 200
    assert f"hotline: {len(loud) - 200} more treated alike" in told


def test_first_attempts_come_back_from_a_simulated_floor_of_retrying_callers(tmp_path: Path) -> None:
    random = np.random.default_rng(8)
    share, hours = 0.4, 24 * 60
    first = random.poisson(300, hours)
    offered, abandoned = np.zeros(hours), np.zeros(hours)
    for hour in range(hours):
        fresh = first[hour]
        while fresh:  # each wave hangs up with chance 0.3; of those, the share calls again at once
            offered[hour] += fresh
            left = random.binomial(fresh, 0.3)
            abandoned[hour] += left
            fresh = random.binomial(left, share)
    grid = pd.date_range("2026-01-05", periods=hours, freq="60min", tz=ZONE, name="interval_start")
    frame = pd.DataFrame({"calls_offered": offered, "calls_abandoned": abandoned}, index=grid)
    got = first_attempts(History("hotline", ZONE, 60, frame), retry_share=share).frame["calls_offered"]
    assert got.sum() == pytest.approx(first.sum(), rel=0.01)
    frame.drop(columns="calls_abandoned").to_csv(tmp_path / "calls.csv")
    with pytest.raises(InputError, match="calls_abandoned"):
        read_history(tmp_path / "calls.csv", mapping={"treat": {"retry_share": 0.4}})


def test_the_share_that_calls_again_is_estimated_where_the_data_allow(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    hours, share = 24 * 7 * 40, 0.5
    grid = pd.date_range("2026-01-05", periods=hours, freq="60min", tz=ZONE, name="interval_start")
    first = random.poisson(200, hours).astype(float)
    give_up = np.where(random.random(hours) < 0.1, 0.4, 0.02)  # now and then an hour goes wrong
    offered, lost = np.zeros(hours), np.zeros(hours)
    for hour in range(hours):
        offered[hour] = first[hour] + (random.binomial(int(lost[hour - 1]), share) if hour else 0)
        lost[hour] = random.binomial(int(offered[hour]), give_up[hour])
    frame = pd.DataFrame({"calls_offered": offered, "calls_abandoned": lost}, index=grid)
    frame.to_csv(tmp_path / "calls.csv")
    intake = read_histories(tmp_path / "calls.csv", mapping={"treat": {"retry_share": "estimate"}})
    note = next(note.en for note in intake.notes if "first attempts" in note.en)
    found = float(note.split("less ")[1].split(" ")[0])
    assert abs(found - share) < 0.1
    got = intake.histories["hotline"].frame["calls_offered"]
    np.testing.assert_allclose(got, np.clip(offered - found * lost, 0, None), atol=0.01 * lost.max())
    frame.iloc[:100].to_csv(tmp_path / "short.csv")
    with pytest.raises(InputError, match="cannot be estimated"):
        read_history(tmp_path / "short.csv", mapping={"treat": {"retry_share": "estimate"}})


def test_more_answered_than_offered_is_said() -> None:
    history = ordinary()
    frame = history.frame.assign(calls_answered=history.frame["calls_offered"])
    frame.iloc[5, 1] += 1
    found = inspect_history(History("hotline", ZONE, 60, frame))
    assert [f.kind for f in found] == ["more_answered_than_offered"]


def test_the_report_shows_every_finding_and_fetches_nothing(tmp_path: Path) -> None:
    history = changed(ordinary(), 24 * 30 + 10, 24 * 30 + 13, 0.0)
    path = tmp_path / "calls <b>.csv"
    history.frame.to_csv(path)
    intake = read_histories(path)
    findings = inspect_all(intake)
    page = write_inspection(intake, findings, tmp_path / "report.html", source=path.name).read_text(encoding="utf-8")
    assert "calls &lt;b&gt;.csv" in page
    assert page.count("<svg") == 2
    for finding in findings["hotline"]:
        assert finding.says in page
    assert "<script" not in page
    assert "src=" not in page
    table = summary(intake, findings)
    assert table.loc[0, "calls"] == history.frame["calls_offered"].sum()
    assert table.loc[0, "zeros"] == 1


def test_the_known_faults_of_the_real_series_are_found(shared_data: Path) -> None:
    line = read_history(shared_data / "calls" / "axa_telephonie_hourly.csv.gz", timezone="Europe/Paris")
    steps = [f.start_at.tz_localize(None) for f in of_kind(line, "step")]
    for merged in ("2011-04-04", "2011-11-01", "2013-02-01", "2013-06-05"):
        assert any(abs(at - pd.Timestamp(merged)) <= pd.Timedelta(days=10) for at in steps), merged
    assert sum(f.intervals for f in of_kind(line, "gap")) == 2016
    bank = read_history(shared_data / "calls" / "technion_bank_1999_hourly.csv.gz", timezone="Asia/Jerusalem")
    assert any(f"{f.start_at:%Y-%m-%d}" == "1999-05-23" for f in of_kind(bank, "spike"))


def test_the_queues_with_the_most_findings_are_drawn_and_the_others_findings_are_listed(tmp_path: Path) -> None:
    at = pd.date_range("2026-01-05", periods=8 * 7 * 24, freq="60min")
    frames = []
    for number, name in enumerate("abcd"):
        calls = np.random.default_rng(number).poisson(60.0 if name == "d" else 40.0, len(at)).astype(float)
        for week in range(number % 3 + 1 if name != "d" else 0):  # a: 1, b: 2, c: 3 spikes, d: none
            calls[(week + 2) * 168 + 30] = 900
        frames.append(pd.DataFrame({"interval_start": at, "queue": name, "calls": calls}))
    path = tmp_path / "calls.csv"
    pd.concat(frames).to_csv(path, index=False)
    intake = read_histories(path)
    findings = inspect_all(intake)
    assert [len(findings[name]) for name in "abcd"] == [1, 2, 3, 0]
    page = write_inspection(intake, findings, tmp_path / "a.html", source="calls.csv", pictures=2).read_text("utf-8")
    assert page.count("<svg") == 2 * 2
    drawn = page.split("<h2>")[1:]
    assert [part[0] for part in drawn if "<svg" in part] == ["c", "b"]
    assert [part[0] for part in drawn if "<svg" not in part and "项发现" in part] == ["a"]
    assert "--pictures 4" in page
    assert "为通常来电量的" in page
    everything = write_inspection(intake, findings, tmp_path / "b.html", source="calls.csv", pictures=4)
    assert everything.read_text("utf-8").count("<svg") == 4 * 2
    assert "--pictures" not in everything.read_text("utf-8")
