"""Several files as one history: a folder, or a zip archive, told by the names its files have in it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from api.intake import InputError, read_histories, read_history
from api.intake.choosing_tables import known_to
from api.intake.headings import ColumnMapping
from api.intake.marked_copy import marked_copy
from tests.api.intake.exports_of_systems import intervals, put, text

ZONE = "Asia/Shanghai"


def packed(path: Path, *, wrong: str = "5") -> Path:
    """Two months of ten days of six hours, five calls each; the fourth day's first number is `wrong` in both."""
    with zipfile.ZipFile(path, "w") as archive:
        for month in (3, 4):
            rows = [
                f"2026-{month:02d}-{day:02d},{hour}:00,{wrong if (day, hour) == (4, 8) else 5}"
                for day in range(1, 11) for hour in range(8, 14)
            ]  # fmt: skip
            archive.writestr(f"export/2026-{month:02d}.csv", "\n".join(["Date,Hour,Calls", *rows, ""]))
    return path


def test_the_files_of_an_archive_are_told_by_their_names_in_it(tmp_path: Path) -> None:
    read = read_histories(packed(tmp_path / "calls.zip"))
    assert [one.file for one in read.readings] == [str(tmp_path / f"calls.zip/2026-0{n}.csv") for n in (3, 4)]
    assert sum(history.frame["calls_offered"].sum() for history in read.histories.values()) == 2 * 10 * 6 * 5


def test_the_faults_of_all_files_of_an_archive_are_told_at_once_and_marked(tmp_path: Path) -> None:
    path = packed(tmp_path / "calls.zip", wrong="five")
    with pytest.raises(InputError) as caught:
        read_histories(path)
    places = [(Path(one.file).name, one.row, one.column, one.value) for one in caught.value.faults]
    assert places == [(f"2026-0{n}.csv", 1 + 3 * 6 + 1, "Calls", "five") for n in (3, 4)]
    copy = marked_copy(path, caught.value, knows=known_to(ColumnMapping()), language="en")
    book = openpyxl.load_workbook(io.BytesIO(copy))
    marked = {sheet.title: [cell.coordinate for row in sheet for cell in row if cell.comment] for sheet in book}
    assert marked == {"2026-03": ["C20"], "2026-04": ["C20"], "faults": []}


def test_files_of_an_archive_that_are_called_alike_are_all_read(tmp_path: Path) -> None:
    path = tmp_path / "calls.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, month in (("2 calls.csv", 3), ("x/calls.csv", 4), ("y/calls.csv", 5)):
            rows = "".join(f"2026-{month:02d}-{day:02d},8:00,5\n2026-{month:02d}-{day:02d},9:00,5\n" for day in (1, 2))
            archive.writestr(name, f"Date,Hour,Calls\n{rows}")
    (history,) = read_histories(path).histories.values()
    assert history.frame["calls_offered"].sum() == 3 * 2 * 2 * 5


@pytest.mark.parametrize("zipped", [False, True])
def test_monthly_files_that_overlap_are_one_history(zipped: bool, tmp_path: Path) -> None:
    hours = intervals(11)
    folder = tmp_path / "history"
    folder.mkdir()
    for name, part in (("2026-01 a.csv", hours[:90]), ("2026-01 b.csv", hours[84:])):
        rows = [
            ["Interval Start", "Calls"],
            *([f"{at:%Y-%m-%d %H:%M}", int(one.offered)] for at, one in part.iterrows()),
        ]
        put(folder / name, text(rows))
    path = folder
    if zipped:
        path = tmp_path / "history.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in folder.iterdir():
                archive.write(file, f"2026/{file.name}")
            archive.writestr("__MACOSX/._a.csv", "nothing")
    history = read_history(path, timezone=ZONE)
    found = history.frame["calls_offered"].reindex(hours.index.tz_localize(ZONE))
    np.testing.assert_array_equal(found, hours["offered"])


def test_a_file_a_queue_are_queues_of_their_own(tmp_path: Path) -> None:
    both = {name: intervals(n) for n, name in enumerate(("Sales", "Support"))}
    for name, frame in both.items():
        rows = [
            ["Interval Start", "Calls"],
            *([f"{at:%Y-%m-%d %H:%M}", int(one.offered)] for at, one in frame.iterrows()),
        ]
        put(tmp_path / f"{name}.csv", text(rows))
    found = read_histories(tmp_path, timezone=ZONE).histories
    assert set(found) == set(both)
    together = read_history(tmp_path, timezone=ZONE, queue="all")
    summed = sum(frame["offered"] for frame in both.values())
    np.testing.assert_array_equal(together.frame["calls_offered"].reindex(summed.index.tz_localize(ZONE)), summed)


def test_a_fault_in_one_of_several_files_names_it(tmp_path: Path) -> None:
    for name, cell in (("a.csv", "3"), ("b.csv", "many")):
        put(tmp_path / name, f"interval_start,calls\n2026-01-05 08:00,5\n2026-01-05 {9 + (name > 'b')}:00,{cell}\n")
    with pytest.raises(InputError, match=r"b\.csv, row 3.*'many'"):
        read_history(tmp_path, timezone=ZONE)


def test_an_empty_folder_and_a_torn_archive_are_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "torn.zip").write_bytes(b"PK\x03\x04torn")
    for name, words in (("empty", "holds no table"), ("torn.zip", "cannot be unpacked")):
        with pytest.raises(InputError, match=words):
            read_history(tmp_path / name, timezone=ZONE)


def test_an_archive_that_unpacks_to_too_much_or_too_many_is_refused_while_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.intake.bundles.MOST_UNPACKED_BYTES", 1_000_000)
    big, many = tmp_path / "big.zip", tmp_path / "many.zip"
    with zipfile.ZipFile(big, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"1,2\n" * 1_000_000)
    with zipfile.ZipFile(many, "w") as archive:
        for n in range(501):
            archive.writestr(f"{n}.csv", "a,b\n1,2\n")
    with pytest.raises(InputError, match="unpacks to more than"):
        read_history(big, timezone=ZONE)
    with pytest.raises(InputError, match="501 tables, more than 500"):
        read_history(many, timezone=ZONE)
