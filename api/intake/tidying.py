"""What stands between and below a table's rows without being one: headings again, merged cells, notes, other media."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from api.intake.dates import date_text
from api.intake.errors import InputError
from api.intake.files import TextTable
from api.intake.heading_rows import kind_of
from api.intake.layout import Layout
from api.intake.row_times import column_of
from api.intake.sentences import say
from api.intake.told import Told
from api.intake.vocabulary import direction_of, medium_of, plain, sums_up
from optimizer.law.clocks import clock_of

MOST_SUMS = 2_000  # rows without a time that are looked at
MOST_LABELS = 4  # columns, from the left, that may hold days and times in turn
DATE_COLUMN = "Date"
TYPE = re.compile(  # of a database's column
    r"(big|small)?int(eger)?\d*|n?(var)?char2?(\(\d+\))?|datetime(2|64.*)?|timestamp|unique_id|object|string",
    re.IGNORECASE,
)
DIGITS_ALONE = r"\d[0-9:./ TZ+-]*"


def tidied(table: TextTable, layout: Layout, told: Told) -> TextTable:
    """Return the table without the heading again, with merged labels filled down, without notes below it."""
    labels = [name for name in (layout.start, layout.day, layout.clock) if name is not None]
    if not labels:
        return table
    label = labels[-1]
    table = without_headings_again(table, label, told)
    beside = [name for name in (layout.clock, layout.measure, *layout.queues) if name is not None]
    if layout.day is not None and beside:
        table = filled_down(table, layout.day, beside[:1], told)
    for name in layout.queues:
        table = filled_down(table, name, labels, told)
    table = without_unlabelled_sums(table, labels[0], told)
    if not layout.wide:
        table = _without_copies(table, told)
    table = _without_notes_between(table, layout, labels, told)
    below = _notes_below(table, layout, labels)
    told.leave_out(below, say("note.below", count=below))
    return replace(table, frame=table.frame.iloc[: len(table.frame) - below]) if below else table


def without_headings_again(table: TextTable, label: str, told: Told) -> TextTable:
    """Return the table without rows that repeat the heading, or say what type a database keeps its columns in."""

    def is_heading(text: str) -> bool:
        return bool(plain(text) and plain(text) == plain(label)) or TYPE.fullmatch(text.strip()) is not None

    again = tells(table.frame[label], is_heading)
    if not again.any():
        return table
    told.leave_out(int(again.sum()), say("note.headings_again", count=int(again.sum())))
    return replace(table, frame=table.frame.loc[~again])


def tells(texts: pd.Series, what: Callable[[str], bool]) -> np.ndarray:
    """Return of which rows `what` tells true, by their text; of what may be true of words alone, and of no digits."""
    if isinstance(texts.dtype, pd.CategoricalDtype):
        tells = np.array([bool(what(str(text))) for text in texts.cat.categories], dtype=bool)
        return tells[texts.cat.codes.to_numpy()] if len(tells) else np.zeros(len(texts), dtype=bool)
    told = np.zeros(len(texts), dtype=bool)  # of a large file: digits and signs alone are no words, and most are such
    worded = np.flatnonzero(~texts.str.fullmatch(DIGITS_ALONE).to_numpy(dtype=bool, na_value=False))
    told[worded] = [bool(what(str(texts.iloc[at]))) for at in worded]
    return told


def told_at_once(texts: pd.Series, what: Callable[[pd.Series], pd.Series]) -> np.ndarray:
    """Return of which rows `what` tells true, which answers for many texts at once: a category's is asked for once."""
    if isinstance(texts.dtype, pd.CategoricalDtype):
        of_each = told_at_once(pd.Series(texts.cat.categories.astype(str)), what)
        return of_each[texts.cat.codes.to_numpy()] if len(of_each) else np.zeros(len(texts), dtype=bool)
    return np.asarray(what(texts).to_numpy(dtype=bool, na_value=False))


def are_blank(texts: pd.Series) -> np.ndarray:
    """Return which rows tell nothing."""
    return told_at_once(texts, lambda some: some.isna() | (some.str.strip() == ""))


def without_unlabelled_sums(table: TextTable, label: str, told: Told) -> TextTable:
    """Return the table without rows that have no time and the name of a sum in some other column."""
    blank = np.flatnonzero(are_blank(table.frame[label]))[:MOST_SUMS]
    sums = [at for at in blank if any(map(sums_up, map(str, table.frame.iloc[at])))]
    if not sums:
        return table
    told.leave_out(len(sums), say("note.totals", count=len(sums)))
    return replace(table, frame=table.frame.drop(index=table.frame.index[sums]))


def unfolded(table: TextTable) -> TextTable:
    """Return a table whose one label column holds days, and below each its times, with the days in their own column.

    The numbers beside a day are its sums, and are left out.
    """
    for name in map(str, table.frame.columns[:MOST_LABELS]):
        texts = table.frame[name]
        if not isinstance(texts.dtype, pd.CategoricalDtype) or not len(texts):
            continue
        of_day = tells(texts, lambda text: kind_of(text) == "date" and date_text(text) is not None)
        of_time = tells(texts, lambda text: kind_of(text) in ("clock", "number") and clock_of(text) is not None)
        named = tells(texts, sums_up) | are_blank(texts)
        if not (of_day[0] and 1 <= of_day.sum() * 2 <= of_time.sum() and (of_day | of_time | named).all()):
            continue
        codes = pd.Series(texts.cat.codes.to_numpy()).where(of_day).ffill().to_numpy().astype(int)
        days = pd.Series(pd.Categorical.from_codes(codes, texts.cat.categories), index=texts.index)
        frame = table.frame.assign(**{DATE_COLUMN: days}).loc[~of_day & ~named]
        levels = tuple(table.levels or ((str(one),) for one in table.frame.columns))
        return replace(table, frame=frame, levels=(*levels, (DATE_COLUMN,)))
    return table


def filled_down(table: TextTable, name: str, beside: Sequence[str], told: Told) -> TextTable:
    """Return the table with the blanks of a column filled from above, where the rows go on beside it."""
    texts = table.frame[name]
    if not isinstance(texts.dtype, pd.CategoricalDtype):
        return table
    blank = are_blank(texts)
    goes_on = ~np.all([are_blank(table.frame[other]) | tells(table.frame[other], sums_up) for other in beside], axis=0)
    fill = blank & goes_on
    if not fill.any() or blank[0]:
        return table
    codes = pd.Series(texts.cat.codes.to_numpy()).where(~fill).ffill().to_numpy().astype(int)
    filled = pd.Series(pd.Categorical.from_codes(codes, texts.cat.categories), index=texts.index)
    told.note(say("note.filled_down", heading=name, count=int(fill.sum())))
    return replace(table, frame=table.frame.assign(**{name: filled}))


def _without_copies(table: TextTable, told: Told) -> TextTable:
    """Return the table without rows that are word for word another's, as exports pasted together have them."""
    texts = table.frame
    codes = {
        name: texts[name].cat.codes if isinstance(texts[name].dtype, pd.CategoricalDtype) else texts[name]
        for name in texts.columns
    }
    copies = pd.DataFrame(codes).duplicated().to_numpy()
    if not copies.any():
        return table
    told.leave_out(int(copies.sum()), say("note.copies", count=int(copies.sum()), row=int(texts.index[copies][0])))
    return replace(table, frame=texts.loc[~copies])


def _without_notes_between(table: TextTable, layout: Layout, labels: Sequence[str], told: Told) -> TextTable:
    """Return the table without rows of words alone, as pages have at their top and end."""
    names = [cell.name for cell in layout.cells]
    if not names:
        return table
    empty = np.all([are_blank(table.frame[name]) for name in names], axis=0)
    words = [
        are_blank(table.frame[name]) | tells(table.frame[name], lambda text: kind_of(text) in ("text", "weekday"))
        for name in labels
    ]
    notes = empty & np.all(words, axis=0)
    if not notes.any() or notes.all():
        return table
    told.leave_out(int(notes.sum()), say("note.between", count=int(notes.sum())))
    return replace(table, frame=table.frame.loc[~notes])


def _notes_below(table: TextTable, layout: Layout, labels: Sequence[str]) -> int:
    """Return how many rows at the end hold no number and, but in their first cell, nothing."""
    names = [cell.name for cell in layout.cells] or list(layout.roles.values())
    count = 0
    tail = table.frame.iloc[-40:]
    for row in tail.astype(str)[::-1].itertuples(index=False, name=None):
        cells = dict(zip(map(str, table.frame.columns), row, strict=True))
        told_of = [cells[name].strip() for name in [*labels, *names] if name in cells]
        if any(text[:1].isdigit() or sums_up(text) for text in told_of):
            break
        count += 1
    return count if count < len(tail) else 0


def of_calls_alone(table: TextTable, layout: Layout, told: Told) -> TextTable:
    """Return the rows that are inbound calls, where columns say the medium or the direction.

    Raises
    ------
    InputError
        If none is.
    """
    if (name := layout.roles.get("media_type")) is not None:
        column = column_of(table, name)
        voice = np.array([not text or medium_of(text) == "voice" for text in column.distinct], dtype=bool)[column.codes]
        if not voice.any():
            value = column.distinct[int(column.codes[0])]
            raise InputError(table.path, say("layout.no_calls"), column=name, value=value)
        told.leave_out(int((~voice).sum()), say("note.other_media", count=int((~voice).sum())))
        table = replace(table, frame=table.frame.loc[voice])
    if (name := layout.roles.get("direction")) is not None:
        column = column_of(table, name)
        other = np.array([direction_of(text) == "other" for text in column.distinct], dtype=bool)[column.codes]
        if other.all():
            value = column.distinct[int(column.codes[0])]
            raise InputError(table.path, say("layout.no_inbound"), column=name, value=value)
        told.leave_out(int(other.sum()), say("note.not_inbound", count=int(other.sum())))
        table = replace(table, frame=table.frame.loc[~other])
    return table
