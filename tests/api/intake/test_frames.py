"""Tables of huawu's own, read back, and refused by their row."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from api.intake import InputError, read_day_changes, read_overrides
from api.intake.frames import DAY_CHANGE_NUMBERS, DAY_CHANGES


def test_the_hours_of_who_is_sent_home_are_read_back(tmp_path):
    told = dict.fromkeys(DAY_CHANGES, "") | dict.fromkeys(DAY_CHANGE_NUMBERS, 0)
    told |= {"kind": "sent_home", "hours": -1.0, "taken": True, "start_at": "2026-11-10T16:00+08:00"}
    pd.DataFrame([told | {"end_at": "2026-11-10T17:00+08:00"}]).to_csv(tmp_path / "day_changes.csv", index=False)
    read = read_day_changes(tmp_path / "day_changes.csv", timezone="Asia/Shanghai")
    assert read[["kind", "hours", "taken"]].to_numpy().tolist() == [["sent_home", -1.0, True]]


@pytest.mark.parametrize(
    ("row", "named"),
    [("2026-05-11,2026-05-10,1.5,why", "end_at"), ("2026-05-11,2026-05-12,-1,why", "factor"), (",,1,why", "start_at")],
)
def test_an_override_that_cannot_be_read_is_refused_by_its_row(tmp_path: Path, row: str, named: str) -> None:
    path = tmp_path / "overrides.csv"
    path.write_text(f"start_at,end_at,factor,reason\n2026-05-01,2026-05-02,1,ok\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError, match=named) as refused:
        read_overrides(path)
    assert "overrides.csv" in str(refused.value)
