"""The forecast on real lines: month ahead (M), next day (D) and rest of today (H), by the ruler beside the project.

    python -m tests.benchmarks.forecast_ruler            # all three, some ten minutes
    python -m tests.benchmarks.forecast_ruler M          # one of them
    python -m tests.benchmarks.forecast_ruler D H --days 28     # every day of the ruler's weeks: a quarter of an hour

M takes every month of every line, as its peers' figures do; D and H take half of each line's 28 days.

The ruler lies at shared/bench/forecast beside the project (or under HUAWU_SHARED). It is copied to a scratch folder,
because it writes its own cache; peers that were run before are compared with if HUAWU_RULER_PEERS names their cache.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import sys
import tempfile
import warnings
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from forecaster.forecast.interval_forecast import predict_intervals
from forecaster.forecast.prediction import day_quantiles
from forecaster.history.calendar import country_calendar
from tests.benchmarks.beside import shared_bench
from tests.benchmarks.results import figure, skipped
from tests.benchmarks.roster_scale import print_dated

OURS = "forecaster.forecast.interval_forecast:forecast_calls"
NOT_HERE = "the ruler is not here (shared/bench/forecast beside the project)"
BY_LINE = ("line, protocol M (month ahead)", "WAPE", "of best peer", "bias", "hours in band", "days in band", "pinball")


def find_ruler() -> Path | None:
    """Return the ruler's folder, or None where it is not here."""
    return shared_bench("forecast", "harness.py")


@contextmanager
def opened(ruler: Path) -> Iterator[ModuleType]:
    """Yield the ruler as a module that works in a scratch folder, with the peers' figures where they are known."""
    with tempfile.TemporaryDirectory() as scratch:
        for file in ruler.glob("*.py"):
            shutil.copyfile(file, Path(scratch, file.name))
        peers = os.environ.get("HUAWU_RULER_PEERS")
        if peers:
            shutil.copytree(peers, Path(scratch, "fc"))
        os.environ["FCST_DATA"] = str(ruler.parents[1] / "data" / "calls")
        sys.path.insert(0, scratch)
        try:
            yield importlib.import_module("harness")
        finally:
            sys.path.remove(scratch)


def published_peers(readme: Path) -> dict[str, float]:
    """Return the best single peer's WAPE of protocol M by series: the bold figures of the ruler's own table."""
    best = {}
    for line in readme.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        bold = re.findall(r"\*\*(\.\d+)\*\*", line)
        if len(cells) > 5 and bold:
            best[cells[0]] = float(bold[0])
    return best


def daily_hits(harness, series: str, protocol: str, most: int | None) -> tuple[float, float]:
    """Return the share of observed days inside the 80 % and the 95 % band of their totals (H: of the day's rest)."""
    calls, country = harness.load(series), harness.SERIES[series][1]
    calendar = country_calendar(country, range(calls.index[0].year - 1, calls.index[-1].year + 2))
    inside = []
    for _, cut, horizon in harness.subset(harness.origins(series, calls, protocol), most):
        prediction = predict_intervals(calls[calls.index < cut], horizon, calendar)
        actual = calls[horizon].to_numpy().reshape(len(prediction.days), -1)
        ahead = prediction.calls[:, -actual.shape[1] :]
        open_slots = ahead > 0
        whole = (np.isfinite(actual) | ~open_slots).all(axis=1) & open_slots.any(axis=1)
        share = ahead.sum(axis=1) / np.maximum(prediction.calls.sum(axis=1), 1e-9)
        low95, low80, high80, high95 = (day_quantiles(prediction, (0.025, 0.1, 0.9, 0.975)) * share[:, None]).T
        total = np.nansum(actual, axis=1)
        hits = np.column_stack([(total >= low80) & (total <= high80), (total >= low95) & (total <= high95)])
        inside.append(hits[whole])
    found = np.concatenate(inside).mean(axis=0)
    return float(found[0]), float(found[1])


def measured(harness, protocol: str, best: dict[str, float], most: int | None) -> Iterator[pd.Series]:
    """Yield by line the product's scores, and what they are of its peers'."""
    ours = OURS.replace(":", ".")
    for series in harness.SERIES:
        harness.run(OURS, series, protocol, max_origins=most, fresh=True, verbose=False)
        scores, _ = harness.evaluate([ours], [series], protocol)
        found = scores.iloc[0]
        row = {name: found[name] for name in ("origins", "wape", "bias", "cov80", "cov95", "pinball")}
        row["day80"], row["day95"] = daily_hits(harness, series, protocol, most)
        if protocol == "M" and series in best:
            row["of_best"] = found["wape"] / best[series]
        for peer in sorted(p.stem for p in Path(harness.HERE, "fc", protocol, series).glob("*.pkl")):
            both, _ = harness.evaluate([ours, peer], [series], protocol)
            if peer != ours and len(both) == 2:
                row[f"of_{peer}"] = both["wape"].iloc[0] / both["wape"].iloc[1]
        yield pd.Series(row, name=series)


def months_ahead(harness, best: dict[str, float]) -> None:
    """Print the table of lines of protocol M, and the figure."""
    kept = []

    def rows() -> Iterator[dict[str, str]]:
        for row in measured(harness, "M", best, None):
            kept.append(row)
            yield dict(zip(BY_LINE, told(row).values(), strict=True))
        yield dict(zip(BY_LINE, ("geometric mean", "", f"{mean_of(kept, 'of_best'):.3f}", "", "", "", ""), strict=True))

    print_dated(rows())
    figure("forecast-of-best-peer", f"{mean_of(kept, 'of_best'):.2f}")
    means(kept, "M")


def days_ahead(harness, protocol: str, most: int) -> None:
    """Print a line of scores for each line of protocol D or H."""
    kept = []
    for row in measured(harness, protocol, {}, most):
        kept.append(row)
        name, wape, _, bias, hours, days, pinball = told(row).values()
        scores = f"WAPE {wape}, bias {bias}, hours in band {hours}, days {days}, pinball {pinball}"
        print(f"{protocol} {name}, {row['origins']:.0f} days: {scores}", flush=True)
    means(kept, protocol)


def told(row: pd.Series) -> dict[str, str]:
    """Return the scores of a line as they are written."""
    return {
        "line": str(row.name),
        "wape": f"{row['wape']:.4f}",
        "of_best": f"{row['of_best']:.3f}" if "of_best" in row else "",
        "bias": f"{100 * row['bias']:+.1f} %",
        "hours": f"{row['cov80']:.3f} / {row['cov95']:.3f}",
        "days": f"{row['day80']:.2f} / {row['day95']:.2f}",
        "pinball": f"{row['pinball']:.4f}",
    }


def mean_of(rows: list[pd.Series], column: str) -> float:
    """Return the geometric mean of a ratio over the lines that have it."""
    return float(np.exp(np.log(pd.DataFrame(rows)[column].dropna()).mean()))


def means(rows: list[pd.Series], protocol: str) -> None:
    """Print the geometric means of all lines to each peer whose forecasts are known."""
    for column in pd.DataFrame(rows).filter(like="of_").columns.drop("of_best", errors="ignore"):
        print(f"{protocol}, geometric mean {column}: {mean_of(rows, column):.4f}", flush=True)


def main() -> None:
    """Run the ruler's protocols and print scores."""
    asked = ArgumentParser(description=__doc__)
    asked.add_argument("protocols", nargs="*", help="M, D, H; by default all")
    asked.add_argument("--days", type=int, default=14, help="of each line's 28, in D and H")
    given = asked.parse_args()
    if set(given.protocols) - {"M", "D", "H"}:
        asked.error("M, D or H")
    ruler = find_ruler()
    if ruler is None:
        skipped(NOT_HERE)
        return
    with opened(ruler) as harness, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for protocol in given.protocols or ["M", "D", "H"]:
            if protocol == "M":
                months_ahead(harness, published_peers(ruler / "README.md"))
            else:
                days_ahead(harness, protocol, given.days)


if __name__ == "__main__":
    main()
