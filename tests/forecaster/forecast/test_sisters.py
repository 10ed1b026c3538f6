"""Lines of one centre forecast together: they share a season, feasts and weeks, and one of them is young."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecaster.forecast.accuracy import wape
from forecaster.forecast.interval_forecast import forecast_frame
from forecaster.forecast.sisters import forecast_many
from forecaster.history.calendar import Calendar, SpecialDay
from forecaster.history.intervals import month_intervals
from forecaster.history.observed import History

SHAPE = np.where((np.arange(24) >= 8) & (np.arange(24) < 20), 1 / 12, 0.0)
FEASTS = {
    date(year, 10, day): SpecialDay("harvest", "holiday", True, day) for year in (2024, 2025) for day in (1, 2, 3)
}
OCTOBER = month_intervals(pd.Period("2025-10"), "UTC", interval_minutes=60)


def centre(*, feast: float, first: str = "2024-03-01") -> dict[str, History]:
    """Four lines; autumn brings half as many calls again, and the young line has been there for eight weeks."""
    random, days = np.random.default_rng(4), pd.date_range(first, "2025-10-31")
    year = 2.0 * np.pi * (days.day_of_year - 300) / 365.25
    level = 0.25 * np.cos(year) + np.log([feast if day in FEASTS else 1.0 for day in days.date])
    level += 0.1 * np.sin(2.0 * np.pi * np.arange(len(days)) / 23.0)
    lines = {}
    for name, size, begins in (("a", 600, first), ("b", 150, first), ("c", 300, first), ("young", 200, "2025-07-30")):
        rate = size * np.exp(level + 0.05 * random.standard_normal(len(days)))
        index = pd.date_range(first, "2025-10-31 23:00", freq="h", tz="UTC", name="interval_start")
        calls = random.poisson(np.outer(rate, SHAPE)).ravel().astype(float)
        frame = pd.DataFrame({"calls_offered": calls}, index=index).loc[begins:]
        lines[name] = History(name, "UTC", 60, frame)
    return lines


def known(lines: dict[str, History]) -> dict[str, History]:
    """What was known through 24 September."""
    return {name: one.before(pd.Timestamp("2025-09-25", tz="UTC")) for name, one in lines.items()}


@pytest.fixture(scope="module")
def together() -> tuple[dict[str, History], dict[str, pd.DataFrame]]:
    """The centre, and its October as forecast from what was known."""
    lines = centre(feast=0.3)
    return lines, forecast_many(known(lines), OCTOBER, calendar=Calendar(days=FEASTS))


def test_a_line_of_eight_weeks_has_its_sisters_feasts_and_season(together) -> None:
    lines, found = together
    calendar = Calendar(days=FEASTS)
    actual = lines["young"].frame["calls_offered"].reindex(OCTOBER)
    alone = forecast_frame(known(lines)["young"], OCTOBER, calendar=calendar)
    assert wape(actual, found["young"]["calls"]) < 0.85 * wape(actual, alone["calls"])
    daily = found["young"]["calls"].resample("D").sum()
    assert daily["2025-10-02"] / daily["2025-10-16"] == pytest.approx(0.3, abs=0.08)


def test_the_elder_lines_are_forecast_as_alone(together) -> None:
    lines, found = together
    for name in ("a", "b"):
        alone = forecast_frame(known(lines)[name], OCTOBER, calendar=Calendar(days=FEASTS))
        pd.testing.assert_frame_equal(found[name], alone)


def test_a_line_is_shut_where_all_its_sisters_are_at_a_feast_it_never_saw() -> None:
    found = forecast_many(known(centre(feast=1e-9)), OCTOBER, calendar=Calendar(days=FEASTS))
    daily = found["young"]["calls"].resample("D").sum()
    assert (daily.loc["2025-10-01":"2025-10-03"] == 0.0).all()
    assert daily.loc["2025-10-04":].min() > 100.0
