"""Numbers as they come in: checked once, lined up with each other, given back in the shape they came in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from forecaster.messages import Words
from forecaster.names import called
from forecaster.sentences import refusal, say

Definition = Literal["offered", "offered_less_short_abandons", "answered"]  # of what the service level is a share
DEFINITIONS: tuple[Definition, ...] = get_args(Definition)
NumberLike = Any  # a number, a sequence or array of numbers, or a pandas Series


@dataclass(frozen=True)
class Bounds:
    """What a number may be: `low` and `high` are limits, each allowed itself unless `open_low` / `open_high`."""

    low: float
    high: float = np.inf
    open_low: bool = False
    open_high: bool = False
    infinite: bool = False

    def words(self) -> Words:
        """Return the bounds as a phrase for an error message."""
        lower = say("bounds.above" if self.open_low else "bounds.at_least", low=self.low)
        if self.high < np.inf:
            lower = say("bounds.below" if self.open_high else "bounds.at_most", lower=lower, high=self.high)
        return lower if self.infinite else say("bounds.finite", lower=lower)

    def broken_by(self, values: np.ndarray) -> np.ndarray:
        """Return where `values` lie outside; NaN always does."""
        inside = (values > self.low) if self.open_low else (values >= self.low)
        inside &= (values < self.high) if self.open_high else (values <= self.high)
        if not self.infinite:
            inside &= np.isfinite(values)
        return ~inside


NOT_NEGATIVE = Bounds(low=0)
POSITIVE = Bounds(low=0, open_low=True)
POSITIVE_OR_INFINITE = Bounds(low=0, open_low=True, infinite=True)
SHARE = Bounds(low=0, high=1)
SHARE_BELOW_ONE = Bounds(low=0, high=1, open_high=True)
POSITIVE_SHARE = Bounds(low=0, high=1, open_low=True)


def check_definition(definition: str) -> None:
    """Raise ValueError unless `definition` is one of the three."""
    if definition not in DEFINITIONS:
        raise refusal("erlang.definition", definition=definition, known=DEFINITIONS)


def checked(name: str, values: NumberLike, bounds: Bounds) -> np.ndarray:
    """Return `values` as floats.

    Raises
    ------
    ValueError
        Naming the argument, the first value outside `bounds`, and its row (the label where `values` is a Series).
    """
    try:
        numbers = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise refusal("argument.not_numbers", cause=error, name=called(name)) from None
    broken = bounds.broken_by(numbers)
    if broken.any():
        raise refusal("argument.bounds", name=called(name), bounds=bounds.words(), got=_first(values, numbers, broken))
    return numbers


def _first(values: NumberLike, numbers: np.ndarray, broken: np.ndarray) -> Words:
    if numbers.ndim == 0:
        return say("argument.got", value=float(numbers))
    at = int(np.flatnonzero(broken.ravel())[0])
    row = values.index[at] if isinstance(values, pd.Series) else at
    return say("argument.got_in_row", value=numbers.ravel()[at], row=row)


def lined_up(*columns: tuple[str, NumberLike, Bounds]) -> tuple[list[np.ndarray], Callable[[np.ndarray], Any]]:
    """Return the checked columns, broadcast and flat, and a function that gives a result the callers' shape.

    The result is a float where every column is a number, a Series where one of them is a Series (all Series must
    then have the same index), and an array otherwise.

    Raises
    ------
    ValueError
        If a value is out of bounds, or if two columns do not line up.
    """
    index: pd.Index | None = None
    for name, values, _ in columns:
        if isinstance(values, pd.Series):
            if index is not None and not index.equals(values.index):
                raise refusal("argument.rows", name=called(name))
            index = values.index
    arrays = [checked(name, values, bounds) for name, values, bounds in columns]
    try:
        wide = np.broadcast_arrays(*arrays)
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for (name, _, _), array in zip(columns, arrays, strict=True))
        raise refusal("argument.shapes", shapes=shapes) from None
    shape = wide[0].shape

    def shaped(result: np.ndarray) -> Any:
        if index is not None:
            return pd.Series(result, index=index)
        return result.reshape(shape) if shape else result[0].item()

    return [np.ascontiguousarray(column).ravel() for column in wide], shaped
