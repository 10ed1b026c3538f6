"""The planner's month on the shipped sample."""

from __future__ import annotations

import itertools
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import pandas as pd
import typer

from api.cli import options
from api.cli.database import open_store
from api.cli.screen import done, frame_table, language_spoken, reading_shown, show, show_reading, spoken, working
from api.sentences import say
from forecaster.history.periods import period_words

if TYPE_CHECKING:
    from sqlalchemy import Engine

TESTED_MONTHS = 3
QUEUE = "hotline"
PLANNER = "8801"  # the badge under which the demonstration publishes
PAST_READINGS = 40  # the wallboard opens in the middle of the climb


def demo(
    history: Annotated[
        Path | None,
        typer.Option("--history", help="Your own calls, as you have them: a first look at this file alone, as a page."),
    ] = None,
    queue: options.Queue = None,
    mapping: options.MappingFile = None,
    country: options.Country = None,
    timezone: options.Timezone = None,
    out: options.OutFolder = Path("out"),
    time_limit: Annotated[float, typer.Option("--time-limit", min=1, help="Seconds for each month's roster.")] = 20,
    serve: Annotated[
        bool, typer.Option("--serve", help="Afterwards play the sample's surge on a wallboard, for this machine alone.")
    ] = False,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The wallboard's port.")] = 8000,
) -> None:
    """Plan two months of the shipped sample hotline, as a planner would on 25 October and 25 November 2026.

    November's plan is published when it is due, so that December's tables can hold last month against it. With
    `--history` instead: what your file is, how well it could have been forecast, what next month would need in people,
    and what to give next.
    """
    if history is not None:
        look_at(history, out, queue=queue, mapping=mapping, country=country, timezone=timezone)
        return
    from api.inputs import read_demand, read_supply
    from api.planning import last_month, plan_month
    from api.publishing import publish_folder
    from api.reports.month_report import accuracy, accuracy_table, month_summary, write_month
    from api.sample import MONTHS
    from api.site import DATA

    sample = DATA / "sample"
    with working(say("demo.reading")):
        demand = read_demand(sample / "history.csv", calendar=sample / "calendar.toml")
    with working(say("demo.testing", months=TESTED_MONTHS)) as progress:
        scores = accuracy(demand, months=TESTED_MONTHS, progress=progress)
    store = _new_database(out / "huawu.db")
    for month in MONTHS:
        folder, people = out / str(month), sample / f"people_{month}.csv"
        due = (month - 1).start_time.tz_localize(demand.history.timezone) + pd.Timedelta(days=24, hours=9)
        last = last_month(store, queue=demand.history.queue, month=month, timezone=demand.history.timezone)
        with working(say("screen.planning", period=period_words(month))) as progress:
            made = plan_month(
                demand,
                read_supply(people, month, site=demand.site, calendar=demand.calendar),
                made_at=due.to_pydatetime(),
                last=last,
                time_limit_seconds=time_limit,
                progress=progress,
            )
            progress(say("screen.writing"))
            five, _ = write_month(made, demand, folder, last=last.frozen)
            files = {"people": people, "calendar": sample / "calendar.toml"}
            why = "the demonstration"
            publish_folder(store, folder, published_by=PLANNER, files=files, why=why, at=due.to_pydatetime())
    language = language_spoken()
    frame_table(accuracy_table(scores, language), title=say("demo.accuracy"))
    frame_table(month_summary(made, five, language), title=say("screen.plan_of", period=period_words(MONTHS[-1])))
    show(say("demo.open", page=folder / "plan.html", tables=folder / "five_tables.xlsx"))
    show(say("demo.beside", files="forecast.csv, requirement.csv, roster.csv, coverage.csv"))
    show(say("demo.last_month", folder=out / str(MONTHS[0])))
    show(say("demo.versions", command=f"huawu versions --database {out / 'huawu.db'}"))
    show(say("demo.then"))
    if serve:
        play_surge(sample / "readings.csv", port=port)


def look_at(file: Path, out: Path, **how: Any) -> None:
    """Take a stranger's file to a picture: what it is, how well forecast, what next month needs, what to give next."""
    from api.first_look import first_look
    from api.inputs import read_demand
    from api.reports.first_look_page import write_first_look

    with reading_shown(), working(say("demo.looking", file=file.name)) as progress:
        demand = read_demand(file, **how)
        look = first_look(demand, progress=progress)
    for reading in demand.readings[:1]:
        show_reading(reading)
    for heading, said in (("1", look.what), ("2", look.trusted), ("3", look.needed), ("4", look.lacking)):
        for words in said:
            show(f"{heading}  {spoken(words)}")
    done(write_first_look(look, out / "first_look.html", alarms=demand.alarms))


def _new_database(file: Path) -> Engine:
    """Return an empty database in `file`: the demonstration starts anew each time."""
    for old in (file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        old.unlink(missing_ok=True)
    return open_store(str(file))


def play_surge(readings_file: Path, *, port: int) -> None:
    """Serve a wallboard on this machine alone, and play readings into it, a minute apart, the first ones as past."""
    from api.cli.floor import run_server
    from api.intake import read_readings
    from api.settings import settings_from

    waiting = [int(value) for value in read_readings(readings_file)["waiting"]]
    with tempfile.TemporaryDirectory(prefix="huawu-demo-") as folder:
        database = f"sqlite:///{Path(folder, 'demo.db')}"
        settings = settings_from({"HUAWU_DATABASE_URL": database, "HUAWU_OPEN_ACCESS": "1"})
        threading.Thread(target=_play, args=(waiting, f"http://127.0.0.1:{port}"), daemon=True).start()
        run_server(settings, host="127.0.0.1", port=port)


def _play(waiting: list[int], server: str) -> None:
    minute = timedelta(minutes=1)
    with httpx.Client(base_url=server, timeout=10, transport=httpx.HTTPTransport(retries=10)) as client:
        start = datetime.now(UTC) - PAST_READINGS * minute
        for number, count in enumerate(itertools.cycle(waiting)):
            due = start + number * minute
            pause = (due - datetime.now(UTC)).total_seconds()
            if pause > 0:
                time.sleep(pause)
            answer = client.post(f"/v1/queues/{QUEUE}/readings", json={"at": due.isoformat(), "waiting": count})
            answer.raise_for_status()
