"""Shifts in two parts in a month."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecaster.messages import Words
from optimizer.law.rules.giving_in import limit_looser, without_limit
from optimizer.law.rules.rule import Finds, Limit, PersonMonth, Rule
from optimizer.law.rules.tally import Counts, Lawful, RunningMonth, Tally
from optimizer.law.shifts import Shift

_NAME = "split_shifts_a_month"


def _check(mine: PersonMonth) -> Finds:
    given, most = sum(shift.is_split for _, shift in mine.of_catalogue), mine.limits.split_shifts_a_month
    if most is not None and given > most:
        yield None, given - most, {"given": given, "most": most}


class _SplitShiftsSoFar(Tally):
    begins = (0,)

    def __init__(self, most: int, month: RunningMonth) -> None:
        self.most, self.marks = most, month.marks

    def work(self, before: Counts, day: int, kind: int) -> tuple[Counts, Lawful]:
        after = before + (self.marks[kind] == _NAME)
        return after, after[..., 0] <= self.most

    def same(self, after: Counts, next_day: int, most_days: int, shifts_left: NDArray[np.int64]) -> Counts:
        return np.maximum(after, self.most - shifts_left[..., None])


def _split_if_limited(limits: Sequence[int], shift: Shift) -> str:
    return _NAME if limits and shift.is_split else ""


def _rows(kinds: Any, limit_of: Callable[[int], int | None]) -> Iterator[Any]:
    split = [s for s, duty in enumerate(kinds.duties) if duty.is_split]
    for g, who in enumerate(kinds.groups):
        most = [limit_of(p) for p in who]
        variables = [one for s in split for one in kinds.shifts(g, s)]
        if variables and None not in most:
            yield [1.0] * len(variables), variables, None, float(sum(number or 0 for number in most))


SPLIT_SHIFTS_A_MONTH = Rule(
    _NAME, "person", "shifts", Words("每月两头班", "split shifts a month"),
    Words("两头班 {given} 个，最多 {most} 个", "{given} split shifts, {most} are allowed"),
    _check,
    limit=Limit(Words("每月至多几个两头班", "most split shifts in the month")),
    state=_SplitShiftsSoFar,
    tells_apart=_split_if_limited,
    rows=_rows,
    set_aside=without_limit(_NAME),
    given_in=Words("多一个两头班", "one split shift more"),
    gives=limit_looser(_NAME, 1),
)  # fmt: skip
