"""Shifts of one code in a month."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecaster.messages import Words
from optimizer.law.rules.giving_in import limit_with, without_limit
from optimizer.law.rules.rule import Finds, Limit, PersonMonth, Rule
from optimizer.law.rules.shapes import code_if_limited
from optimizer.law.rules.tally import Counts, Lawful, RunningMonth, Tally

_NAME = "shifts_a_month"


def _check(mine: PersonMonth) -> Finds:
    for code, most in mine.limits.shifts_a_month.items():
        given = sum(row.code == code for row in mine.own if row.works)
        if given > most:
            yield None, given - most, {"given": given, "most": most, "shift": code}


class _ShiftsSoFar(Tally):
    """A column for every code that may be worked at all, and less often than on every day."""

    def __init__(self, most_of: Mapping[str, int], month: RunningMonth) -> None:
        self.most_of, self.marks = most_of, month.marks
        self.codes = [code for code, most in sorted(most_of.items()) if 0 < most < len(month.week_of_day)]
        self.most = np.array([most_of[code] for code in self.codes], dtype=np.int64)
        self.begins = (0,) * len(self.codes)

    def work(self, before: Counts, day: int, kind: int) -> tuple[Counts, Lawful]:
        mark = self.marks[kind]
        after = before + np.array([code == mark for code in self.codes], dtype=np.int64)
        return after, np.asarray((after <= self.most).all(axis=-1) & (self.most_of.get(mark) != 0))

    def same(self, after: Counts, next_day: int, most_days: int, shifts_left: NDArray[np.int64]) -> Counts:
        return np.maximum(after, self.most - shifts_left[..., None])


def _rows(kinds: Any, limit_of: Callable[[int], Mapping[str, int] | None]) -> Iterator[Any]:
    for s, duty in enumerate(kinds.duties):
        for g, who in enumerate(kinds.groups):
            most, variables = [(limit_of(p) or {}).get(duty.code) for p in who], kinds.shifts(g, s)
            if variables and None not in most:
                yield [1.0] * len(variables), variables, None, float(sum(filter(None, most)))


SHIFTS_A_MONTH = Rule(
    _NAME, "person", "shifts", Words("每月班次数", "shifts of a kind a month"),
    Words("全月班次 {shift} 共 {given} 个，最多 {most} 个", "{given} shifts {shift} in the month, {most} are allowed"),
    _check,
    limit=Limit(Words("按班次代码，每月至多几个", "shift code to the most shifts of it in the month"), "count_of_each"),
    state=_ShiftsSoFar,
    tells_apart=code_if_limited,
    rows=_rows,
    set_aside=without_limit(_NAME),
    given_in=Words("各多一个班", "one shift of each kind more"),
    gives=limit_with(_NAME, lambda most_of: {code: most + 1 for code, most in most_of.items()}),
)  # fmt: skip
