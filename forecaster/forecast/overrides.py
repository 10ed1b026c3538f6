"""What a planner knows better: changes to a forecast with their reason, kept apart from the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.forecast.band_columns import BAND_COLUMNS
from forecaster.sentences import refusal

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Override:
    """One change: the forecast from `start_at` to `end_at` (aware, end exclusive) is multiplied by `factor` (≥ 0).

    reason
        Why, in the planner's words; required, because it is read when the override is scored.
    made_by
        The planner's badge.
    """

    start_at: pd.Timestamp
    end_at: pd.Timestamp
    factor: float
    reason: str
    made_by: str = ""

    def __post_init__(self) -> None:
        """Refuse an override that nobody could apply or read later."""
        if self.start_at.tzinfo is None or self.end_at.tzinfo is None:
            raise refusal("override.zone", reason=self.reason)
        if self.end_at <= self.start_at:
            raise refusal("override.backwards", reason=self.reason, end=self.end_at, start=self.start_at)
        if not (np.isfinite(self.factor) and self.factor >= 0):
            raise refusal("override.factor", reason=self.reason, factor=self.factor)
        if not self.reason.strip():
            raise refusal("override.no_reason", start=self.start_at)


def overrides_frame(overrides: Sequence[Override]) -> pd.DataFrame:
    """Return overrides as a frame, one row each, instants as ISO 8601 texts with their offset."""
    rows = [
        {**asdict(one), "start_at": one.start_at.isoformat(), "end_at": one.end_at.isoformat()} for one in overrides
    ]
    return pd.DataFrame(rows, columns=[field.name for field in fields(Override)])


def override_factor(overrides: Sequence[Override], intervals: pd.DatetimeIndex) -> Numbers:
    """Return by what each interval's forecast is multiplied; overrides that overlap multiply each other."""
    factor = np.ones(len(intervals))
    for override in overrides:
        inside = (intervals >= override.start_at) & (intervals < override.end_at)
        factor[np.asarray(inside)] *= override.factor
    return factor


def with_overrides(forecast: pd.DataFrame, overrides: Sequence[Override]) -> pd.DataFrame:
    """Return the forecast frame with the overrides applied; `calls_model` keeps what the model said.

    The bands move with the mean: an override says where the calls will be, not how sure one may be of it.
    """
    intervals = pd.DatetimeIndex(forecast.index)
    factor = override_factor(overrides, intervals)
    result = forecast.copy()
    result["calls_model"] = forecast["calls"]
    for column in ("calls", *BAND_COLUMNS):
        result[column] = forecast[column] * factor
    return result


def score_overrides(forecast: pd.DataFrame, calls_offered: pd.Series, overrides: Sequence[Override]) -> pd.DataFrame:
    """Return for each override what it was worth: absolute errors of the model and of the planner over its intervals.

    `forecast` is a frame of `with_overrides`. Columns `reason, made_by, start_at, end_at, factor, calls_offered,
    error_model, error_override, gained` (calls; gained > 0 means that the planner was nearer).
    """
    intervals = pd.DatetimeIndex(forecast.index)
    actual = calls_offered.reindex(intervals).to_numpy(dtype=float)
    rows = []
    for override in overrides:
        inside = np.asarray((intervals >= override.start_at) & (intervals < override.end_at)) & np.isfinite(actual)
        model = forecast["calls_model"].to_numpy()[inside]
        alone = float(np.abs(actual[inside] - model).sum())
        changed = float(np.abs(actual[inside] - model * override.factor).sum())
        rows.append(
            {
                "reason": override.reason,
                "made_by": override.made_by,
                "start_at": override.start_at,
                "end_at": override.end_at,
                "factor": override.factor,
                "calls_offered": float(actual[inside].sum()),
                "error_model": alone,
                "error_override": changed,
                "gained": alone - changed,
            }
        )
    columns = ["reason", "made_by", "start_at", "end_at", "factor", "calls_offered", "error_model", "error_override"]
    return pd.DataFrame(rows, columns=[*columns, "gained"])
