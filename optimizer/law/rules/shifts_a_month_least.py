"""Shifts of one code in a month, at least."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from forecaster.messages import Words
from optimizer.law.rules.giving_in import limit_with, without_limit
from optimizer.law.rules.rule import Finds, Limit, PersonMonth, Rule
from optimizer.law.rules.shapes import code_if_limited
from optimizer.law.rules.shifts_a_month import SHIFTS_A_MONTH
from optimizer.law.rules.tally import Counts, Lawful, RunningMonth, Tally

_NAME = "shifts_a_month_least"


def _check(mine: PersonMonth) -> Finds:
    for code, least in mine.limits.shifts_a_month_least.items():
        given = sum(row.code == code for row in mine.own if row.works)
        if given < least:
            yield None, least - given, {"given": given, "least": least, "shift": code}


class _ShiftsStillWanted(Tally):
    """A column for every code of which some are wanted: how many are still to come."""

    def __init__(self, least_of: Mapping[str, int], month: RunningMonth) -> None:
        self.marks, self.codes = month.marks, [code for code, least in sorted(least_of.items()) if least]
        self.begins = tuple(least_of[code] for code in self.codes)

    def work(self, before: Counts, day: int, kind: int) -> tuple[Counts, Lawful]:
        mark = self.marks[kind]
        after = np.maximum(before - np.array([code == mark for code in self.codes], dtype=np.int64), 0)
        return after, np.ones(before.shape[:-1], dtype=bool)

    def can_end(self, after: Counts, most_days: int) -> Lawful:
        return np.asarray(after.sum(axis=-1) <= most_days)


def _rows(kinds: Any, limit_of: Callable[[int], Mapping[str, int] | None]) -> Iterator[Any]:
    for s, duty in enumerate(kinds.duties):
        for g, who in enumerate(kinds.groups):
            variables = kinds.shifts(g, s)
            least = float(sum((limit_of(p) or {}).get(duty.code, 0) for p in who))
            if variables and least:
                yield [1.0] * len(variables), variables, least, None


SHIFTS_A_MONTH_LEAST = Rule(
    _NAME, "person", "shifts", Words("每月最少班次数", "fewest shifts of a kind a month"),
    Words("全月班次 {shift} 共 {given} 个，至少 {least} 个",
          "{given} shifts {shift} in the month, at least {least} are wanted"),
    _check,
    limit=Limit(
        Words("按班次代码，每月至少几个", "shift code to the fewest shifts of it in the month"), "count_of_each",
        not_above=SHIFTS_A_MONTH.name, pro_rata=True,
    ),
    state=_ShiftsStillWanted,
    tells_apart=code_if_limited,
    rows=_rows,
    set_aside=without_limit(_NAME),
    given_in=Words("各少一个班", "one shift of each kind fewer"),
    gives=limit_with(_NAME, lambda least_of: {code: max(0, least - 1) for code, least in least_of.items()}),
    mendable=True,
)  # fmt: skip
