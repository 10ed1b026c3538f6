"""How much each of several forecasts counts, from the errors they made."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

Numbers = NDArray[np.float64]


def mixing_weights(errors: Numbers, *, pull: float) -> Numbers:
    """Return non-negative weights, summing to 1, that minimise the squared error of the mix.

    `errors` has one row per past case and one column per forecast. `pull`, in shares of the mean squared error of the
    best of them, draws the weights towards equality. Source: Bates and Granger (1969), Operational Research
    Quarterly 20.
    """
    count = errors.shape[1]
    moments = errors.T @ errors
    size = float(np.trace(moments)) / count
    if size <= 0.0:
        return np.full(count, 1.0 / count)
    best = float(np.diag(moments).min()) / size
    root = np.linalg.cholesky(moments / size + (pull * best + 1e-9) * np.eye(count)).T
    heavy = 1e3  # the sum of the weights is held to 1 by one heavy equation
    left = np.vstack([root, np.full((1, count), heavy)])
    weights, _ = nnls(left, np.concatenate([np.zeros(count), [heavy]]))
    return np.asarray(weights / weights.sum())
