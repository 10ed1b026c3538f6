"""A mapping written for a file reads it, several files are one history, and queues can be counted together."""

from __future__ import annotations

import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.intake import InputError, mapping_draft, read_histories, read_history
from tests.api.intake.exports_of_systems import calls, counted, intervals, put, text
from tests.api.intake.test_exports import EXPORTS, ZONE

READ = sorted(EXPORTS)


def local(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis(pd.DatetimeIndex(frame.index).tz_localize(None))


@pytest.mark.parametrize("name", READ)
def test_a_written_mapping_changes_nothing_of_what_is_read(name: str, tmp_path: Path) -> None:
    path, truth = EXPORTS[name](tmp_path)
    mapping = tomllib.loads(mapping_draft(path))
    if truth is None:
        return
    alone = read_histories(path, timezone=ZONE).histories
    mapped = read_histories(path, timezone=ZONE, mapping=mapping).histories
    assert alone.keys() == mapped.keys()
    for queue, history in alone.items():
        pd.testing.assert_frame_equal(history.frame, mapped[queue].frame, check_like=True)


def test_headings_of_an_unknown_language_are_guessed_from_the_numbers(tmp_path: Path) -> None:
    hours = intervals(5)
    rows = [["Eguna", "Ordua", "Deiak", "Erantzundakoak", "Iraupena"]]
    rows += [[f"{at:%d.%m.%Y}", f"{at:%H:%M}", *map(int, one)] for at, one in hours.iterrows()]
    path = put(tmp_path / "deiak.csv", text(rows, ";"))
    with pytest.raises(InputError):
        read_history(path, timezone=ZONE)
    # The handle time is larger than the calls: the guess has to be corrected, by its heading, in one line.
    draft = mapping_draft(path)
    assert 'calls_offered = "Iraupena"' in draft
    assert "a guess" in draft
    assert '# ? = "Deiak"' in draft
    corrected = draft.replace('calls_offered = "Iraupena"', 'aht_seconds = "Iraupena"').replace(
        '# ? = "Deiak', 'calls_offered = "Deiak'
    )
    history = read_history(path, timezone=ZONE, mapping=tomllib.loads(corrected))
    frame = local(history.frame).reindex(hours.index)
    np.testing.assert_array_equal(frame["calls_offered"], hours["offered"])
    np.testing.assert_array_equal(frame["aht_seconds"], hours["aht"])


def test_outcomes_that_are_not_known_are_listed_and_can_be_sorted(tmp_path: Path) -> None:
    made = calls(9)
    rows = [["Call Time", "Status"], *([f"{c.at}", "resolved ok" if c.answered else "gone"] for c in made)]
    path = put(tmp_path / "log.csv", text(rows))
    draft = mapping_draft(path)
    assert "resolved ok" in draft
    sorted_out = draft.replace("# abandoned = []", 'abandoned = ["gone"]').replace("# no_call", "no_call")
    lines = [
        ('answered = ["resolved ok"]' if line.startswith("# answered") else line) for line in sorted_out.splitlines()
    ]
    mapping = {**tomllib.loads("\n".join(lines)), "columns": {"arrival_at": "Call Time", "outcome": "Status"}}
    wanted = counted(made, talk=False)[""]
    frame = local(read_history(path, timezone=ZONE, mapping=mapping).frame).reindex(wanted.index)
    np.testing.assert_array_equal(frame["calls_answered"], wanted["answered"])


@pytest.mark.parametrize("packed", [False, True])
def test_monthly_files_that_overlap_are_one_history(packed: bool, tmp_path: Path) -> None:
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
    if packed:
        path = tmp_path / "history.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in folder.iterdir():
                archive.write(file, f"2026/{file.name}")
            archive.writestr("__MACOSX/._a.csv", "nothing")
    history = read_history(path, timezone=ZONE)
    np.testing.assert_array_equal(local(history.frame)["calls_offered"].reindex(hours.index), hours["offered"])


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
    np.testing.assert_array_equal(local(together.frame)["calls_offered"].reindex(summed.index), summed)


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


def test_columns_named_together_are_a_queue_each(tmp_path: Path) -> None:
    at = pd.date_range("2026-01-05", periods=48, freq="h")
    path = tmp_path / "own.csv"
    pd.DataFrame({"Day": at.strftime("%Y-%m-%d"), "Time": at.strftime("%H%M"), "Sales": 3, "Care": range(48)}).to_csv(
        path, index=False
    )
    with pytest.raises(InputError, match="where each queue has a column"):
        read_histories(path)
    found = read_histories(path, mapping={"columns": {"calls_offered": ["Sales", "care"]}}).histories
    assert {name: one.frame["calls_offered"].sum() for name, one in found.items()} == {"Sales": 144, "Care": 1128}
    for wrong, value in (("Car", "'Car'"), (7, "'7'")):
        with pytest.raises(InputError, match=value):
            read_histories(path, mapping={"columns": {"calls_offered": ["Sales", wrong]}})
    with pytest.raises(InputError, match="both 'Sales' and 'Care' could be aht_seconds"):
        read_histories(path, mapping={"columns": {"aht_seconds": ["Sales", "Care"]}})
