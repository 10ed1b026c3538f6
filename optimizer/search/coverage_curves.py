"""What a number of people on duty is worth, slot by slot: convex, piecewise linear curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.law.roster_rules import Weights
from optimizer.search.kernel_arrays import FloatArray, IntArray

_OVER_THE_LIMIT = 1e4  # a person more than there are seats: above every other price, below a rule of the law


@dataclass(frozen=True, eq=False)
class Curve:
    """A cost of people present, for every slot: zero at `enough`, convex on both sides.

    breaks
        (slots, k) whole numbers of people, not falling along a row.
    slopes
        (slots, k + 1) change of cost with one more person, below the first break, between breaks, above the last; not
        falling along a row. In the currency of a surplus seat-hour.
    hard_break
        Index of a break beyond which nobody may be added, -1 = none.
    skills
        Of which it wants people who have at least one; empty where it is about something else.
    """

    name: str
    breaks: IntArray
    slopes: FloatArray
    enough: IntArray
    hard_break: int = -1
    skills: frozenset[str] = frozenset()

    def cost(self, people: FloatArray) -> FloatArray:
        """Return the cost of each slot with `people` (slots,) present."""
        return self.by_stretch(people)[1].sum(axis=1)

    def by_stretch(self, people: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return (slots, k + 1) people between `people` and `enough` in each stretch between breaks, and their cost."""
        edges = np.hstack([np.full((len(people), 1), -np.inf), self.breaks, np.full((len(people), 1), np.inf)])
        low, high = np.minimum(people, self.enough)[:, None], np.maximum(people, self.enough)[:, None]
        overlap = np.clip(np.minimum(high, edges[:, 1:]) - np.maximum(low, edges[:, :-1]), 0, None)
        sign = np.where(people >= self.enough, 1.0, -1.0)[:, None]
        return overlap, np.where(overlap > 0, sign * overlap * self.slopes, 0.0)

    def widths(self, most: float) -> FloatArray:
        """Return (slots, k + 1) how many of 0 to `most` people each stretch between breaks holds."""
        nobody, everybody = np.zeros((len(self.breaks), 1)), np.full((len(self.breaks), 1), np.inf)
        edges = np.maximum(np.hstack([nobody, self.breaks, everybody]), 0)
        return np.minimum(np.diff(edges, axis=1), most)

    def marginal(self, most: int, smoothing: FloatArray | None = None) -> FloatArray:
        """Return (slots, most) the change of cost with one more person when 0, 1, …, most − 1 are present.

        `smoothing` (slots,) blurs every break by a logistic step of that width in people: the search first follows
        the blurred curve, on which it does not stop at every corner.
        """
        present = np.arange(most, dtype=float)[None, :]
        result = np.repeat(self.slopes[:, :1], most, axis=1)
        for k in range(self.breaks.shape[1]):
            step = (self.slopes[:, k + 1] - self.slopes[:, k])[:, None]
            distance = present + 0.5 - self.breaks[:, k][:, None]
            if smoothing is None or k == self.hard_break:
                share = (distance > 0).astype(float)
            else:
                share = 1 / (1 + np.exp(-np.clip(distance / smoothing[:, None], -50, 50)))
            result += step * share
        return result


def seat_curve(
    *,
    seats: IntArray,
    reserve: IntArray,
    weights: Weights,
    slot_hours: float,
    shortage_factor: FloatArray,
    seat_limit: int | None,
) -> Curve:
    """Return the curve of seats that answer calls: shortage, deep shortage, reserve, surplus, and the seat limit."""
    deep = np.maximum(0, seats - np.maximum(1, np.ceil(0.1 * seats).astype(np.int64)))
    short, alike = weights.shortage * shortage_factor, np.ones(len(seats))
    slopes = [-short * (1 + weights.shortage_growth), -short, -weights.reserve * alike, weights.surplus * alike]
    return phone_curve([deep, seats, seats + reserve], slopes, slot_hours=slot_hours, seat_limit=seat_limit)


def phone_curve(
    breaks: Sequence[IntArray], slopes: Sequence[FloatArray], *, slot_hours: float, seat_limit: int | None
) -> Curve:
    """Return the curve of the phone, of which the last break is enough; beyond the seats that there are, nobody."""
    enough = breaks[-1]
    if seat_limit is None:
        return Curve("phone", np.stack(breaks, axis=1), np.stack(slopes, axis=1) * slot_hours, enough)
    limited = np.minimum(np.stack([*breaks, np.full(len(enough), seat_limit)], axis=1), seat_limit)
    steep = np.stack([*slopes, np.full(len(enough), _OVER_THE_LIMIT)], axis=1)
    return Curve("phone", limited, steep * slot_hours, np.minimum(enough, seat_limit), len(breaks))


def floor_curve(
    name: str, least: IntArray, want: IntArray, *, below: float, short: float, above: float, slot_hours: float
) -> Curve:
    """Return the curve of a minimum on duty: `below` per head under `least`, `short` up to `want`, `above` beyond."""
    want = np.maximum(least, want)
    slopes = np.tile(np.array([-below, -short, above]) * slot_hours, (len(least), 1))
    return Curve(name, np.stack([least, want], axis=1).astype(np.int64), slopes, want.astype(np.int64))


def skill_curve(skills: frozenset[str], least: IntArray, weights: Weights, slot_hours: float) -> Curve:
    """Return the curve of people who have one of these skills at least, of whom `least` are wanted."""
    name = f"skill {' + '.join(sorted(skills))}"
    curve = floor_curve(name, least, least, below=weights.shortage, short=0.0, above=0.0, slot_hours=slot_hours)
    return replace(curve, skills=skills)
