"""Lines add up to their centre, and what the centre's own forecast knows better goes back to them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecaster.forecast.accuracy import wape
from forecaster.forecast.adding_up import forecast_together, learned_worth, reconciled, summed
from forecaster.forecast.combination import PastForecasts
from forecaster.forecast.interval_forecast import forecast_frame
from forecaster.forecast.sisters import forecast_many
from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from forecaster.history.observed import History

SHAPE = np.where((np.arange(24) >= 8) & (np.arange(24) < 20), 1 / 12, 0.0)
JUNE = month_intervals(pd.Period("2026-06"), "UTC", interval_minutes=60)
CUTOFF = pd.Timestamp("2026-05-25", tz="UTC")


def line(name: str, rate: np.ndarray, *, begins: str = "2026-01-05", seed: int = 0) -> History:
    index = pd.date_range("2026-01-05", periods=24 * len(rate), freq="h", tz="UTC", name="interval_start")
    calls = np.random.default_rng(seed).poisson(np.outer(rate, SHAPE)).ravel().astype(float)
    return History(name, "UTC", 60, pd.DataFrame({"calls_offered": calls}, index=index).loc[begins:])


def centre(seed: int) -> dict[str, History]:
    """Three lines of one steady centre, whose callers move between them from week to week."""
    random, days = np.random.default_rng(seed), len(pd.date_range("2026-01-05", "2026-06-30"))
    moves = np.repeat(np.cumsum(random.normal(0, 0.12, (3, days // 7 + 1)), axis=1), 7, axis=1)[:, :days]
    shares = np.exp(moves - moves[:, [0]]) * np.array([[0.5], [0.3], [0.2]])
    rates = 900.0 * shares / shares.sum(axis=0)
    return {f"line {row}": line(f"line {row}", rates[row], seed=10 * seed + row) for row in range(3)}


def known(lines: dict[str, History]) -> dict[str, History]:
    return {name: one.before(CUTOFF) for name, one in lines.items()}


def test_the_parts_are_moved_as_the_least_squares_of_the_whole_tree_move_them() -> None:
    random = np.random.default_rng(1)
    parts, variances = random.uniform(50, 100, (5, 9)), random.uniform(1, 9, (5, 9))
    total, of_total = parts.sum(axis=0) + random.normal(0, 9, 9), random.uniform(1, 20, 9)
    worth = variances.sum(axis=0) / (variances.sum(axis=0) + of_total)
    found = reconciled(parts, variances, total, worth)
    adds = np.vstack([np.ones(5), np.eye(5)])
    for day in range(9):
        weights = np.diag(1 / np.array([of_total[day], *variances[:, day]]))
        told = np.array([total[day], *parts[:, day]])
        expected = np.linalg.solve(adds.T @ weights @ adds, adds.T @ weights @ told)
        assert found[:, day] == pytest.approx(expected)


def test_nothing_is_moved_by_more_than_half_nor_out_of_nothing() -> None:
    parts = np.array([[100.0, 0.0], [10.0, 0.0]])
    found = reconciled(parts, parts**2, np.array([1e6, 50.0]), 1.0)
    assert found.tolist() == [[150.0, 0.0], [15.0, 0.0]]
    assert reconciled(parts, 1e4 * parts, np.zeros(2), 1.0)[:, 0] == pytest.approx([100 / 1.5, 10 / 1.5])


def past(forecast: np.ndarray, actual: np.ndarray, *, later: int = 0) -> PastForecasts:
    """Forecasts of 28 days ahead at as many weekly cut-offs as there are rows."""
    cut = np.repeat(100 + 7 * np.arange(len(forecast)), 28) + later
    day = cut - later + np.tile(8 + np.arange(28), len(forecast))
    return PastForecasts(cut, day, forecast.ravel(), actual.ravel(), np.ones(forecast.size))


@pytest.mark.parametrize("better", [0.0, 0.3, 1.0])
def test_the_whole_is_worth_what_would_have_missed_least(better: float) -> None:
    random = np.random.default_rng(2)
    actual = random.uniform(80, 120, (2, 40, 28))
    wrong, other = random.normal(0, 9, (2, 40, 28))
    of_sum = actual.sum(axis=0) + better * wrong + 0.2 * other
    of_whole = actual.sum(axis=0) - (1 - better) * wrong + 0.2 * other
    lines = [past(of_sum / 2, actual[0]), past(of_sum / 2, actual[1], later=2)]  # one is shut on the last days
    worth, cases = learned_worth(lines, past(of_whole, actual.sum(axis=0)))
    tried = np.linspace(0, 1, 1001)
    missed = [np.square(one * of_whole + (1 - one) * of_sum - actual.sum(axis=0)).sum() for one in tried]
    assert worth == pytest.approx(tried[int(np.argmin(missed))], abs=1e-3)
    assert cases == 40 / 4
    assert learned_worth([lines[0], None], lines[1]) == (0.0, 0.0)


def by_day(calls: pd.Series) -> pd.Series:
    return calls.groupby(JUNE.date).sum()


def test_a_centre_whose_callers_move_between_its_lines_is_forecast_better_by_both_than_by_the_lines() -> None:
    errors: dict[str, list[tuple[float, float]]] = {"lines": [], "centre": []}
    for seed in (1, 2, 3):
        lines = centre(seed)
        actual = {name: by_day(one.frame["calls_offered"].reindex(JUNE)) for name, one in lines.items()}
        both = forecast_together(known(lines), JUNE, calendar=Calendar()).frames
        alone = forecast_many(known(lines), JUNE, calendar=Calendar())
        made = [{name: by_day(frame["calls"]) for name, frame in frames.items()} for frames in (both, alone)]
        errors["lines"] += [tuple(wape(actual[name], days[name]) for days in made) for name in lines]
        errors["centre"].append(tuple(wape(sum(actual.values()), sum(days.values())) for days in made))
    both, alone = np.mean(errors["centre"], axis=0)
    assert both < alone
    both, alone = np.mean(errors["lines"], axis=0)
    assert both < 1.02 * alone


def test_the_days_are_the_sum_of_the_lines_with_a_band_of_their_own() -> None:
    lines = known(centre(4))
    added = forecast_together(lines, JUNE, calendar=Calendar())
    total = sum(frame["calls"] for frame in added.frames.values()).groupby(JUNE.date).sum()
    assert added.days["calls"].to_numpy() == pytest.approx(total.to_numpy())
    assert list(added.days.index) == list(total.index)
    inside = added.days["calls_lower_80"].lt(added.days["calls"]) & added.days["calls_upper_80"].gt(added.days["calls"])
    assert inside.all()
    each = [frame["calls"].groupby(JUNE.date).sum() * frame["day_upper_80_ratio"].groupby(JUNE.date).first()
            for frame in added.frames.values()]  # fmt: skip
    assert (added.days["calls_upper_80"].to_numpy() < sum(each).to_numpy()).all()  # not all are high at once


def test_one_line_is_forecast_as_alone_and_a_young_one_as_its_sisters_teach_it() -> None:
    lines = known(centre(5))
    one = {"line 0": lines["line 0"]}
    alone = forecast_together(one, JUNE, calendar=Calendar())
    pd.testing.assert_frame_equal(alone.frames["line 0"], forecast_frame(lines["line 0"], JUNE, calendar=Calendar()))
    assert alone.days["calls_upper_80"].notna().all()
    young = line("young", np.full(140, 200.0), begins="2026-04-20", seed=7)
    with_young = lines | {"young": young}
    found = forecast_together(with_young, JUNE, calendar=Calendar())
    taught = forecast_many(with_young, JUNE, calendar=Calendar())["young"]
    pd.testing.assert_frame_equal(found.frames["young"], taught)
    assert summed(with_young).frame["calls_offered"].sum() == sum(
        one.frame["calls_offered"].sum() for one in lines.values()
    )


def test_a_line_that_cannot_be_forecast_is_told_and_the_others_are_as_without_it() -> None:
    lines = known(centre(6))
    silent = History("silent", "UTC", 60, lines["line 0"].frame * np.nan)
    told: dict[str, ValueError] = {}
    found = forecast_together(lines | {"silent": silent}, JUNE, calendar=Calendar(), failed=told.__setitem__)
    assert list(told) == ["silent"]
    expected = forecast_together(lines, JUNE, calendar=Calendar()).frames
    assert list(found.frames) == list(expected)
    for name, frame in expected.items():
        pd.testing.assert_frame_equal(found.frames[name], frame)
    with pytest.raises(ValueError, match="silent"):
        forecast_together(lines | {"silent": silent}, JUNE, calendar=Calendar())
    nothing = forecast_together({"silent": silent}, JUNE, calendar=Calendar(), failed=told.__setitem__)
    assert (nothing.frames, nothing.whole, len(nothing.days)) == ({}, None, 0)


def test_lines_that_were_never_observed_together_are_added_up_without_limits() -> None:
    lines = {name: known(centre(8))[name] for name in ("line 0", "line 1")}
    for turn, one in enumerate(lines.values()):
        one.frame.loc[one.frame.index.day_of_year % 2 == turn, "calls_offered"] = np.nan
    found = forecast_together(lines, JUNE, calendar=Calendar())
    assert found.whole is None
    assert found.days["calls_upper_80"].isna().all()
    assert found.days["calls"].sum() == pytest.approx(sum(frame["calls"].sum() for frame in found.frames.values()))
