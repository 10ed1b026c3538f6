"""Dates as people write them, alone or before (or behind) a time of day."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from api.intake.vocabulary import folded, month_named, weekday_named
from forecaster.names import CHINESE_WEEKDAYS
from optimizer.law.clocks import LONGEST

DateOrder = Literal["dmy", "mdy", "ymd"]
FIRST_YEAR, LAST_YEAR = 1970, 2100


class DateText(NamedTuple):
    """What a text says of a date. `year` is None where it tells none.

    loose
        Whether `a`, `b`, `c` stand in an order that only other dates can tell: of `05/01/26` any, of `05/01/2026` the
        first two; then `month` is 0.
    """

    year: int | None
    month: int
    day: int
    loose: tuple[int, int, int | None] | None = None
    short_year: bool = False


SIGN = r"\s?[-/.·]\s?"
YEAR_FIRST = re.compile(rf"(\d{{4}}){SIGN}(\d{{1,2}}){SIGN}(\d{{1,2}})\.?")
# Of an era: Japan's Reiwa and Heisei (令和8年, R8.11.2), Taiwan's years of the republic (民國115年, 115/11/02).
ERAS = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "民國": 1911, "民国": 1911, "": 1911}
ERA = re.compile(
    r"(?:(令和|平成|民[國国]|[RH])\s*(\d{1,3}|元)|(1\d\d))(?:\s*年\s*|\s?[-/.]\s?)(\d{1,2})(?:\s*月\s*|\s?[-/.]\s?)(\d{1,2})\s*日?",
    re.IGNORECASE,
)
BUDDHIST_YEARS = 543  # ahead of the common ones
CJK = re.compile(r"(?:(\d{4}|\d{2})\s*[年년]\s*)?(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]?")
ISO_WEEK_DAY = re.compile(r"(\d{4})-?W(\d{2})-?([1-7])")  # ISO 8601: 2026-W41-1 is the Monday of week 41
COMPACT = re.compile(r"((?:19|20)\d\d)(\d{2})(\d{2})")
THREE = re.compile(rf"(\d{{1,2}}){SIGN}(\d{{1,2}}){SIGN}(\d{{4}}|\d{{2}})\.?")
TWO = re.compile(r"(\d{1,2})(?:\s?[/-]\s?(\d{1,2})|\.\s?(\d{1,2})\.)")
WORD = r"([^\W\d_]{3,12})\.?"
DAY_FIRST = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|er|\.|º|°)?(?:\s+de)?[\s/-]*{WORD}(?:\s+de[l]?)?[\s,./-]*(\d{{4}}|\d{{2}})?(?:\s*г\.?)?"
)
MONTH_FIRST = re.compile(rf"{WORD}[\s-]*(\d{{1,2}})(?:st|nd|rd|th)?(?:[\s,-]+(\d{{4}}))?")
YEAR_MONTH_WORD = re.compile(rf"(\d{{4}})[\s-]*{WORD}[\s-]*(\d{{1,2}})")
YEAR_MONTH = (
    re.compile(r"(?P<year>\d{4})\s*[-/.年년]\s*(?P<month>\d{1,2})\s*[月월]?"),
    re.compile(r"(?P<month>\d{1,2})\s*[-/.]\s*(?P<year>\d{4})"),
)
BRACKETS = re.compile(r"[\[(（【]\s*([^\])）】]*)\s*[\])）】]")
EDGE_WORD = re.compile(
    r"^([^\W\d_]{1,13}(?:-feira)?)\.?,?\s+(?=\S)|[\s,]+([^\W\d_]{1,13}(?:-feira)?)\.?$|((?:周|週|星期|礼拜)[一二三四五六日天])"
)


@lru_cache(maxsize=100_000)
def date_text(text: str) -> DateText | None:
    """Return what a text says of a date, None where it is none. Weekdays around it are passed over."""
    if len(text) > LONGEST:
        return None
    text = unicodedata.normalize("NFKC", text).strip().strip("'\"")
    told = _date_text(text)  # as it stands first: mar is March, and the Spaniards' Tuesday
    return told if told is not None else _date_text(without_weekday(text)[0])


def _date_text(text: str) -> DateText | None:  # noqa: PLR0911 (one form after the other)
    if match := YEAR_FIRST.fullmatch(text) or COMPACT.fullmatch(text):
        year, month, of_month = match.groups()
        return _checked(_year(year), int(month), int(of_month))
    if match := ISO_WEEK_DAY.fullmatch(text):
        try:
            at = date.fromisocalendar(*map(int, match.groups()))
        except ValueError:
            return None
        return _checked(at.year, at.month, at.day)
    if match := ERA.fullmatch(text):
        era, since, alone, month, of_month = match.groups()
        year_of_era = int(alone or (since if since != "元" else 1))
        return _checked(ERAS[(era or "").casefold()] + year_of_era, int(month), int(of_month))
    if match := CJK.fullmatch(text):
        year = match.group(1)
        return _checked(_year(year) if year else None, int(match.group(2)), int(match.group(3)))
    if match := THREE.fullmatch(text):
        a, b, c = match.groups()
        short = len(c) == 2
        if not short and not FIRST_YEAR <= _year(c) <= LAST_YEAR:
            return None
        return DateText(None if short else _year(c), 0, 0, (int(a), int(b), int(c)), short)
    if match := YEAR_MONTH_WORD.fullmatch(text):
        year, word, day = match.groups()
        return _worded(year, word, day)
    if match := DAY_FIRST.fullmatch(text):
        day, word, year = match.groups()
        return _worded(year, word, day)
    if match := MONTH_FIRST.fullmatch(text):
        word, day, year = match.groups()
        return _worded(year, word, day)
    if match := TWO.fullmatch(text):
        return DateText(None, 0, 0, (int(match.group(1)), int(match.group(2) or match.group(3)), None))
    return None


def _year(text: str) -> int:
    """Return a year written with two or four digits; of the Buddhist calendar (2569) as the common one."""
    year = int(text) if len(text) == 4 else 2000 + int(text)
    return year - BUDDHIST_YEARS if FIRST_YEAR + BUDDHIST_YEARS <= year <= LAST_YEAR + BUDDHIST_YEARS else year


def _worded(year: str | None, word: str, day: str) -> DateText | None:
    month = month_named(word)
    return None if month is None else _checked(_year(year) if year else None, month, int(day))


def _checked(year: int | None, month: int, day: int) -> DateText | None:
    there = 1 <= month <= 12 and 1 <= day <= 31 and (year is None or FIRST_YEAR <= year <= LAST_YEAR)
    return DateText(year, month, day) if there else None


@lru_cache(maxsize=100_000)
def without_weekday(text: str) -> tuple[str, int | None]:
    """Return a text without a weekday in brackets or at its edges, and the weekday; None where it names none."""
    found: int | None = None

    def taken(match: re.Match[str]) -> str:
        nonlocal found
        word = next(group for group in match.groups() if group is not None)
        day = weekday_named(word) if word else None
        if day is None and len(word) == 1:
            day = "月火水木金土日".find(word) if word in "月火水木金土日" else CHINESE_WEEKDAYS.find(word)
            day = None if day < 0 else day
        found = day if day is not None else found
        return match.group() if day is None else " "

    text = BRACKETS.sub(taken, text)
    text = EDGE_WORD.sub(taken, text) if re.search(r"[^\W\d_]", text) else text
    return text.strip(" ,"), found


def date_of(told: DateText, order: DateOrder, year: int | None = None) -> date | None:
    """Return the date, where the order of its numbers is `order` and `year` is that of dates that tell none."""
    of_year, month, day = told.year, told.month, told.day
    if told.loose is not None:
        a, b, c = told.loose
        if c is not None and told.short_year and order == "ymd":
            of_year, month, day = 2000 + a, b, c
        else:
            day, month = (b, a) if order == "mdy" else (a, b)
            if c is not None and told.short_year:
                of_year = 2000 + c if c < 70 else 1900 + c
    if of_year is None:
        of_year = year
    if of_year is None:
        return None
    try:
        return date(of_year, month, day)
    except ValueError:
        return None


class Evidence(NamedTuple):
    """Which order of day and month dates are written in, None where nothing tells; why, and which text is to blame.

    odd
        The text that contradicts or could be either; "" where the order is told.
    """

    order: DateOrder | None
    why: str
    odd: str = ""


NO_EVIDENCE = Evidence("ymd", "")
FEWEST_IN_SEQUENCE = 5
OFTEN_IN_SEQUENCE = 0.5  # of the days, that another one follows


def order_of(  # noqa: PLR0911 (one evidence after the other)
    texts: Iterable[str], weekdays: Iterable[tuple[str, int]] = ()
) -> Evidence:
    """Return the order of day, month and year in dates, from all of them.

    A number above 12 tells it; else the weekdays that stand beside or within them; else that five or more days follow
    one another in one order and not in the other.
    """
    told = {text: found for text in dict.fromkeys(texts) if (found := date_text(text)) is not None and found.loose}
    if not told:
        return NO_EVIDENCE
    triples = {text: found.loose for text, found in told.items() if found.loose is not None}
    first = next((text for text, (a, _, _) in triples.items() if a > 12), "")
    second = next((text for text, (_, b, _) in triples.items() if b > 12), "")
    if _years_first(list(triples.values()), [told[text].short_year for text in triples]):
        return Evidence(None, "years", next(iter(triples)))
    both: tuple[DateOrder, DateOrder] = ("dmy", "mdy")
    if first and second:
        return Evidence(None, "mixed", second)
    if first or second:
        return Evidence(both[not first], "above 12", first or second)
    named = [(told[text], day) for text, day in weekdays if text in told]
    named += [(told[text], day) for text in told if (day := without_weekday(text)[1]) is not None]
    fits: list[DateOrder] = [
        order
        for order in both
        if named and all((at := date_of(one, order, 2026)) is not None and at.weekday() == day for one, day in named)
    ]
    if len(fits) == 1:
        return Evidence(fits[0], "weekdays", next(iter(triples)))
    days = {order: {at for one in told.values() if (at := date_of(one, order, 2026)) is not None} for order in both}
    runs = {order: sum(day + timedelta(days=1) in there for day in there) for order, there in days.items()}
    for order, other in (both, both[::-1]):
        enough = len(days[order]) >= FEWEST_IN_SEQUENCE and runs[order] >= OFTEN_IN_SEQUENCE * (len(days[order]) - 1)
        if enough and runs[other] * 4 <= runs[order]:
            return Evidence(order, "sequence", next(iter(triples)))
    return Evidence(None, "either", next(iter(triples)))


def _years_first(triples: list[tuple[int, int, int | None]], short: list[bool]) -> bool:
    """Return whether dates such as 26/01/05 vary at their end and not at their start, as days do and years do not."""
    if not all(short):
        return False
    starts, ends = {a for a, _, _ in triples}, {c for _, _, c in triples}
    return len(starts) == 1 and len(ends) > 1


def month_told(text: str) -> tuple[int, int] | None:
    """Return the one year and month that a title or a name tells (2026年1月, January 2026, 2026-01), or None."""
    text = unicodedata.normalize("NFKC", text)
    found: set[tuple[int, int]] = set()
    for pattern in YEAR_MONTH:
        for match in re.finditer(rf"(?<!\d){pattern.pattern}(?!\d)", text):
            if 2000 <= int(match["year"]) <= LAST_YEAR and 1 <= int(match["month"]) <= 12:
                found.add((int(match["year"]), int(match["month"])))
    words = re.findall(r"[^\W\d_]{3,12}|(?<!\d)20\d\d(?!\d)", folded(text))
    years = {int(word) for word in words if word.isdigit()}
    months = {month for word in words if not word.isdigit() and (month := month_named(word)) is not None}
    if len(years) == 1 and len(months) == 1:
        found.add((years.pop(), months.pop()))
    return found.pop() if len(found) == 1 else None


def year_told(texts: Iterable[str]) -> int | None:
    """Return the one year that the first text with a year tells, or None where there are several."""
    for text in texts:
        years = set(re.findall(r"(?<!\d)20\d\d(?!\d)", text))
        if years:
            return int(years.pop()) if len(years) == 1 else None
    return None
