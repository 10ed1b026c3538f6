"""How the columns of a requirement and of its coverage that count people by skill are called."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

SKILL_PREFIX = "seats_required."  # of a requirement's column for one skill, or for several of which one will do
CREW_PREFIX = "on_phone."  # of a coverage's column of those on the phone who have just these skills of the skills asked
ANY_OF = "+"  # joins skills in these columns


def crew_column(skills: Iterable[str]) -> str:
    """Return the column of those on the phone who have just these skills of the skills asked."""
    return CREW_PREFIX + ANY_OF.join(sorted(skills))


def wanted_column(frame: pd.DataFrame) -> str:
    """Return the column of a requirement, or a coverage, that counts the people wanted on the phone."""
    return "people_to_roster" if "people_to_roster" in frame else "seats_required"
