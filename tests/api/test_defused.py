"""What a spreadsheet would run as a formula is text in every file that goes out, and is itself again when read back."""

from __future__ import annotations

import csv

import openpyxl
import pandas as pd
import pytest

from api.defused import defused, restored, sheet_name
from api.intake import read_overrides, write_frame
from api.whole_files import whole_workbook

EVIL = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "=HYPERLINK(\"http://x\",\"y\")"]  # fmt: skip
PLAIN = ["1001", "-5", "+8613", "-0.5", "a=b", "'quoted", "", "2026-12-01", "夜班"]


@pytest.mark.parametrize("text", EVIL)
def test_a_formula_is_defused_and_restored(text):
    assert defused(text) == "'" + text
    assert restored(defused(text)) == text


@pytest.mark.parametrize("value", [*PLAIN, -7, 2.5, None])
def test_what_is_no_formula_stays_as_it_is(value):
    assert defused(value) == value
    if isinstance(value, str):
        assert restored(value) == value


def test_a_frame_goes_out_defused_with_its_instants_in_iso_8601_and_comes_back_as_it_was(tmp_path):
    at = pd.date_range("2026-12-01T09:00", periods=len(EVIL), freq="h", tz="Asia/Shanghai")
    frame = pd.DataFrame(
        {"start_at": at.astype(object), "end_at": at + pd.Timedelta(hours=1), "factor": -1.5, "reason": EVIL}
    ).assign(factor=1.5, made_by="=me")
    path = write_frame(frame, tmp_path / "overrides.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["reason"] for row in rows] == ["'" + text for text in EVIL]
    assert rows[0]["start_at"] == "2026-12-01T09:00:00+08:00"
    read = read_overrides(path)
    assert [one.reason for one in read] == [text.strip() for text in EVIL]
    assert {one.made_by for one in read} == {"=me"}


def test_whatever_groups_are_called_each_has_a_sheet_of_its_own(tmp_path):
    groups = ["VIP/投诉", "VIP:投诉", "[a]*?", "a", "A", "n" * 40, "n" * 50, "m" * 30 + "'s", "'quoted'"]
    names = []
    with whole_workbook(tmp_path / "book.xlsx") as book:
        for group in groups:
            names.append(sheet_name(group, names))
            book.add_worksheet(names[-1])
    assert openpyxl.load_workbook(tmp_path / "book.xlsx").sheetnames == names
    assert names[:5] == ["VIP 投诉", "VIP 投诉 (2)", "a", "a (2)", "A (3)"]


def test_text_in_a_workbook_is_text(tmp_path):
    path = tmp_path / "book.xlsx"
    with whole_workbook(path) as book:
        sheet = book.add_worksheet()
        for row, text in enumerate(EVIL):
            sheet.write(row, 0, text)
    cells = [cell.data_type for (cell,) in openpyxl.load_workbook(path).active.iter_rows()]
    assert cells == ["s"] * len(EVIL)
