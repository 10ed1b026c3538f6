"""The page of a backtest, and what it says of the planner's own overrides."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.intake import read_overrides
from api.reports.backtest_page import write_backtest_page
from forecaster.forecast.backtesting import backtest_intervals, backtest_tables
from forecaster.history.calendar import Calendar
from forecaster.history.observed import History


def test_the_page_shows_every_table_and_the_same_figures(tmp_path: Path) -> None:
    index = pd.date_range("2026-01-05", periods=24 * 180, freq="h", tz="Asia/Shanghai", name="interval_start")
    calls = np.random.default_rng(2).poisson(20.0 + 15.0 * np.sin(index.hour / 24 * 2 * np.pi)).astype(float)
    history = History("<hotline>", "Asia/Shanghai", 60, pd.DataFrame({"calls_offered": calls}, index=index))
    months = [pd.Period("2026-04"), pd.Period("2026-05")]
    tested = backtest_intervals(history, calendar=Calendar(), months=months)
    tables = backtest_tables(tested, history=history, calendar=Calendar())
    text = write_backtest_page(tested, tables, tmp_path / "b.html", queue=history.queue).read_text(encoding="utf-8")
    assert "&lt;hotline&gt;" in text
    assert "<hotline>" not in text
    assert text.count("<svg") == 2
    rows = sum(len(table) for table in tables.values())
    assert len(re.findall(r"<tr(?: class=all)?><td>", text)) == rows
    assert "Overrides by the planner" not in text
    assert f"{tables['month'].loc['2026-04', 'wape']:.1%}" in text


def test_overrides_are_scored_apart_by_model_and_one_by_one(tmp_path: Path) -> None:
    index = pd.date_range("2026-01-05", periods=24 * 150, freq="h", tz="Asia/Shanghai", name="interval_start")
    calls = np.random.default_rng(2).poisson(20.0 + 15.0 * np.sin(index.hour / 24 * 2 * np.pi)).astype(float)
    history = History("hotline", "Asia/Shanghai", 60, pd.DataFrame({"calls_offered": calls}, index=index))
    path = tmp_path / "overrides.csv"
    path.write_text(
        "start_at,end_at,factor,reason,made_by\n2026-05-11 08:00,2026-05-11 20:00,1.5,price <letter>,1024\n"
        "2026-05-20,2026-05-21,0.9,quiet,\n",
        encoding="utf-8",
    )
    overrides = read_overrides(path, timezone="Asia/Shanghai")
    months = [pd.Period("2026-05")]
    tested = backtest_intervals(history, calendar=Calendar(), months=months, overrides=overrides)
    tables = backtest_tables(tested, history=history, calendar=Calendar(), overrides=overrides)
    factor = np.ones(len(tested))
    local = tested.index.tz_localize(None)
    factor[(local >= "2026-05-11 08:00") & (local < "2026-05-11 20:00")] = 1.5
    factor[(local >= "2026-05-20") & (local < "2026-05-21")] = 0.9
    seen, model = tested["calls_offered"].to_numpy(), tested["calls"].to_numpy()
    error, changed = np.abs(seen - model), np.abs(seen - model * factor)
    assert tables["model"].loc["huawu", "wape"] == pytest.approx(error.sum() / seen.sum())
    assert tables["model"].loc["huawu with overrides", "wape"] == pytest.approx(changed.sum() / seen.sum())
    touched = factor != 1.0
    alone = tables["model"].loc["overridden intervals: override"]
    assert alone["intervals"] == 36
    assert alone["wape"] == pytest.approx(changed[touched].sum() / seen[touched].sum())
    page = write_backtest_page(tested, tables, tmp_path / "b.html", queue="hotline").read_text(encoding="utf-8")
    assert page.count("<svg") == 3  # months, the last month, the overrides
    assert "price &lt;letter&gt;" in page
    assert tables["month"].loc["2026-05", "wape_workbook"] == pytest.approx(tables["model"].loc["workbook", "wape"])
    assert tables["override"]["gained"].sum() == pytest.approx((error - changed).sum())
    assert page.count("<tr class=override>") == 2
