"""The list of a fleet: which queue of which centre is planned from which files."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from api.inputs import digests_of
from api.intake import InputError, read_toml
from api.sentences import say
from api.site import config_file
from forecaster.history.intervals import month_named

HEAD = {"month", "seed", "time_limit_seconds", "rehearsal_months", "together", "defaults", "queue"}
FILE_KEYS = ("history", "people", "site", "calendar", "mapping", "shifts", "rules", "last_plan")
OF_DEMAND = ("history", "site", "calendar", "mapping")  # what a forecast is made from; all of them make a roster
ALIKE_KEYS = ("timezone", "country", "site", "calendar")  # of the queues of a centre that are forecast together
OF_SITE = {
    "site": "site.toml",
    "calendar": "calendar.toml",
    "mapping": "mapping.toml",
    "shifts": "shifts.toml",
    "rules": "roster_rules.toml",
}


@dataclass(frozen=True)
class FleetQueue:
    """One queue of the fleet: its place, its files, and how its history is read (as `huawu plan` takes them)."""

    name: str
    centre: str
    history: Path
    people: Path | None = None
    history_queue: str | None = None
    timezone: str | None = None
    country: str | None = None
    site: Path | None = None
    calendar: Path | None = None
    mapping: Path | None = None
    shifts: Path | None = None
    rules: Path | None = None
    last_plan: Path | None = None

    @property
    def place(self) -> Path:
        """The folder of its plan beneath that of the fleet."""
        return Path(self.centre) / self.name

    @property
    def files(self) -> dict[str, Path]:
        """The files it is planned from, by what they are; those of the site stand in where the list names none."""
        files = {name: getattr(self, name) for name in FILE_KEYS}
        files |= {name: config_file(own) for name, own in OF_SITE.items() if files[name] is None}
        return {name: path for name, path in files.items() if path is not None and path.exists()}

    def with_files(self, files: Mapping[str, Path]) -> FleetQueue:
        """Return the queue with its files elsewhere."""
        given: dict[str, Any] = dict(files)
        return dataclasses.replace(self, **given)


@dataclass(frozen=True)
class Fleet:
    """Everything that is planned together.

    time_limit_seconds
        The size of each roster's search: as many steps as a machine of its own would do in so many seconds.
    rehearsal_months
        How many past months of each queue are planned too, as on the 25th before each, and held to what came.
    together
        Whether the queues of a centre are forecast together: short histories lean on longer ones, and the queues are
        made to agree with a forecast of all the centre's calls.
    """

    month: pd.Period
    queues: tuple[FleetQueue, ...]
    seed: int = 0
    time_limit_seconds: float = 60.0
    together: bool = False
    rehearsal_months: int = 0

    def units(self) -> list[tuple[FleetQueue, ...]]:
        """Return the queues that are forecast together, in the order of the list; alone, each is a unit of its own."""
        found: dict[str | int, list[FleetQueue]] = {}
        for number, queue in enumerate(self.queues):
            found.setdefault(queue.centre if self.together else number, []).append(queue)
        return [tuple(queues) for queues in found.values()]

    def mark_of(self, queue: FleetQueue, version: str) -> str:
        """Return what a queue's plan is made from, as one digest: the contents of its files and every setting."""
        return self._mark([queue], FILE_KEYS, [version, self.seed, self.time_limit_seconds, self.rehearsal_months])

    def forecast_mark_of(self, unit: Sequence[FleetQueue], version: str) -> str:
        """Return what the forecasts of a unit are made from, as one digest."""
        return self._mark(unit, OF_DEMAND, [version, self.together])

    def _mark(self, unit: Sequence[FleetQueue], kinds: Sequence[str], settings: list[Any]) -> str:
        told: list[Any] = [str(self.month), *settings]
        for queue in unit:
            told.append(digests_of(**{name: path for name, path in queue.files.items() if name in kinds}))
            told.append({name: str(value) for name, value in vars(queue).items() if name not in FILE_KEYS})
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def read_fleet(path: Path, *, rosters: bool = True) -> Fleet:
    """Return the fleet that the TOML file `path` lists; the files it names stand relative to it.

    Without `rosters` no queue needs people.

    Raises
    ------
    InputError
        Naming the file, the queue, the key and the value, all faults at once.
    """
    told = read_toml(path)
    entries = told.get("queue")
    _require_known(path, told, HEAD, where="")
    if not isinstance(entries, list) or not entries or not all(isinstance(one, dict) for one in entries):
        raise InputError(path, say("fleet.no_queues"))
    defaults = told.get("defaults", {})
    if not isinstance(defaults, dict):
        raise InputError(path, say("settings.table", where="[defaults]"), value=defaults)
    names = {one.name for one in dataclasses.fields(FleetQueue)}
    _require_known(path, defaults, names - {"name", "centre", "history", "people"}, where="[defaults]")
    needed = ("name", "centre", "history", *(["people"] if rosters else []))
    queues = [
        _queue(path, number, defaults | entry, names, needed=needed) for number, entry in enumerate(entries, start=1)
    ]
    places = [str(one.place).casefold() for one in queues]
    for number, place in enumerate(places):
        if place in places[:number]:
            raise InputError(path, say("fleet.twice", number=number + 1, place=str(queues[number].place)))
    together = told.get("together", False)
    if not isinstance(together, bool):
        raise InputError(path, say("fleet.together"), column="together", value=together)
    if together:
        _require_alike(path, queues)
    return Fleet(
        _month(path, told),
        tuple(queues),
        _whole(path, told, "seed", 0),
        _seconds(path, told),
        together,
        _whole(path, told, "rehearsal_months", 0),
    )


def _require_alike(path: Path, queues: Sequence[FleetQueue]) -> None:
    first: dict[str, FleetQueue] = {}
    for number, queue in enumerate(queues, start=1):
        other = first.setdefault(queue.centre, queue)
        for name in ALIKE_KEYS:
            if getattr(queue, name) != getattr(other, name):
                raise InputError(
                    path,
                    say("fleet.unlike", number=number, key=name, other=str(other.place)),
                    value=getattr(queue, name) or "-",
                )


def _queue(path: Path, number: int, entry: dict[str, Any], names: set[str], *, needed: Sequence[str]) -> FleetQueue:
    _require_known(path, entry, names, where=f"[[queue]] {number}")
    for name in needed:
        if not entry.get(name):
            raise InputError(path, say("fleet.missing", number=number, key=name))
    for name, value in entry.items():
        if not isinstance(value, str):
            raise InputError(path, say("fleet.not_text", number=number, key=name), value=value)
    for name in ("name", "centre"):
        if Path(entry[name]).name != entry[name] or entry[name].startswith("."):
            raise InputError(path, say("fleet.no_folder_name", number=number, key=name), value=entry[name])
    files = {name: path.parent / entry[name] for name in FILE_KEYS if name in entry}
    for name, file in files.items():
        if not file.exists():
            raise InputError(path, say("fleet.no_file", number=number, key=name, file=file))
    return FleetQueue(**{**entry, **files})


def _require_known(path: Path, told: dict[str, Any], known: set[str], *, where: str) -> None:
    for name in told:
        if name not in known:
            near = get_close_matches(name, sorted(known), n=1, cutoff=0.0)
            raise InputError(path, say("fleet.key", where=where, key=name, near=near))


def _month(path: Path, told: dict[str, Any]) -> pd.Period:
    text = told.get("month")
    month = month_named(text)
    if month is None:
        raise InputError(path, say("fleet.month"), column="month", value=text)
    return month


def _whole(path: Path, told: dict[str, Any], name: str, default: int) -> int:
    value = told.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InputError(path, say("fleet.whole", key=name), column=name, value=value)
    return value


def _seconds(path: Path, told: dict[str, Any]) -> float:
    value = told.get("time_limit_seconds", 60.0)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 1 <= value <= 86_400:
        raise InputError(path, say("fleet.seconds"), column="time_limit_seconds", value=value)
    return float(value)
