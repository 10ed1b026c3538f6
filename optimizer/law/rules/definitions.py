"""What the rows of a roster are: not rules that could give in, but what any other rule can be read from."""

from __future__ import annotations

from collections import Counter

from forecaster.history.periods import period_words
from forecaster.messages import Words
from optimizer.law.rules.rule import Finds, PersonMonth, Rule


def _twice(mine: PersonMonth) -> Finds:
    for day, count in Counter(row.day for row in mine.own).items():
        if count > 1:
            yield day, count - 1, {"count": count}


def _outside(mine: PersonMonth) -> Finds:
    for day in dict.fromkeys(row.day for row in mine.own):
        if not mine.first <= day <= mine.last:
            yield day, 1, {"month": period_words(mine.month)}


def _unknown(mine: PersonMonth) -> Finds:
    for row in mine.own:
        if row.works and row.code not in mine.shift_of:
            yield row.day, 1, {"shift": row.code}


def _other_times(mine: PersonMonth) -> Finds:
    for row, shift in mine.of_catalogue:
        off = abs(row.start - row.due) + abs(row.end - row.start - shift.length_minutes)
        if off:
            yield row.day, off, {"shift": row.code}


def _other_minutes(mine: PersonMonth) -> Finds:
    for row, shift in mine.of_catalogue:
        due = row.minutes_due(shift)
        if row.worked_minutes != due:
            yield row.day, abs(row.worked_minutes - due), {"given": row.worked_minutes, "due": due}


UNKNOWN_BADGE = Rule(
    "unknown_badge", "person", "people", Words("未知工号", "unknown badge"),
    Words("不在人员表中", "is not in the people list"),
    definition=True,  # found where rows are given to people
)  # fmt: skip
ONE_SHIFT_A_DAY = Rule(
    "one_shift_a_day", "person", "entries", Words("一天一班", "one shift a day"),
    Words("同一天有 {count} 条记录", "{count} entries for one day"),
    _twice, definition=True, of_overtime=False,
)  # fmt: skip
INSIDE_THE_MONTH = Rule(
    "inside_the_month", "person", "days", Words("在本月内", "inside the month"),
    Words("该日不在 {month} 内", "the day lies outside {month}"),
    _outside, definition=True,
)  # fmt: skip
KNOWN_SHIFT = Rule(
    "known_shift", "person", "shifts", Words("班次代码", "known shift"),
    Words("班次表中没有班次 {shift}", "shift {shift} is not in the catalogue"),
    _unknown, definition=True, of_overtime=False,
)  # fmt: skip
SHIFT_TIMES = Rule(
    "shift_times", "person", "minutes", Words("班次时间", "shift times"),
    Words("{shift} 的起止时间与班次表不符", "times of {shift} differ from the catalogue"),
    _other_times, definition=True, of_overtime=False,
)  # fmt: skip
WORKED_MINUTES = Rule(
    "worked_minutes", "person", "minutes", Words("工时分钟", "worked minutes"),
    Words("工时记为 {given:g} 分钟，应为 {due:g} 分钟", "{given:g} minutes, it is {due:g}"),
    _other_minutes, definition=True, of_overtime=False,
)  # fmt: skip
