from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.intake import InputError, read_histories, read_history

REAL = {
    "axa_tech_axa_hourly": ("Europe/Paris", 2885266.0),
    "axa_services_hourly": ("Europe/Paris", 453443.0),
    "axa_telephonie_hourly": ("Europe/Paris", 3462155.0),
    "technion_bank_1999_fullyear_hourly": ("Asia/Jerusalem", None),
    "technion_bank_1999_hourly": ("Asia/Jerusalem", None),
    "us_bank_2003_hourly": ("America/New_York", None),
    "seattle_fire_911_hourly": ("America/Los_Angeles", None),
}


def rows(count: int = 48, *, first: str = "2026-01-05T00:00", step: str = "60min") -> pd.DataFrame:
    at = pd.date_range(first, periods=count, freq=step)
    calls = np.arange(count) % 17 + 3
    return pd.DataFrame({"interval_start": at.strftime("%Y-%m-%dT%H:%M"), "calls": calls})


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "its own"])
def test_every_real_series_reads_to_the_call(shared_data: Path, name: str, zone: str) -> None:
    path = shared_data / "calls" / f"{name}.csv.gz"
    raw = pd.read_csv(path, parse_dates=["interval_start"])
    if "imputed" in raw:
        raw = raw[raw["imputed"] == 0]
    history = read_history(path, timezone=REAL[name][0] if zone == "its own" else zone)
    assert history.frame["calls_offered"].sum() == raw["calls"].sum()
    assert history.interval_minutes == 60
    steps = np.diff(pd.DatetimeIndex(history.frame.index).tz_convert("UTC").tz_localize(None).to_numpy())
    assert set(steps) == {np.timedelta64(1, "h")}
    if zone == "Asia/Shanghai":
        held = history.frame["calls_offered"].dropna()
        held.index = held.index.tz_localize(None)
        pd.testing.assert_series_equal(
            held, raw.set_index("interval_start")["calls"].dropna().astype(float), check_names=False, check_freq=False
        )


def test_the_calls_one_by_one_give_the_counts_of_the_hourly_file(shared_data: Path) -> None:
    by_call = read_history(shared_data / "calls" / "technion_bank_1999_calls.csv.gz").frame
    hourly = read_history(shared_data / "calls" / "technion_bank_1999_hourly.csv.gz").frame
    both = by_call[["calls_offered", "calls_answered", "calls_abandoned"]].dropna().index
    assert len(both) > 6000
    for name in ("calls_offered", "calls_answered", "calls_abandoned"):
        assert (by_call.loc[both, name] == hourly.loc[both, name]).all()
    # A handful of the log's service times were corrected in the hourly file.
    apart = (by_call.loc[both, "aht_seconds"] - hourly.loc[both, "aht_seconds"]).abs()
    assert (apart.dropna() < 0.01).mean() > 0.95


FAULTS = {
    "missing column": ("interval_start,visitors\n2026-01-05T00:00,3\n", "column calls_offered", "visitors"),
    "missing time": ("day of week,calls\n1,3\n", "column interval_start", "day of week"),
    "duplicate": (
        "interval_start,calls\n2026-01-05T00:00,3\n2026-01-05T01:00,4\n2026-01-05T01:00,5\n",
        "row 4, column interval_start: '2026-01-05T01:00:00+08:00'",
        "already in row 3",
    ),
    "negative": (
        "interval_start,calls\n2026-01-05T00:00,3\n2026-01-05T01:00,-4\n",
        "row 3, column calls: '-4'",
        "negative",
    ),
    "text": (
        "interval_start,calls\n2026-01-05T00:00,3\n2026-01-05T01:00,many\n",
        "row 3, column calls: 'many'",
        "not a number",
    ),
    "mixed zones": (
        "interval_start,calls\n2026-01-05T00:00+08:00,3\n2026-01-05T01:00+08:00,3\n2026-01-05T02:00,4\n",
        "row 4, column interval_start: '2026-01-05T02:00'",
        "offset",
    ),
    "not a time": (
        "interval_start,calls\n2026-01-05T00:00,3\nsoon,3\n",
        "row 3, column interval_start: 'soon'",
        "instant",
    ),
    "heading alone": ("interval_start,calls\n", "", "no rows"),
    "empty": ("", "", "empty"),
    "blanks": ("  \n\n", "", "empty"),
    "one interval": ("interval_start,calls\n2026-01-05T00:00,3\n", "", "at least two"),
    "one a day": ("date,calls\n2026-01-05,3\n2026-01-06,3\n2026-01-07,4\n", "row 2", "one row a day"),
    "off the grid": (
        "interval_start,calls\n2026-01-05T00:00,3\n2026-01-05T01:00,3\n2026-01-05T02:07,3\n2026-01-05T03:00,3\n",
        "row 4",
        "60-minute grid",
    ),
    "day or month": ("date,time,calls\n05/01/2026,8:00,3\n05/01/2026,9:00,3\n", "row 2", "day/month"),
    "no calls seen": ("interval_start,calls\n2026-01-05T00:00,\n2026-01-05T01:00,\n", "", "no observed calls"),
    "wide row": ("interval_start,calls\n2026-01-05T00:00,3,7\n", "row 2: '7'", "right of the 2 headings"),
    "infinite": ("interval_start,calls\n2026-01-05T00:00,inf\n2026-01-05T01:00,3\n", "row 2", "not a number"),
    "two for one": ("interval_start,入话,话务量,呼入量\n2026-01-05T00:00,1,3,3\n", "", "'话务量' and '呼入量'"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_that_names_its_place(tmp_path: Path, fault: str) -> None:
    text, where, what = FAULTS[fault]
    path = tmp_path / "calls.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_history(path)
    line = str(caught.value)
    assert line.startswith(str(path))
    assert where in line
    assert what in line
    assert "\n" not in line


def cut_short(path: Path, name: str) -> None:
    """Let an archive's entry end in its middle, as a disk that was full leaves it."""
    with zipfile.ZipFile(path) as packed:
        held = {one: packed.read(one) for one in packed.namelist()}
    with zipfile.ZipFile(path, "w") as packed:
        for one, content in held.items():
            packed.writestr(one, content[: len(content) // 2] if one == name else content)


def overwritten(path: Path, first: int) -> None:
    """Turn a hundred bytes of a file over, as a worn medium or a broken transfer does."""
    held = bytearray(path.read_bytes())
    held[first : first + 100] = bytes(one ^ 0x5A for one in held[first : first + 100])
    path.write_bytes(held)


def damaged(folder: Path) -> dict[str, Path]:
    """Return files of every kind with something broken in them."""
    book, bytes_lost = folder / "book.xlsx", folder / "bytes.xlsx"
    for path in (book, bytes_lost):
        rows().to_excel(path, index=False)
    cut_short(book, "xl/worksheets/sheet1.xml")
    overwritten(bytes_lost, bytes_lost.stat().st_size // 3)
    archive, parquet = folder / "calls.zip", folder / "calls.parquet"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("calls.csv", rows(2000).to_csv(index=False))
    overwritten(archive, 60)
    rows(5000).to_parquet(parquet, row_group_size=500)
    overwritten(parquet, parquet.stat().st_size // 2)
    return {"cut XML": book, "lost bytes": bytes_lost, "archive": archive, "Parquet": parquet}


@pytest.mark.parametrize("what", ["cut XML", "lost bytes", "archive", "Parquet"])
def test_a_damaged_file_is_refused_with_the_way_out(tmp_path: Path, what: str) -> None:
    path = damaged(tmp_path)[what]
    with pytest.raises(InputError, match=r"cannot be (read|unpacked).*(again|CSV)") as caught:
        read_history(path)
    assert str(caught.value).startswith(str(path))


def test_a_missing_file_and_a_damaged_gzip_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_history(tmp_path / "none.csv")
    path = tmp_path / "calls.csv.gz"
    path.write_bytes(gzip.compress(b"interval_start,calls\n")[:-9])
    with pytest.raises(InputError, match="unpacked"):
        read_history(path)


def test_an_hour_written_once_that_the_clock_repeats_is_split_and_the_total_stays(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    rows(24, first="2026-10-25T00:00").to_csv(path, index=False)
    intake = read_histories(path, timezone="Europe/Paris")
    frame = intake.histories["hotline"].frame
    assert len(frame) == 25
    assert frame["calls_offered"].sum() == rows(24)["calls"].sum()
    assert list(frame["calls_offered"].iloc[1:5]) == [4.0, 2.5, 2.5, 6.0]
    assert "split evenly" in intake.notes[0].en


def test_an_hour_written_twice_that_the_clock_repeats_is_two_hours(tmp_path: Path) -> None:
    aware = pd.date_range("2026-10-25T00:00", "2026-10-25T23:00", freq="60min", tz="Europe/Paris")
    path = tmp_path / "calls.csv"
    text = pd.DataFrame({"interval_start": aware.strftime("%Y-%m-%d %H:%M"), "calls": range(25)})
    text.to_csv(path, index=False)
    frame = read_history(path, timezone="Europe/Paris").frame
    assert list(frame["calls_offered"]) == list(map(float, range(25)))
    assert list(frame.index) == list(aware)


def test_calls_in_an_hour_that_the_clock_skips_are_refused_and_a_zero_is_not(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    table = rows(24, first="2026-03-29T00:00")
    table.to_csv(path, index=False)
    with pytest.raises(InputError, match=r"row 4.*2026-03-29 02:00.*skip"):
        read_history(path, timezone="Europe/Paris")
    table.loc[2, "calls"] = 0
    table.to_csv(path, index=False)
    assert len(read_history(path, timezone="Europe/Paris").frame) == 23


def test_a_gap_is_not_observed_and_a_zero_is(tmp_path: Path) -> None:
    table = rows(6).drop(index=3)
    table.loc[4, "calls"] = 0
    path = tmp_path / "calls.csv"
    table.to_csv(path, index=False)
    got = read_history(path).frame["calls_offered"].to_numpy()
    np.testing.assert_array_equal(got, [3, 4, 5, np.nan, 0, 8])


def test_quarters_sum_to_hours_and_a_missing_quarter_leaves_its_hour_unseen(
    tmp_path: Path,
) -> None:
    table = rows(16, step="15min")
    path = tmp_path / "calls.csv"
    table.to_csv(path, index=False)
    hourly = read_history(path, interval_minutes=60).frame["calls_offered"]
    assert list(hourly) == [float(table["calls"][i : i + 4].sum()) for i in range(0, 16, 4)]
    table.drop(index=5).to_csv(path, index=False)
    assert np.isnan(read_history(path, interval_minutes=60).frame["calls_offered"].iloc[1])


def test_hours_split_to_quarters_keep_the_total(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    rows(24).to_csv(path, index=False)
    quarters = read_history(path, interval_minutes=15).frame["calls_offered"]
    assert len(quarters) == 96
    assert quarters.sum() == rows(24)["calls"].sum()
    assert list(quarters.iloc[:4]) == [0.75] * 4


def test_two_queues_need_a_choice(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    both = pd.concat([rows(4).assign(queue="bills"), rows(4).assign(queue="faults", calls=9)])
    both.to_csv(path, index=False)
    with pytest.raises(InputError, match="2 queues"):
        read_history(path)
    assert read_history(path, queue="faults").frame["calls_offered"].sum() == 36
    with pytest.raises(InputError, match="no queue 'sales'"):
        read_history(path, queue="sales")


def test_a_wrong_file_under_a_title_is_named_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("十一月名单\n工号,姓名\n1001,某人\n", encoding="utf-8")
    with pytest.raises(InputError, match="has no column with the interval's start; it has 工号, 姓名"):
        read_history(path)


@pytest.mark.parametrize(("heading", "yes", "no"), [("补值", "是", "否"), ("imputed", "1", "0"), ("补值", "√", "")])
def test_rows_marked_as_filled_in_are_not_observed_in_any_column(
    tmp_path: Path, heading: str, yes: str, no: str
) -> None:
    table = rows(72).assign(calls_answered=lambda t: t["calls"] - 1, aht_seconds=200.0)
    table["calls"] = np.where(np.arange(72) % 24 == 10, 9999, table["calls"])  # what the filler put there
    made_up = np.arange(72) % 24 == 10
    table[heading] = np.where(made_up, yes, no)
    path = tmp_path / "history.csv"
    table.to_csv(path, index=False)
    frame = read_history(path).frame
    for column in ("calls_offered", "calls_answered", "aht_seconds"):
        assert frame[column].isna().to_numpy().tolist() == made_up.tolist(), column
    assert frame["calls_offered"].sum() == table["calls"][~made_up].sum()
