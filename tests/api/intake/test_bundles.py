"""Several files as one: a zip archive of months, told by the names its files have in it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from api.intake import InputError, read_histories
from api.intake.choosing_tables import known_to
from api.intake.headings import ColumnMapping
from api.intake.marked_copy import marked_copy


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
