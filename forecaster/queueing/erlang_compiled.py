"""The seat searches compiled by numba: for hundreds of thousands of intervals at a time.

Importing this module costs numba's import, and the first call of each kind a few seconds of compilation, kept on disk
where the package's folder can be written. `forecaster.requirement.seats` decides when that pays; the answers are the
same as with `erlang_arrays`, and so is the notation: x, y are a place and a load, below = 1/B, above = Palm's function
less one.
"""

from __future__ import annotations

import math

import numpy as np

from forecaster.queueing.erlang_arrays import HALF_LOG_2PI
from forecaster.queueing.machine_code import to_machine_code

ASYMPTOTIC_FROM = 30.0  # erlangs from which the expansion of 1/B around seats = load is exact to rounding
EXPANSION_TERMS = 22  # of the expansion: from 30 erlangs on the next is below rounding at every place it is asked for
REACH = 8.7  # exp(-REACH²/2) is below the floats' rounding


def _expansion() -> np.ndarray:
    """Return c[k, j] with 1/B(a + θ - 1, a) = Σ_k a^((1-k)/2) Σ_j c[k, j] θ^j as a → ∞, for θ in (0, 1].

    1/B = a ∫ exp(-a (t - log(1+t))) (1+t)^(θ-1) dt (Jagerman 1974). With t - log(1+t) = s²/2 and w(s) = log(1+t), the
    integrand is exp(-a s²/2) d/ds Σ_j θ^j w^(j+1) / ((j+1) j!), and Laplace's method takes it power by power.
    """
    # t = Σ b_i s^i from t t' = s (1 + t), and w = t - s²/2
    b = np.zeros(EXPANSION_TERMS + 3)
    b[1] = 1.0
    for i in range(2, EXPANSION_TERMS + 3):
        # coefficient of s^i on both sides: Σ_{j} b_j (i+1-j) b_{i+1-j} = b_{i-1}
        known = sum(b[j] * (i + 1 - j) * b[i + 1 - j] for j in range(2, i))
        b[i] = (b[i - 1] - known) / (i + 1.0)
    w = b.copy()
    w[2] -= 0.5
    coefficients = np.zeros((EXPANSION_TERMS, EXPANSION_TERMS))
    power, factorial = w.copy(), 1.0
    for j in range(EXPANSION_TERMS):
        if j:
            power = np.convolve(power, w)[: EXPANSION_TERMS + 3]
            factorial *= j
        slope = power[1:] * np.arange(1, EXPANSION_TERMS + 3) / ((j + 1) * factorial)
        for k in range(j, EXPANSION_TERMS):
            coefficients[k, j] = slope[k] * math.gamma((k + 1) / 2.0) * 2.0 ** ((k - 1) / 2.0)
    return coefficients


def _needed(expansion: np.ndarray) -> np.ndarray:
    """Return the load above which the terms from k on are below the rounding of the first one."""
    theta = np.linspace(0.0, 1.0, 401)
    largest = 1.01 * np.array([np.abs(np.polyval(row[::-1], theta)).max() for row in expansion])
    order = np.arange(1, EXPANSION_TERMS)
    own = (largest[1:] / 1e-17) ** (2.0 / order)
    return np.concatenate([[np.inf], np.maximum.accumulate(own[::-1])[::-1]])


EXPANSION = _expansion()
NEEDED = _needed(EXPANSION)
# Of Stirling's series (DLMF 5.11.1)
STIRLING = np.array([1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360])


@to_machine_code
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
    for k in range(EXPANSION_TERMS):
        if a > NEEDED[k]:
            break
        inner = EXPANSION[k, k]
        for j in range(k - 1, -1, -1):
            inner = inner * theta + EXPANSION[k, j]
        total += inner * scale
        scale *= z
    return total


@to_machine_code
def fewest_patient_for_ever(load: np.ndarray, aht: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Return per interval the fewest whole seats under Erlang C; loads > 0.

    `limits` are answer_within_seconds, the largest share answered late, the longest mean wait in seconds and the
    occupancy cap; inf where one does not bind.
    """
    within, tail, wait, occupancy = limits
    result = np.empty(load.size)
    decay_of, decay = 0.0, 1.0
    for i in range(load.size):
        a, t = load[i], aht[i]
        if t != decay_of:
            decay_of, decay = t, math.exp(-within / t)
        seats = math.ceil(a / occupancy - 1e-12 * (a / occupancy)) if occupancy < math.inf else 0.0
        if tail < math.inf or wait < math.inf:
            n = math.floor(a)
            r = _inverse_b_at_load(a)
            late = math.exp(-(n - a) * within / t)
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


@to_machine_code
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


@to_machine_code
def _above(x: float, y: float) -> float:
    """Return Σ_{k≥1} y^k / ((x+1)…(x+k)) for y ≤ x (and a little beyond)."""
    term = total = y / (x + 1.0)
    k = 1.0
    while term > 1e-17 * total:
        k += 1.0
        term *= y / (x + k)
        total += term
    return total


@to_machine_code
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


@to_machine_code
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


@to_machine_code
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


@to_machine_code
def _waiting_shares(x: float, y: float, u: float) -> tuple[float, float, float, float]:
    """Return the weight of the waiting states, and the shares of those who wait answered and still there after u.

    The weight is relative to the state in which all seats are busy and nobody waits; in overload (y > x) the third
    number scales it back: weight, answered, still there, scale. As `erlang_arrays.PatientQueue`.
    """
    rho = y / x
    y_t = max(y * math.exp(-min(u, 700.0)), 1e-300)
    if y <= x:
        weight = 1.0 + _above(x, y)
        growth = math.exp(_exponent(x, y, u))
        late = growth * _above(x, y_t)
        return weight, (weight - 1.0 - late) / (rho * weight), (growth + late) / weight, 1.0
    g = _mass(x, y)
    q = g * _below(x, y) if g > 0.0 else 0.0
    g_t = _mass(x, y_t)
    weight = g + 1.0 - q
    if y_t > x:
        q_t = g_t * _below(x, y_t) if g_t > 0.0 else 0.0
        return weight, (q_t - q) / (rho * weight), (g_t + 1.0 - q_t) / weight, g
    p_t = g_t * _above(x, y_t)
    return weight, (1.0 - q - p_t) / (rho * weight), (g_t + p_t) / weight, g


@to_machine_code
def _gives_up(x: float, y: float, weight: float, scale: float) -> float:
    """Return, of those who wait, the share whose patience ends first."""
    if y > x:
        return 1.0 - (1.0 - scale / weight) * x / y
    # the waiting states' mean of j, term by term: the closed form cancels
    term, weighted, k = 1.0, 0.0, 0.0
    while True:
        k += 1.0
        term *= y / (x + k)
        weighted += k * term
        if k * term <= 1e-15 * weighted:
            return weighted / (y * weight)


@to_machine_code
def _meets(n: float, a: float, r_at_load: float, aht: float, limits: np.ndarray, definition: int) -> bool:
    """Return whether n seats meet the limits: patience, threshold, level, wait, occupancy, abandonment.

    `r_at_load` is 1/B(floor(a), a); seats near the load are reached from it.
    """
    if n <= 0.0:
        return limits[2] <= 0.0 and limits[3] >= limits[0] and limits[4] >= 1.0 and limits[5] >= 1.0
    n0 = math.floor(a)
    if n0 <= n < n0 + REACH * math.sqrt(a) + 20.0:
        r, per_load = r_at_load, 1.0 / a
        for k in range(int(n0) + 1, int(n) + 1):
            r = 1.0 + k * per_load * r
    else:
        r = _below(n, a)
    patience, u = limits[0] / aht, limits[1] / limits[0]
    x, y = n * patience, a * patience
    weight, answered, still, scale = _waiting_shares(x, y, u)
    free = (r - 1.0) * scale
    waits = weight / (free + weight)
    at_once = 1.0 / (1.0 + weight / free) if free > 0.0 else 0.0  # free may be inf
    level = at_once + waits * max(answered, 0.0)
    if definition == 1:
        gone = 1.0 - max(answered, 0.0) - math.exp(-u) * still
        level /= max(1.0 - waits * min(max(gone, 0.0), 1.0), 1e-300)
    elif level < limits[2] and definition == 0:
        return False
    if definition != 2 and limits[3] == math.inf and limits[4] == math.inf and limits[5] == math.inf:
        return min(level, 1.0) >= limits[2]
    abandons = waits * _gives_up(x, y, weight, scale)
    if definition == 2:
        level /= max(1.0 - abandons, 1e-300)
    return (
        min(level, 1.0) >= limits[2]
        and abandons * limits[0] <= limits[3]
        and a * (1.0 - abandons) / n <= limits[4]
        and abandons <= limits[5]
    )


@to_machine_code
def fewest_with_patience(load: np.ndarray, aht: np.ndarray, limits: np.ndarray, definition: int) -> np.ndarray:
    """Return per interval the fewest whole seats under Erlang A; loads > 0.

    `limits` are patience_seconds, answer_within_seconds, the least service level, the longest mean wait in seconds, the
    occupancy cap and the largest share abandoning, slack included; `definition` numbers `erlang.DEFINITIONS`.
    """
    result = np.empty(load.size)
    last = 0.0  # where the last answer lay, in square roots of the load: the next one lies near (if both are large)
    for i in range(load.size):
        a, t = load[i], aht[i]
        r = _inverse_b_at_load(a)
        root = math.sqrt(a)
        step = float(math.ceil(0.2 * root))
        high = max(float(math.ceil(a + last * root)), 0.0) if a > 1.0 else 1.0
        if _meets(high, a, r, t, limits, definition):
            low = high - step
            while low >= 0.0 and _meets(low, a, r, t, limits, definition):
                high = low
                step *= 2.0
                low = high - step
            low = max(low, -1.0)
        else:
            low = high
            high = low + step
            while high < 1e15 and not _meets(high, a, r, t, limits, definition):
                low = high
                step *= 2.0
                high = low + step
        while high - low > 1.0:
            middle = float(math.floor(0.5 * (low + high)))
            if _meets(middle, a, r, t, limits, definition):
                high = middle
            else:
                low = middle
        result[i] = high
        if a > 1.0:
            last = (high - 0.5 - a) / root
    return result
