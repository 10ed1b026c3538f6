"""Charts draw the numbers of their tables at the site's own times, and fetch nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.reports.charts import (
    forecast_chart,
    seats_chart,
    seats_grid_chart,
    spec,
    table_chart,
    write_png,
)
from api.reports.five_tables import FiveTables, Frozen, TablesOf, five_tables
from forecaster.history.intervals import month_intervals
from forecaster.history.observed import History
from forecaster.queueing.service_target import ServiceTarget

ZONE, MONTH = "Europe/Paris", pd.Period("2026-10")


def frames() -> tuple[pd.DataFrame, pd.DataFrame, History]:
    grid = month_intervals(MONTH, ZONE)
    calls = pd.Series(30.0 + grid.hour, index=grid)
    forecast = pd.DataFrame({"calls": calls, "aht_seconds": 180.0})
    for level in (80, 95):
        forecast[f"calls_lower_{level}"], forecast[f"calls_upper_{level}"] = calls - level / 10, calls + level / 10
    columns = {
        "seats_required": 4,
        "seats_rostered": 3 + grid.hour % 3,
        "shortage": np.clip(1 - grid.hour % 3, 0, None),
    }
    before = month_intervals(MONTH - 1, ZONE)
    seen = pd.DataFrame({"calls_offered": np.full(len(before), 20.0), "calls_answered": 18.0}, index=before)
    return forecast, pd.DataFrame(columns, index=grid), History("hotline", ZONE, 60, seen)


@pytest.fixture(scope="module")
def tables() -> FiveTables:
    forecast, coverage, history = frames()
    return five_tables(
        TablesOf("hotline", MONTH, ZONE, 60, ServiceTarget()),
        Frozen(forecast, coverage),
        history=history,
    )


def data_of(made: dict) -> list[dict]:
    return max(made["datasets"].values(), key=len)


def test_times_are_the_sites_wall_clock_wherever_the_page_is_opened() -> None:
    forecast, _, _ = frames()
    made = spec(forecast_chart(forecast))
    drawn = [row["at"][:19] for row in data_of(made)]
    assert drawn == list(forecast.index.tz_localize(None).strftime("%Y-%m-%dT%H:%M:%S"))
    assert len(drawn) == 31 * 24 + 1
    assert made["layer"][0]["encoding"]["x"]["scale"] == {"type": "utc"}


def test_the_short_intervals_are_marked_with_what_they_lack() -> None:
    _, coverage, _ = frames()
    rows = data_of(spec(seats_chart(coverage)))
    assert sum(row["shortage"] for row in rows) == coverage["shortage"].sum()
    assert all(row["top"] - row["seats_rostered"] == row["shortage"] for row in rows)


def test_the_grid_has_a_cell_for_every_interval(tables: FiveTables) -> None:
    rows = data_of(spec(seats_grid_chart(tables.table(1))))
    assert len(rows) == 31 * 24 + 1
    assert sum(row["seats"] for row in rows) == tables.table(1).total["seat_hours"]


def test_a_tables_chart_draws_the_tables_numbers(tables: FiveTables) -> None:
    rows = [row for rows in spec(table_chart(tables.table(2)))["datasets"].values() for row in rows]
    drawn = sum(row["calls"] for row in rows if row["column"] == "calls_forecast")
    assert drawn == tables.table(2).total["calls_forecast"]
    with pytest.raises(ValueError, match="table 1"):
        table_chart(tables.table(1))


def test_every_picture_is_drawn_and_fetches_nothing(tables: FiveTables, tmp_path: Path) -> None:
    forecast, coverage, _ = frames()
    pictures = [
        forecast_chart(forecast, actual=forecast["calls"] + 1),
        seats_chart(coverage),
        seats_grid_chart(tables.table(1)),
        *(table_chart(tables.table(n)) for n in (2, 3, 4, 5)),
    ]
    for number, picture in enumerate(pictures):
        text = json.dumps(spec(picture), ensure_ascii=False)
        assert not re.search(r'"url"', text)
        assert write_png(picture, tmp_path / f"{number}.png").read_bytes().startswith(b"\x89PNG")
