"""Past months planned and played: held to the history's own sums, to Erlang's formula, and to counting by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from api.inputs import read_demand, read_supply
from api.ladder_lab import LabSettings
from api.rehearsing import _Came, months_that_can, rehearse, sentences_of
from api.settings import shipped_ladder
from forecaster.forecast.backtesting import MINIMUM_HISTORY_DAYS
from forecaster.queueing.erlang import service_level
from forecaster.requirement.seats import seats_required

RULES = "on_site_at_meals = []\n[on_site_day]\n[on_site_night]\n[weights]\nshortage = 10\n"


def calls_from(start, end):
    random = np.random.default_rng(7)
    at = pd.date_range(start, end, freq="h", inclusive="left")
    busy = (at.hour >= 9) & (at.hour < 17)
    return pd.DataFrame({"interval_start": at, "calls": random.poisson(np.where(busy, 60.0, 0.0))})


def demand_from(folder, start, end):
    calls_from(start, end).to_csv(folder / "calls.csv", index=False)
    return read_demand(folder / "calls.csv", country="-")


@pytest.fixture(scope="module")
def office(tmp_path_factory, few_shifts):
    """A demand through October with a staff of twelve, and one month rehearsed with a ladder."""
    folder = tmp_path_factory.mktemp("rehearsal")
    demand = demand_from(folder, "2026-06-01", "2026-11-01")
    people = pd.DataFrame({"badge": range(1001, 1013), "role": "inbound", "leave": ["2026-12-24", *[""] * 11]})
    people.to_csv(folder / "people.csv", index=False)
    (folder / "rules.toml").write_text(RULES)

    def supply_of(month):
        given = {"calendar": demand.calendar, "rules": folder / "rules.toml"}
        return read_supply(folder / "people.csv", month, site=demand.site, dated=False, **given)

    ladders = {"recommended": shipped_ladder()}
    given = {"months": 1, "ladders": ladders, "lab": LabSettings(every_seconds=120.0)}
    made = rehearse(demand, supply_of, against_workbook=True, daily=True, time_limit_seconds=1, **given)
    unseen = rehearse(demand, supply_of, months=1, watched=False, time_limit_seconds=1)
    return demand, made, unseen


@pytest.mark.slow
def test_a_month_is_told_as_it_was_planned_and_as_it_came(office):
    demand, made, _ = office
    assert made.months.index.tolist() == ["2026-10"], "December's leave bars no other month"
    row = made.months.iloc[0]
    came = demand.history.frame["calls_offered"]["2026-10"]
    by_day = came.groupby(came.index.strftime("%Y-%m-%d")).sum()
    assert made.days["calls"].tolist() == by_day[made.days.index].tolist()
    assert row["kept"] == pytest.approx(np.average(made.days["kept"], weights=made.days["calls"]), abs=1e-9)
    assert row["held"] == (row["kept"] >= row["lower_80"])
    target = demand.site.target
    kept_days = (made.days["kept"] >= target.service_level).mean()
    assert row["days_kept"] == pytest.approx(kept_days)
    # re-planned every evening the level comes no lower than it should, and the hours stay about what they were
    assert row["kept_daily"] >= min(row["kept"], target.service_level) - 0.03
    assert row["hours_daily"] == pytest.approx(row["seat_hours"], rel=0.15)
    assert 0 <= row["overtime_daily"] <= 12 * 36
    # a ladder over a queue that is hardly ever long orders nobody, and changes nothing
    assert row["minutes_above_10"] < 5
    assert row["people_minutes_recommended"] == 0
    assert row["kept_recommended"] == row["kept"]
    assert row["minutes_above_10_daily_recommended"] < 5  # who was sent home may be missed for a moment
    assert row["people_minutes_daily_recommended"] == 0
    assert row["kept_daily_recommended"] == row["kept_daily"]
    # what lies above hindsight adds up to the hours rostered less what Erlang asks for the calls that came
    load = came.to_numpy() * demand.site.aht_seconds / 3600.0
    exact = seats_required(load, aht_seconds=demand.site.aht_seconds, target=target, whole=False).sum()
    above = sum(row[f"above_{name}"] for name in ("month", "days", "hours", "rounding", "shifts"))
    assert above == pytest.approx(row["seat_hours"] - exact / (1.0 - target.shrinkage), abs=1e-6)
    assert row["hindsight"] <= row["seat_hours"]
    assert row["sure_hours"] > 0
    seats = row["seat_hours"] * (1 - target.shrinkage) / (8 * 31)
    steady = service_level(
        round(seats), offered_load_erlangs=60 * 180 / 3600, aht_seconds=180.0, patience_seconds=300.0,
        answer_within_seconds=target.answer_within_seconds,
    )  # fmt: skip
    assert row["kept"] == pytest.approx(steady, abs=0.06), "as so many seats all the time would"


@pytest.mark.slow
def test_a_month_that_nobody_watches_is_kept_the_same_and_tells_no_minutes(office):
    _, made, unseen = office
    # a search that a clock ends need not find the same roster twice
    assert unseen.months["seat_hours"].iloc[0] == pytest.approx(made.months["seat_hours"].iloc[0], rel=0.05)
    assert unseen.months["kept"].iloc[0] == pytest.approx(made.months["kept"].iloc[0], abs=0.04)
    assert "minutes_above_10" not in unseen.months


def test_calls_of_a_log_are_played_at_their_seconds(tmp_path):
    """As many calls in every hour, but all in its first ten minutes: the same people keep less of them."""
    demand = demand_from(tmp_path, "2026-10-01", "2026-10-03")
    calls = demand.history.frame["calls_offered"]
    hour = np.repeat(np.arange(len(calls)), calls.astype(int))
    people, aht = np.where(calls > 0, 6, 0), np.full(len(calls), 180.0)

    def kept(arrivals):
        return _Came(calls, calls, arrivals, aht, demand.site, LabSettings(), 0).played(people)[0]

    spread, at_once = kept(None), kept(np.sort(3600.0 * hour + 10.0 * (np.arange(len(hour)) % 60)))
    for one in (spread, at_once):
        assert one["offered"].tolist() == calls.tolist()
    assert at_once["in_time"].sum() < 0.5 * spread["in_time"].sum()


def test_a_history_too_short_says_from_which_month_on_it_would_work(tmp_path):
    demand = demand_from(tmp_path, "2026-06-05", "2026-07-15")
    with pytest.raises(ValueError, match="it would work from the whole month") as refused:
        months_that_can(demand)
    first = pd.Period(str(refused.value).split("whole month ")[1][:7], freq="M")
    assert "calls.csv" in str(refused.value)
    just = demand_from(tmp_path, "2026-06-05", str((first + 1).start_time.date()))
    assert months_that_can(just) == [first]
    short = demand_from(tmp_path, "2026-06-05", str(first.end_time.date()))
    with pytest.raises(ValueError, match=str(MINIMUM_HISTORY_DAYS)):
        months_that_can(short)


def test_the_sentences_count_what_held_and_say_what_would_have_helped():
    table = pd.DataFrame(
        {
            "promised": [0.8, 0.9], "kept": [0.7, 0.92], "lower_80": [0.75, 0.85], "upper_80": [0.86, 0.95],
            "held": [False, True], "more_people": [0.04, 0.0], "kept_daily": [0.79, 0.93], "kept_brisk": [0.77, 0.93],
            "minutes_above_10": [300.0, 40.0], "minutes_above_10_brisk": [90.0, 11.0],
            "people_minutes_brisk": [1200.0, 34.0], "minutes_above_10_daily_brisk": [60.0, 9.0],
            "seat_hours": [1000.0, 1000.0], "sure_hours": [60.0, 40.0],
            **{f"above_{name}": [10.0, -4.0] for name in ("month", "days", "hours", "rounding", "shifts")},
        },
        index=pd.Index(["2026-09", "2026-10"], name="month"),
    )  # fmt: skip
    said = [one.en for one in sentences_of(table, ["brisk"])]
    assert said[0] == "in 1 of 2 months the promise held: 85% promised on average, 81% kept"
    assert said[1] == (
        "2026-09 broke: 70.0% kept, promised between 75.0 and 86.0; what would have helped: "
        "4.0% more people, re-planned daily 79%, the ladder brisk 77%"
    )
    assert said[2] == (
        "the ladder brisk makes 101 of 340 minutes with more than ten waiting, for 1,234 people-minutes lent; "
        "re-planned daily besides, 69"
    )
    assert said[3].startswith("30 hours above hindsight: the month +6, the days +6,")
    assert said[4] == "to be 90 % sure of the target costs 100 hours (+5.0%)"
    alone = sentences_of(table.drop(columns="minutes_above_10_daily_brisk"), ["brisk"])
    assert alone[2].en.endswith("for 1,234 people-minutes lent")
    calm = sentences_of(table[table["held"]], [])
    assert calm[1].zh == "没有一个月失守"
