"""Which column is which: Chinese and English headings matched to the product's words, a mapping file for the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from api.intake.errors import Ask, InputError
from api.intake.files import FileForm
from api.intake.sentences import say
from api.intake.toml_file import read_toml
from api.intake.vocabulary import aliases, in_both_languages, plain
from forecaster.messages import Words
from forecaster.names import called


@dataclass(frozen=True)
class ColumnMapping:
    """What a mapping file says: columns by name, the file's form, how cells are written, and what to do with faults.

    queues_across
        Headings of columns that are a queue's calls offered each.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    queues_across: tuple[str, ...] = ()
    form: FileForm = field(default_factory=FileForm)
    date_order: str | None = None
    year: int | None = None
    interval_label: str = "start"
    duplicates: str = "refuse"
    zeros: str = "keep"
    spikes: str = "keep"
    retry_share: float | Literal["estimate"] = 0.0
    decimal: str | None = None
    outcomes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Headings:
    """Finds the product's columns among the headings of a file."""

    def __init__(self, kind: str, columns: Mapping[str, str] | None = None) -> None:
        self._columns = dict(columns or {})
        known = aliases(kind)
        self._names = list(known)
        self._aliases = {name: [plain(name), *map(plain, words)] for name, words in known.items()}
        self._mapped = {plain(heading) for heading in self._columns.values()}
        self._known = {word for words in self._aliases.values() for word in words} | self._mapped

    def knows(self, heading: str) -> bool:
        """Return whether `heading` names one of the columns."""
        return plain(heading) in self._known or self._twice(heading) in self._known

    def _twice(self, heading: str) -> str:
        """Return the Chinese part of a heading that is given in Chinese and English, both known, else nothing."""
        chinese, latin = in_both_languages(heading)
        return chinese if chinese in self._known and latin in self._known else ""

    def match(self, path: Path, headings: Sequence[str], *, required: Sequence[str] = ()) -> dict[str, str]:
        """Return the heading of each column that the file has.

        Raises
        ------
        InputError
            If the mapping names a heading that is not there, two headings are equally good for one column, or one that
            is required has none.
        """
        by_plain: dict[str, list[str]] = {}
        for heading in headings:
            by_plain.setdefault(self._twice(heading) or plain(heading), []).append(heading)
        found: dict[str, str] = {}
        for name, wanted in self._columns.items():
            if name not in self._aliases:
                raise InputError(path, say("mapping.column", name=name, known=self._names))
            matches = by_plain.get(plain(wanted))
            if not matches:
                wrong = say("mapping.no_heading", heading=wanted, name=called(name), found=list(headings))
                raise InputError(path, wrong, ask=Ask("columns"))
            found[name] = wanted if wanted in matches else matches[0]
        taken = set(found.values())
        for name, words in self._aliases.items():
            if name in found:
                continue
            candidates = [h for word in dict.fromkeys(words) for h in by_plain.get(word, []) if h not in taken]
            exact = [h for h in candidates if plain(h) == words[0]]
            if len(candidates) > 1 and len(exact) != 1:
                raise InputError(
                    path,
                    say("mapping.both", one=candidates[0], other=candidates[1], name=called(name)),
                    ask=Ask("columns"),
                )
            if candidates:
                found[name] = (exact or candidates)[0]
                taken.add(found[name])
        for name in required:
            if name not in found:
                wrong = say("heading.missing", name=called(name), found=list(headings))
                raise InputError(path, wrong, column=name, ask=Ask("columns", known=tuple(found.items())))
        return found


CHOICES = {
    "date_order": ("dmy", "mdy", "ymd"),
    "decimal": (".", ","),
    "interval_label": ("start", "end"),
    "duplicates": ("refuse", "sum", "first", "last"),
    "zeros": ("keep", "gaps"),
    "spikes": ("keep", "gaps"),
}
KEYS = {  # of each table of a mapping file; of [columns] the columns are
    "columns": None,
    "file": {"encoding", "delimiter", "sheet", "heading_row"},
    "cells": {"date_order", "interval_label", "year", "decimal"},
    "outcomes": {"answered", "abandoned", "no_call"},
    "treat": {"duplicates", "zeros", "spikes", "retry_share"},
}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_whole(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


FITS: Mapping[str, tuple[Callable[[Any], bool], Words]] = {  # what a value must be, and how it is written
    "encoding": (_is_text, Words('"gb18030"', '"gb18030"')),
    "delimiter": (lambda value: _is_text(value) and len(value) == 1, Words('";"', '";"')),
    "sheet": (_is_text, Words('"…"', '"…"')),
    "heading_row": (lambda value: _is_whole(value, 1, 1_000), Words("3", "3")),
    "year": (lambda value: _is_whole(value, 1900, 2200), Words("2026", "2026")),
    "retry_share": (
        lambda value: value == "estimate" or (type(value) in (int, float) and 0 <= value <= 1),
        Words('0 到 1，或 "estimate"', '0 to 1, or "estimate"'),
    ),
    **dict.fromkeys(
        ("answered", "abandoned", "no_call"),
        (lambda value: isinstance(value, list | tuple) and all(map(_is_text, value)), Words('["…"]', '["…"]')),
    ),
}


def read_mapping(source: str | Path | Mapping[str, Any] | None) -> ColumnMapping:
    """Return the mapping in a TOML file, or given as its tables (`KEYS`).

    Raises
    ------
    InputError
        If it is not TOML, or holds a key or a value that is not known.
    """
    if source is None:
        return ColumnMapping()
    name: str | Path = "mapping"
    tables: Mapping[str, Any]
    if isinstance(source, (str, Path)):
        name, tables = source, read_toml(source)
    else:
        tables = source
    _require_known(name, tables)
    columns = dict(tables.get("columns", {}))
    across = columns.pop("calls_offered") if isinstance(columns.get("calls_offered"), list) else []
    for key, value in (*columns.items(), *(("calls_offered", one) for one in across)):
        if isinstance(value, list) and len(value) > 1:
            raise InputError(name, say("mapping.both", one=value[0], other=value[1], name=key), ask=Ask("columns"))
        if not isinstance(value, str):
            raise InputError(name, say("mapping.heading_text"), column=key, value=value)
    return ColumnMapping(
        columns=columns,
        queues_across=tuple(across),
        form=FileForm(**tables.get("file", {})),
        outcomes={kind: tuple(words) for kind, words in tables.get("outcomes", {}).items()},
        **tables.get("cells", {}),
        **tables.get("treat", {}),
    )


def _require_known(name: str | Path, tables: Mapping[str, Any]) -> None:
    """Refuse tables, keys and values of a mapping that are not known."""
    for table, values in tables.items():
        if table not in KEYS:
            raise InputError(name, say("mapping.key", key=table))
        if not isinstance(values, Mapping):
            raise InputError(name, say("mapping.table", table=table), value=values)
        known = KEYS[table]
        if known is None:
            continue
        for key, value in values.items():
            if key not in known:
                raise InputError(name, say("mapping.key", key=key))
            if key in CHOICES and value not in CHOICES[key]:
                raise InputError(name, say("mapping.choice", key=key, known=CHOICES[key]), value=value)
            if key in FITS and not FITS[key][0](value):
                raise InputError(name, say("mapping.value", sample=FITS[key][1]), column=key, value=value)
