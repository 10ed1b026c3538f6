"""Customers a second through the simulator, against SimPy and Ciw, and whether it tells the truth.

M/M/100+M at 100 erlangs (AHT 180 s, mean patience 120 s, answered within 20 s): the peers play what a straightforward
model of theirs plays, and only enough customers for a steady clock. It takes some four minutes; there is no more of it.
"""

from __future__ import annotations

import importlib.util
import random
import time

import numpy as np
import pandas as pd

from forecaster.queueing import erlang
from forecaster.requirement.seats import ServiceTarget, requirement
from forecaster.requirement.varying_load import STAFFINGS
from forecaster.simulation.distributions import lognormal
from forecaster.simulation.simulator import Retrials, simulate
from tests.benchmarks.cold_start import first_calls
from tests.benchmarks.results import figure

SEATS, AHT, PATIENCE, WITHIN = 100, 180.0, 120.0, 20.0
RATE = SEATS / AHT


def by_simpy(customers: int) -> float:
    """Return the processor seconds SimPy takes, with a resource and a race between seat and patience."""
    import simpy

    rng = random.Random(1)
    env = simpy.Environment()
    desk = simpy.Resource(env, capacity=SEATS)

    def call() -> object:
        with desk.request() as seat:
            got = yield seat | env.timeout(rng.expovariate(1 / PATIENCE))
            if seat in got:
                yield env.timeout(rng.expovariate(1 / AHT))

    def source() -> object:
        for _ in range(customers):
            yield env.timeout(rng.expovariate(RATE))
            env.process(call())

    env.process(source())
    begin = time.process_time()
    env.run()
    return time.process_time() - begin


def by_ciw(customers: int) -> float:
    """Return the processor seconds Ciw takes."""
    import ciw

    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(RATE)],
        service_distributions=[ciw.dists.Exponential(1 / AHT)],
        reneging_time_distributions=[ciw.dists.Exponential(1 / PATIENCE)],
        number_of_servers=[SEATS],
    )
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    begin = time.process_time()
    simulation.simulate_until_max_customers(customers, method="Arrive")
    return time.process_time() - begin


def speed() -> None:
    """Customers a processor second, the peers in the same run."""
    hours, runs = 26, 200
    plain = {"aht_seconds": AHT, "patience_seconds": PATIENCE, "answer_within_seconds": WITHIN, "interval_minutes": 60}
    calls = np.full(hours, RATE * 3600)
    simulate(calls, seats=SEATS, replications=runs, seed=0, **plain)
    best = np.inf
    for seed in range(5):
        begin = time.process_time()
        result = simulate(calls, seats=SEATS, replications=runs, seed=seed, **plain)
        best = min(best, (time.process_time() - begin) / result.outcome[:, :, 0].sum())
    print(f"huawu, one queue                       {1 / best:14,.0f} customers/s")
    variants = {
        "staff by interval, lognormal handling": {"seats": np.tile([99, 101], 13), "handling": lognormal(1.2)},
        "retrials and lines (event loop)": {"seats": SEATS, "lines": 130, "retrials": Retrials(after_abandoning=0.3)},
        "staffing by a function every minute": {"seats": lambda floor: 98 + 6 * (floor.waiting.sum() > 5)},
    }
    for name, how in variants.items():
        simulate(calls, replications=runs, **how, **plain)
        begin = time.process_time()
        result = simulate(calls, replications=20, **how, **plain)
        rate = result.outcome[:, :, 0].sum() / (time.process_time() - begin)
        print(f"huawu, {name:38s} {rate:7,.0f} customers/s")
    for name, module, play in (("SimPy", "simpy", by_simpy), ("Ciw", "ciw", by_ciw)):
        if importlib.util.find_spec(module):
            rate = 60_000 / min(play(60_000) for _ in range(2))
            print(f"{name:38s} {rate:15,.0f} customers/s; huawu {1 / best / rate:,.0f} times as fast")
            figure(f"simulator-against-{module}", f"{1 / best / rate:,.0f}")


def truth() -> None:
    """Steady-state measures inside the simulator's own 99 % confidence interval of Erlang A, five seeds."""
    queue = {"offered_load_erlangs": 100.0, "aht_seconds": AHT, "patience_seconds": PATIENCE}
    expected = {
        "service_level": erlang.service_level(SEATS, answer_within_seconds=WITHIN, **queue),
        "abandonment": erlang.abandonment(SEATS, **queue),
        "mean_wait_seconds": erlang.mean_wait_seconds(SEATS, **queue),
        "mean_wait_of_answered_seconds": erlang.mean_wait_seconds(SEATS, of="answered", **queue),
        "occupancy": erlang.occupancy(SEATS, **queue),
    }
    for seed in range(5):
        runs = simulate(
            np.full(52, RATE * 3600),
            seats=SEATS,
            aht_seconds=AHT,
            patience_seconds=PATIENCE,
            answer_within_seconds=WITHIN,
            interval_minutes=60,
            replications=400,
            seed=seed,
        )
        total = runs.judged(warmup_intervals=4, confidence=0.99).total()
        inside = {name: total[f"{name}_lower"] <= value <= total[f"{name}_upper"] for name, value in expected.items()}
        level = (
            f"{total['service_level']:.5f} in [{total['service_level_lower']:.5f}, {total['service_level_upper']:.5f}]"
        )
        print(f"seed {seed}: Erlang A {expected['service_level']:.5f}, simulated {level}; inside: {inside}")


def swinging_week() -> None:
    """A week of 10 calls an hour at night to 400 by day, AHT 240 s, patience 120 s: which staffing holds 85 % in 15 s?

    Each plan is judged by 3,000 runs of callers it has not seen.
    """
    day = [20, 15, 12, 10, 10, 15, 40, 90, 200, 330, 400, 390, 350, 340, 360, 370, 350, 300, 280, 260, 220, 150, 80, 40]
    hour = np.arange(168)
    index = pd.date_range("2026-12-01", periods=168, freq="h", tz="UTC", name="interval_start")
    calls = np.array(day, dtype=float)[hour % 24] * (1 + 0.2 * np.sin(hour // 24))
    forecast = pd.DataFrame({"calls": calls, "aht_seconds": 240.0}, index=index)
    target = ServiceTarget(patience_seconds=120.0)
    for staffing in STAFFINGS:
        begin = time.perf_counter()
        seats = requirement(forecast, target, interval_minutes=60, staffing=staffing)["seats_required"]
        seconds = time.perf_counter() - begin
        level = simulate(
            forecast["calls"],
            seats=seats,
            aht_seconds=240.0,
            interval_minutes=60,
            patience_seconds=120.0,
            replications=3000,
            seed=99,
        ).frame()["service_level"]
        print(
            f"{staffing:14s} {seconds:6.2f} s; {seats.sum()} seat-hours; worst hour {level.min():.4f}; "
            f"{100 * (level >= 0.85).mean():.1f} % of hours at 85 %, {100 * (level >= 0.84).mean():.1f} % at 84 %"
        )


COLD = """
import time
begin = time.perf_counter()
import numpy as np
from forecaster.simulation.simulator import simulate
print(f"import {time.perf_counter() - begin:.2f} s", end="; ")
common = {"aht_seconds": 180.0, "patience_seconds": 120.0, "interval_minutes": 60}
for calls, runs, lines in ((200.0, 10, None), (2000.0, 100, None), (200.0, 5, 300), (2000.0, 20, 300)):
    begin = time.perf_counter()
    simulate(np.full(24, calls), seats=int(calls / 20) + 2, replications=runs, lines=lines, **common)
    what = "event loop" if lines else "one queue"
    print(f"{what}, {calls * 24 * runs:,.0f} customers {time.perf_counter() - begin:.2f} s", end="; ")
print()
"""


def cold_start() -> None:
    """First calls in a fresh process, on a machine that has never compiled anything, and on one that has."""
    first_calls(COLD)


def main() -> None:
    """Run every comparison."""
    for part in (cold_start, speed, truth, swinging_week):
        print(f"\n{part.__name__}: {(part.__doc__ or '').strip()}", flush=True)
        part()


if __name__ == "__main__":
    main()
