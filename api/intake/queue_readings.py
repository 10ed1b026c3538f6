"""Readings of the queue, for a replay through the ladder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from api.intake.errors import InputError
from api.intake.files import read_table
from api.intake.headings import Headings, read_mapping
from api.intake.sentences import say
from api.intake.unused_columns import name_unused
from api.intake.values import Column, flags, numbers
from forecaster.names import called

READING_COUNTS = (
    "waiting",
    "experts_available",
    "outbound_available",
    "qa_available",
    "back_office_available",
    "seats_free",
    "seats_signed_in",
    "seats_required",
)
MODE_OF_WORD = {
    "day": "day",
    "night": "night",
    "holiday": "holiday",
    "白班": "day",
    "夜班": "night",
    "节假日": "holiday",
    "": None,
}


def read_readings(path: str | Path, *, mapping: Mapping[str, Any] | str | Path | None = None) -> pd.DataFrame:
    """Return the readings in file order, one row each, indexed by the row number in the file.

    Columns: `at` (as written, for the engine to judge: an instant without an offset is refused there, not here),
    `waiting` and the other counts the file has (float; NaN = missing or not a count, which is never 0), `mode` (`day`,
    `night`, `holiday` or None), `known_fault`, `queue`, `reading_id`.

    Raises
    ------
    InputError
        If there is no `at` or no `waiting` column, or at a mode or a fault flag that is not known.
    """
    path, how = Path(path), read_mapping(mapping)
    headings = Headings("readings", how.columns)
    table = read_table(path, knows=headings.knows, form=how.form)
    found = headings.match(path, [str(c) for c in table.frame.columns])
    for name in ("at", "waiting"):
        if name not in found:
            wrong = say("column.missing", name=called(name), found=list(table.frame.columns))
            raise InputError(path, wrong, column=name)
    name_unused(table, tuple(found.values()))
    readings = pd.DataFrame(index=table.frame.index.rename("row"))
    for name, heading in found.items():
        column = Column(path, heading, table.frame[heading])
        if name in READING_COUNTS:
            readings[name] = _counts(column)
        elif name == "known_fault":
            readings[name] = flags(column)
        elif name == "mode":
            readings[name] = _modes(column)
        else:
            readings[name] = [text.strip() for text in column.texts.astype(str)]
    return readings


def _counts(column: Column) -> np.ndarray:
    """Return whole counts; text is an error, but a blank or a negative value is missing: the switch knows no better."""
    counts = numbers(column, whole=True, signed=True)
    return np.where(counts < 0, np.nan, counts)


def _modes(column: Column) -> list[str | None]:
    known = {}
    for i in np.flatnonzero(column.used()):
        text = column.distinct[i].casefold()
        if text not in MODE_OF_WORD:
            raise column.error(int(i), say("cell.mode"))
        known[int(i)] = MODE_OF_WORD[text]
    return [known[int(code)] for code in column.codes]
