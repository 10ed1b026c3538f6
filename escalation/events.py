"""What can happen to a queue's ladder. Every event carries the instant it happened at (aware); nothing here acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from escalation.floor import Floor
from escalation.ladder import Ladder


@dataclass(frozen=True, slots=True)
class Reading:
    """How many callers wait at `at`; None is missing and never 0 (L12).

    `received_at` is when the reading arrived, where that is known: a reading from the future is refused by it (L27).
    """

    at: datetime
    waiting: int | None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: staleness shows, orders age. A tick never climbs and never releases.

    on_call
        Who is to hear of an order nobody heeds, one after the other (L34), by the list of that moment.
    """

    at: datetime
    on_call: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """The supervisor has seen an order."""

    at: datetime
    order_id: str
    actor: str


@dataclass(frozen=True, slots=True)
class Decline:
    """An order will not be carried out."""

    at: datetime
    order_id: str
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """So many people of an order are on the phone now (the whole of them, not an increment)."""

    at: datetime
    order_id: str
    actor: str
    people: int
    badges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The last act on an order was a slip: whoever did it takes it back, within seconds."""

    at: datetime
    order_id: str
    actor: str


@dataclass(frozen=True, slots=True)
class TakenInHand:
    """The supervisor's hand (L23).

    action
        `climb` to `rung`; `hold` at `rung` until `until`; `release` the last group in, or `order_id`'s group, or every
        group above `rung` where that is given; `resume` ends a hold.
    """

    at: datetime
    action: str
    actor: str
    reason: str
    rung: int | None = None
    until: datetime | None = None
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class PeopleChanged:
    """Who and what is on the floor now."""

    at: datetime
    floor: Floor


@dataclass(frozen=True, slots=True)
class LadderChanged:
    """Another ladder counts from the next reading (L29)."""

    at: datetime
    ladder: Ladder


@dataclass(frozen=True, slots=True)
class ModeChanged:
    """Day or night begins, or a holiday beside either (L35); `holiday` None leaves that as it was.

    The mode `holiday` is the day of a holiday.
    """

    at: datetime
    mode: str
    holiday: bool | None = None
    actor: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KnownFault:
    """A system fault that will not soon be repaired is flagged, or its flag taken back."""

    at: datetime
    standing: bool
    actor: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """Messages are held back until `until`, never the ladder; None ends it."""

    at: datetime
    until: datetime | None
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """An order's message was taken by a channel, for `to`; or was not, and `error` says why."""

    at: datetime
    order_id: str
    channel: str
    to: str = ""
    error: str = ""


Event = (
    Reading
    | Tick
    | Acknowledge
    | Decline
    | SignedIn
    | TakenBack
    | TakenInHand
    | PeopleChanged
    | LadderChanged
    | ModeChanged
    | KnownFault
    | Silence
    | Delivered
)
