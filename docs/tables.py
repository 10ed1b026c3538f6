"""Write the tables that pages have from the code, each in its page's language: `python docs/tables.py`.

Such a table stands between `<!-- table NAME -->` and `<!-- / -->`; the names are those of `TABLES`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import reference  # noqa: E402 (beside this file)

from api.settings import KIND_WORDS, Heartbeat, OnCall, Retention, Settings, Webhook, explained  # noqa: E402
from forecaster.messages import Language, Words  # noqa: E402
from forecaster.names import UNITS  # noqa: E402
from optimizer.law.comforts import COMFORTS, PRESETS  # noqa: E402
from optimizer.law.people_columns import PEOPLE_COLUMNS  # noqa: E402
from optimizer.law.rule_words import RULES  # noqa: E402
from optimizer.law.rules import Rule  # noqa: E402

PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / "data").glob("*.md")])
MARKED = re.compile(r"^(<!-- table ([a-z-]+) -->\n).*?^(<!-- / -->)$", re.DOTALL | re.MULTILINE)
KINDS = {
    "person": Words("约束个人", "binds a person"),
    "cover": Words("约束全体", "binds all together"),
    "overtime": Words("约束加班", "binds overtime"),
    "soft": Words("权衡", "weighed"),
}
OF_SETTINGS = {  # what a rule's setting is told in, besides what rules are counted in
    "hours": Words("小时", "hours"),
    "months": Words("个月", "months"),
    "month of the year": Words("月份", "month of the year"),
    "seats": Words("席", "seats"),
    "people of a role": Words("各岗位人数", "people of a role"),
    "true or false": Words("是否", "true or false"),
}


def settings(language: Language) -> str:
    """Return the plain settings of the service."""
    heads = {
        "en": ("setting", "variable", "kind", "default", "meaning"),
        "zh": ("设置", "变量", "类型", "默认", "含义"),
    }
    rows = ((name, f"`HUAWU_{name[1:-1].upper()}`", *rest) for name, *rest in _fields(Settings, language))
    return reference.table(heads[language], rows)


def keys(told: type, language: Language) -> str:
    """Return what a table of a settings file may have."""
    heads = {"en": ("key", "kind", "default", "meaning"), "zh": ("键", "类型", "默认", "含义")}
    return reference.table(heads[language], _fields(told, language))


def _fields(told: type, language: Language) -> Iterator[tuple[str, ...]]:
    known = explained(told)
    needed = Words("必填", "needed").said(language)
    for one in fields(told):
        if one.name in known:
            kind, means = known[one.name]
            default = needed if one.default is MISSING else _written(one.default)
            yield f"`{one.name}`", KIND_WORDS.get(kind, KIND_WORDS[str]).said(language), default, means.said(language)


def _written(value: object) -> str:
    if value in ("", ()):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def rules(language: Language) -> str:
    """Return every rule of the roster: whether it binds or is weighed, and by what it is told."""
    heads = {"en": ("rule", "", "kind", "counted in", "told as"), "zh": ("规则", "名称", "约束", "计量", "由什么设定")}
    rows = (
        (f"`{one.name}`", one.label.said(language), KINDS[one.kind].said(language), _unit(one.unit, language),
         _told_as(one, language))
        for one in RULES.values()
    )  # fmt: skip
    return reference.table(heads[language], rows)


def _told_as(rule: Rule, language: Language) -> str:
    """Return by what a rule is told: its settings with their defaults, its limit, columns of people or shifts."""
    limit, column, brackets, between = {
        "en": ("limit: ", "column ", " ({})", "; "), "zh": ("限制：", "列 ", "（{}）", "；")
    }[language]  # fmt: skip
    told = [
        f"`{one.key}` = {_default(one.default, language)}{brackets.format(_unit(one.unit, language))}"
        for one in rule.settings
    ]
    if rule.limit is not None:
        told.append(limit + rule.limit.means.said(language))
    return between.join([*told, *(f"{column}`{name}`" for name in rule.told_by)])


def _default(value: object, language: Language) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{role} {people}" for role, people in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return Words("无", "none").said(language) if value is None else f"{value:g}"


def _unit(unit: str, language: Language) -> str:
    return ({**UNITS, **OF_SETTINGS}[unit]).said(language)


def comforts(language: Language) -> str:
    """Return what each comfort weighs under each preset."""
    heads = {"en": ("rule", "a unit is"), "zh": ("规则", "计量（n）")}
    rows = (
        (f"`{one.name}`", _counted(one.says.said(language)), *(f"{one.weights[preset]:g}" for preset in PRESETS))
        for one in COMFORTS.values()
    )
    return reference.table((*heads[language], *PRESETS), rows)


def _counted(sentence: str) -> str:
    return sentence.removeprefix("{count:g} ") if sentence.isascii() else sentence.replace("{count:g}", "n")


def people(language: Language) -> str:
    """Return the columns of a staff list."""
    heads = {"en": ("column", "called", "unit, range", "meaning"), "zh": ("列", "列名", "单位、取值", "含义")}
    rows = ((f"`{one.name}`", one.heading.zh, one.unit.said(language), one.means.said(language))
            for one in PEOPLE_COLUMNS)  # fmt: skip
    return reference.table(heads[language], rows)


TABLES: Mapping[str, Callable[[Language], str]] = {
    "settings": settings,
    "webhook": partial(keys, Webhook),
    "on-call": partial(keys, OnCall),
    "heartbeat": partial(keys, Heartbeat),
    "retention": partial(keys, Retention),
    "rules": rules,
    "comforts": comforts,
    "people": people,
}


def filled(page: str, language: Language) -> str:
    """Return a page's text with its tables as the code has them now.

    Raises
    ------
    KeyError
        Of a table that is not there.
    """
    return MARKED.sub(lambda found: f"{found[1]}\n{TABLES[found[2]](language)}\n{found[3]}", page)


def language_of(page: Path) -> Language:
    """Return the language of a page by its name."""
    return "zh" if page.name.endswith(".zh.md") else "en"


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(filled(page.read_text(encoding="utf-8"), language_of(page)), encoding="utf-8")
