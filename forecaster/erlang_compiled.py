"""The seat searches compiled by numba: for hundreds of thousands of intervals at a time.

Importing this module costs numba's import, and the first call of each kind a few seconds of compilation, kept on disk
where the package's folder can be written. `requirement` decides when that pays; the answers are the same as with
`erlang_arrays`, and so is the notation: x, y are a place and a load, below = 1/B, above = Palm's function less one.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

ASYMPTOTIC_FROM = 30.0  # erlangs from which the expansion of 1/B around seats = load is exact to rounding
TERMS = 22
REACH = 8.7  # exp(-REACH²/2) is below the floats' rounding


def _expansion() -> np.ndarray:
    """Return c[k, j] with 1/B(a + θ - 1, a) = Σ_k a^((1-k)/2) Σ_j c[k, j] θ^j as a → ∞, for θ in (0, 1].

    1/B = a ∫ exp(-a (t - log(1+t))) (1+t)^(θ-1) dt (Jagerman 1974). With t - log(1+t) = s²/2 and w(s) = log(1+t), the
    integrand is exp(-a s²/2) d/ds Σ_j θ^j w^(j+1) / ((j+1) j!), and Laplace's method takes it power by power.
    """
    # t = Σ b_i s^i from t t' = s (1 + t), and w = t - s²/2
    b = np.zeros(TERMS + 3)
    b[1] = 1.0
    for i in range(2, TERMS + 3):
        # coefficient of s^i on both sides: Σ_{j} b_j (i+1-j) b_{i+1-j} = b_{i-1}
        known = sum(b[j] * (i + 1 - j) * b[i + 1 - j] for j in range(2, i))
        b[i] = (b[i - 1] - known) / (i + 1.0)
    w = b.copy()
    w[2] -= 0.5
    coefficients = np.zeros((TERMS, TERMS))
    power, factorial = w.copy(), 1.0
    for j in range(TERMS):
        if j:
            power = np.convolve(power, w)[: TERMS + 3]
            factorial *= j
        slope = power[1:] * np.arange(1, TERMS + 3) / ((j + 1) * factorial)
        for k in range(j, TERMS):
            coefficients[k, j] = slope[k] * math.gamma((k + 1) / 2.0) * 2.0 ** ((k - 1) / 2.0)
    return coefficients


EXPANSION = _expansion()
STIRLING = np.array([1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360])
HALF_LOG_2PI = 0.9189385332046727418


@njit(cache=True)
def _inverse_b_at_load(a: float) -> float:
    """Return 1/B(floor(a), a)."""
    n0 = math.floor(a)
    if a < ASYMPTOTIC_FROM:
        r = 1.0
        for k in range(1, int(n0) + 1):
            r = 1.0 + k / a * r
        return r
    theta = n0 - a + 1.0
    z = 1.0 / math.sqrt(a)
    total = 0.0
    scale = math.sqrt(a)
    for k in range(TERMS):
        inner = EXPANSION[k, k]
        for j in range(k - 1, -1, -1):
            inner = inner * theta + EXPANSION[k, j]
        total += inner * scale
        scale *= z
        if scale < 1e-18:
            break
    return total


@njit(cache=True)
def fewest_patient_for_ever(load: np.ndarray, aht: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Return per interval the fewest whole seats under Erlang C; loads > 0.

    `limits` are answer_within_seconds, the largest share answered late, the longest mean wait in seconds and the
    occupancy cap; inf where one does not bind.
    """
    within, tail, wait, occupancy = limits
    result = np.empty(load.size)
    for i in range(load.size):
        a, t = load[i], aht[i]
        seats = math.ceil(a / occupancy - 1e-12 * (a / occupancy)) if occupancy < math.inf else 0.0
        if tail < math.inf or wait < math.inf:
            n = math.floor(a)
            r = _inverse_b_at_load(a)
            late = math.exp(-(n - a) * within / t)
            decay = math.exp(-within / t)
            per_load = 1.0 / a
            longest = wait / t
            while True:
                n += 1.0
                r = 1.0 + n * per_load * r
                late *= decay
                spare = n - a
                bound = spare * r + a  # the probability of waiting is n / bound
                if n * late <= tail * bound and n <= longest * spare * bound:
                    break
                if r > 1e290:
                    break
            seats = max(seats, n)
        result[i] = seats
    return result


@njit(cache=True)
def _mass(x: float, y: float) -> float:
    """Return e^-y y^x / Γ(x+1) (Loader 2000)."""
    if x < 1e-20:
        return math.exp(-y)
    if x >= 15.0:
        r = 1.0 / x
        r2 = r * r
        error = 0.0
        for k in range(5, -1, -1):
            error = error * r2 + STIRLING[k]
        error *= r
    else:
        error = math.lgamma(x + 1.0) - (x + 0.5) * math.log(x) + x - HALF_LOG_2PI
    v = (x - y) / (x + y)
    if abs(v) < 0.1:
        v2 = v * v
        tail = 0.0
        for k in range(23, 1, -2):
            tail = tail * v2 + 1.0 / k
        deviance = (x - y) * v + 2.0 * x * v * v2 * tail
    else:
        deviance = x * math.log(x / y) + y - x
    return math.exp(-error - deviance - HALF_LOG_2PI) / math.sqrt(x)


@njit(cache=True)
def _above(x: float, y: float) -> float:
    """Return Σ_{k≥1} y^k / ((x+1)…(x+k)) for y ≤ x (and a little beyond)."""
    term = total = y / (x + 1.0)
    k = 1.0
    while term > 1e-17 * total:
        k += 1.0
        term *= y / (x + k)
        total += term
    return total


@njit(cache=True)
def _below_fraction(f: float, y: float) -> float:
    """Return 1/B(f, y) for f in [0, 1): Legendre's continued fraction, or the complement for small y."""
    if f == 0.0:
        return 1.0
    if y < 1.5:
        return math.exp(y + math.lgamma(1.0 + f) - f * math.log(y)) - _above(f, y)
    s = f + 1.0
    b = y + 1.0 - s
    c = 1e300
    d = 1.0 / b
    h = d
    for i in range(1, 500):
        an = -float(i) * (i - s)
        b += 2.0
        d = 1.0 / (an * d + b)
        c = b + an / c
        delta = c * d
        h *= delta
        if abs(delta - 1.0) < 1e-16:
            break
    return h * y


@njit(cache=True)
def _below(x: float, y: float) -> float:
    """Return 1/B(x, y) for real x ≥ 0: forward recursion from where its start no longer matters."""
    steps: float = math.floor(x)
    reach = math.ceil(REACH * math.sqrt(y)) + max(0.0, math.ceil(x - y))
    if steps <= reach:
        start = x - steps
        r = _below_fraction(start, y)
    else:
        steps = reach
        start = x - steps
        r = 1.0 / max(1.0 - start / y, 1.0 / math.sqrt(y))
    per_load = 1.0 / y
    for k in range(1, int(steps) + 1):
        r = 1.0 + (start + k) * per_load * r
    return r


@njit(cache=True)
def _exponent(x: float, y: float, u: float) -> float:
    """Return y (1 - e^-u) - x u without losing digits for small u."""
    if u <= 0.5:
        curve = 1.0
        for k in range(18, 2, -1):
            curve = 1.0 - curve * u / k
        curve *= 0.5 * u * u
    else:
        curve = u + math.expm1(-u)
    return (y - x) * u - y * curve


@njit(cache=True)
def _patient(n: float, a: float, patience: float, u: float, r: float) -> tuple[float, float, float]:
    """Return Erlang A's shares: answered within u, abandoning in the end, and gone within u.

    `patience` in units of AHT, `u` in units of patience, r = 1/B(n, a); as `erlang_arrays.PatientQueue`.
    """
    x, y = n * patience, a * patience
    rho = a / n
    y_t = max(y * math.exp(-min(u, 700.0)), 1e-300)
    if y <= x:
        above = _above(x, y)
        weight = 1.0 + above
        waits = weight / (r - 1.0 + weight)
        growth = math.exp(_exponent(x, y, u))
        above_t = _above(x, y_t)
        # the waiting states' mean of j, term by term: the closed form cancels
        term, weighted, k = 1.0, 0.0, 0.0
        while True:
            k += 1.0
            term *= y / (x + k)
            weighted += k * term
            if k * term <= 1e-15 * weighted:
                break
        gone = weighted / (y * weight)
        in_time = (above - growth * above_t) / (rho * weight)
        still = growth * (1.0 + above_t) / weight
        free = 1.0 - waits
    else:
        g = _mass(x, y)
        q = g * _below(x, y) if g > 0.0 else 0.0
        weight = g + 1.0 - q
        open_ = (r - 1.0) * g
        waits = weight / (open_ + weight)
        free = open_ / (open_ + weight)
        gone = 1.0 - (1.0 - q) / weight / rho
        g_t = _mass(x, y_t)
        if y_t > x:
            q_t = g_t * _below(x, y_t) if g_t > 0.0 else 0.0
            in_time = (q_t - q) / (rho * weight)
            still = (g_t + 1.0 - q_t) / weight
        else:
            p_t = g_t * _above(x, y_t)
            in_time = (1.0 - q - p_t) / (rho * weight)
            still = (g_t + p_t) / weight
    in_time = max(in_time, 0.0)
    gone_in_time = min(max(1.0 - in_time - math.exp(-u) * still, 0.0), 1.0)
    return free + waits * in_time, waits * gone, waits * gone_in_time


@njit(cache=True)
def _meets(n: float, a: float, aht: float, limits: np.ndarray, definition: int) -> bool:
    """Return whether n seats meet the limits: patience, threshold, level, wait, occupancy, abandonment."""
    if n <= 0.0:
        return limits[2] <= 0.0 and limits[3] >= limits[0] and limits[4] >= 1.0 and limits[5] >= 1.0
    n0 = math.floor(a)
    if a >= ASYMPTOTIC_FROM and n0 <= n < n0 + REACH * math.sqrt(a):
        r = _inverse_b_at_load(a)
        for k in range(int(n0) + 1, int(n) + 1):
            r = 1.0 + k / a * r
    else:
        r = _below(n, a)
    answered, abandons, gone = _patient(n, a, limits[0] / aht, limits[1] / limits[0], r)
    if definition == 1:
        answered /= max(1.0 - gone, 1e-300)
    elif definition == 2:
        answered /= max(1.0 - abandons, 1e-300)
    return (
        min(answered, 1.0) >= limits[2]
        and abandons * limits[0] <= limits[3]
        and a * (1.0 - abandons) / n <= limits[4]
        and abandons <= limits[5]
    )


@njit(cache=True)
def fewest_with_patience(load: np.ndarray, aht: np.ndarray, limits: np.ndarray, definition: int) -> np.ndarray:
    """Return per interval the fewest whole seats under Erlang A; loads > 0.

    `limits` are patience_seconds, answer_within_seconds, the least service level, the longest mean wait in seconds, the
    occupancy cap and the largest share abandoning, slack included; `definition` numbers `erlang.DEFINITIONS`.
    """
    result = np.empty(load.size)
    for i in range(load.size):
        a, t = load[i], aht[i]
        high = float(math.ceil(a))
        step = float(math.ceil(0.5 * math.sqrt(a)))
        if _meets(high, a, t, limits, definition):
            low = high - step
            while low >= 0.0 and _meets(low, a, t, limits, definition):
                high = low
                step *= 2.0
                low = high - step
            low = max(low, -1.0)
        else:
            low = high
            high = low + step
            while not _meets(high, a, t, limits, definition):
                low = high
                step *= 2.0
                high = low + step
        while high - low > 1.0:
            middle = float(math.floor(0.5 * (low + high)))
            if _meets(middle, a, t, limits, definition):
                high = middle
            else:
                low = middle
        result[i] = high
    return result
