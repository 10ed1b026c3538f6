"""Which of a file's tables are read as the history: the one that says most of calls, and all laid out like it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from api.intake.columns import Look, knows, looks_of
from api.intake.errors import InputError, shown
from api.intake.files import Page, TextTable, pages_of
from api.intake.finding_layout import layout_of
from api.intake.headings import ColumnMapping
from api.intake.layout import COUNTS, Layout
from api.intake.sentences import say
from api.intake.stated import stated_of
from api.intake.text_files import rows_frame
from api.intake.tidying import unfolded
from api.intake.vocabulary import plain
from forecaster.history.observed import OPTIONAL_COLUMNS

COLUMNS_ASKED = (  # what a column of an unknown heading may be
    "interval_start", "date", "time_of_day", "calls_offered", *OPTIONAL_COLUMNS, "queue",
)  # fmt: skip
MOST_DATES = 400
Chosen = tuple[TextTable, list[Look], Layout]


def dates_written(table: TextTable, layout: Layout) -> list[str]:
    """Return the dates of a table as they are written: above it, in its headings, in its rows."""
    label = table.frame[layout.day].head(MOST_DATES) if layout.day is not None else ()
    return [
        text
        for text in (stated_of(table).day_text, *(cell.day for cell in layout.cells), *map(str, dict.fromkeys(label)))
        if text
    ]


def history_pages(path: Path, how: ColumnMapping) -> list[Page]:
    """Return the tables of a file, their headings found by the words that histories, logs and the mapping know.

    Raises
    ------
    InputError
        As `api.intake.files.pages_of`.
    """
    return pages_of(path, knows=known_to(how), form=how.form)


def known_to(how: ColumnMapping) -> Callable[[str], bool]:
    """Return what tells whether a heading is one that histories, logs of calls and the mapping know."""
    mapped = {plain(heading) for heading in (*how.columns.values(), *how.queues_across)}
    return lambda heading: knows(heading) or plain(heading) in mapped


def table_looks(table: TextTable) -> tuple[TextTable, list[Look]]:
    """Return a table with days and times in columns of their own, and what its columns look like."""
    table = unfolded(table)
    return table, looks_of(table)


def bundled_pages(files: Mapping[Path, Path], how: ColumnMapping) -> list[Page]:
    """Return the pages of files by the names they are told by (`files_of`); of several, a sheet bears its file's."""
    pages = [replace(page, path=told) for file, told in files.items() for page in history_pages(file, how)]
    if len(files) > 1:
        pages = [replace(page, sheet=f"{page.path.stem} {page.sheet}".strip()) for page in pages]
    return pages


def chosen_tables(path: Path, pages: Sequence[Page], how: ColumnMapping) -> tuple[list[Chosen], list[str]]:
    """Return the tables that are read, all laid out like the best one, with their layouts, and the sheets left out."""
    found: list[Chosen | None] = []
    errors: list[InputError] = []
    for page in pages:
        where = Path(f"{path}, sheet {page.sheet}") if len(pages) > 1 and page.path == path else page.path
        table = replace(_table_of(page, how), path=where)
        if table.frame.empty:
            errors.append(InputError(where, say("file.no_rows")))
            found.append(None)
            continue
        table, looks = table_looks(table)
        try:
            with shown(COLUMNS_ASKED, table.frame):
                found.append((table, looks, layout_of(table, looks, how, stated_of(table))))
        except InputError as error:
            errors.append(error)
            found.append(None)
    worth = [0.0 if one is None else _worth(one[0], one[2]) for one in found]
    best = max(range(len(found)), key=lambda n: (worth[n], -n))
    if found[best] is None:
        raise errors[0].renamed(lambda text: text.replace(str(pages[0].path), str(path)))
    signature = _signature(found[best])
    alike = [n for n, one in enumerate(found) if one is not None and worth[n] > 0 and _signature(one) == signature] or [
        best
    ]
    chosen = [one for n in alike if (one := found[n]) is not None]
    if len(chosen) == 1:
        table, looks, layout = chosen[0]
        own = pages[alike[0]].path
        chosen = [(replace(table, path=own), _renamed(looks, own), layout)]
    return chosen, [page.sheet for n, page in enumerate(pages) if n not in alike]


def _renamed(looks: list[Look], path: Path) -> list[Look]:
    return [replace(look, column=replace(look.column, path=path)) for look in looks]


def _table_of(page: Page, how: ColumnMapping) -> TextTable:
    """Return a page's table; of a large one only the columns that its first rows show to be of use."""
    if not page.large:
        return page.table()
    first = page.rows[page.heading.last + 1 :]
    names = page.heading.names
    frame = rows_frame(page.path, [[], *first], 0, names)
    sample = TextTable(
        page.path, frame, page.heading.last + 1, (), tuple(page.heading.levels), page.sheet, delimiter=page.delimiter
    )
    layout = layout_of(sample, looks_of(sample), how, stated_of(sample))
    wanted = [name for name in names if name in layout.used()]
    return page.table(wanted) if wanted else page.table()


def _worth(table: TextTable, layout: Layout) -> float:
    """Return how much a table says of calls: nothing where calls or instants are missing, else by its rows."""
    timed = layout.start or layout.clock or layout.wide
    counted = layout.kind == "calls" or any(cell.measure in COUNTS for cell in layout.cells)
    return float(len(table.frame)) * len(layout.cells or (1,)) if timed and counted else 0.0


def _signature(chosen: Chosen | None) -> object:
    """Return what two sheets must have in common to be read together."""
    if chosen is None:
        return None
    layout = chosen[2]
    measures = frozenset(cell.measure for cell in layout.cells)
    return layout.kind, layout.wide, measures, bool(layout.queues), frozenset(layout.roles)
