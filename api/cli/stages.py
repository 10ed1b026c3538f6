"""One stage of the month at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from api.cli import options
from api.cli.screen import breaches_shown, done, frame_table, language_spoken, show, spoken, working
from api.inputs import read_demand, read_judge, read_supply, refuse_what_cannot_be
from api.intake import InputError, named, read_forecast, read_overrides, read_requirement, read_seats, write_frame
from api.sentences import say
from api.site import Site, read_site, requirement_of, with_handling_times
from forecaster.history.intervals import month_intervals, plan_cutoff, require_same_intervals
from forecaster.history.periods import period_words
from forecaster.messages import Words
from forecaster.requirement.varying_load import Staffing

SHOWN_BREACHES = 20


def forecast(
    files: options.HistoryFiles,
    month: options.Month,
    out: options.OutFile = Path("forecast.csv"),
    explain: Annotated[
        Path | None, typer.Option("--explain", help="Also write each day as a product of its named effects.")
    ] = None,
    effects: Annotated[
        Path | None, typer.Option("--effects", help="Also write what was learned of each effect, with its limits.")
    ] = None,
    overrides: options.OverridesFile = None,
) -> None:
    """Forecast a month's calls, interval by interval, with 80 % and 95 % bands.

    Made as the planning calendar has it: from the history through the 24th of the month before. An effect that
    `--effects` lists is set by an `[[effect]]` (name, factor) in the calendar file; a stretch of time by `--overrides`.
    """
    demand = read_demand(**vars(files))
    from api.planning import forecast_of
    from forecaster.forecast import explained_month, learned_effects, predict_history, with_overrides

    notes: list[Words] = []
    with working(say("screen.forecasting", period=period_words(month))):
        frame = forecast_of(demand, month, tell=notes.append)
    changes = read_overrides(overrides, timezone=demand.history.timezone) if overrides is not None else ()
    if changes:
        frame = with_overrides(frame, changes)
    for note in notes:
        show(f"- {spoken(note)}")
    daily = frame["calls"].resample("D").sum()
    busiest = {"day": f"{daily.idxmax():%Y-%m-%d}", "most": daily.max()}
    show(say("screen.forecast", period=period_words(month), calls=daily.sum(), **busiest))
    for one in changes:
        stretch = {"start": f"{one.start_at:%Y-%m-%d %H:%M}", "end": f"{one.end_at:%Y-%m-%d %H:%M}"}
        show(say("screen.override", **stretch, factor=one.factor, reason=one.reason))
    written = [write_frame(frame, out)]
    past, intervals = demand.history.before(plan_cutoff(month, demand.history.timezone)), pd.DatetimeIndex(frame.index)
    if explain is not None:
        told = explained_month(past, intervals, calendar=demand.calendar, overrides=changes)
        written.append(write_frame(told, explain))
    if effects is not None:
        learned = learned_effects(predict_history(past, intervals, calendar=demand.calendar))
        written.append(write_frame(learned, effects))
    done(*written)


def today(
    files: options.HistoryFiles,
    out: options.OutFile = Path("today.csv"),
) -> None:
    """Forecast the rest of the history's last day, or the next day, and say whether the day has left its band."""
    demand = read_demand(**vars(files))
    from api.today import today_of
    from forecaster.forecast import forecast_next_day

    with named(files.history), working(say("screen.looking_at_day")):
        told = today_of(demand.history, demand.calendar)
        frame = forecast_next_day(demand.history, calendar=demand.calendar)
    limits = {"lower": told.lower, "upper": told.upper}
    show(say("screen.today", day=told.day, until=told.as_of[:16], calls=told.calls_so_far, **limits))
    if told.first_outside_at is not None:
        show(say("screen.outside", since=told.first_outside_at[:16]))
    if told.still_to_come is not None:
        show(say("screen.to_come", calls=told.still_to_come))
    done(write_frame(frame, out))


def require(
    forecast_file: Annotated[Path, typer.Argument(metavar="FORECAST.csv", help="What `huawu forecast` wrote.")],
    out: options.OutFile = Path("requirement.csv"),
    site: options.SiteFile = None,
    level: Annotated[float | None, typer.Option("--level", help="Share of calls answered in time, 0–1.")] = None,
    within: Annotated[float | None, typer.Option("--within", help="In time means within so many seconds.")] = None,
    max_occupancy: Annotated[float | None, typer.Option("--max-occupancy", help="Busiest a seat may be, 0–1.")] = None,
    shrinkage: Annotated[float | None, typer.Option("--shrinkage", help="Share of paid time off the phone.")] = None,
    patience: Annotated[float | None, typer.Option("--patience", help="Mean seconds a caller would wait.")] = None,
    aht: Annotated[float | None, typer.Option("--aht", help="Handle time in seconds, in place of the file's.")] = None,
    staffing: Annotated[
        Staffing | None, typer.Option("--staffing", help="How calls that come and go between intervals are met.")
    ] = None,
    quantile: Annotated[
        float | None, typer.Option("--quantile", help="Meet the target with this probability (0–1), not on average.")
    ] = None,
) -> None:
    """Turn forecast calls into seats: the fewest that meet the service target, and the people to roster for them.

    Everything not said here comes from the site's settings.
    """
    settings = read_site(site)
    frame = read_forecast(forecast_file, timezone=settings.timezone)
    step = frame.index.to_series().diff().min()
    minutes = settings.interval_minutes if pd.isna(step) else int(step.total_seconds() // 60)
    frame = with_handling_times(frame, settings) if aht is None else frame.assign(aht_seconds=aht)
    wanted: dict[str, Any] = {
        "service_level": level,
        "answer_within_seconds": within,
        "max_occupancy": max_occupancy,
        "shrinkage": shrinkage,
        "patience_seconds": patience,
    }
    with named(forecast_file), working(say("screen.computing_seats")):
        asked = replace(
            settings,
            interval_minutes=minutes,
            target=replace(settings.target, **{name: value for name, value in wanted.items() if value is not None}),
            staffing=staffing or settings.staffing,
            quantile=settings.quantile if quantile is None else quantile,
        )
        need = requirement_of(frame, asked)
    seats, people = (need[column] * minutes / 60 for column in ("seats_required", "people_to_roster"))
    show(say("screen.seats", seats=seats.sum(), people=people.sum()))
    show(say("screen.most_seats", most=int(need["seats_required"].max())))
    done(write_frame(need, out))


def roster(
    files: options.SiteFiles,
    requirement_file: Annotated[
        Path,
        typer.Option(
            "--requirement",
            help="What `huawu require` wrote; interval_start and seats_required are enough.",
            show_default=False,
        ),
    ],
    people: options.People,
    month: options.Month,
    out: options.OutFile = Path("roster.csv"),
    last_roster: options.LastRoster = None,
    forecast_file: Annotated[
        Path | None,
        typer.Option("--forecast", help="What `huawu forecast` wrote: value each seat over its whole band."),
    ] = None,
    time_limit: options.TimeLimit = 60,
    seed: options.Seed = 0,
) -> None:
    """Build the month's lawful roster for the seats required, or for what each seat is worth over a forecast's band."""
    settings = read_site(files.site)
    read = read_seats if forecast_file is None else read_requirement
    need = read(requirement_file, timezone=settings.timezone)
    with named(requirement_file):
        step = int(need.index.to_series().diff().min().total_seconds() // 60) if len(need) > 1 else 60
        wanted = month_intervals(month, settings.timezone, interval_minutes=step)
        both = say("requirement.and_month", month=month)
        require_same_intervals(pd.DatetimeIndex(need.index), wanted, names=both)
    worth = None if forecast_file is None else _worth(forecast_file, need, settings)
    from api.planning import ready_search
    from optimizer import plan_roster
    from optimizer.law.seat_columns import wanted_column

    supply = read_supply(people, month, **vars(files), last_roster=last_roster)
    refuse_what_cannot_be(supply)
    with (
        working(say("screen.rostering", people=len(supply.situation.people), period=period_words(month))) as progress,
        named(people),
    ):
        ready_search(progress)
        result = plan_roster(
            need,
            supply.situation,
            seed=seed,
            time_limit_seconds=time_limit,
            worth=worth,
            progress=progress,
        )
    wanted_seats = need[wanted_column(need)]
    show(say("screen.rostered", short=result.shortage_hours, wanted=wanted_seats.sum() * step / 60))
    done(write_frame(result.roster, out), write_frame(result.coverage, out.with_name(f"{out.stem}_coverage.csv")))


def _worth(forecast_file: Path, need: pd.DataFrame, settings: Site) -> pd.DataFrame:
    """Return what each person on shift is worth over the band of a forecast of the requirement's intervals."""
    frame = read_forecast(forecast_file, timezone=settings.timezone)
    with named(forecast_file):
        require_same_intervals(
            pd.DatetimeIndex(frame.index),
            pd.DatetimeIndex(need.index),
            names=say("requirement.and_forecast"),
        )
        from api.planning import worth_of

        return worth_of(with_handling_times(frame, settings), need, settings)


def check(
    roster_file: Annotated[
        Path, typer.Argument(metavar="ROSTER", help="The roster, whoever made it: csv or xlsx, rows or people by days.")
    ],
    files: options.SiteFiles,
    people: options.People,
    month: options.Month,
    last_roster: options.LastRoster = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the breaches to this file.")] = None,
) -> None:
    """Check a roster against every hard rule, without the solver. Ends with exit code 1 where a rule is broken.

    A roster made by hand needs badge, date and shift alone, or people down and days across as in Excel; times, meals
    and minutes are then the catalogue's.
    """
    from api.intake.handmade_roster import read_any_roster
    from optimizer.law.lawfulness import broken_rules

    situation = read_judge(people, month, **vars(files), last_roster=last_roster)
    given = read_any_roster(roster_file, situation)
    strangers = given.loc[~given["badge"].isin([p.badge for p in situation.people])]
    if len(strangers):
        raise InputError(
            roster_file, say("roster.strangers", people=people.name), column="badge", value=strangers["badge"].iloc[0],
        )  # fmt: skip
    with named(roster_file):
        broken = broken_rules(given, situation)
    if out is not None:
        done(write_frame(broken, out))
    if broken.empty:
        show(say("screen.lawful", people=given["badge"].nunique(), entries=len(given)))
        return
    frame_table(breaches_shown(broken.head(SHOWN_BREACHES)))
    show(say("screen.breaches", count=len(broken), rules=broken["rule"].nunique()))
    if len(broken) > SHOWN_BREACHES:
        show(say("screen.first_shown", count=SHOWN_BREACHES))
    raise typer.Exit(1)


def backtest(
    files: options.HistoryFiles,
    months: Annotated[
        int | None, typer.Option("--months", min=1, help="Test only the last so many months.", show_default="all")
    ] = None,
    out: options.OutFile = Path("backtest.csv"),
    page: Annotated[
        Path | None, typer.Option("--page", help="Also write an HTML page: by day type, hour, days ahead, model.")
    ] = None,
    overrides: options.OverridesFile = None,
    against: Annotated[
        str,
        typer.Option(
            "--against", help="Beside it: workbook, uc, ets (of statsmodels), four_weeks_before, a_year_before."
        ),
    ] = "workbook",
) -> None:
    """Show how far the forecast can be trusted: past months made again from what was known on the 24th before."""
    demand = read_demand(**vars(files))
    from api.reports.backtest_page import write_backtest_page
    from api.reports.month_report import accuracy_table
    from forecaster.forecast import backtest_intervals, backtest_tables, forecasters_named, months_to_test

    others = forecasters_named(name.strip() for name in against.split(",") if name.strip())
    with named(files.history):
        chosen = months_to_test(demand.history)
        if months is not None:
            chosen = chosen[-months:]
        with working(say("screen.testing_months")) as progress:
            changes = read_overrides(overrides, timezone=demand.history.timezone) if overrides is not None else ()
            tested = backtest_intervals(
                demand.history,
                calendar=demand.calendar,
                months=chosen,
                overrides=changes,
                forecasters=others,
                progress=lambda k, n: progress(f"{k + 1}/{n}"),
            )
            tables = backtest_tables(tested, history=demand.history, calendar=demand.calendar, overrides=changes)
            scores = tables["month"]
    frame_table(accuracy_table(scores, language_spoken()), title=say("screen.accuracy"))
    if changes:
        worth = tables["override"]
        nearer = int((worth["gained"] > 0).sum())
        show(say("screen.overrides_worth", nearer=nearer, count=len(worth), gained=worth["gained"].sum()))
    written = [write_frame(scores, out)]
    if page is not None:
        written.append(write_backtest_page(tested, tables, page, queue=demand.history.queue))
    done(*written)


def staff(
    files: options.HistoryFiles,
    month: options.Month,
    out: options.OutFile = Path("people.csv"),
    seed: options.Seed = 0,
) -> None:
    """Make up a staff list sized to the history's calls, to try the planner with: badges, roles, some leave."""
    demand = read_demand(**vars(files))
    from api.planning import forecast_of
    from api.sample import staff_for

    people = staff_for(forecast_of(demand, month), demand.site, month, seed=seed)
    show(say("screen.made_up", people=len(people), inbound=int((people["role"] == "inbound").sum())))
    done(write_frame(people, out))
