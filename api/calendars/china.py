"""China's holidays: from the law where no notice is out yet, from the text of an official notice where it is.

The law: State Council Decree 795 of November 2024 (in force since 2025) fixes the statutory days, and says how they are
usually made into longer holidays: Spring Festival eight days from New Year's Eve, National Day seven days from
1 October, Labour Day five days from 1 May, the one-day festivals three days (on a Wednesday the day alone), and no more
than six working days in a row around them, in most cases.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import holidays

from api.intake.errors import InputError
from api.intake.sentences import say
from api.intake.toml_file import toml_text
from forecaster.names import CHINESE_HOLIDAYS

ONE_DAY = timedelta(days=1)
Entry = dict[str, Any]
DECREE_YEAR = 2025  # from 2014 to it New Year's Eve was no statutory day, and before it 2 May
NEW_YEARS_EVE_UNTIL = 2014


def _festival_days(year: int) -> dict[str, list[date]]:
    """Return the statutory days of a year (from 2008 on) by the lunar and solar calendar."""
    known = holidays.country_holidays("CN", years=year, observed=False, language="en_US")
    named: dict[str, list[date]] = {}
    for day, names in sorted(known.items()):
        for name in names.split("; "):
            named.setdefault(name, []).append(day)
    spring = next(days for name, days in named.items() if name.startswith("Chinese New Year (Spring"))
    return {
        "New Year's Day": [date(year, 1, 1)],
        "Spring Festival": [spring[0] + i * ONE_DAY for i in _spring_days(year)],
        "Tomb-Sweeping Day": named["Tomb-Sweeping Day"][:1],
        "Labour Day": [date(year, 5, d) for d in ((1, 2) if year >= DECREE_YEAR else (1,))],
        "Dragon Boat Festival": named["Dragon Boat Festival"][:1],
        "Mid-Autumn Festival": named["Mid-Autumn Festival"][:1],
        "National Day": [date(year, 10, d) for d in (1, 2, 3)],
    }


def _spring_days(year: int) -> range:
    """Return which days of Spring Festival are statutory, counted from the first of the lunar year."""
    if year >= DECREE_YEAR:
        return range(-1, 3)  # New Year's Eve and three days: Decree 795
    return range(-1, 2) if year < NEW_YEARS_EVE_UNTIL else range(3)  # Decree 513 of 2007, Decree 644 of 2013


def provisional_year(year: int) -> Mapping[str, Any]:
    """Return the tables of a calendar file for `year`, computed from the law, marked provisional.

    The statutory days are certain. The other days off and the make-up days are the law's usual arrangement: where one
    weekend day has to be worked it is on the side with the shorter run of working days, where two, one on each side.
    """
    statutory = _festival_days(year)
    blocks: list[tuple[str, date, date, list[date]]] = []
    moon = statutory.pop("Mid-Autumn Festival")[0]
    national = statutory["National Day"]
    if date(year, 9, 28) <= moon <= date(year, 10, 8):  # taken together, eight days
        statutory["National Day"] = sorted(
            {*national, moon} if moon not in national else {*national, date(year, 10, 4)}
        )
        first = min(moon, national[0])
        blocks.append(("National Day", first, first + 7 * ONE_DAY, statutory["National Day"]))
    else:
        blocks.append(("National Day", national[0], national[0] + 6 * ONE_DAY, national))
        blocks.append(("Mid-Autumn Festival", *_three_days(moon), [moon]))
    spring = statutory["Spring Festival"]
    blocks.append(("Spring Festival", spring[0], spring[0] + 7 * ONE_DAY, spring))
    blocks.append(("Labour Day", date(year, 5, 1), date(year, 5, 5), statutory["Labour Day"]))
    one_day = ("New Year's Day", "Tomb-Sweeping Day", "Dragon Boat Festival")
    blocks += [(name, *_three_days(statutory[name][0]), statutory[name]) for name in one_day]
    blocks.sort(key=lambda block: block[1])
    off = {first + i * ONE_DAY for _, first, last, _ in blocks for i in range((last - first).days + 1)}
    worked: set[date] = set()
    entries = []
    for name, first, last, days in blocks:
        made_up = _make_up_days(first, last, days, off | worked)
        worked |= set(made_up)
        entries.append(_entry(name, first, last, days, made_up))
    return {
        "year": year,
        "country": "CN",
        "provisional": True,
        "source": "computed from the law; the official notice was not out",
        "holiday": entries,
        "observance": [telecom_day(year)],
    }


def telecom_day(year: int) -> Entry:
    """Return 17 May of `year`: a working day with calls of its own."""
    return {"name": "Telecom Day", "name_zh": "世界电信日", "date": date(year, 5, 17)}


def _entry(name: str, first: date, last: date, statutory: Iterable[date], worked: Iterable[date]) -> Entry:
    entry: Entry = {"name": name, "name_zh": CHINESE_HOLIDAYS.get(name, name), "first": first, "last": last}
    return entry | {"statutory": sorted(statutory), "make_up_workdays": sorted(worked)}


def _three_days(day: date) -> tuple[date, date]:
    """Return the days off around a one-day festival."""
    first, last = {0: (-2, 0), 1: (-2, 0), 2: (0, 0), 3: (0, 2), 4: (0, 2), 5: (0, 2), 6: (-1, 1)}[day.weekday()]
    return day + first * ONE_DAY, day + last * ONE_DAY


def _make_up_days(first: date, last: date, statutory: list[date], taken: set[date]) -> list[date]:
    """Return the weekend days worked for the weekdays off beyond the statutory days."""
    weekdays = sum((first + i * ONE_DAY).weekday() < 5 for i in range((last - first).days + 1))
    owed = weekdays - len(statutory)
    if owed <= 0:
        return []
    before = next(d for d in (first - i * ONE_DAY for i in range(1, 15)) if d.weekday() >= 5 and d not in taken)
    after = next(d for d in (last + i * ONE_DAY for i in range(1, 15)) if d.weekday() >= 5 and d not in taken)
    nearest = sorted([before, after], key=lambda d: first - d if d < first else d - last)
    return sorted(nearest[:owed])


NOTICE_NAMES = {zh: name for name, zh in CHINESE_HOLIDAYS.items()}
PARAGRAPH = re.compile(
    r"[一二三四五六七八九十]+[、.]\s*(元旦|春节|清明节|劳动节|端午节|中秋节|国庆节)([、和及]\s*(?:中秋节|国庆节))?\s*[::]\s*(.*)"
)
FULL_DAY = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日")


def read_notice(path: str | Path) -> Mapping[str, Any]:
    """Return the tables of a calendar file from the text of the State Council's notice on a year's holidays.

    Raises
    ------
    InputError
        If the year or the holidays are not found in it.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(path, say("file.none")) from None
    except UnicodeDecodeError:
        text = path.read_text(encoding="gb18030", errors="replace")
    text = unicodedata.normalize("NFKC", text)
    match = re.search(r"(20\d\d)年[^。]*?节假日", text)
    if match is None:
        raise InputError(path, say("notice.no_year", phrase="关于2027年部分节假日安排的通知"))
    year = int(match.group(1))
    entries = []
    for line in re.split(r"\n+", text):
        paragraph = PARAGRAPH.search(line.strip())
        if paragraph is not None:
            entries.append(_announced(path, year, paragraph))
    if not entries:
        raise InputError(path, say("notice.no_holiday", sample="一、元旦：1月1日…放假"))
    return {
        "year": year,
        "country": "CN",
        "provisional": False,
        "source": f"国务院办公厅关于{year}年部分节假日安排的通知",
        "holiday": sorted(entries, key=lambda e: e["first"]),
        "observance": [telecom_day(year)],
    }


def _announced(path: Path, year: int, paragraph: re.Match[str]) -> Entry:
    """Return one paragraph of the notice as an entry."""
    names = [NOTICE_NAMES[paragraph.group(1)]]
    if paragraph.group(2):
        names.append(NOTICE_NAMES[re.sub(r"^[、和及]\s*", "", paragraph.group(2))])
    off: list[date] = []
    worked: list[date] = []
    for sentence in re.split(r"[。;]", paragraph.group(3)):
        try:
            days = _days_of(sentence, year, names[0])
        except ValueError:
            raise InputError(path, say("notice.no_day", holiday=paragraph.group(1)), value=sentence) from None
        if "上班" in sentence:
            worked += days
        elif "放假" in sentence or "补休" in sentence or "连休" in sentence:
            off += days
    if not off:
        raise InputError(path, say("notice.no_day_off", holiday=paragraph.group(1)), value=paragraph.group(3)[:40])
    law = _festival_days(year)
    first, last = min(off), max(off)
    statutory = sorted(
        {d for name in names for d in law[name]} | {d for d in law["Spring Festival"] if first <= d <= last}
    )
    if len(names) > 1 and law["Mid-Autumn Festival"][0] in law["National Day"]:
        statutory.append(date(year, 10, 4))
    name = "National Day" if "National Day" in names else names[0]
    return _entry(name, first, last, [d for d in statutory if first <= d <= last], worked)


def _days_of(sentence: str, year: int, name: str) -> list[date]:
    """Return the days that a sentence names, ranges ('10月1日至7日') filled in."""
    days: list[date] = []
    bare = re.sub(r"\([^)]*\)", "", sentence)
    month, position = 0, 0
    for match in FULL_DAY.finditer(bare):
        told_year, told_month, told_day = match.groups()
        month = int(told_month) if told_month else month
        if not month:
            continue
        at_year = int(told_year) if told_year else year
        if not told_year and name == "New Year's Day" and month == 12:
            at_year = year - 1
        day = date(at_year, month, int(told_day))
        if days and re.fullmatch(r"\s*(至|到|-|—|~)\s*", bare[position : match.start()]):
            days += [days[-1] + i * ONE_DAY for i in range(1, (day - days[-1]).days)]
        days.append(day)
        position = match.end()
    return days


def calendar_toml(tables: Mapping[str, Any]) -> str:
    """Return the text of a calendar file, one holiday a paragraph, to be edited by hand."""
    lines = [f"# Holidays and make-up working days of {tables['year']}."]
    if tables.get("provisional"):
        lines.append(
            "# PROVISIONAL: computed from the law. Replace by the official notice: huawu calendar --notice FILE"
        )
    kinds = ("year", "country", "provisional", "source", "holiday", "observance")
    return "\n".join(lines) + "\n" + toml_text({key: tables[key] for key in kinds if key in tables})
