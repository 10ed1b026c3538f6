"""The next days of a planned month: what has changed, and the way back to the promise."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from api.cli import options
from api.cli.database import open_store
from api.cli.roster_days import OptionalDay, Overtime, taken_up
from api.cli.screen import done, frame_table, language_spoken, show, working
from api.inputs import read_demand
from api.intake import named, write_frame
from api.plan import write_plan
from api.sentences import refusal, say

if TYPE_CHECKING:
    from api.tomorrow import DaysAhead

SHOWN = 40
Numbers = Annotated[str, typer.Option("--take", help="Which changes to take, by number: 1,3-5, or all.")]


def tomorrow(
    month: options.PlannedMonth,
    history: options.History,
    day: OptionalDay = None,
    days: Annotated[int, typer.Option("--days", min=1, max=14, help="How many days to look ahead.")] = 7,
    take: Numbers = "",
    refuse: Annotated[str, typer.Option("--refuse", help="Which to refuse, so that it is remembered.")] = "",
    by: Annotated[str, typer.Option("--by", help="The badge of whoever decides; with --why also publishes it.")] = "",
    why: options.Why = "",
    attendance: Overtime = None,
    out: options.OutFolder = Path("tomorrow"),
    queue: options.Queue = None,
    mapping: options.MappingFile = None,
    database: options.Database = None,
    seed: options.Seed = 0,
) -> None:
    """Look at the next days from yesterday's calls: the level they leave, and the cheapest lawful way back.

    Every day is forecast anew and held against what the plan promised of it. Where it falls short, the fewest lawful
    changes are listed that bring it back (standby, longer shifts, other shifts, a day off moved, overtime); where there
    is too much, who could go home early on the first day. Nothing is written into the roster until --take says which;
    then the plan is written anew, and with --by and --why published as a new version.
    """
    plan, situation = taken_up(month, attendance=attendance)
    demand = read_demand(
        history,
        queue=queue,
        timezone=str(plan.facts["timezone"]),
        country=month.country,
        site=month.site,
        calendar=month.calendar,
        mapping=mapping,
    )
    if out.resolve() == month.plan_folder.resolve():
        raise refusal("option.own_folder", out=out)
    from api.tomorrow import changes_frame, decided, look_ahead

    with working(say("screen.looking_ahead")), named(history):
        ahead = look_ahead(plan, demand, situation, first_day=day, days=days, seed=seed)
    made = changes_frame(ahead.changes)
    files = _told(ahead, made, out)
    taken, refused = (_numbers(name, text, len(made)) for name, text in (("--take", take), ("--refuse", refuse)))
    if taken or refused:
        again = decided(
            plan,
            demand.site,
            situation,
            ahead.changes,
            taken=taken,
            refused=refused,
            decided_by=by,
            decided_at=datetime.now(UTC),
        )
        files += write_plan(again, out)
        show(say("screen.taken", taken=len(taken), refused=len(refused), out=out))
    done(*files)
    if by and why and (taken or refused):
        from api.cli.records import say_published
        from api.publishing import publish_folder

        say_published(publish_folder(open_store(database), out, published_by=by, files={}, why=why), again)


def _told(ahead: DaysAhead, made: pd.DataFrame, out: Path) -> list[Path]:
    """Show what was found of the next days, and return the files it was written to."""
    from api.reports.days_ahead import changes_shown, days_shown

    title = say("screen.next_days", through=f"{ahead.history_through:%Y-%m-%d %H:%M}")
    frame_table(days_shown(ahead, language_spoken()), title=title)
    for said in ahead.emergencies:
        show(said)
    if ahead.changes:
        frame_table(changes_shown(ahead, language_spoken()).head(SHOWN), title=say("screen.way_back"))
        if len(made) > SHOWN:
            show(say("screen.all_in", count=SHOWN, file=out / "changes.csv"))
        show(say("screen.hours_changed", hours=made["hours"].sum(), paid=made["paid_hours"].sum()))
    else:
        show(say("screen.nothing_changed"))
    return [
        write_frame(ahead.days, out / "days.csv"),
        write_frame(ahead.forecast, out / "forecast_ahead.csv"),
        write_frame(made, out / "changes.csv"),
    ]


def _numbers(name: str, text: str, count: int) -> set[int]:
    """Return the numbers that `1,3-5` or `all` means."""
    if text.strip() == "all":
        return set(range(1, count + 1))
    found: set[int] = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        first, _, last = part.partition("-")
        if not first.isdigit() or (last and not last.isdigit()) or int(last or first) < int(first):
            raise refusal("option.changes", name=name, text=text)
        found |= set(range(int(first), int(last or first) + 1))
    return found
