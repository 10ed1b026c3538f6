"""How far a roster departs from what is wished for: every soft rule by its name, with its amount and its cost."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.law.comforts import COMFORTS, Comfort, Worked
from optimizer.law.rule_words import RULES
from optimizer.law.rules.holiday_standby import HOLIDAY_STANDBY
from optimizer.law.rules.ladder_material import LADDER_MATERIAL
from optimizer.law.rules.leader_on_duty import LEADER_ON_DUTY
from optimizer.law.rules.seat_limit import SEAT_LIMIT
from optimizer.law.shifts import DAY_OFF, STANDBY
from optimizer.search.coverage_curves import Curve
from optimizer.search.kernel_arrays import FloatArray
from optimizer.search.led_months import unled_hours
from optimizer.search.problem import Month
from optimizer.search.skill_cover import people_missing
from optimizer.search.sweeps import Tours, people_present

Tell = Callable[[str, float, float], None]
DEPARTURE_COLUMNS = ("rule", "amount", "unit", "cost")


def departures(month: Month, plan: Tours, *, valued: bool = False) -> pd.DataFrame:
    """Return `rule, amount, unit, cost` of every soft rule that the plan departs from; the costs sum to the objective.

    The cost is in surplus seat-hours (`optimizer.law.roster_rules.Weights`). `valued` says that seats are valued by
    their worth over the forecast's band: shortage, reserve and surplus are then one rule, `worth_of_seats`.
    """
    told: dict[str, tuple[float, float]] = {}

    def add(rule: str, amount: float, cost: float) -> None:
        before = told.get(rule, (0.0, 0.0))
        told[rule] = (before[0] + amount, before[1] + cost)

    present = people_present(month, plan)
    for c, curve in enumerate(month.curves):
        if c == 0 and valued:
            add("worth_of_seats", float(_short(month, present[0]).sum()), float(curve.cost(present[0]).sum()))
        elif c == 0:
            _seats(month, curve, present[0], add)
        else:
            people, costs = curve.by_stretch(present[c])
            hours = 0 if curve.skills else month.slot_hours  # skills are counted once for all, below
            for rule, count, cost in zip(_floor_rules(month, c), people.sum(axis=0), costs.sum(axis=0), strict=True):
                add(rule, float(count) * hours, float(cost))
    missing = float(people_missing(month.curves, present).sum()) * month.slot_hours
    add("skill", missing, 0.0)
    _personal(month, plan, add)
    rows = [
        (rule, amount, RULES[rule].unit, cost)
        for rule, (amount, cost) in told.items()
        if abs(cost) > 1e-9 or amount > 1e-9
    ]
    frame = pd.DataFrame(rows, columns=list(DEPARTURE_COLUMNS))
    return frame.sort_values("cost", ascending=False, kind="stable", ignore_index=True)


def _short(month: Month, people: FloatArray) -> FloatArray:
    return np.clip(month.seats_required - people, 0, None) * month.slot_hours


def _seats(month: Month, curve: Curve, people: FloatArray, tell: Tell) -> None:
    there, costs = curve.by_stretch(people)
    weights, hours = month.rules.weights, month.slot_hours
    amounts = there * hours
    factor = -curve.slopes[:, 1] / max(weights.shortage * hours, 1e-12)
    plain = costs[:, :2] / np.maximum(factor, 1e-12)[:, None]
    deep = plain[:, 0] * weights.shortage_growth / (1 + weights.shortage_growth)
    tell("shortage", float(amounts[:, :2].sum()), float(plain.sum() - deep.sum()))
    tell("deep_shortage", float(amounts[:, 0].sum()), float(deep.sum()))
    early = factor > 1 + 1e-9
    tell("month_start", float(amounts[early, :2].sum()), float(costs[:, :2].sum() - plain.sum()))
    for k, rule in enumerate(("reserve", "surplus", SEAT_LIMIT.name)[: costs.shape[1] - 2], start=2):
        tell(rule, float(amounts[:, k].sum()), float(costs[:, k].sum()))


def _floor_rules(month: Month, c: int) -> tuple[str, str, str]:
    if c == month.standby_curve:
        return HOLIDAY_STANDBY.name, "standby_target", "standby_target"
    if month.curves[c].skills:
        return "skill", "skill", "skill"
    return LADDER_MATERIAL.name, "ladder_spread", "ladder_spread"


def _personal(month: Month, plan: Tours, tell: Tell) -> None:
    weights = month.rules.weights
    shifts = month.first_standby
    works = (plan.tour >= 0) & (plan.tour < shifts)
    p, d = np.indices(plan.tour.shape)
    holiday = month.burden[2].any(axis=1)
    on_holidays = int((works & holiday[d]).sum())
    tell("holiday_work", on_holidays, on_holidays * weights.holiday_work)
    unmet = _wishes_not_met(month, plan)
    tell("wish", unmet, unmet * weights.wish)
    off_pattern = int(month.off_pattern[p, d, plan.tour].sum())
    tell("preferred_pattern", off_pattern, off_pattern * weights.preferred_pattern)
    alone, rule = unled_hours(month, plan.tour), LEADER_ON_DUTY.name if month.rules.leader_on_duty else "unled"
    tell(rule, alone, alone * month.rules.unled_weight)
    for kind, rule in enumerate(("nights", "weekends", "holidays")):
        taken = np.where(plan.tour >= 0, month.burden[kind][d, np.maximum(plan.tour, 0)], 0).sum(axis=1)
        _tell_shares(month, kind, taken, rule, tell)
    free = plan.tour < 0
    sundays = np.flatnonzero(month.weekend == 2)
    _tell_shares(month, 3, (~(free[:, sundays] & free[:, sundays - 1])).sum(axis=1), "weekends_off", tell)
    nights = [month.rules.is_night(duty) for duty in month.duties]
    for name, comfort in COMFORTS.items():
        if comfort.about != "weekends" and month.rules.comfort_weight(name) > 0:
            amount = sum(_departs(month, comfort, nights, p, tour) for p, tour in enumerate(plan.tour.tolist()))
            tell(name, amount, amount * month.rules.comfort_weight(name))


def _tell_shares(month: Month, kind: int, taken: NDArray[np.int64], rule: str, tell: Tell) -> None:
    """Tell what people have beyond their shares: the first beyond weighs 1, the second 2, and so on."""
    beyond = np.clip(taken - month.allowance[:, kind], 0, None)
    steps = np.clip(beyond[:, None] - np.arange(len(month.days)), 0, None).sum()
    tell(rule, float(beyond.sum()), float(month.burden_weight[kind] * steps))


def _departs(month: Month, comfort: Comfort, is_night: list[bool], p: int, tour: list[int]) -> float:
    """Return how much a person's month departs from a soft rule, day after day."""
    nights, free = int(month.nights_before[p]), int(month.free_before[p])
    days = int(min(month.first_run[p], month.rules.working_days_in_a_row)) if free == 0 else 0
    before, amount = Worked(None, nights if free < 2 else 0, days), 0.0
    for choice in tour:
        if choice < 0:
            amount += comfort.rest(before) if free == 0 else 0.0
            free = min(2, free + 1)
            continue
        duty, night = month.duties[choice], is_night[choice]
        if free == 0:
            amount += comfort.next_day(before, duty, night)
        else:
            amount += comfort.after_rest(before, free, duty, night)
        worked = before if free == 0 else Worked(None, 0, 0)
        before = Worked(duty, worked.nights + 1 if night else 0, worked.days + 1)
        amount += comfort.in_a_row(before.days)
        amount += comfort.shift(duty) if choice < month.first_standby else 0.0
        free = 0
    return amount


def _wishes_not_met(month: Month, plan: Tours) -> int:
    number = {day: d for d, day in enumerate(month.days)}
    unmet = 0
    for p, person in enumerate(month.people):
        for day, wanted in person.wishes.items():
            if day in number:
                choice = int(plan.tour[p, number[day]])
                given = DAY_OFF if choice < 0 else month.duties[choice].code
                unmet += given != wanted and not (given.startswith(STANDBY) and wanted == STANDBY)
    return unmet
