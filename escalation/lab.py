"""Ladders compared: over a queue as it was, rebuilt call by call, and over surges that answer to what is ordered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from escalation.engine import reduce
from escalation.events import Reading
from escalation.floor import Floor
from escalation.ladder import Ladder
from escalation.orders import Decision
from escalation.replaying import reports_from_frame
from escalation.report import take_report
from escalation.sentences import refusal
from escalation.state import initial_state
from forecaster.simulation.simulator import simulate

FLAP_MINUTES = 15.0  # who signs out and is called again within a quarter of an hour was sent away too soon
COUNTED = ("minutes_above_5", "minutes_above_10", "people_minutes", "sign_ins", "releases", "flaps", "highest_rung")
SURGE_START = datetime(2026, 1, 1, tzinfo=UTC)  # any instant: a described surge has no day of its own


def readings_from_calls(calls: pd.DataFrame, *, every_seconds: float = 20.0) -> pd.DataFrame:
    """Return how many callers waited, every `every_seconds`: columns `at, waiting`.

    calls
        One row per call that waited: `entered_at` and `left_at` (aware), when it entered and left the queue, answered
        or hanging up. A call waits at t if entered_at <= t < left_at.

    Raises
    ------
    ValueError
        Naming the row of a call that leaves before it enters, or of one without zone.
    """
    entered, left = pd.DatetimeIndex(calls["entered_at"]), pd.DatetimeIndex(calls["left_at"])
    if entered.tz is None or left.tz is None:
        raise refusal("calls.zone")
    wrong = np.flatnonzero(np.asarray(left < entered))
    if len(wrong):
        row = int(wrong[0])
        raise refusal("calls.backwards", row=row + 1, left=left[row], entered=entered[row])
    start = entered.min().floor("min")
    grid = pd.date_range(start, left.max() + pd.Timedelta(minutes=10), freq=pd.Timedelta(seconds=every_seconds))
    arrived = np.searchsorted(np.sort(entered.as_unit("ns").asi8), grid.as_unit("ns").asi8, side="right")
    gone = np.searchsorted(np.sort(left.as_unit("ns").asi8), grid.as_unit("ns").asi8, side="right")
    return pd.DataFrame({"at": grid, "waiting": arrived - gone})


@dataclass
class LadderTally:
    """What a ladder did to a floor: counted reading by reading.

    minutes_above_5, minutes_above_10
        Time with more callers waiting than that.
    people_minutes
        Minutes of people at the phones who otherwise do something else.
    sign_ins, releases, flaps
        Groups called and sent back; and groups called again within a quarter of an hour of being sent back.
    """

    minutes_above_5: float = 0.0
    minutes_above_10: float = 0.0
    people_minutes: float = 0.0
    sign_ins: int = 0
    releases: int = 0
    flaps: int = 0
    highest_rung: int = 0
    out_since: dict[int, datetime] = field(default_factory=dict)

    def see(self, waiting: int, people: int, minutes: float) -> None:
        """Count a stretch of so many minutes."""
        self.minutes_above_5 += minutes * (waiting > 5)
        self.minutes_above_10 += minutes * (waiting > 10)
        self.people_minutes += minutes * people

    def decided(self, one: Decision) -> None:
        """Count a decision."""
        if one.kind == "order" and one.rung is not None:
            self.sign_ins += 1
            self.highest_rung = max(self.highest_rung, one.rung)
            out = self.out_since.pop(one.rung, None)
            self.flaps += out is not None and (one.at - out).total_seconds() <= 60 * FLAP_MINUTES
        elif one.kind == "release" and one.rung is not None:
            self.releases += 1
            self.out_since[one.rung] = one.at


def tally_readings(readings: pd.DataFrame, ladder: Ladder, *, floor: Floor) -> LadderTally:
    """Return what `ladder` would have ordered over a recorded queue, which does not answer to it.

    readings
        As `escalation.replaying.replay` takes them; what they tell of mode, people and faults counts from its row on.
    floor
        Who can be called where the readings do not tell.
    """
    state, tally = initial_state(ladder, floor=floor), LadderTally()
    for report in reports_from_frame(readings):
        last_at, waiting = state.at, state.waiting
        people = sum(one.people or 0 for one in state.book.orders)
        state, made = take_report(state, report)
        for one in made:
            tally.decided(one)
        if state.at != last_at and last_at is not None and state.at is not None and waiting is not None:
            tally.see(waiting, people, min((state.at - last_at).total_seconds(), ladder.max_gap_seconds) / 60)
    return tally


@dataclass(frozen=True)
class Surge:
    """A surge to simulate: expected calls and planned seats by interval, who calls, and how often it is played."""

    interval_minutes: float
    calls: tuple[float, ...]
    seats: tuple[int, ...]
    aht_seconds: float
    patience_seconds: float | None = None
    runs: int = 100
    seed: int = 1


class LadderStaffing:
    """The ladder as the simulator's staffing: told the queue, it returns the seats from now on.

    Who is ordered sits down `sign_in_after_seconds` later, and gets up when released. One instance per simulation; a
    run that begins anew at 0 s is a new state, its tally kept in `tallies`.
    """

    def __init__(
        self, ladder: Ladder | None, seats: Any, *, floor: Floor, sign_in_after_seconds: float, every_seconds: float
    ) -> None:
        self.ladder = ladder
        self.seats = np.asarray(seats)
        self.floor = floor
        self.delay = timedelta(seconds=sign_in_after_seconds)
        self.every_seconds = every_seconds
        self.tallies: list[LadderTally] = []
        self.last_seconds = float("inf")

    def __call__(self, told: Any) -> int:
        """Return the seats from now on."""
        if told.at_seconds == 0 or told.at_seconds < self.last_seconds:
            self.tallies.append(LadderTally())
            self.state = None if self.ladder is None else initial_state(self.ladder, floor=self.floor)
        self.last_seconds = told.at_seconds
        waiting = int(np.sum(told.waiting))
        at = SURGE_START + timedelta(seconds=float(told.at_seconds))
        seated = 0
        if self.state is not None:
            self.state, made = reduce(self.state, Reading(at, waiting))
            for one in made:
                if one.kind == "order" and one.people is None:
                    raise refusal("lab.people_unknown", role=one.role)
                self.tallies[-1].decided(one)
            inside = self.state.book.orders
            seated = sum(one.people or 0 for one in inside if one.ordered_at + self.delay <= at)
        self.tallies[-1].see(waiting, seated, self.every_seconds / 60)
        return int(self.seats[min(told.interval, len(self.seats) - 1)]) + seated


def compare_over_surge(
    ladders: Mapping[str, Ladder | None],
    surge: Surge,
    *,
    floor: Floor,
    sign_in_after_seconds: float = 120.0,
    every_seconds: float = 20.0,
) -> pd.DataFrame:
    """Return one row per ladder over the same simulated callers: what it cost, and what it brought.

    ladders, surge
        A name to a ladder, or to None for no ladder; and what they are tried on.
    floor
        Who can be called: the number of every role the ladder may order has to be known.

    Columns: `answer_rate` (answered / offered, 0–1) and its half-width of a 95 % interval, `service_level`, and the
    counts of `LadderTally`, as means per run.

    Raises
    ------
    ValueError
        Naming the argument that cannot be used, or the role whose number is not known.
    """
    rows = {}
    for name, ladder in ladders.items():
        staffing = LadderStaffing(
            ladder, surge.seats, floor=floor, sign_in_after_seconds=sign_in_after_seconds, every_seconds=every_seconds
        )
        outcome = simulate(
            surge.calls,
            seats=staffing,
            aht_seconds=surge.aht_seconds,
            patience_seconds=surge.patience_seconds,
            interval_minutes=surge.interval_minutes,
            replications=surge.runs,
            seed=surge.seed,
        )
        total = outcome.total()
        half = (total["abandonment_upper"] - total["abandonment_lower"]) / 2
        brought = {"answer_rate": 1 - total["abandonment"], "answer_rate_half_width": half}
        rows[name] = {**brought, "service_level": total["service_level"], **_means(staffing.tallies)}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("ladder")


def compare_over_readings(ladders: Mapping[str, Ladder], readings: pd.DataFrame, *, floor: Floor) -> pd.DataFrame:
    """Return one row per ladder over the same recorded queue: the counts of `LadderTally`.

    The queue is what it was: it does not grow shorter for what a ladder orders. `ladders` maps a name to a ladder;
    `readings` are those of `escalation.replay`, and `floor` is who can be called before the first of them tells.

    Raises
    ------
    ValueError
        Naming the row, column and value that cannot be read.
    """
    rows = {name: _counts(tally_readings(readings, one, floor=floor)) for name, one in ladders.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("ladder")


def _means(tallies: list[LadderTally]) -> dict[str, float]:
    counted = [_counts(one) for one in tallies]
    return {name: float(np.mean([one[name] for one in counted])) for name in COUNTED}


def _counts(tally: LadderTally) -> dict[str, float]:
    return {name: getattr(tally, name) for name in COUNTED}
