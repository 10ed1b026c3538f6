"""The one error of everything that is read from outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_VALUE = 60


class InputError(ValueError):
    """What is wrong with a file or an argument, in one line: where it stands, what stands there, and the way out."""

    def __init__(
        self,
        file: str | Path,
        message: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: object = None,
        way_out: str | None = None,
    ) -> None:
        self.file, self.row, self.column, self.value, self.way_out = str(file), row, column, value, way_out
        where = self.file + (f", row {row}" if row is not None else "") + (f", column {column}" if column else "")
        shown = "" if value is None else f"{shorten(value)} "
        line = f"{where}: {shown}{message}" + (f"; {way_out}" if way_out else "")
        super().__init__(" ".join(line.split()))


@contextmanager
def named(file: str | Path) -> Iterator[None]:
    """Put the name of the file before the message of a ValueError raised inside."""
    try:
        yield
    except InputError:
        raise
    except ValueError as error:
        raise InputError(file, str(error)) from None


def shorten(value: object) -> str:
    """Return `value` quoted, on one line, cut to a length that a message can carry."""
    text = repr(str(value))
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 2] + "…'"
