"""A shift of a season is worked in its months alone."""

from __future__ import annotations

from dataclasses import replace

from forecaster.messages import Words
from optimizer.law.rules.giving_in import shifts_with
from optimizer.law.rules.rule import Rule

_ALL_YEAR = shifts_with(lambda shift: replace(shift, months=frozenset()))
SEASON_OF_SHIFT = Rule(
    "season_of_shift", "person", "shifts", Words("季节班次", "season of the shift"),
    Words("班次 {shift} 本季节不排", "shift {shift} is not worked in this season"),
    lambda mine: (
        (row.day, 1, {"shift": row.code})
        for row, shift in mine.of_catalogue
        if shift.months and row.day.month not in shift.months
    ),
    told_by=("months",),
    arrays=("Staff.person_cost",),
    set_aside=_ALL_YEAR,
    rank=11,
    given_in=Words("班次不限季节", "every shift in every season"),
    gives=_ALL_YEAR,
    of_overtime=False,
)  # fmt: skip
