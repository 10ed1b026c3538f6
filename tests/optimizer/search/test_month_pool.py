"""The months that a search keeps of each person."""

import numpy as np
import pytest

from optimizer.law.limits import Limits
from optimizer.search import month_pool
from optimizer.search.month_pool import MonthPool
from tests.optimizer.search.test_annealing import DAYS, search_of

M, OFF = 0, -1


@pytest.fixture
def pool(monkeypatch):
    monkeypatch.setattr(month_pool, "_KEPT", 3)
    return MonthPool(search_of(Limits()).month)


def months_of(*days_on):
    """A month each with the shift M on these days."""
    return np.array([[M if d in days else OFF for d in range(DAYS)] for days in days_on], dtype=np.int16)


def kept(pool, p):
    return {tuple(np.flatnonzero(tour >= 0).tolist()) for tour in pool.pool.months[p, : pool.pool.size[p]]}


def test_the_latest_months_of_each_person_are_kept(pool):
    for day in range(5):
        pool.put(np.array([2, 7]), months_of({day}, {day, day + 1}))
    assert kept(pool, 2) == {(2,), (3,), (4,)}
    assert kept(pool, 7) == {(2, 3), (3, 4), (4, 5)}
    assert kept(pool, 0) == set()


def test_a_month_that_is_known_takes_no_place_of_another(pool):
    for day in (0, 1, 2, 2, 2):
        pool.put(np.array([4]), months_of({day}))
    assert kept(pool, 4) == {(0,), (1,), (2,)}
    assert pool.pool.size[4] == 3


def test_a_month_that_is_not_lawful_is_not_kept(pool):
    pool.put(np.array([1, 3]), months_of(set(range(DAYS)), {1}))
    assert kept(pool, 1) == set()
    assert kept(pool, 3) == {(1,)}
