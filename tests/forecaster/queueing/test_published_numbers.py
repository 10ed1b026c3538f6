"""The formulas against numbers that others have published, each to the digits given."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from forecaster.queueing import erlang

FILE = Path(__file__).resolve().parents[3] / "data" / "published" / "erlang.csv"
ROWS = pd.read_csv(FILE, dtype={"value": str}).to_dict("records")


def measured(row: dict, seats: int, measure: str) -> float:
    given = {"offered_load_erlangs": row["offered_load_erlangs"]}
    if measure in ("service_level", "waiting_probability"):
        given["aht_seconds"] = row["aht_seconds"]
    if measure == "service_level":
        given["answer_within_seconds"] = row["answer_within_seconds"]
    return float(getattr(erlang, measure)(seats, **given))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['formula']}, {row['seats']} seats, {row['measure']}")
def test_a_published_number_comes_out(row: dict) -> None:
    seats, value = row["seats"], float(row["value"])
    assert row["source"]
    name, _, limit = row["measure"].partition("_at_")
    one, other = measured(row, seats, name), measured(row, seats - 1, name)
    if limit == "most":
        assert one <= value < other
    elif limit == "least":
        assert one >= value > other
    else:
        assert one == pytest.approx(value, abs=0.5 * 10 ** -len(row["value"].partition(".")[2]))
