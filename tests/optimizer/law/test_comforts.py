"""What a person can bear: read from a rules file, and counted as a plain reading of the month counts it."""

from itertools import groupby, pairwise

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.law.comforts import COMFORTS, PRESETS
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.kernel_arrays import Way
from optimizer.search.problem import month_problem
from optimizer.search.soft_rules import departures
from optimizer.search.sweeps import empty_plan, people_present, scratch_of, sweep

MONTH = pd.Period("2026-08", "M")  # begins on a Saturday
CATALOGUE = ShiftCatalogue(
    (
        Shift("D", 480, 480, 60, (180,)), Shift("S", 540, 300), Shift("X", 600, 720, 300, (180,)),
        Shift("E", 840, 480, 60, (180,)), Shift("N", 1320, 480),
    )
)  # fmt: skip


def counted(tour):
    """Return each departure of a month of shifts and None, read from the first day to the last."""
    days, on = range(len(tour)), [shift is not None for shift in tour]
    runs, at = [], 0
    for works, same in groupby(on):
        length = len(list(same))
        runs.append((works, at, length))
        at += length
    last = len(tour)
    nights = [shift is not None and shift.code == "N" for shift in tour]
    ends = [d for d in days if nights[d] and d + 1 < last and not nights[d + 1]]
    next_duty = {d: next((e for e in range(d + 1, last) if on[e]), None) for d in days if on[d]}
    side = [(tour[d], tour[d + 1]) for d in range(last - 1) if on[d] and on[d + 1]]
    apart = [(tour[d], tour[e]) for d, e in next_duty.items() if e is not None and e > d + 1]
    saturdays = [d for d in range(last - 1) if (MONTH.start_time + pd.Timedelta(days=d)).day_of_week == 5]
    free_weekends = sum(not on[d] and not on[d + 1] for d in saturdays)
    return {
        "single_day_off": sum(not w and n == 1 and a > 0 and a + n < last for w, a, n in runs),
        "sixth_day": sum(max(0, n - 5) for w, _, n in runs if w),
        "single_day_on": sum(w and n == 1 and a + n < last for w, a, n in runs),
        "weekends_off": max(0, 2 - free_weekends),
        "single_night": sum(d == 0 or not nights[d - 1] for d in ends),
        "rest_after_nights": sum(next_duty[d] is not None and next_duty[d] <= d + 2 for d in ends),
        "start_change": sum(abs(b.start_minute - a.start_minute) > 120 for a, b in side),
        "backward_rotation": sum(b.start_minute < a.start_minute - 60 for a, b in side),
        "shift_change": sum(a.code != b.code for a, b in side),
        "start_after_days_off": sum(a.start_minute != b.start_minute for a, b in apart),
        "short_shift": sum(s is not None and s.code == "S" for s in tour),
        "split_shift": sum(s is not None and s.code == "X" for s in tour),
    }


@pytest.mark.parametrize("seed", range(4))
def test_every_comfort_is_counted_as_a_plain_reading_of_the_months_counts_it(seed):
    random = np.random.default_rng(seed)
    rules = RosterRules(comfort=dict.fromkeys(COMFORTS, 0.01), on_site_day={}, on_site_night={}, weekly_hours=48)
    need = pd.DataFrame({"seats_required": 3}, index=month_intervals(MONTH, "Asia/Shanghai"))
    people = [Person(str(n), contract_hours_per_week=48.0) for n in range(8)]
    month = month_problem(need, Situation(people, CATALOGUE, rules, MONTH, "Asia/Shanghai", Calendar()))
    plan = empty_plan(month)
    tables = random.normal(-1, 3, size=(len(month.curves), month.slot_count, 2)).astype(np.float32)
    sweep(month, plan, people_present(month, plan), tables, np.arange(8), scratch_of(month),
          Way(noise=20.0, seed=seed))  # fmt: skip
    months = [[None if s < 0 else month.duties[s] for s in tour] for tour in plan.tour.tolist()]
    told = departures(month, plan).set_index("rule")["amount"]
    expected = pd.DataFrame([counted(tour) for tour in months]).sum()
    assert set(expected.index) == set(COMFORTS)
    assert {name: told.get(name, 0.0) for name in COMFORTS} == expected.to_dict()
    assert (expected > 0).sum() >= 9  # so that the test says something


def test_a_rules_file_names_a_preset_and_sets_single_weights():
    assert RosterRules.from_mapping({}).comfort == {n: c.weights["balanced"] for n, c in COMFORTS.items()}
    told = RosterRules.from_mapping({"comfort": "humane", "weights": {"single_night": 7}})
    assert told.comfort_weight("single_night") == 7
    assert told.comfort_weight("sixth_day") == COMFORTS["sixth_day"].weights["humane"]
    with pytest.raises(ValueError, match="comfort must be one of coverage, balanced, humane") as refused:
        RosterRules.from_mapping({"comfort": "cosy"})
    assert "cosy" in str(refused.value)


def test_a_preset_that_is_kinder_weighs_nothing_less():
    for comfort in COMFORTS.values():
        weights = [comfort.weights[preset] for preset in PRESETS]
        assert all(less <= more for less, more in pairwise(weights))
