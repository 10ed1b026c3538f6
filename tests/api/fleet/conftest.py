"""A small fleet: three queues of two centres, each with its own history and people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

QUEUES = (("north", "broadband", 1.0), ("south", "billing", 1.6), ("south", "roaming", 0.6))


def write_fleet(folder: Path) -> Path:
    """Write the fleet's files and return its list."""
    folder.mkdir(parents=True, exist_ok=True)
    index = pd.date_range("2026-05-01", "2026-08-31", freq="h", inclusive="left")
    hour, rng = index.hour.to_numpy(), np.random.default_rng(5)
    open_now = (hour >= 8) & (hour < 20)
    lines = ['month = "2026-09"', "seed = 3", "time_limit_seconds = 1", "[defaults]", 'country = "CN"']
    for centre, name, size in QUEUES:
        calls = rng.poisson(np.where(open_now, 14.0 * size, 0.2))
        history = pd.DataFrame({"interval_start": index.strftime("%Y-%m-%d %H:%M"), "calls_offered": calls})
        history.assign(aht_seconds=180).to_csv(folder / f"{name}.csv", index=False)
        badges = [f"{name[0].upper()}{number:02d}" for number in range(8)]
        people = pd.DataFrame({"badge": badges, "role": "inbound", "contract_hours": 40})
        people.to_csv(folder / f"{name}_people.csv", index=False)
        lines += ["[[queue]]", f'name = "{name}"', f'centre = "{centre}"', f'history = "{name}.csv"']
        lines += [f'people = "{name}_people.csv"']
    listing = folder / "FLEET.toml"
    listing.write_text("\n".join(lines), encoding="utf-8")
    return listing


@pytest.fixture
def listing(tmp_path: Path) -> Path:
    return write_fleet(tmp_path / "fleet")
