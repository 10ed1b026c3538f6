"""Futures, staffing over them and the promise, against closed forms, plain loops, enumeration and a simulation."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from forecaster.queueing.erlang import service_level
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.expected_service import expected_service, in_time_on_futures, service_tables
from forecaster.requirement.futures import draw_futures
from forecaster.requirement.promises import present, promise
from forecaster.requirement.seats import requirement
from forecaster.requirement.staffing import people_for_expected_level, people_over_futures, whole_people
from forecaster.requirement.striving import Striving
from forecaster.requirement.within_intervals import rates_within

TARGET = ServiceTarget(
    service_level=0.8, answer_within_seconds=20.0, max_occupancy=None, shrinkage=0.1, patience_seconds=240.0
)


def forecast(calls, *, days=4, day=0.2, total=0.15, slot=0.0, aht=300.0):
    """A forecast whose day totals are off by `day` (standard deviation on the logarithm), all together by `total`."""
    index = pd.date_range("2026-12-01", periods=24 * days, freq="h", tz="Asia/Shanghai", name="interval_start")
    frame = pd.DataFrame(
        {"calls": np.resize(np.asarray(calls, dtype=float), len(index)), "aht_seconds": aht}, index=index
    )
    for level, z in (("80", 1.2815515655), ("95", 1.9599639845)):
        counting = 1.0 / frame["calls"].groupby(index.normalize()).transform("sum").clip(lower=1.0)
        off = np.sqrt(day**2 + counting)
        frame[f"day_lower_{level}_ratio"], frame[f"day_upper_{level}_ratio"] = np.exp(-z * off), np.exp(z * off)
        off = np.sqrt(day**2 + slot**2 + 1.0 / frame["calls"].clip(lower=1.0))
        frame[f"calls_lower_{level}"], frame[f"calls_upper_{level}"] = (
            frame["calls"] * np.exp(sign * z * off) for sign in (-1, 1)
        )
    frame["total_lower_80_ratio"], frame["total_upper_80_ratio"] = (
        np.exp(-1.2815515655 * total),
        np.exp(1.2815515655 * total),
    )
    return frame


def test_futures_have_the_means_and_the_spreads_the_forecast_tells():
    frame = forecast([50.0, 100.0, 150.0], days=20, day=0.2, total=0.12, slot=0.1)
    drawn = draw_futures(frame, paths=4000, seed=3)
    assert drawn.mean(axis=0) == pytest.approx(frame["calls"].to_numpy(), rel=0.03)
    totals = drawn.reshape(4000, 20, 24).sum(axis=2)
    assert np.log(totals).std(axis=0) == pytest.approx(0.2, abs=0.015)
    assert np.log(totals.sum(axis=1)).std() == pytest.approx(0.12, abs=0.01)
    alone = np.log(drawn.reshape(4000, 20, 24) / totals[:, :, None])
    assert alone.std(axis=0) == pytest.approx(0.1, abs=0.02)


def test_what_hours_are_off_by_themselves_is_part_of_what_their_day_is_off():
    frame = forecast([400.0, 600.0], days=30, day=0.12, total=0.06, slot=0.25)
    drawn = draw_futures(frame, paths=4000, seed=3)
    totals = drawn.reshape(4000, 30, 24).sum(axis=2)
    assert np.log(totals).std(axis=0) == pytest.approx(0.12, abs=0.01)  # not the 0.15 of both together
    assert np.log(drawn).std(axis=0) == pytest.approx(np.hypot(0.12, 0.25), abs=0.02)
    assert np.log(totals.sum(axis=1)).std() == pytest.approx(0.06, abs=0.01)


def test_a_forecast_without_limits_is_taken_to_be_uncertain_and_closed_hours_stay_closed():
    frame = forecast([0.0, 80.0])[["calls", "aht_seconds"]]
    drawn = draw_futures(frame, paths=500)
    assert (drawn[:, ::2] == 0).all()
    assert 0.08 < np.log(drawn[:, 1]).std() < 0.16


def test_what_people_bring_in_expectation_is_erlang_a_over_absences_and_futures():
    futures = np.array([[20.0, 60.0], [40.0, 90.0], [33.0, 70.0]])
    aht = np.array([300.0, 200.0])
    tables = service_tables(6.0, aht, TARGET, most=12)
    service = expected_service(futures, aht, tables, interval_minutes=60)
    for t, n in product(range(2), (1, 4, 9)):
        total = 0.0
        for calls in futures[:, t]:
            for there in range(n + 1):
                ways = np.prod([(n - k) / (k + 1) for k in range(there)])
                chance = ways * 0.9**there * 0.1 ** (n - there)
                level = 0.0 if there == 0 else service_level(
                    there, offered_load_erlangs=calls * aht[t] / 3600, aht_seconds=aht[t],
                    answer_within_seconds=20.0, patience_seconds=240.0,
                )  # fmt: skip
                total += calls * level * chance / 3
        assert service.in_time[t, n] == pytest.approx(total, rel=3e-3, abs=1e-6)


def test_targets_that_differ_in_their_limits_alone_read_the_same_tables():
    aht = np.array([300.0, 200.0])
    one = service_tables(6.0, aht, TARGET, most=12)
    freed = service_tables(6.0, aht, replace(TARGET, service_level=0.9, minimum_seats=3), most=12)
    assert freed.tables is one.tables
    longer = service_tables(6.0, aht, replace(TARGET, patience_seconds=900.0), most=12)
    assert not np.allclose(longer.tables["level"], one.tables["level"])
    waits = service_tables(6.0, aht, replace(TARGET, max_mean_wait_seconds=30.0), most=12)
    assert set(waits.tables) == {*one.tables, "wait"}


def test_calls_rise_within_an_hour_that_leads_to_a_busier_one():
    calls = 100.0 + 24.0 * np.arange(6)  # a straight line: within the hours it runs on, quarter by quarter
    rates = rates_within(calls, 4)[1:-1]
    line = 100.0 + 24.0 * (np.arange(1, 5)[:, None] + (np.arange(4) + 0.5) / 4 - 0.5)
    assert rates * calls[1:-1, None] == pytest.approx(line)
    ragged = np.array([0.0, 60.0, 60.0, 5.0, 400.0, 0.0])
    found = rates_within(ragged, 4)
    assert found.mean(axis=1) == pytest.approx(1.0), "every hour keeps its calls"
    assert (found >= 0).all()
    assert found[[0, 1]] == pytest.approx(1.0), "no ramp into hours that are shut, nor between like ones"
    assert found[4, 0] < 1 < found[4, -2]


def test_an_uneven_hour_is_half_an_hour_of_more_and_half_of_fewer_calls():
    futures, aht = np.array([[40.0], [90.0]]), np.array([300.0])
    tables = service_tables(12.0, aht, TARGET, most=14)
    given = {"interval_minutes": 60}
    uneven = expected_service(futures, aht, tables, unevenness=np.array([0.3]), **given)
    calmer, busier = (expected_service(futures * factor, aht, tables, **given) for factor in (0.7, 1.3))
    assert uneven.in_time == pytest.approx((calmer.in_time + busier.in_time) / 2)
    assert uneven.calls == pytest.approx(futures.mean(axis=0))
    people = np.array([8])
    one_by_one = in_time_on_futures(people, futures, aht, tables, unevenness=np.array([0.3]), **given)
    assert one_by_one.mean() == pytest.approx(uneven.in_time[0, 8])


def test_the_fewest_people_for_an_expected_level_equal_enumeration():
    rng = np.random.default_rng(1)
    for _ in range(20):
        calls = rng.uniform(5, 60, 4)
        gains = -np.sort(-rng.uniform(0, 1, (4, 5)), axis=1)  # the first helps most
        in_time = np.concatenate(
            [np.zeros((4, 1)), np.cumsum(gains / gains.sum(axis=1, keepdims=True), axis=1)], axis=1
        )
        in_time *= calls[:, None]
        frame = expected_service(
            np.ones((1, 4)),
            np.full(4, 300.0),
            service_tables(1, np.full(4, 300.0), TARGET, most=5),
            interval_minutes=60,
        )
        service = replace(frame, calls=calls, in_time=in_time)
        level = rng.uniform(0.5, 0.95)
        found = people_for_expected_level(service, level, np.zeros(4, dtype=np.int64))
        best = min(
            sum(n)
            for n in product(range(6), repeat=4)
            if sum(in_time[t, k] for t, k in enumerate(n)) >= level * calls.sum()
        )
        assert in_time[np.arange(4), found].sum() >= level * calls.sum() - 1e-9
        assert found.sum() <= best + 1  # a whole person is the coarsest a price can miss by


def test_expected_staffing_keeps_the_level_a_simulation_finds():
    frame = forecast(
        [0.0] * 6 + [30, 60, 90, 120, 150, 150, 120, 120, 150, 150, 120, 90, 60, 40, 30, 20, 10, 5], days=14
    )
    people, level = people_over_futures(frame, TARGET, interval_minutes=60, striving=Striving("expected"))
    assert (people[frame["calls"].to_numpy() > 0] >= 1).all()
    assert (people[frame["calls"].to_numpy() == 0] == 0).all()
    assert level[frame["calls"].to_numpy() > 0].min() >= 0.65
    told = promise(frame, pd.Series(people, index=frame.index), TARGET, paths=400, seed=5)  # other futures
    assert told.month["expected"] == pytest.approx(0.8, abs=0.02)
    assert told.month["lower_80"] < 0.8 < told.month["upper_80"]


@pytest.mark.parametrize("chance_of", ["month", "day"])
def test_a_stated_chance_is_kept_on_other_futures_and_costs_more_than_the_expected_level(chance_of):
    frame = forecast([20, 60, 120, 160, 150, 90], days=10, day=0.15, total=0.1)
    sure, _ = people_over_futures(
        frame, TARGET, interval_minutes=60, striving=Striving("chance", chance=0.9, chance_of=chance_of)
    )
    mean, _ = people_over_futures(frame, TARGET, interval_minutes=60, striving=Striving("expected"))
    assert sure.sum() > mean.sum()
    told = promise(frame, pd.Series(sure, index=frame.index), TARGET, paths=400, seed=11)
    came = told.month["chance"] if chance_of == "month" else told.days["chance"].mean()
    assert came == pytest.approx(0.9, abs=0.06)


def test_telling_the_patience_does_not_make_the_plan_worse():
    frame = forecast([20, 60, 120, 160, 150, 90], days=10)
    known, _ = people_over_futures(frame, TARGET, interval_minutes=60, striving=Striving("expected"))
    kept = promise(frame, pd.Series(known, index=frame.index), TARGET, paths=300, seed=2).month["expected"]
    assert kept > 0.78


def test_people_are_rounded_once_and_sum_to_the_need_of_each_day():
    rng = np.random.default_rng(4)
    need = rng.uniform(0, 7, 240) * (rng.random(240) > 0.2)
    day = np.repeat(np.arange(10), 24)
    people = whole_people(need, day)
    assert (people[need > 0] >= 1).all()
    assert (people[need == 0] == 0).all()
    for d in range(10):
        assert (
            abs(people[day == d].sum() - need[day == d].sum()) <= 1.0 + (need[(day == d) & (need > 0)] < 1).sum() * 0.5
        )
    assert (np.abs(people - need) < 1.6).all()


def test_people_that_an_occupancy_limit_asks_for_are_rounded_once_along_the_day():
    frame = forecast([37, 53, 71, 94, 88, 62], days=3, day=0.0, total=0.0, aht=1200.0)
    people, _ = people_over_futures(
        frame, replace(TARGET, max_occupancy=0.5), interval_minutes=60, striving=Striving("expected")
    )
    need = frame["calls"].to_numpy() * 1200.0 / 3600.0 / (0.5 * 0.9)  # hardly anybody gives up at half the load
    assert np.ceil(need).sum() - need.sum() > 10  # rounded hour by hour that is what it would cost
    for day in range(3):
        hours = slice(24 * day, 24 * day + 24)
        assert people[hours].sum() == pytest.approx(need[hours].sum(), abs=2.0)
    assert (np.abs(people - need) < 1.1).all()


def test_a_line_of_six_calls_a_day_takes_one_person_an_hour_not_two():
    frame = forecast([0.0] * 9 + [0.5] * 12 + [0.0] * 3, days=7)
    plain = replace(TARGET, patience_seconds=None, max_occupancy=0.9)
    up = requirement(frame, plain, interval_minutes=60)
    once = requirement(frame, plain, interval_minutes=60, striving=Striving())
    busy = frame["calls"] > 0
    assert (up.loc[busy, "people_to_roster"] == 2).all()
    assert (once.loc[busy, "people_to_roster"] == 1).all()


def test_rounding_once_saves_what_rounding_twice_adds():
    frame = forecast([40, 80, 120, 160, 150, 90], days=7)
    plain = replace(TARGET, patience_seconds=None, max_occupancy=0.85)
    up = requirement(frame, plain, interval_minutes=60)
    once = requirement(frame, plain, interval_minutes=60, striving=Striving())
    saved = 1 - once["people_to_roster"].sum() / up["people_to_roster"].sum()
    assert 0.02 < saved < 0.12


def test_those_away_are_the_shrinkage_and_partly_away_all_day():
    local = pd.date_range("2026-12-01", periods=24 * 10, freq="h")
    there = present(np.full(240, 40.0), local, shrinkage=0.2, paths=300)
    assert there.mean() == pytest.approx(32.0, rel=0.01)
    by_day = there.reshape(300, 10, 24).mean(axis=2)
    assert by_day.std() > 1.5 * there.std(axis=2 - 1).mean() / np.sqrt(24)
    assert (present(np.full(240, 40.0), local, shrinkage=0.0, paths=2) == 40).all()


def test_a_certain_forecast_promises_what_erlang_a_says_and_chances_are_sure():
    frame = forecast([200.0], days=3, day=0.0, total=0.0, aht=180.0)
    none_away = replace(TARGET, shrinkage=0.0)
    told = promise(frame, pd.Series(11, index=frame.index), none_away, paths=100)
    exact = service_level(
        11, offered_load_erlangs=10.0, aht_seconds=180.0, answer_within_seconds=20.0, patience_seconds=240.0
    )
    assert told.month["expected"] == pytest.approx(exact, abs=0.01)
    assert told.month["at_the_mean"] == pytest.approx(exact, abs=1e-9)
    easy = promise(frame, pd.Series(20, index=frame.index), none_away, paths=50)
    assert easy.month["chance"] == 1.0
    assert promise(frame, pd.Series(4, index=frame.index), none_away, paths=50).month["chance"] == 0.0


def test_callers_left_over_wait_into_the_next_hour():
    frame = forecast([200.0], days=1, day=0.0, total=0.0, aht=180.0)
    people = pd.Series(12, index=frame.index)
    calm = promise(frame, people, replace(TARGET, shrinkage=0.0), paths=200).intervals
    people.iloc[5] = 4
    told = promise(frame, people, replace(TARGET, shrinkage=0.0), paths=200).intervals
    assert told["at_the_mean"].iloc[6] == calm["at_the_mean"].iloc[6]
    assert told["expected"].iloc[6] < calm["expected"].iloc[6] - 0.003
    assert told["expected"].iloc[3] == calm["expected"].iloc[3]  # the same callers, before


def test_a_line_without_calls_promises_nothing():
    frame = forecast([0.0], days=1)
    told = promise(frame, pd.Series(0, index=frame.index), TARGET, paths=3)
    assert np.isnan(told.month["expected"])
    assert told.days["chance"].isna().all()


def test_a_chance_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"chance must be above 0 and below 1, got 1\.2"):
        Striving("chance", chance=1.2)
