"""How far past days were off beside what the day model had stated, and by how much its bands are drawn in or out.

The model counts in units of a noise that is read from changes over a week, which hold moves of the level too, and many
settings are averaged, the wild ones among them: as a rule what it states is too wide. Errors at past cut-offs tell by
how much, but they overlap, and a young line has few; so they are pulled towards what the errors of one day ahead have
shown, of which there is one a day. The same errors tell whether rest days scatter more than workdays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecaster.forecast.bands import Z_80, Z_95, weighted_quantile

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
MOST_ROOM = 2.0  # times the usual variance: what a step seen with hindsight was granted beyond that was not known
CASES_OF_DOUBT = 12.0  # what one day ahead has shown counts as much as this many independent cut-offs
SCATTER_DOUBT_DAYS = 15.0  # … and what the model states as much as so many days
KIND_DAYS_OF_DOUBT = 20.0  # that rest days scatter like all days is believed as if so many had shown it
LEAST_BEYOND_80 = 0.85  # the 95 % limit's own factor is never much below that of the 80 % limit


@dataclass(frozen=True, eq=False)
class PastErrors:
    """Errors of log(total) on past days beside the standard deviations stated for them.

    weight
        How much each counts: the younger the more, 1 at most.
    is_rest
        Whether the day was a rest day.
    """

    error: Numbers
    stated: Numbers
    weight: Numbers
    is_rest: Flags

    def beyond_stated(self, scale: Numbers) -> Numbers:
        """Return how many times `scale` each error is of what was stated for it."""
        variance = self.stated**2
        # A step seen with hindsight was granted much room; whoever stood before it had only the usual room.
        return np.abs(self.error) / np.sqrt(np.minimum(variance, MOST_ROOM * np.median(variance))) / scale


@dataclass(frozen=True)
class PastScatter:
    """By how much past errors were wider than the model's own band (1 = as stated).

    at_80, at_95
        At its 80 % and 95 % limits.
    rest_days, workdays
        How much more or less than all days these scatter.
    trust
        How far the errors at past cut-offs are trusted (0–1).
    """

    at_80: float = 1.0
    at_95: float = 1.0
    rest_days: float = 1.0
    workdays: float = 1.0
    trust: float = 0.0

    def by_day(self, is_rest: Flags) -> Numbers:
        """Return how much more or less than all days each day scatters."""
        return np.where(is_rest, self.rest_days, self.workdays)

    def before_jumps(self, jumps: tuple[float, float]) -> PastScatter:
        """Return the same where the level may jump, which alone would widen the two limits by the factors `jumps`.

        Errors at past cut-offs have lived through such jumps, so only the rest is widened by them.
        """
        at_80, at_95 = (
            own * jump ** (1.0 - self.trust) for own, jump in zip((self.at_80, self.at_95), jumps, strict=True)
        )
        return replace(self, at_80=at_80, at_95=at_95)


AS_STATED = PastScatter()


def learn_scatter(ahead: PastErrors, one_day: PastErrors, *, cases: float) -> PastScatter:
    """Return what errors at past cut-offs, of which `cases` are independent, and errors of one day ahead have shown."""
    of_kind = {True: 1.0, False: 1.0}
    beyond = one_day.beyond_stated(np.ones(1))
    every = weighted_quantile(beyond, one_day.weight, 0.80)
    for kind in of_kind:
        alike = one_day.is_rest == kind
        if alike.any() and every > 0.0:
            own = weighted_quantile(beyond[alike], one_day.weight[alike], 0.80)
            of_kind[kind] = _pulled(own / every, float(one_day.weight[alike].sum()), KIND_DAYS_OF_DOUBT)
    found = PastScatter(rest_days=of_kind[True], workdays=of_kind[False], trust=cases / (cases + CASES_OF_DOUBT))
    limits = []
    for level, normal in ((0.80, Z_80), (0.95, Z_95)):
        soon, later = (
            weighted_quantile(errors.beyond_stated(found.by_day(errors.is_rest)), errors.weight, level) / normal
            for errors in (one_day, ahead)
        )
        shown = _pulled(soon, float(one_day.weight.sum()), SCATTER_DOUBT_DAYS)
        limits.append(float(np.clip(later, 0.5, 5.0) ** found.trust * shown ** (1.0 - found.trust)))
    return replace(found, at_80=limits[0], at_95=max(limits[1], LEAST_BEYOND_80 * limits[0]))


def _pulled(ratio: float, days: float, of_doubt: float) -> float:
    """Return a ratio pulled towards 1, as far as `days` are few."""
    return float(np.clip(ratio, 0.3, 5.0) ** (days / (days + of_doubt)))
