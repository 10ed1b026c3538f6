"""The roster from day to day, and what else it could have been."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from api.cli import options
from api.cli.screen import breaches_shown, done, frame_table, show, working
from api.inputs import read_catalogue, read_supply
from api.intake import named, read_requirement, write_frame
from api.plan import Plan, read_plan, write_plan
from api.sentences import refusal
from api.site import read_site

SHOWN = 20
SHOWN_OF_A_PART = 4
Language = options.Language
Overtime = Annotated[
    Path | None,
    typer.Option("--attendance", help="Attendance file; its overtime counts against the law's day and month."),
]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date; write it like 2026-12-07") from None


Day = Annotated[date, typer.Option("--date", help="The day, like 2026-12-07.", parser=_day, metavar="YYYY-MM-DD")]


class Given:
    """What every command here reads: the plan, and what its roster is given.situationd by."""

    def __init__(self, month: options.PlannedMonth, *, attendance: Path | None = None) -> None:
        self.plan: Plan = read_plan(month.plan_folder)
        files = {key: value for key, value in vars(month).items() if key not in ("plan_folder", "people")}
        files["site"] = replace(read_site(month.site), timezone=str(self.plan.facts["timezone"]))
        self.situation = read_supply(month.people, self.plan.month, **files).situation
        if attendance is not None:
            self.situation = replace(self.situation, overtime=_overtime(attendance))


def cover(
    month: options.PlannedMonth,
    day: Day,
    badge: Annotated[str | None, typer.Option("--badge", help="Whose shift of that day has to be covered.")] = None,
    shift: Annotated[str | None, typer.Option("--shift", help="Or the shift itself, as the catalogue has it.")] = None,
    role: Annotated[str | None, typer.Option("--role", help="Only people of this role.")] = None,
    attendance: Overtime = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write everybody to this file.")] = None,
    language: Language = "en",
) -> None:
    """Say who could lawfully cover a shift: standby first, then who has most hours left; and why the others could not.

    Then which parts of it overtime could cover: staying on after the own shift, coming before it, being called in.
    Ends with exit code 1 where neither is lawful.
    """
    from optimizer.desk.cover import cover_by_overtime, who_could_cover
    from optimizer.law.changes import code_of
    from optimizer.law.people import DAY_OFF

    given = Given(month, attendance=attendance)
    if (badge is None) == (shift is None):
        raise refusal("option.badge_or_shift")
    if badge is not None:
        role = role or given.situation.person(badge).role
        shift = code_of(given.plan.roster, badge, day)
        if shift in (DAY_OFF, "leave", "standby"):
            raise refusal("option.no_shift", badge=badge, day=day, shift=shift)
    assert shift is not None
    found = who_could_cover(given.plan.roster, given.situation, day=day, shift=shift, role=role)
    found = found[found["badge"] != badge]
    shown = found.head(SHOWN).assign(hours_left=found["minutes_left"] / 60)
    told = shown[["badge", "role", "lawful", "hours_left"]].assign(why_not=_first_reasons(shown, language))
    frame_table(told, title=f"Who could work {shift} on {day}")
    lawful = int(found["lawful"].sum())
    show(f"{lawful} of {len(found)} people who are off could lawfully work it")
    parts = cover_by_overtime(given.plan.roster, given.situation, day=day, shift=shift, role=role)
    parts = parts[parts["badge"] != badge].reset_index(drop=True)
    if len(parts):
        title = f"Parts of {shift} that overtime could lawfully cover"
        frame_table(_best_of_each_part(parts), title=title)
    show(f"{parts['badge'].nunique()} people could cover a part of it by overtime")
    if out is not None:
        done(write_frame(found, out), write_frame(parts, out.with_name(f"{out.stem}_overtime{out.suffix}")))
    if not lawful and parts.empty:
        raise typer.Exit(1)


def _first_reasons(rows: pd.DataFrame, language: str) -> list[str]:
    """Return the first reason of each, without the badge that stands beside it; a file has them whole."""
    column, mark = ("reason_zh", "工号") if language == "zh" else ("reason", "badge")
    firsts = [re.split(r";\s*", reason)[0] for reason in rows[column]]
    return [
        re.sub(rf"^{mark} {re.escape(badge)}(,| on )?", "", one)
        for badge, one in zip(rows["badge"], firsts, strict=True)
    ]


def _best_of_each_part(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the first few of each part, with times alone, as the screen shows them."""
    best = parts.groupby(["start_at", "how"], sort=False).head(SHOWN_OF_A_PART)
    times = {name: [f"{at:%H:%M}" for at in best[name]] for name in ("start_at", "end_at")}
    return best.assign(**times)


def overtime(
    month: options.PlannedMonth,
    at: Annotated[datetime, typer.Option("--at", help="The moment on the site's clock, like 2026-12-08T10:00.")],
    minutes: Annotated[int, typer.Option("--minutes", min=1, help="How long the help is needed.")] = 120,
    attendance: Overtime = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write both lists to, whole.")] = None,
    language: Language = "en",
) -> None:
    """Say who could lawfully stay longer (rung 5) and who be called in (rung 6), and why the others could not."""
    from optimizer.desk.cover import people_to_call, people_who_can_stay

    given = Given(month, attendance=attendance)
    if given.plan.month != pd.Period(at, freq="M"):
        raise refusal("option.at_outside", at=at, month=given.plan.month)
    moment = pd.Timestamp(at).tz_localize(given.situation.timezone, ambiguous=True, nonexistent="shift_forward")
    stay = people_who_can_stay(given.plan.roster, given.situation, at=moment, minutes=minutes)
    call = people_to_call(given.plan.roster, given.situation, at=moment, minutes=minutes)
    longer = stay.head(SHOWN).assign(end_at=[f"{end:%H:%M}" for end in stay["end_at"].head(SHOWN)])
    longer = longer[["badge", "role", "end_at", "most_minutes"]].assign(limit=_first_reasons(longer, language))
    frame_table(longer, title="Could stay longer (rung 5)")
    asked = call.head(SHOWN).assign(hours_left=call["minutes_left"].head(SHOWN) / 60)
    asked = asked[["badge", "role", "standby", "hours_left"]].assign(why_not=_first_reasons(asked, language))
    frame_table(asked, title="Could be called in (rung 6)")
    whole, lawful = int((stay["most_minutes"] >= minutes).sum()), int((call["rule"] == "").sum())
    show(f"{whole} people on shift could stay for {minutes} minutes; {lawful} others could be called in")
    if out is not None:
        done(write_frame(stay, out / "stay.csv"), write_frame(call, out / "call.csv"))


def _overtime(attendance: Path) -> pd.DataFrame:
    from api.reports.register import read_attendance

    marks = read_attendance(attendance)
    return marks.loc[marks["kind"] == "overtime", ["badge", "date", "minutes"]]


def _place(text: str, name: str) -> tuple[str, date]:
    badge, equals, day = text.partition("=")
    try:
        if equals and badge.strip():
            return badge.strip(), date.fromisoformat(day.strip())
    except ValueError:
        pass
    raise refusal("option.pair", name=name, text=text)


def swap(
    month: options.PlannedMonth,
    one: Annotated[str, typer.Option("--one", help="Badge and day, like 1001=2026-12-07.", show_default=False)],
    other: Annotated[str, typer.Option("--other", help="With whom, and which day.", show_default=False)],
    language: Language = "en",
) -> None:
    """Say whether two people may exchange their days; nothing is written. Ends with exit code 1 where they may not."""
    from optimizer.desk.cover import check_swap

    given = Given(month)
    broken = check_swap(given.plan.roster, given.situation, one=_place(one, "--one"), other=_place(other, "--other"))
    if broken.empty:
        show("lawful: the exchange breaks no rule; both still have to agree (N2)")
        return
    frame_table(breaches_shown(broken, language), title="What the exchange would newly break")
    raise typer.Exit(1)


def replan(
    month: options.PlannedMonth,
    out: options.OutFolder = Path("replan"),
    away: Annotated[
        list[str] | None, typer.Option("--away", help="Who is away now, like 1001=2026-12-07..2026-12-09. Repeatable.")
    ] = None,
    requirement_file: Annotated[
        Path | None, typer.Option("--requirement", help="What is required now, as `huawu require` wrote it.")
    ] = None,
    frozen_before: Annotated[
        date | None,
        typer.Option("--frozen-before", help="Days before this one stay as they are.", parser=_day, metavar="DATE"),
    ] = None,
    most_changes: Annotated[
        int | None,
        typer.Option("--most-changes", min=0, help="Most days changed beyond those that have to. Default: what pays."),
    ] = None,
    seed: options.Seed = 0,
) -> None:
    """Repair a roster after sickness, leave or a changed forecast, with the fewest changes.

    Who is away stands in the staff list's leave or in --away. The plan is written anew beside the old one, with the
    changed days in changes.csv.
    """
    from api.replanning import absence, replan_month

    given = Given(month)
    if out.resolve() == month.plan_folder.resolve():
        raise refusal("option.own_folder", out=out)
    need = None if requirement_file is None else read_requirement(
        requirement_file, timezone=str(given.plan.facts["timezone"])
    )  # fmt: skip
    with working("Repairing the roster"), named(month.people if requirement_file is None else requirement_file):
        made = replan_month(
            given.plan,
            given.situation,
            absences=[absence(text) for text in away or []],
            requirement=need,
            frozen_before=frozen_before,
            most_changes=most_changes,
            repaired_at=datetime.now(UTC),
            seed=seed,
        )
    changes = made.repair.changes
    frame_table(changes.head(SHOWN), title=f"{len(changes)} changed days, {made.repair.needed} of them forced")
    if len(changes) > SHOWN:
        show(f"the first {SHOWN} are shown; all stand in {out / 'changes.csv'}")
    before, after = given.plan.facts["shortage_hours"], made.plan.facts["shortage_hours"]
    show(f"shortage {after:,.1f} seat-hours; the plan said {before:,.1f}")
    done(*write_plan(made.plan, out), write_frame(changes, out / "changes.csv"))


def why(
    month: options.PlannedMonth,
    out: options.OutFolder = Path("why"),
    language: Language = "en",
) -> None:
    """Say what stands in the way: shortage by interval, what relaxing each rule would buy, and who is in conflict.

    Ends with exit code 1 where rules, leave or fixed days cannot all be kept.
    """
    from optimizer.desk.what_if import price_of_rules
    from optimizer.search.conflicts import conflicts

    given = Given(month)
    need, situation = given.plan.requirement, given.situation
    coverage = given.plan.coverage
    short = coverage.loc[coverage["shortage"] > 0, ["seats_required", "seats_rostered", "shortage"]]
    hours = given.plan.facts["interval_minutes"] / 60
    show(f"{short['shortage'].sum() * hours:,.1f} seat-hours short in {len(short)} of {len(coverage)} intervals")
    with named(month.people):
        with working("Looking for conflicts"):
            found = conflicts(need, situation)
        files = [write_frame(short, out / "shortage.csv"), write_frame(found, out / "conflicts.csv")]
        if not (found["rule"] == "fixed_shift").any():  # of a month that cannot be, nothing has a price
            with working("Pricing the rules") as progress:
                prices = price_of_rules(need, situation, progress=progress)
            frame_table(_prices_shown(prices, language), title="What relaxing each rule by one unit would buy")
            files.append(write_frame(prices, out / "prices.csv"))
    for text in found["message_zh" if language == "zh" else "message"]:
        show(text)
    if found.empty:
        show("no rule keeps another from being kept")
    done(*files)
    if len(found):
        raise typer.Exit(1)


def _prices_shown(prices: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return the prices as the screen shows them: in surplus seat-hours, and in seat-hours less short."""
    figures = prices[["gain", "shortage_hours_less"]].round(1) + 0.0  # no minus before a nought
    figures.columns = pd.Index(["gain", "hours less short"])
    return pd.concat([prices[["rule", "change_zh" if language == "zh" else "change"]], figures], axis=1)


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
    from api.replanning import scenarios_of
    from api.reports.charts import write_png
    from api.reports.what_if_charts import what_if_chart
    from optimizer.desk import what_if as scenarios

    given = Given(month)
    sets = {path.stem: read_catalogue(path) for path in shift_set or []}
    wanted = scenarios_of(
        given.situation,
        headcount=[int(number) for number in _numbers(headcount, "--headcount")],
        role=role,
        contract_hours=_numbers(contract_hours, "--contract-hours"),
        shift_sets=sets,
    )
    with working("Comparing") as progress, named(month.people):
        table = scenarios.what_if(given.plan.requirement, wanted, progress=progress)
    shown = table.rename(columns={name: name.replace("_", " ") for name in table.columns})
    frame_table(shown.round(1), title="At best, over the month: seat-hours short and to spare")
    done(write_frame(table, out / "what_if.csv"), write_png(what_if_chart(table), out / "what_if.png"))


def _numbers(text: str, name: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",") if part.strip()]
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
        int | None, typer.Option("--choose", help="Also write the catalogue with so many start times as shifts.toml.")
    ] = None,
) -> None:
    """Propose the shifts themselves: how few start times leave how little shortage, out of those of a catalogue."""
    from api.reports.charts import write_png
    from api.reports.what_if_charts import start_times_chart
    from api.whole_files import write_whole_text
    from optimizer.desk.shift_design import design_shifts, shifts_every
    from optimizer.law.shifts import toml_of

    given = Given(month)
    counts = {int(number) for number in _numbers(start_times, "--start-times")} | ({choose} if choose else set())
    roles = given.situation.rules.cover_roles
    agents = [person for person in given.situation.people if person.role in roles]
    weeks = sum(min(given.situation.rules.weekly_hours, person.contract_hours_per_week) for person in agents)
    season = given.situation.catalogue.in_month(given.plan.month.month)
    if every is not None:
        season = shifts_every(season, every)
    with working("Designing shifts"):
        curve = design_shifts(given.plan.requirement, season, hours_per_week=weeks, start_times=sorted(counts))
    frame_table(curve.drop(columns="shifts").round(1), title="Seat-hours of the usual week")
    files = [write_frame(curve, out / "shifts.csv"), write_png(start_times_chart(curve), out / "shifts.png")]
    if choose is not None:
        row = curve.set_index("start_times").loc[choose]
        codes = str(row["shifts"]).split(", ")
        chosen = toml_of([shift for shift in season if shift.code in codes])
        files.append(write_whole_text(out / "shifts.toml", chosen))
    done(*files)
