"""The peers' own programs, run by path in an environment of their own: `python roster_peer_programs.py NAME IN OUT`.

IN is a file of arrays written by `roster_peers`, OUT takes the tours (people, days; −1 = off) and meals found.
"""

from __future__ import annotations

import sys

import numpy as np


def cpsat(a: dict[str, np.ndarray], seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Return what OR-tools CP-SAT finds on the exact model: person by day by shift, meals counted by group."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    cost, standby = a["person_cost"], int(a["first_standby"])
    people, days, duties = cost.shape[0], cost.shape[1], cost.shape[2] - 1
    x = {(int(p), int(d), int(s)): model.new_bool_var("") for p, d, s in np.argwhere(np.isfinite(cost[:, :, :-1]))}
    on = {(p, d): [] for p in range(people) for d in range(days)}
    for (p, d, s), v in x.items():
        on[p, d].append((s, v))
    objective = []
    for p in range(people):
        for d in range(days):
            model.add_at_most_one(v for _, v in on[p, d])
            off = cost[p, d, duties]
            objective += [(float(cost[p, d, s] - off), v) for s, v in on[p, d] if cost[p, d, s] != off]
            for apart, follows in ((1, a["next_day"]), (2, a["after_off"])):
                if d + apart >= days:
                    continue
                for late in {tuple(np.flatnonzero(~row)) for row in follows} - {()}:
                    early = [s for s in range(duties) if not follows[s, list(late)].any()]
                    chosen = [v for s, v in on[p, d] if s in early] + [v for s, v in on[p, d + apart] if s in late]
                    if len(chosen) > 1:
                        model.add_at_most_one(chosen)
        for w in range(int(a["week_of_day"].max()) + 1):
            held = [item for d in np.flatnonzero(a["week_of_day"] == w) for item in on[p, int(d)]]
            model.add(sum(int(a["minutes"][s]) * v for s, v in held) <= int(a["week_cap"][p, w]))
            model.add(sum(v for _, v in held) <= int(a["week_days"][p, w]))
        for most, counted in ((int(a["in_a_row"]), np.ones(duties, dtype=bool)), (int(a["nights"]), a["night"])):
            for first in range(days - most):
                window = [v for d in range(first, first + most + 1) for s, v in on[p, d] if counted[s]]
                if len(window) > most:
                    model.add(sum(window) <= most)
        for kind in range(3):
            taken = [v for (q, d, s), v in ((k, x[k]) for k in x if k[0] == p) if a["burden"][kind, d, s]]
            if taken:
                beyond = model.new_int_var(0, days, "")
                model.add(sum(taken) - int(a["allowance"][p, kind]) <= beyond)
                objective.append((float(a["burden_weight"][kind]), beyond))
    groups, slots = a["counts"].shape[0], int(a["slots"])
    feeders: dict[tuple[int, int], list[object]] = {}
    of_group: dict[tuple[int, int, int], list[object]] = {}
    for (p, d, s), v in x.items():
        g = int(a["group_of"][p])
        of_group.setdefault((g, d, s), []).append(v)
    meals = {}
    for (g, d, s), members in of_group.items():
        count = model.new_int_var(0, len(members), "")
        model.add(sum(members) == count)
        curves = [int(a["standby_curve"])] if s >= standby else list(np.flatnonzero(a["counts"][g]))
        for slot in range(int(a["start_slot"][d, s]), int(a["end_slot"][d, s])):
            for c in curves:
                feeders.setdefault((c, slot), []).append(count)
        if a["meal_slots"][s]:
            first, last = int(a["meal_first"][s]), int(a["meal_first"][s + 1])
            eating = [model.new_int_var(0, len(members), "") for _ in range(first, last)]
            model.add(sum(eating) == count)
            for m, some in enumerate(eating):
                meals[g, d, s, m] = some
                begin = int(a["start_slot"][d, s] + a["meal_offset"][first + m])
                for slot in range(begin, min(begin + int(a["meal_slots"][s]), slots)):
                    for c in curves:
                        feeders.setdefault((c, slot), []).append(-some)
    for (c, slot), there in feeders.items():
        edges = [0, *a["breaks"][c, slot].tolist(), people]
        parts = []
        for k, slope in enumerate(a["slopes"][c, slot]):
            if edges[k + 1] > edges[k]:
                part = model.new_int_var(0, int(edges[k + 1] - edges[k]), "")
                parts.append(part)
                objective.append((float(slope), part))
        model.add(sum(there) + int(a["base"][c, slot]) == sum(parts))
    model.minimize(sum(round(4 * value) * v for value, v in objective))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_search_workers = 2
    status = solver.solve(model)
    print("cpsat", solver.status_name(status), "groups", groups, "objective", solver.objective_value / 4)
    tour, meal = np.full((people, days), -1), np.zeros((people, days), dtype=int)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        left = {key: solver.value(v) for key, v in meals.items()}
        for (p, d, s), v in x.items():
            if solver.value(v):
                tour[p, d] = s
                g = int(a["group_of"][p])
                for m in range(int(a["meal_first"][s + 1] - a["meal_first"][s])):
                    if left.get((g, d, s, m), 0) > 0:
                        left[g, d, s, m] -= 1
                        meal[p, d] = m
                        break
    return tour, meal


def pyworkforce(a: dict[str, np.ndarray], seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Return pyworkforce's shifts a day, which know no people, handed out in the order of the list.

    Its coverage ends at midnight and has no choice of meal: a night covers the hours of its own day.
    """
    from pyworkforce.scheduling import MinAbsDifference

    people, days = a["person_cost"].shape[:2]
    shifts, per_day = int(a["first_standby"]), 24
    coverage = {}
    for s in range(shifts):
        hours = np.zeros(per_day, dtype=int)
        begin = int(a["start_slot"][0, s])
        hours[np.arange(begin, begin + int(a["end_slot"][0, s]) - begin) % per_day] = 1
        if a["meal_slots"][s]:
            hours[(begin + int(a["meal_offset"][a["meal_first"][s]])) % per_day] = 0
        coverage[str(s)] = hours.tolist()
    need = a["breaks"][0][:, 2].reshape(days, per_day)  # with the reserve
    found = MinAbsDifference(
        num_days=days, periods=per_day, shifts_coverage=coverage, required_resources=need.tolist(),
        max_period_concurrency=people, max_shift_concurrency=people, max_search_time=seconds, num_search_workers=2,
    ).solve()  # fmt: skip
    print("pyworkforce", found["status"])
    tour = np.full((people, days), -1)
    for row in found["resources_shifts"] if found["status"] in ("OPTIMAL", "FEASIBLE") else []:
        free = np.flatnonzero(tour[:, row["day"]] < 0)[: row["resources"]]
        tour[free, row["day"]] = int(row["shift"])
    return tour, np.zeros_like(tour)


if __name__ == "__main__":
    name, source, into, seconds = sys.argv[1:5]
    arrays = dict(np.load(source))
    tours, meals = {"cpsat": cpsat, "pyworkforce": pyworkforce}[name](arrays, float(seconds))
    np.savez(into, tour=tours, meal=meals)
