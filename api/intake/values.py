"""Numbers, durations and flags as people write them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from api.intake.errors import Ask, InputError
from api.intake.number_style import UNIT_BEHIND, NumberColumn, NumberStyle, style_of
from api.intake.sentences import say
from api.intake.vocabulary import answer_of
from forecaster.messages import Message
from optimizer.law.clocks import duration_seconds

MOST_FAULTS = 50  # of one file that are told
VALUES_AT_ONCE = 1 << 18  # texts
NOT_OBSERVED = {
    "", "-", "--", "---", "—", "–", "n/a", "na", "nan", "null", "none", "无", "无数据", "缺失", "#n/a", "nil", "nd",
    "n.d.", "s/d", "н/д", "#div/0!", "#value!", "#ref!", "<na>", "nat", "/", "\\n", "(null)", "[null]", "無", "なし",
}  # fmt: skip
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a file: what it is called there, its texts, and where it came from."""

    path: Path
    heading: str
    texts: pd.Series  # categorical; the index is the row number in the file

    def error(self, category: int, wrong: Message, *, ask: Ask | None = None) -> InputError:
        """Return the error about the first row that holds the text of `category`."""
        at = int(np.flatnonzero(self.codes == category)[0])
        return self.error_at(at, wrong, ask=ask)

    def error_at(self, at: int, wrong: Message, *, ask: Ask | None = None) -> InputError:
        """Return the error about the row at position `at`."""
        row, value = int(self.texts.index[at]), self.texts.iloc[at]
        return InputError(self.path, wrong, row=row, column=self.heading, value=value, ask=ask)

    def errors(self, category: int, wrong: Message) -> list[InputError]:
        """Return an error about each row that holds the text of `category`, the first of them."""
        return [self.error_at(int(at), wrong) for at in np.flatnonzero(self.codes == category)[:MOST_FAULTS]]

    def blame(self, category: int, wrong: Message, faults: list[InputError] | None) -> None:
        """Raise the error about a text, or add those about all its rows to the faults where these are given."""
        if faults is None:
            raise self.error(category, wrong)
        faults += self.errors(category, wrong)

    @cached_property
    def codes(self) -> np.ndarray:
        """Position of each row's text among `distinct`."""
        return self.texts.cat.codes.to_numpy()

    @cached_property
    def distinct(self) -> list[str]:
        """The distinct texts, in full-width-free form, trimmed."""
        texts = [str(t) for t in self.texts.cat.categories]
        return [_bare(t if t.isascii() else unicodedata.normalize("NFKC", t)) for t in texts]

    def used(self) -> np.ndarray:
        """Return which distinct texts occur in the rows."""
        seen = np.zeros(len(self.texts.cat.categories), dtype=bool)
        seen[self.codes] = True
        return seen

    def told(self) -> list[str]:
        """Return the distinct texts that occur in the rows and tell something."""
        there = zip(self.distinct, self.used(), strict=True)
        return [text for text, used in there if used and text.casefold() not in NOT_OBSERVED]


def _bare(text: str) -> str:
    """Return a cell without the signs that keep a spreadsheet from reading it: `="2026-01-05"`, `'2026-01-05`."""
    text = text.strip()
    if text[:1] == "=" and (match := re.fullmatch(r'="?(.*?)"?', text)):
        return match.group(1).strip()
    return text[1:].strip() if text[:1] == "'" and len(text) > 1 else text


def numbers(
    column: Column,
    *,
    unit: float = 1.0,
    clock: bool = False,
    whole: bool = False,
    signed: bool = False,
    style: NumberStyle | None = None,
    faults: list[InputError] | None = None,
) -> np.ndarray:
    """Return the column as floats times `unit`, NaN where nothing was observed.

    clock
        Whether `3:05` and `0:03:05` are durations, in seconds.
    whole
        Whether the column counts something: `1.240` beside `950` is then one thousand two hundred and forty.
    signed
        Whether a number may be below 0.
    style
        How the file writes numbers; None: told by this column alone.
    faults
        Where it is given, what cannot be read is added to it and comes back as NaN.

    Raises
    ------
    InputError
        At the first text that is no number, is negative unless `signed`, or is not finite.
    """
    distinct, used = column.distinct, column.used()
    style = style or style_of([NumberColumn(column.told(), counts=whole)])
    quick = pd.to_numeric(pd.Series([_number_text(text, style) for text in distinct], dtype=object), errors="coerce")
    values = quick.to_numpy(dtype=float, copy=True) * unit
    for i in np.flatnonzero(~np.isfinite(values) & used):
        told = _else(distinct[i], clock=clock)
        if told is None:
            column.blame(int(i), say("cell.number"), faults)
        values[i] = np.nan if told is None else told
    for i in np.flatnonzero((values < 0) & used & (not signed)):
        column.blame(int(i), say("cell.negative"), faults)
        values[i] = np.nan
    return np.asarray(values[column.codes])


def _number_text(text: str, style: NumberStyle) -> str | None:
    """Return a text as a number is written in a program, None where it is none."""
    text = style.plain(UNIT_BEHIND.sub("", text))
    return text if NUMBER.fullmatch(text) else None


def _else(text: str, *, clock: bool) -> float | None:
    """Return what a text that is no plain number says: NaN where nothing was observed; None where it says nothing."""
    if text.casefold() in NOT_OBSERVED:
        return float("nan")
    return duration_seconds(text) if clock else None


def hashed(texts: pd.Series) -> np.ndarray:
    """Return a number for each text, the same for the same; all that tell nothing have that of the empty one."""
    found = []
    for at in range(0, len(texts), VALUES_AT_ONCE):
        part = texts.iloc[at : at + VALUES_AT_ONCE].astype(str).str.strip().to_numpy(dtype=object)
        told = ["" if one.casefold() in NOT_OBSERVED else one for one in part]
        found.append(pd.util.hash_array(np.array(told, dtype=object)))
    return np.concatenate(found) if found else np.zeros(0, dtype=np.uint64)


def flags(column: Column) -> np.ndarray:
    """Return the column as booleans; empty is False.

    Raises
    ------
    InputError
        At the first text that is neither yes nor no.
    """
    distinct, used = column.distinct, column.used()
    values = np.zeros(len(distinct), dtype=bool)
    for i in np.flatnonzero(used):
        if (told := answer_of(distinct[i])) is None:
            raise column.error(int(i), say("cell.flag"))
        values[i] = told
    return np.asarray(values[column.codes])
