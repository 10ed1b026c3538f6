"""The copy of a refused file: the file as it stands, every fault marked where it is, and read again once corrected."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from api.intake import InputError, read_histories
from api.intake.columns import knows
from api.intake.marked_copy import marked_copy

ROWS = [
    ["Date", "Time", "Calls Offered"],
    *([f"2026-01-0{1 + n // 24}", f"{n % 24:02d}:00", str(n)] for n in range(72)),
]
WRONG = {(5, 2): "many", (40, 2): "-3", (60, 1): "noon-ish"}  # row and column from 0


def written(path: Path) -> Path:
    cells = [list(row) for row in ROWS]
    for (row, column), text in WRONG.items():
        cells[row][column] = text
    path.write_text("\n".join(map(",".join, cells)), encoding="utf-8")
    return path


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as error:
        read_histories(path)
    return error.value


@pytest.fixture
def copy(tmp_path: Path) -> openpyxl.Workbook:
    path = written(tmp_path / "calls.csv")
    return openpyxl.load_workbook(io.BytesIO(marked_copy(path, refused(path), knows=knows, language="en")))


def test_every_fault_is_marked_in_its_cell_and_no_other(copy: openpyxl.Workbook) -> None:
    marked = {
        (cell.row - 1, cell.column - 1): cell.value
        for row in copy.worksheets[0].iter_rows()
        for cell in row
        if cell.comment is not None
    }
    assert marked == WRONG
    coloured = [cell for row in copy.worksheets[0].iter_rows() for cell in row if cell.fill.fill_type == "solid"]
    assert len(coloured) == len(WRONG)


def test_the_last_sheet_lists_the_faults_with_the_way_out(copy: openpyxl.Workbook) -> None:
    head, *rows = copy.worksheets[-1].iter_rows(values_only=True)
    assert head[:3] == ("row", "column", "value")
    assert {(int(row[0]), row[1], row[2]) for row in rows} == {
        (at + 1, ROWS[0][column], text) for (at, column), text in WRONG.items()
    }
    assert all(row[3] for row in rows)


def test_the_copy_corrected_where_it_is_marked_is_read(copy: openpyxl.Workbook, tmp_path: Path) -> None:
    for row, column in WRONG:
        copy.worksheets[0].cell(row + 1, column + 1).value = ROWS[row][column]
    copy.save(tmp_path / "corrected.xlsx")
    history = read_histories(tmp_path / "corrected.xlsx").histories["hotline"]
    assert list(history.frame["calls_offered"]) == list(range(72))


def test_a_cell_that_looks_like_a_formula_stays_a_text(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(
        "Date,Time,Calls Offered\n2026-01-01,08:00,=cmd|' /C calc'!A0\n2026-01-01,09:00,3\n", encoding="utf-8"
    )
    copy = openpyxl.load_workbook(io.BytesIO(marked_copy(path, refused(path), knows=knows, language="zh")))
    assert all(cell.data_type != "f" for sheet in copy for row in sheet.iter_rows() for cell in row)
