"""The roster from day to day: who could help, who may swap, and a repair."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from api.cli import options
from api.cli.screen import breaches_shown, done, frame_table, language_spoken, show, spoken, working
from api.inputs import read_judge
from api.intake import named, read_requirement, write_frame
from api.plan import Plan, read_plan, write_plan
from api.sentences import refusal, say
from forecaster.names import COLUMN_WORDS
from optimizer.law.situation import Situation

SHOWN = 20
SHOWN_OF_A_PART = 4
Overtime = Annotated[
    Path | None,
    typer.Option("--attendance", help="Attendance file; its overtime counts against the law's day and month."),
]


def taken_up(month: options.PlannedMonth, *, attendance: Path | None = None) -> tuple[Plan, Situation]:
    """Return a planned month, and what its roster is judged by; the overtime of an attendance file counts."""
    plan = read_plan(month.plan_folder)
    files = {key: value for key, value in vars(month).items() if key not in ("plan_folder", "people")}
    overtime, timezone = overtime_in(attendance), str(plan.facts["timezone"])
    return plan, read_judge(month.people, plan.month, timezone=timezone, overtime=overtime, **files)


def overtime_in(attendance: Path | None) -> pd.DataFrame | None:
    """Return the overtime of an attendance file: `badge, date, minutes`."""
    if attendance is None:
        return None
    from api.reports.register import read_attendance

    marks = read_attendance(attendance)
    return marks.loc[marks["kind"] == "overtime", ["badge", "date", "minutes"]]


OptionalDay = Annotated[
    date | None,
    typer.Option("--date", help="The first day, like 2026-12-07.", parser=options.day_of, metavar="YYYY-MM-DD"),
]
Day = Annotated[
    date, typer.Option("--date", help="The day, like 2026-12-07.", parser=options.day_of, metavar="YYYY-MM-DD")
]


def cover(
    month: options.PlannedMonth,
    day: Day,
    badge: Annotated[str | None, typer.Option("--badge", help="Whose shift of that day has to be covered.")] = None,
    shift: Annotated[str | None, typer.Option("--shift", help="Or the shift itself, as the catalogue has it.")] = None,
    role: Annotated[str | None, typer.Option("--role", help="Only people of this role.")] = None,
    attendance: Overtime = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write everybody to this file.")] = None,
) -> None:
    """Say who could lawfully cover a shift: standby first, then who has most hours left; and why the others could not.

    Then which parts of it overtime could cover: staying on after the own shift, coming before it, being called in.
    Ends with exit code 1 where neither is lawful.
    """
    if bool(badge) == bool(shift):
        raise refusal("option.badge_or_shift")
    plan, situation = taken_up(month, attendance=attendance)
    from api.questions import cover_of

    found = cover_of(plan, situation, day, badge=badge or "", shift=shift or "", role=role)
    shown = found.people.head(SHOWN).assign(hours_left=found.people["minutes_left"] / 60)
    told = shown[["badge", "role", "lawful", "hours_left"]].assign(why_not=_first_reasons(shown))
    frame_table(told, title=say("screen.cover", shift=found.shift, day=day))
    lawful = int(found.people["lawful"].sum())
    show(say("screen.cover_lawful", lawful=lawful, people=len(found.people)))
    parts = found.overtime
    if len(parts):
        frame_table(_best_of_each_part(parts), title=say("screen.cover_parts", shift=found.shift))
    show(say("screen.cover_overtime", people=parts["badge"].nunique()))
    if out is not None:
        done(write_frame(found.people, out), write_frame(parts, out.with_name(f"{out.stem}_overtime{out.suffix}")))
    if not lawful and parts.empty:
        raise typer.Exit(1)


def _first_reasons(rows: pd.DataFrame) -> pd.Series:
    """Return the first reason of each, without the badge that stands beside it; a file has them whole."""
    return rows["first_reason_zh" if language_spoken() == "zh" else "first_reason"]


def _best_of_each_part(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the first few of each part, with times alone, as the screen shows them."""
    best = parts.groupby(["start_at", "how"], sort=False).head(SHOWN_OF_A_PART)
    times = {name: [f"{at:%H:%M}" for at in best[name]] for name in ("start_at", "end_at")}
    return best.assign(**times, how=[spoken(COLUMN_WORDS[how]) for how in best["how"]])


def activities(
    month: options.PlannedMonth,
    file: Annotated[
        Path,
        typer.Option(
            "--activities", help="What to place: activity, minutes, who, together, first_on, last_on, between."
        ),
    ],
) -> None:
    """Place training, meetings and talks in the plan's shifts, where seats are free; written as its activities.csv.

    Nobody leaves the phone where no more are rostered than required. What has no place is told with the reason, and
    ends the command with exit code 1.
    """
    from api.intake.activities import read_activities
    from optimizer.desk.activities import place_activities

    plan, situation = taken_up(month)
    asked = read_activities(file)
    with named(file):
        made = place_activities(plan.roster, plan.coverage, situation, asked)
    shown = made.placed.assign(**{name: [f"{at:%H:%M}" for at in made.placed[name]] for name in ("start_at", "end_at")})
    frame_table(shown.head(SHOWN), title=say("screen.activities", month=plan.month))
    placed = "screen.placed" if made.proven else "screen.placed_so_far"
    show(say(placed, placed=len(made.placed), left_out=len(made.left_out)))
    for row in made.left_out.head(SHOWN).to_dict("records"):
        show(f"  {row['activity']} {row['badge']}: {row['reason_zh' if language_spoken() == 'zh' else 'reason']}")
    done(write_frame(made.placed, month.plan_folder / "activities.csv"))
    if len(made.left_out):
        raise typer.Exit(1)


def overtime(
    month: options.PlannedMonth,
    at: Annotated[datetime, typer.Option("--at", help="The moment on the site's clock, like 2026-12-08T10:00.")],
    minutes: Annotated[int, typer.Option("--minutes", min=1, help="How long the help is needed.")] = 120,
    attendance: Overtime = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write both lists to, whole.")] = None,
) -> None:
    """Say who could lawfully stay longer (rung 5) and who be called in (rung 6), and why the others could not."""
    plan, situation = taken_up(month, attendance=attendance)
    from api.questions import help_at

    moment = pd.Timestamp(at).tz_localize(situation.timezone, ambiguous=True, nonexistent="shift_forward")
    stay, call = help_at(plan, situation, moment, minutes)
    longer = stay.head(SHOWN).assign(end_at=[f"{end:%H:%M}" for end in stay["end_at"].head(SHOWN)])
    longer = longer[["badge", "role", "end_at", "most_minutes"]].assign(limit=_first_reasons(longer))
    frame_table(longer, title=say("screen.could_stay"))
    asked = call.head(SHOWN).assign(hours_left=call["minutes_left"].head(SHOWN) / 60)
    asked = asked[["badge", "role", "standby", "hours_left"]].assign(why_not=_first_reasons(asked))
    frame_table(asked, title=say("screen.could_come"))
    whole, lawful = int((stay["most_minutes"] >= minutes).sum()), int((call["rule"] == "").sum())
    show(say("screen.help", stay=whole, minutes=minutes, others=lawful))
    if out is not None:
        done(write_frame(stay, out / "stay.csv"), write_frame(call, out / "call.csv"))


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
) -> None:
    """Say whether two people may exchange their days; nothing is written. Ends with exit code 1 where they may not."""
    from optimizer.desk.cover import check_swap

    plan, situation = taken_up(month)
    broken = check_swap(plan.roster, situation, one=_place(one, "--one"), other=_place(other, "--other"))
    if broken.empty:
        show(say("screen.swap_lawful"))
        return
    frame_table(breaches_shown(broken), title=say("screen.swap_breaks"))
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
        typer.Option(
            "--frozen-before", help="Days before this one stay as they are.", parser=options.day_of, metavar="DATE"
        ),
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

    plan, situation = taken_up(month)
    if out.resolve() == month.plan_folder.resolve():
        raise refusal("option.own_folder", out=out)
    need = None if requirement_file is None else read_requirement(
        requirement_file, timezone=str(plan.facts["timezone"])
    )  # fmt: skip
    with working(say("screen.repairing")), named(month.people if requirement_file is None else requirement_file):
        made = replan_month(
            plan,
            situation,
            absences=[absence(text) for text in away or []],
            requirement=need,
            frozen_before=frozen_before,
            most_changes=most_changes,
            repaired_at=datetime.now(UTC),
            seed=seed,
        )
    changes = made.repair.changes
    frame_table(changes.head(SHOWN), title=say("screen.changed_days", count=len(changes), needed=made.repair.needed))
    if len(changes) > SHOWN:
        show(say("screen.all_in", count=SHOWN, file=out / "changes.csv"))
    before, after = plan.facts["shortage_hours"], made.plan.facts["shortage_hours"]
    show(say("screen.short_then_now", after=after, before=before))
    done(*write_plan(made.plan, out), write_frame(changes, out / "changes.csv"))
