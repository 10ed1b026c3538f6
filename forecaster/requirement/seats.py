"""From calls to seats, and back from seats to the calls they bear."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecaster.history.intervals import check_interval_minutes
from forecaster.queueing import erlang
from forecaster.queueing.arguments import (
    DEFINITIONS,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE_BELOW_ONE,
    NumberLike,
    checked,
    lined_up,
)
from forecaster.queueing.erlang import mean_wait_seconds, occupancy, service_level
from forecaster.queueing.service_target import LIMIT_SLACK, SLACK, WHOLE_WITHIN
from forecaster.queueing.service_target import ServiceTarget as ServiceTarget  # noqa: PLC0414 - the room's face offers it
from forecaster.requirement.futures import day_numbers
from forecaster.requirement.staffing import people_over_futures, whole_people
from forecaster.requirement.striving import AS_A_WORKBOOK, Striving
from forecaster.requirement.varying_load import Staffing, calls_at_quantile, carried_load
from forecaster.sentences import refusal
from forecaster.simulation.outcome import Simulation
from forecaster.simulation.seats_by_simulation import refined_seats


def seats_required(
    offered_load_erlangs: NumberLike, *, aht_seconds: NumberLike, target: ServiceTarget, whole: bool = True
) -> Any:
    """Return the fewest seats that meet the target, in the shape of the input; 0 without load.

    `whole=False` gives the fractional requirement, to be added up over queues before rounding; its ceiling is the
    whole one. With patience it can lie below the load. `minimum_seats` applies to loads above 0.

    Raises
    ------
    ValueError
        Naming the argument and its first value out of range.
    """
    (load, aht), shaped = lined_up(
        ("offered_load_erlangs", offered_load_erlangs, NOT_NEGATIVE), ("aht_seconds", aht_seconds, POSITIVE)
    )
    some = load > 0
    everywhere = bool(some.all())
    a, t = (load, aht) if everywhere else (load[some], aht[some])
    found = _fewest_compiled(a, t, target)
    if found is None:
        found = fewest(lambda n, i: target.met(n, a[i], t[i]), a)
    if not whole:
        found = _fraction(found, lambda n, i: target.met(n, a[i], t[i]))
    seats = np.maximum(found, target.minimum_seats)
    if not everywhere:
        seats, staffed = np.zeros_like(load), seats
        seats[some] = staffed
    return _as_whole(shaped(seats)) if whole else shaped(seats)


def _fewest_compiled(load: np.ndarray, aht: np.ndarray, target: ServiceTarget) -> np.ndarray | None:
    """Return the fewest seats by machine code, or None where NumPy answers sooner than it could be made ready."""
    seconds_by_numpy = len(load) * (4e-6 if target.patience_seconds is None else 25e-6)
    if seconds_by_numpy < seconds_until_compiled():
        return None
    from forecaster.queueing import erlang_compiled as compiled

    ask_level = target.service_level is not None and target.service_level > 0
    level = (target.service_level or 0.0) - SLACK if ask_level else -np.inf
    wait = np.inf if target.max_mean_wait_seconds is None else target.max_mean_wait_seconds * LIMIT_SLACK
    occupied = np.inf if target.max_occupancy is None else target.max_occupancy
    if target.patience_seconds is None:
        tail = 1.0 - level if ask_level else np.inf
        return compiled.fewest_patient_for_ever(
            load, aht, np.array([target.answer_within_seconds, tail, wait, occupied])
        )
    gone = np.inf if target.max_abandonment is None else target.max_abandonment * LIMIT_SLACK
    limits = np.array(
        [target.patience_seconds, target.answer_within_seconds, level, wait, occupied * LIMIT_SLACK, gone]
    )
    return compiled.fewest_with_patience(load, aht, limits, DEFINITIONS.index(target.definition))


def seconds_until_compiled() -> float:
    """Return about how long the compiled searches take to get ready: nothing once loaded, seconds on a new machine."""
    if "forecaster.queueing.erlang_compiled" in sys.modules:
        return 5e-4
    kept = Path(erlang.__file__).with_name("__pycache__").glob("erlang_compiled.fewest*.nbi")
    return 0.8 if any(kept) else 10.0


def fewest(met: Callable[[np.ndarray, np.ndarray], np.ndarray], guess: np.ndarray) -> np.ndarray:
    """Return per row the smallest whole number that `met(numbers, rows)` accepts; acceptance must be monotone.

    Brackets the answer by growing steps around `guess`, then halves the bracket: every answer is checked from both
    sides, so it is the true minimum.
    """
    high = np.ceil(guess)
    low = np.full_like(high, -1.0)  # -1 is never enough
    step = np.ceil(np.sqrt(guess)) + 1.0
    rows = np.arange(len(guess))
    good = met(high, rows)
    up, down = rows[~good], rows[good]
    while len(up):
        low[up] = high[up]
        high[up] += step[up]
        step[up] *= 2.0
        up = up[~met(high[up], up)]
    while len(down):
        trial = np.maximum(high[down] - step[down], -1.0)
        ok = np.zeros(len(down), dtype=bool)
        some = trial >= 0
        ok[some] = met(trial[some], down[some])
        low[down] = trial
        high[down[ok]] = trial[ok]
        step[down] *= 2.0
        down = down[ok]
    rows = rows[high - low > 1.0]
    while len(rows):
        middle = np.floor((low[rows] + high[rows]) / 2.0)
        ok = met(middle, rows)
        high[rows[ok]] = middle[ok]
        low[rows[~ok]] = middle[~ok]
        rows = rows[high[rows] - low[rows] > 1.0]
    return high


def _fraction(whole: np.ndarray, met: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the fractional minimum in (whole - 1, whole], to rounding, from its accepted side."""
    high, low = whole.copy(), np.maximum(whole - 1.0, 0.0)
    rows = np.arange(len(whole))
    for _ in range(52):
        middle = (low + high) / 2.0
        ok = met(middle, rows)
        high = np.where(ok, middle, high)
        low = np.where(ok, low, middle)
    return high


def people_to_roster(seats: NumberLike, *, shrinkage: float) -> Any:
    """Return the whole people to roster so that `seats` are on the phone: ceil(seats / (1 - shrinkage)).

    A quotient that is whole but for the rounding of floats stays whole: 7 seats at 30 % are 10 people, not 11.

    Raises
    ------
    ValueError
        Naming the argument and its first value out of range.
    """
    checked("shrinkage", shrinkage, SHARE_BELOW_ONE)
    (seats,), shaped = lined_up(("seats", seats, NOT_NEGATIVE))
    return _as_whole(shaped(np.ceil(_whole_if_nearly(seats / (1.0 - shrinkage)))))


def _whole_if_nearly(numbers: np.ndarray) -> np.ndarray:
    """Return the numbers, those that are whole but for the rounding of floats as whole ones."""
    nearest = np.round(numbers)
    return np.where(np.abs(numbers - nearest) <= WHOLE_WITHIN * np.maximum(nearest, 1.0), nearest, numbers)


def _as_whole(result: Any) -> Any:
    """Return whole numbers as integers, in the shape they have."""
    return result.astype(np.int64) if isinstance(result, np.ndarray | pd.Series) else int(result)


def calls_bearable(
    seats: NumberLike, *, aht_seconds: NumberLike, interval_minutes: float, target: ServiceTarget
) -> Any:
    """Return the most calls per interval (real-valued) that `seats` carry at the target, in the shape of the input.

    The number returned meets the target and one larger by a billionth part does not; 0 seats bear 0 calls, whatever
    their AHT (which may then be missing). An hour of 60 calls borne is the same as two half hours of 30.

    Raises
    ------
    ValueError
        Naming the argument and its first value out of range.
    """
    staffed = checked("seats", seats, NOT_NEGATIVE) > 0
    known = aht_seconds if np.ndim(aht_seconds) == 0 else pd.Series(aht_seconds).where(staffed, 1.0)
    (n, aht), shaped = lined_up(("seats", seats, NOT_NEGATIVE), ("aht_seconds", known, POSITIVE))
    if interval_minutes <= 0:
        raise refusal("interval.not_positive", minutes=interval_minutes)
    load = np.zeros_like(n)
    some = n > 0
    if some.any():
        load[some] = _most_load(n[some], aht[some], target)
    return shaped(_whole_if_nearly(load * 60.0 * interval_minutes / aht))


def _most_load(n: np.ndarray, aht: np.ndarray, target: ServiceTarget) -> np.ndarray:
    low, high = np.zeros_like(n), n.copy()
    active = np.arange(len(n))
    while len(active):
        active = active[target.met(n[active], high[active], aht[active])]
        low[active] = high[active]
        high[active] *= 2.0
        active = active[high[active] < 1e12]  # a target nobody can miss (level 0 alone) has no end
    for _ in range(60):
        middle = (low + high) / 2.0
        ok = (middle > 0) & target.met(n, np.maximum(middle, 1e-300), aht)
        low = np.where(ok, middle, low)
        high = np.where(ok, high, middle)
        if np.all(high - low <= 1e-13 * high):
            break
    return low


def requirement(
    forecast: pd.DataFrame,
    target: ServiceTarget,
    *,
    interval_minutes: int,
    staffing: Staffing = "interval",
    quantile: float | None = None,
    striving: Striving = AS_A_WORKBOOK,
    replications: int = 100,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the seats that every interval of `forecast` needs, and the service they promise.

    Index and columns `calls`, `aht_seconds` are the forecast's; then `offered_load_erlangs`, `seats_required` (on the
    phone), `people_to_roster` (after shrinkage), `service_level`, `mean_wait_seconds`, `occupancy`. An interval
    without calls, closed ones among them, needs no seat; its AHT may be missing.

    staffing
        How calls that come and go between intervals are met: each interval on its own (`interval`), `lagged`, by the
        modified `offered_load` (`varying_load.carried_load`), or refined by `simulation` of the whole span
        (`replications` runs from `seed`), which then also gives the service promised. `offered_load_erlangs` is the
        load staffed for.
    quantile
        Staff for the calls that stay below with this probability (`varying_load.calls_at_quantile`), so that the target
        is met with it, instead of for the point forecast. They stand in `calls_staffed_for`.
    striving
        Which promise the seats keep, and how people become whole; by default as in a workbook: every interval at the
        forecast's mean, seats and then people rounded up. Striving for more, `service_level` is the expected one.

    Raises
    ------
    ValueError
        Naming the column, the interval and the value that cannot be used.
    """
    check_interval_minutes(interval_minutes)
    frame, calls, aht = _calls_and_handling(forecast, quantile)
    carried = carried_load(
        calls.to_numpy(), aht.to_numpy(), interval_seconds=60.0 * interval_minutes, staffing=staffing
    )
    load = pd.Series(np.where(calls > 0, carried, 0.0), index=frame.index)
    if striving.strive_for != "mean":
        people, level = people_over_futures(
            forecast, target, interval_minutes=interval_minutes, striving=striving, seed=seed
        )
        seats = pd.Series(np.ceil(people * (1.0 - target.shrinkage) - WHOLE_WITHIN).astype(np.int64), index=frame.index)
        outcome = promised(seats, load, aht, target) | {"service_level": level}
        return frame.assign(offered_load_erlangs=load, seats_required=seats, people_to_roster=people, **outcome)
    seats = seats_required(load, aht_seconds=aht, target=target)
    outcome = promised(seats, load, aht, target)
    if staffing == "simulation":
        runs = {"interval_minutes": interval_minutes, "replications": replications, "seed": seed}
        found, played = refined_seats(seats.to_numpy(), calls=calls, aht_seconds=aht, target=target, **runs)
        seats = pd.Series(found, index=frame.index)
        outcome = _played(played, frame.index, target)
    needed = people_to_roster(seats, shrinkage=target.shrinkage)
    if striving.rounding == "people" and staffing != "simulation":
        exact = seats_required(load, aht_seconds=aht, target=target, whole=False) / (1.0 - target.shrinkage)
        needed = pd.Series(whole_people(exact.to_numpy(), day_numbers(frame.index)), index=frame.index)
    frame = frame.assign(offered_load_erlangs=load, seats_required=seats, people_to_roster=needed, **outcome)
    return frame if quantile is None else frame.assign(calls_staffed_for=calls)


def _calls_and_handling(forecast: pd.DataFrame, quantile: float | None) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Return the forecast's two columns, the calls to staff for, and handle times known wherever calls come."""
    for column in ("calls", "aht_seconds"):
        if column not in forecast.columns:
            raise refusal("forecast.column", column=column, found=list(forecast.columns))
    checked("calls", forecast["calls"], NOT_NEGATIVE)
    frame = forecast[["calls", "aht_seconds"]].astype(float)
    calls = frame["calls"] if quantile is None else calls_at_quantile(forecast, quantile).where(frame["calls"] > 0, 0.0)
    aht = frame["aht_seconds"].where(frame["calls"] > 0, 1.0)
    checked("aht_seconds", aht, POSITIVE)
    return frame, calls, aht


def _played(runs: Simulation, index: pd.Index, target: ServiceTarget) -> dict[str, Any]:
    table = runs.frame().set_axis(index)
    level = runs.service_level(target.definition).set_axis(index)
    return {
        "service_level": level.fillna(1.0),
        "mean_wait_seconds": table["mean_wait_seconds"].fillna(0.0),
        "occupancy": table["occupancy"].fillna(0.0),
    }


def promised(seats: pd.Series, load: pd.Series, aht: pd.Series, target: ServiceTarget) -> dict[str, Any]:
    """Return the service level, mean wait and occupancy that `seats` promise."""
    patience = target.patience_seconds
    return {
        "service_level": service_level(
            seats,
            offered_load_erlangs=load,
            aht_seconds=aht,
            answer_within_seconds=target.answer_within_seconds,
            patience_seconds=patience,
            definition=target.definition,
        ),
        "mean_wait_seconds": mean_wait_seconds(
            seats, offered_load_erlangs=load, aht_seconds=aht, patience_seconds=patience
        ),
        "occupancy": occupancy(seats, offered_load_erlangs=load, aht_seconds=aht, patience_seconds=patience),
    }
