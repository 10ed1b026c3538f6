"""Times of day and durations as people write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from forecaster.history.intervals import MINUTES_PER_DAY

DAY_SECONDS = 60.0 * MINUTES_PER_DAY
_BEFORE = r"(?P<before>上午|下午|凌晨|中午|晚上|早上|午前|午後|am|pm)?"
_AFTER = r"(?P<after>a\.?\s?m\.?|p\.?\s?m\.?|上午|下午|noon|midnight|[ap](?![a-z]))?"
_UNIT = r"(?:时段|時段|hrs?|hours?|hs|uhr|h|시|时|時|点|點|ч|час(?:а|ов)?|小时|o'clock)?"
ONE = re.compile(
    rf"{_BEFORE}\s*(?P<hour>\d{{1,2}})(?:\s*(?:[:.h时時点點시]|uhr)\s*(?P<minute>\d{{2}})"
    rf"(?:\s*[:.m分분]\s*(?P<second>\d{{1,2}}(?:[.,]\d+)?))?)?\s*[ms分秒분초]?\s*{_UNIT}\s*台?\s*{_AFTER}\s*{_UNIT}",
    re.IGNORECASE,
)
FOUR = re.compile(r"(?P<hour>\d{1,2})(?P<minute>[0-5]\d)(?P<second>[0-5]\d)?\s*(?:hrs?|h|uhr)?", re.IGNORECASE)
PART = re.compile(
    r"\s*(?:[-‐-―−~～〜至到]+|\bto\b|\bbis\b|\baté?\b|(?<=[\dh])\s+[aà]s?\s+(?:las\s+)?(?=\d)|\balle\b|\bthru\b|\buntil\b|\.\.+)\s*",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    r"(?:第\s*(\d{1,2})\s*(?:小时|时段|時段|时|個小時)?|(?:hour|hr|h|hora|heure|stunde|ora|час)\s*#?\s*(\d{1,2}))",
    re.IGNORECASE,
)
EXCEL_DAY_BEFORE_A_TIME = re.compile(r"^(?:1899-12-3[01]|1900-01-0\d|1904-01-0\d)[ T]")
FROM = re.compile(r"^(?:from|de(?: las)?|das?|von|dalle|van|od|с|от|从|自)\s+(?=\d)", re.IGNORECASE)
EVENING = ("pm", "p", "下午", "晚上", "午後")
MORNING = ("am", "a", "上午", "凌晨", "早上", "午前")
DURATION = re.compile(r"(?:(?:(\d+):)?(\d{1,4}))?:(\d{2})(?:[.,]\d+)?")
WORDED = re.compile(
    r"(?:(?P<d>\d+)\s*(?:d|days?|天|日)[,\s]*)?(?:(?P<h>\d+)\s*(?:h|hrs?|hours?|小时|时|時間|ч|std)[\s,.]*)?"
    r"(?:(?P<m>\d+)\s*(?:m|mins?|minutes?|分钟?|мин|min\.)[\s,.]*)?(?:(?P<s>\d+(?:[.,]\d+)?)\s*(?:s|secs?|seconds?|秒|сек|sek)\.?)?",
    re.IGNORECASE,
)
ISO_DURATION = re.compile(r"PT(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?", re.IGNORECASE)


LONGEST = 100  # letters of a time: a cell of thousands would keep the patterns busy for minutes
FEWEST_COUNTED = 8  # numbers, and most of those between the least and the greatest, to be seen to count a day


@dataclass(frozen=True)
class Clock:
    """A time of day in seconds, 24:00 being 86,400; of a range its start, and its end where it tells one.

    bare
        Whether it is digits alone, which a number could be too.
    """

    start: float
    end: float | None = None
    bare: bool = False


@lru_cache(maxsize=200_000)
def clock_of(text: str) -> Clock | None:
    """Return a time of day (08:00, 8, 8时, 9h30, 0900, 9.00am) or a range of them (08:00-09:00, 8 to 9), or None."""
    if len(text) > LONGEST:
        return None
    text = unicodedata.normalize("NFKC", text).strip().strip("[]()（）")
    text = FROM.sub("", EXCEL_DAY_BEFORE_A_TIME.sub("", text))
    one = _one(text)
    if one is not None:
        return Clock(one[0], bare=re.fullmatch(r"\d+([.,]\d+)?", text) is not None)
    parts = PART.split(text)
    if len(parts) != 2 or (abs(len(parts[0]) - len(parts[1])) > 1 and (parts[0] + parts[1]).isdigit()):
        return None
    first, last = _one(parts[0].strip(" ,")), _one(parts[1].strip(" ,"))
    if first is None or last is None:
        return None
    start, end = first[0], last[0]
    if last[1] and not first[1]:  # "11:30-12:00 PM": the half of the day stands once; the nearer one before the end
        half = DAY_SECONDS / 2
        start = max((s for s in (start % half, start % half + half) if s < (end or DAY_SECONDS)), default=start)
    if first[1] and not last[1] and end <= start < end + DAY_SECONDS / 2:  # "下午2点-5点"
        end += DAY_SECONDS / 2
    if end % 60 == 59 or (end % 60 == 0 and end // 60 % 5 == 4):  # 08:00-08:29, 08:00:00-08:29:59
        end += 60 - end % 60 if end % 60 == 0 else 1
    return Clock(start, end)


def span_minutes(text: str) -> tuple[int, int] | None:
    """Return the minutes of a day that a range of times runs from and to, the second past the first, or None."""
    told = clock_of(text)
    if told is None or told.end is None or not told.start < told.end <= DAY_SECONDS:
        return None
    return int(told.start // 60), int(told.end // 60)


def length_minutes(text: str) -> int | None:
    """Return a length in whole minutes (480, 480 min, 8:00 of hours and minutes, 8h, 90分钟), or None."""
    if match := re.fullmatch(r"(\d+)(?:[.,]0+)?", text):
        return int(match[1])
    if match := re.fullmatch(r"(\d{1,2}):([0-5]\d)(?::00)?", text):
        return int(match[1]) * 60 + int(match[2])
    seconds = duration_seconds(text)
    return None if seconds is None else round(seconds / 60)


def _one(text: str) -> tuple[float, bool] | None:
    """Return a time of day in seconds, and whether it tells the half of the day."""
    text = text.strip()
    if match := NUMBERED.fullmatch(text):
        hour = int(match.group(1) or match.group(2))
        return (hour * 3600.0, False) if hour <= 24 else None
    if re.fullmatch(r"0?\.\d+", text):  # Excel's fraction of a day in a cell not formatted as a time
        return round(float(text) * 1440) * 60.0, False
    match = ONE.fullmatch(text)
    if match is None and len(text) >= 3:
        match = FOUR.fullmatch(text)
    if match is None:
        return None
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    second = float((match["second"] or "0").replace(",", "."))
    named = match.groupdict()
    half = re.sub(r"[.\s]", "", named.get("before") or named.get("after") or "").casefold()
    if half in EVENING or half in MORNING:
        if not 0 <= hour <= 12 and not (half in EVENING and hour < 24):
            return None
        hour = hour % 12 + (12 if half in EVENING else 0) if hour <= 12 else hour
    elif half in ("noon", "中午") and hour in (11, 12, 1, 2):
        hour = hour if hour > 2 else hour + 12
    if minute > 59 or second >= 60 or hour * 3600 + minute * 60 + second > DAY_SECONDS:
        return None
    return hour * 3600.0 + minute * 60.0 + second, bool(half)


class Counted(NamedTuple):
    """Intervals that are counted through the day: how many minutes each has, and the number of the first (0 or 1)."""

    minutes: int
    first: int

    def clock_of(self, text: str) -> Clock | None:
        """Return when the interval of a number begins; None of a text that is no number."""
        return Clock(60.0 * self.minutes * (int(text) - self.first)) if text.isdecimal() else None


def counted_through_day(texts: Collection[str]) -> Counted | None:
    """Return what numbers such as 1–48 or 0–95 count, None of other texts: up to 31 they may be hours or days."""
    numbers = {int(text) for text in texts if text.isdecimal() and len(text) <= 2}
    if not all(text.isdecimal() and len(text) <= 2 for text in texts) or len(numbers) < FEWEST_COUNTED:
        return None
    least, greatest = min(numbers), max(numbers)
    if greatest <= 31 or 2 * len(numbers) < greatest - least + 1:
        return None
    first = min(least, 1)
    a_day = next((a_day for a_day in (48, 96) if greatest < a_day + first), None)
    return None if a_day is None else Counted(1440 // a_day, first)


@lru_cache(maxsize=200_000)
def duration_seconds(text: str) -> float | None:
    """Return a duration (0:03:05, 3:05, 2m 23s, 2分23秒, PT2M23S, 1 day 02:03:04, 12:02:23 AM) in seconds, or None."""
    if len(text) > LONGEST:
        return None
    text = EXCEL_DAY_BEFORE_A_TIME.sub("", unicodedata.normalize("NFKC", text).strip())
    days = 0.0
    if match := re.fullmatch(r"(\d+)\s*days?,?\s+(\d+:.*)", text, re.IGNORECASE):
        days, text = float(match.group(1)) * DAY_SECONDS, match.group(2)
    if match := DURATION.fullmatch(text):
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        fraction = re.search(r"[.,]\d+$", text)
        rest = float("0" + fraction.group().replace(",", ".")) if fraction else 0
        return days + hours * 3600 + minutes * 60 + seconds + rest
    if match := re.fullmatch(r"12(:\d\d:\d\d) AM", text, re.IGNORECASE):  # a spreadsheet took it for a time
        return duration_seconds(f"0{match.group(1)}")
    match = ISO_DURATION.fullmatch(text) if text[:2].upper() == "PT" and len(text) > 2 else WORDED.fullmatch(text)
    if match is None or not any(match.groupdict().values()):
        return None
    parts = {name: float((value or "0").replace(",", ".")) for name, value in match.groupdict().items()}
    return parts.get("d", 0.0) * DAY_SECONDS + parts["h"] * 3600 + parts["m"] * 60 + parts["s"]
