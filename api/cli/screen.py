"""What the command line prints: progress on standard error, results on standard output."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from forecaster.messages import Language, Words
from forecaster.names import called

if TYPE_CHECKING:
    from api.intake.errors import InputError
    from api.intake.reading import TableReading
    from optimizer.search.annealing import Progress

COLUMNS_SHOWN = 30
READING = {
    "heading": Words("表头在第 {row} 行", "heading in row {row}"),
    "no heading": Words("没有表头", "no heading"),
    "column": Words("列", "column"),
    "taken for": Words("当作", "taken for"),
    "begins": Words("开头", "begins"),
    "more": Words("  …… 另有 {count} 列", "  … and {count} more columns"),
}
OUTPUT = Console(highlight=False, soft_wrap=True)
PROGRESS = Console(stderr=True, highlight=False)


@contextmanager
def working(what: str, *, every: bool = False) -> Iterator[Callable[[str | Progress], None]]:
    """Show that `what` is under way; the function given back shows a further word on it, or how a search goes.

    On a terminal the line moves; elsewhere `what` is a line of its own, and with `every` each further word.
    """
    if not PROGRESS.is_terminal:
        PROGRESS.print(f"{what} …")
        yield lambda more: PROGRESS.print(_said(more), markup=False) if every else None
        return
    with PROGRESS.status(f"{what} …") as status:
        yield lambda more: status.update(f"{what} … {_said(more)}")
    PROGRESS.print(f"[green]✓[/green] {what}")


def _said(more: str | Progress) -> str:
    return more if isinstance(more, str) else f"roster: {more.phase}, {more.shortage_hours:,.0f} seat-hours short"


def show(text: str) -> None:
    """Print one line of result."""
    OUTPUT.print(text, markup=False)


def show_reading(reading: TableReading, language: Language = "en") -> None:
    """Print how a table was read: its heading, its columns, dates and numbers, rows left out, the first intervals."""
    said = {name: words.said(language) for name, words in READING.items()}
    where = f"{reading.file}" + (f", {reading.sheet}" if reading.sheet else "")
    heading = said["heading"].format(row=reading.heading_row) if reading.heading_row else said["no heading"]
    show(f"{where}: {heading}; {reading.shape.said(language)}")
    uses = [(one.heading, one.meaning.said(language), ", ".join(one.examples)[:40]) for one in reading.columns]
    frame_table(pd.DataFrame(uses[:COLUMNS_SHOWN], columns=[said["column"], said["taken for"], said["begins"]]))
    if len(uses) > COLUMNS_SHOWN:
        show(said["more"].format(count=len(uses) - COLUMNS_SHOWN))
    for one in (reading.dates, reading.numbers, reading.clock):
        if one.en:
            show(f"  {one.said(language)}")
    for first in reading.first:
        values = ", ".join(f"{called(name).said(language)} {value:g}" for name, value in first.values.items())
        show(f"  {' '.join(filter(None, (first.queue, first.start_at)))}: {values}")


@contextmanager
def reading_shown(language: Language) -> Iterator[None]:
    """Show how a file was read before the refusal of what it says."""
    from api.intake.errors import InputError

    try:
        yield
    except InputError as error:
        for reading in error.readings[:1]:
            show_reading(reading, language)
        raise


def show_faults(faults: Sequence[InputError]) -> None:
    """Print every fault of a file in one table."""
    rows = [
        (Path(one.file).name, one.row or "", one.column or "", str(one.value or "")[:40], one.wrong.en)
        for one in faults
    ]
    frame = pd.DataFrame(rows, columns=["file", "row", "column", "value", "what is wrong, and the way out"]).astype(str)
    told = [name for name in frame.columns if frame[name].any() and (name != "file" or len({*frame[name]}) > 1)]
    frame_table(frame[told])


def done(*paths: Path) -> None:
    """Say which files were written."""
    for path in paths:
        OUTPUT.print(f"written: {path}", markup=False)


def frame_table(frame: pd.DataFrame, *, title: str | None = None) -> None:
    """Print a small frame as a table, numbers to the right."""
    table = Table(title=title, title_justify="left")
    for column in frame.columns:
        table.add_column(
            escape(str(column)), justify="right" if pd.api.types.is_numeric_dtype(frame[column]) else "left"
        )
    for row in frame.itertuples(index=False):
        table.add_row(*(escape(_cell(value)) for value in row))
    OUTPUT.print(table)


def breaches_shown(broken: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return breaches as the screen shows them: rule, person, date, by how much, and the sentence."""
    from optimizer.law.rule_words import RULES

    rules = [RULES[name] for name in broken["rule"]]
    shown = broken[["rule", "badge", "date"]].astype(object)
    shown["by"] = [f"{amount:g} {rule.unit}" for amount, rule in zip(broken["amount"], rules, strict=True)]
    shown["message"] = broken["message_zh" if language == "zh" else "message"]
    if language == "zh":
        shown["rule"] = [f"{rule.label.zh} {rule.name}" for rule in rules]
    return shown


def _cell(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    return f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
