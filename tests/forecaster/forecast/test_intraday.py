from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecaster.forecast.accuracy import wape
from forecaster.forecast.interval_forecast import forecast_next_day, watch_today
from forecaster.forecast.overrides import Override, score_overrides, with_overrides
from forecaster.history.calendar import Calendar
from forecaster.history.callers import patience_seconds, retry_share
from forecaster.history.observed import History

ZONE = "Asia/Shanghai"
SHAPE = np.array([2, 2, 2, 2, 2, 3, 6, 10, 14, 18, 20, 18, 14, 15, 17, 18, 16, 12, 9, 7, 5, 4, 3, 2], dtype=float)


def hotline(days: int, *, size: float = 6.0, day_sd: float = 0.15, seed: int = 7) -> History:
    random = np.random.default_rng(seed)
    index = pd.date_range("2026-01-05", periods=24 * days, freq="h", tz=ZONE, name="interval_start")
    rate = size * SHAPE[index.hour] * np.repeat(np.exp(day_sd * random.standard_normal(days)), 24)
    return History(
        "hotline", ZONE, 60, pd.DataFrame({"calls_offered": random.poisson(rate).astype(float)}, index=index)
    )


def test_the_morning_corrects_the_rest_of_the_day() -> None:
    whole = hotline(140)
    revised, plain, actual = [], [], []
    for day in range(100, 140):
        noon = whole.frame.index[0] + pd.Timedelta(days=day, hours=12)
        midnight = noon.normalize()
        table = forecast_next_day(whole.before(noon), calendar=Calendar())
        assert table.index[0] == noon
        assert len(table) == 12
        revised.append(table["calls"].to_numpy())
        plain.append(forecast_next_day(whole.before(midnight), calendar=Calendar())["calls"].to_numpy()[12:])
        actual.append(whole.frame["calls_offered"].reindex(table.index).to_numpy())
    assert wape(np.concatenate(actual), np.concatenate(revised)) < 0.75 * wape(
        np.concatenate(actual), np.concatenate(plain)
    )


def test_a_day_leaves_its_band_when_it_is_certain_and_not_before() -> None:
    history = hotline(100, day_sd=0.05)
    last = history.frame.index[-1].normalize()
    assert watch_today(history, calendar=Calendar()).first_outside_at is None
    frame = history.frame.copy()
    after_nine = frame.index >= last + pd.Timedelta(hours=9)
    frame.loc[after_nine, "calls_offered"] *= 2
    watch = watch_today(replace(history, frame=frame), calendar=Calendar())
    assert watch.first_outside_at is not None
    assert 9 <= watch.first_outside_at.hour <= 12


def test_looking_every_hour_tells_what_looking_once_at_the_end_tells() -> None:
    history = hotline(100, day_sd=0.05)
    last = history.frame.index[-1].normalize()
    frame = history.frame.copy()
    frame.loc[frame.index >= last + pd.Timedelta(hours=9), "calls_offered"] *= 1.5
    busy = replace(history, frame=frame)
    at_the_end = watch_today(busy, calendar=Calendar()).first_outside_at
    assert at_the_end is not None
    for hour in (8, 10, 12, 16):
        now = last + pd.Timedelta(hours=hour)
        told = watch_today(busy.before(now), calendar=Calendar()).first_outside_at
        assert told == (at_the_end if at_the_end < now.tz_localize(None) else None)


def test_false_alarms_are_as_rare_as_promised() -> None:
    history = hotline(160, day_sd=0.08, seed=11)
    ends = [history.frame.index[0] + pd.Timedelta(days=n) for n in range(100, 160)]
    alarms = [watch_today(history.before(e), calendar=Calendar()).first_outside_at is not None for e in ends]
    assert np.mean(alarms) <= 0.15


def test_patience_is_found_from_a_simulated_queue() -> None:
    random = np.random.default_rng(3)
    index = pd.date_range("2026-01-05", periods=24 * 30, freq="h", tz=ZONE, name="interval_start")
    rows = []
    for _ in index:
        offered_wait = random.exponential(60.0, size=200)  # what each caller would have to wait
        patience = random.exponential(180.0, size=200)
        rows.append((200, int((patience < offered_wait).sum()), float(np.minimum(patience, offered_wait).mean())))
    frame = pd.DataFrame(
        rows, columns=["calls_offered", "calls_abandoned", "mean_wait_seconds"], index=index, dtype=float
    )
    found = patience_seconds(History("q", ZONE, 60, frame))
    assert found.lower_95 < 180.0 < found.upper_95
    assert found.value == pytest.approx(180.0, rel=0.03)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_retries_are_found_from_a_simulated_line(share: float) -> None:
    random = np.random.default_rng(9)
    count = 24 * 200
    index = pd.date_range("2026-01-05", periods=count, freq="h", tz=ZONE, name="interval_start")
    offered, lost = np.zeros(count), np.zeros(count)
    back = 0
    for at in range(count):
        offered[at] = random.poisson(10.0 * SHAPE[at % 24]) + back
        lost[at] = random.binomial(int(offered[at]), random.uniform(0.02, 0.4))
        back = random.binomial(int(lost[at]), share)
    history = History("q", ZONE, 60, pd.DataFrame({"calls_offered": offered, "calls_abandoned": lost}, index=index))
    found = retry_share(history)
    assert found.value == pytest.approx(share, abs=0.08)
    assert found.lower_95 - 0.02 <= share <= found.upper_95 + 0.02


def test_overrides_change_their_hours_alone_and_are_scored_apart() -> None:
    history = hotline(60)
    table = forecast_next_day(history, calendar=Calendar())
    day = table.index[0]
    override = Override(day + pd.Timedelta(hours=8), day + pd.Timedelta(hours=12), 1.5, "price letter", "1024")
    changed = with_overrides(table, [override])
    factor = (changed["calls"] / table["calls"]).to_numpy()
    assert factor[8:12] == pytest.approx(1.5)
    assert np.delete(factor, slice(8, 12)) == pytest.approx(1.0)
    actual = table["calls"] * 1.5
    scores = score_overrides(changed, actual, [override])
    assert scores.loc[0, "error_override"] == pytest.approx(0.0)
    assert scores.loc[0, "gained"] == pytest.approx(0.5 * table["calls"].iloc[8:12].sum())


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"factor": -1.0}, "factor"),
        ({"reason": " "}, "reason"),
        ({"end_at": pd.Timestamp("2026-01-01", tz=ZONE)}, "end_at"),
    ],
)
def test_an_override_that_nobody_could_apply_is_refused(change: dict[str, object], named: str) -> None:
    fields = {"start_at": pd.Timestamp("2026-01-02", tz=ZONE), "end_at": pd.Timestamp("2026-01-03", tz=ZONE)}
    with pytest.raises(ValueError, match=named):
        Override(**{**fields, "factor": 1.2, "reason": "campaign", **change})
