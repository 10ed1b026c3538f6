"""What comes of reading a file besides its rows: notes, faults, alarms, and how things are written in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from api.intake.dates import NO_EVIDENCE, Evidence
from api.intake.errors import InputError
from api.intake.number_style import NumberStyle
from api.intake.sentences import say
from forecaster.messages import Words

HOUR_MINUTES = 60


@dataclass
class Told:
    """What comes of reading besides rows: notes, faults, how numbers and dates are written, and rows left out.

    alarms
        What must be heard before anything is planned.
    """

    notes: list[Words] = field(default_factory=list)
    faults: list[InputError] = field(default_factory=list)
    style: NumberStyle = field(default_factory=NumberStyle)
    order: Evidence = NO_EVIDENCE
    left_out: list[tuple[Words, int]] = field(default_factory=list)
    alarms: list[Words] = field(default_factory=list)

    def alarm(self, said: Words) -> None:
        """Say something that must be heard before anything is planned."""
        if said not in self.alarms:
            self.alarms.append(said)

    def look_at_offsets(self, minutes: Sequence[int]) -> None:
        """Say it where instants have several offsets from UTC that are no winter and summer of one zone."""
        if len(minutes) > 2 or (len(minutes) == 2 and minutes[1] - minutes[0] != HOUR_MINUTES):
            named = [f"{one // HOUR_MINUTES:+03d}:{one % HOUR_MINUTES:02d}" for one in minutes]
            self.alarm(say("alarm.offsets", count=len(minutes), offsets=named))

    def note(self, said: Words) -> None:
        """Add a note, once."""
        if said not in self.notes:
            self.notes.append(said)

    def leave_out(self, count: int, said: Words) -> None:
        """Note that `count` rows were left out, if any were."""
        if count:
            self.note(said)
            self.left_out.append((said, count))
