"""Which layout a table has, found from what stands in it: cells at coordinates, or a row a call."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from api.intake.columns import EXACT, LOOKED_AT, Look
from api.intake.errors import Ask, InputError
from api.intake.files import TextTable
from api.intake.headings import ColumnMapping
from api.intake.instants import EPOCH_TEXT, instants
from api.intake.layout import CELL_MEASURES, COUNTS, CellColumn, Layout, may_be, queues_of, roles_of
from api.intake.long import intervals_layout
from api.intake.sentences import say
from api.intake.stated import Stated
from api.intake.vocabulary import aliases, plain
from api.intake.when_columns import ALWAYS, when_of
from api.intake.wide import wide_layout
from forecaster.names import called
from optimizer.law.clocks import clock_of

OF_CALLS = ("call_id", "direction", "outcome", "wait_seconds", "service_seconds", "talk_seconds", "hold_seconds",
            "wrap_seconds", "duration_seconds", "menu_seconds", "caller")  # fmt: skip
GRID_SECONDS = 300
FEWEST_CASES = 100  # rows
OFTEN_ENOUGH, MOST_ROWS_A_CASE = 1.1, 6.0  # rows a number
CASE = re.compile(r"[A-Za-z]{0,6}[-_# ]?\d{4,}")
OFF_THE_GRID = 0.2  # of the instants on no five minutes: rows are calls


def layout_of(table: TextTable, looks: Sequence[Look], how: ColumnMapping, stated: Stated) -> Layout:
    """Return a table's layout, by its headings and by what stands in its columns.

    Raises
    ------
    InputError
        If the mapping names a heading that is not there, or two columns are equally good for one thing.
    """
    told = _told(table, looks, how)
    if how.queues_across:
        across = [_heading(table, looks, "calls_offered", heading) for heading in how.queues_across]
        layout = when_of([look for look in looks if look.name not in across], told)
        return replace(layout, cells=tuple(CellColumn(heading, queue=heading) for heading in across))
    if (wide := wide_layout(table, looks, told, stated)) is not None:
        return wide
    layout = when_of(looks, told)
    if _is_calls(table, looks, layout, told):
        return _of_calls(looks, layout, told)
    return intervals_layout(table, layout, _rest(looks, layout, told), told)


def calls_layout(table: TextTable, looks: Sequence[Look], how: ColumnMapping) -> Layout:
    """Return the layout of a table that is known to have a row a call.

    Raises
    ------
    InputError
        As `layout_of`.
    """
    told = _told(table, looks, how)
    return _of_calls(looks, when_of(looks, told), told)


def _rest(looks: Sequence[Look], layout: Layout, told: Mapping[str, str]) -> list[Look]:
    """Return the columns that tell no time and that the mapping does not name."""
    return [look for look in looks if look.name not in layout.used() and look.name not in told.values()]


def _told(table: TextTable, looks: Sequence[Look], how: ColumnMapping) -> dict[str, str]:
    """Return the columns that the mapping names, by what they are."""
    known = list(dict.fromkeys([*aliases("history"), *aliases("call_log")]))
    found = {}
    for name, wanted in how.columns.items():
        if name not in known:
            raise InputError(table.path, say("mapping.column", name=name, known=known))
        found[name] = _heading(table, looks, name, wanted)
    return found


def _heading(table: TextTable, looks: Sequence[Look], name: str, wanted: str) -> str:
    """Return the heading that the mapping means by `wanted`, which is a column's `name`."""
    names = [look.name for look in looks]
    match = next((one for one in names if one == wanted), None) or next(
        (one for one in names if plain(one) == plain(wanted)), None
    )
    if match is None:
        wrong = say("mapping.no_heading", heading=wanted, name=called(name), found=names)
        raise InputError(table.path, wrong, ask=Ask("columns"))
    return match


def _is_calls(table: TextTable, looks: Sequence[Look], layout: Layout, told: Mapping[str, str]) -> bool:
    """Return whether a table has a row a call."""
    if "arrival_at" in told or "outcome" in told:
        return True
    counts = [
        look for look in looks
        if look.numeric and look.name not in layout.used() and any(look.fits("history").get(name) for name in COUNTS)
    ]  # fmt: skip
    named = [
        look for look in looks if look.name in (told.get("calls_offered"), told.get("calls_answered")) and look.numeric
    ]
    if any(look.name == told.get("calls_offered") and not look.binary for look in named):
        return False
    counts += named
    off = _off_the_grid(looks, layout)
    offered = [look for look in counts if look.fits("history").get("calls_offered")]
    if any(look.fits("history")["calls_offered"] >= EXACT and not set(look.texts) <= {"1", "0"} for look in offered):
        return False
    if off >= OFF_THE_GRID:
        return True
    if offered or any(not look.binary for look in counts):
        return False
    outcome = any(look.fit("outcome") and may_be(look, "outcome") for look in looks)
    of_calls = [
        look for look in looks if look.fit(*OF_CALLS) == EXACT and not look.fits("history").keys() & set(CELL_MEASURES)
    ]
    return outcome or len(of_calls) >= 2


def _look(looks: Sequence[Look], name: str) -> Look:
    return next(look for look in looks if look.name == name)


def _off_the_grid(looks: Sequence[Look], layout: Layout) -> float:
    """Return the share of a table's instants that stand on no five minutes."""
    if layout.start is not None:
        at = instants(_look(looks, layout.start).column, strict=False).at
        seconds = at[~np.isnat(at)].astype("datetime64[s]").astype(np.int64)
    elif layout.clock is not None:
        look = _look(looks, layout.clock)
        starts = [clock.start if (clock := clock_of(text)) is not None else 0.0 for text in look.texts]
        seconds = np.repeat(np.array(starts), look.weights)
    else:
        return 0.0
    return float((seconds % GRID_SECONDS != 0).mean()) if len(seconds) else 0.0


def _seconds_or_none(look: Look) -> bool:
    """Return whether a column holds seconds since 1970, and 0 where there is no instant."""
    return (
        "0" in look.texts
        and look.share([text == "0" or EPOCH_TEXT.fullmatch(text) is not None for text in look.texts]) > 0.9
    )


def _case_number(every: Sequence[Look], layout: Layout, looks: Sequence[Look]) -> str | None:
    """Return the column that numbers the calls, by what stands in it; None where none does.

    Numbers that stand in several rows, all of them of one arrival: a log with a row for each step of a case.
    A caller's number comes again at another time; what is a function of the time alone is none either.
    """
    arrivals = [look for look in every if look.name in (layout.start, layout.day, layout.clock, layout.minute)]
    size = min((len(look.column.texts) for look in arrivals), default=0)
    if size < FEWEST_CASES:
        return None
    rows = slice(0, min(size, LOOKED_AT))
    at = [
        "\x1f".join(parts)
        for parts in zip(*(look.column.texts.iloc[rows].astype(str) for look in arrivals), strict=True)
    ]
    for look in looks:
        if look.when or look.nameless or look.share([*map(_is_case, look.texts)]) < ALWAYS:
            continue
        texts = look.column.texts.iloc[rows].astype(str).to_numpy()
        if len(texts) != len(at):
            continue
        pairs = pd.DataFrame({"case": texts, "at": at})
        cases, distinct = pairs["case"].nunique(), pairs.drop_duplicates()
        often = len(pairs) / cases
        if len(distinct) == cases and OFTEN_ENOUGH <= often <= MOST_ROWS_A_CASE and distinct["at"].nunique() < cases:
            return look.name
    return None


def _is_case(text: str) -> bool:
    return CASE.fullmatch(text) is not None


def _of_calls(every: Sequence[Look], layout: Layout, told: Mapping[str, str]) -> Layout:
    """Return the layout of a table with a row a call, of which `layout` tells when they came."""
    looks = _rest(every, layout, told)
    roles = roles_of(looks, told, ("call_id", "media_type", "direction", "imputed"))
    outcome = told.get("outcome") or told.get("calls_answered") or told.get("calls_abandoned")
    if "call_id" not in roles and (numbered := _case_number(every, layout, looks)) is not None:
        roles["call_id"] = numbered
    free = [look for look in looks if look.name not in roles.values()]
    if outcome is None:
        ended = [
            look
            for look in free
            if look.fit("outcome", "calls_answered", "calls_abandoned") and may_be(look, "outcome")
        ]
        ended += [look for look in free if (look.fit("direction") or look.nameless) and look.outcomes > 0.5]
        ended += [look for look in every if look.name == roles.get("direction") and look.outcomes]
        outcome = max(ended, key=lambda look: (look.outcomes, look.binary)).name if ended else None
    if outcome is not None:
        roles["outcome"] = outcome
    else:
        when = [
            look for look in every
            if look.fit("answered_at") == EXACT
            and ((look.when and look.filled < look.rows) or _seconds_or_none(look))
        ]  # fmt: skip
        roles |= {"answered_at": when[0].name} if when else {}
    free = [look for look in free if look.name != outcome]
    roles |= roles_of(free, told, ("menu_seconds", "service_seconds", "talk_seconds", "hold_seconds", "wrap_seconds",
                                 "wait_seconds", "duration_seconds"))  # fmt: skip
    queues = queues_of([look for look in free if look.name not in roles.values()], told, "call_log")
    return replace(layout, kind="calls", roles=roles, queues=queues)
