"""How the forecast would have done: every past month made again from what was known on its plan cutoff."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.forecast.accuracy import bias, hit_rate, mase, pinball, poisson_floor, wape
from forecaster.forecast.band_columns import BAND_COLUMNS, BAND_LEVELS
from forecaster.forecast.forecasters import Forecaster, workbook
from forecaster.forecast.interval_forecast import forecast_month, predict_history
from forecaster.forecast.overrides import Override, override_factor, score_overrides
from forecaster.history.calendar import Calendar
from forecaster.history.intervals import MINUTES_PER_DAY, month_intervals, plan_cutoff, wall_clock
from forecaster.history.observed import History
from forecaster.sentences import refusal

MINIMUM_HISTORY_DAYS = 42  # six weeks: less tells no weekday from chance
BANDS = tuple(column.removeprefix("calls_") for column in BAND_COLUMNS)
OUR_NAMES = ("offered", "override", *BANDS)
WORKBOOK: Mapping[str, Forecaster] = {"workbook": workbook}
OnMonth = Callable[[int, int], None]
Numbers = NDArray[np.float64]


def months_to_test(history: History) -> list[pd.Period]:
    """Return the months that can be tested: observed, with `MINIMUM_HISTORY_DAYS` or more before their plan cutoff."""
    seen = history.frame["calls_offered"].dropna()
    if seen.empty:
        return []
    local = wall_clock(pd.DatetimeIndex(seen.index))
    enough = pd.Timedelta(days=MINIMUM_HISTORY_DAYS)
    start = pd.DatetimeIndex(seen.index)[0]
    return [m for m in local.to_period("M").unique() if plan_cutoff(m, history.timezone) - start >= enough]


def backtest_intervals(
    history: History,
    *,
    calendar: Calendar,
    months: Iterable[pd.Period] | None = None,
    overrides: Sequence[Override] = (),
    forecasters: Mapping[str, Forecaster] = WORKBOOK,
    progress: OnMonth | None = None,
) -> pd.DataFrame:
    """Return every tested interval: index `interval_start`, `month`, `calls_offered` and the forecast made for it.

    Each of `forecasters`, by name, is told the same past and stands in a column of its own, `calls_<name>` (its bands
    in `calls_lower_80_<name>` …). With `overrides` also `calls_override`, the forecast as the planner changed it;
    `calls` stays what the model said.

    Raises
    ------
    ValueError
        If no month can be tested, or a forecaster returns something else than calls of the intervals.
    """
    chosen = months_to_test(history) if months is None else list(months)
    if not chosen:
        raise refusal("history.no_month", queue=history.queue, days=MINIMUM_HISTORY_DAYS)
    tables = []
    for number, month in enumerate(chosen):
        if progress is not None:
            progress(number, len(chosen))
        table = forecast_month(history, month, calendar=calendar)
        intervals = month_intervals(month, history.timezone, interval_minutes=history.interval_minutes)
        known = history.before(plan_cutoff(month, history.timezone))
        table.insert(0, "month", str(month))
        table.insert(1, "calls_offered", history.frame["calls_offered"].reindex(intervals).to_numpy())
        beside = [_beside(name, one, known, intervals, calendar) for name, one in forecasters.items()]
        table = pd.concat([table, *beside], axis=1)
        if overrides:
            table["calls_override"] = table["calls"] * override_factor(overrides, intervals)
        tables.append(table)
    return pd.concat(tables)


def _beside(
    name: str, forecaster: Forecaster, known: History, intervals: pd.DatetimeIndex, calendar: Calendar
) -> pd.DataFrame:
    """Return what another forecaster says of the intervals, its columns marked with its name.

    Raises
    ------
    ValueError
        If it does not say the calls of every interval.
    """
    if name in OUR_NAMES:
        raise refusal("forecaster.name", name=name)
    made = forecaster(known, intervals, calendar=calendar)
    if "calls" not in made or not made.index.equals(intervals):
        raise refusal("forecaster.frame", name=name)
    said = made[[column for column in ("calls", *BAND_COLUMNS) if column in made]]
    return said.rename(columns={"calls": f"calls_{name}"} | {band: f"{band}_{name}" for band in BAND_COLUMNS})


def backtest_tables(
    tested: pd.DataFrame, *, history: History, calendar: Calendar, overrides: Sequence[Override] = ()
) -> dict[str, pd.DataFrame]:
    """Return the scores of tested intervals, each table ending in a row `all`.

    Tables `month`, `day_type` (workday, rest_day, holiday), `holiday` (by name; `-` on days without one), `weekday`,
    `hour`, `lead_days` (the day after the cutoff is 1; by sevens) and `model` (this forecast, the forecast as the
    planner overrode it, and each forecaster beside it, over the intervals of which it says something). With overrides,
    `model` also tells the intervals they touched apart, and `override` has a row for each: see `score_overrides`.
    """
    local = wall_clock(pd.DatetimeIndex(tested.index))
    cutoff = tested["month"].map({m: plan_cutoff(pd.Period(m), history.timezone) for m in tested["month"].unique()})
    days_ahead = [(at - cut).days + 1 for at, cut in zip(tested.index, cutoff, strict=True)]
    ahead = pd.Series(days_ahead, index=tested.index) // 7
    groups = {
        "month": tested["month"],
        "day_type": pd.Series([calendar.day_type(at.date()) for at in local], index=tested.index),
        "holiday": pd.Series([calendar.holiday_name(at.date()) or "-" for at in local], index=tested.index),
        "weekday": pd.Series(local.day_of_week + 1, index=tested.index),
        "hour": pd.Series(local.hour, index=tested.index),
        "lead_days": (7 * ahead).map(lambda first: f"{first}-{first + 6}"),
    }
    tables = {name: scores_by(tested, group.rename(name), history=history) for name, group in groups.items()}
    scores = {name: score(part, history=history) for name, part in _models(tested).items()}
    tables["model"] = pd.DataFrame(scores).T.rename_axis("model")
    if "calls_override" in tested:
        told = tested.assign(calls_model=tested["calls"])
        tables["override"] = score_overrides(told, tested["calls_offered"], overrides)
    return tables


def _models(tested: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the tested intervals as each model has them; the bands move with an override, others may have none."""
    models = {"huawu": tested}
    if "calls_override" in tested:
        factor = (tested["calls_override"] / tested["calls"]).fillna(1.0)
        told = tested.assign(calls=tested["calls_override"], **{band: tested[band] * factor for band in BAND_COLUMNS})
        touched = (factor != 1.0).to_numpy()
        models |= {"huawu with overrides": told}
        models |= {"overridden intervals: huawu": tested[touched], "overridden intervals: override": told[touched]}
    for name in names_beside(tested):
        bands = {band: tested.get(f"{band}_{name}", np.nan) for band in BAND_COLUMNS}
        models[name] = tested.assign(calls=tested[f"calls_{name}"], **bands)
    return models


def names_beside(tested: pd.DataFrame) -> list[str]:
    """Return the names of the forecasters that stand beside the product's own in tested intervals."""
    columns = [str(column) for column in tested]
    said = [column.removeprefix("calls_") for column in columns if column.startswith("calls_")]
    return [name for name in said if name not in OUR_NAMES and not name.startswith(BANDS)]


def names_scored(scores: pd.DataFrame) -> list[str]:
    """Return the names of the forecasters that stand beside the product's own in a table of scores."""
    return [str(column).removeprefix("wape_") for column in scores if str(column).startswith("wape_")]


def backtest(
    history: History,
    *,
    calendar: Calendar,
    months: Iterable[pd.Period] | None = None,
    forecasters: Mapping[str, Forecaster] = WORKBOOK,
    progress: OnMonth | None = None,
) -> pd.DataFrame:
    """Return the scores by month, index `month`: see `score` for the columns, and `all` as last row.

    Each month is made from the history up to its own plan cutoff and nothing later, and so are those of the
    `forecasters` beside: functions by name, see `forecaster.forecast.forecasters`.

    `months` are those to test (default: all that can be); `progress` is told each month's number, and of how many.

    Raises
    ------
    ValueError
        If no month can be tested.
    """
    tested = backtest_intervals(history, calendar=calendar, months=months, forecasters=forecasters, progress=progress)
    return scores_by(tested, tested["month"], history=history)


def experts_by_month(
    history: History, *, calendar: Calendar, months: Iterable[pd.Period] | None = None
) -> pd.DataFrame:
    """Return how the weights of the experts moved: what each month's forecast believed, index `month`.

    `settings` that take part; the share of their weight (0–1) with a `season` beside the day-to-day noise, with one of
    its own size (`swing`), and with a `day_of_month`; how far lasting steps were believed (`step`, 0–1); how fast the
    level may move (`level`, in the line's noise a day); `past_misses`, the factor by which they change the forecast;
    and the lasting `steps` and `week_breaks` that were found.

    Raises
    ------
    ValueError
        If nothing was observed before a month's cutoff.
    """
    rows = {}
    for month in months_to_test(history) if months is None else months:
        known = history.before(plan_cutoff(month, history.timezone))
        intervals = month_intervals(month, history.timezone, interval_minutes=history.interval_minutes)
        combined = predict_history(known, intervals, calendar=calendar).days_ahead.combined
        if combined is None:
            continue
        settings, series = [fit.setting for fit in combined.fits], combined.kernels.series

        def mean(values: Iterable[float], weights: Numbers = combined.weights) -> float:
            return round(float(weights @ np.array(list(values), dtype=float)), 6)

        rows[str(month)] = {
            "settings": len(settings),
            "season": mean(bool(one.year) for one in settings),
            "swing": mean(bool(one.swing) for one in settings),
            "day_of_month": mean(bool(one.day_of_month) for one in settings),
            "step": mean(one.step for one in settings),
            "level": mean(one.level for one in settings),
            "past_misses": float(np.exp(combined.past_misses)),
            "steps": len(series.steps),
            "week_breaks": len(series.week_breaks),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("month")


def scores_by(tested: pd.DataFrame, group: pd.Series, *, history: History) -> pd.DataFrame:
    """Return the scores of `tested` intervals by `group` (same index), with a last row `all`."""
    parts = [(str(name), part) for name, part in tested.groupby(group.to_numpy(), sort=False)]
    rows = [score(part, history=history) for _, part in [*parts, ("all", tested)]]
    return pd.DataFrame(rows, index=pd.Index([*(name for name, _ in parts), "all"], name=str(group.name)))


def score(tested: pd.DataFrame, *, history: History) -> dict[str, float]:
    """Return the scores of a set of tested intervals.

    `intervals` observed; `calls_offered` in them; `wape`, `bias` and `mase` by interval; `daily_wape` by day; `pinball`
    over the band's limits; `hit_rate_80` and `hit_rate_95`; `poisson_floor`, what chance alone would leave; and
    `excess`, the WAPE over that floor; `wape_<name>`, that of each forecaster beside this one.
    """
    seen = tested[tested["calls_offered"].notna() & tested["calls"].notna()]
    actual, forecast = seen["calls_offered"], seen["calls"]
    day = wall_clock(pd.DatetimeIndex(seen.index)).normalize()
    daily = seen[["calls_offered", "calls"]].groupby(day).sum()
    hourly, floor = wape(actual, forecast), poisson_floor(forecast)
    week = 7 * MINUTES_PER_DAY // history.interval_minutes
    beside = {f"wape_{name}": wape(actual, seen[f"calls_{name}"]) for name in names_beside(seen)}
    return {
        "intervals": float(len(seen)),
        "calls_offered": float(actual.sum()),
        "wape": hourly,
        "bias": bias(actual, forecast),
        "mase": mase(actual, forecast, past=history.frame["calls_offered"], season=week),
        "daily_wape": wape(daily["calls_offered"], daily["calls"]),
        "pinball": pinball(actual, seen[list(BAND_COLUMNS)], BAND_LEVELS),
        "hit_rate_80": hit_rate(actual, seen["calls_lower_80"], seen["calls_upper_80"]),
        "hit_rate_95": hit_rate(actual, seen["calls_lower_95"], seen["calls_upper_95"]),
        "poisson_floor": floor,
        "excess": hourly - floor,
        **beside,
    }
