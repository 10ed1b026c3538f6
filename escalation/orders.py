"""What the ladder says: decisions with their reason in words, and the orders that stay open until released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from forecaster.names import DECISION_WORDS

MOST_DELIVERIES = 20  # kept with an order, the latest: a state does not grow with how often it is told
DECISION_KINDS = tuple(DECISION_WORDS)  # the ladder's own


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an order's newest message on one channel: taken, for `to`, or not taken and why."""

    channel: str
    at: datetime
    to: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One group asked to the phones (L18), from the moment it was ordered until it is released.

    people
        How many were ordered; None: the whole group, its number unknown.
    people_signed_in
        How many of them are on the phone, as a supervisor told; None: not told yet.
    told_at, repeats, escalated
        When it was last told, how often again, and to whom of the on-call list after that (L34).
    deliveries
        Per channel, whether its message was taken.
    seen_seated, seen_gone
        How many of them the switch has shown sitting down since, and gone from its count of those available.
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
    seen_seated: int = 0
    seen_gone: int = 0
    told_at: datetime | None = None
    repeats: int = 0
    escalated: tuple[str, ...] = ()
    deliveries: tuple[Delivery, ...] = ()

    @property
    def not_seated(self) -> int:
        """Return how many of its people do not sit yet, as far as anybody knows (L32)."""
        return max(0, (self.people or 0) - max(self.seen_seated, self.people_signed_in or 0))

    @property
    def still_counted(self) -> int:
        """Return how many of its people the switch still counts as available (L31)."""
        return (self.people or 0) - self.seen_gone


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing the ladder decided.

    kind
        One of `DECISION_KINDS`, or what people did: `acknowledged, declined, signed_in, taken_back, override, mode,
        ladder, fault, silence`, or what became of an order: `repeat, escalated, delivered, undelivered`.
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


Decisions = tuple[Decision, ...]
