"""The effects of the day model by name: what was learned, how sure that is, and what the planner sets instead."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from forecaster.forecast.day_model import (
    DEGREES,
    STEP_VARIANCE,
    STEP_WEEKDAY_VARIANCE,
    Fitted,
    Kernels,
    step_name,
)
from forecaster.forecast.day_series import DaySeries
from forecaster.forecast.effects import AROUND, OWN_EFFECTS, WEEKDAYS, effects_of, own_effect
from forecaster.history.calendar import Calendar
from forecaster.messages import quoted
from forecaster.sentences import refusal

Numbers = NDArray[np.float64]
SCALE_DOUBT_DAYS = 30.0  # the scale that the model states counts as much as so many days
SMALLEST_STEADINESS = 0.3  # where most days are wild, the correction would divide by next to nothing


@dataclass(frozen=True, eq=False)
class LearnedEffect:
    """An effect on the logarithm of a day's total where it applies in full: its mean and standard deviation."""

    mean: float
    sd: float


def require_known_effects(calendar: Calendar) -> None:
    """Make sure that every effect the planner sets is one that a forecast by this calendar can have.

    Raises
    ------
    ValueError
        Naming the first that is not, and the nearest names there are.
    """
    if not calendar.told_effects:
        return
    holidays = {day.name for day in calendar.days.values() if day.kind == "holiday"}
    own = {effect.name for effect in OWN_EFFECTS if effect.carried and not effect.follows}
    names = {*effects_of(calendar), *holidays, *own, *(f"weekday {name}" for name in WEEKDAYS)}
    names |= {f"{AROUND}{name}" for name in holidays}
    for name in calendar.told_effects:
        part = own_effect(name)
        if name not in names and (part is None or part.carried is None or part.name == AROUND):
            near = difflib.get_close_matches(name, sorted(names), n=3, cutoff=0.4) or sorted(holidays) or sorted(names)
            raise refusal("effect.unknown", name=name, near=list(map(quoted, near[:3])))
        if calendar.told_effects[name] == 0.0 and part is not None and not name.startswith("weekday "):
            raise refusal("effect.zero", name=name)


def names_of_parts(series: DaySeries, parts: Collection[str]) -> dict[str, tuple[str, NDArray[np.bool_]]]:
    """Return, for each effect of the model's own that can be set, its part and the days asked for that carry it.

    As far as `parts` (the names of the model's parts) holds them and a day asked for carries them. A kind of effects
    either shares one part (weekdays) or has one each (steps).
    """
    named: dict[str, tuple[str, NDArray[np.bool_]]] = {}
    for effect in OWN_EFFECTS:
        shared = effect.name.strip()
        for follows, days in (effect.carried(series) if effect.carried else {}).items():
            name = effect.name + follows
            part, asked = shared if shared in parts else name, days[series.observed :]
            if part in parts and asked.any():
                named[name] = (part, asked)
    return named


def told_changes(series: DaySeries, learned: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Return by part what is to be added to the days asked for, so that effects the planner has told are as told.

    `learned` holds each part's mean of log(total) on the days asked for.
    """
    changes: dict[str, Numbers] = {}
    asked = series.day[series.observed :]
    for name, (part, carried) in names_of_parts(series, learned).items():
        if name in series.told:
            days = carried & (asked >= asked[0])  # not holidays of the past, seen as ordinary days
            change = changes.setdefault(part, np.zeros(len(days)))
            change[days] = np.log(series.told[name]) - learned[part][days]
    return changes


def estimates(kernels: Kernels, fitted: Fitted) -> dict[str, LearnedEffect]:
    """Return each named effect given the history, under one setting: calendar effects, steps, then the model's own.

    For a prior N(0, s²) and its column c: s²·cᵀK⁻¹y and s² − s⁴·cᵀK⁻¹c (Rasmussen and Williams, section 2.7), likewise
    for the mean of a part over days. A step's effect is its mean over the seven weekdays: what it does to all of them
    and a seventh of what it does to each. A weekday is told apart from the mean of all. Standard deviations are scaled
    by how far the history itself was off, see `scale_of_errors`.
    """
    series, n = kernels.series, kernels.series.observed
    scale = scale_of_errors(kernels, fitted)
    result: dict[str, LearnedEffect] = {}

    def put(name: str, prior: float, seen: Numbers) -> None:
        known = solve_triangular(fitted.factor, seen, lower=True, check_finite=False)
        left = max(prior - float(known @ known), 0.0)
        result[name] = LearnedEffect(float(known @ fitted.innovation), float(np.sqrt(left * scale)))

    step_variance = fitted.setting.step * (STEP_VARIANCE + STEP_WEEKDAY_VARIANCE / 7)
    for name, column in series.effects.items():
        put(name, series.effect_sd[name] ** 2, series.effect_sd[name] ** 2 * column[:n])
        learned = result[name]
        result[name] = LearnedEffect(learned.mean + series.effect_mean.get(name, 0.0), learned.sd)
    for step in series.steps:
        put(step_name(step), step_variance, step_variance * (series.day[:n] >= step).astype(float))
    covariance = kernels.asked_parts(fitted.setting)
    for name, (part, days) in names_of_parts(series, covariance).items():
        if name in result:
            continue
        weight = days / days.sum()
        if part == "weekday":
            weight = weight - _mean_over_weekdays(series)
        seen = covariance[part] @ weight
        put(name, float(weight @ seen[n:]), seen[:n])
    return result


def _mean_over_weekdays(series: DaySeries) -> Numbers:
    weekday = series.weekday[series.observed :]
    count = np.bincount(weekday, minlength=7).astype(float)
    return np.asarray(1.0 / count[weekday] / (count > 0).sum())


def scale_of_errors(kernels: Kernels, fitted: Fitted) -> float:
    """Return by how much the variance of an estimate differs from what the model states.

    Days were given weights 1 ÷ doubt as by Student's t, so for an estimate's variance the mean of ψ² over the squared
    mean of ψ′ takes the place of the noise the model assumed (Huber, Robust Statistics, 1981, section 7.6), with the
    innovations as residuals. Pulled towards 1 where the history is short.
    """
    doubt, z = kernels.doubt, fitted.innovation
    wild = doubt > 1.0
    slope = np.where(wild, (2.0 * DEGREES - (DEGREES + 1.0) * doubt) / ((DEGREES + 1.0) * doubt**2), 1.0)
    steadiness = max(float(slope.mean()), SMALLEST_STEADINESS)
    seen = float((z**2 / doubt).mean() * (1.0 / doubt).mean()) / steadiness**2
    return float(np.clip(seen, 0.1, 10.0) ** (len(z) / (len(z) + SCALE_DOUBT_DAYS)))


def pooled_estimates(found: Sequence[Mapping[str, LearnedEffect]], weights: Numbers) -> dict[str, LearnedEffect]:
    """Return the estimates of several settings as one: they differ from each other, too."""
    result = {}
    for name in dict.fromkeys(name for one in found for name in one):
        held = [(w, one[name]) for w, one in zip(weights, found, strict=True) if name in one]
        # A setting without the part says that it does nothing, and is sure of it.
        mean = sum(w * e.mean for w, e in held)
        second = sum(w * (e.sd**2 + e.mean**2) for w, e in held)
        result[name] = LearnedEffect(float(mean), float(np.sqrt(max(second - mean**2, 0.0))))
    return result
