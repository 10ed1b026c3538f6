"""What a table's columns are: by their headings, and by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

import numpy as np
import pandas as pd

from api.intake.dates import date_text
from api.intake.files import TextTable
from api.intake.heading_rows import is_nameless, kind_of
from api.intake.instants import EPOCH_TEXT, EXCEL_DAY_TEXT, instant_told, with_centuries
from api.intake.values import NOT_OBSERVED, Column
from api.intake.vocabulary import (
    aliases,
    answer_of,
    direction_of,
    in_both_languages,
    is_planned,
    medium_of,
    names_calls,
    outcome_of,
    plain,
    sums_up,
    tokens,
)
from optimizer.law.clocks import clock_of, counted_through_day

When = Literal["", "instant", "date", "clock"]
LOOKED_AT = 4_000  # distinct texts of a column that are looked at
MOSTLY = 0.8
EXACT, ALIKE = 3, 2  # how well a heading fits: as it is listed; the same words in other order and company
HOURS, LONGEST_MONTH = 24, 31
HOUR = re.compile(r"hour|hora|heure|stunde|ora\b|小时|时段|час|^he$|\bhr\b")
WHENS = ("interval_start", "date", "time_of_day", "arrival_at")
SECONDS = ("aht_seconds", "mean_wait_seconds", "talk_seconds", "hold_seconds", "wrap_seconds", "total_handle_seconds",
           "total_talk_seconds", "total_wrap_seconds", "wait_seconds", "service_seconds", "menu_seconds",
           "duration_seconds")  # fmt: skip


@cache
def _by_plain(kind: str) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name, words in aliases(kind).items():
        for word in (name, *words):
            found.setdefault(plain(word), set()).add(name)
    return {word: frozenset(names) for word, names in found.items()}


@cache
def _by_tokens(kind: str) -> Mapping[frozenset[str], frozenset[str]]:
    found: dict[frozenset[str], set[str]] = {}
    for name, words in aliases(kind).items():
        for word in (name, *words):
            if told := tokens(word):
                found.setdefault(told, set()).add(name)
    return {told: frozenset(names) for told, names in found.items()}


@cache
def fits(kind: str, heading: str) -> Mapping[str, int]:
    """Return which columns of a `kind` of file a heading may stand for, and how well it fits each."""
    if kind == "history" and is_planned(heading):
        return {}
    rows, corner, _ = heading.replace("＼", "\\").partition("\\")
    if corner and rows.strip():  # 日期\时段: the first says what labels the rows, the second what the headings are
        return fits(kind, rows)
    word = plain(heading)
    found = dict.fromkeys(_by_plain(kind).get(word, ()), EXACT)
    chinese, latin = in_both_languages(heading)
    if chinese and latin:  # 时间 Time
        both = _by_plain(kind).get(chinese, frozenset()) & _by_plain(kind).get(latin, frozenset())
        found |= dict.fromkeys(both, EXACT)
    told = tokens(heading)
    for name in _by_tokens(kind).get(told, ()) if told else ():
        found.setdefault(name, ALIKE)
    if not found and (voiced := frozenset(word for word in told if medium_of(word) != "voice")) != told:
        found |= dict.fromkeys(_by_tokens(kind).get(voiced, ()), ALIKE)  # Voice Offered, beside Chat Offered
    if not told and names_calls(heading) and "calls_offered" in aliases(kind):
        found.setdefault("calls_offered", ALIKE)
    return found


def knows(heading: str) -> bool:
    """Return whether a heading is one of a history's or of a call log's."""
    return bool(heading.strip()) and (
        EXACT in fits("history", heading).values() or EXACT in fits("call_log", heading).values()
    )


@dataclass(frozen=True, eq=False)
class Look:
    """One column of a table, and what its texts look like."""

    name: str
    levels: tuple[str, ...]
    column: Column
    texts: tuple[str, ...]  # distinct, that tell something
    weights: np.ndarray  # rows of each
    rows: int

    @cached_property
    def filled(self) -> int:
        """How many of the rows looked at tell something."""
        return int(self.weights.sum())

    @property
    def nameless(self) -> bool:
        """Whether it has no heading."""
        return is_nameless(self.name)

    def share(self, tells: Sequence[bool]) -> float:
        """Return the share of rows whose texts are told of by `tells`."""
        return float(self.weights[np.asarray(tells, dtype=bool)].sum() / self.filled) if self.filled else 0.0

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kind of each text (`api.intake.heading_rows.kind_of`)."""
        return tuple(kind_of(text) for text in self.texts)

    def of_kind(self, *kinds: str) -> float:
        """Return the share of rows of these kinds."""
        return self.share([kind in kinds for kind in self.kinds])

    @cached_property
    def numeric(self) -> bool:
        """Whether its texts are numbers."""
        return self.of_kind("number") >= MOSTLY

    @cached_property
    def binary(self) -> bool:
        """Whether it says yes or no alone."""
        words = {text.casefold() for text in self.texts}
        return bool(words) and len(words) <= 4 and all(answer_of(word) is not None for word in words)

    @cached_property
    def outcomes(self) -> float:
        """The share of rows with a known word for how a call ended."""
        return self.share([outcome_of(text) is not None for text in self.texts])

    @cached_property
    def directions(self) -> float:
        """The share of rows with a known word for where a call came from."""
        return self.share([direction_of(text) is not None for text in self.texts])

    @cached_property
    def media(self) -> float:
        """The share of rows with a known word for a medium."""
        return self.share([medium_of(text) is not None for text in self.texts])

    @cached_property
    def weekdays(self) -> float:
        """The share of rows that name a weekday."""
        return self.of_kind("weekday")

    def fits(self, kind: str) -> Mapping[str, int]:
        """Return what its heading may stand for in a `kind` of file."""
        whole = fits(kind, " ".join(self.levels) or self.name)
        if len(self.levels) < 2:
            return whole
        found = {name: how + (how == EXACT) for name, how in whole.items()}  # 人工 over 呼入量, before 呼入量 alone
        for name, how in fits(kind, self.levels[-1]).items():
            found[name] = max(how, found.get(name, 0))
        return found

    def fit(self, *names: str) -> int:
        """Return how well its heading fits one of `names`, of a history or of a call log."""
        both = (self.fits("history"), self.fits("call_log"))
        return max((one.get(name, 0) for one in both for name in names), default=0)

    @cached_property
    def names_an_end(self) -> bool:
        """Whether its heading says that something ended then, and not that it began."""
        return self.fit("end_like") == EXACT and self.fit(*WHENS) < EXACT

    @cached_property
    def when(self) -> When:
        """Whether its texts tell an instant, a date or a time of day; digits alone do where the heading is such."""
        if not self.filled:
            return ""
        if plainly := self._plainly_when():
            return plainly
        return self._digits() if self.fit(*WHENS, "end_like") else self._epochs()

    def _plainly_when(self) -> When:
        if self.of_kind("instant", "date") >= MOSTLY:
            pairs = zip(self.texts, self.kinds, strict=True)
            told = [instant_told(text) for text, kind in pairs if kind in ("instant", "date")]
            return "date" if all(one is None or one.seconds == 0 for one in told) else "instant"
        return "clock" if self.of_kind("clock") >= MOSTLY else ""

    def _epochs(self) -> When:
        epochs = self.share([EPOCH_TEXT.fullmatch(text) is not None for text in self.texts]) >= MOSTLY
        return "instant" if epochs and self.rises else ""

    def _digits(self) -> When:  # noqa: PLR0911 (one form after the other)
        if not self.numeric:
            return ""
        if self.share([EPOCH_TEXT.fullmatch(text) is not None for text in self.texts]) >= MOSTLY:
            return "instant"
        if self.share([len(text) in (12, 13, 14, 15) and _dated(text) for text in self.texts]) >= MOSTLY:
            return "instant"
        if self.share([len(text) == 8 and date_text(text) is not None for text in self.texts]) >= MOSTLY:
            return "date"
        if with_centuries(list(self.texts)) != list(self.texts):
            return "date"
        if self.share([EXCEL_DAY_TEXT.fullmatch(text) is not None for text in self.texts]) >= MOSTLY:
            return "instant" if any("." in text for text in self.texts) else "date"
        beyond = any(text.isdecimal() and HOURS < int(text) <= LONGEST_MONTH for text in self.texts)
        clocks = self.share([clock_of(text) is not None for text in self.texts])
        hours = len(self.texts) > 1 and clocks >= MOSTLY and not beyond
        ends = self.names_an_end and HOUR.search(self.name.casefold()) is not None
        counted = not hours and counted_through_day(self.texts) is not None
        return "clock" if (hours or counted) and (ends or self.fit("time_of_day", "interval_start")) else ""

    @cached_property
    def rises(self) -> bool:
        """Whether its numbers never fall from row to row."""
        numbers = pd.to_numeric(pd.Series(self.column.texts.astype(str).to_numpy()[:2000]), errors="coerce").dropna()
        return len(numbers) > 2 and bool(numbers.is_monotonic_increasing) and numbers.iloc[-1] > numbers.iloc[0]


def _dated(text: str) -> bool:
    told = instant_told(text)
    return told is not None and told.has_clock


def looks_of(table: TextTable) -> list[Look]:
    """Return the columns of a table with what they look like; of a column of many texts, the first are looked at."""
    levels = table.levels or tuple((str(name),) for name in table.frame.columns)
    return [_look(table, str(name), levels[n]) for n, name in enumerate(table.frame.columns)]


def _look(table: TextTable, name: str, levels: tuple[str, ...]) -> Look:
    texts = table.frame[name]
    if not isinstance(texts.dtype, pd.CategoricalDtype) or len(texts.cat.categories) > LOOKED_AT:
        texts = texts.iloc[:LOOKED_AT].astype(str).astype("category")
    column = Column(table.path, name, texts)
    counts = np.bincount(column.codes, minlength=len(column.distinct))
    tells = [
        n
        for n, text in enumerate(column.distinct)
        if counts[n] and text.casefold() not in NOT_OBSERVED and not sums_up(text)
    ]
    return Look(name, levels, column, tuple(column.distinct[n] for n in tells), counts[tells], len(texts))
