"""The columns of a file that nobody understood: named, never dropped in silence."""

from __future__ import annotations

from collections.abc import Sequence

from api.intake.files import TextTable
from api.intake.sentences import say
from api.notices import notice
from forecaster.messages import Words

NAMELESS_NUMBERED = "column #"
SHOWN = 20


def name_unused(table: TextTable, used: Sequence[str]) -> None:
    """Say which columns of a file were not understood and are not used; columns without a heading or cells are none."""
    if said := unused(table, used):
        notice(say("note.of_file", file=table.path.name, said=said))


def unused(table: TextTable, used: Sequence[str]) -> Words | None:
    """Return which columns of a table were not understood and are not used, None where there is none."""
    left = unused_columns(table, used)
    if not left:
        return None
    return say("note.unused", columns=[*left[:SHOWN], *(["…"] if len(left) > SHOWN else [])])


def unused_columns(table: TextTable, used: Sequence[str]) -> list[str]:
    """Return the headings of the columns that hold anything and are not among `used`."""
    names = [str(name) for name in table.frame.columns if str(name) not in set(used)]
    return [
        name
        for name in names
        if not name.startswith(NAMELESS_NUMBERED) or table.frame[name].astype(str).str.strip().any()
    ]
