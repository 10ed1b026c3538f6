"""One set of tables in every form says the same."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.intake import InputError
from api.reports.five_tables import FiveTables, Frozen, TablesOf, five_tables
from api.reports.table_files import tables_document, tables_html, write_tables
from forecaster.history.intervals import month_intervals
from forecaster.history.observed import History
from forecaster.queueing.service_target import ServiceTarget

ZONE, MONTH = "Asia/Shanghai", pd.Period("2026-12")


@pytest.fixture(scope="module")
def tables() -> FiveTables:
    grid = month_intervals(MONTH, ZONE)
    calls = pd.Series(50.0 + grid.hour, index=grid)
    forecast = pd.DataFrame(
        {
            "calls": calls,
            "aht_seconds": 180.0,
            "calls_lower_80": calls - 5,
            "calls_upper_80": calls + 5,
            "day_lower_80_ratio": 0.9,
            "day_upper_80_ratio": 1.1,
        }
    )
    seats = pd.DataFrame(
        {"seats_required": 5, "seats_rostered": 4 + grid.day % 3, "shortage": (grid.day % 3 == 0) * 1}, index=grid
    )
    before = month_intervals(MONTH - 1, ZONE)
    seen = pd.DataFrame({"calls_offered": np.arange(len(before)) % 40.0}, index=before)
    return five_tables(
        TablesOf("<热线>", MONTH, ZONE, 60, ServiceTarget()),
        Frozen(forecast, seats),
        history=History("hotline", ZONE, 60, seen),
    )


def test_json_and_csv_give_the_frames_back(tables: FiveTables, tmp_path: Path) -> None:
    (path,) = write_tables(tables, tmp_path / "five.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document == tables_document(tables)
    files = write_tables(tables, tmp_path / "five.csv")
    assert [f.name for f in files] == [f"five_{n}.csv" for n in range(1, 6)]
    for table, told, file in zip(tables.tables, document["tables"], files, strict=True):
        rows = pd.DataFrame(told["rows"]).set_index("date").astype(float)
        read = pd.read_csv(io.StringIO(file.read_text(encoding="utf-8"))).set_index("date")
        for frame in (rows, read.iloc[:-1]):
            np.testing.assert_allclose(frame.to_numpy(float), table.frame.to_numpy(float), rtol=1e-9)
        for name, value in table.total.items():
            np.testing.assert_allclose(read.loc["total", name], value, rtol=1e-9)
        assert [(one["zh"], one["en"]) for one in told["missing"]] == [(s.zh, s.en) for s in table.missing]


def test_the_page_shows_every_day_of_every_table_and_fetches_nothing(tables: FiveTables) -> None:
    page = tables_html(tables)
    assert page.count("<svg") == 5
    assert page.count("<tr><td>2026-12-") == 2 * 31
    assert page.count("<tr><td>2026-11-") == 3 * 30
    assert "&lt;热线&gt;" in page
    assert "<热线>" not in page
    assert "no forecast of 2026-11 was published" in page
    assert "<script" not in page


def test_another_suffix_is_refused(tables: FiveTables, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.docx is no form"):
        write_tables(tables, tmp_path / "five.docx")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_printed_tables_have_every_day_and_the_totals_on_a_page_each(language, tables, tmp_path, pages_of) -> None:
    (path,) = write_tables(tables, tmp_path / "five.pdf", language=language)
    told = pages_of(path)
    assert len(told) == 6
    for table, page in zip(tables.tables, told[1:], strict=True):
        days = re.findall(r"^\s*(\d\d-\d\d) (?:周|[MTWFS])", page, re.MULTILINE)
        assert days == [f"{day:%m-%d}" for day in table.frame.index]
    last = next(line for line in told[2].splitlines() if re.match(r"\s*(合计|Total) ", line))
    assert f"{tables.table(2).frame['calls_forecast'].sum():,.0f}" in last
    if language == "en":
        assert not re.search(r"[\u3400-\u9fff]", "".join(told).replace(tables.queue, ""))
