"""What a change would buy: the price of each rule, other headcounts, contracts and shift sets, and who is in conflict.

Every answer compares proven bounds of the relaxation: the least weighted cost, and the shortage at its optimum, that
any lawful roster can have. No search runs, so an answer takes seconds at any headcount.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from forecaster.messages import Words
from forecaster.names import called
from optimizer.law.limits import Limits
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import MINUTES_PER_DAY, Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.bound import relaxation
from optimizer.search.problem import month_problem
from optimizer.sentences import refusal


def what_if(
    requirement: pd.DataFrame,
    scenarios: Mapping[str, Situation],
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> pd.DataFrame:
    """Return what each scenario can reach at best of what is required, one row each, in the order given.

    Columns: `scenario, people, contract_hours` (a week, all together), `demand_hours, bound` (weighted, in surplus
    seat-hours), `shortage_hours` and `surplus_hours` (at the relaxation's optimum).
    """
    rows = []
    for number, (name, situation) in enumerate(scenarios.items(), start=1):
        progress(f"{number} of {len(scenarios)}: {name}")
        problem = month_problem(requirement, situation)
        best = relaxation(problem)
        need, enough, present = problem.seats_required, problem.curves[0].enough, best.present[0]
        hours = problem.slot_hours
        rows.append(
            (
                name, len(situation.people), sum(p.contract_hours_per_week for p in situation.people),
                float(need.sum() * hours), best.bound, float(np.clip(need - present, 0, None).sum() * hours),
                float(np.clip(present - enough, 0, None).sum() * hours),
            )
        )  # fmt: skip
    columns = ["scenario", "people", "contract_hours", "demand_hours", "bound", "shortage_hours", "surplus_hours"]
    return pd.DataFrame(rows, columns=columns)


def headcounts(situation: Situation, added: Sequence[int], *, role: str = "inbound") -> dict[str, Situation]:
    """Return scenarios with people of `role` added (rested, full time, every shift) or, if negative, left out.

    Raises
    ------
    ValueError
        If more people would be left out than there are.
    """
    result = {}
    of_role = [p for p in situation.people if p.role == role]
    for change in added:
        if -change > len(of_role):
            raise refusal("headcount.too_few", people=-change, there=len(of_role), role=called(role))
        if change >= 0:
            extra = tuple(Person(f"new {n + 1}", role, _skills(of_role, n)) for n in range(change))
            people = (*situation.people, *extra)
        else:
            gone = {p.badge for p in of_role[change:]}
            people = tuple(p for p in situation.people if p.badge not in gone)
        result[f"{change:+d} {role}"] = replace(situation, people=people)
    return result


def contracts(situation: Situation, hours_per_week: Sequence[float], *, role: str = "inbound") -> dict[str, Situation]:
    """Return scenarios in which everybody of `role` has a contract of so many hours a week.

    The paid hours of the role change with it: this asks for other contracts, not for other people.
    """
    return {
        f"{hours:g} h contracts": replace(
            situation,
            people=tuple(replace(p, contract_hours_per_week=hours) if p.role == role else p for p in situation.people),
        )
        for hours in hours_per_week
    }


def _skills(of_role: Sequence[Person], number: int) -> frozenset[str]:
    return of_role[number % len(of_role)].skills if of_role else frozenset()


def _of_rules(change: Callable[[RosterRules], RosterRules]) -> Callable[[Situation], Situation]:
    return lambda situation: replace(situation, rules=change(situation.rules))


def _of_people(change: Callable[[Person], Person]) -> Callable[[Situation], Situation]:
    return lambda situation: replace(situation, people=tuple(change(person) for person in situation.people))


def _of_limits(change: Callable[[Limits], Limits]) -> Callable[[Situation], Situation]:
    """Return the relaxation of a limit, of the site's and of everybody's own."""

    def relaxed(situation: Situation) -> Situation:
        people = tuple(replace(person, limits=change(person.limits)) for person in situation.people)
        return replace(situation, people=people, rules=replace(situation.rules, limits=change(situation.rules.limits)))

    return relaxed


def _looser(name: str, step: float) -> Callable[[Situation], Situation]:
    """Return the relaxation of the limit `name` by `step`, where there is such a limit; a least of 0 is none."""

    def change(limits: Limits) -> Limits:
        value = getattr(limits, name)
        if value is None:
            return limits
        looser: dict[str, Any] = {name: max(0, value + step) or None}
        return replace(limits, **looser)

    return _of_limits(change)


def _more_of_each_shift(limits: Limits) -> Limits:
    return replace(limits, shifts_a_month={code: most + 1 for code, most in limits.shifts_a_month.items()})


def _of_catalogue(change: Callable[[Shift], Shift]) -> Callable[[Situation], Situation]:
    return lambda situation: replace(situation, catalogue=ShiftCatalogue(tuple(map(change, situation.catalogue))))


def _longer_shifts(situation: Situation) -> Situation:
    """Return the situation in which every shift is also offered an hour longer."""
    longer = [
        replace(shift, code=f"{shift.code}+60", length_minutes=shift.length_minutes + 60)
        for shift in situation.catalogue.in_month(situation.month.month)
        if shift.length_minutes + 60 <= MINUTES_PER_DAY
    ]
    rules = replace(situation.rules, daily_hours=situation.rules.daily_hours + 1)
    return replace(situation, rules=rules, catalogue=ShiftCatalogue((*situation.catalogue, *longer)))


def _wider_meals(shift: Shift) -> Shift:
    """Return a shift whose meal may also begin one step earlier and one step later."""
    offsets = shift.meal_offsets_minutes
    if not offsets:
        return shift
    step = offsets[1] - offsets[0] if len(offsets) > 1 else shift.meal_minutes
    wider = (offsets[0] - step, *offsets, offsets[-1] + step)
    fits = [offset for offset in wider if 0 <= offset <= shift.length_minutes - shift.meal_minutes]
    return replace(shift, meal_offsets_minutes=tuple(fits))


def _longer_runs(situation: Situation) -> Situation:
    own = _looser("working_days_in_a_row", 1)(situation)
    rules = own.rules
    return replace(own, rules=replace(rules, working_days_in_a_row=min(31, rules.working_days_in_a_row + 1)))


def _more_hours(situation: Situation) -> Situation:
    rules = situation.rules
    if rules.weekly_mode == "average":
        return replace(situation, rules=replace(rules, weekly_ceiling_hours=rules.weekly_ceiling_hours + 1))
    return _more_contract_hours(situation)


def _more_average_hours(situation: Situation) -> Situation:
    return _more_contract_hours(situation) if situation.rules.weekly_mode == "average" else situation


def _more_contract_hours(situation: Situation) -> Situation:
    longer = replace(situation.rules, weekly_hours=situation.rules.weekly_hours + 1)
    people = tuple(replace(p, contract_hours_per_week=p.contract_hours_per_week + 1) for p in situation.people)
    return replace(situation, rules=longer, people=people)


RELAXATIONS: dict[str, tuple[Words, Callable[[Situation], Situation]]] = {
    "weekly_hours": (Words("每周多一小时（合同随之）", "one hour more a week, contracts too"), _more_hours),
    "average_weekly_hours": (
        Words("平均每周多一小时（合同随之）", "one hour more a week on average, contracts too"),
        _more_average_hours,
    ),
    "rest_between_shifts": (
        Words("少休息一小时", "one hour less"),
        _of_rules(lambda r: replace(r, rest_hours=max(0.1, r.rest_hours - 1))),
    ),
    "morning_after_night": (
        Words("夜班后早一小时", "one hour less"),
        _of_rules(lambda r: replace(r, morning_after_night_hours=max(1.0, r.morning_after_night_hours - 1))),
    ),
    "nights_in_a_row": (
        Words("多一个夜班", "one night more"),
        _of_rules(lambda r: replace(r, nights_in_a_row=r.nights_in_a_row + 1)),
    ),
    "working_days_in_a_row": (Words("多一天", "one day more"), _longer_runs),
    "rest_day_a_week": (
        Words("每周少休一天", "one rest day a week fewer"),
        _of_rules(lambda r: replace(r, rest_days_a_week=max(0, r.rest_days_a_week - 1))),
    ),
    "daily_hours": (
        Words("每天多一小时：各班也可延长一小时", "one hour a day more: every shift also an hour longer"),
        _longer_shifts,
    ),
    "meal_in_window": (
        Words("用餐可再早或再晚一档", "meals one step earlier or later"),
        _of_catalogue(_wider_meals),
    ),
    "role_of_shift": (
        Words("班次不限岗位", "every role on every shift"),
        _of_catalogue(lambda shift: replace(shift, roles=frozenset())),
    ),
    "season_of_shift": (
        Words("班次不限季节", "every shift in every season"),
        _of_catalogue(lambda shift: replace(shift, months=frozenset())),
    ),
    "working_days_in_a_row_least": (Words("少一天", "one day fewer"), _looser("working_days_in_a_row_least", -1)),
    "days_off_in_a_row_least": (Words("少一天", "one day fewer"), _looser("days_off_in_a_row_least", -1)),
    "weekends_a_month": (Words("多一个周末", "one weekend more"), _looser("weekends_a_month", 1)),
    "hours_a_month": (Words("每月多一小时", "one hour a month more"), _looser("hours_a_month", 1)),
    "hours_a_month_least": (Words("每月少一小时", "one hour a month fewer"), _looser("hours_a_month_least", -1)),
    "shifts_a_month": (Words("各多一个班", "one shift of each kind more"), _of_limits(_more_of_each_shift)),
    "protected_staff": (
        Words("受保护员工也上夜班、待命", "protected staff work nights and stand by too"),
        _of_people(lambda p: replace(p, protected=False)),
    ),
    "night_eligible": (
        Words("人人可上夜班", "everybody works nights"),
        _of_people(lambda p: replace(p, night_eligible=True)),
    ),
    "fixed_shift": (Words("不固定任何班次", "nothing is fixed"), _of_people(lambda p: replace(p, fixed_shifts={}))),
    "leave": (Words("无人休假", "nobody on leave"), _of_people(lambda p: replace(p, leave=frozenset()))),
    "seat_limit": (
        Words("多一个台席", "one seat more"),
        _of_rules(lambda r: r if r.seat_limit is None else replace(r, seat_limit=r.seat_limit + 1)),
    ),
    "holiday_standby": (
        Words("少一人", "one person fewer"),
        _of_rules(
            lambda r: replace(
                r, standby_minimum=max(0, r.standby_minimum - 1), standby_target=max(0, r.standby_target - 1)
            )
        ),
    ),
    "standby_callable": (
        Words("应召少留一小时", "one hour less kept free to be called"),
        _of_rules(lambda r: replace(r, standby_call_minutes=max(0, r.standby_call_minutes - 60))),
    ),
    "ladder_material": (
        Words("每岗少一人", "one person fewer of each role"),
        _of_rules(
            lambda r: replace(
                r,
                on_site_day={role: max(0, n - 1) for role, n in r.on_site_day.items()},
                on_site_night={role: max(0, n - 1) for role, n in r.on_site_night.items()},
            )
        ),
    ),
}


def _facts(situation: Situation) -> tuple[RosterRules, tuple[Person, ...], ShiftCatalogue]:
    return situation.rules, tuple(situation.people), situation.catalogue


def price_of_rules(
    requirement: pd.DataFrame, situation: Situation, *, progress: Callable[[str], None] = lambda _: None
) -> pd.DataFrame:
    """Return what relaxing each rule by one unit would buy, dearest first, with people, leave and contracts beside.

    Columns: `rule, change, change_zh, bound, gain` (how much lower the proven cost is, in surplus seat-hours) and
    `shortage_hours_less`. A rule that touches nobody here is left out; `one_more_person` is one rested full-time person
    of a role that answers calls.
    """
    scenarios = {"": situation}
    changes = {"": Words("", "")}
    for rule, (change, relax) in RELAXATIONS.items():
        relaxed = relax(situation)
        if _facts(relaxed) != _facts(situation):
            scenarios[rule], changes[rule] = relaxed, change
    role = situation.rules.cover_roles[0]
    scenarios["one_more_person"] = headcounts(situation, [1], role=role)[f"+1 {role}"]
    changes["one_more_person"] = Words(f"多一名{called(role).zh}", f"one more {role}")
    table = what_if(requirement, scenarios, progress=progress).set_index("scenario")
    base = table.loc[""]
    rows = []
    for name, change in changes.items():
        if name:
            row = table.loc[name]
            less = base["shortage_hours"] - row["shortage_hours"]
            gain = max(
                0.0, base["bound"] - row["bound"]
            )  # giving in never costs: below 0 it is the program's tolerance
            rows.append((name, change.en, change.zh, row["bound"], gain, less))
    frame = pd.DataFrame(rows, columns=["rule", "change", "change_zh", "bound", "gain", "shortage_hours_less"])
    return frame.sort_values("gain", ascending=False, ignore_index=True)
