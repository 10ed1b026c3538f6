"""What the seats have to achieve, and whether given seats do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecaster.queueing.arguments import (
    NOT_NEGATIVE,
    POSITIVE,
    POSITIVE_SHARE,
    SHARE_BELOW_ONE,
    Bounds,
    Definition,
    check_definition,
    checked,
)
from forecaster.sentences import refusal

SLACK = 1e-13  # a share this close to its limit meets it: the rounding of sums, never a call
LIMIT_SLACK = 1.0 + 1e-12  # and another measure that is so many times its limit
WHOLE_WITHIN = 1e-9  # a quotient this close to a whole number is that number


@dataclass(frozen=True)
class ServiceTarget:
    """What the seats have to achieve in every interval; a limit that is None does not bind.

    service_level, answer_within_seconds, definition
        At least this share of calls (0–1, below 1) answered within the threshold. The default is the trade's for
        telecoms: 85 % within 15 s, of offered calls.
    max_occupancy
        The most of their signed-in time that seats may handle calls (0–1).
    max_mean_wait_seconds, max_abandonment
        Limits on the mean wait of all offered calls, and on the share that hangs up (needs `patience_seconds`).
    patience_seconds
        Mean time a caller would wait; None: for ever (Erlang C). With it, Erlang A.
    shrinkage
        Share of rostered time not spent on the phone for reasons the roster itself does not plan; it divides:
        people = seats / (1 - shrinkage).
    minimum_seats
        Seats an interval with any calls has at least.
    """

    service_level: float | None = 0.85
    answer_within_seconds: float = 15.0
    max_occupancy: float | None = 0.90
    shrinkage: float = 0.10
    max_mean_wait_seconds: float | None = None
    max_abandonment: float | None = None
    patience_seconds: float | None = None
    definition: Definition = "offered"
    minimum_seats: int = 0

    def __post_init__(self) -> None:
        limits: list[tuple[str, float | None, Bounds]] = [
            ("service_level", self.service_level, SHARE_BELOW_ONE),
            ("answer_within_seconds", self.answer_within_seconds, NOT_NEGATIVE),
            ("max_occupancy", self.max_occupancy, POSITIVE_SHARE),
            ("shrinkage", self.shrinkage, SHARE_BELOW_ONE),
            ("max_mean_wait_seconds", self.max_mean_wait_seconds, POSITIVE),
            ("max_abandonment", self.max_abandonment, POSITIVE_SHARE),
            ("patience_seconds", self.patience_seconds, POSITIVE),
            ("minimum_seats", self.minimum_seats, NOT_NEGATIVE),
        ]
        for name, value, bounds in limits:
            if value is not None:
                checked(name, value, bounds)
        check_definition(self.definition)
        if self.max_abandonment is not None and self.patience_seconds is None:
            raise refusal("target.patience", most=self.max_abandonment)
        every = (self.service_level, self.max_occupancy, self.max_mean_wait_seconds, self.max_abandonment)
        if all(limit is None for limit in every):
            raise refusal("target.no_limit")

    def met(self, seats: np.ndarray, load: np.ndarray, aht: np.ndarray) -> np.ndarray:
        """Return where `seats` achieve the target for loads > 0 (flat arrays)."""
        result = np.ones(seats.shape, dtype=bool)
        if self.service_level is not None and self.service_level > 0:
            result &= self._measure(self.definition, seats, load, aht) >= self.service_level - SLACK
        if self.max_mean_wait_seconds is not None:
            limit = self.max_mean_wait_seconds * LIMIT_SLACK
            result &= self._measure("wait_of_all", seats, load, aht) <= limit
        if self.max_occupancy is not None:
            result &= self._measure("occupancy", seats, load, aht) <= self.max_occupancy * LIMIT_SLACK
        if self.max_abandonment is not None:
            result &= self._measure("abandons", seats, load, aht) <= self.max_abandonment * LIMIT_SLACK
        return result

    def _measure(self, what: str, seats: np.ndarray, load: np.ndarray, aht: np.ndarray) -> np.ndarray:
        from forecaster.queueing.erlang import Cases, outcome

        patience = np.full_like(load, np.inf if self.patience_seconds is None else self.patience_seconds)
        within = np.full_like(load, self.answer_within_seconds)
        return outcome(what, Cases(seats, load, aht, patience, np.zeros_like(load), within))
