"""What a roster promises, against closed forms and by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecaster.queueing.erlang import service_level
from forecaster.queueing.service_target import ServiceTarget
from optimizer.desk.promise import answer_rates, by_day, over_all

TARGET = ServiceTarget(service_level=0.8, answer_within_seconds=20, patience_seconds=90.0, shrinkage=0.0)


def frames(calls, people, hours=48):
    index = pd.date_range("2026-12-01", periods=hours, freq="h", tz="Asia/Shanghai", name="interval_start")
    forecast = pd.DataFrame({"calls": calls, "aht_seconds": 180.0}, index=index, dtype=float)
    return forecast, pd.DataFrame({"seats_rostered": people}, index=index)


def test_on_a_steady_line_formula_and_simulation_agree_and_are_erlang_a():
    forecast, coverage = frames(200.0, 11)
    rates = answer_rates(forecast, coverage, TARGET, replications=200)
    exact = service_level(
        11, offered_load_erlangs=10.0, aht_seconds=180.0, answer_within_seconds=20.0, patience_seconds=90.0
    )
    assert rates["promised"].to_numpy() == pytest.approx(exact)
    later = rates["simulated"].iloc[2:]  # the line opens empty
    assert later.mean() == pytest.approx(exact, abs=0.01)
    assert over_all(rates)[0] == pytest.approx(exact)


def test_those_away_by_shrinkage_answer_nothing():
    forecast, coverage = frames(200.0, 14)
    away = answer_rates(forecast, coverage, replace(TARGET, shrinkage=0.2), replications=2)
    assert (away["seats"] == 11).all()  # 11.2 of 14
    alone = answer_rates(forecast, coverage.assign(seats_rostered=11), TARGET, replications=2)
    assert away["promised"].to_numpy() == pytest.approx(alone["promised"].to_numpy())


def test_an_hour_short_of_seats_is_felt_in_the_next_by_simulation_alone():
    forecast, coverage = frames(200.0, 12, hours=6)
    waits = replace(TARGET, patience_seconds=None)
    coverage.iloc[2, 0] = 7
    rates = answer_rates(forecast, coverage, waits, replications=100)
    assert rates["promised"].iloc[3] == pytest.approx(rates["promised"].iloc[1])
    assert rates["simulated"].iloc[3] < rates["promised"].iloc[3] - 0.3


def test_days_and_the_month_are_weighted_by_calls():
    index = pd.date_range("2026-12-01 22:00", periods=4, freq="h", tz="Asia/Shanghai")
    rates = pd.DataFrame(
        {"calls": [10, 30, 20, 0], "promised": [1.0, 0.6, 0.5, 1.0], "simulated": [0.9, 0.5, 0.5, np.nan]}, index=index
    )
    assert by_day(rates)["promised"].to_dict() == pytest.approx({"2026-12-01": 0.7, "2026-12-02": 0.5})
    assert over_all(rates) == pytest.approx(((10 + 18 + 10) / 60, (9 + 15 + 10) / 60))


def test_other_intervals_are_refused():
    forecast, coverage = frames(200.0, 11)
    with pytest.raises(ValueError, match="do not cover the same intervals"):
        answer_rates(forecast, coverage.iloc[1:], TARGET)
