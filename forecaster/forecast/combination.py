"""Many settings of the day model, judged by the errors they would have made, and put together by that.

A setting is judged at every past cut-off (one a week; every day for forecasts of a day or two) on the days ahead that
are now wanted. Settings are tried one axis at a time from the best so far, so a handful of fits is enough; every
setting tried takes part in the combination. The season can only be judged at cut-offs with a year behind them; until
there are some, it gets half the weight as soon as it was seen once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from forecaster.forecast.bands import Z_80, Z_95, weighted_quantile
from forecaster.forecast.day_model import DAYS_PER_YEAR, DaySetting, Fitted, Kernels, doubted
from forecaster.forecast.day_series import DaySeries
from forecaster.forecast.mixing import mixing_weights
from forecaster.forecast.named_effects import told_changes
from forecaster.forecast.past_scatter import AS_STATED, PastErrors, PastScatter, learn_scatter

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
FEWEST_DAYS_BEHIND = 42  # six of each weekday, so that a setting is judged and not its start
LARGEST_ERROR = 0.7  # of the logarithm: a step or a fault nobody could foresee judges no setting
NEGLIGIBLE_WEIGHT = 0.03  # a setting that counts less is not worth solving for the days ahead
PULL_TO_EQUAL = 0.15  # past cut-offs overlap, and years are few: settings that were about as good count about alike
CASES_TO_TELL = 5.0  # … the more so, the fewer cut-offs there are
SMALLEST_MISS = 0.01  # of the logarithm: a hundredth is nothing to take off
LASTING_MISS_VARIANCE = 0.03**2  # of the logarithm: lines are seldom off for long, and then by hundredths
CASES_FOR_A_SPREAD = 6.0  # that fewer cut-offs differ little may be chance itself
LARGEST_COUNTING_VARIANCE = 1.0 / 12.0  # from here on single counts say nothing of a middle
JUMP_TO_COME_VARIANCE = 0.5  # of the logarithm: a jump, where one comes, is about a doubling or a halving
STEPS_OF_DOUBT = 4.0  # the steps seen say where the next one leads as if so many others had led nowhere
LARGEST_MEAN_STEP = (-0.7, 0.7)  # of the logarithm: no history of steps promises more than a halving or doubling

START = DaySetting()
# Each axis is tried from the best so far: first what moves a line most, then what refines it.
AXES: tuple[tuple[dict[str, float], ...], ...] = (
    ({"day_of_month": 0.3}, {"day_of_month": 0.8}),
    ({"level": 0.03}, {"level": 0.2}),
    ({"year": 1.0, "year_days": 20.0}, {"year": 1.0, "year_days": 50.0}, {"year": 2.0, "year_days": 20.0}),
    ({"swing": 0.4, "step": 0.0},),
    ({"swing_days": 10.0}, {"swing_days": 5.0}),
    ({"step": 0.0}, {"step": 0.05}),
    ({"rest_season": 0.7}, {"rest_season": 1.5}),
    ({"level": 0.03}, {"level": 0.1}, {"level": 0.2}, {"level": 0.4}),
    ({"month": 1.5}, {"month_days": 30.0}, {"month": 0.3}),
)
# Of the next days the latest days tell more: a term that forgets within a week is tried besides.
NEXT_DAYS_AXES = (*AXES[:-1], ({"month": 1.2, "month_days": 4.0}, {"month": 1.5}, {"month": 0.3}))
# What a season is taken for after its first year, which no past forecast can judge.
FIRST_SEASON = ({"year": 2.0, "year_days": 20.0}, {"year": 2.0, "year_days": 50.0})


@dataclass(frozen=True, eq=False)
class PastForecasts:
    """What would have been forecast at past cut-offs, one row a cut-off and day ahead of it.

    cut, day
        The cut-off (the last day known) and the day, as days since 1970-01-01.
    forecast, actual
        The day's calls.
    weight
        How much the row counts: the younger the more.
    """

    cut: Whole
    day: Whole
    forecast: Numbers
    actual: Numbers
    weight: Numbers


@dataclass(frozen=True, eq=False)
class Combined:
    """The settings put together, for the days asked for.

    mean, covariance
        Of log(total) without the day's own noise.
    fits, weights
        The settings that take part.
    scatter
        By how much past errors were wider than the model's own band.
    past_misses, trust
        What past misses add to the mean (logarithm), and how far they are trusted to (0–1).
    step_to_come
        What a further step adds to the mean on average (logarithm), where there were steps before.
    told
        By part, what the planner's own factors have changed in it (logarithm).
    past
        What the settings together would have forecast before; None where there was nothing to judge them by.
    """

    mean: Numbers
    covariance: Numbers
    kernels: Kernels
    fits: tuple[Fitted, ...]
    weights: Numbers
    scatter: PastScatter = AS_STATED
    past_misses: float = 0.0
    trust: float = 0.0
    step_to_come: float = 0.0
    told: Mapping[str, Numbers] = field(default_factory=dict)
    past: PastForecasts | None = None

    def contributions(self) -> dict[str, Numbers]:
        """Return each part's mean of log(total) on the days asked for.

        They, `middle`, `past_misses` and `step_to_come` add up to it.
        """
        parts: dict[str, Numbers] = dict(self.told)
        for fit, weight in zip(self.fits, self.weights, strict=True):
            for name, value in self.kernels.contributions(fit).items():
                parts[name] = parts.get(name, 0.0) + weight * value
        return parts

    @property
    def one_day_errors(self) -> Numbers:
        """Errors of log(total) of each observed day, forecast from the days before it alone."""
        return _one_day_errors(self.fits, self.weights)


class Judge:
    """Past cut-offs of one series and what was wanted from each."""

    def __init__(self, series: DaySeries, lead_days: tuple[int, int], *, behind_days: float) -> None:
        day = series.day[: series.observed]
        first, last = day[0] + behind_days, day[-1] - lead_days[1]
        self.next_days = lead_days[1] <= 7
        step = 7 if lead_days[1] - lead_days[0] >= 6 else 1
        cuts = np.arange(last, first - 1, -step)[::-1]
        self.overlap = max((lead_days[1] - lead_days[0] + 1) / step, 1.0)
        ranges = [np.searchsorted(day, (c + 1, c + lead_days[0], c + lead_days[1] + 1)) for c in cuts]
        self.blocks = [(int(a), int(b), int(e)) for a, b, e in ranges if e > b]
        age = np.array([day[-1] - day[a - 1] for a, _, _ in self.blocks], dtype=float)
        self.block_weight = 0.5 ** (age / DAYS_PER_YEAR)
        sizes = [e - b for _, b, e in self.blocks]
        self.row_weight = np.repeat(self.block_weight / np.maximum(sizes, 1), sizes) if sizes else np.zeros(0)

    def errors(self, fitted: Fitted) -> Numbers:
        """Return the errors of log(total) on the days ahead of every cut-off, each from what came before it alone."""
        factor, z = fitted.factor, fitted.innovation
        return np.concatenate([factor[b:e, a:e] @ z[a:e] for a, b, e in self.blocks])

    def past(self, errors: Numbers, series: DaySeries) -> PastForecasts:
        """Return the forecasts that had those errors of log(total)."""
        rows = np.concatenate([np.arange(b, e) for _, b, e in self.blocks])
        cut = np.repeat([series.day[a - 1] for a, _, _ in self.blocks], [e - b for _, b, e in self.blocks])
        log = series.log_total[rows]
        day = series.day[rows]
        return PastForecasts(
            cut.astype(np.int64), day.astype(np.int64), np.exp(log - errors), np.exp(log), self.row_weight
        )

    def spreads(self, fitted: Fitted, noise: Numbers, plain_noise: Numbers) -> Numbers:
        """Return the standard deviations that the model stated for those errors, with every day's noise as usual."""
        factor = fitted.factor
        stated = [(factor[b:e, a:e] ** 2).sum(axis=1) - noise[b:e] + plain_noise[b:e] for a, b, e in self.blocks]
        return np.sqrt(np.maximum(np.concatenate(stated), 1e-12))

    @property
    def cases(self) -> float:
        """Number of cut-offs that count as if they were independent: weekly ones overlap."""
        return float(self.block_weight.sum() ** 2 / (self.block_weight**2).sum()) / self.overlap

    def usual_miss(self, errors: Numbers, series: DaySeries) -> tuple[float, float]:
        """Return the factor (its logarithm) with which past forecasts would have missed the fewest calls.

        That is the median of actual ÷ forecast, weighted by the forecast calls; days after a step that came later than
        the cut-off tell nothing of it. The second number is how far it is trusted (0–1): by how much it may be chance,
        which the differences between the cut-offs tell, beside how far lines are off for long.
        """
        day, parts = series.day, []
        for cut, first, past in self.blocks:
            next_step = min((step for step in series.steps if step > day[cut - 1]), default=np.inf)
            forecast = np.exp(series.log_total[first:past])
            parts.append(np.where(day[first:past] >= next_step, 0.0, forecast))
        weight = np.concatenate(parts) * np.exp(-errors) * self.row_weight
        if not weight.sum() > 0.0:
            return 0.0, 0.0
        middle = weighted_quantile(errors, weight, 0.5)
        ends = np.cumsum([past - first for _, first, past in self.blocks])
        means = np.array([float(block.mean()) for block in np.split(errors, ends[:-1])])
        spread = np.sqrt(self.block_weight @ (means - middle) ** 2 / self.block_weight.sum())
        chance = spread**2 / self.cases * (1.0 + CASES_FOR_A_SPREAD / self.cases)
        beyond = float(np.sign(middle)) * max(abs(middle) - SMALLEST_MISS, 0.0)
        return beyond, float(LASTING_MISS_VARIANCE / (LASTING_MISS_VARIANCE + chance))

    def loss(self, errors: Numbers) -> float:
        """Return the mean absolute error, cut-offs weighted by age, unforeseeable errors capped."""
        return float(self.row_weight @ np.minimum(np.abs(errors), LARGEST_ERROR) / self.row_weight.sum())


def combine(series: DaySeries, lead_days: tuple[int, int]) -> Combined:
    """Return the combination of settings for `series`, judged `lead_days` (first, last) ahead of past cut-offs."""
    kernels = doubted(Kernels(series))
    behind = float(series.day[series.observed - 1] - series.day[0])
    season_judged = behind >= DAYS_PER_YEAR + lead_days[1] + FEWEST_DAYS_BEHIND
    judge = Judge(series, lead_days, behind_days=DAYS_PER_YEAR if season_judged else FEWEST_DAYS_BEHIND)
    if len(judge.blocks) < 3:
        return _put_together(kernels, [kernels.fit(START)], np.ones(1))
    tried = _search(kernels, judge, with_season=season_judged)
    fits = list(tried)
    errors = [tried[f] for f in fits]
    scaled = np.column_stack(errors) * np.sqrt(judge.row_weight)[:, None]
    capped = np.clip(scaled, *(sign * LARGEST_ERROR * np.sqrt(judge.row_weight)[:, None] for sign in (-1, 1)))
    weights = mixing_weights(capped, pull=PULL_TO_EQUAL * (1.0 + CASES_TO_TELL / judge.cases))
    keep = weights >= min(NEGLIGIBLE_WEIGHT, float(weights.max()))
    fits, weights = [f for f, kept in zip(fits, keep, strict=True) if kept], weights[keep] / weights[keep].sum()
    errors = [e for e, kept in zip(errors, keep, strict=True) if kept]
    scatter = _past_scatter(judge, list(zip(fits, errors, weights, strict=True)), kernels, series)
    if behind >= 0.9 * DAYS_PER_YEAR and not season_judged:
        best = fits[int(np.argmax(weights))].setting
        fits += [kernels.fit(replace(best, **change)) for change in FIRST_SEASON]
        weights = np.concatenate([0.5 * weights, np.full(len(FIRST_SEASON), 0.5 / len(FIRST_SEASON))])
    together = _put_together(kernels, fits, weights, scatter)
    mixed = _mixed(errors, weights[: len(errors)])
    together = replace(together, past=judge.past(mixed, series))
    if float(np.median(series.noise_variance)) - series.sigma**2 < LARGEST_COUNTING_VARIANCE:
        missed, trust = judge.usual_miss(mixed, series)
        missed *= trust
        together = replace(together, mean=together.mean + missed, past_misses=missed, trust=trust)
    if not series.steps:
        return together
    return _with_step_to_come(together, series, min(0.5 * sum(lead_days) * len(series.steps) / max(behind, 1.0), 0.5))


def _with_step_to_come(together: Combined, series: DaySeries, risk: float) -> Combined:
    """Return the combination when, with probability `risk`, another step comes before the days asked for.

    The mean moves by what such a step adds on average: steps that led both ways add nothing, a line that others were
    merged into again and again grows.
    """
    usual = float(np.median(np.diag(together.covariance))) + series.sigma**2
    jumps = stretch_of_steps(risk, JUMP_TO_COME_VARIANCE / usual)
    size = float(np.clip(np.sum(series.step_sizes) / (len(series.steps) + STEPS_OF_DOUBT), *LARGEST_MEAN_STEP))
    to_come = float(np.log1p(risk * np.expm1(size)))
    return replace(
        together,
        mean=together.mean + to_come,
        step_to_come=to_come,
        scatter=together.scatter.before_jumps(jumps),
    )


def _search(kernels: Kernels, judge: Judge, *, with_season: bool) -> dict[Fitted, Numbers]:
    tried: dict[DaySetting, Fitted] = {START: kernels.fit(START)}
    errors = {START: judge.errors(tried[START])}
    best = START
    for axis in NEXT_DAYS_AXES if judge.next_days else AXES:
        for change in axis:
            if change.keys() & {"year", "swing"} and not with_season:
                continue
            if (change.keys() == {"step"} and not kernels.series.steps) or ("swing_days" in change and not best.swing):
                continue
            setting = replace(best, **change)
            if setting not in tried:
                tried[setting] = kernels.fit(setting)
                errors[setting] = judge.errors(tried[setting])
        best = min(tried, key=lambda s: judge.loss(errors[s]))
    return {tried[s]: errors[s] for s in tried}


def _mixed(errors: Sequence[Numbers], weights: Numbers) -> Numbers:
    return np.asarray(np.sum([w * e for w, e in zip(weights, errors, strict=True)], axis=0) / weights.sum())


def _one_day_errors(fits: Sequence[Fitted], weights: Numbers) -> Numbers:
    misses = [w * np.diag(f.factor) * f.innovation for f, w in zip(fits, weights, strict=True)]
    return np.asarray(np.sum(misses, axis=0))


def _past_scatter(
    judge: Judge, parts: Sequence[tuple[Fitted, Numbers, float]], kernels: Kernels, series: DaySeries
) -> PastScatter:
    """Return how past errors lay beside what was stated, with the noise of every day of `series` as usual."""
    fits, weights = [f for f, _, _ in parts], np.array([w for _, _, w in parts])
    noise, plain = kernels.series.noise_variance, series.noise_variance
    rows = np.concatenate([np.arange(b, e) for _, b, e in judge.blocks])
    day, is_rest = series.day[: series.observed], series.is_rest[: series.observed]
    ahead = PastErrors(
        _mixed([e for _, e, _ in parts], weights),
        np.sqrt(np.sum([w * judge.spreads(f, noise, plain) ** 2 for f, _, w in parts], axis=0)),
        judge.row_weight,
        is_rest[rows],
    )
    stated = np.sum([w * np.diag(f.factor) ** 2 for f, _, w in parts], axis=0) - noise + plain
    one_day = PastErrors(
        _one_day_errors(fits, weights),
        np.sqrt(np.maximum(stated, 1e-12)),
        np.asarray(0.5 ** ((day[-1] - day) / DAYS_PER_YEAR)),
        is_rest,
    )
    cases = float(judge.row_weight.sum() ** 2 / (judge.row_weight**2).sum())
    cases /= 7.0 if judge.blocks[-1][2] - judge.blocks[-1][1] > 6 else 1.0  # weekly cut-offs overlap
    return learn_scatter(ahead, one_day, cases=cases)


def stretch_of_steps(risk: float, room: float) -> tuple[float, float]:
    """Return how much wider the 80 % and 95 % limits of a normal are when, with probability `risk`, it also jumps.

    The jump is normal with `room` times the variance; the limits solve the two normals' mixture.
    """
    z = np.linspace(0.5, 12.0, 2301)
    inside = (1.0 - risk) * (2.0 * ndtr(z) - 1.0) + risk * (2.0 * ndtr(z / np.sqrt(1.0 + room)) - 1.0)
    limits = [float(z[min(int(np.searchsorted(inside, level)), len(z) - 1)]) for level in (0.80, 0.95)]
    return limits[0] / Z_80, limits[1] / Z_95


def _put_together(
    kernels: Kernels, fits: Sequence[Fitted], weights: Numbers, scatter: PastScatter = AS_STATED
) -> Combined:
    solved = [kernels.predict(f) for f in fits]
    mean = np.asarray(np.sum([w * m for (m, _), w in zip(solved, weights, strict=True)], axis=0))
    covariance = np.zeros((len(mean), len(mean)))
    for (own, spread), weight in zip(solved, weights, strict=True):
        covariance += weight * (spread + np.outer(own - mean, own - mean))
    return _as_told(Combined(mean, covariance, kernels, tuple(fits), weights, scatter))


def _as_told(together: Combined) -> Combined:
    """Return the combination with the effects that the planner sets in place of what was learned of them."""
    series = together.kernels.series
    if not series.told:
        return together
    told = told_changes(series, together.contributions())
    return replace(
        together, mean=together.mean + np.sum([np.zeros(len(together.mean)), *told.values()], axis=0), told=told
    )
