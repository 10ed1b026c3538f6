"""The whole month in one go, and its Five Tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from api.cli import options
from api.cli.database import existing_store
from api.cli.records import publish_folder
from api.cli.screen import done, frame_table, show, working
from api.inputs import read_demand, read_supply, refuse_what_cannot_be
from api.intake import named
from api.plan import Plan, make_plan, read_plan, with_sources, write_plan
from api.reports.month import month_summary, soft_rules_table, tables_of, write_report
from api.sentences import refusal
from api.site import SeatValue, config_file
from optimizer.law.fairness import with_burdens

if TYPE_CHECKING:
    from api.reports.five_tables import Frozen


def plan(
    past: options.HistoryFiles,
    people: options.People,
    month: options.Month,
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
    why: options.Why = "",
    database: options.Database = None,
) -> None:
    """Plan one month: forecast, seats, lawful roster, the Five Tables workbook and a page with the pictures.

    Last month is what stands published in the database, or the folder `--last-plan`: its roster binds the first days,
    and the tables compare with it.
    """
    demand = read_demand(**vars(past))
    if seat_value is not None:
        demand = replace(demand, site=replace(demand.site, seat_value=seat_value))
    supply = read_supply(people, month, site=demand.site, calendar=demand.calendar, shifts=shifts, rules=rules)
    before = last_month(last_plan, database, queue=demand.history.queue, month=month - 1, timezone=demand.site.timezone)
    refuse_what_cannot_be(supply)
    if publish_by and not why and before.superseded:
        raise refusal("option.why", superseded=before.superseded)
    situation = supply.situation
    if before.roster is not None:
        situation = replace(situation, carry_in=before.roster)
    if before.burdens is not None:
        with named(last_plan or people):
            situation = replace(situation, people=with_burdens(situation.people, before.burdens))
    with working(f"Planning {month}") as progress:
        made = make_plan(
            demand,
            situation,
            made_at=datetime.now(UTC),
            seed=seed,
            time_limit_seconds=time_limit,
            progress=progress,
        )
        progress("writing tables and pictures")
        chosen = {"shifts": shifts or config_file("shifts.toml"), "rules": rules or config_file("roster_rules.toml")}
        chosen |= {"people": people, "site": past.site or config_file("site.toml")}
        made = with_sources(made, **chosen, calendar=past.calendar)
        five = tables_of(made, demand, last=before.frozen)
        files = [*write_plan(made, out), *write_report(made, five, demand, out)]
    frame_table(month_summary(made, five), title=f"The plan of {month}")
    frame_table(soft_rules_table(made), title="What it departs from, dearest first (in surplus seat-hours)")
    for note in made.facts["notes"]:
        show(note["en"])
    done(*files)
    own_days = past.calendar if past.calendar is not None and past.calendar.is_file() else None
    if publish_by:
        publish_folder(out, by=publish_by, why=why, files={"people": people, "calendar": own_days}, database=database)
    else:
        with_days = "" if own_days is None else f" --calendar {own_days}"
        show(f"Look it over, then publish it: huawu publish --plan {out} --by BADGE --people {people}{with_days}")


def tables(
    plan_folder: options.PlanFolder,
    past: options.HistoryFiles,
    out: Annotated[Path, typer.Option("--out", help="The file: .xlsx, .html, .json, or .csv (five files).")] = Path(
        "five_tables.xlsx"
    ),
    last_plan: options.LastPlan = None,
    database: options.Database = None,
) -> None:
    """Make the Five Tables 五表 of a planned month: this month's seats and calls, last month's plan against fact.

    Last month's plan is what stood published in the database when the month began, or the folder `--last-plan`.
    """
    from api.reports.table_files import write_tables

    made = read_plan(plan_folder)
    demand = read_demand(**vars(past))
    facts = made.facts
    before = last_month(last_plan, database, queue=facts["queue"], month=made.month - 1, timezone=facts["timezone"])
    done(*write_tables(tables_of(made, demand, last=before.frozen), out))


@dataclass(frozen=True, eq=False)
class LastMonth:
    """Last month as the tables hold it against what happened, and the roster that carries into this month.

    superseded
        This month's roster that is published already, by its version; empty where there is none.
    burdens
        Nights, weekends and holidays of each so far, where last month's plan tells them.
    """

    frozen: Frozen | Plan | None = None
    roster: pd.DataFrame | None = None
    superseded: str = ""
    burdens: pd.DataFrame | None = None


def last_month(folder: Path | None, database: str | None, *, queue: str, month: pd.Period, timezone: str) -> LastMonth:
    """Return last month from the database, where it was published there, and else from a plan's folder.

    The tables compare with what stood published when the month began; the roster is the one published last, unless a
    folder is given.
    """
    from api.reports.frozen import frozen_before, published_frame, published_version

    told = None if folder is None else read_plan(folder)
    store = existing_store(database)
    had = None if told is None else told.burdens
    if store is None:
        return LastMonth(told, None if told is None else told.roster, burdens=had)
    frozen = frozen_before(store, queue=queue, month=month, timezone=timezone)
    roster = published_frame(store, "roster", queue=queue, month=month) if told is None else told.roster
    had = published_frame(store, "burdens", queue=queue, month=month) if told is None else had
    this_month = published_version(store, kind="roster", queue=queue, month=month + 1)
    return LastMonth(frozen or told, roster, "" if this_month is None else this_month.version_id, had)
