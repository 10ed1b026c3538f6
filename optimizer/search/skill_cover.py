"""People who have several skills and serve one at a time: who is wanted for skills together, and who is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from optimizer.law.seat_columns import ANY_OF, SKILL_PREFIX
from optimizer.search.coverage_curves import Curve
from optimizer.search.kernel_arrays import FloatArray

_MOST_TOGETHER = 4  # skills of which every set is asked for; of more, pairs and all together


def skills_asked(columns: Iterable[object]) -> dict[frozenset[str], str]:
    """Return the sets of skills a requirement asks for, each with its column; several skills each have a column too."""
    named = [str(one).removeprefix(SKILL_PREFIX) for one in columns if str(one).startswith(SKILL_PREFIX)]
    several = [one for one in named if ANY_OF in one and set(one.split(ANY_OF)) <= set(named)]
    return {frozenset(one.split(ANY_OF) if one in several else (one,)): SKILL_PREFIX + one for one in named}


def shared_skills(people: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Return the sets of two skills or more that the people hang together by.

    Where every set has as many people as its skills need together, each person can be given a skill so that none is
    short (Hall 1935, "On representatives of subsets"); a set that falls apart is kept where its parts are.
    """
    several = {skills for skills in people if len(skills) > 1}
    found: set[frozenset[str]] = set()
    for together in _parts(several):
        sizes = range(2, len(together) + 1) if len(together) <= _MOST_TOGETHER else (2, len(together))
        for size in sizes:
            found |= {
                subset
                for subset in map(frozenset, combinations(sorted(together), size))
                if len(_parts([*(skills & subset for skills in several), *({skill} for skill in subset)])) == 1
            }
    return sorted(found, key=lambda skills: (len(skills), sorted(skills)))


def people_missing(curves: Sequence[Curve], present: FloatArray) -> FloatArray:
    """Return (slots,) how many people with skills are missing where each serves one skill at a time.

    present
        (curves, slots); of curves without skills nothing is read.
    """
    short = {
        curve.skills: np.clip(curve.enough - present[c], 0, None) for c, curve in enumerate(curves) if curve.skills
    }
    total = np.zeros(present.shape[1])
    for together in _parts(short):
        total += _most(frozenset(together), {skills: n for skills, n in short.items() if skills <= together}, {})
    return total


def _most(
    among: frozenset[str], short: dict[frozenset[str], FloatArray], known: dict[frozenset[str], FloatArray]
) -> FloatArray:
    """Return the most that disjoint sets of skills are short together, slot by slot."""
    if among not in known:
        if not among:
            return np.zeros(len(next(iter(short.values()))))
        first = min(among)
        ways = [_most(among - {first}, short, known)]
        ways += [n + _most(among - s, short, known) for s, n in short.items() if first in s and s <= among]
        known[among] = np.max(ways, axis=0)
    return known[among]


def _parts(links: Iterable[frozenset[str] | set[str]]) -> list[set[str]]:
    """Return the skills in sets that no link joins."""
    parts: list[set[str]] = []
    for link in links:
        joined = [part for part in parts if part & link]
        if link:
            parts = [part for part in parts if not part & link] + [set(link).union(*joined)]
    return parts
