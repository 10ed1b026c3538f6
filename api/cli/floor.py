"""The floor: play readings through the ladder, and run the service."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
import typer

from api.cli import options
from api.cli.database import database_url, held, open_store
from api.cli.screen import done, frame_table, language_spoken, show, spoken, working
from api.intake import named, read_readings, write_frame
from api.sentences import refusal, say
from api.settings import Settings, read_ladder, settings_from, shipped_ladder
from api.whole_files import write_whole_text
from escalation.ladder import Ladder
from escalation.reasons import group
from escalation.replaying import replay as replay_readings
from forecaster.messages import Words
from forecaster.names import DECISION_WORDS, ladder_called

SHOWN_DECISIONS = 25
LAB = "The lab: ladders compared"
LOCAL_HOSTS = ("127.0.0.1", "::1", "localhost")


Readings = Annotated[
    Path | None, typer.Argument(metavar="READINGS.csv", help="Readings: at, waiting, …", show_default=False)
]
Profile = Annotated[
    Literal["recommended", "literal"], typer.Option("--profile", help="How the rulebook's words are read.")
]
LadderFile = Annotated[Path | None, typer.Option("--ladder", help="A ladder file (TOML) instead of a profile.")]
Decisions = Annotated[
    Path | None,
    typer.Option("--out", help="The file to write. Default: decisions.csv, or ladders.csv.", show_default=False),
]
FromLog = Annotated[
    str | None, typer.Option("--from-log", metavar="QUEUE", help="Fold the service's log of this queue instead.")
]
Calls = Annotated[
    Path | None,
    typer.Option(
        "--calls", help="Compare over a log of calls: its queue is rebuilt call by call.", rich_help_panel=LAB
    ),
]
Surge = Annotated[
    bool, typer.Option("--surge", help="Compare over simulated surges that answer to the orders.", rich_help_panel=LAB)
]
Compared = Annotated[
    list[str] | None,
    typer.Option(
        "--compare",
        help="A ladder: recommended, literal, brisk, none, or a TOML file. Give it again for each.",
        rich_help_panel=LAB,
        show_default=False,
    ),
]
LabFile = Annotated[
    Path | None,
    typer.Option(
        "--lab", help="Who can be called, and the surge (TOML). Default: the shipped one.", rich_help_panel=LAB
    ),
]
Page = Annotated[
    Path | None, typer.Option("--page", help="Also a page (.html) or picture (.png) of it.", rich_help_panel=LAB)
]


def replay(
    readings_file: Readings = None,
    profile: Profile = "recommended",
    ladder: LadderFile = None,
    out: Decisions = None,
    from_log: FromLog = None,
    database: options.Database = None,
    calls: Calls = None,
    surge: Surge = False,
    compare: Compared = None,
    lab: LabFile = None,
    page: Page = None,
    queue: options.Queue = None,
    timezone: options.Timezone = None,
) -> None:
    """Play readings of the queue through the sign-in ladder: what would have been ordered, when, and why.

    As a lab it compares several ladders instead, over READINGS.csv (`--compare`), a log of calls or simulated surges.
    """
    if calls is not None or surge or compare:
        if [readings_file is not None, calls is not None, surge].count(True) != 1 or from_log is not None:
            raise refusal("option.one_lab")
        compare_ladders(
            compare, readings=readings_file, calls=calls, lab=lab, out=out, page=page, queue=queue, timezone=timezone
        )
        return
    out = out or Path("decisions.csv")
    if readings_file is not None and from_log is None:
        rules = read_ladder(ladder) if ladder is not None else shipped_ladder(profile)
        replay_file(readings_file, rules, out=out)
    elif from_log is not None and readings_file is None:
        replay_log(from_log, database=database, out=out)
    else:
        raise refusal("option.one_replay")


def replay_file(path: Path, rules: Ladder, *, out: Path) -> None:
    """Play the readings of a file through a ladder, write what was decided, and show the beginning of it."""
    readings = read_readings(path)
    with named(path):
        decisions = replay_readings(readings, rules, language=language_spoken())
    shown = decisions.head(SHOWN_DECISIONS)
    moments = [f"{pd.Timestamp(at):%m-%d %H:%M:%S}" for at in shown["at"]]
    kinds = [spoken(DECISION_WORDS[kind]) for kind in shown["kind"]]
    brings = [spoken(Words(group(role).zh, role)) if isinstance(role, str) else role for role in shown["role"]]
    frame_table(shown.assign(at=moments, kind=kinds, role=brings))
    counts = {f"{kind}s": int((decisions["kind"] == kind).sum()) for kind in ("order", "release")}
    show(say("screen.replayed", readings=len(readings), **counts))
    done(write_frame(decisions, out))


def compare_ladders(
    names: list[str] | None,
    *,
    readings: Path | None,
    calls: Path | None,
    lab: Path | None,
    out: Path | None,
    page: Path | None,
    queue: str | None,
    timezone: str | None,
) -> None:
    """Compare ladders over readings, a log of calls or, where neither is given, simulated surges.

    Raises
    ------
    ValueError
        Naming the file or option that cannot be used.
    """
    from api import ladder_lab
    from api.reports.lab_page import write_lab_page
    from api.site import read_site

    if page is not None and page.suffix.lower() not in (".html", ".png"):
        raise refusal("option.page", page=page)
    settings = ladder_lab.read_lab(lab)
    recorded = readings is not None or calls is not None
    ladders = ladder_lab.ladders_named(names or [*([] if recorded else ["none"]), *ladder_lab.PROFILES])
    with working(say("screen.comparing_ladders")):
        if readings is not None:
            made = ladder_lab.compare_on_readings(readings, ladders, settings)
        elif calls is not None:
            zone = timezone or read_site(None).timezone
            made = ladder_lab.compare_on_calls(calls, ladders, settings, timezone=zone, queue=queue)
        else:
            made = ladder_lab.compare_on_surge(ladders, settings)
    show(made.source)
    # Few ladders, many figures: a figure a line, a ladder a column.
    frame_table(_ladders_shown(made.table))
    out = out or Path("ladders.csv")
    if out.suffix == ".json":
        records = made.table.reset_index().to_dict("records")
        text = json.dumps({"over": made.source.en, "ladders": records}, ensure_ascii=False, indent=1)
        done(write_whole_text(out, text + "\n"))
    else:
        done(write_frame(made.table, out))
    if page is not None:
        done(write_lab_page(made, page))


def _ladders_shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return ladders compared as the screen shows them: a figure a line, a ladder a column."""
    from api.reports.lab_page import LAB_COLUMNS

    shown = table.rename(index=lambda name: spoken(ladder_called(name)))
    if language_spoken() == "zh":
        shown = shown.rename(columns={name: words.zh for name, (words, _) in LAB_COLUMNS.items()})
    return shown.T.rename_axis("figure").reset_index()


def replay_log(queue: str, *, database: str | None, out: Path) -> None:
    """Fold the log of `queue` anew, write its decisions, and compare them with what was decided at the time.

    Raises
    ------
    ValueError
        If there is no such queue, or the log does not give what is stored.
    """
    from api.store.ladder_fold import UnknownQueueError, differences, fold, take_up_rules
    from escalation.replaying import decisions_frame

    with held(open_store(database)) as engine:
        try:
            take_up_rules(engine, datetime.now(UTC))
            folded, found = fold(engine, queue), differences(engine, queue)
        except UnknownQueueError as error:
            raise refusal("log.empty", cause=error) from error
    decisions = decisions_frame([one.decision for one in folded.made], language=language_spoken())
    show(say("screen.folded", entries=folded.version, queue=queue, decisions=len(decisions)))
    done(write_frame(decisions, out))
    if found:
        raise refusal("log.differs", queue=queue, found="; ".join(found))
    show(say("screen.log_agrees"))


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8000,
    database: options.Database = None,
    settings: options.ServiceSettings = None,
    processes: Annotated[
        int, typer.Option("--processes", min=1, max=64, help="Server processes behind the port; above 1 on PostgreSQL.")
    ] = 1,
) -> None:
    """Run the service: readings in, sign-in orders out, the wallboard at /.

    Nobody gets in without a key: make one first with `huawu key create`.
    """
    given = {} if settings is None else {"HUAWU_SETTINGS": str(settings)}
    if database is not None:
        given["HUAWU_DATABASE_URL"] = database_url(database)
    run_server(settings_from(os.environ | given), host=host, port=port, processes=processes, environ=given)


def run_server(
    settings: Settings, *, host: str, port: int, processes: int = 1, environ: Mapping[str, str] | None = None
) -> None:
    """Serve until interrupted.

    processes
        How many share the port.
    environ
        What several processes find the settings by, beside the environment of this one.

    Raises
    ------
    ValueError
        If open access is asked for on an address that other machines reach.
    """
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from api.http.app import create_app
    from api.http.connections import PatientProtocol, listen
    from api.logs import write_logs

    if settings.open_access and host not in LOCAL_HOSTS:
        raise refusal("open_access.host", host=host)
    try:
        listening = listen(host, port)
    except OSError as error:
        raise refusal("serve.address", host=host, port=port, cause=error.strerror or str(error)) from None
    write_logs(settings)
    with listening:
        app = create_app(settings)  # what is wrong with the settings or the database is told here, once
        # Wallboards look every few seconds: their connections are kept, instead of opened anew each time.
        config = uvicorn.Config(
            app if processes == 1 else "api.http.app:app_from_environment",
            factory=processes > 1,
            workers=processes,
            http=PatientProtocol,
            log_config=None,  # as everything else is logged
            access_log=False,  # each request is logged with its id and its time
            timeout_keep_alive=75,
            timeout_graceful_shutdown=5,
            timeout_worker_healthcheck=30,  # a machine under load is slow, not dead
        )
        show(say("screen.serving", address=f"http://{host}:{port}/"))
        if processes == 1:
            uvicorn.Server(config).run(sockets=[listening])
        else:
            app.state.log.engine.dispose()
            os.environ |= environ or {}
            Multiprocess(config, sockets=[listening]).run()
