"""Queues that share people, against closed forms where pools are apart or one, enumeration, and a simulation."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from forecaster.queueing.erlang import service_level
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.crews import Crew
from forecaster.requirement.futures import draw_futures
from forecaster.requirement.promises import promise
from forecaster.requirement.seats import requirement
from forecaster.requirement.shared_queues import (
    combined_forecast,
    given_to_queues,
    played_month,
    played_together,
    shared_need,
    whole_shares,
)

TARGET = ServiceTarget(
    service_level=0.8, answer_within_seconds=20.0, max_occupancy=None, shrinkage=0.0, patience_seconds=240.0
)
BOTH = frozenset({"a", "b"})


def forecast(calls, *, hours=24, aht=240.0, limits=0.0):
    index = pd.date_range("2026-12-01", periods=hours, freq="h", tz="Asia/Shanghai", name="interval_start")
    frame = pd.DataFrame({"calls": np.resize(np.asarray(calls, dtype=float), hours), "aht_seconds": aht}, index=index)
    for level in ("80", "95"):
        for side, sign in (("lower", -1), ("upper", 1)):
            frame[f"calls_{side}_{level}"] = frame["calls"] * (1 + sign * limits)
            frame[f"day_{side}_{level}_ratio"] = 1 + sign * limits
    frame["total_lower_80_ratio"], frame["total_upper_80_ratio"] = 1 - limits, 1 + limits
    return frame


def people_for(frame):
    return requirement(frame, TARGET, interval_minutes=60)["people_to_roster"]


def need_of(forecasts, crews):
    shared = [BOTH] if any(len(crew.serves) > 1 for crew in crews) else []
    needs = {queue: people_for(frame) for queue, frame in forecasts.items()}
    targets = dict.fromkeys(forecasts, TARGET)
    return shared_need(forecasts, needs, people_for, targets=targets, crews=crews, sets=shared)


TWO = {"a": forecast([20.0, 35.0, 50.0], hours=12), "b": forecast([40.0, 30.0], hours=12)}


def test_queues_together_have_their_calls_and_their_work():
    a, b = forecast([10.0, 0.0], aht=100.0, limits=0.1), forecast([30.0, 0.0], aht=200.0, limits=0.3)
    one = combined_forecast([a, b])
    assert list(one.columns) == list(a.columns)
    assert one["calls"].tolist() == [40.0, 0.0] * 12
    assert one["aht_seconds"].iloc[0] == pytest.approx((10 * 100 + 30 * 200) / 40)
    assert one["calls_upper_80"].iloc[0] == pytest.approx(11 + 39)
    assert one["day_lower_95_ratio"].iloc[0] == pytest.approx((10 * 0.9 + 30 * 0.7) / 40)


def test_people_of_one_queue_each_are_needed_as_two_plans_need_them():
    found = need_of(TWO, [Crew({"a": 1}, 1.0), Crew({"b": 1}, 1.0)])
    assert found.total.tolist() == (people_for(TWO["a"]) + people_for(TWO["b"])).tolist()
    assert found.sets == {}


def test_people_who_all_serve_both_are_needed_as_one_queue_needs_them():
    found = need_of(TWO, [Crew({"a": 1, "b": 1}, 1.0)])
    one = people_for(combined_forecast(list(TWO.values())))
    assert (found.total - one).abs().max() <= 1  # at most a thirty-second of what apart would take is left
    assert found.total.sum() <= one.sum() + 2
    assert found.total.sum() < found.alone.sum().sum()


def test_a_shared_crew_saves_part_of_it_and_no_queue_is_the_worse_for_it():
    crews = [Crew({"a": 1}, 1.0), Crew({"b": 1}, 1.0), Crew({"a": 1, "b": 1}, 1.0)]
    found = need_of(TWO, crews)
    apart, one = found.alone.sum().sum(), people_for(combined_forecast(list(TWO.values()))).sum()
    assert one < found.total.sum() < apart
    assert (found.total >= found.alone.max(axis=1)).all()
    assert found.sets[BOTH].tolist() == found.total.tolist()
    assert found.shares().sum(axis=1).tolist() == found.total.tolist()


def test_shares_are_whole_and_as_near_to_their_part_as_whole_numbers_are():
    random = np.random.default_rng(3)
    weights, totals = random.random((50, 3)), random.integers(0, 20, 50).astype(float)
    shares = whole_shares(weights, totals)
    assert shares.sum(axis=1).tolist() == totals.tolist()
    exact = weights / weights.sum(axis=1, keepdims=True) * totals[:, None]
    assert np.abs(shares - exact).max() < 1.0
    assert whole_shares(np.zeros((1, 2)), np.array([3.0])).tolist() == [[2.0, 1.0]]


def best_least_share(crews, there, wanted):
    """Enumerate every way to give each person one queue; return the best least share of what is wanted."""
    ways = [
        [split for split in product(range(n + 1), repeat=len(crew)) if sum(split) == n]
        for crew, n in zip(crews, there, strict=True)
    ]
    best = 0.0
    for way in product(*ways):
        given = dict.fromkeys(wanted, 0)
        for crew, split in zip(crews, way, strict=True):
            for queue, people in zip(sorted(crew), split, strict=True):
                given[queue] += people
        best = max(best, min(given[queue] / wanted[queue] for queue in wanted))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_people_are_divided_about_as_well_as_any_way_of_dividing_them(seed):
    random = np.random.default_rng(seed)
    crews = [frozenset("a"), frozenset("ab"), frozenset("bc"), frozenset("c")]
    there = random.integers(0, 5, 4)
    wanted = {queue: int(random.integers(1, 6)) for queue in "abc"}
    given = given_to_queues(crews, there[None].astype(float), np.array([list(wanted.values())], float), list("abc"))[0]
    assert given.sum() == there.sum()
    got = min((people + 1) / wanted[queue] for queue, people in zip("abc", given, strict=True))  # but for one person
    assert got >= best_least_share(crews, there, wanted) - 1e-9
    for queues in (frozenset("a"), frozenset("b"), frozenset("c"), frozenset("ab"), frozenset("bc"), frozenset("ac")):
        able = sum(n for crew, n in zip(crews, there, strict=True) if crew & queues)
        assert sum(p for q, p in zip("abc", given, strict=True) if q in queues) <= able + 1  # whole numbers: one over


def test_a_shared_month_played_is_one_queue_where_everybody_serves_everything():
    calls = {"a": forecast([60.0]), "b": forecast([30.0])}
    played = played_month(
        calls, np.full((24, 1), 8.0), targets=dict.fromkeys(calls, TARGET), crews=[Crew({"a": 1, "b": 1}, 1.0)],
        paths=120, seed=2,
    )  # fmt: skip
    one = combined_forecast(list(calls.values()))
    told = played_together(played, calls).promise(one, pd.Series(8, index=one.index), TARGET)
    alone = promise(one, pd.Series(8, index=one.index), TARGET, paths=120, seed=2)
    assert told.month["expected"] == pytest.approx(alone.month["expected"], abs=0.015)
    by_formula = service_level(
        8, offered_load_erlangs=6.0, aht_seconds=240.0, answer_within_seconds=20.0, patience_seconds=240.0
    )
    assert told.month["at_the_mean"] == pytest.approx(by_formula, abs=0.02)


def test_one_queue_by_itself_is_promised_what_its_own_plan_promises():
    # hours that rise steeply: played evenly within each, the same people would keep 3 points more
    calls = forecast([2.0] * 7 + [60.0, 140.0, 150.0, 120.0, 60.0] * 2 + [10.0] * 7, aht=200.0)
    people = pd.Series(np.ceil(calls["calls"] * 200 / 3600 * 1.08 + 1.0), index=calls.index)
    alone = promise(calls, people, TARGET, paths=60, seed=4)
    played = played_month(
        {"a": calls}, people.to_numpy()[:, None], targets={"a": TARGET}, crews=[Crew({"a": 1}, 1.0)], paths=60, seed=4
    )["a"].promise(calls, people, TARGET)
    assert played.month["expected"] == pytest.approx(alone.month["expected"], abs=0.01)


def test_a_caller_goes_to_who_is_at_the_best_level():
    # one person serves both queues; where that one is second choice for "a", queue "b" finds the person free
    calls = {"a": forecast([15.0], aht=120.0), "b": forecast([8.0], aht=120.0)}
    targets = dict.fromkeys(calls, TARGET)

    def level_of_b(own, lent):
        crews = [Crew({"a": lent, "b": 1}, 1.0), Crew({"a": own}, 1.0)]
        return played_month(calls, np.ones((24, 2)), targets=targets, crews=crews, paths=40)["b"].level_at_mean.mean()

    assert level_of_b(own=1, lent=2) > level_of_b(own=2, lent=1) + 0.05


def test_the_same_futures_come_to_all_queues():
    a, b = (draw_futures(forecast([50.0], limits=0.2), paths=50, seed=5) for _ in range(2))
    assert (a == b).all()
