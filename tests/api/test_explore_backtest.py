"""What the analyst's page is told of past months forecast again."""

from __future__ import annotations

from datetime import date

import pandas as pd

from api.explore import backtest_view
from forecaster.forecast.accuracy import wape
from forecaster.forecast.backtesting import experts_by_month
from forecaster.forecast.forecasters import FORECASTERS
from forecaster.history.calendar import Calendar, country_calendar
from forecaster.history.intervals import plan_cutoff
from forecaster.history.observed import History
from tests.api.cli.test_backtest_command import line


def test_the_analysts_page_is_told_the_same_figures_and_asks_for_whom_it_will():
    frame = line().rename("calls_offered").astype(float).to_frame().tz_localize("Asia/Shanghai")
    history, month = History("hotline", "Asia/Shanghai", 60, frame), pd.Period("2026-04")
    told = backtest_view(history, Calendar(), months=1, against=["uc", "a_year_before"])
    models = {one["model"]: one for one in told["models"]}
    assert list(models) == ["huawu", "uc", "a_year_before"]
    april = frame["calls_offered"][frame.index >= "2026-04-01"]
    past = history.before(plan_cutoff(month, "Asia/Shanghai"))
    made = FORECASTERS["uc"].forecast(past, pd.DatetimeIndex(april.index), calendar=Calendar())["calls"]
    assert models["uc"]["wape"] == round(wape(april, made), 4)
    assert models["a_year_before"] == {"model": "a_year_before", "intervals": 0, "wape": None, "bias": None}
    assert told["by"]["weekday"]["labels"] == list("0123456")
    assert told["by"]["hour"]["labels"] == [f"{hour:02d}:00" for hour in range(24)]
    assert told["by"]["horizon"]["labels"][0] == "7-13"
    believed = experts_by_month(history, calendar=Calendar(), months=[month]).loc["2026-04"]
    assert believed["steps"] == 0
    assert told["experts"] == {
        "labels": ["2026-04"],
        **{name: [round(believed[name], 4)] for name in ("season", "swing", "day_of_month")},
        "step": [None],  # no step was found: none is believed or doubted
    }
    assert told["by"]["holiday"]["labels"] == []


def test_the_analysts_page_is_told_of_every_holiday_by_name():
    frame = line().rename("calls_offered").astype(float).to_frame().tz_localize("UTC")
    good_friday, monday = "2026-04-03", "2026-04-06"
    frame.loc[good_friday:good_friday] *= 0.5
    calendar = country_calendar("DE", range(2025, 2027))
    told = backtest_view(History("hotline", "UTC", 60, frame), calendar, months=1, against=[])
    names = [calendar.holiday_name(date.fromisoformat(day)) for day in (good_friday, monday)]
    assert sorted(told["by"]["holiday"]["labels"]) == sorted(names)
    at = told["by"]["holiday"]["labels"].index(names[0])
    assert told["by"]["holiday"]["bias"][at] > 0.1  # expected at more than half
