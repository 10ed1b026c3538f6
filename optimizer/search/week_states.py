"""What a week's shifts and minutes still allow: the states of a week, those with the same future made one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.search.kernel_arrays import FloatArray, IntArray, Weeks

_DAYS = 7  # of a week


def week_states(minutes: FloatArray, cap: FloatArray, most_days: IntArray, week_of_day: IntArray) -> Weeks:
    """Return the states of every person's weeks.

    minutes
        (duties,) what each takes from a week's hours.
    cap, most_days
        (people, weeks) minutes and working days that each week may hold.
    """
    lengths, length_of = np.unique(minutes, return_inverse=True)
    days = np.bincount(week_of_day, minlength=cap.shape[1])
    graphs: list[list[IntArray]] = []
    known: dict[tuple[object, ...], int] = {}
    number_of: dict[tuple[float, int, int], int] = {}
    graph_of = np.zeros(cap.shape, dtype=np.int64)
    for p, w in np.ndindex(*cap.shape):
        key = (float(cap[p, w]), int(most_days[p, w]), int(days[w]))
        if key not in number_of:
            layers = _layers(lengths.tolist(), *key)
            alike = tuple(layer.tobytes() for layer in layers)
            if alike not in known:
                known[alike] = len(graphs)
                graphs.append(layers)
            number_of[key] = known[alike]
        graph_of[p, w] = number_of[key]
    most = max((layer.shape[1] for layers in graphs for layer in layers), default=1)
    after = np.full((len(graphs), _DAYS, len(lengths) + 1, most), -1, dtype=np.int32)
    size = np.ones((len(graphs), _DAYS + 1), dtype=np.int64)
    for g, layers in enumerate(graphs):
        for day, layer in enumerate(layers):
            after[g, day, :, : layer.shape[1]] = layer
            size[g, day] = layer.shape[1]
    into_week = np.zeros(len(week_of_day), dtype=np.int64)
    for d in range(1, len(week_of_day)):
        into_week[d] = into_week[d - 1] + 1 if week_of_day[d] == week_of_day[d - 1] else 0
    return Weeks(graph_of, after, size, length_of.ravel().astype(np.int64), into_week)


def _layers(lengths: Sequence[float], cap: float, most_days: int, days: int) -> list[IntArray]:
    """Return for each day of a week (lengths + 1, states) the state after a shift of each length, and after a day off.

    −1 = a shift more is not lawful. The first state of the first day is that of nothing worked yet.
    """
    reached: list[list[tuple[int, float]]] = [[(0, 0.0)]]
    for _ in range(days):
        reached.append(
            sorted(
                {*reached[-1]}
                | {
                    (shifts + 1, minutes + length)
                    for shifts, minutes in reached[-1]
                    for length in lengths
                    if shifts < most_days and minutes + length <= cap + 1e-6
                }
            )
        )
    number = dict.fromkeys(reached[-1], 0)
    layers: list[IntArray] = []
    for states in reversed(reached[:-1]):
        futures: dict[tuple[int, ...], int] = {}
        numbered = {}
        for shifts, minutes in states:
            later = [(shifts + 1, minutes + length) for length in lengths]
            future = (*(number.get(one, -1) if one[1] <= cap + 1e-6 else -1 for one in later), number[shifts, minutes])
            numbered[shifts, minutes] = futures.setdefault(future, len(futures))
        layers.append(np.array(list(futures), dtype=np.int64).T)
        number = numbered
    return layers[::-1]
