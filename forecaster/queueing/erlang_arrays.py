"""The queueing formulas on flat NumPy arrays, by SciPy's incomplete gamma functions.

Everything rests on two functions of a place x and a load y, with m(x, y) = e^-y y^x / Γ(x+1) the Poisson mass:

- below(x, y) = 1/B, the inverse of Erlang's loss formula: Q(x+1, y) / m(x, y) = Σ_k x(x-1)…(x-k+1) / y^k;
- above(x, y) = Σ_{k≥1} y^k / ((x+1)…(x+k)) = P(x+1, y) / m(x, y), Palm's function A less one.

P and Q are the regularised incomplete gamma functions (NIST DLMF 8.2.4, 8.8.9, 8.10; Jagerman 1974 for real x).
Where the mass underflows, the sums themselves are short.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import digamma, gammainc, gammaincc, gammaln

TINY = 1e-280  # below this a mass has begun to lose digits
HALF_LOG_2PI = 0.9189385332046727418  # ln(2π) / 2
LARGE, LARGE_SUM = 2e4, 1e3  # places above which integrals replace SciPy's functions, and sums
Elementwise = Callable[[np.ndarray], np.ndarray]
NODES, WEIGHTS = np.polynomial.legendre.leggauss(48)  # twice as many change nothing beyond rounding


def _stirling_error(x: np.ndarray) -> np.ndarray:
    """Return log Γ(x+1) less Stirling's formula, for x > 0 (Loader 2000, with the series of DLMF 5.11.1)."""
    r = 1.0 / np.maximum(x, 15.0)
    r2 = r * r
    series = r * (1 / 12 - r2 * (1 / 360 - r2 * (1 / 1260 - r2 * (1 / 1680 - r2 * (1 / 1188 - r2 * 691 / 360360)))))
    small = np.minimum(x, 15.0)
    direct = gammaln(small + 1.0) - (small + 0.5) * np.log(small) + small - HALF_LOG_2PI
    return np.where(x >= 15.0, series, direct)


def _deviance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return x log(x/y) + y - x without cancellation, for x, y > 0 (Loader 2000)."""
    v = (x - y) / (x + y)
    v2 = np.minimum(v * v, 0.01)
    tail = np.zeros_like(v)
    for k in range(23, 1, -2):
        tail = tail * v2 + 1.0 / k
    near = (x - y) * v + 2.0 * x * v * v2 * tail
    with np.errstate(over="ignore"):
        far = x * np.log(x / y) + y - x
    return np.where(np.abs(v) < 0.1, near, far)


def poisson_mass(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return e^-y y^x / Γ(x+1) for real x ≥ 0 and y > 0 (Loader 2000)."""
    inner = np.maximum(x, 1e-300)
    with np.errstate(under="ignore"):
        mass = np.exp(-_stirling_error(inner) - _deviance(inner, y) - 0.5 * np.log(inner) - HALF_LOG_2PI)
        return np.where(x < 1e-20, np.exp(-y), mass)


def _falling_sum(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return Σ_{k≥0} x(x-1)…(x-k+1) / y^k for x < y, to rounding."""
    term = np.ones_like(x)
    total = np.ones_like(x)
    k = 0
    while np.any(np.abs(term) > 1e-17 * total):
        term = np.where(x > k, term * (x - k) / y, 0.0)
        total += term
        k += 1
    return total


def _rising_sums(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Σ w_k and Σ k w_k over k ≥ 1, where w_k = y^k / ((x+1)…(x+k)), for y ≤ x, to rounding."""
    term = np.ones_like(x)
    total = np.zeros_like(x)
    weighted = np.zeros_like(x)
    k = 0
    while np.any(term * (k + 1) > 1e-17 * weighted):
        k += 1
        term = term * y / (x + k)
        total += term
        weighted += k * term
    return total, weighted


def _falling_curve(t: np.ndarray) -> np.ndarray:
    return t - np.log1p(t)


def _rising_curve(t: np.ndarray) -> np.ndarray:
    return -np.log1p(-t) - t


def _decay(x: np.ndarray, y: np.ndarray, curve: Elementwise, factor: Elementwise = np.ones_like) -> np.ndarray:
    """Return ∫_0^∞ factor(t) exp(-|y - x| t - x curve(t)) dt, curve(t) ~ t²/2, by Gauss–Legendre to exp(-44).

    SciPy's series for the incomplete gamma functions stop at 2,000 terms, which is too few in the tails of large
    places; there these integrals (Jagerman 1974) take over.
    """
    slope = np.abs(y - x)
    end = 88.0 / (slope + np.sqrt(slope * slope + 88.0 * x))
    total = np.zeros_like(x)
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        t = 0.5 * end * (1.0 + node)
        total += weight * factor(t) * np.exp(-slope * t - x * curve(t))
    return 0.5 * end * total


def below(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return 1/B(x, y) for real x ≥ 0 seats and y > 0 erlangs; inf where it exceeds the floats."""
    mass = poisson_mass(x, y)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        result = gammaincc(x + 1.0, y) / mass
        large, light = np.maximum(x, y) > LARGE, x >= y
        rows = large & ~light
        if rows.any():
            result[rows] = y[rows] * _decay(x[rows], y[rows], _falling_curve)
        rows = large & light
        if rows.any():
            result[rows] = 1.0 / mass[rows] - y[rows] * _decay(x[rows], y[rows], _rising_curve)
    rare = mass < TINY
    rows = rare & ~light & ~large
    if rows.any():
        result[rows] = _falling_sum(x[rows], y[rows])
    result[rare & light] = np.inf
    return result


def above(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return Σ_{k≥1} y^k / ((x+1)…(x+k)) for y ≤ x."""
    mass = poisson_mass(x, y)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        result = gammainc(x + 1.0, y) / mass
    large = x > LARGE
    if large.any():
        result[large] = y[large] * _decay(x[large], y[large], _rising_curve)
    rare = (mass < TINY) & ~large
    if rare.any():
        result[rare] = _rising_sums(x[rare], y[rare])[0]
    return result


def _tails(x: np.ndarray, y: np.ndarray, mass: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Q(x+1, y) and P(x+1, y), the parts of the mass at or below x and above it."""
    q, p = gammaincc(x + 1.0, y), gammainc(x + 1.0, y)
    large = np.maximum(x, y) > LARGE
    with np.errstate(under="ignore"):
        rows = large & (x < y)
        if rows.any():
            q[rows] = mass[rows] * below(x[rows], y[rows])
            p[rows] = 1.0 - q[rows]
        rows = large & (x >= y)
        if rows.any():
            p[rows] = mass[rows] * above(x[rows], y[rows])
            q[rows] = 1.0 - p[rows]
    return q, p


def _mean_place(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return Σ_{k≥1} k w_k / y with w_k = y^k / ((x+1)…(x+k)), for y ≤ x: x ∫ v e^(yv) (1-v)^(x-1) dv."""
    result = np.empty_like(x)
    large = x > LARGE_SUM
    if large.any():
        result[large] = x[large] * _decay(x[large], y[large], _rising_curve, lambda v: v / (1.0 - v))
    if not large.all():
        result[~large] = _rising_sums(x[~large], y[~large])[1] / y[~large]
    return result


def erlang_b(seats: np.ndarray, load: np.ndarray) -> np.ndarray:
    """Return the probability that a call finds every seat taken and is lost."""
    with np.errstate(divide="ignore"):
        return np.where(load > 0, 1.0 / below(seats, np.maximum(load, 1e-300)), np.where(seats > 0, 0.0, 1.0))


def erlang_c(seats: np.ndarray, load: np.ndarray) -> np.ndarray:
    """Return the probability that a call has to wait, when callers wait for ever; 1 in overload."""
    stable = seats > load
    inverse = below(seats, np.maximum(load, 1e-300))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        c = seats / ((seats - load) * inverse + load)
    return np.where(load <= 0, np.where(seats > 0, 0.0, 1.0), np.where(stable, c, 1.0))


def wait_exponent(x: np.ndarray, y: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return y (1 - e^-u) - x u, arranged to keep its digits for small u."""
    small = np.minimum(u, 0.5)
    curve = np.ones_like(u)
    for k in range(18, 2, -1):  # u - 1 + e^-u = u²/2 (1 - u/3 (1 - u/4 (…
        curve = 1.0 - curve * small / k
    curve = np.where(u <= 0.5, 0.5 * small * small * curve, u + np.expm1(-u))
    return (y - x) * u - y * curve


def _answered_quadrature(x: np.ndarray, y: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return ∫_0^t λ exp(-θs + E(s)) ds by Gauss–Legendre, exact to rounding where the exponent moves little."""
    total = np.zeros_like(u)
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        v = 0.5 * u * (1.0 + node)
        total += weight * np.exp(wait_exponent(x, y, v) - v)
    return 0.5 * u * y * total


class PatientQueue:
    """Stationary Erlang A on flat arrays, all seats and loads > 0, times in units of AHT.

    Palm's model as solved by Mandelbaum and Zeltyn (2007), their integrals written as incomplete gamma functions. A
    caller who meets every seat busy is offered the wait V, of density ∝ exp(λ(1 - e^-θs)/θ - nμs), and takes it if
    patience lasts. A share `balking` of those who would wait leaves at once.
    """

    def __init__(self, seats: np.ndarray, load: np.ndarray, patience: np.ndarray, balking: np.ndarray) -> None:
        self.patience = patience
        self.joins = 1.0 - balking
        self.x, self.y = seats * patience, np.maximum(load * self.joins * patience, 1e-300)
        self.rho = self.y / self.x
        self.light = self.y <= self.x
        self.mass = poisson_mass(self.x, self.y)
        inverse_b = below(seats, load)
        light, heavy = self.light, ~self.light
        # the weight of the waiting states: 1 + above, times the mass where that would overflow
        self.weight = np.empty_like(self.x)
        self.weight[light] = 1.0 + above(self.x[light], self.y[light])
        self.weight[heavy] = self.mass[heavy] + _tails(self.x[heavy], self.y[heavy], self.mass[heavy])[1]
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            free = np.where(light, inverse_b - 1.0, (inverse_b - 1.0) * self.mass)
            free = np.where(heavy & (self.mass < 1e-300), 0.0, free)
            self.waits = 1.0 / (1.0 + free / self.weight)
            self.no_wait = 1.0 / (1.0 + self.weight / np.maximum(free, 1e-305))

    def answered_within(self, u: np.ndarray) -> np.ndarray:
        """Return the share of offered calls answered within `u` (in units of patience)."""
        return self.no_wait + self.waits * self.joins * self._answered_after_waiting(u)

    def _answered_after_waiting(self, u: np.ndarray) -> np.ndarray:
        """Return, of those who queue, the share answered within `u`."""
        x, y, light = self.x, self.y, self.light
        part = np.empty_like(x)
        y_t = y * np.exp(-np.minimum(u, 700.0))
        with np.errstate(under="ignore", over="ignore"):
            if light.any():
                a, b, v = x[light], y_t[light], u[light]
                late = np.exp(wait_exponent(a, y[light], v)) * above(a, np.maximum(b, 1e-300))
                part[light] = self.weight[light] - 1.0 - late
            if not light.all():
                a, b, t = x[~light], y[~light], np.maximum(y_t[~light], 1e-300)
                q, p = _tails(a, b, self.mass[~light])
                q_t, p_t = _tails(a, t, poisson_mass(a, t))
                part[~light] = np.where(t > a, q_t - q, p - p_t)
            slow = (np.abs(y - x) + y * u + 1.0) * u < 1.0
            if slow.any():
                part[slow] = _answered_quadrature(x[slow], y[slow], u[slow]) * np.where(light, 1.0, self.mass)[slow]
        return part / (self.rho * self.weight)

    def abandons_after_waiting(self) -> np.ndarray:
        """Return, of those who queue, the share whose patience ends first."""
        light, result = self.light, np.empty_like(self.x)
        heavy = ~light
        with np.errstate(under="ignore"):
            result[heavy] = 1.0 - (1.0 - self.mass[heavy] / self.weight[heavy]) / self.rho[heavy]
        if light.any():
            result[light] = _mean_place(self.x[light], self.y[light]) / self.weight[light]
        return result

    def abandons(self) -> np.ndarray:
        """Return the share of offered calls that leave unanswered, balking included."""
        return self.waits * (1.0 - self.joins + self.joins * self.abandons_after_waiting())

    def abandons_within(self, u: np.ndarray) -> np.ndarray:
        """Return the share of offered calls gone within `u` (in units of patience), balking included."""
        x, y, light = self.x, self.y, self.light
        y_t = np.maximum(y * np.exp(-np.minimum(u, 700.0)), 1e-300)
        still = np.empty_like(x)  # P(V > t) among those who queue
        with np.errstate(under="ignore", over="ignore"):
            if light.any():
                a, b, v = x[light], y_t[light], u[light]
                still[light] = np.exp(wait_exponent(a, y[light], v)) * (1.0 + above(a, b))
            if not light.all():
                a, b = x[~light], y_t[~light]
                mass = poisson_mass(a, b)
                still[~light] = mass + _tails(a, b, mass)[1]
            gone = 1.0 - self._answered_after_waiting(u) - np.exp(-u) * still / self.weight
        return self.waits * (1.0 - self.joins + self.joins * np.clip(gone, 0.0, 1.0))

    def mean_wait(self) -> np.ndarray:
        """Return the mean wait of all offered calls, in units of AHT: patience times abandonment, by Little's law."""
        return self.waits * self.joins * self.abandons_after_waiting() * self.patience

    def mean_wait_of_answered(self) -> np.ndarray:
        """Return the mean wait of the answered calls, in units of AHT.

        A caller with j before him is served with probability (x)/(x+j+1), after (ψ(x+j+2) - ψ(x+1))/θ on average:
        the service times ahead of him are -log of a beta variable.
        """
        total = np.array([_wait_of_answered(x, y) for x, y in zip(self.x, self.y, strict=True)])
        answered = 1.0 - self.abandons()
        with np.errstate(invalid="ignore"):
            return self.waits * self.joins * total * self.patience / answered


def _wait_of_answered(x: float, y: float) -> float:
    """Return the mean over those who queue of (wait if answered, else 0), in units of patience."""
    reach = 9.0 * np.sqrt(max(x, y)) + 50.0
    first = max(0, int(y - x - reach))
    j = np.arange(first, int(max(y - x, 0.0) + reach) + 1, dtype=float)
    steps = np.log(y) - np.log(x + np.maximum(j, 1.0))
    steps[0] = 0.0
    logs = np.cumsum(steps)
    with np.errstate(under="ignore"):
        weights = np.exp(logs - logs.max())
    waits = digamma(x + j + 2.0) - digamma(x + 1.0)
    return float(np.sum(weights * waits * x / (x + j + 1.0)) / np.sum(weights))
