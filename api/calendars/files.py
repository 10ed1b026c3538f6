"""Calendars from files: one editable TOML per year, the site's own days beside it, other countries from `holidays`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from api.intake import InputError
from api.intake.sentences import refusal, say
from api.intake.settings_file import read_settings, settled
from api.site import DATA
from forecaster.history.calendar import CAMPAIGN_KINDS, Calendar, Campaign, Fault, SpecialDay, country_calendar
from forecaster.names import called

FIRST_YEAR_OF_THE_LAW = 2008  # before it Tomb-Sweeping, Dragon Boat and Mid-Autumn were working days
SHIPPED = DATA / "calendar"
ENTRY_KEYS = {
    "holiday": {"name", "name_zh", "first", "last", "statutory", "make_up_workdays"},
    "observance": {"name", "name_zh", "date", "first", "last"},
    "campaign": {"name", "start", "days", "size", "half_life_days", "kind"},
    "fault": {"name", "start_at", "end_at", "kept"},
    "opening": {"weekdays", "date", "first", "last", "opens", "closes"},
    "closed": {"name", "date", "first", "last"},
    "effect": {"name", "factor"},
}
FORMS: Mapping[str, tuple[type, str]] = {  # what a key holds, and how it is written
    "year": (int, "year = 2026"),
    "country": (str, 'country = "CN"'),
    "provisional": (bool, "provisional = true"),
    "source": (str, 'source = "…"'),
    "billing_days": (list, "billing_days = [5]"),
    "rest_weekdays": (list, "rest_weekdays = [5, 6]"),
    "learn_from": (date, "learn_from = 2025-03-01"),
    **{kind: (list, f"[[{kind}]]") for kind in ENTRY_KEYS},
}
SOUND: Mapping[str, dict[str, Any]] = {  # an entry of each kind that can be
    **{key: {"first": date(2026, 1, 1)} for key in ("holiday", "observance", "closed")},
    "campaign": {"start": date(2026, 1, 1), "days": 1},
    "fault": {"start_at": datetime(2026, 1, 1, 8), "end_at": datetime(2026, 1, 1, 9)},  # noqa: DTZ001 (local)
    "opening": {"weekdays": [0], "opens": "08:00", "closes": "20:00"},
    "effect": {"factor": 1.0},
}


class _Gathered:
    """A calendar while files are laid over it, a later one over an earlier."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.told_years: set[int] = set()
        self.days = dict(calendar.days)
        self.provisional = set(calendar.provisional_years)
        self.billing_days = set(calendar.billing_days)
        self.campaigns = list(calendar.campaigns)
        self.faults = list(calendar.faults)
        self.rest_weekdays = calendar.rest_weekdays
        self.opening_minutes = dict(calendar.opening_minutes)
        self.opening_on = dict(calendar.opening_on)
        self.closed = set(calendar.closed)
        self.learn_from = calendar.learn_from
        self.told_effects = dict(calendar.told_effects)

    def whole(self) -> Calendar:
        """Return the calendar with all that was laid over it."""
        return replace(
            self.calendar,
            days=dict(sorted(self.days.items())),
            provisional_years=frozenset(self.provisional),
            billing_days=tuple(sorted(self.billing_days)),
            campaigns=tuple(sorted(self.campaigns, key=lambda c: c.start)),
            faults=tuple(sorted(self.faults, key=lambda f: f.start_at)),
            rest_weekdays=self.rest_weekdays,
            opening_minutes=self.opening_minutes,
            opening_on=self.opening_on,
            closed=frozenset(self.closed),
            learn_from=self.learn_from,
            told_effects=self.told_effects,
        )


def load_calendar(
    files: str | Path | Iterable[str | Path] | None = None, country: str | None = "CN", years: Iterable[int] = ()
) -> Calendar:
    """Return the calendar of a site.

    files
        TOML files, or folders of them, in which a later file's day replaces an earlier one's. None: for China the
        shipped years; elsewhere nothing.
    country
        ISO code. For China the files say everything; for other countries the `holidays` library gives the days off of
        `years`, and the files add to them. None: no holidays but those in the files.
    years
        The years wanted. A year that no file tells is, for China, computed from the law and marked provisional.

    Raises
    ------
    InputError
        Naming the file and the entry that cannot be understood.
    """
    gathered = _Gathered(Calendar(country=country))
    years = sorted(set(years))
    if country and country != "CN":
        _from_library(gathered, country, years)
    if files is None:
        files = [SHIPPED] if country == "CN" else []
    for path in _files_in([files] if isinstance(files, (str, Path)) else files):
        _from_file(gathered, path, country)
    if country == "CN":
        from api.calendars.china import provisional_year

        for year in years:
            if year < FIRST_YEAR_OF_THE_LAW:
                _from_library(gathered, country, [year])
            elif year not in gathered.told_years:
                gathered.provisional.add(year)
                _add_entries(gathered, provisional_year(year), SHIPPED)
    return gathered.whole()


def with_own_days(calendar: Calendar, tables: Mapping[str, Any], *, source: str | Path) -> Calendar:
    """Return `calendar` with the tables of a calendar file laid over it; `source` names them where they are wrong.

    Raises
    ------
    InputError
        Naming the entry that cannot be understood.
    """
    for key, value in tables.items():
        if key not in FORMS:
            raise InputError(source, say("calendar.key", key=key, known=sorted(FORMS)))
        kind, sample = FORMS[key]
        entries = value if key in ENTRY_KEYS and isinstance(value, list) else ()
        if not isinstance(value, kind) or not all(isinstance(one, Mapping) for one in entries):
            raise InputError(source, say("calendar.form", key=key, sample=sample))
    gathered = _Gathered(calendar)
    _add_entries(gathered, tables, source)
    return gathered.whole()


def sound_days(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return as many entries as the tables of a calendar hold, each of its kind and name, without a fault."""
    return {
        kind: [SOUND[kind] | {"name": entry.get("name", number)} for number, entry in enumerate(tables[kind], start=1)]
        for kind in SOUND
        if isinstance(tables.get(kind), list) and all(isinstance(one, Mapping) for one in tables[kind])
    } | {"opening": [SOUND["opening"]] * len(tables.get("opening", ()))}


def _files_in(files: Iterable[str | Path]) -> list[Path]:
    paths: list[Path] = []
    for entry in map(Path, files):
        if entry.is_dir():
            paths += sorted(entry.glob("*.toml"))
        elif entry.is_file():
            paths.append(entry)
        else:
            raise InputError(entry, say("calendar.no_file"))
    return paths


def _from_library(gathered: _Gathered, country: str, years: list[int]) -> None:
    try:
        known = country_calendar(country, years)
    except ValueError:
        raise InputError("country", say("calendar.country"), value=country) from None
    gathered.days.update(known.days)
    gathered.rest_weekdays = known.rest_weekdays


def _from_file(gathered: _Gathered, path: Path, country: str | None) -> None:
    settings = read_settings(path, "calendar")
    tables = settings.tables
    settled(settings, lambda told: with_own_days(Calendar(country=None), told, source=path), sound_days)
    if country is not None and tables.get("country", country) != country:
        return
    if "year" in tables:
        gathered.told_years.add(tables["year"])
        (gathered.provisional.add if tables.get("provisional") else gathered.provisional.discard)(tables["year"])
    _add_entries(gathered, tables, path)


def _add_entries(gathered: _Gathered, tables: Mapping[str, Any], path: str | Path) -> None:
    for kind, add in ENTRIES.items():
        for number, entry in enumerate(tables.get(kind, []), start=1):
            what = say("calendar.entry_of", kind=called(kind), name=entry.get("name", number))
            unknown = sorted(set(entry) - ENTRY_KEYS[kind])
            if unknown:
                raise InputError(
                    path,
                    say("calendar.entry_key", what=what, key=unknown[0], known=sorted(ENTRY_KEYS[kind])),
                )
            try:
                add(gathered, entry)
            except KeyError as error:
                raise InputError(path, say("calendar.missing", what=what, key=str(error))) from None
            except (TypeError, ValueError) as error:
                raise InputError(path, say("calendar.entry", what=what, cause=error)) from None
    for day in tables.get("billing_days", ()):
        if not isinstance(day, int) or not 1 <= day <= 31:
            raise InputError(path, say("calendar.billing_day"), value=day)
        gathered.billing_days.add(day)
    for day in tables.get("rest_weekdays", ()):
        if day not in range(7):
            raise InputError(path, say("calendar.weekday", day=day), column="rest_weekdays")
    gathered.rest_weekdays = frozenset(tables.get("rest_weekdays", gathered.rest_weekdays))
    if "learn_from" in tables:
        try:
            gathered.learn_from = _day(tables["learn_from"], "learn_from")
        except ValueError as error:
            raise InputError(path, say("calendar.entry", what=called("learn_from"), cause=error)) from None


def _day(value: object, key: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise refusal("calendar.date", value=value, key=called(key))


def _holiday(gathered: _Gathered, entry: Mapping[str, Any]) -> None:
    first, last = _day(entry["first"], "first"), _day(entry.get("last", entry["first"]), "last")
    if last < first:
        raise refusal("calendar.backwards", last=last, first=first)
    statutory = {_day(day, "statutory") for day in entry.get("statutory", [])}
    outside = sorted(day for day in statutory if not first <= day <= last)
    if outside:
        raise refusal("calendar.statutory", day=outside[0], first=first, last=last)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        gathered.days[day] = SpecialDay(str(entry["name"]), "holiday", day in statutory, number + 1)
    for worked in entry.get("make_up_workdays", []):
        gathered.days[_day(worked, "make_up_workdays")] = SpecialDay(str(entry["name"]), "make_up_workday")


def _observance(gathered: _Gathered, entry: Mapping[str, Any]) -> None:
    """Add a named working day, or a stretch of them such as a school term or holiday: `date`, or `first` and `last`."""
    for day in _dates(entry):
        gathered.days.setdefault(day, SpecialDay(str(entry["name"]), "observance"))


def _closed(gathered: _Gathered, entry: Mapping[str, Any]) -> None:
    """Add a day on which the line is shut, or a stretch of them: `date`, or `first` and `last`."""
    gathered.closed.update(_dates(entry))


def _dates(entry: Mapping[str, Any]) -> list[date]:
    key = "date" if "date" in entry else "first"
    first = _day(entry[key], key)
    last = _day(entry.get("last", first), "last")
    if last < first:
        raise refusal("calendar.backwards", last=last, first=first)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _campaign(gathered: _Gathered, entry: Mapping[str, Any]) -> None:
    kind = entry.get("kind", "campaign")
    if kind not in CAMPAIGN_KINDS:
        raise refusal("calendar.kind", kind=kind)
    if int(entry["days"]) < 1:
        raise refusal("calendar.days", days=entry["days"])
    size = entry.get("size")
    gathered.campaigns.append(
        Campaign(
            str(entry["name"]),
            _day(entry["start"], "start"),
            days=int(entry["days"]),
            size=None if size is None else float(size),
            half_life_days=float(entry.get("half_life_days", 3.0)),
            kind=kind,
        )
    )


def _opening(gathered: _Gathered, entry: Mapping[str, Any]) -> None:
    """Add opening hours: `opens` and `closes` such as "08:00" and "20:00" (or "24:00").

    Of `weekdays` (Monday = 0), or of a `date`, or of all days from `first` to `last`.
    """
    opens, closes = _minutes(entry["opens"], "opens"), _minutes(entry["closes"], "closes")
    if closes <= opens:
        raise refusal("calendar.hours", closes=entry["closes"], opens=entry["opens"])
    if "weekdays" not in entry:
        gathered.opening_on.update(dict.fromkeys(_dates(entry), (opens, closes)))
        return
    for day in entry["weekdays"]:
        if day not in range(7):
            raise refusal("calendar.weekday", day=day)
        gathered.opening_minutes[int(day)] = (opens, closes)


def _minutes(value: object, key: str) -> int:
    hours, _, minutes = str(value).partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(minutes) < 60 and int(hours) * 60 + int(minutes) <= 1440):
        raise refusal("calendar.time", value=value, key=called(key))
    return int(hours) * 60 + int(minutes)


def _fault(gathered: _Gathered, entry: Mapping[str, Any]) -> None:
    start_at, end_at = entry["start_at"], entry["end_at"]
    for key, value in (("start_at", start_at), ("end_at", end_at)):
        if not isinstance(value, datetime) or value.tzinfo is not None:
            raise refusal("calendar.instant", value=value, key=called(key))
    if end_at <= start_at:
        raise refusal("calendar.ends", end_at=end_at, start_at=start_at)
    kept = entry.get("kept", False)
    if not isinstance(kept, bool):
        raise refusal("calendar.kept", kept=kept)
    gathered.faults.append(Fault(str(entry["name"]), start_at, end_at, kept=kept))


def _effect(gathered: _Gathered, entry: Mapping[str, Any]) -> None:
    """Add what the planner sets in place of a learned effect: its name as `huawu forecast --effects` lists it.

    0 means that the line is shut on the days that carry it.
    """
    factor = float(entry["factor"])
    if factor != 0.0 and not 0.01 <= factor <= 100.0:
        raise refusal("calendar.factor", factor=entry["factor"])
    gathered.told_effects[str(entry["name"])] = factor


ENTRIES = {
    "holiday": _holiday,
    "observance": _observance,
    "campaign": _campaign,
    "fault": _fault,
    "opening": _opening,
    "closed": _closed,
    "effect": _effect,
}
