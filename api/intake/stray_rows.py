"""What stands between and below a table's rows without being one: headings again, merged cells, notes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from api.intake.files import TextTable
from api.intake.headings import plain
from api.intake.instants import instants
from api.intake.sentences import say
from api.intake.values import Column
from forecaster.messages import Words

TIMES = ("date", "interval_start", "time_of_day")
NUMBER = re.compile(r"[\d.,]+")


def tidied(table: TextTable, found: Mapping[str, str], *, year: int | None) -> tuple[TextTable, list[Words]]:
    """Return the table of a history without stray rows, and what was done, one sentence each.

    Rows that repeat the heading go. A date or queue that stands once for the rows below it (merged cells) is filled
    down. Lines below the last row that name no instant and hold no number go.
    """
    notes: list[Words] = []
    name = next((found[one] for one in TIMES if one in found), None)
    if name is None:
        return table, notes
    again = _repeats(table.frame[name], name)
    if again.any():
        notes.append(say("note.headings_again", count=int(again.sum())))
        table = replace(table, frame=table.frame.loc[~again])
    for one in ("date", "queue"):
        if one in found and (one == "queue" or "time_of_day" in found):
            table = _filled_down(table, found, one, notes)
    below = _notes_below(table, name, year)
    if below:
        notes.append(say("note.below", count=below))
        table = replace(table, frame=table.frame.iloc[: len(table.frame) - below])
    return table, notes


def _repeats(texts: pd.Series, heading: str) -> np.ndarray:
    same = [plain(str(text)) == plain(heading) for text in texts.cat.categories]
    return np.array(same, dtype=bool)[texts.cat.codes.to_numpy()]


def _filled_down(table: TextTable, found: Mapping[str, str], one: str, notes: list[Words]) -> TextTable:
    """Return the table with the blanks of a column filled from above, where the rows go on without it."""
    texts = table.frame[found[one]]
    blank = np.array([not str(text).strip() for text in texts.cat.categories], dtype=bool)[texts.cat.codes.to_numpy()]
    other = table.frame[found["time_of_day" if one == "date" else next(t for t in TIMES if t in found)]]
    goes_on = np.array([bool(str(t).strip()) for t in other.cat.categories], dtype=bool)[other.cat.codes.to_numpy()]
    fill = blank & goes_on
    if not fill.any() or blank[0]:
        return table
    codes = pd.Series(texts.cat.codes.to_numpy()).where(~fill).ffill().to_numpy().astype(int)
    filled = pd.Series(pd.Categorical.from_codes(codes, texts.cat.categories), index=texts.index)
    heading = found[one]
    notes.append(say("note.filled_down", heading=heading, count=int(fill.sum())))
    return replace(table, frame=table.frame.assign(**{heading: filled}))


def _notes_below(table: TextTable, name: str, year: int | None) -> int:
    """Return how many rows at the end name no instant and hold no number."""
    column = Column(table.path, name, table.frame[name])
    times = instants(column, year=year, strict=False)
    clock = [NUMBER.match(text) is not None for text in column.distinct]
    row = np.array(clock, dtype=bool)[column.codes] | ~np.isnat(times.at) | times.totals
    if not row.any():
        return 0
    below = len(row) - 1 - int(np.flatnonzero(row)[-1])
    if not below:
        return 0
    last = table.frame.iloc[-below:].drop(columns=name)
    hold_numbers = any(NUMBER.fullmatch(str(cell).strip()) for cell in last.to_numpy().ravel() if str(cell).strip())
    return 0 if hold_numbers else below
