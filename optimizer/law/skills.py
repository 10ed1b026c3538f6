"""The skills of a person, each at a level."""

from __future__ import annotations

import re
from collections.abc import Iterable

SKILL_LEVEL = re.compile(r"(.+?)\s*[:：]\s*(\d+)")
MOST_LEVEL = 9  # one digit


class Skills(frozenset[str]):
    """What a person can be asked: names of skills, each at a level from 1, the best, which need not be told."""

    levels: dict[str, int]

    def __new__(cls, items: Iterable[str] = ()) -> Skills:
        """Return the skills of a list such as `tech`, `billing:2`."""
        found = [(item, SKILL_LEVEL.fullmatch(item)) for item in items]
        levels = {match.group(1) if match else item: int(match.group(2)) if match else 1 for item, match in found}
        skills = super().__new__(cls, levels)
        skills.levels = levels
        return skills

    def items_told(self) -> tuple[str, ...]:
        """Return the list that they are read from again."""
        return tuple(skill if level == 1 else f"{skill}:{level}" for skill, level in self.levels.items())


def level_of(skills: frozenset[str], skill: str) -> int:
    """Return at what level somebody has a skill."""
    return skills.levels.get(skill, 1) if isinstance(skills, Skills) else 1
