"""Teams that are led: who is of them, and who leads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # which is made of rules, one of which asks for this
    from optimizer.law.people import Person


@dataclass(frozen=True)
class LedTeam:
    """A team by the numbers of its people; who leads it is not counted among its members."""

    name: str
    members: tuple[int, ...]
    leaders: tuple[int, ...]


def led_teams(people: Sequence[Person]) -> list[LedTeam]:
    """Return the teams of which somebody is a member and somebody leads them, by name."""
    found = []
    for name in sorted({team for person in people for team in person.leads}):
        leaders = tuple(p for p, person in enumerate(people) if name in person.leads)
        members = tuple(p for p, person in enumerate(people) if person.team == name and p not in leaders)
        if members:
            found.append(LedTeam(name, members, leaders))
    return found
