"""The whole month in one go, and its Five Tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import pandas as pd
import typer

from api.cli import options
from api.cli.database import open_store, store_if_any
from api.cli.screen import done, frame_table, language_spoken, show, spoken, working
from api.inputs import read_demand, read_supply
from api.intake import read_overrides
from api.sentences import refusal, say
from api.shared_floor import read_floor
from api.site import SeatValue
from forecaster.history.periods import period_words

if TYPE_CHECKING:
    from sqlalchemy import Engine


def plan(
    past: options.FloorFiles,
    people: options.People,
    planned: options.PlannedPeriod,
    out: options.OutFolder = Path("plan"),
    last_plan: options.LastPlan = None,
    shifts: options.ShiftsFile = None,
    rules: options.RulesFile = None,
    time_limit: options.TimeLimit = 60,
    seed: options.Seed = 0,
    seat_value: Annotated[
        SeatValue | None,
        typer.Option("--seat-value", help="Strive for the seats required, or for each seat's worth over the band."),
    ] = None,
    publish_by: Annotated[
        str, typer.Option("--publish-by", help="Also publish it, under this badge; `huawu publish` does so later.")
    ] = "",
    overrides: options.OverridesFile = None,
    why: options.Why = "",
    database: options.Database = None,
) -> None:
    """Plan one month: forecast, seats, lawful roster, the Five Tables workbook and a page with the pictures.

    `--from 2026-12-07 --weeks 4` plans weeks from any day instead; what was planned before binds their first days,
    whatever period it was.
    Last month is what stands published in the database, or the folder `--last-plan`: its roster binds the first days,
    and the tables compare with it. `--overrides` are kept with the plan and published with it; `huawu backtest` and
    the explorer tell what they were worth. Several queues share the people as the column `skills` says, which names
    queues; each queue then has a folder of its own beneath `--out`.
    """
    month = planned.period()
    demand = read_floor(**vars(past))
    if seat_value is not None:
        demand = replace(demand, site=replace(demand.site, seat_value=seat_value))
    supply = read_supply(people, month, site=demand.site, calendar=demand.calendar, shifts=shifts, rules=rules)
    from api.cli.records import say_published
    from api.plan import place_of
    from api.planning import LastMonth, last_month, plan_month
    from api.publishing import publish_folder
    from api.reports.month_report import month_summary, soft_rules_table, write_month
    from api.reports.queues_table import QUEUE_HEADS, queues_table

    store, queue = store_if_any(database, or_none=bool(publish_by)), demand.history.queue
    names = [one.history.queue for one in demand.queues]
    if publish_by and not why:
        for name in (queue, *names):
            _refuse_to_supersede(store, name, month)

    def before(queue: str, folder: Path | None) -> LastMonth:
        return last_month(store, queue=queue, month=month, timezone=demand.site.timezone, folder=folder)

    last = before(queue, last_plan)
    places = {one: last_plan / place_of(one) if last_plan else None for one in names}
    lasts = {one: before(one, place if place and place.is_dir() else None).frozen for one, place in places.items()}
    with working(say("screen.planning", period=period_words(month))) as progress:
        made = plan_month(
            demand,
            supply,
            made_at=datetime.now(UTC),
            last=last,
            seed=seed,
            time_limit_seconds=time_limit,
            progress=progress,
            overrides=() if overrides is None else read_overrides(overrides, timezone=demand.history.timezone),
        )
        progress(say("screen.writing"))
        five, files = write_month(made, demand, out, last=last.frozen, last_of_queues=lasts)
    language = language_spoken()
    frame_table(month_summary(made, five, language), title=say("screen.plan_of", period=period_words(month)))
    if made.queues:
        told = queues_table(made).rename(columns={name: spoken(head) for name, head in QUEUE_HEADS.items()})
        by_figure = (
            told.set_index(spoken(QUEUE_HEADS["queue"])).T.rename_axis(index="figure", columns=None).reset_index()
        )
        frame_table(by_figure, title=say("screen.by_queue"))
    frame_table(soft_rules_table(made, language), title=say("screen.departures"))
    for note in made.facts["notes"]:
        show(note[language])
    done(*files)
    own_days = past.calendar if past.calendar is not None and past.calendar.is_file() else None
    if not publish_by:
        with_days = "" if own_days is None else f" --calendar {own_days}"
        show(say("screen.then_publish", command=f"huawu publish --plan {out} --by BADGE --people {people}{with_days}"))
        return
    kept = {"people": people, "calendar": own_days}
    say_published(publish_folder(open_store(database), out, published_by=publish_by, files=kept, why=why), made)


def _refuse_to_supersede(store: Engine | None, queue: str, month: pd.Period) -> None:
    """Refuse, before anything is planned, to replace a published roster without saying why."""
    from api.publishing import published_version

    there = published_version(store, kind="roster", queue=queue, month=month) if store else None
    if there is not None:
        raise refusal("option.why", superseded=there.version_id)


def tables(
    plan_folder: options.PlanFolder,
    past: options.HistoryFiles,
    out: Annotated[Path, typer.Option("--out", help="The file: .xlsx, .pdf, .html, .json, or .csv (five files).")] = (
        Path("five_tables.xlsx")
    ),
    last_plan: options.LastPlan = None,
    language: Annotated[
        Literal["both", "zh", "en"],
        typer.Option(
            "--language",
            help="Of a workbook; a PDF has Chinese, or English.",
            is_eager=True,
            callback=options.language_chosen,
        ),
    ] = "both",
    database: options.Database = None,
) -> None:
    """Make the Five Tables 五表 of a planned month: this month's seats and calls, last month's plan against fact.

    Last month's plan is what stood published in the database when the month began, or the folder `--last-plan`.
    """
    from api.plan import read_plan
    from api.planning import last_month
    from api.publishing import version_said
    from api.reports.month_report import tables_of
    from api.reports.table_files import write_tables

    made = read_plan(plan_folder)
    demand = read_demand(**vars(past))
    facts = made.facts
    store = store_if_any(database)
    before = last_month(store, queue=facts["queue"], month=made.month, timezone=facts["timezone"], folder=last_plan)
    five = tables_of(made, demand, last=before.frozen, said=version_said(made, store))
    done(*write_tables(five, out, language=language))
