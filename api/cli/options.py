"""Options that several subcommands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
import typer


def _month(text: str) -> pd.Period:
    try:
        month = pd.Period(text, freq="M")
    except ValueError:
        month = None
    if month is None or str(month) != text:
        raise typer.BadParameter(f"{text!r} is not a month; write it like 2026-12")
    return month


History = Annotated[
    Path, typer.Option("--history", help="Calls by interval: csv, csv.gz, tsv, xlsx or parquet.", show_default=False)
]
People = Annotated[
    Path, typer.Option("--people", help="Staff list: badge, role, contract hours, leave …", show_default=False)
]
Month = Annotated[
    pd.Period, typer.Option("--month", help="The month to plan, like 2026-12.", parser=_month, metavar="YYYY-MM")
]
OptionalMonth = Annotated[
    pd.Period | None,
    typer.Option("--month", help="The month, like 2026-12.", parser=_month, metavar="YYYY-MM", show_default=False),
]
OutFile = Annotated[Path, typer.Option("--out", help="The file to write.")]
OutFolder = Annotated[Path, typer.Option("--out", help="The folder to write to.")]
SiteFile = Annotated[
    Path | None,
    typer.Option("--site", help="Site settings (TOML): queue, service target, seats. Default: the shipped site."),
]
CalendarFile = Annotated[
    Path | None,
    typer.Option("--calendar", help="The site's own days (TOML): billing days, campaigns, faults."),
]
Country = Annotated[
    str | None, typer.Option("--country", help="Whose holidays to use (CN, FR, US …). Default: the site's.")
]
Timezone = Annotated[
    str | None, typer.Option("--timezone", help="Time zone of the history's clock. Default: the site's.")
]
Queue = Annotated[str | None, typer.Option("--queue", help="The queue, where the file holds several.")]
TimeLimit = Annotated[
    float, typer.Option("--time-limit", min=1, help="Seconds the roster may be improved for; the best so far counts.")
]
Seed = Annotated[int, typer.Option("--seed", help="The same seed and inputs give the same roster.")]
ShiftsFile = Annotated[Path | None, typer.Option("--shifts", help="Shift catalogue (TOML). Default: the shipped one.")]
RulesFile = Annotated[Path | None, typer.Option("--rules", help="Roster rules (TOML). Default: the shipped ones.")]
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
Language = Annotated[Literal["en", "zh"], typer.Option("--language", help="Language of the sentences.")]
