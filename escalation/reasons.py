"""Why the ladder decided as it did, put together from its sentences: whom an order brings in, by what, for how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from escalation.ladder import Ladder, Rung
from escalation.measures import CALLED, MeasureLimit
from escalation.sentences import say
from forecaster.messages import NOTHING, Words
from forecaster.names import GROUP_WORDS


@lru_cache(maxsize=256)
def group(role: str) -> Words:
    """Return whom an order to `role` brings in; a role without a name stands for itself."""
    return GROUP_WORDS.get("lengthen" if role == "inbound" else role, Words(role, role))


@lru_cache(maxsize=256)
def comes(role: str) -> Words:
    """Return what an order to `role` does."""
    name = group(role)
    return name if role in ("inbound", "standby") else Words(f"调入{name.zh}", name.en)


def climbed(rung: Rung, *, waiting: int, people: int | None, measures: Mapping[str, float]) -> Words:
    """Return why the rung was ordered by the queue, or by what else is measured."""
    condition, most = rung.condition, rung.waiting_at_most
    besides = [
        say("limit.besides", limit=limit_words(one, measures)) for one in condition.also if one.is_passed(measures)
    ]
    told = {"waiting": waiting, "act": comes(rung.role), "who": who(people)}
    if condition.holds_at(waiting):
        limit = joined([NOTHING if most is None else say("at_most", most=most), *besides])
        return say("climbed", above=rung.waiting_above, limit=limit, held=held(rung.hold_seconds), **told)
    enough = next((one for one in condition.instead if one.is_passed(measures)), None)
    limit = joined([NOTHING if enough is None else limit_words(enough, measures), *besides])
    return say("climbed.instead", limit=limit, held=held(rung.hold_seconds), **told)


def limit_words(limit: MeasureLimit, measures: Mapping[str, float]) -> Words:
    """Return that a measure lies beyond its limit."""
    side = "above" if limit.above is not None else "below"
    told = {"measure": CALLED[limit.measure], "value": round(measures[limit.measure], 3), "limit": getattr(limit, side)}
    return say(f"limit.{side}", **told)


def joined(parts: Sequence[Words]) -> Words:
    """Return words put one after the other."""
    return Words("".join(one.zh for one in parts), "".join(one.en for one in parts))


def passed_words(role: str, code: str, *, needed: int | None) -> Words:
    """Return why a rung brought nobody in."""
    need = say("needed", needed=needed) if needed and needed > 0 else NOTHING
    return say(code, group=group(role), need=need)


def night_words(ladder: Ladder, role: str, people: int | None) -> Words:
    """Return why a group is part of the night order."""
    lasted = held(ladder.night_hold_seconds)
    return say("night", above=ladder.night_above, held=lasted, act=comes(role), who=who(people))


@lru_cache(maxsize=256)
def who(people: int | None) -> Words:
    """Return how many people are meant; None is the whole group."""
    return say("people.group") if people is None else say("people.count", people=people)


@lru_cache(maxsize=256)
def held(seconds: float) -> Words:
    """Return how long something lasted, nothing where that is not asked."""
    if not seconds:
        return NOTHING
    return say("held", seconds=seconds) if seconds % 60 else say("held.minutes", minutes=seconds / 60)


def beyond(needed: int | None, people: int | None) -> Words:
    """Return the remark that more are needed than can come, or nothing."""
    if needed is None or people is None or needed <= people:
        return NOTHING
    return say("needed_beyond", needed=needed, people=people)


def by_hand(act: str, *, actor: str, reason: str, role: str = "") -> Words:
    """Return what a supervisor did and why."""
    of = say("by_hand.group", group=group(role)) if role else NOTHING
    return say("by_hand", act=say(f"act.{act}"), actor=actor, reason=reason, group=of)
