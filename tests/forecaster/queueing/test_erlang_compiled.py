"""The compiled seat searches give the answers of the NumPy ones, of which exact arithmetic is the judge."""

import numpy as np
import pytest

from forecaster.queueing import erlang_compiled
from forecaster.queueing.erlang import DEFINITIONS
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement import seats
from forecaster.requirement.seats import seats_required

LOADS = np.concatenate(
    [np.random.default_rng(5).uniform(top / 50, top, 60) for top in (0.5, 10, 29, 40, 500, 2e4, 1e6)]
)
AHT = np.random.default_rng(6).uniform(30, 1200, len(LOADS))
TARGETS = [
    ServiceTarget(),
    ServiceTarget(service_level=0.99, answer_within_seconds=0.0, max_occupancy=None),
    ServiceTarget(service_level=None, max_occupancy=None, max_mean_wait_seconds=4.0),
    ServiceTarget(service_level=0.5, answer_within_seconds=300.0, max_mean_wait_seconds=30.0, max_occupancy=0.97),
    ServiceTarget(patience_seconds=90.0),
    ServiceTarget(service_level=0.3, answer_within_seconds=60.0, max_occupancy=None, patience_seconds=40.0),
    ServiceTarget(service_level=None, max_occupancy=None, patience_seconds=4000.0, max_abandonment=0.002),
    ServiceTarget(service_level=0.9, patience_seconds=500.0, max_mean_wait_seconds=2.0, max_abandonment=0.03),
    *(ServiceTarget(service_level=0.8, max_occupancy=None, patience_seconds=200.0, definition=d) for d in DEFINITIONS),
]


@pytest.mark.parametrize("target", TARGETS, ids=range(len(TARGETS)))
def test_machine_code_and_numpy_agree_on_every_seat(target, monkeypatch):
    assert erlang_compiled.EXPANSION.shape[0] > 0  # loaded, so the compiled search is the one that answers
    monkeypatch.setattr(seats, "seconds_until_compiled", lambda: 0.0)
    compiled = seats_required(LOADS, aht_seconds=AHT, target=target)
    monkeypatch.setattr(seats, "seconds_until_compiled", lambda: 1e9)
    assert (compiled == seats_required(LOADS, aht_seconds=AHT, target=target)).all()


def test_the_expansion_continues_the_recursion():
    # 1/B at the load by the recursion from zero, which is exact and slow
    for load in (30.0, 30.5, 47.99, 123.4, 1000.0, 54321.6):
        exact = 1.0
        for k in range(1, int(load) + 1):
            exact = 1.0 + k / load * exact
        assert erlang_compiled._inverse_b_at_load(load) == pytest.approx(exact, rel=2e-14)


def test_small_work_does_not_wait_for_a_compiler(monkeypatch):
    asked = []
    monkeypatch.setattr(seats, "_fewest_compiled", lambda load, *_: asked.append(len(load)))
    assert seats_required(10.0, aht_seconds=180.0, target=ServiceTarget()) == 14
    assert asked == [1]
