"""What limits of a person's own leave possible, summed over people of a kind: rows for the bound's linear program.

Each is what one person's month must satisfy, added up over those whom it binds, so that it holds in every lawful
roster. They stand with their rules (`optimizer.law.rules`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from optimizer.law.shifts import Shift
from optimizer.search.problem import Month

LpRow = tuple[list[float], list[Any], float | None, float | None]
Terms = tuple[list[float], list[Any]]  # coefficients and variables


@dataclass(frozen=True, eq=False)
class Kinds:
    """The people of each kind, and what the linear program counts of them.

    members
        Numbers of people, by kind.
    on_duty
        Of a kind and days: how many are on duty.
    worked
        Of a kind and days: the minutes they work.
    shift_count
        By (group, day, duty).
    """

    month: Month
    model: pyo.ConcreteModel
    members: Sequence[NDArray[np.int64]]
    on_duty: Callable[[int, Sequence[int]], Terms]
    worked: Callable[[int, Sequence[int]], Terms]
    shift_count: Any

    @property
    def days(self) -> int:
        """How many days the month has."""
        return len(self.month.days)

    @property
    def duties(self) -> Sequence[Shift]:
        """The shifts, and standby."""
        return self.month.duties

    @property
    def groups(self) -> list[NDArray[np.int64]]:
        """Numbers of people, by group."""
        return [np.flatnonzero(self.month.group_of == g) for g in range(len(self.month.groups))]

    @property
    def weekends(self) -> Mapping[int, list[int]]:
        """The days of each weekend, by week."""
        found: dict[int, list[int]] = {}
        for d, day in enumerate(self.month.days):
            if day.weekday() > 4:
                found.setdefault(int(self.month.week_of_day[d]), []).append(d)
        return found

    def minutes(self, kind: int) -> Terms:
        """Return what a kind works in the month."""
        return self.worked(kind, range(self.days))

    def shifts(self, group: int, duty: int) -> list[Any]:
        """Return the variables of how many of a group work a duty, day by day."""
        keys = ((group, d, duty) for d in range(self.days))
        return [self.shift_count[key] for key in keys if key in self.shift_count]

    def counts(self, name: str, keys: Iterable[tuple[int, Any]]) -> Any:
        """Return a new variable for each key, whose first is a kind: how many of its people."""
        setattr(self.model, name, pyo.Var(list(keys), bounds=lambda _, k, *rest: (0, float(len(self.members[k])))))
        return getattr(self.model, name)


def add_limits(kinds: Kinds, add: Callable[[str, Iterator[LpRow]], None]) -> None:
    """Add the rows of every limit, each under the name of its rule."""
    rules = kinds.month.rules
    limits = [rules.limits_of(person, kinds.month.days) for person in kinds.month.people]
    for rule in rules.binding:
        if rule.rows is not None:
            values = [one.values.get(rule.name) for one in limits]
            add(f"own_{rule.name}", rule.rows(kinds, values.__getitem__))
