"""Which shifts to offer: how few start times leave how little shortage, as an integer program over a usual week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from numpy.typing import NDArray

from forecaster.history.intervals import MINUTES_PER_DAY
from optimizer.law.seat_columns import wanted_column
from optimizer.law.shifts import Shift, ShiftCatalogue, clock_text
from optimizer.sentences import refusal

_HOURS = 168  # of a week, which repeats


def usual_week(requirement: pd.DataFrame) -> NDArray[np.float64]:
    """Return the mean seats (168,) of each hour of the week, Monday 00:00 first, of a requirement frame."""
    index = pd.DatetimeIndex(requirement.index)
    hour = np.asarray(index.day_of_week) * 24 + np.asarray(index.hour)
    mean = pd.Series(requirement[wanted_column(requirement)].to_numpy(dtype=float)).groupby(hour).mean()
    return mean.reindex(range(_HOURS), fill_value=0.0).to_numpy()


def shifts_every(catalogue: ShiftCatalogue, minutes: int) -> ShiftCatalogue:
    """Return a catalogue with each kind of shift (length, meal, handover, roles) of another at every so many minutes.

    Raises
    ------
    ValueError
        If `minutes` does not divide a day.
    """
    if minutes < 1 or MINUTES_PER_DAY % minutes:
        raise refusal("start_times.step", minutes=minutes)
    kinds = list({replace(shift, code="kind", start_minute=0): None for shift in catalogue})
    made: list[Shift] = []
    for number, kind in enumerate(kinds):
        alike = sum(other.length_minutes == kind.length_minutes for other in kinds) > 1
        name = f"{kind.length_minutes}{f'-{number + 1}' if alike else ''}"
        made += [
            replace(kind, code=f"G{start // 60:02d}{start % 60:02d}/{name}", start_minute=start)
            for start in range(0, MINUTES_PER_DAY, minutes)
        ]
    return ShiftCatalogue(tuple(made))


def design_shifts(
    requirement: pd.DataFrame,
    catalogue: ShiftCatalogue,
    *,
    hours_per_week: float,
    start_times: Sequence[int],
    time_limit_seconds: float = 20.0,
) -> pd.DataFrame:
    """Return the trade-off curve: for each number of start times, the best found of them and the shortage they leave.

    hours_per_week
        Paid hours that all people together can work in a week.
    start_times
        The numbers of different start times to try, such as `(2, 3, 4, 6, 8)`.

    Columns: `start_times, shortage_hours, surplus_hours, hours` (paid, of the usual week), `starts` (times of day),
    `shifts` (codes of the catalogue that are used). Each catalogue shift is a candidate with its meal and breaks in the
    middle of their windows; persons' own rules are not part of the question.

    Raises
    ------
    ValueError
        If a number of start times is less than 1.
    """
    if any(count < 1 for count in start_times):
        raise refusal("start_times.count", start_times=list(start_times))
    need = usual_week(requirement)
    shifts = list(catalogue)
    presence = np.array([_presence(shift) for shift in shifts])
    rows: list[tuple[int, float, float, float, str, str]] = []
    for count in sorted(set(start_times)):
        model = _model(need, shifts, presence, hours_per_week, count)
        solver = pyo.SolverFactory("highs")
        solver.solve(model, tee=False, options={"time_limit": time_limit_seconds, "mip_rel_gap": 0.005})
        used = [s for s in range(len(shifts)) if sum(model.people[d, s].value or 0.0 for d in range(7)) > 0.5]
        starts = sorted({shifts[s].start_minute for s in used})
        found = (
            count,
            sum(v.value or 0.0 for v in model.short.values()),
            sum(v.value or 0.0 for v in model.over.values()),
            sum((model.people[d, s].value or 0.0) * shifts[s].worked_minutes / 60 for d in range(7) for s in used),
            ", ".join(map(clock_text, starts)),
            ", ".join(shifts[s].code for s in used),
        )
        if rows and 10 * rows[-1][1] + rows[-1][2] < 10 * found[1] + found[2]:
            found = (count, *rows[-1][1:])  # within its time the search found nothing better than with fewer
        rows.append(found)
    columns = ["start_times", "shortage_hours", "surplus_hours", "hours", "starts", "shifts"]
    return pd.DataFrame(rows, columns=columns)


def _presence(shift: Shift) -> NDArray[np.float64]:
    """Return the share of each hour (48,) from the shift's midnight on that somebody on it is on the phone."""
    minutes = np.zeros(48 * 60)
    minutes[shift.start_minute : shift.end_minute] = 1.0
    if shift.meal_minutes:
        offset = shift.meal_offsets_minutes[len(shift.meal_offsets_minutes) // 2]
        minutes[shift.start_minute + offset : shift.start_minute + offset + shift.meal_minutes] = 0.0
    for pause in shift.breaks:
        offset = pause.offsets_minutes[len(pause.offsets_minutes) // 2]
        minutes[shift.start_minute + offset : shift.start_minute + offset + pause.minutes] = 0.0
    return minutes.reshape(48, 60).mean(axis=1)


def _model(
    need: NDArray[np.float64],
    shifts: Sequence[Shift],
    presence: NDArray[np.float64],
    hours_per_week: float,
    start_times: int,
) -> pyo.ConcreteModel:
    days, number = range(7), range(len(shifts))
    starts = sorted({shift.start_minute for shift in shifts})
    most = float(np.ceil(need.max())) + 1
    model = pyo.ConcreteModel()
    model.people = pyo.Var(days, number, domain=pyo.NonNegativeIntegers, bounds=(0, most))
    model.offered = pyo.Var(starts, domain=pyo.Binary)
    model.short = pyo.Var(range(_HOURS), bounds=(0, most))
    model.over = pyo.Var(range(_HOURS), domain=pyo.NonNegativeReals)
    feeders: dict[int, list[tuple[float, int, int]]] = {hour: [] for hour in range(_HOURS)}
    for d in days:
        for s in number:
            for hour in np.flatnonzero(presence[s] > 0):
                feeders[(24 * d + int(hour)) % _HOURS].append((float(presence[s][hour]), d, s))

    def covered(m: pyo.ConcreteModel, hour: int) -> object:
        people = sum(share * m.people[d, s] for share, d, s in feeders[hour])
        return people + m.short[hour] - m.over[hour] == float(need[hour])

    model.covered = pyo.Constraint(range(_HOURS), rule=covered)
    model.of_offered = pyo.Constraint(
        days, number, rule=lambda m, d, s: m.people[d, s] <= most * m.offered[shifts[s].start_minute]
    )
    model.start_times = pyo.Constraint(expr=sum(model.offered[start] for start in starts) <= start_times)
    paid = sum(model.people[d, s] * shifts[s].worked_minutes / 60 for d in days for s in number)
    model.hours = pyo.Constraint(expr=paid <= hours_per_week)
    model.cost = pyo.Objective(
        expr=10 * sum(model.short[hour] for hour in range(_HOURS)) + sum(model.over[hour] for hour in range(_HOURS))
    )
    return model
