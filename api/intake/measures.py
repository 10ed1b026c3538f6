"""What a table's numbers measure: units of time, handle times from their parts, calls from what became of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from api.intake.errors import Ask, InputError
from api.intake.files import TextTable
from api.intake.layout import COUNTS, Layout
from api.intake.sentences import say
from api.intake.told import Told
from api.intake.vocabulary import plain, unit_seconds
from forecaster.history.observed import OPTIONAL_COLUMNS

GENESYS_CLOUD = {plain("Interval Complete"), plain("Filters")}
MILLISECOND = 0.001
HANDLING_PARTS = ("talk_seconds", "hold_seconds", "wrap_seconds")
LONGEST_HANDLING = 20_000.0  # seconds, of a median: nobody talks five and a half hours
SHORTEST_HANDLING = 5.0
TOTAL_FOLLOWS_CALLS = 0.8  # correlation with the calls, past which handle times are sums
LONGEST_MEAN = 3600.0


def derived(
    table: TextTable, raw: Mapping[str, np.ndarray], columns: Mapping[str, str], told: Told
) -> dict[str, np.ndarray]:
    """Return the measures of a history from a table's numbers.

    Calls offered are those answered and abandoned where they have no column. The handle time is its own column, else
    talk, hold and wrap-up together, else their totals over the calls answered. Durations become seconds.
    """
    values = {name: numbers * _unit(table, name, columns) for name, numbers in raw.items()}
    if "calls_offered" not in values and {"calls_answered", "calls_abandoned"} <= values.keys():
        values["calls_offered"] = values["calls_answered"] + values["calls_abandoned"]
        told.note(say("note.offered_from_parts"))
    _handle_time(values, told)
    kept = {name: values[name] for name in ("calls_offered", *OPTIONAL_COLUMNS) if name in values}
    for name in ("aht_seconds", "mean_wait_seconds"):
        if name in kept:
            kept[name] = in_seconds(kept[name], name, columns.get(name, name), told)
    return kept


def _unit(table: TextTable, name: str, columns: Mapping[str, str]) -> float:
    """Return how many seconds one unit of a column's plain numbers is; 1 of counts."""
    if name in (*COUNTS, "seats_signed_in"):
        return 1.0
    if {plain(str(c)) for c in table.frame.columns} >= GENESYS_CLOUD:
        return MILLISECOND
    return unit_seconds(columns.get(name, "")) or 1.0


def _handle_time(values: dict[str, np.ndarray], told: Told) -> None:
    """Put the mean handle time in its place, where it has to be put together."""
    answered = values.get("calls_answered", values.get("calls_offered"))
    if "aht_seconds" in values:
        if answered is not None and _is_total(values["aht_seconds"], answered):
            with np.errstate(divide="ignore", invalid="ignore"):
                values["aht_seconds"] = values["aht_seconds"] / np.where(answered > 0, answered, np.nan)
            told.note(say("note.handled_in_total"))
        return
    if "talk_seconds" in values:
        values["aht_seconds"] = values["talk_seconds"] + sum(
            (np.nan_to_num(values[name]) for name in HANDLING_PARTS[1:] if name in values),
            np.zeros_like(values["talk_seconds"]),
        )
        return
    total = values.get("total_handle_seconds")
    if total is None and "total_talk_seconds" in values:
        total = values["total_talk_seconds"] + np.nan_to_num(values.get("total_wrap_seconds", np.zeros(1)))
    if total is not None and answered is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = total / answered
        values["aht_seconds"] = np.where(np.isfinite(mean), mean, np.nan)


def _is_total(seconds: np.ndarray, answered: np.ndarray) -> bool:
    """Return whether handle times are sums over an interval: long, in step with the calls, and usual once divided."""
    there = np.isfinite(seconds) & np.isfinite(answered) & (answered > 0)
    if there.sum() < 10 or np.median(seconds[there]) < LONGEST_MEAN or np.median(answered[there]) < 3:
        return False
    if np.std(answered[there]) == 0 or np.std(seconds[there]) == 0:
        return False
    each = float(np.median(seconds[there] / answered[there]))
    follows = float(np.corrcoef(seconds[there], answered[there])[0, 1])
    return follows >= TOTAL_FOLLOWS_CALLS and SHORTEST_HANDLING <= each <= LONGEST_MEAN


def in_seconds(seconds: np.ndarray, name: str, heading: str, told: Told) -> np.ndarray:
    """Return durations in seconds: where they are beyond any call and a thousandth is not, they are milliseconds."""
    there = seconds[np.isfinite(seconds) & (seconds > 0)]
    if name != "aht_seconds" or not len(there):
        return seconds
    usual = float(np.median(there))
    if usual > LONGEST_HANDLING and SHORTEST_HANDLING <= usual * MILLISECOND <= LONGEST_MEAN:
        told.alarm(say("alarm.milliseconds", heading=heading, median=usual, seconds=usual * MILLISECOND))
        return seconds * MILLISECOND
    return seconds


def require_calls(table: TextTable, layout: Layout) -> None:
    """Refuse a table of cells without calls or without instants, asking which column is which.

    Raises
    ------
    InputError
        Naming what is missing.
    """
    measures = {cell.measure for cell in layout.cells}
    known = tuple((cell.measure, cell.name) for cell in layout.cells if cell.measure in COUNTS)
    known += tuple(
        (what, name)
        for what, name in (("interval_start", layout.start), ("date", layout.day), ("time_of_day", layout.clock))
        if name
    )
    has = list(table.frame.columns)
    if not (layout.start or layout.day or layout.clock or layout.date_parts or layout.wide):
        wrong = say("column.no_start", found=has)
        raise InputError(table.path, wrong, column="interval_start", ask=Ask("columns", known=known))
    if (
        layout.measure is None
        and "calls_offered" not in measures
        and not {"calls_answered", "calls_abandoned"} <= measures
    ):
        wrong = say("column.no_calls", found=has)
        raise InputError(table.path, wrong, column="calls_offered", ask=Ask("columns", known=known))
