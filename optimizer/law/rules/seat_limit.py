"""The seats that there are: no more people answer calls at a time."""

from __future__ import annotations

import numpy as np

from forecaster.messages import Words
from optimizer.law.rules.giving_in import rules_with
from optimizer.law.rules.rule import Finds, Presence, Rule, Setting

SEATS: Setting[int | None] = Setting("seat_limit", None, "seats")


def _check(there: Presence) -> Finds:
    limit = there.rules.seat_limit
    if limit is None:
        return
    spells = there.spells([r for r in there.rows if r.works and there.role_of[r.badge] in there.rules.cover_roles])
    worst = np.zeros(len(there.days), dtype=np.int64)
    np.maximum.at(worst, spells.day, spells.present - limit)
    for number in np.flatnonzero(worst):
        yield there.days[number], int(worst[number]), {"over": int(worst[number]), "limit": limit}


SEAT_LIMIT = Rule(
    "seat_limit", "cover", "people", Words("物理台席", "seat limit"),
    Words("比 {limit} 个台席多 {over} 人", "{over} more people than the {limit} seats"),
    check_all=_check,
    settings=(SEATS,),
    arrays=("Curves.of_group",),  # the curve of seats is barred beyond the limit
    given_in=Words("多一个台席", "one seat more"),
    gives=rules_with(lambda rules: {} if rules.seat_limit is None else {"seat_limit": rules.seat_limit + 1}),
)  # fmt: skip
