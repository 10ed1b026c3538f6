"""Tables with a row an interval: a column a measure, a column a queue, or both in a heading of two lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from api.intake.columns import ALIKE, EXACT, SECONDS, Look, fits
from api.intake.errors import Ask, InputError
from api.intake.files import TextTable
from api.intake.heading_rows import NUMBERED
from api.intake.layout import (
    CELL_MEASURES,
    COUNTS,
    CellColumn,
    Layout,
    may_be,
    measure_of,
    names_measures,
    queues_of,
    roles_of,
)
from api.intake.number_style import NumberColumn, style_of
from api.intake.sentences import say
from api.intake.values import Column, numbers
from api.intake.vocabulary import aliases, is_planned, is_total, names_calls, plain
from forecaster.names import called

COUNTING = ("value", "count")
FEWEST_QUEUES = 2
FEWEST_MEASURES = 2  # of each queue, for headings of one line to be taken apart
FACTS = ("actual", "real", "total", "all", "ist", "fact", "calls", "inbound", "net")
NEARLY = 0.9
FEWEST_ALIKE = 10  # rows, for two columns to be seen to say the same
NO_COUNT = re.compile(  # shares, means, durations, running totals
    r"%|率|rate|percent|level|aht|asa|temp|avg|mean|tiempo|temps|zeit|время|时长|cumul|running|累计|累計|acumul|kumul|нараст"
)
ASKED_FOR = re.compile("人工|转人工")  # of all that came to the menu, those that asked for a person: the seats' load
PEOPLE = re.compile(r"agent|operator|employee|name|工号|坐席|座席|姓名|asesor|mitarbeiter")


def intervals_layout(table: TextTable, layout: Layout, looks: Sequence[Look], told: Mapping[str, str]) -> Layout:
    """Return the layout of a table with a row an interval: a column a measure, or a column a queue, or both."""
    roles = roles_of(looks, told, ("media_type", "imputed"))
    free = [look for look in looks if look.name not in roles.values()]
    grouped = _grouped(free)
    if grouped:
        return replace(layout, roles=roles, cells=tuple(grouped), queues=())
    cells = [CellColumn(told[name], measure=name) for name in CELL_MEASURES if name in told]
    for name in CELL_MEASURES:
        if name not in told:
            best = _best(table, name, free, cells)
            if best is not None:
                cells.append(CellColumn(best.name, measure=name))
    free = [look for look in free if look.name not in {cell.name for cell in cells}]
    queues = queues_of(free, told)
    if not any(cell.measure in COUNTS for cell in cells):
        if (value := _value_of(free)) is not None:
            metric = next((look.name for look in free if names_measures(look)), None)
            if metric is not None or table.heading_row == 0 or _alone(table, looks, layout, value):
                queues = tuple(name for name in queues if name != metric)
                return replace(layout, roles=roles, queues=queues, measure=metric, cells=(CellColumn(value),))
        across = _queues_across(table, layout, [look for look in free if look.name not in queues])
        return replace(layout, roles=roles, queues=queues, cells=tuple(across))
    if not queues:
        queues = _telling_apart(table, layout, free)
    return replace(layout, roles=roles, queues=queues, cells=tuple(cells))


def _value_of(looks: Sequence[Look]) -> str | None:
    """Return the only column of numbers, None where there is another."""
    numeric = [
        look.name for look in looks
        if look.numeric and not look.when and not look.fit("call_id", *SECONDS) and not _counts_rows(look)
    ]  # fmt: skip
    if len(numeric) > 1 and any(map(names_measures, looks)):  # of a measure's statistics the one that counts it
        numeric = [name for name in numeric if plain(name) in COUNTING]
    return numeric[0] if len(numeric) == 1 else None


def _counts_rows(look: Look) -> bool:
    """Return whether a column without a heading numbers the rows, as R and pandas write them."""
    texts = look.column.texts
    if not look.nameless or not len(texts) or str(texts.iloc[0]) not in ("0", "1"):
        return False  # before a column of millions is looked at
    first = int(texts.iloc[0])
    return bool((texts.astype(str).to_numpy() == np.arange(first, first + len(texts)).astype(str)).all())


def _alone(table: TextTable, looks: Sequence[Look], layout: Layout, value: str) -> bool:
    """Return whether a table holds nothing but times and one column of whole numbers, whatever that is called."""
    look = next(one for one in looks if one.name == value)
    whole = all(re.fullmatch(r"\d+(?:[.,]0*)?", text) for text in look.texts)
    others = [
        one for one in looks
        if one is not look and len(one.texts) > 1 and one.weekdays < 1 and not _counts_rows(one)
    ]  # fmt: skip
    return (
        whole
        and len(table.frame) >= FEWEST_ALIKE
        and not others
        and bool(layout.start or layout.clock)
        and not (is_planned(value) or _is_no_count(look))
    )


def _grouped(looks: Sequence[Look]) -> list[CellColumn]:
    """Return the cells of a heading of two lines, queues over measures or measures over queues; none of another.

    Where a group and its column are together a heading that is known (人工 over 呼入量), it is no queue.
    """
    found = []
    split = _split_headings([look.levels[0] for look in looks if look.numeric and len(look.levels) == 1])
    for look in looks:
        lines = [line for line in split.get(look.name, look.levels) if not NUMBERED.fullmatch(line)]
        if len(lines) < 2 or not look.numeric:
            continue
        whole = fits("history", " ".join(look.levels))
        if set(look.fits("history")) & set(CELL_MEASURES) and any(whole.get(name) == EXACT for name in CELL_MEASURES):
            return []
        measure = measure_of(lines)
        queue = " ".join(line for line in lines if measure_of((line,)) is None)
        if measure and queue and not is_total(queue):
            found.append(CellColumn(look.name, queue=queue, measure=measure))
    offered = {cell.queue for cell in found if cell.measure in COUNTS}
    return [cell for cell in found if cell.queue in offered] if len(offered) >= FEWEST_QUEUES else []


def _split_headings(headings: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return headings of one line that hold a queue and a measure, as `Sales Offered` beside `Care Offered` does.

    They do where two queues at least have the same measures, two at least, and none is a plan or what became of it.
    """
    parts = {}
    for heading in headings:
        words = heading.replace("_", " ").split()
        for at in range(1, len(words)):
            queue, measure = " ".join(words[:at]), " ".join(words[at:])
            exact = [name for name, how in fits("history", measure).items() if name in CELL_MEASURES and how == EXACT]
            if (
                exact
                and not set(fits("history", queue)) - {"queue"}
                and not is_planned(queue)
                and plain(queue) not in FACTS
            ):
                parts[heading] = (queue, measure)
                break
    measures: dict[str, frozenset[str]] = {}
    for queue, measure in parts.values():
        measures[queue] = measures.get(queue, frozenset()) | {measure}
    alike = len(measures) >= FEWEST_QUEUES and len(set(measures.values())) == 1
    return parts if alike and all(len(told) >= FEWEST_MEASURES for told in measures.values()) else {}


def _best(table: TextTable, name: str, every: Sequence[Look], cells: Sequence[CellColumn]) -> Look | None:
    """Return the column whose heading fits a measure best, of those that no cell has yet.

    Of several that fit alike, the one of the measure's own name, the one with which calls answered and abandoned are
    those offered, or the first of those that say the same; of durations, the one whose heading is listed first.

    Raises
    ------
    InputError
        If two fit a count alike.
    """
    looks = [look for look in every if look.name not in {cell.name for cell in cells}]
    fit = [
        look for look in looks
        if (how := look.fits("history").get(name)) and may_be(look, name)
        and how >= max(fit for other, fit in look.fits("history").items() if other in CELL_MEASURES)
    ]  # fmt: skip
    if not fit:
        return None
    highest = max(look.fits("history")[name] for look in fit)
    best = [look for look in fit if look.fits("history")[name] == highest]
    own = [look for look in best if plain(look.name) == plain(name)]
    best = own if len(own) == 1 else best
    if len(best) > 1 and highest == ALIKE:
        shortest = min(len(look.name) for look in best)
        best = [look for look in best if len(look.name) == shortest]
    if len(best) > 1 and name == "calls_offered":
        best = _sums(table, looks, best) or [look for look in best if ASKED_FOR.match(look.name)] or best
    if len(best) > 1 and name == "calls_abandoned":
        best = _rests(table, every, cells, best) or best
    if len(best) > 1 and all(_same(table, best[0], other) for other in best[1:]):
        best = best[:1]
    if len(best) > 1 and name not in COUNTS:  # two waits, two handle times: the one whose heading is listed first
        order = [plain(word) for word in (name, *aliases("history")[name])]
        best.sort(key=lambda look: order.index(plain(look.name)) if plain(look.name) in order else len(order))
        best = best[:1]
    if len(best) > 1:
        wrong = say("mapping.both", one=best[0].name, other=best[1].name, name=called(name))
        raise InputError(table.path, wrong, ask=Ask("columns"))
    return best[0]


def _same(table: TextTable, one: Look, other: Look) -> bool:
    """Return whether two columns say the same, on rows enough to tell."""
    return len(table.frame) >= FEWEST_ALIKE and bool(
        (table.frame[one.name].astype(str) == table.frame[other.name].astype(str)).all()
    )


def _numbers(table: TextTable, looks: Sequence[Look]) -> list[np.ndarray]:
    """Return the numbers of columns of counts, all in one style; NaN where a text is none."""
    columns = [Column(table.path, look.name, table.frame[look.name].astype(str).astype("category")) for look in looks]
    style = style_of([NumberColumn(column.told(), counts=True) for column in columns], delimiter=table.delimiter)
    return [numbers(column, whole=True, style=style, faults=[]) for column in columns]


def _sums(table: TextTable, looks: Sequence[Look], candidates: Sequence[Look]) -> list[Look]:
    """Return the one of the candidates that is the calls answered and abandoned together, none if there is not one."""
    parts = [
        [look for look in looks if look.fits("history").get(name) == EXACT and look.numeric] for name in COUNTS[1:]
    ]
    if any(len(part) != 1 for part in parts):
        return []
    answered, abandoned, *offered = _numbers(table, [parts[0][0], parts[1][0], *candidates])
    return _saying(answered + abandoned, candidates, offered)


def _rests(
    table: TextTable, every: Sequence[Look], cells: Sequence[CellColumn], candidates: Sequence[Look]
) -> list[Look]:
    """Return the one of the candidates that is what calls answered leave of those offered, none if there is not one."""
    known = {cell.measure: look for cell in cells for look in every if look.name == cell.name}
    if not {*COUNTS[:2]} <= known.keys():
        return []
    offered, answered, *rest = _numbers(table, [*(known[name] for name in COUNTS[:2]), *candidates])
    return _saying(offered - answered, candidates, rest)


def _saying(wanted: np.ndarray, candidates: Sequence[Look], columns: Sequence[np.ndarray]) -> list[Look]:
    """Return the one candidate whose numbers are those wanted, none if there is not one."""
    found = [look for look, one in zip(candidates, columns, strict=True) if _agree(one, wanted)]
    return found if len(found) == 1 else []


def _queues_across(table: TextTable, layout: Layout, looks: Sequence[Look]) -> list[CellColumn]:
    """Return the cells of a table with a column a queue: numbers that nothing else is known of.

    They are queues where a further column is their total, where their headings say that they are calls, or where the
    table's title or file does.
    """
    numeric = [look for look in looks if look.numeric and not look.nameless and look.when == ""]
    totals = [look for look in numeric if is_total(look.name)]
    rest = [look for look in numeric if look not in totals and not _is_no_count(look)]
    if len(rest) < FEWEST_QUEUES:
        return []
    if len(rest) != len(numeric) - len(totals):
        return []
    counted = _numbers(table, [*rest, *totals])
    columns = counted[: len(rest)]
    total = np.sum(columns, axis=0)
    added = any(_agree(one, total) for one in counted[len(rest) :])
    whole = all(np.all(column[~np.isnan(column)] % 1 == 0) for column in columns)
    related = len(columns) > FEWEST_QUEUES and any(_agree(column, total - column) for column in columns)
    words = [table.sheet, table.path.stem, *(cell for row in table.preamble for cell in row)]
    about = any(names_calls(word) for word in [*words, *(look.name for look in rest)])
    if whole and not related and (added or about) and (layout.start or layout.clock):
        return [CellColumn(look.name, queue=" ".join(look.levels) or look.name) for look in rest]
    return []


def _agree(one: np.ndarray, other: np.ndarray) -> bool:
    """Return whether two columns say the same in nearly every row."""
    return bool(np.mean(one == other) > NEARLY)


def _is_no_count(look: Look) -> bool:
    """Return whether a column's heading says something that is no number of calls."""
    said = look.fit(*SECONDS, "seats_signed_in", "year", "month", "day_of_month")
    return bool(said) or NO_COUNT.search(look.name.casefold()) is not None


def _telling_apart(table: TextTable, layout: Layout, looks: Sequence[Look]) -> tuple[str, ...]:
    """Return a column of words that tells rows of one instant apart where nothing else does: a queue by any name."""
    when = [name for name in (layout.start, layout.day, layout.clock) if name is not None]
    if not when or not table.frame[when].astype(str).duplicated().any():
        return ()
    texts = [look for look in looks if look.of_kind("text") >= 0.8 and not look.nameless and 1 < len(look.texts) <= 200]
    for look in texts:
        told_twice = table.frame[[*when, look.name]].astype(str).duplicated().any()
        if not told_twice and not PEOPLE.search(look.name.casefold()):
            return (look.name,)
    return ()
