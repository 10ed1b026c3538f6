"""A history looked over, kept and mapped, and the calendar of a year, from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from api.calendars.files import load_calendar
from api.intake import read_history
from api.reports.published import stored_history
from api.store.database import open_database
from tests.api.intake.test_exports import EXPORTS

Huawu = Callable[..., tuple[int, str, str]]


def history(path: Path) -> Path:
    at = pd.date_range("2026-01-05", periods=24 * 40, freq="60min")
    pd.DataFrame({"时间": at, "话务量": at.hour * 3 + 20}).to_csv(path, index=False, encoding="gbk")
    return path


def test_a_history_is_inspected_and_written_as_understood(tmp_path: Path, huawu: Huawu) -> None:
    source = history(tmp_path / "话务.csv")
    code, out, err = huawu("inspect", source, "--out", tmp_path / "report.html", "--clean", tmp_path / "clean.csv")
    assert code == 0, err
    assert "52,320 calls" in out
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert pd.read_csv(tmp_path / "clean.csv")["calls_offered"].sum() == 52320


def test_a_folder_of_reports_is_kept_too(tmp_path: Path, huawu: Huawu) -> None:
    folder, url = tmp_path / "reports", f"sqlite:///{tmp_path / 'huawu.db'}"
    folder.mkdir()
    history(folder / "calls.csv")
    code, out, err = huawu("inspect", folder, "--out", tmp_path / "r.html", "--keep-by", "8801", "--database", url)
    assert code == 0, err
    assert "kept: history/" in out


def test_a_history_is_kept_and_comes_back_as_it_was(tmp_path: Path, huawu: Huawu) -> None:
    source, url = history(tmp_path / "calls.csv"), f"sqlite:///{tmp_path / 'huawu.db'}"
    _, out, err = huawu(
        "inspect", source, "--out", tmp_path / "r.html", "--keep-by", "8801", "--database", url, "--queue", "bills"
    )
    assert "kept: history/bills/v1" in out, err
    kept = stored_history(open_database(url), "bills")
    pd.testing.assert_frame_equal(kept.frame, read_history(source).frame, check_freq=False)
    assert (kept.timezone, kept.interval_minutes) == ("Asia/Shanghai", 60)


def test_a_fault_ends_in_one_line_and_exit_code_2_and_leaves_nothing(tmp_path: Path, huawu: Huawu) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("interval_start,calls\n2026-01-05 00:00,3\n2026-01-05 01:00,many\n", encoding="utf-8")
    code, _, err = huawu("inspect", path, "--out", tmp_path / "report.html", "--clean", tmp_path / "clean.csv")
    assert code == 2
    last = err.strip().splitlines()[-1]
    assert "row 3, column calls: 'many' is not a number" in last
    assert "Traceback" not in err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["calls.csv"]


def test_a_year_without_a_notice_is_written_and_read_back(tmp_path: Path, huawu: Huawu) -> None:
    code, _, err = huawu("calendar", "--year", "2030", "--out", tmp_path / "2030.toml")
    assert code == 0, err
    calendar = load_calendar([tmp_path / "2030.toml"], "CN", [2030])
    assert calendar.provisional_years == {2030}
    assert sum(special.statutory for special in calendar.days.values()) == 13
    assert huawu("calendar")[0] == 2


def test_a_mapping_is_written_and_taken_and_the_reading_told_in_one_language(tmp_path: Path, huawu: Huawu) -> None:
    path, _ = EXPORTS["German, cp1252, from and to, a point between thousands"](tmp_path)
    mapping = tmp_path / "mapping.toml"
    assert huawu("map", path, "--out", mapping)[0] == 0
    code, out, _ = huawu("inspect", path, "--mapping", mapping, "--out", tmp_path / "r.html", "--language", "zh")
    assert code == 0
    assert "每 60 分钟一段" in out
    assert "observed" not in out
    assert "有观测" not in huawu("inspect", path, "--out", tmp_path / "r.html")[1]
