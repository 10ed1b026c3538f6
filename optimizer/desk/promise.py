"""What a roster promises the callers, by formula, and what days played call by call make of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecaster.history.intervals import require_same_intervals, wall_clock
from forecaster.messages import Words
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.seats import promised
from forecaster.simulation.simulator import simulate

PROMISE_COLUMNS = ("calls", "seats", "promised", "simulated", "simulated_lower", "simulated_upper")
REPLICATIONS = 40


def answer_rates(
    forecast: pd.DataFrame,
    coverage: pd.DataFrame,
    target: ServiceTarget,
    *,
    replications: int = REPLICATIONS,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the share of calls answered within the target's threshold that a roster gives, interval by interval.

    forecast, coverage
        Frames as in docs/frames.md of the same intervals. Of the people rostered, the target's shrinkage is away.

    Columns: `calls`, `seats` (people rostered who are on the phone), `promised` (Erlang, each interval on its own, as
    the requirement has it), `simulated` with its 95 % limits (whole months played call by call: callers left over from
    one interval wait into the next); shares 0–1, NaN without calls in the runs.

    Raises
    ------
    ValueError
        If the two do not cover the same intervals.
    """
    index = pd.DatetimeIndex(forecast.index)
    both = Words("预测与在班人数", "forecast and coverage")
    require_same_intervals(index, pd.DatetimeIndex(coverage.index), names=both)
    minutes = int((index[1] - index[0]).total_seconds() // 60)
    calls = forecast["calls"].fillna(0.0)
    aht = forecast["aht_seconds"]
    on_phone = np.floor(coverage["seats_rostered"].to_numpy(dtype=float) * (1 - target.shrinkage) + 1e-9)
    seats = pd.Series(on_phone, index=index)
    load = calls * aht / (60 * minutes)
    runs = simulate(
        calls.to_numpy(),
        seats=on_phone.astype(int),
        aht_seconds=aht.to_numpy(),
        interval_minutes=minutes,
        answer_within_seconds=target.answer_within_seconds,
        patience_seconds=target.patience_seconds,
        replications=replications,
        seed=seed,
    )
    table = runs.frame().set_axis(index)
    return pd.DataFrame(
        {
            "calls": calls,
            "seats": on_phone.astype(int),
            "promised": np.asarray(promised(seats, load, aht, target)["service_level"], dtype=float),
            "simulated": table["service_level"],
            "simulated_lower": table["service_level_lower"],
            "simulated_upper": table["service_level_upper"],
        },
        index=index,
    ).rename_axis("interval_start")


def by_day(rates: pd.DataFrame) -> pd.DataFrame:
    """Return `calls, promised, simulated` of each day, the shares weighted by calls; index `date`."""
    weighted = rates.assign(
        promised=rates["promised"] * rates["calls"], simulated=rates["simulated"].fillna(0.0) * rates["calls"]
    )
    days = wall_clock(pd.DatetimeIndex(rates.index)).strftime("%Y-%m-%d")
    daily = weighted[["calls", "promised", "simulated"]].groupby(days).sum().rename_axis("date")
    for column in ("promised", "simulated"):
        daily[column] = daily[column] / daily["calls"].where(daily["calls"] > 0)
    return daily


def over_all(rates: pd.DataFrame) -> tuple[float, float]:
    """Return the shares promised and simulated over all calls; NaN without calls."""
    calls = rates["calls"]
    if not calls.sum() > 0:
        return float("nan"), float("nan")
    promise, played = ((rates[name].fillna(0.0) * calls).sum() / calls.sum() for name in ("promised", "simulated"))
    return float(promise), float(played)
