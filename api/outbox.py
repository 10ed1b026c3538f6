"""Sending order notifications: at least once, in their order, within what the receivers take.

A message is claimed for half a minute in the database, then sent, then marked. A crash in between sends it once more;
the receiver tells by the key. Orders that come faster than the receiver's rate travel together in one message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import Any

import httpx
from sqlalchemy import Engine, and_, func, select, update

from api.channels import Address, Resolve, addresses_of, hook_request, send
from api.links import VALID, Link, link_secret, sealed
from api.settings import Settings, Webhook
from api.store.database import reading, writing
from api.store.tables import instant, instant_text, orders, outbox
from api.store.trouble import log_failure

logger = logging.getLogger("huawu.outbox")
CLAIM_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 300.0
MOST_SENDINGS = 40
MOST_PER_MESSAGE = 50
Heard = Callable[[Sequence[Any], str | None], None]


def claim(engine: Engine, hook: Webhook, *, at: datetime) -> list[Any]:
    """Return the rows to send to `hook` now, claimed for this process; empty while it must wait.

    Nothing is due while another message is on its way, or before the receiver's rate allows the next. What a clock that
    was set back since has put further ahead than any wait lasts holds nothing up.
    """
    mine = outbox.c.webhook == hook.name
    pending = outbox.c.status == "pending"
    now_text, longest = instant_text(at), instant_text(at + timedelta(seconds=LONGEST_PAUSE_SECONDS))
    with writing(engine) as connection:
        last = connection.execute(select(func.max(outbox.c.sent_at)).where(mine, outbox.c.sent_at <= now_text)).scalar()
        if last is not None and at < instant(last) + timedelta(seconds=60 / hook.per_minute):
            return []
        waits = and_(outbox.c.attempts > 0, outbox.c.due_at > now_text, outbox.c.due_at <= longest)
        if connection.execute(select(outbox.c.id).where(mine, pending, waits).limit(1)).first():
            return []
        wanted = select(outbox).where(mine, pending).order_by(outbox.c.id)
        rows = list(connection.execute(wanted.limit(MOST_PER_MESSAGE).with_for_update(skip_locked=True)))
        # A mail goes to one address: those of the first row's that come before anybody else's.
        rows = list(takewhile(lambda row: row.recipient == rows[0].recipient, rows))
        if rows:
            lease = instant_text(at + timedelta(seconds=CLAIM_SECONDS))
            change = update(outbox).where(outbox.c.id.in_([row.id for row in rows]))
            connection.execute(change.values(due_at=lease, attempts=outbox.c.attempts + 1))
        return rows


def mark_sent(engine: Engine, rows: Sequence[Any], *, at: datetime) -> None:
    """Note that the rows were taken by their receiver, and that their orders are delivered."""
    with writing(engine) as connection:
        sent = update(outbox).where(outbox.c.id.in_([row.id for row in rows]))
        connection.execute(sent.values(status="sent", sent_at=instant_text(at), error=""))
        delivered = update(orders).where(
            orders.c.order_id.in_({row.order_id for row in rows}), orders.c.delivered_at.is_(None)
        )
        connection.execute(delivered.values(delivered_at=instant_text(at)))


def mark_failed(engine: Engine, rows: Sequence[Any], *, at: datetime, error: str) -> None:
    """Note why the rows were not taken, and when to try again: twice as long each time, five minutes at most."""
    with writing(engine) as connection:
        for row in rows:
            attempts = row.attempts + 1
            wait = min(2.0**attempts, LONGEST_PAUSE_SECONDS)
            values = {"error": error[:500], "due_at": instant_text(at + timedelta(seconds=wait))}
            if attempts >= MOST_SENDINGS:
                values["status"] = "failed"
            connection.execute(update(outbox).where(outbox.c.id == row.id).values(**values))


def put_back(engine: Engine, rows: Sequence[Any], *, at: datetime) -> None:
    """Note that the rows had no room in the message: they are as due as they were, and nobody was told of them."""
    with writing(engine) as connection:
        change = update(outbox).where(outbox.c.id.in_([row.id for row in rows]))
        connection.execute(change.values(due_at=instant_text(at), attempts=outbox.c.attempts - 1))


def addresses(engine: Engine, public_url: str, at: datetime) -> Address:
    """Return what gives the address at which a message's order is acknowledged, once, within the hour."""
    secret, expires = link_secret(engine), int((at + VALID).timestamp())

    def address(row: Any, told: dict[str, Any]) -> str:
        badge = told["actor"] if told["kind"] == "escalated" else ""
        link = Link(row.queue, row.order_id, f"{row.key} on {row.webhook}", badge, expires)
        return f"{public_url.rstrip('/')}/link/{sealed(link, secret)}"

    return address


async def send_due(
    engine: Engine,
    hook: Webhook,
    client: httpx.AsyncClient,
    *,
    clock: Callable[[], datetime],
    heard: Heard = lambda rows, error: None,
    resolve: Resolve | None = None,
    public_url: str = "",
) -> int:
    """Send what is due to `hook`, or what of it has room in one message; return how many notifications were taken.

    heard
        Told, off the event loop, of the rows that were taken, or were not and why.
    """
    loop = asyncio.get_running_loop()
    rows = await loop.run_in_executor(None, lambda: claim(engine, hook, at=clock()))
    if not rows:
        return 0
    address = await loop.run_in_executor(None, addresses, engine, public_url, clock()) if public_url else None
    made = hook_request(hook, rows, at=clock(), address=address)
    told, later = rows[: made.count], rows[made.count :]
    error = await send(hook, made, client, resolve=resolve)

    def mark() -> None:
        if error is None:
            mark_sent(engine, told, at=clock())
        else:
            mark_failed(engine, told, at=clock(), error=error)
        if later:
            put_back(engine, later, at=clock())
        heard(told, error)

    if error is not None:
        logger.warning("webhook %s did not take %d notifications: %s", hook.name, len(told), error)
    await loop.run_in_executor(None, mark)
    return len(told) if error is None else 0


async def send_forever(
    engine: Engine,
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    every_seconds: float,
    heard: Callable[[Webhook, Sequence[Any], str | None], None] = lambda hook, rows, error: None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> None:
    """Send what is due to every webhook, each at its own pace, again and again, until cancelled."""

    async def serve(hook: Webhook) -> None:
        while True:
            await asyncio.sleep(every_seconds)
            try:
                await send_due(
                    engine,
                    hook,
                    client,
                    clock=clock,
                    heard=partial(heard, hook),
                    resolve=addresses_of,
                    public_url=settings.public_url,
                )
            except Exception as error:  # a database away for a moment must not end the sending
                log_failure(logger, f"the outbox of webhook {hook.name} could not be worked", error)

    async with httpx.AsyncClient(timeout=10.0, transport=transport) as client:
        await asyncio.gather(*(serve(hook) for hook in settings.webhooks))


def outbox_state(engine: Engine, *, limit: int = 100) -> dict[str, Any]:
    """Return how many notifications stand at which status, and the newest ones."""
    with reading(engine) as connection:
        counts = connection.execute(select(outbox.c.status, func.count()).group_by(outbox.c.status))
        totals = {row[0]: row[1] for row in counts}
        newest = connection.execute(select(outbox).order_by(outbox.c.id.desc()).limit(limit))
        rows = [{key: value for key, value in row._mapping.items() if key != "body"} for row in newest]
    return {"counts": totals, "notifications": rows}
