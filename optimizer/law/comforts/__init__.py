"""What a person can bear: soft rules about one person's month, one file each, weighed in the plan.

A rule that stands in `COMFORTS` is searched for, bounded, reported and set by its name; nothing else is to be changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args

from optimizer.law.comforts.backward_rotation import BACKWARD_ROTATION
from optimizer.law.comforts.comfort import About, Comfort, Preset, Worked
from optimizer.law.comforts.rest_after_nights import REST_AFTER_NIGHTS
from optimizer.law.comforts.shift_change import SHIFT_CHANGE
from optimizer.law.comforts.short_shift import SHORT_SHIFT
from optimizer.law.comforts.single_day_off import SINGLE_DAY_OFF
from optimizer.law.comforts.single_day_on import SINGLE_DAY_ON
from optimizer.law.comforts.single_night import SINGLE_NIGHT
from optimizer.law.comforts.sixth_day import SIXTH_DAY
from optimizer.law.comforts.split_shift import SPLIT_SHIFT
from optimizer.law.comforts.start_after_days_off import START_AFTER_DAYS_OFF
from optimizer.law.comforts.start_change import START_CHANGE
from optimizer.law.comforts.weekends_off import WEEKENDS_OFF, wanted_weekends

COMFORTS: Mapping[str, Comfort] = MappingProxyType(
    {
        comfort.name: comfort
        for comfort in (
            SINGLE_DAY_OFF,
            SIXTH_DAY,
            SINGLE_DAY_ON,
            WEEKENDS_OFF,
            SINGLE_NIGHT,
            REST_AFTER_NIGHTS,
            START_CHANGE,
            BACKWARD_ROTATION,
            SHIFT_CHANGE,
            START_AFTER_DAYS_OFF,
            SHORT_SHIFT,
            SPLIT_SHIFT,
        )
    }
)
PRESETS: tuple[Preset, ...] = get_args(Preset)


def preset_weights(preset: Preset) -> dict[str, float]:
    """Return the weight of every rule under a preset."""
    return {name: comfort.weights[preset] for name, comfort in COMFORTS.items()}


__all__ = ["COMFORTS", "PRESETS", "About", "Comfort", "Preset", "Worked", "preset_weights", "wanted_weekends"]
