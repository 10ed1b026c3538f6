"""When each row of a table was: its instant, or its date and time of day, and what of it was missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from api.intake.dates import NO_EVIDENCE, Evidence, date_text
from api.intake.errors import InputError
from api.intake.files import TextTable
from api.intake.headings import ColumnMapping
from api.intake.instants import EPOCH_TEXT, ISO_INSTANT, Instants, instants, seconds_of_day
from api.intake.layout import Layout
from api.intake.sentences import say
from api.intake.stated import Stated
from api.intake.values import MOST_FAULTS, Column, numbers
from api.intake.vocabulary import month_named, sums_up, weekday_named
from api.intake.when_columns import ISO_WEEK
from forecaster.history.intervals import MINUTES_PER_DAY
from optimizer.law.clocks import Counted, clock_of, counted_through_day

HALF_DAY = 43_200
FEWEST_TIMES = 8
TEXTS_AT_ONCE = 1 << 19  # rows
ISO = r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?"
OFFSETS = r"(?:Z|[+-]\d{2}:?\d{2})"
MOSTLY_PASSED = 0.8  # of the days


@dataclass(frozen=True, eq=False)
class RowTimes:
    """When the rows were. `at` is datetime64[s]: UTC where `aware`, else the local clock; NaT where nothing tells.

    day, seconds
        Of a table whose headings tell the other half: the rows' days, or their seconds of the day (NaN where none).
    totals
        Rows whose label reads "Total" or the like.
    ends
        Whether the rows label intervals by their end.
    order, offsets
        In which order dates are written, and how that was told; and the offsets from UTC, in minutes.
    halved
        Whether the clock runs twelve hours and says nowhere which half of the day it is.
    counted
        How the intervals are counted through the day, where they have no times of day.
    """

    at: np.ndarray
    aware: bool
    totals: np.ndarray
    ends: bool
    order: Evidence
    seconds: np.ndarray | None = None
    offsets: tuple[int, ...] = ()
    halved: bool = False
    counted: Counted | None = None


def column_of(table: TextTable, name: str) -> Column:
    """Return a column of a table, its texts as categories."""
    texts = table.frame[name]
    if not isinstance(texts.dtype, pd.CategoricalDtype):
        texts = texts.astype("category")
    return Column(table.path, name, texts)


def row_times(
    table: TextTable,
    layout: Layout,
    how: ColumnMapping,
    stated: Stated,
    *,
    weekdays: str | None,
    days_in_headings: Sequence[str],
    faults: list[InputError],
) -> RowTimes:
    """Return when the rows of a table were. Whatever cannot be read is added to `faults`."""
    year = how.year or stated.year
    days_in_headings = [*days_in_headings, *stated.beside]
    count = len(table.frame)
    nothing = np.zeros(count, dtype=bool)
    if layout.start is not None:
        utc = _says_utc(layout.start)
        told = _instants(table, layout.start, how, year, days_in_headings, faults, utc=utc)
        return RowTimes(told.at, told.aware, told.totals, told.ends, told.order, offsets=told.offsets)
    day = _days(table, layout, how, stated, weekdays, days_in_headings, faults)
    if layout.clock is None:
        at = day.at if day is not None else np.full(count, _stated_day(table, stated, how, days_in_headings))
        empty = Instants(at, False, nothing) if day is None else day
        return RowTimes(at, empty.aware, empty.totals, False, empty.order)
    clock = column_of(table, layout.clock)
    counted = counted_through_day([text for text in clock.told() if not sums_up(text)])
    seconds, totals = seconds_of_day(clock, counted=counted, faults=faults)
    if layout.minute is not None:
        seconds = seconds + 60 * numbers(column_of(table, layout.minute), faults=faults)
    if layout.wide and day is None:
        return RowTimes(np.full(count, np.datetime64("NaT"), dtype="datetime64[s]"), False, totals,
                        _by_their_end(clock, seconds, faults), NO_EVIDENCE, seconds)  # fmt: skip
    if day is None:
        one = _stated_day(table, stated, how, days_in_headings)
        day = Instants(np.full(count, one), False, nothing)
    seconds, halved = _of_twelve_hours(seconds, day.at)
    offset = np.where(np.isnan(seconds), 0, seconds).astype("timedelta64[s]")
    at = np.where(np.isnan(seconds), np.datetime64("NaT"), day.at + offset)
    missing = np.flatnonzero(np.isnan(seconds) & ~np.isnat(day.at) & ~totals & ~day.totals)
    blank = [n for n in missing if not str(clock.texts.iloc[int(n)]).strip()]
    faults += [clock.error_at(int(n), say("cell.no_time_of_day")) for n in blank[:MOST_FAULTS]]
    ends = _by_their_end(clock, seconds, faults)
    aware = day.aware or _says_utc(layout.clock) or (layout.day is not None and _says_utc(layout.day))
    return RowTimes(at, aware, totals | day.totals, ends, day.order, halved=halved, counted=counted)


def _of_twelve_hours(seconds: np.ndarray, days: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return times of a clock of twelve hours, without AM or PM, in their half of the day; and whether they are such.

    They are where no time is before 1:00 or from 13:00 on, and nearly every day's rows pass 12 once, going on at 1.
    """
    there = np.flatnonzero(~np.isnan(seconds) & ~np.isnat(days))
    told = seconds[there]
    if len(told) < FEWEST_TIMES or told.min() < HALF_DAY / 12 or told.max() >= HALF_DAY * 13 / 12:
        return seconds, False
    new_day = np.concatenate([[True], np.diff(days[there]).astype(np.int64) != 0])
    short = told % HALF_DAY
    falls = np.concatenate([[False], np.diff(short) < 0]) & ~new_day
    day = np.cumsum(new_day) - 1
    each = np.bincount(day, weights=falls)
    if each.max() != 1 or each.mean() < MOSTLY_PASSED or (falls & (short >= HALF_DAY / 6)).any():
        return seconds, False
    passed = np.cumsum(falls)
    out = seconds.copy()
    out[there] = short + (passed - passed[new_day][day]) * HALF_DAY
    return out, True


def _says_utc(heading: str) -> bool:
    """Return whether a heading says that its times are UTC."""
    return not {"utc", "gmt", "zulu"}.isdisjoint(re.split(r"[\s_()]+", heading.casefold()))


def _instants(
    table: TextTable,
    name: str,
    how: ColumnMapping,
    year: int | None,
    evidence: Sequence[str],
    faults: list[InputError],
    *,
    utc: bool,
) -> Instants:
    """Return the instants of a column; of one whose texts hardly repeat, without a look at each by itself."""
    texts = table.frame[name]
    if not isinstance(texts.dtype, pd.CategoricalDtype):
        arrow = pa.array(texts.array)
        chunks = arrow.chunks if isinstance(arrow, pa.ChunkedArray) else [arrow]
        parts = [chunk.slice(at, TEXTS_AT_ONCE) for chunk in chunks for at in range(0, len(chunk), TEXTS_AT_ONCE)]
        if (plainly := _plainly(parts)) is not None:
            at, aware = plainly
            column = Column(table.path, name, texts)
            unread = [int(row) for row in np.flatnonzero(np.isnat(at)) if str(texts.iloc[row]).strip()][:MOST_FAULTS]
            faults += [column.error_at(row, say("cell.no_instant")) for row in unread]
            return Instants(at, aware or utc, np.zeros(len(texts), dtype=bool))
        if (halves := _halves(parts)) is not None:
            heads, tails = (_category(half, texts.index) for half in halves)
            days = instants(Column(table.path, name, heads), date_order=how.date_order, year=year, faults=faults)
            seconds, _ = seconds_of_day(Column(table.path, name, tails), faults=faults)
            at = days.at + np.where(np.isnan(seconds), 0, seconds).astype("timedelta64[s]")
            return Instants(np.where(np.isnan(seconds), np.datetime64("NaT"), at), utc, days.totals, order=days.order)
    return instants(
        column_of(table, name), date_order=how.date_order, year=year, faults=faults, evidence=evidence, utc=utc
    )  # fmt: skip


def _plainly(parts: Sequence[pa.Array]) -> tuple[np.ndarray, bool] | None:
    """Return the instants of texts that are all seconds or milliseconds since 1970, or ISO 8601; and whether UTC.

    What is no instant in that form is NaT; None of texts of another form, or with an offset in some of them.
    """

    def are_all(form: str) -> bool:
        return all(pc.all(pc.match_substring_regex(part, f"^(?:{form})?$")).as_py() is not False for part in parts)

    first = next((text for part in parts for text in part[:100].to_pylist() if text), "")
    if EPOCH_TEXT.fullmatch(first) and "." not in first and are_all(rf"\d{{{len(first)}}}"):
        whole = [pc.cast(pc.if_else(pc.equal(part, ""), None, part), pa.int64()) for part in parts]
        stamps = pa.chunked_array([pc.divide(part, 10 ** (len(first) - 10)) for part in whole])
        return stamps.cast(pa.timestamp("s")).to_numpy(), True
    offset = _offset_of(first)
    if not ISO_INSTANT.match(first) or not are_all(ISO + (OFFSETS if offset else "")):
        return None
    read = [pd.to_datetime(part.to_pandas(), format="ISO8601", utc=True, errors="coerce") for part in parts]
    return np.concatenate([one.dt.tz_localize(None).to_numpy().astype("datetime64[s]") for one in read]), offset


def _offset_of(text: str) -> bool:
    return re.search(OFFSETS + "$", text[16:]) is not None


def _halves(parts: Sequence[pa.Array]) -> tuple[list[pa.Array], list[pa.Array]] | None:
    """Return the dates and the times of day of texts that all have a blank or T between them; None of others."""
    first = next((text for part in parts for text in part[:100].to_pylist() if text), "")
    cuts = [(sign, count) for sign in (" ", "T") for count in (1, 2) if len(first.rsplit(sign, count)) == count + 1]
    cut = next(
        (
            (sign, count) for sign, count in cuts
            if date_text((words := first.rsplit(sign, count))[0]) and clock_of(sign.join(words[1:]))
        ),
        None,
    )  # fmt: skip
    if cut is None:
        return None
    sign, count = cut
    halves: tuple[list[pa.Array], list[pa.Array]] = ([], [])
    for part in parts:
        split = pc.split_pattern(part, sign, max_splits=count, reverse=True)
        lengths = pc.min_max(pc.list_value_length(split)).as_py()
        if lengths["min"] != count + 1:
            return None
        words = split.flatten()
        each = [words.take(pa.array(np.arange(n, len(words), count + 1))) for n in range(count + 1)]
        halves[0].append(pc.dictionary_encode(each[0]))
        tail = each[1] if count == 1 else pc.binary_join_element_wise(*each[1:], pa.scalar(sign, each[1].type))
        halves[1].append(pc.dictionary_encode(tail))
    return halves


def _category(parts: list[pa.Array], index: pd.Index) -> pd.Series:
    coded = pa.chunked_array(parts).unify_dictionaries().combine_chunks()
    words = coded.dictionary.to_pylist()
    return pd.Series(pd.Categorical.from_codes(coded.indices.to_numpy(zero_copy_only=False), words), index=index)


def _days(
    table: TextTable,
    layout: Layout,
    how: ColumnMapping,
    stated: Stated,
    weekdays: str | None,
    evidence: Sequence[str],
    faults: list[InputError],
) -> Instants | None:
    """Return the rows' days; None where no column tells them."""
    year = how.year or stated.year
    if layout.date_parts:
        return _from_parts(table, layout.date_parts)
    if layout.day is None:
        return None
    column = column_of(table, layout.day)
    if stated.month is not None and all(text.rstrip("日号").isdigit() and len(text) <= 3 for text in column.told()):
        return _of_month(column, stated.month, faults)
    beside = [] if weekdays is None else _beside(column, table.frame[weekdays])
    return instants(column, date_order=how.date_order, year=year, faults=faults, evidence=evidence, weekdays=beside)


def _beside(days: Column, weekdays: pd.Series) -> list[tuple[str, int]]:
    """Return the dates with the weekday that stands beside them."""
    pairs = pd.DataFrame({"code": days.codes, "named": weekdays.astype(str).to_numpy()}).drop_duplicates()
    found = (
        (days.distinct[int(code)], weekday_named(named)) for code, named in pairs.itertuples(index=False, name=None)
    )
    return [(text, day) for text, day in found if day is not None]


def _of_month(column: Column, month: tuple[int, int], faults: list[InputError]) -> Instants:
    """Return the days of a month that a column counts from 1."""
    values = np.full(len(column.distinct), np.datetime64("NaT"), dtype="datetime64[s]")
    for i in np.flatnonzero(column.used()):
        text = column.distinct[int(i)].rstrip("日号")
        if not text.isdigit():
            continue
        try:
            values[i] = np.datetime64(f"{month[0]}-{month[1]:02d}-{int(text):02d}", "s")
        except ValueError:
            faults += column.errors(int(i), say("cell.no_instant"))
    codes = column.codes
    return Instants(values[codes], False, np.zeros(len(codes), dtype=bool))


def _from_parts(table: TextTable, names: Sequence[str]) -> Instants:
    """Return the days that columns tell together: year, month and day of the month, or year, ISO week and weekday."""
    year, month, day = (table.frame[name].astype(str).str.strip() for name in names)
    if (weekday := day.map(weekday_named)).notna().all():
        return _from_weeks(year, month, weekday.astype(int))
    told = month.map(lambda text: month_named(text) if not text.isdigit() else int(text))
    parts = {"year": pd.to_numeric(year, errors="coerce"), "month": told, "day": pd.to_numeric(day, errors="coerce")}
    at = pd.to_datetime(pd.DataFrame(parts), errors="coerce").to_numpy().astype("datetime64[s]")
    return Instants(at, False, np.zeros(len(at), dtype=bool))


def _from_weeks(year: pd.Series, week: pd.Series, weekday: pd.Series) -> Instants:
    """Return the days of ISO weeks, which 2026-W41 tells with its year; `weekday`: Monday 0."""
    told: dict[tuple[str, str, int], np.datetime64] = {}
    every = list(zip(year, week, weekday, strict=True))
    for of_year, of_week, day in set(every):
        match = ISO_WEEK.fullmatch(of_week)
        try:
            on = date.fromisocalendar(int(match[1] if match else of_year), int(match[2] if match else of_week), day + 1)
        except ValueError:
            continue
        told[of_year, of_week, day] = np.datetime64(on, "s")
    at = np.array([told.get(one, np.datetime64("NaT", "s")) for one in every], dtype="datetime64[s]")
    return Instants(at, False, np.zeros(len(at), dtype=bool))


def _stated_day(table: TextTable, stated: Stated, how: ColumnMapping, evidence: Sequence[str]) -> np.datetime64:
    """Return the one day that stands above a table."""
    if not stated.day_text:
        return np.datetime64("NaT", "s")
    texts = pd.Series(pd.Categorical([stated.day_text]), index=[1])
    column = Column(table.path, "Date (above the table)", texts)
    told = instants(column, date_order=how.date_order, year=how.year or stated.year, evidence=evidence).at
    one: np.datetime64 = told[0]
    return one


def _by_their_end(part: Column, seconds: np.ndarray, faults: list[InputError]) -> bool:
    """Return whether times of day run to 24:00 and never stand at 00:00: then they are the intervals' ends."""
    late = np.flatnonzero(seconds == MINUTES_PER_DAY * 60)
    if len(late) and (seconds == 0).any():
        faults.append(part.error_at(int(late[0]), say("cell.beside_midnight")))
    return bool(len(late))


def heading_days(
    table: TextTable, texts: Mapping[str, str], how: ColumnMapping, year: int | None, faults: list[InputError]
) -> tuple[dict[str, np.datetime64], Evidence]:
    """Return the days that headings tell, by column, and how the order of day and month was told."""
    names = list(texts)
    line = pd.Index([max(table.heading_row, 1)] * len(names))
    words = [texts[name] for name in names]
    column = Column(
        table.path, "heading", pd.Series(pd.Categorical(words, categories=list(dict.fromkeys(words))), index=line)
    )
    told = instants(column, date_order=how.date_order, year=year, faults=faults)
    return dict(zip(names, told.at, strict=True)), told.order
