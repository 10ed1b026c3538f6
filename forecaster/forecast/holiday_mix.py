"""What a holiday does: a mix of an ordinary day and a rest day, learned holiday by holiday.

total(holiday) = u · ordinary level + v · rest-day level, added up and not on logarithms, because a rest day may be
nearly closed. (u, v) are random effects: one pair for all holidays, one for each name, one for each day of a long
holiday, so a name seen once leans on the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
PRIOR_MIX = np.array([0.2, 0.8])  # before any holiday was seen: mostly a rest day
PRIOR_MIX_OF_REST = np.array([0.0, 1.0])  # where holidays are kept as the weekly day of rest is
PRIOR_WITHOUT_REST = 0.8  # where rest days are closed they tell nothing of holidays: mostly an ordinary day
POOLED_SD, NAME_SD, POSITION_SD = 0.4, 0.25, 0.15  # lines differ more than holidays, these more than their days


@dataclass(frozen=True, eq=False)
class HolidayDays:
    """Holidays with their levels: what an ordinary day and a rest day would have brought then (calls).

    position
        Day of the holiday, counted from its first day by law (may be negative).
    """

    names: Sequence[str]
    position: Numbers
    ordinary: Numbers
    rest: Numbers


def holiday_totals(
    past: HolidayDays, totals: Numbers, ahead: HolidayDays, *, noise_sd: float, prior_mix: Numbers = PRIOR_MIX
) -> tuple[Numbers, Numbers]:
    """Return the expected total of each holiday ahead (calls ≥ 0) and their covariance relative to ordinary levels.

    `totals` are those observed on the `past` holidays; `noise_sd` is the spread of a day as a share of its level;
    `prior_mix` is (u, v) before any holiday was seen.
    """
    left, right = _ratios(past), _ratios(ahead)
    prior = _shared(ahead, past, right, left)
    own = _shared(ahead, ahead, right, right)
    base = _expected(right, prior_mix)
    if len(totals):
        noise = noise_sd**2 + 1.0 / np.maximum(past.ordinary, 1.0)
        inner = _shared(past, past, left, left) + np.diag(noise)
        miss = totals / past.ordinary - _expected(left, prior_mix)
        base = base + prior @ np.linalg.solve(inner, miss)
        own = own - prior @ np.linalg.solve(inner, prior.T)
    return np.maximum(base, 0.0) * ahead.ordinary, own


def _ratios(days: HolidayDays) -> Numbers:
    return np.column_stack([np.ones(len(days.ordinary)), np.minimum(days.rest / days.ordinary, 2.0)])


def _expected(ratios: Numbers, prior_mix: Numbers) -> Numbers:
    return np.where(ratios[:, 1] > 0.0, ratios @ prior_mix, PRIOR_WITHOUT_REST)


def _shared(a: HolidayDays, b: HolidayDays, left: Numbers, right: Numbers) -> Numbers:
    same = np.array([[x == y for y in b.names] for x in a.names], dtype=float).reshape(len(left), len(right))
    near = np.exp(-np.abs(a.position[:, None] - b.position[None, :]) / 2.0)
    scale = POOLED_SD**2 + same * (NAME_SD**2 + POSITION_SD**2 * near)
    return scale * (left @ right.T)
