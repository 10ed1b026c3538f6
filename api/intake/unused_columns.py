"""The columns of a file that nobody understood: named, never dropped in silence."""

from __future__ import annotations

from collections.abc import Sequence

from api.intake.files import TextTable
from api.intake.heading_rows import is_nameless
from api.intake.sentences import say
from api.notices import notice
from forecaster.messages import Words

SHOWN = 20


def name_unused(table: TextTable, used: Sequence[str]) -> None:
    """Say which columns of a file were not understood and are not used; columns without a heading or cells are none."""
    left = [
        name
        for name in map(str, table.frame.columns)
        if name not in used and not (is_nameless(name) and not table.frame[name].astype(str).str.strip().any())
    ]
    if (said := unused_words(left)) is not None:
        notice(say("note.of_file", file=table.path.name, said=said))


def unused_words(names: Sequence[str]) -> Words | None:
    """Return that these columns were not understood and are not used, None where there is none."""
    if not names:
        return None
    return say("note.unused", columns=[*names[:SHOWN], *(["…"] if len(names) > SHOWN else [])])
