from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from api.reports.backtest_page import write_backtest_page
from forecaster.backtest import backtest_intervals, backtest_tables
from forecaster.history import History
from forecaster.special_days import Calendar


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
    assert len(re.findall(r"<tr><td>", text)) == rows
    assert f"{tables['month'].loc['2026-04', 'wape']:.1%}" in text
