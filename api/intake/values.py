"""Numbers, durations and flags as people write them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from api.intake.errors import Ask, InputError
from api.intake.sentences import say
from forecaster.messages import Message

NOT_OBSERVED = {"", "-", "--", "—", "–", "n/a", "na", "nan", "null", "none", "无", "无数据", "缺失", "#n/a", "nil"}
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
SPACED = re.compile(r"[+-]?\d{1,3}([\s']\d{3})+(\.\d+)?")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
POINTED = re.compile(r"[1-9]\d{0,2}(\.\d{3})+")
DECIMAL_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+),(\d{1,2}|\d{4,})")
COMMAS = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?")
UNIT_BEHIND = re.compile(r"(?<=\d)\s*(次|通|个|人|席|秒|s|sec)$")
CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,2}))?:(\d{2})(?:\.\d+)?")


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a file: what it is called there, its texts, and where it came from."""

    path: Path
    heading: str
    texts: pd.Series  # categorical; the index is the row number in the file

    def error(self, category: int, wrong: Message, *, ask: Ask | None = None) -> InputError:
        """Return the error about the first row that holds the text of `category`."""
        at = int(np.flatnonzero(self.texts.cat.codes.to_numpy() == category)[0])
        return self.error_at(at, wrong, ask=ask)

    def error_at(self, at: int, wrong: Message, *, ask: Ask | None = None) -> InputError:
        """Return the error about the row at position `at`."""
        row, value = int(self.texts.index[at]), self.texts.iloc[at]
        return InputError(self.path, wrong, row=row, column=self.heading, value=value, ask=ask)

    @property
    def codes(self) -> np.ndarray:
        """Position of each row's text among `distinct`."""
        return self.texts.cat.codes.to_numpy()

    @property
    def distinct(self) -> list[str]:
        """Return the distinct texts, in full-width-free form, trimmed."""
        texts = [str(t) for t in self.texts.cat.categories]
        return [_bare(t if t.isascii() else unicodedata.normalize("NFKC", t)) for t in texts]

    def used(self) -> np.ndarray:
        """Return which distinct texts occur in the rows."""
        seen = np.zeros(len(self.texts.cat.categories), dtype=bool)
        seen[self.codes] = True
        return seen


def _bare(text: str) -> str:
    """Return a cell without the signs that keep a spreadsheet from reading it: `="2026-01-05"`, `'2026-01-05`."""
    text = text.strip()
    if text[:1] == "=" and (match := re.fullmatch(r'="?(.*?)"?', text)):
        return match.group(1).strip()
    return text[1:].strip() if text[:1] == "'" and len(text) > 1 else text


def numbers(column: Column, *, unit: float = 1.0, clock: bool = False, whole: bool = False) -> np.ndarray:
    """Return the column as floats times `unit`, NaN where nothing was observed.

    clock
        Whether `3:05` and `0:03:05` are durations, in seconds.
    whole
        Whether the column counts something: `1.240` beside `950` is then one thousand two hundred and forty.

    Raises
    ------
    InputError
        At the first text that is no number, is negative, or is not finite.
    """
    used = column.used()
    distinct = _with_points(column.distinct, used, whole=whole)
    quick = pd.to_numeric(pd.Series(distinct, dtype=object), errors="coerce").to_numpy(dtype=float, copy=True) * unit
    for i in np.flatnonzero(~np.isfinite(quick) & used):
        quick[i] = _number(column, int(i), distinct[i], unit, clock=clock)
    negative = np.flatnonzero((quick < 0) & used)
    if len(negative):
        raise column.error(int(negative[0]), say("cell.negative"))
    return np.asarray(quick[column.codes])


def _with_points(texts: list[str], used: np.ndarray, *, whole: bool) -> list[str]:
    """Return the texts with a point before decimals and nothing between thousands, judged by the column as a whole.

    A comma parts decimals where some cell has one before one, two or more than three digits (`12,5`). A point parts
    thousands in a column of counts whose cells with a point all have three digits behind it, and whose cells without
    are all below a thousand (`950`, `1.240`).
    """
    told = [text for text, there in zip(texts, used, strict=True) if there]
    if any(DECIMAL_COMMA.fullmatch(text) for text in told):
        return [text.replace(".", "").replace(",", ".") if COMMAS.fullmatch(text) else text for text in texts]
    pointed = [text for text in told if "." in text]
    plain = [int(text) for text in told if text.isdecimal() and text.isascii()]
    if whole and pointed and plain and max(plain) < 1000 and all(map(POINTED.fullmatch, pointed)):
        return [text.replace(".", "") if POINTED.fullmatch(text) else text for text in texts]
    return texts


def _number(column: Column, category: int, text: str, unit: float, *, clock: bool) -> float:
    if text.casefold() in NOT_OBSERVED:
        return np.nan
    text = UNIT_BEHIND.sub("", text)
    if THOUSANDS.fullmatch(text) or SPACED.fullmatch(text) or NUMBER.fullmatch(text):
        return float(re.sub(r"[,\s']", "", text)) * unit
    if clock and (match := CLOCK.fullmatch(text)):
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds
    raise column.error(category, say("cell.number"))


def flags(column: Column) -> np.ndarray:
    """Return the column as booleans; empty is False.

    Raises
    ------
    InputError
        At the first text that is neither yes nor no.
    """
    yes = {"1", "1.0", "true", "yes", "y", "是", "有", "t", "√", "x", "孕", "孕期", "怀孕", "哺乳", "哺乳期"}
    no = {"0", "0.0", "false", "no", "n", "否", "无", "f", "", "-"}
    distinct, used = column.distinct, column.used()
    values = np.zeros(len(distinct), dtype=bool)
    for i in np.flatnonzero(used):
        text = distinct[i].casefold()
        if text not in yes | no:
            raise column.error(int(i), say("cell.flag"))
        values[i] = text in yes
    return np.asarray(values[column.codes])
