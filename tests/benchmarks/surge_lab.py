"""What a ladder is worth: a real bank's surge rebuilt call by call, and simulated surges that answer to the orders.

python -m tests.benchmarks.surge_lab
"""

from __future__ import annotations

import os
import sys
import tomllib
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from escalation.floor import Floor
from escalation.lab import compare_over_surge, readings_from_calls, tally_readings
from escalation.ladder import Ladder, ladder_from_mapping

ROOT = Path(__file__).resolve().parents[2]
EVERYONE = Floor(available={"expert": 3, "outbound": 3, "qa": 3, "back_office": 3})


def ladders() -> dict[str, Ladder]:
    """Return the shipped ladders."""
    folder = ROOT / "data" / "config"
    return {
        name: ladder_from_mapping(tomllib.loads((folder / f"ladder-{name}.toml").read_text(encoding="utf-8")))
        for name in ("recommended", "literal")
    }


def main() -> None:
    """Print both comparisons."""
    shared = Path(os.environ.get("HUAWU_SHARED", ROOT.parent / "shared")) / "data" / "calls"
    path = shared / "technion_bank_1999_calls.csv.gz"
    if path.is_file():
        log = pd.read_csv(path, parse_dates=["arrival"])
        log = log[log["queued"] == 1]
        local = log["arrival"].dt.tz_localize("Asia/Jerusalem", ambiguous="NaT", nonexistent="NaT")
        entered = (local + pd.to_timedelta(log["vru_s"], unit="s")).dropna()
        left = entered + pd.to_timedelta(log.loc[entered.index, "wait_s"], unit="s")
        readings = readings_from_calls(pd.DataFrame({"entered_at": entered, "left_at": left}))
        print(f"Technion: {len(entered)} queued calls of 1999, {len(readings)} readings every 20 s")
        rows = {name: asdict(tally_readings(readings, one, floor=EVERYONE)) for name, one in ladders().items()}
        print(pd.DataFrame.from_dict(rows, orient="index").drop(columns="out_since").round(1).to_string())
    else:
        print("Technion's calls are not here", file=sys.stderr)
    compared = compare_over_surge(
        {"none": None, **ladders()},
        [120.0, 260.0, 260.0, 120.0, 60.0],
        seats=[14] * 5,
        aht_seconds=180.0,
        patience_seconds=240.0,
        interval_minutes=30,
        floor=EVERYONE,
        replications=100,
        seed=1,
    )
    print("Simulated: 14 seats, AHT 180 s, patience 240 s, two half hours at 186 % of what the seats carry; 100 runs")
    print(compared.round(3).to_string())


if __name__ == "__main__":
    main()
