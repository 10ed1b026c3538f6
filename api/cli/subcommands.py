"""What `huawu` can be asked for: every subcommand's place, loaded when it is called."""

from __future__ import annotations

import ast
import functools
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from forecaster.messages import Language

# By panel of `huawu --help`, in its order: the subcommand, its module in this folder, and its function or app there.
SUBCOMMANDS: dict[str, dict[str, str]] = {
    "The month": {"demo": "demo:demo", "plan": "month:plan", "tables": "month:tables"},
    "Many queues": {"fleet": "fleet:fleet_app"},
    "One stage of the month": {
        name: f"stages:{name}" for name in ("forecast", "today", "require", "roster", "check", "backtest", "staff")
    },
    "The roster from day to day": {
        "tomorrow": "days_ahead:tomorrow",
        **{name: f"roster_days:{name}" for name in ("cover", "overtime", "swap", "replan", "activities")},
    },
    "What else it could be": {
        "why": "alternatives:why",
        "what-if": "alternatives:what_if",
        "shifts": "alternatives:shifts_design",
        "rehearse": "rehearsal:rehearse",
        "leave": "leave:leave",
    },
    "The floor": {
        "replay": "floor:replay",
        "serve": "floor:serve",
        "connect": "connect:connect_app",
        "key": "key:key_app",
        "backup": "safekeeping:backup",
        "restore": "safekeeping:restore",
        "purge": "safekeeping:purge",
        "doctor": "safekeeping:doctor",
    },
    "Records and reports": {
        name: f"records:{name}" for name in ("publish", "versions", "export", "report", "capacity")
    },
    "Files in and out": {
        "inspect": "data_files:inspect",
        "map": "data_files:map_columns",
        "template": "data_files:template",
        "calendar": "data_files:calendar",
    },
}
PLACES = {name: place for panel in SUBCOMMANDS.values() for name, place in panel.items()}


def language_asked(words: Sequence[str]) -> Language:
    """Return the language that a command line asks for, wherever in it; else the one of `HUAWU_LANGUAGE`."""
    told = os.environ.get("HUAWU_LANGUAGE")
    options = words[: words.index("--")] if "--" in words else words
    for word, after in zip(options, [*options[1:], ""], strict=True):
        if word == "--language":
            told = after
        elif word.startswith("--language="):
            told = word.partition("=")[2]
    return "zh" if told == "zh" else "en"


class Subcommands(TyperGroup):
    """The subcommands of the table: told of by their docstrings, loaded when they are called."""

    language: Language = "en"

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = dict.fromkeys(PLACES, TyperCommand(None))  # the names; `get_command` tells more

    def main(self, args: Sequence[str] | None = None, *others: Any, **settings: Any) -> Any:
        """Run the command line in the language it asks for, its help and the faults of its usage too."""
        self.language = language_asked(sys.argv[1:] if args is None else args)
        if self.language == "en":
            return super().main(args, *others, **settings)
        from api.cli import chinese

        chinese.translate(self, "huawu")
        with chinese.typers_own_words():
            return super().main(args, *others, **settings)

    def make_context(self, *given: Any, **settings: Any) -> Any:
        """Return the context of a call."""
        with self._faults():
            return super().make_context(*given, **settings)

    def invoke(self, ctx: Any) -> Any:
        """Call the subcommand."""
        with self._faults():
            return super().invoke(ctx)

    def _faults(self) -> AbstractContextManager[None]:
        if self.language == "en":
            return nullcontext()
        from api.cli import chinese

        return chinese.faults_of_usage()

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        """Return what `--help` shows of a subcommand."""
        del ctx
        panel = next((panel for panel, places in SUBCOMMANDS.items() if cmd_name in places), None)
        if panel is None:
            return None
        said = TyperCommand(cmd_name, help=said_of(PLACES[cmd_name]), rich_help_panel=panel)
        if self.language == "zh":
            from api.cli import chinese

            chinese.translate(said, cmd_name)
        return said

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the subcommand itself; of one that is not there, what is like it."""
        if args[0] in PLACES:
            return args[0], loaded(args[0], self.language), args[1:]
        return super().resolve_command(ctx, args)


def said_of(place: str) -> str:
    """Return what a subcommand says of itself: its docstring, read from the source without loading the module."""
    module, _, name = place.partition(":")
    tree = _source(module)
    function = next((one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name), tree)
    return ast.get_docstring(function) or ""


@functools.cache
def _source(module: str) -> ast.Module:
    return ast.parse(Path(__file__).with_name(f"{module}.py").read_text(encoding="utf-8"))


@functools.cache
def loaded(name: str, language: Language = "en") -> Any:
    """Return the subcommand `name` as Typer understands it, from its module, with its help in a language."""
    command = typer.main.get_command(_typer_of(name))
    if language == "zh":
        from api.cli import chinese

        chinese.translate(command, name)
    return command


@functools.cache
def _typer_of(name: str) -> typer.Typer:
    module, _, attribute = PLACES[name].partition(":")
    gc.disable()  # looking for garbage while modules load finds none, and takes an eighth of the time
    try:
        from api.cli.options import with_groups

        found = getattr(importlib.import_module(f"api.cli.{module}"), attribute)
    finally:
        gc.enable()
    if isinstance(found, typer.Typer):
        for command in found.registered_commands:
            if command.callback is not None:
                command.callback = with_groups(command.callback)
        return found
    alone = typer.Typer(add_completion=False, rich_markup_mode="markdown")
    alone.command(name)(with_groups(found))
    return alone
