"""Today against its forecast, told to the floor."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

TODAY = "/v1/queues/hotline/today"


def history_csv(times_from_nine: float) -> bytes:
    """Calls of sixty days until 14:00 of the last, which has `times_from_nine` times its calls from 9:00 on."""
    at = pd.date_range("2026-09-25", "2026-11-23 14:00", freq="60min", inclusive="left")
    calls = np.random.default_rng(5).poisson(60.0 + 40.0 * np.sin((at.hour - 6) / 24 * 2 * np.pi)).astype(float)
    calls[(at >= "2026-11-23 09:00")] *= times_from_nine
    return pd.DataFrame({"时间": at, "话务量": calls.round()}).to_csv(index=False).encode()


def put(client, keys, content: bytes):
    files = {"file": ("calls.csv", content)}
    return client.put("/v1/queues/hotline/history", files=files, headers=keys["admin"])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_day_outside_its_band_is_told_with_the_hour_from_which_that_was_certain(client, keys):
    nothing = client.get(TODAY, headers=keys["admin"]).json()
    assert nothing["day"] is None
    assert nothing["outside_band"] is False
    assert put(client, keys, history_csv(1.0)).status_code == 200
    ordinary = client.get(TODAY, headers=keys["admin"]).json()
    assert ordinary["day"] == "2026-11-23"
    assert ordinary["as_of"].startswith("2026-11-23T14:00:00")
    assert ordinary["outside_band"] is False
    assert ordinary["lower"] < ordinary["calls_so_far"] < ordinary["upper"]
    assert put(client, keys, history_csv(2.5)).status_code == 200
    busy = client.get(TODAY, headers=keys["admin"]).json()
    assert busy["outside_band"] is True
    assert "2026-11-23T09" <= busy["first_outside_at"] <= "2026-11-23T12"
    assert busy["still_to_come"] > 1.1 * ordinary["still_to_come"]
    hours = pd.DataFrame(busy["intervals"])
    assert hours["interval_start"].tolist() == [f"2026-11-23T{hour:02d}:00:00" for hour in range(24)]
    came = pd.read_csv(io.BytesIO(history_csv(2.5))).set_index("时间")["话务量"].iloc[-14:]
    assert hours["calls_so_far"].tolist()[:14] == np.cumsum(came).tolist()
    assert hours["calls_so_far"][14:].isna().all()
    assert hours["calls_expected"][:14].isna().all()
    assert hours["calls_expected"].iloc[-1] == pytest.approx(busy["calls_so_far"] + busy["still_to_come"], abs=0.2)
    assert hours["calls_expected"][14:].is_monotonic_increasing
    assert (hours["calls_so_far"] > hours["upper"])[13]
