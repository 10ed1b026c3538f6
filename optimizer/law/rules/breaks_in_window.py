"""Short breaks of the length and at a time that the shift has for them, apart from each other and from its ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from forecaster.messages import Words
from optimizer.law.breaks import BREAK_STEP_MINUTES, Break, too_near
from optimizer.law.rules.giving_in import shifts_with
from optimizer.law.rules.rule import Finds, PersonMonth, Row, Rule, Setting
from optimizer.law.shifts import Shift


def _check(mine: PersonMonth) -> Finds:
    for row, shift in mine.of_catalogue:
        wrong = sum(
            _wrong(row, number, shift.breaks, mine) for number in range(max(len(shift.breaks), len(row.breaks)))
        )
        if wrong:
            yield row.day, wrong, {"shift": row.code, "least": mine.rules.break_distance_minutes}


def _wrong(row: Row, number: int, breaks: Sequence[Break], mine: PersonMonth) -> float:
    """Return by how many minutes the break of a number is not as the shift has it."""
    begin, end = row.breaks[number] if number < len(row.breaks) else (math.nan, math.nan)
    told = not (math.isnan(begin) or math.isnan(end))
    if number >= len(breaks):
        return end - begin if told else 0.0
    due = breaks[number]
    if not told:
        return float(due.minutes)
    spell, window = (begin - row.start, end - row.start), due.offsets_minutes
    outside = max(0.0, min(window) - spell[0], spell[0] - max(window))
    length = abs(spell[1] - spell[0] - due.minutes)
    others = [
        (a - row.start, b - row.start) for n, (a, b) in enumerate(row.breaks) if not (n == number or math.isnan(a))
    ]
    if row.has_meal:
        others.append((row.meal_start - row.start, row.meal_end - row.start))
    near = too_near(others, row.end - row.start, mine.rules.break_distance_minutes, of=spell)
    return outside or length or near


def _at_any_time(shift: Shift) -> Shift:
    def free(pause: Break) -> Break:
        step = min(pause.minutes, 15)
        offsets = {*range(0, shift.length_minutes - pause.minutes + 1, step), *pause.offsets_minutes}
        return replace(pause, offsets_minutes=tuple(sorted(offsets)))

    return replace(shift, breaks=tuple(map(free, shift.breaks)))


def _one_step_wider(shift: Shift) -> Shift:
    def wider(pause: Break) -> Break:
        offsets = pause.offsets_minutes
        step = offsets[1] - offsets[0] if len(offsets) > 1 else max(pause.minutes, BREAK_STEP_MINUTES)
        more = (offsets[0] - step, *offsets, offsets[-1] + step)
        fits = [offset for offset in more if 0 <= offset <= shift.length_minutes - pause.minutes]
        return replace(pause, offsets_minutes=tuple(fits))

    return replace(shift, breaks=tuple(map(wider, shift.breaks)))


BREAKS_IN_WINDOW = Rule(
    "breaks_in_window", "person", "minutes", Words("工间休息", "breaks in their windows"),
    Words("{shift} 的工间休息缺失、时长不对、不在规定时段内，或与用餐、其他休息、上下班相距不足 {least} 分钟",
          "a break of {shift} is missing, of another length, outside its window, or within {least} minutes of the "
          "meal, another break or the shift's ends"),
    _check,
    settings=(Setting("break_distance_minutes", 30, "minutes"),),
    told_by=("breaks",),
    arrays=("Pauses.offset",),
    set_aside=shifts_with(_at_any_time),
    rank=13,
    given_in=Words("工间休息可再早或再晚一档", "breaks one step earlier or later"),
    gives=shifts_with(_one_step_wider),
    of_overtime=False,
)  # fmt: skip
