"""The whole month in one go, and its Five Tables."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli import options
from api.cli.screen import done, frame_table, working
from api.inputs import read_demand, read_supply
from api.month_report import month_summary, tables_of, write_report
from api.plan import make_plan, read_plan, write_plan


def add_to(app: typer.Typer) -> None:
    """Add these subcommands to `app`."""
    for command in (plan, tables):
        app.command(rich_help_panel="The month")(command)


def plan(
    history: options.History,
    people: options.People,
    month: options.Month,
    out: options.OutFolder = Path("plan"),
    last_plan: options.LastPlan = None,
    queue: options.Queue = None,
    timezone: options.Timezone = None,
    country: options.Country = None,
    site: options.SiteFile = None,
    calendar: options.CalendarFile = None,
    shifts: options.ShiftsFile = None,
    rules: options.RulesFile = None,
    time_limit: options.TimeLimit = 60,
    seed: options.Seed = 0,
) -> None:
    """Plan one month: forecast, seats, lawful roster, the Five Tables workbook and a page with the pictures."""
    demand = read_demand(history, queue=queue, timezone=timezone, country=country, site=site, calendar=calendar)
    supply = read_supply(people, month, demand.site, shifts=shifts, rules=rules)
    before = None if last_plan is None else read_plan(last_plan)
    with working(f"Planning {month}") as progress:
        made = make_plan(
            demand,
            supply,
            month,
            made_at=datetime.now(UTC),
            carry_in=None if before is None else before.roster,
            seed=seed,
            time_limit_seconds=time_limit,
            progress=progress,
        )
        progress("writing tables and pictures")
        five = tables_of(made, demand, last=before)
        files = [*write_plan(made, out), *write_report(made, five, demand, out)]
    frame_table(month_summary(made, five), title=f"The plan of {month}")
    done(*files)


def tables(
    plan_folder: options.PlanFolder,
    history: options.History,
    out: Annotated[Path, typer.Option("--out", help="The file: .xlsx, .html, .json, or .csv (five files).")] = Path(
        "five_tables.xlsx"
    ),
    last_plan: options.LastPlan = None,
    database: options.Database = None,
    queue: options.Queue = None,
    timezone: options.Timezone = None,
    country: options.Country = None,
    site: options.SiteFile = None,
    calendar: options.CalendarFile = None,
) -> None:
    """Make the Five Tables 五表 of a planned month: this month's seats and calls, last month's plan against fact.

    Last month's plan is what stood published in the database when the month began, or the folder `--last-plan`.
    """
    from api.reports.table_files import write_tables

    made = read_plan(plan_folder)
    demand = read_demand(history, queue=queue, timezone=timezone, country=country, site=site, calendar=calendar)
    before = None if last_plan is None else read_plan(last_plan)
    frozen = None
    if database is not None:
        from api.cli.records import open_store
        from api.reports.frozen import frozen_before

        store, zone = open_store(database), made.facts["timezone"]
        frozen = frozen_before(store, queue=made.facts["queue"], month=made.month - 1, timezone=zone)
    five = tables_of(made, demand, last=frozen or before)
    done(*write_tables(five, out))
