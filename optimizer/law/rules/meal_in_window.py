"""A meal of the length and at a time that the shift has for it."""

from __future__ import annotations

from dataclasses import replace

from forecaster.messages import Words
from optimizer.law.rules.giving_in import shifts_with
from optimizer.law.rules.rule import Finds, PersonMonth, Rule
from optimizer.law.shifts import Shift


def _check(mine: PersonMonth) -> Finds:
    for row, shift in mine.of_catalogue:
        wrong = float(shift.meal_minutes)
        if row.has_meal:
            offset, window = row.meal_start - row.start, shift.meal_offsets_minutes or (0,)
            outside = max(0.0, min(window) - offset, offset - max(window))
            wrong = outside or abs(row.meal_minutes - shift.meal_minutes)
        if wrong:
            yield row.day, wrong, {"shift": row.code}


def _at_any_time(shift: Shift) -> Shift:
    if not shift.meal_offsets_minutes:
        return shift
    last = shift.length_minutes - shift.meal_minutes
    offsets = {*range(0, last + 1, shift.meal_minutes), *shift.meal_offsets_minutes}
    return replace(shift, meal_offsets_minutes=tuple(sorted(offsets)))


def _one_step_wider(shift: Shift) -> Shift:
    offsets = shift.meal_offsets_minutes
    if not offsets:
        return shift
    step = offsets[1] - offsets[0] if len(offsets) > 1 else shift.meal_minutes
    wider = (offsets[0] - step, *offsets, offsets[-1] + step)
    fits = [offset for offset in wider if 0 <= offset <= shift.length_minutes - shift.meal_minutes]
    return replace(shift, meal_offsets_minutes=tuple(fits))


MEAL_IN_WINDOW = Rule(
    "meal_in_window", "person", "minutes", Words("用餐时间", "meal in its window"),
    Words("{shift} 的用餐缺失、时长不对或不在规定时段内",
          "the meal of {shift} is missing, of another length or outside its window"),
    _check,
    told_by=("meal_minutes", "meal_offsets_minutes"),
    arrays=("Duties.meal_slots", "Duties.meal_offset"),
    set_aside=shifts_with(_at_any_time),
    rank=12,
    given_in=Words("用餐可再早或再晚一档", "meals one step earlier or later"),
    gives=shifts_with(_one_step_wider),
    of_overtime=False,
)  # fmt: skip
