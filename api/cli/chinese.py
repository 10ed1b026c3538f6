"""The command line's help and the faults of its usage in Chinese, from `chinese.toml`; loaded where asked for.

The English stands with the commands: docstrings and `help=`. Typer's own words are English alone, in constants and
in sentences of its errors; both have their Chinese here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import rich._wrap as rich_wrap
import typer
from rich.cells import cell_len
from rich.text import Text
from typer import rich_utils

CHINESE: Mapping[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
# Typer has no name of its own for what is raised where a command is called wrongly.
UsageError = cast("type[Exception]", typer.BadParameter.__mro__[1])
HAN, OPEN, CLOSE = "\u2e80-\u2fff\u3005-\u9fff\uf900-\ufaff", "（“《［", "，。；：、！？）”》］…"
LISTED = re.compile(r"('[^']*'|[\w-]+)(,\s+('[^']*'|[\w-]+))+")
# Where Rich may end a line: by itself only at a blank, of which Chinese has none, so that it cuts a long sentence off.
CHINESE_WORD = re.compile(rf"\s*[{OPEN}]*(?:[{HAN}]|[^\s{HAN}{OPEN}{CLOSE}]+)[{CLOSE}]*\s*|\s*\S\s*")


def chinese_of(command: str) -> str:
    """Return what a command says of itself; `command` is its name, after its group's where it has one."""
    says: str = CHINESE["command"][command]["says"]
    return says


def chinese_of_option(command: str, name: str) -> str:
    """Return what a command says of a parameter: in its own words, or in those of all commands that have it."""
    said: str = CHINESE["command"][command].get(name) or CHINESE["shared"][name]
    return said


def panel_heading(name: str) -> str:
    """Return the heading of a panel of the help."""
    heading: str = CHINESE["panels"][name]
    return heading


def translate(command: Any, name: str) -> None:
    """Put a command's help into Chinese, and that of the commands within it; it must not be in it already."""
    command.help = chinese_of(name)
    command.options_metavar = CHINESE["words"]["options"]
    if getattr(command, "rich_help_panel", None):
        command.rich_help_panel = panel_heading(command.rich_help_panel)
    command.context_class = _Context
    context = _Context(command)
    for one in command.params:
        _translate_parameter(one, name, context)
    if (helps := command.get_help_option(context)) is not None:
        helps.help = CHINESE["words"]["help"]
        _show_kind(helps, context)
    if hasattr(command, "subcommand_metavar"):
        command.subcommand_metavar = CHINESE["words"]["subcommand"]
        if name != "huawu":  # whose commands are put into Chinese when they are loaded
            for inner, sub in command.commands.items():
                translate(sub, f"{name} {inner}")


def _translate_parameter(one: Any, command: str, context: typer.Context) -> None:
    one.help = chinese_of_option(command, one.name)
    if getattr(one, "rich_help_panel", None):
        one.rich_help_panel = panel_heading(one.rich_help_panel)
    if isinstance(one.show_default, str):
        one.show_default = chinese_of_option(command, f"{one.name}_default")
    _show_kind(one, context)


def _show_kind(one: Any, context: typer.Context) -> None:
    kind = one.display_type_rich(context)
    shown = CHINESE["kinds"].get(kind.strip("<>"))
    if shown is not None:
        one.display_type_rich = lambda ctx: shown and f"<{shown}>"


class _Usage(typer.Context.formatter_class):  # type: ignore[misc, valid-type]
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or CHINESE["words"]["usage"])


class _Context(typer.Context):
    formatter_class = _Usage


def _rstrip_end(line: Text, cells: int) -> None:
    """Take blanks off the end of a line that is too wide; Rich counts letters, of which a Chinese one is two wide."""
    while cell_len(line.plain) > cells and line.plain.endswith(" "):
        line.right_crop(1)


@contextmanager
def typers_own_words() -> Iterator[None]:
    """Have Typer head its panels, mark what is needed or usual, and end its lines as Chinese wants it."""
    new: list[tuple[Any, str, Any]] = [(rich_utils, name, text) for name, text in CHINESE["typer"].items()]
    new += [(rich_wrap, "re_word", CHINESE_WORD), (Text, "rstrip_end", _rstrip_end)]
    before = [(place, name, getattr(place, name)) for place, name, _ in new if hasattr(place, name)]
    for place, name, value in new:
        setattr(place, name, value)
    try:
        yield
    finally:
        for place, name, value in before:
            setattr(place, name, value)


class _Fault(typer.BadParameter):
    def format_message(self) -> str:
        return self.message


@contextmanager
def faults_of_usage() -> Iterator[None]:
    """Have what Typer says of a command called wrongly be in Chinese."""
    try:
        yield
    except UsageError as fault:
        if isinstance(fault, _Fault) or type(fault).__name__ == "NoArgsIsHelpError":  # which is the help itself
            raise
        told: Any = fault
        raise _Fault(fault_said(told.format_message()), ctx=told.ctx) from None


def fault_said(english: str) -> str:
    """Return what Typer says of a fault in Chinese; what it has no sentence for as it is, such as a file's name."""
    for one in CHINESE["fault"]:
        found = re.fullmatch(one["typer"], english, re.DOTALL)
        if found:
            said: str = one["zh"]
            return said.format(*(fault_said(text) for text in found.groups()))
    return re.sub(r",\s+", "、", english) if LISTED.fullmatch(english) else english
