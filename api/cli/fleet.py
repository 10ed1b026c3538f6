"""Many queues and centres in one go."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from api.cli import options
from api.cli.screen import done, frame_table, language_spoken, show, spoken, working
from api.sentences import refusal, say
from forecaster.messages import Words

if TYPE_CHECKING:
    from api.fleet.listing import FleetQueue
    from api.fleet.running import Stage

GROUP = Words("全集团", "group")
STAGES: dict[Stage, Words] = {
    "reading": Words("读取", "reading"),
    "forecast": Words("预测", "forecast"),
    "roster": Words("排班", "roster"),
    "done": Words("完成", "done"),
    "kept": Words("沿用", "kept"),
    "failed": Words("失败", "failed"),
}
CONNECT_SECONDS = 10  # a scheduler at the other end of a slow line answers by then
fleet_app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, rich_markup_mode="markdown")


Listing = Annotated[
    Path, typer.Argument(metavar="FLEET.toml", help="The queues and their files.", show_default=False, exists=True)
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes to work with.", show_default="one a core")
]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", help="A Dask scheduler (tcp://HOST:PORT) to work with instead.", show_default=False),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Keep what an earlier run made from the same files and settings.")
]


@fleet_app.command()
def plan(
    listing: Listing,
    out: options.OutFolder = Path("fleet"),
    workers: Workers = None,
    cluster: Cluster = None,
    resume: Resume = False,
) -> None:
    """Plan the month of every queue in a list: forecast, seats, roster, tables; then the group's figures, worst first.

    A queue that cannot be planned is told and stops no other (exit code 1). The numbers are the same with any number of
    workers, on this machine or on a cluster.
    """
    _run(listing, out, workers=workers, cluster=cluster, resume=resume, rosters=True)


@fleet_app.command()
def forecast(
    listing: Listing,
    out: options.OutFolder = Path("fleet"),
    workers: Workers = None,
    cluster: Cluster = None,
    resume: Resume = False,
) -> None:
    """Forecast the month of every queue in a list, without seats and rosters; `huawu fleet plan --resume` goes on."""
    _run(listing, out, workers=workers, cluster=cluster, resume=resume, rosters=False)


def _run(listing: Path, out: Path, *, workers: int | None, cluster: str | None, resume: bool, rosters: bool) -> None:
    from api.fleet.listing import read_fleet
    from api.fleet.page import write_group_page
    from api.fleet.running import LostExecutorError, plan_fleet
    from api.fleet.totals import added_up, group_days, queue_figures, write_group
    from api.intake import write_frame

    told = read_fleet(listing, rosters=rosters)
    count = workers or os.cpu_count() or 1
    engine, size = (partial(_processes, count), count) if cluster is None else _cluster(cluster)
    what = say("fleet.planning" if rosters else "fleet.forecasting", month=told.month, count=len(told.queues))
    with working(what, every=True) as said:
        closed: set[FleetQueue] = set()

        def progress(queue: FleetQueue, stage: Stage) -> None:
            if stage in ("done", "kept", "failed"):
                closed.add(queue)
            where = {"count": len(closed), "of": len(told.queues), "place": queue.place}
            said(say("fleet.progress", **where, stage=STAGES[stage]))

        try:
            outcomes = plan_fleet(
                told,
                engine=engine,
                folder=out,
                made_at=datetime.now(UTC),
                version=_version(),
                rosters=rosters,
                resume=resume,
                at_once=2 * size,
                progress=progress,
            )
        except LostExecutorError as error:
            raise refusal("fleet.lost", cluster=cluster or "", cause=str(error)) from error
        language = language_spoken()
        queues = queue_figures(outcomes)
        centres = added_up(queues)
        files = [write_frame(queues, out / "queues.csv"), write_frame(centres, out / "centres.csv")]
        days = group_days(told, out) if told.together else None
        if days is not None:
            files.append(write_frame(days, out / "days.csv"))
        files.append(write_group(queues, centres, out / "group.xlsx", month=told.month, language=language))
        files.append(
            write_group_page(queues, centres, out / "group.html", month=told.month, days=days, language=language)
        )
    done(*files)
    _tell(queues, centres)


def _tell(queues: pd.DataFrame, centres: pd.DataFrame) -> None:
    """Show the group's figures and the queues that failed, and end with exit code 1 if there are any."""
    few = ["centre", "queues", "failed", "calls", "hours_short", "people", "expected"]
    frame_table(
        centres[[name for name in few if name in centres]]
        .round({"calls": 0, "hours_short": 1, "expected": 3})
        .replace({"centre": {"": spoken(GROUP)}})
    )
    failed = queues[queues["state"] == "failed"]
    for one in failed.itertuples(index=False):
        show(say("fleet.not_planned", place=f"{one.centre}/{one.queue}", why=Words(str(one.why_zh), str(one.why))))
    if len(failed):
        show(say("fleet.failed", failed=len(failed), count=len(queues)))
        raise typer.Exit(1)


def _processes(count: int) -> Executor:
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"))


def _cluster(address: str) -> tuple[Callable[[], Executor], int]:
    """Return what gives an executor on the Dask scheduler at `address`, and the workers it has."""
    try:
        from distributed import Client
    except ImportError:
        raise refusal("fleet.no_dask") from None
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call, unused-ignore]
    except (OSError, ValueError) as error:
        raise refusal("fleet.no_cluster", cluster=address, cause=str(error)) from None
    for theirs in client.run(_version).values():
        if theirs != _version():
            raise refusal("fleet.version", theirs=theirs, ours=_version())
    return client.get_executor, len(client.scheduler_info()["workers"]) or 1


def _version() -> str:
    from forecaster import __version__

    return __version__
