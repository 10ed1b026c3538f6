"""Activities as people write them."""

from datetime import date
from pathlib import Path

import pytest

from api.intake import InputError
from api.intake.activities import read_activities
from optimizer.desk.activities import Activity


@pytest.mark.parametrize(
    "text",
    [
        "activity,minutes,who,together,from,by,between\ntalk,45,team:A;1001,yes,2026-12-03,2026-12-20,9-12\nquiz,30,,,,,\n",
        "活动,时长,人员,一起,首日,截止日期,时段\ntalk,45分钟,team:A、1001,是,2026年12月3日,2026/12/20,9:00–12:00\nquiz,30,,,,,\n",
    ],
)
def test_activities_are_read_in_both_languages(tmp_path: Path, text: str) -> None:
    (path := tmp_path / "activities.csv").write_text(text, encoding="utf-8")
    assert read_activities(path) == [
        Activity("talk", 45, ("team:A", "1001"), True, date(2026, 12, 3), date(2026, 12, 20), 540, 720),
        Activity("quiz", 30, ("all",)),
    ]


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    rows = "talk,soon,,,,\nquiz,30,maybe,,,\nteam,30,,2026-12-09,2026-12-03,\nmeet,30,,,,12-9\n"
    (path := tmp_path / "a.csv").write_text("activity,minutes,together,from,by,between\n" + rows, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_activities(path)
    found = [(fault.row, fault.column) for fault in caught.value.faults]
    assert found == [(2, "minutes"), (3, "together"), (4, "last_on"), (5, "between")]
