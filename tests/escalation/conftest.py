"""The shipped ladders, as every test here takes them."""

from __future__ import annotations

import pytest

from tests.escalation.shipped import PROFILES, shipped_ladder, shipped_mapping


@pytest.fixture
def mapping():
    """What the recommended ladder's file says, to be changed."""
    return shipped_mapping("recommended")


@pytest.fixture(scope="session")
def ladders():
    """The ladders of the rulebook, by name."""
    return {name: shipped_ladder(name) for name in PROFILES}


@pytest.fixture(params=PROFILES)
def ladder(request, ladders):
    """Each of them in turn."""
    return ladders[request.param]


@pytest.fixture
def recommended(ladders):
    """The one that is recommended."""
    return ladders["recommended"]
