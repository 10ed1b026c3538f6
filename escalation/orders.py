"""What the ladder says: decisions with their reason in words, and the orders that stay open until released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

KINDS = ("order", "release", "skipped", "blocked", "holding", "stale", "late", "refused")


@dataclass(frozen=True, slots=True)
class Order:
    """One group asked to the phones (L18), from the moment it was ordered until it is released.

    people
        How many were ordered; None: the whole group, its number unknown.
    people_signed_in
        How many of them are on the phone, as told; None: not told yet.
    status
        `issued`, `acknowledged`, `signed_in`, `short`; closed orders are `released`, `declined` or `expired`.
    """

    order_id: str
    rung: int
    role: str
    people: int | None
    ordered_at: datetime
    rule: str = ""
    action: str = "sign_in"
    reason: str = ""
    reason_zh: str = ""
    badges: tuple[str, ...] = ()
    counts_as_added: bool = False
    for_fault: bool = False
    status: str = "issued"
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    signed_in_at: datetime | None = None
    people_signed_in: int | None = None
    told_at: datetime | None = None
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing the ladder decided.

    kind
        One of `KINDS`, or what people did: `acknowledged, declined, signed_in, repeat, override, mode, ladder, fault`.
    code
        The reason in one word; `rule` the rules it rests on; `reason` in English and `reason_zh` in Chinese.
    needed
        People that would have been right, where the number ordered was bounded; None where not known.
    """

    at: datetime
    kind: str
    rung: int | None
    role: str
    people: int | None
    code: str
    rule: str
    reason: str
    reason_zh: str
    order_id: str = ""
    badges: tuple[str, ...] = ()
    needed: int | None = None
    actor: str = ""
