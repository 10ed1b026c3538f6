"""What the day model learns from: the days of a line, what was observed of them, and the effects that each carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
BILLING = "billing day +"  # begins the names of the effects of the days after bills went out


@dataclass(frozen=True, eq=False)
class DaySeries:
    """What the model learns from: first the observed ordinary days in order, then the days asked for.

    day, weekday, day_of_month
        Of every day, observed or asked for.
    log_total, noise_variance
        Of the observed days; the variance holds noise, counting and down-weighting.
    sigma
        Day-to-day noise of this line, the unit of `DaySetting`.
    rest_weekdays
        Weekday numbers of the rest days.
    steps, step_sizes
        Day numbers from which on the level is another, and by how much of the logarithm.
    week_breaks
        Day numbers from which on the week is another.
    effects, effect_sd, effect_mean
        Named random effects: the weight with which each day carries them, how far they may go, and from where (0 where
        it is not told).
    around, around_sd
        Signed distance of each day to a long holiday, NaN when far, and how far such days may go.
    told
        Factors that the planner sets, by the name of an effect; see `forecaster.forecast.named_effects`.
    """

    day: Whole
    weekday: Whole
    day_of_month: Whole
    log_total: Numbers
    noise_variance: Numbers
    sigma: float
    rest_weekdays: frozenset[int] = frozenset()
    steps: tuple[int, ...] = ()
    step_sizes: tuple[float, ...] = ()
    week_breaks: tuple[int, ...] = ()
    effects: dict[str, Numbers] = field(default_factory=dict)
    effect_sd: dict[str, float] = field(default_factory=dict)
    effect_mean: dict[str, float] = field(default_factory=dict)
    around: dict[str, Numbers] = field(default_factory=dict)
    around_sd: dict[str, float] = field(default_factory=dict)
    told: Mapping[str, float] = field(default_factory=dict)

    @property
    def observed(self) -> int:
        """Number of observed days."""
        return len(self.log_total)

    @property
    def expected_log(self) -> Numbers:
        """What the named effects add to each day before anything was seen of them."""
        means = [mean * self.effects[name] for name, mean in self.effect_mean.items()]
        return np.asarray(np.sum([np.zeros(len(self.day)), *means], axis=0))

    @property
    def is_billing(self) -> NDArray[np.bool_]:
        """True on billing days and the days after that carry their effect."""
        columns = [column > 0.0 for name, column in self.effects.items() if name.startswith(BILLING)]
        return np.any([np.zeros(len(self.day), dtype=bool), *columns], axis=0)

    @property
    def is_rest(self) -> NDArray[np.bool_]:
        """True on rest days."""
        return np.isin(self.weekday, list(self.rest_weekdays))
