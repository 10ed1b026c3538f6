"""The busy-hour capacity in words: by theory, by sample, as set."""

from __future__ import annotations

from api.sentences import say
from forecaster.messages import NOTHING, Language
from forecaster.requirement.busy_hour import BusyHourCapacity


def capacity_text(capacity: BusyHourCapacity, language: Language = "en") -> str:
    """Return the busy-hour capacity three ways, side by side, as text: theory, sample, the value set."""
    theory, sampled = capacity.theory_calls_per_hour, capacity.sampled_calls_per_hour
    shown = {"set": capacity.set_calls_per_hour, "used": capacity.calls_per_hour}
    band = NOTHING
    if capacity.sampled_lower is not None and capacity.sampled_upper is not None:
        limits = {"lower": capacity.sampled_lower, "upper": capacity.sampled_upper}
        band = say("capacity.band", confidence=capacity.confidence, **limits)
    size = {"intervals": capacity.sampled_intervals, "days": capacity.sampled_days}
    lines = [
        say("capacity.title"),
        say("capacity.no_theory")
        if theory is None
        else say("capacity.theory", calls=theory, aht=capacity.aht_seconds, occupancy=capacity.max_occupancy),
        say("capacity.no_sample") if sampled is None else say("capacity.sample", calls=sampled, band=band, **size),
        *(say(f"capacity.{name}", calls="–" if value is None else f"{value:.1f}") for name, value in shown.items()),
    ]
    return "\n".join(line.said(language) for line in lines)
