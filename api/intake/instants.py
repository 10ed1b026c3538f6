"""Instants, dates and times of day in a column, decided for the column as a whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, get_args

import numpy as np
import pandas as pd

from api.intake.dates import NO_EVIDENCE, DateOrder, DateText, Evidence, date_of, date_text, order_of
from api.intake.errors import Ask, InputError
from api.intake.sentences import say
from api.intake.values import NOT_OBSERVED, Column
from api.intake.vocabulary import sums_up
from optimizer.law.clocks import DAY_SECONDS, LONGEST, Counted, clock_of

OFFSET = re.compile(
    r"(?<=[\d.\sAPMapm])\s*\(?(Z|(?:UTC|GMT)?\s?[+-]\d{1,2}:?\d{2}|(?<=:\d\d)[+-]\d{2}|UTC|GMT|(?:UTC|GMT)[+-]\d{1,2})\)?$",
    re.IGNORECASE,
)
ZONE_NAME = re.compile(
    r"\s+\(?(?:[ECMPAN][SD]T|CES?T|BST|WES?T|EES?T|MSK|JST|KST|IST|SGT|HKT|AE[SD]T|NZ[SD]T|[ECMP]T|CST6CDT)\)?$"
)
RANGE_END = re.compile(r"[\sT]\d{1,2}:\d{2}-\d{1,2}:\d{2}$")  # 08:00-09:00 without seconds: no offset, a range
ISO_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2})?")
DIGITS = re.compile(r"(?P<day>(?:19|20)\d{6})[ T_-]?(?P<clock>\d{4}|\d{6})")
EPOCH_TEXT = re.compile(r"1\d{9}(?:\.\d+)?|1\d{12}|1\d{15}")
EXCEL_DAY_TEXT = re.compile(r"[2-7]\d{4}(?:\.\d+)?")
SPLIT = re.compile(r"\s+at\s+|[\sT,_]+|(?<=[日号號])|(?<=[A-Za-z]\d{4}):")  # 05OCT2026:08:00:00
RANGE_SIGN = re.compile(r"\s+[-–—]\s+|\s*[~～〜至]\s*|/(?=\d{4})|\s+(?:to|bis|a|à)\s+")  # two instants: from and to
NO_YEAR = re.compile(r"\d{1,2}(?:\s*月\s*|[/-])\d{1,2}(?:[日号]|\s|$).*")
DAYS_TO_NEW_YEAR = 300


@dataclass(frozen=True, eq=False)
class Instants:
    """What a time column says. `at` is datetime64[s] per row: UTC where `aware`, else the local clock; NaT is empty.

    order, offsets
        How dates were written, and how that was told; and the offsets from UTC, in minutes.
    """

    at: np.ndarray
    aware: bool
    totals: np.ndarray  # rows whose cell reads "Total" or the like
    ends: bool = False  # 24:00 stands there and 00:00 does not: intervals are labelled by their end
    order: Evidence = NO_EVIDENCE
    offsets: tuple[int, ...] = ()  # from UTC, in minutes, that stand there


class InstantText(NamedTuple):
    """A text's date, its seconds of the day, and its offset from UTC in minutes; `stamp` (UTC) of an epoch."""

    day: DateText | None
    seconds: float
    offset: int | None = None
    stamp: float | None = None
    day_text: str = ""
    has_clock: bool = True


def instants(
    column: Column,
    *,
    date_order: str | None = None,
    year: int | None = None,
    strict: bool = True,
    faults: list[InputError] | None = None,
    evidence: Sequence[str] = (),
    weekdays: Sequence[tuple[str, int]] = (),
    utc: bool = False,
) -> Instants:
    """Return the column's instants.

    year
        Of dates written without one (1月5日), where the file tells it elsewhere.
    strict
        False: what is no instant comes back as NaT.
    faults
        Where it is given, what cannot be read is added to it and comes back as NaT.
    evidence, weekdays
        Other dates of the file, and dates with the weekday beside them, which tell in which order their numbers stand.
    utc
        Whether instants without an offset are UTC.

    Raises
    ------
    InputError
        At the first text that is no instant, where day and month cannot be told apart, and where some rows carry an
        offset and some do not.
    """
    distinct, used = with_centuries(column.distinct), column.used()
    totals = np.array([sums_up(t) for t in distinct], dtype=bool)
    todo = used & ~totals & np.array([t.casefold() not in NOT_OBSERVED for t in distinct], dtype=bool)
    values = _plain_instants(distinct, todo)
    aware, late = np.zeros(len(distinct), dtype=bool), np.zeros(len(distinct), dtype=bool)
    slow = np.flatnonzero(todo & np.isnat(values))
    read = {int(i): instant_told(distinct[i]) for i in slow}
    order = _order(column, read, date_order, (evidence, weekdays), strict=strict, faults=faults)
    yearless = np.zeros(len(distinct), dtype=bool)
    for i, told in read.items():
        if told is None:
            continue
        values[i], aware[i] = _value(told, order.order or "dmy", year)
        late[i] = told.seconds == DAY_SECONDS
        yearless[i] = told.day is not None and told.day.year is None and not told.day.short_year
    if utc:
        aware |= ~np.isnat(values)
    if strict or faults is not None:
        _refuse_mixed(column, aware, todo & ~np.isnat(values), faults)
        _refuse_unread(column, np.flatnonzero(todo & np.isnat(values)), year, faults)
    codes = column.codes
    at_midnight = used & ~late & (values == values.astype("datetime64[D]"))
    ends = bool((late & used).any()) and not at_midnight.any()
    rows = values[codes]
    if yearless.any() and yearless[todo].all():
        rows = _over_new_year(rows)
    offsets = {one.offset for one in read.values() if one is not None and one.stamp is None and one.offset is not None}
    return Instants(rows, bool((aware & todo).any()), totals[codes], ends, order, tuple(sorted(offsets)))


def _plain_instants(texts: list[str], wanted: np.ndarray) -> np.ndarray:
    """Return the instants of the texts that are written as ISO 8601 has it, NaT of all others."""
    values = np.full(len(texts), np.datetime64("NaT"), dtype="datetime64[s]")
    quick = wanted & np.array([ISO_INSTANT.fullmatch(text) is not None for text in texts], dtype=bool)
    if quick.any():
        told = pd.Index([texts[i] for i in np.flatnonzero(quick)])
        values[quick] = pd.to_datetime(told, format="ISO8601", errors="coerce").to_numpy().astype("datetime64[s]")
    return values


def with_centuries(texts: list[str]) -> list[str]:
    """Return dates of six digits (990131) with their century, where all of a column's texts are such dates."""
    told = [text for text in texts if text.casefold() not in NOT_OBSERVED and not sums_up(text)]
    if not told or not all(len(text) == 6 and text.isdecimal() for text in told):
        return texts
    full = {text: f"{'19' if text[:2] >= '70' else '20'}{text}" for text in told}
    return (
        [full.get(text, text) for text in texts] if all(date_text(one) is not None for one in full.values()) else texts
    )


@lru_cache(maxsize=400_000)
def instant_told(text: str) -> InstantText | None:
    """Return what a text says of an instant; of a range its start. None where it says none."""
    if len(text) > LONGEST:
        return None
    if EPOCH_TEXT.fullmatch(text):
        return InstantText(None, 0.0, 0, float(text) if "." in text else float(text) / 10 ** (len(text) - 10))
    if EXCEL_DAY_TEXT.fullmatch(text):  # Excel's day number in a cell not formatted as a date
        at = datetime(1899, 12, 30) + timedelta(days=float(text))  # noqa: DTZ001 (a local clock)
        at = (at + timedelta(milliseconds=500)).replace(microsecond=0)
        seconds = float(at.hour * 3600 + at.minute * 60 + at.second)
        return InstantText(DateText(at.year, at.month, at.day), seconds, has_clock="." in text)
    body, offset = _without_offset(text)
    told = _day_and_clock(body, offset)
    if told is None or not told.has_clock:
        for between in RANGE_SIGN.finditer(body):
            start, own = _without_offset(body[: between.start()])
            first = _day_and_clock(start, offset if own is None else own)
            last = _day_and_clock(body[between.end() :], offset)
            if first is not None and first.has_clock and last is not None:
                return first
    return told


def _without_offset(text: str) -> tuple[str, int | None]:
    """Return a text without its offset from UTC, and the offset in minutes; None where it has none."""
    match = OFFSET.search(text) if len(text) > 10 else None
    if match is None or ":" not in text[: match.start()]:
        return ZONE_NAME.sub("", text), None
    if RANGE_END.search(text) and "T" not in text:
        return text, None
    digits = re.sub(r"[^\d+-]", "", match.group(1))
    body = text[: match.start()].rstrip(" (")
    if not digits:
        return body, 0
    hours, minutes = (int(digits[1:-2]), int(digits[-2:])) if len(digits) > 3 else (int(digits[1:]), 0)
    return body, (-1 if digits[0] == "-" else 1) * (hours * 60 + minutes)


def _day_and_clock(text: str, offset: int | None) -> InstantText | None:
    if match := DIGITS.fullmatch(text):
        day, clock = date_text(match["day"]), clock_of(match["clock"])
        if day is not None and clock is not None:
            return InstantText(day, clock.start, offset, day_text=match["day"])
    if (day := date_text(text)) is not None:
        return InstantText(day, 0.0, offset, day_text=text, has_clock=False)
    for cut in reversed(list(SPLIT.finditer(text))):
        left, right = text[: cut.start()], text[cut.end() :]
        if left and right and (day := date_text(left)) is not None and (clock := clock_of(right)) is not None:
            return InstantText(day, clock.start, offset, day_text=left)
    for cut in SPLIT.finditer(text):  # 08:13 05/01/2026
        left, right = text[: cut.start()], text[cut.end() :]
        if zone := re.match(r"(?:UTC|GMT|Z)\s+", right):
            right, offset = right[zone.end() :], 0
        clock, day = clock_of(left), date_text(right) if left and right else None
        if day is not None and clock is not None and not clock.bare:
            return InstantText(day, clock.start, offset, day_text=right)
    return None


def _value(told: InstantText, order: DateOrder, year: int | None) -> tuple[np.datetime64, bool]:
    """Return an instant, and whether it is aware."""
    if told.stamp is not None:
        return np.datetime64(int(told.stamp), "s"), True
    day = None if told.day is None else date_of(told.day, order, year)
    if day is None:
        return np.datetime64("NaT"), False
    at = np.datetime64(day, "s") + np.timedelta64(int(told.seconds), "s")
    return (at, False) if told.offset is None else (at - np.timedelta64(told.offset, "m"), True)


def _order(
    column: Column,
    read: dict[int, InstantText | None],
    told: str | None,
    beside: tuple[Sequence[str], Sequence[tuple[str, int]]],
    *,
    strict: bool,
    faults: list[InputError] | None,
) -> Evidence:
    """Return in which order the numbers of dates stand: as told, or as these and the file's other dates tell."""
    for order in get_args(DateOrder):
        if order == told:
            return Evidence(order, "told")
    texts = {one.day_text: i for i, one in read.items() if one is not None and one.day is not None and one.day.loose}
    if not texts:
        return NO_EVIDENCE
    found = order_of([*texts, *beside[0]], beside[1])
    if found.order is not None or not (strict or faults is not None):
        return found if found.order is not None else Evidence("mdy", "")
    blamed = texts.get(found.odd, next(iter(texts.values())))
    either = Ask("date_order", ("dmy", "mdy"))
    if found.why == "years":
        error = column.error(blamed, say("cell.year_first"), ask=Ask("date_order", ("ymd", "dmy")))
    else:
        wrong = say("cell.other_order") if found.why == "mixed" else say("cell.day_or_month")
        error = column.error(blamed, wrong, ask=either)
    if faults is None:
        raise error
    faults.append(error)
    return Evidence("dmy", "")


def _refuse_mixed(column: Column, aware: np.ndarray, there: np.ndarray, faults: list[InputError] | None) -> None:
    if not ((aware & there).any() and (~aware & there).any()):
        return
    odd = aware if aware[column.codes].sum() <= (~aware & there)[column.codes].sum() else ~aware & there
    error = column.error(int(np.flatnonzero(odd & there)[0]), say("cell.mixed"))
    if faults is None:
        raise error
    faults.append(error)


def _refuse_unread(column: Column, unread: np.ndarray, year: int | None, faults: list[InputError] | None) -> None:
    for i in unread:
        text = column.distinct[int(i)]
        told = date_text(text)
        yearless = year is None and (NO_YEAR.fullmatch(text) or (told and told.year is None and not told.short_year))
        column.blame(int(i), say("cell.no_year", above="2026年") if yearless else say("cell.no_instant"), faults)


def _over_new_year(rows: np.ndarray) -> np.ndarray:
    """Return dates that were given one year for all, a year on from where the rows jump from December to January."""
    there = np.flatnonzero(~np.isnat(rows))
    days = rows[there].astype("datetime64[D]").astype(int)
    turns = np.diff(days, prepend=days[:1]) < -DAYS_TO_NEW_YEAR
    if not turns.any():
        return rows
    out = rows.copy()
    years = np.cumsum(turns)
    moved = pd.Series(pd.DatetimeIndex(rows[there]))
    out[there] = [at + pd.DateOffset(years=int(n)) for at, n in zip(moved, years, strict=True)]
    return out


def seconds_of_day(
    column: Column, *, counted: Counted | None = None, faults: list[InputError] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's time of day in seconds (NaN where empty), and which rows read "Total" or the like.

    counted
        How the texts count the intervals of a day, where they do.

    Raises
    ------
    InputError
        At the first text that is no time of day, unless `faults` take them.
    """
    distinct, used = column.distinct, column.used()
    values = np.full(len(distinct), np.nan)
    totals = np.array([sums_up(t) for t in distinct], dtype=bool)
    for i in np.flatnonzero(used & ~totals):
        if distinct[i].casefold() in NOT_OBSERVED:
            continue
        text = distinct[i]
        clock = clock_of(text) if counted is None else counted.clock_of(text)
        if clock is not None:
            values[i] = clock.start
        else:
            column.blame(int(i), say("cell.time_of_day"), faults)
    return values[column.codes], totals[column.codes]
