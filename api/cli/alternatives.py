"""What stands in the way of a planned month, and what else it could be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import pandas as pd
import typer

from api.cli import options
from api.cli.roster_days import taken_up
from api.cli.screen import done, frame_table, language_spoken, show, spoken, working
from api.inputs import read_catalogue
from api.intake import named, write_frame
from api.sentences import refusal, say
from forecaster.messages import Words
from forecaster.names import PHASES

Number = TypeVar("Number", int, float)


def why(
    month: options.PlannedMonth,
    out: options.OutFolder = Path("why"),
) -> None:
    """Say what stands in the way: shortage by interval, what relaxing each rule would buy, and who is in conflict.

    Ends with exit code 1 where rules, leave or fixed days cannot all be kept.
    """
    plan, situation = taken_up(month)
    from api.questions import hindrances

    coverage = plan.coverage
    short = coverage.loc[coverage["shortage"] > 0, ["seats_required", "seats_rostered", "shortage"]]
    hours = plan.facts["interval_minutes"] / 60
    hours_short = float(short["shortage"].sum()) * hours
    show(say("screen.short", hours=hours_short, short=len(short), intervals=len(coverage)))
    with named(month.people), working(say("screen.looking_why")) as progress:
        found, prices = hindrances(
            plan, situation, progress=lambda phase, what: progress(f"{spoken(PHASES[phase])} {what}")
        )
    files = [write_frame(short, out / "shortage.csv"), write_frame(found, out / "conflicts.csv")]
    if prices is not None:
        frame_table(_prices_shown(prices), title=say("screen.relaxing"))
        files.append(write_frame(prices, out / "prices.csv"))
    for text in found["message_zh" if language_spoken() == "zh" else "message"]:
        show(text)
    if found.empty:
        show(say("screen.no_conflict"))
    done(*files)
    if len(found):
        raise typer.Exit(1)


def _prices_shown(prices: pd.DataFrame) -> pd.DataFrame:
    """Return the prices as the screen shows them: in surplus seat-hours, and in seat-hours less short."""
    from optimizer.law.rule_words import RULES, rule_named

    zh = language_spoken() == "zh"
    figures = prices[["gain", "shortage_hours_less"]].round(1) + 0.0  # no minus before a nought
    figures.columns = pd.Index(["gain", "hours less short"])
    rules = [rule_named(name) if name in RULES else Words(say("why.more_people").zh, name) for name in prices["rule"]]
    names = {"rule": [spoken(one) for one in rules], "change": prices["change_zh" if zh else "change"]}
    return pd.concat([pd.DataFrame(names), figures], axis=1)


def what_if(
    month: options.PlannedMonth,
    out: options.OutFolder = Path("what_if"),
    headcount: Annotated[
        str, typer.Option("--headcount", help="People more or fewer, with commas: -5,5,10.", show_default=False)
    ] = "",
    role: Annotated[str, typer.Option("--role", help="Of which role.")] = "inbound",
    contract_hours: Annotated[
        str, typer.Option("--contract-hours", help="Contracts of so many hours a week: 36,38.", show_default=False)
    ] = "",
    shift_set: Annotated[
        list[Path] | None, typer.Option("--shift-set", help="Another shift catalogue (TOML). Repeatable.")
    ] = None,
) -> None:
    """Compare headcounts, contracts and shift sets: the least shortage that any lawful roster could have, and surplus.

    Proven by a relaxation, without building rosters: some seconds a scenario at any size.
    """
    plan, situation = taken_up(month)
    from api.questions import compared
    from api.reports.charts import png_if_drawn
    from api.reports.what_if_charts import scenario_words, what_if_chart

    sets = {path.stem: read_catalogue(path) for path in shift_set or []}
    with working(PHASES["comparing"]) as progress, named(month.people):
        table = compared(
            plan,
            situation,
            headcount=_numbers(headcount, "--headcount", int),
            role=role,
            contract_hours=_numbers(contract_hours, "--contract-hours", float),
            shift_sets=sets,
            progress=progress,
        )
    shown = table.assign(scenario=[spoken(scenario_words(name)) for name in table["scenario"]])
    frame_table(shown.round(1), title=say("screen.scenarios"))
    done(write_frame(table, out / "what_if.csv"), *png_if_drawn(what_if_chart(table), out / "what_if.png"))


def _numbers(text: str, name: str, kind: Callable[[str], Number]) -> list[Number]:
    try:
        return [kind(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise refusal("option.numbers", name=name, text=text) from None


def shifts_design(
    month: options.PlannedMonth,
    out: options.OutFolder = Path("shifts"),
    start_times: Annotated[
        str, typer.Option("--start-times", help="Numbers of different start times to try, with commas.")
    ] = "2,3,4,5,6,8",
    every: Annotated[
        int | None,
        typer.Option("--every", help="Start times every so many minutes, not those of the catalogue alone: 60 or 30."),
    ] = None,
    choose: Annotated[
        int | None,
        typer.Option("--choose", min=1, help="Also write the catalogue with so many start times as shifts.toml."),
    ] = None,
) -> None:
    """Propose the shifts themselves: how few start times leave how little shortage, out of those of a catalogue."""
    plan, situation = taken_up(month)
    from api.questions import designed
    from api.reports.charts import png_if_drawn
    from api.reports.what_if_charts import start_times_chart
    from api.whole_files import write_whole_text
    from optimizer.law.shifts import toml_of

    counts = {*_numbers(start_times, "--start-times", int), *([] if choose is None else [choose])}
    with working(PHASES["designing"]):
        curve, season = designed(plan, situation, start_times=sorted(counts), every_minutes=every)
    frame_table(curve.drop(columns="shifts").round(1), title=say("screen.usual_week"))
    files = [write_frame(curve, out / "shifts.csv"), *png_if_drawn(start_times_chart(curve), out / "shifts.png")]
    if choose is not None:
        row = curve.set_index("start_times").loc[choose]
        codes = str(row["shifts"]).split(", ")
        chosen = toml_of([shift for shift in season if shift.code in codes])
        files.append(write_whole_text(out / "shifts.toml", chosen))
    done(*files)
