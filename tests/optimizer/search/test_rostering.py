"""The whole way from a requirement to a lawful month."""

import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain, count

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar, SpecialDay
from forecaster.history.intervals import month_intervals
from optimizer.desk.repair import repair_roster
from optimizer.law.comforts import preset_weights
from optimizer.law.lawfulness import broken_rules
from optimizer.law.limits import Limits
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules, Weights
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search import annealing, kernel, small_months
from optimizer.search import bound as aggregate
from optimizer.search.effort import Effort
from optimizer.search.priced_bound import supply_bound
from optimizer.search.problem import month_problem
from optimizer.search.rostering import make_ready, plan_roster
from optimizer.search.small_months import Solved
from optimizer.search.sweeps import scratch_of

MONTH = pd.Period("2026-06", "M")
ZONE = "Asia/Shanghai"
CATALOGUE = ShiftCatalogue(
    (
        Shift("M", 360, 480, 60, (180, 240)),
        Shift("D", 540, 480, 60, (180, 240)),
        Shift("E", 840, 480, 60, (180, 240)),
        Shift("N", 1320, 480, 60, (120, 180, 240)),
    )
)
RULES = RosterRules(on_site_day={"qa": 1}, on_site_night={}, reserve_share=0.0, standby_minimum=1, standby_target=2)
CALENDAR = Calendar(days={date(2026, 6, 19): SpecialDay("Dragon Boat", "holiday", True, 1)})


def requirement(month=MONTH, zone=ZONE, minutes=60):
    index = month_intervals(month, zone, interval_minutes=minutes)
    hour = np.asarray(index.hour)
    seats = np.where(hour < 6, 1, np.where(hour < 8, 2, np.where(hour < 22, 4, 2)))
    return pd.DataFrame({"seats_required": seats}, index=index)


def staff(inbound=26, qa=7):
    people = [Person(str(100 + n)) for n in range(inbound)] + [Person(str(200 + n), "qa") for n in range(qa)]
    people[0] = replace(people[0], protected=True)
    people[1] = replace(people[1], leave=frozenset(date(2026, 6, d) for d in range(8, 13)))
    people[2] = replace(people[2], fixed_shifts={date(2026, 6, 16): "N", date(2026, 6, 17): "off"})
    people[3] = replace(people[3], wishes={date(2026, 6, 20): "off"}, contract_hours_per_week=20)
    return people


def plan(people=None, rules=RULES, **changes):
    arguments = {
        "month": MONTH, "timezone": ZONE, "calendar": CALENDAR, "seed": 1, "time_limit_seconds": 2.0, **changes,
    }  # fmt: skip
    needed = arguments.pop("requirement", None)
    needed = requirement(arguments["month"], arguments["timezone"]) if needed is None else needed
    setting = {name: arguments.pop(name) for name in ("month", "timezone", "calendar", "carry_in") if name in arguments}
    return plan_roster(needed, Situation(people or staff(), CATALOGUE, rules, **setting), **arguments)


def lawful(result, people=None, rules=RULES, **changes):
    arguments = {"month": MONTH, "timezone": ZONE, "calendar": CALENDAR, **changes}
    return broken_rules(result.roster, Situation(people or staff(), CATALOGUE, rules, **arguments))


@pytest.fixture(scope="module")
def june():
    return plan()


def test_the_month_is_lawful_and_covered(june):
    assert lawful(june).empty
    assert june.shortage_hours == 0


def test_the_bound_is_below_the_roster(june):
    assert 0 <= june.bound <= june.objective + 1e-6


def test_coverage_is_what_counting_the_rows_gives(june):
    inbound = june.roster[(june.roster["role"] == "inbound") & ~june.roster["shift"].isin(["leave", "standby"])]
    for start, row in june.coverage.iterrows():
        there = (inbound["start_at"] <= start) & (inbound["end_at"] > start)
        eating = (inbound["meal_start_at"] <= start) & (inbound["meal_end_at"] > start)
        assert row["seats_rostered"] - row["seats_carried"] == (there & ~eating).sum()
        assert row["shortage"] == max(0, row["seats_required"] - row["seats_rostered"])


def test_people_of_a_role_that_nothing_asks_for_work_their_hours_too():
    people = [*staff(), Person("301", "vip"), Person("302", "business_supervisor", contract_hours_per_week=20)]
    roster = plan(people).roster
    hours = roster.groupby("badge")["worked_minutes"].sum() / 60
    assert hours["301"] >= 4 * 35  # five shifts of 7 h in each of the four weeks that lie wholly in the month
    assert hours["302"] >= 4 * 14


def test_the_next_month_keeps_the_rules_across_the_border(june):
    july = pd.Period("2026-07", "M")
    people = [replace(p, leave=frozenset(), fixed_shifts={}, wishes={}) for p in staff()]
    result = plan(people, month=july, carry_in=june.roster)
    assert lawful(result, people, month=july, carry_in=june.roster).empty
    carried = june.roster[june.roster["end_at"] > pd.Timestamp("2026-07-01", tz=ZONE)]
    inbound_at_one = (carried["role"].eq("inbound") & ~carried["shift"].eq("standby")).sum() - (
        (carried["meal_start_at"] <= pd.Timestamp("2026-07-01 01:00", tz=ZONE))
        & (carried["meal_end_at"] > pd.Timestamp("2026-07-01 01:00", tz=ZONE))
    ).sum()
    assert result.coverage["seats_carried"].iloc[1] == inbound_at_one


def test_the_clocks_may_change_within_the_month():
    march = pd.Period("2026-03", "M")
    people = [Person(str(n)) for n in range(26)]
    for zone in ("Europe/Paris", "America/New_York"):
        result = plan(people, rules=replace(RULES, on_site_day={}), month=march, timezone=zone, calendar=Calendar())
        assert lawful(result, people, month=march, timezone=zone, calendar=Calendar()).empty
        assert len(result.coverage) == 743


def test_half_hours_are_planned_with_half_hour_meals():
    needed = requirement(minutes=30)
    shifts = ShiftCatalogue(tuple(replace(s, meal_minutes=30, meal_offsets_minutes=(180, 210, 240)) for s in CATALOGUE))
    people = staff()
    result = plan_roster(
        needed, Situation(people, shifts, RULES, MONTH, ZONE, CALENDAR), seed=1, time_limit_seconds=3.0
    )
    broken = broken_rules(result.roster, Situation(people, shifts, RULES, MONTH, ZONE, CALENDAR))
    assert broken.empty
    assert len(result.coverage) == 30 * 48
    assert result.bound - 1e-6 <= result.objective


def test_too_few_people_still_get_a_lawful_roster_with_the_shortage_told():
    few = staff(inbound=8, qa=1)
    result = plan(few)
    assert set(lawful(result, few)["rule"]) <= {"ladder_material", "holiday_standby"}
    assert result.shortage_hours > 0
    assert result.coverage["shortage"].sum() == pytest.approx(result.shortage_hours)


def test_a_month_in_which_nobody_may_work_is_all_short():
    away = frozenset(MONTH.start_time.date() + timedelta(days=d) for d in range(30))
    result = plan([Person("101", leave=away)])
    need = requirement().iloc[6:]  # the first night is taken as staffed
    assert result.shortage_hours == need["seats_required"].sum()
    assert result.bound == pytest.approx(result.objective)
    assert set(result.roster["shift"]) == {"leave"}


def test_a_person_listed_twice_is_refused():
    with pytest.raises(ValueError, match="badge 5: listed twice"):
        plan([Person("5"), Person("5")])


def test_fixed_shifts_that_break_a_rule_by_themselves_are_refused_with_person_date_and_rule():
    person = Person("5", fixed_shifts={date(2026, 6, 3): "N", date(2026, 6, 4): "M"})
    with pytest.raises(ValueError, match=r"badge 5 on 2026-06-04: .*rest_between_shifts"):
        plan([person, Person("6")])


def test_an_unknown_fixed_shift_and_a_protected_night_are_refused():
    with pytest.raises(ValueError, match="badge 5: fixed shift 'Q' on 2026-06-03"):
        plan([Person("5", fixed_shifts={date(2026, 6, 3): "Q"})])
    with pytest.raises(ValueError, match="badge 5: fixed shift N on 2026-06-03 may not"):
        plan([Person("5", protected=True, fixed_shifts={date(2026, 6, 3): "N"})])


def test_a_requirement_of_another_month_is_refused():
    with pytest.raises(ValueError, match="do not cover the same intervals"):
        plan(requirement=requirement(pd.Period("2026-07", "M")))


@pytest.mark.parametrize("phase", ["bound", "annealing", "whole months"])
def test_a_stop_is_heard_in_every_phase_of_a_long_search(phase, monkeypatch):
    told, efforts = [], []

    def enough(now):
        told.append(now)
        return [one.phase for one in told].count(phase) == 2

    whole = phase == "whole months"
    monkeypatch.setattr(annealing.columns, "MOST_PRICED_ROWS", 10_000 if whole else 0)
    monkeypatch.setattr(small_months, "small_enough", lambda _: False)
    monkeypatch.setattr(annealing, "Effort", lambda *a, **k: efforts.append(Effort(*a, **k)) or efforts[-1])
    people = staff(inbound=8, qa=1) if whole else staff(inbound=13, qa=4)
    rules = replace(RULES, comfort=preset_weights("balanced"))
    result = plan(people, rules, progress=enough, time_limit_seconds=600.0, clock=lambda: 0.0)
    after = [one.phase for one in told][[n for n, one in enumerate(told) if one.phase == phase][1] + 1 :]
    assert len(after) <= 2  # the bound reached, and a last sweep
    assert set(after) <= {"bound", "finishing"}
    assert efforts[0].spent < 600 * (0.7 if phase == "annealing" else 0.05)
    assert 0 < max(one.bound or 0.0 for one in told) <= result.bound <= result.objective


def test_stopping_at_once_still_gives_a_lawful_roster():
    result = plan(progress=lambda _: True)
    assert set(lawful(result)["rule"]) <= {"ladder_material", "holiday_standby"}


# Repair after sickness: lawful, close to what was published, and no dearer than doing nothing.
SETTING = {"month": MONTH, "timezone": ZONE, "calendar": CALENDAR}


def repaired(june, people, **changes):
    return repair_roster(june.roster, requirement(), Situation(people, CATALOGUE, RULES, **SETTING), **changes)


def sick(june, first=10, last=14):
    people = staff()
    working = june.roster[
        (june.roster["role"] == "inbound") & (june.roster["date"].map(lambda d: first <= d.day <= last))
        & ~june.roster["shift"].isin(["leave", "standby"])
    ]  # fmt: skip
    badge = working["badge"].value_counts().sort_index(kind="stable").idxmax()
    number = next(i for i, p in enumerate(people) if p.badge == badge)
    away = frozenset(date(2026, 6, d) for d in range(first, last + 1)) | people[number].leave
    people[number] = replace(people[number], leave=away, fixed_shifts={}, wishes={})
    return people, badge, int((working["badge"] == badge).sum())


def test_nothing_new_means_nothing_is_forced(june):
    result = repaired(june, staff(), most_changes=0)
    assert result.needed == 0
    assert result.changes.empty
    assert result.roster.shape == june.roster.shape


def test_the_sick_persons_days_are_the_only_forced_changes(june):
    people, badge, days = sick(june)
    result = repaired(june, people, most_changes=0)
    assert result.needed == days
    assert result.changes["badge"].unique().tolist() == [badge]
    assert (result.changes["after"] == "leave").all()
    assert broken_rules(result.roster, Situation(people, CATALOGUE, RULES, **SETTING)).empty or result.objective > 0


def test_more_changes_never_cost_more_and_the_bound_on_them_is_kept(june):
    people, _, _ = sick(june)
    costs = []
    for most in (0, 2, 6):
        result = repaired(june, people, most_changes=most)
        assert len(result.changes) <= result.needed + most
        broken = broken_rules(result.roster, Situation(people, CATALOGUE, RULES, **SETTING))
        assert set(broken["rule"]) <= {"ladder_material", "holiday_standby"}
        costs.append(result.objective)
        assert result.objective <= result.objective_before + 1e-6
    assert costs == sorted(costs, reverse=True)


def test_days_already_worked_stay_as_they_were(june):
    people, badge, _ = sick(june)
    result = repaired(june, people, frozen_before=date(2026, 6, 10))
    assert (result.changes["date"] >= date(2026, 6, 10)).all()
    assert badge in set(result.changes["badge"])


@pytest.mark.parametrize("seed", range(3))
def test_random_sites_are_lawful_at_any_stop(seed):
    """Stop the search after a random number of reports; whatever there is, is lawful."""
    random = np.random.default_rng(seed)
    for _ in range(5):
        people = []
        for n in range(int(random.integers(2, 14))):
            first = int(random.integers(1, 31))
            leave = frozenset(date(2026, 6, d) for d in range(first, min(31, first + int(random.integers(0, 6)))))
            people.append(
                Person(
                    str(n),
                    role=str(random.choice(["inbound", "inbound", "inbound", "qa", "supervisor"])),
                    contract_hours_per_week=float(random.choice([40, 36, 20])),
                    protected=random.random() < 0.1,
                    night_eligible=random.random() < 0.8,
                    leave=leave,
                    wishes={date(2026, 6, int(random.integers(1, 31))): str(random.choice(["off", "D", "N"]))},
                )
            )
        mode = str(random.choice(["weekly_cap", "average"]))
        limit = int(random.integers(2, 6)) if random.random() < 0.3 else None
        rules = replace(RULES, weekly_mode=mode, seat_limit=limit, nights_in_a_row=int(random.integers(1, 4)))
        left = int(random.integers(0, 8))
        ticks = iter(range(100))
        carry_in = carried(people, random) if random.random() < 0.5 else None
        result = plan(
            people, rules=rules, seed=int(random.integers(100)), time_limit_seconds=0.5, carry_in=carry_in,
            progress=lambda _, ticks=ticks, left=left: next(ticks, 100) >= left,
        )  # fmt: skip
        broken = lawful(result, people, rules, carry_in=carry_in)
        assert set(broken["rule"]) <= {"ladder_material", "holiday_standby"}, broken["message"].tolist()


def carried(people, random):
    """Return last days of May in which everybody worked something lawful."""
    rows = []
    for person in people:
        for d in sorted(random.choice(np.arange(26, 32), size=int(random.integers(0, 4)), replace=False)):
            shift = CATALOGUE["D"]
            start = pd.Timestamp(f"2026-05-{d}", tz=ZONE) + pd.Timedelta(minutes=shift.start_minute)
            meal = start + pd.Timedelta(minutes=180)
            rows.append(
                (person.badge, person.role, start.date(), "D", start, start + pd.Timedelta(hours=8), meal,
                 meal + pd.Timedelta(hours=1), shift.worked_minutes)
            )  # fmt: skip
    columns = ["badge", "role", "date", "shift", "start_at", "end_at", "meal_start_at", "meal_end_at", "worked_minutes"]
    return pd.DataFrame(rows, columns=columns)


def test_a_roster_may_follow_the_worth_of_each_seat(june):
    needed = requirement()
    steps = np.array([12.0, 11, 10, 9, 7, 3, 1.5, 0.5])
    worth = pd.DataFrame(np.tile(steps, (len(needed), 1)), index=needed.index, columns=np.arange(1, 9))
    result = plan(worth=worth)
    assert lawful(result).empty
    seats = result.coverage["seats_rostered"]
    assert seats[seats.index.hour == 3].mean() > june.coverage["seats_rostered"][seats.index.hour == 3].mean() + 0.5


def test_a_warm_start_is_not_lost(june):
    ticks = iter(range(100))
    result = plan(start_from=june.roster, progress=lambda _: next(ticks) >= 1)
    assert result.objective <= june.objective + 1e-6


def test_the_same_seed_gives_the_same_roster_however_slow_the_machine(monkeypatch):
    people, limit = staff(inbound=12, qa=3), 0.2
    first = plan(people, time_limit_seconds=limit, clock=lambda: 0.0)
    solve, sweep = aggregate.relaxation, annealing.sweep

    def slowly(what):
        return lambda *given, **named: (threading.Event().wait(0.002), what(*given, **named))[1]

    monkeypatch.setattr(aggregate, "relaxation", slowly(solve))
    monkeypatch.setattr(annealing, "sweep", slowly(sweep))
    jumps = chain([0.0, 0.0, 0.0, 0.05, 0.05], count(0.1, 1e-9))  # as where all stands still for half of the limit
    second = plan(people, time_limit_seconds=limit, clock=jumps.__next__)
    pd.testing.assert_frame_equal(first.roster, second.roster)
    assert second.notes == first.notes
    other = plan(people, time_limit_seconds=limit, seed=2, clock=lambda: 0.0)
    assert other.bound == pytest.approx(first.bound)


def test_on_one_core_the_roster_is_the_same(monkeypatch):
    people, limit = staff(inbound=12, qa=3), 0.2
    threads, sweep = set(), annealing.sweep

    def seen(*given, **named):
        threads.add(threading.get_ident())
        return sweep(*given, **named)

    monkeypatch.setattr(annealing, "sweep", seen)
    one = plan(people, time_limit_seconds=limit, clock=lambda: 0.0, one_core=True)
    assert threads == {threading.get_ident()}
    two = plan(people, time_limit_seconds=limit, clock=lambda: 0.0)
    assert len(threads) == 2
    pd.testing.assert_frame_equal(one.roster, two.roster)
    assert (one.bound, one.objective) == (two.bound, two.objective)


def test_a_machine_too_slow_for_the_steps_is_stopped_by_the_clock_and_says_so():
    people = staff(inbound=12, qa=3)
    result = plan(people, time_limit_seconds=0.5, clock=count(0.0, 0.05).__next__)
    assert set(lawful(result, people)["rule"]) <= {"ladder_material", "holiday_standby"}
    assert [note.code for note in result.notes].count("note.ended_by_clock") == 1


def test_the_bound_holds_where_the_linear_program_finds_no_time(june, monkeypatch):
    def no_time(month, **_):
        nothing = np.zeros((len(month.curves), month.slot_count))
        return aggregate.Relaxation(0.0, nothing, nothing)

    monkeypatch.setattr(aggregate, "relaxation", no_time)
    few = plan(staff(inbound=8), time_limit_seconds=1.0)
    assert 0 < few.bound <= few.objective + 1e-6


def test_where_the_limit_is_too_short_for_the_linear_program_it_is_not_begun(monkeypatch):
    monkeypatch.setattr(aggregate, "relaxation", lambda *_, **__: pytest.fail("begun"))
    monkeypatch.setattr(aggregate, "relaxation_seconds", lambda _: 9.0)
    few = plan(staff(inbound=8), time_limit_seconds=1.0)
    assert 0 < few.bound <= few.objective + 1e-6
    people, rules = staff(inbound=20), replace(RULES, comfort=preset_weights("balanced"))
    asked = plan(people, rules, time_limit_seconds=2.0)  # what comforts weigh is found by asking everybody
    month = month_problem(requirement(), Situation(people, CATALOGUE, rules, MONTH, ZONE, CALENDAR))
    assert supply_bound(month, scratch_of(month)) < 0.9 * asked.bound < asked.objective


def test_what_is_made_ready_is_what_every_month_runs():
    make_ready()
    people = [Person("1", limits=Limits(weekends_a_month=2)), *staff(inbound=3, qa=1)]
    whole = Weights(shortage=8, reserve=2, surplus=1, nights=3, weekends=1, holidays=2, wish=4)  # whole numbers, too
    for rules in (RULES, replace(RULES, weights=whole)):
        plan(people, rules, time_limit_seconds=0.5)
    loops = "sweep_people", "own_costs", "exchange_costs", "costs_beside_days"  # what is called from without
    assert [len(getattr(kernel, name).signatures) for name in loops] == [1, 1, 1, 1]
    asked = (
        "from optimizer.search import kernel; from optimizer.search.rostering import is_ready, make_ready;"
        f"ready = is_ready(); make_ready(); print(ready, [len(getattr(kernel, one).signatures) for one in {loops}])"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "True [1, 1, 1, 1]"  # the next program finds it on disk, and finds all of it


def test_the_kernel_loads_where_nothing_may_be_written():
    nowhere = "import numba.core.caching as c; c.CacheImpl._locator_classes = []"
    code = f"{nowhere}; import optimizer.search.kernel as k; print(type(k.sweep_people._cache).__name__)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "NullCache"


def test_a_stop_is_heard_while_a_small_month_is_solved(monkeypatch):
    told = []

    def never_done(month, *, stop, **_):
        assert any(stop() or threading.Event().wait(0.01) for _ in range(3000))
        return Solved(None, proven=False, seconds=0.0)

    monkeypatch.setattr(small_months, "small_enough", lambda _: True)
    monkeypatch.setattr(small_months, "exact_plan", never_done)
    result = plan(
        staff(inbound=3, qa=1), time_limit_seconds=60.0, progress=lambda now: told.append(now) or len(told) > 3
    )
    assert len(told) == 4
    assert result.objective == told[-1].objective
