"""What comes of reading a file besides its rows: notes, faults, alarms, and how things are written in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from api.intake.dates import Evidence
from api.intake.errors import InputError
from api.intake.number_style import NumberStyle
from forecaster.messages import Words


@dataclass
class Told:
    """What comes of reading besides rows: notes, faults, how numbers and dates are written, and rows left out.

    alarms
        What must be heard before anything is planned.
    """

    notes: list[Words] = field(default_factory=list)
    faults: list[InputError] = field(default_factory=list)
    style: NumberStyle = field(default_factory=NumberStyle)
    order: Evidence = field(default_factory=lambda: Evidence("ymd", ""))
    left_out: list[tuple[Words, int]] = field(default_factory=list)

    alarms: list[Words] = field(default_factory=list)

    def alarm(self, said: Words) -> None:
        """Say something that must be heard before anything is planned."""
        if said not in self.alarms:
            self.alarms.append(said)

    def note(self, said: Words) -> None:
        """Add a note, once."""
        if said not in self.notes:
            self.notes.append(said)

    def leave_out(self, count: int, said: Words) -> None:
        """Note that `count` rows were left out, if any were."""
        if count:
            self.note(said)
            self.left_out.append((said, count))
