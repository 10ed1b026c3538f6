"""Every way in which the short breaks of a month's shifts may lie, as arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce

import numpy as np

from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, off_phone
from optimizer.search.kernel_arrays import Pauses


def pauses_of(duties: Sequence[Shift], standby_duties: int, rules: RosterRules, slot_minutes: int) -> Pauses:
    """Return every way to lay the breaks of the duties, on the longest slots in which they and `slot_minutes` begin."""
    shifts = len(duties) - standby_duties
    breaks = [duty.breaks if i < shifts and not off_phone(duty.code) else () for i, duty in enumerate(duties)]
    minutes = (m for those in breaks for pause in those for m in (pause.minutes, *pause.offsets_minutes))
    slot, most = reduce(math.gcd, minutes, slot_minutes), max(map(len, breaks))
    meals = max(1, *(len(duty.meal_offsets_minutes) for duty in duties)) if most else 1
    ends = np.zeros((2, len(duties), meals), dtype=np.int64)
    windows, length = np.zeros((2, len(duties), most), dtype=np.int64), np.zeros((len(duties), most), dtype=np.int64)
    ways: list[list[int]] = []
    window: list[int] = []
    for s, (duty, those) in enumerate(zip(duties, breaks, strict=True)):
        for k, pause in enumerate(those):
            length[s, k] = pause.minutes // slot
            windows[:, s, k] = len(window), len(window) + len(pause.offsets_minutes)
            window += [offset // slot for offset in pause.offsets_minutes]
        for m, meal in enumerate(duty.meal_offsets_minutes or (None,)) if those else ():
            found = duty.break_choices(meal, rules.break_distance_minutes)
            ends[:, s, m] = len(ways), len(ways) + len(found)
            ways += [[begin // slot for begin in way] + [0] * (most - len(way)) for way in found]
    offset = np.array(ways, dtype=np.int64).reshape(len(ways), most)
    return Pauses(slot, ends[0], ends[1], offset, windows[0], windows[1], np.array(window, dtype=np.int64), length)
