"""Working days in a row: at most the law's, and at most one's own limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from forecaster.messages import Words
from optimizer.law.rules.giving_in import limit_looser, rules_with, without_limit
from optimizer.law.rules.rule import Finds, Limit, PersonMonth, Rule, Setting, Situation
from optimizer.law.rules.shapes import more_in_a_row

_NAME = "working_days_in_a_row"
DAYS = Setting(_NAME, 6, "days", 1, 31)  # what the law's day of rest a week leaves


def _check(mine: PersonMonth) -> Finds:
    own = mine.limits.working_days_in_a_row
    most = min(mine.rules.working_days_in_a_row, 31 if own is None else own)
    return more_in_a_row({row.day for row in mine.worked}, most, mine.first)


def _set_aside(given: Situation) -> Situation:
    return rules_with(lambda _: {_NAME: DAYS.most})(without_limit(_NAME)(given))


def _a_day_more(given: Situation) -> Situation:
    return rules_with(lambda rules: {_NAME: min(31, rules.working_days_in_a_row + 1)})(limit_looser(_NAME, 1)(given))


def _rows(kinds: Any, most_of: Callable[[int], int | None]) -> Iterator[Any]:
    days = kinds.days
    for k, who in enumerate(kinds.members):
        own = [most_of(p) for p in who]
        most = max(days if value is None else value for value in own)
        for first in range(days - most):
            coefficients, variables = kinds.on_duty(k, range(first, first + most + 1))
            if variables:
                yield coefficients, variables, None, float(most * len(who))


WORKING_DAYS_IN_A_ROW = Rule(
    _NAME, "person", "days", Words("连续上班", "working days in a row"),
    Words("连续上班 {run} 天，最多 {most} 天", "{run} working days in a row, {most} are allowed"),
    _check,
    settings=(DAYS,),
    limit=Limit(Words("至多连续值守几天", "most days on duty in a row"), lowest=1),
    rows=_rows,
    arrays=("TourRules.days_in_a_row", "Staff.first_run"),
    set_aside=_set_aside,
    rank=6,
    given_in=Words("多一天", "one day more"),
    gives=_a_day_more,
)  # fmt: skip
