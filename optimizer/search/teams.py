"""Teams that are led, by number and slot: when anybody who leads one may be on duty at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.law.people import Person
from optimizer.law.teams import led_teams
from optimizer.search.kernel_arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Team:
    """Numbers of the members and of those who lead them, and (slots,) when one of these may be on duty."""

    members: IntArray
    leaders: IntArray
    leadable: NDArray[np.bool_]


def teams_of(
    people: Sequence[Person], may_work: NDArray[np.bool_], start: IntArray, end: IntArray, slots: int
) -> tuple[Team, ...]:
    """Return the teams that are led.

    may_work
        (people, days, shifts); `start` and `end` (days, shifts or more) are the slots of each.
    """
    shifts = may_work.shape[2]
    found = []
    for team in led_teams(people):
        leaders = np.array(team.leaders, dtype=np.int64)
        open_ = may_work[leaders].any(axis=0)
        leadable = held_by_slot(start[:, :shifts][open_], end[:, :shifts][open_], slots) > 0
        found.append(Team(np.array(team.members, dtype=np.int64), leaders, leadable))
    return tuple(found)


def held_by_slot(start: IntArray, end: IntArray, slots: int) -> FloatArray:
    """Return (slots,) how many of the spells from `start` to `end` hold in each slot."""
    steps = np.zeros(slots + 1)
    np.add.at(steps, start, 1)
    np.add.at(steps, end, -1)
    return np.asarray(np.cumsum(steps)[:-1])


def between(values: FloatArray, start: IntArray, end: IntArray) -> FloatArray:
    """Return the sums of `values` (slots,) over the slots from `start` to `end`, in their shape."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(sums[end] - sums[start])
