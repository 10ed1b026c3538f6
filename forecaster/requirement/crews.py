"""Who serves which of several queues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Queues = frozenset[str]


@dataclass(frozen=True)
class Crew:
    """People who serve the same queues.

    serves
        Queue to level, from 1: of several free people the caller goes to the lowest level, and of equal ones to who
        serves the fewest queues; who falls free takes the lowest level first, and of equal ones the longest wait.
    weight
        How much of all working time is theirs, in any unit.
    """

    serves: Mapping[str, int]
    weight: float

    @property
    def queues(self) -> Queues:
        """Return the queues they serve."""
        return frozenset(self.serves)

    @property
    def name(self) -> str:
        """Return the queues they serve as one word."""
        return name_of(self.queues)


def name_of(queues: Queues) -> str:
    """Return several queues as one word."""
    return "+".join(sorted(queues))
