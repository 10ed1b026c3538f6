"""The forecast on real lines: month ahead (M), next day (D) and rest of today (H), by the ruler beside the project.

    python -m tests.benchmarks.forecast_ruler            # all three
    python -m tests.benchmarks.forecast_ruler M          # one of them

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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from forecaster.forecast.interval_forecast import predict_intervals
from forecaster.forecast.prediction import day_quantiles
from forecaster.history.calendar import country_calendar
from tests.benchmarks.results import figure

ROOT = Path(__file__).resolve().parents[2]
OURS = "forecaster.forecast.interval_forecast:forecast_calls"


def shared_bench(name: str, file: str) -> Path | None:
    """Return the folder of a ruler beside the project, or None where its `file` is not here."""
    folder = Path(os.environ.get("HUAWU_SHARED", ROOT.parent / "shared")) / "bench" / name
    return folder if (folder / file).is_file() else None


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


def daily_hits(harness, series: str, protocol: str) -> tuple[float, float]:
    """Return the share of observed days inside the 80 % and the 95 % band of their totals (H: of the day's rest)."""
    calls, country = harness.load(series), harness.SERIES[series][1]
    calendar = country_calendar(country, range(calls.index[0].year - 1, calls.index[-1].year + 2))
    inside = []
    for _, cut, horizon in harness.origins(series, calls, protocol):
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


def compare(harness, protocol: str, best: dict[str, float]) -> None:
    """Run the product on every series and print it beside its peers."""
    rows = []
    for series in harness.SERIES:
        harness.run(OURS, series, protocol, fresh=True, verbose=False)
        scores, _ = harness.evaluate([OURS.replace(":", ".")], [series], protocol)
        found = scores.iloc[0]
        row = {name: found[name] for name in ("origins", "wape", "bias", "cov80", "cov95", "pinball", "cpu_per_origin")}
        row["day80"], row["day95"] = daily_hits(harness, series, protocol)
        if protocol == "M" and series in best:
            row["of_best"] = found["wape"] / best[series]
        for peer in sorted(p.stem for p in Path(harness.HERE, "fc", protocol, series).glob("*.pkl")):
            both, _ = harness.evaluate([OURS.replace(":", "."), peer], [series], protocol)
            if peer != OURS.replace(":", ".") and len(both) == 2:
                row[f"of_{peer}"] = both["wape"].iloc[0] / both["wape"].iloc[1]
        rows.append(pd.Series(row, name=series))
    table = pd.DataFrame(rows)
    print(table.round(4).to_string())
    for column in [c for c in table if c.startswith("of_")]:
        mean = float(np.exp(np.log(table[column].dropna()).mean()))
        print(f"geometric mean {column}: {mean:.4f}")
        if (protocol, column) == ("M", "of_best"):
            figure("forecast-of-best-peer", f"{mean:.2f}")


def main() -> None:
    """Run the ruler's protocols and print ratios."""
    ruler = find_ruler()
    if ruler is None:
        print("the ruler is not here (shared/bench/forecast beside the project)")
        return
    protocols = [a for a in sys.argv[1:] if a in ("M", "D", "H")] or ["M", "D", "H"]
    with opened(ruler) as harness, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for protocol in protocols:
            print(f"\nprotocol {protocol}", flush=True)
            compare(harness, protocol, published_peers(ruler / "README.md"))


if __name__ == "__main__":
    main()
