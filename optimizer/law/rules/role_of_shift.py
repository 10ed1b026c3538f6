"""A shift that is for some roles is worked by nobody else."""

from __future__ import annotations

from dataclasses import replace

from forecaster.messages import Words
from optimizer.law.rules.giving_in import shifts_with
from optimizer.law.rules.rule import Rule

_FOR_ALL = shifts_with(lambda shift: replace(shift, roles=frozenset()))
ROLE_OF_SHIFT = Rule(
    "role_of_shift", "person", "shifts", Words("岗位与班次", "role of the shift"),
    Words("班次 {shift} 不适用于岗位 {role}", "shift {shift} is not for role {role}"),
    lambda mine: (
        (row.day, 1, {"shift": row.code, "role": mine.person.role})
        for row, shift in mine.of_catalogue
        if shift.roles and mine.person.role not in shift.roles
    ),
    told_by=("roles",),
    arrays=("Staff.person_cost",),
    set_aside=_FOR_ALL,
    rank=10,
    given_in=Words("班次不限岗位", "every role on every shift"),
    gives=_FOR_ALL,
    of_overtime=False,
)  # fmt: skip
