"""What a roster has to cover."""

from pathlib import Path

import pytest

from api.intake import InputError, read_seats


def test_seats_by_interval_are_enough_and_a_skill_and_people_to_roster_are_kept(tmp_path: Path) -> None:
    (path := tmp_path / "seats.csv").write_text(
        "interval_start,seats_required,people_to_roster,seats_required.tech,remark\n"
        "2026-12-01T00:00:00+08:00,3,4,1,x\n2026-12-01T01:00:00+08:00,2,2,0,y\n",
        encoding="utf-8",
    )
    read = read_seats(path)
    assert read.to_dict("list") == {
        "seats_required": [3, 2], "people_to_roster": [4, 2], "seats_required.tech": [1.0, 0.0],
    }  # fmt: skip
    path.write_text("interval_start,seats_required\n2026-12-01T00:00:00+08:00,3\n", encoding="utf-8")
    assert list(read_seats(path)) == ["seats_required"]
    path.write_text("interval_start,seats\n2026-12-01T00:00:00+08:00,3\n", encoding="utf-8")
    with pytest.raises(InputError, match="seats_required"):
        read_seats(path)
