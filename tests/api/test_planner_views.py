"""What the planner's page is told of a forecast."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from api.planner.views import forecast_view
from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from forecaster.history.observed import History

ZONE = "Europe/Paris"


@pytest.fixture
def forecast() -> pd.DataFrame:
    grid = month_intervals(pd.Period("2026-10"), ZONE)  # its 25th has 25 hours
    frame = pd.DataFrame({"calls": 10.0 + grid.hour}, index=grid)
    for level in (80, 95):
        frame[f"calls_lower_{level}"], frame[f"calls_upper_{level}"] = frame["calls"] * 0.5, frame["calls"] * 1.6
        frame[f"day_lower_{level}_ratio"], frame[f"day_upper_{level}_ratio"] = 1 - level / 800, 1 + level / 400
    return frame


def view(forecast: pd.DataFrame, day: date | None = None) -> dict:
    past = pd.date_range("2026-09-01", periods=48, freq="60min", tz=ZONE)
    history = History("hotline", ZONE, 60, pd.DataFrame({"calls_offered": 5.0}, index=past))
    return forecast_view(forecast, history, Calendar(), [], day=day)


def test_a_days_band_is_the_days_own_and_an_hours_the_hours(forecast: pd.DataFrame) -> None:
    told = view(forecast)
    totals = forecast["calls"].groupby(forecast.index.day).sum().to_numpy()
    assert (told["labels"][24], totals[24]) == ("2026-10-25", totals[0] + 12)
    np.testing.assert_allclose(told["calls"], totals)
    np.testing.assert_allclose(told["calls_lower_80"], totals * 0.9, atol=0.01)
    np.testing.assert_allclose(told["calls_upper_95"], totals * 1.2375, atol=0.01)
    hours = view(forecast, date(2026, 10, 1))
    np.testing.assert_allclose(hours["calls_lower_80"], np.arange(10.0, 34) * 0.5)


def test_a_forecast_without_days_bands_shows_none_for_its_days(forecast: pd.DataFrame) -> None:
    told = view(forecast.drop(columns=[c for c in forecast if c.startswith("day_")]))
    assert told["calls_lower_80"] == [None] * 31
    assert None not in told["calls"]
