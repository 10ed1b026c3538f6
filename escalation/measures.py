"""What a switch may measure besides the callers waiting, and limits on it: a rung may ask for them too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forecaster.messages import Words

# Each is a field of a reading, a column of a file of readings and a word of a ladder file. The last word of the name is
# the unit: seconds; a share (0-1) for rates, levels and occupancy; people for agents; else a count of calls.
MEASURES: Mapping[str, Words] = {
    "longest_wait_seconds": Words("最长等待", "longest wait"),
    "service_level": Words("服务水平", "service level"),
    "answer_rate": Words("接通率", "answer rate"),
    "abandonment": Words("放弃率", "abandonment"),
    "occupancy": Words("占用率", "occupancy"),
    "calls_abandoned": Words("放弃量", "calls abandoned"),
    "service_level_today": Words("今日服务水平", "service level today"),
    "answer_rate_today": Words("今日接通率", "answer rate today"),
    "abandonment_today": Words("今日放弃率", "abandonment today"),
    "calls_offered_today": Words("今日呼入量", "calls offered today"),
    "calls_abandoned_today": Words("今日放弃量", "calls abandoned today"),
    "agents_ready": Words("空闲人数", "agents ready"),
    "agents_talking": Words("通话人数", "agents talking"),
    "agents_wrapping_up": Words("话后处理人数", "agents in wrap-up"),
    "agents_paused": Words("示忙人数", "agents paused"),
}
# What the floor is beside its plan and its forecast of this hour: a ladder file may name these too. Each is the first
# field of a floor divided by the second; while one of them is not told there is no such measure.
RATIOS: Mapping[str, tuple[str, str]] = {
    "calls_of_forecast": ("calls_per_hour", "calls_per_hour_forecast"),
    "aht_of_forecast": ("aht_seconds", "aht_seconds_forecast"),
    "seats_of_plan": ("seats_signed_in", "seats_planned"),
}
CALLED: Mapping[str, Words] = {
    **MEASURES,
    "calls_of_forecast": Words("来电量与预测之比", "calls as a multiple of the forecast"),
    "aht_of_forecast": Words("处理时长与预测之比", "handle time as a multiple of the forecast"),
    "seats_of_plan": Words("已签入台席与计划之比", "seats signed in as a multiple of the plan"),
}
SHARES = frozenset(
    f"{name}{of}" for name in ("service_level", "answer_rate", "abandonment", "occupancy") for of in ("", "_today")
)


@dataclass(frozen=True, slots=True)
class MeasureLimit:
    """A limit on a measure: passed above `above`, or below `below`; one of them is given."""

    measure: str
    above: float | None = None
    below: float | None = None

    def is_passed(self, measures: Mapping[str, float]) -> bool | None:
        """Return whether the measure lies beyond the limit; None while nobody has told it."""
        value = measures.get(self.measure)
        if value is None:
            return None
        return (self.above is not None and value > self.above) or (self.below is not None and value < self.below)


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rung is due: so many callers waiting, and whatever limits of other measures it names.

    also
        Limits that have to be passed besides; one whose measure nobody tells asks for nothing.
    instead
        Limits each of which is enough without the callers waiting.
    """

    waiting_above: int
    waiting_at_most: int | None = None
    also: tuple[MeasureLimit, ...] = ()
    instead: tuple[MeasureLimit, ...] = ()

    def holds_at(self, waiting: int) -> bool:
        """Return whether so many callers waiting meet it."""
        return waiting > self.waiting_above and (self.waiting_at_most is None or waiting <= self.waiting_at_most)

    def meets(self, by_waiting: bool, measures: Mapping[str, float]) -> bool:
        """Return whether it holds, given whether the callers waiting meet it."""
        enough = by_waiting or any(one.is_passed(measures) for one in self.instead)
        return enough and all(one.is_passed(measures) is not False for one in self.also)
