"""What limits of a person's own leave possible, summed over people of a kind: rows for the bound's linear program.

Each is what one person's month must satisfy, added up over those whom it binds, so that it holds in every lawful
roster. A run on duty (or free) of `n` days between two free days (or two on duty) is cut off for every `n` too short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from optimizer.law.limits import Limits
from optimizer.search.problem import Month

Row = tuple[list[float], list[Any], float | None, float | None]
Counts = Callable[[int, Sequence[int]], tuple[list[float], list[Any]]]


def add_limits(
    model: pyo.ConcreteModel,
    month: Month,
    members: Sequence[NDArray[np.int64]],
    *,
    on_duty: Counts,
    minutes: Counts,
    add: Callable[[str, Iterator[Row]], None],
) -> None:
    """Add the rows of every limit, each under the name of its rule.

    members
        The people of each kind.
    on_duty, minutes
        For a kind and days: how many are on duty, and the minutes they work, as coefficients and variables.
    """
    limits = [[month.rules.limits_of(month.people[p]) for p in who] for who in members]
    days = range(len(month.days))
    for name in ("hours_a_month", "hours_a_month_least"):
        add(name, _hours(name, limits, days, minutes))
    for name in ("working_days_in_a_row_least", "days_off_in_a_row_least"):
        add(name, _too_short(name, limits, len(days), on_duty))
    add("own_working_days_in_a_row", _in_a_row(limits, len(days), on_duty))
    add("weekends_a_month", _weekends(model, month, limits, on_duty))


def _hours(name: str, limits: Sequence[Sequence[Limits]], days: Sequence[int], minutes: Counts) -> Iterator[Row]:
    least = name.endswith("_least")
    for k, of_kind in enumerate(limits):
        values = [getattr(one, name) for one in of_kind]
        coefficients, variables = minutes(k, days)
        total = 60.0 * sum(value or 0.0 for value in values)
        if variables and ((least and total) or not (least or None in values)):
            yield coefficients, variables, total if least else None, None if least else total


def _too_short(name: str, limits: Sequence[Sequence[Limits]], days: int, on_duty: Counts) -> Iterator[Row]:
    """Cut off every run that is shorter than the least of the kind, by its days and those on both sides of it."""
    on = 1.0 if name.startswith("working") else -1.0
    for k, of_kind in enumerate(limits):
        least = min(getattr(one, name) or 1 for one in of_kind)
        for length in range(1, least):
            most = float(len(of_kind) * (length - 1 if on > 0 else 1))
            for first in range(days - length - 1):
                inside = on_duty(k, range(first + 1, first + 1 + length))[1]
                edges = on_duty(k, (first, first + length + 1))[1]
                if inside or edges:
                    yield [*[on] * len(inside), *[-on] * len(edges)], [*inside, *edges], None, most


def _in_a_row(limits: Sequence[Sequence[Limits]], days: int, on_duty: Counts) -> Iterator[Row]:
    for k, of_kind in enumerate(limits):
        own = [one.working_days_in_a_row for one in of_kind]
        most = max((days if value is None else value for value in own), default=days)
        for first in range(days - most):
            coefficients, variables = on_duty(k, range(first, first + most + 1))
            if variables:
                yield coefficients, variables, None, float(most * len(of_kind))


def shifts_a_month(month: Month, shift_count: Any) -> Iterator[Row]:
    """Return the rows of the limits on shifts of one code, by group; `shift_count` is by (group, day, duty)."""
    for s, duty in enumerate(month.duties):
        for g in range(len(month.groups)):
            people = [month.people[p] for p in np.flatnonzero(month.group_of == g)]
            most = [month.rules.limits_of(person).shifts_a_month.get(duty.code) for person in people]
            variables = [shift_count[g, d, s] for d in range(len(month.days)) if (g, d, s) in shift_count]
            if variables and None not in most:
                yield [1.0] * len(variables), variables, None, float(sum(filter(None, most)))


def _weekends(
    model: pyo.ConcreteModel, month: Month, limits: Sequence[Sequence[Limits]], on_duty: Counts
) -> Iterator[Row]:
    weekends: dict[int, list[int]] = {}
    for d, day in enumerate(month.days):
        if day.weekday() > 4:
            weekends.setdefault(int(month.week_of_day[d]), []).append(d)
    kinds = [k for k, of_kind in enumerate(limits) if None not in [one.weekends_a_month for one in of_kind]]
    model.weekend_count = pyo.Var(
        [(k, w) for k in kinds for w in weekends], bounds=lambda _, k, w: (0, float(len(limits[k])))
    )
    for k in kinds:
        for w, both in weekends.items():
            for d in both:
                coefficients, variables = on_duty(k, (d,))
                if variables:
                    yield [*coefficients, -1.0], [*variables, model.weekend_count[k, w]], None, 0.0
        total = float(sum(one.weekends_a_month or 0 for one in limits[k]))
        yield [1.0] * len(weekends), [model.weekend_count[k, w] for w in weekends], None, total
