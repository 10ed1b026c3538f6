"""Files as systems and planners make them are read to the truth they tell, or refused where they tell none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.intake import InputError, read_histories, text_files
from tests.api.intake import exports_of_calls, exports_of_others, exports_of_planners
from tests.api.intake.exports_of_systems import EXPORTS, Truth

WRITERS = (exports_of_calls, exports_of_planners, exports_of_others)  # their files are among EXPORTS
ZONE = "Asia/Shanghai"
COLUMNS = {"offered": "calls_offered", "answered": "calls_answered", "aht": "aht_seconds"}
NEEDED = ("offered", "answered")  # what may not be left out where the file tells it; handle times may not be wrong


def differences(truth: Truth, path: Path) -> list[str]:
    """What is read otherwise than the file tells it."""
    found = read_histories(path, timezone=ZONE).histories
    if set(found) != set(truth) and not (len(found) == 1 and set(truth) == {""}):
        return [f"queues {[*found]}, not {[*truth]}"]
    said = []
    for name, wanted in truth.items():
        frame = (found.get(name) or next(iter(found.values()))).frame
        frame = frame.set_axis(pd.DatetimeIndex(frame.index).tz_localize(None))
        for short, column in COLUMNS.items():
            if short not in wanted or (column not in frame and short not in NEEDED):
                continue
            if column not in frame:
                said.append(f"{name} {column} is not read")
                continue
            got = frame[column].reindex(wanted.index).to_numpy()
            told = wanted[short].to_numpy(dtype=float)
            there = ~np.isnan(told)
            if not np.allclose(got[there], told[there], rtol=1e-3, atol=0.01):
                said.append(f"{name} {column}: {got[:4]}, not {told[:4]}")
        if frame["calls_offered"].drop(index=wanted.index, errors="ignore").fillna(0).any():
            said.append(f"{name}: calls where the file has none")
    return said


def test_all_files_are_tried() -> None:
    assert len(EXPORTS) == 145 == len(set(EXPORTS.values()))
    assert all(any(write.__module__ == one.__name__ for write in EXPORTS.values()) for one in WRITERS)


@pytest.mark.parametrize("name", EXPORTS)
def test_a_file_of_a_system_reads_to_its_truth(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, truth = EXPORTS[name](tmp_path)
    if truth is None:
        with pytest.raises(InputError):
            read_histories(path, timezone=ZONE)
        return
    assert differences(truth, path) == []
    monkeypatch.setattr(text_files, "DENSE_BYTES", 0)  # columns of ever new texts, as a large file has them
    assert differences(truth, path) == []
