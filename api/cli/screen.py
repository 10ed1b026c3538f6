"""What the command line prints: progress on standard error, results on standard output, in the language asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from api.sentences import say
from forecaster.messages import Language, Words
from forecaster.names import COLUMN_WORDS, NAMES, NO, PHASES, UNITS, YES, called

if TYPE_CHECKING:
    from api.intake.errors import InputError
    from api.intake.table_reading import TableReading
    from optimizer.search.annealing import Progress

COLUMNS_SHOWN = 30
WHOLE_CELL = 12  # letters that a narrow screen does not cut off
WHOLE_WORD = 8  # letters of a head's word that is not broken
READING = {
    "read": Words("{where}：{heading}；{shape}", "{where}: {heading}; {shape}"),
    "first": Words("  {where}：{values}", "  {where}: {values}"),
    "between": Words("，", ", "),
    "heading": Words("表头在第 {row} 行", "heading in row {row}"),
    "no heading": Words("没有表头", "no heading"),
    "column": Words("列", "column"),
    "taken for": Words("当作", "taken for"),
    "begins": Words("开头", "begins"),
    "more": Words("  …… 另有 {count} 列", "  … and {count} more columns"),
}
SCREEN_HEADS: Mapping[str, Words] = {**NAMES, **COLUMN_WORDS}
OUTPUT = Console(highlight=False, soft_wrap=True)
PROGRESS = Console(stderr=True, highlight=False)
Spoken = str | Words  # words are said in the language of the run, a text as it is
_speaks: ContextVar[Language] = ContextVar("language of the run", default="en")


def speak(language: Language) -> None:
    """Have everything that is printed from now on be in a language."""
    _speaks.set(language)


def language_spoken() -> Language:
    """Return the language that is printed in."""
    return _speaks.get()


def spoken(text: Spoken) -> str:
    """Return words in the language that is printed in; a text as it is."""
    return text.said(language_spoken()) if isinstance(text, Words) else text


@contextmanager
def working(what: Spoken, *, every: bool = False) -> Iterator[Callable[[Spoken | Progress], None]]:
    """Show that `what` is under way; the function given back shows a further word on it, or how a search goes.

    On a terminal the line moves; elsewhere `what` is a line of its own, and with `every` each further word.
    """
    told = spoken(what)
    if not PROGRESS.is_terminal:
        PROGRESS.print(f"{told} …")
        yield lambda more: PROGRESS.print(_said(more), markup=False) if every else None
        return
    with PROGRESS.status(f"{told} …") as status:
        yield lambda more: status.update(f"{told} … {_said(more)}")
    PROGRESS.print(f"[green]✓[/green] {told}")


def _said(more: Spoken | Progress) -> str:
    if isinstance(more, str | Words):
        return spoken(more)
    return spoken(say("screen.searching", phase=PHASES[more.phase], hours=more.shortage_hours))


def show(text: Spoken) -> None:
    """Print one line of result."""
    OUTPUT.print(spoken(text), markup=False)


def show_reading(reading: TableReading) -> None:
    """Print how a table was read: its heading, its columns, dates and numbers, rows left out, the first intervals."""
    language = language_spoken()
    said = {name: words.said(language) for name, words in READING.items()}
    where = said["between"].join(filter(None, (str(reading.file), reading.sheet)))
    heading = said["heading"].format(row=reading.heading_row) if reading.heading_row else said["no heading"]
    show(said["read"].format(where=where, heading=heading, shape=reading.shape.said(language)))
    uses = [(one.heading, one.meaning.said(language), ", ".join(one.examples)[:40]) for one in reading.columns]
    frame_table(pd.DataFrame(uses[:COLUMNS_SHOWN], columns=[said["column"], said["taken for"], said["begins"]]))
    if len(uses) > COLUMNS_SHOWN:
        show(said["more"].format(count=len(uses) - COLUMNS_SHOWN))
    for one in (reading.dates, reading.numbers, reading.clock):
        if one.en:
            show(f"  {one.said(language)}")
    for first in reading.first:
        values = [f"{called(name).said(language)} {value:g}" for name, value in first.values.items()]
        told = " ".join(filter(None, (first.queue, first.start_at)))
        show(said["first"].format(where=told, values=said["between"].join(values)))


@contextmanager
def reading_shown() -> Iterator[None]:
    """Show how a file was read before the refusal of what it says."""
    from api.intake.errors import InputError

    try:
        yield
    except InputError as error:
        for reading in error.readings[:1]:
            show_reading(reading)
        raise


def show_faults(faults: Sequence[InputError]) -> None:
    """Print every fault of a file in one table."""
    rows = [
        (Path(one.file).name, one.row or "", one.column or "", str(one.value or "")[:40], spoken(one.wrong))
        for one in faults
    ]
    frame = pd.DataFrame(rows, columns=["file", "row", "column", "value", "wrong"]).astype(str)
    told = [name for name in frame.columns if frame[name].any() and (name != "file" or len({*frame[name]}) > 1)]
    frame_table(frame[told])


def done(*paths: Path) -> None:
    """Say which files were written."""
    for path in paths:
        show(say("screen.written", path=path))


def frame_table(frame: pd.DataFrame, *, title: Spoken | None = None) -> None:
    """Print a small frame as a table, numbers to the right; in Chinese columns and roles by their names."""
    shown: dict[object, list[str]] = {}
    table = Table(title=None if title is None else spoken(title), title_justify="left")
    for column in frame.columns:
        kind = frame[column].dtype
        numeric = pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)
        head = spoken(called(str(column), SCREEN_HEADS))
        values = [_role(one) for one in frame[column]] if column == "role" else frame[column]
        shown[column] = [_cell(value) for value in values]
        least = min(WHOLE_CELL, max((cell_len(text) for text in shown[column]), default=0))  # a head is broken first,
        words = [cell_len(word) for word in head.split() if cell_len(word) <= WHOLE_WORD]  # and between its words
        whole = Text(head, overflow="fold")  # never "four_we…": it is a name to be asked for by
        table.add_column(whole, justify="right" if numeric else "left", min_width=max([least, *words]))
    for row in zip(*shown.values(), strict=True):
        table.add_row(*(escape(text) for text in row))
    OUTPUT.print(table)


def _role(code: object) -> object:
    return spoken(called(code)) if isinstance(code, str) else code


def breaches_shown(broken: pd.DataFrame) -> pd.DataFrame:
    """Return breaches as the screen shows them: rule, person, date, by how much, and the sentence."""
    from optimizer.law.rule_words import RULES

    zh = language_spoken() == "zh"
    rules = [RULES[name] for name in broken["rule"]]
    shown = broken[["rule", "badge", "date"]].astype(object)
    units = [spoken(UNITS[rule.unit]) for rule in rules]
    shown["by"] = [f"{amount:g} {unit}" for amount, unit in zip(broken["amount"], units, strict=True)]
    shown["message"] = broken["message_zh" if zh else "message"]
    if zh:
        shown["rule"] = [f"{rule.label.zh} {rule.name}" for rule in rules]
    return shown


def _cell(value: object) -> str:
    if isinstance(value, Words):
        return spoken(value)
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    if isinstance(value, bool | np.bool_):
        return spoken(YES if value else NO)
    return f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
