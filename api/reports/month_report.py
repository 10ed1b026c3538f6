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
from api.planning import forecast_of, whole_months
from api.reports.five_tables import FiveTables, Frozen, TablesOf, five_tables
from api.reports.published import capacity_of
from api.reports.queues_table import pooling_words
from api.reports.tables_paper import tables_pdf
from api.reports.version_words import draft_words
from api.reports.workbook import write_workbook
from api.sentences import say
from api.site import requirement_of
from api.whole_files import write_whole_bytes
from forecaster.forecast.backtesting import backtest, names_scored
from forecaster.forecast.forecasters import words_of
from forecaster.messages import NOTHING, Language, Words
from forecaster.names import UNITS
from optimizer.law.comforts import COMFORTS
from optimizer.law.rule_words import RULES

MADE_AGAIN = Words(
    "按当时的历史数据重新推算；此前没有发布计划", "made again from the history of that time; no plan was published"
)

LIMIT_WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "service_level": Words("应答比例", "the level"),
        "max_occupancy": Words("占用率上限", "the occupancy limit"),
        "max_mean_wait_seconds": Words("平均等待上限", "the mean wait"),
        "max_abandonment": Words("放弃率上限", "the share that hangs up"),
        "minimum_seats": Words("最少台席", "the least seats"),
    }
)
NO_QUEUES: Mapping[str, Frozen | None] = MappingProxyType({})


def tables_of(plan: Plan, demand: Demand, *, last: Frozen | None, said: Words | None = None) -> FiveTables:
    """Return the Five Tables of a plan; `last` is last month's plan as it was published.

    Without one, last month's forecast and seats required are made again from what was known on its own cutoff, and the
    tables say so. `said` is the plan's version in words; without it, it is a draft.
    """
    capacity, facts = capacity_of(demand.history, demand.site), plan.facts
    return five_tables(
        TablesOf(facts["queue"], plan.month, facts["timezone"], facts["interval_minutes"], demand.site.target),
        Frozen(
            plan.forecast,
            plan.coverage,
            version=plan.version,
            said=said or draft_words(datetime.fromisoformat(facts["made_at"]), facts["timezone"]),
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
    need = requirement_of(forecast, demand.site)
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
    from api.reports.plan_page import write_page

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


def month_summary(plan: Plan, five: FiveTables, language: Language = "en") -> pd.DataFrame:
    """Return the figures to begin with in a language, one row each: `figure`, `value`."""
    hours = plan.facts["interval_minutes"] / 60
    coverage, forecast = plan.coverage, plan.forecast
    worked = plan.roster.loc[plan.roster["worked_minutes"] > 0]
    by_person = worked.groupby("badge")["worked_minutes"].sum() / 60
    beyond = int((plan.requirement["people_to_roster"] > plan.facts["seat_limit"]).sum())
    rows = [
        _row("calls", calls=forecast["calls"].sum()),
        _row("required", hours=plan.requirement["people_to_roster"].sum() * hours),
        _row("rostered", hours=coverage["seats_rostered"].sum() * hours),
        _row("shortage", hours=coverage["shortage"].sum() * hours),
        _row("surplus", hours=coverage["surplus"].sum() * hours),
        _row("beyond_floor", intervals=beyond),
        *_pooling(plan),
        *_promise(plan),
        *_limits(plan),
        *_reserve(plan),
        _row("people", people=by_person.size, hours=by_person.mean()) if by_person.size else _row("nobody"),
        *_borne(plan, by_person.size),
    ]
    said = [(figure.said(language), value.said(language)) for figure, value in rows]
    return pd.DataFrame(said, columns=["figure", "value"])


def _row(code: str, **fields: object) -> tuple[Words, Words]:
    """Return a figure's name and its value; both stand under its code."""
    return say(f"summary.{code}", **fields), say(f"summary.{code}.value", **fields)


def soft_rules_table(plan: Plan, language: Language = "en") -> pd.DataFrame:
    """Return every soft rule that the plan departs from, by its name and in words: `rule`, `amount`, `cost`."""
    told = plan.facts.get("soft_rules", [])
    return pd.DataFrame(
        {
            "rule": [f"{RULES[one['rule']].label.said(language)} ({one['rule']})" if language == "en"
                     else f"{RULES[one['rule']].label.zh} {one['rule']}" for one in told],
            "amount": [f"{one['amount']:,.1f} {UNITS[one['unit']].said(language)}" for one in told],
            "cost": [round(float(one["cost"]), 1) for one in told],
        }
    )  # fmt: skip


def _borne(plan: Plan, people: int) -> list[tuple[Words, Words]]:
    """Return what a person's month is like, where the plan departs from what a person can bear."""
    told = [one for one in plan.facts.get("soft_rules", []) if one["rule"] in COMFORTS and one["cost"] > 0]
    if not told or not people:
        return []
    each = [RULES[one["rule"]].says.filled(count=round(one["amount"] / people, 1)) for one in told[:3]]
    joined = Words("；".join(one.zh for one in each), "; ".join(one.en for one in each))
    return [_row("borne", each=joined), _row("borne_cost", cost=sum(one["cost"] for one in told))]


def _limits(plan: Plan) -> list[tuple[Words, Words]]:
    return [
        _row("limit", limit=LIMIT_WORDS[one["limit"]], share=one["intervals_share"], hours=one["people_hours"])
        for one in plan.facts.get("limits", ())
    ]


def _pooling(plan: Plan) -> list[tuple[Words, Words]]:
    told = pooling_words(plan)
    return [] if told is None else [(say("summary.pooling"), told)]


def _reserve(plan: Plan) -> list[tuple[Words, Words]]:
    told = plan.facts.get("reserve")
    if not told:
        return []
    named = ("usual", "most", "most_on", "beyond_ladder", "ladder_brings")
    holidays = {"least": told["standby_minimum"], "target": told["standby_target"]}
    return [_row("reserve", **{name: told[name] for name in named}), _row("holidays", **holidays)]


def _promise(plan: Plan) -> list[tuple[Words, Words]]:
    told = plan.facts.get("promise") or {}
    if told.get("expected") is None:
        return []
    within = told["answer_within_seconds"]
    reach = {"lower": 100 * told["lower_80"], "upper": 100 * told["upper_80"]}
    kept = NOTHING if told["chance"] is None else say("summary.kept", chance=10 * told["chance"])
    assumed = say("summary.assumed") if told["patience_assumed"] else NOTHING
    return [
        _row("promise", within=within, expected=told["expected"], **reach, kept=kept),
        _row("promise_mean", within=within, level=told["at_the_mean"]),
        _row("promise_rests", patience=told["patience_seconds"], assumed=assumed, away=told["shrinkage"]),
    ]


def accuracy(demand: Demand, *, months: int, progress: Callable[[str], None] = lambda _: None) -> pd.DataFrame:
    """Return the backtest's scores over the last `months` whole months (`forecaster.forecast.backtesting.backtest`)."""
    return backtest(
        demand.history,
        calendar=demand.calendar,
        months=whole_months(demand.history)[-months:],
        progress=lambda k, n: progress(f"{k + 1}/{n}"),
    )


def accuracy_table(scores: pd.DataFrame, language: Language = "en") -> pd.DataFrame:
    """Return a backtest's scores by month as text to be shown. WAPE = sum of absolute errors ÷ sum of calls."""
    columns = [
        (say("scores.month"), scores.index),
        (say("scores.calls"), scores["calls_offered"].map("{:,.0f}".format)),
        (say("scores.wape"), scores["wape"].map("{:.1%}".format)),
        *((words_of(name), scores[f"wape_{name}"].map("{:.1%}".format)) for name in names_scored(scores)),
        (say("scores.chance"), scores["poisson_floor"].map("{:.1%}".format)),
        (say("scores.daily"), scores["daily_wape"].map("{:.1%}".format)),
        (say("scores.bias"), scores["bias"].map("{:+.1%}".format)),
        (say("scores.in_80"), scores["hit_rate_80"].map("{:.0%}".format)),
        (say("scores.in_95"), scores["hit_rate_95"].map("{:.0%}".format)),
    ]
    return pd.DataFrame({words.said(language): values for words, values in columns})
