"""Links in messages by which an order is acknowledged without a key: signed, for an hour, once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from api.sentences import say
from api.store.database import reading, writing
from api.store.tables import facts, instant_text, links
from forecaster.messages import Refusal

SECRET = "link_secret"  # noqa: S105 (the name under which it is kept)
VALID = timedelta(hours=1)
SIGNATURE_BYTES = 32


class LinkError(Refusal):
    """A link that acknowledges nothing: not made here, past its end, or used before."""


@dataclass(frozen=True)
class Link:
    """What a link is for.

    message
        Which message it stands in: each has one of its own.
    badge
        Whose acknowledgement it is; empty where a group is told, and whoever follows it says so.
    expires
        Seconds since 1970.
    """

    queue: str
    order_id: str
    message: str
    badge: str
    expires: int


def link_secret(engine: Engine) -> bytes:
    """Return what links are signed with: made once, the same for every process on the database."""
    wanted = select(facts.c.value).where(facts.c.name == SECRET)
    with reading(engine) as connection:
        kept = connection.execute(wanted).scalar()
    if kept is None:
        try:
            with writing(engine) as connection:
                connection.execute(insert(facts).values(name=SECRET, value=secrets.token_hex(32)))
        except IntegrityError:  # another process was first
            pass
        with reading(engine) as connection:
            kept = connection.execute(wanted).scalar_one()
    return bytes.fromhex(kept)


def sealed(link: Link, secret: bytes) -> str:
    """Return the link as the end of a web address."""
    text = json.dumps(astuple(link), ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hmac.digest(secret, text, hashlib.sha256) + text).decode().rstrip("=")


def opened(token: str, secret: bytes, *, at: datetime) -> Link:
    """Return what `sealed` wrote.

    Raises
    ------
    LinkError
        If it was not written here, or its time is over.
    """
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        raise LinkError(say("link.unknown")) from None
    signature, text = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, hmac.digest(secret, text, hashlib.sha256)):
        raise LinkError(say("link.unknown"))
    link = Link(*json.loads(text))
    if at.timestamp() >= link.expires:
        raise LinkError(say("link.over"))
    return link


def use(engine: Engine, link: Link, token: str, *, badge: str, at: datetime) -> None:
    """Use a link up.

    Raises
    ------
    LinkError
        If it was used before.
    """
    number = hashlib.sha256(token.encode()).hexdigest()
    row = {"link_id": number, "queue": link.queue, "order_id": link.order_id, "badge": badge}
    end = datetime.fromtimestamp(link.expires, UTC)
    try:
        with writing(engine) as connection:
            connection.execute(insert(links).values(**row, expires_at=instant_text(end), used_at=instant_text(at)))
    except IntegrityError:
        raise LinkError(say("link.used")) from None
