"""Files that come in: a history looked over and mapped, empty files to begin with, the official calendar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli import options
from api.cli.screen import READING, done, language_spoken, reading_shown, show, show_reading, spoken, working
from api.sentences import refusal, say
from forecaster.messages import NOTHING, Words

if TYPE_CHECKING:
    from api.intake import Intake

READINGS_SHOWN = 4  # tables of a file, whose reading is told
ODD = {
    "gap": Words("处缺口", "gaps"),
    "zeros": Words("段可疑的零值", "runs of doubtful zeros"),
    "spike": Words("处突增", "spikes"),
    "duplicated": Words("处重复", "duplicates"),
    "step": Words("处水平突变", "steps of the level"),
}
SEEN = Words(
    "{queue}：{first} 至 {last}，每 {minutes} 分钟一段；{calls:,.0f} 通来电，{share:.1%} 的时段有观测；{odd}",
    "{queue}: {first} to {last}, every {minutes} minutes; {calls:,.0f} calls, {share:.1%} observed; {odd}",
)
HistoryFile = Annotated[
    Path, typer.Argument(metavar="HISTORY", help="Calls as you have them: csv, xlsx, parquet, a log, a folder, a zip …")
]


def inspect(
    history: HistoryFile,
    how: options.HowRead,
    out: Annotated[Path, typer.Option("--out", help="The report (HTML).")] = Path("inspection.html"),
    pictures: Annotated[
        int, typer.Option("--pictures", min=0, help="How many queues are drawn, those with the most findings first.")
    ] = 8,
    clean: Annotated[Path | None, typer.Option("--clean", help="Also write the history as it is understood.")] = None,
    marked: Annotated[
        Path | None,
        typer.Option("--marked", help="Where the file is refused: a copy of it (.xlsx) with every fault marked."),
    ] = None,
    by: Annotated[str, typer.Option("--keep-by", help="Also keep it in the database, under this badge.")] = "",
    database: options.Database = None,
) -> None:
    """Look a history over: how it was read, gaps, zeros that are gaps, spikes, shifts of level. A page with pictures.

    Nothing is changed. What is to be treated, a mapping file says.
    """
    import pandas as pd

    from api.intake import read_histories

    with (
        reading_shown(),
        _marked_in(marked, history, how),
        working(say("screen.reading", file=history.name)) as progress,
    ):
        intake = read_histories(history, **vars(how))
        from api.intake import write_frame
        from api.intake.plausibility import alarms_of_the_future
        from api.reports.inspection import inspect_all, summary, write_inspection

        for reading in intake.readings[:READINGS_SHOWN]:
            show_reading(reading)
        progress(say("screen.looking_over"))
        findings = inspect_all(intake)
        files = [write_inspection(intake, findings, out, source=history.name, pictures=pictures)]
        if clean is not None:
            frames = [h.frame.assign(queue=name) for name, h in intake.histories.items()]
            files.append(write_frame(pd.concat(frames), clean))
        kept = _keep(intake, history, by, database) if by else []
    for row in summary(intake, findings).to_dict("records"):
        odd = spoken(READING["between"]).join(f"{row[kind]} {spoken(words)}" for kind, words in ODD.items())
        told = {"minutes": row["interval_minutes"], "share": row["observed_share"], "odd": odd}
        known: dict[str, Any] = {str(name): value for name, value in row.items()}
        show(spoken(SEEN).format(**known | told))
    for note in intake.notes:
        show(f"- {spoken(note)}")
    ahead = [alarms_of_the_future(one, pd.Timestamp.now(tz=one.timezone)) for one in intake.histories.values()]
    for alarm in (*intake.alarms, *chain.from_iterable(ahead)):
        show(f"! {spoken(alarm)}")
    for version in kept:
        show(say("screen.kept", version=version))
    done(*files)


@contextmanager
def _marked_in(out: Path | None, history: Path, how: options.HowRead) -> Iterator[None]:
    """Write a copy of a refused file with its faults marked, where it is asked for."""
    from api.intake import InputError

    try:
        yield
    except InputError as error:
        if out is None:
            raise
        from api.intake.choosing_tables import known_to
        from api.intake.headings import read_mapping
        from api.intake.marked_copy import marked_copy
        from api.whole_files import write_whole_bytes

        told = read_mapping(how.mapping)
        copy = marked_copy(history, error, knows=known_to(told), form=told.form, language=language_spoken())
        done(write_whole_bytes(out, copy))
        raise


def map_columns(
    history: HistoryFile,
    out: Annotated[Path | None, typer.Option("--out", help="The file to write. Default: on the screen.")] = None,
) -> None:
    """Write a mapping file for a history or a log of calls: what was understood, what was guessed, what to say.

    Correct it and give it with `--mapping`; kept as `mapping.toml` beside the site's settings, it holds for every file.
    """
    from api.intake import mapping_draft
    from api.whole_files import write_whole_text

    text = mapping_draft(history, language=language_spoken())
    if out is None:
        show(text)
        return
    write_whole_text(out, text)
    done(out)


def template(
    kind: Annotated[
        Literal["history", "people", "shifts", "calendar"], typer.Argument(help="What is to be filled in.")
    ],
    out: Annotated[Path | None, typer.Option("--out", help="The file to write. Default: named after its kind.")] = None,
) -> None:
    """Write an empty workbook to begin with; shifts and a site's days as TOML where --out ends in .toml."""
    from api.reports.templates import write_template

    done(write_template(kind, out or Path(f"{kind}.xlsx"), language=language_spoken()))


def _keep(intake: Intake, file: Path, by: str, database: str | None) -> list[str]:
    """Keep every queue's history as its newest version; return their names."""
    from api.cli.database import open_store
    from api.inputs import content_in
    from api.reports.published import store_history

    engine, source = open_store(database), content_in(file)
    histories = intake.histories.values()
    return [store_history(engine, h, made_by=by, source=source, why=file.name).version_id for h in histories]


def calendar(
    notice: Annotated[
        Path | None, typer.Option("--notice", help="The text of the State Council's notice on a year's holidays.")
    ] = None,
    year: Annotated[int | None, typer.Option("--year", help="A year without a notice: computed from the law.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The file to write. Default: named after the year, like 2028.toml.")
    ] = None,
) -> None:
    """Write one year of China's calendar: from the official notice, or from the law and marked provisional."""
    from api.calendars.china import calendar_toml, provisional_year, read_notice
    from api.whole_files import write_whole_text

    if (notice is None) == (year is None):
        raise refusal("option.notice_or_year")
    tables = read_notice(notice) if notice is not None else provisional_year(year or 0)
    path = out or Path(f"{tables['year']}.toml")
    write_whole_text(path, calendar_toml(tables))
    for entry in tables["holiday"]:
        days = [f"{day:%m-%d}" for day in entry["make_up_workdays"]]
        worked = say("screen.worked", days=days) if days else NOTHING
        name = Words(entry["name_zh"], entry["name"])
        show(say("screen.holiday", name=name, first=entry["first"], last=entry["last"], worked=worked))
    done(path)
