"""How a file was read, to be looked at before anything is counted: headings, columns, dates, numbers, rows left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from api.intake.files import TextTable
from api.intake.heading_rows import is_nameless
from api.intake.layout import Layout
from api.intake.rows import Rows
from api.intake.sentences import say
from api.intake.told import Told
from api.intake.unused_columns import unused_words
from api.intake.vocabulary import is_total, weekday_named
from api.intake.when_columns import part_roles
from forecaster.messages import NOTHING, Words
from forecaster.names import NAMES

FIRST_SHOWN = 3
EXAMPLES = 3
MOST_TOLD = 200  # rows, whose texts are looked at for examples
ORDERS = {
    "dmy": Words("日/月/年", "day/month/year"),
    "mdy": Words("月/日/年", "month/day/year"),
    "ymd": Words("年/月/日", "year/month/day"),
}
REASONS = {
    "told": "reading.told", "above 12": "reading.above_12", "weekdays": "reading.weekdays",
    "sequence": "reading.sequence",
}  # fmt: skip
COLUMN_WORDS: Mapping[str, Words] = {
    **NAMES,
    "arrival_at": Words("来电时刻", "arrival of the call"),
    "date": Words("日期", "date"),
    "time_of_day": Words("时刻", "time of day"),
    "year": Words("年", "year"),
    "month": Words("月", "month"),
    "minute": Words("分钟", "minute"),
    "day_of_month": Words("日", "day of the month"),
    "week": Words("周次", "week"),
    "weekday": Words("星期", "weekday"),
    "queue": Words("队列", "queue"),
    "measure": Words("指标名称", "name of the measure"),
    "imputed": Words("补值标记", "mark of made-up values"),
    "media_type": Words("媒体", "medium"),
    "direction": Words("呼叫方向", "direction of the call"),
    "outcome": Words("是否接通", "how the call ended"),
    "answered_at": Words("接通时刻", "when the call was answered"),
    "call_id": Words("来电编号", "number of the call"),
    "wait_seconds": Words("等待时长", "wait"),
    "menu_seconds": Words("语音导航时长", "time in the menu"),
    "service_seconds": Words("处理时长", "handling time"),
    "talk_seconds": Words("通话时长", "talk time"),
    "hold_seconds": Words("保持时长", "hold time"),
    "wrap_seconds": Words("话后时长", "wrap-up time"),
    "duration_seconds": Words("时长", "duration"),
    "total_handle_seconds": Words("处理时长合计", "handling time in total"),
    "total_talk_seconds": Words("通话时长合计", "talk time in total"),
    "total_wrap_seconds": Words("话后时长合计", "wrap-up time in total"),
    "caller": Words("主叫号码", "caller"),
}
UNUSED, CALLS = say("reading.unused"), say("reading.calls")


@dataclass(frozen=True)
class ColumnUse:
    """What a column was taken for. `role` is "" where it is not used; `examples` are its first texts.

    across
        Whether its heading tells a day, a time or a queue, so that nothing else can be made of it.
    """

    heading: str
    role: str
    meaning: Words
    examples: tuple[str, ...] = ()
    across: bool = False


@dataclass(frozen=True)
class FirstInterval:
    """One of the first intervals as understood."""

    queue: str
    start_at: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class TableReading:
    """How one table was read.

    heading_row
        The row taken for the heading, 0 for none.
    left_out
        Rows left out, by reason.
    """

    file: str
    sheet: str
    heading_row: int
    shape: Words
    columns: tuple[ColumnUse, ...]
    dates: Words
    numbers: Words
    clock: Words
    left_out: tuple[tuple[Words, int], ...] = ()
    first: tuple[FirstInterval, ...] = ()

    @property
    def of_calls(self) -> bool:
        """Return whether the table has a row a call, not a row an interval."""
        return self.shape == CALLS

    def unused(self) -> list[str]:
        """Return the headings of the columns that were not understood."""
        return [one.heading for one in self.columns if one.meaning == UNUSED]


def reading_of(table: TextTable, layout: Layout, rows: Rows, told: Told, *, timezone: str) -> TableReading:
    """Return how a table was read."""
    order, style = told.order, told.style
    dates = written = NOTHING
    if order.order is not None and order.why in REASONS:
        known = {} if order.why != "above 12" else {"odd": order.odd}
        dates = say(REASONS[order.why], order=ORDERS[order.order], **known)
    if style.why == "told":
        written = say("reading.decimal_told", sign=style.decimal)
    elif style.why:
        written = say("reading.decimal", sign=style.decimal, odd=style.why)
    clock = say("reading.aware") if rows.aware else say("reading.clock", timezone=timezone)
    return TableReading(
        str(table.path), table.sheet, table.heading_row, _shape(layout), tuple(column_uses(table, layout)), dates,
        written, clock, tuple(told.left_out), _first(rows, timezone),
    )  # fmt: skip


def _shape(layout: Layout) -> Words:
    if layout.kind == "calls":
        return CALLS
    days, clocks = any(cell.day for cell in layout.cells), any(cell.clock for cell in layout.cells)
    if days and clocks:
        return say("reading.intervals_across")
    if days:
        return say("reading.days_across")
    if clocks:
        return say("reading.times_across")
    return say("reading.queues_across") if any(cell.queue for cell in layout.cells) else say("reading.intervals")


def column_uses(table: TextTable, layout: Layout) -> list[ColumnUse]:
    """Return what each column of a table was taken for."""
    roles: dict[str, tuple[str, Words]] = {}

    def take(name: str | None, role: str, meaning: Words | None = None) -> None:
        if name is not None:
            roles.setdefault(name, (role, meaning or COLUMN_WORDS.get(role, Words(role, role))))

    take(layout.start, "arrival_at" if layout.kind == "calls" else "interval_start")
    take(layout.day, "date")
    take(layout.clock, "time_of_day")
    take(layout.minute, "minute")
    for name, role in zip(dict.fromkeys(layout.date_parts), part_roles(layout.date_parts), strict=False):
        take(name, role)
    for name in layout.queues:
        take(name, "queue")
    take(layout.measure, "measure")
    for role, name in layout.roles.items():
        take(name, role)
    for cell in layout.cells:
        place = " ".join(part for part in (cell.queue, cell.day, cell.clock) if part)
        measure = COLUMN_WORDS[cell.measure]
        take(cell.name, cell.measure, say("reading.cell", place=place, measure=measure) if place else measure)
    across = {cell.name for cell in layout.cells if cell.day or cell.clock or cell.queue}
    return [replace(_use(table, name, roles), across=name in across) for name in map(str, table.frame.columns)]


def _use(table: TextTable, name: str, roles: Mapping[str, tuple[str, Words]]) -> ColumnUse:
    texts = dict.fromkeys(str(text).strip() for text in table.frame[name].iloc[:MOST_TOLD])
    examples = tuple(text for text in texts if text)[:EXAMPLES]
    if name in roles:
        return ColumnUse(name, *roles[name], examples)
    if is_total(name):
        return ColumnUse(name, "", say("reading.total"), examples)
    named = [weekday_named(text) is not None for text in examples]
    return ColumnUse(name, "", say("reading.weekday") if examples and all(named) else UNUSED, examples)


def _first(rows: Rows, timezone: str) -> tuple[FirstInterval, ...]:
    """Return the first intervals with calls as understood."""
    none = ~(np.nan_to_num(rows.values.get("calls_offered", np.zeros(len(rows.times)))) > 0)
    order = np.lexsort((rows.times, none))[:FIRST_SHOWN]
    return tuple(
        FirstInterval(
            rows.queue_names[int(rows.queue_codes[at])],
            _clock_at(rows, int(at), timezone),
            {name: round(float(column[at]), 3) for name, column in rows.values.items() if np.isfinite(column[at])},
        )
        for at in order
    )  # fmt: skip


def _clock_at(rows: Rows, at: int, timezone: str) -> str:
    """Return when a row was by the site's clock, to the second."""
    when = pd.Timestamp(rows.times[at])
    return f"{when.tz_localize('UTC').tz_convert(timezone) if rows.aware else when:%Y-%m-%d %H:%M:%S}"


def unused_note(readings: Sequence[TableReading]) -> Words | None:
    """Return which columns were not understood and are not used, None where there is none."""
    return unused_words(list(dict.fromkeys(name for one in readings for name in one.unused() if not is_nameless(name))))
