"""How long a search may go on: counted in its own steps, so that a seed gives the same roster on every machine.

What a step takes is told for a machine of nominal speed, by rates that stand with the steps (measured on 2026-11-29;
`tests.benchmarks.roster_pace` holds them against processor time). The clock ends a search only where the machine is
several times slower, and then that is known: the roster may be another one the next time.
"""

from __future__ import annotations

from collections.abc import Callable

SLOWEST = 3.0  # times nominal speed: a machine slower than that is stopped by the clock
_NOT_YET = 0.2  # of the clock's longest time, in which what is not counted in steps may outweigh them


class Effort:
    """Seconds at nominal speed that a search has `spent` of its limit."""

    def __init__(self, limit_seconds: float, *, clock: Callable[[], float], began: float) -> None:
        self.limit, self.spent = limit_seconds, 0.0
        self.clock, self.began = clock, began
        self.ended_by_clock = False

    def spend(self, seconds: float) -> None:
        """Count steps that take so long at nominal speed."""
        self.spent += seconds

    @property
    def left(self) -> float:
        """Return the seconds at nominal speed that are left."""
        return max(0.0, self.limit - self.spent)

    @property
    def over(self) -> bool:
        """Return whether the limit is reached; remember where only the clock says so."""
        if self.left > 0 and self.clock_share >= 1:
            self.ended_by_clock = True
        return self.left <= 0 or self.ended_by_clock

    @property
    def share(self) -> float:
        """Return the share of the limit that is spent, by steps, or by the clock where the machine is that slow."""
        spent = self.spent / self.limit if self.limit > 0 else 1.0
        by_clock = self.clock_share
        if by_clock <= max(spent, _NOT_YET):
            return spent
        self.ended_by_clock = True
        return by_clock

    @property
    def clock_share(self) -> float:
        """Return the share of the clock's longest time that has passed."""
        longest = SLOWEST * self.limit
        return (self.clock() - self.began) / longest if longest > 0 else 1.0

    def pause(self, seconds: float) -> None:
        """Leave out of account what the clock has counted for something else."""
        self.began += seconds
