"""Options that several subcommands share, so that they read the same everywhere; those that go together as groups."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import pandas as pd
import typer


def month_of(text: str) -> pd.Period:
    """Return the month that an option names, or another period by its first and last day."""
    from forecaster.history.periods import period_named

    period = period_named(text)
    if period is None:
        raise _refused("option.month", text=text)
    return period


MOST_WEEKS = 8


def day_of(text: str) -> date:
    """Return the day that an option names."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _refused("option.day", text=text) from None


def _refused(code: str, **fields: object) -> typer.BadParameter:
    from api.cli.screen import spoken
    from api.sentences import say

    return typer.BadParameter(spoken(say(code, **fields)))


History = Annotated[
    Path, typer.Option("--history", help="Calls by interval: csv, csv.gz, tsv, xlsx or parquet.", show_default=False)
]
People = Annotated[
    Path, typer.Option("--people", help="Staff list: badge, role, contract hours, leave …", show_default=False)
]
Month = Annotated[
    pd.Period,
    typer.Option(
        "--month",
        help="The month to plan, like 2026-12, or a period, like 2026-12-07..2027-01-03.",
        parser=month_of,
        metavar="YYYY-MM",
    ),
]

FirstDay = Annotated[
    date | None,
    typer.Option(
        "--from",
        help="In place of --month: the first day of a period of weeks.",
        parser=day_of,
        metavar="YYYY-MM-DD",
    ),
]


def _file(path: Path) -> Path:
    return _beneath_a_folder(path, path.is_dir(), "option.folder_is_there")


def _folder(path: Path) -> Path:
    return _beneath_a_folder(path, path.is_file(), "option.file_is_there")


def _beneath_a_folder(path: Path, taken: bool, refusal: str) -> Path:
    """Refuse, before any work is done, a place that nothing can be written to."""
    if taken:
        raise _refused(refusal, path=path)
    above = next(one for one in path.absolute().parents if one.exists())
    if not above.is_dir():
        raise _refused("option.no_folder", path=above)
    return path


OutFile = Annotated[Path, typer.Option("--out", help="The file to write.", callback=_file)]
OutFolder = Annotated[Path, typer.Option("--out", help="The folder to write to.", callback=_folder)]
SiteFile = Annotated[
    Path | None,
    typer.Option("--site", help="Site settings (TOML): queue, service target, seats. Default: the shipped site."),
]
CalendarFile = Annotated[
    Path | None,
    typer.Option("--calendar", help="The site's own days (TOML, CSV or .xlsx): billing days, campaigns, faults."),
]
Country = Annotated[
    str | None, typer.Option("--country", help="Whose holidays to use (CN, FR, US …). Default: the site's.")
]
Timezone = Annotated[
    str | None, typer.Option("--timezone", help="Time zone of the history's clock. Default: the site's.")
]
Queue = Annotated[
    str | None, typer.Option("--queue", help="The queue, where the file holds several; `all` counts them together.")
]
Histories = Annotated[
    list[Path],
    typer.Option(
        "--history",
        help="Calls by interval: csv, csv.gz, tsv, xlsx or parquet. Several times: queues that share people.",
        show_default=False,
    ),
]
QueueOrEach = Annotated[
    str | None,
    typer.Option(
        "--queue",
        help="The queue, where the file holds several; `all` counts them together, `each` plans each by its people.",
    ),
]
TimeLimit = Annotated[
    float, typer.Option("--time-limit", min=1, help="Seconds the roster may be improved for, counted in its steps.")
]
Seed = Annotated[int, typer.Option("--seed", help="The same seed and inputs give the same roster.")]
ShiftsFile = Annotated[
    Path | None, typer.Option("--shifts", help="Shift catalogue (TOML, CSV or .xlsx). Default: the shipped one.")
]
RulesFile = Annotated[Path | None, typer.Option("--rules", help="Roster rules (TOML). Default: the shipped ones.")]
OverridesFile = Annotated[
    Path | None,
    typer.Option("--overrides", help="What the planner knows better (CSV): start_at, end_at, factor, reason, made_by."),
]
LastPlan = Annotated[
    Path | None,
    typer.Option(
        "--last-plan",
        help="The folder of last month's plan, where the database has none: tables 4 and 5 compare with it.",
    ),
]
PlanFolder = Annotated[
    Path, typer.Option("--plan", help="The folder that `huawu plan` wrote for the month.", show_default=False)
]
MappingFile = Annotated[
    Path | None, typer.Option("--mapping", help="A mapping file (TOML): headings, how cells are written, what to do.")
]
Why = Annotated[str, typer.Option("--why", help="Why it is published; required where it replaces something published.")]
Database = Annotated[
    str | None,
    typer.Option("--database", help="An SQLite file or a URL; by default the file huawu.db here.", show_default=False),
]
ServiceSettings = Annotated[
    Path | None,
    typer.Option("--settings", help="Service settings (TOML): queues, ladders, webhooks, limits.", show_default=False),
]


def language_chosen(context: typer.Context, parameter: typer.CallbackParam, language: str | None) -> str | None:
    """Have everything that is printed from here on be in a language: Chinese, or else English.

    It is the command's own, else that of `huawu --language` before the command, else that of the environment.
    """
    from api.cli.screen import speak

    source = context.get_parameter_source(parameter.name or "")
    if source is None or source.name != "COMMANDLINE":
        language = context.find_root().params.get("language") or language
    speak("zh" if language == "zh" else "en")
    return language


Language = Annotated[
    Literal["en", "zh"],
    typer.Option(
        "--language",
        help="What is printed is in this language; HUAWU_LANGUAGE says it for every command.",
        envvar="HUAWU_LANGUAGE",
        show_envvar=False,
        is_eager=True,
        callback=language_chosen,
    ),
]
LastRoster = Annotated[
    Path | None, typer.Option("--last-roster", help="Last month's roster: its last days bind this month's first.")
]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """A site and its days: options of every command that reads a month of it."""

    site: SiteFile = None
    calendar: CalendarFile = None
    country: Country = None


@dataclass(frozen=True, kw_only=True)
class SiteFiles(Surroundings):
    """The site that a month is planned for: options of every command that needs its rules."""

    shifts: ShiftsFile = None
    rules: RulesFile = None


@dataclass(frozen=True, kw_only=True)
class PlannedMonth(SiteFiles):
    """A plan, its people and its site: options of every command that takes a plan up again."""

    plan_folder: PlanFolder
    people: People
    last_roster: LastRoster = None


@dataclass(frozen=True, kw_only=True)
class PlannedPeriod:
    """What is planned: a month, or so many weeks from a day."""

    month: Annotated[
        pd.Period | None,
        typer.Option("--month", help="The month to plan, like 2026-12.", parser=month_of, metavar="YYYY-MM"),
    ] = None
    first: FirstDay = None
    weeks: Annotated[int | None, typer.Option("--weeks", min=1, max=MOST_WEEKS, help="With --from: by default 4.")] = (
        None
    )

    def period(self) -> pd.Period:
        """Return the period that the options name."""
        from forecaster.history.periods import period_from

        if (self.month is None) == (self.first is None) or (self.month is not None and self.weeks is not None):
            raise _refused("option.month_or_weeks")
        if self.first is not None:
            return period_from(self.first, 7 * (self.weeks or 4))
        assert self.month is not None  # one of the two is
        return self.month


@dataclass(frozen=True, kw_only=True)
class HistoryFiles(Surroundings):
    """A history and how it is read: options of every command that forecasts."""

    history: History
    queue: Queue = None
    timezone: Timezone = None
    mapping: MappingFile = None


@dataclass(frozen=True, kw_only=True)
class FloorFiles(Surroundings):
    """The histories of one queue or of several that share people: options of the command that plans them."""

    histories: Histories
    queue: QueueOrEach = None
    timezone: Timezone = None
    mapping: MappingFile = None


@dataclass(frozen=True)
class HowRead:
    """How a file is to be read, and told of: options of every command that looks at one."""

    mapping: MappingFile = None
    timezone: Annotated[str, typer.Option("--timezone", help="Time zone of the file's clock.")] = "Asia/Shanghai"
    interval_minutes: Annotated[
        int | None, typer.Option("--interval-minutes", help="Read it in intervals of this length.")
    ] = None
    queue: Queue = None


OPTION_GROUPS = (SiteFiles, PlannedMonth, PlannedPeriod, HistoryFiles, FloorFiles, HowRead)


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command with an option for every field of the groups among its parameters, and for its language."""
    hints = get_type_hints(command, include_extras=True)
    groups = {name: kind for name, kind in hints.items() if kind in OPTION_GROUPS}
    shown: dict[str, inspect.Parameter] = {}
    for name, parameter in inspect.signature(command).parameters.items():
        if name not in groups:
            shown[name] = parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
            continue
        kinds = get_type_hints(groups[name], include_extras=True)
        fields = sorted(dataclasses.fields(groups[name]), key=lambda one: one.default is not dataclasses.MISSING)
        for field in fields:  # what has to be given stands first in the help
            default = inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default
            shown[field.name] = inspect.Parameter(
                field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kinds[field.name]
            )

    heard = "language" not in hints
    if heard:
        shown["language"] = inspect.Parameter(
            "language", inspect.Parameter.KEYWORD_ONLY, default="en", annotation=Language
        )

    @functools.wraps(command)
    def asked(**given: Any) -> None:
        if heard:
            del given["language"]
        for name, kind in groups.items():
            fields = [field.name for field in dataclasses.fields(kind)]
            given[name] = kind(**{field: given.pop(field) for field in fields})
        command(**given)

    asked.__signature__ = inspect.Signature(list(shown.values()))  # type: ignore[attr-defined]
    asked.__annotations__ = {name: parameter.annotation for name, parameter in shown.items()}
    del asked.__wrapped__  # or its own parameters would be asked for
    return asked
