"""What the command line and the pages read before a month can be planned."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from api.calendars.files import SHIPPED, load_calendar
from api.intake import InputError, Intake, TableReading, named, only_history, read_histories, read_people, read_toml
from api.intake.errors import all_of
from api.intake.plausibility import alarms_of_the_future
from api.intake.settings_file import SettingsFile, read_settings, settled
from api.notices import notice
from api.sentences import refusal, say
from api.site import Site, config_file, read_site
from forecaster.history.calendar import Calendar
from forecaster.history.observed import History
from forecaster.history.periods import period_words
from forecaster.messages import NOTHING, Words
from optimizer.law.patterns import Pattern, fits_code
from optimizer.law.people import Person, people_from_frame
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import DAY_OFF, LEAVE, OFF_PHONE, STANDBY, ShiftCatalogue
from optimizer.law.situation import Situation

T = TypeVar("T")
DATED = (
    "leave",
    "leave_hours",
    "joined",
    "left",
    "fixed_shifts",
    "wishes",
    "carry_in",
)  # columns of a people file that speak of days


@dataclass(frozen=True, eq=False)
class Demand:
    """A queue's past and its surroundings: what a forecast is made from.

    source, notes, readings
        The history's file, what had to be decided while reading it, and how each of its tables was read.
    digests
        The SHA-256 of the other files it was read from, by what they are.
    queues
        The demand of each queue where it is that of several whose people are shared (`api.shared_floor.floor_of`).
    arrivals
        When each call entered the queue, in order (aware), where a log tells it and it was asked for.
    """

    source: Path
    history: History
    calendar: Calendar
    site: Site
    notes: tuple[Words, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    readings: tuple[TableReading, ...] = ()
    alarms: tuple[Words, ...] = ()
    queues: tuple[Demand, ...] = ()
    arrivals: pd.DatetimeIndex | None = None


@dataclass(frozen=True, eq=False)
class Supply:
    """Who works a month and by which rules: what a roster is made from, and judged by.

    source, staff
        The staff list's file, and what it holds, by the rows that people stand in.
    digests
        The SHA-256 of the files it was read from, by what they are.
    """

    source: Path
    situation: Situation
    staff: pd.DataFrame
    digests: Mapping[str, str]

    @property
    def rows(self) -> dict[str, int]:
        """The row of its file in which each badge stands."""
        return _rows_of(self.staff)


def read_demand(history: str | Path, *, queue: str | None = None, **how: Any) -> Demand:
    """Return the history of one queue in a file, with the site's settings and the calendar of every year it touches.

    Options that are None take the site's value (`how`: as `read_demands`).

    Raises
    ------
    InputError
        Naming file, row, column and value of the first thing that cannot be used.
    """
    return read_demands(history, lambda intake: [only_history(Path(history), intake)], queue=queue, **how)[0]


def read_demands(  # noqa: PLR0913 - each is an option of whoever names a history
    history: str | Path,
    chosen: Callable[[Intake], Sequence[History]],
    *,
    queue: str | None = None,
    timezone: str | None = None,
    country: str | None = None,
    site: Path | None = None,
    calendar: str | Path | None = None,
    mapping: Mapping[str, Any] | Path | None = None,
    unnamed: str | None = None,
    arrivals: bool = False,
) -> list[Demand]:
    """Return the histories `chosen` of those in a file, each with what it is forecast from.

    Options that are None take the site's value; the country `-` has no public holidays.
    `calendar` is a file, or a folder of files, with the site's own days; `mapping` says how the history is to be read,
    by default the site's own `mapping.toml`, if there is one; `unnamed` is what a queue is called that the file does
    not name; `arrivals`: also when each call of a log came.

    Raises
    ------
    InputError
        As `read_demand`.
    """
    settings = read_site(site)
    land = (country or settings.country or "-").upper()
    settings = replace(settings, timezone=timezone or settings.timezone, country=None if land == "-" else land)
    if mapping is None and (of_site := config_file("mapping.toml")).is_file():
        mapping = of_site
    intake = read_histories(
        history,
        queue=queue,
        timezone=settings.timezone,
        mapping=mapping,
        unnamed=unnamed or settings.queue,
        arrivals=arrivals,
    )
    if queue is None and len(intake.histories) > 1 and settings.queue in intake.histories:
        intake = replace(intake, histories={settings.queue: intake.histories[settings.queue]})
    digests = digests_of(site=site or config_file("site.toml"), calendar=calendar)
    demands = []
    for past in chosen(intake):
        if not (past.frame["calls_offered"] > 0).any():
            count = int(past.frame["calls_offered"].notna().sum())
            raise InputError(Path(history), say("history.all_zero", count=count))
        alarms = (*intake.alarms, *alarms_of_the_future(past, pd.Timestamp.now(tz=past.timezone)))
        for alarm in alarms:
            notice(alarm)
        days = read_calendar(settings.country, range(past.start_at.year, past.end_at.year + 3), own=calendar)
        own = replace(settings, interval_minutes=past.interval_minutes)
        notes = (*alarms, *intake.notes)
        came = intake.arrivals.get(past.queue)
        read = Demand(Path(history), past, days, own, notes, digests, intake.readings, alarms, arrivals=came)
        demands.append(read)
    return demands


def read_calendar(country: str | None, years: range, *, own: str | Path | None = None) -> Calendar:
    """Return the national calendar of `years`, with the days of the site's `own` file or folder laid over it.

    Without one, the site's `calendar.toml` (see `api.site.config_file`).

    The country `-` has no public holidays.

    Raises
    ------
    InputError
        Naming the file and the entry that cannot be understood.
    """
    from forecaster.forecast.named_effects import require_known_effects

    country = None if country in (None, "", "-") else str(country).upper()
    if own is None and (of_site := config_file("calendar.toml")).is_file():
        own = of_site
    files = [] if own is None else [own]
    if country == "CN":
        files = [SHIPPED, *files]
    calendar = load_calendar(files, country, years)
    with named(own or "calendar"):
        require_known_effects(calendar)
    return calendar


def read_staff(path: Path, month: pd.Period, *, mapping: Mapping[str, Any] | None = None) -> list[Person]:
    """Return the people in a staff list whose dates lie in `month`.

    Raises
    ------
    InputError
        Naming file, row, column and value.
    """
    frame = read_people(path, mapping=mapping)
    with named(path):
        return people_from_frame(frame, month=month)


def read_supply(  # noqa: PLR0913 - one file each, with a default of its own
    people: str | Path,
    month: pd.Period,
    *,
    site: Site | Path | None = None,
    calendar: Calendar | str | Path | None = None,
    country: str | None = None,
    shifts: Path | None = None,
    rules: Path | None = None,
    last_roster: Path | None = None,
    mapping: Mapping[str, Any] | None = None,
    dated: bool = True,
) -> Supply:
    """Return the people of a month with their shifts and rules; files that are None are the site's own or the shipped.

    calendar
        Of the month and the next; a file, or None, is read as `read_calendar` reads it for `country` (default: the
        site's).
    dated
        Whether leave, fixed shifts, wishes and carried-in shifts count; without, the people are those of any month.
    last_roster
        Last month's roster in any form; without one, the staff list's column `carry_in` tells what it does.

    Raises
    ------
    InputError
        Naming the file and what in it cannot be used.
    """
    if not isinstance(site, Site):
        site = read_site(site)
    if not isinstance(calendar, Calendar):
        calendar = read_calendar(country or site.country, range(month.year, month.year + 2), own=calendar)
    frame = whole = read_people(people, mapping=mapping)
    if not dated:
        frame = frame.assign(**dict.fromkeys((one for one in DATED if one in frame), ""))
    with named(people):
        staff = people_from_frame(frame, month=month)
    shifts, rules = shifts or config_file("shifts.toml"), rules or config_file("roster_rules.toml")
    catalogue = read_catalogue(shifts)
    kept = settled(SettingsFile(rules, read_toml(rules)), RosterRules.from_mapping, _entries_alone)
    _require_known_codes(staff, catalogue, Path(people), _rows_of(whole))
    _require_known_patterns(kept, catalogue, Path(rules))
    if kept.seat_limit is None:
        kept = replace(kept, seat_limit=site.seat_limit)
    with named(people):
        carried = carried_roster(frame, catalogue, month=month, timezone=site.timezone)
    situation = Situation(staff, catalogue, kept, month, site.timezone, calendar, carried)
    if last_roster is not None:
        from api.intake.handmade_roster import read_last_roster

        situation = replace(situation, carry_in=read_last_roster(last_roster, situation))
    return Supply(Path(people), situation, whole, digests_of(people=people, shifts=shifts, rules=rules))


def read_judge(
    people: str | Path,
    month: pd.Period,
    *,
    site: Path | None = None,
    timezone: str | None = None,
    overtime: pd.DataFrame | None = None,
    **files: Any,
) -> Situation:
    """Return what judges a roster of the month, whoever made it.

    `timezone` is that of a roster which has its own; `overtime` (`badge, date, minutes`) counts against the law's day
    and month; `files` are those of `read_supply`.

    Raises
    ------
    InputError
        Naming the file and what in it cannot be used.
    """
    settings = read_site(site)
    settings = settings if timezone is None else replace(settings, timezone=timezone)
    return replace(read_supply(people, month, site=settings, **files).situation, overtime=overtime)


def files_in(path: Path) -> list[Path]:
    """Return the files in a folder, in order, or the file itself."""
    return sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]


def content_in(path: Path) -> bytes:
    """Return what is in a file, or in the files of a folder one after another."""
    return b"".join(one.read_bytes() for one in files_in(path))


def digests_of(**files: str | Path | None) -> dict[str, str]:
    """Return the SHA-256 of each file by its name here; a folder's is that of its files together, None has none."""
    given = {name: Path(path) for name, path in files.items() if path is not None}
    return {name: hashlib.sha256(content_in(path)).hexdigest() for name, path in given.items()}


def _rows_of(staff: pd.DataFrame) -> dict[str, int]:
    return dict(zip(staff["badge"].astype(str), staff.index.tolist(), strict=True))


def _require_known_codes(
    people: Sequence[Person], catalogue: ShiftCatalogue, file: Path, rows: Mapping[str, int]
) -> None:
    """Refuse a shift that a person is fixed to, wishes or is limited in, and the catalogue does not have."""
    codes = [shift.code for shift in catalogue]
    faults = []
    for person in people:
        dated = {"fixed_shifts": person.fixed_shifts, "wishes": person.wishes}
        told: list[tuple[str, date | None, str]] = [
            (name, day, code) for name, held in dated.items() for day, code in held.items()
        ]
        limits, pattern = person.limits, person.pattern
        told += [("limits", None, code) for code in {**limits.shifts_a_month, **limits.shifts_a_month_least}]
        told += [("pattern", None, code) for code in _unknown(pattern, codes)]
        for column, day, code in told:
            if code not in {*codes, DAY_OFF, LEAVE, STANDBY, *OFF_PHONE}:
                near = get_close_matches(code, codes, n=3, cutoff=0.0)
                when = NOTHING if day is None else say("shift.on", day=day)
                wrong = say("shift.not_in_catalogue", badge=person.badge, when=when, near=near)
                faults.append(InputError(file, wrong, row=rows.get(person.badge), column=column, value=code))
    all_of(faults)


def _require_known_patterns(rules: RosterRules, catalogue: ShiftCatalogue, file: Path) -> None:
    """Refuse a team's pattern of a shift that the catalogue does not have."""
    codes = [shift.code for shift in catalogue]
    faults = []
    for team, pattern in rules.teams.items():
        for code in _unknown(pattern, codes):
            near = get_close_matches(code, codes, n=3, cutoff=0.0)
            wrong = say("pattern.not_in_catalogue", team=team, near=near)
            faults.append(InputError(file, wrong, column="teams", value=code))
    all_of(faults)


def _unknown(pattern: Pattern | None, codes: Sequence[str]) -> list[str]:
    """Return the codes of a pattern that no shift's code fits."""
    named = () if pattern is None else pattern.codes
    return [code for code in named if not any(fits_code(code, known) for known in codes)]


def refuse_what_cannot_be(supply: Supply) -> None:
    """Refuse, before anything is planned, a shift longer than the law's day and fixed shifts that break a rule.

    Raises
    ------
    InputError
        Naming the staff list, its row, person, date and rule.
    ValueError
        Naming the shift that is too long.
    """
    from optimizer.law.rule_words import rule_named
    from optimizer.search.conflicts import broken_by_fixed_shifts

    given = supply.situation
    given.rules.check_catalogue(given.season)
    with named(supply.source):
        broken = broken_by_fixed_shifts(given)
    if len(broken):
        first = broken.iloc[0]
        told = Words(first["message_zh"], first["message"])
        raise InputError(
            supply.source,
            say("people.fixed_break", told=told, rule=rule_named(first["rule"])),
            column="fixed_shifts",
            row=supply.rows.get(str(first["badge"])),
        )


def read_catalogue(path: Path | None = None) -> ShiftCatalogue:
    """Return the shifts in a file (TOML, or a table with a row a family), or the shipped ones.

    Raises
    ------
    InputError
        Naming the file and everything in it that cannot be used.
    """
    settings = read_settings(path or config_file("shifts.toml"), "shifts")
    return settled(settings, ShiftCatalogue.from_mapping, _sound_shifts)


def _sound_shifts(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return as many families of a shift as tables hold, each with its code, of a length that bears any meal."""
    families = tables.get("family")
    codes = [str(one.get("code") or "") for one in families] if isinstance(families, list) else []
    taken = ("", LEAVE, STANDBY, DAY_OFF)
    own = [f"{code} ({at + 1})" if code in (*taken, *codes[:at]) else code for at, code in enumerate(codes)]
    whole_day = {"starts": ["00:00"], "lengths_minutes": [1440], "meal_minutes": 10, "meal_window_minutes": [0, 10]}
    return {"family": [{"code": code, **whole_day} for code in own or ["D"]]}


def _entries_alone(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the lists of tables among tables: of everything else there is a default."""
    return {name: held for name, held in tables.items() if isinstance(held, list) and isinstance(held[0], Mapping)}


def carried_roster(
    people: pd.DataFrame, catalogue: ShiftCatalogue, *, month: pd.Period, timezone: str
) -> pd.DataFrame | None:
    """Return the roster rows (docs/frames.md) of the shifts in the column `carry_in`, None where there are none.

    Raises
    ------
    ValueError
        Naming the badge, the date and the shift that is not before `month` or not in the catalogue.
    """
    from optimizer.law.lawfulness import ROSTER_COLUMNS

    rows = []
    for badge, role, told in people[["badge", "role", "carry_in"]].itertuples(index=False):
        for item in filter(None, told.split(";")):
            text, _, code = item.partition("=")
            day = pd.Timestamp(text)
            if day >= month.start_time:
                raise refusal("carry_in.late", badge=badge, item=item, month=period_words(month))
            if code == DAY_OFF:
                continue
            if code not in catalogue:
                raise refusal("carry_in.shift", badge=badge, item=item, code=code)
            shift = catalogue[code]
            start = (day + pd.Timedelta(minutes=shift.start_minute)).tz_localize(timezone)
            end = start + pd.Timedelta(minutes=shift.length_minutes)
            rows.append((badge, role, day.date(), code, start, end, pd.NaT, pd.NaT, shift.worked_minutes))
    return pd.DataFrame(rows, columns=list(ROSTER_COLUMNS)) if rows else None
