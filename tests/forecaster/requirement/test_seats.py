"""Seats against a plain search from zero over exact formulas; bearable calls against the requirement they invert."""

from fractions import Fraction

import mpmath as mp
import numpy as np
import pandas as pd
import pytest

from forecaster.queueing import erlang
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.seats import calls_bearable, people_to_roster, requirement, seats_required

EIGHTY_TWENTY = ServiceTarget(service_level=0.8, answer_within_seconds=20.0, max_occupancy=None, shrinkage=0.0)


def fewest_by_exact_search(load: Fraction, aht: int, level: Fraction, within: int) -> int:
    """Walk up from the first stable number of seats, Erlang C in fractions, the exponential with 30 digits."""
    seats = int(load) + 1
    while True:
        term = total = Fraction(1)
        for k in range(1, seats + 1):
            term = term * load / k
            total += term
        b = term / total
        c = b / (1 - load / seats * (1 - b))
        with mp.workdps(30):
            late = (
                mp.mpf(c.numerator)
                / c.denominator
                * mp.e ** (-(seats - mp.mpf(load.numerator) / load.denominator) * within / aht)
            )
            if late <= mp.mpf((1 - level).numerator) / (1 - level).denominator:
                return seats
        seats += 1


@pytest.mark.parametrize("calls", [1, 7, 60, 200, 611, 1000])
@pytest.mark.parametrize("aht", [30, 180, 545])
def test_seats_are_the_true_minimum(calls, aht):
    for level, within in ((Fraction(1, 2), 0), (Fraction(4, 5), 20), (Fraction(99, 100), 10)):
        exact = fewest_by_exact_search(Fraction(calls * aht, 3600), aht, level, within)
        target = ServiceTarget(service_level=float(level), answer_within_seconds=float(within), max_occupancy=None)
        assert seats_required(calls * aht / 3600, aht_seconds=float(aht), target=target) == exact


def test_a_tie_at_the_target_counts_as_met():
    # one seat with load 3/10 and no threshold: exactly 70 % do not wait
    target = ServiceTarget(service_level=0.7, answer_within_seconds=0.0, max_occupancy=None)
    assert seats_required(0.3, aht_seconds=180.0, target=target) == 1


def test_patience_lets_seats_lie_below_the_load():
    target = ServiceTarget(service_level=0.5, answer_within_seconds=60.0, max_occupancy=None, patience_seconds=60.0)
    seats = seats_required(200.0, aht_seconds=180.0, target=target)
    queue = {
        "offered_load_erlangs": 200.0,
        "aht_seconds": 180.0,
        "answer_within_seconds": 60.0,
        "patience_seconds": 60.0,
    }
    levels = [erlang.service_level(n, **queue) for n in range(201)]
    assert seats == next(n for n, level in enumerate(levels) if level >= 0.5)
    assert seats < 200


@pytest.mark.parametrize(
    "limits",
    [
        {"service_level": None, "max_mean_wait_seconds": 12.0},
        {"service_level": None, "max_abandonment": 0.03, "patience_seconds": 150.0},
        {"service_level": None, "max_occupancy": 0.8},
        {"service_level": 0.9, "max_occupancy": 0.85, "max_mean_wait_seconds": 3.0},
        {"service_level": 0.8, "max_abandonment": 0.01, "patience_seconds": 90.0, "max_occupancy": 0.95},
    ],
)
def test_seats_meet_every_limit_and_one_fewer_does_not(limits):
    target = ServiceTarget(**({"max_occupancy": None} | limits))
    load = np.array([0.01, 0.7, 5.0, 48.0, 333.3])
    seats = seats_required(load, aht_seconds=200.0, target=target)

    def meets(n):
        patience = {"patience_seconds": target.patience_seconds}
        queue = {"offered_load_erlangs": load, "aht_seconds": 200.0} | patience
        ok = np.ones(len(load), dtype=bool)
        if target.service_level is not None:
            ok &= erlang.service_level(n, answer_within_seconds=15.0, **queue) >= target.service_level
        if target.max_mean_wait_seconds is not None:
            ok &= erlang.mean_wait_seconds(n, **queue) <= target.max_mean_wait_seconds
        if target.max_occupancy is not None:
            ok &= erlang.occupancy(n, **queue) <= target.max_occupancy + 1e-12
        if target.max_abandonment is not None:
            ok &= erlang.abandonment(n, **queue) <= target.max_abandonment
        return ok

    assert meets(seats).all()
    assert not meets(np.maximum(seats - 1.0, 0.0))[seats > 0].any()


def test_an_occupancy_cap_met_exactly_costs_no_extra_seat():
    target = ServiceTarget(service_level=None, max_occupancy=0.85)
    load = np.arange(1, 200) * 0.85
    assert (seats_required(load, aht_seconds=180.0, target=target) == np.arange(1, 200)).all()


def test_the_fractional_requirement_rounds_up_to_the_whole_one():
    load = np.random.default_rng(3).uniform(0.05, 400, 300)
    for target in (EIGHTY_TWENTY, ServiceTarget(patience_seconds=120.0)):
        fraction = seats_required(load, aht_seconds=180.0, target=target, whole=False)
        whole = seats_required(load, aht_seconds=180.0, target=target)
        assert (np.ceil(fraction - 1e-9) == whole).all()
        assert np.ptp(whole - fraction) > 0.5


def test_the_fractional_requirement_of_one_interval_is_where_the_level_is_met():
    fraction = seats_required(10.0, aht_seconds=180.0, target=EIGHTY_TWENTY, whole=False)
    level = erlang.service_level(fraction, offered_load_erlangs=10.0, aht_seconds=180.0, answer_within_seconds=20.0)
    assert level == pytest.approx(0.8, abs=1e-12)


@pytest.mark.parametrize("shrinkage", ["0", "0.05", "0.1", "0.3", "0.35", "0.9"])
def test_shrinkage_divides_without_float_surprise(shrinkage):
    seats = np.arange(0, 500)
    exact = [-(-n // (1 - Fraction(shrinkage))) for n in seats.tolist()]
    assert people_to_roster(seats, shrinkage=float(shrinkage)).tolist() == exact


@pytest.mark.parametrize(
    "target",
    [
        EIGHTY_TWENTY,
        ServiceTarget(),
        ServiceTarget(patience_seconds=100.0, max_abandonment=0.05),
        ServiceTarget(service_level=None, max_mean_wait_seconds=20.0),
    ],
)
def test_bearable_calls_need_exactly_those_seats_and_a_few_more_need_another(target):
    seats = np.array([1, 2, 5, 17, 60, 300])
    calls = calls_bearable(seats, aht_seconds=200.0, interval_minutes=30, target=target)
    load = calls * 200.0 / 1800.0
    assert (seats_required(load * (1 - 1e-9), aht_seconds=200.0, target=target) == seats).all()
    assert (seats_required(load * (1 + 1e-8), aht_seconds=200.0, target=target) == seats + 1).all()


def test_no_seats_bear_no_calls_even_without_an_aht():
    calls = calls_bearable([0, 4], aht_seconds=[np.nan, 180.0], interval_minutes=60, target=EIGHTY_TWENTY)
    assert calls[0] == 0.0
    assert calls[1] > 0.0


def forecast(calls, aht):
    index = pd.date_range("2026-12-01", periods=len(calls), freq="h", tz="Asia/Shanghai", name="interval_start")
    return pd.DataFrame({"calls": calls, "aht_seconds": aht}, index=index)


def test_the_requirement_frame_keeps_the_intervals_and_promises_the_service():
    frame = requirement(forecast([0.0, 12.0, 200.0], [np.nan, 180.0, 180.0]), ServiceTarget(), interval_minutes=60)
    assert list(frame.columns) == [
        "calls",
        "aht_seconds",
        "offered_load_erlangs",
        "seats_required",
        "people_to_roster",
        "service_level",
        "mean_wait_seconds",
        "occupancy",
    ]
    assert frame["offered_load_erlangs"].tolist() == pytest.approx([0.0, 0.6, 10.0])
    assert frame["seats_required"].iloc[0] == 0
    assert frame["seats_required"].iloc[2] == fewest_by_exact_search(Fraction(10), 180, Fraction(85, 100), 15)
    assert (frame["service_level"] >= 0.85).all()
    assert (frame["occupancy"] <= 0.9).all()
    assert (frame["people_to_roster"] >= frame["seats_required"]).all()


def test_a_minimum_holds_where_there_are_calls():
    frame = requirement(forecast([0.0, 0.1], [180.0, 180.0]), ServiceTarget(minimum_seats=3), interval_minutes=60)
    assert frame["seats_required"].tolist() == [0, 3]


def test_bad_forecasts_name_column_value_and_interval():
    with pytest.raises(ValueError, match=r"calls .* got -3 in row 2026-12-01 01:00:00\+08:00"):
        requirement(forecast([1.0, -3.0], 180.0), ServiceTarget(), interval_minutes=60)
    with pytest.raises(ValueError, match=r"aht_seconds .* got 0 in row 2026-12-01 00:00:00\+08:00"):
        requirement(forecast([1.0, 3.0], [0.0, 180.0]), ServiceTarget(), interval_minutes=60)
    with pytest.raises(ValueError, match="no column aht_seconds"):
        requirement(forecast([1.0], 180.0).drop(columns="aht_seconds"), ServiceTarget(), interval_minutes=60)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"service_level": 1.2}, "service_level .* got 1.2"),
        ({"service_level": float("nan")}, "service_level .* got nan"),
        ({"answer_within_seconds": -1.0}, "answer_within_seconds .* got -1"),
        ({"patience_seconds": 0.0}, "patience_seconds .* got 0"),
        ({"shrinkage": 1.0}, "shrinkage .* got 1"),
        ({"max_abandonment": 0.1}, "max_abandonment 0.1 needs patience_seconds"),
        ({"service_level": None, "max_occupancy": None}, "no limit"),
    ],
)
def test_targets_that_make_no_sense_are_refused(limits, message):
    with pytest.raises(ValueError, match=message):
        ServiceTarget(**limits)
