"""A queue that is driven reading by reading, and what the ladder says of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from escalation.engine import reduce
from escalation.events import Reading
from escalation.floor import Floor
from escalation.state import initial_state

START = datetime(2026, 12, 1, 9, tzinfo=UTC)
NIGHT = Floor(
    available={"expert": 2, "outbound": 4, "qa": 5, "back_office": 3, "supervisor": 2, "business_supervisor": 1},
    badges={"supervisor": ("S2", "S1"), "business_supervisor": ("K1",)},
)


def at(minute: float) -> datetime:
    """Return the instant so many minutes after the start."""
    return START + timedelta(minutes=minute)


class Run:
    """A queue being driven: feed it, then look at what was said."""

    def __init__(self, ladder, **state):
        self.state = initial_state(ladder, **state)
        self.said = []

    def tell(self, event):
        self.state, made = reduce(self.state, event)
        self.said.extend(made)
        return made

    def minutes(self, waiting, first, last):
        """Feed one reading a minute, first to last minute, both included."""
        for minute in range(first, last + 1):
            self.tell(Reading(at(minute), waiting))
        return self

    def lines(self, *kinds):
        return [
            (one.kind, one.rung, (one.at - START).total_seconds() / 60)
            for one in self.said
            if one.kind in (kinds or ("order", "release", "skipped", "blocked"))
        ]

    def people(self):
        return {one.rung: one.people for one in self.said if one.kind == "order"}


def orders(*pairs):
    return [("order", rung, minute) for rung, minute in pairs]
