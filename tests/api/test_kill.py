"""The service killed under load, with two processes on one database: nothing lost, nothing doubled, nothing moved."""

from __future__ import annotations

import pytest

from tests.benchmarks import kill_and_compare


@pytest.mark.slow
def test_killing_the_service_under_load_changes_nothing(database_url, tmp_path):
    counts = kill_and_compare.run(database_url, tmp_path, kills=3)
    assert counts["decisions"] > 5
    assert counts["readings"] > 100
