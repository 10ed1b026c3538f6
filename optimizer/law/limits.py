"""Limits on a person's month beyond the law's: how short a run of work or rest may be, how many weekends and hours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from forecaster.messages import Words
from optimizer.law.rules import BINDING, Rule
from optimizer.sentences import refusal, say

_NONE_OF_EACH: Mapping[str, int] = MappingProxyType({})


def limits_among(rules: Collection[Rule]) -> Mapping[str, Rule]:
    """Return the rules that are limits on a person's month, by name."""
    return {rule.name: rule for rule in rules if rule.limit is not None}


LIMITS = limits_among(BINDING.values())


@dataclass(frozen=True, init=False)
class Limits:
    """Limits on one person's month; the site's hold for everybody, a person's own come before them.

    Each is an attribute by the name of its rule (`optimizer.law.rules`): None = not limited, an empty table where there
    is one for each code. `values` holds those that are set.
    """

    values: Mapping[str, Any]

    def __init__(self, **values: Any) -> None:
        told = {name: value for name, value in values.items() if value is not None and value != {}}
        object.__setattr__(self, "values", MappingProxyType(told))
        self.check(LIMITS)

    def check(self, known: Mapping[str, Rule]) -> None:
        """Raise ValueError where a value may not be; a limit that is not `known` is left aside."""
        for name, value in self.values.items():
            rule = known.get(name)
            if rule is not None and rule.limit is not None:
                rule.limit.check(Words(rule.label.zh, name), value)
                most = self.values.get(rule.limit.not_above)
                both = value if isinstance(value, Mapping) else {"": value}
                for code, least in both.items():
                    above = most.get(code) if isinstance(most, Mapping) else most
                    if above is not None and least > above:
                        raise refusal(
                            "limits.crossed", name=name, other=rule.limit.not_above, code=code, least=least, most=above
                        )

    def __getattr__(self, name: str) -> Any:
        if name == "values" or (name not in LIMITS and name not in self.values):
            raise AttributeError(name)
        rule = LIMITS.get(name)
        each = rule is not None and rule.limit is not None and rule.limit.holds == "count_of_each"
        return self.values.get(name, _NONE_OF_EACH if each else None)

    def __bool__(self) -> bool:
        return bool(self.values)

    def text(self) -> str:
        """Return the limits as `from_text` reads them."""
        told = []
        for name in (*LIMITS, *(name for name in self.values if name not in LIMITS)):
            value = self.values.get(name)
            if isinstance(value, Mapping):
                told += [f"{name}.{code}={most:g}" for code, most in value.items()]
            elif value is not None:
                told.append(f"{name}={value:g}")
        return "; ".join(told)

    def over(self, wider: Limits) -> Limits:
        """Return these limits, and those of `wider` where these say nothing."""
        both = {**wider.values, **self.values}
        for name, value in both.items():
            if isinstance(value, Mapping):
                both[name] = MappingProxyType({**wider.values.get(name, {}), **value})
        return Limits(**both)

    def pro_rata(self, share: float, known: Mapping[str, Rule]) -> Limits:
        """Return the limits of who is employed for a share of the month."""
        values = dict(self.values)
        for name, value in values.items():
            rule = known.get(name)
            if rule is not None and rule.limit is not None and rule.limit.pro_rata:
                each = isinstance(value, Mapping)
                values[name] = {code: int(n * share) for code, n in value.items()} if each else value * share
        return Limits(**values)

    def changed(self, name: str, change: Callable[[Any], Any]) -> Limits:
        """Return these limits with one changed, where it is set; changed to None it is gone."""
        value = self.values.get(name)
        return self if value is None else Limits(**{**self.values, name: change(value)})

    @classmethod
    def from_mapping(
        cls, settings: Mapping[str, object], where: Words | None = None, known: Mapping[str, Rule] = LIMITS
    ) -> Limits:
        """Return the limits of a parsed table such as `{"weekends_a_month": 2, "shifts_a_month": {"N": 4}}`.

        Raises
        ------
        ValueError
            Naming the key and the value.
        """
        for key, value in settings.items():
            rule = known.get(key)
            if rule is None or rule.limit is None:
                raise refusal("limits.unknown", where=where or say("limits"), key=key, known=sorted(known))
            if rule.limit.holds == "count_of_each" and not isinstance(value, Mapping):
                raise refusal("limits.no_table", where=where or say("limits"), value=value)
        made = cls(**{key: MappingProxyType(dict(v)) if isinstance(v, Mapping) else v for key, v in settings.items()})
        made.check(known)
        return made

    @classmethod
    def from_text(cls, text: str) -> Limits:
        """Return the limits written `weekends_a_month=2; shifts_a_month.N=4`.

        Raises
        ------
        ValueError
            Naming the part that cannot be read.
        """
        settings: dict[str, Any] = {}
        for part in filter(None, (piece.strip() for piece in text.split(";"))):
            name, _, number = (piece.strip() for piece in part.partition("="))
            table, dot, code = name.partition(".")
            rule = LIMITS.get(table)
            holds = rule.limit.holds if rule is not None and rule.limit is not None else ""
            try:
                value: object = float(number) if holds == "hours" else int(number)
            except ValueError:
                raise refusal("limits.text", part=part) from None
            if holds == "count_of_each" and dot:
                settings.setdefault(table, {})[code] = value
            else:
                settings[name] = value
        return cls.from_mapping(settings)
