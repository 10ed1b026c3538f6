"""Past months planned again, and the calls that came let in."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli import options
from api.cli.screen import done, frame_table, language_spoken, show, working
from api.inputs import read_demand, read_supply
from forecaster.names import PHASES

if TYPE_CHECKING:
    from api.rehearsing import Rehearsal


def rehearse(
    past: options.HistoryFiles,
    people: options.People,
    out: options.OutFolder = Path("rehearsal"),
    months: Annotated[int, typer.Option("--months", min=1, help="How many past months, the last that are whole.")] = 6,
    against: Annotated[
        Literal["workbook"] | None, typer.Option("--against", help="Also tell the hours of a planner's workbook.")
    ] = None,
    daily: Annotated[
        bool,
        typer.Option("--daily", help="Also re-plan every evening as `huawu tomorrow` would (minutes a month)."),
    ] = False,
    ladder: Annotated[
        list[str] | None,
        typer.Option("--ladder", help="Also with this ladder live: a shipped one or a TOML file. Repeatable."),
    ] = None,
    lab: Annotated[
        Path | None, typer.Option("--lab", help="How fast people sign in, and how often the queue is read (TOML).")
    ] = None,
    shifts: options.ShiftsFile = None,
    rules: options.RulesFile = None,
    time_limit: options.TimeLimit = 20,
    seed: options.Seed = 0,
) -> None:
    """Plan past months exactly as on the 25th before each, let the calls that came come, and say what was kept.

    One row a month: promised with its range, kept, days kept, paid hours, the hours of hindsight and of a workbook for
    the same service, minutes with more than ten waiting; then in sentences how many promises held, which broke and what
    would have helped, where the hours above hindsight went, and what it costs to be 90 % sure. The simulator is not the
    planner's arithmetic: calls, patience, handling times and absences are played one by one; where the history is a log
    of calls, each comes at its own second. Leave and fixed shifts in the staff list are of one month and are left out.
    """
    demand = read_demand(**vars(past), arrivals=True)
    site, days = demand.site, demand.calendar
    supply_of = partial(read_supply, people, site=site, calendar=days, shifts=shifts, rules=rules, dated=False)
    from api.ladder_lab import ladders_named, read_lab
    from api.rehearsing import months_that_can, require_agents
    from api.rehearsing import rehearse as rehearsed

    chosen = {name: one for name, one in ladders_named(ladder or []).items() if one is not None}
    require_agents(supply_of(months_that_can(demand)[-1]))  # what cannot be read is refused before any month is planned
    with working(PHASES["rehearse"]) as progress:
        made = rehearsed(
            demand,
            supply_of,
            months=months,
            against_workbook=against is not None,
            daily=daily,
            ladders=chosen,
            lab=read_lab(lab),
            time_limit_seconds=time_limit,
            seed=seed,
            progress=lambda _, share: progress(f"{share:.0%}"),
        )
    _tell(made, out)


def _tell(made: Rehearsal, out: Path) -> None:
    """Show what was kept, and write it."""
    from api.reports.rehearsal_page import months_shown, write_rehearsal

    # Few months, many figures: a figure a line, a month a column.
    frame_table(months_shown(made.months, language_spoken()).T.rename_axis("figure").reset_index())
    for said in made.sentences:
        show(said)
    done(*write_rehearsal(made, out))
