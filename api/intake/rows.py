"""A history file's rows as arrays, before they stand on a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from api.intake.errors import InputError
from api.intake.sentences import say
from api.intake.told import Told
from api.intake.vocabulary import is_total, sums_up
from forecaster.messages import Words

NEARLY = 0.9
SHARED_INSTANTS = 0.1  # of all sheets' instants, past which they are queues of their own and do not overlap by chance


@dataclass(frozen=True, eq=False)
class Arrivals:
    """When each call of a log arrived (`times`, `queue_codes`: as in `Rows`), in no order, and its time in the menu."""

    times: np.ndarray
    menu_seconds: np.ndarray
    queue_codes: np.ndarray


@dataclass(frozen=True, eq=False)
class Rows:
    """The file's rows as arrays, in file order. `times` are UTC where `aware`, else the local clock.

    ends
        Whether the file shows that it labels intervals by their end.
    arrivals
        Of a log, if it was asked for.
    """

    path: Path
    rows: np.ndarray
    times: np.ndarray
    aware: bool
    queue_codes: np.ndarray
    queue_names: list[str]
    values: dict[str, np.ndarray]
    notes: list[Words] = field(default_factory=list)
    ends: bool = False
    arrivals: Arrivals | None = None

    def keep(self, which: np.ndarray) -> Rows:
        """Return the rows `which` alone."""
        return replace(
            self,
            rows=self.rows[which],
            times=self.times[which],
            queue_codes=self.queue_codes[which],
            values={name: column[which] for name, column in self.values.items()},
        )


def without_sums(rows: Rows, told: Told) -> Rows:
    """Return the rows without the queues that are all others together, by their names and by their numbers.

    A queue that is called like a total and whose calls are not the others' stays, and is told of.
    """
    sums = [n for n, name in enumerate(rows.queue_names) if sums_up(name) and (rows.queue_codes == n).any()]
    if not sums or len(sums) == len(rows.queue_names):
        return rows
    of_sum = np.isin(rows.queue_codes, sums)
    calls = pd.Series(rows.values["calls_offered"])
    others = calls[~of_sum].groupby(rows.times[~of_sum]).sum()
    beside = pd.Series(rows.times).map(others).to_numpy(dtype=float)
    gone = np.zeros(len(calls), dtype=bool)
    for n in sums:
        own = (rows.queue_codes == n) & ~np.isnan(calls)
        if is_total(rows.queue_names[n]) or np.mean(calls[own] == beside[own]) > NEARLY:
            gone |= rows.queue_codes == n
            told.leave_out(int(own.sum()), say("note.sum_of_queues", count=int(own.sum()), queue=rows.queue_names[n]))
        else:
            told.alarm(say("alarm.like_a_sum", queue=rows.queue_names[n]))
    if not gone.any():
        return rows
    kept = [n for n in range(len(rows.queue_names)) if not gone[rows.queue_codes == n].all()]
    codes = np.full(len(rows.queue_names), -1, dtype=np.int32)
    codes[kept] = np.arange(len(kept))
    left = rows.keep(~gone)
    return replace(left, queue_codes=codes[left.queue_codes], queue_names=[rows.queue_names[n] for n in kept])


def rows_together(path: Path, parts: list[Rows], sheets: list[str]) -> Rows:
    """Return the rows of several sheets as one file's.

    Sheets that name no queue and tell of the same intervals are queues of their own, called as the sheets are.

    Raises
    ------
    InputError
        If some sheets' instants have an offset and others' have not.
    """
    if len({part.aware for part in parts}) > 1:
        raise InputError(path, say("rows.offsets"))
    distinct = [np.unique(part.times) for part in parts]
    told_once = len(np.unique(np.concatenate(distinct)))
    shared = told_once < (1 - SHARED_INSTANTS) * sum(map(len, distinct))
    unnamed = len({tuple(part.queue_names) for part in parts}) == 1 and len(parts[0].queue_names) == 1
    names_of = [[sheet] for sheet in sheets] if shared and unnamed else [part.queue_names for part in parts]
    names = list(dict.fromkeys(name for one in names_of for name in one))
    renumbered = [np.array([names.index(name) for name in one], dtype=np.int32) for one in names_of]
    codes = [new[part.queue_codes] for new, part in zip(renumbered, parts, strict=True)]
    columns = [column for column in parts[0].values if all(column in part.values for part in parts)]
    told = say("note.sheets_are_queues" if shared and unnamed else "note.sheets_together", sheets=list(sheets))
    whole = replace(
        parts[0],
        path=path,
        rows=np.concatenate([part.rows for part in parts]),
        times=np.concatenate([part.times for part in parts]),
        queue_codes=np.concatenate(codes),
        queue_names=names,
        values={column: np.concatenate([part.values[column] for part in parts]) for column in columns},
        notes=list(
            {(note.zh, note.en): note for note in (told, *(note for part in parts for note in part.notes))}.values()
        ),
        ends=any(part.ends for part in parts),
        arrivals=_arrivals_together(parts, renumbered),
    )
    return _without_copies(whole)


def _arrivals_together(parts: Sequence[Rows], renumbered: Sequence[np.ndarray]) -> Arrivals | None:
    """Return the arrivals of several sheets as one file's; `renumbered`: the new codes of each sheet's queues."""
    every = [part.arrivals for part in parts if part.arrivals is not None]
    if len(every) < len(parts):
        return None
    return Arrivals(
        np.concatenate([one.times for one in every]),
        np.concatenate([one.menu_seconds for one in every]),
        np.concatenate([codes[one.queue_codes] for one, codes in zip(every, renumbered, strict=True)]),
    )


def _without_copies(rows: Rows) -> Rows:
    """Return the rows without those that another sheet or file has too, word for word."""
    data = {"queue": rows.queue_codes, "at": rows.times, **rows.values}
    copies = pd.DataFrame(data).duplicated().to_numpy()
    if not copies.any():
        return rows
    rows.notes.append(say("note.copies", count=int(copies.sum()), row=int(rows.rows[copies][0])))
    return rows.keep(~copies)
