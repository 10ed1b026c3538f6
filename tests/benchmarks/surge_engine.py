"""The ladder's reducer against two state-machine libraries, on the same readings, with identical transitions.

    <python with requirements-surge.txt> -m tests.benchmarks.surge_engine [readings]

Each peer keeps the same clocks and asks the same questions: W above a threshold for so long, in order up, in reverse
order down. One event per reading, as the service has it; the peers' cheapest settings. A million readings if not said,
some two minutes.
"""

from __future__ import annotations

import random
import sys
import time
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from escalation.engine import reduce
from escalation.events import Reading
from escalation.ladder import ladder_from_mapping
from escalation.state import initial_state
from tests.benchmarks.results import figure

ROOT = Path(__file__).resolve().parents[2]
HOLD = timedelta(seconds=300)
GAP = timedelta(seconds=90)
ROUNDS = 20
Transitions = list[tuple[str, int, datetime]]


def stream(count: int, *, seed: int = 1) -> list[tuple[datetime, int]]:
    """Return readings (at, waiting) every 5 s, as a wallboard is fed, of a queue that climbs and comes back."""
    numbers = random.Random(seed)
    at, waiting, made = datetime(2026, 1, 1, tzinfo=UTC), 3, []
    mood = 0
    for place in range(count):
        if place % 720 == 0:
            mood = numbers.choice([3, 3, 4, 8, 14])
        waiting = max(0, waiting + numbers.choice([-1, 0, 1]) + (mood > waiting) - (mood < waiting))
        made.append((at, waiting))
        at += timedelta(seconds=5)
    return made


class Clocks:
    """What every machine has to remember besides its state."""

    def __init__(self) -> None:
        self.at: datetime | None = None
        self.over: datetime | None = None
        self.high: datetime | None = None
        self.low: datetime | None = None
        self.ordered: datetime | None = None
        self.now = datetime(1, 1, 1, tzinfo=UTC)
        self.waiting = 0
        self.made: Transitions = []

    def see(self, at: datetime, waiting: int) -> None:
        """Begin, keep or break the runs."""
        if self.at is not None and at - self.at > GAP:
            self.over = self.high = self.low = None
        self.over = (self.over or at) if waiting > 5 else None
        self.high = (self.high or at) if waiting > 10 else None
        self.low = (self.low or at) if waiting <= 5 else None
        self.at = self.now = at
        self.waiting = waiting

    def may_climb(self, rung: int) -> bool:
        """Return whether rung `rung` is due."""
        start = self.over if rung <= 3 else self.high
        if start is None:
            return False
        base = start if self.ordered is None else max(start, self.ordered)
        if rung == 4:
            return self.ordered != self.now
        return self.now - base >= HOLD

    def may_release(self) -> bool:
        """Return whether the last group is to be signed out."""
        return self.low is not None and self.now - self.low >= HOLD

    def climbed(self, rung: int) -> None:
        """Note an order."""
        self.ordered = self.now
        self.made.append(("order", rung, self.now))

    def released(self, rung: int) -> None:
        """Note a release."""
        self.low = self.now
        self.made.append(("release", rung, self.now))


def ours(readings: list[tuple[datetime, int]]) -> tuple[Transitions, float]:
    """Return what the reducer did, and the seconds it took."""
    with (ROOT / "data" / "config" / "ladder-recommended.toml").open("rb") as file:
        state = initial_state(ladder_from_mapping(tomllib.load(file)))
    events = [Reading(at, waiting) for at, waiting in readings]
    made: Transitions = []
    began = time.process_time()
    for event in events:
        state, decisions = reduce(state, event)
        if decisions:
            made += [(one.kind, one.rung, one.at) for one in decisions if one.kind in ("order", "release")]  # type: ignore[misc]
    return made, time.process_time() - began


def by_transitions(readings: list[tuple[datetime, int]]) -> tuple[Transitions, float]:
    """Return the same by `transitions`, a core Machine without queue, tags or automatic triggers."""
    from transitions import Machine

    model = Clocks()
    machine = Machine(model, states=[f"r{n}" for n in range(7)], initial="r0", auto_transitions=False)
    for rung in range(1, 7):
        machine.add_transition(
            "read", f"r{rung - 1}", f"r{rung}", conditions=_climber(model, rung), after=_noter(model.climbed, rung)
        )
    for rung in range(1, 7):
        machine.add_transition(
            "read", f"r{rung}", f"r{rung - 1}", conditions=model.may_release, after=_noter(model.released, rung)
        )
    machine.ignore_invalid_triggers = True
    see, read = model.see, model.read  # type: ignore[attr-defined]
    began = time.process_time()
    for at, waiting in readings:
        see(at, waiting)
        read()
    return model.made, time.process_time() - began


def _climber(model: Clocks, rung: int):  # type: ignore[no-untyped-def]
    return lambda: model.may_climb(rung)


def _noter(note, rung: int):  # type: ignore[no-untyped-def]
    return lambda: note(rung)


def by_statemachine(readings: list[tuple[datetime, int]]) -> tuple[Transitions, float]:
    """Return the same by python-statemachine."""
    from statemachine import State, StateMachine

    clocks = Clocks()
    states = {f"r{n}": State(initial=n == 0) for n in range(7)}
    body: dict[str, object] = dict(states)
    read = None
    for rung in range(1, 7):
        up = states[f"r{rung - 1}"].to(states[f"r{rung}"], cond=f"climb{rung}", on=f"up{rung}")
        down = states[f"r{rung}"].to(states[f"r{rung - 1}"], cond="may_release", on=f"down{rung}")
        read = up | down if read is None else read | up | down
        body[f"climb{rung}"] = lambda self, rung=rung: clocks.may_climb(rung)
        body[f"up{rung}"] = lambda self, rung=rung: clocks.climbed(rung)
        body[f"down{rung}"] = lambda self, rung=rung: clocks.released(rung)
    body["may_release"] = lambda self: clocks.may_release()
    body["read"] = read
    body["allow_event_without_transition"] = True
    machine = type("Ladder", (StateMachine,), body)()
    send = machine.send
    began = time.process_time()
    for at, waiting in readings:
        clocks.see(at, waiting)
        send("read")
    return clocks.made, time.process_time() - began


def main() -> None:
    """Print processor time a reading and ratios, taken in turns on one stream after the other; fail if any differs."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 1_000_000
    each = count // ROUNDS
    spent: dict[str, list[float]] = {}
    transitions = 0
    for turn in range(ROUNDS):
        readings = stream(each, seed=turn)
        expected, mine = ours(readings)
        transitions += len(expected)
        spent.setdefault("huawu", []).append(mine)
        for name, run in (("transitions", by_transitions), ("python-statemachine", by_statemachine)):
            made, seconds = run(readings)
            if made != expected:
                raise SystemExit(f"{name} made other transitions: {len(made)} against {len(expected)}")
            spent.setdefault(name, []).append(seconds)
    print(f"{each * ROUNDS} readings, {transitions} transitions, {ROUNDS} turns")
    for name, seconds in spent.items():
        ratios = sorted(theirs / mine for theirs, mine in zip(seconds, spent["huawu"], strict=True))
        best = min(seconds) / min(spent["huawu"])  # what other work on the machine disturbs least
        told = f"{best:6.1f} x, median of the turns {median(ratios):.1f} ({ratios[0]:.1f}-{ratios[-1]:.1f})"
        print(f"{name:20} {min(seconds) / each * 1e6:7.2f} us a reading in the quickest turn  {told}")
        if name == "transitions":
            figure("ladder-against-transitions", f"{best:.1f}")


if __name__ == "__main__":
    main()
