"""How likely each day ahead is shut: by its weekday, and by what makes it no ordinary day.

Holidays, bridge days and the days at the year's end each form a kind, and a name within it (a holiday's own, or that
of the holiday beside it). What a name has shown counts fully, what others of its kind have shown where it has shown
little: shares shrunk towards each other by pseudo-observations, solved by a few rounds of expectation maximisation
(Dempster, Laird and Rubin, 1977, JRSS B 39), because a day with few calls to expect may be silent by chance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forecaster.forecast.occasions import BRIDGE, HOLIDAY, NEXT_TO, YEARS_END, Occasion
from forecaster.history.open_days import chance_shut

Numbers = NDArray[np.float64]
KIND_DAYS, NAME_DAYS = 1.0, 0.7  # what was believed first counts as so many days of the kind; the kind, of the name
AGREEING_ROUNDS = 4  # days told shut tell of the kind, and it of them: a few turns let them agree
# The chance before anything was seen that an occasion is shut, on a line that works its rest days and on one that
# does not.
FIRST_CHANCE = {HOLIDAY: (0.05, 0.7), BRIDGE: (0.01, 0.1), YEARS_END: (0.01, 0.1), NEXT_TO: (0.003, 0.01)}


def occasion_chances(
    past: Sequence[Sequence[Occasion]], odds: Numbers, ahead: Sequence[Sequence[Occasion]], *, rest_shut: float
) -> Numbers:
    """Return the chance that each day ahead is shut because of its occasions (0 where it has none).

    `odds` is the evidence of the past days (`OpenDays.odds`), which teaches of the first occasion of each; `rest_shut`
    is how likely the line is shut on rest days.
    """
    result = np.zeros(len(ahead))
    for kind, (working, resting) in FIRST_CHANCE.items():
        seen = [(day[0], float(odds[i])) for i, day in enumerate(past) if day and day[0].kind == kind]
        shares = _Shares(
            [one.name for one, _ in seen],
            np.array([one.grade for one, _ in seen]),
            np.array([odd for _, odd in seen]),
            (1.0 - rest_shut) * working + rest_shut * resting,
        )
        for i, day in enumerate(ahead):
            for one in day:
                if one.kind == kind:
                    result[i] = max(result[i], shares.of(one.name, one.grade))
    return result


class _Shares:
    """Shares shut by name within one kind."""

    def __init__(self, names: Sequence[str], grade: Numbers, odds: Numbers, first: float) -> None:
        self.kind = first
        self.names, self.shut = np.array(names, dtype=object), np.zeros(len(names))
        self.shut = chance_shut(np.array([self._alike(g) for g in grade]), odds)
        # A day that everybody has off says less of the kind than a day that few have off.
        for _ in range(AGREEING_ROUNDS):
            said = np.where(self.shut > 0.5, 1.0 / np.sqrt(grade), np.sqrt(grade))
            self.kind = float((said @ self.shut + KIND_DAYS * first) / (said.sum() + KIND_DAYS))
            others = [self.of(name, g, but=i) for i, (name, g) in enumerate(zip(names, grade, strict=True))]
            self.shut = chance_shut(np.array(others), odds)

    def _alike(self, grade: float) -> float:
        odds = grade * self.kind / (1.0 - self.kind)
        return odds / (1.0 + odds)

    def of(self, name: str, grade: float, *, but: int | None = None) -> float:
        """Return the chance of a day of this name, from the past days of the kind (all `but` one of them)."""
        same = self.names == name
        if but is not None:
            same[but] = False
        own = self.shut[same]
        return float((own.sum() + NAME_DAYS * self._alike(grade)) / (len(own) + NAME_DAYS))
