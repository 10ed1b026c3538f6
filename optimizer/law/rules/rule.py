"""What a rule of the roster is: one object that says all there is to it, and by which everything else knows it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from forecaster.messages import Words
from optimizer.law.rules.tally import RunningMonth, Tally
from optimizer.sentences import refusal

if TYPE_CHECKING:  # what the rules are written in, which itself is made of rules
    from optimizer.law.person_month import PersonMonth, Row
    from optimizer.law.presence import Presence
    from optimizer.law.roster_rules import RosterRules
    from optimizer.law.shifts import Shift
    from optimizer.law.situation import Situation
else:
    PersonMonth = Row = Presence = RosterRules = Situation = object

RuleKind = Literal["person", "cover", "overtime", "soft"]
Found = tuple[date | None, float, Mapping[str, object]]  # the day (None: no one day), by how much, fields of `says`
Finds = Iterator[Found]
SituationChange = Callable[["Situation"], "Situation"]
T = TypeVar("T")
__all__ = [
    "Finds", "Found", "Limit", "PersonMonth", "Presence", "RosterRules", "Row", "Rule", "RuleKind", "Setting",
    "Situation", "SituationChange",
]  # fmt: skip


@dataclass(frozen=True)
class Setting(Generic[T]):
    """A rule's number in the rules file, and the field of `RosterRules` of the same name.

    default
        The rulebook's, or the law's.
    lowest, most
        What it may be; hours have to be more than 0 besides.
    """

    key: str
    default: T
    unit: str
    lowest: float = 0
    most: float = math.inf

    def check(self, value: Any) -> None:
        """Raise ValueError where a value may not be."""
        if isinstance(self.default, float):
            if not (isinstance(value, int | float) and math.isfinite(value) and value > 0):
                raise refusal("rules.hours", name=self.key, value=value)
            if value > self.most:
                raise refusal("rules.hours_at_most", name=self.key, most=self.most, value=value)
        elif self.most < math.inf and not self.lowest <= value <= self.most:
            raise refusal("rules.range", name=self.key, low=self.lowest, high=self.most, value=value)


@dataclass(frozen=True)
class Limit:
    """A limit on a person's month, by the name of its rule: in `[limits]` of the rules file, or of one's own before it.

    means
        What it limits.
    holds
        A whole number, a number of hours, or a whole number for each of some codes of shifts.
    lowest
        The least it may be.
    not_above
        The limit that it may not be above.
    pro_rata
        Whether it is less for who is employed for a part of the month.
    """

    means: Words
    holds: Literal["count", "hours", "count_of_each"] = "count"
    lowest: int = 0
    not_above: str = ""
    pro_rata: bool = False

    def check(self, name: Words, value: Any) -> None:
        """Raise ValueError where a value may not be."""
        if self.holds == "count_of_each":
            for code, most in value.items():
                if not _whole(most, self.lowest):
                    raise refusal("limits.shifts", code=code, most=most)
        elif self.holds == "hours":
            if not (isinstance(value, int | float) and math.isfinite(value) and value >= self.lowest):
                raise refusal("limits.hours", value=value, name=name)
        elif not _whole(value, self.lowest):
            raise refusal("limits.count", lowest=self.lowest, value=value, name=name)


def _whole(value: object, lowest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= lowest


@dataclass(frozen=True)
class Rule:
    """One rule of the roster, with all its faces.

    kind
        `person`: of one person's rows. `cover`: of everybody's together. `overtime`: of work beyond the roster.
        `soft`: weighed, not binding; it has words alone, and where it is a comfort (`optimizer.law.comforts`) the rest.
    unit
        What an amount of it counts.
    label, says
        What it is called; and the sentence of a breach, or for a soft rule of a departure, with the fields it is
        given in braces.
    check, check_all
        The judgement of a finished month, person by person or of all together: every breach.
    settings, told_by
        Its numbers in the rules file; and the people's columns or fields of a shift by which it is told besides.
    limit
        Where it is a limit on a person's month: what may be told.
    state
        What the search must know of a person's running month, of the limit and the month.
    arrays
        Or, for what every month is asked, which arrays of `optimizer.search.kernel_arrays` hold it, as `Bundle.array`.
    tells_apart
        Which shifts the tally has to tell apart, by a word for each; `values` are the limits that there are.
    rows
        What a limit leaves possible of people of a kind together, for the bound: rows of its linear program, of
        `optimizer.search.limit_rows.Kinds` and the limit of each person by number, None where there is none.
    set_aside, rank
        The situation without the rule, to see whether it stands in the way of something; of several that do, one of
        lower rank is told.
    given_in, gives
        What giving in by one unit is called, and the situation in which it does.
    definition
        It says what a roster's row is; there is nothing to give in, and nothing to search for.
    mendable
        Whether more work can mend a breach.
    of_overtime
        Whether it holds for overtime too, which is work beyond the catalogue and the week's hours.
    """

    name: str
    kind: RuleKind
    unit: str
    label: Words
    says: Words
    check: Callable[[PersonMonth], Finds] | None = None
    check_all: Callable[[Presence], Finds] | None = None
    settings: tuple[Setting[Any], ...] = ()
    told_by: tuple[str, ...] = ()
    limit: Limit | None = None
    state: Callable[[Any, RunningMonth], Tally] | None = None
    arrays: tuple[str, ...] = ()
    tells_apart: Callable[[Sequence[Any], Shift], str] = lambda values, shift: ""
    rows: Callable[[Any, Callable[[int], Any]], Iterator[Any]] | None = None
    set_aside: SituationChange | None = None
    rank: int = 99
    given_in: Words | None = None
    gives: SituationChange | None = None
    definition: bool = False
    mendable: bool = False
    of_overtime: bool = True
