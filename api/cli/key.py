"""API keys of the service: make, list, revoke."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import pandas as pd
import typer

from api.cli import options
from api.cli.database import held, open_store
from api.cli.screen import frame_table, show, spoken
from api.names import KEY_ROLE_WORDS
from api.sentences import say
from forecaster.messages import Words

key_app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, rich_markup_mode="markdown")
Role = Literal["writer", "wallboard", "supervisor", "planner", "admin"]
KEY_STATES = {
    "live": Words("有效", "live"),
    "revoked": Words("已作废", "revoked"),
    "expired": Words("已过期", "expired"),
}
ALL = Words("全部", "all")


@key_app.command()
def create(
    role: Annotated[Role, typer.Option("--role", help="What the key may do.", show_default=False)],
    label: Annotated[str, typer.Option("--label", help="What or who it is for.", show_default=False)],
    badge: Annotated[str, typer.Option("--badge", help="Whose it is: the actor of what is done with it.")] = "",
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="Valid for so many days.", show_default="ever")
    ] = None,
    queue: Annotated[
        list[str] | None,
        typer.Option("--queue", help="Hold it to this queue; may be given again.", show_default="all"),
    ] = None,
    may_command: Annotated[
        bool,
        typer.Option("--may-command", help="Let a writer tell mode, holiday and known fault, which call people."),
    ] = False,
    database: options.Database = None,
) -> None:
    """Make a key and show it, once."""
    from api.keys import create_key

    at = datetime.now(UTC)
    with held(open_store(database)) as engine:
        secret, made = create_key(
            engine,
            label=label,
            role=role,
            badge=badge,
            at=at,
            expires_at=None if days is None else at + timedelta(days=days),
            actor="command line",
            queues=tuple(queue or ()),
            may_command=may_command,
        )
    show(say("screen.key_made", number=made.id, role=KEY_ROLE_WORDS[made.role]))
    show(secret)


@key_app.command("list")
def list_all(database: options.Database = None) -> None:
    """List every key ever made; the keys themselves are not kept."""
    from api.keys import list_keys

    with held(open_store(database)) as engine:
        keys = list_keys(engine)
    at = datetime.now(UTC)
    rows = [
        {
            "key": key.id,
            "label": key.label,
            "use": spoken(KEY_ROLE_WORDS[key.role]),
            "badge": key.badge,
            "queue": ", ".join(key.queues) or spoken(ALL),
            "made": f"{key.created_at:%Y-%m-%d}",
            "until": "" if key.expires_at is None else f"{key.expires_at:%Y-%m-%d}",
            "state": spoken(KEY_STATES["live" if key.is_live(at) else "revoked" if key.revoked_at else "expired"]),
        }
        for key in keys
    ]
    if not rows:
        show(say("screen.no_keys"))
        return
    frame_table(pd.DataFrame(rows))


@key_app.command()
def revoke(
    number: Annotated[int, typer.Argument(help="The key's number, as `huawu key list` shows it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit log.")] = "",
    database: options.Database = None,
) -> None:
    """Revoke a key: it is refused from now on."""
    from api.keys import revoke_key

    with held(open_store(database)) as engine:
        revoke_key(engine, number, at=datetime.now(UTC), actor="command line", reason=reason)
    show(say("screen.key_revoked", number=number))
