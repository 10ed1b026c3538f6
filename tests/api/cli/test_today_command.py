"""The day against its forecast, and overrides, from the command line."""

from __future__ import annotations

import numpy as np
import pandas as pd


def calls_until(path, until: str, *, times: float = 1.0):
    at = pd.date_range("2026-09-25", until, freq="60min", inclusive="left")
    calls = np.random.default_rng(5).poisson(60.0 + 40.0 * np.sin((at.hour - 6) / 24 * 2 * np.pi)).astype(float)
    calls[at >= "2026-11-23 09:00"] *= times
    pd.DataFrame({"interval_start": at, "calls_offered": calls.round()}).to_csv(path, index=False)
    return path


def test_the_rest_of_the_day_is_written_and_a_day_outside_its_band_is_said(huawu, tmp_path):
    out = tmp_path / "today.csv"
    ordinary = calls_until(tmp_path / "a.csv", "2026-11-23 14:00")
    code, said, _ = huawu("today", "--history", ordinary, "--country", "-", "--out", out)
    assert code == 0
    assert "outside its band" not in said
    assert len(pd.read_csv(out)) == 10
    busy = calls_until(tmp_path / "b.csv", "2026-11-23 14:00", times=2.5)
    _, said, _ = huawu("today", "--history", busy, "--country", "-", "--out", out)
    assert "outside its band, certain since the interval of 2026-11-23T" in said


def test_an_override_changes_its_hours_and_the_models_own_number_stays_beside_it(huawu, tmp_path):
    history = calls_until(tmp_path / "a.csv", "2026-11-25")
    wanted = tmp_path / "overrides.csv"
    wanted.write_text("start_at,end_at,factor,reason\n2026-12-03,2026-12-04,1.5,letter\n", encoding="utf-8")
    out, effects = tmp_path / "f.csv", tmp_path / "effects.csv"
    given = ("--history", history, "--month", "2026-12", "--country", "-", "--out", out)
    code, said, error = huawu("forecast", *given, "--overrides", wanted, "--effects", effects)
    assert code == 0, error
    assert "letter" in said
    table = pd.read_csv(out)
    ratio = (table["calls"] / table["calls_model"]).groupby(table["interval_start"].str[:10]).mean()
    assert np.allclose(ratio.drop("2026-12-03"), 1.0)
    assert np.isclose(ratio["2026-12-03"], 1.5, atol=1e-6)
    assert list(pd.read_csv(effects).columns) == ["effect", "factor", "lower_95", "upper_95"]
    wanted.write_text("start_at,end_at,factor,reason\n2026-12-03,2026-12-04,-1,letter\n", encoding="utf-8")
    code, _, error = huawu("forecast", *given, "--overrides", wanted)
    assert code == 2
    assert "overrides.csv" in error
    assert "factor" in error
