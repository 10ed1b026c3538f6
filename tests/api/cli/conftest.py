"""What several tests of the command line begin with."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from forecaster.history.intervals import month_intervals


@pytest.fixture
def requirement_file(tmp_path: Path) -> Path:
    """A requirement of one seat round the clock in November 2026."""
    index = month_intervals(pd.Period("2026-11"), "Asia/Shanghai")
    frame = pd.DataFrame(
        {"calls": 5.0, "aht_seconds": 180.0, "offered_load_erlangs": 0.25, "seats_required": 1, "people_to_roster": 1},
        index=index,
    ).assign(service_level=0.9, mean_wait_seconds=5.0, occupancy=0.25)
    path = tmp_path / "requirement.csv"
    frame.to_csv(path)
    return path
