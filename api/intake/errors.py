"""The one error of everything that is read from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from api.intake.sentences import say
from api.names import FILE_WORDS
from forecaster.messages import Message, Refusal, Words, told_of
from forecaster.names import NAMES, called

LONGEST_VALUE = 60
ROWS_SHOWN = 5


@dataclass(frozen=True)
class Ask:
    """What a person may be asked so that the file can be read after all.

    setting
        `columns` (which column is which), `queue`, `date_order` or `duplicates`; the last three have `options`.
    names, headings, rows, known
        Of `columns`: what a column may be, the file's headings, the first rows below them, and which columns were
        understood: names and their headings.
    """

    setting: str
    options: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    known: tuple[tuple[str, str], ...] = ()


class InputError(Refusal):
    """What is wrong with a file or an argument, in one line: where it stands, what stands there, and the way out.

    `faults` are all that was wrong, itself first, where more than one thing was (`all_of`).
    """

    faults: tuple[InputError, ...] = ()
    readings: tuple[Any, ...] = ()  # how its tables were read, as far as they were (`TableReading`)

    def __init__(
        self,
        file: str | Path,
        wrong: Message,
        *,
        row: int | None = None,
        column: str | None = None,
        value: object = None,
        ask: Ask | None = None,
    ) -> None:
        self.file, self.wrong, self.row, self.column, self.value, self.ask = str(file), wrong, row, column, value, ask
        super().__init__(wrong)

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how the error is made again in another process."""
        again = partial(InputError, row=self.row, column=self.column, value=self.value, ask=self.ask)
        return again, (self.file, self.wrong), {"faults": self.faults}

    @property
    def message(self) -> Message:
        """The one line that says it all."""
        line = say("input", place=self._place(), value=self._shown(), wrong=self.wrong)
        if len(self.faults) > 1:
            line = say("input.more", line=line, count=len(self.faults) - 1)
        zh, en = (" ".join(text.split()) for text in (line.zh, line.en))
        return Message(zh, en, self.wrong.code, self.wrong.fields)

    def __str__(self) -> str:
        return self.message.en

    def _place(self) -> Words:
        place = called(self.file, FILE_WORDS)
        if self.row is not None:
            place = say("input.row", place=place, row=self.row)
        if not self.column:
            return place
        missing = self.row is None and self.column in NAMES  # in Chinese, what is missing is no place
        at = say("input.column", place=place, column=called(self.column))
        return Words(place.zh, at.en) if missing else at

    def _shown(self) -> Words:
        """Return what stands there, quoted and cut, with a space behind; nothing where no value is to blame."""
        if self.value is None:
            return Words("", "")
        text = _quoted(self.value)
        return Words(f"“{text[1:-1].strip()}” ", f"{text} ")

    def renamed(self, call: Callable[[str], str]) -> InputError:
        """Return the same error with its file, and every file in its words, called as `call` says."""
        wrong = replace(self.wrong, zh=call(self.wrong.zh), en=call(self.wrong.en))
        again = InputError(call(self.file), wrong, row=self.row, column=self.column, value=self.value, ask=self.ask)
        again.faults = tuple(fault.renamed(call) for fault in self.faults)
        return again


def all_of(faults: Sequence[InputError]) -> None:
    """Raise the first of the faults, file by file in the order of their rows, with all of them; none, nothing.

    Raises
    ------
    InputError
        If there is a fault.
    """
    if not faults:
        return
    files = list(dict.fromkeys(fault.file for fault in faults))
    in_order = sorted(faults, key=lambda one: (files.index(one.file), one.row is not None, one.row or 0))
    told = in_order[0].renamed(str)
    told.faults = tuple(in_order) if len(in_order) > 1 else ()
    raise told


@contextmanager
def named(file: str | Path) -> Iterator[None]:
    """Put the name of the file before the message of a ValueError raised inside."""
    try:
        yield
    except InputError:
        raise
    except ValueError as error:
        raise InputError(file, told_of(error)) from None


@contextmanager
def damage_named(file: str | Path, code: str) -> Iterator[None]:
    """Refuse a file by the sentence `code`, whatever a library inside raises on what is damaged in it."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # of any kind: zlib's, the XML parser's, the archive's
        raise InputError(file, say(code, kind=type(error).__name__)) from None


@contextmanager
def shown(names: Sequence[str], frame: pd.DataFrame) -> Iterator[None]:
    """Let an error raised inside that asks which column is which show `names`, the frame's headings and first rows."""
    try:
        yield
    except InputError as error:
        if error.ask is not None and error.ask.setting == "columns":
            first = frame.head(ROWS_SHOWN).astype(str).itertuples(index=False, name=None)
            headings, rows = tuple(map(str, frame.columns)), tuple(tuple(map(_cut, row)) for row in first)
            error.ask = replace(error.ask, names=tuple(names), headings=headings, rows=rows)
        raise


def _cut(text: str) -> str:
    """Return a cell's text, cut to what a table shows of it."""
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _quoted(value: object) -> str:
    """Return `value` quoted, on one line, cut to a length that a message can carry."""
    text = repr(str(value))
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 2] + "…'"
