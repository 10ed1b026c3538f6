"""Instants, dates and times of day as people write them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

from api.intake.errors import Ask
from api.intake.sentences import say
from api.intake.values import NOT_OBSERVED, Column

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
OFFSET = re.compile(r"(?<=[\d.])\s*(Z|UTC|[+-]\d{2}:?\d{2}|(?<=:\d\d)[+-]\d{2})$", re.IGNORECASE)
RANGE_END = re.compile(r"(?<=[:时\d])\s*[-~–—至到]+\s*(?:\d{4}[-/]\d{1,2}[-/]\d{1,2}\s+)?\d{1,2}(?::\d{2}){1,2}$")
TIME = re.compile(r"(\d{1,2})(?::?(\d{2}))?(?::(\d{2}))?\s*(am|pm|上午|下午)?", re.IGNORECASE)
HALF = re.compile(r"am|pm|上午|下午", re.IGNORECASE)
WEEKDAY = re.compile(
    r"[\s(]*(?:周|週|星期|礼拜)[一二三四五六日天][\s)]*"
    r"|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b[,.]?\s*",
    re.IGNORECASE,
)
MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})(.*)")
MONTH_SECOND = re.compile(r"(\d{1,2})[\s-]([A-Za-z]{3,9})\.?[\s,-]+(\d{4}|\d{2})(\s.*|T.*)?")
NO_YEAR = re.compile(r"(\d{1,2})(?:\s*月\s*|[/-])(\d{1,2})(?:[日号]\s*|\s+|$)(.*)")
PLAIN = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2})?")  # needs no rewriting
DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(.*)")


@dataclass(frozen=True, eq=False)
class Instants:
    """What a time column says. `at` is datetime64[s] per row: UTC where `aware`, else the local clock; NaT is empty."""

    at: np.ndarray
    aware: bool
    totals: np.ndarray  # rows whose cell reads "Total" or the like
    ends: bool = False  # 24:00 stands there and 00:00 does not: intervals are labelled by their end


def is_total(text: str) -> bool:
    """Return whether a cell names a sum or a mean of the rows above: 合计, 小计:, 1月合计, Grand Total."""
    words = " ".join(re.split(r"[\s::()]+", text.casefold())).strip()
    word = words.replace(" ", "")
    kinds = "合计|总计|小计|汇总|平均|均值|合計|總計|小計"
    return words in TOTAL_WORDS or re.fullmatch(rf".{{0,14}}({kinds})", word) is not None


def instants(
    column: Column, *, date_order: str | None = None, year: int | None = None, strict: bool = True
) -> Instants:
    """Return the column's instants.

    year
        Of dates written without one (1月5日), where the file tells it elsewhere.
    strict
        False: what is no instant comes back as NaT.

    Raises
    ------
    InputError
        At the first text that is no instant, where day and month cannot be told apart, and where some rows carry an
        offset and some do not.
    """
    distinct, used = column.distinct, column.used()
    values = np.full(len(distinct), np.datetime64("NaT"), dtype="datetime64[s]")
    aware = np.zeros(len(distinct), dtype=bool)
    late = np.zeros(len(distinct), dtype=bool)
    totals = np.array([is_total(t) for t in distinct], dtype=bool)
    order = date_order or _date_order(column, distinct, used, strict=strict)
    texts = [t if PLAIN.fullmatch(t) else _iso(t, order, year) for t in distinct]
    for i, text in enumerate(texts):
        if len(text) > 16 and (match := OFFSET.search(text)):
            aware[i] = True
            offset = match.group(1).upper().replace("UTC", "Z")
            texts[i] = text[: match.start()] + offset
        if text[11:16] == "24:00":  # the next day's first moment, as ISO 8601 has it
            late[i], texts[i] = True, f"{texts[i][:11]}00:00{texts[i][16:]}"
    todo = used & ~totals & np.array([t.casefold() not in NOT_OBSERVED for t in texts], dtype=bool)
    if strict:
        _refuse_mixed(column, aware, todo)
    for kind in (True, False):
        which = np.flatnonzero(todo & (aware == kind))
        if not len(which):
            continue
        parsed = pd.to_datetime(pd.Index([texts[i] for i in which]), format="ISO8601", errors="coerce", utc=kind)
        if kind:
            parsed = parsed.tz_localize(None)
        values[which] = parsed.to_numpy().astype("datetime64[s]")
    wrong = np.flatnonzero(todo & np.isnat(values))
    if len(wrong) and strict:
        no_year = year is None and NO_YEAR.fullmatch(distinct[int(wrong[0])])
        raise column.error(int(wrong[0]), say("cell.no_year", above="2026年") if no_year else say("cell.no_instant"))
    values[late] += np.timedelta64(1, "D")
    at_midnight = used & ~late & (values == values.astype("datetime64[D]"))
    codes = column.codes
    ends = bool((late & used).any()) and not at_midnight.any()
    return Instants(values[codes], bool((aware & todo).any()), totals[codes], ends)


def _refuse_mixed(column: Column, aware: np.ndarray, todo: np.ndarray) -> None:
    if not ((aware & todo).any() and (~aware & todo).any()):
        return
    odd = aware if aware[column.codes].sum() <= (~aware & todo)[column.codes].sum() else ~aware & todo
    raise column.error(
        int(np.flatnonzero(odd & todo)[0]),
        say("cell.mixed"),
    )


def _date_order(column: Column, distinct: list[str], used: np.ndarray, *, strict: bool) -> str:
    """Return `dmy` or `mdy` for dates that start with neither year nor a hint, from the whole column."""
    first = second = ambiguous = -1
    for i in np.flatnonzero(used):
        if distinct[i][4:5] != "-" and (match := DAY_FIRST.fullmatch(distinct[i])):
            ambiguous = int(i)
            if int(match.group(1)) > 12:
                first = int(i)
            if int(match.group(2)) > 12:
                second = int(i)
    if _years_first([distinct[i] for i in np.flatnonzero(used)]) and strict:
        ask = Ask("date_order", ("ymd", "dmy"))
        raise column.error(ambiguous, say("cell.year_first"), ask=ask)
    if ambiguous < 0 or (first >= 0) != (second >= 0) or not strict:
        return "dmy" if first >= 0 else "mdy"
    wrong = say("cell.other_order" if first >= 0 else "cell.day_or_month")
    raise column.error(max(first, second, ambiguous), wrong, ask=Ask("date_order", ("dmy", "mdy")))


def _years_first(texts: list[str]) -> bool:
    """Return whether dates such as 26/01/05 vary at their end and not at their start, as days do and years do not."""
    parts = [m.groups() for m in map(DAY_FIRST.fullmatch, texts) if m and len(m.group(3)) == 2]
    return len({start for start, *_ in parts}) == 1 and len({end for _, _, end, _ in parts}) > 1


def _iso(text: str, order: str, year_told: int | None) -> str:
    """Return `text` rewritten towards ISO 8601; what is not understood is returned as it stands."""
    if re.fullmatch(r"1\d{9}(\d{3})?", text):  # seconds or milliseconds since 1970
        return pd.Timestamp(int(text[:10]), unit="s", tz="UTC").isoformat()
    text = _with_month_number(WEEKDAY.sub(" ", text).strip() or text)
    if year_told is not None and (match := NO_YEAR.fullmatch(text)):
        text = f"{year_told}-{match.group(1)}-{match.group(2)} {match.group(3)}".strip()
    text = RANGE_END.sub("", text) if len(text) > 10 else text
    text = re.sub(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]?\s*", r"\1-\2-\3 ", text).strip()
    text = re.sub(r"(\d{1,2})[时點点](\d{1,2})分?(\d{1,2})?秒?$", r"\1:\2", text)
    text = re.sub(r"(\d{1,2})[时點点]$", r"\1:00", text)
    if match := DAY_FIRST.fullmatch(text):
        day, month, year, rest = match.groups()
        if order == "mdy":
            day, month = month, day
        elif order == "ymd":
            day, year = year, day
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


def _with_month_number(text: str) -> str:
    """Return `Jan 05, 2026 8:00` and `5-Jan-2026 8:00` as 2026-1-5 8:00, anything else as it stands."""
    if match := MONTH_FIRST.fullmatch(text):
        name, day, year, rest = match.groups()
    elif match := MONTH_SECOND.fullmatch(text):
        day, name, year, rest = match.groups()
    else:
        return text
    month = MONTHS.find(name[:3].casefold())
    if month < 0 or month % 3:
        return text
    return f"{'20' + year if len(year) == 2 else year}-{month // 3 + 1}-{day}{rest or ''}"


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
    totals = np.array([is_total(t) for t in distinct])
    for i in np.flatnonzero(used & ~totals):
        if distinct[i].casefold() in NOT_OBSERVED:
            continue
        minutes = time_of_day_minutes(distinct[i])
        if minutes is None:
            raise column.error(int(i), say("cell.time_of_day"))
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
    text = re.sub(r"^第|(时段|小时|[时點点分h])$", "", text.casefold()).strip()
    if re.fullmatch(r"0?\.\d+", text):  # Excel's fraction of a day in a cell not formatted as a time
        return round(float(text) * 1440)
    match = re.fullmatch(r"(\d{2}):(\d{2}):(\d{2})", _clock(text))
    if not match or int(match.group(2)) > 59 or int(match.group(1)) * 60 + int(match.group(2)) > 1440:
        return None
    return int(match.group(1)) * 60 + int(match.group(2))
