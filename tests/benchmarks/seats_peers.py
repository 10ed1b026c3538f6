"""Seats and probabilities, for speed and truth, against other packages and against exact arithmetic.

The truth is computed with integers of 260 binary places (`inverse_blocking`, `palm`), independent of the product's
code: the recursion 1/B(k) = 1 + k/a · 1/B(k-1), and Palm's series term by term. It takes some seven minutes, and there
is no more of it; a peer has 40 s for the cases, and is judged by those it came to.
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import signal
import time
from collections.abc import Callable
from functools import partial

import mpmath as mp
import numpy as np
from scipy.special import gammaincc, gammaln

from forecaster.queueing import erlang
from forecaster.requirement.seats import ServiceTarget, seats_required
from tests.benchmarks.cold_start import first_calls
from tests.benchmarks.results import figure

PLACES = 1 << 260
SECONDS_PER_PEER = 40.0  # on the grid: some peers take seconds for a large load
EIGHTY_TWENTY = ServiceTarget(service_level=0.8, answer_within_seconds=20.0, max_occupancy=None)


def inverse_blocking(load: mp.mpf, most: int) -> list[int]:
    """Return 1/B(k, load) for k = 0 … most, in units of 1/PLACES."""
    a, values = int(load * PLACES), [PLACES]
    for k in range(1, most + 1):
        values.append(PLACES + k * PLACES * values[-1] // a)
    return values


def palm(x: mp.mpf, y: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
    """Return Σ w_k and Σ k w_k over k ≥ 0, w_k = y^k / ((x+1)…(x+k))."""
    xi, yi = int(x * PLACES), int(y * PLACES)
    term = total = PLACES
    weighted, k = 0, 0
    while k < y - x or term > total >> 130:
        k += 1
        term = term * yi // (xi + k * PLACES)
        total += term
        weighted += k * term
    return mp.mpf(total) / PLACES, mp.mpf(weighted) / PLACES


def timed(call: Callable[[], object]) -> tuple[float, object]:
    """Return the processor seconds `call` takes (a busy machine does not count), and what it returns."""
    begin = time.process_time()
    result = call()
    return time.process_time() - begin, result


def bisection_on_gammaincc(load: np.ndarray, aht: float, level: float, within: float) -> np.ndarray:
    """The straightforward NumPy + SciPy way: halve a bracket for every row at once."""
    low, high = np.floor(load), np.ceil(load + 8 * np.sqrt(load) + 20)
    while np.any(high - low > 1):
        n = np.floor((low + high) / 2)
        b = np.exp(n * np.log(load) - load - gammaln(n + 1)) / gammaincc(n + 1, load)
        c = b / (1 - load / n * (1 - b))
        ok = (n > load) & (1 - c * np.exp(-(n - load) * within / aht) >= level)
        high, low = np.where(ok, n, high), np.where(ok, low, n)
    return high


def installed(module: str) -> bool:
    """Return whether `module` can be imported here."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def peers_of_erlang_c() -> dict[str, Callable[[float, float, float, float], int]]:
    """Return the peers that are installed: (calls an hour, AHT, level, threshold) -> seats."""
    peers: dict[str, Callable[[float, float, float, float], int]] = {}
    if installed("pyworkforce"):
        from pyworkforce.queuing import ErlangC

        peers["pyworkforce"] = lambda calls, aht, level, within: ErlangC(
            transactions=calls, aht=aht / 60, asa=max(within, 1e-9) / 60, interval=60, shrinkage=0.0
        ).required_positions(service_level=level, max_occupancy=1.0)["raw_positions"]
    if installed("call_center_tools"):
        from call_center_tools import calc_staffing

        peers["call-center-tools"] = lambda calls, aht, level, within: (
            calc_staffing(calls, aht, max_occupancy=1.0, target_answer_time=within, target_service_level=level).agents
        )
    if installed("mod_turbotab"):
        from mod_turbotab.agents.capacity import agents_required

        peers["turbotab"] = lambda calls, aht, level, within: agents_required(level, within, calls, aht, 3600.0)
    if installed("pyqueueing"):
        from pyqueueing import ErlangC as QueueC

        peers["pyqueueing"] = lambda calls, aht, level, within: QueueC(calls / 3600, 1 / aht).required_servers(
            target_service_level=(within, level)
        )
    if installed("callcenterdim"):
        from callcenterdim.Dimensionamento import AgentsReq

        peers["callcenterdim"] = lambda calls, aht, level, within: AgentsReq(calls, 60, aht, level, within)
    if installed("wfmplan"):
        from wfmplan.AgentOptimizer.Optimizer import Optimizer

        peers["wfmplan"] = lambda calls, aht, level, within: Optimizer(
            calls, aht, 3600, sla=level, st=max(within, 1e-9), method="sla"
        ).predict()["agent_req"]
    return peers


def erlang_c_seats() -> None:
    """100,000 intervals, loads uniform in 1–500 erlangs, AHT 180 s, 80 % within 20 s."""
    load = np.random.default_rng(1).uniform(1, 500, 100_000)
    first, by_numpy = timed(lambda: seats_required(load, aht_seconds=180.0, target=EIGHTY_TWENTY))

    importlib.import_module("forecaster.queueing.erlang_compiled")
    compiling, _ = timed(lambda: seats_required(load[:2000], aht_seconds=180.0, target=EIGHTY_TWENTY))
    best = min(timed(lambda: seats_required(load, aht_seconds=180.0, target=EIGHTY_TWENTY))[0] for _ in range(20))
    seats = seats_required(load, aht_seconds=180.0, target=EIGHTY_TWENTY)
    plain, bisected = timed(lambda: bisection_on_gammaincc(load, 180.0, 0.8, 20.0))
    wrong = [
        row for row in range(0, 100_000, 50) if true_seats_c(float(load[row]), 180, [("0.8", 20)])[0] != seats[row]
    ]
    print(f"huawu, first call in the process (NumPy)   {first / 1e5 * 1e6:9.3f} µs each")
    print(f"huawu, machine code ready                  {best / 1e5 * 1e6:9.3f} µs each; got ready in {compiling:.2f} s")
    print(
        f"   of 2,000 checked exactly {len(wrong)} wrong; NumPy and machine code differ in {(by_numpy != seats).sum()}"
    )
    print(
        f"NumPy + SciPy bisection                    {plain / 1e5 * 1e6:9.3f} µs each, "
        f"{(bisected != seats).sum()} wrong"
    )
    for name, seats_of in peers_of_erlang_c().items():
        sample = load[:300].tolist()
        seconds, answers = timed(partial(asked, seats_of, [(a * 20, 180, 0.8, 20.0) for a in sample]))
        missed = sum(answer != n for answer, n in zip(answers, seats[:300], strict=True))
        each = seconds / len(sample)
        print(
            f"{name:42s} {each * 1e6:9.1f} µs each, {missed} of 300 wrong, "
            f"huawu {each / (best / 1e5):,.0f} times as fast"
        )
        if name.startswith("pyworkforce"):
            figure("seats-against-pyworkforce", f"{each / (best / 1e5):,.0f}")


def asked(seats_of: Callable[..., int], questions: list[tuple[float, ...]]) -> list[int]:
    """Return a peer's answers."""
    return [attempt(seats_of, *question) for question in questions]


def attempt(seats_of: Callable[..., int], *question: float) -> int:
    """Return a peer's answer; -1 where it fails, or has none after five seconds (some loop for ever)."""
    signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, 5.0)
    try:
        return int(seats_of(*question))
    except Exception:
        return -1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def _too_long(*_: object) -> None:
    raise TimeoutError


def true_seats_c(load: float | mp.mpf, aht: int, targets: list[tuple[str, int]]) -> list[int]:
    """Return the true minimum for each (level, threshold): walk up the exact recursion."""
    with mp.workdps(60):
        a = mp.mpf(load)
        most = int(a) + int(12 * mp.sqrt(a)) + 60
        values = inverse_blocking(a, most)
        answers = []
        for level, within in targets:
            tail = 1 - mp.mpf(level) + mp.mpf(10) ** -40  # a tie is met

            def ok(n: int, within: int = within, tail: mp.mpf = tail) -> bool:
                c = n / ((n - a) * (mp.mpf(values[n]) / PLACES) + a)
                return c * mp.exp(-(n - a) * within / aht) <= tail

            low, high = int(a), most
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if ok(middle) else (middle, high)
            answers.append(high)
        return answers


def grid() -> None:
    """26,040 cases: 20 rates (1–20,000 calls an hour, log scale) × 31 AHTs (30–1,200 s) × 7 levels × 6 thresholds."""
    rates = np.unique(np.round(np.geomspace(1, 20_000, 20))).astype(int)
    rates = rates if len(rates) == 20 else np.unique(np.concatenate([[2], rates]))
    handle = np.linspace(30, 1200, 31).astype(int)
    targets = list(itertools.product(["0.5", "0.7", "0.8", "0.85", "0.9", "0.95", "0.99"], [0, 10, 15, 20, 30, 60]))
    cases, truth = [], []
    for rate, aht in itertools.product(rates.tolist(), handle.tolist()):
        with mp.workdps(60):
            answers = true_seats_c(mp.mpf(rate) * aht / 3600, aht, targets)
        truth += answers
        cases += [(rate, aht, float(level), float(within)) for level, within in targets]
    calls, aht, _, _ = (np.array(column, dtype=float) for column in zip(*cases, strict=True))
    exact = np.array(truth)
    ours = np.empty(len(cases))
    for k, (level, within) in enumerate(targets):
        rows = slice(k, None, len(targets))
        target = ServiceTarget(service_level=float(level), answer_within_seconds=float(within), max_occupancy=None)
        ours[rows] = seats_required(calls[rows] * aht[rows] / 3600, aht_seconds=aht[rows], target=target)
    print(f"{len(cases)} cases: huawu {100 * (ours == exact).mean():.3f} % right")
    for name, seats_of in peers_of_erlang_c().items():
        right, tried, begin = 0, 0, time.perf_counter()
        for k in np.random.default_rng(1).permutation(len(cases)):
            right += attempt(seats_of, *cases[k]) == exact[k]
            tried += 1
            if time.perf_counter() - begin > SECONDS_PER_PEER:
                break
        print(f"   {name:20s} {100 * right / tried:.2f} % of {tried} cases right", flush=True)
        if name.startswith("pyworkforce"):
            figure("seats-right-of-pyworkforce", f"{100 * right / tried:.2f} %")


def patient_shares(n: int, load: float, patience: float, u: float) -> dict[str, mp.mpf]:
    """Return Erlang A's shares exactly; patience in units of AHT, u = threshold / patience."""
    with mp.workdps(70):
        a, x, y = mp.mpf(load), mp.mpf(n) * mp.mpf(patience), mp.mpf(load) * mp.mpf(patience)
        start = max(0, n - int(16 * mp.sqrt(a)) - 60 - max(0, int(n - a)))
        value = PLACES if start == 0 else 4 * PLACES
        unit = int(a * PLACES)
        for k in range(start + 1, n + 1):
            value = PLACES + k * PLACES * value // unit
        r = mp.mpf(value) / PLACES
        whole, weighted = palm(x, y)
        later, _ = palm(x, y * mp.exp(-mp.mpf(u)))
        growth = mp.exp(y - y * mp.exp(-mp.mpf(u)) - x * u)
        total = r - 1 + whole
        return {
            "waits": whole / total,
            "abandons": weighted / y / total,
            "answered": (r - 1) / total + ((whole - 1) - growth * (later - 1)) / (y / x) / total,
        }


def probabilities() -> None:
    """Blocking, waiting, service level, abandonment against the exact values, from 1e-6 to 1,000,000 erlangs."""
    worst: dict[str, tuple[float, str]] = {}

    def note(name: str, got: float, exact: mp.mpf, where: str) -> None:
        if mp.mpf("1e-28") < abs(exact):  # the exact side keeps some 35 digits of a difference
            error = float(abs(mp.mpf(float(got)) / exact - 1))
            worst[name] = max(worst.get(name, (0.0, "")), (error, where))

    for load in (1e-6, 0.01, 0.5, 3.75, 29.9, 30.1, 77.3, 500.5, 5000.3, 100_000.7, 1_000_000.0):
        spread = max(load, 1.0) ** 0.5
        places = {max(1, round(load + k * spread)) for k in (-20, -5, -1, -0.2, 0.2, 1, 2, 5, 10, 30)} | {
            int(1.2 * load) + 1
        }
        values = inverse_blocking(mp.mpf(load), max(places))
        for n in sorted(places):
            where = f"{n} seats, {load:g} erlangs"
            r = mp.mpf(values[n]) / PLACES
            if r > mp.mpf("1e300"):
                continue
            note("Erlang B", erlang.blocking(n, offered_load_erlangs=load), 1 / r, where)
            if n > load:
                with mp.workdps(60):
                    c = n / ((n - mp.mpf(load)) * r + load)
                    level = 1 - c * mp.exp(-(n - mp.mpf(load)) * 20 / 180)
                queue = {"offered_load_erlangs": load, "aht_seconds": 180.0}
                note("Erlang C", erlang.waiting_probability(n, offered_load_erlangs=load), c, where)
                note("Erlang C level", erlang.service_level(n, answer_within_seconds=20.0, **queue), level, where)
                note("Erlang C wait", erlang.mean_wait_seconds(n, **queue), 180 * c / (n - mp.mpf(load)), where)
            for patience, u in itertools.product((1 / 64, 1.0, 32.0), (0.0, 1 / 128, 0.25, 2.0)):
                if n * patience > 4e6 or abs(n - load) * patience > 5e4:
                    continue
                exact = patient_shares(n, load, patience, u)
                queue = {"offered_load_erlangs": load, "aht_seconds": 128.0, "patience_seconds": 128.0 * patience}
                where = f"{n} seats, {load:g} erlangs, patience {patience:g} AHT, threshold {u:g} patience"
                note("Erlang A waits", erlang.waiting_probability(n, **queue), exact["waits"], where)
                note("Erlang A abandons", erlang.abandonment(n, **queue), exact["abandons"], where)
                level = erlang.service_level(n, answer_within_seconds=u * 128.0 * patience, **queue)
                note("Erlang A level", level, exact["answered"], where)
    for name, (error, where) in worst.items():
        print(f"{name:20s} largest relative error {error:.1e} ({where})")


def erlang_a_seats() -> None:
    """135 cases: 15 loads 1–300 erlangs × 3 patiences × 3 targets, AHT 180 s; and 20,000 random ones for the speed."""

    importlib.import_module("forecaster.queueing.erlang_compiled")
    loads = np.geomspace(1, 300, 15)
    targets = [("0.8", 20.0), ("0.9", 10.0), ("0.5", 60.0)]
    cases = list(itertools.product(loads.tolist(), (60.0, 180.0, 600.0), targets))
    many = np.random.default_rng(2).uniform(1, 500, 20_000)
    target = ServiceTarget(service_level=0.8, answer_within_seconds=20.0, max_occupancy=None, patience_seconds=120.0)
    seats_required(many[:1000], aht_seconds=180.0, target=target)
    best = min(timed(lambda: seats_required(many, aht_seconds=180.0, target=target))[0] for _ in range(8))
    each = best / len(many)
    answers, wrong = [], 0
    for load, patience, (level, within) in cases:
        wanted = ServiceTarget(
            service_level=float(level), answer_within_seconds=within, max_occupancy=None, patience_seconds=patience
        )
        n = seats_required(load, aht_seconds=180.0, target=wanted)
        answers.append(n)
        enough = patient_shares(n, load, patience / 180, within / patience)["answered"] >= mp.mpf(level)
        fewer = n == 1 or patient_shares(n - 1, load, patience / 180, within / patience)["answered"] < mp.mpf(level)
        wrong += not (enough and fewer)
    below = sum(n < load for n, (load, _, _) in zip(answers, cases, strict=True))
    print(f"huawu {each * 1e6:.2f} µs each; of 135 cases {wrong} wrong, {below} of them below the load")
    if installed("pyworkforce.queuing.abandonment"):
        from pyworkforce.queuing import ErlangA

        def peer(load: float, patience: float, target: tuple[str, float]) -> int:
            queue = ErlangA(load * 20, 3.0, target[1] / 60, 60, patience / 60)
            return int(queue.required_positions(float(target[0]))["raw_positions"])

        seconds, found = timed(lambda: [peer(*case) for case in cases])
        missed = sum(n != m for n, m in zip(answers, found, strict=True))
        ratio = seconds / len(cases) / each
        print(
            f"pyworkforce {seconds / len(cases) * 1e3:.1f} ms each, {missed} of 135 wrong; "
            f"huawu {ratio:,.0f} times as fast"
        )
    else:
        print("pyworkforce has no Erlang A here (see requirements-seats.txt)")


COLD = """
import time
begin = time.perf_counter()
from forecaster.requirement.seats import ServiceTarget, seats_required
import numpy as np
print(f"import {time.perf_counter() - begin:.2f} s", end="; ")
for count, patience in ((1, None), (744, None), (100_000, None), (1, 120.0), (744, 120.0), (20_000, 120.0)):
    target = ServiceTarget(patience_seconds=patience)
    load = np.random.default_rng(1).uniform(1, 500, count)
    begin = time.perf_counter()
    seats_required(load, aht_seconds=180.0, target=target)
    print(f"{count:,} intervals{' with patience' if patience else ''} {time.perf_counter() - begin:.3f} s", end="; ")
begin = time.perf_counter()
import forecaster.queueing.erlang_compiled as compiled
compiled.fewest_patient_for_ever(np.ones(1), np.ones(1), np.array([20.0, 0.2, np.inf, np.inf]))
print(f"machine code for Erlang C {time.perf_counter() - begin:.2f} s", end=", ")
begin = time.perf_counter()
compiled.fewest_with_patience(np.ones(1), np.ones(1), np.array([60.0, 20.0, 0.8, np.inf, np.inf, np.inf]), 0)
print(f"for Erlang A {time.perf_counter() - begin:.2f} s")
"""


def cold_start() -> None:
    """First calls in a fresh process, on a machine that has never compiled anything, and on one that has."""
    first_calls(COLD)


def main() -> None:
    """Run every comparison."""
    for part in (cold_start, erlang_c_seats, erlang_a_seats, grid, probabilities):
        print(f"\n{part.__name__}: {(part.__doc__ or '').strip()}", flush=True)
        part()


if __name__ == "__main__":
    main()
