"""The forecast where the ruler never looked: other making days, other days, and cuts of the same real lines.

    python -m tests.benchmarks.forecast_unseen          # month ahead, next day and rest of today: ten minutes
    python -m tests.benchmarks.forecast_unseen M        # one of them (M, or days)
    python -m tests.benchmarks.forecast_unseen --origins 8 --days 40     # more of each line: half an hour

Month ahead: made with data through the 9th and the 17th, from the eighth day on, 31 days, beside statsmodels UC,
the planner's workbook, the mean of eight like weekdays and, where statsforecast is installed, ETS, all as the ruler has
them. Days: drawn at random over all years outside the ruler's own weeks; bands by hour and by day.
"""

from __future__ import annotations

import importlib.util
import warnings
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecaster.forecast.interval_forecast import forecast_calls, predict_intervals
from forecaster.forecast.prediction import Prediction, day_quantiles, slot_quantiles
from forecaster.history.calendar import country_calendar
from tests.benchmarks.forecast_ruler import NOT_HERE, find_ruler, opened
from tests.benchmarks.results import skipped

LEVELS = (0.025, 0.1, 0.9, 0.975)
MADE_ON_DAYS = (9, 17)
DAY = pd.Timedelta(days=1)
Line = tuple[pd.Series, str | None]


def lines(harness, data: Path) -> dict[str, Line]:
    """Return the ruler's lines, and cuts of them: single call types, nights, office hours, a tenth of the calls."""
    found: dict[str, Line] = {name: (harness.load(name), harness.SERIES[name][1]) for name in harness.SERIES}
    calls = pd.read_csv(data / "technion_bank_1999_calls.csv.gz", usecols=["arrival", "type"], parse_dates=["arrival"])
    for kind in calls["type"].value_counts().index[:4]:
        by_hour = calls.loc[calls["type"] == kind, "arrival"].dt.floor("h").value_counts().sort_index()
        span = pd.date_range(by_hour.index[0].normalize(), by_hour.index[-1].normalize() + 23 * harness.H1, freq="h")
        line = by_hour.reindex(span).fillna(0.0)
        of_month = line.groupby(span.to_period("M")).transform("sum")
        found[f"bank, type {kind}"] = (line.where(of_month > 0), "IL")  # months that the file does not have
    tech, services, seattle = (found[n][0] for n in ("axa_tech_axa", "axa_services", "seattle_fire_911"))
    night = (tech.index.hour >= 22) | (tech.index.hour < 6)
    office = (services.index.hour >= 9) & (services.index.hour < 18) & (services.index.day_of_week < 5)
    found["axa_tech, nights alone"] = (tech.where(night, 0.0), "FR")
    found["axa_services, office hours"] = (services.where(office, 0.0), "FR")
    random = np.random.default_rng(3)
    for name, line, country in (("axa_services", services, "FR"), ("axa_tech", tech, "FR"), ("seattle", seattle, "US")):
        thin, seen = line.copy(), line.notna()
        thin[seen] = random.binomial(line[seen].astype(int), 0.1).astype(float)
        found[f"{name}, a tenth"] = (thin, country)
    return found


def origins(line: pd.Series, most: int) -> list[tuple[pd.Timestamp, pd.DatetimeIndex]]:
    """Return cut-offs with what is asked of them, spread evenly over the line."""
    fewest_days = 120 if (line.index[-1] - line.index[0]).days < 500 else 200
    found = []
    for month in pd.period_range(line.index[0], line.index[-1], freq="M"):
        for made in MADE_ON_DAYS:
            cut = month.start_time + made * DAY
            wanted = pd.date_range(cut + 7 * DAY, periods=31 * 24, freq="h")
            wanted = wanted[wanted <= line.index[-1]]
            past = line[line.index < cut]
            if (cut - line.index[0]).days < fewest_days or past.iloc[-24 * 28 :].notna().mean() < 0.35:
                continue
            if len(wanted) >= 300 and line[wanted].notna().mean() >= 0.3:
                found.append((cut, wanted))
    chosen = np.unique(np.linspace(0, len(found) - 1, min(most, len(found))).round().astype(int)) if found else []
    return [found[i] for i in chosen]


def months(harness, peers, data: Path, most: int) -> pd.DataFrame:
    """Return by line the WAPE of ours and of the peers, bias and hours in the bands."""
    methods = {"uc": peers.sm_uc, "workbook": peers.excel, "mean_8": harness.METHODS["mean8"]}
    if importlib.util.find_spec("statsforecast"):
        methods["ets"] = peers.sf_ets
    rows = {}
    for name, (line, country) in lines(harness, data).items():
        cases, errors = [], dict.fromkeys(methods, 0.0)
        for cut, wanted in origins(line, most):
            past = line[line.index < cut]
            ours = forecast_calls(past, wanted, country, LEVELS).assign(actual=line[wanted])
            cases.append(ours.dropna())
            for method, run in methods.items():
                theirs = run(past.copy(), wanted, country, [0.1, 0.9])["mean"]
                errors[method] += float((theirs - line[wanted]).abs().sum())
        found = pd.concat(cases)
        own, total = float((found["mean"] - found["actual"]).abs().sum()), float(found["actual"].sum())
        is_open = found["mean"] > 0
        rows[name] = {
            "origins": len(cases),
            "wape": own / total,
            "bias": float((found["mean"] - found["actual"]).sum()) / total,
            **{f"of_{method}": own / error for method, error in errors.items()},
            "of_best": own / min(errors.values()),
            "hours_80": found["actual"].between(found[0.1], found[0.9])[is_open].mean(),
            "hours_95": found["actual"].between(found[0.025], found[0.975])[is_open].mean(),
        }
        print(f"{name}: {said(rows[name])}", flush=True)
    return pd.DataFrame(rows).T


def said(row: dict[str, Any]) -> str:
    """Return a row's numbers with their names."""
    return ", ".join(f"{name} {value:.3g}" for name, value in row.items())


def drawn_days(harness, name: str, line: pd.Series, most: int) -> list[pd.Timestamp]:
    """Return days of the line drawn at random, none of them in the ruler's own weeks."""
    total = line.groupby(line.index.normalize()).sum(min_count=12)
    own = pd.date_range(harness.SERIES[name][5], periods=28)
    days = [d for d in total.index if (d - total.index[0]).days >= 100 and total[d] > 0 and d not in own]
    chosen = np.random.default_rng(7).choice(len(days), min(most, len(days)), replace=False)
    return [days[i] for i in sorted(chosen)]


def days(harness, most: int) -> pd.DataFrame:
    """Return by line, for next day (D) and rest of today (H), the WAPE and the share of hours and days in the bands."""
    rows = {}
    for name in harness.SERIES:
        line, country = harness.load(name), harness.SERIES[name][1]
        calendar = country_calendar(country, range(line.index[0].year - 1, line.index[-1].year + 2))
        for protocol, from_hour in (("D", 0), ("H", 12)):
            hours, totals = [], []
            for day in drawn_days(harness, name, line, most):
                wanted = pd.date_range(day + from_hour * harness.H1, day + 23 * harness.H1, freq="h")
                prediction = predict_intervals(line[line.index < wanted[0]], wanted, calendar)
                hours.append(hour_table(prediction, wanted, line[wanted].fillna(0.0)))
                share = hours[-1]["mean"].sum() / max(float(prediction.calls[0].sum()), 1e-9)
                totals.append([hours[-1]["actual"].sum(), *(day_quantiles(prediction, LEVELS)[0] * share)])
            found, total = pd.concat(hours), pd.DataFrame(totals, columns=["actual", *LEVELS])
            found = found[found["mean"] > 0]
            rows[name, protocol] = {
                "days": len(hours),
                "wape": float((found["mean"] - found["actual"]).abs().sum() / found["actual"].sum()),
                **{f"hours_{s}": found["actual"].between(found[a], found[b]).mean() for s, a, b in BANDS},
                **{f"days_{s}": total["actual"].between(total[a], total[b]).mean() for s, a, b in BANDS},
            }
            print(f"{name} {protocol}: {said(rows[name, protocol])}", flush=True)
    return pd.DataFrame(rows).T


BANDS = (("80", 0.1, 0.9), ("95", 0.025, 0.975))


def hour_table(prediction: Prediction, wanted: pd.DatetimeIndex, actual: pd.Series) -> pd.DataFrame:
    """Return the mean, the limits and the actual calls of each hour."""
    row, slot = prediction.positions(wanted)
    table = pd.DataFrame(slot_quantiles(prediction, wanted, LEVELS), columns=list(LEVELS), index=wanted)
    return table.assign(mean=prediction.calls[row, slot], actual=actual)


def main() -> None:
    """Run what is asked for and print scores and geometric means."""
    asked = ArgumentParser(description=__doc__)
    asked.add_argument("parts", nargs="*", help="M, days; by default both")
    asked.add_argument("--origins", type=int, default=3, help="of each line, in M")
    asked.add_argument("--days", type=int, default=10, help="of each line, drawn")
    given = asked.parse_args()
    if set(given.parts) - {"M", "days"}:
        asked.error("M or days")
    ruler = find_ruler()
    if ruler is None:
        skipped(NOT_HERE)
        return
    with opened(ruler) as harness, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if given.parts != ["days"]:
            peers = importlib.import_module("peers")
            table = months(harness, peers, ruler.parents[1] / "data" / "calls", given.origins)
            own = table.index.isin(list(harness.SERIES))
            for part, of in (("the ruler's lines", table[own]), ("cuts", table[~own]), ("all", table)):
                ratios = np.exp(np.log(of.filter(like="of_").astype(float)).mean())
                print(f"geometric means, {part}: {said(ratios.to_dict())}", flush=True)
        if given.parts != ["M"]:
            days(harness, given.days)


if __name__ == "__main__":
    main()
