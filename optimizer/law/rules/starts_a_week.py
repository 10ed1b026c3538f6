"""A shift line held for a week: so many different starts from Monday to Sunday."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from forecaster.messages import Words
from optimizer.law.rules.giving_in import limit_looser, without_limit
from optimizer.law.rules.rule import Finds, Limit, PersonMonth, Rule
from optimizer.law.rules.tally import Counts, Lawful, RunningMonth, Tally
from optimizer.law.shifts import Shift, clock_text

_NAME = "starts_a_week"


def _check(mine: PersonMonth) -> Finds:
    most = mine.limits.starts_a_week
    for monday, rows in mine.weeks.items():
        known = [mine.shift_of.get(row.code) for row in rows if not row.carried]
        starts = {shift.start_minute for shift in known if shift is not None}
        if most is not None and len(starts) > most:
            yield max(monday, mine.first), len(starts) - most, {"given": len(starts), "most": most}


class _StartsThisWeek(Tally):
    """One column: the starts of this week so far, a bit for each."""

    begins, of_week = (0,), (0,)

    def __init__(self, most: int, month: RunningMonth) -> None:
        places = {mark: place for place, mark in enumerate(sorted(set(month.marks)))}
        self.most, self.bits = most, [1 << places[mark] if mark else 0 for mark in month.marks]

    def work(self, before: Counts, day: int, kind: int) -> tuple[Counts, Lawful]:
        after = before | self.bits[kind]
        return after, np.bitwise_count(after[..., 0]) <= self.most


def _start(values: Sequence[int], shift: Shift) -> str:
    standby = shift.code.startswith("standby")
    return clock_text(shift.start_minute) if values and not standby else ""


def _rows(kinds: Any, most_of: Callable[[int], int | None]) -> Iterator[Any]:
    """Tell the bound nothing: together, people of a kind may start at any times."""
    del kinds, most_of
    return iter(())


STARTS_A_WEEK = Rule(
    _NAME, "person", "starts", Words("每周上班时间数", "starts a week"),
    Words("一周内有 {given} 种上班时间，最多 {most} 种", "{given} different starts in the week, {most} are allowed"),
    _check,
    limit=Limit(
        Words(
            "周一至周日至多几种上班时间；1 即一周固定一个时间",
            "most different starts of shifts from Monday to Sunday; 1 holds a shift line for the week",
        ),
        lowest=1,
    ),
    state=_StartsThisWeek,
    tells_apart=_start,
    rows=_rows,
    set_aside=without_limit(_NAME),
    given_in=Words("每周多一种上班时间", "one start a week more"),
    gives=limit_looser(_NAME, 1),
)  # fmt: skip
