"""The rules a roster keeps, and what each departure from the ideal weighs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType, SimpleNamespace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from forecaster.history.intervals import MINUTES_PER_DAY
from forecaster.history.periods import is_month, period_from
from forecaster.messages import Refusal, Words
from forecaster.names import called
from optimizer.law.comforts import COMFORTS, PRESETS, preset_weights
from optimizer.law.file_values import clock_minute, flag, listed, number, table, whole
from optimizer.law.limits import Limits, limits_among
from optimizer.law.patterns import Pattern
from optimizer.law.people import ROLES, Person
from optimizer.law.rules import BINDING, Rule
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.sentences import refusal, say

WeeklyMode = Literal["weekly_cap", "average"]
_SETTINGS = [setting for rule in BINDING.values() for setting in rule.settings]
SHORTEST_MONTH_DAYS = 28  # February's
_RULES_OWN = SimpleNamespace(**{setting.key: setting.default for setting in _SETTINGS})


@dataclass(frozen=True)
class Weights:
    """What one unit costs in the plan, in the currency of a surplus seat-hour.

    shortage
        Per seat-hour not covered, near the target.
    shortage_growth
        Share added to `shortage` for the part of a shortage deeper than a tenth of the seats: two short in one
        interval is worse than one in each of two.
    reserve, surplus
        Per hour of reserve seat missing, and per seat-hour beyond need and reserve.
    ladder, standby
        Per hour and person missing from the minimum on site, or from the standby minimum.
    ladder_spread, ladder_crowd
        Per hour and person fewer, or more, of a role off the phone than its contract hours spread evenly over the days.
    standby_target
        Per hour and person missing between the standby minimum and its target.
    nights, weekends, holidays
        Per night, weekend day or holiday a person works beyond the fair share.
    holiday_work
        Per shift worked on a holiday: most of the staff should have it off.
    wish, preferred_pattern
        Per wish not met, and per day on which a pattern that does not bind is not kept.
    unled
        Per hour that somebody is at work while nobody who leads the team is; `ladder` where that is asked for.
    month_start
        Share added to the weight of shortage in the days after billing.
    """

    shortage: float = 10.0
    shortage_growth: float = 0.5
    reserve: float = 3.0
    surplus: float = 1.0
    ladder: float = 60.0
    ladder_spread: float = 0.5
    ladder_crowd: float = 0.3
    standby: float = 60.0
    standby_target: float = 3.0
    nights: float = 2.0
    weekends: float = 1.0
    holidays: float = 2.0
    holiday_work: float = 0.5
    wish: float = 4.0
    preferred_pattern: float = 4.0
    unled: float = 0.5
    month_start: float = 0.1


@dataclass(frozen=True)
class RosterRules:
    """Every rule of the roster with its numbers; the defaults are those of the rulebook and of national law.

    They stand with their rules (`optimizer.law.rules`).

    weekly_mode
        `weekly_cap`: at most `weekly_hours` in every Monday–Sunday week. `average`: that many on average over the
        month, with `weekly_ceiling_hours` in any week.
    average_months, average_begins, average_hours_ahead
        Under an average: over how many months, the month of the year in which such a span begins, and how far ahead of
        the average anybody may be at the end of a month inside it.
    morning_after_night_hours
        No shift of the morning starts within these hours of a night's end.
    night_shift_minutes
        A shift with at least so many minutes between `night_start_minute` and `night_end_minute` is a night.
    on_site_day, on_site_night
        Fewest people of a role on duty in every day or night interval; at a meal or a break they count only if the role
        stands in `on_site_at_meals`.
    leader_on_duty
        Whether a team may not be at work without somebody on duty who leads it (`Person.leads`); else it is weighed.
    break_distance_minutes
        How far breaks lie at least from each other, from the meal and from the shift's ends.
    cover_roles
        The roles whose seats answer the calls.
    seat_limit
        Physical seats for those roles; None = no limit.
    reserve_share, reserve_seats
        Slack wanted on shift beyond need: the larger of the share (rounded up) and the number.
    standby_minimum, standby_target
        Named people callable in every interval of a holiday, on top of the slack.
    on_call
        People wanted on standby at any time outside holidays.
    standby_blocks
        Start and length in minutes of the spells for which people stand by.
    standby_call_minutes
        Room that a standby spell keeps free in the week's hours, to be called.
    room_for_next_month
        Whether the month's last, broken week leaves everybody hours for its days in the next month.
    overtime_minutes_a_day, overtime_minutes_a_month
        Most overtime the law lets one person work.
    hours_even_out
        Whether hours worked more and less even out over the period (the comprehensive system of working hours): then
        changes of the next day are weighed by their hours alone, not by overtime pay and upset.
    limits
        Limits on everybody's month beyond the law's.
    comfort
        Weights of the soft rules on what a person's month is like (`optimizer.law.comforts`), by name; what is left out
        weighs nothing. By default those of the preset `coverage`. A rules file names a preset, `balanced` where it
        names none, and single weights among `weights`.
    teams
        Team to the pattern that its people follow; in a file a table `[teams]` such as `A = "4-on-2-off"`.
    also
        Rules of the site's own beside those of `optimizer.law.rules`.
    """

    weekly_mode: WeeklyMode = "weekly_cap"
    weekly_hours: float = _RULES_OWN.weekly_hours
    weekly_ceiling_hours: float = _RULES_OWN.weekly_ceiling_hours
    average_months: int = _RULES_OWN.average_months
    average_begins: int = _RULES_OWN.average_begins
    average_hours_ahead: float = _RULES_OWN.average_hours_ahead
    daily_hours: float = _RULES_OWN.daily_hours
    break_distance_minutes: int = _RULES_OWN.break_distance_minutes
    rest_hours: float = _RULES_OWN.rest_hours
    working_days_in_a_row: int = _RULES_OWN.working_days_in_a_row
    rest_days_a_week: int = _RULES_OWN.rest_days_a_week
    nights_in_a_row: int = _RULES_OWN.nights_in_a_row
    morning_after_night_hours: float = _RULES_OWN.morning_after_night_hours
    morning_start_minute: int = 240
    morning_end_minute: int = 720
    night_start_minute: int = 1320
    night_end_minute: int = 360
    night_shift_minutes: int = 180
    seat_limit: int | None = _RULES_OWN.seat_limit
    cover_roles: tuple[str, ...] = ("inbound",)
    on_site_day: Mapping[str, int] = field(default_factory=lambda: _RULES_OWN.on_site_day)
    on_site_night: Mapping[str, int] = field(default_factory=lambda: _RULES_OWN.on_site_night)
    leader_on_duty: bool = _RULES_OWN.leader_on_duty
    on_site_at_meals: tuple[str, ...] = ("supervisor", "business_supervisor")
    reserve_share: float = 0.05
    reserve_seats: int = 0
    standby_minimum: int = _RULES_OWN.standby_minimum
    standby_target: int = _RULES_OWN.standby_target
    standby_blocks: tuple[tuple[int, int], ...] = ((360, 480), (840, 480), (1320, 480))
    on_call: int = 0
    standby_call_minutes: int = _RULES_OWN.standby_call_minutes
    overtime_minutes_a_day: int = _RULES_OWN.overtime_minutes_a_day
    overtime_minutes_a_month: int = _RULES_OWN.overtime_minutes_a_month
    hours_even_out: bool = False
    month_start_days: int = 5
    room_for_next_month: bool = True
    limits: Limits = field(default_factory=Limits)
    weights: Weights = field(default_factory=Weights)
    comfort: Mapping[str, float] = field(default_factory=lambda: MappingProxyType(preset_weights("coverage")))
    teams: Mapping[str, Pattern] = field(default_factory=lambda: MappingProxyType({}))
    also: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        for setting in _SETTINGS:
            setting.check(getattr(self, setting.key))
        if self.weekly_mode not in get_args(WeeklyMode):
            raise refusal("rules.weekly_mode", mode=self.weekly_mode)
        if 12 % self.average_months:
            raise refusal("rules.average_months", months=self.average_months)
        if self.standby_target < self.standby_minimum:
            raise refusal("rules.standby", target=self.standby_target, least=self.standby_minimum)
        for role in (*self.cover_roles, *self.on_site_day, *self.on_site_night, *self.on_site_at_meals):
            if role not in ROLES:
                raise refusal("rules.role", role=role, known=[called(role) for role in ROLES])
        self._known(self.limits)

    @classmethod
    def from_mapping(cls, settings: Mapping[str, object], *, also: tuple[Rule, ...] = ()) -> RosterRules:
        """Return the rules of a parsed rules file, and those that hold `also`; what it leaves out keeps its default.

        Times are written `22:00`; standby blocks as `["06:00", 480]`; weights as a table `[weights]`; `comfort` names
        the preset of the soft rules on a person's month.

        Raises
        ------
        ValueError
            Naming the key and the value.
        """
        known = {f.name: f for f in dataclasses.fields(cls) if f.name != "also"}
        values: dict[str, object] = {"also": also}
        for key, value in settings.items():
            name = key + "_minute" if key + "_minute" in known else key
            if name not in known:
                raise refusal("rules.key", key=key, known=sorted(known))
            if name == "limits":
                where = say("rules.at", key=key)
                values[name] = Limits.from_mapping(table(value, where), where, limits_among((*BINDING.values(), *also)))
            elif name != "comfort":  # which is read with the weights
                values[name] = _setting(name, key, value, getattr(_DEFAULTS, name))
        values["comfort"] = _comfort(settings.get("comfort", "balanced"), settings.get("weights", {}))
        return cls(**values)  # type: ignore[arg-type]

    def is_night(self, shift: Shift) -> bool:
        """Return whether `shift` counts as a night."""
        return shift.minutes_within(self.night_start_minute, self.night_end_minute) >= self.night_shift_minutes

    def touches_night(self, shift: Shift) -> bool:
        """Return whether any minute of `shift` lies in the night, which protected staff may not work."""
        return shift.minutes_within(self.night_start_minute, self.night_end_minute) > 0

    def is_morning(self, shift: Shift) -> bool:
        """Return whether `shift` is one that may not start soon after a night."""
        return not self.is_night(shift) and self.morning_start_minute <= shift.start_minute < self.morning_end_minute

    def in_night(self, minute_of_day: int) -> bool:
        """Return whether a time of day lies in the night."""
        return bool(self.are_in_night(np.array(minute_of_day)))

    def are_in_night(self, minutes_of_day: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which times of day, in minutes after a midnight, lie in the night."""
        start, end, minute = self.night_start_minute, self.night_end_minute, minutes_of_day % MINUTES_PER_DAY
        inside = (minute >= start) & (minute < end) if start < end else (minute >= start) | (minute < end)
        return np.asarray(inside, dtype=bool)

    def weekly_minutes(self, person: Person) -> float:
        """Return the most minutes `person` may work in a Monday–Sunday week."""
        if self.weekly_mode == "weekly_cap":
            return 60.0 * min(self.weekly_hours, person.contract_hours_per_week)
        return 60.0 * self.weekly_ceiling_hours

    def average_minutes(self, person: Person, days: Sequence[date]) -> float:
        """Return the minutes that the average has `person` work in days that follow one another."""
        return 60.0 * min(self.weekly_hours, person.contract_hours_per_week) * len(person.employed(days)) / 7

    def beside_in_span(self, days: Sequence[date]) -> tuple[bool, bool]:
        """Return whether the period before these days is of their span of the average, and whether the one after is.

        A period is of the span in which its last day lies; the ones before and after are of its kind.
        """
        last, step = days[-1], len(days)
        if is_month(period_from(days[0], step)):
            step = SHORTEST_MONTH_DAYS  # reaches the next month, and no further

        def span(day: date) -> int:
            return (12 * day.year + day.month - self.average_begins) // self.average_months

        return span(days[0] - timedelta(days=1)) == span(last), span(last + timedelta(days=step)) == span(last)

    def month_minutes(self, person: Person, days: Sequence[date]) -> float:
        """Return the most minutes `person` may work in the period of these days; infinite under a weekly cap.

        The average's, less what the account of hours is ahead; but for the last period of a span, `average_hours_ahead`
        more.
        """
        if self.weekly_mode == "weekly_cap":
            return math.inf
        before, after = self.beside_in_span(days)
        account = 60 * (person.hours_account or 0.0) if before else 0.0
        ahead = 60 * self.average_hours_ahead if after else 0.0
        return max(0.0, self.average_minutes(person, days) - account + ahead)

    @property
    def binding(self) -> tuple[Rule, ...]:
        """Return every rule that binds a roster."""
        return (*BINDING.values(), *self.also)

    def pattern_of(self, person: Person) -> Pattern | None:
        """Return the pattern that `person` follows: the own one first, then that of the team."""
        return person.pattern or self.teams.get(person.team)

    def limits_of(self, person: Person, days: Sequence[date] = ()) -> Limits:
        """Return the limits on the month, of these days, of `person`: own ones first, then those of the site.

        Raises
        ------
        ValueError
            Naming the badge, where they cannot be kept together.
        """
        limits = self.limits
        if person.limits:
            try:
                limits = self._known(person.limits).over(self.limits)
            except Refusal as error:
                raise refusal("people.at", where=say("badge", badge=person.badge), cause=error) from None
        if not (limits and days) or not (person.joined or person.left):
            return limits
        return limits.pro_rata(person.share(days), limits_among(self.binding))

    def _known(self, limits: Limits) -> Limits:
        known = limits_among(self.binding)
        for name in limits.values:
            if name not in known:
                raise refusal("limits.unknown", where=say("limits"), key=name, known=sorted(known))
        limits.check(known)
        return limits

    @property
    def unled_weight(self) -> float:
        """Return what an hour weighs that somebody is at work while nobody who leads the team is."""
        return self.weights.ladder if self.leader_on_duty else self.weights.unled

    def comfort_weight(self, name: str) -> float:
        """Return what a unit of a soft rule on a person's month weighs."""
        return self.comfort.get(name, 0.0)

    def check_catalogue(self, catalogue: ShiftCatalogue) -> None:
        """Raise ValueError if a shift is longer than the law's day."""
        for shift in catalogue:
            if shift.worked_minutes > 60 * self.daily_hours:
                raise refusal("rules.long_shift", code=shift.code, minutes=shift.worked_minutes, hours=self.daily_hours)
            self._check_breaks(shift)

    def _check_breaks(self, shift: Shift) -> None:
        """Raise ValueError if, with the meal at some time of its window, the breaks of a shift fit nowhere."""
        apart = self.break_distance_minutes
        if shift.breaks and not shift.meal_offsets_minutes and not shift.break_choices(None, apart):
            raise refusal("shift.breaks_nowhere_at_all", code=shift.code, least=apart)
        for offset in shift.meal_offsets_minutes if shift.breaks else ():
            if not shift.break_choices(offset, apart):
                raise refusal("shift.breaks_nowhere", code=shift.code, meal=offset, least=apart)


_DEFAULTS = RosterRules()


def _setting(name: str, key: str, value: object, default: object) -> object:
    where = say("rules.at", key=key)
    if name in _READ:
        return _READ[name](value, where)
    if name.endswith("_minute") and isinstance(value, str):
        return clock_minute(value, where) % MINUTES_PER_DAY
    if isinstance(default, bool):
        return flag(value, where)
    if isinstance(default, str):
        return str(value)
    return number(value, where) if isinstance(default, float) else whole(value, where)


def _people_of_roles(value: object, where: Words) -> Mapping[str, int]:
    if not isinstance(value, Mapping):
        raise refusal("rules.roles_table", where=where, value=value)
    return MappingProxyType(
        {str(role): whole(people, say("at", where=where, key=called(role))) for role, people in value.items()}
    )


def _roles(value: object, where: Words) -> tuple[str, ...]:
    return tuple(str(role) for role in listed(value, where))


def _blocks(value: object, where: Words) -> tuple[tuple[int, int], ...]:
    return tuple(_block(block, where) for block in listed(value, where))


def _block(block: object, where: Words) -> tuple[int, int]:
    if not isinstance(block, list | tuple) or len(block) != 2:
        raise refusal("rules.block", where=where, block=block)
    length = whole(block[1], where)
    if not 0 < length <= MINUTES_PER_DAY:
        raise refusal("rules.block_length", where=where, length=length)
    return clock_minute(block[0], where) % MINUTES_PER_DAY, length


def _teams(value: object, where: Words) -> Mapping[str, Pattern]:
    teams = {}
    for team, pattern in table(value, where).items():
        try:
            teams[str(team)] = Pattern.from_text(str(pattern))
        except Refusal as error:
            raise refusal("people.at", where=say("at", where=where, key=team), cause=error) from None
    return MappingProxyType(teams)


def _weights(value: object, where: Words) -> Weights:
    own = {f.name for f in dataclasses.fields(Weights)}
    told = table(value, where)
    for key in told:
        if key not in own and key not in COMFORTS:
            raise refusal("rules.weight", key=key, known=sorted({*own, *COMFORTS}))
    return Weights(**{name: weight for name, weight in _numbers(told).items() if name in own})


def _numbers(weights: Mapping[str, object]) -> dict[str, float]:
    return {str(key): number(item, say("rules.at", key=f"weights.{key}")) for key, item in weights.items()}


def _comfort(preset: object, weights: object) -> Mapping[str, float]:
    """Return the weights of a preset, those that are told singly in their place."""
    for known in PRESETS:
        if preset == known and isinstance(weights, Mapping):
            told = {name: weight for name, weight in _numbers(weights).items() if name in COMFORTS}
            return MappingProxyType({**preset_weights(known), **told})
    raise refusal("rules.comfort", value=preset, known=PRESETS)


_READ: Mapping[str, Callable[[object, Words], object]] = {  # those that are no single number, word or time
    "weights": _weights,
    "teams": _teams,
    "on_site_day": _people_of_roles,
    "on_site_night": _people_of_roles,
    "cover_roles": _roles,
    "on_site_at_meals": _roles,
    "standby_blocks": _blocks,
    "seat_limit": lambda value, where: None if value is None else whole(value, where),
}
