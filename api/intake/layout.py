"""Where everything stands in a table: its layout, and how columns are told for what they are.

Every layout but a row a call is cells at coordinates: a cell's day, time, queue and measure stand in its row's labels
or in its column's heading, whichever way round.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from api.intake.columns import EXACT, SECONDS, Look, fits
from api.intake.vocabulary import aliases, plain
from forecaster.history.observed import OPTIONAL_COLUMNS

COUNTS = ("calls_offered", "calls_answered", "calls_abandoned")
CELL_MEASURES = ("calls_offered", *OPTIONAL_COLUMNS, "total_handle_seconds", "total_talk_seconds", "total_wrap_seconds",
            "talk_seconds", "hold_seconds", "wrap_seconds")  # fmt: skip
SHARE_TEXT = re.compile(r"%|percent|率|\bsl\b|service level|服务水平|占比")


@dataclass(frozen=True)
class CellColumn:
    """A column of numbers: the day and time its heading tells, "" where its rows do; its queue and what it measures."""

    name: str
    day: str = ""
    clock: str = ""
    queue: str = ""
    measure: str = "calls_offered"


@dataclass(frozen=True)
class Layout:
    """Where everything stands.

    kind
        `cells`, or `calls`: a row a call.
    start, day, clock
        The columns of a row's instant, date and time of day; None where there is none.
    date_parts
        Columns of year, month and day of the month, where the date stands in three.
    minute
        The column of minutes behind an hour that stands in `clock`.
    queues
        The columns that name a row's queue; several are put together.
    measure
        The column that says what the numbers of a row are.
    cells
        The columns of numbers.
    roles
        Further columns, by what they are: media_type, imputed, and of calls outcome, direction, wait_seconds …
    """

    kind: Literal["cells", "calls"] = "cells"
    start: str | None = None
    day: str | None = None
    clock: str | None = None
    date_parts: tuple[str, ...] = ()
    minute: str | None = None
    queues: tuple[str, ...] = ()
    measure: str | None = None
    cells: tuple[CellColumn, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)

    @property
    def wide(self) -> bool:
        """Whether headings tell of days or times."""
        return any(cell.day or cell.clock for cell in self.cells)

    def used(self) -> list[str]:
        """Return the columns that are used."""
        single = [self.start, self.day, self.clock, self.minute, self.measure]
        return [
            *(name for name in single if name is not None),
            *self.date_parts, *self.queues, *(cell.name for cell in self.cells), *self.roles.values(),
        ]  # fmt: skip


def measure_of(levels: Sequence[str]) -> str | None:
    """Return what the lines of a heading say is measured: a column's name, "" of a share, None if nothing."""
    for line in reversed(levels):
        found = fits("history", line)
        for name in CELL_MEASURES:
            if name in found:
                return name
        if SHARE_TEXT.search(line.casefold()):
            return ""
    return None


def names_measures(look: Look) -> bool:
    """Return whether a column says what the numbers of its rows are."""
    named = [measure_of((text,)) is not None for text in look.texts]
    return len(look.texts) > 1 and sum(named) >= 2 and look.share(named) >= 0.5


def roles_of(looks: Sequence[Look], told: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """Return the columns whose headings fit `names`, and whose texts do not speak against it."""
    found = {name: told[name] for name in names if name in told}
    for name in names:
        best = [look for look in looks if look.fit(name) and look.name not in found.values() and may_be(look, name)]
        if name not in found and best:
            found[name] = max(best, key=lambda look: look.fit(name)).name
    return found


def may_be(look: Look, name: str) -> bool:
    """Return whether the texts of a column may be those of `name`: of a measure named by its heading, all but words."""
    if name in CELL_MEASURES and look.fit(name) >= EXACT and look.when not in ("instant", "date"):
        worded = look.of_kind("text") > 0.5 and (look.outcomes > 0.5 or look.binary)
        return not worded and not (look.rows > 5 and look.of_kind("text", "weekday") == 1)
    if not look.filled:
        return False
    tests = {
        "media_type": look.media > 0.5,
        "direction": look.directions > 0.5,
        "imputed": look.binary,
        "outcome": look.binary or look.outcomes > 0.4,
        "call_id": look.when == "",
        "caller": look.when == "",
    }
    if name in tests:
        return tests[name]
    if name in SECONDS:
        return look.of_kind("number", "clock") >= 0.8
    return look.numeric if name in CELL_MEASURES else True


def queues_of(looks: Sequence[Look], told: Mapping[str, str], kind: str = "history") -> tuple[str, ...]:
    """Return the column that names a row's queue: the one whose heading comes first in the list of such headings."""
    if "queue" in told:
        return (told["queue"],)
    order = {plain(word): n for n, word in enumerate(["queue", *aliases(kind)["queue"]])}
    named = [look for look in looks if look.fits(kind).get("queue") and look.filled and look.when == ""]
    fit = [look for look in named if not look.numeric] or [one for one in named if one.fits(kind)["queue"] >= EXACT]

    def rank(look: Look) -> tuple[int, int]:
        return -look.fits(kind)["queue"], order.get(plain(look.levels[-1] if look.levels else look.name), len(order))

    return (min(fit, key=rank).name,) if fit else ()
