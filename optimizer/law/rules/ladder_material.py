"""People of every rung of the ladder on site, by day and at night."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from forecaster.messages import Words
from optimizer.law.rules.giving_in import rules_with
from optimizer.law.rules.rule import Finds, Presence, Rule, Setting

# The rulebook's 2 to 3 people of each of the rungs 2 to 4, of the mobile experts whoever is there; and at night the one
# supervisor who stays off the phone
BY_DAY: Setting[Mapping[str, int]] = Setting(
    "on_site_day", MappingProxyType({"outbound": 2, "qa": 2, "back_office": 2, "expert": 1}), "people of a role"
)
AT_NIGHT: Setting[Mapping[str, int]] = Setting("on_site_night", MappingProxyType({"supervisor": 1}), "people of a role")


def _check(there: Presence) -> Finds:
    rules, employed = there.rules, set(there.role_of.values())
    spells = {
        role: there.spells([r for r in there.rows if r.works and there.role_of[r.badge] == role])
        for role in {*rules.on_site_day, *rules.on_site_night} & employed
    }
    for by_night, minimum in ((False, rules.on_site_day), (True, rules.on_site_night)):
        for role, least in minimum.items():
            if role in employed:
                counted = there.night(spells[role]) == by_night
                part = "at night" if by_night else "by day"
                yield from there.too_few(spells[role], counted, least, role=role, part=part)


def _one_fewer(minimum: Mapping[str, int]) -> Mapping[str, int]:
    return {role: max(0, people - 1) for role, people in minimum.items()}


LADDER_MATERIAL = Rule(
    "ladder_material", "cover", "people", Words("应急人员在岗", "people of the ladder on site"),
    Words(
        "{part}{role}在岗少 {missing} 人（应有 {least} 人），共 {minutes:g} 分钟",
        "{missing} too few of {least} {role} on duty {part}, for {minutes:g} minutes",
    ),
    check_all=_check,
    settings=(BY_DAY, AT_NIGHT),
    arrays=("Curves.of_group",),  # a curve of its own for every role
    given_in=Words("每岗少一人", "one person fewer of each role"),
    gives=rules_with(
        lambda rules: {
            "on_site_day": _one_fewer(rules.on_site_day),
            "on_site_night": _one_fewer(rules.on_site_night),
        }
    ),
)  # fmt: skip
