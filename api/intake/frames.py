"""The product's own frames, from and to files: CSV, or Parquet for analysts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from api.defused import defused_frame, restored
from api.intake.errors import InputError, all_of
from api.intake.files import TextTable, read_table
from api.intake.instants import instants
from api.intake.sentences import say
from api.intake.unused_columns import name_unused
from api.intake.values import Column, numbers
from api.intake.vocabulary import plain
from api.whole_files import whole_file
from forecaster.forecast.band_columns import DAY_BANDS, TOTAL_BAND
from forecaster.forecast.overrides import Override
from forecaster.names import called
from optimizer.law.breaks import break_columns
from optimizer.law.fairness import ACCOUNT, BURDENS
from optimizer.law.seat_columns import SKILL_PREFIX

FORECAST = ("calls", "calls_lower_80", "calls_upper_80", "calls_lower_95", "calls_upper_95", "aht_seconds")
REQUIREMENT = (
    "calls",
    "aht_seconds",
    "offered_load_erlangs",
    "seats_required",
    "people_to_roster",
    "service_level",
    "mean_wait_seconds",
    "occupancy",
)
ALONE = "people_alone"  # of a queue's share of a plan of several: whom it would need by itself
COVERAGE = ("seats_required", "seats_rostered", "shortage", "surplus", "reserve", "standby")
ROSTER = ("badge", "role", "date", "shift", "start_at", "end_at", "meal_start_at", "meal_end_at", "worked_minutes")
ROSTER_INSTANTS = ("start_at", "end_at", "meal_start_at", "meal_end_at")
DAY_CHANGE_NUMBERS = ("change", "hours", "paid_hours", "calls_in_time", "nights", "weekends", "holidays")
DAY_CHANGES = (
    "change", "kind", "badge", "role", "day", "before", "after", "start_at", "end_at", "hours", "paid_hours",
    "calls_in_time", "nights", "weekends", "holidays", "rule", "moved_from", "kind_zh", "touches", "touches_zh",
    "taken", "decided_by", "decided_at",
)  # fmt: skip
OVERRIDE = ("start_at", "end_at", "factor", "reason")
WHOLE_NUMBERS = ("seats_required", "people_to_roster", "seats_rostered", "shortage", "surplus", "reserve", "standby")


def _table(path: str | Path, wanted: tuple[str, ...]) -> TextTable:
    known = {plain(name) for name in wanted}
    table = read_table(path, knows=lambda heading: plain(heading) in known)
    for name in wanted:
        if name not in table.frame.columns:
            wrong = say("column.missing", name=called(name), found=list(table.frame.columns))
            raise InputError(path, wrong, column=name)
    return table


def _aware(column: Column, timezone: str) -> pd.DatetimeIndex:
    times = instants(column)
    if not times.aware and not np.isnat(times.at).all():
        raise column.error_at(int(np.flatnonzero(~np.isnat(times.at))[0]), say("cell.no_offset"))
    return pd.DatetimeIndex(times.at).tz_localize("UTC").tz_convert(timezone)


def _by_interval(
    path: str | Path,
    columns: tuple[str, ...],
    timezone: str,
    *,
    extra: bool = False,
    optional: Iterable[str] = (),
    prefix: str | None = None,
) -> pd.DataFrame:
    table = _table(path, ("interval_start", *columns))
    path = table.path
    start = Column(path, "interval_start", table.frame["interval_start"])
    index = _aware(start, timezone)
    if index.hasnans:
        raise start.error_at(int(np.flatnonzero(index.isna())[0]), say("cell.no_start_again"))
    if not index.is_unique:
        raise start.error_at(int(np.flatnonzero(index.duplicated())[0]), say("cell.twice"))
    others = [str(c) for c in table.frame.columns if str(c) not in {"interval_start", *columns}]
    if not extra:
        others = [c for c in others if c in set(optional) or (prefix is not None and c.startswith(prefix))]
        name_unused(table, ("interval_start", *columns, *others))
    data = {name: numbers(Column(path, name, table.frame[name])) for name in (*columns, *others)}
    for name in columns:
        if name not in {"aht_seconds", "mean_wait_seconds", "service_level", "occupancy"}:
            _require_numbers(Column(path, name, table.frame[name]), data[name])
    frame = pd.DataFrame(data, index=index.rename("interval_start")).sort_index()
    for name in WHOLE_NUMBERS:  # where shifts or meals cut the interval, a mean need not be whole
        if name in frame and (frame[name] % 1 == 0).all():
            frame[name] = frame[name].astype("int64")
    return frame


def _require_numbers(column: Column, values: np.ndarray) -> None:
    missing = np.flatnonzero(np.isnan(values))
    if len(missing):
        raise column.error_at(int(missing[0]), say("cell.empty_number"))


def read_forecast(path: str | Path, *, timezone: str = "Asia/Shanghai") -> pd.DataFrame:
    """Return the forecast frame in a file, with the bands of the days and of the month where it has them.

    Raises
    ------
    InputError
        Naming the column that is missing, or row, column and value.
    """
    return _by_interval(path, FORECAST, timezone, optional=(*DAY_BANDS.values(), *TOTAL_BAND))


def read_requirement(path: str | Path, *, timezone: str = "Asia/Shanghai") -> pd.DataFrame:
    """Return the requirement frame in a file, with the seats that need a skill (`seats_required.<skill>`).

    Raises
    ------
    InputError
        Naming the column that is missing, or row, column and value.
    """
    return _by_interval(path, REQUIREMENT, timezone, optional=(ALONE,), prefix=SKILL_PREFIX)


def read_seats(path: str | Path, *, timezone: str = "Asia/Shanghai") -> pd.DataFrame:
    """Return what a roster has to cover: of a requirement frame only `seats_required` has to be there.

    Raises
    ------
    InputError
        Naming the column that is missing, or row, column and value.
    """
    return _by_interval(path, ("seats_required",), timezone, optional=REQUIREMENT, prefix=SKILL_PREFIX)


def read_coverage(path: str | Path, *, timezone: str = "Asia/Shanghai") -> pd.DataFrame:
    """Return the coverage frame in a file, with the columns of people on site that it has.

    Raises
    ------
    InputError
        Naming the column that is missing, or row, column and value.
    """
    return _by_interval(path, COVERAGE, timezone, extra=True)


def read_roster(path: str | Path, *, timezone: str = "Asia/Shanghai") -> pd.DataFrame:
    """Return the roster frame in a file: `date` as dates, instants aware (NaT where there is none).

    Raises
    ------
    InputError
        Naming the column that is missing, or row, column and value.
    """
    table = _table(path, ROSTER)
    pauses = [name for pair in break_columns(table.frame.columns) for name in pair]
    name_unused(table, (*ROSTER, *pauses))
    roster = pd.DataFrame(
        {
            name: table.frame[name].astype(str).map(restored).str.strip().to_numpy()
            for name in ("badge", "role", "shift")
        }
    )
    for name in ("badge", "role", "shift"):
        empty = np.flatnonzero(roster[name] == "")
        if len(empty):
            raise Column(table.path, name, table.frame[name]).error_at(int(empty[0]), say("cell.empty"))
    days = instants(Column(table.path, "date", table.frame["date"])).at
    if np.isnat(days).any():
        day = Column(table.path, "date", table.frame["date"])
        raise day.error_at(int(np.flatnonzero(np.isnat(days))[0]), say("cell.empty"))
    roster.insert(2, "date", [stamp.date() for stamp in pd.DatetimeIndex(days)])
    for name in (*ROSTER_INSTANTS, *pauses):
        roster[name] = _aware(Column(table.path, name, table.frame[name]), timezone)
    minutes = numbers(Column(table.path, "worked_minutes", table.frame["worked_minutes"]))
    roster["worked_minutes"] = np.where(np.isnan(minutes), 0, minutes).round().astype("int64")
    return roster[[*ROSTER, *pauses]]


def read_burdens(path: str | Path) -> pd.DataFrame:
    """Return nights, weekends, holidays and accounts of hours by badge (`optimizer.law.fairness.burdens`) from a file.

    Raises
    ------
    InputError
        Naming the column that is missing, or row, column and value.
    """
    table = _table(path, ("badge", *BURDENS))
    there = [name for name in (*BURDENS, ACCOUNT) if name in table.frame.columns]
    counts = {name: numbers(Column(table.path, name, table.frame[name]), signed=name == ACCOUNT) for name in there}
    for name in BURDENS:
        _require_numbers(Column(table.path, name, table.frame[name]), counts[name])
    return pd.DataFrame({"badge": table.frame["badge"].astype(str).map(restored), **counts})


def read_day_changes(path: str | Path, *, timezone: str) -> pd.DataFrame:
    """Return the changes of a plan's next days in a file, as `api.tomorrow` wrote it: instants aware, `taken` a flag.

    Raises
    ------
    InputError
        Naming the column that is missing, or row, column and value.
    """
    frame = _from_to(path, DAY_CHANGES, timezone, numeric=DAY_CHANGE_NUMBERS)
    frame["taken"] = frame["taken"].str.lower() == "true"
    return frame


def read_placed_activities(path: str | Path, *, timezone: str) -> pd.DataFrame:
    """Return the activities placed in a plan's shifts, as `optimizer.desk.activities` has them: instants aware.

    Raises
    ------
    InputError
        Naming the column that is missing, or row, column and value.
    """
    from optimizer.desk.activities import PLACED

    return _from_to(path, PLACED, timezone)


def _from_to(path: str | Path, columns: tuple[str, ...], timezone: str, *, numeric: Iterable[str] = ()) -> pd.DataFrame:
    """Return a file's rows as text, but for `start_at`, `end_at` and the numbers."""
    table = _table(path, columns)
    frame = table.frame[list(columns)].astype(str).map(restored).reset_index(drop=True)
    for name in numeric:
        frame[name] = numbers(Column(table.path, name, table.frame[name]), signed=True)  # hours of who is sent home
    for name in ("start_at", "end_at"):
        frame[name] = _aware(Column(table.path, name, table.frame[name]), timezone)
    return frame


def read_overrides(path: str | Path, *, timezone: str = "Asia/Shanghai") -> tuple[Override, ...]:
    """Return the planner's overrides in a file: `start_at, end_at, factor, reason`, and `made_by` where it is told.

    Instants without an offset are of `timezone`.

    Raises
    ------
    InputError
        Naming the column that is missing, or every row, column and value that cannot be.
    """
    table = _table(path, OVERRIDE)
    name_unused(table, (*OVERRIDE, "made_by"))
    column = {name: Column(table.path, name, table.frame[name]) for name in OVERRIDE}
    limits = []
    faults: list[InputError] = []
    for name in ("start_at", "end_at"):
        times = instants(column[name], faults=faults)
        faults += [column[name].error_at(int(n), say("cell.empty")) for n in np.flatnonzero(_blank(column[name]))]
        local = pd.DatetimeIndex(times.at)
        at = (
            local.tz_localize("UTC").tz_convert(timezone)
            if times.aware
            else local.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
        )
        changed = np.flatnonzero(np.asarray(at.isna()) & ~np.isnat(times.at))
        faults += [column[name].error_at(int(n), say("cell.clock_change", timezone=timezone)) for n in changed]
        limits.append(at)
    factors = numbers(column["factor"], faults=faults)
    all_of(faults)
    people = table.frame["made_by"].astype(str).map(restored) if "made_by" in table.frame else [""] * len(factors)
    found = []
    for row, (start, end, factor, reason, by) in enumerate(
        zip(*limits, factors, table.frame["reason"].astype(str).map(restored), people, strict=True)
    ):
        try:
            found.append(Override(start, end, float(factor), reason.strip(), by.strip()))
        except (TypeError, ValueError) as error:
            faults.append(column["start_at"].error_at(row, say("row.wrong", cause=error)))
    all_of(faults)
    return tuple(found)


def _blank(column: Column) -> np.ndarray:
    return column.texts.astype(str).str.strip().eq("").to_numpy()


def write_frame(frame: pd.DataFrame, path: str | Path) -> Path:
    """Write a frame (index included where it is named) as CSV, or as Parquet by the file's suffix; return the path.

    The file appears whole or not at all.
    """
    path = Path(path)
    out = frame.reset_index() if frame.index.name else frame
    with whole_file(path) as part:
        if path.suffix == ".parquet":
            out.to_parquet(part, index=False)
            return path
        out = defused_frame(out)
        for name in out.columns:
            if isinstance(out[name].dtype, pd.DatetimeTZDtype):
                place, times = pd.factorize(out[name])  # few distinct instants, many rows
                texts = np.array([*(at.isoformat() for at in times), None], dtype=object)
                out[name] = texts[place]
        out.to_csv(part, index=False, float_format="%.10g", lineterminator="\n")
    return path
