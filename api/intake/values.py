"""Numbers, durations and instants as people write them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from api.intake.errors import InputError

NOT_OBSERVED = {"", "-", "--", "—", "–", "n/a", "na", "nan", "null", "none", "无", "无数据", "缺失", "#n/a", "nil"}
TOTAL_WORDS = {
    "total",
    "totals",
    "sum",
    "summary",
    "grand total",
    "average",
    "avg",
    "合计",
    "总计",
    "小计",
    "汇总",
    "平均",
    "合計",
    "總計",
    "平均值",
}
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,2}))?:(\d{2})(?:\.\d+)?")
OFFSET = re.compile(r"(?<=[\d.])\s*(Z|UTC|[+-]\d{2}:?\d{2}|(?<=:\d\d)[+-]\d{2})$", re.IGNORECASE)
RANGE_END = re.compile(r"(?<=[:时\d])\s*[-~–—至到]+\s*(?:\d{4}[-/]\d{1,2}[-/]\d{1,2}\s+)?\d{1,2}(?::\d{2}){1,2}$")
TIME = re.compile(r"(\d{1,2})(?::?(\d{2}))?(?::(\d{2}))?\s*(am|pm|上午|下午)?", re.IGNORECASE)
HALF = re.compile(r"am|pm|上午|下午", re.IGNORECASE)
PLAIN = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2})?")  # needs no rewriting
DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(.*)")


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a file: what it is called there, its texts, and where it came from."""

    path: Path
    heading: str
    texts: pd.Series  # categorical; the index is the row number in the file

    def error(self, category: int, message: str, way_out: str | None = None) -> InputError:
        """Return the error about the first row that holds the text of `category`."""
        return self.error_at(int(np.flatnonzero(self.texts.cat.codes.to_numpy() == category)[0]), message, way_out)

    def error_at(self, at: int, message: str, way_out: str | None = None) -> InputError:
        """Return the error about the row at position `at`."""
        row, value = int(self.texts.index[at]), self.texts.iloc[at]
        return InputError(self.path, message, row=row, column=self.heading, value=value, way_out=way_out)

    @property
    def codes(self) -> np.ndarray:
        """Position of each row's text among `distinct`."""
        return self.texts.cat.codes.to_numpy()

    @property
    def distinct(self) -> list[str]:
        """Return the distinct texts, in full-width-free form, trimmed."""
        texts = [str(t) for t in self.texts.cat.categories]
        return [t.strip() if t.isascii() else unicodedata.normalize("NFKC", t).strip() for t in texts]

    def used(self) -> np.ndarray:
        """Return which distinct texts occur in the rows."""
        seen = np.zeros(len(self.texts.cat.categories), dtype=bool)
        seen[self.codes] = True
        return seen


def numbers(column: Column, *, unit: float = 1.0, clock: bool = False) -> np.ndarray:
    """Return the column as floats times `unit`, NaN where nothing was observed.

    clock
        Whether `3:05` and `0:03:05` are durations, in seconds.

    Raises
    ------
    InputError
        At the first text that is no number, is negative, or is not finite.
    """
    distinct, used = column.distinct, column.used()
    quick = pd.to_numeric(pd.Series(distinct, dtype=object), errors="coerce").to_numpy(dtype=float, copy=True) * unit
    for i in np.flatnonzero(~np.isfinite(quick) & used):
        quick[i] = _number(column, int(i), distinct[i], unit, clock=clock)
    negative = np.flatnonzero((quick < 0) & used)
    if len(negative):
        raise column.error(
            int(negative[0]), "is negative", "correct it, or leave the cell empty where nothing was observed"
        )
    return np.asarray(quick[column.codes])


def _number(column: Column, category: int, text: str, unit: float, *, clock: bool) -> float:
    if text.casefold() in NOT_OBSERVED:
        return np.nan
    if THOUSANDS.fullmatch(text):
        return float(text.replace(",", "")) * unit
    if clock and (match := CLOCK.fullmatch(text)):
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds
    raise column.error(category, "is not a number", "write digits, or leave the cell empty where nothing was observed")


def flags(column: Column) -> np.ndarray:
    """Return the column as booleans; empty is False.

    Raises
    ------
    InputError
        At the first text that is neither yes nor no.
    """
    yes = {"1", "1.0", "true", "yes", "y", "是", "有", "t", "√", "x"}
    no = {"0", "0.0", "false", "no", "n", "否", "无", "f", "", "-"}
    distinct, used = column.distinct, column.used()
    values = np.zeros(len(distinct), dtype=bool)
    for i in np.flatnonzero(used):
        text = distinct[i].casefold()
        if text not in yes | no:
            raise column.error(int(i), "is neither yes nor no", "write 1 or 0")
        values[i] = text in yes
    return np.asarray(values[column.codes])


@dataclass(frozen=True, eq=False)
class Instants:
    """What a time column says. `at` is datetime64[s] per row: UTC where `aware`, else the local clock; NaT is empty."""

    at: np.ndarray
    aware: bool
    totals: np.ndarray  # rows whose cell reads "Total" or the like


def instants(column: Column, *, date_order: str | None = None) -> Instants:
    """Return the column's instants.

    Raises
    ------
    InputError
        At the first text that is no instant, where day and month cannot be told apart, and where some rows carry an
        offset and some do not.
    """
    distinct, used = column.distinct, column.used()
    values = np.full(len(distinct), np.datetime64("NaT"), dtype="datetime64[s]")
    aware = np.zeros(len(distinct), dtype=bool)
    totals = np.array([t.casefold() in TOTAL_WORDS for t in distinct])
    order = date_order or _date_order(column, distinct, used)
    texts = [t if PLAIN.fullmatch(t) else _iso(t, order) for t in distinct]
    for i, text in enumerate(texts):
        if len(text) > 16 and (match := OFFSET.search(text)):
            aware[i] = True
            offset = match.group(1).upper().replace("UTC", "Z")
            texts[i] = text[: match.start()] + offset
    todo = used & ~totals & np.array([t.casefold() not in NOT_OBSERVED for t in texts])
    both = np.array([bool((aware & todo).any()), bool((~aware & todo).any())])
    if both.all():
        odd = aware if aware[column.codes].sum() <= (~aware & todo)[column.codes].sum() else ~aware & todo
        raise column.error(
            int(np.flatnonzero(odd & todo)[0]),
            "mixes instants with and without an offset from UTC",
            "write all rows with an offset (2026-12-01T08:00+08:00), or none",
        )
    for kind in (True, False):
        which = np.flatnonzero(todo & (aware == kind))
        if not len(which):
            continue
        parsed = pd.to_datetime(pd.Index([texts[i] for i in which]), format="ISO8601", errors="coerce", utc=kind)
        if kind:
            parsed = parsed.tz_localize(None)
        values[which] = parsed.to_numpy().astype("datetime64[s]")
    wrong = np.flatnonzero(todo & np.isnat(values))
    if len(wrong):
        raise column.error(int(wrong[0]), "is not an instant", "write 2026-12-01T08:00 or 2026-12-01T08:00+08:00")
    codes = column.codes
    return Instants(values[codes], bool(both[0]), totals[codes])


def _date_order(column: Column, distinct: list[str], used: np.ndarray) -> str:
    """Return `dmy` or `mdy` for dates that start with neither year nor a hint, from the whole column."""
    first = second = ambiguous = -1
    for i in np.flatnonzero(used):
        if distinct[i][4:5] != "-" and (match := DAY_FIRST.fullmatch(distinct[i])):
            ambiguous = int(i)
            if int(match.group(1)) > 12:
                first = int(i)
            if int(match.group(2)) > 12:
                second = int(i)
    if ambiguous < 0 or (first >= 0) != (second >= 0):
        return "dmy" if first >= 0 else "mdy"
    message = "is no date in the order of the other rows" if first >= 0 else "may be day/month or month/day"
    raise column.error(
        max(first, second, ambiguous), message, 'say which with a mapping file: [cells] date_order = "dmy"'
    )


def _iso(text: str, order: str) -> str:
    """Return `text` rewritten towards ISO 8601; what is not understood is returned as it stands."""
    text = RANGE_END.sub("", text) if len(text) > 10 else text
    text = re.sub(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]?\s*", r"\1-\2-\3 ", text).strip()
    text = re.sub(r"(\d{1,2})[时點点](\d{1,2})分?(\d{1,2})?秒?$", r"\1:\2", text)
    text = re.sub(r"(\d{1,2})[时點点]$", r"\1:00", text)
    if match := DAY_FIRST.fullmatch(text):
        day, month, year, rest = match.groups()
        if order == "mdy":
            day, month = month, day
        text = f"{'20' + year if len(year) == 2 else year}-{month}-{day}{rest}"
    if re.fullmatch(r"\d{8}(?:[ T]?\d{2}:?\d{2}(?::?\d{2})?)?", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[8:].strip(' T')}".strip()
    if re.fullmatch(r"[2-7]\d{4}(?:\.\d+)?", text):  # Excel's day number in a cell not formatted as a date
        at = pd.Timestamp("1899-12-30") + pd.Timedelta(days=float(text))
        return at.round("s").isoformat()
    match = re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s]+(.*))?", text)
    if not match:
        return text
    year, month, day, clock = match.groups()
    date = f"{year}-{int(month):02d}-{int(day):02d}"
    return f"{date}T{_clock(clock)}" if clock else date


def _clock(text: str) -> str:
    """Return a time of day as HH:MM[:SS][offset]; what is not understood is returned as it stands."""
    offset = OFFSET.search(text)
    tail = offset.group(0).strip() if offset else ""
    body = text[: offset.start()].strip() if offset else text.strip()
    body = re.sub(r"^(上午|下午)(.*)$", r"\2 \1", body)
    match = TIME.fullmatch(body)
    if not match:
        return text
    hour, minute, second, half = match.groups()
    number = int(hour)
    if half:
        number = number % 12 + (12 if half.casefold() in {"pm", "下午"} else 0)
    return f"{number:02d}:{minute or '00'}:{second or '00'}{tail}"


def minutes_of_day(column: Column) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's time of day in minutes (NaN where empty), and which rows read "Total" or the like.

    Raises
    ------
    InputError
        At the first text that is no time of day.
    """
    distinct, used = column.distinct, column.used()
    values = np.full(len(distinct), np.nan)
    totals = np.array([t.casefold() in TOTAL_WORDS for t in distinct])
    for i in np.flatnonzero(used & ~totals):
        if distinct[i].casefold() in NOT_OBSERVED:
            continue
        minutes = time_of_day_minutes(distinct[i])
        if minutes is None:
            raise column.error(int(i), "is not a time of day", "write 08:00 or 8")
        values[i] = minutes
    return values[column.codes], totals[column.codes]


def time_of_day_minutes(text: str) -> float | None:
    """Return a time of day (08:00, 8, 8时, 08:00-09:00, 8:00-8:30 AM, 1900-01-01 08:00) in minutes, or None."""
    text = unicodedata.normalize("NFKC", text).strip()
    text = re.sub(r"^1(899|900|904)-\d\d-\d\d[ T]", "", text)
    start, *rest = re.split(r"\s*[-~–—至到]\s*", text, maxsplit=1)
    minutes = _one_time(start)
    end = _one_time(rest[0]) if rest else None
    if minutes is not None and end is not None and HALF.search(rest[0]) and not HALF.search(start):
        # "11:30-12:00 PM": the half of the day stands once; the start is the nearer one before the end.
        minutes = max((m for m in (minutes % 720, minutes % 720 + 720) if m < (end or 1440)), default=minutes)
    return minutes


def _one_time(text: str) -> float | None:
    text = re.sub(r"[时點点](?=\d)", ":", text)
    text = re.sub(r"[时點点分h]$", "", text.casefold()).strip()
    if re.fullmatch(r"0?\.\d+", text):  # Excel's fraction of a day in a cell not formatted as a time
        return round(float(text) * 1440)
    match = re.fullmatch(r"(\d{2}):(\d{2}):(\d{2})", _clock(text))
    if not match or int(match.group(1)) > 23 or int(match.group(2)) > 59:
        return None
    return int(match.group(1)) * 60 + int(match.group(2))
