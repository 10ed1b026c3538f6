"""Shifts, calendars and rules as people write them: TOML, or a table with a row an entry; refused with every fault."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from api.intake.bundles import TABLE_ENDINGS
from api.intake.errors import InputError, all_of
from api.intake.settings_rows import entries_of
from api.intake.toml_file import read_toml
from api.intake.values import MOST_FAULTS
from forecaster.messages import told_of

T = TypeVar("T")
SettingPath = tuple[Hashable, ...]  # keys and positions that lead to a value in tables within tables
GONE = object()
MOST_PLACES = 2_000


@dataclass(frozen=True)
class SettingsFile:
    """The tables of a settings file. `rows`: of a table's entries, by their kind and position, where each stands."""

    path: Path
    tables: dict[str, Any]
    rows: Mapping[SettingPath, int] = field(default_factory=dict)


def is_settings_table(path: str | Path) -> bool:
    """Return whether a file's name says that it is a table and no TOML."""
    return Path(path).suffix.lower() in TABLE_ENDINGS


def read_settings(path: str | Path, kind: str) -> SettingsFile:
    """Return the tables of a `shifts` or `calendar` file: TOML, or a table (CSV, xlsx …) with a row an entry.

    Raises
    ------
    InputError
        If it cannot be read; of a table, with every cell that cannot be understood.
    """
    path = Path(path)
    if not is_settings_table(path):
        return SettingsFile(path, read_toml(path))
    tables, rows = entries_of(path, kind)
    return SettingsFile(path, tables, rows)


def settled(
    settings: SettingsFile, build: Callable[[dict[str, Any]], T], sound: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> T:
    """Return what is built of settings.

    sound
        Settings without a fault and with as many entries, to try each key in by itself.

    Raises
    ------
    InputError
        With every key that by itself cannot be, and does not go with the others; else with what was refused.
    """
    try:
        return build(settings.tables)
    except (ValueError, KeyError, TypeError) as error:
        whole = _told(error, settings.path)

    def refused(tables: dict[str, Any]) -> InputError | None:
        try:
            build(tables)
        except (ValueError, KeyError, TypeError) as error:
            return _told(error, settings.path)
        return None

    given, frame = settings.tables, sound(settings.tables)
    places = [one for one in _places(given)[:MOST_PLACES] if _fits(frame, one)]
    each = {place: said for place in places if (said := refused(_put(frame, place, _at(given, place))))}
    alone = {place: said for place, said in each.items() if not any(one[: len(place)] == place != one for one in each)}
    mended = given
    for place in alone:
        mended = _put(mended, place, _at(frame, place))
    rest = refused(mended) if alone else whole
    told: dict[str, InputError] = {}
    for place, said in alone.items():
        there = refused(_put(mended, place, _at(given, place)))
        if there is not None and str(there) == str(rest):  # what is wrong between keys hides it
            there = said
        if there is not None and there.wrong.code == said.wrong.code:
            row = settings.rows.get(place[:2])
            again = InputError(there.file, there.wrong, row=row, column=there.column, value=there.value)
            told.setdefault(str(there), again)
    if rest is not None or not told:
        told.setdefault(str(rest or whole), rest or whole)
    all_of([*told.values()][:MOST_FAULTS])
    raise whole


def _told(error: Exception, path: Path) -> InputError:
    """Return what was refused, of the file where the error does not name one."""
    return error if isinstance(error, InputError) else InputError(path, told_of(error))


def _places(tables: Mapping[str, Any]) -> list[SettingPath]:
    """Return the places of values: keys, keys in tables, and entries in lists of tables with their keys."""
    found: list[SettingPath] = []
    for key, value in tables.items():
        entries = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
        inner = [(key, at) for at, _ in entries] if isinstance(value, Mapping) or _of_tables(value) else []
        found += inner or [(key,)]
        found += [(key, at, name) for key, at in inner if isinstance(value[at], Mapping) for name in value[at]]
    return found


def _of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)


def _fits(frame: Mapping[str, Any], place: SettingPath) -> bool:
    """Return whether a value can be put at a place: not where a list has no such entry."""
    held = frame.get(str(place[0]))
    return len(place) < 2 or not isinstance(place[1], int) or (isinstance(held, list) and place[1] < len(held))


def _at(tables: Any, place: SettingPath) -> Any:
    for key in place:
        try:
            tables = tables[key]
        except (KeyError, IndexError, TypeError):
            return GONE
    return tables


def _put(tables: Mapping[str, Any], place: SettingPath, value: Any) -> dict[str, Any]:
    """Return the tables with another value at a place; without the key, where the value is gone."""
    out = deepcopy(dict(tables))
    inner: Any = out
    for key in place[:-1]:
        inner = inner.setdefault(key, {}) if isinstance(inner, dict) else inner[key]
    if value is GONE:
        del inner[place[-1]]
    else:
        inner[place[-1]] = deepcopy(value)
    return out
