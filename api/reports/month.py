"""What a planned month looks like to people: the Five Tables, a page with pictures, and a few figures to begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from api.extras import MissingExtra
from api.inputs import Demand
from api.notices import notice
from api.plan import Plan, place_of, write_plan
from api.planning import forecast_of, requirement_of
from api.reports.five_tables import FiveTables, Frozen, TablesOf, five_tables
from api.reports.plan_page import write_page
from api.reports.published import capacity_of
from api.reports.queues_table import pooling_words
from api.reports.tables_paper import tables_pdf
from api.reports.version_words import draft_words
from api.reports.workbook import write_workbook
from api.whole_files import write_whole_bytes
from forecaster.forecast.backtesting import backtest, months_to_test, names_scored
from forecaster.forecast.forecasters import words_of
from forecaster.messages import Words
from optimizer.law.comforts import COMFORTS
from optimizer.law.rule_words import RULES

MADE_AGAIN = Words(
    "按当时的历史数据重新推算；月前没有发布计划", "made again from the history of that time; no plan was published"
)

NO_QUEUES: Mapping[str, Frozen | None] = MappingProxyType({})


def tables_of(plan: Plan, demand: Demand, *, last: Frozen | None) -> FiveTables:
    """Return the Five Tables of a plan; `last` is last month's plan as it was published.

    Without one, last month's forecast and seats required are made again from what was known on its own cutoff, and the
    tables say so.
    """
    capacity, facts = capacity_of(demand.history, demand.site), plan.facts
    return five_tables(
        TablesOf(facts["queue"], plan.month, facts["timezone"], facts["interval_minutes"], demand.site.target),
        Frozen(
            plan.forecast,
            plan.coverage,
            version=plan.version,
            said=draft_words(datetime.fromisoformat(facts["made_at"]), facts["timezone"]),
            promised=facts.get("promised_days"),
        ),
        history=demand.history,
        last=_made_again(demand, plan.month - 1) if last is None else last,
        calendar=demand.calendar,
        calls_per_seat_hour=capacity.calls_per_hour,
    )


def _made_again(demand: Demand, month: pd.Period) -> Frozen | None:
    try:
        forecast = forecast_of(demand, month)
    except ValueError:
        return None
    need = requirement_of(forecast, demand)
    coverage = need[["seats_required"]].assign(seats_rostered=need["people_to_roster"])
    return Frozen(forecast, coverage, version=MADE_AGAIN.en, said=MADE_AGAIN)


def write_month(
    plan: Plan,
    demand: Demand,
    folder: Path,
    *,
    last: Frozen | None,
    last_of_queues: Mapping[str, Frozen | None] = NO_QUEUES,
) -> tuple[FiveTables, list[Path]]:
    """Write a plan with its Five Tables workbook and the page with the pictures; return the tables and the files.

    A plan of several queues has that of each in a folder of its own beneath it.
    """
    files = write_plan(plan, folder)
    five, reports = _write_reports(plan, demand, folder, last=last)
    for one in demand.queues:
        queue = one.history.queue
        part = _write_reports(plan.queues[queue], one, folder / place_of(queue), last=last_of_queues.get(queue))
        reports += part[1]
    return five, [*files, *reports]


def _write_reports(plan: Plan, demand: Demand, folder: Path, *, last: Frozen | None) -> tuple[FiveTables, list[Path]]:
    five = tables_of(plan, demand, last=last)
    workbook = write_workbook(five, folder / "five_tables.xlsx")
    paper = _on_paper(five, folder / "five_tables.pdf")
    return five, [workbook, *paper, write_page(plan, five, folder / "plan.html", calendar=demand.calendar)]


def _on_paper(five: FiveTables, path: Path) -> list[Path]:
    try:
        return [write_whole_bytes(path, tables_pdf(five))]
    except MissingExtra as lacking:
        notice(lacking.message)
        return []


def month_summary(plan: Plan, five: FiveTables) -> pd.DataFrame:
    """Return the figures to begin with, one row each: `figure`, `value`."""
    hours = plan.facts["interval_minutes"] / 60
    coverage, forecast = plan.coverage, plan.forecast
    worked = plan.roster.loc[plan.roster["worked_minutes"] > 0]
    by_person = worked.groupby("badge")["worked_minutes"].sum() / 60
    beyond = int((plan.requirement["people_to_roster"] > plan.facts["seat_limit"]).sum())
    rows = {
        "calls forecast": f"{forecast['calls'].sum():,.0f}",
        "seat-hours required (with shrinkage)": f"{plan.requirement['people_to_roster'].sum() * hours:,.0f}",
        "seat-hours rostered": f"{coverage['seats_rostered'].sum() * hours:,.0f}",
        "shortage, seat-hours": f"{coverage['shortage'].sum() * hours:,.1f}",
        "surplus, seat-hours (reserve included)": f"{coverage['surplus'].sum() * hours:,.0f}",
        "intervals that need more than the floor's seats": f"{beyond:,}",
        **_pooling(plan),
        **_promise(plan),
        **_limits(plan),
        **_reserve(plan),
        "people rostered": f"{by_person.size}, {by_person.mean():.0f} hours each on average" if by_person.size else "0",
        **_borne(plan, by_person.size),
    }
    return pd.DataFrame({"figure": list(rows), "value": list(rows.values())})


def soft_rules_table(plan: Plan) -> pd.DataFrame:
    """Return every soft rule that the plan departs from, by its name and in words: `rule`, `amount`, `cost`."""
    told = plan.facts.get("soft_rules", [])
    return pd.DataFrame(
        {
            "rule": [f"{one['rule']} {RULES[one['rule']].label.zh}" for one in told],
            "amount": [f"{one['amount']:,.1f} {one['unit']}" for one in told],
            "cost": [round(float(one["cost"]), 1) for one in told],
        }
    )


def _borne(plan: Plan, people: int) -> dict[str, str]:
    """Return what a person's month is like, where the plan departs from what a person can bear."""
    told = [one for one in plan.facts.get("soft_rules", []) if one["rule"] in COMFORTS and one["cost"] > 0]
    if not told or not people:
        return {}
    each = [RULES[one["rule"]].says.en.format(count=round(one["amount"] / people, 1)) for one in told[:3]]
    cost = sum(one["cost"] for one in told)
    return {"left to bear, a person": f"{'; '.join(each)} …", "weighed in all, surplus seat-hours": f"{cost:,.0f}"}


def _limits(plan: Plan) -> dict[str, str]:
    words = {
        "service_level": "the level",
        "max_occupancy": "the occupancy limit",
        "max_mean_wait_seconds": "the mean wait",
        "max_abandonment": "the share that hangs up",
        "minimum_seats": "the least seats",
    }
    return {
        f"{words[one['limit']]} alone asks for more": (
            f"in {one['intervals_share']:.0%} of the intervals, {one['people_hours']:,.0f} people-hours"
        )
        for one in plan.facts.get("limits", ())
    }


def _pooling(plan: Plan) -> dict[str, str]:
    told = pooling_words(plan)
    return {} if told is None else {"several queues": told.en}


def _reserve(plan: Plan) -> dict[str, str]:
    told = plan.facts.get("reserve")
    if not told:
        return {}
    beyond = f"{told['beyond_ladder']} beyond the {told['ladder_brings']} that the ladder brings"
    return {
        "more people on the 9-in-10 day, busiest hour": (
            f"{told['usual']} usually, {told['most']} on {told['most_on']} ({beyond})"
        ),
        "standby on holidays, as the rules have it": f"{told['standby_minimum']} to {told['standby_target']}",
    }


def _promise(plan: Plan) -> dict[str, str]:
    told = plan.facts.get("promise") or {}
    if told.get("expected") is None:
        return {}
    kept = "" if told["chance"] is None else f"; the target is kept with {10 * told['chance']:.0f} chances of 10"
    patience = f"{told['patience_seconds']:.0f} s of patience" + (" (assumed)" if told["patience_assumed"] else "")
    within = f"answered within {told['answer_within_seconds']:g} s"
    return {
        f"{within}, to be expected": (
            f"{told['expected']:.0%}; in 8 months of 10 between {100 * told['lower_80']:.0f} and "
            f"{100 * told['upper_80']:.0f}{kept}"
        ),
        f"{within}, at the forecast's mean": f"{told['at_the_mean']:.0%}",
        "what the promise rests on": f"{patience}, {told['shrinkage']:.0%} away, handle times as forecast",
    }


def accuracy(demand: Demand, *, months: int, progress: Callable[[str], None] = lambda _: None) -> pd.DataFrame:
    """Return the backtest's scores over the last `months` whole months (`forecaster.forecast.backtesting.backtest`)."""
    history = demand.history
    whole = [m for m in months_to_test(history) if (m + 1).start_time.tz_localize(history.timezone) <= history.end_at]
    return backtest(
        history,
        calendar=demand.calendar,
        months=whole[-months:],
        progress=lambda k, n: progress(f"{k + 1} of {n}"),
    )


def accuracy_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Return a backtest's scores by month as text to be shown. WAPE = sum of absolute errors ÷ sum of calls."""
    return pd.DataFrame(
        {
            "month": scores.index,
            "calls": scores["calls_offered"].map("{:,.0f}".format),
            "WAPE by hour": scores["wape"].map("{:.1%}".format),
            **{words_of(name).en: scores[f"wape_{name}"].map("{:.1%}".format) for name in names_scored(scores)},
            "of it chance": scores["poisson_floor"].map("{:.1%}".format),
            "WAPE by day": scores["daily_wape"].map("{:.1%}".format),
            "bias": scores["bias"].map("{:+.1%}".format),
            "in 80 % band": scores["hit_rate_80"].map("{:.0%}".format),
            "in 95 %": scores["hit_rate_95"].map("{:.0%}".format),
        }
    )
