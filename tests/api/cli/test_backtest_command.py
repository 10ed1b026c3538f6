"""Past months forecast again from the command line, by huawu and by others beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecaster.forecast.accuracy import wape
from forecaster.forecast.forecasters import FORECASTERS


def line() -> pd.Series:
    at = pd.date_range("2026-01-05", "2026-05-01", freq="60min", inclusive="left", name="interval_start")
    mean = 60.0 + 40.0 * np.sin((at.hour - 6) / 24 * 2 * np.pi)
    return pd.Series(np.random.default_rng(5).poisson(mean * np.where(at.day_of_week < 5, 1.0, 0.6)), index=at)


def test_others_stand_beside_the_forecast_and_an_unknown_one_is_refused(huawu, tmp_path):
    calls, history, page = line(), tmp_path / "h.csv", tmp_path / "b.html"
    calls.rename("calls_offered").to_csv(history)
    given = ("--history", history, "--country", "-", "--months", 1, "--out", tmp_path / "b.csv")
    code, said, error = huawu("backtest", *given, "--against", "ets, four_weeks_before", "--page", page)
    assert code == 0, error
    assert "ETS" in said
    scores = pd.read_csv(tmp_path / "b.csv", index_col="month")
    assert not any(column.startswith("wape_workbook") for column in scores)
    april = calls["2026-04"]
    weeks = [4 if at.day <= 21 else 5 if at.day <= 28 else 6 for at in april.index]  # known through 24 March
    back = [at - pd.Timedelta(weeks=n) for at, n in zip(april.index, weeks, strict=True)]
    by_hand = wape(april, calls[back])
    assert abs(scores.loc["all", "wape_four_weeks_before"] - by_hand) < 1e-9
    text = page.read_text(encoding="utf-8")
    assert "Best of the others, ETS (statsmodels)" in text
    assert "一年前同星期" not in text
    _, said, _ = huawu("backtest", "--help")
    assert all(name in said for name in FORECASTERS)
    code, _, error = huawu("backtest", *given, "--against", "uc,arma")
    assert code == 2
    assert "'arma' is not known" in error
