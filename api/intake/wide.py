"""Tables whose headings tell days or times: a cell an interval."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

from api.intake.columns import Look
from api.intake.dates import DateOrder, date_of, date_text
from api.intake.files import TextTable
from api.intake.heading_rows import NUMBERED, SPAN, kind_of
from api.intake.instants import instant_told
from api.intake.layout import CellColumn, Layout, measure_of, names_measures, queues_of, roles_of
from api.intake.stated import Stated
from api.intake.vocabulary import is_total, weekday_named
from api.intake.when_columns import date_parts, is_clock, ranked
from optimizer.law.clocks import clock_of

FEWEST_WEEKDAYS = 5
FEWEST_TIME_COLUMNS = 4  # columns of times of day that make a table wide
HOURS = 24
FOUR_DIGITS = re.compile(r"([01]\d|2[0-3])(00|05|10|15|20|25|30|35|40|45|50|55)")
BARE = re.compile(r"(\d{1,2}|\d{4})(?:日|st|nd|rd|th|号)?")
IN_MONTH = re.compile(r"([1-9]|[12]\d|3[01])(日|号)?")


@dataclass(frozen=True)
class _Head:
    """What a heading tells: a day, a time of day, whether it is a total; and its other lines."""

    day: str = ""
    clock: str = ""
    total: bool = False
    rest: tuple[str, ...] = ()


def _coordinates(look: Look) -> _Head:
    """Return the coordinates that a column's heading tells."""
    head = _Head()
    rest = []
    for level in look.levels:
        kind = kind_of(level)
        if kind == "date" and not head.day:
            head = replace(head, day=level)
        elif kind == "clock" and not head.clock and clock_of(level) is not None:
            head = replace(head, clock=level)
        elif kind == "instant" and (told := instant_told(level)) is not None and not head.day:
            seconds = int(told.seconds)
            head = replace(head, day=told.day_text or level, clock=f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}")
        elif is_total(level):
            head = replace(head, total=True)
        elif weekday_named(level) is None and not NUMBERED.fullmatch(level):
            rest.append(level)
    return replace(head, rest=tuple(rest))


def wide_layout(table: TextTable, looks: Sequence[Look], told: Mapping[str, str], stated: Stated) -> Layout | None:
    """Return the layout of a table whose headings tell of days or times; None of another."""
    heads: Mapping[str, _Head] = {look.name: _coordinates(look) for look in looks if look.name not in told.values()}
    cells = {look.name for look in looks if look.name in heads and (look.numeric or not look.filled)}
    heads = {name: head for name, head in heads.items() if name in cells or head.day or head.clock}
    heads = _days_of_one_kind(_days_of_midnights(heads))
    days = [name for name, head in heads.items() if head.day and not head.total]
    clocks = [name for name, head in heads.items() if head.clock and not head.total]
    if not clocks and len(days) < 2:
        heads, days, clocks = _bare(looks, heads, cells, stated, days)
    if not days and not clocks:
        heads, days = _days_of_the_week(looks, heads, cells, stated)
    labels = [look for look in looks if look.name not in {*days, *clocks}]
    both = [name for name in days if heads[name].clock]
    if both and len(both) * 2 > len(days):
        return _laid_out(table, labels, heads, both, told, Layout())
    if len({heads[name].clock for name in clocks}) >= FEWEST_TIME_COLUMNS:
        row = _row_day(labels, told, stated)
        return None if row is None else _laid_out(table, labels, heads, clocks, told, row)
    if days:
        row = _row_clock(labels, told, many=len(days) > 1)
        return None if row is None else _laid_out(table, labels, heads, days, told, row)
    return None


def _days_of_the_week(
    looks: Sequence[Look], heads: Mapping[str, _Head], cells: set[str], stated: Stated
) -> tuple[Mapping[str, _Head], list[str]]:
    """Return headings of weekdays as days, where a date stands above the table that is the first of them."""
    named = {
        look.name: day
        for look in looks
        if look.name in cells and look.levels and (day := weekday_named(look.levels[-1])) is not None
    }
    told = date_text(stated.week_text) if stated.week_text else None
    if told is None or len(named) < FEWEST_WEEKDAYS or len(set(named.values())) < len(named):
        return heads, []
    first = next(iter(named.values()))
    orders: tuple[DateOrder, ...] = ("dmy", "mdy", "ymd")
    found = {at for order in orders if (at := date_of(told, order)) is not None and at.weekday() == first}
    if len(found) != 1:
        return heads, []
    start = found.pop()
    days = {name: f"{start + timedelta(days=(day - first) % 7):%Y-%m-%d}" for name, day in named.items()}
    return {**heads, **{name: _Head(day=day) for name, day in days.items()}}, list(days)


def _days_of_midnights(heads: Mapping[str, _Head]) -> Mapping[str, _Head]:
    """Return headings of several days that all say 00:00 beside them as the days they are."""
    both = {name: head for name, head in heads.items() if head.day and head.clock}
    if {head.clock for head in both.values()} != {"00:00"} or len({head.day for head in both.values()}) < 2:
        return heads
    return {**heads, **{name: replace(head, clock="") for name, head in both.items()}}


def _days_of_one_kind(heads: Mapping[str, _Head]) -> dict[str, _Head]:
    """Return headings such as 8-9 as days where most of their kind are (8-7, 8-8, 8-9), else as the hours they are."""
    spans = [name for name, head in heads.items() if head.clock and not head.day and SPAN.fullmatch(head.clock)]
    days = [name for name, head in heads.items() if head.day and not head.clock]
    if len(spans) >= len(days):
        return dict(heads)
    return {**heads, **{name: replace(heads[name], day=heads[name].clock, clock="") for name in spans}}


def _bare(
    looks: Sequence[Look], heads: Mapping[str, _Head], cells: set[str], stated: Stated, days: list[str]
) -> tuple[Mapping[str, _Head], list[str], list[str]]:
    """Return the headings with digits alone read as hours (0 to 23, 1 to 24, 0830) or days of the month told around."""
    bare = {
        name: match.group(1)
        for name, head in heads.items()
        if name in cells and len(head.rest) >= 1 and (match := BARE.fullmatch(head.rest[-1]))
    }
    found = dict(heads)
    four = [name for name, text in bare.items() if FOUR_DIGITS.fullmatch(text)]
    if len(four) >= FEWEST_TIME_COLUMNS:
        return _as_clocks(found, {name: f"{bare[name][:2]}:{bare[name][2:]}" for name in four}), days, four
    short = {name: int(text) for name, text in bare.items() if len(text) <= 2}
    numbers = list(short.values())
    in_row = sum(after - before == 1 for before, after in pairwise(numbers))
    if len(numbers) < FEWEST_TIME_COLUMNS or in_row * 2 < len(numbers):
        return heads, days, []
    by_rows = any(look.name not in short and (is_clock(look) or look.when == "clock") for look in looks)
    if max(numbers) > HOURS or (by_rows and stated.month is not None):
        if stated.month is None:
            return heads, days, []
        year, month = stated.month
        days_of_month = {
            name: replace(found[name], day=f"{year}-{month:02d}-{day:02d}", rest=found[name].rest[:-1])
            for name, day in short.items()
        }
        return {**found, **days_of_month}, list(short), []
    late = 24 in numbers and 0 not in numbers
    texts = {name: f"{hour - late:02d}:00" for name, hour in short.items() if 0 <= hour - late < HOURS}
    return _as_clocks(found, texts), days, list(texts)


def _as_clocks(heads: dict[str, _Head], texts: Mapping[str, str]) -> dict[str, _Head]:
    return {
        **heads,
        **{name: replace(heads[name], clock=text, rest=heads[name].rest[:-1]) for name, text in texts.items()},
    }


def _row_day(labels: Sequence[Look], told: Mapping[str, str], stated: Stated) -> Layout | None:
    """Return where the day of a row stands whose headings are times: in a column, or around the table."""
    for name in ("date", "interval_start"):
        if name in told:
            return Layout(day=told[name])
    days = ranked([look for look in labels if look.when in ("date", "instant")], "date", "interval_start")
    if days:
        return Layout(day=days[0].name)
    if parts := date_parts(labels):
        return Layout(date_parts=parts)
    for look in labels:
        in_month = look.filled and all(IN_MONTH.fullmatch(text) for text in look.texts)
        if in_month and stated.month is not None and len(look.texts) > 1:
            return Layout(day=look.name)
    return Layout() if stated.day is not None else None


def _row_clock(labels: Sequence[Look], told: Mapping[str, str], *, many: bool) -> Layout | None:
    """Return where the time of a row stands whose headings are days."""
    for name in ("time_of_day", "interval_start"):
        if name in told:
            return Layout(clock=told[name])
    clocks = ranked([look for look in labels if look.when == "clock"], "time_of_day", "interval_start")
    if clocks:
        return Layout(clock=clocks[0].name)
    for look in labels if many else []:
        starts = [clock_of(text) for text in look.texts]
        if look.filled and len(starts) >= FEWEST_TIME_COLUMNS and all(one is not None for one in starts):
            return Layout(clock=look.name)
    return None


def _laid_out(
    table: TextTable,
    labels: Sequence[Look],
    heads: Mapping[str, _Head],
    names: Sequence[str],
    told: Mapping[str, str],
    row: Layout,
) -> Layout:
    """Return the layout of a wide table: its cells, and the labels of its rows."""
    measures = {name: measure_of(heads[name].rest) for name in names}
    groups = {tuple(line for line in heads[name].rest if measure_of((line,)) is None) for name in names}
    queues = len(groups) > 1
    cells = [
        CellColumn(
            name, heads[name].day, heads[name].clock,
            " ".join(line for line in heads[name].rest if measure_of((line,)) is None) if queues else "",
            measures[name] or "calls_offered",
        )
        for name in names
        if measures[name] != ""
    ]  # fmt: skip
    rest = [look for look in labels if look.name not in row.used()]
    metric = next((look.name for look in rest if look.filled and names_measures(look)), None)
    rest = [look for look in rest if look.name != metric]
    roles = roles_of(rest, told, ("media_type", "imputed"))
    queue = queues_of([look for look in rest if look.name not in roles.values()], told)
    if not queue and metric is None:
        texts = [look for look in rest if look.of_kind("text") >= 0.8 and not look.nameless and len(look.texts) > 1]
        queue = tuple(look.name for look in texts[:1] if _tells_rows_apart(table, row, look))
    return replace(row, cells=tuple(cells), queues=queue, measure=metric, roles=roles)


def _tells_rows_apart(table: TextTable, row: Layout, look: Look) -> bool:
    """Return whether rows of the same day or time differ in a column."""
    label = row.day or row.clock
    if label is None:
        return True
    pairs = table.frame[[label, look.name]].astype(str)
    return bool(pairs[label].duplicated().any()) and not pairs.duplicated().any()
