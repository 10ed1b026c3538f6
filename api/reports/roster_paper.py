"""The roster on paper: everybody and every day on A4 or A3, by month or by week; and a sheet for each badge.

A day is written as its hours (`6–14`), so that nobody has to know a code; nights are white on black, standby and leave
carry their sign, so that a black-and-white printer says all that a screen does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd

from api.reports.labels import DAY_WORDS, WEEKDAY_WORDS
from api.reports.paper import Paper, PaperSize
from api.reports.shift_words import (
    DAY_KINDS,
    breaks_said,
    day_kind,
    hours_short,
    meal_of,
    parts,
)
from forecaster.history.calendar import Calendar
from forecaster.history.intervals import wall_clock
from forecaster.history.periods import day_heads, days_of_period, period_title, period_words
from forecaster.messages import NOTHING, Language, Words
from forecaster.names import GROUP_WORDS, ROLE_WORDS, capital
from optimizer.law.dates import monday_of
from optimizer.law.shifts import LEAVE, STANDBY

SheetSpan = Literal["month", "week"]
MARGIN, BADGE, SUM = 8.0, 15.0, 8.4  # millimetres
DAY_HIGH = 31.0  # millimetres of a day in a personal sheet
LONGEST_MONTH = 31  # days
SUMS = (
    Words("工时", "Hours"), Words("班数", "Shifts"), Words("夜班", "Nights"), Words("周末", "Wkend"),
    Words("休息", "Off"),
)  # fmt: skip
WEEKDAY_SIGNS = {"zh": [one.zh[-1] for one in WEEKDAY_WORDS], "en": [one.en[:2] for one in WEEKDAY_WORDS]}
TITLE = Words("班表", "Roster")
LEGEND = Words(
    "6–14 即 06:00–14:00；黑底白字为夜班；上下两行为分段班；框中写备的为备班；写假的为休假；空白为休息；"
    "灰色日期为周末、节假日。",
    "6–14 is 06:00–14:00; white on black: night; two lines: split shift; framed SB: standby; LV: leave; "
    "blank: day off; grey dates: weekends and holidays.",
)
LEGEND_OF_A_WEEK = Words(
    "黑底白字为夜班；小字为用餐、工间休息的时间；框中写备的为备班；写假的为休假；空白为休息；灰色日期为周末、节假日。",
    "White on black: night; small print: meals and breaks; framed SB: standby; LV: leave; blank: day off; "
    "grey dates: weekends and holidays.",
)
OF_ALL_DAYS = Words("全部日期合计", "All days")
SIGNED = (Words("编制", "Made by"), Words("审核", "Checked by"), Words("日期", "Date"))
DUTY = (Words("在班人数", "On duty"), Words("其中夜班", "of them nights"))
SHORT = Words("缺员席时", "Seat-hours short")
PAGE = Words("第 {page} 页，共 {pages} 页", "Page {page} of {pages}")
OWN_TITLE = Words("个人班表", "My roster")
OWN_SUMS = Words(
    "共 {hours} 小时，{shifts} 个班，其中夜班 {nights} 个；周末上班 {weekend} 天，休假 {leave} 天，休息 {off} 天。",
    "In all: {hours} hours, {shifts} shifts, {nights} of them nights; days worked on weekends: {weekend}, "
    "of leave: {leave}, off: {off}.",
)
MEAL = Words("餐", "meal")
BREAKS = Words("休", "break")
RECEIVED = Words("本人签收", "Received")


@dataclass(frozen=True, eq=False)
class RosterHead:
    """What stands on every page: the queue, the version in words, and what is short by day, in seat-hours."""

    queue: str
    version: Words = NOTHING
    short_hours: Mapping[date, float] | None = None


def short_hours(coverage: pd.DataFrame) -> dict[date, float]:
    """Return the seat-hours that each day is short of, from a plan's coverage."""
    index = pd.DatetimeIndex(coverage.index)
    hours = (index[1] - index[0]) / pd.Timedelta(hours=1)
    by_day: dict[date, float] = defaultdict(float)
    for day, seats in zip(wall_clock(index).date, coverage["shortage"], strict=True):
        by_day[day] += float(seats) * hours
    return by_day


@dataclass(frozen=True)
class _Day:
    day: date
    rest: bool
    head: str
    name: str  # of a holiday


@dataclass(frozen=True, eq=False)
class _Book:
    """A month's roster as it is printed."""

    month: pd.Period
    days: tuple[_Day, ...]
    people: tuple[tuple[str, str], ...]  # role, badge
    rows: Mapping[tuple[str, date], Mapping[Any, Any]]
    kinds: Mapping[tuple[str, date], str]
    head: RosterHead
    language: Language

    def said(self, words: Words) -> str:
        return words.said(self.language)

    def sums(self, badge: str) -> dict[str, float]:
        """Return one person's month: hours, shifts, nights, weekend days, leave, days off."""
        kinds = {one.day: self.kinds.get((badge, one.day), "") for one in self.days}
        worked = [day for day, kind in kinds.items() if kind not in ("", LEAVE, STANDBY)]
        return {
            "hours": sum(float(self.rows[badge, day]["worked_minutes"]) for day in worked) / 60,
            "shifts": len(worked),
            "nights": sum(kind == "night" for kind in kinds.values()),
            "weekend": sum(day.weekday() >= 5 for day in worked),
            "off": sum(kind in ("", STANDBY) for kind in kinds.values()),
            "leave": sum(kind == LEAVE for kind in kinds.values()),
        }


def _book(roster: pd.DataFrame, *, month: pd.Period, head: RosterHead, calendar: Calendar, language: Language) -> _Book:
    rows: dict[tuple[str, date], Mapping[Any, Any]] = {}
    roles: dict[str, str] = {}
    for row in roster.to_dict("records"):
        badge, day = str(row["badge"]), pd.Timestamp(row["date"]).date()
        roles[badge] = str(row["role"])
        if (badge, day) not in rows or row["shift"] not in (LEAVE, STANDBY):  # a shift stands before standby
            rows[badge, day] = row
    order = list(ROLE_WORDS)
    people = sorted(((role, badge) for badge, role in roles.items()), key=lambda one: (order.index(one[0]), one[1]))
    dates = days_of_period(month)
    days = tuple(_day(day, head, calendar, language) for day, head in zip(dates, day_heads(month), strict=True))
    kinds = {place: day_kind(row) for place, row in rows.items()}
    return _Book(month, days, tuple(people), rows, kinds, head, language)


def _day(day: date, head: str, calendar: Calendar, language: Language) -> _Day:
    name = calendar.holiday_name(day) or ""
    said = DAY_WORDS.get(name, name) if language == "zh" else name
    return _Day(day, calendar.day_type(day) != "workday", head, said)


def roster_pdf(
    roster: pd.DataFrame,
    *,
    month: pd.Period,
    head: RosterHead,
    calendar: Calendar,
    language: Language = "zh",
    size: PaperSize = "A4",
    by: SheetSpan = "month",
) -> bytes:
    """Return the roster of a month as a PDF: all people, all days, sums by person and by day, legend, signature line.

    by
        A page holds the days of the whole month, or of a week (with the meals). Of a period longer than any month it
        holds whole weeks of it.
    """
    book = _book(roster, month=month, head=head, calendar=calendar, language=language)
    paper = Paper(size=size, landscape=True, title=f"{book.said(TITLE)} {head.queue} {period_title(month, language)}")
    look = _Look(paper.width / 297 if by == "month" else 1.0, by == "week")
    spans = list(_weeks(book.days))
    if by == "month":
        spans = _together(spans, LONGEST_MONTH)
    pages = [(days, lines) for days in spans for lines in _pages(book, look, paper.height)]
    for number, (days, lines) in enumerate(pages, start=1):
        _roster_page(paper, book, look, days, lines, said=PAGE.filled(page=number, pages=len(pages)))
        paper.next_page()
    return paper.done()


@dataclass(frozen=True)
class _Look:
    """How large everything is: a month on A3 is that on A4, larger; a week, with meals, has more people there."""

    scale: float
    week: bool

    @property
    def row(self) -> float:
        return (7.6 if self.week else 4.15) * self.scale

    @property
    def top(self) -> float:
        return 25 * self.scale

    @property
    def foot(self) -> float:
        return 30 * self.scale


def _weeks(days: Sequence[_Day]) -> Iterator[tuple[_Day, ...]]:
    week: list[_Day] = []
    for one in days:
        if week and one.day.weekday() == 0:
            yield tuple(week)
            week = []
        week.append(one)
    yield tuple(week)


def _together(weeks: Sequence[tuple[_Day, ...]], most: int) -> list[tuple[_Day, ...]]:
    """Return stretches of as many whole weeks as have at most so many days."""
    spans: list[tuple[_Day, ...]] = []
    for week in weeks:
        if spans and len(spans[-1]) + len(week) <= most:
            spans[-1] += week
        else:
            spans.append(week)
    return spans


PaperLine = tuple[str, str]  # role and badge; a badge of "" is the group's heading


def _pages(book: _Book, look: _Look, height: float) -> list[list[PaperLine]]:
    """Return the lines of each page: people under their group's heading, which is repeated on a page that goes on."""
    room = int((height - look.top - look.foot) / look.row)
    pages: list[list[PaperLine]] = []
    page: list[PaperLine] = []
    group = ""
    for role, badge in book.people:
        needs = 2 if role != group else 1
        if len(page) + needs > room:
            pages.append(page)
            page, group = [], ""
        if role != group:
            page.append((role, ""))
            group = role
        page.append((role, badge))
    return [*pages, page]


def _roster_page(
    paper: Paper, book: _Book, look: _Look, days: Sequence[_Day], lines: Sequence[PaperLine], *, said: Words
) -> None:
    s, row = look.scale, look.row
    left, badge_wide, sum_wide = MARGIN * s, BADGE * s, SUM * s
    wide = (paper.width - 2 * left - badge_wide - sum_wide * len(SUMS)) / len(days)
    sums_at = left + badge_wide + wide * len(days)
    _head(paper, book, look, days)
    top = look.top - 8 * s
    paper.text(left, top + 6 * s, book.said(Words("工号", "Badge")), size=6.5 * s)
    for n, one in enumerate(days):
        x = left + badge_wide + n * wide
        if one.rest:
            paper.box(x, top, wide, 8 * s + row * len(lines), ground="#E3E3E3")
        middle = x + wide / 2
        paper.text(middle, top + 3.2 * s, one.head, size=8 * s, bold=True, align="center", room=wide - 0.3)
        name = one.name or WEEKDAY_SIGNS[book.language][one.day.weekday()]
        paper.text(middle, top + 6.6 * s, name, size=6 * s, align="center", room=wide - 0.3)
    if len(days) < len(book.days):
        paper.text(sums_at + 2.5 * sum_wide, top + 2.6 * s, book.said(OF_ALL_DAYS), size=6 * s, align="center")
    for n, words in enumerate(SUMS):
        paper.text(sums_at + (n + 0.5) * sum_wide, top + 6 * s, book.said(words), size=6 * s, align="center",
                   room=sum_wide - 0.5)  # fmt: skip
    y = look.top
    for role, badge in lines:
        if badge:
            paper.text(left + 0.5 * s, y + row * 0.72, badge, size=7 * s, bold=True, room=badge_wide - 1)
            for n, one in enumerate(days):
                _cell(paper, book, look, (left + badge_wide + n * wide, y, wide), (badge, one.day))
            for n, value in enumerate(list(book.sums(badge).values())[: len(SUMS)]):
                text = f"{value:.1f}" if n == 0 else f"{value:.0f}"
                paper.text(sums_at + (n + 0.8) * sum_wide, y + row * 0.72, text, size=6.5 * s, align="right")
        else:
            paper.box(left, y, paper.width - 2 * left, row, ground="#CFCFCF")
            paper.text(left + 0.5 * s, y + row * 0.72, capital(book.said(GROUP_WORDS[role])), size=7 * s, bold=True)
        paper.line([(left, y + row), (paper.width - left, y + row)], ink="#777777", line=0.08)
        y += row
    for n in range(len(days) + 1):
        at = left + badge_wide + n * wide
        paper.line([(at, top), (at, y)], ink="#999999", line=0.08)
    paper.line([(left, look.top), (paper.width - left, look.top)], line=0.3)
    _foot(paper, book, look, days, left + badge_wide, wide, y, said=said)


def _head(paper: Paper, book: _Book, look: _Look, days: Sequence[_Day]) -> None:
    s, left = look.scale, MARGIN * look.scale
    shown = Words(f"{days[0].day} 至 {days[-1].day}", f"{days[0].day} to {days[-1].day}")
    if len(days) == len(book.days):
        shown = period_words(book.month)
    title = f"{book.said(TITLE)} {book.head.queue} {book.said(shown)}"
    paper.text(left, 13 * s, title, size=14 * s, bold=True)
    told = f"{len(book.people)} 人" if book.language == "zh" else f"{len(book.people)} people"
    version = book.said(book.head.version)
    paper.text(paper.width - left, 13 * s, " · ".join(filter(None, (told, version))), size=8 * s, align="right")


def _cell(paper: Paper, book: _Book, look: _Look, place: tuple[float, float, float], at: tuple[str, date]) -> None:
    kind = book.kinds.get(at)
    if kind is None:
        return
    (x, y, wide), row, s = place, book.rows[at], look.scale
    middle, ink = x + wide / 2, "#000000"
    if kind == "night":
        paper.box(x + 0.15, y + 0.15, wide - 0.3, look.row - 0.3, ground="#222222")
        ink = "#FFFFFF"
    elif kind == STANDBY:
        paper.box(x + 0.4, y + 0.4, wide - 0.8, look.row - 0.8, edge="#000000", line=0.25)
    texts = _texts(book, look, row, kind)
    size = (9 if look.week else 6.6 if len(texts) == 1 else 4.9) * s
    for n, text in enumerate(texts, start=1):
        foot = y + look.row * (0.72 if len(texts) == 1 else 0.06 + 0.43 * n)
        small = look.week and n > len(parts(row)) == 1
        paper.text(middle, foot, text, size=6.5 * s if small else size, bold=kind != LEAVE and not small,
                   ink=ink, align="center", room=wide - (1.6 if kind == STANDBY else 0.5))  # fmt: skip


def _texts(book: _Book, look: _Look, row: Mapping[Any, Any], kind: str) -> list[str]:
    """Return the lines of a cell: the hours, short in a month's; a sign for standby and leave; in a week's the meal."""
    sign = f"{DAY_KINDS[kind].sign.said(book.language)} " if kind in (LEAVE, STANDBY) else ""
    if look.week:
        texts = [f"{sign}{start}–{end}" for start, end in parts(row)] or [DAY_KINDS[kind].said(book.language)]
        away = [f"{book.said(MEAL)} {meal_of(row)}"] if meal_of(row) else []
        away += [f"{book.said(BREAKS)} {' '.join(one[:5] for one in breaks_said(row))}"] if breaks_said(row) else []
        if away and len(texts) == 1:
            return [*texts, "  ".join(away)]
        return [*texts[:-1], "  ".join([texts[-1], *away])]
    return [f"{sign}{hours_short(start)}–{hours_short(end)}" for start, end in parts(row)] or [sign.strip()]


def _foot(
    paper: Paper, book: _Book, look: _Look, days: Sequence[_Day], x: float, wide: float, y: float, *, said: Words
) -> None:
    s, left = look.scale, MARGIN * look.scale
    counts = [_on_duty(book, days), _on_duty(book, days, "night")]
    rows = list(zip(DUTY, counts, strict=True))
    if book.head.short_hours is not None:
        rows.append((SHORT, [book.head.short_hours.get(one.day, 0.0) for one in days]))
    for words, values in rows:
        y += 3.6 * s
        paper.text(left + 0.5 * s, y, book.said(words), size=6 * s, room=BADGE * s - 1)
        for n, value in enumerate(values):
            paper.text(x + (n + 0.5) * wide, y, f"{value:.0f}" if value else "·", size=6.2 * s, align="center",
                       bold=words is SHORT and value > 0)  # fmt: skip
    low = paper.height - 9 * s
    paper.lines(
        left, low - 6 * s, book.said(LEGEND_OF_A_WEEK if look.week else LEGEND), room=paper.width - 2 * left, size=7 * s
    )
    at = left
    for words in SIGNED:
        at += paper.text(at, low + 2 * s, f"{book.said(words)} ", size=9 * s)
        paper.line([(at, low + 2.6 * s), (at + 42 * s, low + 2.6 * s)], line=0.2)
        at += 48 * s
    paper.text(paper.width - left, low + 2 * s, book.said(said), size=8 * s, align="right")


def _on_duty(book: _Book, days: Sequence[_Day], kind: str = "") -> list[float]:
    """Return how many people work on each day, or work that kind of shift."""
    on_day = dict.fromkeys((one.day for one in days), 0.0)
    for (_, day), found in book.kinds.items():
        if day in on_day and found not in (LEAVE, STANDBY) and kind in ("", found):
            on_day[day] += 1
    return list(on_day.values())


def badge_sheets_pdf(
    roster: pd.DataFrame,
    *,
    month: pd.Period,
    head: RosterHead,
    badges: Sequence[str] = (),
    calendar: Calendar,
    language: Language = "zh",
) -> bytes:
    """Return a sheet for each badge (all of them, or `badges`): the month as a calendar with hours and meals."""
    book = _book(roster, month=month, head=head, calendar=calendar, language=language)
    paper = Paper(title=f"{book.said(OWN_TITLE)} {head.queue} {period_title(month, language)}")
    for role, badge in book.people:
        if not badges or badge in badges:
            _sheet(paper, book, role, badge)
            paper.next_page()
    return paper.done()


def _sheet(paper: Paper, book: _Book, role: str, badge: str) -> None:
    left, wide, top = 14.0, 26.0, 48.0
    monday = monday_of(book.days[0].day)
    weeks = (book.days[-1].day - monday).days // 7 + 1
    high = min(DAY_HIGH, (paper.height - top - 26) / weeks)  # two months have ten weeks
    paper.text(left, 20, f"{badge}", size=26, bold=True)
    paper.text(
        paper.width - left, 16, f"{book.said(OWN_TITLE)} {book.said(period_words(book.month))}", size=15, align="right"
    )
    paper.text(
        paper.width - left, 22, f"{capital(book.said(ROLE_WORDS[role]))} · {book.head.queue}", size=10, align="right"
    )
    paper.text(left, 29, book.said(book.head.version), size=9)
    sums = book.sums(badge)
    told = {name: f"{value:.1f}" if name == "hours" else f"{value:.0f}" for name, value in sums.items()}
    paper.lines(left, 36, book.said(OWN_SUMS.filled(**told)), room=paper.width - 2 * left, size=10)
    for n, words in enumerate(WEEKDAY_WORDS):
        paper.text(left + (n + 0.5) * wide, top - 2, book.said(words), size=9, align="center")
    for one in book.days:
        row, column = divmod((one.day - monday).days, 7)
        _sheet_day(paper, book, (left + column * wide, top + row * high, wide, high), badge, one)
    bottom = top + high * weeks + 14
    at = left
    for words in (RECEIVED, SIGNED[2]):
        at += paper.text(at, bottom, f"{book.said(words)} ", size=10)
        paper.line([(at, bottom + 0.6), (at + 50, bottom + 0.6)], line=0.2)
        at += 60


def _sheet_day(paper: Paper, book: _Book, place: tuple[float, float, float, float], badge: str, one: _Day) -> None:
    x, y, wide, high = place
    s = high / DAY_HIGH
    kind = book.kinds.get((badge, one.day))
    paper.box(x, y, wide, high, ground="#EDEDED" if one.rest else "", edge="#555555", line=0.2)
    paper.text(x + 1.5, y + 5 * s, one.head, size=11 * s, bold=True)
    paper.text(x + wide - 1.5, y + 4.6 * s, one.name, size=7.5 * s, align="right", room=wide - 9)
    if kind is None:
        return
    row, ink = book.rows[badge, one.day], "#000000"
    if kind == "night":
        paper.box(x + 0.6, y + 7 * s, wide - 1.2, high - 7.6 * s, ground="#222222")
        ink = "#FFFFFF"
    middle = x + wide / 2
    paper.text(middle, y + 12 * s, DAY_KINDS[kind].said(book.language), size=9 * s, ink=ink, align="center")
    hours = parts(row)
    for n, (start, end) in enumerate(hours):
        paper.text(middle, y + (18 + 5.5 * n) * s, f"{start}–{end}", size=11 * s, bold=True, ink=ink, align="center",
                   room=wide - 2)  # fmt: skip
    if meal_of(row):
        said = f"{book.said(MEAL)} {meal_of(row)}"
        paper.text(middle, y + 24 * s, said, size=8 * s, ink=ink, align="center", room=wide - 2)
    if pauses := breaks_said(row):
        said = f"{book.said(BREAKS)} {' '.join(one[:5] for one in pauses)}"
        below = y + (28 if meal_of(row) else 18 + 5.5 * len(hours)) * s
        paper.text(middle, below, said, size=8 * s, ink=ink, align="center", room=wide - 2)
