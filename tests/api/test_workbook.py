"""The workbook opened by a second program, computed anew, and read back."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from api.reports.five_tables import FiveTables, Frozen, TablesOf, five_tables
from api.reports.key_figures import COVER_FIGURES
from api.reports.labels import LABELS
from api.reports.table_kinds import FORECAST_AND_BEARABLE, HANDLED_AND_PLANNED
from api.reports.workbook import HEAD_ROW, write_workbook
from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from forecaster.history.observed import History
from forecaster.queueing.service_target import ServiceTarget


def small_tables(*, month: str, zone: str, minutes: int = 60, complete: bool = True) -> FiveTables:
    """Return tables of simple numbers: nothing of how they come about is tested here."""

    def plan(of: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        grid = month_intervals(pd.Period(of), zone, interval_minutes=minutes)
        calls = pd.Series(20.0 + 7.3 * (grid.hour % 9) + grid.day, index=grid)
        band = {"day_lower_80_ratio": 0.95, "day_upper_80_ratio": 1.05}
        forecast = pd.DataFrame({"calls": calls, "aht_seconds": 180.0, **band})
        seats = (calls / 15 + grid.day % 3).round()
        need = (calls / 13).round()
        columns = {"seats_required": need, "seats_rostered": seats, "shortage": (need - seats).clip(lower=0)}
        return forecast, pd.DataFrame(columns)

    before = pd.Period(month) - 1
    grid = month_intervals(before, zone, interval_minutes=minutes)
    seen = pd.DataFrame({"calls_offered": 25.0 + grid.hour * 2 + grid.day % 5}, index=grid)
    if complete:
        seen["calls_answered"] = (seen["calls_offered"] * 0.9).round()
        seen["seats_signed_in"] = 4.0 + grid.hour % 3
    seen.iloc[30:60] = float("nan")
    forecast, coverage = plan(month)
    return five_tables(
        TablesOf("热线 & <hotline>", pd.Period(month), zone, minutes, ServiceTarget()),
        Frozen(forecast, coverage),
        history=History("hotline", zone, minutes, seen),
        last=Frozen(*plan(str(before)), "v1", "2026-02-25") if complete else None,
        calendar=Calendar(),
        calls_per_seat_hour=15.5 if complete else None,
    )


def columns_of(sheet) -> dict[str, int]:
    labels = {**LABELS, **{name: label for kind in KINDS for name, label in kind.labels.items()}}
    heads = {f"{label.zh}\n{label.en}": name for name, label in labels.items()}
    cells = next(sheet.iter_rows(min_row=HEAD_ROW + 1, max_row=HEAD_ROW + 1, values_only=True))
    return {heads.get(str(cell), str(cell)): i for i, cell in enumerate(cells) if cell is not None}


KINDS = (FORECAST_AND_BEARABLE, HANDLED_AND_PLANNED)  # those with columns of their own
SHEETS = {1: "1 座席 Seats", 2: "2 预测 Forecast", 3: "3 实际 Actual", 4: "4 误差 Accuracy", 5: "5 人员 Staff"}
CASES = {"March in Paris": ("2026-03", "Europe/Paris", True), "bare": ("2026-11", "Europe/Paris", False)}


@pytest.mark.parametrize("case", CASES)
def test_every_formula_computed_by_another_program_equals_the_frame(case: str, tmp_path: Path, computed_anew) -> None:
    month, zone, complete = CASES[case]
    tables = small_tables(month=month, zone=zone, complete=complete)
    path = write_workbook(tables, tmp_path / "five.xlsx")
    formulas = openpyxl.load_workbook(path)
    book = computed_anew(path)
    checked = 0
    for table in tables.tables:
        sheet, source = book[SHEETS[table.number]], formulas[SHEETS[table.number]]
        columns = columns_of(sheet)
        last = HEAD_ROW + 1 + len(table.frame)
        for name in map(str, table.frame.columns):
            expected = [*table.frame[name], table.total.get(name, float("nan"))]
            for row, value in enumerate(expected, start=HEAD_ROW + 2):
                got = sheet.cell(row, columns[name] + 1).value
                where = f"{SHEETS[table.number]} {name} row {row}"
                if isinstance(value, str):
                    assert got == {"workday": "工作日 workday", "rest_day": "休息日 rest day"}[value], where
                elif pd.isna(value):
                    assert got in {None, ""}, where
                else:
                    assert got == pytest.approx(value, rel=1e-9, abs=1e-9), where
                checked += source.cell(row, columns[name] + 1).data_type == "f"
            assert last == row - 1
        for measure, value in table.measures.items():
            found = [sheet.cell(r, 4).value for r in range(last + 2, last + 9)]
            assert any(isinstance(f, float | int) and f == pytest.approx(value, rel=1e-9) for f in found), measure
    assert checked > 300


def test_the_stored_values_are_those_of_the_frame_before_anything_is_computed(tmp_path: Path) -> None:
    tables = small_tables(month="2026-10", zone="Europe/Paris")
    book = openpyxl.load_workbook(write_workbook(tables, tmp_path / "five.xlsx"), data_only=True)
    sheet = book[SHEETS[4]]
    columns, table = columns_of(sheet), tables.table(4)
    total = HEAD_ROW + 2 + len(table.frame)
    assert sheet.cell(total, columns["error_share"] + 1).value == pytest.approx(table.total["error_share"])


def test_sheets_print_on_a4_with_repeated_heads_and_charts(tmp_path: Path) -> None:
    tables = small_tables(month="2026-12", zone="Asia/Shanghai")
    book = openpyxl.load_workbook(write_workbook(tables, tmp_path / "five.xlsx"))
    assert book.sheetnames[1:6] == list(SHEETS.values())  # after the cover
    for number, name in SHEETS.items():
        sheet = book[name]
        # Intervals lie across; a table of days stands upright, so that its chart has room on the same page.
        assert sheet.page_setup.orientation == ("landscape" if number == 1 else "portrait")
        assert str(sheet.page_setup.paperSize) == "9"
        assert sheet.print_title_rows == f"$1:${HEAD_ROW + 1}"
        assert sheet.freeze_panes == f"C{HEAD_ROW + 2}"
        assert len(sheet._charts) == (0 if number == 1 else 1)


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    tables = small_tables(month="2026-12", zone="Asia/Shanghai")
    one = write_workbook(tables, tmp_path / "one.xlsx").read_bytes()
    assert one == write_workbook(tables, tmp_path / "two.xlsx").read_bytes()


def test_a_day_of_quarter_hours_fits_a_sheet(tmp_path: Path) -> None:
    tables = small_tables(month="2026-10", zone="Europe/Paris", minutes=15)
    book = openpyxl.load_workbook(write_workbook(tables, tmp_path / "five.xlsx", language="zh"))
    cells = next(book["1 座席"].iter_rows(min_row=HEAD_ROW + 1, max_row=HEAD_ROW + 1, values_only=True))
    assert sum(":" in str(cell) for cell in cells) == 96 + 4


CHINESE = re.compile(r"[\u3400-\u9fff]")


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_every_printed_page_carries_rows_and_each_table_its_chart_on_one_page(
    language, tmp_path, pages_of, by_libreoffice
) -> None:
    tables = small_tables(month="2026-12", zone="Asia/Shanghai")
    path = write_workbook(tables, tmp_path / "five.xlsx", language=language)
    told = pages_of(by_libreoffice(path, "pdf"))
    assert len(told) == 7  # the cover, five tables, the definitions
    for table, page in zip(tables.tables, told[1:6], strict=True):
        found = re.findall(r"^\s*(20\d\d-\d\d-\d\d)\b", page, re.MULTILINE)
        assert found == [str(day) for day in table.frame.index]
    assert all(len(page.split()) > 20 for page in told)


def test_a_workbook_of_one_language_has_not_a_word_of_the_other(tmp_path: Path) -> None:
    tables = dataclasses.replace(small_tables(month="2026-12", zone="Asia/Shanghai"), queue="hotline")
    for language in ("zh", "en"):
        book = openpyxl.load_workbook(write_workbook(tables, tmp_path / f"{language}.xlsx", language=language))
        texts = [*book.sheetnames, book.properties.title]
        assert "hotline" in book.properties.title
        for sheet in book.worksheets:
            texts += [str(c.value) for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]
            texts += [part.text or "" for part in (sheet.oddFooter.left, sheet.oddFooter.center)]
        texts = [text for text in texts if not text.startswith("=")]
        if language == "en":
            assert [text for text in texts if CHINESE.search(text)] == []
        else:
            words = {word for text in texts for word in re.findall(r"[A-Za-z]{2,}", text)}
            assert words <= {"WAPE", "hotline", "Asia", "Shanghai", "min"}, words


def test_the_covers_figures_are_the_tables_own_and_its_sentences_say_them(tmp_path: Path, computed_anew) -> None:
    tables = small_tables(month="2026-12", zone="Asia/Shanghai")
    path = write_workbook(tables, tmp_path / "five.xlsx", language="en")
    cover = computed_anew(path).worksheets[0]
    shown = {str(row[0].value): row[1].value for row in cover.iter_rows() if isinstance(row[1].value, int | float)}
    assert shown["Forecast calls"] == pytest.approx(tables.table(2).frame["calls_forecast"].sum())
    assert shown["Daily WAPE"] == pytest.approx(tables.table(4).measures["wape"])
    assert shown["Answer rate"] == pytest.approx(tables.table(3).total["answer_rate"])
    assert len(shown) == len(COVER_FIGURES)
    calls = tables.table(2).frame["calls_forecast"]
    busiest = max(calls.index, key=lambda day: calls[day])
    text = " ".join(str(cell.value) for row in cover.iter_rows() for cell in row if cell.value)
    assert f"{calls.sum():,.0f} calls are forecast" in text
    assert f"the busiest day is {busiest:%a} {busiest.day} {busiest:%b} ({calls.max():,.0f})" in text
