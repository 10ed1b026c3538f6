"""The day model against a second program: the covariance day by day in loops, and the textbook's dense solution."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from forecaster.forecast.day_model import DaySetting, Kernels, doubted
from forecaster.forecast.day_series import DaySeries

SETTING = DaySetting(
    level=0.1,
    month=0.9,
    month_days=10.0,
    year=1.5,
    year_days=30.0,
    weekday_drift=0.5,
    day_of_month=0.4,
    rest_season=0.7,
)
FIRST = date(2025, 12, 1)


def series(observed: int = 60, ahead: int = 20) -> DaySeries:
    """Two months observed but for some days, three weeks asked for: every part of the model has something to do."""
    numbers = [n for n in range(observed + ahead) if n not in (7, 8, 30)]
    days = [FIRST + timedelta(days=n) for n in numbers]
    day = np.array([(d - date(1970, 1, 1)).days for d in days])
    known = sum(n < observed for n in numbers)
    random = np.random.default_rng(4)
    bills = np.array([1.0 if d.day == 5 else 0.0 for d in days])
    push = np.array([0.5 ** (n % 22 - 18) if n % 22 >= 18 else 0.0 for n in numbers])  # the last one of days asked for
    feast, fair = (
        np.array([float(n - at) if 0 < abs(n - at) <= reach else np.nan for n in numbers])
        for at, reach in ((66, 8), (57, 4))
    )
    return DaySeries(
        day=day,
        weekday=np.array([d.weekday() for d in days]),
        day_of_month=np.array([d.day for d in days]),
        log_total=7.0 + 0.2 * random.standard_normal(known),
        noise_variance=0.01 + 0.002 * np.arange(known) / known,
        sigma=0.12,
        rest_weekdays=frozenset({5, 6}),
        steps=(int(day[25]),),
        week_breaks=(int(day[45]),),
        effects={"billing day +0": bills, "campaign": push},
        effect_sd={"billing day +0": 0.15, "campaign": 0.4},
        effect_mean={"campaign": 0.3},
        around={"feast": feast, "fair": fair},
        around_sd={"feast": 0.11},
    )


def covariance(s: DaySeries, i: int, j: int, *, step: float, swing: float) -> float:
    """What two days have in common, part by part, as the model is described."""
    unit, gap = s.sigma**2, abs(int(s.day[i]) - int(s.day[j]))
    same_weekday, rest = s.weekday[i] == s.weekday[j], [s.weekday[k] in (5, 6) for k in (i, j)]

    def season(days: float, years: float = 5.0) -> float:
        width = 2 * (365.25 / (2 * math.pi * days)) ** 2
        return math.exp(-width * math.sin(math.pi * gap / 365.25) ** 2 - gap / (years * 365.25))

    total = 9.0 + float(same_weekday)
    if min(s.day[i], s.day[j]) >= s.steps[0]:
        total += step * (4.0 + 0.15 * same_weekday)
    total += swing**2 * season(25.0, years=20.0)
    if min(s.day[i], s.day[j]) >= s.week_breaks[0]:
        total += 2.0 * same_weekday
    total += 0.15**2 * s.effects["billing day +0"][i] * s.effects["billing day +0"][j]
    total += 0.4**2 * s.effects["campaign"][i] * s.effects["campaign"][j]
    for name, sd in (("feast", 0.11), ("fair", 0.2)):  # told, and as it is where nothing is told
        one, other = s.around[name][i], s.around[name][j]
        if one * other > 0:  # both near, on the same side
            total += sd**2 * math.exp(-abs(one - other) / 4)
    total += unit * 0.1**2 * (min(s.day[i], s.day[j]) - min(s.day))
    total += unit * 0.9**2 * math.exp(-gap / 10)
    total += unit * 1.5**2 * season(30.0)
    total += unit * 0.5**2 * same_weekday * math.exp(-gap / 365.25)
    if not (s.effects["billing day +0"][i] or s.effects["billing day +0"][j]):
        total += unit * 0.4**2 * math.exp(-abs(int(s.day_of_month[i]) - int(s.day_of_month[j])) / 1.5)
    if rest[0] == rest[1]:
        total += unit * 0.7**2 * season(50.0) * (1.0 if rest[0] else 0.25)
    return total


def solved(s: DaySeries, *, step: float, swing: float) -> tuple[np.ndarray, np.ndarray]:
    """The mean and covariance of the days asked for given those observed, by inverting the whole matrix."""
    count, n = len(s.day), s.observed
    every = np.array([[covariance(s, i, j, step=step, swing=swing) for j in range(count)] for i in range(count)])
    expected = 0.3 * s.effects["campaign"]
    inverse = np.linalg.inv(every[:n, :n] + np.diag(s.noise_variance))
    middle = np.median(s.log_total)
    mean = middle + expected[n:] + every[n:, :n] @ inverse @ (s.log_total - middle - expected[:n])
    return mean, every[n:, n:] - every[n:, :n] @ inverse @ every[:n, n:]


def test_the_forecast_is_the_gaussian_given_what_was_observed() -> None:
    s = series()
    kernels = Kernels(s)
    for step, swing in (
        (1.0, 0.0),
        (0.25, 0.0),
        (0.25, 0.3),
        (0.0, 0.3),
    ):  # the steps' part is kept from one to the next
        setting = replace(SETTING, step=step, swing=swing, swing_days=25.0)
        mean, spread = kernels.predict(kernels.fit(setting))
        expected_mean, expected_spread = solved(s, step=step, swing=swing)
        np.testing.assert_allclose(mean, expected_mean, rtol=1e-9)
        np.testing.assert_allclose(spread, expected_spread, atol=1e-9)


def test_without_steps_it_does_not_matter_how_far_they_are_believed() -> None:
    kernels = Kernels(replace(series(), steps=()))
    fully, hardly = (kernels.predict(kernels.fit(replace(SETTING, step=step)))[0] for step in (1.0, 0.25))
    np.testing.assert_allclose(hardly, fully, rtol=1e-12)


def test_a_part_of_size_nought_is_left_out() -> None:
    s = series()
    kernels = Kernels(s)
    names = {name for name, _, _ in kernels.parts(DaySetting(level=0.0, month=0.0, weekday_drift=0.0))}
    assert names == set()
    assert {name for name, _, _ in kernels.parts(replace(DaySetting(), year=1.0))} == {
        "level", "recent weeks", "weekday", "season",
    }  # fmt: skip


def test_the_parts_add_up_to_the_mean() -> None:
    s = series()
    kernels = Kernels(s)
    for setting in (SETTING, replace(SETTING, step=0.25, swing=0.3, swing_days=25.0)):
        fitted = kernels.fit(setting)
        parts = kernels.contributions(fitted)
        assert set(parts) == {
            "level", "recent weeks", "season", "weekday", "day of month", "billing day +0", "campaign", "around feast",
            "around fair",
            f"level step {FIRST + timedelta(days=int(s.day[25] - s.day[0]))}",
        }  # fmt: skip
        np.testing.assert_allclose(kernels.middle + sum(parts.values()), kernels.predict(fitted)[0], rtol=1e-9)


def test_each_days_surprise_is_that_of_a_fit_to_the_days_before_it() -> None:
    s = series()
    fitted = Kernels(s).fit(SETTING)
    for at in (20, 40, 56):
        earlier = Kernels(_cut(s, at))
        mean, spread = earlier.predict(earlier.fit(SETTING))
        middle = np.median(s.log_total)
        # the middle is the whole history's in both
        shift = earlier.middle - middle
        sd = math.sqrt(spread[0, 0] + s.noise_variance[at])
        surprise = (s.log_total[at] - mean[0]) / sd
        assert fitted.innovation[at] == pytest.approx(surprise, abs=abs(shift) * 0.05 + 1e-9)
        assert fitted.factor[at, at] == pytest.approx(sd, rel=1e-9)


def _cut(s: DaySeries, at: int) -> DaySeries:
    return replace(s, log_total=s.log_total[:at], noise_variance=s.noise_variance[:at])


def test_doubt_falls_on_the_days_that_the_others_make_unlikely_as_students_t_has_it() -> None:
    s = series()
    wild = s.log_total.copy()
    wild[[12, 44]] += (1.5, -2.0)
    s = replace(s, log_total=wild)
    kernels = Kernels(s)
    made = doubted(kernels)
    doubt = made.doubt
    n = s.observed
    setting = DaySetting(level=0.2)
    past = kernels.fixed()[:n, :n] + np.diag(s.noise_variance)
    past = past + sum(variance * value[:n, :n] for _, variance, value in kernels.parts(setting))
    y = s.log_total - np.median(s.log_total) - 0.3 * s.effects["campaign"][:n]
    for at in range(n):
        rest = np.delete(np.arange(n), at)
        weights = np.linalg.solve(past[np.ix_(rest, rest)], past[rest, at])
        miss, variance = y[at] - weights @ y[rest], past[at, at] - weights @ past[rest, at]
        assert doubt[at] == pytest.approx(max((4.0 + miss**2 / variance) / 5.0, 1.0), rel=1e-6)
    assert set(np.argsort(doubt)[-2:]) == {12, 44}
    np.testing.assert_allclose(made.series.noise_variance, s.noise_variance * doubt)
