"""A team is not at work without somebody on duty who leads it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from forecaster.messages import Words
from optimizer.law.rules.giving_in import rules_with
from optimizer.law.rules.rule import Finds, Presence, Row, Rule, Setting
from optimizer.law.teams import led_teams

ASKED: Setting[bool] = Setting("leader_on_duty", False, "true or false")


def _check(there: Presence) -> Finds:
    for team in led_teams(there.people) if there.rules.leader_on_duty else ():
        alone: dict[date, list[float]] = {}
        led = _spells(there, team.leaders)
        for row in _rows(there, team.members):
            first, end = max(row.start, there.edges[0]), min(row.end, there.edges[-1])
            minutes = end - first - sum(max(0.0, min(end, b) - max(first, a)) for a, b in led)
            if minutes > 0 and not row.carried:
                alone.setdefault(row.day, []).append(minutes)
        for day, minutes_of in sorted(alone.items()):
            told = {"team": team.name, "people": len(minutes_of), "minutes": sum(minutes_of)}
            yield day, sum(minutes_of), told


def _rows(there: Presence, numbers: Sequence[int]) -> list[Row]:
    badges = {there.people[number].badge for number in numbers}
    return [row for row in there.rows if row.works and row.badge in badges]


def _spells(there: Presence, leaders: Sequence[int]) -> list[tuple[float, float]]:
    """Return when somebody of the leaders is on duty, at meals and breaks too, as spells apart from each other."""
    spells: list[tuple[float, float]] = []
    for first, end in sorted((row.start, row.end) for row in _rows(there, leaders)):
        if spells and first <= spells[-1][1]:
            spells[-1] = (spells[-1][0], max(end, spells[-1][1]))
        else:
            spells.append((first, end))
    return spells


LEADER_ON_DUTY = Rule(
    "leader_on_duty", "cover", "minutes", Words("班组有班长带班", "team with its leader"),
    Words(
        "{team} 组有 {people} 人上班时无班长在岗，合计 {minutes:g} 分钟",
        "{people} of team {team} at work with nobody on duty who leads it, {minutes:g} minutes in all",
    ),
    check_all=_check,
    settings=(ASKED,),
    told_by=("leads", "team"),
    arrays=("Staff.person_cost",),
    given_in=Words("班组可无班长带班", "teams may work without their leader"),
    gives=rules_with(lambda rules: {"leader_on_duty": False} if rules.leader_on_duty else {}),
)  # fmt: skip
