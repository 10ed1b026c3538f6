"""Rotating patterns: a cycle of days that goes round, such as four on and two off, 早早中中夜夜休休, a weekly rota."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from optimizer.law.dates import one_day
from optimizer.law.shifts import DAY_OFF, LEAVE, Shift
from optimizer.sentences import refusal

if TYPE_CHECKING:
    from optimizer.law.roster_rules import RosterRules

ON, EARLY, LATE, DAY, NIGHT = "on", "early", "late", "day", "night"
WORDS: Mapping[str, tuple[str, ...]] = {  # what a day of a pattern may be, besides a shift code or its family's
    ON: ("on", "work", "上班", "上", "做"),
    DAY_OFF: ("off", "休息", "休"),
    EARLY: ("early", "早班", "早"),
    LATE: ("late", "中班", "中", "晚班", "晚"),
    DAY: ("day", "白班", "白"),
    NIGHT: ("night", "夜班", "夜"),
}
_NOON = 720  # an early shift starts before it
_LONGEST = 84  # days: twelve weeks
_CYCLES_REMEMBERED = 2  # of last month, by which its place in the cycle is known
_WORD_OF = {word: day for day, words in WORDS.items() for word in words}
_NUMERALS = {numeral: number for number, numeral in enumerate("零一二三四五六七八九十")} | {"两": 2}
_HAN = "|".join(sorted((word for word in _WORD_OF if not word.isascii()), key=len, reverse=True))
_HAN_DAYS = re.compile(rf"({_HAN})(\d+|[{''.join(_NUMERALS)}])?")
_COUNTED = re.compile(r"(\d+)\s*[-x×*]?\s*(on|off)", re.IGNORECASE)
_ON_OFF = re.compile(r"^(\d{1,2})-(\d{1,2})$")
_TIMES = re.compile(r"(.+?)[*×x](\d{1,2})")
_STARTS = re.compile(
    r"(?:\b(?:from|since)\s+|[@自从])\s*(\S+?)(?:起|\s|$)|(?<!\w)(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?)(?:起|\s|$)",
    re.IGNORECASE,
)
_PREFERRED = re.compile(r"\b(?:preferred|soft)\b|尽量|优先", re.IGNORECASE)
_HARD = re.compile(r"\b(?:hard|binding)\b|必须", re.IGNORECASE)


@dataclass(frozen=True)
class Pattern:
    """A cycle of days.

    days
        What each is: one of `WORDS`, a shift code, or the code of a family of shifts.
    starts
        A date on which the cycle begins, near or far. None: it goes on from last month's roster, and where that does
        not tell, cycles of whole weeks begin on a Monday, others anywhere.
    preferred
        Whether it is weighed rather than kept.
    """

    days: tuple[str, ...]
    starts: date | None = None
    preferred: bool = False

    @classmethod
    def from_text(cls, text: str, *, year: int | None = None) -> Pattern:
        """Return the pattern written `4-on-2-off`, `D*5 off*2 from 2026-11-30`, `上四休二 尽量`, `早早中中夜夜休休`.

        Raises
        ------
        Refusal
            If it is none.
        """
        rest, starts = text.strip(), None
        if found := _STARTS.search(rest):
            starts = one_day(found[1] or found[2], year=year)
            rest = rest[: found.start()] + " " + rest[found.end() :]
        preferred = bool(_PREFERRED.search(rest))
        rest = _HARD.sub(" ", _PREFERRED.sub(" ", rest)).strip()
        rest = _ON_OFF.sub(r"\1 on \2 off", rest)
        counted = [(int(number), word.lower()) for number, word in _COUNTED.findall(rest)]
        if counted and not re.sub(r"[-\s,/]+", "", _COUNTED.sub("", rest)):
            days = [day for number, word in counted for day in _times([word], number)]
        else:
            days = [day for token in re.split(r"[\s,，、|]+", rest) if token for day in _days_of(token)]
        if not 2 <= len(days) <= _LONGEST or set(days) in ({ON}, {DAY_OFF}):
            raise refusal("cell.pattern", text=text, longest=_LONGEST)
        return cls(tuple(days), starts, preferred)

    def text(self) -> str:
        """Return the pattern as `from_text` reads it."""
        starts = "" if self.starts is None else f" from {self.starts}"
        return " ".join(self.days) + starts + " preferred" * self.preferred

    @property
    def codes(self) -> list[str]:
        """Return the shift codes, or those of families, that it names."""
        return sorted({day for day in self.days if day not in WORDS})

    def weighed(self) -> Pattern:
        """Return the pattern that is weighed rather than kept."""
        return replace(self, preferred=True)

    def on(self, first: date, place: int, days: Sequence[date]) -> list[str]:
        """Return what each day is to be, where the day `first` has this place in the cycle."""
        return [self.days[(place + (day - first).days) % len(self.days)] for day in days]

    def places(self, first: date, before: Mapping[date, str], fits: Callable[[str, str], bool]) -> list[int]:
        """Return the places in the cycle, all as good, that the day `first` may have.

        before
            The codes of the days on which last month's roster has the person.
        fits
            Whether a code is what a day of a pattern asks for.
        """
        length = len(self.days)
        if self.starts is not None:
            return [(first - self.starts).days % length]
        weekday = first.weekday()
        places = [place for place in range(length) if length % 7 or place % 7 == weekday]
        known = max(min(before, default=first), first - timedelta(days=_CYCLES_REMEMBERED * length))
        past = [known + timedelta(days=day) for day in range((first - known).days)]

        def kept(place: int) -> int:
            asked = zip(self.on(first, place, past), (before.get(day, DAY_OFF) for day in past), strict=True)
            return sum(code == LEAVE or fits(wanted, code) for wanted, code in asked)

        matches = [kept(place) for place in places]
        return [place for place, count in zip(places, matches, strict=True) if count == max(matches)]


def _days_of(token: str) -> list[str]:
    """Return the days that a word stands for: one, several counted, or Chinese ones in a row."""
    if found := _TIMES.fullmatch(token):
        return _times(_days_of(found[1]), int(found[2]))
    if not _HAN_DAYS.sub("", token):
        return [day for word, count in _HAN_DAYS.findall(token) for day in _times([_WORD_OF[word]], _number(count))]
    return [_WORD_OF.get(token.casefold(), token)]


def _times(days: list[str], number: int) -> list[str]:
    """Return days so many times, cut where they are too many anyway: a cell must not ask for all of the memory."""
    return (days * min(number, _LONGEST + 1))[: _LONGEST + 1]


def _number(text: str) -> int:
    return 1 if not text else _NUMERALS.get(text) or int(text)


def fits_code(word: str, code: str) -> bool:
    """Return whether a shift's code is the one named, or of the family named."""
    return code == word or (code.startswith(word) and re.fullmatch(r"\d{4}/\d+|/\d+", code[len(word) :]) is not None)


def fitting(rules: RosterRules, shifts: Collection[Shift]) -> Callable[[str, str], bool]:
    """Return what says whether a code (a shift's, `off`, or another duty's) is what a day of a pattern asks for."""
    shift_of = {shift.code: shift for shift in shifts}

    def fits(word: str, code: str) -> bool:
        if DAY_OFF in (word, code):
            return word == code
        shift = shift_of.get(code)
        if word == ON or shift is None:
            return word == ON
        if word not in WORDS:
            return fits_code(word, code)
        night = rules.is_night(shift)
        return (
            night
            if word == NIGHT
            else not night and {EARLY: shift.start_minute < _NOON, DAY: True}.get(word, shift.start_minute >= _NOON)
        )

    return fits
