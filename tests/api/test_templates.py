"""A template that is filled in is read to what was written, in either language."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import openpyxl
import pandas as pd
import pytest

from api.calendars.files import load_calendar
from api.inputs import read_catalogue
from api.intake import read_history, read_people
from api.reports.templates import TemplateKind, write_template
from forecaster.names import ROLE_WORDS

LANGUAGES = ("en", "zh")


def filled(path: Path, rows: list[dict[int, object]]) -> Path:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for n, row in enumerate(rows, start=2):
        for column, value in row.items():
            sheet.cell(n, column + 1, value)
    book.save(path)
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_filled_history_is_read(language: str, tmp_path: Path) -> None:
    path = write_template("history", tmp_path / "history.xlsx", language=language)
    hours = pd.date_range("2026-01-05 08:00", periods=30, freq="60min")
    filled(
        path,
        [{0: f"{at:%Y-%m-%d %H:%M}", 1: "billing", 2: n, 3: n, 4: 0, 5: 180 + n, 6: 4} for n, at in enumerate(hours)],
    )
    history = read_history(path)
    assert history.queue == "billing"
    assert list(history.frame["calls_offered"]) == list(range(30))
    assert history.frame["aht_seconds"].iloc[3] == 183
    assert history.frame["seats_signed_in"].eq(4).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_role_that_can_be_chosen_is_read(language: str, tmp_path: Path) -> None:
    path = write_template("people", tmp_path / "people.xlsx", language=language)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    chosen = next(one for one in sheet.data_validations.dataValidation if "B2" in one.sqref)
    roles = chosen.formula1.strip('"').split(",")
    assert all(cell.comment is not None for cell in sheet[1])
    people = read_people(filled(path, [{0: str(8001 + n), 1: role, 4: "1"} for n, role in enumerate(roles)]))
    assert list(people["role"]) == list(ROLE_WORDS)
    assert people["protected"].all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_shifts_and_days_are_files_that_can_be_used(language: str, tmp_path: Path) -> None:
    assert read_catalogue(write_template("shifts", tmp_path / "shifts.toml", language=language))
    path = write_template("calendar", tmp_path / "calendar.toml", language=language)
    load_calendar([path], None, range(2026, 2027))
    every = path.read_text(encoding="utf-8").replace("# [[", "[[").replace("# billing", "billing")
    lines = [line.removeprefix("# ") if " = " in line else line for line in every.splitlines()]
    path.write_text("\n".join(lines), encoding="utf-8")
    calendar = load_calendar([path], None, range(2026, 2027))
    assert len(calendar.campaigns) == len(calendar.faults) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_filled_tables_of_shifts_and_days_are_read(language: str, tmp_path: Path) -> None:
    shifts = write_template("shifts", tmp_path / "shifts.xlsx", language=language)
    (only,) = read_catalogue(filled(shifts, [{0: "D", 1: "08:30", 2: "17:00", 4: "30", 5: "180-240", 9: "10"}]))
    assert (only.start_minute, only.length_minutes, only.worked_minutes) == (510, 510, 490)
    days = write_template("calendar", tmp_path / "calendar.xlsx", language=language)
    chosen = openpyxl.load_workbook(days).worksheets[0].data_validations.dataValidation[0]
    kinds = chosen.formula1.strip('"').split(",")
    rows = [{0: kinds[2], 1: "A", 2: "2026-11-11", 3: "2026-11-13"}, {0: kinds[6], 1: "B", 2: "2026-12-25"}]
    calendar = load_calendar([filled(days, rows)], None, range(2026, 2027))
    assert [(one.name, one.days) for one in calendar.campaigns] == [("A", 3)]
    assert len(calendar.closed) == 1


@pytest.mark.parametrize("kind", get_args(TemplateKind))
def test_a_template_is_the_same_each_time(kind: str, tmp_path: Path) -> None:
    one, other = (
        write_template(kind, tmp_path / name / "file") for name in ("a", "b") if (tmp_path / name).mkdir() is None
    )
    assert one.read_bytes() == other.read_bytes()
