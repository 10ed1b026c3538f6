"""Sending order notifications: at least once, in their order, within what the receivers take.

A message is claimed for half a minute in the database, then sent, then marked. A crash in between sends it once more;
the receiver tells by the key. Orders that come faster than the receiver's rate travel together in one message.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import httpx
from sqlalchemy import Engine, func, select, update

from api.settings import Settings, Webhook
from api.store.database import reading, writing
from api.store.tables import instant, instant_text, orders, outbox
from escalation.sentences import group, who
from forecaster.messages import Language, Words

logger = logging.getLogger("huawu.outbox")
LEASE_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 300.0
MOST_ATTEMPTS = 40
MOST_PER_MESSAGE = 50
MOST_BYTES = 4000  # the robots of WeCom and DingTalk refuse longer texts (4096 and 20000 bytes)
TITLES = {
    "order": Words("指令", "Order"),
    "release": Words("签出", "Release"),
    "repeat": Words("重复提醒", "Repeated"),
}


@dataclass(frozen=True)
class Message:
    """One HTTP request to a receiver: some notifications together."""

    url: str
    body: bytes
    headers: dict[str, str]


def claim(engine: Engine, hook: Webhook, *, at: datetime) -> list[Any]:
    """Return the rows to send to `hook` now, claimed for this process; empty while it must wait.

    Nothing is due while another message is on its way, or before the receiver's rate allows the next.
    """
    mine = outbox.c.webhook == hook.name
    pending = outbox.c.status == "pending"
    with writing(engine) as connection:
        last = connection.execute(select(func.max(outbox.c.sent_at)).where(mine)).scalar()
        if last is not None and at < instant(last) + timedelta(seconds=60 / hook.per_minute):
            return []
        now_text = instant_text(at)
        under_way = select(func.count()).where(mine, pending, outbox.c.attempts > 0, outbox.c.due_at > now_text)
        if connection.execute(under_way).scalar():
            return []
        wanted = select(outbox).where(mine, pending, outbox.c.due_at <= now_text).order_by(outbox.c.id)
        rows = list(connection.execute(wanted.limit(MOST_PER_MESSAGE).with_for_update(skip_locked=True)))
        if rows:
            lease = instant_text(at + timedelta(seconds=LEASE_SECONDS))
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
            wait = min(2.0**attempts, LONGEST_WAIT_SECONDS)
            values = {"error": error[:500], "due_at": instant_text(at + timedelta(seconds=wait))}
            if attempts >= MOST_ATTEMPTS:
                values["status"] = "failed"
            connection.execute(update(outbox).where(outbox.c.id == row.id).values(**values))


def message(hook: Webhook, rows: Sequence[Any], *, at: datetime) -> Message:
    """Return the request that tells `hook` of the rows, in its receiver's own form."""
    told = [{"key": row.key, **json.loads(row.body)} for row in rows]
    milliseconds = int(at.timestamp() * 1000)
    if hook.kind == "json":
        body = json.dumps({"notifications": told}, ensure_ascii=False).encode()
        stamp = str(milliseconds)
        signed = hmac.new(hook.secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        keys = hashlib.sha256("\n".join(one["key"] for one in told).encode()).hexdigest()
        headers = {"X-Huawu-Timestamp": stamp, "X-Huawu-Signature": f"sha256={signed}", "Idempotency-Key": keys}
        return Message(hook.url, body, {"Content-Type": "application/json", **headers})
    title, text = words(told, language=hook.language)
    url = hook.url
    if hook.kind == "wecom":
        content: dict[str, Any] = {"msgtype": "markdown", "markdown": {"content": text}}
    else:
        content = {"msgtype": "markdown", "markdown": {"title": title, "text": text}}
        if hook.secret:
            basis = f"{milliseconds}\n{hook.secret}".encode()
            sign = base64.b64encode(hmac.new(hook.secret.encode(), basis, hashlib.sha256).digest())
            url += f"{'&' if '?' in url else '?'}timestamp={milliseconds}&sign={quote_plus(sign)}"
    return Message(url, json.dumps(content, ensure_ascii=False).encode(), {"Content-Type": "application/json"})


def words(told: Sequence[dict[str, Any]], *, language: Language) -> tuple[str, str]:
    """Return a title and a markdown text of the notifications, cut to what robots take."""
    first = told[0]
    title = f"{TITLES[first['kind']].said(language)} {first['queue']}"
    lines: list[str] = []
    for place, one in enumerate(told):
        title_of, whom, many = (w.said(language) for w in (TITLES[one["kind"]], group(one["role"]), who(one["people"])))
        reason = Words(one["reason_zh"], one["reason"]).said(language)
        line = f"**{title_of}** {one['queue']} · {one['rung']} · {whom} {many}\n> {reason} `{one['order_id']}`"
        if len("\n\n".join([*lines, line]).encode()) > MOST_BYTES - 40:
            left = len(told) - place
            lines.append(f"…另有 {left} 条" if language == "zh" else f"… and {left} more")
            break
        lines.append(line)
    return title, "\n\n".join(lines)


async def send_due(engine: Engine, hook: Webhook, client: httpx.AsyncClient, *, clock: Callable[[], datetime]) -> int:
    """Send what is due to `hook`; return how many notifications were taken."""
    loop = asyncio.get_running_loop()
    rows = await loop.run_in_executor(None, lambda: claim(engine, hook, at=clock()))
    if not rows:
        return 0
    made = message(hook, rows, at=clock())
    try:
        answer = await client.post(made.url, content=made.body, headers=made.headers)
        error = refusal(hook, answer)
    except httpx.HTTPError as failure:
        error = f"{type(failure).__name__}: {failure}"
    if error is None:
        await loop.run_in_executor(None, lambda: mark_sent(engine, rows, at=clock()))
        return len(rows)
    logger.warning("webhook %s did not take %d notifications: %s", hook.name, len(rows), error)
    await loop.run_in_executor(None, lambda: mark_failed(engine, rows, at=clock(), error=error))
    return 0


def refusal(hook: Webhook, answer: httpx.Response) -> str | None:
    """Return why the receiver refused, or None: the robots answer 200 with an error code inside."""
    if answer.is_error or answer.is_redirect:
        return f"HTTP {answer.status_code}"
    if hook.kind == "json":
        return None
    try:
        code = answer.json().get("errcode", 0)
    except (ValueError, AttributeError):
        return "the answer is not the robot's"
    return None if code == 0 else f"errcode {code}"


async def send_forever(
    engine: Engine, settings: Settings, *, clock: Callable[[], datetime], every_seconds: float
) -> None:
    """Send what is due to every webhook, again and again, until cancelled."""
    async with httpx.AsyncClient(timeout=10.0) as client:
        while True:
            for hook in settings.webhooks:
                try:
                    await send_due(engine, hook, client, clock=clock)
                except Exception:  # a database away for a moment must not end the sending
                    logger.exception("the outbox of webhook %s could not be worked", hook.name)
            await asyncio.sleep(every_seconds)


def outbox_state(engine: Engine, *, limit: int = 100) -> dict[str, Any]:
    """Return how many notifications stand at which status, and the newest ones."""
    with reading(engine) as connection:
        counts = connection.execute(select(outbox.c.status, func.count()).group_by(outbox.c.status))
        totals = {row[0]: row[1] for row in counts}
        newest = connection.execute(select(outbox).order_by(outbox.c.id.desc()).limit(limit))
        rows = [{key: value for key, value in row._mapping.items() if key != "body"} for row in newest]
    return {"counts": totals, "notifications": rows}
