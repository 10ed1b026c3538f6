"""The people file: whatever `optimizer.law.people_columns` lists, as people write it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from api.intake.errors import InputError, all_of, shown
from api.intake.files import read_table
from api.intake.headings import Headings, read_mapping
from api.intake.sentences import say
from api.intake.stated import stated_of
from api.intake.unused_columns import name_unused
from api.intake.values import Column
from forecaster.messages import Refusal
from optimizer.law.dates import one_day
from optimizer.law.people import ROW
from optimizer.law.people_columns import PEOPLE_COLUMNS, PeopleColumn


def read_people(path: str | Path, *, mapping: Mapping[str, Any] | str | Path | None = None) -> pd.DataFrame:
    """Return the people in a file, with the columns of a people frame (`optimizer.law.people_columns`).

    `badge` and `role` are required; other columns have their defaults where the file lacks them. Lists come back as
    text, separated by `;`, dates in ISO 8601. The index `row` says where each stands in the file. Columns that are not
    understood are told to whoever listens (`api.notices`).

    Raises
    ------
    InputError
        With every person without a badge or a role, every badge that stands twice, and every cell that cannot be
        understood.
    """
    return read_cells(Path(path), "people", PEOPLE_COLUMNS, mapping=mapping, once="badge")


def read_cells(
    path: Path,
    kind: str,
    columns: Sequence[PeopleColumn],
    *,
    mapping: Mapping[str, Any] | str | Path | None = None,
    once: str = "",
    faults: list[InputError] | None = None,
) -> pd.DataFrame:
    """Return a file's rows by a table of columns, each cell as its column has it; what is missing is its default.

    kind
        Of `data/config/headings.toml`.
    once
        The column whose values may stand only once, and not be empty.
    faults
        Where it is given, what cannot be understood is added to it, and is its column's default.

    Raises
    ------
    InputError
        With every cell that cannot be understood.
    """
    how = read_mapping(mapping)
    headings = Headings(kind, how.columns)
    table = read_table(path, knows=headings.knows, form=how.form)
    with shown(tuple(column.name for column in columns), table.frame):
        required = [column.name for column in columns if column.required]
        found = headings.match(path, [str(c) for c in table.frame.columns], required=required)
    name_unused(table, tuple(found.values()))
    year = how.year or stated_of(table).year
    wrong: list[InputError] = [] if faults is None else faults
    values = {}
    for column in columns:
        if column.name not in found:
            values[column.name] = [_kept(column, column.default)] * len(table.frame)
            continue
        cells = Column(path, found[column.name], table.frame[found[column.name]])
        values[column.name] = _badges(cells, wrong) if column.name == once else _each(cells, column, year, wrong)
    if faults is None:
        all_of(wrong)
    return pd.DataFrame(values, index=table.frame.index.rename(ROW))


def day_cell(text: str, year: int | None) -> str:
    """Return a cell's date in ISO 8601, as a column of such a file reads it."""
    return one_day(text, year=year).isoformat()


def _kept(column: PeopleColumn, value: Any) -> Any:
    """Return a value as the frame has it: numbers and flags as they are, everything else as text."""
    return value if isinstance(column.default, bool | float) else column.write(value)


def _badges(cells: Column, faults: list[InputError]) -> list[str]:
    badges = [text.strip() for text in cells.texts.astype(str)]
    if all(re.fullmatch(r"\d+\.0", badge) for badge in badges if badge):  # numbers that went through a spreadsheet
        badges = [badge.removesuffix(".0") for badge in badges]
    seen: dict[str, int] = {}
    for at, badge in enumerate(badges):
        if not badge:
            faults.append(cells.error_at(at, say("people.no_badge")))
        elif badge in seen:
            faults.append(cells.error_at(at, say("people.twice", row=cells.texts.index[seen[badge]])))
        seen.setdefault(badge, at)
    return badges


def _each(cells: Column, column: PeopleColumn, year: int | None, faults: list[InputError]) -> list[Any]:
    """Return what each cell means; what cannot be understood is added to the faults, once for each row it stands in."""
    meant: dict[int, Any] = {}
    for i in np.flatnonzero(cells.used()):
        try:
            meant[int(i)] = _kept(column, column.value(cells.distinct[i], year=year))
        except Refusal as error:
            said, text = error.message, cells.distinct[i]
            value = None if said.en.startswith(repr(text)) else text
            for at in np.flatnonzero(cells.codes == i):
                row = int(cells.texts.index[int(at)])
                faults.append(InputError(cells.path, said, row=row, column=cells.heading, value=value))
            meant[int(i)] = _kept(column, column.default)
    return [meant[int(code)] for code in cells.codes]
