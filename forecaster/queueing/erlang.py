"""Erlang B, C and A: what callers meet when so many seats stand ready for such a load.

Every function takes numbers, arrays or Series, which line up by broadcasting, and answers in the same shape.

- Erlang B: no queue; a call that finds every seat taken is lost (`blocking`).
- Erlang C: callers wait for ever (`patience_seconds` left out). In overload the service level is 0, the mean wait inf.
- Erlang A: callers hang up after an exponential time of mean `patience_seconds`; always stable.

Offered load in erlangs = calls per second × AHT, from 0 to a million and beyond. Seats may be fractional: the formulas
are continued by Erlang B's integral (Jagerman 1974), so fractional requirements can be added up before rounding.

The service level comes in the three definitions the field uses, all with the calls answered within the threshold on
top: of `offered` calls, of `offered_less_short_abandons` (offered less those who hung up within the threshold), and
of `answered` calls. Under Erlang C nobody hangs up, and the three are one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from forecaster.queueing import erlang_arrays as formulas
from forecaster.queueing.arguments import (
    DEFINITIONS,
    NOT_NEGATIVE,
    POSITIVE,
    POSITIVE_OR_INFINITE,
    SHARE,
    Definition,
    NumberLike,
    check_definition,
    lined_up,
)
from forecaster.sentences import refusal


def offered_load_erlangs(calls: NumberLike, *, aht_seconds: NumberLike, interval_minutes: float) -> Any:
    """Return the offered load in erlangs of `calls` per interval.

    Raises
    ------
    ValueError
        Naming the argument and its first value out of range.
    """
    (calls, aht), shaped = lined_up(("calls", calls, NOT_NEGATIVE), ("aht_seconds", aht_seconds, POSITIVE))
    return shaped(calls * aht / (60.0 * interval_minutes))


def blocking(seats: NumberLike, *, offered_load_erlangs: NumberLike) -> Any:
    """Return Erlang B: the share of calls lost when there are `seats` and no queue (Erlang 1917).

    Raises
    ------
    ValueError
        Naming the argument and its first value out of range.
    """
    (n, a), shaped = lined_up(_seats(seats), _load(offered_load_erlangs))
    return shaped(formulas.erlang_b(n, a))


def waiting_probability(
    seats: NumberLike,
    *,
    offered_load_erlangs: NumberLike,
    aht_seconds: NumberLike = 1.0,
    patience_seconds: NumberLike | None = None,
    balking: NumberLike = 0.0,
) -> Any:
    """Return the share of calls that find every seat busy: Erlang C, or Erlang A where patience is given.

    Raises
    ------
    ValueError
        Naming the argument and its first value out of range.
    """
    return _answer("waits", (seats, offered_load_erlangs, aht_seconds, patience_seconds, balking))


def service_level(
    seats: NumberLike,
    *,
    offered_load_erlangs: NumberLike,
    aht_seconds: NumberLike,
    answer_within_seconds: NumberLike,
    patience_seconds: NumberLike | None = None,
    balking: NumberLike = 0.0,
    definition: Definition = "offered",
) -> Any:
    """Return the share of calls answered within the threshold, by the named definition.

    Erlang C: 1 - C e^-(n-a)t/AHT, 0 in overload. Erlang A: Mandelbaum and Zeltyn (2007). Without calls it is 1.

    `seats` may be fractional; `balking` is the share of callers who find every seat busy and hang up at once (0–1).

    Raises
    ------
    ValueError
        Naming the argument and its first value out of range.
    """
    check_definition(definition)
    return _answer(
        definition, (seats, offered_load_erlangs, aht_seconds, patience_seconds, balking), within=answer_within_seconds
    )


def mean_wait_seconds(
    seats: NumberLike,
    *,
    offered_load_erlangs: NumberLike,
    aht_seconds: NumberLike,
    patience_seconds: NumberLike | None = None,
    balking: NumberLike = 0.0,
    of: Literal["all", "answered"] = "all",
) -> Any:
    """Return the mean wait (ASA) in seconds of all offered calls, or of the answered ones alone.

    Erlang C: C × AHT / (n - a), inf in overload. Erlang A, all: patience × abandonment, by Little's law.

    `seats` may be fractional; `balking` as in `service_level`.

    Raises
    ------
    ValueError
        Naming the argument and its first value out of range.
    """
    if of not in ("all", "answered"):
        raise refusal("erlang.of", of=of)
    return _answer(f"wait_of_{of}", (seats, offered_load_erlangs, aht_seconds, patience_seconds, balking))


def abandonment(
    seats: NumberLike,
    *,
    offered_load_erlangs: NumberLike,
    aht_seconds: NumberLike = 1.0,
    patience_seconds: NumberLike | None = None,
    balking: NumberLike = 0.0,
) -> Any:
    """Return the share of offered calls that hang up unanswered (balking included); 0 where callers wait for ever.

    Raises
    ------
    ValueError
        Naming the argument and its first value out of range.
    """
    return _answer("abandons", (seats, offered_load_erlangs, aht_seconds, patience_seconds, balking))


def occupancy(
    seats: NumberLike,
    *,
    offered_load_erlangs: NumberLike,
    aht_seconds: NumberLike = 1.0,
    patience_seconds: NumberLike | None = None,
    balking: NumberLike = 0.0,
) -> Any:
    """Return the share of signed-in time the seats are handling calls; 1 in overload.

    Raises
    ------
    ValueError
        Naming the argument and its first value out of range.
    """
    return _answer("occupancy", (seats, offered_load_erlangs, aht_seconds, patience_seconds, balking))


def queue_length(
    seats: NumberLike,
    *,
    offered_load_erlangs: NumberLike,
    aht_seconds: NumberLike = 1.0,
    patience_seconds: NumberLike | None = None,
    balking: NumberLike = 0.0,
) -> Any:
    """Return the mean number of callers waiting: arrivals per second × mean wait (Little's law).

    Raises
    ------
    ValueError
        Naming the argument and its first value out of range.
    """
    return _answer("queue", (seats, offered_load_erlangs, aht_seconds, patience_seconds, balking))


def _seats(seats: NumberLike) -> tuple[str, NumberLike, Any]:
    return ("seats", seats, NOT_NEGATIVE)


def _load(load: NumberLike) -> tuple[str, NumberLike, Any]:
    return ("offered_load_erlangs", load, NOT_NEGATIVE)


class Cases(NamedTuple):
    """Flat, checked columns of one length: what describes each queue (patience inf: callers wait for ever)."""

    seats: np.ndarray
    load: np.ndarray
    aht: np.ndarray
    patience: np.ndarray
    balking: np.ndarray
    within: np.ndarray

    def where(self, rows: np.ndarray) -> Cases:
        """Return the chosen rows."""
        return Cases(*(column[rows] for column in self))


def _answer(
    what: str,
    queue: tuple[NumberLike, NumberLike, NumberLike, NumberLike | None, NumberLike],
    *,
    within: NumberLike = 0.0,
) -> Any:
    seats, load, aht_seconds, patience_seconds, balking = queue
    columns, shaped = lined_up(
        _seats(seats),
        _load(load),
        ("aht_seconds", aht_seconds, POSITIVE),
        ("patience_seconds", np.inf if patience_seconds is None else patience_seconds, POSITIVE_OR_INFINITE),
        ("balking", balking, SHARE),
        ("answer_within_seconds", within, NOT_NEGATIVE),
    )
    cases = Cases(*columns)
    if np.any(cases.balking[np.isinf(cases.patience)] > 0):
        raise refusal("erlang.balking")
    return shaped(outcome(what, cases))


def outcome(what: str, cases: Cases) -> np.ndarray:
    """Return one measure per case, by Erlang C or A.

    `what` is `waits`, `abandons`, `occupancy`, `wait_of_all`, `wait_of_answered`, `queue`, or a definition of the
    service level.
    """
    return outcomes([what], cases)[0]


def outcomes(whats: Sequence[str], cases: Cases) -> list[np.ndarray]:
    """Return several measures per case, as `outcome` names them; of patient callers each queue is solved once."""
    for_ever = np.isinf(cases.patience)
    if for_ever.all():
        return [_outcome_c(what, cases) for what in whats]
    if not for_ever.any():
        return _outcomes_a(whats, cases)
    results = [np.empty_like(cases.seats) for _ in whats]
    leaving = _outcomes_a(whats, cases.where(~for_ever))
    for what, result, of_the_leaving in zip(whats, results, leaving, strict=True):
        result[for_ever] = _outcome_c(what, cases.where(for_ever))
        result[~for_ever] = of_the_leaving
    return results


def _outcome_c(what: str, cases: Cases) -> np.ndarray:
    n, a, aht = cases.seats, cases.load, cases.aht
    if what == "occupancy":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(a <= 0, 0.0, np.minimum(a / n, 1.0))
    if what == "abandons":
        return np.zeros_like(a)
    spare = n - a
    c = np.where(a > 0, formulas.erlang_c(n, a), 0.0)
    with np.errstate(divide="ignore", invalid="ignore", under="ignore", over="ignore"):
        wait = np.where(a <= 0, 0.0, np.where(spare > 0, c / spare, np.inf))
        level = np.where(a <= 0, 1.0, np.where(spare > 0, 1.0 - c * np.exp(-spare * cases.within / aht), 0.0))
        return {"waits": c, "wait_of_all": wait * aht, "wait_of_answered": wait * aht, "queue": a * wait}.get(
            what, level
        )


def _outcomes_a(whats: Sequence[str], cases: Cases) -> list[np.ndarray]:
    # without calls nothing happens; without seats everyone waits out their patience, or balks
    stay = 1.0 - cases.balking
    deserted: dict[str, Any] = {
        "waits": 1.0,
        "abandons": 1.0,
        "occupancy": 1.0,
        "wait_of_all": cases.patience * stay,
        "wait_of_answered": np.nan,
        "queue": cases.load * cases.patience / cases.aht * stay,
    }
    busy = (cases.load > 0) & (cases.seats > 0)
    some = cases if busy.all() else cases.where(busy)
    # a load of nothing is taken as next to nothing, so that no product with it underflows
    some = some._replace(load=np.maximum(some.load, 1e-100))
    queue = formulas.PatientQueue(some.seats, some.load, some.patience / some.aht, some.balking) if busy.any() else None
    results = []
    for what in whats:
        result = np.where(cases.load > 0, deserted.get(what, 0.0), 1.0 if what in DEFINITIONS else 0.0)
        if queue is not None:
            result[busy] = _measure(what, queue, some)
        results.append(result)
    return results


def _measure(what: str, queue: formulas.PatientQueue, cases: Cases) -> np.ndarray:
    n, a, aht, patience, _, within = cases
    if what not in DEFINITIONS:
        measures: dict[str, Callable[[], np.ndarray]] = {
            "waits": lambda: queue.waits,
            "abandons": queue.abandons,
            "occupancy": lambda: np.minimum(a * (1.0 - queue.abandons()) / n, 1.0),
            "wait_of_all": lambda: queue.mean_wait() * aht,
            "wait_of_answered": lambda: queue.mean_wait_of_answered() * aht,
            "queue": lambda: queue.mean_wait() * a,
        }
        return measures[what]()
    u = within / patience
    answered = queue.answered_within(u)
    if what == "offered":
        return answered
    of = queue.abandons() if what == "answered" else queue.abandons_within(u)
    return np.minimum(answered / np.maximum(1.0 - of, 1e-300), 1.0)
