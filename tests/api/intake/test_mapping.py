"""A mapping written for a file reads it, is corrected by its headings, and makes a queue of each column it names."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.intake import InputError, mapping_draft, read_histories, read_history
from tests.api.intake.exports_of_systems import calls, counted, intervals, put, text
from tests.api.intake.test_exports import EXPORTS, ZONE

READ = sorted(EXPORTS)


def local(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis(pd.DatetimeIndex(frame.index).tz_localize(None))


@pytest.mark.parametrize("name", READ)
def test_a_written_mapping_changes_nothing_of_what_is_read(name: str, tmp_path: Path) -> None:
    path, truth = EXPORTS[name](tmp_path)
    mapping = tomllib.loads(mapping_draft(path))
    if truth is None:
        return
    alone = read_histories(path, timezone=ZONE).histories
    mapped = read_histories(path, timezone=ZONE, mapping=mapping).histories
    assert alone.keys() == mapped.keys()
    for queue, history in alone.items():
        pd.testing.assert_frame_equal(history.frame, mapped[queue].frame, check_like=True)


def test_headings_of_an_unknown_language_are_guessed_from_the_numbers(tmp_path: Path) -> None:
    hours = intervals(5)
    rows = [["Eguna", "Ordua", "Deiak", "Erantzundakoak", "Iraupena"]]
    rows += [[f"{at:%d.%m.%Y}", f"{at:%H:%M}", *map(int, one)] for at, one in hours.iterrows()]
    path = put(tmp_path / "deiak.csv", text(rows, ";"))
    with pytest.raises(InputError):
        read_history(path, timezone=ZONE)
    # The handle time is larger than the calls: the guess has to be corrected, by its heading, in one line.
    draft = mapping_draft(path)
    assert 'calls_offered = "Iraupena"' in draft
    assert "a guess" in draft
    assert '# ? = "Deiak"' in draft
    corrected = draft.replace('calls_offered = "Iraupena"', 'aht_seconds = "Iraupena"').replace(
        '# ? = "Deiak', 'calls_offered = "Deiak'
    )
    history = read_history(path, timezone=ZONE, mapping=tomllib.loads(corrected))
    frame = local(history.frame).reindex(hours.index)
    np.testing.assert_array_equal(frame["calls_offered"], hours["offered"])
    np.testing.assert_array_equal(frame["aht_seconds"], hours["aht"])


def test_outcomes_that_are_not_known_are_listed_and_can_be_sorted(tmp_path: Path) -> None:
    made = calls(9)
    rows = [["Call Time", "Status"], *([f"{c.at}", "resolved ok" if c.answered else "gone"] for c in made)]
    path = put(tmp_path / "log.csv", text(rows))
    draft = mapping_draft(path)
    assert "resolved ok" in draft
    sorted_out = draft.replace("# abandoned = []", 'abandoned = ["gone"]').replace("# no_call", "no_call")
    lines = [
        ('answered = ["resolved ok"]' if line.startswith("# answered") else line) for line in sorted_out.splitlines()
    ]
    mapping = {**tomllib.loads("\n".join(lines)), "columns": {"arrival_at": "Call Time", "outcome": "Status"}}
    wanted = counted(made, talk=False)[""]
    frame = local(read_history(path, timezone=ZONE, mapping=mapping).frame).reindex(wanted.index)
    np.testing.assert_array_equal(frame["calls_answered"], wanted["answered"])


def test_columns_named_together_are_a_queue_each(tmp_path: Path) -> None:
    at = pd.date_range("2026-01-05", periods=48, freq="h")
    path = tmp_path / "own.csv"
    pd.DataFrame({"Day": at.strftime("%Y-%m-%d"), "Time": at.strftime("%H%M"), "Sales": 3, "Care": range(48)}).to_csv(
        path, index=False
    )
    with pytest.raises(InputError, match="where each queue has a column"):
        read_histories(path)
    found = read_histories(path, mapping={"columns": {"calls_offered": ["Sales", "care"]}}).histories
    assert {name: one.frame["calls_offered"].sum() for name, one in found.items()} == {"Sales": 144, "Care": 1128}
    for wrong, value in (("Car", "'Car'"), (7, "'7'")):
        with pytest.raises(InputError, match=value):
            read_histories(path, mapping={"columns": {"calls_offered": ["Sales", wrong]}})
    with pytest.raises(InputError, match="both 'Sales' and 'Care' could be aht_seconds"):
        read_histories(path, mapping={"columns": {"aht_seconds": ["Sales", "Care"]}})
