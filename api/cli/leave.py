"""Leave for the months ahead."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from api.cli import options
from api.cli.screen import done, language_spoken, show, working
from api.inputs import read_demand, read_supply
from api.intake import named, write_frame
from api.sentences import say
from forecaster.names import PHASES
from optimizer.desk.leave_quota import SHORT_SHARE
from optimizer.desk.leave_requests import Ranking

MOST_SHOWN = 20  # refusals on the screen; the file has them all


def leave(
    past: options.HistoryFiles,
    people: options.People,
    out: options.OutFolder = Path("leave"),
    first: Annotated[
        pd.Period | None,
        typer.Option(
            "--from",
            help="The first month, like 2027-01.",
            parser=options.month_of,
            metavar="YYYY-MM",
            show_default="the first after the history",
        ),
    ] = None,
    months: Annotated[int, typer.Option("--months", min=1, max=12, help="How many months.")] = 12,
    requests: Annotated[
        Path | None,
        typer.Option("--requests", help="Requests: badge, first_on, last_on, asked_at, points, good_days_before."),
    ] = None,
    ranking: Annotated[
        Ranking,
        typer.Option("--ranking", help="Who goes first: with the fewest good days, who asked first, the most points."),
    ] = "fair",
    short: Annotated[
        float,
        typer.Option("--short", min=0, max=0.5, help="Share of a week's seat-hours that leave may leave uncovered."),
    ] = SHORT_SHARE,
    shifts: options.ShiftsFile = None,
    rules: options.RulesFile = None,
) -> None:
    """Say how many may be on leave each day, a year ahead, and which requests that grants.

    Places come from the forecast, the seats it needs and the people there are; leave in the staff list counts. Written:
    places by day and group (quota.csv), decisions with their reasons and days nearby with room (requests.csv), a
    workbook of both (leave.xlsx), and each month's staff list with its leave (people_2027-01.csv …), to plan from.
    """
    demand = read_demand(**vars(past))
    first = first or demand.history.end_at.tz_localize(None).to_period("M") + 1
    span = [first + number for number in range(months)]
    from api.intake.leave_requests import read_leave_requests
    from api.leave import plan_leave, staff_of, write_leave
    from optimizer.law.people import people_from_frame

    supply = read_supply(
        people, first, site=demand.site, calendar=demand.calendar, shifts=shifts, rules=rules, dated=False
    )
    asked = [] if requests is None else read_leave_requests(requests)
    with named(people):
        everybody = people_from_frame(supply.staff)
    with working(PHASES["leave"]) as progress:
        made = plan_leave(
            demand,
            supply,
            everybody,
            months=span,
            requests=asked,
            ranking=ranking,
            short_share=short,
            progress=progress,
        )
    files = [
        write_frame(made.quota, out / "quota.csv"),
        write_leave(made, out / "leave.xlsx", language=language_spoken()),
    ]
    if asked:
        files.append(write_frame(made.decisions, out / "requests.csv"))
        show(say("screen.granted", granted=made.decisions["granted"].sum(), asked=len(asked)))
        why = "reason_zh" if language_spoken() == "zh" else "reason"
        for one in made.decisions[~made.decisions["granted"]].head(MOST_SHOWN).to_dict("records"):
            show(f"  {one['badge']} {one['first_on']} – {one['last_on']}: {one[why]}")
    files += [write_frame(staff_of(supply.staff, made.people, month), out / f"people_{month}.csv") for month in span]
    done(*files)
