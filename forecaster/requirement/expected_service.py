"""What each number of people brings in an interval, in expectation over the futures and over who is away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from forecaster.queueing.erlang import Cases, outcomes
from forecaster.queueing.service_target import ServiceTarget

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
LOAD_PLACES = 200  # places on the axis of load at which the formulas are worked out, between which they are read off
MOST_KINDS = 12  # so many handle times have a table each; beyond that, like ones share
LEAST_UNEVEN = 0.01  # of an interval's rate: what varies less is steady
LOADS_REACH = 1.15  # the axis of load ends at a power of it, so that like months share their tables
KEPT = 8  # tables that are kept: the prices of a target's limits ask for the same ones again
AHT_STEP = 0.01  # on the logarithm: those that differ by less are alike
ASSUMED_PATIENCE_SECONDS = 300.0  # where a site tells none: callers of hotlines give up after 4 to 10 minutes


def patience_of(target: ServiceTarget) -> float:
    """Return the target's patience in seconds, else the assumed one: a future in overload has no answer without."""
    return target.patience_seconds or ASSUMED_PATIENCE_SECONDS


@dataclass(frozen=True, eq=False)
class ExpectedService:
    """What 0, 1, 2 … people rostered bring in each interval, in expectation (each intervals × people from 0).

    calls
        Calls expected (intervals).
    in_time
        Calls answered within the threshold.
    busy
        Seats that handle a call.
    waiting_seconds, lost
        Seconds that all callers wait together, and calls hung up; None unless the target limits them.
    """

    calls: Numbers
    in_time: Numbers
    busy: Numbers
    waiting_seconds: Numbers | None
    lost: Numbers | None

    def of(self, part: Whole) -> ExpectedService:
        """Return the same for some of the intervals."""
        wait, lost = (None if one is None else one[part] for one in (self.waiting_seconds, self.lost))
        return ExpectedService(self.calls[part], self.in_time[part], self.busy[part], wait, lost)

    def level(self) -> Numbers:
        """Return the share answered in time (intervals × people); 1 where no call is expected."""
        calls = self.calls[:, None]
        return np.divide(self.in_time, calls, out=np.ones_like(self.in_time), where=calls > 0)


@dataclass(frozen=True, eq=False)
class ServiceTables:
    """Measures of Erlang A by load, for people rostered from 0 on, each away with the probability of the shrinkage.

    tables
        Measure → handle times × people × loads.
    """

    aht_seconds: Numbers
    loads: Numbers
    tables: dict[str, Numbers]

    def read(self, measure: str, load: Numbers, aht_seconds: float, people: int | None = None) -> Numbers:
        """Return a measure at each load: people × loads, or for one number of people."""
        kind = int(np.abs(np.log(self.aht_seconds / aht_seconds)).argmin())
        table = self.tables[measure][kind] if people is None else self.tables[measure][kind, people]
        place = np.clip(np.searchsorted(self.loads, load) - 1, 0, len(self.loads) - 2)
        part = (load - self.loads[place]) / (self.loads[place + 1] - self.loads[place])
        return np.asarray(table[..., place] * (1.0 - part) + table[..., place + 1] * part)


def service_tables(most_load: float, aht_seconds: Numbers, target: ServiceTarget, *, most: int) -> ServiceTables:
    """Return the tables for loads up to `most_load` erlangs and up to `most` people, at all the handle times given.

    Without a patience in the target the assumed one is used (`patience_of`).
    """
    kinds = np.unique(aht_seconds)
    if len(kinds) > MOST_KINDS:
        kinds = np.exp(np.unique(np.round(np.log(kinds) / AHT_STEP)) * AHT_STEP)
    # of the target what the formulas ask for: its limits, which change while their prices are found, are not in them
    asked = ServiceTarget(
        service_level=None, answer_within_seconds=target.answer_within_seconds, patience_seconds=patience_of(target),
        definition=target.definition, shrinkage=target.shrinkage, max_occupancy=1.0,
    )  # fmt: skip
    further = {"wait": target.max_mean_wait_seconds is not None, "lost": target.max_abandonment is not None}
    names = ("level", "busy", *(name for name, is_asked in further.items() if is_asked))
    reach = LOADS_REACH ** np.ceil(np.log(max(most_load, 1.0)) / np.log(LOADS_REACH))
    loads, tables = _tables(float(reach), tuple(kinds.tolist()), asked, most, names)
    return ServiceTables(kinds, loads, tables)


@lru_cache(maxsize=KEPT)
def _tables(
    most_load: float, kinds: tuple[float, ...], target: ServiceTarget, most: int, names: tuple[str, ...]
) -> tuple[Numbers, dict[str, Numbers]]:
    """Return the places on the axis of load, and each measure asked for: handle times × people × loads."""
    people = np.arange(most + 1)
    present = np.zeros((most + 1, most + 1))  # binomial: of n people so many are there
    present[0, 0] = 1.0
    for n in people[1:].tolist():
        present[n] = target.shrinkage * present[n - 1]
        present[n, 1:] += (1.0 - target.shrinkage) * present[n - 1, :-1]
    loads = np.linspace(1e-6, np.sqrt(most_load) * 1.0001, LOAD_PLACES) ** 2
    axes = np.broadcast_arrays(np.array(kinds)[:, None, None], people[None, :, None], loads[None, None, :])
    aht, seats, load = (axis.ravel() for axis in axes)
    ones = np.ones_like(load)
    cases = Cases(
        seats.astype(float), load, aht, ones * patience_of(target), 0.0 * ones, ones * target.answer_within_seconds
    )
    asked = {"level": target.definition, "busy": "occupancy", "wait": "wait_of_all", "lost": "abandons"}
    found = outcomes([asked[name] for name in names], cases)
    tables = dict(zip(names, (one.reshape(axes[0].shape) for one in found), strict=True))
    tables["busy"] = tables["busy"] * people[:, None]
    return loads, {name: present @ table for name, table in tables.items()}


def expected_service(
    futures: Numbers,
    aht_seconds: Numbers,
    tables: ServiceTables,
    *,
    interval_minutes: float,
    unevenness: Numbers | None = None,
) -> ExpectedService:
    """Return what each number of people brings in each interval, over the futures (paths × intervals).

    unevenness
        Standard deviation of the rate within each interval, as a share of its mean (`within_intervals`); None: steady.
        Half of an interval is then so much busier and half so much calmer.

    Each interval stands by itself: callers it leaves over are not carried on (`promise` does that).
    """
    found: dict[str, list[Numbers]] = {name: [] for name in tables.tables}
    for t, aht in enumerate(aht_seconds.tolist()):
        calls = _halves(futures[:, t], 0.0 if unevenness is None else float(unevenness[t]))
        load = calls * aht / (60.0 * interval_minutes)
        for name, rows in found.items():
            weight = np.ones_like(calls) if name == "busy" else calls
            rows.append(tables.read(name, load, aht) @ weight / len(calls))
    sums = {name: np.array(rows) for name, rows in found.items()}
    return ExpectedService(futures.mean(axis=0), sums["level"], sums["busy"], sums.get("wait"), sums.get("lost"))


def in_time_on_futures(
    people: Whole,
    futures: Numbers,
    aht_seconds: Numbers,
    tables: ServiceTables,
    *,
    interval_minutes: float,
    unevenness: Numbers | None = None,
) -> Numbers:
    """Return the calls answered in time on each future with so many people in each interval (paths × intervals)."""
    result = np.empty_like(futures)
    for t, (n, aht) in enumerate(zip(people.tolist(), aht_seconds.tolist(), strict=True)):
        calls = _halves(futures[:, t], 0.0 if unevenness is None else float(unevenness[t]))
        load = calls * aht / (60.0 * interval_minutes)
        in_time = calls * tables.read("level", load, aht, n)
        result[:, t] = in_time.reshape(-1, len(futures)).mean(axis=0)
    return result


def _halves(calls: Numbers, unevenness: float) -> Numbers:
    """Return the calls of an interval at the rates of its calmer and its busier half, one after the other."""
    if unevenness < LEAST_UNEVEN:
        return calls
    return np.concatenate([calls * (1.0 - unevenness), calls * (1.0 + unevenness)])
