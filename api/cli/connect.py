"""Connectors: readings from a switch, a log or anything that answers, posted to the service."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

import typer

from api.cli import options
from api.cli.roster_days import Overtime, overtime_in
from api.cli.screen import show
from api.intake import read_toml
from api.sentences import refusal, say
from forecaster.messages import Refusal, Words, told_of
from forecaster.names import called

if TYPE_CHECKING:
    from api.connectors.observation import HttpSink

connect_app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, rich_markup_mode="markdown")
Service = Annotated[str, typer.Option("--service", help="Where the service is.")]
Key = Annotated[
    str | None,
    typer.Option("--key", help="A writer's key; better given as HUAWU_KEY.", envvar="HUAWU_KEY", show_envvar=False),
]
Queues = Annotated[list[str], typer.Option("--queue", help="A queue to watch; may be given again.", show_default=False)]
Every = Annotated[float, typer.Option("--every", min=0.5, max=60, help="Seconds between readings.")]
Refused = Annotated[Path, typer.Option("--refused", help="Where readings that the service refuses are kept.")]
REFUSED = Path("huawu-refused.jsonl")
Follow = Callable[["HttpSink"], Coroutine[Any, Any, None]]
LOCAL = "http://127.0.0.1:8000"


def _clock() -> datetime:
    return datetime.now(UTC)


def _run(service: str, key: str | None, source: str, refused: Path, follow: Follow) -> None:
    """Follow a source and post what it says until interrupted."""
    import httpx

    from api.connectors.observation import HttpSink

    if not key:
        raise refusal("key.needed")

    async def run() -> None:
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=service, headers=headers, timeout=10.0) as client:
            sink = HttpSink(client, source=source, refused=refused)
            async with asyncio.TaskGroup() as together:  # the source is followed on while the service is away
                together.create_task(sink.send_forever())
                together.create_task(follow(sink))

    try:
        asyncio.run(run())
    except ExceptionGroup as errors:
        raise Refusal(told_of(errors.exceptions[0])) from errors


@connect_app.command("ami")
def connect_ami(
    queue: Queues,
    host: Annotated[str, typer.Option("--host", help="The switch.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Its manager interface.")] = 5038,
    username: Annotated[
        str, typer.Option("--username", help="Manager account, with read permission `agent`.")
    ] = "huawu",
    service: Service = LOCAL,
    key: Key = None,
    every: Every = 5.0,
    refused: Refused = REFUSED,
) -> None:
    """Follow Asterisk's manager interface; the account's password is read from HUAWU_AMI_SECRET."""
    from api.connectors.ami import AmiAccount, AmiConnector, AmiRefusedError

    secret = os.environ.get("HUAWU_AMI_SECRET", "")
    account = AmiAccount(host, port, username, secret)

    async def follow(sink: HttpSink) -> None:
        try:
            connector = AmiConnector(account, queue, sink.put, clock=_clock, every_seconds=every, faults=sink.faults)
            await connector.run_forever()
        except AmiRefusedError as error:
            raise RuntimeError(f"the switch refuses account {username!r}: {error}; set HUAWU_AMI_SECRET") from error

    _run(service, key, f"ami-{host}", refused, follow)


@connect_app.command("queue-log")
def connect_queue_log(
    queue: Queues,
    file: Annotated[Path, typer.Option("--file", help="Asterisk's queue_log.")] = Path("/var/log/asterisk/queue_log"),
    service: Service = LOCAL,
    key: Key = None,
    every: Every = 5.0,
    refused: Refused = REFUSED,
) -> None:
    """Follow Asterisk's queue_log as it grows and is rotated."""
    from api.connectors.queue_log import QueueLogFollower

    async def follow(sink: HttpSink) -> None:
        follower = QueueLogFollower(file)
        await follower.run_forever(queue, sink.put, clock=_clock, every_seconds=every, faults=sink.faults)

    _run(service, key, "queue-log", refused, follow)


@connect_app.command("poll")
def connect_poll(
    url: Annotated[str, typer.Argument(help="An http(s) address, or a file.")],
    fields: Annotated[
        Path, typer.Option("--fields", help="Field map (TOML); see data/config/connectors.", show_default=False)
    ],
    kind: Annotated[Literal["json", "csv"], typer.Option("--kind", help="What it answers.")] = "json",
    header: Annotated[list[str] | None, typer.Option("--header", help="`Name: value`; may be given again.")] = None,
    method: Annotated[str, typer.Option("--method", help="HTTP method.")] = "GET",
    body: Annotated[str | None, typer.Option("--body", help="Body to send.")] = None,
    service: Service = LOCAL,
    key: Key = None,
    every: Every = 5.0,
    refused: Refused = REFUSED,
) -> None:
    """Ask anything that answers over HTTP, or read a CSV file, every few seconds."""
    import httpx

    from api.connectors.poller import Poll, field_map, run_forever

    wanted = field_map(read_toml(fields), source=str(fields))
    pairs = [one.partition(":") for one in header or []]
    headers = {name.strip(): value.strip() for name, _, value in pairs}
    poll = Poll(url, wanted, kind=kind, method=method, headers=headers, body=body, every_seconds=every)

    async def follow(sink: HttpSink) -> None:
        async with httpx.AsyncClient(timeout=10.0) as client:
            await run_forever(poll, client, sink.put, clock=_clock, faults=sink.faults)

    _run(service, key, "poll", refused, follow)


@connect_app.command("own")
def connect_own(
    look: Annotated[str, typer.Argument(metavar="MODULE:FUNCTION", help="What looks at the switch.")],
    service: Service = LOCAL,
    key: Key = None,
    every: Every = 5.0,
    refused: Refused = REFUSED,
) -> None:
    """Call a function of your own every few seconds and post what it saw of each queue."""
    from api.connectors.observation import look_forever
    from api.connectors.own import look_named, looked_at

    found = look_named(look)

    async def follow(sink: HttpSink) -> None:
        await look_forever(lambda: looked_at(found, _clock()), sink.put, every_seconds=every, faults=sink.faults)

    _run(service, key, look, refused, follow)


@connect_app.command("roster")
def connect_roster(
    roster_file: Annotated[Path, typer.Argument(metavar="ROSTER.csv", help="The published roster.")],
    files: options.SiteFiles,
    people: options.People,
    month: options.Month,
    queue: Queues,
    last_roster: options.LastRoster = None,
    attendance: Overtime = None,
    at: Annotated[str | None, typer.Option("--at", help="The moment, ISO 8601 with offset. Default: now.")] = None,
    service: Service = LOCAL,
    key: Key = None,
) -> None:
    """Tell the service who is on the floor by the roster, who could lawfully stay on, and whom to call. Run it hourly.

    What the switch says of a role stands against the roster.
    """
    import httpx
    import pandas as pd

    from api.inputs import read_judge
    from api.intake import read_roster
    from api.roster_people import people_from_roster

    overtime = overtime_in(attendance)
    situation = read_judge(people, month, **vars(files), last_roster=last_roster, overtime=overtime)
    moment = pd.Timestamp(at) if at else pd.Timestamp(_clock())
    if moment.tz is None:
        raise refusal("option.zone", at=at)
    body = people_from_roster(read_roster(roster_file, timezone=situation.timezone), situation, at=moment)
    there = {role: len(badges) for role, badges in body["badges"].items() if badges}
    counts = [Words(f"{count} 名{called(role).zh}", f"{count} {role}") for role, count in there.items()]
    on_floor = counts or say("screen.nobody")
    show(say("screen.on_floor", counts=on_floor, standby=body["standby"], call=len(body["call"])))
    if not key:
        raise refusal("key.needed")
    for name in queue:
        headers = {"Authorization": f"Bearer {key}"}
        address = f"{service}/v1/queues/{quote(name, safe='')}/people"
        try:
            answer = httpx.put(address, json=body, headers=headers, timeout=10.0)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise refusal("service.away", service=service, cause=error) from None
        if answer.is_error:
            raise refusal("service.answer", queue=name, status=answer.status_code, text=answer.text[:200])
