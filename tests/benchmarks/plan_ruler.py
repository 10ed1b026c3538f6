"""Is the promise kept, and for how many hours: past months planned, then the real calls let come.

    python -m tests.benchmarks.plan_ruler                 # every line of the ruler
    python -m tests.benchmarks.plan_ruler us_bank         # one of them

The ruler lies at shared/bench/rehearsal beside the project (or under HUAWU_SHARED); its simulator is nobody's planner.
The plan strives for the expected level, from a history through the 24th; it is not told the callers' patience.
"""

from __future__ import annotations

import importlib
import sys
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from forecaster.forecast.interval_forecast import forecast_month
from forecaster.history.calendar import country_calendar
from forecaster.history.observed import History
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.promises import Promise, promise
from forecaster.requirement.seats import requirement
from forecaster.requirement.striving import Striving
from tests.benchmarks.forecast_ruler import shared_bench

CALLS_COLUMNS = ("calls", "calls_lower_80", "calls_upper_80", "calls_lower_95", "calls_upper_95")
TOLD: dict[tuple[str, str], Promise] = {}
_SEEN: dict[tuple[str, str], tuple[pd.Series, Any]] = {}


@lru_cache(maxsize=128)
def ahead(key: tuple[str, str]) -> pd.DataFrame:
    """Return the forecast frame of a line's month, from the calls seen until then."""
    calls, line = _SEEN[key]
    month = pd.Period(key[1])
    frame = calls.tz_localize("UTC").rename("calls_offered").rename_axis("interval_start").to_frame()
    calendar = country_calendar(line.country, range(calls.index[0].year - 1, month.year + 2))
    forecast = forecast_month(History(key[0], "UTC", 60, frame), month, calendar=calendar)
    return forecast.assign(aht_seconds=line.aht_seconds)


def plan(calls: pd.Series, line: Any, month: pd.Period, scale: float, target: ServiceTarget) -> pd.DataFrame:
    """Return people by hour and the month's promise, as the ruler asks for them."""
    key = (line.name, str(month))
    _SEEN[key] = (calls, line)
    frame = ahead(key).copy()
    frame[list(CALLS_COLUMNS)] *= scale
    need = requirement(frame, target, interval_minutes=60, striving=Striving("expected"))
    people = need["people_to_roster"]
    made = pd.DataFrame({"people": people.to_numpy()}, index=pd.DatetimeIndex(frame.index).tz_localize(None))
    if scale != 1.0:  # the ruler reads no promise there
        return made.assign(promised=np.nan)
    TOLD[key] = told = promise(frame, people, target)
    month_told = told.month
    return made.assign(
        promised=month_told["expected"], promised_lower=month_told["lower_80"], promised_upper=month_told["upper_80"]
    )


def days_against_chance(ruler: Any, planners: Any, simulator: Any) -> pd.DataFrame:
    """Return each day's stated chance to keep the target, and whether it came to keep it."""
    rows = []
    for name, line in planners.LINES.items():
        calls = planners.calls_of(line)
        for number, month in enumerate(map(pd.Period, line.months)):
            told = TOLD.get((name, str(month)))
            came = calls.reindex(pd.date_range(month.start_time, month.end_time.floor("h"), freq="h"))
            seen = came.notna().to_numpy()
            if told is None or seen.sum() < 200:
                continue
            rng = np.random.default_rng([number, 0, 7])
            at, hour = simulator.arrivals(came, rng)
            service = simulator.service(len(at), line.aht_seconds, rng)
            patience = rng.exponential(planners.PATIENCE_SECONDS, len(at))
            there = np.random.default_rng([number, 0, 9])
            on = simulator.present(told.intervals["people"].to_numpy(), there, planners.SHRINKAGE)
            out = simulator.play(on, at, hour, service, patience, within=planners.ANSWER_WITHIN_SECONDS)
            days = came.index.strftime("%Y-%m-%d")[seen]
            counts = pd.DataFrame({key: out[key][seen] for key in ("ok", "off")}).groupby(days).sum()
            kept = (counts["ok"] / counts["off"])[counts["off"] > 20] >= ruler.TARGET.service_level
            rows.append(pd.DataFrame({"line": name, "chance": told.days["chance"], "kept": kept}).dropna())
    return pd.concat(rows)


def main() -> None:
    """Print promised against kept, hours against the workbook's, and the days' chances against what came."""
    folder = shared_bench("rehearsal", "ruler.py")
    if folder is None:
        print("the ruler is not here (shared/bench/rehearsal beside the project)")
        return
    sys.path.insert(0, str(folder))
    ruler, planners, simulator = (importlib.import_module(name) for name in ("ruler", "planners", "simulator"))
    lines = [name for name in sys.argv[1:] if name in planners.LINES] or list(planners.LINES)

    def mine(calls: pd.Series, line: Any, month: pd.Period, scale: float) -> pd.DataFrame:
        return plan(calls, line, month, scale, ruler.TARGET)

    ruler.report(pd.concat([ruler.rehearse(name, {"mine": mine}) for name in lines]))
    days = days_against_chance(ruler, planners, simulator)
    days["bin"] = pd.qcut(days["chance"], 4, duplicates="drop")
    told = days.groupby("bin", observed=True).agg(
        days=("kept", "size"), stated=("chance", "mean"), came=("kept", "mean")
    )
    print(told.round(3).to_string())


if __name__ == "__main__":
    main()
