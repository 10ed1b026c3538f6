"""What stands around a table in words: its head, the service target, what its totals are sums of."""

from __future__ import annotations

from api.reports.five_tables import FiveTables, Table
from api.reports.table_kinds import TableKind
from forecaster.history.periods import is_month, period_words
from forecaster.messages import NOTHING, Words

HEAD = Words(
    "队列：{queue}   月份：{month}   时区：{timezone}   时段：{minutes} 分钟",
    "Queue: {queue}   Month: {month}   Time zone: {timezone}   Interval: {minutes} min",
)
HEAD_OF_WEEKS = Words(HEAD.zh.replace("月份", "周期"), HEAD.en.replace("Month", "Period"))
DEFINITION_WORDS = {
    "offered": Words("占呼入量", "of the calls offered"),
    "answered": Words("占接通量", "of the calls answered"),
    "offered_less_short_abandons": Words("不计限时内放弃", "of the calls offered less those abandoned by then"),
}
LEVEL_SAID = Words(
    "{level} 在 {seconds} 秒内接起（{definition}）", "{level} answered within {seconds} s ({definition})"
)
OCCUPANCY = Words("占用率不超过 {share}", "occupancy at most {share}")
SHRINKAGE = Words("损耗 {share}", "shrinkage {share}")
CAPACITY = Words("忙时接通量每席每小时 {calls} 通", "busy-hour capacity {calls} calls per seat and hour")
TARGET = Words("服务目标：{told}", "Service target: {told}")
BASES = {
    "of_totals": Words("{names} 由合计数算出", "{names}: from the totals"),
    "means": Words("{names} 为各日平均", "{names}: mean of the days"),
    "none": Words("{names} 不合计", "{names}: no total"),
    "sums": Words("其余为各日之和", "all others: sums of the days"),
}
TABLE = Words("表{number}", "Table {number}")
MISSING = Words("缺：{said}", "Missing: {said}")
TOTAL, TOTAL_OF_SEATS = Words("合计", "Total"), Words("均值；席时合计", "Means; hours summed")
SHORT = Words(
    "红色粗体：少于所需座席；底色越深，座席越多",
    "red and bold: fewer seats than needed; the deeper the blue, the more seats",
)
BASIS = Words("合计行的口径：{told}。", "The total row: {told}.")


def head_words(facts: FiveTables, table: Table) -> Words:
    """Return the line above a table: queue, month, zone, interval, and which version it shows."""
    month = facts.last_month if table.kind.of_last_month else facts.month
    told = (HEAD if is_month(month) else HEAD_OF_WEEKS).filled(
        queue=facts.queue, month=period_words(month), timezone=facts.timezone, minutes=facts.interval_minutes
    )
    version = facts.version_of(table)
    return Words(f"{told.zh}   {version.zh}", f"{told.en}   {version.en}")


def target_words(facts: FiveTables) -> Words:
    """Return the service target and the busy-hour capacity that the tables stand on."""
    target, parts = facts.target, []
    if target.service_level is not None:
        level, seconds = f"{target.service_level:.0%}", f"{target.answer_within_seconds:g}"
        parts.append(LEVEL_SAID.filled(level=level, seconds=seconds, definition=DEFINITION_WORDS[target.definition]))
    if target.max_occupancy is not None:
        parts.append(OCCUPANCY.filled(share=f"{target.max_occupancy:.0%}"))
    parts.append(SHRINKAGE.filled(share=f"{target.shrinkage:.0%}"))
    if facts.calls_per_seat_hour is not None:
        parts.append(CAPACITY.filled(calls=f"{facts.calls_per_seat_hour:.1f}"))
    return TARGET.filled(told=_listed(parts))


def basis_words(table: Table) -> Words:
    """Return what the cells of the total row are, where they are not all sums; of a table of intervals nothing."""
    if table.intervals:
        return NOTHING
    names = [str(name) for name in table.frame.columns if name != "day_type"]
    groups: dict[str, list[Words]] = {"of_totals": [], "means": [], "none": []}
    for name in names:
        kind = _basis_of(table.kind, name, name in table.total)
        if kind in groups:
            groups[kind].append(table.kind.label(name))
    parts = [BASES[kind].filled(names=labels) for kind, labels in groups.items() if labels]
    return BASIS.filled(told=_listed([*parts, BASES["sums"]])) if parts else NOTHING


def _basis_of(kind: TableKind, name: str, has_total: bool) -> str:
    formula = kind.formulas.get(name)
    if not has_total:
        return "none"
    if name in kind.means:
        return "means"
    return "of_totals" if formula is not None and formula.of_totals else "sums"


def _listed(parts: list[Words]) -> Words:
    return Words("；".join(one.zh for one in parts), "; ".join(one.en for one in parts))
