"""The one error of everything that is read from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

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


class InputError(ValueError):
    """What is wrong with a file or an argument, in one line: where it stands, what stands there, and the way out.

    `zh` is the message in Chinese, where it is made of words that bring their own. `faults` are all that was wrong,
    itself first, where more than one thing was (`all_of`).
    """

    faults: tuple[InputError, ...] = ()

    def __init__(
        self,
        file: str | Path,
        message: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: object = None,
        way_out: str | None = None,
        ask: Ask | None = None,
        zh: str = "",
    ) -> None:
        self.ask, self.zh = ask, zh
        self.file, self.message, self.row, self.column = str(file), message, row, column
        self.value, self.way_out = value, way_out
        super().__init__(self.line())

    def line(self) -> str:
        """Return the one line that says it all."""
        where = self.file + (f", row {self.row}" if self.row is not None else "")
        where += f", column {self.column}" if self.column else ""
        line = f"{where}: {self.shown}{self.message}" + (f"; {self.way_out}" if self.way_out else "")
        more = f" (and {len(self.faults) - 1} more)" if len(self.faults) > 1 else ""
        return " ".join(line.split()) + more

    def __str__(self) -> str:
        return self.line()

    @property
    def shown(self) -> str:
        """What stands there, quoted and cut, with a space behind; nothing where no value is to blame."""
        return "" if self.value is None else f"{shorten(self.value)} "

    def renamed(self, call: Callable[[str], str]) -> InputError:
        """Return the same error with its file, and every file in its words, called as `call` says."""
        way_out = None if self.way_out is None else call(self.way_out)
        again = InputError(
            call(self.file), call(self.message), row=self.row, column=self.column, value=self.value, way_out=way_out,
            ask=self.ask, zh=self.zh,
        )  # fmt: skip
        again.faults = tuple(fault.renamed(call) for fault in self.faults)
        return again


def all_of(faults: Sequence[InputError]) -> None:
    """Raise the first of the faults, in the order of their rows, with all of them as its `faults`; none, nothing.

    Raises
    ------
    InputError
        If there is a fault.
    """
    if not faults:
        return
    in_order = sorted(faults, key=lambda fault: (fault.row is not None, fault.row or 0))
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
        raise InputError(file, str(error)) from None


@contextmanager
def shown(names: Sequence[str], frame: pd.DataFrame) -> Iterator[None]:
    """Let an error raised inside that asks which column is which show `names`, the frame's headings and first rows."""
    try:
        yield
    except InputError as error:
        if error.ask is not None and error.ask.setting == "columns":
            first = frame.head(ROWS_SHOWN).astype(str).itertuples(index=False, name=None)
            headings, rows = tuple(map(str, frame.columns)), tuple(tuple(map(shorter, row)) for row in first)
            error.ask = replace(error.ask, names=tuple(names), headings=headings, rows=rows)
        raise


def shorter(text: str) -> str:
    """Return a cell's text, cut to what a table shows of it."""
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def shorten(value: object) -> str:
    """Return `value` quoted, on one line, cut to a length that a message can carry."""
    text = repr(str(value))
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 2] + "…'"
