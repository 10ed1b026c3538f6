"""The page behind a link in a message: one order, one button, no key."""

from __future__ import annotations

from html import escape
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse

from api.http.models import Badge
from api.links import Link, LinkError, link_secret, opened, use
from api.sentences import say
from api.store.audit import AuditNote
from api.store.codec import now
from api.store.ladder_log import LadderLog
from api.store.order_rows import stored_order
from escalation.events import Acknowledge
from escalation.reasons import group
from forecaster.messages import Message, Words

router = APIRouter(include_in_schema=False)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>huawu</title><style>body{font:18px system-ui;max-width:30em;margin:2em auto;padding:0 1em}
input,button{font:inherit;padding:.5em;margin:.5em 0}button{width:100%%}</style><body>%s</body></html>"""


@router.get("/link/{token}")
def get_link(token: str, request: Request) -> HTMLResponse:
    """Show the order, and the button that acknowledges it: looking at a link, as messengers do, changes nothing."""
    log: LadderLog = request.app.state.log
    try:
        link = opened(token, link_secret(log.engine), at=now())
    except LinkError as error:
        return _page(_told(error.message), status=403)
    order = stored_order(log.engine, link.queue, link.order_id)
    if order is None:
        return _page(_told(say("link.unknown")), status=403)
    reason = Words(order["reason_zh"], order["reason"]).said("both")
    who = "" if link.badge else '<label>工号 Badge <input name="badge" required maxlength="64"></label>'
    return _page(
        f"<h1>{escape(link.queue)} · {escape(group(order['role']).said('both'))}</h1><p>{escape(reason)}</p>"
        f'<form method="post">{who}<button>确认 Acknowledge {escape(link.order_id)}</button></form>'
    )


@router.post("/link/{token}")
def post_link(token: str, request: Request, badge: Annotated[Badge | None, Form()] = None) -> HTMLResponse:
    """Acknowledge the order, once."""
    log: LadderLog = request.app.state.log
    try:
        link = opened(token, link_secret(log.engine), at=now())
        told = _acknowledge(log, link, token, link.badge or badge or "")
    except LinkError as error:
        return _page(_told(error.message), status=403)
    return _page(_told(told))


def _acknowledge(log: LadderLog, link: Link, token: str, badge: str) -> Message:
    if not badge:
        raise LinkError(say("act.badge"))
    order = stored_order(log.engine, link.queue, link.order_id)
    if order is None:
        raise LinkError(say("link.unknown"))
    if order["closed_at"] is not None:
        raise LinkError(say("link.closed", order=link.order_id))
    at = now()
    use(log.engine, link, token, badge=badge, at=at)
    note = AuditNote(badge, "order.acknowledge", link.order_id, detail=f"by the link in message {link.message}")
    log.act(link.queue, Acknowledge(at, link.order_id, badge), actor=badge, received_at=at, note=note)
    return say("link.done", order=link.order_id, badge=badge)


def _told(said: Message) -> str:
    return f"<p>{escape(said.zh)}</p><p>{escape(said.en)}</p>"


def _page(body: str, *, status: int = 200) -> HTMLResponse:
    return HTMLResponse(PAGE % body, status_code=status, headers=HEADERS)
