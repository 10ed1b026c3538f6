"""The channels that order notifications travel on, each in its receiver's own form: JSON, three group robots, mail."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import json
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote_plus, urlsplit

import httpx

from api.settings import Webhook
from escalation.reasons import group, who
from forecaster.messages import Language, Words

SEND_WITHIN_SECONDS = 20.0
# What the robots take of a text, in bytes; 4096 and 20000 are in their books, the rest is what wraps it.
MESSAGE_BYTES = {"wecom": 4000, "dingtalk": 19_000, "feishu": 19_000, "smtp": 500_000}
MOST_REASON_BYTES = 1500
ACKNOWLEDGE = Words("确认", "acknowledge")
LINK = re.compile(r"\[([^\]]+)\]\((\S+)\)")
TITLES = {
    "order": Words("指令", "Order"),
    "release": Words("签出", "Release"),
    "repeat": Words("重复提醒", "Repeated"),
    "escalated": Words("转告", "Passed on"),
    "published": Words("班表与预测已发布", "Plan published"),
}
INSTEAD = Words("，取代 {before}：{why}", ", instead of {before}: {why}")
Resolve = Callable[[str], Sequence[str]]
Address = Callable[[Any, dict[str, Any]], str]


@dataclass(frozen=True)
class Posting:
    """One request to a receiver: some notifications together.

    count
        How many of the notifications it tells; those after them have no room in it.
    """

    url: str
    body: bytes
    headers: dict[str, str]
    count: int


def hook_request(hook: Webhook, rows: Sequence[Any], *, at: datetime, address: Address | None = None) -> Posting:
    """Return the request that tells `hook` of the rows, or of the first of them that have room, in its own form.

    address
        Gives the address at which a row's order is acknowledged.
    """
    told = [{"key": row.key, **json.loads(row.body)} for row in rows]
    for row, one in zip(rows, told, strict=True):
        if address is not None and one["kind"] not in ("release", "published"):
            one["acknowledge_url"] = address(row, one)
    milliseconds = int(at.timestamp() * 1000)
    if hook.kind == "json":
        body = json.dumps({"notifications": told}, ensure_ascii=False).encode()
        stamp = str(milliseconds)
        signed = hmac.new(hook.secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        keys = hashlib.sha256("\n".join(one["key"] for one in told).encode()).hexdigest()
        headers = {"X-Huawu-Timestamp": stamp, "X-Huawu-Signature": f"sha256={signed}", "Idempotency-Key": keys}
        return Posting(hook.url, body, {"Content-Type": "application/json", **headers}, len(told))
    title, text, count = words(told, language=hook.language, most_bytes=MESSAGE_BYTES[hook.kind])
    if hook.kind == "smtp":
        return Posting(hook.url, _mail(hook, rows[0].recipient or hook.to, title, text).as_bytes(), {}, count)
    url, content = _robot(hook, title, text, milliseconds=milliseconds)
    return Posting(url, json.dumps(content, ensure_ascii=False).encode(), {"Content-Type": "application/json"}, count)


def _robot(hook: Webhook, title: str, text: str, *, milliseconds: int) -> tuple[str, dict[str, Any]]:
    """Return address and content for a group robot."""
    if hook.kind == "wecom":
        return hook.url, {"msgtype": "markdown", "markdown": {"content": text}}
    if hook.kind == "feishu":
        content: dict[str, Any] = {"msg_type": "text", "content": {"text": f"{title}\n{_plain(text)}"}}
        if hook.secret:
            seconds = str(milliseconds // 1000)
            signed = hmac.new(f"{seconds}\n{hook.secret}".encode(), b"", hashlib.sha256).digest()
            content |= {"timestamp": seconds, "sign": base64.b64encode(signed).decode()}
        return hook.url, content
    url = hook.url
    if hook.secret:
        basis = f"{milliseconds}\n{hook.secret}".encode()
        sign = base64.b64encode(hmac.new(hook.secret.encode(), basis, hashlib.sha256).digest())
        url += f"{'&' if '?' in url else '?'}timestamp={milliseconds}&sign={quote_plus(sign)}"
    return url, {"msgtype": "markdown", "markdown": {"title": title, "text": text}}


def words(told: Sequence[dict[str, Any]], *, language: Language, most_bytes: int) -> tuple[str, str, int]:
    """Return a title, a text of as many of the notifications as have room in it, and how many these are."""
    first = told[0]
    title = f"{TITLES[first['kind']].said(language)} {first['queue']}"
    lines: list[str] = []
    size = 0
    for one in told:
        line = _line(one, language)
        size += len(line.encode()) + 2
        if lines and size > most_bytes:
            break
        lines.append(line)
    return title, "\n\n".join(lines), len(lines)


def _line(one: dict[str, Any], language: Language) -> str:
    if one["kind"] == "published":
        before, why = ", ".join(one["supersedes"]), one["why"]
        instead = INSTEAD.said(language).format(before=before, why=why) if before else ""
        title = TITLES[one["kind"]].said(language)
        return f"**{title}** {one['queue']} · {one['month']}\n> {', '.join(one['versions'])}{instead}"
    title, whom, many = (w.said(language) for w in (TITLES[one["kind"]], group(one["role"]), who(one["people"])))
    reason = Words(one["reason_zh"], one["reason"]).said(language)
    cut = reason.encode()[:MOST_REASON_BYTES].decode(errors="ignore")
    shown = cut if cut == reason else cut + "…"
    link = f"\n[{ACKNOWLEDGE.said(language)}]({one['acknowledge_url']})" if "acknowledge_url" in one else ""
    return f"**{title}** {one['queue']} · {one['rung']} · {whom} {many}\n> {shown} `{one['order_id']}`{link}"


def _plain(text: str) -> str:
    """Return the text with its links written out, for receivers that know no others."""
    return LINK.sub(r"\1: \2", text)


def _mail(hook: Webhook, to: str, title: str, text: str) -> EmailMessage:
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = title, hook.sender or hook.user, to
    made.set_content(_plain(text).replace("**", "").replace("`", ""))
    return made


async def send(hook: Webhook, made: Posting, client: httpx.AsyncClient, *, resolve: Resolve | None) -> str | None:
    """Return why the receiver did not take the message, or None.

    resolve
        Gives a host's addresses, so that private ones can be refused; None looks at literal addresses alone.
    """
    try:
        async with asyncio.timeout(SEND_WITHIN_SECONDS):
            if not hook.private:
                forbidden = await asyncio.to_thread(private_address, made.url, resolve)
                if forbidden is not None:
                    return f"{forbidden} is an address within the house; set private = true for this webhook"
            if hook.kind == "smtp":
                return await asyncio.to_thread(_hand_over, hook, made)
            answer = await client.post(made.url, content=made.body, headers=made.headers)
            return refused_by(hook, answer)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, smtplib.SMTPException, ValueError) as failure:
        return f"{type(failure).__name__}: {failure}"


def private_address(url: str, resolve: Resolve | None) -> str | None:
    """Return the address of `url` that is not on the public network, or None."""
    host = urlsplit(url).hostname or ""
    try:
        addresses: Sequence[str] = [str(ipaddress.ip_address(host))]
    except ValueError:
        try:
            addresses = resolve(host) if resolve is not None else []
        except OSError:
            addresses = []  # the request itself will say that there is no such host
    return next((one for one in addresses if not ipaddress.ip_address(one.partition("%")[0]).is_global), None)


def addresses_of(host: str) -> Sequence[str]:
    """Return the addresses that a host's name stands for."""
    return [str(one[4][0]) for one in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def _hand_over(hook: Webhook, made: Posting) -> None:
    """Give a mail to the server, over TLS wherever it is offered; a password never goes in the clear."""
    where, secure = urlsplit(hook.url), ssl.create_default_context()
    host, mail = where.hostname or "", message_from_bytes(made.body)
    server: smtplib.SMTP
    if where.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, where.port or 465, timeout=10.0, context=secure)
    else:
        server = smtplib.SMTP(host, where.port or 25, timeout=10.0)
    with server:
        if where.scheme == "smtp":
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=secure)
            elif hook.secret:
                raise smtplib.SMTPException("the server offers no TLS: the password is not sent in the clear")
        if hook.secret:
            server.login(hook.user, hook.secret)
        server.send_message(mail)


def refused_by(hook: Webhook, answer: httpx.Response) -> str | None:
    """Return why the receiver refused, or None: the robots answer 200 with an error code inside."""
    if answer.is_error or answer.is_redirect:
        return f"HTTP {answer.status_code}"
    if hook.kind == "json":
        return None
    name = "code" if hook.kind == "feishu" else "errcode"
    try:
        code = answer.json().get(name, 0)
    except (ValueError, AttributeError):
        return "the answer is not the robot's"
    return None if code == 0 else f"{name} {code}"
